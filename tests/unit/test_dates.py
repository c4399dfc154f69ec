"""German date phrases: the table of readings, its neighbours, clock changes, and that nothing else happens."""

import csv
import random
import time as clock
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombot.chat import dates
from ombot.chat.date_reader import DateReader
from ombot.chat.dates import MAX_PHRASE, Reading, read, require_not_past
from ombot.chat.feasts import FEASTS, easter_sunday
from ombot.chat.language import SENTENCES, explain, say_day, say_span, say_time, say_when
from ombot.chat.refusal import Refusal

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=BERLIN)
SESSION = date(2027, 4, 15)
TABLE = Path(__file__).parent.parent / "data" / "german_dates.tsv"


def rows() -> list[tuple[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [(row["phrase"], row["expected"]) for row in csv.DictReader(file, delimiter="\t")]


def iso(reading: Reading) -> str:
    """A reading in the notation of the table."""
    first = reading.first.isoformat()
    if reading.start is None:
        return first if reading.last is None else f"{first}/{reading.last}"
    start = f"{first}T{reading.start:%H:%M}"
    return start if reading.end is None else f"{start}/{reading.day}T{reading.end:%H:%M}"


def understood(phrase: str, now: datetime = NOW, next_session: date | None = None) -> str:
    try:
        return iso(read(phrase, now, next_session=next_session))
    except Refusal:
        return "error"


def code(phrase: str, now: datetime = NOW) -> str:
    with pytest.raises(Refusal) as refused:
        read(phrase, now)
    return refused.value.code


def test_the_table_has_all_its_rows() -> None:
    assert len(rows()) == 116


@pytest.mark.parametrize(("phrase", "expected"), rows())
def test_table(phrase: str, expected: str) -> None:
    assert understood(phrase) in expected.split("|")


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        # spelling: umlauts, case, dashes, blanks, points
        ("Uebermorgen frueh", "2026-11-28"),
        ("U\u0308bermorgen", "2026-11-28"),
        ("5. Maerz", "2027-03-05"),
        ("FÜNFTER MONTAG IM NOVEMBER 2026", "2026-11-30"),
        ("12.\u201314.\u00a0März\u00a02027", "2027-03-12/2027-03-14"),
        ("bis Freitag!", "2026-11-27"),
        ("  bis   Freitag.  ", "2026-11-27"),
        ("15. 9. 2027", "2027-09-15"),
        ("Di, 1.12.", "2026-12-01"),
        ("am Fr., d. 27.11.", "2026-11-27"),
        ("am Sonnabend, dem 28. November 2026", "2026-11-28"),
        # prepositions
        ("ab 3. Mai", "2027-05-03"),
        ("ab dem 3. Mai", "2027-05-03"),
        ("bis spätestens 10.1.", "2027-01-10"),
        ("spätestens bis zum 10.1.", "2027-01-10"),
        ("bis inkl. Freitag", "2026-11-27"),
        ("bis zum Ende der Woche", "2026-11-27"),
        # weekdays
        ("kommenden Freitag", "2026-11-27"),
        ("nächsten Donnerstag", "2026-12-03"),
        ("Donnerstag", "2026-12-03"),
        ("Donnerstag 9 Uhr", "2026-12-03T09:00"),
        ("Donnerstag 18 Uhr", "2026-11-26T18:00"),
        ("Donnerstag um halb drei", "2026-11-26T14:30"),
        ("übernächste Woche Freitag", "2026-12-11"),
        ("am Mittwoch in der nächsten Woche", "2026-12-02"),
        ("Freitag in 14 Tagen", "2026-12-11"),
        ("2. Dienstag im Januar 2027", "2027-01-12"),
        ("ersten Montag im nächsten Monat", "2026-12-07"),
        ("erster Montag im November", "2027-11-01"),
        # weeks, months, quarters, years
        ("Ende der Woche", "2026-11-27"),
        ("Mitte nächster Woche", "2026-12-02"),
        ("Anfang November", "2027-11-01"),
        ("Mitte nächsten Monats", "2026-12-15"),
        ("Monatsende", "2026-11-30"),
        ("Quartalsende", "2026-12-31"),
        ("zum Jahresende", "2026-12-31"),
        ("Ende 2027", "2027-12-31"),
        ("Ende des 1. Quartals", "2027-03-31"),
        ("Ende des nächsten Quartals", "2027-03-31"),
        ("1. Quartal 2027", "2027-01-01/2027-03-31"),
        ("erstes Quartal 2027", "2027-01-01/2027-03-31"),
        ("im nächsten Monat", "2026-12-01/2026-12-31"),
        ("KW 48", "2026-11-23/2026-11-29"),
        ("KW 47", "2027-11-22/2027-11-28"),
        ("KW 53", "2026-12-28/2027-01-03"),
        ("KW3", "2027-01-18/2027-01-24"),
        ("3. KW 2027", "2027-01-18/2027-01-24"),
        ("Mittwoch KW 50", "2026-12-09"),
        ("KW 50, Mittwoch", "2026-12-09"),
        ("in KW 50 am Mittwoch um 9:30", "2026-12-09T09:30"),
        ("am Wochenende", "2026-11-28/2026-11-29"),
        ("kommendes Wochenende", "2026-11-28/2026-11-29"),
        # ranges
        ("Montag bis Mittwoch", "2026-11-30/2026-12-02"),
        ("heute bis Freitag", "2026-11-26/2026-11-27"),
        ("vom 20. Dezember bis 6. Januar", "2026-12-20/2027-01-06"),
        ("20.11.–5.12.", "2026-11-20/2026-12-05"),
        ("1.11.-15.11.", "2027-11-01/2027-11-15"),
        ("28.12.2026 - 3.1.", "2026-12-28/2027-01-03"),
        ("am 12./13. März 2027", "2027-03-12/2027-03-13"),
        ("12.-14.3.2027", "2027-03-12/2027-03-14"),
        ("zwischen dem 1. und dem 15. Dezember", "2026-12-01/2026-12-15"),
        ("zwischen dem 1.12. und dem 5.12.", "2026-12-01/2026-12-05"),
        ("zwischen 1. und 5.12.", "2026-12-01/2026-12-05"),
        ("zwischen Weihnachten und Neujahr", "2026-12-25/2027-01-01"),
        ("12.–14. März 2027, 10–16 Uhr", "2027-03-12T10:00/2027-03-14T16:00"),
        ("12.3. 10 Uhr bis 14.3. 16 Uhr", "2027-03-12T10:00/2027-03-14T16:00"),
        # amounts of time
        ("binnen 14 Tagen", "2026-12-10"),
        ("innerhalb von zwei Wochen", "2026-12-10"),
        ("innerhalb der nächsten zwei Wochen", "2026-12-10"),
        ("in anderthalb Jahren", "2028-05-26"),
        ("in einem Vierteljahr", "2027-02-26"),
        ("in einer Woche um 10 Uhr", "2026-12-03T10:00"),
        ("morgen in einer Woche", "2026-12-04"),
        ("in einer Viertelstunde", "2026-11-26T10:15"),
        ("in 90 Minuten", "2026-11-26T11:30"),
        ("eine Woche vor Weihnachten", "2026-12-17"),
        ("zwei Wochen nach Ostern", "2027-04-12"),
        ("am Tag vor Heiligabend", "2026-12-23"),
        ("vor dem 15.1.", "2027-01-14"),
        # feasts
        ("Ostern", "2027-03-28"),
        ("Ostern 2028", "2028-04-16"),
        ("Karfreitag", "2027-03-26"),
        ("Christi Himmelfahrt", "2027-05-06"),
        ("zu Pfingsten", "2027-05-16"),
        ("Weihnachten", "2026-12-25"),
        ("2. Weihnachtsfeiertag", "2026-12-26"),
        ("Neujahr", "2027-01-01"),
        ("Tag der Deutschen Einheit", "2027-10-03"),
        ("Buß- und Bettag", "2027-11-17"),
        ("am 3. Advent", "2026-12-13"),
        ("erster Advent", "2026-11-29"),
        # times of day
        ("14 Uhr morgen", "2026-11-27T14:00"),
        ("heute morgen", "2026-11-26"),
        ("Dienstag Morgen um 9", "2026-12-01T09:00"),
        ("am Dienstagabend um 8", "2026-12-01T20:00"),
        ("morgen um 8 Uhr abends", "2026-11-27T20:00"),
        ("morgen um drei", "2026-11-27T15:00"),
        ("morgen um drei Uhr", "2026-11-27T03:00"),
        ("morgen Viertel nach acht", "2026-11-27T08:15"),
        ("morgen viertel acht", "2026-11-27T07:15"),
        ("halb eins", "2026-11-26T12:30"),
        ("Viertel nach acht", "2026-11-26T20:15"),
        ("9 Uhr", "2026-11-26T09:00"),
        ("Freitag ab 18 Uhr", "2026-11-27T18:00"),
        ("3.12. 18.30", "2026-12-03T18:30"),
        ("3.12. 18h30", "2026-12-03T18:30"),
        ("3.12. 18 Uhr 30", "2026-12-03T18:30"),
        ("3.12.19 Uhr", "2026-12-03T19:00"),
        ("3.12. 18.30-20.00", "2026-12-03T18:30/2026-12-03T20:00"),
        ("3.12. von 11 bis 16 Uhr", "2026-12-03T11:00/2026-12-03T16:00"),
        ("3. Dezember 11-16", "2026-12-03T11:00/2026-12-03T16:00"),
        ("3. Dezember 2-4", "2026-12-03T14:00/2026-12-03T16:00"),
        ("3. Dezember 2-4 Uhr", "2026-12-03T02:00/2026-12-03T04:00"),
    ],
)
def test_neighbours(phrase: str, expected: str) -> None:
    assert understood(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("", "not_a_date"),
        ("bis", "not_a_date"),
        ("3.", "not_a_date"),
        ("am 3.", "not_a_date"),
        ("2027", "not_a_date"),
        ("6. 8", "not_a_date"),
        ("zwei Wochen", "not_a_date"),
        ("demnächst", "not_a_date"),
        ("letzten Freitag", "not_a_date"),
        ("in ein paar Tagen", "not_a_date"),
        ("in anderthalb Wochen", "not_a_date"),
        ("Freitag in 3 Tagen", "not_a_date"),
        ("Freitag Freitag", "not_a_date"),
        ("Montag oder Dienstag", "not_a_date"),
        ("am Morgen", "not_a_date"),
        ("zum Abend", "not_a_date"),
        ("vom 3. Mai", "not_a_date"),
        ("vom 3. Mai bis Freitag", "not_a_date"),
        ("nächste Woche 10 Uhr", "not_a_date"),
        ("morgen gegen 14 Uhr", "not_a_date"),
        ("sobald", "not_a_date"),
        ("Freitagx", "not_a_date"),
        ("übernächste Sitzung", "not_a_date"),
        ("Mitte des Jahres", "not_a_date"),
        ("29.2.", "no_such_day"),
        ("31.4.", "no_such_day"),
        ("1.13.2027", "no_such_day"),
        ("2027-02-30", "no_such_day"),
        ("fünfter Montag im Dezember", "no_such_day"),
        ("vor dem 31.2.", "no_such_day"),
        ("30.-31. Juni", "no_such_day"),
        ("KW 53/2027", "no_such_week"),
        ("KW 54", "no_such_week"),
        ("KW 0", "no_such_week"),
        ("Mo 1.12.", "wrong_weekday"),
        ("von Mo 1.12. bis Mi 2.12.", "wrong_weekday"),
        ("eine Woche vor Mo 1.12.2026", "not_a_date"),
        ("3.12. 18:75", "not_a_time"),
        ("24.12 Uhr", "not_a_time"),
        ("morgen um halb fünfzehn", "not_a_date"),
        ("3.12. 24 Uhr", "midnight"),
        ("morgen Vormittag 15 Uhr", "wrong_day_part"),
        ("3.12. 16-11 Uhr", "end_before_start"),
        ("3.12. 11-11 Uhr", "end_before_start"),
        ("14.-12. März", "range_reversed"),
        ("5.12.2026-3.12.2026", "range_reversed"),
        ("nächsten Freitag", "ambiguous"),
        ("am nächsten Freitag um 10 Uhr", "ambiguous"),
        ("nächstes Wochenende", "ambiguous"),
        ("jeden Montag um 10", "repeated_date"),
        ("montags", "repeated_date"),
        ("alle zwei Wochen", "repeated_date"),
        ("täglich", "repeated_date"),
        ("zur nächsten Sitzung", "no_next_session"),
        ("3 Tage vor der nächsten Sitzung", "no_next_session"),
    ],
)
def test_refused_with_the_reason(phrase: str, expected: str) -> None:
    assert code(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("zur nächsten Sitzung", "2027-04-15"),
        ("bis zur kommenden Sitzung", "2027-04-15"),
        ("nächste Sitzung", "2027-04-15"),
        ("vor der nächsten Sitzung", "2027-04-14"),
        ("bis vor der nächsten Sitzung", "2027-04-14"),
        ("am Tag vor der nächsten Sitzung", "2027-04-14"),
        ("nach der nächsten Sitzung", "2027-04-16"),
        ("zwei Wochen vor der nächsten Sitzung", "2027-04-01"),
    ],
)
def test_next_session(phrase: str, expected: str) -> None:
    assert understood(phrase, next_session=SESSION) == expected


