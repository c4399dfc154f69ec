"""The space and the rooms that the configuration declares: made sure of at ``init``, and at a start once changed."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from ombot.config import Group, Settings
from ombot.matrix import upgrades
from ombot.matrix.client import Client
from ombot.matrix.errors import RoomNotOurs
from ombot.matrix.rooms import DeclaredRoom, Ensured, ensure_room, ensure_space, refresh
from ombot.store import meta, rooms
from ombot.store.unit import Session, Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Household:
    """What making sure of space and rooms did, by group key; the space under its alias."""

    space: Ensured
    groups: dict[str, Ensured]


async def ensure_if_changed(
    client: Client, store: Store, settings: Settings, now: datetime, progress: Callable[[str, Ensured], None]
) -> None:
    """The same at a start: five requests for each room only when something else is declared than was made sure of.

    Raises:
        RoomNotOurs, MatrixError: as :func:`ensure`.
    """
    if not await store.read(lambda session: _is_made_sure(session, client, settings)):
        await ensure(client, store, settings, now, progress)


def _is_made_sure(session: Session, client: Client, settings: Settings) -> bool:
    keys = {group.key for group in settings.groups}
    ours = meta.get(session, meta.SPACE) is not None and keys <= rooms.joined_groups(session)
    return ours and meta.get(session, meta.MADE_SURE) == _fingerprint(client, settings)


def _fingerprint(client: Client, settings: Settings) -> str:
    """Of everything that is declared about space and rooms."""
    declared = [_space(settings), *(_room(settings, group) for group in settings.groups)]
    text = json.dumps([client.user_id, *map(asdict, declared)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


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
        found[group.key] = await _ensure_room(client, store, _room(settings, group), space.room_id)
        progress(group.name, found[group.key])

    def save(session: Session) -> list[str]:
        # An alias may still lead to the room that was there before an upgrade.
        newest = {key: rooms.newest(session, room.room_id) for key, room in found.items()}
        meta.put(session, meta.SPACE, rooms.newest(session, space.room_id))
        for key, room_id in newest.items():
            rooms.set_group(session, room_id, key)
        return [rooms.newest(session, space.room_id), *newest.values()]

    copies = await refresh(client, store, await store.write(save), now)
    await upgrades.follow(client, store, copies, now)
    if not any(done.refused for done in (space, *found.values())):
        await store.write(lambda session: meta.put(session, meta.MADE_SURE, _fingerprint(client, settings)))
    return Household(space, found)


async def _ensure_room(client: Client, store: Store, declared: DeclaredRoom, space_id: str) -> Ensured:
    try:
        return await ensure_room(client, declared, space_id)
    except RoomNotOurs as error:
        known = await store.read(lambda session: rooms.of_group(session, declared.key))
        if known is None or not known.joined:
            raise
        # The alias has gone to an upgraded room already, which has not let us in yet.
        log.warning("%s; staying in %s", error, known.room_id)
        return Ensured(known.room_id)


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
