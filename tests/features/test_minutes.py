"""Minutes played as dialogues: scribes and their lines, the draft, objections, final minutes."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from testbot import BERLIN, NOW, Begin, Said, TestBot, user

from ombot.chat.tables import Group
from ombot.documents import render
from ombot.features.agenda.tables import AgendaItem
from ombot.features.decisions.tables import Decision
from ombot.features.exporting import COLLECTIONS, EXPORTERS, Frame
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes.tables import Minutes, MinutesAttachment, MinutesLine, MinutesNote
from ombot.features.tasks.tables import Task
from ombot.store import inbox
from ombot.store.tables import History, Inbox, Outbox

START = datetime(2026, 12, 3, 11, 0, tzinfo=BERLIN)
AGENDA = """!tagesordnung einfügen
1. AUFTAKT: Begrüßung (15 Min.)
2. IMPULS: Wo stehen wir? (30 Min.)
3. DISKUSSION: Wie arbeiten wir? (60 Min.)
4. VERSCHIEDENES (15 Min.)"""
FILE = {"name": "Vortrag.pdf", "mimetype": "application/pdf", "size": 4, "sha256": "a" * 64}


def _session_begins(bot: TestBot) -> None:
    bot.send("!sitzung 03.12.2026 11–16 Uhr Ort Berlin", as_="kai", room="sk")
    for item in bot.table(AgendaItem):
        bot.send(f"!top P{item.number} streichen", as_="kai", room="sk")
    bot.send(AGENDA, as_="kai", room="sk")
    bot.pass_time(START - timedelta(minutes=1))
    bot.now = START


def _minutes_run(bot: TestBot) -> None:
    _session_begins(bot)
    bot.send("!protokoll start @ida", room="sk")


@pytest.fixture
def session(begin: Begin) -> TestBot:
    """The first session of the board is just beginning, with four items on its agenda."""
    return begin(_session_begins)


@pytest.fixture
def running(begin: Begin) -> TestBot:
    """Eva and Ida take the minutes."""
    return begin(_minutes_run)


def say(bot: TestBot, text: str, as_: str = "eva", **content: Any) -> list[Said]:
    """A message in the board's room."""
    return bot.send(text, as_, "sk", **content)


def lines(bot: TestBot) -> list[tuple[str, str]]:
    """Kind and text of all lines, in the order they were written."""
    return [(line.kind, line.text) for line in sorted(bot.table(MinutesLine), key=lambda line: line.position)]


def minutes(bot: TestBot) -> Minutes:
    """The only minutes there are."""
    (found,) = bot.table(Minutes)
    return found


def reactions(bot: TestBot) -> dict[str, str]:
    """Event id → key of every reaction the bot has set under a member's message."""
    rows = (row for row in bot.table(Outbox) if row.kind == "reaction" and "event_id" in row.content)
    return {row.content["event_id"]: row.content["key"] for row in rows}


def first_line(said: Said) -> str:
    return said.text.splitlines()[0]


def export(bot: TestBot) -> list[dict[str, Any]]:
    with bot.store.reading() as session:
        return EXPORTERS["minutes"](session, Frame(bot.settings))


def document(bot: TestBot) -> dict[str, Any]:
    with bot.store.reading() as session:
        data = COLLECTIONS["minutes"].collect(session, bot.settings, bot.now, 1)
    assert data is not None
    return data


# --- starting ---------------------------------------------------------------------------------------------------


def test_start_says_who_writes_and_where_the_minutes_are(session: TestBot) -> None:
    (said,) = say(session, "!protokoll start @ida")
    assert said.text.splitlines()[:4] == [
        "📝 Mitschrift läuft – T1: 1. Sitzung des Strategiekreises",
        "Do., 03.12.2026, 11:00–16:00 Uhr",
        "Es schreiben mit: Eva Beispiel, Ida Probe",
        "Jetzt: TOP 1: AUFTAKT: Begrüßung",
    ]
    assert said.mentions == []
    assert minutes(session).scribes == [user("eva"), user("ida")]


def test_who_starts_while_somebody_writes_joins_in(running: TestBot) -> None:
    say(running, "!protokoll start", as_="jan")
    assert minutes(running).scribes == [user("eva"), user("ida"), user("jan")]
    say(running, "Info: Auch von mir", as_="jan")
    assert lines(running) == [("Info", "Auch von mir")]


def test_without_a_meeting_the_next_step_is_named(bot: TestBot) -> None:
    (said,) = bot.send("!protokoll start", room="beratung")
    assert said.text == (
        "Für „AG Modernes Beratungsverständnis“ gibt es noch keinen Termin. Bitte legen Sie zuerst einen an: "
        "„!termin <Titel> am <Datum> <Zeit>“, eine Sitzung mit „!sitzung <Datum> <Zeit>“."
    )
    assert bot.table(Minutes) == []


def test_minutes_of_a_cancelled_meeting_are_refused(session: TestBot) -> None:
    session.now = NOW
    say(session, "!termin T1 absagen", as_="kai")
    (said,) = say(session, "!protokoll start T1", as_="kai")
    assert said.text == (
        "T1 (1. Sitzung des Strategiekreises) ist abgesagt, dazu gibt es kein Protokoll. "
        "Mit „!termine“ sehen Sie die kommenden Termine."
    )
    assert session.table(Minutes) == []