@pytest.mark.parametrize(
    ("now", "phrase", "expected"),
    [
        # the year rolls on the day itself, not before
        (datetime(2026, 12, 24, 23, 59, tzinfo=BERLIN), "24.12.", "2026-12-24"),
        (datetime(2026, 12, 25, 0, 0, tzinfo=BERLIN), "24.12.", "2027-12-24"),
        (datetime(2026, 12, 24, 9, 0, tzinfo=BERLIN), "vor Weihnachten", "2027-12-23"),
        (datetime(2026, 12, 31, 9, 0, tzinfo=BERLIN), "morgen", "2027-01-01"),
        (datetime(2027, 1, 1, 9, 0, tzinfo=BERLIN), "KW 53", "2026-12-28/2027-01-03"),
        (datetime(2027, 1, 4, 9, 0, tzinfo=BERLIN), "KW 53", "error"),
        (datetime(2027, 1, 1, 9, 0, tzinfo=BERLIN), "KW 53/2026", "2026-12-28/2027-01-03"),
        (datetime(2027, 1, 31, 9, 0, tzinfo=BERLIN), "in einem Monat", "2027-02-28"),
        (datetime(2028, 1, 31, 9, 0, tzinfo=BERLIN), "29.2.", "2028-02-29"),
        (datetime(2026, 11, 28, 9, 0, tzinfo=BERLIN), "nächstes Wochenende", "2026-12-05/2026-12-06"),
        (datetime(2026, 11, 29, 9, 0, tzinfo=BERLIN), "nächsten Montag", "error"),
    ],
)
def test_other_days_to_be_now(now: datetime, phrase: str, expected: str) -> None:
    assert understood(phrase, now) == expected


