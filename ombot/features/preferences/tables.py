"""How much persons want to hear from the clock."""

from datetime import datetime

from sqlalchemy import CheckConstraint

from ombot.store.base import Table, moment, personal


class Preference(Table, table=True):
    """A person's wishes about what the clock says in their direct chat; who has no row gets everything when due."""

    __tablename__ = "preference"
    __table_args__ = (CheckConstraint("pace IN ('all','morning','none')", name="pace"),)
    tracked = True
    created_undone = {"pace": "all", "weekly": True}  # noqa: RUF012 - read only, see Table
    user_id: str = personal(primary_key=True)
    pace: str = "all"
    """``all`` when due, ``morning`` together in one message, ``none`` but what others wait for."""
    weekly: bool = True
    changed_at: datetime = moment()
