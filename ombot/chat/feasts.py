"""Feasts and public holidays that German speakers use to name a day, by year.

They name days ("nach Ostern"); which days are free of work is the business of the clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Feast:
    """One feast in one year: the day its name stands for, and the days it covers."""

    day: date
    first: date
    last: date


def easter_sunday(year: int) -> date:
    """Western Easter Sunday (the anonymous Gregorian computus, Nature 1876)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    leaps, year_rest = divmod(of_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - epact - year_rest) % 7
    correction = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * correction + 114, 31)
    return date(year, month, day + 1)


def _single(day: date) -> Feast:
    return Feast(day, day, day)


def _fixed(month: int, day: int) -> Callable[[int], Feast]:
    return lambda year: _single(date(year, month, day))


def _from_easter(days: int) -> Callable[[int], Feast]:
    return lambda year: _single(easter_sunday(year) + timedelta(days))


def _two_days_from_easter(days: int) -> Callable[[int], Feast]:
    def feast(year: int) -> Feast:
        sunday = easter_sunday(year) + timedelta(days)
        return Feast(day=sunday, first=sunday, last=sunday + timedelta(1))

    return feast


def _from_fourth_advent(days: int) -> Callable[[int], Feast]:
    def feast(year: int) -> Feast:
        eve = date(year, 12, 24)
        return _single(eve - timedelta(eve.isoweekday() % 7) + timedelta(days))

    return feast


def _christmas(year: int) -> Feast:
    return Feast(day=date(year, 12, 25), first=date(year, 12, 24), last=date(year, 12, 26))


# The keys are the terminals of dates.lark.
FEASTS: dict[str, Callable[[int], Feast]] = {
    "NEW_YEAR": _fixed(1, 1),
    "EPIPHANY": _fixed(1, 6),
    "WOMENS_DAY": _fixed(3, 8),
    "CARNIVAL_MONDAY": _from_easter(-48),
    "ASH_WEDNESDAY": _from_easter(-46),
    "MAUNDY_THURSDAY": _from_easter(-3),
    "GOOD_FRIDAY": _from_easter(-2),
    "EASTER": _two_days_from_easter(0),
    "EASTER_SUNDAY": _from_easter(0),
    "EASTER_MONDAY": _from_easter(1),
    "LABOUR_DAY": _fixed(5, 1),
    "ASCENSION": _from_easter(39),
    "PENTECOST": _two_days_from_easter(49),
    "PENTECOST_SUNDAY": _from_easter(49),
    "PENTECOST_MONDAY": _from_easter(50),
    "CORPUS_CHRISTI": _from_easter(60),
    "ASSUMPTION": _fixed(8, 15),
    "UNITY_DAY": _fixed(10, 3),
    "REFORMATION_DAY": _fixed(10, 31),
    "ALL_SAINTS": _fixed(11, 1),
    "REPENTANCE_DAY": _from_fourth_advent(-32),
    "ADVENT_1": _from_fourth_advent(-21),
    "ADVENT_2": _from_fourth_advent(-14),
    "ADVENT_3": _from_fourth_advent(-7),
    "ADVENT_4": _from_fourth_advent(0),
    "ST_NICHOLAS": _fixed(12, 6),
    "CHRISTMAS_EVE": _fixed(12, 24),
    "CHRISTMAS": _christmas,
    "CHRISTMAS_DAY": _fixed(12, 25),
    "BOXING_DAY": _fixed(12, 26),
    "NEW_YEARS_EVE": _fixed(12, 31),
}
