"""Where the title of a line ends and its due phrase or its time begins."""

import time as clock
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombot.chat.dates import Reading, read, split_due, split_when
from ombot.chat.language import explain
from ombot.chat.refusal import Refusal

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=BERLIN)
SESSION = date(2027, 4, 15)
FRIDAY = date(2026, 11, 27)


def berlin(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("line", "title", "day"),
    [
        ("Einseiter entwerfen bis 30.09.", "Einseiter entwerfen", date(2027, 9, 30)),
        ("Treffen am Montag", "Treffen", date(2026, 11, 30)),
        ("Plakate für den 3. Mai bis Freitag", "Plakate für den 3. Mai", FRIDAY),
        ("Einladung zum 1. Mai bis Freitag", "Einladung zum 1. Mai", FRIDAY),
        ("Protokoll vom 3. Mai bis Freitag", "Protokoll vom 3. Mai", FRIDAY),
        ("Kapitel 1 bis 3 lesen bis Freitag", "Kapitel 1 bis 3 lesen", FRIDAY),
        ("Bericht zum 1. Mai", "Bericht", date(2027, 5, 1)),
        ("Urlaub vom 4. bis 6. Januar", "Urlaub", date(2027, 1, 6)),
        ("Workshop zwischen 1. und 15. Dezember", "Workshop", date(2026, 12, 15)),
        ("Antrag stellen in zwei Wochen", "Antrag stellen", date(2026, 12, 10)),
        ("Antrag stellen, spätestens am 10.1.", "Antrag stellen", date(2027, 1, 10)),
        ("Antrag stellen – bis 10. Januar", "Antrag stellen", date(2027, 1, 10)),
        ("Rückmeldung BIS SPAETESTENS FREITAG", "Rückmeldung", FRIDAY),
        ("Abgabe binnen 14 Tagen", "Abgabe", date(2026, 12, 10)),
        ("Abgabe innerhalb von zwei Wochen", "Abgabe", date(2026, 12, 10)),
        ("Anmeldung ab 3. Mai", "Anmeldung", date(2027, 5, 3)),
        ("Bericht in KW 49", "Bericht", date(2026, 12, 6)),
        ("Bericht bis Ende der Woche.", "Bericht", FRIDAY),
        ("Plakate bis 18 Uhr", "Plakate", date(2026, 11, 26)),
        ("Input vor der nächsten Sitzung", "Input", date(2027, 4, 14)),
        ("Input zur nächsten Sitzung", "Input", date(2027, 4, 15)),
        ("Input bis zur nächsten Sitzung", "Input", date(2027, 4, 15)),
        ("Flyer „Bis morgen“ drucken bis Freitag", "Flyer „Bis morgen“ drucken", FRIDAY),
        ("bis Freitag", "", FRIDAY),
        ("Pru\u0308fen bis\u00a0Freitag", "Prüfen", FRIDAY),
    ],
)
def test_due(line: str, title: str, day: date) -> None:
    found, reading = split_due(line, NOW, next_session=SESSION)
    assert reading is not None
    assert (found, reading.day) == (title, day)


@pytest.mark.parametrize(
    "line",
    [
        "Bericht zum 1. Mai schreiben",
        "Plakate drucken morgen",
        "Protokoll vom 3. Mai",
        "Bericht im Januar",
        "Haus in Berlin",
        "Arbeit am Morgen",
        "Version 2.12 testen",
        "Absage bisher unklar",
        "„Plakate bis Freitag“",
        'Flyer "bis Freitag"',
        "Flyer «bis Freitag»",
        "Flyer »bis Freitag«",
        "Flyer „bis S. 12“ lesen",
        "Gespräch vor dem Treffen",
        "",
    ],
)
def test_all_is_title(line: str) -> None:
    assert split_due(line, NOW) == (line, None)


