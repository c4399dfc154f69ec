"""What the clock and undo ask of minutes."""

from collections.abc import Iterator, Mapping, Sequence

from ombot.chat.context import Context
from ombot.chat.contributions import Undone, undone
from ombot.chat.nodes import PersonNode
from ombot.clock import reminders
from ombot.clock.reminders import Occasion, Planned, Section, says
from ombot.clock.tables import Reminder
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.steps import Cycle, Step, goes_along, session_step
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import cards, drafting, queries, rules, telling
from ombot.features.minutes.parameters import require_open
from ombot.features.minutes.results import MinutesDrafted
from ombot.features.minutes.tables import Minutes, MinutesAttachment, MinutesLine, MinutesNote
from ombot.store.base import Table
from ombot.store.outbox import Draft
from ombot.store.unit import Session

_TABLES = (Minutes, MinutesLine, MinutesAttachment, MinutesNote)


@session_step("minutes", cards.STEP_BRIEF, statuses=("planned", "held"), catches_up=False)
class DraftMinutes(Step):
    """At the planned end: a draft from what there is, if nobody takes the minutes."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """At the end, or the next morning when it is late."""
        yield cycle.at("minutes", cycle.calendar.next_open(cycle.end), f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Nothing once somebody has started."""
        minutes = queries.ensure(occasion.session, meeting.number or 0, occasion.now)
        if minutes.started_at is not None or minutes.status != "draft":
            return None
        return _drafted(occasion, meeting, minutes)


@goes_along
def of_minutes(_session: Session, meeting: Meeting) -> Mapping[str, Mapping[str, str]]:
    """The minutes of a meeting still have to be ended, and become final."""
    return {f"M{meeting.number}": cards.FURTHER_BRIEFS}


@says("M", by_step=True)
def section(occasion: Occasion, reminder: Reminder) -> Section | None:
    """A recording that nobody ended becomes a draft; everybody is told of it; it becomes final behind its last day."""
    number = int(reminder.object[1:])
    meeting, minutes = meetings.get(occasion.session, number), queries.get(occasion.session, number)
    if meeting is None or minutes is None:
        return None
    step = reminders.kind_of(reminder)
    if step == rules.EACH:
        return telling.section(occasion, meeting, minutes, reminder)
    if step == rules.CLOSING and minutes.running:
        return _drafted(occasion, meeting, minutes)
    if step == rules.FINAL and _is_over(occasion, minutes):
        result = drafting.release(occasion.session, occasion.settings, meeting, minutes, occasion.now)
        return Section(cards.released_blocks(result), about=result.minutes.reference, files=result.files)
    return None


def _drafted(occasion: Occasion, meeting: Meeting, minutes: Minutes) -> Section:
    result = drafting.conclude(occasion.session, occasion.settings, meeting, minutes, occasion.now)
    return Section(
        cards.drafted_blocks(result),
        _rung(result),
        about=result.minutes.reference,
        files=result.files,
        posted=telling.alone,
    )


def _rung(result: MinutesDrafted) -> tuple[PersonNode, ...]:
    people = {person.id: person for concern in result.concerns for person in concern.people}
    return tuple(PersonNode(person.id, person.name, notify=True) for person in people.values())


def _is_over(occasion: Occasion, minutes: Minutes) -> bool:
    until = minutes.review_until
    return minutes.status == "review" and until is not None and until < occasion.now.date()


@undone("minutes", "minutes_line", "minutes_attachment", "minutes_note")
def after_undo(context: Context, rows: Sequence[Table]) -> list[Undone]:
    """Final minutes stay; confirmations of lines that are gone are taken away."""
    touched = {row.meeting for row in rows if isinstance(row, _TABLES)}
    events = {row.event_id for row in rows if isinstance(row, MinutesLine)}
    _take_back(context, {event for event in events if not queries.lines_of_event(context.session, event)})
    return [_settled(context, number) for number in sorted(touched)]


def _settled(context: Context, number: int) -> Undone:
    meeting, minutes = meetings.get(context.session, number), queries.get(context.session, number)
    if meeting is None or minutes is None:
        raise LookupError(f"M{number} vanished by an undo")
    require_open(minutes)
    return Undone(f"M{number}", meeting.title, meeting.group_key, gone=False)


def _take_back(context: Context, events: set[str]) -> None:
    for row in queries.acknowledgements(context.session, events):
        context.voice.poster.put(Draft(row.destination, {}, kind="redact", target=row.id))
