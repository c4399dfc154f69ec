"""Rows to what is shown: names resolved, deadlines worked out, history in words of fields."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ombot.chat.tables import Group
from ombot.chat.trace import TraceLine, trace
from ombot.config import Settings
from ombot.features.groups import queries as groups
from ombot.features.inputs import queries
from ombot.features.inputs.results import FileView, GroupInputs, InputView, SessionView
from ombot.features.inputs.rules import Delivery, State, deadline_of, group_state, is_late
from ombot.features.inputs.tables import Input, InputFile
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting
from ombot.store import rooms
from ombot.store.rooms import Person

SHOWN = ("title", "text", "added", "status", "group_key")
"""Fields whose changes members are shown."""


def deadline(settings: Settings, meeting: Meeting | None) -> date | None:
    """The last day for inputs of a session; None as long as its date is open."""
    if meeting is None or meeting.start is None:
        return None
    local = meeting.start.astimezone(settings.organisation.timezone)
    return deadline_of(local.date(), settings.sessions.input_deadline)


def late(settings: Settings, row: Input, meeting: Meeting | None) -> bool:
    """Whether an input counts as late for its session."""
    came = row.late_at.astimezone(settings.organisation.timezone).date() if row.late_at else None
    return is_late(came, deadline(settings, meeting))


def full_text(row: Input) -> str:
    """Everything an input says, in the order it came."""
    return "\n\n".join(part for part in (row.text, row.added) if part)


def session_view(settings: Settings, meeting: Meeting | None) -> SessionView | None:
    """A session as inputs speak of it."""
    if meeting is None:
        return None
    start = meeting.start.astimezone(settings.organisation.timezone) if meeting.start else None
    return SessionView(f"T{meeting.number}", meeting.title, start, deadline(settings, meeting))


def view(session: Session, settings: Settings, row: Input) -> InputView:
    """One input as it is shown."""
    return views(session, settings, [row])[0]


def views(session: Session, settings: Settings, rows: Sequence[Input]) -> tuple[InputView, ...]:
    """Many inputs, with a constant number of queries."""
    files = queries.files_of(session, [row.number for row in rows if row.number is not None])
    names = rooms.names(session, {row.author for row in rows})
    titles = groups.names(session)
    planned = {meeting.number: meeting for meeting in meetings.sessions(session)} if rows else {}
    return tuple(
        _view(settings, row, planned.get(row.meeting), names, titles, files.get(row.number or 0, [])) for row in rows
    )


def _view(
    settings: Settings,
    row: Input,
    meeting: Meeting | None,
    names: dict[str, str],
    titles: dict[str, str],
    files: list[InputFile],
) -> InputView:
    return InputView(
        reference=f"I{row.number}",
        title=row.title,
        text=full_text(row),
        group=titles.get(row.group_key, row.group_key),
        session=session_view(settings, meeting),
        status=row.status,
        late=late(settings, row, meeting),
        author=Person(row.author, names.get(row.author, row.author)),
        submitted_at=_local(row.submitted_at, settings),
        files=tuple(FileView(file.name, file.size) for file in files),
    )


def _local(at: datetime | None, settings: Settings) -> datetime | None:
    return at.astimezone(settings.organisation.timezone) if at else None


def standing(
    session: Session, settings: Settings, meeting: Meeting | None, asked: Iterable[Group]
) -> tuple[GroupInputs, ...]:
    """Where groups stand with their inputs for a session (or, without one, for the next to come)."""
    asked = list(asked)
    rows = queries.of_session(session, meeting.number if meeting else None, [group.key for group in asked])
    kept = [row for row in rows if row.status != "withdrawn"]
    shown = views(session, settings, kept)
    return tuple(
        GroupInputs(
            group.name,
            group_state(Delivery(one.status == "submitted", one.late) for one in mine),
            mine,
        )
        for group in asked
        for mine in [tuple(one for row, one in zip(kept, shown, strict=True) if row.group_key == group.key)]
    )


def states(session: Session, settings: Settings, meeting: Meeting) -> dict[str, State]:
    """The state of every working group for a session, by key."""
    asked = groups.all_groups(session, "working_group")
    found = standing(session, settings, meeting, asked)
    return {group.key: one.state for group, one in zip(asked, found, strict=True)}


def trace_of(session: Session, row: Input, zone: ZoneInfo) -> tuple[TraceLine, ...]:
    """An input's changes, oldest first."""
    return trace(session, row, SHOWN, zone)
