"""Erasing a person: whatever the register of personal columns leads to, and their traces in what was said (D2)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column

from ombot.chat.language import FORMER_PERSON
from ombot.features.minutes.export import checksum
from ombot.features.privacy import queries
from ombot.features.privacy.rules import Identity
from ombot.store import remains, search
from ombot.store.outbox import Draft, Poster
from ombot.store.retention import FORGOTTEN
from ombot.store.tables import Outbox
from ombot.store.unit import Session

_SAID = ("message", "edit", "file")


@dataclass(frozen=True)
class Erased:
    """How much went: rows deleted, rows changed, messages of the bot that are being withdrawn in the rooms."""

    deleted: int
    changed: int
    withdrawn: int
    rooms: tuple[str, ...]
    """Direct chats that the bot has still to leave, after its last word there: :func:`leave`."""


def erase(session: Session, user_id: str, poster: Poster) -> Erased:
    """Erase a person from the database and withdraw what the bot said about them; cannot be undone.

    What others need goes on without the person: a vote and an answer stay the institution's, an input the group's.
    """
    session.flush()
    person = queries.identity(session, user_id)
    withdrawn = sum(_withdraw(session, row, person, poster) for row in queries.said_about(session, person))
    for row in queries.heard_from(session, user_id):
        queries.finish_inbox(row, FORMER_PERSON, poster.now)
    queries.forget_history(session, user_id)
    session.flush()
    direct = queries.close_direct_chats(session, person)
    deleted, changed = _scrub(session, person)
    queries.refresh_boards(session)
    # Rows were changed behind the back of the session.
    session.flush()
    session.expire_all()
    search.refill(session)
    remains.note_erasure(session, poster.now)
    return Erased(deleted, changed, withdrawn, tuple(direct))


def leave(erased: Erased, poster: Poster) -> None:
    """Leave what was the person's direct chat."""
    for room_id in erased.rooms:
        poster.put(Draft(f"room:{room_id}", {}, kind="leave"))


def _withdraw(session: Session, row: Outbox, person: Identity, poster: Poster) -> bool:
    """Blank a row of the outbox; what has been sent is redacted. Returns whether it is."""
    own = row.destination in person.addresses or row.room_id in person.rooms
    if row.state == "waiting" and not own:
        return False  # others wait for it: it is said, with the mark in this person's place
    sent = row.state == "sent" and row.kind in _SAID and row.event_id is not None and row.room_id is not None
    if row.state == "waiting":
        row.state = "replaced"
    if row.kind == "message":
        for edit in queries.edits_of(session, row):
            edit.slot = None
        row.slot = None  # a pinned board that is gone is not edited: a new one is posted
    row.content, row.error = {FORGOTTEN: True}, None
    row.destination = f"room:{row.room_id}" if row.room_id else f"person:{FORMER_PERSON}" if own else row.destination
    if sent:
        poster.put(Draft(f"room:{row.room_id}", {}, kind="redact", target=row.id))
    return sent


def _scrub(session: Session, person: Identity) -> tuple[int, int]:
    deleted = changed = 0
    for table, columns in queries.register():
        for row in queries.rows(session, table, columns, person):
            if _belongs_to(row, columns, person):
                queries.remove(session, table, row)
                deleted += 1
                continue
            new = {column.name: person.without(row[column.name]) for column in columns}
            new = {name: value for name, value in new.items() if value != row[name]}
            if row.get("checksum") and new.get("frozen"):
                # Final minutes say something else now, and their checksum is that of what they say.
                new["checksum"] = checksum({**new["frozen"], "addenda": []})
            if new:
                queries.replace(session, table, row, new)
                changed += 1
    return deleted, changed


def _belongs_to(row: queries.Row, columns: list[Column[Any]], person: Identity) -> bool:
    """Whether a row is about this person and nothing without them."""
    return any(
        person.is_meant(row[column.name]) for column in columns if column.primary_key or column.info.get("owner")
    )
