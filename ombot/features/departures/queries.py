"""All SQL of departures: who is gone from where, and what they leave behind."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session, and_, col, or_, select

from ombot.chat.tables import Group
from ombot.features.agenda.rules import presents
from ombot.features.agenda.tables import AgendaItem
from ombot.features.departures.results import Duties
from ombot.features.departures.tables import Departure
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.minutes.tables import Minutes
from ombot.features.tasks.tables import Assignee, Task
from ombot.store import meta, rooms
from ombot.store.tables import Member, Meta, Room

GONE = ("leave", "ban")
_OPEN_TASKS = ("open", "parked")
_COMING = ("polling", "planned")
_ON_AGENDA = ("proposed", "accepted")
_SPACE = select(Meta.value).where(Meta.key == meta.SPACE).scalar_subquery()


def get(session: Session, number: int) -> Departure | None:
    """The departure U<number>."""
    return session.get(Departure, number)


def gone(session: Session) -> list[tuple[str, str]]:
    """Group keys and persons who were in the room of a group that is not archived, are not any more, and were not
    asked about."""
    known = select(Departure.group_key).where(
        Departure.group_key == Group.key, col(Departure.person) == col(Member.user_id)
    )
    query = (
        select(Group.key, Member.user_id)
        .join(Room, col(Room.group_key) == col(Group.key))
        .join(Member, col(Member.room_id) == col(Room.room_id))
        .where(col(Member.membership).in_(GONE), col(Group.archived).is_(False), col(Room.joined), ~known.exists())
        .order_by(Group.key, Member.user_id)
    )
    return list(session.exec(query))


def gone_from_space(session: Session) -> dict[str, list[str]]:
    """Who has left the space and was not asked about, with the names of the groups they are still in."""
    known = select(Departure.number).where(
        col(Departure.group_key).is_(None), col(Departure.person) == col(Member.user_id)
    )
    query = select(Member.user_id).where(Member.room_id == _SPACE, col(Member.membership).in_(GONE), ~known.exists())
    still = (
        select(Member.user_id, Group.name)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .join(Group, col(Group.key) == col(Room.group_key))
        .where(Member.membership == "join", col(Group.archived).is_(False), col(Member.user_id).in_(query))
        .order_by(Member.user_id, Group.name)
    )
    found: dict[str, list[str]] = {}
    for user_id, name in session.exec(still):
        found.setdefault(user_id, []).append(name)
    return found


def returned(session: Session) -> list[Departure]:
    """Departures of persons who are back where they had left."""
    in_space = and_(col(Departure.group_key).is_(None), col(Member.room_id) == _SPACE)
    query = (
        select(Departure)
        .join(Member, col(Member.user_id) == col(Departure.person))
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .where(Member.membership == "join", or_(col(Room.group_key) == col(Departure.group_key), in_space))
    )
    return list(session.exec(query.order_by(col(Departure.number))))


def duties(session: Session, group_key: str, user_id: str, now: datetime) -> Duties:
    """What is a person's to do in a group."""
    return Duties(
        tuple((f"A{task.number}", task.title) for task in tasks(session, group_key, user_id)),
        tuple(f"T{answer.meeting}" for answer in deputies(session, group_key, user_id, now)),
        tuple(f"M{one.meeting}" for one in scribes(session, group_key, user_id)),
        tuple(f"T{one.number}" for one in moderations(session, group_key, user_id, now)),
        tuple(f"P{one.number}" for one in presentations(session, group_key, user_id, now)),
    )


def tasks(session: Session, group_key: str, user_id: str) -> list[Task]:
    """Their open and parked tasks."""
    query = (
        select(Task)
        .join(Assignee, col(Assignee.task) == col(Task.number))
        .where(Assignee.kind == "person", Assignee.name == user_id)
        .where(Task.group_key == group_key, col(Task.status).in_(_OPEN_TASKS))
    )
    return list(session.exec(query.order_by(col(Task.number))))


def deputies(session: Session, group_key: str, user_id: str, now: datetime) -> list[Answer]:
    """Answers to coming meetings that name them as deputy."""
    query = (
        select(Answer)
        .join(Meeting, col(Meeting.number) == col(Answer.meeting))
        .where(Answer.deputy == user_id, Meeting.group_key == group_key, Meeting.status == "planned")
        .where(col(Meeting.start) > now)
    )
    return list(session.exec(query.order_by(col(Answer.meeting), col(Answer.id))))


def scribes(session: Session, group_key: str, user_id: str) -> list[Minutes]:
    """Running minutes in which they write."""
    query = select(Minutes).join(Meeting).where(col(Minutes.running), Meeting.group_key == group_key)
    return [one for one in session.exec(query.order_by(col(Minutes.meeting))) if user_id in one.scribes]


def moderations(session: Session, group_key: str, user_id: str, now: datetime) -> list[Meeting]:
    """Coming meetings whose moderation is exactly this person, by id or name."""
    named = names(session, user_id)
    query = select(Meeting).where(
        Meeting.group_key == group_key, col(Meeting.status).in_(_COMING), col(Meeting.moderation).in_(named)
    )
    rows = session.exec(query.order_by(col(Meeting.number)))
    return [one for one in rows if one.start is None or one.start > now]


def presentations(session: Session, group_key: str, user_id: str, now: datetime) -> list[AgendaItem]:
    """Items of the group on coming agendas that they were to present."""
    query = (
        select(AgendaItem, Meeting.start)
        .join(Meeting, col(Meeting.number) == col(AgendaItem.meeting_number))
        .where(AgendaItem.group_key == group_key, col(AgendaItem.status).in_(_ON_AGENDA))
        .where(col(AgendaItem.presenter).is_not(None), col(Meeting.status).in_(_COMING))
    )
    rows = session.exec(query.order_by(col(AgendaItem.number))).all()
    called = names(session, user_id) if rows else set()
    return [one for one, start in rows if (start is None or start > now) and presents(one.presenter, called)]


def names(session: Session, user_id: str) -> set[str]:
    """What a person is called in free text."""
    return {user_id, rooms.display_name(session, user_id)}


def pending(session: Session, now: datetime) -> Iterator[tuple[str, str, Duties]]:
    """Those who are gone and leave something behind: group, person, duties."""
    for group_key, user_id in gone(session):
        if found := duties(session, group_key, user_id, now):
            yield group_key, user_id, found
