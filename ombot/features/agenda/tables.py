"""Agenda items (Tagesordnungspunkte, TOP): accepted ones in their order, proposals, and what became of them."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field

from ombot.features.agenda.rules import KINDS, MINUTES_MOST, STATUSES
from ombot.store.base import Table, moment, personal


class AgendaItem(Table, table=True):
    """One item of a meeting's agenda. ``number`` is the reference (P8); the visible TOP number follows from the order.

    ``position`` orders the items of a meeting and has gaps, so that moving one item changes one row.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (
        CheckConstraint(f"kind IN ({','.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint(f"status IN ({','.join(repr(status) for status in STATUSES)})", name="status"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title"),
        CheckConstraint(f"minutes IS NULL OR minutes BETWEEN 1 AND {MINUTES_MOST}", name="minutes"),
        CheckConstraint("standing IS NULL OR standing IN ('configured','follow_ups')", name="standing"),
        Index(None, "meeting_number", "position"),
        {"sqlite_autoincrement": True},
    )
    tracked = True
    created_undone = {"status": "struck"}  # noqa: RUF012 - read only, see Table
    number: int | None = Field(default=None, primary_key=True)
    meeting_number: int = Field(foreign_key="meeting.number")
    position: int
    title: str = personal()
    kind: str
    goals: list[str] = personal(default_factory=list, sa_type=JSON)
    minutes: int | None = None
    presenter: str | None = personal(default=None)
    status: str = "proposed"
    reason: str | None = personal(default=None)
    """Why a proposal was rejected."""
    kept: bool = False
    """Set on an item that was carried over while the meeting was under way: it stays in its place on this agenda."""
    origin: str | None = Field(default=None, index=True)
    """Reference of what the item came from: a task, an input, a decision, or the carried item of an earlier meeting."""
    standing: str | None = None
    """Set on items that stand on every session's agenda: those of the configuration, and the one of follow-ups."""
    proposed_by: str = personal()
    group_key: str = Field(foreign_key="group.key")
    """The group that proposes the item."""
    created_at: datetime = moment()
    event_id: str
