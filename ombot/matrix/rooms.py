"""Rooms on the homeserver: fetching their state, and creating once what the configuration declares.

Everything here can be killed between any two requests and called again: a room is looked up by its alias first,
and only what is missing is added. What a person changed since (left, was banned, took the room out of the space,
got another level) stays as it is.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlmodel import Session

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import Fate, MatrixError, RoomNotOurs
from ombot.store import rooms as mirror
from ombot.store.rooms import StateCopy
from ombot.store.tables import Room
from ombot.store.unit import Store

log = logging.getLogger(__name__)

LEAD_LEVEL = 50
OWN_LEVEL = 100
PATIENT_SECONDS = 300.0
"""How long one request of a room's set-up waits altogether when the homeserver says "slow down"."""
PAUSE_MS = 1000
"""The pause when it does not say for how long."""
FETCHES = 4
"""Rooms fetched at the same time: enough to hide the latency, few enough to leave the server to people."""
ENCRYPTION = {"algorithm": "m.megolm.v1.aes-sha2"}

_TALK = ("m.room.message", "m.room.encrypted", "m.reaction", "m.sticker")

Event = dict[str, Any]
State = dict[tuple[str, str], Event]
"""State events by type and state key."""


@dataclass(frozen=True)
class DeclaredRoom:
    """A room as the configuration or a command wants it.

    ``join`` is ``invite`` (only invited people), ``space`` (members of the space may join by themselves) or ``knock``
    (anybody may ask, and is invited or not).
    ``leads`` get power level 50; ``levels`` gives other levels by user id.
    """

    key: str
    name: str
    topic: str
    alias_localpart: str
    members: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    encrypted: bool = True
    join: str = "invite"
    levels: Mapping[str, int] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """Everybody who belongs here, each once, leads first."""
        return list(dict.fromkeys((*self.leads, *self.members)))

    @property
    def wanted_levels(self) -> dict[str, int]:
        """Power levels above the default, by user id."""
        return {**dict.fromkeys(self.leads, LEAD_LEVEL), **self.levels}


@dataclass(frozen=True)
class Ensured:
    """What making sure of a room did: everything empty when there was nothing to do.

    ``refused`` are people whom the homeserver did not let us invite (unknown account, blocked); the next call
    tries them again. ``raised`` are people who got a power level in a room that existed before.
    """

    room_id: str
    created: bool = False
    invited: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()


def room_path(room_id: str, *parts: str) -> str:
    """The path of a request about a room; ids hold characters that a path must not."""
    return "/".join((f"{CLIENT}/rooms", *(quote(part, safe="") for part in (room_id, *parts))))


def alias_of(client: Client, localpart: str) -> str:
    """The full alias on our own homeserver."""
    return f"#{localpart}:{_server(client)}"


def _server(client: Client) -> str:
    return client.user_id.partition(":")[2]


async def find_alias(client: Client, localpart: str) -> str | None:
    """The room an alias of our homeserver leads to, or None.

    Raises:
        MatrixError: the homeserver did not answer.
    """
    path = f"{CLIENT}/directory/room/{quote(alias_of(client, localpart), safe='')}"
    try:
        return str((await client.request("GET", path))["room_id"])
    except MatrixError as error:
        if error.errcode == "M_NOT_FOUND":
            return None
        raise


async def fetch_state(client: Client, room_id: str) -> StateCopy:
    """A room's rights-relevant state in one request.

    Raises:
        MatrixError: we are not in the room, or the homeserver does not answer.
    """
    return read_state(await _state(client, room_id))


async def _state(client: Client, room_id: str) -> State:
    async with client.raw("GET", room_path(room_id, "state")) as response:
        events = json.loads(await response.read())
    return {(event["type"], event["state_key"]): event for event in events}


def read_state(state: State) -> StateCopy:
    """What the mirror keeps of a room's state events."""
    create = state.get(("m.room.create", ""), {})
    version = str(create.get("content", {}).get("room_version", "1"))
    return StateCopy(
        encrypted=("m.room.encryption", "") in state,
        version=version,
        creators=_creators(create, version),
        levels=_content(state, "m.room.power_levels"),
        name=_text(_content(state, "m.room.name").get("name")),
        members={
            user: (str(event["content"].get("membership")), _text(event["content"].get("displayname")))
            for (kind, user), event in state.items()
            if kind == "m.room.member"
        },
        replaced_by=_replacement(state, create, version),
        predecessor=_predecessor(create),
    )


