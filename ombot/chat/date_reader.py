"""From the parse tree of a German date phrase (``dates.lark``) to a :class:`Reading`.

The grammar decides whether a phrase is a date; here it is decided which one, relative to ``now``. Rules:

* A day or month without a year is the next one, today included; a day that does not exist in that year is refused
  (29.2. is not silently moved to the next leap year).
* Today's weekday means in seven days, unless a later time today is given.
* "nächsten X" is the first X after today; when that is tomorrow, half of the members mean the one after: a question.
* Without a year, a range is the first one that has not ended yet.
* A time as it is spoken ("halb drei", "um drei", "2-4") is the one between 7 and 19 o'clock, unless that is past today;
  a time with "Uhr" or a colon is taken literally. A part of the day ("abends") decides in both cases.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction

from lark import Token, Transformer, v_args

from ombot.chat.feasts import FEASTS, Feast
from ombot.chat.refusal import Refusal


@dataclass(frozen=True)
class Reading:
    """What a date phrase says, in the wall time of the organisation's zone.

    ``last`` is set for a range of days. ``start`` and ``end`` are times on the first and on the last day; an ``end``
    without a ``start`` is a deadline within the day ("am Freitag bis 18 Uhr"). A time keeps its ``fold``.
    """

    first: date
    last: date | None = None
    start: time | None = None
    end: time | None = None

    @property
    def day(self) -> date:
        """The single day or the last day of the range: what is stored as due."""
        return self.last or self.first

    def starts_at(self, zone: tzinfo) -> datetime | None:
        """The aware start in ``zone``, None without a time."""
        return None if self.start is None else datetime.combine(self.first, self.start, zone)

    def ends_at(self, zone: tzinfo) -> datetime | None:
        """The aware end in ``zone``, None without a time."""
        return None if self.end is None else datetime.combine(self.day, self.end, zone)


@dataclass(frozen=True)
class Yearly:
    """A day that comes once a year, with the year if it was said and the weekday that was said beside it."""

    of: Callable[[int], Feast]
    is_past: Callable[[date], bool]
    year: int | None
    weekday: int | None = None

    def upcoming_year(self, today: date) -> int:
        return self.year or today.year + self.is_past(today)

    def in_year(self, year: int) -> date:
        day = self.of(year).day
        if self.weekday not in (None, day.weekday()):
            raise Refusal("wrong_weekday", day=day)
        return day

    def not_before(self, earliest: date) -> date:
        """In the year that was said, otherwise the first one from ``earliest`` on."""
        return self.in_year(self.upcoming_year(earliest))

    def latest_until(self, last: date) -> date:
        """The latest one that is not after ``last``; in another year only if none was said."""
        feast = self.of(self.year or last.year).day
        return self.in_year(feast.year if self.year or feast <= last else feast.year - 1)


@dataclass(frozen=True)
class Coming:
    """A weekday without anything that says which."""

    weekday: int


DayNode = Yearly | Coming | date


@dataclass(frozen=True)
class Period:
    """A week, month, quarter or year; ``later`` is the one a year later if no year was said."""

    unit: str
    first: date
    last: date
    later: "Period | None" = None


@dataclass(frozen=True)
class Span:
    """A number of calendar months or days."""

    months: int = 0
    days: int = 0

    def added_to(self, day: date, sign: int = 1) -> date:
        return add_months(day, sign * self.months) + timedelta(sign * self.days)


HourMinute = tuple[int, int]


@dataclass(frozen=True)
class Clock:
    """Times as they were written; what "halb drei" means is only known together with the day."""

    start: HourMinute | None
    end: HourMinute | None = None
    spoken: bool = False
    part: str | None = None


WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
RELATIVE_DAYS = {
    "TODAY": 0,
    "TOMORROW": 1,
    "DAY_AFTER_TOMORROW": 2,
    "YESTERDAY": -1,
    "DAY_BEFORE_YESTERDAY": -2,
}
STEPS = {"THIS": 0, "NEXT": 1, "COMING": 1, "AFTER_NEXT": 2}
MONTHS_PER_UNIT = {"MONTH": 1, "QUARTER": 3, "YEAR": 12, "HALF_YEAR": 6, "QUARTER_YEAR": 3}
DAYS_PER_UNIT = {"DAY": 1, "WEEK": 7}
MINUTES_PER_UNIT = {
    "HOUR": 60,
    "MINUTE": 1,
    "HALF_HOUR": 30,
    "QUARTER_HOUR": 15,
    "THREE_QUARTER_HOUR": 45,
}
FRIDAY, SATURDAY = 4, 5
LAST = -1
# Hours in which a spoken time falls, from the first to before the last.
PARTS = {"MORNING": (4, 12), "FORENOON": (6, 13), "NOON": (11, 15), "AFTERNOON": (12, 19), "EVENING": (16, 24)}
WORKING_DAY = (7, 19)
SPOKEN_MINUTES = {
    "HALF": -30,
    "QUARTER_TO": -15,
    "QUARTER_PAST": 15,
    "QUARTER_OF": -45,
    "THREE_QUARTERS": -15,
}


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of that month if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, _last_of_month(year, month + 1).day))


def _last_of_month(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(1)


def _period(unit: str, day: date) -> Period:
    """The week, month, quarter or year in which ``day`` lies."""
    if unit == "WEEK":
        monday = day - timedelta(day.weekday())
        return Period(unit, monday, monday + timedelta(6))
    months = MONTHS_PER_UNIT[unit]
    first_month = (day.month - 1) // months * months + 1
    return Period(unit, date(day.year, first_month, 1), _last_of_month(day.year, first_month + months - 1))


def _calendar_day(day: int, month: int, year: int | None) -> Yearly:
    def of(in_year: int) -> Feast:
        try:
            found = date(in_year, month, day)
        except ValueError:
            raise Refusal("no_such_day", day=f"{day:02}.{month:02}.{in_year}") from None
        return Feast(found, found, found)

    return Yearly(of, lambda today: (month, day) < (today.month, today.day), year)


def _numbers(token: Token) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", token)]


def _full_year(year: int) -> int:
    return year if year > 99 else 2000 + year


def _number(token: Token) -> int:
    """A number in digits ("3", "3.") or as a word, whose value stands in the name of its terminal (N3, O3)."""
    return int(token.type[1:]) if re.fullmatch(r"[NO]\d+", token.type) else int(token.rstrip("."))


@v_args(inline=True)
class DateReader(Transformer[Token, Reading]):
    """Gives the tree its meaning at one moment; the methods are the rules of ``dates.lark``."""

    def __init__(self, now: datetime, phrase: str, next_session: date | None) -> None:
        super().__init__()
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        self._now = now
        self._zone = now.tzinfo
        self._today = now.date()
        self._phrase = phrase
        self._next_session = next_session

    # -- whole phrases

    def start(self, reading: Reading) -> Reading:
        return reading

    def on_day(self, node: DayNode, clock: Clock | None = None) -> Reading:
        day = self._day(node, clock)
        start, end = self._times(clock, day)
        return self._checked(Reading(day, None, start, end))

    def by_clock(self, node: DayNode, clock: Clock) -> Reading:
        reading = self.on_day(node, clock)
        if reading.end is not None:
            raise self._not_understood()
        return replace(reading, start=None, end=reading.start)

    def clock_first(self, clock: Clock, node: DayNode) -> Reading:
        return self.on_day(node, clock)

    def today_at(self, clock: Clock) -> Reading:
        return self.on_day(self._today, clock)

    def from_now(self, count: Fraction, minutes: int) -> Reading:
        # In UTC: 48 hours are 48 hours, also across a clock change.
        moment = self._now.astimezone(UTC) + timedelta(minutes=float(count * minutes))
        local = moment.astimezone(self._zone)
        return Reading(local.date(), None, local.time().replace(second=0, microsecond=0))

    def throughout(self, period: Period) -> Reading:
        chosen = period.later if period.later and period.last < self._today else period
        return Reading(chosen.first, chosen.last)

    def repeated(self, _series: Token) -> Reading:
        raise Refusal("repeated_date", phrase=self._phrase)

    # -- single days

    def relative(self, token: Token) -> date:
        return self._today + timedelta(RELATIVE_DAYS[token.type])

    def weekday(self, token: Token) -> int:
        return WEEKDAYS.index(token.type)

    def coming(self, weekday: int) -> Coming:
        return Coming(weekday)

    def weekday_and_date(self, weekday: int, yearly: Yearly) -> Yearly:
        return replace(yearly, weekday=weekday)

    def month(self, token: Token) -> int:
        return MONTHS.index(token.type) + 1

    def year(self, token: Token) -> int:
        return _full_year(int(token))

    def day_number(self, token: Token) -> int:
        return _number(token)

    def calendar_day(self, day: int, month: int, year: int | None = None) -> Yearly:
        return _calendar_day(day, month, year)

    def numeric(self, token: Token) -> Yearly:
        day, month, *year = _numbers(token)
        return _calendar_day(day, month, _full_year(year[0]) if year else None)

    def iso(self, token: Token) -> Yearly:
        year, month, day = _numbers(token)
        return _calendar_day(day, month, year)

    def feast(self, token: Token) -> Callable[[int], Feast]:
        return FEASTS[token.type]

    def feast_day(self, of: Callable[[int], Feast], year: Token | None = None) -> Yearly:
        return Yearly(of, lambda today: of(today.year).last < today, int(year) if year else None)

    def adjective(self, token: Token) -> str:
        return token.type

    def adjective_weekday(self, adjective: str, weekday: int) -> date:
        first = self._weekday_after(self._today, weekday)
        following = first + timedelta(7)
        if adjective == "NEXT" and first == self._today + timedelta(1):
            raise Refusal("ambiguous", phrase=self._phrase, first=first, second=following)
        return following if adjective == "AFTER_NEXT" else first

    def nth_weekday(self, ordinal: int, weekday: int, month: Period) -> date:
        day = self._nth_weekday(ordinal, weekday, month)
        return self._nth_weekday(ordinal, weekday, month.later) if month.later and day < self._today else day

    def ordinal(self, token: Token) -> int:
        return LAST if token.type == "LAST" else _number(token)

    def session(self, adjective: str) -> date:
        if adjective not in ("NEXT", "COMING"):
            raise self._not_understood()
        if self._next_session is None:
            raise Refusal("no_next_session")
        return self._next_session

    # -- amounts of time

    def count(self, token: Token) -> Fraction:
        return Fraction(3, 2) if token.type == "ONE_AND_A_HALF" else Fraction(_number(token))

    def unit(self, token: Token) -> str:
        return token.type

    def unit_day(self) -> str:
        return "DAY"

    def small_unit(self, token: Token) -> int:
        return MINUTES_PER_UNIT[token.type]

    def span(self, count: Fraction, unit: str) -> Span:
        amount = count * (MONTHS_PER_UNIT.get(unit) or DAYS_PER_UNIT[unit])
        if amount.denominator != 1:
            raise self._not_understood()
        return Span(months=int(amount)) if unit in MONTHS_PER_UNIT else Span(days=int(amount))

    def after_today(self, span: Span) -> date:
        return span.added_to(self._today)

    def within_the_next(self, _adjective: Token, span: Span) -> date:
        return self.after_today(span)

    def later(self, day: date, span: Span) -> date:
        return span.added_to(day)

    def weekday_in_weeks(self, weekday: int, span: Span) -> date:
        if span.months or span.days % 7:
            raise self._not_understood()
        return span.added_to(self._today + timedelta((weekday - self._today.weekday()) % 7))

    def weekday_in_weeks_reversed(self, span: Span, weekday: int) -> date:
        return self.weekday_in_weeks(weekday, span)

    def yearly_anchor(self, yearly: Yearly) -> Yearly:
        return yearly

    def day_anchor(self, day: date) -> date:
        return day

    def day_beside(self, side: Token, anchor: Yearly | date) -> date:
        return self.beside(Span(days=1), side, anchor)

    def beside(self, span: Span, side: Token, anchor: Yearly | date) -> date:
        sign = -1 if side.type == "BEFORE" else 1
        if isinstance(anchor, date):
            return span.added_to(anchor, sign)

        def in_year(year: int) -> date:
            anchor.in_year(year)
            feast = anchor.of(year)
            return span.added_to(feast.first if sign < 0 else feast.last, sign)

        year = anchor.upcoming_year(self._today)
        day = in_year(year)
        return in_year(year + 1) if anchor.year is None and day < self._today else day

    # -- several days

    def spread(self, first_node: DayNode, last_node: DayNode) -> Reading:
        if isinstance(first_node, Yearly) and first_node.year is None and not isinstance(last_node, Coming):
            last = self._day(last_node)
            return self._range(first_node.latest_until(last), last)
        first = self._day(first_node)
        return self._range(first, self._last_day(first_node, first, last_node))

    def spread_at(self, reading: Reading, clock: Clock) -> Reading:
        start, end = self._times(clock, reading.first)
        return self._checked(replace(reading, start=start, end=end))

    def spread_with_times(
        self, first_node: DayNode, start_clock: Clock, last_node: DayNode, end_clock: Clock
    ) -> Reading:
        reading = self.spread(first_node, last_node)
        start, start_end = self._times(start_clock, reading.first)
        end, end_end = self._times(end_clock, reading.day)
        if start_end or end_end:
            raise self._not_understood()
        return self._checked(replace(reading, start=start, end=end))

    def days_of_month(self, first: Token, last: Token, month: int, year: int | None = None) -> Reading:
        last_day = self._day(_calendar_day(_number(last), month, year))
        return self._range(_calendar_day(_number(first), month, None).in_year(last_day.year), last_day)

    def days_of_numeric(self, first: Token, last: Token) -> Reading:
        _day, month, *_year = _numbers(last)
        last_day = self._day(self.numeric(last))
        return self._range(_calendar_day(_number(first), month, None).in_year(last_day.year), last_day)

    # -- weeks, months, quarters, years

    def unit_period(self, adjective: str, token: Token) -> Period:
        steps = STEPS[adjective]
        if token.type == "WEEK":
            return _period("WEEK", self._today + timedelta(7 * steps))
        first_of_month = self._today.replace(day=1)
        return _period(token.type, add_months(first_of_month, steps * MONTHS_PER_UNIT[token.type]))

    def this_unit(self, token: Token) -> Period:
        return _period(token.type, self._today)

    def named_month(self, month: int, year: Token | None = None) -> Period:
        return self._with_later(lambda in_year: _period("MONTH", date(in_year, month, 1)), year)

    def calendar_quarter(self, token: Token, year: Token | None = None) -> Period:
        return self._quarter(int(token[1:]), year)

    def ordinal_quarter(self, token: Token, _quarter: Token, year: Token | None = None) -> Period:
        return self._quarter(_number(token), year)

    def calendar_week(self, token: Token, year: Token | None = None) -> Period:
        number = _number(token)

        def week(in_year: int) -> Period:
            try:
                return _period("WEEK", date.fromisocalendar(in_year, number, 1))
            except ValueError:
                raise Refusal("no_such_week", week=number, year=in_year) from None

        if year is not None:
            return week(int(year))
        this_year = self._today.isocalendar().year
        if number == 53 and self._weeks_of(this_year) < number <= self._weeks_of(this_year + 1):
            return week(this_year + 1)
        found = week(this_year)
        return replace(found, later=week(this_year + 1)) if number <= self._weeks_of(this_year + 1) else found

    def weekday_of(self, weekday: int, week: Period) -> date:
        day = week.first + timedelta(weekday)
        return week.later.first + timedelta(weekday) if week.later and day < self._today else day

    def weekday_of_reversed(self, week: Period, weekday: int) -> date:
        return self.weekday_of(weekday, week)

    def this_weekend(self) -> Period:
        saturday = _period("WEEK", self._today).first + timedelta(SATURDAY)
        return Period("WEEKEND", saturday, saturday + timedelta(1))

    def adjective_weekend(self, adjective: str) -> Period:
        this = self.this_weekend()
        following = Period("WEEKEND", this.first + timedelta(7), this.last + timedelta(7))
        if adjective == "AFTER_NEXT":
            raise self._not_understood()
        if adjective == "THIS" or (adjective == "COMING" and self._today < this.first):
            return this
        if adjective == "NEXT" and self._today < this.first:
            raise Refusal("ambiguous", phrase=self._phrase, first=this.first, second=following.first)
        return following

    def side(self, token: Token) -> str:
        return token.type

    def edge(self, side: str, period: Period) -> date:
        day = self._edge(side, period)
        return self._edge(side, period.later) if period.later and day < self._today else day

    def edge_of_year(self, side: str, year: Token) -> date:
        return self._edge(side, _period("YEAR", date(int(year), 1, 1)))

    def compound_edge(self, token: Token) -> date:
        return self._edge("END", _period(token.type.removeprefix("END_OF_"), self._today))

    # -- times of day

    def day_part(self, token: Token) -> str:
        return token.type

    def morning(self) -> str:
        return "MORNING"

    def only_part(self, part: str) -> Clock:
        return Clock(start=(12, 0) if part == "NOON" else None)

    def written(self, token: Token) -> Clock:
        hour, *minute = _numbers(token)
        return Clock((hour, minute[0] if minute else 0))

    def written_span(self, token: Token) -> Clock:
        start, end = re.findall(r"(\d{1,2})(?:[:.](\d{2}))?", token)
        only_hours = re.fullmatch(r"(\w+ )?\d+ ?(-|bis) ?\d+", token) is not None
        return Clock((int(start[0]), int(start[1] or 0)), (int(end[0]), int(end[1] or 0)), spoken=only_hours)

    def hour_number(self, token: Token) -> int:
        return _number(token)

    def word_hour(self, token: Token) -> int:
        return _number(token)

    def word_clock(self, hour: int) -> Clock:
        return Clock((hour, 0))

    def spoken(self, kind: Token, hour: int) -> Clock:
        if not 1 <= hour <= 12:
            raise Refusal("not_a_time", time=f"{kind} {hour}")
        return Clock(divmod((hour * 60 + SPOKEN_MINUTES[kind.type]) % 720, 60), spoken=True)

    def spoken_hour(self, hour: int, part: str | None = None) -> Clock:
        return Clock((hour, 0), spoken=1 <= hour <= 12, part=part)

    def clock_part(self, clock: Clock, part: str) -> Clock:
        return replace(clock, part=part)

    def part_clock(self, part: str, clock: Clock) -> Clock:
        if clock.part is not None:
            raise self._not_understood()
        return replace(clock, part=part)

    # -- helpers

    def _not_understood(self) -> Refusal:
        return Refusal("not_a_date", phrase=self._phrase)

    def _weekday_after(self, day: date, weekday: int) -> date:
        return day + timedelta((weekday - day.weekday() - 1) % 7 + 1)

    def _day(self, node: DayNode, clock: Clock | None = None) -> date:
        if isinstance(node, date):
            return node
        if isinstance(node, Yearly):
            return node.not_before(self._today)
        if node.weekday == self._today.weekday() and self._is_later_today(clock):
            return self._today
        return self._weekday_after(self._today, node.weekday)

    def _is_later_today(self, clock: Clock | None) -> bool:
        start, _end = self._times(clock, self._today)
        return start is not None and start > self._now.time()

    def _last_day(self, first_node: DayNode, first: date, last_node: DayNode) -> date:
        if isinstance(last_node, Yearly):
            return last_node.not_before(first)
        if isinstance(last_node, date):
            return last_node
        if isinstance(first_node, Yearly):
            # "vom 3. Mai bis Freitag": the 3 May belongs to something else, Friday is from now.
            raise self._not_understood()
        return self._weekday_after(first, last_node.weekday)

    def _range(self, first: date, last: date) -> Reading:
        if last < first:
            raise Refusal("range_reversed", first=first, last=last)
        return Reading(first, last if last > first else None)

    def _nth_weekday(self, ordinal: int, weekday: int, month: Period) -> date:
        if ordinal == LAST:
            return month.last - timedelta((month.last.weekday() - weekday) % 7)
        day = month.first + timedelta((weekday - month.first.weekday()) % 7 + 7 * (ordinal - 1))
        if not month.first <= day <= month.last:
            raise Refusal("no_such_day", day=self._phrase)
        return day

    def _with_later(self, period: Callable[[int], Period], year: Token | None) -> Period:
        if year is not None:
            return period(int(year))
        return replace(period(self._today.year), later=period(self._today.year + 1))

    def _quarter(self, number: int, year: Token | None) -> Period:
        if not 1 <= number <= 4:
            raise self._not_understood()
        return self._with_later(lambda in_year: _period("QUARTER", date(in_year, 3 * number - 2, 1)), year)

    def _weeks_of(self, year: int) -> int:
        # 28 December always lies in the last week of its ISO year.
        return date(year, 12, 28).isocalendar().week

    def _edge(self, side: str, period: Period) -> date:
        if side == "BEGINNING":
            return period.first
        if side == "END":
            return period.first + timedelta(FRIDAY) if period.unit == "WEEK" else period.last
        if period.unit in ("WEEK", "MONTH"):
            return period.first + timedelta({"WEEK": 2, "MONTH": 14}[period.unit])
        raise self._not_understood()

    def _times(self, clock: Clock | None, day: date) -> tuple[time | None, time | None]:
        if clock is None:
            return None, None
        return self._time(clock.start, clock, day), self._time(clock.end, clock, day)

    def _time(self, written: HourMinute | None, clock: Clock, day: date) -> time | None:
        if written is None:
            return None
        hour, minute = written
        said = f"{hour}:{minute:02}"
        if (hour, minute) == (24, 0):
            raise Refusal("midnight", time=said)
        if hour > 23 or minute > 59:
            raise Refusal("not_a_time", time=said)
        if clock.part is None and not clock.spoken:
            return time(hour, minute)
        halves = [time(half, minute) for half in ((hour % 12, hour % 12 + 12) if hour <= 12 else (hour,))]
        first, last = PARTS[clock.part] if clock.part else WORKING_DAY
        fitting = [half for half in halves if first <= half.hour < last]
        if not fitting:
            raise Refusal("wrong_day_part", phrase=self._phrase)
        still_to_come = [half for half in halves if half > self._now.time()]
        if clock.part is None and day == self._today and fitting[0] not in still_to_come:
            return (still_to_come or fitting)[0]
        return fitting[0]

    def _checked(self, reading: Reading) -> Reading:
        if reading.last is None and reading.start and reading.end and reading.end <= reading.start:
            raise Refusal("end_before_start", start=reading.start, end=reading.end)
        for moment in (reading.starts_at(self._zone), reading.ends_at(self._zone)):
            # A time that the clock change leaves out comes back from UTC as another one.
            if moment and moment.astimezone(UTC).astimezone(self._zone).time() != moment.time():
                raise Refusal("no_such_time", day=moment.date(), time=moment.time())
        return reading
