"""Groups in the JSON export, and everything of one group as an archive."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.chat import rights
from ombot.chat.tables import Group
from ombot.config import Settings
from ombot.features.exporting import COLLECTIONS, EXPORTERS, HOLDERS, Frame, exports
from ombot.features.groups import queries
from ombot.store import rooms


@exports("groups")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All groups, archived ones included, with the members their rooms have now."""
    own_id = frame.settings.matrix.user
    return [_entry(session, group, own_id) for group in queries.every_group(session)]


def _entry(session: Session, group: Group, own_id: str) -> dict[str, Any]:
    room = rooms.of_group(session, group.key)
    members = [person.id for person in rooms.members(session, room.room_id)] if room else []
    return {
        "key": group.key,
        "name": group.name,
        "kind": group.kind,
        "room_id": room.room_id if room else None,
        "members": [user_id for user_id in members if user_id != own_id],
        "leads": rights.leads(session, group.key, own_id),
        "roster": [
            {"institution": entry.institution, "persons": list(entry.persons)}
            for entry in queries.roster(session, group.key)
        ],
        "archived": group.archived,
    }


def archive_of(session: Session, settings: Settings, now: datetime, group: Group) -> dict[str, Any]:
    """Everything of one group, frozen: the data of its archive (:mod:`ombot.exchange.archive`).

    Each subject gives its own part; what is a person's or an institution's, and no group's, stays out.
    """
    frame = Frame(settings)
    parts = {key: export(session, frame) for key, export in EXPORTERS.items()}
    held = {entry["id"] for entry in parts.get("meetings", ()) if entry["group"] == group.key}
    mine = {key: [entry for entry in entries if _is_of(entry, group, held)] for key, entries in parts.items()}
    export = {**frame.head(now), **{key: entries for key, entries in mine.items() if entries}}
    named = {entry.get("id") or entry.get("number") for entries in mine.values() for entry in entries}
    files = [file for holder in HOLDERS.values() for file in holder(session)]
    return {
        "export": export,
        "documents": list(_documents(session, settings, now, group, mine)),
        # I5, B7, 2025-01, or T3-2 for an attachment of the minutes of T3.
        "files": [one.as_json() for one in files if one.reference in named or one.reference.split("-")[0] in held],
    }


def _is_of(entry: Mapping[str, Any], group: Group, meetings: set[str]) -> bool:
    """Whether an entry of any part is this group's: by its own word, or by the meeting it belongs to."""
    if "group" in entry:
        return bool(entry["group"] == group.key)
    return entry.get("meeting") in meetings or entry.get("key") == group.key


def _documents(
    session: Session, settings: Settings, now: datetime, group: Group, mine: Mapping[str, list[dict[str, Any]]]
) -> Iterator[dict[str, Any]]:
    for key, collection in sorted(COLLECTIONS.items()):
        numbers = sorted({_number(entry.get("meeting")) for entry in mine.get(key, ())}, key=lambda one: one or 0)
        for number in numbers if collection.by_session else numbers[:1]:
            data = collection.collect(session, settings, now, number) or {}
            if "groups" in data:
                data = {**data, "groups": [part for part in data["groups"] if part["name"] == group.name]}
            elif not collection.by_session:
                continue  # of all groups together, and not to be divided: a calendar
            if data:
                yield {"name": key if number is None else f"{key}-T{number}", "kind": collection.kind, "data": data}


def _number(reference: str | None) -> int | None:
    return int(reference[1:]) if reference else None
