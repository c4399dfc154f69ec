"""Addresses with the consent to write to them, letters that wait for the mail server, and links in letters."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field

from ombot.store.base import Expiry, Table, moment, personal


class MailAddress(Table, table=True):
    """Where a person, or the contact of an institution without an account, can be written to.

    Nothing but the question itself is sent before ``consented_at``. Withdrawing the consent deletes the row; it is not
    tracked, since the history would keep the address.
    """

    __tablename__ = "mail_address"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (institution_id IS NULL)", name="whose"),
        # Letters name it in their keys: a number used again would look as if everything had been written already.
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    address: str = personal()
    user_id: str | None = personal(owner=True, default=None, unique=True)
    institution_id: int | None = Field(default=None, foreign_key="institution.id", unique=True)
    asked_by: str = personal()
    asked_at: datetime = moment()
    consented_at: datetime | None = moment(null=True)


class Mail(Table, table=True):
    """One letter, with the Message-ID it was born with: a server that gets it twice can tell.

    Its content is kept only as long as it must be sent. ``key`` says what it is about, so that nothing is sent twice.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','sent','parked','withdrawn')", name="state"),
        Index(None, "state", "not_before"),
    )
    expiry = Expiry("created_at", timedelta(days=730), unless=("waiting", "parked"))
    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(unique=True)
    key: str = Field(unique=True)
    address_id: int = Field(index=True)
    """The address it was written to. No foreign key: the letter outlives an address that was withdrawn."""
    recipient: str = personal(owner=True)
    content: dict[str, Any] = personal(default_factory=dict, sa_type=JSON)
    """``subject``, ``text``, ``html``, ``withdraw`` (address of the link) and ``files`` to be rendered."""
    state: str = "waiting"
    attempts: int = 0
    not_before: datetime | None = moment(null=True)
    created_at: datetime = moment()
    sent_at: datetime | None = moment(null=True)
    error: str | None = personal(default=None)


class MailLink(Table, table=True):
    """A link in a letter. It does one thing, once, until it expires."""

    __tablename__ = "mail_link"
    expiry = Expiry("expires_at", timedelta(days=30))
    id: str = Field(primary_key=True)
    purpose: str
    about: str
    """What it is about: ``T3``, or nothing."""
    address_id: int = Field(foreign_key="mail_address.id", ondelete="CASCADE", index=True)
    expires_at: datetime = moment()
    used_at: datetime | None = moment(null=True)
