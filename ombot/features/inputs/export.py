"""Inputs in the JSON export, and the data of the collected inputs as a document."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot import documents
from ombot.chat.tables import Group
from ombot.config import Settings
from ombot.features.exporting import Frame, HeldFile, collects, exports, holds_files
from ombot.features.groups import queries as groups
from ombot.features.inputs import queries
from ombot.features.inputs.results import InputsExported
from ombot.features.inputs.rules import Delivery, group_state
from ombot.features.inputs.tables import Input, InputFile
from ombot.features.inputs.views import deadline, full_text, late, session_view
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting
from ombot.features.people import queries as people
from ombot.store import rooms

FORMATS = ("docx", "pdf", "md", "xlsx", "json", "zip")
"""What ``!export inputs`` can make."""

_MIMETYPES = {"json": "application/json", "zip": "application/zip"}


@exports("inputs")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All inputs, by number."""
    return entries(session, frame, queries.everything(session))


def entries(session: Session, frame: Frame, rows: Sequence[Input]) -> list[dict[str, Any]]:
    """Some inputs as the JSON export has them."""
    files = queries.files_of(session, _numbers(rows))
    planned = {meeting.number: meeting for meeting in meetings.sessions(session)}
    return [_entry(frame, row, planned.get(row.meeting), files.get(row.number or 0, [])) for row in rows]


def _entry(frame: Frame, row: Input, meeting: Meeting | None, files: Sequence[InputFile]) -> dict[str, Any]:
    return {
        "id": f"I{row.number}",
        "group": row.group_key,
        "meeting": f"T{row.meeting}" if row.meeting is not None else None,
        "title": row.title,
        "text": full_text(row),
        "author": row.author,
        "status": row.status,
        "late": late(frame.settings, row, meeting),
        "submitted_at": frame.moment(row.submitted_at),
        "files": [_file(file) for file in files],
    }


def _file(file: InputFile) -> dict[str, Any]:
    return {"name": file.name, "mimetype": file.mimetype, "size": file.size, "sha256": file.sha256}


def _numbers(rows: Sequence[Input]) -> list[int]:
    return [row.number for row in rows if row.number is not None]


@holds_files("inputs")
def held_files(session: Session) -> list[HeldFile]:
    """The files of all inputs."""
    return _held(queries.files_of(session, _numbers(queries.everything(session))))


def _held(files: Mapping[int, Sequence[InputFile]]) -> list[HeldFile]:
    return [HeldFile(f"I{file.input}", file.name, file.sha256) for found in files.values() for file in found]


def attachment(
    session: Session, settings: Settings, now: datetime, meeting: Meeting | None, asked: Sequence[Group], fmt: str
) -> InputsExported:
    """The collected inputs of some groups for one session as a file, its data frozen."""
    keys = [group.key for group in asked]
    rows = queries.of_session(session, meeting.number if meeting else None, keys)
    collected = document(session, settings, now, meeting, asked)
    frozen: dict[str, Any]
    if fmt in documents.FORMATS["inputs"]:
        frozen = {"kind": "inputs", "format": fmt, "data": collected}
    else:
        frame = Frame(settings)
        part = {**frame.head(now), "inputs": entries(session, frame, rows)}
        data = part if fmt == "json" else _archive(part, collected, queries.files_of(session, _numbers(rows)))
        frozen = {"kind": "export", "format": fmt, "data": data}
    return InputsExported(
        session=session_view(settings, meeting),
        count=sum(row.status != "withdrawn" for row in rows),
        name=_name(meeting, keys, fmt),
        mimetype=_MIMETYPES.get(fmt) or documents.mimetype(fmt),
        document=frozen,
    )


def _archive(
    part: Mapping[str, Any], collected: Mapping[str, Any], files: Mapping[int, Sequence[InputFile]]
) -> dict[str, Any]:
    return {
        "export": part,
        "documents": [{"name": "inputs", "kind": "inputs", "data": collected}],
        "files": [file.as_json() for file in _held(files)],
    }


def _name(meeting: Meeting | None, keys: Collection[str], fmt: str) -> str:
    parts = ["inputs", *([f"T{meeting.number}"] if meeting else []), *(keys if len(keys) == 1 else [])]
    return f"{'-'.join(parts)}.{fmt}"


def chosen(session: Session, now: datetime) -> Meeting | None:
    """The session that is meant without saying: the next one, else (None) that for which inputs wait, else the last."""
    coming = meetings.next_session(session, now)
    if coming is not None or queries.waiting(session):
        return coming
    begun = [
        (meeting.start, meeting)
        for meeting in meetings.sessions(session)
        if meeting.status != "cancelled" and meeting.start is not None and meeting.start <= now
    ]
    return max(begun, key=lambda pair: pair[0])[1] if begun else None


@collects("inputs", "inputs", by_session=True)
def collect(session: Session, settings: Settings, now: datetime, number: int | None) -> dict[str, Any] | None:
    """The inputs of all working groups for one session; None for a session without any."""
    meeting = chosen(session, now) if number is None else meetings.get(session, number)
    collected = document(session, settings, now, meeting, contributors(session, meeting))
    has_any = any(group["inputs"] for group in collected["groups"])
    return collected if has_any or number is None else None


def contributors(session: Session, meeting: Meeting | None) -> list[Group]:
    """All working groups, and the board where somebody handed in something to it by a link in a letter."""
    board = groups.board(session)
    handed = queries.of_session(session, meeting.number if meeting else None, [board.key] if board else [])
    return [
        *groups.all_groups(session, "working_group"),
        *([board] if board and any(row.status == "submitted" for row in handed) else []),
    ]


def document(
    session: Session, settings: Settings, now: datetime, meeting: Meeting | None, asked: Sequence[Group]
) -> dict[str, Any]:
    """The data of the collected inputs as a document; what was withdrawn is left out."""
    frame = Frame(settings)
    rows = queries.of_session(session, meeting.number if meeting else None, [group.key for group in asked])
    items = _items(session, frame, [row for row in rows if row.status != "withdrawn"], meeting)
    last_day = deadline(settings, meeting)
    return {
        "organisation": settings.organisation.name,
        "board": settings.organisation.board,
        "session": _session(frame, meeting),
        "deadline": last_day.isoformat() if last_day else None,
        "exported_at": frame.moment(now.replace(microsecond=0)),
        "groups": [_group(group, items.get(group.key, [])) for group in asked],
    }


def _items(
    session: Session, frame: Frame, rows: Sequence[Input], meeting: Meeting | None
) -> dict[str, list[dict[str, Any]]]:
    """Inputs by group, with the names of their authors instead of ids."""
    files = queries.files_of(session, _numbers(rows))
    names = rooms.names(session, {row.author for row in rows})
    speaks_for = people.institution_names(session)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        entry = _entry(frame, row, meeting, files.get(row.number or 0, []))
        author = {"author": names.get(row.author, row.author), "institution": speaks_for.get(row.author)}
        found.setdefault(row.group_key, []).append({**entry, **author})
    return found


def _session(frame: Frame, meeting: Meeting | None) -> dict[str, Any] | None:
    if meeting is None:
        return None
    return {
        "id": f"T{meeting.number}",
        "title": meeting.title,
        "start": frame.moment(meeting.start),
        "end": frame.moment(meeting.end),
        "place": meeting.place,
    }


def _group(group: Group, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    state = group_state(Delivery(item["status"] == "submitted", item["late"]) for item in items)
    return {"name": group.name, "state": state, "inputs": list(items)}
