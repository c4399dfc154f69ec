"""Absences: they answer for an institution all of whose people are away, hold back reminders, and go again."""

import json
from datetime import date, datetime

import pytest
from testbot import BERLIN, Said, TestBot, user

from ombot.features.absences.rules import Days, combined
from ombot.features.absences.tables import Absence
from ombot.features.exporting import EXPORTERS, Frame
from ombot.features.meetings.tables import Answer
from ombot.features.people import queries as people
from ombot.features.people.tables import Profile
from ombot.store.tables import Outbox


def at(day: int, month: int, year: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


def days(bot: TestBot) -> list[tuple[str, str, str]]:
    """Person, first and last day of all absences that count."""
    rows = [row for row in bot.table(Absence) if row.status == "entered"]
    return [(row.person[1:4], row.first.isoformat(), row.last.isoformat()) for row in rows]


def given(bot: TestBot) -> list[tuple[int, str, str, bool]]:
    """Meeting, institution, answer, and whether an absence gave it."""
    with bot.store.reading() as session:
        names = {one.id: one.name for one in people.institutions(session)}
    return [(row.meeting, names[row.institution_id], row.answer, row.from_absence) for row in bot.table(Answer)]


def join(bot: TestBot, name: str, institution: str) -> None:
    """Somebody speaks for an institution."""
    with bot.store.unit() as session:
        session.add(Profile(user_id=user(name), institution_id=people.ensure_institution(session, institution).id))


def said(answers: list[Said]) -> list[str]:
    (answer,) = answers
    lines: list[str] = answer.text.splitlines()
    return lines


# --- entering ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("bis 4.12.", "2026-11-26", "2026-12-04"),
        ("bis Freitag", "2026-11-26", "2026-11-27"),
        ("bis heute", "2026-11-26", "2026-11-26"),
        ("vom 21.12.2026 bis 06.01.2027", "2026-12-21", "2027-01-06"),
        ("vom 20.11. bis 30.11.2026", "2026-11-26", "2026-11-30"),
        ("nächste Woche", "2026-11-30", "2026-12-06"),
        ("am 3.12.", "2026-12-03", "2026-12-03"),
        ("3.-5. Dezember", "2026-12-03", "2026-12-05"),
    ],
)
def test_days_are_read(bot: TestBot, words: str, first: str, last: str) -> None:
    bot.send(f"!abwesend {words}")
    assert days(bot) == [("eva", first, last)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("bis 20.11.2026", "Der Zeitpunkt ist schon vorbei"),
        ("bis irgendwann", "verstehe ich nicht als Datum"),
        ("ab 3.12.", "Es fehlt, bis wann Sie ab Do., 03.12.2026 nicht da sind."),
        ("vom 5.12.2026 bis 3.12.2026", "bevor er am"),
        ("bis 4.12.2062", "mehr als ein Jahr"),
        ("ende", "Sie sind nicht als abwesend eingetragen."),
    ],
)
def test_what_is_no_absence_is_asked_about_and_nothing_stored(bot: TestBot, words: str, sentence: str) -> None:
    assert sentence in bot.send(f"!abwesend {words}")[0].text
    assert days(bot) == []


def test_a_missing_end_can_be_answered(bot: TestBot) -> None:
    (asked,) = bot.send("!abwesend ab 3.12.")
    bot.reply(asked, "vom 3.12. bis 5.12.2026")
    assert days(bot) == [("eva", "2026-12-03", "2026-12-05")]


def test_the_list_names_them_by_number_and_one_can_be_struck(bot: TestBot) -> None:
    assert said(bot.send("!abwesend"))[0] == "Sie sind nicht als abwesend eingetragen."
    bot.send("!abwesend vom 21.12.2026 bis 6.1.2027")
    bot.send("!abwesend am 3.12.2026", room="dm")
    assert said(bot.send("abwesend", room="dm"))[:3] == [
        "Ihre Abwesenheiten",
        "1. Do., 03.12.2026",
        "2. Mo., 21.12.2026 – Mi., 06.01.2027",
    ]
    assert said(bot.send("!meine"))[0] == (
        "Abwesend: Do., 03.12.2026, Mo., 21.12.2026 – Mi., 06.01.2027 – !abwesend ende"
    )
    assert "Nummer bis 2" in bot.send("!abwesend ende 3")[0].text
    (asked,) = bot.send("!abwesend ende")
    assert asked.text.splitlines()[:2] == ["Welche Abwesenheit meinen Sie?", "1. Do., 03.12.2026"]
    bot.reply(asked, "1")
    assert days(bot) == [("eva", "2026-12-21", "2027-01-06")]
    assert "Do., 03.12.2026" not in bot.send("!abwesend", as_="jan")[0].text


