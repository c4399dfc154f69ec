"""Rows to what is shown: names resolved, times where the organisation is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from itertools import takewhile

from ombot.chat.contributions import BoardOf
from ombot.chat.recurrences import Rule
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.features.absences import queries as absences
from ombot.features.absences.rules import Days
from ombot.features.groups import queries as groups
from ombot.features.meetings import queries
from ombot.features.meetings.results import (
    AnswerView,
    MeetingCard,
    MeetingView,
    PollCard,
    PollDateView,
    PollView,
    PresentView,
    SeriesView,
    ToCome,
)
from ombot.features.meetings.rules import SUNDAY, DateCount, Tally, best_dates
from ombot.features.meetings.steps import Coming, poll_day
from ombot.features.meetings.tables import Answer, Meeting, PollDate, Presence, Series
from ombot.features.people import queries as institutions
from ombot.store import rooms
from ombot.store.rooms import Person
from ombot.store.unit import Session


def next_meetings(asked: BoardOf) -> dict[str, Meeting]:
    """The next meeting of each group whose board is written, by the group's key."""
    coming = asked.once("coming", lambda: queries.coming(asked.session, asked.keys, asked.now))
    return {one.group_key: one for one in reversed(coming)}


def view(session: Session, settings: Settings, meeting: Meeting) -> MeetingView:
    """One meeting as it is shown."""
    return views(session, settings, [meeting])[0]


def views(session: Session, settings: Settings, meetings: Sequence[Meeting]) -> tuple[MeetingView, ...]:
    """Many meetings, with a constant number of queries."""
    if not meetings:
        return ()
    titles = groups.names(session)
    numbers = [meeting.number for meeting in meetings if meeting.number is not None]
    tallies = queries.tally(session, numbers)
    from_polls = queries.with_poll(session, numbers)
    zone = settings.organisation.timezone
    return tuple(
        MeetingView(
            reference=f"T{meeting.number}",
            kind=meeting.kind,
            title=meeting.title,
            description=meeting.description,
            group=titles.get(meeting.group_key, meeting.group_key),
            start=meeting.start.astimezone(zone) if meeting.start else None,
            end=meeting.end.astimezone(zone) if meeting.end else None,
            place=meeting.place,
            url=meeting.url,
            moderation=meeting.moderation,
            status=meeting.status,
            tally=tallies.get(meeting.number or 0, Tally()),
            from_poll=meeting.number in from_polls,
        )
        for meeting in meetings
    )


def series_view(session: Session, settings: Settings, series: Series, now: datetime) -> SeriesView:
    """A series with its dates to come."""
    meetings = [
        one
        for one in queries.dates_of_series(session, series.id or 0).values()
        if one.status == "planned" and one.start is not None and one.start > now
    ]
    last = max((one.start for one in meetings if one.start is not None), default=now)
    calendar = calendar_of(settings)
    days = takewhile(
        lambda day: calendar.local(day, time()) <= last,
        Rule(series.unit, series.every, series.weekday, series.nth, series.day).days(series.first),
    )
    return SeriesView(
        title=series.title,
        group=groups.names(session).get(series.group_key, series.group_key),
        rule=Rule(series.unit, series.every, series.weekday, series.nth, series.day),
        start=time.fromisoformat(series.start_time),
        end=time.fromisoformat(series.end_time) if series.end_time else None,
        until=series.until,
        ended=series.status == "ended",
        place=series.place,
        url=series.url,
        dates=views(session, settings, meetings),
        holidays=tuple((day, name) for day in days if day > now.date() and (name := calendar.holiday_name(day))),
    )


def card_of(session: Session, settings: Settings, meeting: Meeting) -> MeetingCard | PollCard:
    """The card that stands in the group's room: of the poll while there is no date, then of the meeting."""
    if meeting.start is None:
        return PollCard(poll_view(session, settings, meeting))
    return MeetingCard(view(session, settings, meeting))


