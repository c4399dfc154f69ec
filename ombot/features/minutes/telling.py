"""The draft in person: what of the minutes concerns somebody, said in the direct chat the morning after."""

from dataclasses import dataclass

from ombot.clock.reminders import PERSON, Occasion, Section
from ombot.clock.tables import Reminder
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import cards, drafting, rules
from ombot.features.minutes.participants import participants
from ombot.features.minutes.results import DraftForPerson, LineView, MinutesView
from ombot.features.minutes.tables import Minutes
from ombot.features.minutes.views import view
from ombot.features.people import queries as institutions
from ombot.features.tasks import queries as tasks
from ombot.features.tasks.rules import Doer
from ombot.store.tables import Outbox


@dataclass(frozen=True)
class _Draft:
    """What is the same for everybody who is told of a draft."""

    minutes: MinutesView
    absent: tuple[str, ...]
    doers: dict[int, list[Doer]]


def section(occasion: Occasion, meeting: Meeting, minutes: Minutes, reminder: Reminder) -> Section | None:
    """The draft for one person; None once it is final or being written on."""
    if minutes.status != "review":
        return None
    draft = _draft(occasion, meeting, minutes)
    user_id = reminder.destination.removeprefix(PERSON)
    institution = institutions.institution_of(occasion.session, user_id)
    name = institution.name if institution is not None else None
    own = {Doer("person", user_id), Doer("institution", name or "")}
    concerned = tuple(line for line in draft.minutes.lines if own & set(draft.doers.get(_task(line), ())))
    result = DraftForPerson(draft.minutes, concerned, name if name in draft.absent else None)
    return Section(cards.personal_blocks(result), about=draft.minutes.reference, posted=alone)


def alone(_row: Outbox) -> None:
    """Asks for a message of its own: a reply that objects must be about the minutes and nothing else."""


def _draft(occasion: Occasion, meeting: Meeting, minutes: Minutes) -> _Draft:
    def find() -> _Draft:
        shown = view(occasion.session, occasion.settings, meeting, minutes)
        entries = participants(occasion.session, meeting, names=False)
        doers = tasks.doers_of(occasion.session, [_task(line) for line in shown.lines if _task(line)])
        return _Draft(shown, drafting.absent(entries), doers)

    return occasion.once((rules.EACH, meeting.number), find)


def _task(line: LineView) -> int:
    """The number of the task that a line has made; 0 for other lines."""
    return int(line.ref[1:]) if line.kind == rules.TASK and line.ref else 0
