"""The agenda in dialogues: proposals, order, times, pasted agendas, what stands on it by itself, and its documents."""

import io
import json
from datetime import datetime
from typing import Any

import docx
import pytest
from sqlalchemy import event
from testbot import BERLIN, Begin, TestBot

from ombot.documents import render
from ombot.features.agenda import queries, rules, sitting
from ombot.features.agenda.export import export
from ombot.features.agenda.parameters import minutes_of
from ombot.features.agenda.rules import Draft, Slot
from ombot.features.agenda.tables import AgendaItem
from ombot.features.agenda.written import read
from ombot.features.exporting import Frame
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting
from ombot.store.tables import Outbox

SESSION = "!sitzung 20.05.2027 11:00–16:00 Ort Berlin"

WORD = """\
TOP\tThema\t\t
TOP 1\tAUFTAKT: Begrüßung der Teilnehmer\tModeration\t11:00
TOP 2\tIMPULS 1: Wo stehen wir - was haben wir erreicht?
Ziel: Einheitlicher gemeinsamer Kenntnisstand\tModeration\t11:15
TOP 3\tIMPULS 2: Was sind jetzt notwendige Schritte für die Zukunft?
Ziel: Zusammenfassung der Erkenntnisse\tBG RCI\t11:30
TOP 4\tDISKUSSION: Wie können wir effizienter zusammenarbeiten?
Ziele:
•\tJeder Partner profitiert vom Engagement
•\tUnsere Kunden profitieren\tAlle Teilnehmer\t11:45
\tPause\t\t12:30
TOP 5\tDISKUSSION: Wie soll der Strategiekreis arbeiten?
Organisation und Stellung:
•\tStruktur
•\tFunktion
Nachhaltigkeit:
•\tFinanzierung\tAlle Teilnehmer\t13:30
TOP 6\tAUFTRAG: Welche konkreten Themen stehen an?
Ziel:\tAlle Teilnehmer\t14:30
\tgemeinsame Meinungsbildung, z.B.
•\tGemeinsames Konzept für regionale Strukturen\t\t
TOP 7\tVERSCHIEDENES\t\t15:45"""


def items(bot: TestBot) -> list[tuple[Any, ...]]:
    """Number, status and title of every item, by reference."""
    found = sorted(exported(bot), key=lambda entry: int(entry["id"][1:].partition("-")[0]))
    return [(entry["number"], entry["status"], entry["title"]) for entry in found]


def order(bot: TestBot) -> list[tuple[int, str]]:
    """Number and title of what stands on the agenda, in its order."""
    return [(entry["number"], entry["title"]) for entry in exported(bot) if entry["status"] == "accepted"]


def exported(bot: TestBot) -> list[dict[str, Any]]:
    """The agenda's part of the JSON export."""
    with bot.store.reading() as session:
        return export(session, Frame(bot.settings))


def table(text: str) -> list[str]:
    """The rows of an agenda card, as they are read aloud."""
    return [line for line in text.splitlines() if line.startswith(("• TOP:", "• Thema:"))]


def _session_is_called(bot: TestBot) -> None:
    bot.send(SESSION, as_="kai", room="sk")


def _agenda_is_emptied(bot: TestBot) -> None:
    _session_is_called(bot)
    for reference in ("P1", "P2"):
        bot.send(f"!top {reference} streichen", as_="kai", room="sk")


@pytest.fixture
def planned(begin: Begin) -> TestBot:
    """A bot with a session whose agenda holds only what stands there by itself."""
    return begin(_session_is_called)


@pytest.fixture
def empty(begin: Begin) -> TestBot:
    """The same without the standing items, so that tests see their own numbers; the next item is P3."""
    return begin(_agenda_is_emptied)


# --- proposing --------------------------------------------------------------------------------------------------


def test_an_ag_proposes_and_the_office_hears_of_it(empty: TestBot) -> None:
    told, answer = empty.send(
        "!top Gemeinsames Beratungsverständnis Art: Impuls Ziel: Entwurf beraten Ziel: Beschluss Dauer: 30 Wer: BG RCI"
    )
    assert (told.to, answer.to) == ("group:office", "room:!beratung")
    assert told.text.splitlines() == [
        "Vorschlag für die Tagesordnung von T1 – P3: IMPULS: Gemeinsames Beratungsverständnis",
        "Von Eva Beispiel, AG Modernes Beratungsverständnis · 1. Sitzung des Strategiekreises",
        "Ziele: Entwurf beraten; Beschluss",
        "Dauer: 30 Minuten · Wer: BG RCI",
        "Antworten Sie hier mit „annehmen“, „nach 2“ oder „ablehnen <Grund>“.",
        "✅ annehmen",
    ]
    assert answer.text.startswith("Vorschlag für die Tagesordnung von T1 – P3: IMPULS: Gemeinsames")
    assert exported(empty)[-1] == {
        "id": "P3",
        "meeting": "T1",
        "number": None,
        "title": "Gemeinsames Beratungsverständnis",
        "kind": "Impuls",
        "goals": ["Entwurf beraten", "Beschluss"],
        "minutes": 30,
        "start": None,
        "presenter": "BG RCI",
        "status": "proposed",
        "origin": None,
    }


