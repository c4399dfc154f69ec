"""The mirror of room state: who is in a room, with which level, under which name. Handlers read only this."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from ombot.store import meta
from ombot.store.tables import Member, Outbox, Room

CREATOR_LEVEL = 10**9
"""Above all levels: room version 12 gives its creators no number at all."""


@dataclass(frozen=True)
class Person:
    """A Matrix account as a room shows it. ``name`` is for display and never decides anything (A1)."""

    id: str
    name: str


def is_account(person: str) -> bool:
    """Whether this is a Matrix id. In old rows there stands a neutral mark instead, for a person who was erased."""
    return person.startswith("@")


@dataclass(frozen=True)
class StateCopy:
    """What was fetched from the homeserver about one room."""

    encrypted: bool
    version: str
    creators: tuple[str, ...]
    levels: dict[str, Any]
    name: str | None
    members: dict[str, tuple[str, str | None]]
    """user id → (membership, display name)"""
    replaced_by: str | None = None
    """The room that follows on this one, as somebody said who may."""
    predecessor: str | None = None
    """The room that this one says it follows on."""


def get(session: Session, room_id: str) -> Room | None:
    """The mirrored room."""
    return session.get(Room, room_id)


def mark_stale(session: Session, room_ids: Iterable[str]) -> None:
    """The timeline showed a state event: fetch these rooms again before using them (A11)."""
    for room_id in room_ids:
        room = session.get(Room, room_id) or Room(room_id=room_id)
        room.stale = True
        session.add(room)


def mark_left(session: Session, room_id: str) -> None:
    """We are no longer in this room: nothing is sent there and nobody has rights through it."""
    room = session.get(Room, room_id) or Room(room_id=room_id)
    room.joined, room.stale = False, False
    session.add(room)
    session.execute(delete(Member).where(col(Member.room_id) == room_id))


def begin_fetch(session: Session, room_ids: Iterable[str]) -> None:
    """Their state is about to be fetched: what makes them stale from now on is newer than what will be saved."""
    session.execute(update(Room).where(col(Room.room_id).in_(list(room_ids))).values(stale=False))


def save(session: Session, room_id: str, state: StateCopy, now: datetime) -> Room:
    """Replace the mirror of one room by what the homeserver said after :func:`begin_fetch`."""
    room = session.get(Room, room_id) or Room(room_id=room_id, stale=False)
    room.joined = True
    room.encrypted, room.version = state.encrypted, state.version
    room.creators, room.levels, room.name = list(state.creators), state.levels, state.name
    room.joined_at = room.joined_at or now
    session.add(room)
    session.flush()
    session.execute(delete(Member).where(col(Member.room_id) == room_id))
    session.add_all(
        Member(room_id=room_id, user_id=user, membership=membership, name=name)
        for user, (membership, name) in state.members.items()
    )
    return room


def take_over(session: Session, copies: Mapping[str, StateCopy], now: datetime) -> None:
    """The state of all our rooms, as the first answer of a start brings it: what has not changed is up to date.

    A room that has changed is saved, and stays stale: what else a change asks for is seen to when it is fetched.
    """
    if not copies:
        return
    members: dict[str, dict[str, tuple[str, str | None]]] = {room_id: {} for room_id in copies}
    for row in session.exec(select(Member).where(col(Member.room_id).in_(copies))):
        members[row.room_id][row.user_id] = (row.membership, row.name)
    for room in list(session.exec(select(Room).where(col(Room.room_id).in_(copies)))):
        copy = replace(copies[room.room_id], predecessor=None)
        creators = tuple(room.creators)
        if StateCopy(room.encrypted, room.version, creators, room.levels, room.name, members[room.room_id]) == copy:
            room.stale = False
        else:
            save(session, room.room_id, copy, now)
            room.stale = True


def stale(session: Session) -> list[str]:
    """Rooms whose mirror is out of date."""
    return list(session.exec(select(Room.room_id).where(col(Room.stale), col(Room.joined))))


def members(session: Session, room_id: str) -> list[Person]:
    """Everybody joined to a room, by user id."""
    query = select(Member).where(Member.room_id == room_id, Member.membership == "join")
    return [Person(m.user_id, m.name or m.user_id) for m in session.exec(query.order_by(Member.user_id))]


def membership(session: Session, room_id: str, user_id: str) -> str | None:
    """``join``, ``invite``, ``leave``, ``ban``, ``knock``, or None when the person was never there."""
    row = session.get(Member, (room_id, user_id))
    return row.membership if row else None


def memberships(session: Session, room_id: str) -> dict[str, str]:
    """Everybody a room has ever seen, with their membership."""
    query = select(Member.user_id, Member.membership).where(Member.room_id == room_id)
    return {user_id: membership for user_id, membership in session.exec(query)}  # noqa: C416 - typed so


def display_name(session: Session, user_id: str) -> str:
    """A person's name in any room we share, else the id."""
    query = select(Member.name).where(Member.user_id == user_id, col(Member.name).is_not(None))
    return session.exec(query).first() or user_id


