"""Date polls: asking, voting for an institution, and turning the best date into the meeting."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from testbot import BERLIN, Said, TestBot, user

from ombot.features.exporting import EXPORTERS, Frame
from ombot.features.meetings.rules import DateCount, asked_until, best_dates
from ombot.features.meetings.tables import Meeting, PollDate, PollVote
from ombot.store.tables import Outbox

MADE = "!terminfindung Klausur bis 10.12.2026\n14.12.2026 10–12 Uhr\n15.12.2026 14 Uhr\n26.12.2026 10 Uhr"


def at(day: int, month: int, year: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def make(bot: TestBot, text: str = MADE) -> Said:
    (said,) = bot.send(text)
    return said


def votes(bot: TestBot) -> list[tuple[int, str, str]]:
    return [(row.number, row.choice, row.given_by) for row in bot.table(PollVote)]


def newest_edit(bot: TestBot, slot: str) -> str:
    """What the card of a slot says after its last edit."""
    return str([row for row in bot.table(Outbox) if row.slot == slot][-1].content["body"])


def dates_of(bot: TestBot) -> list[dict[str, Any]]:
    with bot.store.reading() as session:
        (entry,) = EXPORTERS["meetings"](session, Frame(bot.settings))
    found: list[dict[str, Any]] = json.loads(json.dumps(entry["dates"]))
    return found


# --- asking -----------------------------------------------------------------------------------------------------


def test_a_poll_shows_its_dates_with_their_holidays(bot: TestBot) -> None:
    assert make(bot).text.splitlines() == [
        "T1: Klausur (Terminfindung)",
        "1. Mo., 14.12.2026, 10:00–12:00 Uhr – noch keine Stimme",
        "2. Di., 15.12.2026, 14:00 Uhr – noch keine Stimme",
        "3. Sa., 26.12.2026, 10:00 Uhr – noch keine Stimme (Feiertag: Zweiter Weihnachtstag)",
        "Abgestimmt: 0 von 3 Einrichtungen, möglich bis Do., 10.12.2026",
        "Am besten passt: noch offen",
        "Bitte für Ihre Einrichtung antworten, hierauf zum Beispiel mit „1 ja, 2 zur Not“. "
        "Als Befehl: !terminfindung T1 1 ja, 2 zur Not",
    ]
    (meeting,) = bot.table(Meeting)
    assert (meeting.status, meeting.start, meeting.title) == ("polling", None, "Klausur")
    assert [(row.number, row.start.astimezone(BERLIN)) for row in bot.table(PollDate)] == [
        (1, at(14, 12, 2026, 10)),
        (2, at(15, 12, 2026, 14)),
        (3, at(26, 12, 2026, 10)),
    ]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("", "je Zeile ein Datum mit Uhrzeit"),
        ("\n14.12.2026 10 Uhr", "Bei einem einzigen Datum gibt es nichts auszuwählen. "),
        ("\n14.12.2026 10 Uhr\n- 14.12.2026 10 Uhr", "Bei einem einzigen Datum gibt es nichts auszuwählen. "),
        ("\n14.12.2025 10 Uhr\n15.12.2026 10 Uhr", "Der Zeitpunkt ist schon vorbei"),
        ("\n14.12.2026 10 Uhr\nirgendwann", "irgendwann"),
        ("\n14.–16.12.2026\n18.12.2026 10 Uhr", "sind mehrere Tage"),
        ("\n" + "\n".join(f"{day}.1.2027 10 Uhr" for day in range(1, 22)), "Das sind 21 Daten, möglich sind 20."),
        (" bis 20.12.2026\n14.12.2026 10 Uhr\n21.12.2026 10 Uhr", "Bitte nennen Sie ein früheres Ende"),
        (" bis 20.12.2025\n14.12.2026 10 Uhr\n21.12.2026 10 Uhr", "Der Zeitpunkt ist schon vorbei"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_stored(bot: TestBot, lines: str, sentence: str) -> None:
    (said,) = bot.send(f"!terminfindung Klausur{lines}")
    assert sentence in said.text
    assert bot.table(Meeting) == []


def test_one_time_serves_all_days_without_one(bot: TestBot) -> None:
    asked = make(bot, "!terminfindung Klausur zum Jahresende\n* 14.12.\n* 15.12. 9 Uhr\n* 16.12.")
    assert "fehlt die Uhrzeit" in asked.text
    bot.reply(asked, "10–12 Uhr")
    (meeting,) = bot.table(Meeting)
    assert meeting.title == "Klausur zum Jahresende"
    starts = [row.start.astimezone(BERLIN) for row in bot.table(PollDate)]
    assert starts == [at(14, 12, 2026, 10), at(15, 12, 2026, 9), at(16, 12, 2026, 10)]


def test_an_edit_changes_the_dates_until_somebody_has_voted(bot: TestBot) -> None:
    make(bot)
    made = bot.last_event
    bot.edit(made, "!terminfindung Klausur\n16.12.2026 10 Uhr\n17.12.2026 10 Uhr")
    assert [row.start.astimezone(BERLIN).day for row in bot.table(PollDate)] == [16, 17]
    bot.send("!terminfindung T1 1 ja")
    (said,) = bot.edit(made, "!terminfindung Klausur\n16.12.2026 10 Uhr\n18.12.2026 10 Uhr")
    assert "wurde schon abgestimmt" in said.text
    assert [row.start.astimezone(BERLIN).day for row in bot.table(PollDate)] == [16, 17]
    bot.edit(made, "!terminfindung Strategieklausur\n16.12.2026 10 Uhr\n17.12.2026 10 Uhr")
    assert [row.title for row in bot.table(Meeting)] == ["Strategieklausur"]


# --- voting -----------------------------------------------------------------------------------------------------


def test_a_reply_votes_for_the_institution_and_the_last_one_counts(bot: TestBot) -> None:
    card = make(bot)
    (said,) = bot.reply(card, "1 ja, 2 zur Not, 3 nein", as_="jan")
    assert said.text.splitlines()[:2] == ["itb: 1 ja, 2 zur Not, 3 nein", "T1: Klausur"]
    (said,) = bot.reply(card, "2 und 3: ja", as_="jan")
    assert said.text.splitlines()[:3] == [
        "itb: 1 ja, 2 ja, 3 ja",
        "T1: Klausur",
        "Bisher: 1 ja, 2 zur Not, 3 nein",
    ]
    (said,) = bot.send("!terminfindung T1 alle nein, 2 zur Not")
    assert said.text.splitlines()[0] == "BG RCI: 1 nein, 2 zur Not, 3 nein"
    assert dates_of(bot) == [
        {"start": "2026-12-14T10:00:00+01:00", "yes": 1, "if_need_be": 0, "no": 1},
        {"start": "2026-12-15T14:00:00+01:00", "yes": 1, "if_need_be": 1, "no": 0},
        {"start": "2026-12-26T10:00:00+01:00", "yes": 1, "if_need_be": 0, "no": 1},
    ]
    assert newest_edit(bot, "poll:T1").splitlines()[1:6] == [
        "1. Mo., 14.12.2026, 10:00–12:00 Uhr – 1 ja, 1 nein",
        "2. Di., 15.12.2026, 14:00 Uhr – 1 ja, 1 zur Not",
        "3. Sa., 26.12.2026, 10:00 Uhr – 1 ja, 1 nein (Feiertag: Zweiter Weihnachtstag)",
        "Abgestimmt: 2 von 3 Einrichtungen, möglich bis Do., 10.12.2026",
        "Am besten passt: Di., 15.12.2026, 14:00 Uhr",
    ]


@pytest.mark.parametrize("text", ["1 finde ich gut", "1 ja, aber nur vormittags", "1, 2", "ja", "Schön!", "1 ja, 2"])
def test_a_vote_is_not_guessed_from_talk(bot: TestBot, text: str) -> None:
    card = make(bot)
    assert bot.reply(card, text, as_="jan") == []
    assert votes(bot) == []


def test_what_does_not_exist_is_refused(bot: TestBot) -> None:
    make(bot)
    (said,) = bot.send("!terminfindung T1 1 ja, 4 nein")
    assert "Ein Datum 4 gibt es in T1 nicht" in said.text
    (foreign,) = bot.send("!terminfindung T1 1 ja", as_="ida", room="transfer")
    (unknown,) = bot.send("!terminfindung T9 1 ja", as_="ida", room="transfer")
    assert foreign.text.replace("T1", "T9") == unknown.text
    assert votes(bot) == []


def test_a_lead_votes_for_others_who_hear_of_it(bot: TestBot) -> None:
    make(bot)
    room, direct = sorted(bot.send("!terminfindung T1 1 ja für itb"), key=lambda said: said.to.startswith("person:"))
    assert room.text.splitlines()[0] == "itb: 1 ja"
    assert direct.to == f"person:{user('jan')}"
    assert "Eingetragen von Eva Beispiel" in direct.text
    (said,) = bot.send("!terminfindung T1 1 nein für BG RCI", as_="jan")
    assert "Leitung" in said.text
    assert votes(bot) == [(1, "yes", user("eva"))]


def test_an_undo_takes_the_votes_back(bot: TestBot) -> None:
    make(bot)
    bot.send("!terminfindung T1 1 ja, 2 nein")
    bot.send("!zurück")
    assert votes(bot) == []
    assert "Abgestimmt: 0 von 3" in newest_edit(bot, "poll:T1")
    bot.send("!terminfindung T1 1 ja, 2 nein")
    bot.send("!terminfindung T1 1 nein")
    bot.send("!zurück")
    assert [(number, choice) for number, choice, _ in votes(bot)] == [(1, "yes"), (2, "no")]


def test_after_the_last_day_no_vote_counts(bot: TestBot) -> None:
    make(bot)
    bot.pass_time(at(11, 12, 2026))
    (said,) = bot.send("!terminfindung T1 1 ja")
    assert "endete am Do., 10.12.2026" in said.text
    assert votes(bot) == []


# --- reminding --------------------------------------------------------------------------------------------------


def test_only_institutions_without_a_vote_are_asked_and_the_maker_gets_the_result(bot: TestBot) -> None:
    make(bot)
    bot.send("!terminfindung T1 1 ja, 2 nein")
    (said,) = bot.pass_time(at(7, 12, 2026))
    assert (said.to, said.mentions) == ("group:beratung", [user("jan")])
    assert "Es fehlt bis Do., 10.12.2026 die Stimme von: Bundessteuerberaterkammer, itb" in said.text.splitlines()
    bot.reply(said, "1 nein, 2 ja", as_="jan")
    bot.send("!terminfindung T1 1 ja für Bundessteuerberaterkammer")
    (result,) = bot.pass_time(at(12, 12, 2026))
    assert (result.to, result.mentions) == ("group:beratung", [user("eva")])
    assert "Am besten passt: Mo., 14.12.2026, 10:00–12:00 Uhr (nein: itb)" in result.text.splitlines()
    assert "!terminfindung T1 schließen" in result.text


def test_the_course_of_a_poll_can_be_seen(bot: TestBot) -> None:
    make(bot)
    (said,) = bot.send("!ablauf T1")
    assert [line for line in said.text.splitlines() if line[0].isdigit()] == [
        "1. Mo., 07.12.2026, 09:00 Uhr: Nachfrage bei Einrichtungen, die noch nicht abgestimmt haben – "
        "an AG Modernes Beratungsverständnis",
        "2. Do., 10.12.2026, 09:00 Uhr: Nachfrage bei Einrichtungen, die noch nicht abgestimmt haben – "
        "an AG Modernes Beratungsverständnis",
        "3. Fr., 11.12.2026, 09:00 Uhr: Ergebnis der Terminfindung – an AG Modernes Beratungsverständnis",
    ]


def test_without_a_deadline_votes_are_asked_for_all_the_same_and_count_until_it_is_closed(bot: TestBot) -> None:
    card = make(bot, "!terminfindung Klausur\n14.12.2026 10–12 Uhr\n15.12.2026 14 Uhr")
    assert "Abgestimmt: 0 von 3 Einrichtungen, erbeten bis Do., 10.12.2026" in card.text.splitlines()
    (said,) = bot.send("!ablauf T1")
    moments = [line.partition(" Uhr")[0] for line in said.text.splitlines() if line[0].isdigit()]
    assert moments == ["1. Mo., 07.12.2026, 09:00", "2. Do., 10.12.2026, 09:00", "3. Fr., 11.12.2026, 09:00"]
    bot.send("!terminfindung T1 2 ja")
    (said,) = bot.pass_time(at(8, 12, 2026))
    assert said.mentions == [user("jan")]
    assert "Es fehlt bis Do., 10.12.2026 die Stimme von: Bundessteuerberaterkammer, itb" in said.text.splitlines()
    _, result = bot.pass_time(at(12, 12, 2026))
    assert result.text.splitlines()[0] == "Stand der Terminfindung – T1: Klausur"
    (said,) = bot.send("!meine", as_="jan")
    assert "• T1 Klausur, bis Do., 10.12.2026 – !terminfindung T1" in said.text.splitlines()
    (said,) = bot.send("!terminfindung T1 1 ja, 2 ja", as_="jan")
    assert said.text.splitlines()[0] == "itb: 1 ja, 2 ja"


def test_what_waits_for_a_vote_stands_among_my_things_and_on_the_board(bot: TestBot) -> None:
    make(bot)
    (said,) = bot.send("!meine", as_="jan")
    assert "• T1 Klausur, bis Do., 10.12.2026 – !terminfindung T1" in said.text.splitlines()
    bot.send("!terminfindung T1 1 ja", as_="jan")
    (said,) = bot.send("!meine", as_="jan")
    assert "Klausur" not in said.text
    for command in ("!termine", "!übersicht"):
        (said,) = bot.send(command)
        assert "• T1 Klausur (AG Modernes Beratungsverständnis) – Datum wird gesucht" in said.text.splitlines()


# --- closing ----------------------------------------------------------------------------------------------------


def test_closing_makes_the_meeting_of_the_best_date(bot: TestBot) -> None:
    card = make(bot)
    bot.send("!terminfindung T1 1 ja, 2 ja")
    bot.send("!terminfindung T1 1 nein, 2 ja", as_="jan")
    (said,) = bot.reply(card, "schließen")
    assert said.text.splitlines()[:2] == ["T1: Klausur", "Wann: Di., 15.12.2026, 14:00 Uhr"]
    (meeting,) = bot.table(Meeting)
    assert (meeting.status, meeting.start.astimezone(BERLIN), meeting.end) == ("planned", at(15, 12, 2026, 14), None)
    assert "Termin: Di., 15.12.2026, 14:00 Uhr" in newest_edit(bot, "poll:T1").splitlines()
    (noted,) = bot.reply(said, "Zusage", as_="jan")
    assert noted.text.startswith("itb: Zusage")
    assert "läuft keine Terminfindung" in bot.send("!terminfindung T1 1 ja")[0].text
    assert [one.text.splitlines()[0] for one in bot.pass_time(at(12, 12, 2026))] == ["Erinnerung – T1: Klausur"]


def test_a_tie_is_asked_about(bot: TestBot) -> None:
    make(bot)
    bot.send("!terminfindung T1 1 ja, 2 ja, 3 zur Not")
    (asked,) = bot.send("!terminfindung T1 schließen")
    assert asked.text.splitlines()[:3] == [
        "Mehrere Daten passen gleich gut. Welches soll es sein?",
        "1. Mo., 14.12.2026, 10:00–12:00 Uhr",
        "2. Di., 15.12.2026, 14:00 Uhr",
    ]
    bot.reply(asked, "2")
    (meeting,) = bot.table(Meeting)
    assert meeting.start.astimezone(BERLIN) == at(15, 12, 2026, 14)


def test_a_holiday_is_named_before_it_is_taken(bot: TestBot) -> None:
    make(bot)
    (asked,) = bot.send("!terminfindung T1 schließen 3")
    assert "ist ein Feiertag (Zweiter Weihnachtstag)" in asked.text
    bot.reply(asked, "nein")
    assert [row.status for row in bot.table(Meeting)] == ["polling"]
    (asked,) = bot.send("!terminfindung T1 schließen 3")
    bot.reply(asked, "ja")
    assert [row.status for row in bot.table(Meeting)] == ["planned"]


def test_only_the_lead_or_the_maker_closes(bot: TestBot) -> None:
    bot.send(MADE, as_="jan")
    assert "noch niemand abgestimmt" in bot.send("!terminfindung T1 schließen")[0].text
    bot.send("!terminfindung T1 1 ja", as_="jan")
    make(bot)
    bot.send("!terminfindung T2 1 ja", as_="jan")
    (said,) = bot.send("!terminfindung T2 schließen", as_="jan")
    assert "Leitung" in said.text
    bot.send("!terminfindung T1 schließen", as_="jan")
    assert [row.status for row in bot.table(Meeting)] == ["planned", "polling"]


def test_a_past_date_is_never_taken(bot: TestBot) -> None:
    make(bot)
    bot.send("!terminfindung T1 1 ja, 2 zur Not, 3 nein")
    bot.pass_time(at(14, 12, 2026, 11))
    assert "Der Zeitpunkt ist schon vorbei" in bot.send("!terminfindung T1 schließen 1")[0].text
    bot.send("!terminfindung T1 schließen")
    (meeting,) = bot.table(Meeting)
    assert meeting.start.astimezone(BERLIN) == at(15, 12, 2026, 14)


def test_a_closing_can_be_undone_and_a_poll_called_off(bot: TestBot) -> None:
    make(bot)
    bot.send("!terminfindung T1 1 ja")
    bot.send("!terminfindung T1 schließen")
    bot.send("!zurück")
    assert [(row.status, row.start) for row in bot.table(Meeting)] == [("polling", None)]
    bot.send("!terminfindung T1 1 nein, 2 ja")
    assert "Am besten passt: Di., 15.12.2026, 14:00 Uhr" in newest_edit(bot, "poll:T1")
    (said,) = bot.send("!termin T1 absagen")
    assert said.text.splitlines()[:2] == [
        "Abgesagt – T1: Klausur",
        "Es wird kein Datum mehr gesucht; Stimmen dazu sind nicht mehr nötig.",
    ]
    assert bot.pass_time(at(20, 12, 2026)) == []
    assert "ist abgesagt" in bot.send("!terminfindung T1 1 ja")[0].text


def test_votes_on_the_chosen_date_are_answers_and_only_others_are_asked(bot: TestBot) -> None:
    make(bot)
    bot.send("!terminfindung T1 1 zur Not, 2 ja")
    bot.send("!terminfindung T1 2 nein für Bundessteuerberaterkammer")
    bot.send("!terminfindung T1 1 ja", as_="jan")
    (said,) = bot.send("!terminfindung T1 schließen 2")
    assert said.text.splitlines()[2:4] == [
        "Zugesagt: 1 von 3 Einrichtungen · abgesagt: 1 · noch offen: 1",
        "Aus der Terminfindung übernommen: „ja“ gilt als Zusage, „zur Not“ als Vielleicht, „nein“ als Absage.",
    ]
    assert [line for line in bot.send("!termin T1 antworten")[0].text.splitlines() if line.startswith("• ")] == [
        "• BG RCI",
        "• Bundessteuerberaterkammer (von der Leitung eingetragen)",
        "• itb",
    ]
    assert "Bisher: Zusage" in bot.send("!absage T1")[0].text.splitlines()
    bot.send("!zurück")
    bot.send("!terminfindung T1 1 ja")  # no poll any more: changes nothing
    assert "zugesagt 1 von 3" in bot.send("!termine")[0].text


def test_a_single_date_can_be_the_meeting_at_once(bot: TestBot) -> None:
    (asked,) = bot.send("!terminfindung Klausur\n14.12.2026 10–12 Uhr")
    assert "Soll ich „Klausur“ gleich als Termin anlegen (Mo., 14.12.2026, 10:00 Uhr)?" in asked.text
    (said,) = bot.reply(asked, "ja")
    assert said.text.splitlines()[:2] == ["T1: Klausur", "Wann: Mo., 14.12.2026, 10:00–12:00 Uhr"]


def test_a_poll_of_the_board_can_become_the_session(bot: TestBot) -> None:
    bot.send("!terminfindung Frühjahr\n20.5.2027 11–16 Uhr\n27.5.2027 11 Uhr", as_="kai", room="sk")
    bot.send("!terminfindung T1 1 ja, 2 ja", room="sk")
    bot.send("!terminfindung T1 1 nein, 2 ja", as_="jan", room="sk")
    assert "Koordination" in bot.send("!terminfindung T1 schließen als Sitzung", room="sk")[0].text
    (asked,) = bot.send("!terminfindung T1 schließen als Sitzung", as_="kai", room="sk")
    assert "Es fehlt, wann die Sitzung endet (Beginn 11:00 Uhr)." in asked.text
    (said,) = bot.reply(asked, "16 Uhr", as_="kai", room="sk")
    assert said.text.splitlines()[:3] == [
        "T1: 1. Sitzung des Strategiekreises",
        "Wann: Do., 27.05.2027, 11:00–16:00 Uhr",
        "Zugesagt: 2 von 2 Einrichtungen · noch offen: 0",
    ]
    (meeting,) = bot.table(Meeting)
    assert (meeting.kind, meeting.session_number, meeting.status) == ("session", 1, "planned")
    assert "Aufruf" in bot.send("!ablauf T1", as_="kai", room="office")[0].text
    make(bot)
    assert "nur dort gibt es Sitzungen" in bot.send("!terminfindung T2 schließen als Sitzung", as_="kai")[0].text


# --- rules ------------------------------------------------------------------------------------------------------


def test_the_best_date_has_most_yes_and_then_fewest_no() -> None:
    assert best_dates([]) == ()
    assert best_dates([DateCount(1, yes=2, no=1), DateCount(2, yes=2), DateCount(3, yes=1)]) == (2,)
    assert best_dates([DateCount(1, yes=2, if_need_be=1), DateCount(2, yes=2)]) == (1, 2)


def test_votes_are_asked_for_before_the_first_date() -> None:
    made, lasts = date(2026, 12, 1), timedelta(days=14)
    firsts = (date(2027, 1, 20), date(2026, 12, 5), date(2026, 12, 2), date(2026, 12, 1))
    assert [asked_until(made, lasts, first).day for first in firsts] == [15, 4, 1, 1]
