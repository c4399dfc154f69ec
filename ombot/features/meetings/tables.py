"""Meetings (Termine) and sessions of the board (Sitzungen), polls for their dates, who answers, and who came."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, false
from sqlmodel import Field

from ombot.store.base import Table, moment, personal


class Meeting(Table, table=True):
    """A meeting of a group. ``number`` is the visible reference (T3) and never used again.

    ``kind`` session is a session of the board, which runs the whole session cycle; ``session_number`` counts those.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("kind IN ('session','meeting')", name="kind"),
        CheckConstraint("status IN ('polling','planned','cancelled','held')", name="status"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title"),
        CheckConstraint("start IS NOT NULL OR status IN ('polling','cancelled')", name="start"),
        # "end" is a word of SQL, so the column needs its quotes here.
        CheckConstraint('"end" IS NULL OR "end" > start', name="end"),
        Index(None, "group_key", "status", "start"),
        {"sqlite_autoincrement": True},
    )
    tracked = True
    created_undone = {"status": "cancelled"}  # noqa: RUF012 - read only, see Table
    number: int | None = Field(default=None, primary_key=True)
    group_key: str = Field(foreign_key="group.key")
    kind: str = "meeting"
    session_number: int | None = None
    title: str = personal()
    description: str = personal(default="")
    start: datetime | None = moment(null=True)
    end: datetime | None = moment(null=True)
    place: str = personal(default="")
    url: str = personal(default="")
    moderation: str = personal(default="")
    status: str = "planned"
    poll_until: date | None = None
    """Last day of the date poll it came from; None for a poll in which votes count until it is closed."""
    sequence: int = 0
    """Rises with every change that calendars must take over (RFC 5545)."""
    created_by: str = personal()
    created_at: datetime = moment()
    changed_at: datetime = moment()
    event_id: str
    card: int | None = None
    """Outbox row of the card with the buttons, which is edited in place as answers come in."""
    paused: bool = False
    """Whether its automatic messages are held back."""


class Series(Table, table=True):
    """Meetings that come again by a rule. Its dates are meetings of their own, made some time ahead.

    What the rule says stands in ``unit`` to ``day``, see :class:`ombot.chat.recurrences.Rule`; ``start_time`` and
    ``end_time`` (``17:00``) are wall times where the organisation is, whatever the clocks do.
    """

    __tablename__ = "meeting_series"
    __table_args__ = (
        CheckConstraint("unit IN ('week','month')", name="unit"),
        CheckConstraint("every BETWEEN 1 AND 12", name="every"),
        CheckConstraint("weekday IS NOT NULL OR day IS NOT NULL", name="day"),
        CheckConstraint("status IN ('running','ended')", name="status"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title"),
    )
    tracked = True
    created_undone = {"status": "ended"}  # noqa: RUF012 - read only, see Table
    id: int | None = Field(default=None, primary_key=True)
    group_key: str = Field(foreign_key="group.key")
    title: str = personal()
    description: str = personal(default="")
    place: str = personal(default="")
    url: str = personal(default="")
    unit: str
    every: int
    weekday: int | None = None
    nth: int | None = None
    day: int | None = None
    start_time: str
    end_time: str | None = None
    first: date
    """The first day, from which the pauses count."""
    until: date | None = None
    status: str = "running"
    extend_at: datetime = moment()
    """When the next dates are made: as soon as one of those that were made has begun."""
    created_by: str = personal()
    created_at: datetime = moment()
    event_id: str


class SeriesDate(Table, table=True):
    """The meeting that was made for a day of a series; it stays the day's, wherever it is moved to."""

    __tablename__ = "meeting_series_date"
    series: int = Field(primary_key=True, foreign_key="meeting_series.id")
    day: date = Field(primary_key=True)
    meeting: int = Field(foreign_key="meeting.number", unique=True)


class Entitled(Table, table=True):
    """An institution that is asked to answer: fixed when the meeting is made, so that a count does not shift."""

    __tablename__ = "meeting_entitled"
    meeting: int = Field(primary_key=True, foreign_key="meeting.number")
    institution_id: int = Field(primary_key=True, foreign_key="institution.id")


class Answer(Table, table=True):
    """The answer of one institution; the last one counts, earlier ones are in the history."""

    __tablename__ = "meeting_answer"
    __table_args__ = (
        UniqueConstraint("meeting", "institution_id"),
        CheckConstraint("answer IN ('yes','no','maybe')", name="answer"),
        CheckConstraint("mode IS NULL OR mode IN ('online','onsite')", name="mode"),
    )
    tracked = True
    id: int | None = Field(default=None, primary_key=True)
    meeting: int = Field(foreign_key="meeting.number")
    institution_id: int = Field(foreign_key="institution.id")
    person: str | None = personal(default=None)
    """Who answered for the institution; None when somebody else did so for it."""
    answer: str
    mode: str | None = None
    deputy: str | None = personal(default=None)
    """Who comes instead: a Matrix id, or a name where there is no account."""
    note: str = personal(default="")
    given_by: str = personal()
    from_absence: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether nobody answered, but everybody of the institution is away."""
    at: datetime = moment()


class PollDate(Table, table=True):
    """One of the dates of a poll; ``number`` is how people speak of it."""

    __tablename__ = "meeting_poll_date"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 20", name="number"),
        CheckConstraint('"end" IS NULL OR "end" > start', name="end"),
    )
    meeting: int = Field(primary_key=True, foreign_key="meeting.number")
    number: int = Field(primary_key=True)
    start: datetime = moment()
    end: datetime | None = moment(null=True)


class PollVote(Table, table=True):
    """What one institution says to one date of a poll; the last vote counts, earlier ones are in the history."""

    __tablename__ = "meeting_poll_vote"
    __table_args__ = (
        UniqueConstraint("meeting", "number", "institution_id"),
        ForeignKeyConstraint(["meeting", "number"], ["meeting_poll_date.meeting", "meeting_poll_date.number"]),
        CheckConstraint("choice IN ('yes','if_need_be','no')", name="choice"),
    )
    tracked = True
    id: int | None = Field(default=None, primary_key=True)
    meeting: int
    number: int
    institution_id: int = Field(foreign_key="institution.id")
    choice: str
    given_by: str = personal()
    at: datetime = moment()


class Presence(Table, table=True):
    """Somebody who really came: a person with an account, an institution, or both."""

    __tablename__ = "meeting_presence"
    __table_args__ = (
        UniqueConstraint("meeting", "institution_id", "person"),
        CheckConstraint("institution_id IS NOT NULL OR person IS NOT NULL", name="who"),
    )
    tracked = True
    id: int | None = Field(default=None, primary_key=True)
    meeting: int = Field(foreign_key="meeting.number", index=True)
    institution_id: int | None = Field(default=None, foreign_key="institution.id")
    person: str | None = personal(default=None)
    noted_by: str = personal()
    at: datetime = moment()
