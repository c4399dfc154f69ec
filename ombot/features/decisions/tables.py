"""Decisions (Beschlüsse), who may vote on them, and the votes: open ones by institution, secret ones without a trace.

A secret vote is kept in two tables that have nothing in common but the decision: :class:`Participation` says which
institutions have voted, :class:`Ballot` what was voted. Neither has a time, and neither keeps the order of insertion:
both are stored in the order of their keys (``WITHOUT ROWID`` on SQLite), and all ballots of a decision are written
anew with every further one (PostgreSQL shows which transaction wrote a row).
"""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, false
from sqlmodel import Field

from ombot.store.base import Table, moment, personal

CHOICES = "choice IN ('yes','abstain','concern','objection')"


class Decision(Table, table=True):
    """One decision of a group, from the opening of the vote on. ``number`` is the visible reference (B7)."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("status IN ('open','accepted','rejected','withdrawn')", name="status"),
        CheckConstraint("rule IN ('consent','majority')", name="rule"),
        CheckConstraint("length(text) BETWEEN 1 AND 4000", name="text"),
        CheckConstraint("year_number IS NOT NULL OR status NOT IN ('accepted','rejected')", name="year_number"),
        CheckConstraint("replaced_by <> number", name="replaced_by"),
        Index(None, "group_key", "status"),
        {"sqlite_autoincrement": True},
    )
    tracked = True
    created_undone = {"status": "withdrawn"}  # noqa: RUF012 - read only, see Table
    number: int | None = Field(default=None, primary_key=True)
    group_key: str = Field(foreign_key="group.key")
    text: str = personal()
    mandate: dict[str, str] | None = personal(default=None, sa_type=JSON(none_as_null=True))
    """``{"institution": name}`` or ``{"body": name}`` that is charged with carrying it out."""
    status: str = "open"
    rule: str
    quorum: int = 0
    """How many institutions must have voted; fixed when the vote opens."""
    secret: bool = False
    recorded: bool = False
    """Noted as already taken (minutes, import): there was no vote here."""
    year_number: str | None = Field(default=None, unique=True)
    """"2027-03": counted over all groups, given when the decision is accepted or rejected."""
    meeting: int | None = None
    """Number of the meeting in which it was taken."""
    replaced_by: int | None = Field(default=None, foreign_key="decision.number")
    file_sha256: str | None = None
    file_name: str | None = personal(default=None)
    opened_by: str = personal()
    opened_at: datetime = moment()
    closes_on: date | None = None
    """Last day on which votes count, where the organisation is."""
    closed_at: datetime | None = moment(null=True)
    event_id: str


class Entitlement(Table, table=True):
    """An institution that may vote: fixed when the vote opens, so that a count does not shift."""

    __tablename__ = "decision_entitlement"
    decision: int = Field(primary_key=True, foreign_key="decision.number")
    institution_id: int = Field(primary_key=True, foreign_key="institution.id")


class Transfer(Table, table=True):
    """An institution has given its right to vote to another one, for this decision only."""

    __tablename__ = "decision_transfer"
    __table_args__ = (CheckConstraint("institution_id <> to_institution_id", name="other"),)
    tracked = True
    decision: int = Field(primary_key=True, foreign_key="decision.number")
    institution_id: int = Field(primary_key=True, foreign_key="institution.id")
    to_institution_id: int = Field(foreign_key="institution.id")
    given_by: str = personal()


class Vote(Table, table=True):
    """The open vote of one institution; the last one counts, earlier ones are in the history."""

    __tablename__ = "vote"
    __table_args__ = (CheckConstraint(CHOICES, name="choice"),)
    tracked = True
    decision: int = Field(primary_key=True, foreign_key="decision.number")
    institution_id: int = Field(primary_key=True, foreign_key="institution.id")
    choice: str
    text: str = personal(default="")
    given_by: str = personal()
    on_behalf: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether a lead wrote it down for an institution that is not their own."""
    at: datetime = moment()
    counted: bool = False
    """Set when the vote closes. Undo compares the row with what it was, so a counted vote can no longer be undone."""


class Participation(Table, table=True):
    """An institution has cast its secret ballot. Final, and never tracked."""

    __tablename__ = "participation"
    __table_args__ = ({"sqlite_with_rowid": False},)
    decision: int = Field(primary_key=True, foreign_key="decision.number")
    institution_id: int = Field(primary_key=True, foreign_key="institution.id")


class Ballot(Table, table=True):
    """One secret ballot under a random key. Never tracked."""

    __tablename__ = "ballot"
    __table_args__ = (CheckConstraint(CHOICES, name="choice"), {"sqlite_with_rowid": False})
    key: str = Field(primary_key=True)
    decision: int = Field(foreign_key="decision.number")
    choice: str
    text: str = personal(default="")


class FollowUp(Table, table=True):
    """A task that carries out a decision."""

    __tablename__ = "decision_follow_up"
    tracked = True
    decision: int = Field(primary_key=True, foreign_key="decision.number")
    task: int = Field(primary_key=True, foreign_key="task.number")
