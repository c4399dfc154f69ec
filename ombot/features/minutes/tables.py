"""Minutes (Ergebnisprotokolle): who writes them, their typed lines, attachments, objections, addenda; earlier ones."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field

from ombot.features.minutes.rules import LINE_KINDS
from ombot.store.base import Table, moment, personal


class Minutes(Table, table=True):
    """The minutes of one meeting; their reference is that of the meeting (M3 for T3).

    While ``running``, lines of the scribes are recorded in the meeting's room. ``draft`` becomes ``review`` when they
    end: then objections are possible until ``review_until``. ``final`` minutes are locked: ``frozen`` holds the data
    of the document as it was released, ``checksum`` the SHA-256 of its Markdown.
    """

    __tablename__ = "minutes"
    __table_args__ = (
        CheckConstraint("status IN ('draft','review','final')", name="status"),
        CheckConstraint("status = 'draft' OR NOT running", name="running"),
        CheckConstraint("status <> 'review' OR review_until IS NOT NULL", name="review_until"),
        CheckConstraint("status <> 'final' OR (number IS NOT NULL AND checksum IS NOT NULL)", name="final"),
    )
    tracked = True
    meeting: int = Field(primary_key=True, foreign_key="meeting.number")
    status: str = "draft"
    running: bool = Field(default=False, index=True)
    started_by: str | None = personal(default=None)
    started_at: datetime | None = moment(null=True)
    ended_at: datetime | None = moment(null=True)
    scribes: list[str] = personal(default_factory=list, sa_type=JSON)
    current_top: int | None = Field(default=None, foreign_key="agenda_item.number")
    """The agenda item that new lines belong to."""
    called_up: list[int] = Field(default_factory=list, sa_type=JSON)
    """The agenda items that the scribes have moved on to."""
    review_until: date | None = None
    """Last day on which objections count, where the organisation is."""
    number: str | None = Field(default=None, unique=True)
    """"2027-01": counted over all groups, given with the release."""
    checksum: str | None = None
    frozen: dict[str, Any] | None = personal(default=None, sa_type=JSON(none_as_null=True))
    created_at: datetime = moment()


class MinutesLine(Table, table=True):
    """One typed line. ``ref`` is the task or decision it made; lines without an item stand at the end."""

    __tablename__ = "minutes_line"
    __table_args__ = (
        CheckConstraint(f"kind IN ({','.join(repr(kind) for kind in LINE_KINDS)})", name="kind"),
        Index(None, "meeting", "position"),
    )
    tracked = True
    id: int | None = Field(default=None, primary_key=True)
    meeting: int = Field(foreign_key="minutes.meeting")
    agenda_item: int | None = Field(default=None, foreign_key="agenda_item.number")
    kind: str
    text: str = personal()
    ref: str | None = Field(default=None, index=True)
    by: str = personal()
    at: datetime = moment()
    event_id: str = Field(index=True)
    position: int


class MinutesAttachment(Table, table=True):
    """A numbered attachment (Anlage). Number 1 is the list of participants, which is made from rows."""

    __tablename__ = "minutes_attachment"
    __table_args__ = (CheckConstraint("number > 1", name="number"),)
    tracked = True
    meeting: int = Field(primary_key=True, foreign_key="minutes.meeting")
    number: int = Field(primary_key=True)
    title: str = personal()
    name: str = personal()
    """The name of the file."""
    mimetype: str
    sha256: str
    added_by: str = personal()
    event_id: str


class MinutesNote(Table, table=True):
    """An objection to a draft, or an addendum to final minutes. ``number`` counts each kind within the minutes."""

    __tablename__ = "minutes_note"
    __table_args__ = (
        CheckConstraint("kind IN ('objection','addendum')", name="kind"),
        CheckConstraint("state IN ('open','accepted','rejected')", name="state"),
    )
    tracked = True
    meeting: int = Field(primary_key=True, foreign_key="minutes.meeting")
    kind: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    text: str = personal()
    line: str | None = personal(default=None)
    """The words of the line an objection is about."""
    state: str = "open"
    by: str = personal()
    at: datetime = moment()
    event_id: str


class EarlierMinutes(Table, table=True):
    """Final minutes from before ombot: kept as the file they are, with their words for the search."""

    __tablename__ = "earlier_minutes"
    number: str = Field(primary_key=True)
    """"2019-01": counted in the same row as the minutes made here."""
    group_key: str = Field(foreign_key="group.key")
    held_on: date
    title: str = personal()
    text: str = personal()
    """A line for each paragraph; empty where the file has none."""
    file_name: str = personal()
    mimetype: str
    sha256: str = Field(unique=True)
    imported_at: datetime = moment()
