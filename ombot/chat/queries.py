"""All SQL of the conversation: groups as the scope of commands, and open questions."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from ombot.chat.tables import Group, Question
from ombot.store.tables import Member, Room


def groups(session: Session, keys: Iterable[str] | None = None) -> list[Group]:
    """Groups that are not archived, by name; those with the given keys only."""
    query = select(Group).where(col(Group.archived).is_(False)).order_by(Group.name)
    if keys is not None:
        query = query.where(col(Group.key).in_(list(keys)))
    return list(session.exec(query))


def every_group(session: Session) -> list[Group]:
    """All groups by name, archived ones included."""
    return list(session.exec(select(Group).order_by(Group.name)))


def coordination(session: Session) -> Group | None:
    """The group of the office and the coordinators."""
    return session.exec(select(Group).where(Group.kind == "coordination")).first()


def is_member_anywhere(session: Session, user_id: str) -> bool:
    """Whether a person is joined to the room of at least one group."""
    query = (
        select(Member.user_id)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .where(Member.user_id == user_id, Member.membership == "join", col(Room.group_key).is_not(None))
    )
    return session.exec(query).first() is not None


def group_keys_of(session: Session, user_id: str) -> list[str]:
    """Keys of the groups whose room a person is joined to."""
    query = (
        select(Room.group_key)
        .join(Member, col(Room.room_id) == col(Member.room_id))
        .where(Member.user_id == user_id, Member.membership == "join", col(Room.group_key).is_not(None))
    )
    return [key for key in session.exec(query) if key]


def open_question(session: Session, asker: str, room_id: str) -> Question | None:
    """The newest question that waits for this person's answer in a room."""
    query = select(Question).where(Question.asker == asker, Question.room_id == room_id, Question.state == "open")
    return session.exec(query.order_by(col(Question.id).desc())).first()
