"""Inputs: what a working group brings to a session, and the files that belong to it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from ombot.store.base import Table, moment, personal


class Input(Table, table=True):
    """One input of a working group. ``number`` is the visible reference (I5) and never used again.

    ``meeting`` is empty as long as the next session is not planned.
    """

    __tablename__ = "input"
    __table_args__ = (
        CheckConstraint("status IN ('draft','submitted','withdrawn')", name="status"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title"),
        CheckConstraint("status <> 'submitted' OR submitted_at IS NOT NULL", name="submitted_at"),
        Index(None, "meeting", "group_key"),
        {"sqlite_autoincrement": True},
    )
    tracked = True
    created_undone = {"status": "withdrawn"}  # noqa: RUF012 - read only, see Table
    number: int | None = Field(default=None, primary_key=True)
    group_key: str = Field(foreign_key="group.key")
    meeting: int | None = Field(default=None, foreign_key="meeting.number")
    title: str = personal()
    text: str = personal(default="")
    """The further lines of the creating message; an edit of that message replaces them."""
    added: str = personal(default="")
    """What came with a message replied to and what was added later; an edit must not lose it."""
    author: str = personal()
    status: str = "draft"
    created_at: datetime = moment()
    submitted_at: datetime | None = moment(null=True)
    late_at: datetime | None = moment(null=True)
    """When something last came in after the deadline that held then."""
    event_id: str


class InputFile(Table, table=True):
    """A file of an input. Its bytes lie in the file store."""

    __tablename__ = "input_file"
    tracked = True
    input: int = Field(primary_key=True, foreign_key="input.number")
    sha256: str = Field(primary_key=True, foreign_key="file.sha256")
    name: str = personal()
    mimetype: str
    size: int
    position: int
