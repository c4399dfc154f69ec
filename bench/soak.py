"""How memory behaves over many events in many rooms: ``python -m bench soak``, or with ``SOAK=<events>,<rooms>``."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.stage import PASSWORD, Asker, asker, install
from ombot.demo.homeserver import Homeserver

EVENTS, ROOMS = 50_000, 200
COMMANDS = 25
"""One of so many events is a command that is answered; the others are what people say to each other."""
WRITERS = 8
SAMPLES = 40
MOST_MIB = 300
MOST_GROWTH = 0.05
"""In the second half, as a share of the memory at its beginning (B7)."""


def measure() -> Iterator[str]:
    """Memory in the middle and at the end, and the growth in between."""
    events, rooms = (int(part) for part in os.environ.get("SOAK", f"{EVENTS},{ROOMS}").split(","))
    with tempfile.TemporaryDirectory(prefix="ombot-soak-") as name, Homeserver() as server:
        bot, member = server.register("ombot", PASSWORD), server.register("member", PASSWORD)
        groups = [f"gruppe{number}" for number in range(rooms)]
        ombot = install(Path(name), server.url, bot, member, groups)
        ombot.init()
        with ombot.running():
            pid = _process_of(ombot.config)
            used = asyncio.run(_Talk(server, groups, pid).go(events))
        middle, end = used[len(used) // 2], used[-1]
        growth = max(used[len(used) // 2 :]) / middle - 1
        yield (
            f"soak of {events} events in {rooms} rooms: {used[0]:.0f} MiB at first, {middle:.0f} in the middle, "
            f"{end:.0f} at the end, {max(used):.0f} at most (goal {MOST_MIB}); "
            f"{growth:+.1%} in the second half (goal {MOST_GROWTH:.0%})"
        )


@dataclass
class _Talk:
    """Members talk in all rooms, and now and then one of them gives a command."""

    server: Homeserver
    groups: list[str]
    pid: int

    async def go(self, events: int) -> list[float]:
        """Write all events; the bot's memory in MiB, measured at even distances."""
        base = f"{self.server.url}/_matrix/client/v3"
        async with asker(base, self.server.login("member", PASSWORD)) as member:
            rooms = [await member.join(f"#{key}:{self.server.server_name}") for key in self.groups]
            await member.start()
            used = []
            for part in range(SAMPLES):
                share = range(part * events // SAMPLES, (part + 1) * events // SAMPLES)
                await asyncio.gather(*(self._write(member, rooms, share[first::WRITERS]) for first in range(WRITERS)))
                # The answer to it shows that everything before has been taken in.
                await member.ask(rooms[part % len(rooms)])
                used.append(_resident_mib(self.pid))
            return used

    @staticmethod
    async def _write(member: Asker, rooms: list[str], numbers: range) -> None:
        for number in numbers:
            body = f"!aufgabe Einseiter {number}" if number % COMMANDS == 0 else f"Das sehe ich auch so, Teil {number}."
            await member.say(rooms[number % len(rooms)], body)


def _process_of(config: Path) -> int:
    """The running ``ombot run`` with this configuration."""
    for entry in Path("/proc").glob("[0-9]*"):
        words = _words(entry)
        if str(config) in words and "run" in words:
            return int(entry.name)
    raise RuntimeError("ombot does not run")


def _words(entry: Path) -> list[str]:
    try:
        return (entry / "cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:  # ended meanwhile
        return []


def _resident_mib(pid: int) -> float:
    status: dict[str, Any] = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    )
    return int(status["VmRSS"].split()[0]) / 1024