def names(session: Session, user_ids: Iterable[str]) -> dict[str, str]:
    """Names of many persons in one query; who has none is left out."""
    wanted = list(user_ids)
    if not wanted:
        return {}
    query = select(Member.user_id, Member.name).where(col(Member.user_id).in_(wanted), col(Member.name).is_not(None))
    return {user_id: name for user_id, name in session.exec(query) if name}


def joined_rooms(session: Session, user_id: str) -> list[str]:
    """Rooms we share with a joined person."""
    query = select(Member.room_id).where(Member.user_id == user_id, Member.membership == "join")
    return list(session.exec(query))


def everybody(session: Session) -> set[str]:
    """Whoever is joined to any room."""
    return set(session.exec(select(Member.user_id).where(Member.membership == "join").distinct()))


def level(room: Room, user_id: str) -> int:
    """A person's power level. Own function, because nio reads creators of version-12 rooms as 0 (A2)."""
    if _creators_rule(room.version) and user_id in room.creators:
        return CREATOR_LEVEL
    if not room.levels:
        return 100 if user_id in room.creators else 0
    levels = room.levels.get("users", {})
    value = levels.get(user_id, room.levels.get("users_default", 0)) if isinstance(levels, dict) else 0
    return value if isinstance(value, int) else 0


def _creators_rule(version: str) -> bool:
    return version.isdigit() and int(version) >= 12


def of_group(session: Session, key: str) -> Room | None:
    """The room of a group, once it exists."""
    return session.exec(select(Room).where(Room.group_key == key)).first()


def joined_groups(session: Session) -> set[str]:
    """The groups in whose rooms we are."""
    return {key for key in session.exec(select(Room.group_key).where(col(Room.joined))) if key is not None}


def set_group(session: Session, room_id: str, key: str) -> None:
    """This room belongs to a group, and no other does any more."""
    session.execute(update(Room).where(col(Room.group_key) == key, col(Room.room_id) != room_id).values(group_key=None))
    room = session.get(Room, room_id) or Room(room_id=room_id)
    room.group_key = key
    session.add(room)


def move(session: Session, old_id: str, new_id: str) -> None:
    """A room was replaced: everything that refers to it refers to its successor from now on (O7)."""
    old, new = session.get_one(Room, old_id), session.get_one(Room, new_id)
    group_key, direct_with = old.group_key, old.direct_with
    old.group_key = old.direct_with = None
    session.flush()  # a group has one room at any moment
    new.group_key, new.direct_with = group_key, direct_with
    session.execute(
        update(Outbox)
        .where(col(Outbox.destination) == f"room:{old_id}", col(Outbox.state) == "waiting")
        .values(destination=f"room:{new_id}")
    )
    if meta.get(session, meta.SPACE) == old_id:
        meta.put(session, meta.SPACE, new_id)
    meta.put(session, f"{meta.REPLACED}{old_id}", new_id)


def newest(session: Session, room_id: str) -> str:
    """The room itself, or what it has been replaced by and we have followed to."""
    while successor := meta.get(session, f"{meta.REPLACED}{room_id}"):
        room_id = successor
    return room_id


def resolve(session: Session, destination: str) -> Room | None:
    """The joined room behind ``group:<key>``, ``person:<user id>`` or ``room:<room id>``, if there is one."""
    kind, _, name = destination.partition(":")
    if kind == "group":
        room = of_group(session, name)
    elif kind == "person":
        room = direct_room(session, name)
    else:
        room = get(session, name)
    return room if room is not None and room.joined else None


def direct_room(session: Session, user_id: str) -> Room | None:
    """The direct chat with a person, if there is one."""
    query = select(Room).where(Room.direct_with == user_id, col(Room.joined))
    return session.exec(query).first()


def set_direct(session: Session, room_id: str, user_id: str) -> None:
    """This room is the direct chat with a person."""
    room = session.get(Room, room_id) or Room(room_id=room_id)
    room.direct_with = user_id
    session.add(room)
