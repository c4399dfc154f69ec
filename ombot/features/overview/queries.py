"""All SQL of the overview: what was last said in a slot, what comes next, what may still be undone."""

from sqlmodel import Session, col, func, select

from ombot.chat.tables import Group
from ombot.clock.tables import Reminder
from ombot.store.tables import Inbox, Member, Outbox, Room


def groups_with_readers(session: Session) -> list[Group]:
    """Groups whose room has us and somebody else in it, without archived ones. One query: every tick asks."""
    query = (
        select(Group, Room.creators, Member.user_id)
        .join(Room, col(Room.group_key) == col(Group.key))
        .join(Member, col(Member.room_id) == col(Room.room_id))
        .where(col(Group.archived).is_(False), col(Room.joined), Member.membership == "join")
        .order_by(Group.key)
    )
    # Each once, in order: a group has many rows here, and the room's creator is the bot itself.
    return list(
        {group.key: group for group, creators, user_id in session.exec(query) if user_id not in creators}.values()
    )


def everybody(session: Session) -> list[str]:
    """User ids of all persons in the room of a group that is not archived."""
    query = (
        select(Member.user_id)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .join(Group, col(Group.key) == col(Room.group_key))
        .where(Member.membership == "join", col(Group.archived).is_(False), col(Room.joined))
        .distinct()
        .order_by(Member.user_id)
    )
    return list(session.exec(query))


def newest_in_slots(session: Session, slots: list[str]) -> dict[str, Outbox]:
    """The newest row of each slot that was not replaced before it was sent."""
    newest = (
        select(func.max(Outbox.id)).where(col(Outbox.slot).in_(slots), Outbox.state != "replaced").group_by(Outbox.slot)
    )
    return {row.slot or "": row for row in session.exec(select(Outbox).where(col(Outbox.id).in_(newest)))}


def posted_in_slots(session: Session, slots: list[str]) -> dict[str, Outbox]:
    """The newest message of each slot that was sent or will be; what came after it are edits of it."""
    newest = (
        select(func.max(Outbox.id))
        .where(col(Outbox.slot).in_(slots), Outbox.kind == "message", col(Outbox.state).in_(("waiting", "sent")))
        .group_by(Outbox.slot)
    )
    found = session.exec(select(Outbox).where(col(Outbox.id).in_(newest))) if slots else ()
    return {row.slot or "": row for row in found}


def upcoming(session: Session, most: int) -> list[Reminder]:
    """The next open reminders."""
    query = select(Reminder).where(Reminder.state == "open", col(Reminder.paused).is_(False))
    return list(session.exec(query.order_by(col(Reminder.due_at), col(Reminder.id)).limit(most)))


def commands_since(session: Session, sender: str, room_id: str, first: int) -> list[Inbox]:
    """What a person asked for in a room from an inbox row on, the row included."""
    query = select(Inbox).where(Inbox.sender == sender, Inbox.room_id == room_id, col(Inbox.id) >= first)
    return list(session.exec(query.order_by(col(Inbox.id))))
