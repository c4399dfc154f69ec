"""How subjects take part in exports: their part of the JSON export, and their data as a document.

Beside the subjects and not in their package's root, which knows all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session

from ombot.config import Settings

SCHEMA = 1
"""Version of the JSON export."""


@dataclass(frozen=True)
class Frame:
    """What every part of the JSON export is written by: the configuration, and its way to write moments."""

    settings: Settings

    def moment(self, at: datetime | None) -> str | None:
        """A moment as ISO 8601 with the organisation's offset."""
        return None if at is None else at.astimezone(self.settings.organisation.timezone).isoformat()

    def head(self, now: datetime) -> dict[str, Any]:
        """The keys that stand beside every part."""
        return {
            "schema": SCHEMA,
            "organisation": self.settings.organisation.name,
            "exported_at": self.moment(now.replace(microsecond=0)),
        }


Exporter = Callable[[Session, Frame], list[dict[str, Any]]]
E = TypeVar("E", bound=Exporter)

EXPORTERS: dict[str, Exporter] = {}
"""The parts of the JSON export by key."""


def exports(key: str) -> Callable[[E], E]:
    """Register a subject's part of the JSON export (docs/operations.md)."""

    def register(function: E) -> E:
        EXPORTERS[key] = function
        return function

    return register


Collect = Callable[[Session, Settings, datetime, int | None], dict[str, Any] | None]
D = TypeVar("D", bound=Collect)


@dataclass(frozen=True)
class Collection:
    """A subject's data as a document.

    Attributes:
        kind: the kind of document, a key of :data:`ombot.documents.FORMATS`.
        by_session: whether there is one for each session.
        collect: (database session, settings, now, number of the meeting or None for the one that is meant without
            saying) → the data to be rendered; None when there is nothing to be said.
    """

    kind: str
    by_session: bool
    collect: Collect


COLLECTIONS: dict[str, Collection] = {}
"""What can be exported as a document, by the key of the JSON export."""


def collects(key: str, kind: str, *, by_session: bool = False) -> Callable[[D], D]:
    """Register a subject's document; the arguments are those of :class:`Collection`."""

    def register(function: D) -> D:
        COLLECTIONS[key] = Collection(kind, by_session, function)
        return function

    return register


@dataclass(frozen=True)
class HeldFile:
    """A collected file: the object it belongs to (``I5``), its name as it was sent, and its checksum."""

    reference: str
    name: str
    sha256: str

    def as_json(self) -> dict[str, str]:
        """The form kept in the frozen data of an archive."""
        return {"reference": self.reference, "name": self.name, "sha256": self.sha256}


Holder = Callable[[Session], list[HeldFile]]
H = TypeVar("H", bound=Holder)

HOLDERS: dict[str, Holder] = {}
"""Whose collected files an archive of everything holds, by the key of the JSON export."""


def holds_files(key: str) -> Callable[[H], H]:
    """Register the files a subject has collected."""

    def register(function: H) -> H:
        HOLDERS[key] = function
        return function

    return register
