"""What the clock, the board and undo ask of tasks."""

from collections.abc import Sequence

from ombot.chat.context import Context
from ombot.chat.contributions import BoardOf, Undone, board_changed, mine, on_board, undone
from ombot.chat.nodes import PersonNode
from ombot.clock.reminders import PERSON, Occasion, Section, kind_of, says_together
from ombot.clock.tables import Reminder
from ombot.features.groups import queries as groups
from ombot.features.tasks import queries
from ombot.features.tasks.cards import reminder_blocks
from ombot.features.tasks.commands import reopen_task, schedule
from ombot.features.tasks.results import BoardTasks, MyTasks, TaskView
from ombot.features.tasks.rules import Filter
from ombot.features.tasks.tables import Assignee, Task
from ombot.features.tasks.views import views
from ombot.store.base import Table

ON_BOARD = 5
"""How many tasks stand on a board."""


@says_together("A")
def sections(occasion: Occasion, reminders: Sequence[Reminder]) -> list[Section | None]:
    """Tasks that are due, overdue, or back from being parked; None for what is settled."""
    session = occasion.session
    tasks = queries.by_number(session, {int(reminder.object[1:]) for reminder in reminders})
    archived = {group.key for group in groups.every_group(session) if group.archived}
    standing = {number: task for number, task in tasks.items() if task.group_key not in archived}
    for reminder in reminders:
        if kind_of(reminder) == "reopen":
            _reopen(occasion, standing.get(int(reminder.object[1:])))
    open_tasks = [task for task in standing.values() if task.status == "open"]
    shown = {view.reference: view for view in views(session, open_tasks, occasion.now.date())}
    return [_section(shown[reminder.object], reminder) if reminder.object in shown else None for reminder in reminders]


def _reopen(occasion: Occasion, task: Task | None) -> None:
    if task is not None and task.status == "parked":
        reopen_task(task)
        occasion.session.add(task)
        board_changed(occasion.session, task.group_key)


def _section(shown: TaskView, reminder: Reminder) -> Section:
    """In a direct chat only its owner is named."""
    whom = reminder.destination.removeprefix(PERSON) if reminder.destination.startswith(PERSON) else None
    people = tuple(PersonNode(one.id, one.name, notify=True) for one in shown.people if whom in (None, one.id))
    return Section(reminder_blocks(shown, kind_of(reminder)), people, reminder.object)


@on_board(30)
def board(asked: BoardOf) -> BoardTasks | None:
    """The tasks of a group; a forum's only when it has some, since nobody chases any there."""
    counts = asked.once("open tasks", lambda: queries.counts(asked.session, asked.keys, asked.now.date()))
    total, overdue = counts.get(asked.group.key, (0, 0))
    if not total and asked.group.kind == "forum":
        return None
    tasks = queries.next_open(asked.session, asked.group.key, ON_BOARD) if total else []
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
