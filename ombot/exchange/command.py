"""``ombot export``: what an operator or the office takes out by the command line."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot import documents, features
from ombot.config import Settings
from ombot.exchange import archive
from ombot.exchange.render import Renderer
from ombot.exchange.whole import as_json, part, whole
from ombot.features.exporting import COLLECTIONS, HOLDERS
from ombot.features.meetings import queries as meetings
from ombot.store.files import FileStore, Rendered

WHAT = ("inputs", "tasks", "meetings", "agenda", "decisions", "minutes", "directory", "all")
FORMATS = ("json", "md", "docx", "pdf", "xlsx", "csv", "ics", "html", "zip")

Progress = Callable[[int, int], None]

_DIRECTORY = ("institutions", "people")
_BY_SESSION: dict[str, str] = {"meetings": "id", "agenda": "meeting", "inputs": "meeting", "minutes": "meeting"}
"""Which key of an entry names its session."""


class ExportError(Exception):
    """An export that cannot be made; the message is one sentence that says what can."""


def export_bytes(
    session: Session,
    settings: Settings,
    files: FileStore,
    what: str,
    fmt: str,
    session_ref: str | None,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> Rendered:
    """An export, with a remark where a template of the office could not be used.

    Args:
        what: one of `WHAT`.
        fmt: one of `FORMATS`, as far as it makes sense for ``what``.
        session_ref: ``T3``; None is the session that is meant without saying, and everything for JSON and ZIP.
        progress: is told how many steps are done, and of how many; for long work in small steps.

    Raises:
        ExportError: this combination makes no sense, or there is no such session.
    """
    features.load()
    _check(what, fmt, session_ref)
    number = _session_number(session, session_ref)
    render = Renderer(files, settings.documents.templates)
    if fmt == "json":
        return _in_steps(
            progress, lambda: _json_data(session, settings, now, what, number), lambda data: Rendered(as_json(data))
        )
    if fmt == "zip":
        return _zip(_archive_data(session, settings, now, what, number), render, progress)
    kind = COLLECTIONS[what].kind
    return _in_steps(
        progress,
        lambda: _document_data(session, settings, now, what, number),
        lambda data: render(kind, fmt, data),
    )


def formats_of(what: str) -> tuple[str, ...]:
    """The formats that make sense for something, in the order of `FORMATS`."""
    features.load()
    collection = COLLECTIONS.get(what)
    found = {"json"} | set(documents.FORMATS[collection.kind] if collection else ())
    if what in ("all", "inputs"):
        found.add("zip")
    return tuple(fmt for fmt in FORMATS if fmt in found)


def _check(what: str, fmt: str, session_ref: str | None) -> None:
    if what not in WHAT:
        raise ExportError(f'there is no "{what}" to export; possible are {", ".join(WHAT)}')
    if fmt not in formats_of(what):
        raise ExportError(f"{what} cannot be exported as {fmt}; possible are {', '.join(formats_of(what))}")
    if session_ref is not None and what not in _BY_SESSION:
        raise ExportError(f"{what} do not belong to a session; leave --session out")


def _session_number(session: Session, reference: str | None) -> int | None:
    if reference is None:
        return None
    match = re.fullmatch(r"#?[Tt]?(\d{1,9})", reference)
    meeting = meetings.get(session, int(match[1])) if match else None
    if meeting is None:
        raise ExportError(f'there is no session "{reference}"; references look like T3')
    return meeting.number


def _in_steps(progress: Progress, collect: Callable[[], dict[str, Any]], make: Callable[[Any], Rendered]) -> Rendered:
    progress(0, 2)
    data = collect()
    progress(1, 2)
    made = make(data)
    progress(2, 2)
    return made


def _json_data(session: Session, settings: Settings, now: datetime, what: str, number: int | None) -> dict[str, Any]:
    if what == "all":
        return whole(session, settings, now)
    if what == "directory":
        parts = [part(session, settings, now, key) for key in _DIRECTORY]
        return {**parts[0], **parts[1]}
    data = part(session, settings, now, what)
    if number is not None:
        data[what] = [entry for entry in data[what] if entry[_BY_SESSION[what]] == f"T{number}"]
    return data


def _document_data(
    session: Session, settings: Settings, now: datetime, what: str, number: int | None
) -> dict[str, Any]:
    data = COLLECTIONS[what].collect(session, settings, now, number)
    if data is None:
        raise ExportError(f"there is nothing to export as {what}" + (f" for T{number}" if number is not None else ""))
    return data


def _archive_data(session: Session, settings: Settings, now: datetime, what: str, number: int | None) -> dict[str, Any]:
    """What an archive is made of; of one session only, if there is a number."""
    export = _json_data(session, settings, now, what, number)
    subjects = sorted(COLLECTIONS) if what == "all" else [what]
    held = [file for key in sorted(HOLDERS) if what in ("all", key) for file in HOLDERS[key](session)]
    wanted = {entry["id"] for entry in export.get(what, ())} if number is not None else None
    return {
        "export": export,
        "documents": [one for subject in subjects for one in _archived(session, settings, now, subject, number)],
        "files": [file.as_json() for file in held if wanted is None or file.reference in wanted],
    }


def _archived(
    session: Session, settings: Settings, now: datetime, what: str, number: int | None
) -> list[dict[str, Any]]:
    """A subject's documents: one, or one for each meeting that has something and one for what waits for a session."""
    collection = COLLECTIONS[what]
    names = {number: what}
    if collection.by_session and number is None:
        names |= {meeting.number: f"{what}-T{meeting.number}" for meeting in meetings.everything(session)}
    found = []
    for one, name in names.items():
        data = collection.collect(session, settings, now, one)
        # Without a number it may be the next session's, which has a document of its own here.
        if data is not None and not (collection.by_session and one is None and data.get("session")):
            found.append({"name": name, "kind": collection.kind, "data": data})
    return found


def _zip(data: dict[str, Any], render: Renderer, progress: Progress) -> Rendered:
    total = archive.size(data)
    done = 0

    def step() -> None:
        nonlocal done
        done = min(done + 1, total)
        progress(done, total)

    progress(0, total)
    return render.archive(data, step)
