"""How memory behaves over many events in many rooms: ``python -m bench soak``, or with ``SOAK=<events>,<rooms>``.

Prints a line for each of forty parts of the way, and the sum at the end. 50,000 events in 200 rooms take half an hour
on two cores that have nothing else to do; the homeserver needs most of it.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, func, select

from bench.processes import Running
from bench.stage import PASSWORD, Asker, asker, install
from ombot.demo.homeserver import Homeserver
from ombot.store.engine import open_engine
from ombot.store.tables import Inbox, Outbox

EVENTS, ROOMS = 50_000, 200
COMMANDS = 25
"""One of so many events is a command that is answered; the others are what people say to each other."""
WRITERS = 8
PARTS = 40
LOOK_SECONDS = 0.2
PATIENCE = 300.0
"""Seconds until everything of one part has been answered."""
MOST_MIB = 300
MOST_GROWTH = 0.05
"""In the second half, as a share of the memory at its beginning (B7)."""


def measure() -> Iterator[str]:
    """Memory after each part, then in the middle and at the end, and the growth in between."""
    events, rooms = (int(part) for part in os.environ.get("SOAK", f"{EVENTS},{ROOMS}").split(","))
    with tempfile.TemporaryDirectory(prefix="ombot-soak-") as name, Homeserver() as server:
        bot, member = server.register("ombot", PASSWORD), server.register("member", PASSWORD)
        groups = [f"gruppe{number}" for number in range(rooms)]
        ombot = install(Path(name), server.url, bot, member, groups)
        ombot.init()
        yield f"soak: {rooms} rooms are made"
        engine = open_engine(ombot.database)
        with ombot.running() as running, asyncio.Runner() as runner:
            soak = _Soak(server, engine, running, events)
            lines = soak.run(groups)
            while (line := runner.run(_next(lines))) is not None:
                yield line
        engine.dispose()
        yield f"soak of {events} events in {rooms} rooms: {soak.summary()}"


async def _next(lines: AsyncIterator[str]) -> str | None:
    return await anext(lines, None)


@dataclass
class _Soak:
    """Members talk in all rooms, and now and then one of them gives a command."""

    server: Homeserver
    engine: Engine
    running: Running
    events: int
    used: list[float] = field(default_factory=list)
    """Memory of the bot in MiB: before the first part, and after each."""
    seconds: float = 0.0

    async def run(self, groups: list[str]) -> AsyncIterator[str]:
        """Write all events, part by part; each part is answered before the next begins."""
        began = time.monotonic()
        async with asker(f"{self.server.url}/_matrix/client/v3", self.server.login("member", PASSWORD)) as member:
            rooms = [await member.join(f"#{key}:{self.server.server_name}") for key in groups]
            await self._settled()
            self.used.append(self.running.resident_mib())
            for part in range(PARTS):
                share = range(part * self.events // PARTS, (part + 1) * self.events // PARTS)
                await asyncio.gather(*(_write(member, rooms, share[first::WRITERS]) for first in range(WRITERS)))
                await self._settled()
                self.used.append(self.running.resident_mib())
                self.seconds = time.monotonic() - began
                yield (
                    f"soak: {share.stop} of {self.events} events after {self.seconds / 60:.1f} min, "
                    f"{self.used[-1]:.1f} MiB, {self.running.cpu_seconds():.0f} s of processor time"
                )

    async def _settled(self) -> None:
        """Wait until nothing is left to handle or to send. What has not yet come in follows with the next part."""
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(self._waiting):  # noqa: ASYNC110 - rows of another process
                await asyncio.sleep(LOOK_SECONDS)

    def _waiting(self) -> int:
        with self.engine.connect() as connection:
            unhandled = select(func.count()).select_from(Inbox).where(Inbox.state != "done")  # type: ignore[arg-type]
            unsent = select(func.count()).select_from(Outbox).where(Outbox.state == "waiting")  # type: ignore[arg-type]
            return sum(int(connection.execute(query).scalar_one()) for query in (unhandled, unsent))

    def summary(self) -> str:
        """The figures that have goals."""
        first, *half = self.used[len(self.used) // 2 :]
        return (
            f"{self.used[0]:.0f} MiB at first, {first:.0f} in the middle, {half[-1]:.0f} at the end, "
            f"{max(self.used):.0f} at most (goal {MOST_MIB}); {max(half) / first - 1:+.1%} in the second half "
            f"(goal {MOST_GROWTH:.0%}); {self.seconds / 60:.1f} min"
        )


async def _write(member: Asker, rooms: list[str], numbers: range) -> None:
    for number in numbers:
        # Counted on their own: every room gets commands, whatever its number has in common with that of the events.
        talk, is_command = f"Das sehe ich auch so, Teil {number}.", number % COMMANDS == 0
        room = rooms[(number // COMMANDS if is_command else number) % len(rooms)]
        await member.say(room, f"!aufgabe Einseiter {number}" if is_command else talk)
