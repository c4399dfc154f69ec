"""Rows to what is shown: lines under their agenda items, numbered, with names resolved."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlmodel import Session

from ombot.chat.context import Context
from ombot.config import Settings
from ombot.features.agenda import queries as agenda
from ombot.features.agenda import rules as agenda_rules
from ombot.features.agenda.tables import AgendaItem
from ombot.features.agenda.views import local
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import queries
from ombot.features.minutes.cards import ATTACHMENT_1
from ombot.features.minutes.results import LineChange, LineView, MinutesView, NoteView, SectionView
from ombot.features.minutes.tables import Minutes, MinutesLine, MinutesNote
from ombot.store import rooms
from ombot.store.rooms import Person


@dataclass(frozen=True)
class Part:
    """An agenda item with its TOP number and its lines; no item for what belongs to none."""

    item: AgendaItem | None
    top: int | None
    rows: list[MinutesLine]


def parts(session: Session, meeting: Meeting) -> list[Part]:
    """All lines of a meeting's minutes under their items, in the order of the agenda.

    What stands under an item that is not on the agenda any more, or under none, comes last.
    """
    items = agenda.accepted(session, meeting)
    tops = [slot.number for slot in agenda_rules.timetable(items, None)]
    by_item: dict[int | None, list[MinutesLine]] = {}
    for row in queries.lines(session, agenda.number_of(meeting)):
        by_item.setdefault(row.agenda_item, []).append(row)
    found = [Part(item, top, by_item.pop(item.number, [])) for item, top in zip(items, tops, strict=True)]
    rest = [row for rows in by_item.values() for row in rows]
    return [*found, Part(None, None, rest)] if rest else found


def line_rows(session: Session, meeting: Meeting) -> list[MinutesLine]:
    """All lines in the order in which they are numbered from 1."""
    return [row for part in parts(session, meeting) for row in part.rows]


def number_of_replied(context: Context, meeting: Meeting) -> int | None:
    """The number of the line that the message replied to has made; of several, the first."""
    if context.replied is None:
        return None
    event_id = context.replied.event_id
    rows = line_rows(context.session, meeting)
    return next((number for number, row in enumerate(rows, 1) if row.event_id == event_id), None)


def line_view(row: MinutesLine, number: int) -> LineView:
    """One line."""
    return LineView(number, row.kind, row.text, row.ref)


def section(part: Part, numbers: Iterator[int]) -> SectionView:
    """One item with its lines, numbered on."""
    lines = tuple(line_view(row, next(numbers)) for row in part.rows)
    if part.item is None:
        return SectionView(None, None, None, False, lines)
    return SectionView(part.top, part.item.kind, part.item.title, part.item.status == "carried", lines)


def view(session: Session, settings: Settings, meeting: Meeting, minutes: Minutes) -> MinutesView:
    """Minutes as they are shown."""
    zone = settings.organisation.timezone
    arranged, numbers = parts(session, meeting), count(1)
    sections = [section(part, numbers) for part in arranged]
    here = (shown for part, shown in zip(arranged, sections, strict=True) if _is_current(part, minutes))
    names = rooms.names(session, minutes.scribes)
    return MinutesView(
        reference=f"M{meeting.number}",
        meeting=f"T{meeting.number}",
        title=meeting.title,
        start=local(meeting.start, zone),
        end=local(meeting.end, zone),
        status=minutes.status,
        running=minutes.running,
        scribes=tuple(Person(one, names.get(one, one)) for one in minutes.scribes),
        current=next(here, None),
        sections=tuple(sections),
        attachments=((1, ATTACHMENT_1), *((a.number, a.title) for a in queries.attachments(session, minutes.meeting))),
        objections=_notes(session, settings, minutes, "objection"),
        changes=tuple(_changes(session, minutes)),
        addenda=_notes(session, settings, minutes, "addendum"),
        review_until=minutes.review_until,
        number=minutes.number,
        checksum=minutes.checksum,
    )


def _changes(session: Session, minutes: Minutes) -> Iterator[LineChange]:
    """Every change of a line since the draft was posted, in order; what was taken back again is left out."""
    if minutes.ended_at is None or minutes.running:
        return
    for entry in queries.changes_since(session, minutes.ended_at):
        of_these = (entry.before or entry.after or {}).get("meeting") == minutes.meeting
        old, new = _words(entry.before), _words(entry.after)
        if of_these and old != new:
            yield LineChange(old, new)


def _words(values: dict[str, Any] | None) -> str | None:
    return f"{values['kind']}: {values['text']}" if values else None


def _is_current(part: Part, minutes: Minutes) -> bool:
    return part.item is not None and part.item.number == minutes.current_top


def _notes(session: Session, settings: Settings, minutes: Minutes, kind: str) -> tuple[NoteView, ...]:
    return tuple(note_view(session, settings, note) for note in queries.notes(session, minutes.meeting, kind))


def note_view(session: Session, settings: Settings, note: MinutesNote) -> NoteView:
    """An objection or addendum with the name of who wrote it."""
    by = Person(note.by, rooms.display_name(session, note.by))
    at = note.at.astimezone(settings.organisation.timezone)
    return NoteView(note.number, note.text, note.line, note.state, by, at)