def test_a_coordinator_is_accepted_at_once_and_fields_may_stand_on_further_lines(empty: TestBot) -> None:
    (answer,) = empty.send(
        "!top DISKUSSION: Wie weiter?\nZiele:\n- Struktur\n- Funktion\nDauer: 1,5 h", as_="kai", room="transfer"
    )
    assert answer.text.startswith("TOP 1 auf der Tagesordnung von T1 – P3: DISKUSSION: Wie weiter?")
    (item,) = [entry for entry in exported(empty) if entry["id"] == "P3"]
    assert (item["kind"], item["goals"], item["minutes"]) == ("Diskussion", ["Struktur", "Funktion"], 90)
    assert (item["number"], item["start"]) == (1, "2027-05-20T11:00:00+02:00")


def test_an_ag_has_an_agenda_of_its_own(planned: TestBot) -> None:
    planned.send("!termin AG-Treffen am 10.12.2026 10:00–12:00")
    by_lead = planned.send("!top Stand der Arbeit für T2 Dauer: 20")
    assert [said.to for said in by_lead] == ["room:!beratung"]
    by_member = planned.send("!top Einseiter für T2", as_="jan")
    assert [said.to for said in by_member] == ["room:!beratung"]
    planned.send("!top P4 annehmen")
    (card,) = planned.send("!tagesordnung T2", as_="jan")
    assert table(card.text) == [
        "• TOP: 1, Thema: DISKUSSION: Stand der Arbeit (P3), Uhrzeit: 10:00",
        "• TOP: 2, Thema: DISKUSSION: Einseiter (P4), Uhrzeit: 10:20",
    ]


def test_in_the_direct_chat_the_group_is_named_or_asked_for(empty: TestBot) -> None:
    named = empty.send("top Forschung in Transfer", as_="jan", room="dm")
    assert "AG Transfer" in named[0].text
    (question,) = empty.send("top Netzwerke", as_="jan", room="dm")
    assert question.text.startswith("Für welche Gruppe ist das?")
    empty.reply(question, "2", as_="jan", room="dm")
    assert [(item.title, item.group_key) for item in empty.table(AgendaItem)[2:]] == [
        ("Forschung", "transfer"),
        ("Netzwerke", "transfer"),
    ]


def test_an_edit_changes_the_item_until_it_is_decided_on(empty: TestBot) -> None:
    empty.send("!top Erste Fassung Dauer: 10")
    message = empty.last_event
    (edit,) = empty.edit(message, "!top Zweite Fassung Dauer: 20 Art: Bericht")
    assert (edit.to, edit.row.kind) == ("room:!beratung", "edit")
    assert items(empty)[-1] == (None, "proposed", "Zweite Fassung")
    empty.send("!top P3 annehmen", as_="kai", room="office")
    (refused,) = empty.edit(message, "!top Dritte Fassung")
    assert refused.text.startswith("Das darf nur die Leitung")
    assert items(empty)[-1] == (1, "accepted", "Zweite Fassung")


# --- deciding ---------------------------------------------------------------------------------------------------


def test_a_button_accepts_and_the_ag_sees_it_in_its_card(empty: TestBot) -> None:
    told, _ = empty.send("!top Vorschlag der AG")
    edited, answer = empty.react(told, "✅", as_="kai", room="office")
    assert (edited.to, edited.row.kind, answer.to) == ("room:!beratung", "edit", "room:!office")
    assert "TOP 1 auf der Tagesordnung von T1" in edited.text
    assert answer.text.startswith("Angenommen – TOP 1, P3: DISKUSSION: Vorschlag der AG")
    assert items(empty)[-1] == (1, "accepted", "Vorschlag der AG")


def test_a_rejection_with_its_reason_goes_to_the_proposer(empty: TestBot) -> None:
    told, _ = empty.send("!top Vorschlag der AG", as_="jan", room="transfer")
    said = empty.reply(told, "ablehnen Das klärt die AG Beratung", as_="kai", room="office")
    assert [one.to for one in said] == ["room:!transfer", "person:@jan:example.org", "room:!office"]
    assert "Grund: Das klärt die AG Beratung" in said[1].text.splitlines()
    assert items(empty)[-1] == (None, "rejected", "Vorschlag der AG")
    (again,) = empty.send("!top P3 ablehnen", as_="kai", room="office")
    assert again.text.startswith("P3 ist schon abgelehnt.")


def test_order_is_by_visible_number_or_reference(empty: TestBot) -> None:
    for title in ("A", "B", "C"):
        empty.send(f"!top {title}", as_="kai", room="sk")
    empty.send("!top D")
    for command in ("!top 3 nach 1", "!top P6 vor 1", "!top P3 nach 0"):
        (answer, *_) = empty.send(command, as_="kai", room="sk")
        assert answer.text
    assert order(empty) == [(1, "A"), (2, "D"), (3, "C"), (4, "B")]


