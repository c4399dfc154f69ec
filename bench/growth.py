"""What a command, a list, the board and the start cost while a federation grows, on SQLite and on PostgreSQL.

One number grows at a time, the others keep their first value. Of a group's tasks the first twenty are open: it is the
past that grows. All runs in this process, without a homeserver: a start is opening the database, taking over the
configuration and the first tick of the clock. ``GROWTH=<most>`` leaves out what is larger, for a quick look.

Costs are processor time, of this process and of what PostgreSQL runs for it (but for the start, whose connections have
ended by then): it says the same on a machine that has other things to do.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, event, func, insert, select
from sqlmodel import col

from bench import report
from bench.processes import Running
from ombot import features
from ombot.chat.bus import Bus
from ombot.chat.intake import Intake
from ombot.chat.registry import REGISTRY
from ombot.clock.tables import Reminder
from ombot.clock.ticks import Clock
from ombot.config import Settings
from ombot.features.tasks.tables import Task
from ombot.installation import open_store
from ombot.store import inbox, rooms
from ombot.store.tables import Inbox
from ombot.store.unit import Store

STEPS = {
    "tasks": (1_000, 10_000, 100_000, 1_000_000),
    "groups": (10, 100, 1_000),
    "reminders": (100, 1_000, 10_000, 100_000),
}
COMMANDS = {"list": "!aufgaben", "board": "!übersicht", "command": "!aufgabe Einseiter entwerfen bis 30.09."}
OUTCOMES = {"command": "AddTask", "list": "ListTasks", "board": "ShowBoard"}
ROUNDS, STARTS = 40, 3
OPEN_TASKS = 20
"""In each group."""
MEMBERS = 10
"""Of each group; everybody is in several."""
AT_ONCE = 20_000
OWN, ASKER, ROOM = "@ombot:example.org", "@p0:example.org", "!g0"
MOST_RATIO = 1.2
"""Of a command with a million tasks to one with a thousand."""

Figures = dict[str, tuple[float, int]]
"""For each thing that is done: milliseconds and queries."""


def measure(write: bool) -> Iterator[str]:
    """The figures as they come; with ``write`` also as a part of the documentation."""
    circumstances = report.circumstances()
    most = int(os.environ.get("GROWTH", "0")) or sys.maxsize
    found: dict[str, dict[str, list[tuple[int, Figures]]]] = {}
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        found[name] = {kind: [] for kind in STEPS}
        for kind, steps in STEPS.items():
            with opened() as (database, folder):
                for step in (one for one in steps if one <= most):
                    size = {each: values[0] for each, values in STEPS.items()} | {kind: step}
                    figures = _Federation(size, database, folder).measured()
                    found[name][kind].append((step, figures))
                    yield f"growth, {name}, {step} {kind}: {_words(figures)}"
        first, last = (found[name]["tasks"][at][1]["command"][0] for at in (0, -1))
        yield f"growth, {name}: with most tasks a command takes {last / first:.2f} of fewest (goal {MOST_RATIO})"
    if write:
        report.rewrite("growth", f"{circumstances}\n\n{_table(found)}")
        _draw(found)


def _words(figures: Figures) -> str:
    return ", ".join(f"{what} {ms:.1f} ms ({queries} queries)" for what, (ms, queries) in figures.items())


# --- a federation -----------------------------------------------------------------------------------------------


@dataclass
class _Federation:
    """An installation of a certain size."""

    size: dict[str, int]
    database: str
    folder: Path

    def __post_init__(self) -> None:
        self.settings = Settings.model_validate(
            {
                "matrix": {"homeserver": "http://127.0.0.1:1", "user": OWN},
                "storage": {"database": self.database, "directory": str(self.folder)},
                "limits": {"commands": "0"},
                "groups": [{"key": f"g{number}", "name": f"AG {number}"} for number in range(self.size["groups"])],
            }
        )
        self.now = datetime.now(UTC)

    def measured(self) -> Figures:
        """Grow to this size, then do everything some times."""
        store = open_store(self.settings)
        self._fill(store)
        with _counted() as queries:
            found = {what: self._asked(store, what, queries) for what in COMMANDS}
        with store.unit() as session:  # what was asked for here is none of the growth
            session.execute(delete(Task).where(col(Task.number) > self.size["tasks"]))
        store.close()
        self._start()  # the first one writes all boards
        times = [self._start() for _ in range(STARTS)]
        return found | {"start": (statistics.median(seconds for seconds, _ in times) * 1000, times[-1][1])}

    def _asked(self, store: Store, what: str, queries: list[str]) -> tuple[float, int]:
        bus = Bus(self.settings, OWN, Intake(OWN), features.next_session_day)
        self._ask(store, bus, COMMANDS[what], OUTCOMES[what])  # the first one compiles its statements
        began = _processor_seconds(store.engine)
        for _ in range(ROUNDS):
            queries.clear()
            self._ask(store, bus, COMMANDS[what], OUTCOMES[what])
        number = len(queries)
        return (_processor_seconds(store.engine) - began) / ROUNDS * 1000, number

    def _ask(self, store: Store, bus: Bus, body: str, outcome: str) -> None:
        content: dict[str, Any] = {"body": body, "msgtype": "m.text", "mentions": [], "links": []}
        row = Inbox(
            event_id=f"${next(_NUMBERS)}",
            room_id=ROOM,
            sender=ASKER,
            kind="message",
            content=content | {"reply_to": None, "thread": None, "file": None},
            sent_at=self.now,
            received_at=self.now,
        )
        with store.unit() as session:
            if bus.intake.wanted(session, row):
                inbox.add(session, [row])
        with store.unit() as session:
            kept = inbox.next_row(session, self.now)
            if kept is None:
                raise LookupError(f"{body} was not taken in")
            bus.handle(session, kept, self.now)
            if kept.content.get("outcome") != outcome:
                raise LookupError(f"{body} came to {kept.content.get('outcome')}")

    def _start(self) -> tuple[float, int]:
        with _counted() as queries:
            began = time.process_time()
            store = open_store(self.settings)
            Bus(self.settings, OWN, Intake(OWN), features.next_session_day)
            clock = Clock(self.settings, OWN, REGISTRY)
            with store.unit() as session:
                while clock.tick(session, self.now):
                    pass
            seconds = time.process_time() - began
        store.close()
        return seconds, len(queries)

    # --- rows ---------------------------------------------------------------------------------------------------

    def _fill(self, store: Store) -> None:
        with store.unit() as session:
            for number in range(self.size["groups"]):
                if rooms.get(session, f"!g{number}") is None:
                    people = {OWN: ("join", "ombot")} | {
                        f"@p{(number * 3 + each) % 1000}:example.org": ("join", f"Person {each}")
                        for each in range(MEMBERS)
                    }
                    levels = {"users": {ASKER: 50}}
                    state = rooms.StateCopy(False, "12", (OWN,), levels, None, people)  # type: ignore[arg-type]
                    rooms.save(session, f"!g{number}", state, self.now)
                    rooms.set_group(session, f"!g{number}", f"g{number}")
        _add(store.engine, Task, self.size["tasks"], self._task)
        _add(store.engine, Reminder, self.size["reminders"], self._reminder)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE")  # PostgreSQL does so by itself after a while

    def _task(self, number: int) -> dict[str, Any]:
        is_open = number < OPEN_TASKS * STEPS["groups"][0]
        return {
            "group_key": f"g{number % STEPS['groups'][0]}",
            "title": f"Einseiter {number}",
            "description": "",
            "due": (self.now + timedelta(days=number % 60)).date(),
            "status": "open" if is_open else "done",
            "created_by": ASKER,
            "created_at": self.now,
            "closed_at": None if is_open else self.now,
            "event_id": f"$made{number}",
            "assigned_in_room": True,
        }

    def _reminder(self, number: int) -> dict[str, Any]:
        due = self.now + timedelta(days=30 + number % 300)
        return {
            "object": f"A{number + 1}",
            "step": f"due-0d@{due.date().isoformat()}-{number}",
            "anchor": due.date(),
            "destination": f"group:g{number % STEPS['groups'][0]}",
            "due_at": due,
            "state": "open",
            "paused": False,
        }


_NUMBERS = count()


def _processor_seconds(engine: Engine) -> float:
    """What this process and PostgreSQL's backends have used so far."""
    used = time.process_time()
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            pids = connection.exec_driver_sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
            used += sum(Running(pid, 0.0).cpu_seconds() for (pid,) in pids)
    return used


