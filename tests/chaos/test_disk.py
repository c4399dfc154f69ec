"""A disk that is full or refuses writes: nothing is confirmed that is not stored, nothing is lost (S7)."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from chaos.disk import allow_writes, break_down, failing_disk, mount, refuse_writes, small_disk, unmount
from chaos.run import Stage, figures, say, stage

pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.xdist_group("chaos")]

RED_WITHIN = 90.0
GREEN_WITHIN = 60.0
SILENT_FOR = 8.0


async def until_red(set_up: Stage) -> None:
    """Members go on writing until the bot says that its database is ill."""
    async with asyncio.timeout(RED_WITHIN):
        while not any("database" in problem for problem in await set_up.bot.problems()):
            await set_up.write(3, 0.1)
            await asyncio.sleep(1.0)


async def until_green(set_up: Stage) -> None:
    """All is well again."""
    async with asyncio.timeout(GREEN_WITHIN):
        while await set_up.bot.problems():  # noqa: ASYNC110 - what changes is in another process
            await asyncio.sleep(1.0)


async def nothing_is_confirmed(set_up: Stage) -> None:
    """What members write now gets no answer."""
    await asyncio.sleep(2.0)
    before = set(set_up.reader.caused)
    await set_up.write(9, 1.0)
    await asyncio.sleep(SILENT_FOR)
    assert set_up.reader.caused - before == set()


async def play(set_up: Stage, fail: Callable[[], None], mend: Callable[[], None]) -> None:
    """All is well, then nothing can be written, then all is well again; the process is the same all the time."""
    set_up.no_more_meetings()
    await set_up.bot.start()
    await set_up.bot.wait_until_ready()
    late = set_up.scripts.pop()
    await set_up.write(12, 3.0)
    await set_up.settle()
    fail()
    # Whoever speaks for the first time brings a new key, which has to be stored, too.
    set_up.scripts.append(late)
    await until_red(set_up)
    await nothing_is_confirmed(set_up)
    mend()
    await until_green(set_up)
    await set_up.write(6, 1.0)
    await set_up.settle()


async def count(set_up: Stage, capsys: pytest.CaptureFixture[str], name: str, began: float) -> None:
    tally = await set_up.count()
    log_size = len(set_up.bot.log.read_bytes()) // 1024
    say(capsys, f"{name}: {figures(set_up, tally, time.monotonic() - began)}, {log_size} KiB of log")
    assert tally.faults == {}


async def test_a_full_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    data = tmp_path / "bot" / "data"
    with small_disk(data) as disk:
        async with stage(tmp_path, seed=11, database=f"sqlite:///{data}/ombot.sqlite3") as set_up:
            await play(set_up, disk.fill, disk.free)
            await count(set_up, capsys, "full disk", began)
            assert set_up.bot.starts == 1


async def test_a_disk_that_refuses_every_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    async with stage(tmp_path, seed=12) as set_up:
        await play(set_up, lambda: refuse_writes(set_up.bot.pid), lambda: allow_writes(set_up.bot.pid))
        await count(set_up, capsys, "refused writes", began)
        assert set_up.bot.starts == 1


async def test_a_disk_that_becomes_read_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Such a disk comes back only when it is mounted anew, which the program cannot outlive."""
    began = time.monotonic()
    data, image = tmp_path / "bot" / "data", tmp_path / "disk.img"
    with failing_disk(data, image) as disk:
        async with stage(tmp_path, seed=13, database=f"sqlite:///{data}/ombot.sqlite3") as set_up:
            set_up.no_more_meetings()
            await set_up.bot.start()
            await set_up.bot.wait_until_ready()
            await set_up.write(12, 3.0)
            await set_up.settle()
            break_down(disk)
            await until_red(set_up)
            await nothing_is_confirmed(set_up)
            set_up.stops.append(await set_up.bot.stop())
            unmount(disk)
            mount(disk, image)
            await set_up.bot.start()
            await set_up.bot.wait_until_ready()
            await until_green(set_up)
            await set_up.settle()
            await count(set_up, capsys, "read-only disk", began)
