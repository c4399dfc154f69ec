"""Institutions with their aliases, and the persons ombot knows more of than Matrix does."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from ombot.store.base import Table, moment, personal


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


class ProfileStem(Table, table=True):
    """One word of a profile, reduced to its stem, for ``!wer``. Written by the session itself, see ``stems``."""

    __tablename__ = "profile_stem"
    stem: str = personal(primary_key=True)
    user_id: str = personal(primary_key=True, index=True)
    field: str = Field(primary_key=True)
