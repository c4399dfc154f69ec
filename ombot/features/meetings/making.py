"""Making a meeting: stored, asked of the institutions, planned, announced."""

from itertools import groupby

from ombot.chat.context import Context
from ombot.chat.refusal import Refusal
from ombot.features.groups import queries as groups
from ombot.features.meetings import changes, queries, steps
from ombot.features.meetings.parameters import Appointment
from ombot.features.meetings.results import MeetingAdded
from ombot.features.meetings.rules import next_number
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import to_come


def new_meeting(context: Context, group_key: str, title: str, when: Appointment) -> Meeting:
    """A meeting of a group, not stored yet."""
    return Meeting(
        group_key=group_key,
        title=title,
        start=when.start,
        end=when.end,
        place=when.place,
        url=when.url,
        created_by=context.sender,
        created_at=context.now,
        changed_at=context.now,
        event_id=context.origin,
    )


def new_session(context: Context, when: Appointment) -> Meeting:
    """The next session of the board, not stored yet.

    Raises:
        Refusal: there is no board.
    """
    board = groups.board(context.session)
    if board is None:
        raise Refusal("no_board")
    meeting = new_meeting(context, board.key, "", when)
    become_session(context, meeting)
    return meeting


def become_session(context: Context, meeting: Meeting) -> None:
    """Number a meeting of the board as its next session."""
    taken = [one.session_number for one in queries.sessions(context.session) if one.status != "cancelled"]
    number = next_number(context.settings.sessions.first_number, taken)
    meeting.kind, meeting.session_number = "session", number
    meeting.title = f"{number}. Sitzung des {context.settings.organisation.board_genitive}"


def made(context: Context, meeting: Meeting) -> MeetingAdded | None:
    """Store a meeting, fix who is asked, plan its cycle, show its card in its group's room."""
    context.session.add(meeting)
    context.session.flush()
    changes.entitle(context.session, meeting, context.own_id)
    steps.schedule(context.session, context.settings, meeting, context.now)
    preview(context, meeting)
    changes.mark_boards(context.session, meeting)
    return changes.announce(context, meeting)


def preview(context: Context, meeting: Meeting) -> None:
    """Before a meeting whose steps write to many in person: what will be sent where, and when first.

    Raises:
        Question: the sender has not said yet that it shall be so.
    """
    entries = steps.still_to_come(context.session, context.settings, meeting, context.now)
    by_day = groupby(to_come(context.session, context.settings, entries), key=lambda step: step.at.date())
    lines = [f"{day:%d.%m.%Y}: {' · '.join(dict.fromkeys(step.brief for step in on_day))}" for day, on_day in by_day]
    people = {*changes.written_to(context, meeting), *changes.mailed(context, meeting)}
    context.confirm_many(people, "meeting_preview", lines, title=meeting.title, when=meeting.start)