def test_fields_of_an_item_change_and_its_history_shows_it(empty: TestBot) -> None:
    (card,) = empty.send("!top Bericht aus der AG", as_="kai", room="sk")
    for words in ("dauer 45", "titel Bericht", "ziel Kenntnisstand", "auch ziel Schritte", "wer BG RCI", "art bericht"):
        (said,) = empty.reply(card, words, as_="kai", room="sk")
        assert said.to == "room:!sk"
    (shown,) = empty.send("!top 1", as_="kai", room="sk")
    assert shown.text.splitlines() == [
        "TOP 1, P3: BERICHT",
        "1. Sitzung des Strategiekreises (T1), Do., 20.05.2027, 11:00–16:00 Uhr",
        "Ziele: Kenntnisstand; Schritte",
        "Uhrzeit: 11:00 · Dauer: 45 Minuten · Wer: BG RCI",
        "Stand: auf der Tagesordnung",
        "Verlauf",
        "• 26.11.2026, 10:00: angelegt von Kai Büro",
        "• 26.11.2026, 10:00: Dauer: bisher leer, jetzt 45 Minuten (Kai Büro)",
        "• 26.11.2026, 10:00: Titel: bisher Bericht aus der AG, jetzt Bericht (Kai Büro)",
        "• 26.11.2026, 10:00: Ziele: bisher leer, jetzt Kenntnisstand (Kai Büro)",
        "• 26.11.2026, 10:00: Ziele: bisher Kenntnisstand, jetzt Kenntnisstand; Schritte (Kai Büro)",
        "• 26.11.2026, 10:00: Wer: bisher leer, jetzt BG RCI (Kai Büro)",
        "• 26.11.2026, 10:00: Art: bisher Diskussion, jetzt Bericht (Kai Büro)",
        "Die ganze Tagesordnung: !tagesordnung T1",
    ]


def test_the_proposing_group_may_change_and_withdraw_its_proposal(empty: TestBot) -> None:
    _, card = empty.send("!top Vorschlag")
    empty.reply(card, "dauer 25", as_="jan")
    empty.reply(card, "zurückziehen", as_="jan")
    assert [(item.minutes, item.status) for item in empty.table(AgendaItem)[2:]] == [(25, "struck")]


def test_undo_takes_an_item_off_again(empty: TestBot) -> None:
    empty.send("!top Versehen", as_="kai", room="sk")
    empty.send("!zurück", as_="kai", room="sk")
    assert items(empty)[-1] == (None, "struck", "Versehen")


# --- who may ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["nach 1", "vor 1", "annehmen", "ablehnen Nein", "vertagen", "dauer 5", "streichen"])
def test_without_the_right_nothing_changes(empty: TestBot, words: str) -> None:
    empty.send("!top A", as_="kai", room="sk")
    empty.send("!top B", as_="kai", room="sk")
    before = items(empty)
    (said,) = empty.send(f"!top 2 {words}", as_="ida", room="sk")
    assert said.text.startswith("Das darf nur die Leitung")
    assert items(empty) == before


def test_foreign_and_unknown_references_get_the_same_answer(empty: TestBot) -> None:
    empty.send("!top Nur für uns")
    empty.send("!termin AG-Treffen am 10.12.2026 10:00–12:00")
    (foreign,) = empty.send("!top P3", as_="ida", room="transfer")
    (unknown,) = empty.send("!top P99", as_="ida", room="transfer")
    assert foreign.text.replace("P3", "P99") == unknown.text
    (foreign,) = empty.send("!tagesordnung T2", as_="ida", room="transfer")
    (unknown,) = empty.send("!tagesordnung T99", as_="ida", room="transfer")
    assert foreign.text.replace("T2", "T99") == unknown.text
    (foreign,) = empty.send("!top Fremdes für T2", as_="ida", room="transfer")
    assert foreign.text.startswith("T2 gibt es hier nicht.")


def test_an_ag_sees_the_sessions_agenda_without_what_is_the_boards_own(planned: TestBot) -> None:
    planned.send("!aufgabe Vertrauliches klären", as_="kai", room="sk")
    planned.send("!top Vorschlag der anderen AG", as_="ida", room="transfer")
    (card,) = planned.send("!tagesordnung")
    assert table(card.text) == [
        "• TOP: 1, Thema: BERICHT: Berichte der Ministerien (P1), Uhrzeit: 11:00",
        "• TOP: 2, Thema: BERICHT: Offene Aufgaben und Wiedervorlagen (P2), Uhrzeit: 11:00",
    ]
    assert "Vertrauliches" not in card.text
    assert "anderen" not in card.text
    (own,) = planned.send("!tagesordnung", as_="ida", room="transfer")
    assert "P3 DISKUSSION: Vorschlag der anderen AG (AG Transfer)" in own.text
    (forum,) = planned.send("!tagesordnung T1", as_="ida", room="plenum")
    assert forum.text.startswith("T1 gibt es hier nicht.")


# --- bad input --------------------------------------------------------------------------------------------------


def test_without_a_session_the_answer_says_what_to_do(bot: TestBot) -> None:
    for command in ("!top Zu früh", "!tagesordnung", "!tagesordnung pdf", "!top 1 dauer 5"):
        (said,) = bot.send(command)
        assert said.text.startswith("Es ist noch keine Sitzung geplant. Die Koordination legt sie")
    assert bot.table(AgendaItem) == []


