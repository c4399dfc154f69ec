"""What the intake asks of inbox and rooms."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from ombot.store.tables import Inbox, Room


def known_events(session: Session, event_ids: Collection[str]) -> set[str]:
    """Which of these events are in the inbox."""
    return set(session.exec(select(Inbox.event_id).where(col(Inbox.event_id).in_(event_ids))))


def undecryptable(session: Session) -> list[Inbox]:
    """Events that wait for their key, oldest first."""
    query = select(Inbox).where(Inbox.kind == "undecryptable", col(Inbox.state).in_(("received", "ready")))
    return list(session.exec(query.order_by(col(Inbox.id))))


def mark_joined(session: Session, joined: Mapping[str, datetime | None]) -> None:
    """We are in these rooms, since the given moment if we have just come; their mirror is out of date."""
    if not joined:
        return
    known = {room.room_id: room for room in session.exec(select(Room).where(col(Room.room_id).in_(joined)))}
    for room_id, joined_at in joined.items():
        room = known.get(room_id) or Room(room_id=room_id)
        room.joined, room.stale = True, True
        room.joined_at = joined_at or room.joined_at
        session.add(room)
    session.flush()