def test_who_is_back_early_was_away_until_yesterday(bot: TestBot) -> None:
    bot.send("!abwesend bis 6.1.2027")
    bot.pass_time(at(1, 12, 2026))
    assert said(bot.send("!abwesend ende"))[:2] == [
        "Abwesenheit beendet",
        "Bisher Do., 26.11.2026 – Mi., 06.01.2027, jetzt Do., 26.11.2026 – Mo., 30.11.2026.",
    ]
    assert days(bot) == [("eva", "2026-11-26", "2026-11-30")]


@pytest.mark.parametrize(
    ("new", "counts"),
    [
        (Days(date(2026, 12, 1), date(2026, 12, 5)), Days(date(2026, 12, 1), date(2026, 12, 5))),
        (Days(date(2026, 12, 8), date(2026, 12, 15)), Days(date(2026, 12, 1), date(2026, 12, 15))),
        (Days(date(2026, 11, 28), date(2026, 12, 15)), Days(date(2026, 11, 28), date(2026, 12, 15))),
        (Days(date(2026, 12, 3), date(2026, 12, 4)), Days(date(2026, 12, 3), date(2026, 12, 4))),
    ],
)
def test_a_later_end_goes_on_and_anything_else_puts_right(new: Days, counts: Days) -> None:
    before = Days(date(2026, 12, 1), date(2026, 12, 10))
    assert before.meets(new)
    assert combined(before, new) == counts
    assert not before.meets(Days(date(2026, 12, 12), date(2026, 12, 13)))


def test_the_author_may_edit_the_days(bot: TestBot) -> None:
    bot.send("!termin Treffen am 8.12.2026 10 Uhr")
    bot.send("!termin Danach am 18.12.2026 10 Uhr")
    bot.send("!abwesend vom 7.12. bis 11.12.2026", room="dm")
    made = bot.last_event
    assert given(bot) == [(1, "BG RCI", "no", True)]
    assert bot.edit(made, "!abwesend vom 14.12. bis 20.12.2026", room="dm")[0].text.splitlines() == [
        "Abwesend: Mo., 14.12.2026 – So., 20.12.2026",
        "Bisher: Mo., 07.12.2026 – Fr., 11.12.2026",
        "Abgesagt für BG RCI:",
        "• T2 Danach, Fr., 18.12.2026, 10:00 Uhr",
        "Wieder offen für BG RCI:",
        "• T1 Treffen, Di., 08.12.2026, 10:00 Uhr – !zusage T1",
        "Persönliche Erinnerungen warten, bis Sie zurück sind.",
        "Früher zurück oder doch da? !abwesend ende · Rückgängig machen: !zurück",
    ]
    assert given(bot) == [(2, "BG RCI", "no", True)]
    bot.send("!zurück", room="dm")
    assert given(bot) == [(1, "BG RCI", "no", True)]
    assert "mehr als ein Jahr" in bot.edit(made, "!abwesend bis 20.12.2028", room="dm")[0].text
    bot.later(days=14)  # in the middle of it: the days that are past stay
    bot.edit(made, "!abwesend bis 18.12.2026", room="dm")
    assert [(row.first.day, row.last.day) for row in bot.table(Absence)] == [(7, 18)]
    bot.send("!abwesend ende", room="dm")
    bot.edit(made, "!abwesend bis 18.12.2026", room="dm")
    bot.later(days=1)
    (said_last,) = bot.edit(made, "!abwesend bis 22.12.2026", room="dm")
    assert said_last.text.startswith("Diese Abwesenheit gilt nicht mehr.")


