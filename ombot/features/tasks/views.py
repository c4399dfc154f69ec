"""Rows to what is shown: names resolved, history in words of fields."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ombot.chat.trace import TraceLine, trace
from ombot.features.groups import queries as groups
from ombot.features.tasks import queries
from ombot.features.tasks.results import TaskView
from ombot.features.tasks.rules import Doer
from ombot.features.tasks.tables import Task
from ombot.store import rooms
from ombot.store.rooms import Person

SHOWN = ("title", "description", "due", "status", "note", "parked_until", "parked_condition")
"""Fields whose changes members are shown."""


def view(session: Session, task: Task, today: date) -> TaskView:
    """One task as it is shown."""
    return views(session, [task], today)[0]


def views(session: Session, tasks: Sequence[Task], today: date) -> tuple[TaskView, ...]:
    """Many tasks, with a constant number of queries."""
    if not tasks:
        return ()
    doers = queries.doers_of(session, [task.number for task in tasks if task.number is not None])
    names = rooms.names(session, {doer.name for found in doers.values() for doer in found if doer.kind == "person"})
    titles = groups.names(session, {task.group_key for task in tasks})
    return tuple(_view(task, doers.get(task.number or 0, []), names, titles, today) for task in tasks)


def _view(task: Task, doers: list[Doer], names: dict[str, str], titles: dict[str, str], today: date) -> TaskView:
    return TaskView(
        reference=f"A{task.number}",
        title=task.title,
        description=task.description,
        group=titles.get(task.group_key, task.group_key),
        status=task.status,
        due=task.due,
        people=tuple(Person(doer.name, names.get(doer.name, doer.name)) for doer in doers if doer.kind == "person"),
        parties=tuple(doer.name for doer in doers if doer.kind != "person"),
        note=task.note,
        parked_until=task.parked_until,
        parked_condition=task.parked_condition,
        overdue=task.status == "open" and task.due is not None and task.due < today,
    )


def trace_of(session: Session, task: Task, zone: ZoneInfo) -> tuple[TraceLine, ...]:
    """A task's changes, oldest first."""
    return trace(session, task, SHOWN, zone)
