"""A Matrix event becomes an inbox row with a fixed shape, or nothing. Whatever a member or server sends, no exception.

Contents of the rows, by kind (ids are Matrix ids, ``null`` where there is none):

* ``message``: ``body`` (without the reply fallback), ``msgtype``, ``mentions`` (user ids), ``links`` (ids behind
  matrix.to and ``matrix:`` links), ``reply_to``, ``thread``, ``file`` (``url``, ``name``, ``mimetype``, ``size``
  in bytes as claimed, ``encryption``: ``key``, ``iv``, ``sha256``)
* ``edit``: ``target`` and the fields of a message, from ``m.new_content`` only
* ``reaction``: ``target``, ``key``; ``redaction``: ``target``
* ``undecryptable``: ``session_id``, ``algorithm``, ``device_id``, ``raw`` (what decryption needs later)
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from ombot.store.inbox import VERIFICATION
from ombot.store.tables import Inbox

MEGOLM = "m.megolm.v1.aes-sha2"
ENCRYPTED = "m.room.encrypted"
LONGEST_ID = 255
"""Bytes; Matrix specification, "Size limits"."""
LAST_TIMESTAMP_MS = 253_402_300_799_000
LARGEST_SIZE = 2**53 - 1
"""Largest integer in canonical JSON."""

FILE_TYPES = frozenset({"m.file", "m.image", "m.audio", "m.video"})
# Bots talk in notices; answering them is how two bots keep each other busy for ever (I7).
SILENT_TYPES = frozenset({"m.notice", "m.emote"})
# NUL is refused by PostgreSQL, a lone surrogate by every encoder; both can stand in JSON.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Every repetition is bounded, so that time stays linear in the text (A10).
_HREF = re.compile(r"""<a\s(?:[^<>]{0,200}?\s)?href\s{0,9}=\s{0,9}(?:"([^"<>]{1,900})"|'([^'<>]{1,900})')""", re.I)
_MATRIX_TO = re.compile(r"https?://(?:www\.)?matrix\.to/#/([^/?]+)", re.I)
_MATRIX_URI = re.compile(r"matrix:(u|user|r|room|roomid)/([^/?#]+)", re.I)
_SIGILS = {"u": "@", "user": "@", "r": "#", "room": "#", "roomid": "!"}


@dataclass(frozen=True)
class Echo:
    """The homeserver shows us an event that we sent under a transaction id."""

    txn_id: str
    event_id: str
    room_id: str


@dataclass(frozen=True)
class _Envelope:
    """The part every event has, checked."""

    event_id: str
    sender: str
    kind: str
    content: Mapping[str, Any]
    sent_at: datetime


@dataclass(frozen=True)
class _Relation:
    """``m.relates_to``, checked; ``kind`` is its ``rel_type``."""

    kind: str | None = None
    target: str | None = None
    key: str | None = None
    reply_to: str | None = None


def read_event(
    source: object, room_id: str, own_id: str | None, received_at: datetime, *, decrypted: bool = False
) -> Inbox | Echo | None:
    """Read one event of a room.

    ``source`` is the event as the homeserver sent it, or what was inside when we ``decrypted`` it. Events of
    ``own_id`` never become rows (I7): they are an echo, or nothing. With ``own_id=None`` nobody is ourselves.
    """
    envelope = _envelope(source)
    if envelope is None:
        return None
    if envelope.sender == own_id:
        return _echo(_mapping(source), envelope, room_id)
    kind, content = _content(_mapping(source), envelope)
    if content is not None and content.get("msgtype") == VERIFICATION:
        # In a group's room members also ask each other.
        content = content if own_id is not None and envelope.content.get("to") == own_id else None
    if content is None:
        return None
    return Inbox(
        event_id=envelope.event_id,
        room_id=room_id,
        sender=envelope.sender,
        kind=kind,
        content=content,
        encrypted=decrypted,
        sent_at=envelope.sent_at,
        received_at=received_at,
    )


def _envelope(source: object) -> _Envelope | None:
    fields = _mapping(source)
    event_id, sender = _event_id(fields.get("event_id")), _user_id(fields.get("sender"))
    kind, sent_at = _text(fields.get("type")), _moment(fields.get("origin_server_ts"))
    # A state event of a message's type is not a message.
    if event_id is None or sender is None or kind is None or sent_at is None or "state_key" in fields:
        return None
    return _Envelope(event_id, sender, kind, _mapping(fields.get("content")), sent_at)


def _echo(source: Mapping[str, Any], envelope: _Envelope, room_id: str) -> Echo | None:
    txn_id = _text(_mapping(source.get("unsigned")).get("transaction_id"))
    return Echo(txn_id, envelope.event_id, room_id) if txn_id else None


def _content(source: Mapping[str, Any], envelope: _Envelope) -> tuple[str, dict[str, Any] | None]:
    match envelope.kind:
        case "m.room.message":
            return _message_or_edit(envelope.content)
        case "m.reaction":
            return "reaction", _reaction(envelope.content)
        case "m.room.redaction":
            # Room versions before 11 have the target beside the content.
            target = _event_id(envelope.content.get("redacts")) or _event_id(source.get("redacts"))
            return "redaction", {"target": target} if target else None
        case "m.room.encrypted":
            return "undecryptable", _undecryptable(envelope)
        case _:
            return "message", None


def _message_or_edit(content: Mapping[str, Any]) -> tuple[str, dict[str, Any] | None]:
    relation = _relation(content)
    if relation.kind != "m.replace":
        return "message", _message(content, relation)
    # The body beside m.new_content is for clients without edits; anybody can write a command into it (A4).
    message = _message(_mapping(content.get("m.new_content")), _Relation())
    if message is None or relation.target is None:
        return "edit", None
    return "edit", {"target": relation.target, **message}


