"""What the clock, the board and undo ask of tasks."""

from collections.abc import Sequence

from ombot.chat.context import Context
from ombot.chat.contributions import BoardOf, Undone, board_changed, mine, on_board, undone
from ombot.chat.nodes import PersonNode
from ombot.chat.tables import Group
from ombot.clock.reminders import Occasion, Section, says
from ombot.clock.tables import Reminder
from ombot.features.tasks import queries
from ombot.features.tasks.cards import reminder_blocks
from ombot.features.tasks.commands import reopen_task, schedule
from ombot.features.tasks.results import BoardTasks, MyTasks
from ombot.features.tasks.rules import Filter
from ombot.features.tasks.tables import Assignee, Task
from ombot.features.tasks.views import view, views
from ombot.store.base import Table

ON_BOARD = 5
"""How many tasks stand on a board."""


@says("A")
def section(occasion: Occasion, reminder: Reminder) -> Section | None:
    """A task that is due, overdue, or back from being parked; None once it is settled."""
    task = queries.get(occasion.session, int(reminder.object[1:]))
    step = reminder.step.partition("@")[0].partition("-")[0]
    group = occasion.session.get(Group, task.group_key) if task is not None else None
    if task is None or group is None or group.archived:
        return None
    if step == "reopen" and task.status == "parked":
        reopen_task(task)
        occasion.session.add(task)
        board_changed(occasion.session, task.group_key)
    if task.status != "open":
        return None
    shown = view(occasion.session, task, occasion.now.date())
    personal = reminder.destination.startswith("person:")
    people = tuple(
        PersonNode(person.id, person.name, notify=True)
        for person in shown.people
        if not personal or reminder.destination == f"person:{person.id}"
    )
    return Section(reminder_blocks(shown, step), people, reminder.object)


@on_board(30)
def board(asked: BoardOf) -> BoardTasks | None:
    """The tasks of a group; a forum's only when it has some, since nobody chases any there."""
    total, overdue = queries.counts(asked.session, asked.group.key, asked.now.date())
    if not total and asked.group.kind == "forum":
        return None
    tasks = queries.next_open(asked.session, asked.group.key, ON_BOARD)
    return BoardTasks(views(asked.session, tasks, asked.now.date()), total, overdue)


@mine(10)
def my_tasks(context: Context) -> MyTasks | None:
    """The sender's tasks in the groups that may be spoken of here: open ones, and parked ones that wait for words.

    What is parked until a day comes back by itself.
    """
    keys = [group.key for group in context.visible_groups]
    found = queries.listed(context.session, keys, Filter(_MINE, person=context.sender), context.today)
    shown = views(context.session, [task for task in found if _is_mine(task)], context.today)
    tasks, parked = (tuple(task for task in shown if task.status == status) for status in _MINE)
    return MyTasks(tasks, len(keys) > 1, parked) if shown else None


_MINE = ("open", "parked")


def _is_mine(task: Task) -> bool:
    return task.status == "open" or task.parked_condition is not None


@undone("task", "task_assignee")
def replan(context: Context, rows: Sequence[Table]) -> list[Undone]:
    """Plan the reminders of every task again that an undo changed."""
    numbers = {
        row.task if isinstance(row, Assignee) else row.number for row in rows if isinstance(row, Task | Assignee)
    }
    return [_replanned(context, number) for number in sorted(number for number in numbers if number is not None)]


def _replanned(context: Context, number: int) -> Undone:
    task = queries.get(context.session, number)
    if task is None:
        raise LookupError(f"A{number} vanished by an undo")
    schedule(context, task)
    return Undone(f"A{number}", task.title, task.group_key, gone=task.status == "cancelled")