def test_without_a_session_a_coming_meeting_is_asked_about(bot: TestBot) -> None:
    bot.send("!termin AG-Treffen am 10.12.2026 10:00–12:00")
    (question,) = bot.send("!top Einseiter")
    assert question.text.splitlines()[:2] == [
        "Es ist noch keine Sitzung geplant. Für welchen Termin ist der TOP?",
        "1. T1 AG-Treffen",
    ]
    bot.reply(question, "1")
    assert items(bot) == [(1, "accepted", "Einseiter")]


def test_an_unknown_kind_and_a_strange_duration_are_asked_about(empty: TestBot) -> None:
    (kind,) = empty.send("!top Neues Art: Vortrag Dauer: lange")
    assert kind.text.splitlines()[:2] == ["Die Art „Vortrag“ kenne ich nicht. Welche ist gemeint?", "1. Auftakt"]
    (duration,) = empty.reply(kind, "Impuls")
    assert duration.text.startswith("„lange“ verstehe ich nicht als Dauer.")
    empty.reply(duration, "20 Minuten")
    assert [(item.kind, item.minutes) for item in empty.table(AgendaItem)[2:]] == [("Impuls", 20)]


def test_an_empty_title_is_asked_for_and_a_long_one_refused(empty: TestBot) -> None:
    (question,) = empty.send("!top")
    assert question.text.startswith("Es fehlt der Titel.")
    empty.reply(question, "Der Titel")
    (question,) = empty.send("!top Art: Bericht")
    assert question.text.startswith("Es fehlt der Titel.")
    (refused,) = empty.send("!top " + "x" * 201)
    assert refused.text.startswith("Der Titel hat 201 Zeichen")
    assert items(empty)[2:] == [(None, "proposed", "Der Titel")]


def test_a_title_that_begins_with_a_number_or_reference(empty: TestBot) -> None:
    empty.send("!top 3 Fragen an die Ministerien", as_="kai", room="sk")
    (question,) = empty.send("!top T1 vorbereiten", as_="kai", room="sk")
    assert question.text.startswith("„T1“ sieht aus wie ein Verweis")
    assert items(empty)[-1] == (1, "accepted", "3 Fragen an die Ministerien")


def test_a_number_that_is_not_on_the_agenda(empty: TestBot) -> None:
    (said,) = empty.send("!top 9 dauer 10", as_="kai", room="sk")
    assert said.text.startswith("TOP 9 gibt es auf der Tagesordnung von T1 nicht.")


def test_a_meeting_that_is_cancelled_or_over_keeps_its_agenda(empty: TestBot) -> None:
    empty.send("!termin AG-Treffen am 10.12.2026 10:00–12:00")
    empty.send("!top Einseiter für T2")
    empty.pass_time(datetime(2026, 12, 14, 10, tzinfo=BERLIN))
    (over,) = empty.send("!top Zu spät für T2")
    assert over.text.startswith("T2 ist schon vorbei")
    empty.send("!termin Noch eins am 21.12.2026 10:00–12:00")
    empty.send("!termin T3 absagen")
    (cancelled,) = empty.send("!top Vergebens für T3")
    assert cancelled.text.startswith("T3 ist abgesagt.")


def test_two_hundred_items_are_asked_about_then_stored_and_shown(empty: TestBot) -> None:
    lines = "\n".join(f"{number}. Punkt {number}" for number in range(1, 201))
    (question,) = empty.send(f"!tagesordnung einfügen\n{lines}", as_="kai", room="sk")
    assert question.text.startswith("Das sind 200 Tagesordnungspunkte auf einmal.")
    assert items(empty)[2:] == []
    pages = empty.reply(question, "ja", as_="kai", room="sk")
    assert order(empty) == [(number, f"Punkt {number}") for number in range(1, 201)]
    assert 1 < len(pages) <= 5
    assert sum(len(table(page.text)) for page in pages) == 200


def test_a_reply_that_is_talk_gets_no_answer(empty: TestBot) -> None:
    _, card = empty.send("!top Vorschlag")
    assert empty.reply(card, "Das finde ich gut, danke!") == []


# --- times ------------------------------------------------------------------------------------------------------


def test_a_pause_has_no_number_and_takes_its_time(empty: TestBot) -> None:
    for words in ("Begrüßung Dauer: 15", "Pause Dauer: 30", "Ohne Dauer", "Letzter Dauer: 60"):
        empty.send(f"!top {words}", as_="kai", room="sk")
    (card,) = empty.send("!tagesordnung", as_="kai", room="sk")
    assert table(card.text) == [
        "• TOP: 1, Thema: DISKUSSION: Begrüßung (P3), Uhrzeit: 11:00",
        "• Thema: Pause (P4), Uhrzeit: 11:15",
        "• TOP: 2, Thema: DISKUSSION: Ohne Dauer (P5), Uhrzeit: 11:45",
        "• TOP: 3, Thema: DISKUSSION: Letzter (P6), Uhrzeit: 11:45",
    ]
    assert "Noch ohne Dauer und nicht eingerechnet: TOP 2." in card.text.splitlines()


