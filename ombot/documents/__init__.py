"""Documents: plain data in, bytes out.

The data of a document is frozen as JSON in a database row before it is rendered, so the same row gives the same
bytes at any time and on any machine with the same libraries. `render` may be called from several threads.
The libraries behind the formats are big and are imported when a format is first used.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ombot.documents import decisions, directory, form, gathering, inputs, letters, sessions, sheet, tasks
from ombot.documents.errors import TemplateError
from ombot.documents.text import clean, map_strings

__all__ = ["FORMATS", "TemplateError", "mimetype", "render"]

FORMATS: dict[str, tuple[str, ...]] = {
    "inputs": ("docx", "pdf", "md", "xlsx"),
    "tasks": ("docx", "pdf", "md", "xlsx", "csv"),
    "agenda": ("docx", "pdf", "md"),
    "minutes": ("docx", "pdf", "md"),
    "decision": ("docx", "pdf", "md"),
    "decisions": ("docx", "pdf", "md", "xlsx", "csv"),
    "form": ("docx",),
    "invitation": ("docx", "pdf"),
    "attendance": ("docx", "pdf"),
    "welcome": ("docx", "pdf"),
    "seating": ("docx", "pdf"),
    "directory": ("docx", "pdf", "html"),
    "calendar": ("ics",),
    "table": ("xlsx", "csv", "md"),
}
"""The formats of each kind of document."""

_MIMETYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "md": "text/markdown",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "ics": "text/calendar",
    "html": "text/html",
}
# For documents that carry no date of their own.
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)

_View = Callable[[Mapping[str, Any]], dict[str, Any]]
_Sheets = Callable[[Mapping[str, Any]], list[sheet.Sheet]]
_VIEWS: dict[str, _View] = {
    "inputs": inputs.view,
    "tasks": tasks.view,
    "agenda": sessions.agenda_view,
    "minutes": sessions.minutes_view,
    "decision": decisions.view,
    "decisions": decisions.register_view,
    "form": form.view,
    "invitation": letters.invitation_view,
    "attendance": letters.attendance_view,
    "welcome": gathering.welcome_view,
    "seating": gathering.seating_view,
    "directory": directory.view,
    "table": sheet.view,
}
_SHEETS: dict[str, _Sheets] = {
    "inputs": inputs.sheets,
    "tasks": tasks.sheets,
    "decisions": decisions.register_sheets,
    "table": sheet.table,
}


def render(kind: str, fmt: str, data: Mapping[str, Any], *, office_templates: Path | None = None) -> bytes:
    """Return a document.

    Args:
        kind: a key of `FORMATS`.
        fmt: one of `FORMATS[kind]`.
        data: the JSON data of this kind; times are ISO 8601 with the offset in which they are shown.
        office_templates: a folder whose `<kind>.docx`, where there is one, is used instead of ours.

    Raises:
        ValueError: there is no such document.
        TemplateError: an office's template cannot be used.
    """
    if fmt not in FORMATS.get(kind, ()):
        raise ValueError(f"There is no document {kind!r} as {fmt!r}")
    cleaned: dict[str, Any] = map_strings(data, clean)
    if fmt == "ics":
        from ombot.documents import ical

        return ical.render(cleaned)
    if fmt in ("xlsx", "csv"):
        return _spreadsheet(fmt, _SHEETS[kind](cleaned), cleaned)
    return _text_document(kind, fmt, _VIEWS[kind](cleaned), office_templates)


def mimetype(fmt: str) -> str:
    """Return the media type of a format, without parameters."""
    return _MIMETYPES[fmt]


def _spreadsheet(fmt: str, tables: list[sheet.Sheet], data: Mapping[str, Any]) -> bytes:
    from ombot.documents import sheets

    if fmt == "csv":
        return sheets.comma_separated(tables[0])
    return sheets.xlsx(tables, tables[-1].title, _date(data.get("exported_at")))


def _text_document(kind: str, fmt: str, view: dict[str, Any], office_templates: Path | None) -> bytes:
    if fmt == "md":
        from ombot.documents import markdown

        return markdown.render(kind, view)
    if fmt == "html":
        from ombot.documents import html

        return html.render(kind, view)
    if fmt == "pdf":
        from ombot.documents import pdf

        return pdf.render(kind, view, _date(view["created"]))
    from ombot.documents import word

    return word.render(kind, view, _date(view["created"]), office_templates)


def _date(iso: str | None) -> datetime:
    return datetime.fromisoformat(iso) if iso else _UNDATED
