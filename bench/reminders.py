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
BURST_IN = timedelta(seconds=20)
BETWEEN = 0.1


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
            yield f"{title}: {_starts(ombot, engine, groups)}"
            yield f"{title}: {asyncio.run(_burst(ombot, engine, groups, server))}"
            engine.dispose()


# --- starts -----------------------------------------------------------------------------------------------------


def _starts(ombot: Installation, engine: Engine, groups: list[str]) -> str:
    """Starts without and with stored reminders, in turn."""
    empty, full = [], []
    for _ in range(STARTS):
        empty.append(_start(ombot))
        _store(engine, groups, STORED, datetime.now(UTC) + timedelta(days=30))
        full.append(_start(ombot))
        _remove(engine)
    ratio = statistics.median(full) / statistics.median(empty)
    return (
        f"start with {STORED} stored reminders {statistics.median(full):.2f} s, "
        f"empty {statistics.median(empty):.2f} s: {ratio:.2f}x"
    )


def _start(ombot: Installation) -> float:
    with ombot.running() as seconds:
        return seconds


# --- a burst ----------------------------------------------------------------------------------------------------


async def _burst(ombot: Installation, engine: Engine, groups: list[str], server: Homeserver) -> str:
    """Commands before and while all fall due."""
    due = datetime.now(UTC) + BURST_IN + timedelta(seconds=_start(ombot))
    _store(engine, groups, DUE, due)
    token = server.login("member", PASSWORD)
    async with asker(f"{server.url}/_matrix/client/v3", token) as asking:
        with ombot.running():
            usual, busy, seconds = await _ask_meanwhile(engine, asking, f"#{groups[0]}:{server.server_name}", due)
    _remove(engine)
    return (
        f"{DUE} reminders in {len(groups)} rooms at once, settled in {seconds:.1f} s: a command takes {usual:.0f} ms "
        f"before, {statistics.median(busy):.0f} ms meanwhile, {max(busy):.0f} ms at most: "
        f"{max(busy) - usual:.0f} ms later than usual"
    )


async def _ask_meanwhile(engine: Engine, asking: Asker, alias: str, due: datetime) -> tuple[float, list[float], float]:
    room = await asking.join(alias)
    await asking.start()
    quiet = [await _ask(asking, room) for _ in range(QUIET_COMMANDS)]
    while datetime.now(UTC) < due or _open(engine) == DUE:
        await _ask(asking, room)
    busy, began = [], time.monotonic()
    while _open(engine):
        busy.append(await _ask(asking, room))
    seconds = time.monotonic() - began
    return statistics.median(quiet), busy + [await _ask(asking, room) for _ in range(QUIET_COMMANDS)], seconds


async def _ask(asking: Asker, room: str) -> float:
    milliseconds = await asking.ask(room)
    await asyncio.sleep(BETWEEN)
    return milliseconds


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