def _replacement(state: State, create: Event, version: str) -> str | None:
    """Where the tombstone leads, if it is from somebody who may set one."""
    tombstone = state.get(("m.room.tombstone", ""))
    if tombstone is None:
        return None
    levels = _content(state, "m.room.power_levels")
    room = Room(room_id="", version=version, creators=list(_creators(create, version)), levels=levels)
    events = levels.get("events")
    needed = (events if isinstance(events, dict) else {}).get("m.room.tombstone", levels.get("state_default", 50))
    allowed = isinstance(needed, int) and mirror.level(room, str(tombstone.get("sender"))) >= needed
    return _text(_content(state, "m.room.tombstone").get("replacement_room")) if allowed else None


def _predecessor(create: Event) -> str | None:
    named = create.get("content", {}).get("predecessor")
    return _text(named.get("room_id")) if isinstance(named, dict) else None


def _creators(create: Event, version: str) -> tuple[str, ...]:
    """Who made the room: a field of its own up to version 10, the sender from 11, from 12 others beside it."""
    content = create.get("content", {})
    sender = create.get("sender")
    maker = sender if _at_least(version, 11) else content.get("creator", sender)
    more = content.get("additional_creators", []) if _at_least(version, 12) else []
    return tuple(dict.fromkeys(user for user in (maker, *more) if isinstance(user, str)))


def _at_least(version: str, number: int) -> bool:
    return version.isdigit() and int(version) >= number


def _content(state: State, kind: str) -> dict[str, Any]:
    content = state.get((kind, ""), {}).get("content")
    return content if isinstance(content, dict) else {}


def _text(value: object) -> str | None:
    # Other people's clients write these fields: a number or a list there must not become a name.
    return value if isinstance(value, str) and value else None


async def refresh(client: Client, store: Store, room_ids: Iterable[str], now: datetime) -> dict[str, StateCopy | None]:
    """Fetch rooms again into the mirror, in one transaction; a room we may not look into any more counts as left.

    Returns:
        What was fetched, None for the rooms we have left.

    Raises:
        MatrixError: the homeserver does not answer; the mirror is unchanged then.
    """
    ids = list(dict.fromkeys(room_ids))
    if not ids:
        return {}
    gate = asyncio.Semaphore(FETCHES)

    async def fetch(room_id: str) -> StateCopy | None:
        async with gate:
            return await fetch_if_joined(client, room_id)

    await store.write(lambda session: mirror.begin_fetch(session, ids))
    try:
        copies = dict(zip(ids, await asyncio.gather(*map(fetch, ids)), strict=True))
    except BaseException:
        await asyncio.shield(store.write(lambda session: mirror.mark_stale(session, ids)))
        raise

    def save(session: Session) -> None:
        for room_id, copy in copies.items():
            if copy is None:
                mirror.mark_left(session, room_id)
            else:
                mirror.save(session, room_id, copy, now)

    await store.write(save)
    return copies


async def fetch_if_joined(client: Client, room_id: str) -> StateCopy | None:
    """A room's state, None when we are not in it.

    Raises:
        MatrixError: the homeserver does not answer.
    """
    try:
        copy = await fetch_state(client, room_id)
    except MatrixError as error:
        if error.fate is Fate.GIVE_UP:
            return None
        raise
    # After leaving, the homeserver still shows the state as it was then.
    return copy if copy.members.get(client.user_id, ("", None))[0] == "join" else None


async def membership(client: Client, room_id: str, user_id: str) -> str | None:
    """What the homeserver says right now: ``join``, ``invite``, ``leave``, ``ban``, ``knock``, or None for never.

    Raises:
        MatrixError: we are not in the room, or the homeserver does not answer.
    """
    try:
        answer = await client.request("GET", room_path(room_id, "state", "m.room.member", user_id))
    except MatrixError as error:
        if error.errcode == "M_NOT_FOUND":
            return None
        raise
    return str(answer.get("membership"))


async def people_in(client: Client, room_id: str) -> dict[str, str]:
    """Who is in a room right now or invited to it: user id → ``join`` or ``invite``.

    Raises:
        MatrixError: we are not in the room, or the homeserver does not answer.
    """
    answer = await client.request("GET", room_path(room_id, "members") + "?not_membership=leave")
    members = {event["state_key"]: event["content"].get("membership") for event in answer.get("chunk", [])}
    return {user: how for user, how in members.items() if how in ("join", "invite")}