def _message(content: Mapping[str, Any], relation: _Relation) -> dict[str, Any] | None:
    body, msgtype = _text(content.get("body")), _text(content.get("msgtype"))
    if body is None or msgtype is None or msgtype in SILENT_TYPES:
        return None
    return {
        "body": _without_quote(body) if relation.reply_to else body,
        "msgtype": msgtype,
        "mentions": _mentions(content),
        "links": _links(content),
        "reply_to": relation.reply_to,
        "thread": relation.target if relation.kind == "m.thread" else None,
        "file": _file(content, body) if msgtype in FILE_TYPES else None,
    }


def _without_quote(body: str) -> str:
    """Take off the reply fallback: quoted lines at the start and one empty line after them."""
    lines = body.split("\n")
    first = next((number for number, line in enumerate(lines) if not line.startswith(">")), len(lines))
    if 0 < first < len(lines) and not lines[first].strip():
        first += 1
    return "\n".join(lines[first:])


def _mentions(content: Mapping[str, Any]) -> list[str]:
    named = _mapping(content.get("m.mentions")).get("user_ids")
    users = (_user_id(value) for value in named) if isinstance(named, list) else ()
    return list(dict.fromkeys(user for user in users if user))


def _links(content: Mapping[str, Any]) -> list[str]:
    formatted = _text(content.get("formatted_body"))
    if formatted is None or content.get("format") != "org.matrix.custom.html":
        return []
    return list(dict.fromkeys(_linked_ids(formatted)))


def _linked_ids(formatted: str) -> Iterator[str]:
    for double, single in _HREF.findall(formatted):
        address = html.unescape(double or single)
        if match := _MATRIX_TO.match(address):
            linked = unquote(match[1])
        elif match := _MATRIX_URI.match(address):
            linked = _SIGILS[match[1].lower()] + unquote(match[2])
        else:
            continue
        linked = _UNSTORABLE.sub("\ufffd", linked)
        if linked[0] in "@#!" and len(linked) <= LONGEST_ID:
            yield linked


def _file(content: Mapping[str, Any], body: str) -> dict[str, Any] | None:
    sealed = _mapping(content.get("file"))
    url = _text(sealed.get("url") if sealed else content.get("url"))
    encryption = _encryption(sealed) if sealed else None
    if url is None or (sealed and encryption is None):
        return None
    info = _mapping(content.get("info"))
    size = info.get("size")
    return {
        "url": url,
        "name": _text(content.get("filename")) or body,
        "mimetype": _text(info.get("mimetype")) or "application/octet-stream",
        "size": size if type(size) is int and 0 <= size <= LARGEST_SIZE else 0,
        "encryption": encryption,
    }


def _encryption(sealed: Mapping[str, Any]) -> dict[str, str] | None:
    key = _text(_mapping(sealed.get("key")).get("k"))
    vector, checksum = _text(sealed.get("iv")), _text(_mapping(sealed.get("hashes")).get("sha256"))
    if key is None or vector is None or checksum is None:
        return None
    return {"key": key, "iv": vector, "sha256": checksum}


def _reaction(content: Mapping[str, Any]) -> dict[str, Any] | None:
    relation = _relation(content)
    if relation.kind != "m.annotation" or relation.target is None or not relation.key:
        return None
    return {"target": relation.target, "key": relation.key}


def _relation(content: Mapping[str, Any]) -> _Relation:
    fields = _mapping(content.get("m.relates_to"))
    kind = _text(fields.get("rel_type"))
    reply_to = _event_id(_mapping(fields.get("m.in_reply_to")).get("event_id"))
    if kind == "m.thread" and fields.get("is_falling_back") is True:
        # Only for clients without threads; nobody answered that event.
        reply_to = None
    return _Relation(kind, _event_id(fields.get("event_id")), _text(fields.get("key")), reply_to)


def _undecryptable(envelope: _Envelope) -> dict[str, Any] | None:
    content = envelope.content
    session_id, ciphertext = _text(content.get("session_id")), _text(content.get("ciphertext"))
    if content.get("algorithm") != MEGOLM or session_id is None or ciphertext is None:
        return None
    # Deprecated by the specification, so possibly missing; the library cannot do without.
    device_id, sender_key = _text(content.get("device_id")) or "", _text(content.get("sender_key")) or ""
    sealed = {
        "algorithm": MEGOLM,
        "session_id": session_id,
        "ciphertext": ciphertext,
        "device_id": device_id,
        "sender_key": sender_key,
        "m.relates_to": _stored_relation(_relation(content)),
    }
    raw = {
        "type": ENCRYPTED,
        "event_id": envelope.event_id,
        "sender": envelope.sender,
        "origin_server_ts": round(envelope.sent_at.timestamp() * 1000),
        "content": sealed,
    }
    return {"session_id": session_id, "algorithm": MEGOLM, "device_id": device_id, "raw": raw}


def _stored_relation(relation: _Relation) -> dict[str, Any]:
    return {
        "rel_type": relation.kind,
        "event_id": relation.target,
        "key": relation.key,
        "m.in_reply_to": {"event_id": relation.reply_to},
    }


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return _UNSTORABLE.sub("\ufffd", value) if isinstance(value, str) else None


def _event_id(value: object) -> str | None:
    text = _text(value)
    return text if text and text.startswith("$") and len(text.encode()) <= LONGEST_ID else None


def _user_id(value: object) -> str | None:
    text = _text(value)
    fits = text and text.startswith("@") and ":" in text and len(text.encode()) <= LONGEST_ID
    return text if fits else None


def _moment(value: object) -> datetime | None:
    if type(value) is not int or not 0 <= value <= LAST_TIMESTAMP_MS:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)
