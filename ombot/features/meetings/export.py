"""Meetings in the JSON export, and the data of calendars."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from ombot.config import Settings
from ombot.features.exporting import Frame, collects, exports
from ombot.features.meetings import queries
from ombot.features.meetings.tables import Answer, Meeting, Presence, Series
from ombot.features.people import queries as institutions
from ombot.store.unit import Session

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""As iCalendar names them, by ``date.weekday()``."""

CALENDAR_STATUS = {"planned": "CONFIRMED", "held": "CONFIRMED", "cancelled": "CANCELLED"}


@exports("meetings")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All meetings, by number."""
    series = queries.dates_of_all_series(session)
    return [
        _entry(session, meeting, frame)
        | {"series": _series(*series[meeting.number]) if meeting.number in series else None}
        for meeting in queries.everything(session)
    ]


def _series(series: Series, day: date) -> dict[str, Any]:
    """What a meeting comes from: its series, and the day of the rule it was made for, wherever it was moved to."""
    return {
        "id": series.id,
        "rule": _recurrence(series),
        "first": series.first.isoformat(),
        "until": series.until.isoformat() if series.until else None,
        "start": series.start_time,
        "end": series.end_time,
        "status": series.status,
        "day": day.isoformat(),
    }


def _recurrence(series: Series) -> str:
    """The rule as iCalendar writes it (RFC 5545, 3.3.10): ``FREQ=MONTHLY;BYDAY=1TU``."""
    frequency = {"week": "WEEKLY", "month": "MONTHLY"}[series.unit]
    interval = f";INTERVAL={series.every}" if series.every > 1 else ""
    if series.weekday is None:
        return f"FREQ={frequency}{interval};BYMONTHDAY={series.day}"
    return f"FREQ={frequency}{interval};BYDAY={series.nth or ''}{WEEKDAYS[series.weekday]}"


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