@pytest.mark.parametrize(
    "phrase", ["28.03.2027 02:00", "28.03.2027 02:59", "28.3.2027 1-2 Uhr", "28.3.2027 2:30 bis 4:00"]
)
def test_times_left_out_in_spring_are_refused(phrase: str) -> None:
    assert code(phrase) == "no_such_time"


@pytest.mark.parametrize(
    ("phrase", "utc"),
    [
        ("28.03.2027 01:59", datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        ("28.03.2027 03:00", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        # a doubled hour is the first one
        ("31.10.2027 02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("31.10.2027 03:00", datetime(2027, 10, 31, 2, 0, tzinfo=UTC)),
    ],
)
def test_wall_time_around_the_clock_changes(phrase: str, utc: datetime) -> None:
    start = read(phrase, NOW).starts_at(BERLIN)
    assert start is not None
    assert start.astimezone(UTC) == utc


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2027, 3, 27, 10, 0, tzinfo=BERLIN), 48),
        (datetime(2027, 10, 30, 10, 0, tzinfo=BERLIN), 48),
        (datetime(2027, 10, 31, 1, 30, tzinfo=BERLIN), 1),
        (datetime(2027, 10, 31, 1, 30, tzinfo=BERLIN), 2),
    ],
)
def test_hours_from_now_are_real_hours(now: datetime, hours: int) -> None:
    start = read(f"in {hours} Stunden", now).starts_at(BERLIN)
    assert start is not None
    assert start.astimezone(UTC) == now.astimezone(UTC) + timedelta(hours=hours)


