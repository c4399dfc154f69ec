"""What an absence means for meetings: who is away has answered, and stands as a gap beside the dates of a poll.

An absence is a person's, an answer is the institution's. So an institution has declined by it only where everybody it
has in the group's room is away on the day the meeting begins: as long as one of them is there, they are asked as
before. Somebody's own answer is never changed by an absence; one that an absence gave goes with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ombot.chat import queries as chat
from ombot.chat.context import Context
from ombot.config import Settings
from ombot.features.absences import queries as absences
from ombot.features.absences.following import Changed, follows
from ombot.features.absences.rules import Days
from ombot.features.meetings import changes, queries
from ombot.features.meetings.results import AbsenceFollowed
from ombot.features.meetings.steps import prepares
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.meetings.views import view, views
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution
from ombot.store.rooms import Person
from ombot.store.unit import Session


@prepares
def take_into_account(session: Session, settings: Settings, meeting: Meeting, now: datetime) -> None:
    """A meeting that is made or moved: who is away then has answered."""
    settle(session, settings, meeting, now)


def settle(session: Session, settings: Settings, meeting: Meeting, now: datetime) -> bool:
    """Answer for the institutions all of whose people are away, and open again where they no longer are.

    Returns whether an answer has changed.
    """
    if meeting.status != "planned" or meeting.start is None or meeting.start <= now:
        return False
    day = meeting.start.astimezone(settings.organisation.timezone).date()
    away = _away(session, meeting, day)
    given = {row.institution_id: row for row, _ in queries.answers(session, changes.number_of(meeting))}
    changed = False
    for institution in queries.entitled(session, changes.number_of(meeting)):
        row, person = given.get(institution.id or 0), away.get(institution.id or 0)
        if row is None and person is not None:
            session.add(_declined(meeting, institution, person, now))
            changed = True
        elif row is not None and row.from_absence and person is None:
            session.delete(row)
            changed = True
    session.flush()
    return changed


def _away(session: Session, meeting: Meeting, day: date) -> dict[int, str]:
    """The institutions all of whose people in the group's room are away on a day, each with one of them."""
    people = queries.people_by_institution(session, meeting.group_key)
    absent = absences.on_day(session, [person.id for group in people.values() for person in group], day)
    return {
        institution_id: group[0].id
        for institution_id, group in people.items()
        if all(person.id in absent for person in group)
    }


def _declined(meeting: Meeting, institution: Institution, person: str, now: datetime) -> Answer:
    return Answer(
        meeting=changes.number_of(meeting),
        institution_id=institutions.id_of(institution),
        answer="no",
        person=person,
        given_by=person,
        from_absence=True,
        at=now,
    )


# --- telling who is away ----------------------------------------------------------------------------------------


@dataclass
class _Found:
    """What an absence came to, meeting by meeting."""

    declined: list[Meeting]
    opened: list[Meeting]
    kept: list[Meeting]
    asked: list[tuple[Meeting, list[Person]]]


@follows
def answer_requests(context: Context, changed: Changed) -> AbsenceFollowed | None:
    """Every meeting and date poll of the person on these days takes the absence into account."""
    session, keys = context.session, chat.group_keys_of(context.session, changed.person)
    for poll in queries.polls(session, keys):
        days = (row.start.astimezone(context.zone).date() for row in queries.poll_dates(session, poll.number or 0))
        if _any_in(days, changed.days):
            changes.recount(context, poll)
    own = institutions.institution_of(session, changed.person)
    coming = [one for one in queries.coming(session, keys, context.now) if _any_in(_day(one, context), changed.days)]
    found = _Found([], [], [], [])
    for meeting in coming:
        before = queries.answer_of(session, changes.number_of(meeting), own.id) if own is not None and own.id else None
        if settle(session, context.settings, meeting, context.now):
            changes.recount(context, meeting)
        if own is not None and own.id is not None:
            _sort_in(found, context, changed, meeting, own.id, before)
    return _result(context, own, found)


def _sort_in(
    found: _Found, context: Context, changed: Changed, meeting: Meeting, institution_id: int, before: Answer | None
) -> None:
    after = queries.answer_of(context.session, changes.number_of(meeting), institution_id)
    if after is None and before is not None:
        found.opened.append(meeting)
    elif after is not None and before is None:
        found.declined.append(meeting)
    elif not _is_away(context, changed.person, meeting):
        return
    elif after is not None and _comes(after, changed.person):
        found.kept.append(meeting)
    elif after is None and queries.is_entitled(context.session, changes.number_of(meeting), institution_id):
        people = changes.people_of(context.session, institution_id, meeting.group_key)
        found.asked.append((meeting, [person for person in people if person.id != changed.person]))


def _comes(answer: Answer, person: str) -> bool:
    """Whether somebody's institution takes part, and nobody else than they is known to come for it."""
    return answer.answer != "no" and answer.person in (person, None) and answer.deputy is None


def _is_away(context: Context, person: str, meeting: Meeting) -> bool:
    return any(absences.on_day(context.session, [person], day) for day in _day(meeting, context))


def _result(context: Context, own: Institution | None, found: _Found) -> AbsenceFollowed | None:
    everything = [*found.declined, *found.opened, *found.kept, *(meeting for meeting, _ in found.asked)]
    if own is None or not everything:
        return None
    shown = set(changes.shown_groups(context))

    def seen(meetings: Iterable[Meeting]) -> list[Meeting]:
        return [meeting for meeting in meetings if meeting.group_key in shown]

    session, settings = context.session, context.settings
    return AbsenceFollowed(
        own.name,
        declined=views(session, settings, seen(found.declined)),
        opened=views(session, settings, seen(found.opened)),
        kept=views(session, settings, seen(found.kept)),
        asked=tuple(
            (view(session, settings, meeting), tuple(person.name for person in people))
            for meeting, people in found.asked
            if meeting.group_key in shown
        ),
        elsewhere=len(everything) - len(seen(everything)),
    )


def _day(meeting: Meeting, context: Context) -> list[date]:
    return [meeting.start.astimezone(context.zone).date()] if meeting.start is not None else []


def _any_in(days: Iterable[date], spans: Iterable[Days]) -> bool:
    spans = list(spans)
    return any(day in span for day in days for span in spans)