# --- meetings ---------------------------------------------------------------------------------------------------


def test_open_requests_are_answered_for_an_institution_that_is_away_as_a_whole(bot: TestBot) -> None:
    bot.send("!termin Treffen am 8.12.2026 10 Uhr")
    bot.send("!termin Danach am 18.12.2026 10 Uhr", as_="ida", room="transfer")
    bot.send("!termin Vorstand am 9.12.2026 10 Uhr", as_="kai", room="sk")
    bot.send("!zusage T3", room="sk")
    assert said(bot.send("!abwesend vom 7.12. bis 11.12.2026", room="dm")) == [
        "Abwesend: Mo., 07.12.2026 – Fr., 11.12.2026",
        "Abgesagt für BG RCI:",
        "• T1 Treffen, Di., 08.12.2026, 10:00 Uhr",
        "Hier ist für BG RCI schon geantwortet, das bleibt so:",
        "• T3 Vorstand, Mi., 09.12.2026, 10:00 Uhr – !absage T3",
        "Persönliche Erinnerungen warten, bis Sie zurück sind.",
        "Früher zurück oder doch da? !abwesend ende · Rückgängig machen: !zurück",
    ]
    assert given(bot) == [(3, "BG RCI", "yes", False), (1, "BG RCI", "no", True)]
    assert "Absage (1)\n• BG RCI (abwesend)" in bot.send("!termin T1 antworten")[0].text
    card = [row for row in bot.table(Outbox) if row.slot == "card:T1"][-1]
    assert "abgesagt: 1" in card.content["body"]
    # One's own answer counts more, whatever it is.
    assert "Bisher: Absage (abwesend)" in bot.send("!zusage T1 online", room="dm")[0].text
    bot.send("!abwesend ende 1", room="dm")
    assert given(bot) == [(3, "BG RCI", "yes", False), (1, "BG RCI", "yes", False)]


def test_an_answer_that_the_office_entered_stays_and_is_named(bot: TestBot) -> None:
    bot.send("!termin Treffen am 8.12.2026 10 Uhr")
    bot.send("!zusage T1 für itb")
    lines = said(bot.send("!abwesend bis 11.12.2026", as_="jan", room="dm"))
    assert lines[1:3] == [
        "Hier ist für itb schon geantwortet, das bleibt so:",
        "• T1 Treffen, Di., 08.12.2026, 10:00 Uhr – !absage T1",
    ]


def test_while_a_colleague_is_there_the_institution_is_asked_on(bot: TestBot) -> None:
    join(bot, "kai", "BG RCI")
    bot.send("!termin Treffen am 8.12.2026 10 Uhr", as_="jan")
    assert said(bot.send("!abwesend bis 11.12.2026"))[1:3] == [
        "Weiter gefragt für BG RCI:",
        "• T1 Treffen, Di., 08.12.2026, 10:00 Uhr – Kai Büro",
    ]
    assert given(bot) == []
    bot.send("!abwesend bis 9.12.2026", as_="kai", room="dm")
    assert given(bot) == [(1, "BG RCI", "no", True)]
    assert "Wieder offen für BG RCI:" in bot.send("!abwesend ende", as_="kai")[0].text
    assert given(bot) == []


def test_meetings_that_come_into_the_days_are_answered_and_opened_when_they_leave_them(bot: TestBot) -> None:
    bot.send("!abwesend vom 7.12. bis 11.12.2026", as_="jan", room="dm")
    (card,) = bot.send("!termin Treffen am 8.12.2026 10 Uhr")
    assert "Zugesagt: 0 von 3 Einrichtungen · abgesagt: 1 · noch offen: 2" in card.text.splitlines()
    assert given(bot) == [(1, "itb", "no", True)]
    bot.send("!termin T1 verschieben auf 15.12.2026 10 Uhr")
    assert given(bot) == []
    bot.send("!termin T1 verschieben auf 11.12.2026 10 Uhr")
    assert given(bot) == [(1, "itb", "no", True)]
    bot.send("!zurück")
    assert given(bot) == []