def test_day_of_a_range_is_its_last() -> None:
    assert read("KW 49", NOW).day == date(2026, 12, 6)
    assert read("1.12.", NOW).day == date(2026, 12, 1)


def test_a_deadline_within_a_day_is_no_start() -> None:
    reading = read("am Freitag bis 18 Uhr", NOW)
    assert reading == Reading(date(2026, 11, 27), None, None, time(18, 0))
    assert reading.starts_at(BERLIN) is None
    assert reading.ends_at(BERLIN) == datetime(2026, 11, 27, 18, 0, tzinfo=BERLIN)


def test_ends_on_the_last_day() -> None:
    reading = read("12.–14. März 2027, 10–16 Uhr", NOW)
    assert reading.starts_at(BERLIN) == datetime(2027, 3, 12, 10, 0, tzinfo=BERLIN)
    assert reading.ends_at(BERLIN) == datetime(2027, 3, 14, 16, 0, tzinfo=BERLIN)


def test_ambiguous_names_both_days() -> None:
    with pytest.raises(Refusal) as refused:
        read("nächsten Freitag", NOW)
    assert refused.value.facts == {
        "phrase": "nächsten Freitag",
        "first": date(2026, 11, 27),
        "second": date(2026, 12, 4),
    }


@pytest.mark.parametrize(
    "phrase", ["heute", "heute 10 Uhr", "heute 18 Uhr", "heute 9 Uhr bis morgen 11 Uhr", "morgen", "KW 48"]
)
def test_today_is_not_past(phrase: str) -> None:
    now = NOW + timedelta(seconds=40)
    require_not_past(read(phrase, now), now)


