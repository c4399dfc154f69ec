"""From the end of the session to final minutes: what is gathered, carried over, posted, released."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from ombot.clock import reminders
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.features.agenda import carrying
from ombot.features.agenda import queries as agenda
from ombot.features.meetings.steps import ASSUMED_LENGTH
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import queries, rules
from ombot.features.minutes.cards import ABSENT, decision_text, task_text
from ombot.features.minutes.export import checksum, current, document, files
from ombot.features.minutes.results import Concern, LineView, MinutesDrafted, MinutesReleased
from ombot.features.minutes.rules import DECISION, TASK, Typed
from ombot.features.minutes.tables import Minutes
from ombot.features.minutes.views import view
from ombot.features.people import queries as institutions
from ombot.features.tasks import queries as tasks
from ombot.features.tasks.results import TaskView
from ombot.features.tasks.rules import Doer
from ombot.features.tasks.views import view as task_view
from ombot.store import rooms
from ombot.store.rooms import Person


def conclude(session: Session, settings: Settings, meeting: Meeting, minutes: Minutes, now: datetime) -> MinutesDrafted:
    """The session is over: the draft is complete and open for objections."""
    written = minutes.started_at is not None or bool(queries.lines(session, minutes.meeting))
    _gather(session, meeting, minutes, now)
    carried = _carry_over(session, meeting, minutes, now)
    minutes.status, minutes.running, minutes.ended_at = "review", False, now
    minutes.review_until = _last_day(settings, now.date())
    session.add(minutes)
    session.flush()
    schedule(session, settings, meeting, minutes, now)
    shown = view(session, settings, meeting, minutes)
    data = document(session, settings, meeting, minutes)
    return MinutesDrafted(
        shown,
        concerns(session, shown.lines),
        carried,
        files(meeting, data),
        written,
        absent(data["participants"]),
    )


def absent(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The institutions among the participants of minutes that had been asked and did not take part."""
    return tuple(dict.fromkeys(one["institution"] for one in entries if one["state"] in ABSENT))


def _last_day(settings: Settings, day: date) -> date:
    return day + timedelta(days=settings.sessions.objection_window.days)


def schedule(session: Session, settings: Settings, meeting: Meeting, minutes: Minutes, now: datetime) -> None:
    """Make the reminders of minutes equal to their plan."""
    zone = settings.organisation.timezone
    end = meeting.end or (meeting.start + ASSUMED_LENGTH if meeting.start else now)
    wanted = rules.plan(
        status=minutes.status,
        running=minutes.running,
        end=max(end, now).astimezone(zone),
        drafted_on=minutes.ended_at.astimezone(zone).date() if minutes.ended_at else None,
        review_until=minutes.review_until,
        destination=f"group:{meeting.group_key}",
        people=_people(session, settings, meeting),
        calendar=calendar_of(settings),
    )
    reminders.replan(session, f"M{meeting.number}", wanted, now)


def _people(session: Session, settings: Settings, meeting: Meeting) -> list[str]:
    """Everybody in the meeting's room: who took part, and who could not come."""
    room = rooms.of_group(session, meeting.group_key)
    members = rooms.members(session, room.room_id) if room is not None else []
    return sorted(person.id for person in members if person.id != settings.matrix.user)


def release(session: Session, settings: Settings, meeting: Meeting, minutes: Minutes, now: datetime) -> MinutesReleased:
    """Final and locked: numbered, frozen as they are now, with their checksum. ``now`` is where the organisation is."""
    year = (meeting.start or now).astimezone(settings.organisation.timezone).year
    number = rules.next_number(year, queries.numbers(session, year))
    data = rules.frozen({**current(session, settings, meeting, minutes), "status": "final", "number": number})
    minutes.frozen, minutes.checksum = data, checksum({**data, "addenda": []})
    minutes.number, minutes.status = number, "final"
    session.add(minutes)
    session.flush()
    schedule(session, settings, meeting, minutes, now)
    whole = document(session, settings, meeting, minutes)
    return MinutesReleased(view(session, settings, meeting, minutes), files(meeting, whole))


# --- what came about beside the lines ---------------------------------------------------------------------------


def _gather(session: Session, meeting: Meeting, minutes: Minutes, now: datetime) -> None:
    """Tasks and decisions of the session that no line has recorded: made by command, or voted on here."""
    since = min(moment for moment in (minutes.started_at, meeting.start, now) if moment is not None)
    recorded = {line.ref for line in queries.lines(session, minutes.meeting)}
    for decision in queries.decisions_made(session, meeting.group_key, since, now):
        text = decision_text(decision.text, _mandate(decision.mandate), rejected=decision.status == "rejected")
        _add(session, minutes, f"B{decision.number}", Typed(DECISION, text), recorded, now, decision.event_id)
    for task in queries.tasks_made(session, meeting.group_key, since, now):
        text = text_of_task(session, task_view(session, task, now.date()))
        _add(session, minutes, f"A{task.number}", Typed(TASK, text), recorded, now, task.event_id)


def _add(
    session: Session, minutes: Minutes, ref: str, typed: Typed, recorded: set[str | None], now: datetime, event: str
) -> None:
    if ref in recorded:
        return
    by = minutes.started_by or ""
    line = queries.add_line(session, minutes.meeting, typed, None, by=by, at=now, event_id=event)
    line.ref = ref
    session.add(line)


def _mandate(mandate: dict[str, str] | None) -> str | None:
    return next(iter(mandate.values())) if mandate else None


def text_of_task(session: Session, task: TaskView, words: str = "") -> str:
    """A task as the minutes say it: institutions in place of persons, where they are known.

    ``words`` are those of the line; without them, title and description are said.
    """
    known = institutions.institution_names(session)
    doers = [known.get(person.id, person.name) for person in task.people] + list(task.parties)
    words = words or "\n".join(part for part in (task.title, task.description) if part)
    return task_text(words, list(dict.fromkeys(doers)), task.due)


# --- what goes over ---------------------------------------------------------------------------------------------


def _carry_over(session: Session, meeting: Meeting, minutes: Minutes, now: datetime) -> tuple[tuple[str, str], ...]:
    """Items that were not reached stand on the next agenda. Only if the scribes moved at all: else nobody knows."""
    noted = {line.agenda_item for line in queries.lines(session, minutes.meeting)}
    called_up = set(minutes.called_up)
    if len(called_up | (noted - {None})) < 2:
        return ()
    open_items = [one for one in agenda.accepted(session, meeting) if one.status == "accepted" and one.standing is None]
    left = [one for one in open_items if not rules.is_reached(agenda.number_of(one), one.kind, called_up, noted)]
    for item in left:
        carrying.carry(session, item, meeting, now)
    return tuple((f"P{item.number}", item.title) for item in left)


# --- whom it concerns -------------------------------------------------------------------------------------------


def concerns(session: Session, said: Iterable[LineView]) -> tuple[Concern, ...]:
    """The tasks among some lines with the persons they were given to."""
    lines = {int(line.ref[1:]): line for line in said if line.kind == TASK and line.ref}
    doers = tasks.doers_of(session, list(lines))
    names = rooms.names(session, {doer.name for found in doers.values() for doer in found if doer.kind == "person"})
    return tuple(
        Concern(line, tuple(Person(one.name, names.get(one.name, one.name)) for one in _persons(doers.get(number, []))))
        for number, line in lines.items()
    )


def _persons(doers: list[Doer]) -> list[Doer]:
    return [doer for doer in doers if doer.kind == "person"]
