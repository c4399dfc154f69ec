"""Meetings that come again: made by a rule some time ahead, each a meeting of its own; and "wie letztes Mal"."""

from datetime import UTC, datetime

import icalendar
import pytest
from dateutil.rrule import rrulestr
from testbot import BERLIN, Begin, TestBot

from ombot import documents
from ombot.features.exporting import EXPORTERS, Frame
from ombot.features.meetings import queries
from ombot.features.meetings.tables import Answer, Meeting, Series, SeriesDate
from ombot.store.tables import Outbox

MONTHLY = "!termin Jour fixe jeden ersten Dienstag im Monat 17–18 Uhr bis 31.8.2027 Ort Köln"


def at(day: int, month: int, year: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def series(bot: TestBot) -> None:
    bot.send(MONTHLY)


def starts(bot: TestBot, status: str = "planned") -> list[str]:
    """When the meetings of a state begin, on the clocks on site."""
    rows = [row for row in bot.table(Meeting) if row.status == status]
    return [row.start.astimezone(BERLIN).strftime("%d.%m.%Y %H:%M") for row in rows]


# --- making -----------------------------------------------------------------------------------------------------


def test_a_series_makes_its_dates_for_half_a_year_and_says_so(bot: TestBot) -> None:
    (said,) = bot.send(f"{MONTHLY}\nBitte Themen mitbringen.")
    assert said.text.splitlines() == [
        "Terminserie – Jour fixe",
        "Wann: jeden ersten Dienstag im Monat, 17:00–18:00 Uhr, bis Di., 31.08.2027",
        "Ort: Köln",
        "• T1 Di., 01.12.2026, 17:00–18:00 Uhr",
        "• T2 Di., 05.01.2027, 17:00–18:00 Uhr",
        "• T3 Di., 02.02.2027, 17:00–18:00 Uhr",
        "• T4 Di., 02.03.2027, 17:00–18:00 Uhr",
        "• T5 Di., 06.04.2027, 17:00–18:00 Uhr",
        "• T6 Di., 04.05.2027, 17:00–18:00 Uhr",
        "Jeder Termin wird 14 Tage vorher hier angekündigt; dann antworten die Einrichtungen. "
        "Weitere Termine kommen von selbst dazu.",
        "Einen ändern: !termin T1 verschieben auf <Datum> <Zeit> · Alle beenden: !termin T1 serie beenden",
    ]
    first = bot.table(Meeting)[0]
    assert (first.title, first.place, first.description, first.card) == (
        "Jour fixe",
        "Köln",
        "Bitte Themen mitbringen.",
        None,
    )


def test_the_time_on_the_clocks_stays_when_they_change(bot: TestBot) -> None:
    bot.send("!termin Frühstück jeden Sonntag 2:30 Uhr ab 14.3.2027 bis 4.4.2027")
    found = [row.start.astimezone(UTC).strftime("%d.%m. %H:%M") for row in bot.table(Meeting)]
    # On 28 March half past two does not exist: three o'clock is the first time after it that does.
    assert found == ["14.03. 01:30", "21.03. 01:30", "28.03. 01:00", "04.04. 00:30"]


def test_public_holidays_are_left_out_and_named(bot: TestBot) -> None:
    (said,) = bot.send("!termin Monatsanfang jeden 1. im Monat 9 Uhr ab 1.12.2026 bis 28.2.2027")
    assert starts(bot) == ["01.12.2026 09:00", "01.02.2027 09:00"]
    assert (
        "Ausgelassen, weil Feiertag ist: Fr., 01.01.2027 (Neujahr). Soll es doch sein, legen Sie den Termin einzeln an."
    ) in said.text.splitlines()


def test_further_dates_come_by_themselves_until_the_last_day(begin: Begin) -> None:
    bot = begin(series)
    bot.pass_time(at(2, 12, 2026))
    assert starts(bot)[-1] == "01.06.2027 17:00"
    bot.pass_time(at(1, 9, 2027))
    assert starts(bot, "held") == [
        f"{day} 17:00"
        for day in (
            *("01.12.2026", "05.01.2027", "02.02.2027", "02.03.2027", "06.04.2027", "04.05.2027", "01.06.2027"),
            *("06.07.2027", "03.08.2027"),
        )
    ]
    assert starts(bot) == []
    assert [row.status for row in bot.table(Series)] == ["ended"]


def test_after_a_long_downtime_only_dates_to_come_are_made(bot: TestBot) -> None:
    bot.send("!termin Runde alle zwei Wochen donnerstags 9 Uhr")
    assert len(starts(bot)) == 12
    bot.sleep(at(1, 9, 2028, 12))
    assert next(day for day in starts(bot) if day.endswith("2028 09:00")) == "14.09.2028 09:00"
    assert len([row for row in bot.table(Meeting) if row.start > bot.now]) == 12


def test_each_date_is_announced_in_time_and_answered_there(begin: Begin) -> None:
    bot = begin(series)
    (first,) = bot.pass_time(at(26, 11, 2026, 10, 1))
    assert (first.to, first.text.splitlines()[0]) == ("group:beratung", "T1: Jour fixe")
    assert [button["key"] for button in first.row.buttons] == ["👍", "👎", "🤔"]
    bot.react(first, "👍")
    edit = [row for row in bot.table(Outbox) if row.slot == "card:T1"][-1]
    assert "Zugesagt: 1 von 3 Einrichtungen · noch offen: 2" in edit.content["body"]
    # Only what was asked for waits for an answer.
    assert [line for line in bot.send("!meine", as_="jan")[0].text.splitlines() if "!zusage" in line] == [
        "• T1 Jour fixe, Di., 01.12.2026 – !zusage T1"
    ]
    bot.send("!absage", as_="jan")
    assert [row.meeting for row in bot.table(Answer)] == [1, 1]
    said = [one.text.splitlines()[0] for one in bot.pass_time(at(22, 12, 2026, 10))]
    assert said == ["Erinnerung – T1: Jour fixe", "T2: Jour fixe"]
    assert "Ankündigung mit der Bitte um Zu- oder Absage" in bot.send("!ablauf T3")[0].text


# --- changing ---------------------------------------------------------------------------------------------------


def test_one_date_is_moved_or_called_off_and_the_others_stay(begin: Begin) -> None:
    bot = begin(series)
    bot.send("!termin T2 verschieben auf 12.1.2027 17 Uhr")
    bot.send("!termin T3 absagen")
    bot.pass_time(at(2, 12, 2026))
    assert starts(bot)[:2] == ["12.01.2027 17:00", "02.03.2027 17:00"]
    assert (starts(bot, "cancelled"), len(bot.table(SeriesDate))) == (["02.02.2027 17:00"], 7)
    said = bot.send("!termin T2 serie")
    file = next(one for one in said if one.row.kind == "file")
    ics = icalendar.Calendar.from_ical(documents.render("calendar", "ics", file.row.content["document"]["data"]))
    events = {str(event["uid"]).partition(".")[0]: event for event in ics.walk("VEVENT")}
    assert [(name, str(one["status"]), int(one["sequence"])) for name, one in events.items()][:4] == [
        ("T1", "CONFIRMED", 0),
        ("T2", "CONFIRMED", 1),
        ("T3", "CANCELLED", 1),
        ("T4", "CONFIRMED", 0),
    ]
    assert "rrule" not in events["T1"]


def test_an_end_of_the_series_calls_off_what_is_to_come_and_tells_who_answered(begin: Begin) -> None:
    bot = begin(series)
    bot.send("!zusage T2", as_="jan")
    assert "Leitung" in bot.send("!termin T2 serie beenden", as_="jan")[0].text
    (said,) = bot.send("!termin T2 serie beenden")
    assert said.text.splitlines()[:3] == [
        "Serie beendet – Jour fixe",
        "Diese Termine finden nicht statt (bisher: geplant):",
        "• T2 Di., 05.01.2027, 17:00–18:00 Uhr",
    ]
    assert said.mentions == ["@jan:example.org"]
    assert starts(bot) == ["01.12.2026 17:00"]
    bot.pass_time(at(1, 3, 2027))
    assert starts(bot) == []
    bot.send("!termin Einzeln am 9.3.2027 10 Uhr")
    assert "gehört zu keiner Serie" in bot.send("!termin T7 serie beenden")[0].text


def test_an_undo_calls_the_series_off_and_one_of_its_end_brings_it_back(begin: Begin) -> None:
    bot = begin(series)
    bot.send("!termin T3 serie beenden")
    bot.send("!zurück")
    assert len(starts(bot)) == 6
    bot.pass_time(at(2, 12, 2026))
    assert len(starts(bot)) == 6
    bot.send("!termin Runde jeden Montag 9 Uhr")
    bot.send("!zurück")
    assert {row.title for row in bot.table(Meeting) if row.status == "planned"} == {"Jour fixe"}
    assert [row.status for row in bot.table(Series)] == ["running", "ended"]


def test_the_author_may_edit_the_message_but_not_its_days(begin: Begin) -> None:
    bot = begin(series)
    made = bot.last_event
    bot.send("!termin T2 verschieben auf 12.1.2027 9 Uhr")
    bot.edit(made, "!termin Jour fixe der AG jeden ersten Dienstag im Monat 16–17 Uhr bis 1.4.2027")
    assert starts(bot) == ["01.12.2026 16:00", "12.01.2027 09:00", "02.02.2027 16:00", "02.03.2027 16:00"]
    assert [row.title for row in bot.table(Meeting) if row.status == "planned"][::3] == ["Jour fixe der AG"] * 2
    (refused,) = bot.edit(made, "!termin Jour fixe jeden zweiten Dienstag im Monat 16–17 Uhr")
    assert refused.text.startswith("Die Tage einer Serie bleiben, wie sie sind")


# --- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("!termin Jour fixe jeden Dienstag", "Es fehlt die Uhrzeit."),
        ("!termin jeden Dienstag 17 Uhr", "Es fehlt der Titel."),
        ("!termin Jour fixe täglich 9 Uhr", "verstehe ich hier nicht"),
        ("!termin Jour fixe jeden 31. im Monat 9 Uhr", "Eine solche Wiederholung gibt es nicht"),
        ("!termin Jour fixe jeden Dienstag 18–17 Uhr", "liegt nicht nach dem Beginn"),
        ("!termin Jour fixe jeden Dienstag 17 Uhr bis 1.10.2026", "Der Zeitpunkt ist schon vorbei"),
        ("!termin Jour fixe jeden Dienstag 17 Uhr bis 30.11.2026", "gibt es keinen solchen Tag"),
        ("!termin wie letztes Mal, am 3.5.2027", "Es gibt noch keinen Termin"),
        ("!termin wie letztes Mal", "Es fehlt der Tag mit Uhrzeit."),
        ("!termin wie letztes Mal, am 3.5.2025", "Der Zeitpunkt ist schon vorbei"),
    ],
)
def test_what_cannot_come_again_is_said_and_nothing_stored(bot: TestBot, text: str, sentence: str) -> None:
    assert sentence in bot.send(text)[0].text
    assert bot.table(Meeting) == []


