"""Meetings and sessions in dialogues: made, changed, cancelled, shown; dates that cannot be; other groups."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from testbot import BERLIN, NOW, Said, TestBot, user

from ombot import documents, features
from ombot.features.exporting import EXPORTERS, Frame
from ombot.features.meetings import queries
from ombot.features.meetings.rules import Tally, edit_at, is_over, next_number
from ombot.features.meetings.tables import Answer, Entitled, Meeting, Presence
from ombot.features.people import queries as people
from ombot.store.tables import Outbox

SESSION = "!sitzung 20.05.2027 11–16 Uhr Ort Berlin, Haus 3 online https://treffen.example.org/om"


def at(day: int, month: int, year: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def only(bot: TestBot) -> Meeting:
    (meeting,) = bot.table(Meeting)
    return meeting


def texts(said: list[Said]) -> list[tuple[str, str]]:
    """Destination and first line of everything that was said."""
    return [(one.to, one.text.splitlines()[0]) for one in said]


# --- made -------------------------------------------------------------------------------------------------------


def test_a_session_is_numbered_and_announced_to_the_board(bot: TestBot) -> None:
    said = bot.send(SESSION, as_="kai", room="office")
    assert texts(said) == [
        ("group:sk", "T1: 1. Sitzung des Strategiekreises"),
        ("room:!office", "Angelegt – T1: 1. Sitzung des Strategiekreises"),
    ]
    assert said[0].text.splitlines()[1:5] == [
        "Wann: Do., 20.05.2027, 11:00–16:00 Uhr",
        "Ort: Berlin, Haus 3",
        "Online: https://treffen.example.org/om",
        "Zugesagt: 0 von 2 Einrichtungen · noch offen: 2",
    ]
    assert [button["key"] for button in said[0].row.buttons] == ["👍", "👎", "🤔"]
    meeting = only(bot)
    assert (meeting.kind, meeting.group_key, meeting.session_number, meeting.status) == ("session", "sk", 1, "planned")
    assert (meeting.start, meeting.end) == (at(20, 5, 2027, 11), at(20, 5, 2027, 16))


def test_sessions_are_counted_on_and_a_cancelled_one_gives_its_number_back(tmp_path: Path) -> None:
    bot = TestBot.create(tmp_path, sessions={"first_number": 7})
    bot.send(SESSION, as_="kai", room="sk")
    bot.send("!sitzung 18.11.2027 11–16 Uhr", as_="kai", room="sk")
    bot.send("!termin T2 absagen", as_="kai", room="sk")
    bot.send("!sitzung 25.11.2027 11–16 Uhr", as_="kai", room="sk")
    assert [meeting.title for meeting in bot.table(Meeting)] == [
        "7. Sitzung des Strategiekreises",
        "8. Sitzung des Strategiekreises",
        "8. Sitzung des Strategiekreises",
    ]
    bot.store.close()


def test_a_meeting_of_a_group_is_answered_by_its_card(bot: TestBot) -> None:
    (said,) = bot.send("!termin Treffen vor Ort am 12.1.2027 10–12 Uhr Ort Köln\nBitte Unterlagen mitbringen.")
    assert said.to == "room:!beratung"
    assert said.text.splitlines()[:5] == [
        "T1: Treffen vor Ort",
        "Wann: Di., 12.01.2027, 10:00–12:00 Uhr",
        "Ort: Köln",
        "Bitte Unterlagen mitbringen.",
        "Zugesagt: 0 von 3 Einrichtungen · noch offen: 3",
    ]
    assert said.row.content["m.relates_to"] == {"m.in_reply_to": {"event_id": bot.last_event}}
    assert only(bot).card == said.row.id


def test_from_the_direct_chat_a_meeting_is_announced_in_the_groups_room(bot: TestBot) -> None:
    said = bot.send("termin Treffen am 12.1.2027 10 Uhr in Transfer", as_="ida", room="dm")
    assert texts(said) == [("group:transfer", "T1: Treffen"), ("room:!dm-ida", "Angelegt – T1: Treffen")]


@pytest.mark.parametrize(
    ("text", "title", "place", "url"),
    [
        ("Arbeit online gestalten am 4.5.2027 10 Uhr", "Arbeit online gestalten", "", ""),
        ("Treffen 4.5.2027 10 Uhr online a.example.org/x Ort Bonn", "Treffen", "Bonn", "https://a.example.org/x"),
        ("„Am Ort der Tat“ am 4.5.2027 10 Uhr Ort hier", "„Am Ort der Tat“", "hier", ""),
        ("Der Ort der Begegnung am 4.5.2027 10 Uhr", "Der Ort der Begegnung", "", ""),
    ],
)
def test_place_and_address_are_what_follows_the_date(bot: TestBot, text: str, title: str, place: str, url: str) -> None:
    bot.send(f"!termin {text}")
    meeting = only(bot)
    assert (meeting.title, meeting.place, meeting.url) == (title, place, url)


def test_the_author_may_edit_the_message_that_made_it(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    made = bot.last_event
    (said,) = bot.edit(made, "!termin Großes Treffen am 13.1.2027 10–12 Uhr Ort Köln")
    assert (said.row.kind, said.text.splitlines()[0]) == ("edit", "T1: Großes Treffen")
    meeting = only(bot)
    assert (meeting.start, meeting.place, meeting.sequence) == (at(13, 1, 2027, 10), "Köln", 1)


# --- bad input --------------------------------------------------------------------------------------------------

BAD = {
    "!termin": "Es fehlt der Tag mit Uhrzeit.",
    "!termin Treffen": "Es fehlt der Tag mit Uhrzeit.",
    "!termin am 4.5.2027 10 Uhr": "Es fehlt der Titel.",
    "!termin Treffen am 4.5.2027": "Für Di., 04.05.2027 fehlt die Uhrzeit.",
    "!termin Treffen am 31.2.2027 10 Uhr Ort Köln": "„31.02.2027“ gibt es nicht.",
    "!termin Treffen am 4.5.2027 12–10 Uhr": "Das Ende (10:00 Uhr) liegt nicht nach dem Beginn (12:00 Uhr).",
    "!termin Treffen am 4.5.2025 10 Uhr": "Der Zeitpunkt ist schon vorbei",
    "!termin Treffen am 25.12.2026 10 Uhr": "Fr., 25.12.2026 ist ein Feiertag (Erster Weihnachtstag).",
    "!termin Treffen am 29.11.2026 10 Uhr": "So., 29.11.2026 ist ein Sonntag.",
    "!termin Treffen nächsten Freitag 10 Uhr": "„nächsten Freitag 10 Uhr“ ist nicht eindeutig",
    "!termin Treffen am 4.5.2027 10 Uhr online http://": "„http://“ ist keine Internetadresse.",
    "!termin " + "x" * 201 + " am 4.5.2027 10 Uhr": "Der Titel hat 201 Zeichen",
    "!termin Tref\u202efen am 4.5.2027 10 Uhr": "Der Text enthält unsichtbare Steuerzeichen.",
    "!termin T99 absagen": "T99 gibt es hier nicht.",
    "!termin T99": "T99 gibt es hier nicht.",
}


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_is_one_sentence_and_nothing_stored(bot: TestBot, text: str) -> None:
    (said,) = bot.send(text)
    assert said.text.startswith(BAD[text])
    assert bot.table(Meeting) == []
    (card,) = bot.send("!termin Treffen am 4.5.2027 10 Uhr")
    assert card.text.startswith("T1: Treffen")


@pytest.mark.parametrize("title", ["<b>fett</b>", "🎉 Fest", "שלום", "Robert'); DROP TABLE meeting"])
def test_a_title_is_text(bot: TestBot, title: str) -> None:
    (said,) = bot.send(f"!termin {title} am 4.5.2027 10 Uhr")
    assert said.text.splitlines()[0] == f"T1: {title}"
    assert "<b>" not in said.html.replace("<b></b>", "")


def test_a_title_like_a_reference_is_asked_about(bot: TestBot) -> None:
    bot.send("!termin Treffen am 4.5.2027 10 Uhr")
    (asked,) = bot.send("!termin T1 am Montag")
    assert asked.text.startswith("„T1“ sieht aus wie ein Verweis auf etwas Vorhandenes.")


def test_a_holiday_is_asked_back_and_done_on_yes(bot: TestBot) -> None:
    (asked,) = bot.send("!termin Treffen am 25.12.2026 10 Uhr")
    (said,) = bot.reply(asked, "ja")
    assert said.text.startswith("T1: Treffen")
    (again,) = bot.send("!termin Feier am 26.12.2026 10 Uhr")
    (no,) = bot.reply(again, "nein")
    assert no.text == "In Ordnung, es wurde nichts geändert."
    assert len(bot.table(Meeting)) == 1


@pytest.mark.parametrize("answer", ["11–16 Uhr", "20.5.2027 11–16 Uhr", "von 11 bis 16 Uhr"])
def test_a_missing_time_is_asked_for(bot: TestBot, answer: str) -> None:
    (asked,) = bot.send("!termin Klausur am 20.5.2027 Ort Köln")
    bot.reply(asked, answer)
    meeting = only(bot)
    assert (meeting.title, meeting.start, meeting.end) == ("Klausur", at(20, 5, 2027, 11), at(20, 5, 2027, 16))
    assert meeting.place == "Köln"


def test_a_day_with_two_meanings_is_asked_for_and_then_its_time(bot: TestBot) -> None:
    (asked,) = bot.send("!termin Klausur nächsten Freitag 10 Uhr")
    (time,) = bot.reply(asked, "4.12.2026")
    assert time.text.startswith("Für Fr., 04.12.2026 fehlt die Uhrzeit.")
    bot.reply(time, "10 Uhr")
    assert (only(bot).title, only(bot).start) == ("Klausur", at(4, 12, 2026, 10))


def test_a_session_needs_its_end(bot: TestBot) -> None:
    (asked,) = bot.send("!sitzung 20.05.2027 11 Uhr", as_="kai", room="sk")
    assert asked.text.startswith("Es fehlt, wann die Sitzung endet (Beginn 11:00 Uhr).")
    (again,) = bot.reply(asked, "10 Uhr", as_="kai", room="sk")
    assert again.text.startswith("Das Ende (10:00 Uhr) liegt nicht nach dem Beginn (11:00 Uhr).")
    bot.reply(again, "bis 16 Uhr", as_="kai", room="sk")
    assert only(bot).end == at(20, 5, 2027, 16)


def test_only_the_coordination_makes_sessions(bot: TestBot) -> None:
    (said,) = bot.send(SESSION, as_="eva", room="sk")
    assert said.text.startswith("Das darf nur die Koordination.")


def test_without_a_board_there_are_no_sessions(tmp_path: Path) -> None:
    groups = [{"key": "office", "name": "Koordination", "kind": "coordination"}]
    bot = TestBot.create(tmp_path, groups=groups)
    (said,) = bot.send(SESSION, as_="kai", room="office")
    assert said.text.startswith("In der Konfiguration gibt es kein Gremium")
    bot.store.close()


# --- who sees and changes what ----------------------------------------------------------------------------------


def test_a_meeting_of_another_group_is_unknown_and_a_session_is_known_everywhere(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10 Uhr")
    bot.send(SESSION, as_="kai", room="sk")
    for text in ("!termin T1", "!zusage T1", "!ablauf T1", "!anwesend T1", "!termin T1 antworten", "!termin T1 ort X"):
        (foreign,) = bot.send(text, as_="ida", room="transfer")
        (unknown,) = bot.send(text.replace("T1", "T9"), as_="ida", room="transfer")
        assert foreign.text.replace("T1", "T9") == unknown.text
    shown, _file = bot.send("!termin T2", as_="ida", room="transfer")
    assert shown.text.splitlines()[0] == "T2: 1. Sitzung des Strategiekreises"


def test_only_lead_coordination_and_maker_change_a_meeting(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10 Uhr", as_="jan")
    assert bot.send("!termin T1 ort Köln", as_="jan")[0].text.startswith("Geändert")
    assert bot.send("!termin T1 ort Bonn", as_="eva")[0].text.startswith("Geändert")
    assert bot.send("!termin T1 ort Mainz", as_="kai")[0].text.startswith("Geändert")
    bot.send("!termin Anderes am 13.1.2027 10 Uhr", as_="eva")
    (said,) = bot.send("!termin T2 absagen", as_="jan")
    assert said.text.startswith("Das darf nur die Leitung dieser Gruppe")
    bot.send(SESSION, as_="kai", room="sk")
    (session,) = bot.send("!termin T3 absagen", as_="jan", room="sk")
    assert session.text.startswith("Das darf nur die Leitung dieser Gruppe")


# --- changed ----------------------------------------------------------------------------------------------------


def test_a_change_says_old_and_new_value_to_those_who_answered(bot: TestBot) -> None:
    bot.send(SESSION, as_="kai", room="sk")
    bot.send("!zusage T1", as_="eva", room="sk")
    bot.send("!absage T1 für itb", as_="kai", room="sk")  # its people in the room hear of the change as well
    said = bot.send("!termin T1 verschieben auf 27.05.2027 10–15 Uhr", as_="kai", room="office")
    assert [(one.to, one.mentions) for one in said] == [
        ("group:sk", [user("eva"), user("jan")]),
        ("room:!office", []),
    ]
    assert said[0].text.splitlines()[:2] == [
        "Geändert – T1: 1. Sitzung des Strategiekreises",
        "• Zeit: bisher Do., 20.05.2027, 11:00–16:00 Uhr, jetzt Do., 27.05.2027, 10:00–15:00 Uhr",
    ]


def test_who_answered_without_being_in_the_room_is_told_in_person(bot: TestBot) -> None:
    bot.send(SESSION, as_="kai", room="sk")
    with bot.store.unit() as session:
        session.add(Answer(meeting=1, institution_id=1, person=user("ute"), answer="yes", given_by=user("ute"), at=NOW))
    said = bot.send("!termin T1 ort Köln", as_="kai", room="sk")
    assert texts(said) == [
        (f"person:{user('ute')}", "Geändert – T1: 1. Sitzung des Strategiekreises"),
        ("room:!sk", "Geändert – T1: 1. Sitzung des Strategiekreises"),
    ]


def test_more_than_five_people_are_written_to_only_on_yes(bot: TestBot) -> None:
    bot.send(SESSION, as_="kai", room="sk")
    made = bot.last_event
    with bot.store.unit() as session:
        for number in range(6):
            who = f"@gast{number}:example.org"
            institution = people.ensure_institution(session, f"Haus {number}")
            session.add(
                Answer(meeting=1, institution_id=institution.id, person=who, answer="yes", given_by=who, at=NOW)
            )
    (asked,) = bot.send("!termin T1 ort Köln", as_="kai", room="sk")
    assert asked.text.startswith("Das schreibt 6 Personen persönlich an, im Direktchat oder per E-Mail.")
    assert only(bot).place == "Berlin, Haus 3"
    said = bot.reply(asked, "ja", as_="kai", room="sk")
    assert len(said) == 7
    assert only(bot).place == "Köln"
    (refused,) = bot.edit(made, f"{SESSION}/anders", as_="kai", room="sk")
    assert refused.text.startswith("Das würde 6 Personen persönlich anschreiben, und bei einer Bearbeitung")
    assert only(bot).url == "https://treffen.example.org/om"
    (asked,) = bot.send("!zurück", as_="kai", room="sk")
    assert only(bot).place == "Köln"
    assert len(bot.reply(asked, "ja", as_="kai", room="sk")) == 8
    assert only(bot).place == "Berlin, Haus 3"


def test_an_edit_follows_what_was_made_after_a_question(bot: TestBot) -> None:
    (asked,) = bot.send("!termin Treffen am 25.12.2026 10–12 Uhr")
    made = bot.last_event
    # Without the answer nothing has been carried out, and an edit says so once.
    assert texts(bot.edit(made, "!termin Treffen am 26.12.2026 10–12 Uhr"))[0][1].startswith("Der Befehl wurde vorhin")
    (card,) = bot.reply(asked, "ja")
    assert only(bot).start == at(25, 12, 2026, 10)
    (edited,) = bot.edit(made, "!termin Großes Treffen am 12.1.2027 10–12 Uhr")
    assert (only(bot).title, only(bot).start) == ("Großes Treffen", at(12, 1, 2027, 10))
    assert (edited.row.kind, edited.row.target) == ("edit", card.row.id)


def test_a_moved_meeting_keeps_its_length(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.send("!termin T1 verschieben auf 13.1.2027 15 Uhr")
    assert (only(bot).start, only(bot).end) == (at(13, 1, 2027, 15), at(13, 1, 2027, 17))


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ("verschieben auf 1.1.2025 10 Uhr", "Der Zeitpunkt ist schon vorbei"),
        ("verschieben auf 13.1.2027 12–10 Uhr", "Das Ende (10:00 Uhr) liegt nicht nach dem Beginn"),
        ("verschieben auf 1.1.2027 10 Uhr", "Fr., 01.01.2027 ist ein Feiertag (Neujahr)."),
        ("verschieben auf Freitag", "Für Fr., 27.11.2026 fehlt die Uhrzeit."),
        ("verschieben auf 12.1.2027 10–12 Uhr", "T1 ist schon so eingetragen."),
        ("ort " + "x" * 201, "Der Text hat 201 Zeichen"),
        ("online javascript:alert(1)", "„javascript:alert(1)“ ist keine Internetadresse."),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(bot: TestBot, change: str, answer: str) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    before = only(bot)
    (said,) = bot.send(f"!termin T1 {change}")
    assert said.text.startswith(answer)
    assert only(bot) == before


def test_every_field_can_be_changed_and_emptied(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    for change in (
        "ort Köln",
        "online treffen.example.org/x",
        "moderation @eva, Geschäftsstelle",
        "titel Großes Treffen",
        "ort offen",
        "online keine",
    ):
        assert bot.send(f"!termin T1 {change}")[0].text.startswith("Geändert – T1")
    meeting = only(bot)
    assert (meeting.title, meeting.place, meeting.url) == ("Großes Treffen", "", "")
    assert (meeting.moderation, meeting.sequence) == ("Eva Beispiel, Geschäftsstelle", 6)


def test_a_reply_to_the_card_changes_it_and_talk_does_not(bot: TestBot) -> None:
    (card,) = bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    assert bot.reply(card, "Ich komme am Montag wahrscheinlich später") == []
    assert bot.reply(card, "Wo ist das denn?") == []
    (said,) = bot.reply(card, "verschieben auf 13.1.2027 10 Uhr")
    assert said.text.startswith("Geändert – T1: Treffen")


def test_undo_puts_a_date_back_and_says_so_to_those_who_answered(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.send("!zusage T1", as_="jan")
    bot.send("!termin T1 verschieben auf 13.1.2027 10 Uhr")
    said = bot.send("!zurück")
    assert said[0].text.splitlines()[1] == (
        "• Zeit: bisher Mi., 13.01.2027, 10:00–12:00 Uhr, jetzt Di., 12.01.2027, 10:00–12:00 Uhr"
    )
    assert said[0].mentions == [user("jan")]
    assert (only(bot).start, only(bot).sequence) == (at(12, 1, 2027, 10), 2)


def test_undo_of_a_new_meeting_cancels_it(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.send("!zurück")
    assert only(bot).status == "cancelled"


# --- shown ------------------------------------------------------------------------------------------------------


def event_of(bot: TestBot, said: Said) -> Any:
    document = said.row.content["document"]
    assert document["kind"] == "calendar"
    calendar = icalendar.Calendar.from_ical(documents.render("calendar", document["format"], document["data"]))
    (event,) = calendar.walk("VEVENT")
    return event


def test_the_calendar_file_keeps_its_uid_and_counts_changes(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.7.2027 10–12 Uhr Ort Köln")
    first = event_of(bot, bot.send("!termin T1")[1])
    assert (str(first["summary"]), first["dtstart"].dt, str(first["location"])) == (
        "Treffen",
        at(12, 7, 2027, 10),
        "Köln",
    )
    bot.send("!termin T1 verschieben auf 12.1.2028 10 Uhr")
    moved = event_of(bot, bot.send("!termin T1")[1])
    bot.send("!termin T1 absagen")
    gone = event_of(bot, bot.send("!termin T1")[1])
    assert first["uid"] == moved["uid"] == gone["uid"]
    assert [one["sequence"] for one in (first, moved, gone)] == [0, 1, 2]
    assert [str(one["status"]) for one in (first, moved, gone)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_the_list_shows_this_group_and_the_sessions(bot: TestBot) -> None:
    (empty,) = bot.send("!termine")
    assert empty.text.splitlines()[0] == "Es steht kein Termin an."
    bot.send(SESSION, as_="kai", room="sk")
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.send("!termin Anderes am 12.1.2027 9 Uhr", as_="ida", room="transfer")
    (said,) = bot.send("!termine")
    assert said.text.splitlines()[1:3] == [
        "• T2 Di., 12.01.2027, 10:00–12:00 Uhr – Treffen (AG Modernes Beratungsverständnis) – zugesagt 0 von 3",
        "• T1 Do., 20.05.2027, 11:00–16:00 Uhr – 1. Sitzung des Strategiekreises (Strategiekreis) – zugesagt 0 von 2",
    ]


def test_a_meeting_is_held_at_its_end(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.pass_time(at(12, 1, 2027, 11, 59))
    assert only(bot).status == "planned"
    bot.pass_time(at(12, 1, 2027, 12))
    assert only(bot).status == "held"
    (said,) = bot.send("!termin T1 ort Köln")
    assert said.text.startswith("T1 („Treffen“) ist schon vorbei.")


def test_the_next_session_is_the_one_that_has_not_ended(bot: TestBot) -> None:
    bot.send("!sitzung 18.11.2027 11–16 Uhr", as_="kai", room="sk")
    bot.send(SESSION, as_="kai", room="sk")
    with bot.store.reading() as session:
        days = [
            features.next_session_day(session, now)
            for now in (NOW, at(20, 5, 2027, 16), at(20, 5, 2027, 16, 1), at(19, 11, 2027, 0))
        ]
    assert days == [at(20, 5, 2027, 0).date(), at(20, 5, 2027, 0).date(), at(18, 11, 2027, 0).date(), None]
    (task,) = bot.send("!aufgabe Entwurf vor der nächsten Sitzung")
    assert "Frist: Mi., 19.05.2027" in task.text


# --- who came ---------------------------------------------------------------------------------------------------


def test_presence_against_the_answers(bot: TestBot) -> None:
    bot.send("!termin Treffen am 26.11.2026 11–12 Uhr")
    bot.send("!zusage T1", as_="jan")
    bot.send("!absage T1 für Bundessteuerberaterkammer")
    bot.later(hours=1, minutes=10)
    (said,) = bot.send("!anwesend @eva, Frau Gast (BMAS)")
    assert said.text.splitlines()[:5] == [
        "Anwesend bei T1: Treffen",
        "• Eva Beispiel (BG RCI)",
        "• Frau Gast (BMAS)",
        "Zugesagt, aber nicht eingetragen: itb",
        "Entschuldigt: Bundessteuerberaterkammer",
    ]
    bot.send("!anwesend alle")
    bot.send("!anwesend T1 nicht Frau Gast (BMAS)")
    bot.send("!anwesend T1 @eva")
    rows = [(row.person, row.institution_id is not None) for row in bot.table(Presence)]
    assert rows == [(user("eva"), True), (user("jan"), True)]


def test_an_unknown_attendee_is_refused_with_the_way_to_write_guests(bot: TestBot) -> None:
    bot.send("!termin Treffen am 26.11.2026 11–12 Uhr")
    for text in ("Unbekannt", "@eva, Unbekannt", "@eva Unbekannt", "@eva (a) (b)"):
        (said,) = bot.send(f"!anwesend T1 {text}")
        assert "kenne ich nicht. Bitte schreiben Sie @Person" in said.text
    assert bot.table(Presence) == []


def test_a_guest_may_come_from_an_institution_that_is_new(bot: TestBot) -> None:
    bot.send("!termin Treffen am 26.11.2026 11–12 Uhr")
    (asked,) = bot.send("!anwesend T1 @eva, Frau Gast (Universität Beispielstadt)")
    assert asked.text.startswith("Die Einrichtung „Universität Beispielstadt“ kenne ich noch nicht.")
    assert bot.table(Presence) == []
    (said,) = bot.reply(asked, "ja")
    assert said.text.splitlines()[1:3] == ["• Eva Beispiel (BG RCI)", "• Frau Gast (Universität Beispielstadt)"]
    (said,) = bot.send("!anwesend T1 nicht Frau Gast (Universität Beispielstadt)")
    assert "Frau Gast" not in said.text
    (asked,) = bot.send("!anwesend T1 @jan (Haus Neu)")
    assert "• Jan Muster (Haus Neu)" in bot.reply(asked, "ja")[0].text.splitlines()
    bot.send("!termin T1 absagen")
    (said,) = bot.send("!ablauf T1 1 auslassen", as_="kai")
    assert said.text == "Zu T1 wird nichts mehr automatisch gesendet."


# --- export and rules -------------------------------------------------------------------------------------------


def test_the_export_is_as_documented(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr Ort Köln")
    origin = only(bot)
    bot.send("!zusage T1 online vertreten durch Frau Muster", as_="jan")
    bot.send("!anwesend T1 @eva, BMAS")
    with bot.store.reading() as session:
        (entry,) = EXPORTERS["meetings"](session, Frame(bot.settings))
    assert entry == {
        "id": "T1",
        "group": "beratung",
        "kind": "meeting",
        "title": "Treffen",
        "description": "",
        "start": "2027-01-12T10:00:00+01:00",
        "end": "2027-01-12T12:00:00+01:00",
        "place": "Köln",
        "url": "",
        "moderation": "",
        "status": "planned",
        "dates": [],
        "answers": [
            {
                "institution": "itb",
                "person": user("jan"),
                "answer": "yes",
                "mode": "online",
                "deputy": "Frau Muster",
                "note": "",
                "given_by": user("jan"),
                "at": NOW.isoformat(),
            }
        ],
        "present": [user("eva"), {"institution": "BMAS", "name": None}],
        "series": None,
    }
    assert origin.created_by == user("eva")


def test_small_rules() -> None:
    start = NOW
    assert next_number(4, []) == 4
    assert next_number(4, [4, None, 6]) == 7
    assert Tally.of(10, {"yes": 4, "yes online": 1, "no": 2, "maybe": 1}).open == 3
    assert [is_over(start, start + timedelta(hours=2), start + timedelta(hours=h)) for h in (1, 2)] == [False, True]
    assert [is_over(start, None, start + timedelta(hours=h)) for h in (23, 24)] == [False, True]
    assert edit_at(None, NOW) is None
    assert edit_at(NOW - timedelta(milliseconds=400), NOW) == NOW + timedelta(milliseconds=600)
    assert edit_at(NOW - timedelta(seconds=2), NOW) is None
    # The clock was put back.
    assert edit_at(NOW + timedelta(minutes=30), NOW) is None


def test_tallies_of_many_meetings_are_apart(bot: TestBot) -> None:
    bot.send("!termin Eins am 12.1.2027 10 Uhr")
    bot.send("!termin Zwei am 13.1.2027 10 Uhr")
    bot.send("!zusage T1 online")
    bot.send("!absage T2")
    with bot.store.reading() as session:
        assert queries.tally(session, [1, 2, 3]) == {1: Tally(3, 1, 1, 0, 0), 2: Tally(3, 0, 0, 1, 0), 3: Tally()}
    assert len(bot.table(Entitled)) == 6


def test_the_card_is_edited_in_place(bot: TestBot) -> None:
    (card,) = bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.send("!termin T1 ort Köln")
    edits = [row for row in bot.table(Outbox) if row.kind == "edit" and row.slot == "card:T1"]
    assert [row.target for row in edits] == [card.row.id]
    assert "Ort: Köln" in edits[0].content["body"]
