"""What the conversation itself remembers: the groups that scope it, and questions waiting for an answer."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from ombot.store.base import Expiry, Table, moment, personal


class Group(Table, table=True):
    """A group with a room of its own: the scope of rights, references and places. ``key`` never changes."""

    __tablename__ = "group"
    __table_args__ = (CheckConstraint("kind IN ('board','coordination','working_group','forum')", name="kind"),)
    key: str = Field(primary_key=True)
    name: str
    kind: str
    archived: bool = False
    board_stale: bool = False


class Question(Table, table=True):
    """A command that lacks something. It runs when the asker answers within the hour, otherwise it lapses."""

    __tablename__ = "question"
    __table_args__ = (CheckConstraint("state IN ('open','answered','lapsed')", name="state"),)
    expiry = Expiry("expires_at", timedelta(days=7))
    id: int | None = Field(default=None, primary_key=True)
    asker: str = personal(owner=True, index=True)
    room_id: str
    origin: str
    content: dict[str, Any] = personal(default_factory=dict, sa_type=JSON)
    slot: str
    options: list[dict[str, str]] = personal(default_factory=list, sa_type=JSON)
    answers: dict[str, str] = personal(default_factory=dict, sa_type=JSON)
    card: int | None = Field(default=None, foreign_key="outbox.id")
    state: str = "open"
    expires_at: datetime = moment()