@pytest.mark.parametrize("phrase", ["gestern", "heute 9:59", "15.9.2026", "1.11.2026-25.11.2026", "heute 8-9 Uhr"])
def test_past_is_refused(phrase: str) -> None:
    with pytest.raises(Refusal) as refused:
        require_not_past(read(phrase, NOW), NOW)
    assert refused.value.code == "date_past"


def test_past_knows_the_second_of_the_doubled_hours() -> None:
    second = datetime(2027, 10, 31, 2, 15, fold=1, tzinfo=BERLIN)
    with pytest.raises(Refusal):
        require_not_past(read("heute 02:30", second), second)
    require_not_past(read("in 10 Minuten", second), second)


def test_now_must_be_aware() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        read("heute", naive)
    with pytest.raises(ValueError, match="aware"):
        require_not_past(Reading(naive.date()), naive)


def test_no_phrase_longer_than_the_cap() -> None:
    assert understood("morgen".ljust(MAX_PHRASE)) == "2026-11-27"
    with pytest.raises(Refusal) as refused:
        read("morgen".ljust(MAX_PHRASE + 1) + "x", NOW)
    assert refused.value.code == "not_a_date"


@pytest.mark.parametrize("piece", ["a", " ", "1.", "bis ", "-", "12.-", "jeden ", "ä", "a\u0308", "0", "am 1. "])
def test_long_input_is_answered_at_once(piece: str) -> None:
    read("heute", NOW)
    before = clock.process_time()
    assert understood((piece * 4000)[:4000]) == "error"
    assert clock.process_time() - before < 0.05


