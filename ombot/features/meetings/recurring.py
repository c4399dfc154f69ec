"""Series of meetings: each date is a meeting of its own, made some time ahead.

So every date has its own number, card, answers, reminders and entry in calendars; one of them is moved or called off
like any other meeting, and the rule knows nothing of it. What it was made for stays its day, so that no second one is
made there.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from itertools import takewhile

from ombot.chat.recurrences import Rule
from ombot.chat.tables import Group
from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion
from ombot.clock.ticks import CHORES, Chore
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.features.meetings import changes, queries, steps
from ombot.features.meetings.rules import AHEAD, AT_LEAST, AT_MOST
from ombot.features.meetings.tables import Meeting, Series, SeriesDate
from ombot.store.unit import Session


def rule_of(series: Series) -> Rule:
    """The rule of a series."""
    return Rule(series.unit, series.every, series.weekday, series.nth, series.day)


def id_of(series: Series) -> int:
    """The key of a stored series."""
    if series.id is None:
        raise ValueError("the series was not flushed")
    return series.id


def starts_at(settings: Settings, series: Series, day: date) -> datetime:
    """When the date of a day begins: at its time on the clocks on site, summer and winter."""
    return calendar_of(settings).local(day, time.fromisoformat(series.start_time))


def ends_at(settings: Settings, series: Series, day: date) -> datetime | None:
    """When it ends; None where nobody said."""
    return calendar_of(settings).local(day, time.fromisoformat(series.end_time)) if series.end_time else None


def days_to_come(settings: Settings, series: Series, now: datetime) -> Iterator[date]:
    """The days of the rule from now on, public holidays included, up to the last day of the series."""
    days = takewhile(lambda day: series.until is None or day <= series.until, rule_of(series).days(series.first))
    return (day for day in days if starts_at(settings, series, day).astimezone(UTC) > now.astimezone(UTC))


def make_dates(session: Session, settings: Settings, series: Series, now: datetime, own_id: str) -> list[date]:
    """Make the meetings of the coming time that do not exist yet; gives the days left out as public holidays."""
    known, holidays = queries.dates_of_series(session, id_of(series)), []
    extend_at = None
    for number, day in enumerate(days_to_come(settings, series, now)):
        start = starts_at(settings, series, day)
        if number >= AT_MOST or (number >= AT_LEAST and start - now > AHEAD):
            break
        extend_at = extend_at or start
        if calendar_of(settings).holiday_name(day):
            holidays.append(day)
        elif day not in known:
            _make(session, settings, series, day, now, own_id)
    if extend_at is None:
        series.status = "ended"
    else:
        series.extend_at = extend_at
    session.add(series)
    session.flush()
    return holidays


def _make(session: Session, settings: Settings, series: Series, day: date, now: datetime, own_id: str) -> None:
    meeting = Meeting(
        group_key=series.group_key,
        title=series.title,
        description=series.description,
        start=starts_at(settings, series, day),
        end=ends_at(settings, series, day),
        place=series.place,
        url=series.url,
        created_by=series.created_by,
        created_at=now,
        changed_at=now,
        event_id=series.event_id,
    )
    session.add(meeting)
    session.flush()
    session.add(SeriesDate(series=id_of(series), day=day, meeting=changes.number_of(meeting)))
    session.flush()
    changes.entitle(session, meeting, own_id)
    steps.schedule(session, settings, meeting, now)
    changes.mark_boards(session, meeting)


def _extend(occasion: Occasion, _voice_for: Callable[[str], Voice]) -> int:
    due = queries.series_to_extend(occasion.session, occasion.now)
    for series in due:
        group = occasion.session.get(Group, series.group_key)
        if group is None or group.archived:
            series.status = "ended"
            occasion.session.add(series)
            continue
        make_dates(occasion.session, occasion.settings, series, occasion.now, occasion.own_id)
    return len(due)


CHORES.append(Chore(_extend, queries.next_extension))
