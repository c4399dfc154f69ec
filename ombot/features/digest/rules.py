"""When the weekly digest comes and which days it tells of, without I/O."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ombot.clock.workdays import Calendar

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""As the configuration has them, in the order of :meth:`datetime.date.weekday`."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """The seven days before a digest's day."""

    day: date

    @property
    def first(self) -> date:
        """The first of the days."""
        return self.day - WEEK

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.day - timedelta(days=1)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the first midnight, inclusive, to the last, exclusive."""
        first, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (self.first, self.day))
        return first, end


def next_day(weekday: str, after: date) -> date:
    """The first day with this name (see :data:`DAYS`) after a day."""
    return after + timedelta(days=(DAYS.index(weekday) - after.weekday() - 1) % 7 + 1)


def sent_at(calendar: Calendar, day: date) -> datetime:
    """When the digest of a day goes out: that morning, or the next one on which ombot may speak.

    Later rather than earlier, unlike other day steps: the week must be over.
    """
    return calendar.next_morning(datetime.combine(day, time(), calendar.timezone))
