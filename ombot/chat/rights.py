"""Rights come from Matrix itself: membership, power level in the group's room, power level in the coordination room."""

from enum import IntEnum

from ombot.chat import queries
from ombot.chat.tables import Group
from ombot.store import rooms
from ombot.store.unit import Session

LEAD_LEVEL = 50


class Right(IntEnum):
    """What a command asks of its sender, in rising order."""

    ANYONE = 0
    PARTICIPANT = 1
    """Joined to any group: sessions of the board concern all of them."""
    MEMBER = 2
    LEAD = 3
    COORDINATOR = 4


def holds(session: Session, user_id: str, right: Right, group: Group | None) -> bool:
    """Whether a person has a right in a group; full Matrix ids only, names never decide (A1). Default: no."""
    return is_coordinator(session, user_id) or holds_by_membership(session, user_id, right, group)


def holds_by_membership(session: Session, user_id: str, right: Right, group: Group | None) -> bool:
    """Whether a person who does not coordinate has a right in a group."""
    if right is Right.ANYONE:
        return True
    if right is Right.COORDINATOR:
        return False
    if right is Right.PARTICIPANT:
        return queries.is_member_anywhere(session, user_id)
    if group is None:
        return right is Right.MEMBER and queries.is_member_anywhere(session, user_id)
    return _level(session, user_id, group.key) >= (LEAD_LEVEL if right is Right.LEAD else 0)


def is_coordinator(session: Session, user_id: str) -> bool:
    """Power level 50 or more in the coordination room; may act everywhere."""
    group = queries.coordination(session)
    return group is not None and _level(session, user_id, group.key) >= LEAD_LEVEL


def _level(session: Session, user_id: str, group_key: str) -> int:
    """The power level of a joined person in a group's room; -1 for everybody else."""
    room = rooms.of_group(session, group_key)
    if room is None or not room.joined or rooms.membership(session, room.room_id, user_id) != "join":
        return -1
    return max(rooms.level(room, user_id), 0)


def leads(session: Session, group_key: str, own_id: str) -> list[str]:
    """Joined persons with power level 50 or more in a group's room, without the bot itself."""
    room = rooms.of_group(session, group_key)
    if room is None:
        return []
    return [
        person.id
        for person in rooms.members(session, room.room_id)
        if person.id != own_id and rooms.level(room, person.id) >= LEAD_LEVEL
    ]