@pytest.mark.parametrize(
    ("line", "phrase"),
    [
        ("Protokoll lesen bis S. 12", "bis S. 12"),
        ("Liste bis E", "bis E"),
        ("Weitermachen bis", "bis"),
        ("Bis Freitag Plakate drucken", "Bis Freitag Plakate drucken"),
        ("Kapitel 1 bis 3 lesen", "bis 3 lesen"),
        ("Kapitel 1 bis 3 lesen am Freitag", "bis 3 lesen am Freitag"),
        ("Plakate bis „Freitag“", "bis „Freitag“"),
        ("Plakate (bis Freitag)", "bis Freitag)"),
        ("Plakate spätestens irgendwann", "spätestens irgendwann"),
        ("Plakate bis zum 15.", "bis zum 15."),
        ("Plakate Freitag bis 18 Uhr", "Freitag bis 18 Uhr"),
        ("Plakate nächste Woche bis 18 Uhr", "nächste Woche bis 18 Uhr"),
    ],
)
def test_asked_about(line: str, phrase: str) -> None:
    with pytest.raises(Refusal) as refused:
        split_due(line, NOW)
    assert (refused.value.code, dict(refused.value.facts)) == ("due_not_understood", {"phrase": phrase})


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Treffen am 31.02.2027", "no_such_day"),
        ("Plakate bis Montag, 21. November 2027", "wrong_weekday"),
        ("Treffen am nächsten Freitag", "ambiguous"),
        ("Rundschreiben bis jeden Freitag", "repeated_date"),
        ("Input bis zur nächsten Sitzung", "no_next_session"),
    ],
)
def test_a_date_that_cannot_be_is_refused_for_its_own_reason(line: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        split_due(line, NOW)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("line", "title", "start", "end"),
    [
        ("Workshop am 3.12. 19 Uhr", "Workshop", berlin(2026, 12, 3, 19), None),
        ("21.11.2027 11-16 Uhr", "", berlin(2027, 11, 21, 11), berlin(2027, 11, 21, 16)),
        ("am Sonntag, 21. November 2027, 11:00–16:00 Uhr", "", berlin(2027, 11, 21, 11), berlin(2027, 11, 21, 16)),
        ("Plenum KW 3 Mo 18:00", "Plenum", berlin(2027, 1, 18, 18), None),
        ("Team 7 Montag 18 Uhr", "Team 7", berlin(2026, 11, 30, 18), None),
        ("Runde 2, 3.12., 10 Uhr", "Runde 2", berlin(2026, 12, 3, 10), None),
        (
            "Treffen der AG 3 am 3.12. von 10 bis 12 Uhr",
            "Treffen der AG 3",
            berlin(2026, 12, 3, 10),
            berlin(2026, 12, 3, 12),
        ),
        ("Klausur 12.–14. März 2027, 10–16 Uhr", "Klausur", berlin(2027, 3, 12, 10), berlin(2027, 3, 14, 16)),
        ("Fest „Freitag 18 Uhr“ am Samstag 19 Uhr", "Fest „Freitag 18 Uhr“", berlin(2026, 11, 28, 19), None),
    ],
)
def test_when(line: str, title: str, start: datetime, end: datetime | None) -> None:
    found, reading = split_when(line, NOW)
    assert (found, reading.starts_at(BERLIN), reading.ends_at(BERLIN)) == (
        title,
        start,
        end,
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Workshop", "date_missing"),
        ("", "date_missing"),
        ("Workshop 18 Uhr", "date_missing"),
        ("Workshop nächste Woche 18 Uhr", "date_missing"),
        ("Workshop „Freitag 18 Uhr“", "date_missing"),
        ("Workshop am Montag", "time_missing"),
        ("Workshop am Freitag bis 18 Uhr", "time_missing"),
        ("Workshop am 3.12. 16-11 Uhr", "end_before_start"),
        ("Workshop am 28.03.2027 02:30", "no_such_time"),
        ("Plenum jeden Montag 18 Uhr", "repeated_date"),
    ],
)
def test_when_is_asked_about(line: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        split_when(line, NOW)
    assert refused.value.code == code
    assert explain(refused.value) != ""


def test_a_missing_time_comes_with_the_day_that_was_read() -> None:
    with pytest.raises(Refusal) as refused:
        split_when("Workshop am Montag", NOW)
    assert refused.value.facts["reading"] == Reading(date(2026, 11, 30))
    assert explain(refused.value) == (
        "Für Mo., 30.11.2026 fehlt die Uhrzeit. Bitte antworten Sie mit der Zeit, zum Beispiel „11:00–16:00 Uhr“."
    )


@settings(deadline=None)
@given(st.text(max_size=250))
def test_any_line_is_split_or_refused(line: str) -> None:
    for split in (split_due, split_when):
        try:
            title, _reading = split(line, NOW)
        except Refusal as refused:
            assert explain(refused) != ""
        else:
            assert len(title) <= len(line) * 3


@pytest.mark.parametrize(
    "piece", ["„", '"', "«", "»«", '„"', "‚", "bis ", "am 1. ", "bis 1.1. ", "in ", "zwischen ", " ", "x"]
)
def test_long_lines_are_answered_at_once(piece: str) -> None:
    read("heute", NOW)
    line = (piece * 4000)[:4000]
    before = clock.process_time()
    for split in (split_due, split_when):
        try:
            split(line, NOW)
        except Refusal as refused:
            explain(refused)
    assert clock.process_time() - before < 0.1