def poll_view(session: Session, settings: Settings, meeting: Meeting) -> PollView:
    """A date poll with its counts."""
    number = meeting.number or 0
    counts = queries.poll_counts(session, number)
    votes = queries.poll_votes(session, number)
    best = best_dates(counts) if votes else ()
    against = {name for vote, name in votes if vote.number in best and vote.choice == "no"}
    rows = queries.poll_dates(session, number)
    away = _away(session, settings, meeting, rows) if meeting.status == "polling" else {}
    return PollView(
        meeting=view(session, settings, meeting),
        until=poll_day(session, settings, meeting),
        dates=tuple(
            _date_view(row, counted, settings, away.get(row.number, ()))
            for row, counted in zip(rows, counts, strict=True)
        ),
        asked=len(queries.entitled(session, number)),
        best=best,
        against=tuple(sorted(against)),
        missing=tuple(one.name for one in queries.without_vote(session, number)),
        open_end=meeting.poll_until is None,
    )


def _away(session: Session, settings: Settings, poll: Meeting, rows: Iterable[PollDate]) -> dict[int, tuple[str, ...]]:
    """For each date of a poll the institutions all of whose people in the group's room are away on that day.

    What an institution has said to a date itself counts more than an absence.
    """
    people = queries.people_by_institution(session, poll.group_key)
    days = absences.days_of(session, [person.id for group in people.values() for person in group])
    if not days:
        return {}
    voted = {(vote.number, name) for vote, name in queries.poll_votes(session, poll.number or 0)}
    zone = settings.organisation.timezone
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        day = row.start.astimezone(zone).date()
        found[row.number] = tuple(
            one.name
            for one in queries.entitled(session, poll.number or 0)
            if (row.number, one.name) not in voted and _all_away(people.get(one.id or 0, []), days, day)
        )
    return found


def _all_away(people: list[Person], days: Mapping[str, list[Days]], day: date) -> bool:
    return bool(people) and all(any(day in span for span in days.get(person.id, ())) for person in people)


def _date_view(row: PollDate, counted: DateCount, settings: Settings, away: tuple[str, ...]) -> PollDateView:
    zone = settings.organisation.timezone
    start = row.start.astimezone(zone)
    holiday = calendar_of(settings).holiday_name(start.date())
    return PollDateView(
        start, row.end.astimezone(zone) if row.end else None, counted, holiday, start.weekday() == SUNDAY, away
    )


def answer_view(session: Session, answer: Answer, institution: str) -> AnswerView:
    """An answer with the deputy's name."""
    deputy = answer.deputy
    if deputy is not None and deputy.startswith("@"):
        deputy = rooms.display_name(session, deputy)
    for_other = answer.person is None
    return AnswerView(institution, answer.answer, answer.mode, deputy, answer.note, for_other, answer.from_absence)


def present_views(session: Session, present: Iterable[Presence]) -> tuple[PresentView, ...]:
    """Who came, with names."""
    present = list(present)
    names = rooms.names(session, {row.person for row in present if row.person})
    titles = {institution.id: institution.name for institution in institutions.institutions(session)}
    return tuple(
        PresentView(names.get(row.person, row.person) if row.person else None, titles.get(row.institution_id))
        for row in present
    )


def to_come(session: Session, settings: Settings, entries: Iterable[Coming]) -> tuple[ToCome, ...]:
    """Entries of a plan with the names of their destinations."""
    titles = groups.names(session)
    zone = settings.organisation.timezone
    return tuple(
        ToCome(
            entry.brief,
            tuple(_place(titles, one) for one in entry.destinations if not one.startswith("person:")),
            sum(one.startswith("person:") for one in entry.destinations),
            entry.due_at.astimezone(zone),
            entry.skipped,
        )
        for entry in entries
    )


def _place(titles: dict[str, str], destination: str) -> str:
    """A group by its name; the words of an audience stay as they are."""
    return titles.get(destination.removeprefix("group:"), destination.removeprefix("group:"))
