"""The reminder table is the truth about what will still be sent; ticks only look at it (T1, T2)."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from ombot.store.base import Expiry, Table, moment, personal


class Reminder(Table, table=True):
    """One thing to be said: about an object, at a step of its life, to a destination."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("object", "step", "destination"),
        CheckConstraint("state IN ('open','sent','dropped','skipped')", name="state"),
        Index(None, "state", "due_at"),
    )
    expiry = Expiry("due_at", timedelta(days=90), unless=("open",))
    id: int | None = Field(default=None, primary_key=True)
    object: str = Field(index=True)
    step: str
    anchor: date
    """The day the step was counted from: a moved date makes a new reminder, a sent one stays sent."""
    destination: str = personal(owner=True)
    due_at: datetime = moment()
    state: str = "open"
    paused: bool = False
    sent_at: datetime | None = moment(null=True)