def test_an_overrun_is_shown_against_the_planned_end(empty: TestBot) -> None:
    empty.send("!top Lang Dauer: 5 h", as_="kai", room="sk")
    (fits,) = empty.send("!tagesordnung", as_="kai", room="sk")
    assert "Zu lang" not in fits.text
    (added,) = empty.send("!top Noch etwas Dauer: 45", as_="kai", room="sk")
    over = "Zu lang: Die Tagesordnung endet um 16:45 Uhr, geplant ist 16:00 Uhr (45 Minuten mehr)."
    assert over in added.text.splitlines()
    (card,) = empty.send("!tagesordnung", as_="kai", room="sk")
    assert over in card.text.splitlines()


def test_times_and_places_without_rows() -> None:
    start = datetime(2027, 5, 20, 11, tzinfo=BERLIN)
    entries = [Draft("A", minutes=90), Draft("Pause", "Pause", minutes=30), Draft("B")]
    assert list(rules.timetable(entries, start)) == [
        Slot(1, start),
        Slot(None, start.replace(hour=12, minute=30)),
        Slot(2, start.replace(hour=13)),
    ]
    assert list(rules.timetable(entries, None)) == [Slot(1, None), Slot(None, None), Slot(2, None)]
    kinds = ["Auftakt", "Impuls", "Verschiedenes"]
    assert [rules.usual_place(kinds, kind) for kind in ("Auftakt", "Bericht", "Verschiedenes")] == [1, 2, 3]
    assert rules.position_at([], 0) == rules.GAP
    assert rules.position_at([4, 6], 1) == 5
    assert rules.position_at([4, 5], 1) is None


def test_durations_as_people_write_them() -> None:
    said = ("30", "30 Min.", "45 Minuten", "1 h", "1,5 Std", "1:30", "2 Stunden 15", "90'")
    assert [minutes_of(text) for text in said] == [30, 30, 45, 60, 90, 90, 135, 90]
    assert [minutes_of(text) for text in ("0", "-5", "bald", "9999", "")] == [None] * 5


# --- pasting ----------------------------------------------------------------------------------------------------


def test_the_table_from_word(empty: TestBot) -> None:
    (card,) = empty.send(f"!tagesordnung einfügen\n{WORD}", as_="kai", room="sk")
    assert card.text.splitlines()[0] == "Eingefügt: 8 Punkte neu."
    assert "Zu lang" not in card.text
    shown = [
        (entry["number"], entry["kind"], entry["title"], entry["presenter"], entry["start"][11:16], entry["minutes"])
        for entry in exported(empty)
        if entry["status"] == "accepted"
    ]
    assert shown == [
        (1, "Auftakt", "Begrüßung der Teilnehmer", "Moderation", "11:00", 15),
        (2, "Impuls", "Wo stehen wir - was haben wir erreicht?", "Moderation", "11:15", 15),
        (3, "Impuls", "Was sind jetzt notwendige Schritte für die Zukunft?", "BG RCI", "11:30", 15),
        (4, "Diskussion", "Wie können wir effizienter zusammenarbeiten?", "Alle Teilnehmer", "11:45", 45),
        (None, "Pause", "Pause", None, "12:30", 60),
        (5, "Diskussion", "Wie soll der Strategiekreis arbeiten?", "Alle Teilnehmer", "13:30", 60),
        (6, "Auftrag", "Welche konkreten Themen stehen an?", "Alle Teilnehmer", "14:30", 75),
        (7, "Verschiedenes", "Verschiedenes", None, "15:45", 15),
    ]
    goals = {entry["number"]: entry["goals"] for entry in exported(empty) if entry["number"]}
    assert goals == {
        1: [],
        2: ["Einheitlicher gemeinsamer Kenntnisstand"],
        3: ["Zusammenfassung der Erkenntnisse"],
        4: ["Jeder Partner profitiert vom Engagement", "Unsere Kunden profitieren"],
        5: ["Organisation und Stellung: Struktur, Funktion", "Nachhaltigkeit: Finanzierung"],
        6: ["gemeinsame Meinungsbildung, z.B.", "Gemeinsames Konzept für regionale Strukturen"],
        7: [],
    }


def test_the_first_row_may_stand_on_the_line_of_the_command(empty: TestBot) -> None:
    rows = WORD.split("\n", 1)[1]
    empty.send(f"!top {rows}", as_="kai", room="sk")
    first = next(entry for entry in exported(empty) if entry["number"] == 1)
    assert (first["title"], first["presenter"], first["minutes"]) == ("Begrüßung der Teilnehmer", "Moderation", 15)