def test_a_session_is_minuted_in_its_own_room(session: TestBot) -> None:
    (said,) = session.send("!protokoll start T1", as_="kai", room="office")
    assert said.text == ("T1 gehört zu „Strategiekreis“. Bitte schreiben Sie „!protokoll start“ im Raum dieser Gruppe.")
    (said,) = session.send("!protokoll start", as_="eva", room="dm")
    assert said.text.startswith("Das Protokoll wird im Raum der Sitzung geführt.")


@pytest.mark.parametrize("command", ["!protokoll T1", "!protokoll start T1", "!protokoll T1 pdf", "!protokoll T9"])
def test_foreign_minutes_and_unknown_ones_are_alike(running: TestBot, command: str) -> None:
    reference = "T9" if "T9" in command else "T1"
    (said,) = running.send(command, as_="eva", room="beratung")
    assert said.text == (
        f"{reference} gibt es hier nicht. Bitte prüfen Sie die Nummer, zum Beispiel mit „!aufgaben“ oder „!termine“."
    )


def test_a_working_group_minutes_its_own_meeting(bot: TestBot) -> None:
    bot.send("!termin Treffen am 26.11.2026 11–12 Uhr", room="beratung")
    (said,) = bot.send("!protokoll start", room="beratung")
    assert first_line(said) == "📝 Mitschrift läuft – T1: Treffen"
    bot.send("Info: Ohne Tagesordnung", room="beratung")
    assert export(bot)[0]["lines"] == [{"top": None, "kind": "Info", "text": "Ohne Tagesordnung"}]


# --- lines ------------------------------------------------------------------------------------------------------


def test_a_line_is_recorded_and_confirmed_by_a_reaction_alone(running: TestBot) -> None:
    assert say(running, "Info: Zwei Treffen im Jahr sind sinnvoll.") == []
    assert lines(running) == [("Info", "Zwei Treffen im Jahr sind sinnvoll.")]
    assert reactions(running) == {running.last_event: "✅"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("INFO: groß", [("Info", "groß")]),
        ("frage : klein", [("Frage", "klein")]),
        ("- Anregung: mit Strich", [("Anregung", "mit Strich")]),
        ("Offene Punkte: Mehrzahl", [("Offener Punkt", "Mehrzahl")]),
        ("Frage: eins\nAntwort: zwei", [("Frage", "eins"), ("Antwort", "zwei")]),
        ("Info: erste Zeile\nzweite Zeile\n\nnicht dabei", [("Info", "erste Zeile\nzweite Zeile")]),
        ("Hallo zusammen\nInfo: das zählt", [("Info", "das zählt")]),
        ("Zusammenfassung:\n- eins\n- zwei", [("Zusammenfassung", "eins"), ("Zusammenfassung", "zwei")]),
        ("Info: ja\n[intern] nein\nauch nicht\nFrage: ja", [("Info", "ja"), ("Frage", "ja")]),
        ("Info: [intern] nein\nFrage: ja", [("Frage", "ja")]),
    ],
)
def test_what_becomes_of_a_message(running: TestBot, body: str, expected: list[tuple[str, str]]) -> None:
    say(running, body)
    assert lines(running) == expected


@pytest.mark.parametrize(
    "body",
    [
        "Das ist ein Gespräch",
        "[intern] Info: geheim",
        "Info ohne Doppelpunkt",
        "Info:",
        "Informationen: keine",
        "> Info: x",
    ],
)
def test_nothing_else_is_stored(running: TestBot, body: str) -> None:
    before = len(running.table(Inbox))
    assert say(running, body) == []
    assert lines(running) == []
    assert len(running.table(Inbox)) == before


def test_of_a_message_only_the_typed_part_is_kept(running: TestBot) -> None:
    say(running, "Ganz unter uns\nInfo: das zählt\n\nUnd noch etwas unter uns")
    kept = next(row for row in running.table(Inbox) if row.event_id == running.last_event)
    assert kept.content["body"] == "Info: das zählt"


def test_lines_of_others_are_not_stored(running: TestBot) -> None:
    before = len(running.table(Inbox))
    assert say(running, "Info: nicht von einer Schreiberin", as_="jan") == []
    assert running.send("Info: in einem anderen Raum", as_="eva", room="beratung") == []
    assert (lines(running), len(running.table(Inbox))) == ([], before)


def test_a_line_in_the_same_batch_as_the_start_is_not_lost(session: TestBot) -> None:
    bodies = ["!protokoll start", "Info: gleich danach", "!protokoll ende", "Info: schon vorbei"]
    rows = [
        Inbox(
            event_id=f"$batch{number}",
            room_id="!sk",
            sender=user("eva"),
            kind="message",
            content={"body": body, "mentions": [], "links": [], "reply_to": None, "thread": None, "file": None},
            sent_at=session.now,
            received_at=session.now,
        )
        for number, body in enumerate(bodies)
    ]
    with session.store.unit() as unit:
        inbox.add(unit, [row for row in rows if session.bus.intake.wanted(unit, row)])
    for number in range(len(bodies)):
        with session.store.unit() as unit:
            row = inbox.by_event(unit, f"$batch{number}")
            assert row is not None
            session.bus.handle(unit, row, session.now)
    assert lines(session) == [("Info", "gleich danach")]
    late = next(row for row in session.table(Inbox) if row.event_id == "$batch3")
    assert late.content == {}


def test_a_line_sent_before_the_end_counts_when_it_is_read_later(running: TestBot) -> None:
    sent_at = running.now
    running.later(minutes=5)
    say(running, "!protokoll ende")
    running.now = sent_at + timedelta(minutes=1)
    say(running, "Info: Der Schlüssel kam später")
    running.now = sent_at + timedelta(minutes=6)
    say(running, "Info: wirklich danach")
    assert lines(running) == [("Info", "Der Schlüssel kam später")]


