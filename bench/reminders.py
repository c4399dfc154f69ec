"""What many reminders cost: a command while 10,000 fall due at once, and the start with 100,000 of them."""

import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, func, insert, select

from bench.stage import PASSWORD, Asker, Installation, asker, install
from ombot.clock.tables import Reminder
from ombot.demo.homeserver import Homeserver
from ombot.features.tasks.tables import Task
from ombot.store.engine import open_engine
from ombot.store.tables import Outbox

STORED = 100_000
DUE = 10_000
GROUPS = [f"gruppe{number}" for number in range(25)]
STARTS = 3
QUIET_COMMANDS = 20
DUE_IN = timedelta(seconds=5)
BETWEEN = 0.1
PATIENCE = 150.0
"""Seconds after which a burst is given up, and the figures say how much of it is left."""
FIRST = 1_000_000
"""Number of the first task that is stored here: those that are asked for meanwhile come behind."""
SAID = re.compile(r"Erinnerung – (A\d+): Einseiter \d+")


def measure() -> Iterator[str]:
    """The figures on SQLite and on PostgreSQL, as they come."""
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name, Homeserver() as server, _postgresql() as postgres:
        member = server.register("member", PASSWORD)
        for title, database in (("SQLite", ""), ("PostgreSQL", postgres)):
            bot = server.register(title.lower(), PASSWORD)
            groups = [f"{title.lower()}{key}" for key in GROUPS]
            ombot = install(Path(name) / title, server.url, bot, member, groups, database)
            ombot.init()
            engine = open_engine(ombot.database)
            for line in _as_they_come(_burst(ombot, engine, groups, server)):
                yield f"{title}: {line}"
            yield f"{title}: {_starts(ombot, engine, groups)}"
            engine.dispose()


def _as_they_come(lines: AsyncIterator[str]) -> Iterator[str]:
    async def following() -> str | None:
        return await anext(lines, None)

    with asyncio.Runner() as runner:
        while (line := runner.run(following())) is not None:
            yield line


# --- a burst ----------------------------------------------------------------------------------------------------


async def _burst(ombot: Installation, engine: Engine, groups: list[str], server: Homeserver) -> AsyncIterator[str]:
    """Commands before and while all fall due, and whether each reminder was said once."""
    async with asker(f"{server.url}/_matrix/client/v3", server.login("member", PASSWORD)) as asking:
        rooms = [await asking.join(f"#{groups[0]}:{server.server_name}")]
        with ombot.running():
            await asking.start()
            while _unsent(engine):  # noqa: ASYNC110 - boards and welcomes, which another process sends
                await asyncio.sleep(BETWEEN)
            usual = [await _ask(asking, rooms[0]) for _ in range(QUIET_COMMANDS)]
            yield f"a command takes {_spread(usual)} while nothing is due"
            run = _Run(engine, asking, rooms[0])
            await run.watch(groups)
            yield f"{DUE} reminders in {len(groups)} rooms at once: {run.progress()}"
            late = max(run.meanwhile) - statistics.median(usual)
            yield f"a command takes {_spread(run.meanwhile)} meanwhile: {late:.0f} ms later than usual at most"
        rooms += [await asking.join(f"#{key}:{server.server_name}") for key in groups[1:]]
        texts = [text for room in rooms for text in await asking.history(room)]
        times = Counter(Counter(number for text in texts for number in SAID.findall(text)).values())
        yield f"{times[1]} reminders stand in their rooms once, {times.total() - times[1]} more than once"
    _remove(engine)


@dataclass
class _Run:
    """Commands from the first part of a burst to its last message."""

    engine: Engine
    asking: Asker
    room: str
    meanwhile: list[float] = field(default_factory=list)
    """Milliseconds of each command."""
    settled: float | None = None
    sent: float | None = None
    """Seconds from the first part on."""

    async def watch(self, groups: list[str]) -> None:
        """Store the reminders and ask until all are said."""
        due = datetime.now(UTC) + DUE_IN
        _store(self.engine, groups, DUE, due)
        while _open(self.engine, due) == DUE:
            self.meanwhile = [await _ask(self.asking, self.room)]  # the last of them meets the first part
        began = time.monotonic()
        while self.sent is None and time.monotonic() - began < PATIENCE:
            if self.settled is None and not _open(self.engine, due):
                self.settled = time.monotonic() - began
            if self.settled is not None and not _unsent(self.engine, "clock:A"):
                self.sent = time.monotonic() - began
            self.meanwhile.append(await _ask(self.asking, self.room))

    def progress(self) -> str:
        """How long all took."""
        if self.sent is None:
            return f"after {PATIENCE:.0f} s {_unsent(self.engine, 'clock:A')} messages wait, settled: {self.settled}"
        return f"settled in {self.settled:.1f} s, sent in {self.sent:.1f} s"


