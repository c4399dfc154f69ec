"""Reading encrypted events: from the person whose device sealed them, in the room it was for, and once.

The library finds a session by its id and does not ask whose it is. A homeserver could so show what one member's device
has sealed as the command of another; and what it keeps to notice repetitions is gone with every restart.
Source: Matrix client-server API, "m.megolm.v1.aes-sha2".
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import vodozemac
from nio.crypto import InboundGroupSession

from ombot.matrix.client import Client
from ombot.matrix.incoming import ENCRYPTED

log = logging.getLogger(__name__)

DOUBT = "doubt"
"""In the content of an undecryptable row: it can be read, but its sender is in doubt."""
MARK_LENGTH = 32
Keys = tuple[str, str]
"""A device's Curve25519 and Ed25519 keys."""


class Doubt(StrEnum):
    """Why an event is not taken for its sender's."""

    UNVERIFIED = "unverified"
    """No device that we know of theirs has sealed it."""
    UNSIGNED = "unsigned"
    """It is from a device that their identity has not signed, and only signed ones count here."""


@dataclass(frozen=True)
class Unsealed:
    """``plain`` is the event inside, empty when it concerns nobody. With a ``doubt`` it must not be acted upon."""

    plain: dict[str, Any]
    doubt: Doubt | None = None


NOTHING = Unsealed({})


def unseal(client: Client, raw: Mapping[str, Any], room_id: str, *, past: bool = False) -> Unsealed | None:
    """Open an encrypted event (the ``raw`` of an undecryptable row). None without its key.

    ``past``: also devices that were deleted meanwhile count as their owner's.

    Raises:
        peewee.DatabaseError: it could not be kept that the event has been read.
    """
    content = raw["content"]
    sessions = _sessions(client, room_id, content["session_id"])
    if not sessions:
        return None
    session, doubt = _whose(client, raw["sender"], sessions, past)
    try:
        opened = session._session.decrypt(vodozemac.MegolmMessage.from_base64(content["ciphertext"]))
    except (vodozemac.MegolmDecryptionException, vodozemac.DecodeException):
        return None
    # What is in doubt must not take the place of the real one.
    if _is_repeated(client, session.id, opened.message_index, raw["event_id"], keep=doubt is None):
        log.warning("event %s repeats what another one has sealed: left out", raw["event_id"])
        client.repeated += 1
        return NOTHING
    return Unsealed(_event(opened.plaintext, raw, room_id), doubt)


def _sessions(client: Client, room_id: str, session_id: str) -> list[InboundGroupSession]:
    """The sessions with this id, one for each device that has given us its key as its own.

    The event's own word about the device does not count. Neither does a forwarded key: who it is from is hearsay.
    """
    known = client.nio.olm.inbound_group_store[room_id].values()
    found = [sessions[session_id] for sessions in known if session_id in sessions]
    return [session for session in found if not session.forwarding_chain]


def _whose(
    client: Client, sender: str, sessions: Sequence[InboundGroupSession], past: bool
) -> tuple[InboundGroupSession, Doubt | None]:
    blocked = dict(_devices(client, sender, past))
    # Both keys: anybody can publish a device with somebody else's Curve25519 key, but not its Ed25519 signature.
    found = {blocked[keys]: each for each in sessions if (keys := (each.sender_key, each.ed25519)) in blocked}
    if False in found:
        return found[False], None
    return (found[True], Doubt.UNSIGNED) if found else (sessions[0], Doubt.UNVERIFIED)


def _devices(client: Client, user: str, past: bool) -> Iterator[tuple[Keys, bool]]:
    """The keys of somebody's devices, and whether they are blocked."""
    olm = client.nio.olm
    if user == client.user_id:
        own = olm.account.identity_keys
        yield (own["curve25519"], own["ed25519"]), False
    devices = olm.device_store[user].values() if past else olm.device_store.active_user_devices(user)
    for device in devices:
        yield (device.curve25519, device.ed25519), olm.is_device_blacklisted(device)


def _is_repeated(client: Client, session_id: str, index: int, event_id: str, *, keep: bool) -> bool:
    """Whether this message of a session has been read under another event id. In the store of the keys it needs."""
    database = client.nio.olm.store.database
    mark = hashlib.sha256(event_id.encode()).hexdigest()[:MARK_LENGTH]
    if keep:
        database.execute_sql("INSERT OR IGNORE INTO ombot_read VALUES (?, ?, ?)", (session_id, index, mark))
    query = "SELECT event FROM ombot_read WHERE session_id = ? AND message_index = ?"
    row = database.execute_sql(query, (session_id, index)).fetchone()
    return row is not None and row[0] != mark


def _event(plaintext: bytes, raw: Mapping[str, Any], room_id: str) -> dict[str, Any]:
    """The event that was sealed; empty when it is none, or one for another room."""
    try:
        inner = json.loads(plaintext)
    except (ValueError, RecursionError):
        # Anybody in the room can seal anything, also bytes that are no text, or ten thousand brackets.
        return {}
    # A key belongs to one room, but what it sealed there could have been carried over from another.
    if not isinstance(inner, dict) or inner.get("room_id") != room_id or not isinstance(inner.get("content"), dict):
        return {}
    if "state_key" in inner or inner.get("type") == ENCRYPTED:
        return {}
    # The relation stands outside, where the homeserver needs it.
    content = {"m.relates_to": raw["content"]["m.relates_to"], **inner["content"]}
    outside = {name: raw[name] for name in ("event_id", "sender", "origin_server_ts")}
    return {"type": inner.get("type"), "content": content, **outside}