def test_two_scribes_at_the_same_second(running: TestBot) -> None:
    for number in range(3):
        say(running, f"Info: Eva {number}")
        say(running, f"Info: Ida {number}", as_="ida")
    assert lines(running) == [("Info", f"{name} {number}") for number in range(3) for name in ("Eva", "Ida")]
    assert len({line.position for line in running.table(MinutesLine)}) == 6


def test_lines_by_command_go_to_the_item_named_above_them(running: TestBot) -> None:
    say(running, "!protokoll ende")
    running.send("!protokoll T1 TOP 3\nInfo: nachgetragen\nTOP 2\nFrage: auch das?", as_="kai", room="office")
    assert export(running)[0]["lines"] == [
        {"top": 2, "kind": "Frage", "text": "auch das?"},
        {"top": 3, "kind": "Info", "text": "nachgetragen"},
    ]


def test_who_does_not_write_cannot_add_lines_by_command(running: TestBot) -> None:
    (said,) = say(running, "!protokoll Info: von außen", as_="jan")
    assert said.text == (
        "Am Protokoll zu T1 schreiben nur die Mitschreibenden und die Leitung. "
        "Bitte lassen Sie sich mit „!protokoll start @Name“ hinzufügen."
    )
    assert lines(running) == []


# --- moving on and consent --------------------------------------------------------------------------------------


def test_a_scribe_moves_on_and_everybody_else_looks(running: TestBot) -> None:
    (said,) = say(running, "!top 3", as_="ida")
    assert said.text == "📝 Weiter mit TOP 3: DISKUSSION: Wie arbeiten wir?"
    say(running, "Info: zum dritten")
    (shown,) = say(running, "!top 2", as_="jan")
    assert first_line(shown).startswith("TOP 2, P")
    say(running, "Info: immer noch zum dritten")
    assert [line["top"] for line in export(running)[0]["lines"]] == [3, 3]


def test_moving_on_can_be_undone(running: TestBot) -> None:
    first = minutes(running).current_top
    say(running, "!top 3")
    (said,) = say(running, "!zurück")
    assert first_line(said) == "Rückgängig gemacht: M1"
    assert minutes(running).current_top == first


def test_consent_needs_a_summary_of_this_item(running: TestBot) -> None:
    say(running, "Zusammenfassung: zu TOP 1")
    say(running, "!top 2")
    (said,) = say(running, "!zugestimmt")
    assert said.text.startswith("Zu diesem TOP gibt es noch keine Zusammenfassung")
    say(running, "Zusammenfassung: zu TOP 2")
    say(running, "Offener Punkt: dazwischen")
    assert say(running, "!zugestimmt") == []
    assert lines(running)[-1] == ("Zustimmung", "Der Zusammenfassung wurde zugestimmt")
    (again,) = say(running, "!zugestimmt")
    assert again.text.startswith("Zu diesem TOP gibt es noch keine Zusammenfassung")


# --- tasks and decisions ----------------------------------------------------------------------------------------


def test_a_task_line_makes_the_task(running: TestBot) -> None:
    (said,) = say(running, "Aufgabe: Einseiter entwerfen @jan bis 15.01.2027")
    assert said.text.splitlines()[:2] == [
        "Aufgabe A1: Einseiter entwerfen",
        "Wer: Jan Muster · Frist: Fr., 15.01.2027",
    ]
    assert said.mentions == [user("jan")]
    # In the minutes stands the institution, not the person.
    assert lines(running) == [("Aufgabe", "Einseiter entwerfen (Wer: itb; bis Fr., 15.01.2027)")]
    running.reply(said, "erledigt", as_="jan", room="sk")
    assert [task.status for task in running.table(Task)] == ["done"]


def test_a_long_task_keeps_its_words(running: TestBot) -> None:
    words = "Kompetenzen aller Mitglieder sammeln." + " Dies muss greifbarer werden." * 8
    say(running, f"Aufgabe: {words} @jan bis 15.01.2027\nMehr dazu")
    (task,) = running.table(Task)
    assert f"{task.title} {task.description}" == f"{words}\nMehr dazu"
    assert task.title.endswith("werden.")
    assert task.due == datetime(2027, 1, 15, tzinfo=BERLIN).date()
    assert lines(running) == [("Aufgabe", f"{words}\nMehr dazu (Wer: itb; bis Fr., 15.01.2027)")]


def test_an_unclear_task_is_asked_about_and_then_recorded_with_its_lines(running: TestBot) -> None:
    (asked,) = say(running, "Info: davor\nAufgabe: Plakate drucken @niemand")
    assert first_line(asked) == "„@niemand“ passt zu niemandem hier. Wen meinen Sie?"
    assert lines(running) == []
    running.reply(asked, "@jan", room="sk")
    assert lines(running) == [("Info", "davor"), ("Aufgabe", "Plakate drucken (Wer: itb)")]


def test_a_decision_line_enters_the_register(running: TestBot) -> None:
    (said,) = say(running, "Beschluss: Das Konzept wird vorbereitet an Leitungskreis")
    assert first_line(said) == "B1 (Nr. 2026-01): angenommen"
    (decision,) = running.table(Decision)
    assert (decision.text, decision.mandate, decision.meeting, decision.recorded) == (
        "Das Konzept wird vorbereitet",
        {"body": "Leitungskreis"},
        1,
        True,
    )
    assert lines(running) == [("Beschluss", "Das Konzept wird vorbereitet (Auftrag an: Leitungskreis)")]


