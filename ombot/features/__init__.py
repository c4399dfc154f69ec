"""What members use: one folder a subject, the same leaf names in each.

:func:`load` imports every subject's commands, cards, cycle and export, which fill the tables of the program. A new
subject needs no line here: its folder is enough.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, TypeVar

from sqlmodel import Session

from ombot.config import Settings

LEAVES = ("tables", "commands", "cards", "cycle", "export")

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


def load() -> None:
    """Import all subjects. Must have run before the registry is checked."""
    load_tables()
    _import_leaves(LEAVES)


def load_tables() -> None:
    """Import every table of the program and nothing else: must have run before the schema is looked at."""
    for layer in ("store", "clock", "chat"):
        import_module(f"ombot.{layer}.tables")
    _import_leaves(("tables",))


def _import_leaves(leaves: Iterable[str]) -> None:
    for subject in iter_modules(__path__):
        for leaf in leaves:
            name = f"{__name__}.{subject.name}.{leaf}"
            if find_spec(name) is not None:
                import_module(name)


def declare(session: Session, settings: Settings) -> None:
    """Take over what the configuration declares; removes nothing."""
    from ombot.features.groups import queries as groups
    from ombot.features.people import queries as people

    groups.declare(session, settings)
    people.declare(session, settings)


def next_session_day(session: Session, now: datetime) -> date | None:
    """The day of the next session of the board."""
    from ombot.features.meetings import queries as meetings

    return meetings.next_session_day(session, now)
