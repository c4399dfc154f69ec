"""Calendar feeds: who knows the address sees the calendar, so it is long, random and can be renewed."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from ombot.store.base import Table, moment, personal


class CalendarFeed(Table, table=True):
    """The calendar of a group or of a person. Not tracked: the history would keep addresses that were withdrawn."""

    __tablename__ = "calendar_feed"
    __table_args__ = (CheckConstraint("(group_key IS NULL) <> (user_id IS NULL)", name="owner"),)
    id: int | None = Field(default=None, primary_key=True)
    group_key: str | None = Field(default=None, foreign_key="group.key", unique=True)
    user_id: str | None = personal(owner=True, default=None, unique=True)
    secret: str
    digest: str = Field(unique=True)
    """SHA-256 of the secret. Looked up by this, so that the time of an answer says nothing about the secret."""
    tasks: bool = False
    """Whether tasks with a due date stand in it too."""
    renewed_at: datetime = moment()
