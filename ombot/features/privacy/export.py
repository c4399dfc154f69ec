"""Everything stored about a person, as data and as a text that can be read."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column
from sqlmodel import Session

from ombot.config import Settings
from ombot.features.exporting import Frame
from ombot.features.privacy import queries
from ombot.features.privacy.cards import COLUMNS, FILES_HEADING, TABLES, text_head
from ombot.features.privacy.rules import Identity


def collect(session: Session, settings: Settings, user_id: str, now: datetime) -> dict[str, Any]:
    """All rows that name a person, by table, with the names of tables and columns in words.

    A row that is the person's own is given whole; of one that only mentions them, what mentions them.
    """
    frame = Frame(settings)
    person = queries.identity(session, user_id)
    tables = []
    for table, columns in queries.register():
        found = [row for row in queries.rows(session, table, columns, person) if _names(row, columns, person)]
        if found:
            entries = [_entry(row, columns, person, frame) for row in found]
            tables.append({"table": table.name, "name": TABLES.get(table.name, table.name), "entries": entries})
    return {
        **frame.head(now),
        "person": user_id,
        "names": list(person.names),
        "tables": sorted(tables, key=lambda one: str(one["name"])),
        "files": [
            {"reference": reference, "name": name, "sha256": sha256}
            for reference, name, sha256 in queries.files(session, user_id)
        ],
    }


def counts(data: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """How many entries of each kind an export has."""
    return tuple((table["name"], len(table["entries"])) for table in data["tables"])


def _names(row: queries.Row, columns: list[Column[Any]], person: Identity) -> bool:
    return _is_own(row, columns, person) or any(person.is_in(row[column.name]) for column in columns)


def _is_own(row: queries.Row, columns: list[Column[Any]], person: Identity) -> bool:
    values = [row[column.name] for column in columns]
    return any(person.is_meant(value) or value in person.addresses for value in values if isinstance(value, str))


def _entry(row: queries.Row, columns: list[Column[Any]], person: Identity, frame: Frame) -> dict[str, Any]:
    own = _is_own(row, columns, person)
    personal = {column.name for column in columns}
    found = {}
    for name, value in row.items():
        # A file is data that stands elsewhere in this export; an earlier export would hold all before it again.
        given = _without_document(value)
        if not own and name in personal:
            given = person.excerpt(given) if person.is_in(given) else None
        if given not in (None, "", [], {}):
            found[COLUMNS.get(name, name)] = _plain(given, frame)
    return found


def _without_document(value: Any) -> Any:
    return {key: part for key, part in value.items() if key != "document"} if isinstance(value, dict) else value


def _plain(value: Any, frame: Frame) -> Any:
    if isinstance(value, datetime):
        return frame.moment(value)
    return value.isoformat() if isinstance(value, date) else value


def as_text(data: dict[str, Any]) -> str:
    """The same for reading: a heading for each kind, a paragraph for each entry."""
    return "\n".join(_lines(data)) + "\n"


def _lines(data: dict[str, Any]) -> Iterator[str]:
    yield from text_head(data)
    for table in data["tables"]:
        yield from ("", f"{table['name']} ({len(table['entries'])})", "")
        for entry in table["entries"]:
            yield "- " + "; ".join(f"{name}: {_said(value)}" for name, value in entry.items())
    if data["files"]:
        yield from ("", FILES_HEADING, "")
        yield from (f"- {file['reference']}: {file['name']} (SHA-256 {file['sha256']})" for file in data["files"])


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_said(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_said(part) for part in value)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return " ".join(str(value).split())