def test_pasting_again_updates_instead_of_doubling(empty: TestBot) -> None:
    empty.send(f"!tagesordnung einfügen\n{WORD}", as_="kai", room="sk")
    (card,) = empty.send(
        "!tagesordnung einfügen\n1. Begrüßung der Teilnehmer (20 Min.)\n2. Neues", as_="kai", room="sk"
    )
    assert card.text.splitlines()[0] == "Eingefügt: 1 Punkt neu, 1 vorhandener Punkt aktualisiert."
    assert sum(entry["title"] == "Begrüßung der Teilnehmer" for entry in exported(empty)) == 1
    (card,) = empty.send("!tagesordnung T1\n1. Begrüßung der Teilnehmer\n2. Noch etwas", as_="kai", room="sk")
    assert card.text.splitlines()[0] == "Eingefügt: 1 Punkt neu, 1 vorhandener Punkt aktualisiert."
    (entry,) = [entry for entry in exported(empty) if entry["title"] == "Begrüßung der Teilnehmer"]
    assert [entry[name] for name in ("kind", "minutes", "presenter")] == ["Auftakt", 20, "Moderation"]
    (refused,) = empty.send("!tagesordnung Vorschlag\n1. A\n2. B", as_="kai", room="sk")
    assert refused.text.startswith("So verstehe ich den Befehl nicht.")


def test_an_ags_list_becomes_proposals_told_once(empty: TestBot) -> None:
    told, answer = empty.send("!top\n- Bericht\n- BERICHT: Aus der Praxis (20 Min.)\n- Verschiedenes")
    assert (told.to, answer.to) == ("group:office", "room:!beratung")
    assert [(status, title) for _, status, title in items(empty)[2:]] == [
        ("proposed", "Bericht"),
        ("proposed", "Aus der Praxis"),
        ("proposed", "Verschiedenes"),
    ]


@pytest.mark.parametrize(
    ("first", "details", "titles"),
    [
        ("", "1. A\n2. B (20 Min.)\n   Ziel: X\nPause\n3. C", ["A", "B", "Pause", "C"]),
        ("", "- A\n- B", ["A", "B"]),
        ("", "A\n- Ziel von A\nB", ["A", "B"]),
        ("", "11:00 A\n11:30 B", ["A", "B"]),
        ("TOP 1: A", "TOP 2: B", ["A", "B"]),
        ("A", "Wir brauchen eine Entscheidung.\n- Geld", ["A"]),
        ("A", "Ziele:\n1. eins\n2. zwei", ["A"]),
        ("„Ziel: einig werden“", "", ["„Ziel: einig werden“"]),
        ("", "Thema\tWer\tDauer\nA\tBG RCI\t10\nB\titb\t20", ["A", "B"]),
    ],
)
def test_what_a_list_is_read_as(first: str, details: str, titles: list[str]) -> None:
    assert [item.title for item in read(first, details)] == titles


# --- what stands there by itself --------------------------------------------------------------------------------


def test_standing_items_and_follow_ups(planned: TestBot) -> None:
    planned.send("!aufgabe Einseiter entwerfen an BG RCI bis 15.12.", as_="kai", room="sk")
    planned.send("!aufgabe Konzept", as_="kai", room="sk")
    planned.send("!aufgabe A2 zurückgestellt bis zur Bekanntmachung des BMBF", as_="kai", room="sk")
    planned.send("!beschluss Wir treffen uns zweimal im Jahr", as_="kai", room="sk")
    planned.send("!aufgabe Sache der AG")
    (card,) = planned.send("!tagesordnung", as_="kai", room="sk")
    lines = card.text.splitlines()
    start = lines.index("Zu TOP 2 – Offene Aufgaben und Wiedervorlagen")
    assert lines[start + 1 : start + 3] == [
        "• ☐ A1 Einseiter entwerfen – BG RCI, bis Di., 15.12.2026",
        "• ⏸ A2 Konzept – noch niemand, zurückgestellt, bis: zur Bekanntmachung des BMBF",
    ]
    assert lines[start + 3].startswith("• 🗳 Beschluss B1 Wir treffen uns zweimal im Jahr")
    found = [(entry["id"], entry["number"], entry["origin"]) for entry in exported(planned)]
    assert found == [
        ("P1", 1, None),
        ("P2", 2, None),
        ("P2-A1", 2, "A1"),
        ("P2-A2", 2, "A2"),
        ("P2-B1", 2, "B1"),
    ]
    planned.send("!erledigt A1", as_="kai", room="sk")
    assert [entry["origin"] for entry in exported(planned)] == [None, None, "A2", "B1"]


def test_standing_items_come_once_and_stay_struck(planned: TestBot) -> None:
    planned.send("!top 1 streichen", as_="kai", room="sk")
    planned.send("!termin T1 verschieben auf 27.05.2027 11:00–16:00", as_="kai", room="sk")
    assert items(planned) == [
        (None, "struck", "Berichte der Ministerien"),
        (1, "accepted", "Offene Aufgaben und Wiedervorlagen"),
    ]


