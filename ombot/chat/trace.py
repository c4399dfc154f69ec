"""The history of an object as members read it: who changed which field from what to what, and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ombot.store import history, rooms
from ombot.store.base import Table
from ombot.store.rooms import Person
from ombot.store.unit import Session


@dataclass(frozen=True)
class Change:
    """One field before and after; values as the history keeps them (dates as ISO text)."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class TraceLine:
    """What one person did at one moment. No changes: the object was created."""

    at: datetime
    actor: Person
    changes: tuple[Change, ...]


def trace(session: Session, row: Table, fields: Iterable[str], zone: ZoneInfo) -> tuple[TraceLine, ...]:
    """An object's history, oldest first, with the given fields only; moments in ``zone``."""
    lines = []
    for entry in history.of_row(session, row):
        changes = _changes(entry.before, entry.after or {}, fields)
        if entry.before is None or changes:
            actor = Person(entry.actor, rooms.display_name(session, entry.actor))
            lines.append(TraceLine(entry.at.astimezone(zone), actor, changes))
    return tuple(lines)


def _changes(before: dict[str, Any] | None, after: dict[str, Any], fields: Iterable[str]) -> tuple[Change, ...]:
    if before is None:
        return ()
    pairs = ((name, before.get(name), after.get(name)) for name in fields)
    return tuple(Change(name, old, new) for name, old, new in pairs if old != new)