# --- corrections ------------------------------------------------------------------------------------------------


def test_an_edit_corrects_the_line(running: TestBot) -> None:
    say(running, "Info: Tipfehler")
    running.edit(running.last_event, "Frage: Tippfehler?", room="sk")
    assert lines(running) == [("Frage", "Tippfehler?")]
    (created, changed) = [row for row in running.table(History) if row.subject == "minutes_line"]
    assert (created.before, changed.before["text"], changed.after["text"]) == (None, "Tipfehler", "Tippfehler?")


def test_an_edit_of_a_task_line_changes_the_task_and_its_card(running: TestBot) -> None:
    (said,) = say(running, "Aufgabe: Einseiter entwerfen")
    (edited,) = running.edit(running.last_event, "Aufgabe: Zweiseiter entwerfen bis 15.01.2027", room="sk")
    assert (edited.row.kind, edited.row.target, first_line(edited)) == (
        "edit",
        said.row.id,
        "Aufgabe A1: Zweiseiter entwerfen",
    )
    assert [task.title for task in running.table(Task)] == ["Zweiseiter entwerfen"]
    assert lines(running) == [("Aufgabe", "Zweiseiter entwerfen (bis Fr., 15.01.2027)")]


def test_an_edit_of_a_decision_line_changes_the_register(running: TestBot) -> None:
    say(running, "Info: davor\nBeschluss: Alter Text")
    running.edit(running.last_event, "Info: davor\nBeschluss: Neuer Text", room="sk")
    assert [decision.text for decision in running.table(Decision)] == ["Neuer Text"]
    assert lines(running) == [("Info", "davor"), ("Beschluss", "Neuer Text")]


@pytest.mark.parametrize(
    ("edited", "answer"),
    [
        ("Info: eins\nInfo: zwei", "Die Nachricht hatte 1 Zeilen für das Protokoll, jetzt sind es 2;"),
        ("Aufgabe: eins", "Die Bearbeitung macht daraus einen anderen Befehl."),
        ("[intern] Info: eins", "Nach der Bearbeitung beginnt keine Zeile mehr mit „Info:“"),
        ("nur noch Gespräch", "Nach der Bearbeitung beginnt keine Zeile mehr mit „Info:“"),
    ],
)
def test_an_edit_neither_makes_nor_strikes_lines(running: TestBot, edited: str, answer: str) -> None:
    say(running, "Info: eins")
    (said,) = running.edit(running.last_event, edited, room="sk")
    assert said.text.startswith(answer)
    assert lines(running) == [("Info", "eins")]


def test_nobody_edits_the_lines_of_others(running: TestBot) -> None:
    say(running, "Info: von Eva")
    assert running.edit(running.last_event, "Info: von Ida", as_="ida", room="sk") == []
    assert lines(running) == [("Info", "von Eva")]


def test_undo_takes_lines_back_with_their_confirmation(running: TestBot) -> None:
    say(running, "Info: bleibt")
    say(running, "Info: eins\nInfo: zwei")
    (said,) = say(running, "!zurück")
    assert first_line(said) == "Rückgängig gemacht: M1"
    assert lines(running) == [("Info", "bleibt")]
    redactions = [row for row in running.table(Outbox) if row.kind == "redact"]
    confirmed = {row.id: row.content["event_id"] for row in running.table(Outbox) if "event_id" in row.content}
    assert [confirmed[row.target] for row in redactions] == [list(reactions(running))[1]]


def test_undo_of_a_task_line_discards_the_task(running: TestBot) -> None:
    say(running, "Aufgabe: Plakate drucken")
    say(running, "!zurück")
    assert (lines(running), [task.status for task in running.table(Task)]) == ([], ["cancelled"])


def test_a_line_is_corrected_and_struck_by_its_number(running: TestBot) -> None:
    say(running, "Info: eins\nInfo: zwei")
    (said,) = say(running, "!protokoll zeile 2 zwei, verbessert", as_="ida")
    assert said.text.splitlines()[:3] == [
        "Zeile 2 geändert – T1",
        "Vorher: Info: zwei",
        "Jetzt: Info: zwei, verbessert",
    ]
    say(running, "!protokoll zeile 1 streichen")
    assert lines(running) == [("Info", "zwei, verbessert")]
    (refused,) = say(running, "!protokoll zeile 7 gibt es nicht")
    assert refused.text.startswith("Eine Zeile 7 hat das Protokoll zu T1 nicht, es sind 1.")
    (foreign,) = say(running, "!protokoll zeile 1 von außen", as_="jan")
    assert foreign.text.startswith("Am Protokoll zu T1 schreiben nur die Mitschreibenden")


# --- the end ----------------------------------------------------------------------------------------------------


def test_the_draft_says_first_whom_it_concerns(running: TestBot) -> None:
    say(running, "Info: eins")
    say(running, "!top 3")
    say(running, "Aufgabe: Einseiter entwerfen @jan")
    say(running, "Beschluss: Es gibt eine AG")
    card, *files = say(running, "!protokoll ende", as_="ida")
    assert card.text.splitlines()[:8] == [
        "Entwurf des Ergebnisprotokolls – T1: 1. Sitzung des Strategiekreises",
        "Do., 03.12.2026, 11:00–16:00 Uhr",
        "Das betrifft Sie",
        "• Jan Muster: A1 Einseiter entwerfen (Wer: itb)",
        "Beschlüsse",
        "• B1: Es gibt eine AG",
        "Aufgaben",
        "• A1: Einseiter entwerfen (Wer: itb)",
    ]
    assert card.mentions == [user("jan")]
    assert [file.row.content["name"] for file in files] == ["Ergebnisprotokoll-T1.docx", "Ergebnisprotokoll-T1.pdf"]
    assert say(running, "Info: danach") == []
    assert ("Info", "danach") not in lines(running)


