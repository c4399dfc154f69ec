"""The library's encryption machine: what it is fed from a sync answer, and reading events through it.

The library gets keys, memberships and the encryption flag, each checked before, and never a message: what others
write must not be able to stop its parser. Nothing here suspends, so the store on disk changes as a whole.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import nio
from nio.events import ForwardedRoomKeyEvent, RoomKeyEvent, ToDeviceEvent
from nio.responses import DeviceList, DeviceOneTimeKeyCount, KeysQueryResponse, RoomInfo, Rooms, SyncResponse, Timeline
from peewee import DatabaseError  # type: ignore[import-untyped]  # what the library's store raises

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import Fate, MatrixError
from ombot.matrix.incoming import Echo, read_event
from ombot.matrix.sealed import DOUBT, unseal
from ombot.matrix.trust_chain import signed_devices
from ombot.matrix.verification import is_verification
from ombot.store.tables import Inbox

log = logging.getLogger(__name__)

ONE_TIME_KEYS = "signed_curve25519"
# A tuple, because anything may be looked for in it, also what has no hash.
MEMBERSHIPS = ("invite", "join", "knock", "leave", "ban")


async def feed(client: Client, answer: Mapping[str, Any]) -> set[str]:
    """Hand a sync answer's keys and memberships to the machine. Returns the sessions whose keys arrived.

    Feeding the same answer twice does no harm: keys that are stored already stay.

    Raises:
        peewee.DatabaseError: the encryption store cannot be written; everything is as before.
    """
    olm = client.nio.olm
    try:
        # One transaction: a kill between a moved ratchet and the room key it brought would lose that key for good.
        with olm.store.database.atomic():
            arrived = _take_keys(olm, part(answer, "to_device").get("events"))
            await _take_rooms(client.nio, answer)
    except DatabaseError:
        # A full disk: what was rolled back there must be so in memory, or the same keys cannot be read once more.
        olm.account = olm.store.load_account()
        olm.load()
        raise
    # The library does not notice that the last key is gone: it takes 0 for "unknown".
    olm.uploaded_key_count = part(answer, "device_one_time_keys_count").get(ONE_TIME_KEYS, 0)
    for room_id in part(part(answer, "rooms"), "leave"):
        client.nio.rooms.pop(room_id, None)
    return arrived


def lacks_fallback_key(answer: Mapping[str, Any]) -> bool:
    """The homeserver says that it holds no unused fallback key of ours (and knows of such keys at all)."""
    unused = answer.get("device_unused_fallback_key_types")
    return isinstance(unused, list) and ONE_TIME_KEYS not in unused


def part(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside an answer; empty when it is missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _take_keys(olm: Any, events: Any) -> set[str]:
    arrived = set()
    for source in events if isinstance(events, list) else ():
        if is_verification(source):
            continue
        try:
            taken = olm.handle_to_device_event(ToDeviceEvent.parse_event(source))
        except DatabaseError:
            raise
        except Exception as error:
            # Anybody can send us anything here; one broken message must not hold up those behind it.
            log.warning("to-device message left out: %s", type(error).__name__)
            continue
        if isinstance(taken, RoomKeyEvent | ForwardedRoomKeyEvent):
            arrived.add(str(taken.session_id))
    return arrived


async def _take_rooms(library: nio.AsyncClient, answer: Mapping[str, Any]) -> None:
    joined = {room_id: _room_info(room) for room_id, room in part(part(answer, "rooms"), "join").items()}
    lists, counts = part(answer, "device_lists"), part(answer, "device_one_time_keys_count")
    response = SyncResponse(
        next_batch=answer["next_batch"],
        rooms=Rooms({}, joined, {}),
        device_key_count=DeviceOneTimeKeyCount(None, counts.get(ONE_TIME_KEYS)),
        device_list=DeviceList(_texts(lists.get("changed")), _texts(lists.get("left"))),
        to_device_events=[],
        presence_events=[],
    )
    # The library drops an answer whose position it knows; replaying is exactly what we may have to do.
    library.next_batch = library.loaded_sync_token = ""
    await library.receive_response(response)
    for room_id in joined:
        # Members are never loaded lazily, so the library need not ask for them before it encrypts.
        library.rooms[room_id].members_synced = True


def _room_info(room: Any) -> RoomInfo:
    fields = room if isinstance(room, dict) else {}
    sources = (*events_of(fields, "state"), *events_of(fields, "timeline"))
    state = [event for source in sources for event in _state_event(source)]
    return RoomInfo(Timeline([], False, None), state, [], [])


def events_of(room: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
    """The events in a section of a room that are objects at all."""
    events = part(room, section).get("events")
    return [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []


def _state_event(source: Mapping[str, Any]) -> Iterator[nio.Event]:
    content, state_key = part(source, "content"), source.get("state_key")
    match source.get("type"):
        case "m.room.member" if content.get("membership") in MEMBERSHIPS and isinstance(state_key, str):
            kept: dict[str, Any] = {"membership": content["membership"]}
        case "m.room.encryption" if state_key == "" and content.get("algorithm") == nio.crypto.Olm._megolm_algorithm:
            kept = {"algorithm": content["algorithm"]}
        case _:
            return
    # Only these fields: with "redacted_because" beside them the library would forget a member.
    checked = {name: source.get(name) for name in ("type", "event_id", "sender", "origin_server_ts", "state_key")}
    try:
        event = nio.Event.parse_event({**checked, "content": kept})
    except (TypeError, ValueError, KeyError):
        # The library stumbles even over building its "bad event".
        return
    if isinstance(event, nio.RoomMemberEvent | nio.RoomEncryptionEvent):
        yield event


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def read(
    client: Client,
    events: Iterable[object],
    room_id: str,
    received_at: datetime,
    own_id: str | None,
    past: bool = False,
) -> list[Inbox | Echo]:
    """Read a room's events as :func:`~ombot.matrix.incoming.read_event` does, decrypting those whose key we have.

    What cannot be decrypted, or whose sender is in doubt (then with that in its content), is ``undecryptable``.
    """
    with client.nio.olm.store.database.atomic():
        found = [_read(client, event, room_id, received_at, own_id, past) for event in events]
    return [item for item in found if item is not None]


def _read(
    client: Client, source: object, room_id: str, received_at: datetime, own_id: str | None, past: bool
) -> Inbox | Echo | None:
    found = read_event(source, room_id, own_id, received_at)
    if not isinstance(found, Inbox) or found.kind != "undecryptable":
        return found
    unsealed = unseal(client, found.content["raw"], room_id, past=past)
    if unsealed is None:
        return found
    if unsealed.doubt is not None:
        found.content = {**found.content, DOUBT: str(unsealed.doubt)}
        return found
    return read_event(unsealed.plain, room_id, own_id, received_at, decrypted=True)


async def fetch_event(client: Client, room_id: str, event_id: str) -> Inbox | None:
    """One event of a room, our own allowed; ``undecryptable`` without its key, None when we may not see it.

    Raises:
        MatrixError: the homeserver did not answer properly; try again later.
    """
    path = f"{CLIENT}/rooms/{quote(room_id, safe='')}/event/{quote(event_id, safe='')}"
    try:
        source = await client.request("GET", path)
    except MatrixError as error:
        if error.fate in (Fate.GIVE_UP, Fate.PARK):
            return None
        raise
    # What somebody wrote stays theirs when they have logged out since.
    for found in read(client, [source], room_id, datetime.now(UTC), own_id=None, past=True):
        if isinstance(found, Inbox) and found.event_id == event_id:
            return found
    return None


async def query_keys(client: Client, people: Iterable[str] | None = None) -> set[str]:
    """Ask for the devices of people, or of all whose devices are new or have changed, and who of them gets keys (E2).

    Returns those whose homeserver has answered.

    Raises:
        MatrixError: the homeserver did not answer properly; it is asked again next time.
    """
    users = sorted(client.nio.users_for_key_query if people is None else people)
    answer = await client.request("POST", f"{CLIENT}/keys/query", {"device_keys": {user: [] for user in users}})
    response = KeysQueryResponse.from_dict(answer)
    if not isinstance(response, KeysQueryResponse):
        raise MatrixError(502, message="unreadable answer about keys")
    await client.nio.receive_response(response)
    # Those whose homeserver did not answer are asked for again and stay as they were.
    _shut_out(client, answer, response.device_keys)
    return set(response.device_keys)


def _shut_out(client: Client, answer: Mapping[str, Any], users: Iterable[str]) -> None:
    """Block devices that get no keys, and let in those that do by now; both begin with a new key of their rooms."""
    olm, affected = client.nio.olm, set()
    for user_id in users:
        signed = signed_devices(answer, user_id) if client.account.signed_only else None
        for device in olm.device_store.active_user_devices(user_id):
            blocked = signed is not None and device.id not in signed
            if blocked != olm.is_device_blacklisted(device):
                (olm.blacklist_device if blocked else olm.unblacklist_device)(device)
                affected.add(user_id)
    for room in client.nio.rooms.values():
        if room.encrypted and affected & set(room.users):
            client.nio.invalidate_outbound_session(room.room_id)


async def exchange_keys(client: Client) -> None:
    """Ask for new devices' keys, mend broken sessions and send what the machine has queued.

    Raises:
        MatrixError, aiohttp.ClientError, TimeoutError: the homeserver did not answer; everything stays queued.
    """
    library = client.nio
    if library.should_query_keys:
        await query_keys(client)
    if library.should_claim_keys:
        await library.keys_claim(library.get_users_for_key_claiming())
    await library.send_to_device_messages()
