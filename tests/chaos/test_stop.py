"""A stop is quick at any moment (B4)."""

import asyncio
from pathlib import Path

import pytest
from chaos.bot import Bot, Setting
from chaos.run import STOP_SECONDS

pytestmark = pytest.mark.chaos

NOBODY = "http://127.0.0.1:9"


async def test_stops_while_a_start_waits_for_the_homeserver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMBOT_STORE_KEY", "schluessel")
    bot = Bot(tmp_path, Setting(NOBODY, "@ombot:localhost", f"sqlite:///{tmp_path / 'ombot.sqlite3'}", {}))
    bot.write_configuration()
    await bot.start()
    try:
        # The encryption store is opened just before the homeserver is asked for the first time.
        while not (tmp_path / "data").exists() or not list((tmp_path / "data").rglob("crypto.db")):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        assert await bot.stop() <= STOP_SECONDS
    finally:
        await bot.close()