def test_the_draft_names_who_was_not_there(running: TestBot) -> None:
    say(running, "!absage T1", "jan")
    say(running, "!anwesend T1 @eva", "kai")
    card, *_ = say(running, "!protokoll ende")
    assert "Nicht dabei waren: itb. Der Entwurf ist auch für Sie." in card.text.splitlines()


def test_only_scribes_and_leads_end_the_minutes(running: TestBot) -> None:
    (said,) = say(running, "!protokoll ende", as_="jan")
    assert said.text.startswith("Am Protokoll zu T1 schreiben nur die Mitschreibenden")
    assert minutes(running).running
    say(running, "!protokoll ende", as_="kai")
    assert not minutes(running).running


def test_items_that_were_not_reached_stand_on_the_next_agenda(running: TestBot) -> None:
    say(running, "!sitzung 17.06.2027 11–16 Uhr", as_="kai")
    say(running, "!top 2")
    card, *_ = say(running, "!protokoll ende")
    assert "Vertagt auf die nächste Sitzung" in card.text.splitlines()
    carried = [item.title for item in running.table(AgendaItem) if item.status == "carried"]
    assert carried == ["Wie arbeiten wir?"]
    following = [item for item in running.table(AgendaItem) if item.meeting_number == 2 and item.origin]
    assert [(item.title, item.status) for item in following] == [("Wie arbeiten wir?", "accepted")]
    assert document(running)["sections"][2]["lines"] == [
        {"kind": "Info", "text": "Nicht behandelt, vertagt auf die nächste Sitzung.", "ref": None}
    ]


def test_nothing_is_carried_over_when_nobody_moved_on(running: TestBot) -> None:
    say(running, "Info: alles unter TOP 1")
    say(running, "!protokoll ende")
    assert {item.status for item in running.table(AgendaItem)} == {"accepted", "struck"}


def test_tasks_and_votes_of_the_session_without_a_line_are_gathered(running: TestBot) -> None:
    say(running, "!aufgabe Mit Befehl angelegt")
    say(running, "Aufgabe: Mit Zeile angelegt")
    say(running, "!protokoll ende")
    assert lines(running) == [("Aufgabe", "Mit Zeile angelegt"), ("Aufgabe", "Mit Befehl angelegt")]


def test_without_scribes_a_draft_appears_at_the_planned_end(session: TestBot) -> None:
    say(session, "!aufgabe Plakate drucken @jan", as_="eva")
    said = session.pass_time(START + timedelta(hours=5, minutes=1))
    card, *files = [one for one in said if one.to == "group:sk"]
    assert card.text.splitlines()[:3] == [
        "Entwurf des Ergebnisprotokolls – T1: 1. Sitzung des Strategiekreises",
        "Do., 03.12.2026, 11:00–16:00 Uhr",
        "Es hat niemand mitgeschrieben. Der Entwurf ist aus Tagesordnung, Rückmeldungen, Beschlüssen und Aufgaben "
        "zusammengestellt.",
    ]
    assert (card.mentions, len(files)) == ([user("jan")], 2)
    assert (minutes(session).status, lines(session)) == ("review", [("Aufgabe", "Plakate drucken (Wer: itb)")])


def test_with_scribes_the_planned_end_changes_nothing(running: TestBot) -> None:
    said = running.pass_time(START + timedelta(hours=5, minutes=1))
    assert [one.text for one in said if one.to == "group:sk"] == []
    assert minutes(running).running


def test_minutes_that_nobody_ended_are_closed_the_next_working_day(running: TestBot) -> None:
    say(running, "Info: eins")
    said = running.pass_time(datetime(2026, 12, 4, 9, 1, tzinfo=BERLIN))
    (card,) = [one for one in said if one.to == "group:sk" and one.row.kind == "message"]
    assert first_line(card) == "Entwurf des Ergebnisprotokolls – T1: 1. Sitzung des Strategiekreises"
    assert (minutes(running).running, minutes(running).status) == (False, "review")


# --- review -----------------------------------------------------------------------------------------------------


@pytest.fixture
def draft(running: TestBot) -> Said:
    """The card of the draft, one line long."""
    say(running, "Info: Der Termin ist im Mai")
    return say(running, "!protokoll ende")[0]


def test_an_objection_by_reply_reaches_those_who_decide(running: TestBot, draft: Said) -> None:
    told, answer = running.reply(draft, "Einspruch 1 Es war der Juni", as_="jan", room="sk")
    assert (told.to, first_line(told)) == (
        "group:office",
        "Einspruch 1 zum Protokoll von T1: 1. Sitzung des Strategiekreises",
    )
    assert answer.text.splitlines()[:2] == [
        "Einspruch 1 zum Protokoll von T1 aufgenommen",
        "Einspruch 1 (offen) zu „Info: Der Termin ist im Mai“: Es war der Juni",
    ]
    assert running.reply(draft, "Das sehe ich auch so", as_="jan", room="sk") == []
    assert len(running.table(MinutesNote)) == 1
    # As people write it too: with a colon behind the number, or a time of day, which is none.
    for text, noted in (
        ("Einspruch 1: Es war der Juli", "zu „Info: Der Termin ist im Mai“: Es war der Juli"),
        ("Einspruch: 1: Es war August", "zu „Info: Der Termin ist im Mai“: Es war August"),
        ("Einspruch: 12:30 Uhr fehlt", ": 12:30 Uhr fehlt"),
    ):
        answer = running.reply(draft, text, as_="jan", room="sk")[-1]
        assert answer.text.splitlines()[1].partition("(offen)")[2].lstrip() == noted