def test_an_undo_opens_again_what_an_absence_answered_in_every_group(bot: TestBot) -> None:
    bot.send("!termin Treffen am 8.12.2026 10 Uhr")
    bot.send("!termin Vorstand am 9.12.2026 10 Uhr", as_="kai", room="sk")
    bot.send("!termin Transfer am 9.12.2026 14 Uhr", as_="ida", room="transfer")
    answer = bot.send("!abwesend bis 11.12.2026", as_="jan")
    assert answer[0].text.splitlines()[1:5] == [
        "Abgesagt für itb:",
        "• T1 Treffen, Di., 08.12.2026, 10:00 Uhr",
        "• T2 Vorstand, Mi., 09.12.2026, 10:00 Uhr",
        "Dazu 1 Termin anderer Gruppen.",
    ]
    assert [meeting for meeting, *_ in given(bot)] == [1, 2, 3]
    assert "Transfer" not in bot.send("!zurück", as_="jan")[0].text
    assert (given(bot), days(bot)) == ([], [])


def test_an_answer_to_a_session_from_a_groups_room_can_be_undone(bot: TestBot) -> None:
    bot.send("!sitzung 20.05.2027 11–16 Uhr", as_="kai", room="sk")
    bot.send("!zusage T1")
    assert said(bot.send("!zurück"))[0] == "Rückgängig gemacht: T1"
    assert given(bot) == []


def test_absences_are_gaps_of_a_date_poll(bot: TestBot) -> None:
    bot.send("!terminfindung Klausur\n14.12.2026 10 Uhr\n15.12.2026 10 Uhr")
    bot.send("!abwesend am 14.12.2026", as_="jan", room="dm")
    bot.send("!abwesend am 15.12.2026")
    bot.send("!terminfindung T1 2 ja")
    assert said(bot.send("!terminfindung T1"))[1:3] == [
        "1. Mo., 14.12.2026, 10:00 Uhr – noch keine Stimme (abwesend: itb)",
        "2. Di., 15.12.2026, 10:00 Uhr – 1 ja",
    ]


# --- reminders --------------------------------------------------------------------------------------------------


def test_reminders_wait_until_the_person_is_back_and_come_as_one(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan bis 4.12.2026")
    bot.send("!abwesend bis 12.12.2026", as_="jan", room="dm")
    room = bot.pass_time(at(13, 12, 2026))
    assert {one.to for one in room} == {"group:beratung"}
    assert [one.mentions for one in room] == [[]] * len(room)
    (back,) = [one for one in bot.pass_time(at(14, 12, 2026, 10)) if one.to == f"person:{user('jan')}"]
    assert back.row.created_at.astimezone(BERLIN) == at(14, 12, 2026)
    assert "überfällig" in back.text
    assert "verspätet" not in back.text


def test_an_absence_alone_makes_no_personal_message_before_a_session(bot: TestBot) -> None:
    bot.send("!sitzung 20.05.2027 11–16 Uhr", as_="kai", room="office")
    bot.send("!abwesend vom 1.6. bis 5.6.2027", as_="ute", room="dm")
    found = [one.to for one in bot.pass_time(at(13, 5, 2027)) if one.text.startswith("Vor der Sitzung – T")]
    assert f"person:{user('ute')}" not in found
    assert f"person:{user('jan')}" in found


# --- export, privacy --------------------------------------------------------------------------------------------


def test_absences_are_exported_given_out_and_erased(bot: TestBot) -> None:
    bot.send("!termin Treffen am 8.12.2026 10 Uhr")
    bot.send("!abwesend bis 11.12.2026", as_="jan", room="dm")
    with bot.store.reading() as session:
        found = json.loads(json.dumps(EXPORTERS["absences"](session, Frame(bot.settings))))
    assert found == [{"person": user("jan"), "first": "2026-11-26", "last": "2026-12-11"}]
    file = next(one for one in bot.send("!meinedaten", as_="jan", room="dm") if one.row.kind == "file")
    assert "Abwesenheiten (1)" in json.dumps(file.row.content, ensure_ascii=False)
    (asked,) = bot.send("!vergiss mich", as_="jan", room="dm")
    bot.reply(asked, "ja", as_="jan", room="dm")
    assert bot.table(Absence) == []
    assert given(bot) == [(1, "itb", "no", True)]
