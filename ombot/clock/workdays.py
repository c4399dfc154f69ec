"""Working days, public holidays and quiet hours: when ombot may speak without having been asked.

Everything here is pure: the same arguments give the same answer, nothing reads a wall clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ombot.config import Settings
from ombot.public_holidays import public_holidays

_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """The days and hours at which a federation wants to hear from ombot.

    Attributes:
        timezone: the zone in which days and hours are meant.
        holidays: country and state whose public holidays count, such as ``DE-BE``; empty for none.
        hours: quiet from the first time (inclusive) to the second (exclusive), over midnight when the
            first is the later one; None when no hour is quiet.
        morning: when the messages of a day are sent.
        quiet_weekends: whether Saturdays and Sundays are closed days.
        quiet_holidays: whether public holidays are closed days.
    """

    timezone: ZoneInfo
    holidays: str
    hours: tuple[time, time] | None
    morning: time
    quiet_weekends: bool = True
    quiet_holidays: bool = True

    def local(self, day: date, clock_time: time) -> datetime:
        """Return the instant at which the clocks on site show ``clock_time`` on ``day``.

        A time skipped by a clock change becomes the first one that exists after it, a time that occurs
        twice is its first occurrence.

        The result carries the calendar's zone. Two such values are compared and subtracted by their wall
        time (Python ignores the zone when both are the same), so convert to UTC before doing either.
        """
        moment = datetime.combine(day, clock_time, tzinfo=self.timezone)
        # A skipped time does not survive the way through UTC. Clock changes happen on whole minutes.
        while moment.astimezone(UTC).astimezone(self.timezone).replace(tzinfo=None) != moment.replace(tzinfo=None):
            moment = moment.replace(second=0, microsecond=0) + _ONE_MINUTE
        return moment

    def holiday_name(self, day: date) -> str | None:
        """Return the German name of the public holiday on ``day``, whether or not it is a closed day."""
        return _public_holidays(self.holidays, day.year).get(day)

    def is_open_day(self, day: date) -> bool:
        """Return whether messages may be sent on ``day`` at all."""
        if self.quiet_weekends and day.weekday() >= _SATURDAY:
            return False
        return not (self.quiet_holidays and self.holiday_name(day))

    def next_working_day(self, day: date) -> date:
        """Return the first open day after ``day``."""
        return self._nearest_open_day(day, _ONE_DAY)

    def previous_working_day(self, day: date) -> date:
        """Return the last open day before ``day``."""
        return self._nearest_open_day(day, -_ONE_DAY)

    def step_time(self, day: date) -> datetime:
        """Return when the step planned for ``day`` is sent: that morning, or that of the open day before."""
        if not self.is_open_day(day):
            day = self.previous_working_day(day)
        return self.local(day, self._opening)

    def next_open(self, moment: datetime) -> datetime:
        """Return ``moment`` itself when sending is allowed then, otherwise the next morning on which it is.

        Raises:
            ValueError: ``moment`` has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("next_open needs a moment with a time zone")
        on_site = moment.astimezone(self.timezone)
        today = on_site.date()
        if not self.is_open_day(today):
            return self.local(self.next_working_day(today), self._opening)
        if not self._is_quiet(on_site.time()):
            return moment
        this_morning = self.local(today, self._opening)
        if this_morning.astimezone(UTC) > moment.astimezone(UTC):
            return this_morning
        return self.local(self.next_working_day(today), self._opening)

    def next_morning(self, moment: datetime) -> datetime:
        """Return the first morning of an open day that is not before ``moment``."""
        today = moment.astimezone(self.timezone).date()
        for day in (today, self.next_working_day(today)):
            morning = self.local(day, self._opening)
            if self.is_open_day(day) and morning.astimezone(UTC) >= moment.astimezone(UTC):
                return morning
        return morning

    @property
    def _opening(self) -> time:
        # A morning inside the quiet hours would be put off to the next morning for ever.
        if self.hours and self._is_quiet(self.morning):
            return self.hours[1]
        return self.morning

    def _is_quiet(self, clock_time: time) -> bool:
        if self.hours is None:
            return False
        begin, end = self.hours
        if begin < end:
            return begin <= clock_time < end
        return clock_time >= begin or clock_time < end

    def _nearest_open_day(self, day: date, step: timedelta) -> date:
        day += step
        while not self.is_open_day(day):
            day += step
        return day


def calendar_of(settings: Settings) -> Calendar:
    """The working days and quiet hours of a configuration."""
    quiet = settings.quiet
    return Calendar(
        timezone=settings.organisation.timezone,
        holidays=settings.organisation.holidays,
        hours=quiet.hours,
        morning=quiet.morning,
        quiet_weekends=quiet.weekends,
        quiet_holidays=quiet.holidays,
    )


@lru_cache(maxsize=64)
def _public_holidays(code: str, year: int) -> Mapping[date, str]:
    """Return date → German name for one year of a code such as ``DE-BE``; no entries for an empty code."""
    if not code:
        return {}
    return dict(public_holidays(code, year).items())
