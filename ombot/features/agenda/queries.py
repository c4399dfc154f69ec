"""All SQL of the agenda."""

from datetime import datetime

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from ombot.features.agenda import rules
from ombot.features.agenda.rules import Draft, Proposer
from ombot.features.agenda.tables import AgendaItem
from ombot.features.decisions.tables import Decision
from ombot.features.meetings.tables import Meeting
from ombot.features.tasks.tables import Task


def get(session: Session, number: int) -> AgendaItem | None:
    """The item P<number>."""
    return session.get(AgendaItem, number)


def items(session: Session, meeting: Meeting) -> list[AgendaItem]:
    """A meeting's items of all statuses in their order."""
    query = select(AgendaItem).where(AgendaItem.meeting_number == meeting.number)
    return list(session.exec(query.order_by(col(AgendaItem.position), col(AgendaItem.number))))


def accepted(session: Session, meeting: Meeting) -> list[AgendaItem]:
    """What stands on a meeting's agenda, pauses included, in order."""
    return [item for item in items(session, meeting) if rules.is_on_agenda(item)]


def by_top(session: Session, meeting: Meeting, top: int) -> AgendaItem | None:
    """The item with a visible number (TOP 4) on a meeting's agenda."""
    entries = accepted(session, meeting)
    slots = rules.timetable(entries, None)
    return next((item for item, slot in zip(entries, slots, strict=True) if slot.number == top), None)


def top_of(session: Session, meeting: Meeting, item: AgendaItem) -> int | None:
    """The visible number of an item; None for a pause and for what is not on the agenda."""
    entries = accepted(session, meeting)
    slots = rules.timetable(entries, None)
    return next((slot.number for entry, slot in zip(entries, slots, strict=True) if entry.number == item.number), None)


def from_origin(session: Session, origin: str) -> list[AgendaItem]:
    """The items that came from an input, a task, a decision or an earlier item."""
    return list(session.exec(select(AgendaItem).where(AgendaItem.origin == origin).order_by(col(AgendaItem.number))))


def add_item(
    session: Session,
    meeting: Meeting,
    draft: Draft,
    proposer: Proposer,
    *,
    status: str = "proposed",
    origin: str | None = None,
    standing: str | None = None,
) -> AgendaItem:
    """Store a new item: a proposal behind everything, an accepted one at the usual place of its kind.

    Args:
        session: the unit of work.
        meeting: whose agenda it is for.
        draft: what the item says.
        proposer: who proposes it, for which group.
        status: proposed, or accepted at once.
        origin: reference of what it came from, such as ``I2``.
        standing: set on what stands on every agenda by itself.
    """
    item = AgendaItem(
        meeting_number=number_of(meeting),
        position=last_position(session, meeting),
        title=draft.title,
        kind=draft.kind,
        goals=list(draft.goals),
        minutes=draft.minutes,
        presenter=draft.presenter,
        status=status,
        origin=origin,
        standing=standing,
        proposed_by=proposer.user_id,
        group_key=proposer.group_key,
        created_at=proposer.at,
        event_id=proposer.event_id,
    )
    if status == "accepted":
        place(session, meeting, item)
    session.add(item)
    session.flush()
    return item


def place(session: Session, meeting: Meeting, item: AgendaItem, index: int | None = None) -> None:
    """Put an item in front of the one at ``index`` of the agenda, or at the usual place of its kind."""
    others = [other for other in accepted(session, meeting) if other is not item]
    if index is None:
        index = rules.usual_place([other.kind for other in others], item.kind)
    position = rules.position_at([other.position for other in others], index)
    if position is None:
        position = index * rules.GAP + rules.GAP // 2
        for number, other in enumerate(others, 1):
            other.position = number * rules.GAP
            session.add(other)
    item.position = position
    session.add(item)
    session.flush()


def number_of(row: Meeting | AgendaItem) -> int:
    """The number of a stored row.

    Raises:
        ValueError: it was not flushed.
    """
    if row.number is None:
        raise ValueError(f"{row.__tablename__} was not flushed")
    return row.number


def last_position(session: Session, meeting: Meeting) -> int:
    """Behind everything."""
    query = select(func.max(AgendaItem.position)).where(AgendaItem.meeting_number == meeting.number)
    return (session.exec(query).one() or 0) + rules.GAP


def meetings_with_items(session: Session) -> list[Meeting]:
    """All meetings that ever had an agenda, by number."""
    numbers = select(AgendaItem.meeting_number).distinct()
    return list(session.exec(select(Meeting).where(col(Meeting.number).in_(numbers)).order_by(col(Meeting.number))))


def left_over(session: Session, group_key: str, kind: str) -> list[tuple[AgendaItem, Meeting]]:
    """What meetings of a group and kind have not dealt with: carried items that stand nowhere else yet,
    undecided proposals, and everything planned for one that was cancelled.

    Standing items come anew by themselves.
    """
    status = col(AgendaItem.status)
    query = (
        select(AgendaItem, Meeting)
        .join(Meeting, col(Meeting.number) == col(AgendaItem.meeting_number))
        .where(
            Meeting.group_key == group_key,
            Meeting.kind == kind,
            col(AgendaItem.standing).is_(None),
            AgendaItem.kind != rules.PAUSE,
            or_(status.in_(("carried", "proposed")), and_(status == "accepted", col(Meeting.status) == "cancelled")),
        )
        .order_by(col(Meeting.start), col(AgendaItem.position))
    )
    taken = set(session.exec(select(AgendaItem.origin).where(col(AgendaItem.origin).like("P%"))))
    return [(item, earlier) for item, earlier in session.exec(query) if f"P{item.number}" not in taken]


def open_tasks(session: Session, group_key: str, at: datetime) -> list[Task]:
    """Tasks of a group that were open or parked at a moment: by due date, those without one last, parked ones at
    the end."""
    query = select(Task).where(
        Task.group_key == group_key,
        col(Task.created_at) <= at,
        or_(col(Task.closed_at).is_(None), col(Task.closed_at) > at),
    )
    rows = session.exec(query.order_by(col(Task.due).is_(None), col(Task.due), col(Task.number)))
    return sorted(rows, key=lambda task: task.status == "parked")


def open_votes(session: Session, group_key: str, at: datetime) -> list[Decision]:
    """Votes of a group that were running at a moment, the one that closes first in front."""
    query = select(Decision).where(
        Decision.group_key == group_key,
        col(Decision.recorded).is_(False),
        col(Decision.opened_at) <= at,
        or_(col(Decision.closed_at).is_(None), col(Decision.closed_at) > at),
        or_(col(Decision.closed_at).is_not(None), col(Decision.status) == "open"),
    )
    return list(
        session.exec(query.order_by(col(Decision.closes_on).is_(None), col(Decision.closes_on), col(Decision.number)))
    )
