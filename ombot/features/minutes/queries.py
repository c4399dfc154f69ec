"""All SQL of minutes."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from ombot.features.agenda.tables import AgendaItem
from ombot.features.decisions.tables import Decision
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes.rules import Typed
from ombot.features.minutes.tables import EarlierMinutes, Minutes, MinutesAttachment, MinutesLine, MinutesNote
from ombot.features.tasks.tables import Task
from ombot.store.numbers import taken_in_year
from ombot.store.tables import History, Outbox, Room


def get(session: Session, meeting: int) -> Minutes | None:
    """The minutes of the meeting T<number>."""
    return session.get(Minutes, meeting)


def ensure(session: Session, meeting: int, now: datetime) -> Minutes:
    """The minutes of a meeting, made if there are none."""
    minutes = get(session, meeting)
    if minutes is None:
        minutes = Minutes(meeting=meeting, created_at=now)
        session.add(minutes)
        session.flush()
    return minutes


def of_room(session: Session, room_id: str) -> list[Minutes]:
    """The minutes of the meetings of the group whose room this is, the one started last in front."""
    query = (
        select(Minutes)
        .join(Meeting, col(Meeting.number) == col(Minutes.meeting))
        .join(Room, col(Room.group_key) == col(Meeting.group_key))
        .where(Room.room_id == room_id, col(Minutes.started_at).is_not(None))
    )
    return list(session.exec(query.order_by(col(Minutes.running).desc(), col(Minutes.started_at).desc())))


def running(session: Session, group_keys: Iterable[str]) -> Minutes | None:
    """The minutes that are being written in one of some groups."""
    query = (
        select(Minutes)
        .join(Meeting, col(Meeting.number) == col(Minutes.meeting))
        .where(col(Meeting.group_key).in_(list(group_keys)), col(Minutes.running))
        .order_by(col(Minutes.started_at).desc())
    )
    return session.exec(query).first()


def latest(session: Session, group_keys: Iterable[str]) -> Minutes | None:
    """The minutes of the newest meeting of some groups."""
    query = (
        select(Minutes)
        .join(Meeting, col(Meeting.number) == col(Minutes.meeting))
        .where(col(Meeting.group_key).in_(list(group_keys)))
        .order_by(col(Meeting.start).desc(), col(Meeting.number).desc())
    )
    return session.exec(query).first()


def everything(session: Session) -> list[Minutes]:
    """All minutes for the export, by meeting."""
    return list(session.exec(select(Minutes).order_by(col(Minutes.meeting))))


def numbers(session: Session, year: int) -> list[str]:
    """The numbers already given to final minutes of a year, with the one up to which others may have been (O2)."""
    made = select(Minutes.number).where(col(Minutes.number).like(f"{year}-%"))
    kept = select(EarlierMinutes.number).where(col(EarlierMinutes.number).like(f"{year}-%"))
    given = [number for number in (*session.exec(made), *session.exec(kept)) if number]
    return [f"{year}-{taken_in_year(session, year)}", *given]


def by_number(session: Session, number: str) -> Minutes | None:
    """Final minutes with a yearly number."""
    return session.exec(select(Minutes).where(Minutes.number == number)).first()


def of_groups(session: Session, group_keys: Iterable[str]) -> list[tuple[Minutes, Meeting]]:
    """All minutes of some groups with their meetings."""
    query = (
        select(Minutes, Meeting)
        .join(Meeting, col(Meeting.number) == col(Minutes.meeting))
        .where(col(Meeting.group_key).in_(list(group_keys)))
    )
    return list(session.exec(query.order_by(col(Minutes.meeting))))


def lines_by_meeting(session: Session, group_keys: Iterable[str]) -> dict[int, list[MinutesLine]]:
    """All lines of some groups' minutes, by the number of the meeting, in one query."""
    query = (
        select(MinutesLine)
        .join(Meeting, col(Meeting.number) == col(MinutesLine.meeting))
        .where(col(Meeting.group_key).in_(list(group_keys)))
    )
    found: dict[int, list[MinutesLine]] = {}
    for line in session.exec(query.order_by(col(MinutesLine.position), col(MinutesLine.id))):
        found.setdefault(line.meeting, []).append(line)
    return found


def earlier(session: Session, group_keys: Iterable[str] | None = None) -> list[EarlierMinutes]:
    """The minutes from before ombot, by number; of some groups or of all."""
    query = select(EarlierMinutes)
    if group_keys is not None:
        query = query.where(col(EarlierMinutes.group_key).in_(list(group_keys)))
    return list(session.exec(query.order_by(EarlierMinutes.number)))


def earlier_by_file(session: Session, sha256: str) -> EarlierMinutes | None:
    """The minutes from before ombot that are a certain file."""
    return session.exec(select(EarlierMinutes).where(EarlierMinutes.sha256 == sha256)).first()


# --- lines ------------------------------------------------------------------------------------------------------


