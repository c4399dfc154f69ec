"""The agenda in the JSON export, and the data of its documents."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.chat.nodes import Attachment
from ombot.config import Settings
from ombot.documents import mimetype
from ombot.features.agenda import queries, rules, views
from ombot.features.agenda.cards import follow_up_texts
from ombot.features.agenda.results import AgendaView, ItemView
from ombot.features.agenda.tables import AgendaItem
from ombot.features.exporting import Frame, collects, exports
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting


@exports("agenda")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All items, by meeting and in their order; behind the item of follow-ups what belongs to it."""
    return [entry for meeting in queries.meetings_with_items(session) for entry in _meeting(session, frame, meeting)]


def _meeting(session: Session, frame: Frame, meeting: Meeting) -> Iterator[dict[str, Any]]:
    items = queries.items(session, meeting)
    accepted = [item for item in items if rules.is_on_agenda(item)]
    slots = dict(zip((item.number for item in accepted), rules.timetable(accepted, meeting.start), strict=True))
    for item in items:
        slot = slots.get(item.number, views.NOWHERE)
        entry = {
            "id": f"P{item.number}",
            "meeting": f"T{meeting.number}",
            "number": slot.number,
            "title": item.title,
            "kind": item.kind,
            "goals": list(item.goals),
            "minutes": item.minutes,
            "start": frame.moment(slot.start),
            "presenter": item.presenter,
            "status": item.status,
            "origin": item.origin,
        }
        yield entry
        if item.standing == "follow_ups" and rules.is_on_agenda(item):
            yield from _follow_ups(session, frame, meeting, item, entry)


def _follow_ups(
    session: Session, frame: Frame, meeting: Meeting, item: AgendaItem, parent: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Entries without rows of their own: open tasks, parked ones and running votes come and go by themselves."""
    zone = frame.settings.organisation.timezone
    found = views.follow_ups(session, zone, meeting, meeting.start.astimezone(zone).date()) if meeting.start else None
    if found is None:
        return
    titles = {task.reference: task.title for task in found.tasks} | {v.reference: v.text for v in found.votes}
    for reference, title in titles.items():
        own: dict[str, Any] = {
            "id": f"P{item.number}-{reference}",
            "title": title,
            "goals": [],
            "minutes": None,
            "origin": reference,
        }
        yield {**parent, **own}


@collects("agenda", "agenda", by_session=True)
def collect(session: Session, settings: Settings, now: datetime, meeting: int | None) -> dict[str, Any] | None:
    """The agenda of a meeting, or of the next session; None when it is empty or there is no such meeting."""
    found = meetings.next_session(session, now) if meeting is None else meetings.get(session, meeting)
    if found is None:
        return None
    zone = settings.organisation.timezone
    shown = views.agenda(session, zone, found, now.astimezone(zone).date())
    return document(settings, shown) if shown.items else None


def document(settings: Settings, agenda: AgendaView) -> dict[str, Any]:
    """The frozen data of the agenda as DOCX, PDF or Markdown."""
    return {
        "organisation": settings.organisation.name,
        "board_genitive": settings.organisation.board_genitive,
        "session": {
            "title": agenda.title,
            "start": agenda.start.isoformat() if agenda.start else None,
            "end": agenda.end.isoformat() if agenda.end else None,
            "place": agenda.place,
            "url": agenda.url,
            "moderation": agenda.moderation,
        },
        "items": [_document_item(agenda, item) for item in agenda.items],
    }


def _document_item(agenda: AgendaView, item: ItemView) -> dict[str, Any]:
    points: list[str] = []
    if item.standing == "follow_ups" and agenda.follow_ups:
        points = follow_up_texts(agenda.follow_ups)
    return {
        "number": item.top,
        "kind": item.kind,
        "title": item.title,
        "goals": list(item.goals),
        "points": points,
        "presenter": item.presenter,
        "start": item.start.isoformat() if item.start else None,
        "minutes": item.minutes,
    }


def attachment(settings: Settings, agenda: AgendaView, fmt: str) -> Attachment:
    """The agenda as a file that follows a card."""
    content = {"kind": "agenda", "format": fmt, "data": document(settings, agenda)}
    return Attachment(f"Tagesordnung-{agenda.reference}.{fmt}", mimetype(fmt), content)
