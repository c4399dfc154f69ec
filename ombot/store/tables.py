"""The tables the way through the house stands on: inbox, outbox, history, rooms, files, settings of the machine."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from ombot.store.base import Table, moment, personal


class Meta(Table, table=True):
    """Single values of the installation: sync token, space, schema of the last start."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str = personal()


class Inbox(Table, table=True):
    """One event that might concern us, kept until it is handled. The event id is what makes intake exactly once."""

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint("state IN ('received','ready','done','parked')", name="state"),
        CheckConstraint("kind IN ('message','edit','reaction','redaction','undecryptable')", name="kind"),
        Index(None, "state", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    event_id: str = Field(unique=True)
    room_id: str
    sender: str = personal(index=True)
    kind: str
    content: dict[str, Any] = personal(default_factory=dict, sa_type=JSON)
    encrypted: bool = False
    sent_at: datetime = moment()
    received_at: datetime = moment()
    state: str = "received"
    attempts: int = 0
    retry_at: datetime | None = moment(null=True)
    done_at: datetime | None = moment(null=True)
    error: str | None = None


class Outbox(Table, table=True):
    """One thing to do on the homeserver, with the transaction id it was born with (never from a counter: O2)."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','sent','failed','replaced')", name="state"),
        CheckConstraint(
            "kind IN ('message','edit','reaction','file','pin','invite','redact','leave','room')", name="kind"
        ),
        Index(None, "state", "destination", "id"),
        Index(None, "cause", "cause_index"),
    )
    id: int | None = Field(default=None, primary_key=True)
    txn_id: str = Field(unique=True)
    destination: str = personal()
    kind: str = "message"
    content: dict[str, Any] = personal(default_factory=dict, sa_type=JSON)
    cause: str
    cause_index: int = 0
    slot: str | None = personal(default=None, index=True)
    about: str | None = Field(default=None, index=True)
    buttons: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    target: int | None = Field(default=None, foreign_key="outbox.id")
    state: str = "waiting"
    attempts: int = 0
    not_before: datetime | None = moment(null=True)
    first_tried_at: datetime | None = moment(null=True)
    room_id: str | None = None
    event_id: str | None = Field(default=None, index=True)
    created_at: datetime = moment()
    sent_at: datetime | None = moment(null=True)
    error: str | None = personal(default=None)


class History(Table, table=True):
    """One row of a tracked table before and after a change, grouped by what caused it."""

    __tablename__ = "history"
    __table_args__ = (Index(None, "subject", "row_key"),)
    id: int | None = Field(default=None, primary_key=True)
    cause: str = Field(index=True)
    at: datetime = moment()
    actor: str = personal()
    room_id: str | None = None
    subject: str
    row_key: str = personal()
    before: dict[str, Any] | None = personal(default=None, sa_type=JSON)
    after: dict[str, Any] | None = personal(default=None, sa_type=JSON)
    undone: bool = False


class Room(Table, table=True):
    """Mirror of a room's state. ``stale`` means: fetch it again before this room's next row is handled."""

    __tablename__ = "room"
    room_id: str = Field(primary_key=True)
    joined: bool = True
    stale: bool = True
    encrypted: bool = False
    version: str = "1"
    creators: list[str] = personal(default_factory=list, sa_type=JSON)
    levels: dict[str, Any] = personal(default_factory=dict, sa_type=JSON)
    name: str | None = personal(default=None)
    group_key: str | None = Field(default=None, unique=True)
    direct_with: str | None = personal(default=None, index=True)
    joined_at: datetime | None = moment(null=True)


class Member(Table, table=True):
    """One person's membership in a mirrored room."""

    __tablename__ = "member"
    room_id: str = Field(primary_key=True, foreign_key="room.room_id", ondelete="CASCADE")
    user_id: str = personal(primary_key=True, index=True)
    membership: str
    name: str | None = personal(default=None)


class File(Table, table=True):
    """A collected file. Its bytes lie in the data directory under the SHA-256, so equal files are kept once."""

    __tablename__ = "file"
    sha256: str = Field(primary_key=True)
    size: int
    mimetype: str
    stored_at: datetime = moment()


class SearchText(Table, table=True):
    """A text that can be searched, as its stems; see :mod:`ombot.store.search`."""

    __tablename__ = "search_text"
    __table_args__ = (UniqueConstraint("subject", "key", "field"),)
    id: int | None = Field(default=None, primary_key=True)
    subject: str
    key: str = personal(owner=True)
    field: str
    stems: str = personal()
    level: str
