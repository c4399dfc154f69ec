"""Minutes written offline: the form, and what becomes of one that was filled in."""

import io
from datetime import datetime
from typing import Any

import docx
import pytest
from testbot import BERLIN, Said, TestBot, user

from ombot.chat.registry import Need
from ombot.documents import form, render
from ombot.features.agenda.tables import AgendaItem
from ombot.features.decisions.tables import Decision
from ombot.features.exporting import EXPORTERS, Frame
from ombot.features.minutes.tables import Minutes, MinutesLine
from ombot.features.tasks.tables import Task
from ombot.store.tables import Inbox

AGENDA = """!tagesordnung einfügen
1. AUFTAKT: Begrüßung (15 Min.)
2. DISKUSSION: Wie arbeiten wir? (60 Min.)"""
FILE = {"name": "Mitschrift.docx", "mimetype": "application/docx", "size": 4, "sha256": "a" * 64}

READ = "!protokoll T1 einlesen"

Rows = dict[int, list[tuple[str, str]]]
"""What is written under which TOP."""


@pytest.fixture
def session(bot: TestBot) -> TestBot:
    """The first session of the board is over; nobody took the minutes in chat."""
    bot.send("!sitzung 03.12.2026 11–16 Uhr Ort Berlin", as_="kai", room="sk")
    for item in bot.table(AgendaItem):
        bot.send(f"!top P{item.number} streichen", as_="kai", room="sk")
    bot.send(AGENDA, as_="kai", room="sk")
    bot.now = datetime(2026, 12, 3, 15, 0, tzinfo=BERLIN)
    return bot


def filled(blank: bytes, rows: Rows) -> bytes:
    """The form as somebody sends it back from Word."""
    document = docx.Document(io.BytesIO(blank))
    (table,) = document.tables
    lines = list(table.rows)
    for top, entries in rows.items():
        start = next(number for number, row in enumerate(lines) if row.cells[0].text.startswith(f"TOP {top}:"))
        for row, (kind, text) in zip(lines[start + 1 :], entries, strict=False):
            row.cells[0].text, row.cells[1].text = kind, text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def send(
    bot: TestBot, data: bytes, as_: str = "kai", room: str = "office", text: str = "!protokoll T1 einlesen"
) -> Any:
    """The command as a reply to the file, with what the program reads from it beforehand."""
    replied = {"event_id": "$file", "sender": user(as_), "body": "", "file": FILE, "form": form.as_data(data)}
    return bot.send(text, as_, room, reply_to="$file", replied=replied)


def blank(bot: TestBot) -> bytes:
    card, file = bot.send("!protokoll T1 vorlage", "kai", "office")
    assert card.text.splitlines()[0] == "Vorlage zum Mitschreiben – T1: 1. Sitzung des Strategiekreises"
    assert file.row.content["name"] == "Mitschrift-T1.docx"
    document = file.row.content["document"]
    return render(document["kind"], document["format"], document["data"])


def lines(bot: TestBot) -> list[dict[str, Any]]:
    with bot.store.reading() as session:
        (entry,) = EXPORTERS["minutes"](session, Frame(bot.settings))
    return list(entry["lines"])


