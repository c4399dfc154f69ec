"""German phrases for dates that come again: "jeden ersten Dienstag im Monat 17 Uhr bis 30.06.2027".

Like a date (:mod:`ombot.chat.dates`), a phrase is understood as a whole or not at all. Times are wall times where the
organisation is: 17 Uhr stays 17 Uhr when the clocks change.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from ombot.chat import dates
from ombot.chat.dates import Reading
from ombot.chat.language import QUOTED
from ombot.chat.refusal import Refusal

MAX_PHRASE: Final = 120
"""Code points. The longest sensible phrase has about 90."""

MOST: Final = 12
"""The longest pause, in weeks or months."""

LAST: Final = -1
"""The last such weekday of a month, whether it is the fourth or the fifth."""

_WEEKDAYS = {
    "montag": 0,
    "dienstag": 1,
    "mittwoch": 2,
    "donnerstag": 3,
    "freitag": 4,
    "samstag": 5,
    "sonnabend": 5,
    "sonntag": 6,
}
_ORDINALS = {"ersten": 1, "zweiten": 2, "dritten": 3, "vierten": 4, "fuenften": 5, "letzten": LAST}
_NUMBERS = {"zwei": 2, "drei": 3, "vier": 4, "fuenf": 5, "sechs": 6, "acht": 8, "zwoelf": 12}
_SAFE_DAY = 28
"""The last day that every month has."""

_DAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})s?"
_NTH = rf"(?P<nth>{'|'.join(_ORDINALS)}|[1-5]\.)"
_OF_MONTH = r"(?:im|des|eines(?: jeden)?|pro|jede[ns]) monat(?:s|es)?"
_EVERY = rf"(?P<every>\d{{1,2}}|{'|'.join(_NUMBERS)})"
_FORTNIGHT = r"(?:jede zweite woche|14-taegig|vierzehntaegig|zweiwoechentlich)"

# The most specific first. The third value is the pause where the phrase itself does not say it.
_RULES = tuple(
    (unit, every, re.compile(rf"{pattern}(?![\w.])"))
    for unit, every, pattern in (
        ("month", 1, rf"(?:an )?jede[nms] {_NTH} {_DAY} {_OF_MONTH}"),
        ("month", 1, rf"(?:am )?{_NTH} {_DAY} (?:jede[ns]|eines jeden) monats?"),
        ("month", 1, rf"(?:jeden monat|monatlich) am {_NTH} {_DAY}"),
        ("month", 1, rf"alle {_EVERY} monate am {_NTH} {_DAY}"),
        ("month", 1, rf"(?:an )?jede[nms] (?P<day>\d{{1,2}})\. {_OF_MONTH}"),
        ("month", 1, r"(?:jeden monat|monatlich) am (?P<day>\d{1,2})\."),
        ("week", 1, rf"alle {_EVERY} wochen (?:jeweils )?(?:am )?{_DAY}"),
        ("week", 1, rf"(?:jeweils )?(?:am )?{_DAY} alle {_EVERY} wochen"),
        ("week", 2, rf"{_FORTNIGHT} (?:jeweils )?(?:am )?{_DAY}"),
        ("week", 2, rf"(?:jeweils )?(?:am )?{_DAY} {_FORTNIGHT}"),
        ("week", 2, rf"jede[nm] (?:zweiten|2\.) {_DAY}"),
        ("week", 1, rf"(?:jede woche|woechentlich) (?:jeweils )?(?:am )?{_DAY}"),
        ("week", 1, rf"(?:an )?jede[nm] {_DAY}"),
        ("week", 1, rf"(?P<weekday>{'|'.join(_WEEKDAYS)})s"),
    )
)
_WORD = re.compile(r"(?<!\S)\S")
_MARKER = re.compile(r"(?<!\S)(?P<word>bis(?: zum)?|ab(?: dem)?|(?:beginnend|erstmals) (?:am|ab)) ")


@dataclass(frozen=True)
class Rule:
    """On which days something takes place.

    Attributes:
        unit: ``week`` or ``month``.
        every: how many weeks or months lie between two dates.
        weekday: as ``date.weekday()`` counts; None for a day of the month.
        nth: which of these weekdays in a month, or :data:`LAST`; None in a rule by weeks.
        day: the day of the month where there is no weekday.
    """

    unit: str
    every: int
    weekday: int | None = None
    nth: int | None = None
    day: int | None = None

    def days(self, since: date) -> Iterator[date]:
        """All days from ``since`` on, without end; the pause counts from the first of them."""
        if self.unit == "week":
            day = since + timedelta(((self.weekday or 0) - since.weekday()) % 7)
            while True:
                yield day
                day += timedelta(weeks=self.every)
        month = since.year * 12 + since.month - 1
        while (first := self._in_month(month)) is None or first < since:
            month += 1
        while True:
            if (found := self._in_month(month)) is not None:
                yield found
            month += self.every

    def _in_month(self, month: int) -> date | None:
        """The day in a month, counted from the year 0; None where the month has no fifth such weekday."""
        first, following = (date(one // 12, one % 12 + 1, 1) for one in (month, month + 1))
        if self.weekday is None:
            return first.replace(day=self.day or 1)
        if self.nth == LAST:
            last = following - timedelta(1)
            return last - timedelta((last.weekday() - self.weekday) % 7)
        day = first + timedelta((self.weekday - first.weekday()) % 7 + 7 * ((self.nth or 1) - 1))
        return day if day < following else None


@dataclass(frozen=True)
class Recurrence:
    """A rule with its times; ``since`` and ``until`` are the days between which it holds, where they were said."""

    rule: Rule
    start: time | None
    end: time | None
    since: date | None = None
    until: date | None = None


def split(line: str, now: datetime) -> tuple[str, Recurrence] | None:
    """The title and the recurrence at the end of ``line``: the longest ending that is one as a whole; None for none.

    Quoted text is title. Raises :class:`Refusal` where it is one that cannot be ("jeden 31. im Monat").
    """
    visible = QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), line)
    for match in _WORD.finditer(visible, max(0, len(visible) - MAX_PHRASE)):
        found = read(line[match.start() :], now) if "\0" not in visible[match.start() :] else None
        if found is not None:
            return line[: match.start()].rstrip(" ,;-–—"), found
    return None


def read(phrase: str, now: datetime) -> Recurrence | None:
    """What a phrase says as a whole; None when it is no recurrence."""
    words = dates.normalised(phrase)
    for unit, every, pattern in _RULES:
        match = pattern.match(words)
        times = _times(words[match.end() :].strip(" ,"), now) if match is not None else None
        if match is not None and times is not None:
            return Recurrence(_rule(unit, every, match.groupdict(), phrase), **vars(times))
    return None


def _rule(unit: str, every: int, said: dict[str, str | None], phrase: str) -> Rule:
    pause, day, nth, weekday = said.get("every"), said.get("day"), said.get("nth"), said.get("weekday")
    rule = Rule(
        unit,
        every if pause is None else _NUMBERS.get(pause) or int(pause),
        weekday=None if weekday is None else _WEEKDAYS[weekday],
        nth=None if nth is None else _ORDINALS.get(nth) or int(nth.rstrip(".")),
        day=None if day is None else int(day),
    )
    if not 1 <= rule.every <= MOST or (rule.day is not None and not 1 <= rule.day <= _SAFE_DAY):
        raise Refusal("series_not_possible", phrase=phrase)
    return rule


@dataclass(frozen=True)
class _Times:
    """What stands behind a rule, as far as it was said."""

    start: time | None = None
    end: time | None = None
    since: date | None = None
    until: date | None = None

    def joined(self, other: "_Times") -> "_Times | None":
        """Both together; None where both say the same thing."""
        mine, theirs = ({name for name, value in vars(one).items() if value is not None} for one in (self, other))
        return None if mine & theirs else _Times(**{name: vars(self)[name] or vars(other)[name] for name in vars(self)})


def _times(words: str, now: datetime) -> _Times | None:
    """The time of day, ``ab`` and ``bis``, in any order; None when anything else stands there."""
    found = _Times()
    while words:
        taken = _last_part(words, now)
        joined = found.joined(taken[1]) if taken is not None else None
        if taken is None or joined is None:
            return None
        words, found = taken[0], joined
    return found


def _last_part(words: str, now: datetime) -> tuple[str, _Times] | None:
    """The last of these parts, and what stands before it."""
    for marker in reversed(list(_MARKER.finditer(words))):
        reading = _reading(words[marker.end() :], now)
        rest = words[: marker.start()].rstrip(" ,")
        if reading is None:
            continue
        if marker["word"].startswith("bis"):
            return rest, _Times(until=reading.day)
        return rest, _Times(reading.start, reading.end, since=reading.first)
    # A day on which no clock changes, and not today, when a time that is past would be read as a later one.
    wednesday = now.date() + timedelta(7 - now.weekday() + _WEEKDAYS["mittwoch"])
    clock = _reading(f"{wednesday:%d.%m.%Y} {words.removeprefix('jeweils ')}", now)
    return ("", _Times(clock.start, clock.end)) if clock is not None and clock.start is not None else None


def _reading(words: str, now: datetime) -> Reading | None:
    """A date with or without a time; None for anything else, and for a mere time of day, which would mean today."""
    if _is_read(f"01.01.2000 {words}", now):
        return None
    try:
        return dates.read(words, now)
    except Refusal as refusal:
        if refusal.code in ("not_a_date", "repeated_date"):
            return None
        raise


def _is_read(words: str, now: datetime) -> bool:
    try:
        dates.read(words, now)
    except Refusal:
        return False
    return True