def _add(engine: Engine, table: Any, wanted: int, row: Callable[[int], dict[str, Any]]) -> None:
    """Rows behind those that are there, up to a number."""
    with engine.execution_options(ombot_write=True).begin() as connection:
        there = int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for start in range(there, wanted, AT_ONCE):
            rows = [row(number) for number in range(start, min(start + AT_ONCE, wanted))]
            connection.execute(insert(table), rows)


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Everything that databases are asked meanwhile, without the marks of transactions."""
    queries: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            queries.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield queries
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def _sqlite() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name:
        yield f"sqlite:///{name}/ombot.sqlite3", Path(name)


@contextmanager
def _postgresql() -> Iterator[tuple[str, Path]]:
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from pg import PostgresServer  # type: ignore[import-not-found]

    server = PostgresServer()
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name:
        try:
            yield server.url(server.create()), Path(name)
        finally:
            server.stop()


# --- on paper ---------------------------------------------------------------------------------------------------


def _table(found: dict[str, dict[str, list[tuple[int, Figures]]]]) -> str:
    things = [*COMMANDS, "start"]
    rows = [
        [name, f"{step:,} {kind}", *(f"{figures[what][0]:.1f} ms · {figures[what][1]}" for what in things)]
        for name, kinds in found.items()
        for kind, series in kinds.items()
        for step, figures in series
    ]
    return report.table(["", "with", *things], rows)


def _draw(found: dict[str, dict[str, list[tuple[int, Figures]]]]) -> None:
    """A panel for each number that grows: every cost as a ratio to its first."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 8})
    figure = Figure(figsize=(2.6 * len(STEPS), 3), layout="constrained")
    styles = {"SQLite": "-", "PostgreSQL": "--"}
    colours = dict(zip((*COMMANDS, "start"), ("#1f6f5c", "#c77700", "#3b5ba5", "#8a8f94"), strict=True))
    for kind, axes in zip(STEPS, figure.subplots(1, len(STEPS), sharey=True), strict=True):
        for name, style in styles.items():
            for what, colour in colours.items():
                steps = [step for step, _ in found[name][kind]]
                costs = [figures[what][0] for _, figures in found[name][kind]]
                ratios = [cost / costs[0] for cost in costs]
                axes.plot(steps, ratios, style, marker=".", color=colour, label=f"{what}, {name}")
        axes.set_xscale("log")
        axes.set_title(kind, fontsize=8)
        axes.set_ylim(bottom=0)
        axes.axhline(MOST_RATIO, color="#b3261e", linewidth=1, linestyle=":")
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(fontsize=6)
    figure.axes[0].set_ylabel("cost, as a ratio to the first", fontsize=8)
    report.PICTURES.mkdir(exist_ok=True)
    figure.savefig(report.PICTURES / "growth.svg", metadata={"Date": None})


features.load()