def in_reply_to(event_id: str) -> dict[str, Any]:
    """What a command that replies to a member's message gets of it."""
    return {"event_id": event_id, "sender": user("eva"), "body": "", "file": None, "problem": None}


def test_a_line_is_named_by_replying_to_its_message(running: TestBot) -> None:
    say(running, "Info: davor")
    say(running, "Info: Der Termin ist im Mai")
    wrong = running.last_event
    reply = {"reply_to": wrong, "replied": in_reply_to(wrong)}
    (corrected,) = say(running, "!protokoll zeile Der Termin ist im Juni", **reply)
    assert corrected.text.splitlines()[:3] == [
        "Zeile 2 geändert – T1",
        "Vorher: Info: Der Termin ist im Mai",
        "Jetzt: Info: Der Termin ist im Juni",
    ]
    (refused,) = say(running, "!protokoll zeile Ohne Nummer")
    assert refused.text.startswith("Welche Zeile ist gemeint? Bitte nennen Sie ihre Nummer, „!protokoll T1“ zeigt alle")
    say(running, "!protokoll ende")
    (_, noted) = say(running, "!protokoll einspruch Es war der Juli", "jan", **reply)
    assert noted.text.splitlines()[1] == "Einspruch 1 (offen) zu „Info: Der Termin ist im Juni“: Es war der Juli"


def test_changes_since_the_draft_are_told_before_and_with_the_release(running: TestBot, draft: Said) -> None:
    assert "Geändert seit dem Entwurf" not in say(running, "!protokoll")[0].text
    running.later(minutes=1)
    running.send("!protokoll T1 zeile 1 Der Termin ist im Juni", as_="kai", room="office")
    running.send("!protokoll T1 TOP 2\nInfo: nachgetragen", as_="kai", room="office")
    changed = [
        "Geändert seit dem Entwurf",
        "• bisher „Info: Der Termin ist im Mai“, jetzt „Info: Der Termin ist im Juni“",
        "• neu: „Info: nachgetragen“",
    ]
    (shown,) = say(running, "!protokoll")
    start = shown.text.splitlines().index(changed[0])
    assert shown.text.splitlines()[start : start + 3] == changed
    final, *_ = say(running, "!protokoll freigeben", "kai")
    assert final.text.splitlines()[2:5] == changed


def test_an_accepted_objection_is_worked_in_by_hand(running: TestBot, draft: Said) -> None:
    running.reply(draft, "Einwand: Es war der Juni", as_="jan", room="sk")
    running.send("!protokoll T1 zeile 1 Der Termin ist im Juni", as_="kai", room="office")
    told, settled = running.send("!protokoll T1 einspruch 1 annehmen", as_="kai", room="office")
    assert settled.text.splitlines()[0] == "Einspruch 1 (angenommen): Es war der Juni"
    assert told.to == f"person:{user('jan')}"
    assert told.text.splitlines() == [
        "Über Ihren Einspruch 1 ist entschieden – T1: 1. Sitzung des Strategiekreises",
        "Einspruch 1 (angenommen): Es war der Juni",
        "Die Leitung arbeitet ihn ein. Nachlesen: !protokoll T1",
    ]
    assert [note.state for note in running.table(MinutesNote)] == ["accepted"]
    assert document(running)["objections"] == []
    (refused,) = say(running, "!protokoll einspruch 1 ablehnen", as_="jan")
    assert refused.text.startswith("Das darf nur die Leitung dieser Gruppe oder die Koordination.")


def test_what_is_not_taken_over_stands_below_the_minutes(running: TestBot, draft: Said) -> None:
    running.reply(draft, "Einspruch: Es war der Juni", as_="jan", room="sk")
    running.send("!protokoll T1 einspruch 1 ablehnen", as_="kai", room="office")
    assert document(running)["objections"] == [
        {"by": "itb", "line": None, "text": "Es war der Juni", "state": "rejected"}
    ]


def test_an_objection_before_the_draft_and_after_the_window_is_refused(session: TestBot) -> None:
    say(session, "!protokoll start")
    (early,) = say(session, "!protokoll einspruch zu früh", as_="jan")
    assert early.text.startswith("Zu T1 gibt es noch keinen Entwurf")
    say(session, "!protokoll ende")
    session.now = datetime(2026, 12, 17, 23, 59, tzinfo=BERLIN)
    (_, noted) = say(session, "!protokoll einspruch am letzten Tag", as_="jan")
    assert first_line(noted) == "Einspruch 1 zum Protokoll von T1 aufgenommen"
    session.now = datetime(2026, 12, 18, 0, 0, tzinfo=BERLIN)
    (late,) = say(session, "!protokoll einspruch zu spät", as_="jan")
    assert late.text.startswith("Die Frist für Einsprüche zum Protokoll von T1 ist vorbei.")
    say(session, "!protokoll freigeben", as_="kai")
    (final,) = say(session, "!protokoll einspruch viel zu spät", as_="jan")
    assert final.text.startswith("Das Protokoll zu T1 ist endgültig, Einspruch ist nicht mehr möglich.")
    assert [note.text for note in session.table(MinutesNote)] == ["am letzten Tag"]


