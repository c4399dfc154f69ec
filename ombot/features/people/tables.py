"""Institutions with their aliases, and the persons ombot knows more of than Matrix does."""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from ombot.store.base import Expiry, Table, moment, personal


class Institution(Table, table=True):
    """A member organisation of the federation."""

    __tablename__ = "institution"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('chamber','social_partner','insurer','association','research','ministry','network','other')",
            name="kind",
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    kind: str = "other"
    profile: str | None = personal(default=None)
    merged_into: int | None = Field(default=None, foreign_key="institution.id")
    """The institution that this one turned out to be. Kept, because finished votes and answers were counted by it."""
    merged_at: datetime | None = moment(null=True)


class InstitutionAlias(Table, table=True):
    """A name of an institution: folded, without spaces, as the key; and as it was written."""

    __tablename__ = "institution_alias"
    alias: str = Field(primary_key=True)
    institution_id: int = Field(foreign_key="institution.id", index=True)
    name: str


class Profile(Table, table=True):
    """What a person, the office or the configuration said about a person."""

    __tablename__ = "profile"
    tracked = True
    user_id: str = personal(primary_key=True)
    name: str | None = personal(default=None)
    institution_id: int | None = Field(default=None, foreign_key="institution.id")
    function: str | None = personal(default=None)
    competences: list[str] = personal(default_factory=list, sa_type=JSON)
    offer: str | None = personal(default=None)
    visibility: dict[str, dict[str, str]] = personal(default_factory=dict, sa_type=JSON)
    """Field → ``{"level": "ag|kreis|online", "since": ISO date}``, as the person has consented; without it ``ag``."""
    institution_from_office: bool = False
    """Whether the configuration or an import said the institution: a profile does not change it then."""


def _picture_name() -> str:
    return secrets.token_hex(16)


class ProfilePhoto(Table, table=True):
    """A person's portrait, made small and without what the camera wrote into it. Deleting the row deletes it.

    Who may see it stands under ``photo`` in :attr:`Profile.visibility`, like every other field.
    """

    __tablename__ = "profile_photo"
    user_id: str = personal(primary_key=True)
    name: str = Field(default_factory=_picture_name, unique=True)
    """What its file is called in the directory. It says nothing about the account; another photo has another one."""
    width: int
    height: int
    added_at: datetime = moment()
    jpeg: str = personal()
    """The picture as JPEG in base64, so that the export of one's own data and the backup have it by themselves.

    The last column: SQLite reads through it to come to those behind it.
    """


class ProfileDraft(Table, table=True):
    """What somebody has said so far of their profile, question by question. Gone when it is stored or broken off."""

    __tablename__ = "profile_draft"
    expiry = Expiry("asked_at", timedelta(days=90))
    user_id: str = personal(primary_key=True)
    answers: dict[str, str] = personal(default_factory=dict, sa_type=JSON)
    """Field → what was said; an empty text says that the field stays empty."""
    asked_at: datetime = moment()


class InstitutionProfile(Table, table=True):
    """How an institution presents itself: what its people have agreed on, and the draft that they agree on next."""

    __tablename__ = "institution_profile"
    tracked = True
    institution_id: int = Field(primary_key=True, foreign_key="institution.id")
    texts: dict[str, str] = personal(default_factory=dict, sa_type=JSON)
    """What was agreed, by the fields of the template; empty before the first time."""
    agreed_on: date | None = None
    draft: dict[str, str] = personal(default_factory=dict, sa_type=JSON)
    drafted_by: str | None = personal(default=None)
    drafted_at: datetime | None = moment(null=True)
    agreed_by: list[str] = personal(default_factory=list, sa_type=JSON)
    """Who of the institution agrees to the draft so far."""


class Newcomer(Table, table=True):
    """Somebody whom the office has invited, until they have joined and were welcomed."""

    __tablename__ = "newcomer"
    expiry = Expiry("invited_at", timedelta(days=365))
    user_id: str = personal(primary_key=True)
    invited_at: datetime = moment()
    joined_at: datetime | None = moment(null=True)
    listed_at: datetime | None = moment(null=True)
    """When the office was told that they have not come yet."""


class MissedSearch(Table, table=True):
    """A word that somebody looked for and nobody has: a gap. Who asked is not kept."""

    __tablename__ = "missed_search"
    expiry = Expiry("last_at", timedelta(days=365))
    stems: str = personal(primary_key=True)
    words: str = personal()
    times: int = 1
    last_at: datetime = moment()
