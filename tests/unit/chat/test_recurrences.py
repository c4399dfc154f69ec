"""German phrases for dates that come again: understood as a whole, or not at all."""

from datetime import date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from ombot.chat.language import say_rule
from ombot.chat.recurrences import LAST, Recurrence, Rule, read, split
from ombot.chat.refusal import Refusal

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
TUESDAY, THURSDAY, FRIDAY = 1, 3, 4
FIVE = time(17)


@pytest.mark.parametrize(
    ("phrase", "rule"),
    [
        ("jeden Dienstag 17 Uhr", Rule("week", 1, TUESDAY)),
        ("dienstags um 17 Uhr", Rule("week", 1, TUESDAY)),
        ("jede Woche am Dienstag, 17:00 Uhr", Rule("week", 1, TUESDAY)),
        ("wöchentlich dienstags 17 Uhr", Rule("week", 1, TUESDAY)),
        ("alle zwei Wochen dienstags 17 Uhr", Rule("week", 2, TUESDAY)),
        ("jeden zweiten Dienstag 17 Uhr", Rule("week", 2, TUESDAY)),
        ("14-tägig dienstags 17 Uhr", Rule("week", 2, TUESDAY)),
        ("Dienstags alle 3 Wochen 17 Uhr", Rule("week", 3, TUESDAY)),
        ("jeden ersten Dienstag im Monat 17 Uhr", Rule("month", 1, TUESDAY, 1)),
        ("am 1. Dienstag jeden Monats 17 Uhr", Rule("month", 1, TUESDAY, 1)),
        ("monatlich am letzten Freitag um 17 Uhr", Rule("month", 1, FRIDAY, LAST)),
        ("JEDEN FUENFTEN DIENSTAG DES MONATS JEWEILS 17 UHR", Rule("month", 1, TUESDAY, 5)),
        ("alle drei Monate am zweiten Donnerstag 17 Uhr", Rule("month", 3, THURSDAY, 2)),
        ("jeden 15. im Monat um 17 Uhr", Rule("month", 1, day=15)),
    ],
)
def test_rules(phrase: str, rule: Rule) -> None:
    assert read(phrase, NOW) == Recurrence(rule, FIVE, None)


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", (None, None, None, None)),
        ("17–18:30 Uhr", (FIVE, time(18, 30), None, None)),
        ("von 17 bis 18 Uhr", (FIVE, time(18), None, None)),
        ("um halb drei", (time(14, 30), None, None, None)),
        ("17 Uhr bis 30.6.2027", (FIVE, None, None, date(2027, 6, 30))),
        ("17 bis 18 Uhr bis zum Jahresende", (FIVE, time(18), None, date(2026, 12, 31))),
        ("ab 12.1.2027, 17 Uhr, bis Ende 2027", (FIVE, None, date(2027, 1, 12), date(2027, 12, 31))),
        ("um 17 Uhr ab Januar 2027", (FIVE, None, date(2027, 1, 1), None)),
    ],
)
def test_times_and_limits_in_any_order(
    rest: str, expected: tuple[time | None, time | None, date | None, date | None]
) -> None:
    assert read(f"jeden Dienstag {rest}", NOW) == Recurrence(Rule("week", 1, TUESDAY), *expected)


@pytest.mark.parametrize(
    "phrase",
    [
        "täglich 9 Uhr",
        "jeden Tag 9 Uhr",
        "jährlich am 3. Mai",
        "jeden Dienstag wenn es passt",
        "jeden Dienstag 17 Uhr 18 Uhr",
        "jeden Dienstag bis 30.6. bis 31.7.",
        "Dienstag 17 Uhr",
        "am ersten Dienstag im Monat 17 Uhr",
    ],
)
def test_anything_else_is_none(phrase: str) -> None:
    assert read(phrase, NOW) is None


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("jeden 31. im Monat 9 Uhr", "series_not_possible"),
        ("alle 13 Wochen dienstags 9 Uhr", "series_not_possible"),
        ("jeden Dienstag 17–16 Uhr", "end_before_start"),
        ("jeden Dienstag 25 Uhr", "not_a_time"),
    ],
)
def test_what_cannot_be_is_refused(phrase: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(phrase, NOW)
    assert refused.value.code == code


def test_the_title_is_what_stands_before_the_longest_ending() -> None:
    assert split("Jour fixe am Abend, jeden Dienstag 17 Uhr", NOW) == (
        "Jour fixe am Abend",
        Recurrence(Rule("week", 1, TUESDAY), FIVE, None),
    )
    assert split("„Jeden Dienstag 17 Uhr“", NOW) is None
    assert split("Was jeden Dienstag bewegt am 3.5. 10 Uhr", NOW) is None


@pytest.mark.parametrize(
    ("rule", "days", "words"),
    [
        (Rule("week", 1, THURSDAY), ["2026-11-26", "2026-12-03", "2026-12-10"], "jeden Donnerstag"),
        (Rule("week", 2, TUESDAY), ["2026-12-01", "2026-12-15", "2026-12-29"], "alle 2 Wochen dienstags"),
        (Rule("month", 1, TUESDAY, 1), ["2026-12-01", "2027-01-05", "2027-02-02"], "jeden ersten Dienstag im Monat"),
        (Rule("month", 1, FRIDAY, LAST), ["2026-11-27", "2026-12-25", "2027-01-29"], "jeden letzten Freitag im Monat"),
        (Rule("month", 1, 0, 5), ["2026-11-30", "2027-03-29", "2027-05-31"], "jeden fünften Montag im Monat"),
        (Rule("month", 3, TUESDAY, 1), ["2026-12-01", "2027-03-02", "2027-06-01"], "alle 3 Monate am ersten Dienstag"),
        (Rule("month", 1, day=15), ["2026-12-15", "2027-01-15", "2027-02-15"], "jeden 15. im Monat"),
    ],
)
def test_days_come_by_the_rule_and_it_can_be_said(rule: Rule, days: list[str], words: str) -> None:
    assert [day.isoformat() for day in islice(rule.days(NOW.date()), 3)] == days
    assert say_rule(**vars(rule)) == words