def test_the_minutes_can_be_taken_up_again(running: TestBot, draft: Said) -> None:
    say(running, "!protokoll start")
    say(running, "Info: noch etwas")
    card, *_ = say(running, "!protokoll ende")
    assert first_line(card) == first_line(draft)
    assert lines(running)[-1] == ("Info", "noch etwas")


def test_the_morning_after_each_is_told_of_the_draft_in_person(running: TestBot) -> None:
    say(running, "!absage T1", "jan")
    say(running, "!anwesend T1 @eva", "kai")
    say(running, "Aufgabe: Einseiter entwerfen @jan")
    say(running, "Aufgabe: Druckerei fragen an BG RCI")
    say(running, "Beschluss: Es gibt eine AG")
    say(running, "!protokoll ende")
    assert [one.to for one in running.pass_time(datetime(2026, 12, 4, 8, 59, tzinfo=BERLIN))] == []
    said = {one.to: one for one in running.pass_time(datetime(2026, 12, 4, 9, 1, tzinfo=BERLIN))}
    assert sorted(said) == [f"person:{user(name)}" for name in ("eva", "ida", "jan", "kai")]
    head = [
        "Entwurf des Ergebnisprotokolls – T1: 1. Sitzung des Strategiekreises",
        "Do., 03.12.2026, 11:00–16:00 Uhr",
    ]
    rest = [
        "Beschlüsse",
        "• B1: Es gibt eine AG",
        "Lesen: !protokoll T1 · Als Datei: !protokoll T1 pdf",
        "Einspruch bis Do., 17.12.2026: auf diese Nachricht antworten, zum Beispiel „Einspruch: <Text>“ oder "
        "„Einspruch 12 <Text>“ mit der Nummer der Zeile.",
    ]
    assert said[f"person:{user('kai')}"].text.splitlines() == [*head, *rest]
    assert said[f"person:{user('eva')}"].text.splitlines() == [
        *head,
        "Das betrifft Sie",
        "• A2 Druckerei fragen (Wer: BG RCI)",
        *rest,
    ]
    assert said[f"person:{user('jan')}"].text.splitlines() == [
        *head,
        "Das betrifft Sie",
        "• A1 Einseiter entwerfen (Wer: itb)",
        "itb war nicht dabei. Bitte sehen Sie den Entwurf durch.",
        *rest,
    ]
    _, noted = running.reply(said[f"person:{user('jan')}"], "Einspruch 1: Das macht die Geschäftsstelle", "jan", "dm")
    assert noted.text.splitlines()[1] == (
        "Einspruch 1 (offen) zu „Aufgabe: Einseiter entwerfen (Wer: itb)“: Das macht die Geschäftsstelle"
    )


def test_nobody_is_told_in_person_of_a_draft_that_is_final_or_taken_up_again(running: TestBot, draft: Said) -> None:
    say(running, "!protokoll start")
    assert running.pass_time(datetime(2026, 12, 3, 20, 0, tzinfo=BERLIN)) == []
    say(running, "!protokoll ende")
    say(running, "!protokoll freigeben", "kai")
    assert running.pass_time(datetime(2026, 12, 4, 12, 0, tzinfo=BERLIN)) == []


# --- final ------------------------------------------------------------------------------------------------------


def test_the_clock_makes_the_minutes_final_behind_the_last_day(running: TestBot, draft: Said) -> None:
    assert minutes(running).review_until == datetime(2026, 12, 17, tzinfo=BERLIN).date()
    said = running.pass_time(datetime(2026, 12, 18, 8, 59, tzinfo=BERLIN))
    assert minutes(running).status == "review"
    said = running.pass_time(datetime(2026, 12, 18, 9, 1, tzinfo=BERLIN))
    card, *files = [one for one in said if one.to == "group:sk"]
    assert first_line(card) == "Ergebnisprotokoll 2026-01 ist endgültig – T1: 1. Sitzung des Strategiekreises"
    assert len(files) == 2
    assert minutes(running).status == "final"


def test_the_checksum_is_that_of_the_text_anybody_can_ask_for(running: TestBot, draft: Said) -> None:
    card, *_ = say(running, "!protokoll freigeben", as_="kai")
    (_, file) = say(running, "!protokoll md", as_="jan")
    written = render("minutes", "md", file.row.content["document"]["data"])
    assert minutes(running).checksum == hashlib.sha256(written).hexdigest()
    assert f"Prüfsumme (SHA-256 der Textfassung): {minutes(running).checksum}" in card.text.splitlines()


def test_members_do_not_release(running: TestBot, draft: Said) -> None:
    (said,) = say(running, "!protokoll freigeben", as_="eva")
    assert said.text.startswith("Das darf nur die Leitung dieser Gruppe oder die Koordination.")
    assert minutes(running).status == "review"


def test_running_minutes_are_not_released(running: TestBot) -> None:
    (said,) = say(running, "!protokoll freigeben", as_="kai")
    assert said.text.startswith("Zu T1 gibt es noch keinen Entwurf, die Mitschrift läuft noch.")


@pytest.mark.parametrize(
    "command",
    [
        "!protokoll start",
        "!protokoll T1 Info: noch etwas",
        "!protokoll zeile 1 anders",
        "!protokoll freigeben",
        "!protokoll einspruch 1 annehmen",
    ],
)
def test_final_minutes_are_locked(running: TestBot, draft: Said, command: str) -> None:
    say(running, "!protokoll freigeben", as_="kai")
    before = lines(running)
    (said,) = say(running, command, as_="kai")
    assert said.text == (
        "Das Protokoll zu T1 ist endgültig. Ergänzen lässt es sich nur noch mit „!protokoll T1 nachtrag <Text>“."
    )
    assert lines(running) == before


