"""What the clock asks of inputs: the call, the nudges, the list after the deadline; and the standing requests."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from ombot.chat import rights
from ombot.chat.context import Context
from ombot.chat.contributions import mine
from ombot.chat.nodes import PersonNode
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.config import Settings, StandingItem
from ombot.features.groups import queries as groups
from ombot.features.inputs import queries
from ombot.features.inputs.cards import (
    AUDIENCES,
    STEP_BRIEFS,
    asked_blocks,
    call_blocks,
    missing_blocks,
    nudge_blocks,
    office_blocks,
)
from ombot.features.inputs.results import GroupInputs, InputsOwed, SessionView
from ombot.features.inputs.rules import deadline_of, has_delivered
from ombot.features.inputs.views import session_view, standing
from ombot.features.mailing import queries as mailing
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.steps import Cycle, Step, prepares, session_step
from ombot.features.meetings.tables import Meeting
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution
from ombot.store import rooms


@prepares
def follow_sessions(session: Session, _settings: Settings, _meeting: Meeting, now: datetime) -> None:
    """Inputs without a session, or whose session was called off, belong to the next one (none: they wait)."""
    coming = meetings.next_session(session, now)
    number = coming.number if coming else None
    for row in queries.unplaced(session):
        if row.meeting != number:
            row.meeting = number
            session.add(row)
    session.flush()


@session_step("inputs", STEP_BRIEFS["inputs"])
class CallForInputs(Step):
    """Every working group is asked for its input, its leads are notified."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once, to each working group."""
        for key in cycle.working_groups:
            yield cycle.before("inputs", cycle.settings.sessions.call_for_inputs, f"group:{key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
        """The call; a group that has delivered already is not asked."""
        key = reminder.destination.removeprefix("group:")
        session = session_view(occasion.settings, meeting)
        if session is None or key not in _owing(occasion, meeting):
            return None
        return Section(call_blocks(session, occasion.now.date()), _leads(occasion, key), session.reference)


@session_step("nudge", STEP_BRIEFS["nudge"], catches_up=False, audiences=AUDIENCES)
class Nudge(Step):
    """Only working groups that have not delivered; the last time their leads in the direct chat too."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Every nudge to each working group, the last one to the leads too."""
        offsets = cycle.settings.sessions.nudges
        for offset in offsets:
            step = f"nudge-{offset.days}d"
            for key in cycle.working_groups:
                yield cycle.before(step, offset, f"group:{key}")
            if offset == min(offsets):
                yield cycle.before(step, offset, "each:leads")

    def recipients(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> list[str]:  # noqa: ARG002
        """Leads of the groups that still owe an input."""
        return [
            lead for key in _owing(occasion, meeting) for lead in rights.leads(occasion.session, key, occasion.own_id)
        ]

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
        """The nudge for one group, or for all groups of one lead."""
        session = session_view(occasion.settings, meeting)
        kind, _, name = reminder.destination.partition(":")
        owing = {
            key: group
            for key, group in _owing(occasion, meeting).items()
            if (key == name if kind == "group" else name in rights.leads(occasion.session, key, occasion.own_id))
        }
        if session is None or not owing:
            return None
        today = occasion.now.date()
        blocks = tuple(block for group in owing.values() for block in nudge_blocks(session, group, today))
        notify = _leads(occasion, name) if kind == "group" else (_rung(occasion, name),)
        return Section(blocks, notify, session.reference)


@session_step("missing", STEP_BRIEFS["missing"], catches_up=False)
class MissingInputs(Step):
    """The working day after the deadline: who owes an input, told to the coordination."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once, to the coordination room."""
        if cycle.coordination is not None:
            deadline = deadline_of(cycle.day, cycle.settings.sessions.input_deadline)
            yield cycle.on("missing", cycle.calendar.next_working_day(deadline), f"group:{cycle.coordination}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """The list; nothing when everybody has delivered."""
        session = session_view(occasion.settings, meeting)
        owing = tuple(_owing(occasion, meeting).values())
        if session is None or not owing:
            return None
        return Section(missing_blocks(session, owing), about=session.reference)


@session_step("standing", STEP_BRIEFS["standing"], audiences=AUDIENCES)
class StandingRequests(Step):
    """Who is asked for what stands on every agenda: persons here, the office for institutions without an account."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once, with the call for inputs."""
        sessions = cycle.settings.sessions
        if any(item.ask for item in sessions.standing_items):
            yield cycle.before("standing", sessions.call_for_inputs, "each:asked")
            if cycle.coordination is not None:
                yield cycle.before("standing", sessions.call_for_inputs, f"group:{cycle.coordination}")

    def recipients(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> list[str]:  # noqa: ARG002
        """Everybody of an asked institution who shares a room with us."""
        return [user_id for _, _, persons in _requests(occasion) for user_id in persons]

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
        """The request to one person, or the office's list."""
        session = session_view(occasion.settings, meeting)
        if session is None:
            return None
        kind, _, name = reminder.destination.partition(":")
        return _office(occasion, session) if kind == "group" else _personal(occasion, session, name)


def _personal(occasion: Occasion, session: SessionView, user_id: str) -> Section | None:
    mine = [(item, institution) for item, institution, persons in _requests(occasion) if user_id in persons]
    if not mine:
        return None
    titles = tuple(dict.fromkeys(item.title for item, _ in mine))
    return Section(asked_blocks(session, titles, mine[0][1].name), (_rung(occasion, user_id),), session.reference)


def _office(occasion: Occasion, session: SessionView) -> Section | None:
    unreachable: dict[str, list[str]] = {}
    by_mail = mailing.reached(occasion.session, occasion.settings)
    for item, institution, persons in _requests(occasion):
        if not persons and institution.id not in by_mail:
            unreachable.setdefault(item.title, []).append(institution.name)
    if not unreachable:
        return None
    asked = tuple((title, tuple(names)) for title, names in unreachable.items())
    return Section(office_blocks(session, asked), about=session.reference)


def _requests(occasion: Occasion) -> list[tuple[StandingItem, Institution, list[str]]]:
    """Each standing item with each institution asked for it and the persons who can be written to."""
    found = []
    for item in occasion.settings.sessions.standing_items:
        for institution in people.asked(occasion.session, item.ask):
            known = people.people_of(occasion.session, institution.id or 0)
            found.append((item, institution, [one for one in known if rooms.joined_rooms(occasion.session, one)]))
    return found


def _owing(occasion: Occasion, meeting: Meeting) -> dict[str, GroupInputs]:
    """The working groups that have not delivered, by key."""
    asked = groups.all_groups(occasion.session, "working_group")
    found = standing(occasion.session, occasion.settings, meeting, asked)
    return {group.key: one for group, one in zip(asked, found, strict=True) if not has_delivered(one.state)}


def _leads(occasion: Occasion, key: str) -> tuple[PersonNode, ...]:
    return tuple(_rung(occasion, lead) for lead in rights.leads(occasion.session, key, occasion.own_id))


def _rung(occasion: Occasion, user_id: str) -> PersonNode:
    return PersonNode(user_id, rooms.display_name(occasion.session, user_id), notify=True)


@mine(15)
def owed(context: Context) -> InputsOwed | None:
    """What the sender's working groups owe for the next session, as far as it may be shown here."""
    meeting = context.once("next session", lambda: meetings.next_session(context.session, context.now))
    session = session_view(context.settings, meeting)
    own = [group for group in context.own_groups if group.kind == "working_group" and context.sees(group.key)]
    if session is None or not own:
        return None
    keys = tuple(group.key for group in own)
    found = context.once(("inputs", *keys), lambda: standing(context.session, context.settings, meeting, own))
    owing = tuple(one for one in found if not has_delivered(one.state))
    return InputsOwed(session, owing, context.today) if owing else None
