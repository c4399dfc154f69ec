"""Institutions with their aliases, and the persons ombot knows more of than Matrix does."""

from sqlalchemy import JSON, CheckConstraint
from sqlmodel import Field

from ombot.store.base import Table, personal


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


class InstitutionAlias(Table, table=True):
    """Another spelling of an institution's name, folded."""

    __tablename__ = "institution_alias"
    alias: str = Field(primary_key=True)
    institution_id: int = Field(foreign_key="institution.id", index=True)


class Profile(Table, table=True):
    """What a person, the office or the configuration said about a person."""

    __tablename__ = "profile"
    tracked = True
    user_id: str = personal(primary_key=True)
    name: str | None = personal(default=None)
    institution_id: int | None = Field(default=None, foreign_key="institution.id")
    function: str | None = personal(default=None)
    competences: list[str] = personal(default_factory=list, sa_type=JSON)