def lines(session: Session, meeting: int) -> list[MinutesLine]:
    """All lines in the order they were written."""
    query = select(MinutesLine).where(MinutesLine.meeting == meeting)
    return list(session.exec(query.order_by(col(MinutesLine.position), col(MinutesLine.id))))


def lines_of_event(session: Session, event_id: str) -> list[MinutesLine]:
    """The lines that one message made."""
    query = select(MinutesLine).where(MinutesLine.event_id == event_id)
    return list(session.exec(query.order_by(col(MinutesLine.position))))


def add_line(
    session: Session, meeting: int, typed: Typed, item: int | None, *, by: str, at: datetime, event_id: str
) -> MinutesLine:
    """Put a line behind all others."""
    last = session.exec(select(func.max(MinutesLine.position)).where(MinutesLine.meeting == meeting)).one()
    line = MinutesLine(
        meeting=meeting,
        agenda_item=item,
        kind=typed.kind,
        text=typed.text,
        by=by,
        at=at,
        event_id=event_id,
        position=(last or 0) + 1,
    )
    session.add(line)
    session.flush()
    return line


def changes_since(session: Session, since: datetime) -> list[History]:
    """What was changed in lines of minutes after a moment and not undone, oldest first."""
    query = select(History).where(
        History.subject == MinutesLine.__tablename__, col(History.at) > since, col(History.undone).is_(False)
    )
    return list(session.exec(query.order_by(col(History.id))))


def card_of_line(session: Session, line: MinutesLine) -> Outbox | None:
    """The card that a line's task or decision was answered with."""
    query = select(Outbox).where(Outbox.cause == line.event_id, Outbox.about == line.ref, Outbox.kind == "message")
    return session.exec(query.order_by(col(Outbox.id))).first()


def acknowledgements(session: Session, event_ids: Iterable[str]) -> list[Outbox]:
    """The reactions that confirmed messages."""
    query = select(Outbox).where(col(Outbox.cause).in_(list(event_ids)), Outbox.kind == "reaction")
    return [row for row in session.exec(query.order_by(col(Outbox.id))) if "event_id" in row.content]


# --- what else belongs to minutes -------------------------------------------------------------------------------


def attachments(session: Session, meeting: int) -> list[MinutesAttachment]:
    """The attachments from number 2 on."""
    query = select(MinutesAttachment).where(MinutesAttachment.meeting == meeting)
    return list(session.exec(query.order_by(col(MinutesAttachment.number))))


def notes(session: Session, meeting: int, kind: str) -> list[MinutesNote]:
    """Objections or addenda, by number."""
    query = select(MinutesNote).where(MinutesNote.meeting == meeting, MinutesNote.kind == kind)
    return list(session.exec(query.order_by(col(MinutesNote.number))))


def item(session: Session, number: int | None) -> AgendaItem | None:
    """An agenda item, if there is one."""
    return session.get(AgendaItem, number) if number is not None else None


def tasks_made(session: Session, group_key: str, since: datetime, until: datetime) -> list[Task]:
    """The tasks a group has recorded in a span of time and not discarded."""
    query = select(Task).where(
        Task.group_key == group_key,
        Task.status != "cancelled",
        col(Task.created_at) >= since,
        col(Task.created_at) <= until,
    )
    return list(session.exec(query.order_by(col(Task.number))))


def decisions_made(session: Session, group_key: str, since: datetime, until: datetime) -> list[Decision]:
    """The decisions a group has come to in a span of time."""
    query = select(Decision).where(
        Decision.group_key == group_key,
        col(Decision.status).in_(("accepted", "rejected")),
        col(Decision.closed_at) >= since,
        col(Decision.closed_at) <= until,
    )
    return list(session.exec(query.order_by(col(Decision.number))))


def decision(session: Session, ref: str) -> Decision | None:
    """The decision B<number>."""
    return session.get(Decision, int(ref[1:]))


def task(session: Session, ref: str) -> Task | None:
    """The task A<number>."""
    return session.get(Task, int(ref[1:]))


def following(session: Session, meeting: Meeting) -> Meeting | None:
    """The next planned meeting of the same group and kind."""
    query = select(Meeting).where(
        Meeting.group_key == meeting.group_key,
        Meeting.kind == meeting.kind,
        Meeting.status == "planned",
        col(Meeting.start) > meeting.start,
    )
    return session.exec(query.order_by(col(Meeting.start), col(Meeting.number))).first()


def on_day(session: Session, group_key: str, since: datetime, until: datetime) -> list[Meeting]:
    """A group's meetings that begin within a span of time, cancelled ones aside, by start."""
    query = select(Meeting).where(
        Meeting.group_key == group_key,
        col(Meeting.status).in_(("planned", "held")),
        col(Meeting.start) >= since,
        col(Meeting.start) < until,
    )
    return list(session.exec(query.order_by(col(Meeting.start), col(Meeting.number))))
