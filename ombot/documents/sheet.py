"""A table with typed cells, the common ground of XLSX and CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ombot.documents.text import one_line

Cell = str | int | float | date | datetime | None


@dataclass
class Sheet:
    """A titled table; text cells stay text, dates and numbers can be sorted and filtered."""

    title: str
    columns: tuple[str, ...]
    rows: list[Sequence[Cell]] = field(default_factory=list)


def excel_time(iso: str | None) -> datetime | None:
    """Return the local time of an ISO 8601 text without its offset, which a sheet cannot hold."""
    return datetime.fromisoformat(iso).replace(tzinfo=None) if iso else None


def excel_date(iso: str | None) -> date | None:
    """Return the date of an ISO text."""
    return datetime.fromisoformat(iso).date() if iso else None


def table(data: Mapping[str, Any]) -> list[Sheet]:
    """Return the sheet of a generic table (`title`, `columns`, `rows` of JSON scalars)."""
    rows: list[Sequence[Cell]] = [tuple(_scalar(value) for value in row) for row in data["rows"]]
    return [Sheet(one_line(data["title"]), tuple(one_line(name) for name in data["columns"]), rows)]


def view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a generic table as text, for Markdown."""
    (sheet,) = table(data)
    return {
        "title": sheet.title,
        "columns": sheet.columns,
        "rows": [[plain(cell) for cell in row] for row in sheet.rows],
    }


def plain(cell: Cell) -> str:
    """Return a cell as text, dates and decimal numbers in German notation."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%d.%m.%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d.%m.%Y}"
    if isinstance(cell, float):
        return str(cell).replace(".", ",")
    return str(cell)


def _scalar(value: Any) -> Cell:
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"A table cell is text, a number or null, not {type(value).__name__}")
