"""Who has left what, as far as something was to be asked about it."""

from datetime import datetime, timedelta

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from ombot.store.base import Expiry, Table, moment, personal


class Departure(Table, table=True):
    """A person who has left a group's room with open duties, or the space while in other rooms (no group then).

    ``number`` is the visible reference (U3) and never used again.
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("state IN ('asked','settled')", name="state"),
        {"sqlite_autoincrement": True},
    )
    tracked = True
    expiry = Expiry("at", timedelta(days=365), unless=("asked",))
    number: int | None = Field(default=None, primary_key=True)
    group_key: str | None = Field(default=None, foreign_key="group.key", index=True)
    person: str = personal(owner=True, index=True)
    offered: list[str] = personal(default_factory=list, sa_type=JSON)
    """Those whom the question offers by number."""
    state: str = "asked"
    at: datetime = moment()
