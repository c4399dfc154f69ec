"""Meetings in the JSON export, and the data of calendars."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ombot.config import Settings
from ombot.features.exporting import Frame, collects, exports
from ombot.features.meetings import queries
from ombot.features.meetings.tables import Answer, Meeting, Presence
from ombot.features.people import queries as institutions
from ombot.store.unit import Session

CALENDAR_STATUS = {"planned": "CONFIRMED", "held": "CONFIRMED", "cancelled": "CANCELLED"}


@exports("meetings")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All meetings, by number."""
    return [_entry(session, meeting, frame) for meeting in queries.everything(session)]


def _entry(session: Session, meeting: Meeting, frame: Frame) -> dict[str, Any]:
    number = meeting.number or 0
    return {
        "id": f"T{number}",
        "group": meeting.group_key,
        "kind": meeting.kind,
        "title": meeting.title,
        "description": meeting.description,
        "start": frame.moment(meeting.start),
        "end": frame.moment(meeting.end),
        "place": meeting.place,
        "url": meeting.url,
        "moderation": meeting.moderation,
        "status": meeting.status,
        "dates": _dates(session, number, frame),
        "answers": [_answer(answer, name, frame) for answer, name in queries.answers(session, number)],
        "present": present(session, queries.present(session, number)),
    }


def _dates(session: Session, number: int, frame: Frame) -> list[dict[str, Any]]:
    counts = queries.poll_counts(session, number)
    return [
        {"start": frame.moment(row.start), "yes": one.yes, "if_need_be": one.if_need_be, "no": one.no}
        for row, one in zip(queries.poll_dates(session, number), counts, strict=True)
    ]


def _answer(answer: Answer, institution: str, frame: Frame) -> dict[str, Any]:
    return {
        "institution": institution,
        "person": answer.person,
        "answer": answer.answer,
        "mode": answer.mode,
        "deputy": answer.deputy,
        "note": answer.note,
        "given_by": answer.given_by,
        "at": frame.moment(answer.at),
    }


def present(session: Session, rows: Iterable[Presence]) -> list[str | dict[str, str | None]]:
    """Who really came: the Matrix id, or institution and name where there is no account."""
    names = {institution.id: institution.name for institution in institutions.institutions(session)}
    return [
        row.person
        if row.person is not None and row.person.startswith("@")
        else {"institution": names.get(row.institution_id), "name": row.person}
        for row in rows
    ]


def calendar_data(settings: Settings, meetings: Sequence[Meeting], name: str) -> dict[str, Any]:
    """The data of a calendar document. A meeting keeps its UID for ever; a cancelled one stays, as cancelled."""
    zone = settings.organisation.timezone
    server = settings.matrix.user.partition(":")[2]
    return {
        "name": name,
        "zone": zone.key,
        "events": [
            {
                "uid": f"T{meeting.number}.ombot@{server}",
                "sequence": meeting.sequence,
                "summary": meeting.title,
                "start": meeting.start.astimezone(zone).isoformat(),
                "end": meeting.end.astimezone(zone).isoformat() if meeting.end else None,
                "location": meeting.place,
                "description": meeting.description,
                "url": meeting.url,
                "status": CALENDAR_STATUS[meeting.status],
                "changed_at": meeting.changed_at.astimezone(zone).isoformat(),
            }
            for meeting in meetings
            if meeting.start is not None and meeting.status in CALENDAR_STATUS
        ],
    }


@collects("meetings", "calendar")
def calendar(session: Session, settings: Settings, _now: datetime, number: int | None) -> dict[str, Any]:
    """The calendar of all meetings, or of one."""
    meetings = queries.everything(session)
    chosen = [meeting for meeting in meetings if number in (None, meeting.number)]
    return calendar_data(settings, chosen, settings.organisation.name)
