"""A stop is quick at any moment (B4)."""

import asyncio
import time
from pathlib import Path

import pytest
from chaos.bot import Bot, Setting
from chaos.run import STOP_SECONDS

pytestmark = pytest.mark.chaos

NOBODY = "http://127.0.0.1:9"
SECONDS = 30.0


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bot:
    monkeypatch.setenv("OMBOT_STORE_KEY", "schluessel")
    return Bot(tmp_path, Setting(NOBODY, "@ombot:localhost", f"sqlite:///{tmp_path / 'ombot.sqlite3'}", {}))


async def stop_once_logged(bot: Bot, sign: str) -> None:
    """Start, wait for a line of the log, stop."""
    bot.write_configuration()
    await bot.start()
    try:
        deadline = time.monotonic() + SECONDS
        while sign not in bot.log.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline, bot.log.read_text(encoding="utf-8")
            await asyncio.sleep(0.1)
        assert await bot.stop() <= STOP_SECONDS
    finally:
        await bot.close()


async def test_stops_while_a_start_waits_for_the_homeserver(bot: Bot) -> None:
    await stop_once_logged(bot, "the homeserver does not answer")


async def test_stops_in_safe_mode_while_the_homeserver_is_away(bot: Bot) -> None:
    (bot.folder / "ombot.sqlite3").write_bytes(b"keine Datenbank " * 100)
    await stop_once_logged(bot, "still in safe mode")


async def test_stops_while_the_homeserver_accepts_and_says_nothing(bot: Bot) -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await ended.wait()
        writer.close()

    called, ended = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    bot.setting.homeserver = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    bot.write_configuration()
    await bot.start()
    try:
        async with asyncio.timeout(SECONDS):
            await called.wait()
        assert await bot.stop() <= STOP_SECONDS
    finally:
        ended.set()
        await bot.close()
        server.close()
        await server.wait_closed()
