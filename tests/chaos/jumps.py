"""The clock of the bot's machine jumps: for its process only, by libfaketime."""

import asyncio
from pathlib import Path

from chaos.run import Stage
from chaos.tally import Tally

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
JUMPS = (600, -300, 1800, 0)
"""Seconds from the true time: over all reminders, half back, far ahead, and right again. Never over the end of a
meeting: nobody is reminded of what is over. With the last one the clock goes back, and new reminders must not wait."""
LIFE_SECONDS = 20.0
"""More than a tick."""


class Clock:
    """The clock that one bot reads. The monotonic one goes on, as on a machine whose time is set."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """Let it show the true time and so much."""
        self._file.write_text(f"{seconds:+d}\n", encoding="ascii")

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to read it."""
        return {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


async def play_with_jumps(set_up: Stage, clock: Clock, commands: int) -> Tally:
    """Meetings are made before and after the clock jumps; each reminder comes once, whenever that is."""
    set_up.bot.environment |= clock.environment
    set_up.remind_in(150.0)
    await set_up.bot.start()
    await set_up.bot.wait_until_ready()
    parts = len(JUMPS) + 1
    await set_up.write(len(range(0, commands, parts)), LIFE_SECONDS)
    set_up.no_more_meetings()
    for number, seconds in enumerate(JUMPS, start=1):
        clock.set(seconds)
        if number == len(JUMPS):
            set_up.meetings_again()
        share = len(range(number, commands, parts))
        await asyncio.gather(set_up.write(share, LIFE_SECONDS), asyncio.sleep(LIFE_SECONDS))
    await set_up.settle()
    return await set_up.count()