def test_a_missing_time_can_be_answered(bot: TestBot) -> None:
    (asked,) = bot.send("!termin Jour fixe jeden Dienstag bis 15.12.2026")
    (again,) = bot.reply(asked, "mittags vielleicht")
    bot.reply(again, "17–18 Uhr")
    assert starts(bot) == ["01.12.2026 17:00", "08.12.2026 17:00", "15.12.2026 17:00"]


# --- like last time ---------------------------------------------------------------------------------------------


def test_a_meeting_like_the_last_one_keeps_time_place_and_title(bot: TestBot) -> None:
    bot.send("!termin Klausur am 1.12.2026 10–12:30 Uhr Ort Köln online https://a.example.org/x")
    bot.send("!termin Anderes am 2.12.2026 8 Uhr")
    bot.pass_time(at(3, 12, 2026))
    bot.send("!termin Klausur wie letztes Mal, am 6.7.2027")
    bot.send("!termin wie letztes Mal am 7.7.2027 9 Uhr Ort Bonn")
    rows = bot.table(Meeting)[2:]
    assert [(row.title, row.start, row.end, row.place, row.url) for row in rows] == [
        ("Klausur", at(6, 7, 2027, 10), at(6, 7, 2027, 12, 30), "Köln", "https://a.example.org/x"),
        ("Anderes", at(7, 7, 2027, 9), None, "Bonn", ""),
    ]


