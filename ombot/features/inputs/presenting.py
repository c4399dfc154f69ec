"""An input on its way to the board: as a proposal for the agenda of a session."""

from sqlmodel import Session

from ombot.chat.context import Context
from ombot.chat.refusal import Refusal
from ombot.chat.rights import Right, holds
from ombot.chat.tables import Group
from ombot.features.agenda import queries as agenda
from ombot.features.agenda.rules import Draft, Proposer
from ombot.features.agenda.tables import AgendaItem
from ombot.features.groups import queries as groups
from ombot.features.inputs.results import InputPresented, PlaceView
from ombot.features.inputs.tables import Input
from ombot.features.inputs.views import view
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting

GONE = ("rejected", "struck")


def present(context: Context, row: Input) -> InputPresented:
    """Propose an input for the next session, in the name of its group; of who leads the board it is accepted at once.

    Raises:
        Refusal: there is no session to come, or the input is on its agenda already.
    """
    meeting = meetings.next_session(context.session, context.now)
    if meeting is None:
        raise Refusal("input_no_session", reference=f"I{row.number}")
    there = [item for item in _standing(context.session, row) if item.meeting_number == meeting.number]
    if there:
        raise Refusal("input_is_item", reference=f"I{row.number}", item=f"P{there[0].number}")
    group = context.session.get(Group, meeting.group_key)
    status = "accepted" if holds(context.session, context.sender, Right.LEAD, group) else "proposed"
    draft = Draft(row.title, presenter=groups.names(context.session)[row.group_key])
    proposer = Proposer(context.sender, row.group_key, context.origin, context.now)
    item = agenda.add_item(context.session, meeting, draft, proposer, status=status, origin=f"I{row.number}")
    result = InputPresented(
        view(context.session, context.settings, row), _place(item, meeting), context.person(context.sender)
    )
    _tell(context, meeting, result)
    return result


def _tell(context: Context, meeting: Meeting, result: InputPresented) -> None:
    """The board, whose session it is, and the office, which orders its agenda."""
    office = groups.coordination(context.session)
    for key in dict.fromkeys([meeting.group_key, *([office.key] if office else [])]):
        if context.room.group_key != key:
            context.voice.say(f"group:{key}", result)


def places(session: Session, row: Input) -> tuple[PlaceView, ...]:
    """Where an input stands or stood on an agenda, in the order of proposal."""
    found = [
        (item, meetings.get(session, item.meeting_number)) for item in agenda.from_origin(session, f"I{row.number}")
    ]
    return tuple(_place(item, meeting) for item, meeting in found if meeting is not None)


def is_presented(context: Context, row: Input) -> bool:
    """Whether those who are here have an input on an agenda of theirs."""
    found = (meetings.get(context.session, item.meeting_number) for item in _standing(context.session, row))
    return any(meeting is not None and context.sees(meeting.group_key) for meeting in found)


def _standing(session: Session, row: Input) -> list[AgendaItem]:
    return [item for item in agenda.from_origin(session, f"I{row.number}") if item.status not in GONE]


def _place(item: AgendaItem, meeting: Meeting) -> PlaceView:
    return PlaceView(f"P{item.number}", f"T{meeting.number}", meeting.title, item.status)
