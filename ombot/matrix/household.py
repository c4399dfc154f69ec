"""The space and the rooms that the configuration declares: made sure of at ``init`` and at every start."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ombot.config import Group, Settings
from ombot.matrix.client import Client
from ombot.matrix.rooms import DeclaredRoom, Ensured, ensure_room, ensure_space, refresh
from ombot.store import meta, rooms
from ombot.store.unit import Session, Store


@dataclass(frozen=True)
class Household:
    """What making sure of space and rooms did, by group key; the space under its alias."""

    space: Ensured
    groups: dict[str, Ensured]


async def ensure(
    client: Client, store: Store, settings: Settings, now: datetime, progress: Callable[[str, Ensured], None]
) -> Household:
    """Create what is missing and invite who is missing; a second call changes nothing.

    Raises:
        RoomNotOurs: an alias belongs to somebody else's room.
        MatrixError: the homeserver refused or did not answer; calling again continues.
    """
    space = await ensure_space(client, _space(settings))
    progress(settings.organisation.name, space)
    found: dict[str, Ensured] = {}
    for group in settings.groups:
        found[group.key] = await ensure_room(client, _room(settings, group), space.room_id)
        progress(group.name, found[group.key])

    def save(session: Session) -> None:
        meta.put(session, meta.SPACE, space.room_id)
        for key, room in found.items():
            rooms.set_group(session, room.room_id, key)

    await store.write(save)
    await refresh(client, store, [space.room_id, *(room.room_id for room in found.values())], now)
    return Household(space, found)


def _space(settings: Settings) -> DeclaredRoom:
    everybody = dict.fromkeys(person for group in settings.groups for person in (*group.leads, *group.members))
    return DeclaredRoom(
        key=settings.space.alias,
        name=f"{settings.organisation.board} {settings.organisation.name}",
        topic=settings.organisation.name,
        alias_localpart=settings.space.alias,
        members=tuple(everybody),
    )


def _room(settings: Settings, group: Group) -> DeclaredRoom:
    return DeclaredRoom(
        key=group.key,
        name=group.name,
        topic=f"{group.name} – {settings.organisation.name}",
        alias_localpart=alias_localpart(settings, group.key),
        members=group.members,
        leads=group.leads,
        encrypted=settings.space.encrypted,
        join=settings.space.join,
    )


def alias_localpart(settings: Settings, key: str) -> str:
    """A group's alias is its key, unless the space already has that name."""
    return f"{key}-raum" if key == settings.space.alias else key