async def leave(client: Client, room_id: str) -> None:
    """Leave a room (or refuse an invitation) and forget it, so that no sync speaks of it again.

    Raises:
        MatrixError: the homeserver does not answer.
    """
    await client.request("POST", room_path(room_id, "leave"), {})
    await client.request("POST", room_path(room_id, "forget"), {})


async def ensure_space(client: Client, declared: DeclaredRoom, room_version: str | None = None) -> Ensured:
    """The space of the board: created once, its people invited once.

    Raises:
        RoomNotOurs: the alias belongs to somebody else's room.
        MatrixError: the homeserver refused or did not answer; calling again continues.
    """
    # Nobody talks in a space, and clients do not expect one to be encrypted.
    return await _ensure(client, replace(declared, encrypted=False), None, room_version, kind="m.space")


async def ensure_room(
    client: Client, declared: DeclaredRoom, space_id: str | None, room_version: str | None = None
) -> Ensured:
    """A declared room: created once, linked with the space both ways, its people invited once.

    Args:
        client: our account.
        declared: what is wanted.
        space_id: the space it belongs to, or None for a room on its own.
        room_version: the homeserver's default if None.

    Raises:
        RoomNotOurs: the alias belongs to somebody else's room.
        MatrixError: the homeserver refused or did not answer; calling again continues.
    """
    done = await _ensure(client, declared, space_id, room_version)
    if space_id is not None:
        await _put_if_missing(client, space_id, "m.space.child", done.room_id, {"via": [_server(client)]})
    return done


async def _ensure(
    client: Client, declared: DeclaredRoom, space_id: str | None, room_version: str | None, kind: str | None = None
) -> Ensured:
    room_id = await find_alias(client, declared.alias_localpart)
    created = room_id is None
    if room_id is None:
        room_id = await _create(client, declared, space_id, room_version, kind)
    state = await _our_state(client, room_id, declared)
    copy = read_state(state)
    if declared.encrypted and not copy.encrypted:
        await _patiently(client, "PUT", room_path(room_id, "state", "m.room.encryption", ""), ENCRYPTION)
    if space_id is not None and ("m.space.parent", space_id) not in state:
        await _put_if_missing(client, room_id, "m.space.parent", space_id, _parent(client))
    raised = await _raise_levels(client, room_id, copy, declared)
    invited, refused = await _invite_missing(client, room_id, copy, declared.people)
    return Ensured(room_id, created, invited, refused, raised)


async def _our_state(client: Client, room_id: str, declared: DeclaredRoom) -> State:
    # Anybody on the homeserver could have taken the alias first and would then lead our group's room.
    complaint = f"#{declared.alias_localpart} leads to {room_id}, where {client.user_id} is not in charge"
    try:
        state = await _state(client, room_id)
    except MatrixError as error:
        if error.errcode == "M_FORBIDDEN":
            raise RoomNotOurs(complaint) from error
        raise
    copy = read_state(state)
    joined = copy.members.get(client.user_id, ("", None))[0] == "join"
    if not joined or level_of(copy, client.user_id) < OWN_LEVEL:
        raise RoomNotOurs(complaint)
    return state


def level_of(copy: StateCopy, user_id: str) -> int:
    """A person's power level in a fetched state, see :func:`ombot.store.rooms.level`."""
    room = Room(room_id="", version=copy.version, creators=list(copy.creators), levels=copy.levels)
    return mirror.level(room, user_id)


async def _create(
    client: Client, declared: DeclaredRoom, space_id: str | None, room_version: str | None, kind: str | None
) -> str:
    version = room_version or await _default_version(client)
    body = _creation(client, declared, space_id, version)
    if kind is not None:
        body["creation_content"] = {"type": kind}
    try:
        return str((await _patiently(client, "POST", f"{CLIENT}/createRoom", body))["room_id"])
    except MatrixError as error:
        # The request of a process that was killed may still have been at work when we looked.
        room_id = await find_alias(client, declared.alias_localpart) if error.errcode == "M_ROOM_IN_USE" else None
        if room_id is None:
            raise
        return room_id