def test_a_filled_form_is_previewed_and_then_taken_over(session: TestBot) -> None:
    empty = blank(session)
    rows = {
        1: [("Info", "Die Moderation begrüßt.\n\nAlle sind da."), ("intern", ""), ("Info", "[intern] nicht dabei")],
        2: [
            ("frage:", "Wer lädt ein?\nAntwort: Die Geschäftsstelle"),
            ("Aufgabe", "Einseiter entwerfen @jan bis 15.01.2027"),
            ("Beschluss", "Der Kreis tagt zweimal im Jahr an Leitungskreis"),
            ("Zusammenfassung", "- Erstens\nZweitens"),
            ("Zustimmung", ""),
        ],
    }
    (asked,) = send(session, filled(empty, rows))
    assert asked.text.splitlines()[0] == (
        "Zeilen für das Protokoll von T1 (1. Sitzung des Strategiekreises): 8. Zu Aufgaben und gefassten Beschlüssen "
        "werden davon 2: „Aufgabe: Einseiter entwerfen @jan bis 15.01.2027“ · "
        "„Beschluss: Der Kreis tagt zweimal im Jahr an Leitungskreis“. Soll ich alles übernehmen?"
    )
    assert (session.table(MinutesLine), session.table(Task), session.table(Decision)) == ([], [], [])
    session.reply(asked, "nein", "kai", "office")
    assert session.table(MinutesLine) == []

    (asked,) = send(session, filled(empty, rows))
    in_room, said = session.reply(asked, "ja", "kai", "office")
    assert (in_room.to, said.row.room_id) == ("group:sk", "!office")
    assert said.text == in_room.text
    assert said.text.splitlines() == [
        "Mitschrift übernommen – T1: 1. Sitzung des Strategiekreises",
        "Do., 03.12.2026, 11:00–16:00 Uhr",
        "Das betrifft Sie",
        "• Jan Muster: A1 Einseiter entwerfen (Wer: itb; bis Fr., 15.01.2027)",
        "8 Zeilen neu im Protokoll.",
        "• Aufgabe A1: Einseiter entwerfen (Wer: itb; bis Fr., 15.01.2027)",
        "• Beschluss B1: Der Kreis tagt zweimal im Jahr (Auftrag an: Leitungskreis)",
        "Ansehen: !protokoll T1 · Ändern: !protokoll T1 zeile 12 <Text>",
    ]
    assert in_room.mentions == [user("jan")]
    assert lines(session) == [
        {"top": 1, "kind": "Info", "text": "Die Moderation begrüßt.\nAlle sind da."},
        {"top": 2, "kind": "Frage", "text": "Wer lädt ein?"},
        {"top": 2, "kind": "Antwort", "text": "Die Geschäftsstelle"},
        {"top": 2, "kind": "Aufgabe", "text": "Einseiter entwerfen (Wer: itb; bis Fr., 15.01.2027)"},
        {"top": 2, "kind": "Beschluss", "text": "Der Kreis tagt zweimal im Jahr (Auftrag an: Leitungskreis)"},
        {"top": 2, "kind": "Zusammenfassung", "text": "Erstens"},
        {"top": 2, "kind": "Zusammenfassung", "text": "Zweitens"},
        {"top": 2, "kind": "Zustimmung", "text": "Der Zusammenfassung wurde zugestimmt"},
    ]
    (minutes,) = session.table(Minutes)
    assert minutes.scribes == [user("kai")]

    # The same form again: nothing twice. With one row more: that one.
    (known,) = send(session, filled(empty, rows))
    assert known.text.startswith("Diese Zeilen stehen alle schon im Protokoll von T1.")
    (asked,) = send(session, filled(empty, {**rows, 1: [*rows[1], ("Info", "Nachgetragen")]}))
    assert asked.text.startswith(
        "Zeilen für das Protokoll von T1 (1. Sitzung des Strategiekreises): 1. Aufgaben und Beschlüsse sind nicht"
    )
    said = session.reply(asked, "ja", "kai", "office")[-1]
    assert "1 Zeile neu im Protokoll; 8 Zeilen standen schon da." in said.text.splitlines()
    assert (len(session.table(Task)), len(session.table(Decision))) == (1, 1)
    drafted = session.pass_time(datetime(2026, 12, 4, 10, 0, tzinfo=BERLIN))
    assert "Es hat niemand mitgeschrieben" not in "".join(said.text for said in drafted)
    assert any(said.text.startswith("Entwurf des Ergebnisprotokolls – T1") for said in drafted)


