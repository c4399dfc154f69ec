"""From durations in the configuration to moments: whole days are day steps, everything else counts from the minute."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from ombot.clock.reminders import Planned
from ombot.clock.workdays import Calendar

DAY = timedelta(days=1)


def name(offset: timedelta) -> str:
    """A duration as it is written in the configuration: ``7d``, ``90m``."""
    return f"{offset.days}d" if offset % DAY == timedelta() else f"{int(offset.total_seconds() // 60)}m"


def before(calendar: Calendar, day: date, offset: timedelta, start: datetime | None = None) -> datetime:
    """When a step ``offset`` before a day (or, below a day, before the start) is sent."""
    if offset % DAY == timedelta() or start is None:
        return calendar.step_time(day - timedelta(days=offset.days))
    return calendar.next_open(start - offset)


def steps(
    calendar: Calendar,
    kind: str,
    day: date,
    offsets: Iterable[timedelta],
    destination: str,
    start: datetime | None = None,
) -> Iterator[Planned]:
    """One planned step per offset before a day."""
    for offset in offsets:
        moment = before(calendar, day, offset, start)
        yield Planned(f"{kind}-{name(offset)}", day, destination, moment)