def test_what_is_left_over_goes_to_the_next_session(empty: TestBot) -> None:
    empty.send("!top Bleibt liegen Dauer: 30", as_="kai", room="sk")
    empty.send("!top Besprochen", as_="kai", room="sk")
    empty.send("!top Nicht entschieden", as_="ida", room="transfer")
    empty.pass_time(datetime(2027, 5, 20, 15, tzinfo=BERLIN))
    (carried,) = empty.send("!top 1 vertagen", as_="kai", room="sk")
    assert carried.text.startswith("Vertagt – TOP 1, P3: DISKUSSION: Bleibt liegen")
    (card,) = empty.send("!tagesordnung T1", as_="kai", room="sk")
    assert table(card.text)[1] == "• TOP: 2, Thema: DISKUSSION: Besprochen (P4), Uhrzeit: 11:30"
    empty.pass_time(datetime(2027, 5, 21, 10, tzinfo=BERLIN))
    empty.send("!sitzung 18.11.2027 11:00–16:00", as_="kai", room="sk")
    second = [
        (entry["number"], entry["status"], entry["title"], entry["origin"])
        for entry in exported(empty)
        if entry["meeting"] == "T2"
    ]
    assert second == [
        (1, "accepted", "Berichte der Ministerien", None),
        (2, "accepted", "Offene Aufgaben und Wiedervorlagen", None),
        (3, "accepted", "Bleibt liegen", "P3"),
        (None, "proposed", "Nicht entschieden", None),
    ]


def test_with_the_next_session_planned_it_goes_there_at_once(empty: TestBot) -> None:
    empty.send("!sitzung 18.11.2027 11:00–16:00", as_="kai", room="sk")
    empty.send("!top Später", as_="kai", room="sk")
    empty.send("!top Unentschieden", as_="ida", room="transfer")
    (carried,) = empty.send("!top 1 vertagen", as_="kai", room="sk")
    assert carried.text.splitlines()[-1] == "Der Punkt steht jetzt als P7 · T2 auf der nächsten Tagesordnung."
    assert items(empty)[4:6] == [(None, "carried", "Später"), (None, "proposed", "Unentschieden")]
    empty.pass_time(datetime(2027, 5, 20, 17, tzinfo=BERLIN))
    assert [entry["title"] for entry in exported(empty) if entry["meeting"] == "T2"][2:] == ["Später", "Unentschieden"]


def test_a_cancelled_session_leaves_its_items_to_the_next(empty: TestBot) -> None:
    empty.send("!top Wichtig", as_="kai", room="sk")
    empty.send("!termin T1 absagen", as_="kai", room="sk")
    empty.send("!sitzung 18.11.2027 11:00–16:00", as_="kai", room="sk")
    assert [entry["origin"] for entry in exported(empty) if entry["title"] == "Wichtig"] == [None, "P3"]


def test_a_week_before_the_agenda_goes_to_the_board_with_its_files(planned: TestBot) -> None:
    planned.send("!top Noch nicht entschieden", as_="ida", room="transfer")
    said = planned.pass_time(datetime(2027, 5, 13, 9, 0, tzinfo=BERLIN))
    cards = [one for one in said if one.to == "group:sk" and one.text.startswith("Tagesordnung – T1")]
    assert [len(table(one.text)) for one in cards] == [2]
    assert "Noch nicht entschieden" not in cards[0].text
    files = [row.content["name"] for row in planned.table(Outbox) if row.kind == "file"]
    assert files == ["Tagesordnung-T1.docx", "Tagesordnung-T1.pdf"]


# --- documents --------------------------------------------------------------------------------------------------


def test_the_word_file_looks_like_the_boards_table(empty: TestBot) -> None:
    empty.send(f"!tagesordnung einfügen\n{WORD}", as_="kai", room="sk")
    card, file = empty.send("!tagesordnung docx", as_="kai", room="sk")
    assert card.text.startswith("Tagesordnung – T1: 1. Sitzung des Strategiekreises")
    document = file.row.content["document"]
    read_back = docx.Document(io.BytesIO(render(document["kind"], document["format"], document["data"])))
    rows = [[cell.text for cell in row.cells] for row in read_back.tables[0].rows]
    assert rows[:3] == [
        ["TOP", "Thema", "Wer", "Uhrzeit"],
        ["TOP 1", "AUFTAKT: Begrüßung der Teilnehmer", "Moderation", "11:00"],
        [
            "TOP 2",
            "IMPULS 1: Wo stehen wir - was haben wir erreicht?\nZiel: Einheitlicher gemeinsamer Kenntnisstand",
            "Moderation",
            "11:15",
        ],
    ]
    assert rows[5] == ["", "Pause", "", "12:30"]
    assert rows[-1] == ["TOP 7", "VERSCHIEDENES", "", "15:45"]


def test_the_same_agenda_as_pdf_and_over_the_reply_to_its_card(empty: TestBot) -> None:
    (card,) = empty.send("!tagesordnung", as_="kai", room="sk")
    _, file = empty.reply(card, "tagesordnung pdf", as_="kai", room="sk")
    document = file.row.content["document"]
    assert render(document["kind"], document["format"], document["data"]).startswith(b"%PDF")


def test_what_is_still_open_stands_in_the_file_in_plain_words(planned: TestBot) -> None:
    planned.send("!aufgabe Einseiter entwerfen an BG RCI bis 15.12.", as_="kai", room="sk")
    _, file = planned.send("!tagesordnung docx", as_="kai", room="sk")
    document = file.row.content["document"]
    read_back = docx.Document(io.BytesIO(render(document["kind"], document["format"], document["data"])))
    assert read_back.tables[0].rows[2].cells[1].text.splitlines() == [
        "BERICHT: Offene Aufgaben und Wiedervorlagen",
        "A1 Einseiter entwerfen – BG RCI, bis Di., 15.12.2026",
    ]