async def _ask(asking: Asker, room: str) -> float:
    milliseconds = await asking.ask(room)
    await asyncio.sleep(BETWEEN)
    return milliseconds


def _spread(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    middle, high = statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
    return f"{middle:.0f} ms (95th percentile {high:.0f} ms, longest {ordered[-1]:.0f} ms, {len(ordered)} commands)"


# --- starts -----------------------------------------------------------------------------------------------------


def _starts(ombot: Installation, engine: Engine, groups: list[str]) -> str:
    """Starts without and with stored reminders, in turn."""
    empty, full = [], []
    for _ in range(STARTS):
        empty.append(_start(ombot))
        _store(engine, groups, STORED, datetime.now(UTC) + timedelta(days=30))
        full.append(_start(ombot))
        _remove(engine)
    (bare, bare_cpu), (laden, laden_cpu) = _medians(empty), _medians(full)
    return (
        f"start with {STORED} stored reminders {laden:.2f} s, empty {bare:.2f} s: {laden / bare:.2f}x "
        f"(of the processor {laden_cpu:.2f} s, {bare_cpu:.2f} s: {laden_cpu / bare_cpu:.2f}x)"
    )


def _start(ombot: Installation) -> tuple[float, float]:
    """Seconds until it is ready, and of processor time, which other work on the machine does not lengthen."""
    with ombot.running() as running:
        return running.seconds, running.cpu_seconds()


def _medians(starts: list[tuple[float, float]]) -> tuple[float, float]:
    seconds, processor = zip(*starts, strict=True)
    return statistics.median(seconds), statistics.median(processor)


# --- rows -------------------------------------------------------------------------------------------------------


def _store(engine: Engine, groups: list[str], number: int, due: datetime) -> None:
    now = datetime.now(UTC)
    tasks = [
        {
            "number": FIRST + index,
            "group_key": groups[index % len(groups)],
            "title": f"Einseiter {index}",
            "description": "",
            "due": due.date(),
            "status": "open",
            "created_by": "@member:localhost",
            "created_at": now,
            "event_id": f"$bench{index}",
            "assigned_in_room": True,
        }
        for index in range(number)
    ]
    reminders = [
        {
            "object": f"A{task['number']}",
            "step": f"due-0d@{due.date().isoformat()}",
            "anchor": due.date(),
            "destination": f"group:{task['group_key']}",
            "due_at": due,
            "state": "open",
            "paused": False,
        }
        for task in tasks
    ]
    with engine.execution_options(ombot_write=True).begin() as connection:
        connection.execute(insert(Task), tasks)
        connection.execute(insert(Reminder), reminders)


def _open(engine: Engine, due: datetime) -> int:
    """How many of the stored ones wait to be said; what was asked for meanwhile has reminders, too."""
    with engine.connect() as connection:
        query = select(func.count()).where(Reminder.due_at == due, Reminder.state == "open")  # type: ignore[arg-type]
        return int(connection.execute(query).scalar_one())


def _unsent(engine: Engine, cause: str = "") -> int:
    """How many messages of the causes that begin so wait to be sent."""
    with engine.connect() as connection:
        waits = select(func.count()).where(Outbox.state == "waiting", Outbox.cause.startswith(cause))  # type: ignore[arg-type]
        return int(connection.execute(waits).scalar_one())


def _remove(engine: Engine) -> None:
    with engine.execution_options(ombot_write=True).begin() as connection:
        connection.execute(delete(Reminder))
        connection.execute(delete(Task))


@contextmanager
def _postgresql() -> Iterator[str]:
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from pg import PostgresServer  # type: ignore[import-not-found]

    server = PostgresServer()
    try:
        yield server.url(server.create())
    finally:
        server.stop()
