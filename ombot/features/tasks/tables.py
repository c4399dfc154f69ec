"""Tasks (Aufgaben) and who has taken them on."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from ombot.store.base import Table, moment, personal


class Task(Table, table=True):
    """One action item of a group. ``number`` is the visible reference (A12) and never used again."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("status IN ('open','done','cancelled','parked')", name="status"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title"),
        Index(None, "group_key", "status", "due"),
        {"sqlite_autoincrement": True},
    )
    tracked = True
    created_undone = {"status": "cancelled"}  # noqa: RUF012 - read only, see Table
    number: int | None = Field(default=None, primary_key=True)
    group_key: str = Field(foreign_key="group.key")
    title: str = personal()
    description: str = personal(default="")
    due: date | None = None
    status: str = "open"
    note: str | None = personal(default=None)
    parked_until: date | None = None
    parked_condition: str | None = personal(default=None)
    created_by: str = personal()
    created_at: datetime = moment()
    closed_at: datetime | None = moment(null=True)
    event_id: str
    assigned_in_room: bool = True


class Assignee(Table, table=True):
    """Who is to do a task: a person, an institution or a body without an account."""

    __tablename__ = "task_assignee"
    __table_args__ = (
        CheckConstraint("kind IN ('person','institution','body')", name="kind"),
        Index(None, "name", "task"),
    )
    tracked = True
    task: int = Field(primary_key=True, foreign_key="task.number")
    kind: str = Field(primary_key=True)
    name: str = personal(primary_key=True)
    position: int = 0
