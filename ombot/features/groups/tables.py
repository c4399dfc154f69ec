"""The roster of a group: which institutions belong to it. The group itself is in :mod:`ombot.chat.tables`."""

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from ombot.store.base import Table, personal


class RosterEntry(Table, table=True):
    """One institution on a group's roster, with the names of those who may come for it."""

    __tablename__ = "roster_entry"
    __table_args__ = (UniqueConstraint("group_key", "institution"),)
    id: int | None = Field(default=None, primary_key=True)
    group_key: str = Field(foreign_key="group.key")
    institution: str
    persons: list[str] = personal(default_factory=list, sa_type=JSON)
