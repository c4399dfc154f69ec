"""What many reminders cost: the start with 100,000 of them, and a command while 10,000 fall due at once."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, func, insert, select

from bench.stage import PASSWORD, Asker, Installation, asker, install
from ombot.clock.tables import Reminder
from ombot.demo.homeserver import Homeserver
from ombot.features.tasks.tables import Task
from ombot.store.engine import open_engine

STORED = 100_000
DUE = 10_000
GROUPS = [f"gruppe{number}" for number in range(25)]
STARTS = 3
QUIET_COMMANDS = 20
DUE_IN = timedelta(seconds=5)
BETWEEN = 0.1
PATIENCE = 180.0
"""Seconds after which what is still open is reported as such."""
TITLE = "Einseiter"


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
            for line in (*_burst(ombot, engine, groups, server), *_starts(ombot, engine, groups)):
                yield f"{title}: {line}"
            engine.dispose()


# --- starts -----------------------------------------------------------------------------------------------------


def _starts(ombot: Installation, engine: Engine, groups: list[str]) -> Iterator[str]:
    """Starts without and with stored reminders, in turn."""
    empty, full = [], []
    for _ in range(STARTS):
        empty.append(_start(ombot))
        _store(engine, groups, STORED, datetime.now(UTC) + timedelta(days=30))
        full.append(_start(ombot))
        _remove(engine)
    ratio = statistics.median(full) / statistics.median(empty)
    yield (
        f"start with {STORED} stored reminders {statistics.median(full):.2f} s, "
        f"empty {statistics.median(empty):.2f} s: {ratio:.2f}x"
    )


def _start(ombot: Installation) -> float:
    with ombot.running() as running:
        return running.seconds


# --- a burst ----------------------------------------------------------------------------------------------------


@dataclass
class _Burst:
    """What is asked while all fall due; times in milliseconds and seconds."""

    engine: Engine
    asking: Asker
    room: str
    usual: list[float] = field(default_factory=list)
    meanwhile: list[float] = field(default_factory=list)

    async def quiet(self) -> None:
        """Commands while nothing else is to be done."""
        while _unsent(self.engine, ""):
            await asyncio.sleep(BETWEEN)
        self.usual = [await self._ask() for _ in range(QUIET_COMMANDS)]

    async def busy(self, groups: list[str]) -> tuple[float, float]:
        """Commands from the first reminder to the last message; seconds until all are settled, and all are sent."""
        due = datetime.now(UTC) + DUE_IN
        _store(self.engine, groups, DUE, due)
        last = 0.0
        while _open(self.engine, due) == DUE:
            last = await self._ask()
        self.meanwhile = [last]  # it was under way when the first part began
        began, settled = time.monotonic(), math.nan
        while (left := _open(self.engine, due)) or _unsent(self.engine, "clock:A"):
            settled = settled if left or not math.isnan(settled) else time.monotonic() - began
            if time.monotonic() - began > PATIENCE:
                return settled, math.nan
            self.meanwhile.append(await self._ask())
        sent = time.monotonic() - began
        return sent if math.isnan(settled) else settled, sent

    async def _ask(self) -> float:
        milliseconds = await self.asking.ask(self.room)
        await asyncio.sleep(BETWEEN)
        return milliseconds


def _burst(ombot: Installation, engine: Engine, groups: list[str], server: Homeserver) -> Iterator[str]:
    """Commands before and while all fall due, and whether each was said once."""
    with asyncio.Runner() as runner:
        entered = runner.run(_enter(server, groups[:1]))
        with ombot.running():
            burst = ...
# --- rows -------------------------------------------------------------------------------------------------------


def _store(engine: Engine, groups: list[str], number: int, due: datetime) -> None:
    now = datetime.now(UTC)
    tasks = [
        {
            "number": index + 1_000_000,
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


def _open(engine: Engine) -> int:
    """How many of the stored ones wait to be said."""
    with engine.connect() as connection:
        query = select(func.count()).where(Reminder.step.startswith("due-0d"), Reminder.state == "open")  # type: ignore[attr-defined]
        return int(connection.execute(query).scalar_one())


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
