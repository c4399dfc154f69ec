"""What the clock asks of tasks."""

from ombot.chat.nodes import PersonNode
from ombot.clock.reminders import Occasion, Section, says
from ombot.clock.tables import Reminder
from ombot.features.tasks import queries
from ombot.features.tasks.cards import reminder_blocks
from ombot.features.tasks.commands import reopen_task
from ombot.features.tasks.views import view


@says("A")
def section(occasion: Occasion, reminder: Reminder) -> Section | None:
    """A task that is due, overdue, or back from being parked; None once it is settled."""
    task = queries.get(occasion.session, int(reminder.object[1:]))
    step = reminder.step.partition("@")[0].partition("-")[0]
    if task is None:
        return None
    if step == "reopen" and task.status == "parked":
        reopen_task(task)
        occasion.session.add(task)
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
