"""Minutes in the JSON export, and the data of the Ergebnisprotokoll as a document."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.chat.nodes import Attachment
from ombot.config import Settings
from ombot.documents import FORMATS, mimetype, render
from ombot.features.agenda import export as agenda
from ombot.features.agenda import views as agenda_views
from ombot.features.agenda.results import AgendaView
from ombot.features.exporting import Frame, HeldFile, collects, exports, holds_files
from ombot.features.groups import queries as groups
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import queries, rules
from ombot.features.minutes.cards import ATTACHMENT_1, CARRIED, FILE_NAME
from ombot.features.minutes.participants import Namer, participants
from ombot.features.minutes.tables import Minutes, MinutesLine, MinutesNote
from ombot.features.minutes.views import Part, parts
from ombot.features.tasks.results import TaskView
from ombot.store.rooms import Person

MINUTES_FORMATS = FORMATS["minutes"]


@exports("minutes")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:  # noqa: ARG001
    """All minutes, by meeting; the lines in the order of the agenda."""
    return [_entry(session, minutes) for minutes in queries.everything(session)]


def _entry(session: Session, minutes: Minutes) -> dict[str, Any]:
    meeting = meetings.get(session, minutes.meeting)
    arranged = parts(session, meeting) if meeting is not None else []
    return {
        "meeting": f"T{minutes.meeting}",
        "status": minutes.status,
        "scribes": list(minutes.scribes),
        "lines": [{"top": part.top, "kind": row.kind, "text": row.text} for part in arranged for row in part.rows],
        "attachments": _attachments(session, minutes),
    }


@exports("earlier_minutes")
def export_earlier(session: Session, frame: Frame) -> list[dict[str, Any]]:  # noqa: ARG001
    """The minutes from before ombot, by number."""
    return [
        {
            "number": one.number,
            "group": one.group_key,
            "date": one.held_on.isoformat(),
            "title": one.title,
            "text": one.text,
            "file": {"name": one.file_name, "mimetype": one.mimetype, "sha256": one.sha256},
        }
        for one in queries.earlier(session)
    ]


def _attachments(session: Session, minutes: Minutes) -> list[dict[str, Any]]:
    rows = queries.attachments(session, minutes.meeting)
    return [{"number": 1, "title": ATTACHMENT_1}, *({"number": row.number, "title": row.title} for row in rows)]


@holds_files("minutes")
def held_files(session: Session) -> list[HeldFile]:
    """The attachments that are files, number 1 being made from rows."""
    return [
        HeldFile(f"T{row.meeting}-{row.number}", row.name, row.sha256)
        for minutes in queries.everything(session)
        for row in queries.attachments(session, minutes.meeting)
    ]


@holds_files("earlier_minutes")
def held_earlier(session: Session) -> list[HeldFile]:
    """The files of minutes from before ombot."""
    return [HeldFile(one.number, one.file_name, one.sha256) for one in queries.earlier(session)]


@collects("minutes", "minutes", by_session=True)
def collect(session: Session, settings: Settings, now: datetime, meeting: int | None) -> dict[str, Any] | None:
    """The minutes of a meeting, or of the newest session; None when there are none."""
    if meeting is None:
        held = [one for one in meetings.sessions(session) if queries.get(session, one.number or 0) is not None]
        found = max(held, key=lambda one: one.start or now, default=None)
    else:
        found = meetings.get(session, meeting)
    minutes = queries.get(session, found.number or 0) if found is not None else None
    return document(session, settings, found, minutes) if found is not None and minutes is not None else None


# --- the document -----------------------------------------------------------------------------------------------


def document(session: Session, settings: Settings, meeting: Meeting, minutes: Minutes) -> dict[str, Any]:
    """The data of the Ergebnisprotokoll: as it was released, with what was added since, or as things stand."""
    data = rules.frozen(minutes.frozen) if minutes.frozen is not None else current(session, settings, meeting, minutes)
    frame = Frame(settings)
    addenda = queries.notes(session, minutes.meeting, "addendum")
    return {**data, "addenda": [{"at": frame.moment(note.at), "text": note.text} for note in addenda]}


def current(session: Session, settings: Settings, meeting: Meeting, minutes: Minutes) -> dict[str, Any]:
    """The same from the rows as they are now, without addenda."""
    zone = settings.organisation.timezone
    day = meeting.start.astimezone(zone).date() if meeting.start else minutes.created_at.astimezone(zone).date()
    shown = agenda_views.without_proposals(agenda_views.agenda(session, zone, meeting, day))
    namer = Namer(session, settings.minutes.names)
    shown = shown if namer.names else _by_institution(shown, namer)
    return {
        **agenda.document(settings, shown),
        "status": minutes.status,
        "number": minutes.number,
        "scribes": list(dict.fromkeys(name for one in minutes.scribes if (name := namer.scribe(one)))),
        "sections": [_section(part) for part in parts(session, meeting) if _is_told(part)],
        "next_session": _next_session(session, settings, meeting),
        "attachments": _attachments(session, minutes),
        "participants": participants(session, meeting, names=settings.minutes.names),
        "objections": list(_objections(session, minutes, namer)),
    }


def _by_institution(shown: AgendaView, namer: Namer) -> AgendaView:
    """The follow-ups with institutions in place of persons, where they are known, as the lines of minutes have them."""
    if shown.follow_ups is None:
        return shown
    tasks = tuple(replace(task, people=_institutions(task, namer)) for task in shown.follow_ups.tasks)
    return replace(shown, follow_ups=replace(shown.follow_ups, tasks=tasks))


def _institutions(task: TaskView, namer: Namer) -> tuple[Person, ...]:
    named = {namer.institution(person.id) or person.name: person.id for person in task.people}
    return tuple(Person(user_id, name) for name, user_id in named.items())


def _is_told(part: Part) -> bool:
    """A pause has a place in the table of the agenda; below it only if something was noted there."""
    return bool(part.rows) or part.top is not None


def _section(part: Part) -> dict[str, Any]:
    lines = [_line(row) for row in part.rows]
    if part.item is None:
        return {"top": None, "kind": None, "title": None, "lines": lines}
    if part.item.status == "carried":
        lines.append({"kind": "Info", "text": CARRIED, "ref": None})
    return {"top": part.top, "kind": part.item.kind, "title": part.item.title, "lines": lines}


def _line(row: MinutesLine) -> dict[str, Any]:
    return {"kind": row.kind, "text": "" if row.kind == rules.AGREED else row.text, "ref": row.ref}


def _next_session(session: Session, settings: Settings, meeting: Meeting) -> dict[str, Any] | None:
    following = queries.following(session, meeting)
    if following is None or following.start is None:
        return None
    start = following.start.astimezone(settings.organisation.timezone)
    # The board's session is named by the board itself; a meeting by whose it is.
    named = {} if meeting.kind == "session" else {"group": groups.names(session)[meeting.group_key]}
    return {"start": start.isoformat(), "place": following.place, **named}


def _objections(session: Session, minutes: Minutes, namer: Namer) -> Iterator[dict[str, Any]]:
    """What was not taken over; accepted objections are in the lines."""
    for note in queries.notes(session, minutes.meeting, "objection"):
        if note.state != "accepted":
            yield _objection(note, namer)


def _objection(note: MinutesNote, namer: Namer) -> dict[str, Any]:
    by = namer.institution(note.by) or namer.person(note.by)
    return {"by": by, "line": note.line, "text": note.text, "state": note.state}


def attachment(meeting: Meeting, data: dict[str, Any], fmt: str) -> Attachment:
    """The minutes as a file that follows a card."""
    content = {"kind": "minutes", "format": fmt, "data": data}
    return Attachment(f"{FILE_NAME}-T{meeting.number}.{fmt}", mimetype(fmt), content)


def files(meeting: Meeting, data: dict[str, Any]) -> tuple[Attachment, ...]:
    """The minutes as the office edits them and as everybody reads them."""
    return attachment(meeting, data, "docx"), attachment(meeting, data, "pdf")


def checksum(data: dict[str, Any]) -> str:
    """SHA-256 of the minutes as Markdown: anybody can ask for that file and compare."""
    return rules.checksum(render("minutes", "md", data))
