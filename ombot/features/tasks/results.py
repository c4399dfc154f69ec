"""What the handlers of tasks find out, for the cards to say."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ombot.chat.trace import TraceLine
from ombot.store.rooms import Person


@dataclass(frozen=True)
class TaskView:
    """A task as it is shown: names resolved, nothing left to look up."""

    reference: str
    title: str
    description: str
    group: str
    status: str
    due: date | None
    people: tuple[Person, ...]
    parties: tuple[str, ...]
    note: str | None
    parked_until: date | None
    parked_condition: str | None
    overdue: bool


@dataclass(frozen=True)
class TaskAdded:
    """A new task. ``notify`` are the persons it was given to by somebody else."""

    task: TaskView
    notify: tuple[str, ...] = ()
    time_said: str | None = None
    """A time of day that was written, echoed but not stored."""


@dataclass(frozen=True)
class TaskChanged:
    """A changed task; ``change`` names what was asked for."""

    task: TaskView
    change: str
    notify: tuple[str, ...] = ()


@dataclass(frozen=True)
class TaskShown:
    """The card with history."""

    task: TaskView
    history: tuple[TraceLine, ...]


@dataclass(frozen=True)
class TaskList:
    """Tasks under the heading of a filter; ``by_group`` when they are of several groups."""

    filter: str
    tasks: tuple[TaskView, ...]
    by_group: bool
    words: str = ""


@dataclass(frozen=True)
class TaskGiven:
    """Told in the direct chat to a person who was given a task elsewhere."""

    task: TaskView
    by: Person


@dataclass(frozen=True)
class BoardTasks:
    """The part of a board about tasks: those due first, and how many are open and overdue altogether."""

    tasks: tuple[TaskView, ...]
    total: int
    overdue: int


@dataclass(frozen=True)
class MyTasks:
    """The sender's open tasks, and those ``parked`` until a condition in words is met."""

    tasks: tuple[TaskView, ...]
    by_group: bool
    parked: tuple[TaskView, ...] = ()


@dataclass(frozen=True)
class TasksExported:
    """The task list as a file; ``document`` is its frozen data."""

    count: int
    name: str
    mimetype: str
    document: dict[str, Any]