def test_a_session_like_the_last_one_is_the_next_by_number(bot: TestBot) -> None:
    bot.send("!sitzung 20.05.2027 11–16 Uhr Ort Berlin", as_="kai", room="sk")
    bot.send("!sitzung wie letztes Mal, am 18.11.2027", as_="kai", room="sk")
    rows = bot.table(Meeting)
    assert [(row.title, row.start.astimezone(BERLIN), row.place) for row in rows][1] == (
        "2. Sitzung des Strategiekreises",
        at(18, 11, 2027, 11),
        "Berlin",
    )


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("jeden ersten Dienstag im Monat", "FREQ=MONTHLY;BYDAY=1TU"),
        ("jeden letzten Donnerstag im Monat", "FREQ=MONTHLY;BYDAY=-1TH"),
        ("alle zwei Wochen am Mittwoch", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
        ("jeden 15. im Monat", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ],
)
def test_the_export_says_the_rule_as_calendars_do(bot: TestBot, words: str, rule: str) -> None:
    bot.send(f"!termin Jour fixe {words} 17–18 Uhr bis 31.03.2027")
    bot.send("!termin T2 verschieben auf 17.02.2027 9 Uhr")
    with bot.store.reading() as session:
        entries = EXPORTERS["meetings"](session, Frame(bot.settings))
        days = list(queries.dates_of_series(session, 1))
    assert [entry["series"].pop("day") for entry in entries] == [day.isoformat() for day in days]
    assert [entry["series"] for entry in entries] == [
        {
            "id": 1,
            "rule": rule,
            "first": days[0].isoformat(),
            "until": "2027-03-31",
            "start": "17:00",
            "end": "18:00",
            "status": "running",
        }
    ] * len(days)
    readable = rrulestr(rule, dtstart=at(days[0].day, days[0].month, days[0].year))
    assert [one.date() for one in readable.between(at(26, 11, 2026), at(31, 3, 2027), inc=True)] == days
