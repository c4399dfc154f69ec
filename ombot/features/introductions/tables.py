"""Who wants to get to know others, and who was introduced to whom."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from ombot.store.base import Table, moment, personal


class Acquaintance(Table, table=True):
    """Somebody's wish to be introduced to people of other institutions. No row: no wish."""

    __tablename__ = "acquaintance"
    tracked = True
    user_id: str = personal(primary_key=True)
    since: datetime = moment()
    skipped: int | None = Field(default=None, foreign_key="meeting.number")
    """The session before which they do not want to be introduced to anybody."""


class Introduction(Table, table=True):
    """Two or three people who were brought together before a session."""

    __tablename__ = "introduction"
    __table_args__ = (CheckConstraint("state IN ('made','told')", name="state"),)
    id: int | None = Field(default=None, primary_key=True)
    meeting: int = Field(foreign_key="meeting.number", index=True)
    made_at: datetime = moment()
    alias: str = Field(unique=True)
    """The local part of their common room's address, decided before the room is made."""
    state: str = "made"


class Introduced(Table, table=True):
    """One person of an introduction. The rows of all years are the memory of who has met whom."""

    __tablename__ = "introduced"
    introduction: int = Field(primary_key=True, foreign_key="introduction.id", ondelete="CASCADE")
    user_id: str = personal(primary_key=True, index=True)