def test_neither_edit_nor_undo_reach_final_minutes(running: TestBot) -> None:
    say(running, "Info: eins")
    event = running.last_event
    say(running, "!protokoll ende", as_="kai")
    say(running, "!protokoll freigeben", as_="kai")
    (edited,) = running.edit(event, "Info: zwei", room="sk")
    (undone,) = say(running, "!zurück")
    assert {edited.text, undone.text} == {
        "Das Protokoll zu T1 ist endgültig. Ergänzen lässt es sich nur noch mit „!protokoll T1 nachtrag <Text>“."
    }
    assert lines(running) == [("Info", "eins")]


def test_an_addendum_leaves_the_minutes_as_they_are(running: TestBot, draft: Said) -> None:
    (early,) = say(running, "!protokoll nachtrag zu früh", as_="kai")
    assert early.text.startswith("Das Protokoll zu T1 ist noch nicht endgültig.")
    say(running, "!protokoll freigeben", as_="kai")
    before = document(running)
    card, *files = say(running, "!protokoll nachtrag Anlage 2 wurde nachgereicht", as_="kai")
    assert first_line(card) == "Nachtrag 1 zum Ergebnisprotokoll 2026-01 (T1)"
    assert len(files) == 2
    after = document(running)
    assert [entry["text"] for entry in after.pop("addenda")] == ["Anlage 2 wurde nachgereicht"]
    assert before.pop("addenda") == []
    assert after == before


def test_final_minutes_do_not_follow_later_changes(running: TestBot, draft: Said) -> None:
    say(running, "!protokoll freigeben", as_="kai")
    before = document(running)
    with running.store.unit() as unit:
        meeting = unit.get(Meeting, 1)
        assert meeting is not None
        meeting.title = "Anders"
    assert document(running) == before


# --- attachments, participants, export --------------------------------------------------------------------------


def attach(bot: TestBot, title: str, file: dict[str, Any] | None = FILE) -> list[Said]:
    replied = {"event_id": "$file", "sender": user("jan"), "body": "Vortrag.pdf", "file": file}
    return say(bot, f"!anlage {title}", reply_to="$file", replied=replied)


def test_attachments_are_numbered_from_two(running: TestBot) -> None:
    (said,) = attach(running, "Präsentation")
    assert first_line(said) == "Anlage 2 zum Protokoll von T1: Präsentation"
    attach(running, "Noch eine")
    assert export(running)[0]["attachments"] == [
        {"number": 1, "title": "Teilnehmerliste"},
        {"number": 2, "title": "Präsentation"},
        {"number": 3, "title": "Noch eine"},
    ]
    say(running, "!zurück")
    assert [row.number for row in running.table(MinutesAttachment)] == [2]


def test_an_attachment_needs_a_file(running: TestBot) -> None:
    for said in (attach(running, "Ohne", file=None), say(running, "!anlage Ohne Antwort")):
        assert said[0].text.startswith("Es fehlt die Datei.")
    assert running.table(MinutesAttachment) == []


def test_participants_appear_by_institution_and_function(running: TestBot) -> None:
    say(running, "!absage T1 Urlaub", as_="jan")
    say(running, "!anwesend T1 @eva, BMAS")
    assert document(running)["participants"] == [
        {"institution": "BG RCI", "person": "Referentin", "state": "anwesend", "deputy": None},
        {"institution": "BMAS", "person": None, "state": "anwesend", "deputy": None},
        {"institution": "itb", "person": None, "state": "entschuldigt", "deputy": None},
    ]
    assert document(running)["scribes"] == ["BG RCI"]


def test_what_was_open_before_the_session_names_institutions(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan", as_="kai", room="sk")
    bot.send("!sitzung 03.12.2026 11–16 Uhr Ort Berlin", as_="kai", room="sk")
    bot.now = START
    say(bot, "!protokoll start")
    (points,) = (item["points"] for item in document(bot)["items"] if item["points"])
    assert points == ["A1 Einseiter entwerfen – itb"]


def test_participants_appear_by_name_where_that_is_wanted(running: TestBot) -> None:
    say(running, "!anwesend T1 @eva")
    running.settings = running.settings.model_copy(
        update={"minutes": running.settings.minutes.model_copy(update={"names": True})}
    )
    assert document(running)["participants"] == [
        {"institution": "BG RCI", "person": "Eva Beispiel", "state": "anwesend", "deputy": None}
    ]


def test_the_export_is_that_of_the_contract(running: TestBot) -> None:
    say(running, "Info: eins")
    say(running, "!top 3")
    say(running, "Beschluss: Es gibt eine AG")
    say(running, "!protokoll ende")
    assert export(running) == [
        {
            "meeting": "T1",
            "status": "review",
            "scribes": [user("eva"), user("ida")],
            "lines": [
                {"top": 1, "kind": "Info", "text": "eins"},
                {"top": 3, "kind": "Beschluss", "text": "Es gibt eine AG"},
            ],
            "attachments": [{"number": 1, "title": "Teilnehmerliste"}],
        }
    ]


def test_the_board_is_marked_by_lines(running: TestBot) -> None:
    with running.store.unit() as unit:
        group = unit.get(Group, "sk")
        assert group is not None
        group.board_stale = False
    say(running, "Aufgabe: Plakate drucken")
    assert next(group for group in running.table(Group) if group.key == "sk").board_stale
