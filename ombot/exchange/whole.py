"""The JSON export of everything (docs/operations.md). Each subject contributes its part."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot import features
from ombot.config import Settings
from ombot.features.exporting import EXPORTERS, Frame

KEYS = (
    "groups",
    "institutions",
    "people",
    "tasks",
    "meetings",
    "agenda",
    "inputs",
    "decisions",
    "minutes",
    "earlier_minutes",
    "absences",
    "preferences",
)
"""The parts of the export, in its order."""


def whole(session: Session, settings: Settings, now: datetime) -> dict[str, Any]:
    """The complete export; subjects that do not exist (yet) give empty lists."""
    return _export(session, settings, now, KEYS)


def part(session: Session, settings: Settings, now: datetime, what: str) -> dict[str, Any]:
    """The same object with only the key ``what``.

    Raises:
        KeyError: there is no such part.
    """
    if what not in KEYS:
        raise KeyError(what)
    return _export(session, settings, now, (what,))


def _export(session: Session, settings: Settings, now: datetime, keys: Iterable[str]) -> dict[str, Any]:
    features.load()
    frame = Frame(settings)
    head = frame.head(now)
    return {**head, **{key: EXPORTERS[key](session, frame) if key in EXPORTERS else [] for key in keys}}


def as_json(data: Mapping[str, Any]) -> bytes:
    """An export as people and programs read it: UTF-8, indented, in the order of the contract."""
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()
