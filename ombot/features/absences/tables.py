"""When persons are away."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from ombot.store.base import Expiry, Table, moment, personal


class Absence(Table, table=True):
    """Days on which a person is away, the first and the last included."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last >= first", name="last"),
        CheckConstraint("status IN ('entered','withdrawn')", name="status"),
    )
    tracked = True
    created_undone = {"status": "withdrawn"}  # noqa: RUF012 - read only, see Table
    expiry = Expiry("over_at", timedelta(days=90))
    id: int | None = Field(default=None, primary_key=True)
    person: str = personal(owner=True, index=True)
    first: date
    last: date
    over_at: datetime = moment()
    """The midnight after the last day, where the organisation is."""
    status: str = "entered"
    created_at: datetime = moment()
