"""What the clock, the board and undo ask of meetings, and the steps of a session that are theirs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from ombot.chat.context import Context
from ombot.chat.contributions import BoardOf, Undone, mine, on_board, undone
from ombot.chat.nodes import PersonNode
from ombot.clock import offsets
from ombot.clock.reminders import Occasion, Planned, Section, says
from ombot.clock.tables import Reminder
from ombot.features.mailing import queries as mailing
from ombot.features.meetings import cards, changes, queries, steps
from ombot.features.meetings.results import (
    AnswersOwed,
    BoardMeetings,
    FieldChange,
    MeetingCard,
    MeetingChanged,
    MeetingView,
    PollsOwed,
    PollView,
)
from ombot.features.meetings.rules import INVITED_BEFORE
from ombot.features.meetings.steps import Cycle, Step, session_step
from ombot.features.meetings.tables import Answer, Meeting, PollVote, Presence
from ombot.features.meetings.views import next_meetings, poll_view, view, views
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution
from ombot.store import history
from ombot.store.base import Table
from ombot.store.rooms import Person
from ombot.store.tables import Outbox
from ombot.store.unit import Session

EVERY_KIND = ("session", "meeting")
AUDIENCE = "unanswered"

_TABLES = (Meeting, Answer, PollVote, Presence)


@says("T", by_step=True)
def section(occasion: Occasion, reminder: Reminder) -> Section | None:
    """What the step of a meeting has to say; None once there is nothing to say any more."""
    meeting = queries.get(occasion.session, int(reminder.object[1:]))
    return steps.section(occasion, meeting, reminder) if meeting is not None else None


@session_step("rsvp", cards.STEP_BRIEFS["rsvp"], catches_up=False)
class Request(Step):
    """Every institution is asked for its answer. The announcement has just done so where this is past already."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """With the call for inputs, in the board's room."""
        yield cycle.before("rsvp", cycle.settings.sessions.call_for_inputs, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Nothing when all have answered."""
        if not _open(occasion.session, meeting):
            return None
        shown = view(occasion.session, occasion.settings, meeting)
        people = _people_of_open(occasion.session, meeting)
        return Section(cards.request_blocks(shown), _rung(people), shown.reference, cards.buttons(shown))


@session_step("rsvp_office", cards.STEP_BRIEFS["rsvp_office"])
class OfficeList(Step):
    """Institutions without an account are asked by the office."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """With the request to the others, in the coordination room."""
        if cycle.coordination is not None:
            offset = cycle.settings.sessions.call_for_inputs
            yield cycle.before("rsvp_office", offset, f"group:{cycle.coordination}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Those that have nobody in the board's room, are not written to, and have not been answered for."""
        by_mail = mailing.reached(occasion.session, occasion.settings)
        without = [
            one.name
            for one in _open(occasion.session, meeting)
            if one.id not in by_mail and not changes.people_of(occasion.session, one.id, meeting.group_key)
        ]
        shown = view(occasion.session, occasion.settings, meeting)
        blocks = cards.office_blocks(shown, tuple(without), accounts=False)
        return Section(blocks, about=shown.reference) if without else None


@session_step("rsvp_nudge", cards.STEP_BRIEFS["rsvp_nudge"], catches_up=False, audiences={AUDIENCE: cards.UNANSWERED})
class Nudge(Step):
    """Only those who have not answered are asked again: in the room, the last time in their direct chats too."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """All offsets of the configuration; the smallest is the last."""
        nudges = cycle.settings.sessions.nudges
        yield from _before(cycle, "rsvp_nudge", nudges, f"group:{cycle.group_key}")
        if nudges:
            yield from _before(cycle, "rsvp_nudge", (min(nudges),), f"{steps.EACH}{AUDIENCE}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
        """All open institutions in the room; in a direct chat the person's own."""
        session = occasion.session
        shown = view(session, occasion.settings, meeting)
        missing = _open(session, meeting)
        people = _people_of_open(session, meeting)
        kind, _, user_id = reminder.destination.partition(":")
        if kind == "person":
            own = institutions.institution_of(session, user_id)
            missing = [one for one in missing if own is not None and one.id == own.id]
            people = [person for person in people if person.id == user_id]
        if not missing:
            return None
        names = tuple(one.name for one in missing)
        return Section(cards.nudge_blocks(shown, names), _rung(people), shown.reference, cards.buttons(shown))

    def recipients(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> list[str]:  # noqa: ARG002
        """The people of the institutions that have not answered."""
        return [person.id for person in _people_of_open(occasion.session, meeting)]


@session_step("rsvp_missing", cards.STEP_BRIEFS["rsvp_missing"], catches_up=False)
class MissingList(Step):
    """After the last nudge the coordination gets the list; then ombot is silent about it."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """The working day after the last nudge."""
        nudges = cycle.settings.sessions.nudges
        if cycle.coordination is not None and nudges:
            last = cycle.before("rsvp_nudge", min(nudges), "").due_at.date()
            yield cycle.on("rsvp_missing", cycle.calendar.next_working_day(last), f"group:{cycle.coordination}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Nothing when all have answered."""
        missing = tuple(one.name for one in _open(occasion.session, meeting))
        shown = view(occasion.session, occasion.settings, meeting)
        blocks = cards.office_blocks(shown, missing, accounts=True)
        return Section(blocks, about=shown.reference) if missing else None


@session_step("reminder", cards.STEP_BRIEFS["reminder"], kinds=("session",), catches_up=False, while_on=True)
class Reminding(Step):
    """The session is near: said in the board's room to those who come."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """The offsets of the configuration."""
        yield from _before(cycle, "reminder", cycle.settings.sessions.reminders, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Time and place, and who is expected."""
        return _reminder(occasion, meeting)


@session_step("soon", cards.STEP_BRIEFS["soon"], kinds=("meeting",), catches_up=False, while_on=True)
class RemindingGroup(Step):
    """The same for a meeting of a group, with offsets of its own."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """The offsets of the configuration."""
        yield from _before(cycle, "soon", cycle.settings.meetings.reminders, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Time and place, and who is expected."""
        return _reminder(occasion, meeting)


@session_step("invite", cards.STEP_BRIEFS["invite"], kinds=("meeting",))
class Invitation(Step):
    """A date of a series is announced when it is near: not all at once on the day the series is made."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once, in the group's room."""
        if cycle.in_series:
            yield cycle.before("invite", INVITED_BEFORE, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """The card with the buttons, which is edited in place from then on."""

        def remember(row: Outbox) -> None:
            meeting.card = row.id
            occasion.session.add(meeting)

        card = cards.meeting_card(MeetingCard(view(occasion.session, occasion.settings, meeting)))
        return Section(card.blocks, about=card.about, buttons=card.buttons, posted=remember)


@session_step("held", cards.STEP_BRIEFS["held"], kinds=EVERY_KIND, catches_up=False, silent=True)
class Ending(Step):
    """At its end a meeting is held."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """At the planned end, whatever the hour."""
        yield cycle.at("held", cycle.end, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Nothing is said."""
        meeting.status = "held"
        occasion.session.add(meeting)
        changes.mark_boards(occasion.session, meeting)
        return None


@session_step(
    "poll_nudge", cards.STEP_BRIEFS["poll_nudge"], kinds=(steps.POLL,), statuses=("polling",), catches_up=False
)
class PollNudge(Step):
    """Before the end of a date poll, those who have not voted are asked in their group's room."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """The offsets at which votes are asked for."""
        yield from _before(cycle, "poll_nudge", cycle.settings.decisions.reminders, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Nothing when all have voted, or votes do not count any more."""
        poll = poll_view(occasion.session, occasion.settings, meeting)
        if poll.until is None or not poll.missing or not _may_vote(poll, occasion.now.date()):
            return None
        of_whom = institutions.institution_names(occasion.session)
        members = changes.members(occasion.session, meeting.group_key)
        people = [person for person in members if of_whom.get(person.id) in poll.missing]
        return Section(cards.poll_nudge_blocks(poll, poll.until), _rung(people), poll.meeting.reference)


@session_step(
    "poll_result", cards.STEP_BRIEFS["poll_result"], kinds=(steps.POLL,), statuses=("polling",), catches_up=False
)
class PollResult(Step):
    """After the last day of a date poll its maker is told what fits best."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """The working day after."""
        day = cycle.calendar.next_working_day(cycle.day)
        yield cycle.on("poll_result", day, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """The counts, and how the meeting is made."""
        poll = poll_view(occasion.session, occasion.settings, meeting)
        maker = [one for one in changes.members(occasion.session, meeting.group_key) if one.id == meeting.created_by]
        return Section(cards.poll_result_blocks(poll), _rung(maker), poll.meeting.reference)


def _may_vote(poll: PollView, today: date) -> bool:
    return poll.open_end or poll.until is None or today <= poll.until


def _before(cycle: Cycle, step: str, before: Iterable[timedelta], destination: str) -> Iterator[Planned]:
    for offset in before:
        yield cycle.before(f"{step}-{offsets.name(offset)}", offset, destination)


def _reminder(occasion: Occasion, meeting: Meeting) -> Section:
    shown = view(occasion.session, occasion.settings, meeting)
    return Section(cards.reminder_blocks(shown), _rung(_coming(occasion.session, meeting)), shown.reference)


def _open(session: Session, meeting: Meeting) -> list[Institution]:
    return queries.unanswered(session, changes.number_of(meeting))


def _open_ids(session: Session, meeting: Meeting) -> set[int | None]:
    return {one.id for one in _open(session, meeting)}


def _running_polls(context: Context, keys: list[str]) -> list[PollView]:
    return [poll_view(context.session, context.settings, poll) for poll in queries.polls(context.session, keys)]


def _people_of_open(session: Session, meeting: Meeting) -> list[Person]:
    """Members of the group's room whose institution has not answered."""
    of_whom = institutions.institution_names(session)
    missing = {one.name for one in _open(session, meeting)}
    return [person for person in changes.members(session, meeting.group_key) if of_whom.get(person.id) in missing]


def _coming(session: Session, meeting: Meeting) -> list[Person]:
    """Members of the group's room who have not declined: they come themselves, or may."""
    given = [answer for answer, _ in queries.answers(session, changes.number_of(meeting)) if answer.answer != "no"]
    wanted = {user_id for answer in given for user_id in (answer.deputy or answer.person,) if user_id}
    return [person for person in changes.members(session, meeting.group_key) if person.id in wanted]


def _rung(people: Iterable[Person]) -> tuple[PersonNode, ...]:
    return tuple(PersonNode(person.id, person.name, notify=True) for person in people)


# --- board, "my things", undo -----------------------------------------------------------------------------------


@on_board(10)
def board(asked: BoardOf) -> BoardMeetings:
    """The next meeting of the group, the next session, and meetings of the group whose date is still searched."""
    own, session, polls = next_meetings(asked), _next_session(asked), _polls(asked)
    shown = asked.once("meetings", lambda: _by_number(asked, [*own.values(), *session, *polls]))
    here = [own[key]] if (key := asked.group.key) in own else []
    here += [*(one for one in session if one not in here), *(one for one in polls if one.group_key == key)]
    return BoardMeetings(tuple(shown[one.number] for one in here))


def _next_session(asked: BoardOf) -> list[Meeting]:
    found = asked.once("next session", lambda: queries.next_session(asked.session, asked.now))
    return [found] if found is not None else []


def _polls(asked: BoardOf) -> list[Meeting]:
    return asked.once("polls", lambda: queries.polls(asked.session, asked.keys))


def _by_number(asked: BoardOf, meetings: Iterable[Meeting]) -> dict[int | None, MeetingView]:
    found = {one.number: one for one in meetings}
    return dict(zip(found, views(asked.session, asked.settings, list(found.values())), strict=True))


@mine(20)
def owed(context: Context) -> AnswersOwed | None:
    """Coming meetings that the sender's institution has not answered."""
    institution = institutions.institution_of(context.session, context.sender)
    if institution is None:
        return None
    session, keys = context.session, changes.shown_groups(context)
    coming = context.once(
        ("invited", *keys), lambda: changes.invited(session, queries.coming(session, keys, context.now))
    )
    found = [
        one for one in coming if institution.id in context.once(("open", one.number), partial(_open_ids, session, one))
    ]
    if not found:
        return None
    numbers = tuple(meeting.number for meeting in found)
    shown = context.once(("meetings", *numbers), lambda: views(session, context.settings, found))
    return AnswersOwed(shown, institution.name)


@mine(22)
def polls_owed(context: Context) -> PollsOwed | None:
    """Running date polls in which the sender's institution has not voted."""
    institution = institutions.institution_of(context.session, context.sender)
    if institution is None:
        return None
    keys = changes.shown_groups(context)
    polls = context.once(("polls", *keys), lambda: _running_polls(context, keys))
    waiting = tuple(poll for poll in polls if institution.name in poll.missing and _may_vote(poll, context.today))
    return PollsOwed(waiting, institution.name) if waiting else None


@undone("meeting", "meeting_answer", "meeting_poll_vote", "meeting_presence")
def set_right(context: Context, rows: Sequence[Table]) -> list[Undone]:
    """After an undo: plan, card and calendars follow, and those who had answered hear of it."""
    numbers = {row.number if isinstance(row, Meeting) else row.meeting for row in rows if isinstance(row, _TABLES)}
    changed = {row.number for row in rows if isinstance(row, Meeting)}
    # What an absence answered may be a meeting of any group: set right wherever it is, named only where it is seen.
    unnamed = {row.meeting for row in rows if isinstance(row, Answer) and row.from_absence} - changed
    settled = {number: _set_right(context, number, told=number in changed) for number in sorted(filter(None, numbers))}
    return [one for number, one in settled.items() if number not in unnamed or context.sees(one.group)]


def _set_right(context: Context, number: int, *, told: bool) -> Undone:
    meeting = queries.get(context.session, number)
    if meeting is None:
        raise LookupError(f"T{number} vanished by an undo")
    if told:
        _tell_undone(context, meeting)
    else:
        changes.recount(context, meeting)
    return Undone(f"T{number}", meeting.title, _seen_in(context, meeting), gone=meeting.status == "cancelled")


def _seen_in(context: Context, meeting: Meeting) -> str:
    """The group by which a meeting may be shown here: a session of the board is seen in every group."""
    here = context.room_group
    return here.key if here is not None and meeting.kind == "session" else meeting.group_key


def _tell_undone(context: Context, meeting: Meeting) -> None:
    found = _undone(context, meeting)
    # One more than the change that was undone had, else calendars would keep that one.
    meeting.sequence += 1
    changes.changed(context, meeting)
    here, elsewhere = changes.answered(context, meeting)
    context.confirm_many({*elsewhere, *changes.mailed(context, meeting)} if found else ())
    if found and (here or elsewhere):
        result = MeetingChanged(view(context.session, context.settings, meeting), found, tuple(here))
        changes.spread(context, meeting, result, elsewhere, room=True)


def _undone(context: Context, meeting: Meeting) -> tuple[FieldChange, ...]:
    """What the undo has just put back, from the history it wrote."""
    entry = history.of_row(context.session, meeting)[-1]
    before, after = entry.before or {}, entry.after or {}
    pairs = [FieldChange("when", _span(context, before), _span(context, after))]
    pairs += [
        FieldChange(name, before.get(name, ""), after.get(name, ""))
        for name in ("status", "title", "place", "url", "moderation")
    ]
    return tuple(pair for pair in pairs if pair.before != pair.after)


def _span(context: Context, values: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    return _moment(context, values.get("start")), _moment(context, values.get("end"))


def _moment(context: Context, value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(context.zone) if value else None