def test_the_filled_form_is_read_when_it_comes_as_a_reply_to_the_blank_one(session: TestBot) -> None:
    card, file = session.send("!protokoll T1 vorlage", "kai", "office")
    document = file.row.content["document"]
    good = filled(render(document["kind"], document["format"], document["data"]), {1: [("Info", "gut")]})
    sent = {"msgtype": "m.file", "file": {"url": "mxc://x/y", "name": "Mitschrift.docx", "size": 4}}
    fetched = {"event_id": "", "sender": "", "body": "", "file": FILE, "form": form.as_data(good)}
    for said in (card, file):
        (asked,) = session.reply(said, "Mitschrift.docx", "kai", "office", **sent, replied=fetched)
        assert asked.text.startswith("Zeilen für das Protokoll von T1 (1. Sitzung des Strategiekreises): 1.")
    # Before it is fetched, it is known what of it is needed; a file to another card, or a picture, is talk.
    (row,) = (one for one in session.table(Inbox) if one.event_id == session.last_event)
    row.content = {key: value for key, value in row.content.items() if key != "replied"}
    assert session.bus.needs(row) == {Need.RETURNED}
    assert session.reply(card, "Tafelbild.png", "kai", "office", **{**sent, "msgtype": "m.image"}) == []
    (other,) = session.send("!protokoll start", "kai", "sk")
    assert session.reply(other, "Vortrag.docx", "kai", "sk", **sent) == []
    (said,) = session.reply(asked, "ja", "kai", "office")[-1:]
    assert said.text.splitlines()[2] == "1 Zeile neu im Protokoll."
    broken = {**fetched, "form": form.as_data(b"no zip")}
    (refusal,) = session.reply(card, "x.docx", "kai", "office", **sent, replied=broken)
    assert refusal.text.startswith("Mitschrift.docx ist kein lesbares Word-Dokument.")


def refused(said: list[Said]) -> str:
    (one,) = said
    return one.text


def test_what_cannot_be_understood_is_named_and_nothing_stored(session: TestBot) -> None:
    empty = blank(session)
    for rows, sentence in (
        (
            {1: [("Infos", "Zwei Treffen")]},
            "Ich habe nichts übernommen, denn bei „Zwei Treffen“ stimmt etwas nicht: „Infos“ ist keine Art.",
        ),
        (
            {1: [("", "Ohne Art")]},
            "Ich habe nichts übernommen, denn bei „Ohne Art“ stimmt etwas nicht: „“ ist keine Art.",
        ),
        (
            {1: [("Info", "gut"), ("Aufgabe", "Plakate drucken @niemand")]},
            "Ich habe nichts übernommen, denn bei „Plakate drucken @niemand“ stimmt etwas nicht: "
            "„@niemand“ passt zu niemandem hier.",
        ),
        ({}, "In Mitschrift.docx steht noch keine Zeile. Bitte füllen Sie die Spalten „Art“ und „Text“ aus."),
    ):
        assert refused(send(session, filled(empty, rows))).startswith(sentence)
    session.send("!top 2 streichen", "kai", "sk")
    assert refused(send(session, filled(empty, {2: [("Info", "wohin?")]}))).startswith(
        "Ich habe nichts übernommen, denn bei „wohin?“ stimmt etwas nicht: "
    )
    other = io.BytesIO()
    docx.Document().save(other)
    assert refused(send(session, other.getvalue())).startswith("In Mitschrift.docx finde ich keine Tabelle")
    assert refused(send(session, b"no zip")).startswith("Mitschrift.docx ist kein lesbares Word-Dokument.")
    assert refused(send(session, bytes(10_000_001))).startswith("Mitschrift.docx ist größer als 10 MB.")
    assert refused(session.send("!protokoll T1 einlesen", "kai", "office")).startswith(
        "Es fehlt die ausgefüllte Vorlage."
    )
    good = filled(empty, {1: [("Info", "gut")]})
    assert refused(send(session, good, "jan", "sk", "!protokoll einlesen")).startswith(
        "Am Protokoll zu T1 schreiben nur die Mitschreibenden und die Leitung."
    )
    assert session.table(MinutesLine) == []


def test_final_and_cancelled_meetings_take_no_form(session: TestBot) -> None:
    good = filled(blank(session), {1: [("Info", "gut")]})
    session.send("!protokoll start", "kai", "sk")
    session.send("!protokoll ende", "kai", "sk")
    session.send("!protokoll freigeben", "kai", "sk")
    assert refused(send(session, good)).startswith("Das Protokoll zu T1 ist endgültig.")
    session.send("!sitzung 20.05.2027 11–16 Uhr Ort Berlin", "kai", "sk")
    session.send("!termin T2 absagen", "kai", "sk")
    assert refused(session.send("!protokoll T2 vorlage", "kai", "office")).startswith("T2 (2. Sitzung")