def _creation(client: Client, declared: DeclaredRoom, space_id: str | None, version: str) -> dict[str, Any]:
    users = {user: level for user, level in declared.wanted_levels.items() if user != client.user_id}
    if not _at_least(version, 12):
        users[client.user_id] = OWN_LEVEL
    state = [_state_event("m.room.history_visibility", {"history_visibility": "shared"})]
    if declared.encrypted:
        state.append(_state_event("m.room.encryption", ENCRYPTION))
    if space_id is not None:
        state.append({**_state_event("m.space.parent", _parent(client)), "state_key": space_id})
    if declared.join == "space" and space_id is not None:
        allow = [{"type": "m.room_membership", "room_id": space_id}]
        state.append(_state_event("m.room.join_rules", {"join_rule": "restricted", "allow": allow}))
    elif declared.join == "knock":
        state.append(_state_event("m.room.join_rules", {"join_rule": "knock"}))
    return {
        "preset": "private_chat",
        "visibility": "private",
        "room_version": version,
        "room_alias_name": declared.alias_localpart,
        "name": declared.name,
        "topic": declared.topic,
        "initial_state": state,
        # The preset would let everybody invite (0); a room of a group is opened by those who lead it.
        "power_level_content_override": {
            "users": users,
            "events_default": 0,
            "invite": LEAD_LEVEL,
            "notifications": {"room": LEAD_LEVEL},
        },
    }


def _state_event(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "state_key": "", "content": content}


def _parent(client: Client) -> dict[str, Any]:
    return {"via": [_server(client)], "canonical": True}


async def _default_version(client: Client) -> str:
    """Asked for, because a version-12 creator must not be listed among the levels and an older one must."""
    answer = await client.request("GET", f"{CLIENT}/capabilities")
    return str(answer.get("capabilities", {}).get("m.room_versions", {}).get("default", "1"))


async def _put_if_missing(client: Client, room_id: str, kind: str, key: str, content: dict[str, Any]) -> None:
    """Set a state that never was; one that a person emptied exists and is left alone."""
    path = room_path(room_id, "state", kind, key)
    try:
        await client.request("GET", path)
    except MatrixError as error:
        if error.errcode != "M_NOT_FOUND":
            raise
        await _patiently(client, "PUT", path, content)


async def _raise_levels(client: Client, room_id: str, copy: StateCopy, declared: DeclaredRoom) -> tuple[str, ...]:
    """Give declared levels to those who have none of their own; a level that somebody set stays."""
    users = dict(copy.levels.get("users", {}))
    above = set(copy.creators) if _at_least(copy.version, 12) else set()
    missing = {user: level for user, level in declared.wanted_levels.items() if user not in users and user not in above}
    if missing:
        content = {**copy.levels, "users": {**users, **missing}}
        await _patiently(client, "PUT", room_path(room_id, "state", "m.room.power_levels", ""), content)
    return tuple(missing)


async def set_closed(client: Client, room_id: str, *, closed: bool) -> None:
    """Let nobody but us write in a room, or everybody again. Reading and the levels of persons stay as they are."""
    path = room_path(room_id, "state", "m.room.power_levels", "")
    levels = await client.request("GET", path)
    wanted = OWN_LEVEL if closed else 0
    # What has a level of its own would stay open.
    events = {kind: level for kind, level in levels.get("events", {}).items() if kind not in _TALK}
    content = {**levels, "events_default": wanted, "events": events}
    if content != levels:
        await client.request("PUT", path, content)


async def _invite_missing(
    client: Client, room_id: str, copy: StateCopy, people: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Invite those who were never here or knock: whoever left, refused or was banned is not asked again."""
    invited, refused = [], []
    for user in people:
        if copy.members.get(user, ("knock", None))[0] != "knock":
            continue
        try:
            await _patiently(client, "POST", room_path(room_id, "invite"), {"user_id": user})
        except MatrixError as error:
            if error.fate not in (Fate.GIVE_UP, Fate.PARK):
                raise
            log.warning("%s could not be invited to %s: %s", user, room_id, error)
            refused.append(user)
        else:
            invited.append(user)
    return tuple(invited), tuple(refused)


async def _patiently(client: Client, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A request that waits when told to: inviting a whole board meets the homeserver's limits."""
    waited = 0.0
    while True:
        try:
            return await client.request(method, path, body)
        except MatrixError as error:
            pause = (error.retry_after_ms or PAUSE_MS) / 1000
            waited += pause
            if error.fate is not Fate.WAIT or waited > PATIENT_SECONDS:
                raise
        await asyncio.sleep(pause)