# --- for other subjects -----------------------------------------------------------------------------------------


def test_minutes_can_hang_in(empty: TestBot, monkeypatch: pytest.MonkeyPatch) -> None:
    empty.send("!top Erster", as_="kai", room="sk")
    empty.send("!termin Runde am 10.12.2026 10:00–12:00", as_="kai", room="sk")
    empty.send("!top Punkt der Runde für T2", as_="kai", room="sk")
    monkeypatch.setattr(sitting.SITTING, "meeting", lambda _context: 2)
    (shown,) = empty.send("!top 1", as_="kai", room="sk")
    assert shown.text.startswith("TOP 1, P4: DISKUSSION: Punkt der Runde")


def test_the_order_survives_any_number_of_insertions_in_one_place(empty: TestBot) -> None:
    empty.send("!top Erster", as_="kai", room="sk")
    empty.send("!top Letzter", as_="kai", room="sk")
    with empty.store.unit() as session:
        meeting = meetings.get(session, 1)
        assert meeting is not None
        proposer = rules.Proposer("@kai:example.org", "sk", "$e", empty.now)
        for number in range(50):
            item = queries.add_item(session, meeting, Draft(f"{number}"), proposer)
            item.status = "accepted"
            queries.place(session, meeting, item, 1)
        titles = [item.title for item in queries.accepted(session, meeting)]
    assert titles == ["Erster", *(str(number) for number in reversed(range(50))), "Letzter"]


def test_showing_the_agenda_takes_a_constant_number_of_queries(empty: TestBot) -> None:
    counts = []
    for count in (1, 3):
        for number in range(count):
            empty.send(f"!top Punkt {number}", as_="kai", room="sk")
            empty.send(f"!aufgabe Aufgabe {number}", as_="kai", room="sk")
        seen: list[str] = []

        def note(_connection: object, _cursor: object, text: str, *_rest: object, seen: list[str] = seen) -> None:
            seen.append(text)

        event.listen(empty.store.engine, "before_cursor_execute", note)
        empty.send("!tagesordnung", as_="kai", room="sk")
        event.remove(empty.store.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert len(empty.table(Meeting)) == 1


# --- on paper ---------------------------------------------------------------------------------------------------


def letter(bot: TestBot, text: str, as_: str = "kai", room: str = "sk") -> tuple[str, dict[str, Any]]:
    """The name of the file that follows, and its frozen data."""
    (row,) = [one.row for one in bot.send(text, as_=as_, room=room) if one.row.kind == "file"]
    data: dict[str, Any] = json.loads(json.dumps(row.content["document"]))
    return row.content["name"], data


def words(content: dict[str, Any]) -> str:
    """All words of a Word file, tables included."""
    file = docx.Document(io.BytesIO(render(content["kind"], content["format"], content["data"])))
    cells = [" | ".join(cell.text for cell in row.cells) for table in file.tables for row in table.rows]
    return "\n".join([*(paragraph.text for paragraph in file.paragraphs), *cells])


def test_the_invitation_names_agenda_place_and_the_last_day_to_answer(empty: TestBot) -> None:
    empty.send("!termin T1 ort Berlin, Haus 3", as_="kai", room="sk")
    empty.send("!top Wo stehen wir? Art: Impuls Dauer: 30 Wer: BG RCI", as_="kai", room="sk")
    name, content = letter(empty, "!einladung")
    assert name == "Einladung-T1.docx"
    assert content["data"]["answer_by"] == "2027-05-05T00:00:00+02:00"  # the day before Ascension Day
    written = words(content)
    assert "Bitte antworten Sie bis 5. Mai 2027, ob und durch wen Ihre Einrichtung teilnimmt." in written
    assert "Berlin, Haus 3" in written
    assert "IMPULS: Wo stehen wir? | BG RCI" in written
    assert "„!zusage T1“" in written
    empty.pass_time(datetime(2027, 5, 18, 12, tzinfo=BERLIN))
    assert letter(empty, "!einladung T1 pdf")[1]["data"]["answer_by"] == "2027-05-19T00:00:00+02:00"


def test_the_sheet_has_a_line_for_everybody_who_may_come_and_room_for_others(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.send("!zusage T1 online")
    bot.send("!absage T1 für Bundessteuerberaterkammer")
    name, content = letter(bot, "!anwesenheitsliste T1 docx", as_="eva", room="beratung")
    assert name == "Anwesenheitsliste-T1.docx"
    assert [row for row in words(content).splitlines() if " | " in row][:4] == [
        "Nr. | Einrichtung | Name | Unterschrift",
        "1 | BG RCI | Eva Beispiel (online) | ",
        "2 | itb |  | ",
        "3 |  |  | ",
    ]
    assert letter(bot, "!teilnahmeliste T1", as_="eva", room="beratung")[0] == "Anwesenheitsliste-T1.pdf"
    assert "Leitung" in bot.send("!anwesenheitsliste T1 docx", as_="jan")[0].text
    bot.send("!termin T1 absagen")
    assert "ist abgesagt" in bot.send("!einladung T1 pdf")[0].text