@settings(deadline=None)
@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(read(text, NOW), Reading)
    except Refusal as refused:
        assert explain(refused) != ""


WORDS = sorted(
    {word for phrase, _ in rows() for word in phrase.split()} | {"bis", "und", "-", "1", "Weihnachten", "3."}
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join),
    st.builds(datetime.combine, st.dates(date(2020, 1, 1), date(2060, 1, 1)), st.times(), st.just(BERLIN)),
)
def test_words_of_dates_in_any_order_are_read_or_refused(phrase: str, now: datetime) -> None:
    try:
        reading = read(phrase, now, next_session=SESSION)
    except Refusal as refused:
        assert explain(refused) != ""
    else:
        assert reading.last is None or reading.first < reading.last


def test_every_rule_of_the_grammar_has_its_meaning() -> None:
    rules = dates._grammar().rules
    names = {rule.alias or str(rule.origin.name) for rule in rules if rule.alias or not rule.options.expand1}
    assert sorted(name for name in names if not name.startswith("_") and not hasattr(DateReader, name)) == []


def test_every_feast_of_the_grammar_is_known() -> None:
    terminals = {terminal.name for terminal in dates._grammar().terminals}
    assert sorted(set(FEASTS) - terminals) == []


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2000, date(2000, 4, 23)), (2008, date(2008, 3, 23)), (2011, date(2011, 4, 24)), (2038, date(2038, 4, 25))],
)
def test_easter(year: int, expected: date) -> None:
    assert easter_sunday(year) == expected


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_what_is_echoed_is_read_back(day: date) -> None:
    assert read(say_day(day), NOW) == Reading(day)


@settings(deadline=None)
@given(st.dates(date(2027, 1, 1), date(2030, 1, 1)), st.times(), st.integers(1, 600))
def test_a_meeting_that_is_echoed_is_read_back(day: date, moment: time, minutes: int) -> None:
    start = datetime.combine(day, moment.replace(second=0, microsecond=0, fold=0), BERLIN)
    end = start + timedelta(minutes=minutes)
    try:
        reading = read(say_when(start, end), NOW)
    except Refusal as refused:
        assert refused.code == "no_such_time"
    else:
        last = end.date() if end.date() != start.date() else None
        assert reading == Reading(start.date(), last, start.time(), end.time())


def test_a_range_that_is_echoed_is_read_back() -> None:
    chance = random.Random(7)
    for _ in range(50):
        first = date(2027, 1, 1) + timedelta(chance.randrange(1000))
        last = first + timedelta(chance.randrange(1, 100))
        assert read(say_span(first, last), NOW) == Reading(first, last)


def test_how_dates_are_written() -> None:
    start = datetime(2027, 10, 15, 11, 0, tzinfo=BERLIN)
    assert say_day(date(2027, 10, 15)) == "Fr., 15.10.2027"
    assert say_time(time(9, 5)) == "09:05 Uhr"
    assert say_when(start, None) == "Fr., 15.10.2027, 11:00 Uhr"
    assert say_when(start, start.replace(hour=16)) == "Fr., 15.10.2027, 11:00–16:00 Uhr"
    assert (
        say_when(start, datetime(2027, 10, 17, 16, 0, tzinfo=BERLIN))
        == "Fr., 15.10.2027, 11:00 Uhr – So., 17.10.2027, 16:00 Uhr"
    )
    assert say_span(date(2027, 10, 15), None) == "Fr., 15.10.2027"
    assert say_span(date(2027, 10, 15), date(2027, 10, 17)) == "Fr., 15.10.2027 – So., 17.10.2027"


def test_a_refusal_is_explained_in_german() -> None:
    with pytest.raises(Refusal) as refused:
        read("28.03.2027 02:30", NOW)
    assert explain(refused.value) == (
        "Am So., 28.03.2027 gibt es 02:30 Uhr nicht, weil die Uhren umgestellt werden. "
        "Bitte geben Sie eine andere Uhrzeit an."
    )
    assert refused.value.code in SENTENCES
