"""Decisions: open votes, secret ballots, deadlines, the register, the result sheet."""

import asyncio
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import event, text
from sqlmodel import Session, SQLModel, select
from testbot import BERLIN, NOW, OWN, SETTINGS, Said, TestBot, user

from ombot import documents
from ombot.chat.tables import Question
from ombot.clock.tables import Reminder
from ombot.features.decisions import queries
from ombot.features.decisions.export import export
from ombot.features.decisions.register import record_accepted
from ombot.features.decisions.rules import Tally, effective, matches, next_year_number, outcome
from ombot.features.decisions.tables import Ballot, Decision, Participation, Transfer, Vote
from ombot.features.exporting import Frame
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution, Profile
from ombot.store import inbox, rooms
from ombot.store.tables import History, Inbox, Outbox

Make = Callable[..., TestBot]
KAI_TOO = [*SETTINGS["people"], {"id": "@kai:example.org", "institution": "BG RCI"}]


@pytest.fixture
def make(tmp_path: Path, database: str) -> Any:
    """Bots with other settings."""
    made: list[TestBot] = []

    def create(**changes: Any) -> TestBot:
        made.append(TestBot.create(tmp_path, database, **changes))
        return made[-1]

    yield create
    for bot in made:
        bot.store.close()


def texts(said: list[Said]) -> list[str]:
    return [one.text for one in said]


def opened(bot: TestBot, words: str = "Der Einseiter wird veröffentlicht", **where: str) -> Said:
    (card,) = bot.send(f"!beschluss {words}", **where)
    return card


def votes(bot: TestBot) -> dict[str, tuple[str, str]]:
    """Institution → choice and words."""
    with bot.store.reading() as session:
        names = {one.id: one.name for one in session.exec(select(Institution))}
        return {names[vote.institution_id]: (vote.choice, vote.text) for vote in session.exec(select(Vote))}


def decisions(bot: TestBot) -> list[Decision]:
    return sorted(bot.table(Decision), key=lambda one: one.number)


def decision(bot: TestBot, number: int = 1) -> Decision:
    return decisions(bot)[number - 1]


def at(day: int, hour: int = 10, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


# --- opening ----------------------------------------------------------------------------------------------------


def test_a_vote_is_echoed_in_full(bot: TestBot) -> None:
    card = opened(bot, "Der Einseiter wird veröffentlicht an den Leitungskreis bis 30.11.\nEr ersetzt den alten.")
    assert card.text.split("\n") == [
        "Abstimmung B1",
        "Der Einseiter wird veröffentlicht",
        "Er ersetzt den alten.",
        "Verfahren: Konsent – ein Einwand verhindert den Beschluss · Frist: bis einschließlich Mo., 30.11.2026 · "
        "Auftrag an: Leitungskreis",
        "Abgestimmt: 0 von 3 Einrichtungen – Zustimmung: 0, Enthaltung: 0, Bedenken: 0, Einwand: 0.",
        "Eine Stimme je Einrichtung, die letzte gilt. Antworten Sie auf diese Nachricht mit 👍 Zustimmung oder "
        "🤷 Enthaltung, mit „Bedenken: …“ oder mit „Einwand: …“.",
        "👍 Zustimmung · 🤷 Enthaltung",
    ]
    assert card.row.about == "B1"
    row = decision(bot)
    assert (row.text, row.mandate, str(row.closes_on)) == (
        "Der Einseiter wird veröffentlicht\nEr ersetzt den alten.",
        {"body": "Leitungskreis"},
        "2026-11-30",
    )


@pytest.mark.parametrize(
    "words",
    [
        "Alles neu geheim bis 30.11. an Leitungskreis",
        "Alles neu an Leitungskreis bis 30.11. geheim",
        "Alles neu bis 30.11. an Leitungskreis geheim",
    ],
)
def test_the_endings_stand_in_any_order(bot: TestBot, words: str) -> None:
    opened(bot, words)
    row = decision(bot)
    assert (row.text, row.mandate, row.secret) == ("Alles neu", {"body": "Leitungskreis"}, True)
    assert str(row.closes_on) == "2026-11-30"


def test_a_long_text_on_one_line_is_no_title(bot: TestBot) -> None:
    long = "Der Strategiekreis entscheidet über alle Fragen. " * 20
    opened(bot, long)
    assert decision(bot).text == long.strip()


def test_a_number_in_front_is_text_and_a_reference_is_asked_about(bot: TestBot) -> None:
    opened(bot, "2 Treffen im Jahr sind genug")
    (asked,) = bot.send("!beschluss B1 gilt nicht mehr")
    assert asked.text.startswith("„B1“ sieht aus wie ein Verweis auf etwas Vorhandenes.")
    bot.reply(asked, "ja")
    assert [one.text for one in decisions(bot)] == ["2 Treffen im Jahr sind genug", "B1 gilt nicht mehr"]
    assert texts(bot.send("!beschluss 9 schließen"))[0].startswith("B9 gibt es hier nicht.")
    assert texts(bot.send("!beschluss B9 übertragen an Niemandsland"))[0].startswith("B9 gibt es hier nicht.")


def test_what_cannot_be_opened(bot: TestBot) -> None:
    assert texts(bot.send("!beschluss Alles neu bis 01.11.2026")) == [
        "Der Zeitpunkt ist schon vorbei: So., 01.11.2026. "
        "Bitte geben Sie einen späteren an, zum Beispiel mit Jahreszahl."
    ]
    (asked,) = bot.send("!beschluss")
    assert asked.text.startswith("Es fehlt der Text.")
    bot.reply(asked, "Der Einseiter wird veröffentlicht")
    assert [one.text for one in bot.table(Decision)] == ["Der Einseiter wird veröffentlicht"]


def test_nobody_entitled(bot: TestBot) -> None:
    assert texts(bot.send("!beschluss Alles neu", as_="kai", room="office")) == [
        "In „Koordination“ ist noch niemand stimmberechtigt. Bitte tragen Sie Einrichtungen in die Liste der Gruppe "
        "ein oder legen Sie mit „!steckbrief“ fest, für welche Einrichtung Sie sprechen."
    ]
    assert bot.table(Decision) == []


def test_entitled_are_roster_and_joined_members_of_that_moment(bot: TestBot) -> None:
    opened(bot, room="sk")  # no roster: the institutions of Eva and Jan
    opened(bot)
    with bot.store.unit() as session:
        people.ensure_institution(session, "IfM Bonn")
        session.add(Profile(user_id=user("kai"), institution_id=people.ensure_institution(session, "IfM Bonn").id))
    with bot.store.reading() as session:
        names = [[one.name for one in queries.entitled(session, number)] for number in (1, 2)]
    assert names == [["BG RCI", "itb"], ["BG RCI", "Bundessteuerberaterkammer", "itb"]]
    assert texts(bot.send("!zustimmung B2", as_="kai")) == [
        "IfM Bonn ist bei B2 nicht stimmberechtigt. Wer abstimmen darf, stand mit dem Beginn der Abstimmung fest. "
        "Bitte wenden Sie sich an die Leitung der Gruppe."
    ]
    assert votes(bot) == {}


def test_from_the_direct_chat_the_card_goes_to_the_groups_room(bot: TestBot) -> None:
    card, answer = bot.send("beschluss Alles neu in Transfer", as_="jan", room="dm")
    assert (card.to, card.text.split("\n")[0]) == ("group:transfer", "Abstimmung B1")
    assert answer.text.startswith("B1 – Abstimmung läuft. Die Karte steht im Raum „AG Transfer“.")


def test_a_file_is_voted_on(bot: TestBot) -> None:
    file = {"name": "Konzept.pdf", "mimetype": "application/pdf", "size": 10, "sha256": "a" * 64}
    replied = {"event_id": "$file", "sender": user("jan"), "body": "Konzept.pdf", "file": file, "problem": None}
    (card,) = bot.send("!beschluss Das Konzept gilt bis 30.11.", reply_to="$file", replied=replied)
    assert "Vorlage: Konzept.pdf" in card.text
    assert f"SHA-256 der Vorlage: {'a' * 64}" in card.text
    assert (decision(bot).file_name, decision(bot).file_sha256) == ("Konzept.pdf", "a" * 64)
    said, handed = bot.reply(card, "vorlage", as_="jan")
    assert said.text.splitlines()[0] == "Vorlage zu B1: Konzept.pdf"
    assert (handed.row.kind, handed.row.content["name"], handed.row.content["sha256"]) == (
        "file",
        "Konzept.pdf",
        "a" * 64,
    )
    bot.send("!bedenken Die Finanzierung ist offen B1")
    bot.pass_time(at(1, 9))
    assert decision(bot).status == "accepted"
    (_, sheet) = bot.send("!beschluss B1 docx")
    data = sheet.row.content["document"]["data"]
    assert data["missing"] == ["Bundessteuerberaterkammer", "itb"]
    document = Document(io.BytesIO(documents.render("decision", "docx", data)))
    facts = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert facts["Vorlage"] == f"Konzept.pdf\nSHA-256: {'a' * 64}"
    assert facts["Ohne Stimme"] == "Bundessteuerberaterkammer, itb"
    bot.send("!beschluss Ohne Datei")
    (none,) = bot.send("!beschluss B2 vorlage")
    assert none.text == "B2 hat keine Vorlage als Datei. Mit „!beschluss B2“ sehen Sie den Wortlaut."
    too_large = {**replied, "file": None, "problem": "file_too_large"}
    (refused,) = bot.send("!beschluss Das Konzept gilt", reply_to="$file", replied=too_large)
    assert refused.text == "Die Datei ist größer als 50 MB. Bitte senden Sie eine kleinere Fassung."


# --- open votes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "choice", "words"),
    [
        ("!zustimmung B1", "yes", ""),
        ("!zustimmung 1", "yes", ""),
        ("!ENTHALTUNG b1", "abstain", ""),
        ("!bedenken Die Finanzierung ist offen B1", "concern", "Die Finanzierung ist offen"),
        ("!bedenken B1 Wir brauchen 7", "concern", "Wir brauchen 7"),
        ("!einwand 7 Tage sind zu kurz B1", "objection", "7 Tage sind zu kurz"),
        ("!einwand: Zu früh B1\nund zu teuer", "objection", "Zu früh\nund zu teuer"),
        ("!einwand Zu früh\nund zu teuer B1", "objection", "Zu früh\nund zu teuer"),
    ],
)
def test_voting_by_command(bot: TestBot, message: str, choice: str, words: str) -> None:
    opened(bot)
    bot.send(message)
    assert votes(bot) == {"BG RCI": (choice, words)}


@pytest.mark.parametrize(
    ("reply", "vote"),
    [
        ("Zustimmung", ("yes", "")),
        ("enthaltung", ("abstain", "")),
        ("Bedenken: Die Finanzierung ist offen", ("concern", "Die Finanzierung ist offen")),
        ("Einwand: Zu früh", ("objection", "Zu früh")),
        ("!einwand Zu früh", ("objection", "Zu früh")),
    ],
)
def test_voting_by_reply(bot: TestBot, reply: str, vote: tuple[str, str]) -> None:
    card = opened(bot)
    bot.reply(card, reply)
    assert votes(bot) == {"BG RCI": vote}


@pytest.mark.parametrize("reply", ["Bedenken habe ich keine", "Zustimmung, aber später", "Einwände sammeln wir noch"])
def test_a_reply_that_is_talk_gets_no_answer(bot: TestBot, reply: str) -> None:
    card = opened(bot)
    assert (texts(bot.reply(card, reply)), votes(bot)) == ([], {})


def test_an_objection_needs_its_reason(bot: TestBot) -> None:
    card = opened(bot)
    (asked,) = bot.reply(card, "Einwand")
    assert asked.text.startswith("Bitte antworten Sie mit dem Grund, er wird zu B1 festgehalten.")
    assert votes(bot) == {}
    bot.reply(asked, "Die Zuständigkeit fehlt")
    assert votes(bot) == {"BG RCI": ("objection", "Die Zuständigkeit fehlt")}


def test_two_numbers_are_refused(bot: TestBot) -> None:
    card = opened(bot)
    opened(bot)
    refusal = (
        "Hier stehen mehrere Nummern: „B1“ · „B2“. Bitte stimmen Sie noch einmal ab und nennen Sie nur eine davon."
    )
    assert texts(bot.send("!einwand B1 Das widerspricht B2")) == [refusal]
    assert texts(bot.reply(card, "Einwand: Das widerspricht B2")) == [refusal]
    assert votes(bot) == {}


def test_two_members_of_one_institution_share_their_vote(make: Make) -> None:
    bot = make(people=KAI_TOO)
    opened(bot)
    bot.send("!zustimmung B1")
    (answer,) = bot.send("!einwand Zu früh B1", as_="kai")
    assert answer.text.split("\n")[:2] == [
        "B1 – BG RCI: Einwand – Zu früh (Kai Büro). Vorher: Zustimmung (Eva Beispiel).",
        "Abgestimmt: 1 von 3 Einrichtungen – Zustimmung: 0, Enthaltung: 0, Bedenken: 0, Einwand: 1.",
    ]
    assert votes(bot) == {"BG RCI": ("objection", "Zu früh")}
    (shown,) = bot.send("!beschluss B1", as_="jan")
    assert "• BG RCI: Einwand – Zu früh (Kai Büro)" in shown.text


def test_a_button_votes_and_its_removal_takes_the_vote_back(bot: TestBot) -> None:
    card = opened(bot)
    assert bot.react(card, "👍") == []  # the edited card is the answer
    reaction = bot.last_event
    edits = [row for row in bot.table(Outbox) if row.kind == "edit"]
    assert [row.target for row in edits] == [card.row.id]
    assert "• BG RCI: Zustimmung (Eva Beispiel)" in edits[0].content["body"]
    assert votes(bot) == {"BG RCI": ("yes", "")}
    assert bot.redact(reaction, as_="jan") == []
    assert votes(bot) == {"BG RCI": ("yes", "")}
    assert bot.redact(reaction) == []
    assert votes(bot) == {}


def test_a_removed_reaction_leaves_another_vote_alone(make: Make) -> None:
    bot = make(people=KAI_TOO)
    card = opened(bot)
    bot.react(card, "👍")
    reaction = bot.last_event
    bot.send("!einwand Zu früh B1")
    bot.redact(reaction)
    assert votes(bot) == {"BG RCI": ("objection", "Zu früh")}
    (told,) = bot.react(card, "👍", as_="kai")  # somebody else's vote was changed
    assert "Vorher: Einwand (Eva Beispiel)" in told.text
    bot.redact(reaction)
    assert votes(bot) == {"BG RCI": ("yes", "")}


def test_a_lead_writes_down_the_vote_of_an_institution_without_chat(bot: TestBot) -> None:
    card = opened(bot)
    chamber = "Bundessteuerberaterkammer"
    (said,) = bot.send(f"!zustimmung B1 für {chamber}", as_="jan")
    assert said.text.startswith("Das darf nur die Leitung dieser Gruppe oder die Koordination.")
    (said,) = bot.send(f"!einwand für {chamber}: Die Frist ist zu kurz B1", as_="kai")
    assert said.text.startswith(f"B1 – {chamber}: Einwand – Die Frist ist zu kurz (eingetragen von Kai Büro).")
    (told, _) = sorted(bot.send("!enthaltung B1 für itb"), key=lambda one: one.to)
    assert (told.to, told.text.splitlines()[:3]) == (
        "person:@jan:example.org",
        ["Für itb eingetragen: Enthaltung zu B1", "Der Einseiter wird veröffentlicht",
         "itb: Enthaltung (eingetragen von Eva Beispiel)"],
    )  # fmt: skip
    bot.reply(told, "zustimmung", as_="jan", room="dm")
    assert votes(bot) == {chamber: ("objection", "Die Frist ist zu kurz"), "itb": ("yes", "")}
    bot.send("!bedenken B1 Das ist schlecht für itb")  # words of one's own
    assert votes(bot)["BG RCI"] == ("concern", "Das ist schlecht für itb")
    for words, refused in (
        ("!einwand B1 für BMSA: Nein", "Die Einrichtung „BMSA“ kenne ich nicht."),
        ("!einwand B1 für BMAS: Nein", "BMAS ist bei B1 nicht stimmberechtigt."),
    ):
        (said,) = bot.send(words)
        assert said.text.startswith(refused)
    bot.reply(card, f"Einwand für {chamber} zurücknehmen", as_="kai")
    assert sorted(votes(bot)) == ["BG RCI", "itb"]
    bot.send("!beschluss Alles neu geheim")
    (said,) = bot.send(f"zustimmung B2 für {chamber}", room="dm")
    assert said.text.startswith(f"Über B2 wird geheim abgestimmt; eine Stimme für {chamber} lässt sich dabei nicht")
    assert bot.table(Participation) == []


def test_a_vote_is_taken_back_by_words(bot: TestBot) -> None:
    card = opened(bot)
    assert texts(bot.send("!einwand B1 zurücknehmen")) == [
        "BG RCI hat bei B1 nicht abgestimmt.\nAbstimmen: !zustimmung B1"
    ]
    bot.send("!einwand Zu früh B1")
    assert texts(bot.send("!zustimmung B1 zurücknehmen")) == [
        "Bei B1 gilt weiter: BG RCI: Einwand – Zu früh (Eva Beispiel).\nStand: !beschluss B1"
    ]
    (answer,) = bot.reply(card, "Einwand zurücknehmen")
    assert answer.text.startswith(
        "B1: Die Stimme von BG RCI ist zurückgenommen. Vorher: Einwand (Eva Beispiel).\nAbgestimmt: 0 von 3"
    )
    assert votes(bot) == {}


def test_an_unknown_institution_is_asked_for_once(bot: TestBot) -> None:
    opened(bot)
    (asked,) = bot.send("!zustimmung B1", as_="kai")
    assert asked.text.split("\n") == [
        "Für welche Einrichtung stimmen Sie bei B1 ab? Ich merke es mir für das nächste Mal.",
        "1. BG RCI",
        "2. Bundessteuerberaterkammer",
        "3. itb",
        "Antworten Sie auf diese Nachricht mit der Nummer (eine Stunde lang).",
    ]
    assert (votes(bot), user("kai") in {one.user_id for one in bot.table(Profile)}) == ({}, False)
    bot.reply(asked, "2", as_="kai")
    assert votes(bot) == {"Bundessteuerberaterkammer": ("yes", "")}
    bot.send("!enthaltung B1", as_="kai")
    assert votes(bot) == {"Bundessteuerberaterkammer": ("abstain", "")}


def test_a_roster_entry_that_names_the_person(make: Make) -> None:
    groups = [dict(group) for group in SETTINGS["groups"]]
    groups[3]["roster"] = ["BG RCI", "Bundessteuerberaterkammer (Person B oder Kai Büro)"]
    bot = make(groups=groups)
    opened(bot)
    bot.send("!zustimmung B1", as_="kai")
    assert votes(bot) == {"Bundessteuerberaterkammer": ("yes", "")}


def test_what_one_may_not_see_is_answered_like_what_does_not_exist(bot: TestBot) -> None:
    opened(bot, room="transfer", as_="ida")
    commands = [
        "!zustimmung {}",
        "!enthaltung {}",
        "!bedenken Text {}",
        "!einwand Text {}",
        "!beschluss {}",
        "!beschluss {} schließen",
        "!beschluss {} zurückziehen",
        "!beschluss {} ersetzt durch {}",
        "!beschluss {} übertragen an itb",
        "!beschluss {} aufgabe Titel",
        "!beschluss {} pdf",
    ]
    for words in commands:
        for room in ("beratung", "dm"):
            foreign = texts(bot.send(words.replace("{}", "B1"), room=room))
            unknown = texts(bot.send(words.replace("{}", "B9"), room=room))
            assert foreign == [one.replace("B9", "B1") for one in unknown], words
            assert foreign[0].startswith("B1 gibt es hier nicht."), words
    assert (votes(bot), decision(bot).status) == ({}, "open")


# --- transfer ---------------------------------------------------------------------------------------------------


def test_a_right_is_transferred_for_one_vote(bot: TestBot) -> None:
    card = opened(bot)
    assert texts(bot.reply(card, "Stimme übertragen an ITB")) == [
        "BG RCI überträgt das Stimmrecht für B1 an itb. Das gilt nur hier.\n"
        "Zurücknehmen: !beschluss B1 übertragen an niemanden"
    ]
    assert texts(bot.send("!zustimmung B1")) == [
        "BG RCI hat das Stimmrecht für B1 an itb übertragen. Zurücknehmen: „!beschluss B1 übertragen an niemanden“."
    ]
    bot.send("!bedenken Finanzierung B1", as_="jan")
    (shown,) = bot.send("!beschluss B1")
    assert (
        "Abgestimmt: 2 von 3 Einrichtungen (davon 1 vertreten) – "
        "Zustimmung: 0, Enthaltung: 0, Bedenken: 2, Einwand: 0." in shown.text
    )
    assert "• BG RCI: Bedenken (vertreten durch itb)" in shown.text
    bot.reply(shown, "übertragen an niemanden")
    bot.send("!zustimmung B1")
    assert votes(bot) == {"BG RCI": ("yes", ""), "itb": ("concern", "Finanzierung")}


@pytest.mark.parametrize(
    ("before", "to", "answer"),
    [
        ("", "", "Bitte nennen Sie die Einrichtung, zum Beispiel"),
        ("", "BMAS", "An BMAS lässt sich das Stimmrecht für B1 nicht übertragen."),
        ("", "BG RCI", "An BG RCI lässt sich das Stimmrecht für B1 nicht übertragen."),
        ("", "Leitungskreis", "Die Einrichtung „Leitungskreis“ kenne ich nicht."),
        ("!zustimmung B1", "itb", "BG RCI hat bei B1 schon abgestimmt;"),
    ],
)
def test_where_a_right_cannot_go(bot: TestBot, before: str, to: str, answer: str) -> None:
    opened(bot)
    if before:
        bot.send(before)
    assert texts(bot.send(f"!beschluss B1 übertragen an {to}"))[0].startswith(answer)
    assert bot.table(Transfer) == []


def test_a_right_goes_through_one_hand_only(bot: TestBot) -> None:
    opened(bot)
    bot.send("!beschluss B1 übertragen an itb")
    (refused,) = bot.send("!beschluss B1 übertragen an Bundessteuerberaterkammer", as_="jan")
    assert refused.text.startswith("Ein übertragenes Stimmrecht lässt sich nicht weitergeben")
    assert len(bot.table(Transfer)) == 1


# --- closing ----------------------------------------------------------------------------------------------------


def test_an_open_objection_blocks_and_is_named(bot: TestBot) -> None:
    opened(bot)
    bot.send("!zustimmung B1")
    bot.send("!einwand Die Zuständigkeit fehlt B1", as_="jan")
    (result,) = bot.send("!beschluss B1 schließen")
    assert result.text.split("\n") == [
        "❌ Beschluss B1 (Nr. 2026-01): nicht angenommen",
        "Der Einseiter wird veröffentlicht",
        "Abgestimmt: 2 von 3 Einrichtungen – Zustimmung: 1, Enthaltung: 0, Bedenken: 0, Einwand: 1.",
        "Der Beschluss ist durch Einwand verhindert.",
        "• itb: Einwand – Die Zuständigkeit fehlt (Jan Muster)",
        "Ergebnisblatt: !beschluss B1 pdf",
    ]
    assert decision(bot).status == "rejected"


def test_a_closed_vote_stays_as_it_is(bot: TestBot) -> None:
    card = opened(bot, "Alles neu bis 30.11.")
    origin = bot.last_event
    bot.send("!zustimmung B1")
    bot.send("!beschluss B1 schließen")
    closed = "Die Abstimmung über B1 ist beendet und bleibt, wie sie ist. Mit „!beschluss B1“ sehen Sie das Ergebnis."
    for message in (
        "!einwand Zu spät B1",
        "!zustimmung B1 zurücknehmen",
        "!beschluss B1 schließen",
        "!beschluss B1 zurückziehen",
        "!beschluss B1 übertragen an itb",
    ):
        assert texts(bot.send(message)) == [closed], message
    assert texts(bot.react(card, "🤷")) == [closed]
    bot.edit(origin, "!beschluss Alles alt")
    assert (decision(bot).text, decision(bot).status, votes(bot)) == ("Alles neu", "accepted", {"BG RCI": ("yes", "")})
    assert {row.state for row in bot.table(Reminder)} == {"dropped"}


def test_who_may_close(bot: TestBot) -> None:
    opened(bot)
    refusal = "Das darf nur die Leitung dieser Gruppe oder die Koordination. Bitte wenden Sie sich dorthin."
    assert texts(bot.send("!beschluss B1 schließen", as_="jan")) == [refusal]
    assert texts(bot.send("!beschluss B1 zurückziehen", as_="jan")) == [refusal]
    opened(bot, as_="jan")
    bot.send("!beschluss B2 zurückziehen", as_="jan")
    bot.send("!beschluss B1 schließen", as_="kai", room="office")
    assert [one.status for one in decisions(bot)] == ["rejected", "withdrawn"]


def test_closed_elsewhere_is_announced_in_the_room(bot: TestBot) -> None:
    opened(bot)
    bot.send("!zustimmung B1")
    result, answer = bot.send("beschluss B1 schließen", room="dm")
    assert (result.to, result.text.split("\n")[0]) == ("group:beratung", "✅ Beschluss B1 (Nr. 2026-01): angenommen")
    assert answer.text.startswith("B1 (Nr. 2026-01) – angenommen.")


def test_a_withdrawn_vote_has_no_number(bot: TestBot) -> None:
    opened(bot)
    bot.send("!beschluss B1 zurückziehen")
    assert (decision(bot).status, decision(bot).year_number) == ("withdrawn", None)
    assert texts(bot.send("!beschluss B1 pdf"))[0].startswith("Zu B1 gibt es kein Ergebnis.")


def test_numbers_are_counted_by_year_over_all_groups(bot: TestBot) -> None:
    opened(bot)
    opened(bot, room="transfer", as_="ida")
    bot.send("!beschluss B2 schließen", room="transfer", as_="ida")
    bot.send("!beschluss B1 schließen")
    bot.now = datetime(2027, 1, 1, 0, 30, tzinfo=BERLIN)  # still 2026 in UTC
    opened(bot)
    bot.send("!beschluss B3 schließen")
    assert [one.year_number for one in decisions(bot)] == ["2026-02", "2026-01", "2027-01"]
    assert (
        "B3 (Nr. 2027-01) Der Einseiter wird veröffentlicht – nicht angenommen am Fr., 01.01.2027"
        in bot.send("!beschlüsse")[0].text
    )


def test_a_majority_and_a_quorum(make: Make) -> None:
    bot = make(decisions={"rule": "majority", "quorum": "100%"})
    card = opened(bot, "Alles neu bis 30.11.")
    assert "Verfahren: Mehrheit – mehr Zustimmungen (auch mit Bedenken) als Einwände · " in card.text
    assert "mindestens 3 Einrichtungen müssen abstimmen" in card.text
    bot.send("!zustimmung B1")
    bot.send("!einwand Nein B1", as_="jan")
    bot.send("!beschluss B1 schließen")
    assert decision(bot).status == "rejected"


TALLY = Tally(entitled=10, voted=5, represented=1)


@pytest.mark.parametrize(
    ("votes", "rule", "quorum", "result"),
    [
        ({"yes": 6}, "consent", 0, "accepted"),
        ({"yes": 6}, "consent", 6, "accepted"),
        ({"yes": 6}, "consent", 7, "rejected"),
        ({"concern": 6}, "consent", 0, "accepted"),
        ({"yes": 5, "objection": 1}, "consent", 0, "rejected"),
        ({"abstain": 6}, "consent", 0, "rejected"),
        ({"yes": 3, "objection": 3}, "majority", 0, "rejected"),
        ({"yes": 2, "concern": 2, "objection": 2}, "majority", 0, "accepted"),
        ({"yes": 1, "abstain": 5}, "majority", 0, "accepted"),
        ({"abstain": 6}, "majority", 0, "rejected"),
    ],
)
def test_outcomes(votes: dict[str, int], rule: str, quorum: int, result: str) -> None:
    assert outcome(Tally(10, 5, 1, **votes), rule, quorum) == result


def test_a_right_counts_only_through_the_vote_it_was_given_to() -> None:
    assert effective([1, 2, 3, 4], {1: 2, 3: 4}, {2: "yes", 3: "objection", 9: "yes"}) == {1: "yes", 2: "yes"}


def test_numbers_follow_the_highest_of_the_year() -> None:
    assert [next_year_number(2027, taken) for taken in ([], ["2027-02", "2027-09", "2026-31"], ["2027-99"])] == [
        "2027-01",
        "2027-10",
        "2027-100",
    ]


def test_search_words() -> None:
    assert [matches(words, "Das Konzept für Bünde", None) for words in ("", "konzept BUENDE", "konzept fehlt")] == [
        True,
        True,
        False,
    ]


# --- deadline ---------------------------------------------------------------------------------------------------


def test_nudges_go_only_to_those_who_have_not_voted(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 04.12.")
    bot.send("!zustimmung B1")
    said = bot.pass_time(at(4, 12))
    assert [(one.to, one.text.split("\n")[0], one.mentions) for one in said] == [
        ("group:office", "Abstimmung B1: Einrichtungen ohne Zugang", []),
        ("person:@jan:example.org", "Ihre Stimme fehlt noch – B1", ["@jan:example.org"]),
        ("person:@jan:example.org", "Ihre Stimme fehlt noch – B1", ["@jan:example.org"]),
    ]
    assert [row.sent_at for row in bot.table(Reminder) if row.destination == "person:@jan:example.org"] == [
        at(1, 9),
        at(4, 9),
    ]
    assert "• Bundessteuerberaterkammer\n" in said[0].text
    bot.reply(said[1], "Enthaltung", as_="jan", room="dm")
    assert votes(bot)["itb"] == ("abstain", "")


def test_whoever_gave_the_right_away_is_not_nudged(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 04.12.")
    bot.send("!beschluss B1 übertragen an itb")
    said = bot.pass_time(at(4, 12))
    assert Counter(one.to for one in said) == {"group:office": 1, "person:@jan:example.org": 2}


def test_a_vote_closes_by_itself_and_the_result_waits_for_the_next_open_morning(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 04.12.")  # a Friday
    bot.send("!zustimmung B1", as_="jan")
    bot.pass_time(at(4, 23, 59))
    bot.send("!zustimmung B1")
    bot.later(minutes=1)
    assert texts(bot.send("!einwand Zu spät B1")) == [
        "Die Frist für B1 ist abgelaufen (Fr., 04.12.2026). Das Ergebnis wird am nächsten Arbeitstag bekannt gegeben."
    ]
    assert bot.pass_time(at(7, 8, 59)) == []
    closed = decision(bot)
    assert (closed.status, closed.closed_at, closed.year_number) == (
        "accepted",
        datetime(2026, 12, 4, 23, 59, 59, tzinfo=BERLIN),
        "2026-01",
    )
    (result,) = bot.pass_time(at(7, 9))
    assert (result.to, result.row.about) == ("group:beratung", "B1")
    assert result.text.split("\n")[0] == "✅ Beschluss B1 (Nr. 2026-01): angenommen"


def test_after_downtime_the_result_is_said_once(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 04.12.")
    bot.send("!zustimmung B1")
    said = bot.sleep(at(10))
    assert [(one.to, one.text.split("\n")[0], one.text.endswith("(verspätet)")) for one in said] == [
        ("group:beratung", "✅ Beschluss B1 (Nr. 2026-01): angenommen", True)
    ]
    assert bot.pass_time(at(20)) == []


def test_the_number_is_that_of_the_last_day(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 31.12.2026")
    bot.pass_time(datetime(2027, 1, 4, 12, 0, tzinfo=BERLIN))
    assert decision(bot).year_number == "2026-01"


# --- secret ballots ---------------------------------------------------------------------------------------------


def test_a_secret_vote_has_no_buttons_and_says_what_the_server_sees(bot: TestBot) -> None:
    card = opened(bot, "Alles neu geheim")
    assert card.row.buttons == []
    assert "Verfahren: Konsent – ein Einwand verhindert den Beschluss, geheim" in card.text
    assert "Der Server sieht, dass Sie mir schreiben" in card.text
    bot.react(card, "👍")
    assert (bot.table(Ballot), bot.table(Participation)) == ([], [])


def test_a_secret_ballot_is_cast_in_the_direct_chat_and_final(bot: TestBot) -> None:
    card = opened(bot, "Alles neu geheim")
    assert texts(bot.send("!einwand Nie B1")) == [
        "Über B1 wird geheim abgestimmt. Das geht nur im Direktchat mit mir. "
        "Bitte löschen Sie Ihre Nachricht hier und stimmen Sie dort ab."
    ]
    assert bot.reply(card, "Zustimmung")[0].text.startswith("Über B1 wird geheim abgestimmt.")
    (counted,) = bot.send("zustimmung B1", room="dm")
    assert counted.text.split("\n")[:2] == [
        "Ihre Stimme für BG RCI zu B1 ist gezählt. Sie ist endgültig.",
        "Abgestimmt: 1 von 3 Einrichtungen. Wie, zeigt erst das Ergebnis.",
    ]
    assert texts(bot.send("einwand Doch nicht B1", room="dm")) == [
        "BG RCI hat bei B1 schon abgestimmt. Eine geheime Stimme ist endgültig. Den Stand zeigt „!beschluss B1“."
    ]
    assert [one.choice for one in bot.table(Ballot)] == ["yes"]


def dump(bot: TestBot) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, with what the database itself adds to rows."""
    hidden = "*" if bot.store.dialect == "sqlite" else "*, xmin::text AS xmin"
    with bot.store.reading() as session:
        return {
            table.name: [dict(row._mapping) for row in session.execute(text(f'SELECT {hidden} FROM "{table.name}"'))]
            for table in SQLModel.metadata.sorted_tables
        }


def test_a_secret_ballot_cannot_be_joined_to_a_person(bot: TestBot) -> None:
    opened(bot, "Alles neu geheim")
    bot.later(minutes=1)
    bot.send("einwand Wir sind dagegen B1", room="dm")
    origin = bot.last_event
    bot.later(minutes=1)
    bot.send("zustimmung B1", as_="jan", room="dm")
    bot.send("zustimmung B1", as_="jan", room="dm")  # refused, and forgotten too
    bot.send("!einwand Wir sind empört B1")  # in the wrong room
    bot.edit(origin, "einwand Wir sind sehr dagegen B1", room="dm")
    tables = dump(bot)
    ballots = tables.pop("ballot")
    assert sorted((row["choice"], row["text"]) for row in ballots) == [
        ("objection", "Wir sind dagegen"),
        ("yes", ""),
    ]
    rest = json.dumps(tables, default=str, ensure_ascii=False).casefold()
    assert [word for word in ("dagegen", "empört", "object", "einwand wir", "agree", "yes") if word in rest] == []
    assert [row.content for row in bot.table(Inbox)][1:] == [{}] * 5
    assert [row for row in bot.table(History) if row.subject in ("ballot", "participation", "vote")] == []
    assert set(ballots[0]) - {"xmin"} == {"key", "decision", "choice", "text"}
    assert set(tables["participation"][0]) - {"xmin"} == {"decision", "institution_id"}
    # Neither order nor writing transaction of the ballots tells which came first.
    assert [row["key"] for row in ballots] == sorted(row["key"] for row in ballots)
    assert len({row.get("xmin") for row in ballots}) == 1


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_the_secret_tables_keep_no_hidden_order(bot: TestBot) -> None:
    with bot.store.reading() as session:
        for name in ("ballot", "participation"):
            sql = session.execute(text(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")).scalar_one()
            assert sql.rstrip().endswith("WITHOUT ROWID")


def test_all_ballots_get_new_keys_with_each_further_one(bot: TestBot) -> None:
    opened(bot, "Alles neu geheim")
    bot.send("zustimmung B1", room="dm")
    before = {one.key for one in bot.table(Ballot)}
    bot.send("zustimmung B1", as_="jan", room="dm")
    after = {one.key for one in bot.table(Ballot)}
    assert (len(before), len(after), before & after) == (1, 2, set())


def test_an_unknown_voter_of_a_secret_vote_is_not_asked_with_the_text_kept(bot: TestBot) -> None:
    opened(bot, "Alles neu geheim")
    assert bot.send("einwand Nie B1", as_="kai", room="dm")[0].text.startswith(
        "Ich weiß noch nicht, für welche Einrichtung Sie sprechen."
    )
    sentence = (
        "So kann ich zu B1 nichts zählen: Bedenken und Einwand brauchen ihren Grund in derselben Nachricht, und "
        "zurücknehmen lässt sich eine geheime Stimme nicht. Bitte stimmen Sie noch einmal ab."
    )
    assert [texts(bot.send(words, room="dm")) for words in ("einwand B1", "zustimmung B1 zurücknehmen")] == [
        [sentence],
        [sentence],
    ]
    bot.send("einwand B1 Das widerspricht B2", room="dm")
    assert (bot.table(Question), bot.table(Ballot)) == ([], [])
    assert [row.content for row in bot.table(Inbox)][1:] == [{}] * 4


def test_a_secret_result_shows_counts_and_words_only_when_closed(bot: TestBot) -> None:
    opened(bot, "Alles neu geheim")
    bot.send("beschluss B1 übertragen an itb", room="dm")
    bot.send("einwand Zu früh B1", as_="jan", room="dm")
    (shown,) = bot.send("!beschluss B1")
    assert "Abgestimmt: 2 von 3 Einrichtungen (davon 1 vertreten). Wie, zeigt erst das Ergebnis." in shown.text
    assert "Zu früh" not in shown.text
    assert exported(bot)["votes"] == {"yes": 0, "abstain": 0, "concern": 0, "objection": 0}
    (result,) = bot.send("!beschluss B1 schließen")
    assert result.text.split("\n")[2:5] == [
        "Abgestimmt: 2 von 3 Einrichtungen (davon 1 vertreten) – "
        "Zustimmung: 0, Enthaltung: 0, Bedenken: 0, Einwand: 2.",
        "Der Beschluss ist durch Einwand verhindert.",
        "• Einwand: Zu früh",
    ]
    entry = exported(bot)
    assert (entry["secret"], entry["votes"]["objection"], entry["ballots"]) == (True, 2, None)


def test_a_right_cannot_go_to_who_has_cast_the_ballot(bot: TestBot) -> None:
    opened(bot, "Alles neu geheim")
    bot.send("zustimmung B1", as_="jan", room="dm")
    assert bot.send("beschluss B1 übertragen an itb", room="dm")[0].text.startswith(
        "itb hat bei B1 schon geheim abgestimmt"
    )


# --- many at once -----------------------------------------------------------------------------------------------

CHOICES = ["zustimmung {}", "enthaltung {}", "bedenken Grund {}", "einwand Grund {}"]
HUNDRED = {"yes": 25, "abstain": 25, "concern": 25, "objection": 25}


@pytest.fixture
def hundred(make: Make) -> TestBot:
    """A group of 100 institutions with one member each."""
    members = {f"@m{number}:example.org": f"Haus {number}" for number in range(100)}
    groups = [*SETTINGS["groups"], {"key": "viele", "name": "AG Viele", "roster": list(members.values())}]
    bot = make(groups=groups, people=[{"id": one, "institution": house} for one, house in members.items()])
    with bot.store.unit() as session:
        joined = dict.fromkeys((*members, OWN), ("join", None))
        rooms.save(session, "!viele", rooms.StateCopy(False, "12", (OWN,), {}, None, joined), NOW)
        for one in members:
            both = {one: ("join", None), OWN: ("join", None)}
            rooms.save(session, f"!dm-{one}", rooms.StateCopy(False, "12", (OWN,), {}, None, both), NOW)
            rooms.set_direct(session, f"!dm-{one}", one)
    return bot


@pytest.mark.parametrize("secret", [False, True])
async def test_a_hundred_ballots_at_the_same_moment(hundred: TestBot, secret: bool) -> None:
    hundred.send(f"!beschluss Alles neu{' geheim' if secret else ''}", as_="@m0:example.org", room="viele")
    rows = [
        Inbox(
            event_id=f"$vote{number}",
            room_id=f"!dm-@m{number}:example.org",
            sender=f"@m{number}:example.org",
            kind="message",
            content={"body": CHOICES[number % 4].format("B1"), "reply_to": None},
            sent_at=NOW,
            received_at=NOW,
        )
        for number in range(100)
    ]
    with hundred.store.unit() as session:
        inbox.add(session, rows)

    def handle(session: Session, number: int) -> None:
        row = inbox.by_event(session, f"$vote{number}")
        assert row is not None
        hundred.bus.handle(session, row, NOW)

    await asyncio.gather(*(hundred.store.write(partial(handle, number=number)) for number in range(100)))
    hundred.send("!beschluss B1 schließen", as_="@m0:example.org", room="viele")
    assert exported(hundred)["votes"] == HUNDRED
    kept = hundred.table(Ballot) if secret else hundred.table(Vote)
    assert Counter(one.choice for one in kept) == HUNDRED
    assert len(hundred.table(Participation)) == (100 if secret else 0)


# --- edits and undo ---------------------------------------------------------------------------------------------


def test_the_opening_message_may_be_edited_until_somebody_votes(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 04.12.")
    origin = bot.last_event
    (edited,) = bot.edit(origin, "!beschluss Alles ganz neu bis 11.12.")
    assert "Alles ganz neu" in edited.row.content["body"]
    assert (decision(bot).text, str(decision(bot).closes_on)) == ("Alles ganz neu", "2026-12-11")
    bot.send("!zustimmung B1", as_="jan")
    (refused,) = bot.edit(origin, "!beschluss Alles alt")
    assert refused.text.startswith("Über B1 ist schon abgestimmt worden, der Text steht daher fest.")
    assert decision(bot).text == "Alles ganz neu"


def test_undo_takes_back_a_vote_and_an_opening_but_no_result(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 04.12.")
    bot.send("!zustimmung B1", as_="jan")
    bot.send("!einwand Nein B1", as_="jan")
    bot.send("!zurück", as_="jan")
    assert votes(bot) == {"itb": ("yes", "")}
    bot.send("!einwand Nein B1", as_="jan")
    bot.send("!beschluss B1 schließen")
    bot.send("!zurück", as_="jan")
    bot.send("!zurück")
    assert (votes(bot), decision(bot).status) == ({"itb": ("objection", "Nein")}, "rejected")
    opened(bot, "Alles alt bis 04.12.")
    bot.send("!zurück")
    assert decision(bot, 2).status == "withdrawn"
    assert {row.state for row in bot.table(Reminder) if row.object == "B2"} == {"dropped"}


# --- register ---------------------------------------------------------------------------------------------------


def recorded(bot: TestBot, words: str, year: int, group: str = "beratung") -> Decision:
    with bot.store.unit() as session:
        return record_accepted(
            session,
            group_key=group,
            text=words,
            mandate={"body": "Leitungskreis"},
            meeting=3,
            recorded_by=user("eva"),
            at=datetime(year, 5, 16, 12, 0, tzinfo=BERLIN),
            event_id="$minutes",
        )


def test_the_register_goes_over_all_years(bot: TestBot) -> None:
    recorded(bot, "Der Strategiekreis ist das Entscheidungsgremium", 2019)
    recorded(bot, "Das Plenum wird Forum", 2019)
    recorded(bot, "Anderswo", 2019, "transfer")
    opened(bot, "Alles neu bis 04.12.")
    assert texts(bot.send("!beschlüsse")) == [
        "Beschlüsse (3)\n"
        "• 🗳 B4 Alles neu – Abstimmung läuft bis Fr., 04.12.2026\n"
        "• ✅ B2 (Nr. 2019-02) Das Plenum wird Forum – angenommen am Do., 16.05.2019, an Leitungskreis\n"
        "• ✅ B1 (Nr. 2019-01) Der Strategiekreis ist das Entscheidungsgremium – angenommen am Do., 16.05.2019, "
        "an Leitungskreis\n"
        "Einzelner Beschluss: !beschluss B4"
    ]
    for words in ("ENTSCHEIDUNGSGREMIUM", "2019-01", "leitungskreis strategiekreis"):
        (found,) = bot.send(f"!beschlüsse {words}")
        assert [line[:6] for line in found.text.split("\n") if line.startswith("•")] == ["• ✅ B1"], words
    assert bot.send("!beschlüsse gibt es nicht")[0].text.startswith("Beschlüsse zu „gibt es nicht“: keine.")
    (everywhere,) = bot.send("beschlüsse", as_="jan", room="dm")
    assert "(AG Transfer)" in everywhere.text


def test_a_recorded_decision_says_where_it_was_taken(bot: TestBot) -> None:
    recorded(bot, "Das Plenum wird Forum", 2019)
    (shown,) = bot.send("!beschluss B1")
    assert shown.text.split("\n") == [
        "B1 (Nr. 2019-01): angenommen",
        "Das Plenum wird Forum",
        "Auftrag an: Leitungskreis",
        "AG Modernes Beratungsverständnis · gefasst in T3 · beendet am Do., 16.05.2019",
        "Folgeaufgabe: !beschluss B1 aufgabe <Titel> bis <Datum> · Ergebnisblatt: !beschluss B1 pdf",
    ]


def test_a_replaced_decision_keeps_its_trace(bot: TestBot) -> None:
    recorded(bot, "Alt", 2019)
    recorded(bot, "Neu", 2020)
    opened(bot)
    assert bot.send("!beschluss B1 ersetzt durch B2", as_="jan")[0].text.startswith("Das darf nur die Leitung")
    assert bot.send("!beschluss B1 ersetzt durch")[0].text.startswith("Bitte nennen Sie den neuen Beschluss")
    assert bot.send("!beschluss B1 ersetzt durch B3")[0].text.startswith("B3 kann keinen Beschluss ersetzen.")
    assert bot.send("!beschluss B1 ersetzt durch B1")[0].text.startswith("B1 kann keinen Beschluss ersetzen.")
    assert bot.send("!beschluss B1 ersetzt durch B2")[0].text.startswith("B1 (Nr. 2019-01) ist ersetzt durch B2.")
    assert bot.send("!beschluss B2 ersetzt durch B1")[0].text.startswith("B1 kann keinen Beschluss ersetzen.")
    assert "Ersetzt durch B2" in bot.send("!beschluss B1")[0].text
    assert "Ersetzt B1" in bot.send("!beschluss B2")[0].text
    assert "ersetzt durch B2" in bot.send("!beschlüsse alt")[0].text


def test_a_decision_is_followed_by_a_task(bot: TestBot) -> None:
    recorded(bot, "Das Plenum wird Forum", 2019)
    (task,) = bot.send("!beschluss B1 aufgabe Konzept entwerfen bis 31.12.")
    assert task.text.split("\n")[:2] == [
        "Aufgabe A1: Konzept entwerfen",
        "Wer: Leitungskreis · Frist: Do., 31.12.2026",
    ]
    bot.send("!beschluss B1 aufgabe Zu früh")
    bot.send("!zurück")
    assert "Folgeaufgaben: ☐ A1 Konzept entwerfen\n" in bot.send("!beschluss B1")[0].text
    bot.send("!beschluss B1 aufgabe Einladung @jan")
    bot.send("!erledigt A1")
    assert "Folgeaufgaben: ☑ A1 Konzept entwerfen, ☐ A3 Einladung" in bot.send("!beschluss B1")[0].text
    opened(bot)
    assert bot.send("!beschluss B2 aufgabe Zu früh")[0].text.startswith("B2 ist kein gültiger Beschluss.")


def test_the_register_asks_the_database_as_often_for_many(bot: TestBot) -> None:
    counts = []
    for number in (1, 2):
        for _ in range(number):
            recorded(bot, "Das Plenum wird Forum", 2019)
        statements: list[str] = []
        event.listen(bot.store.engine, "before_cursor_execute", lambda *args, seen=statements: seen.append(args[2]))
        bot.send("!beschlüsse")
        counts.append(sum(statement.startswith("SELECT") for statement in statements))
    assert counts[0] == counts[1]


def test_the_board_and_my_things_name_running_votes(bot: TestBot) -> None:
    opened(bot, "Alles neu bis 04.12.")
    bot.send("!zustimmung B1", as_="jan")
    (board,) = bot.send("!übersicht")
    assert "• 🗳 B1 Alles neu – Abstimmung läuft bis Fr., 04.12.2026 – 1 von 3 haben abgestimmt" in board.text
    assert "Abstimmungen ohne Ihre Stimme: 1" in bot.send("meine", room="dm")[0].text
    assert "Abstimmungen ohne Ihre Stimme" not in bot.send("meine", as_="jan", room="dm")[0].text


# --- out --------------------------------------------------------------------------------------------------------


def exported(bot: TestBot, number: int = 1) -> dict[str, Any]:
    with bot.store.reading() as session:
        return export(session, Frame(bot.settings))[number - 1]


def test_export(bot: TestBot) -> None:
    opened(bot, "Alles neu an BMAS bis 04.12.")
    origin = bot.last_event
    bot.send("!zustimmung B1")
    bot.send("!bedenken Finanzierung B1", as_="jan")
    assert exported(bot) == {
        "id": "B1",
        "number": None,
        "group": "beratung",
        "text": "Alles neu",
        "mandate": {"institution": "BMAS"},
        "status": "open",
        "opened_by": "@eva:example.org",
        "opened_at": "2026-11-26T10:00:00+01:00",
        "closes_at": "2026-12-04T23:59:59+01:00",
        "closed_at": None,
        "secret": False,
        "rule": "consent",
        "votes": {"yes": 1, "abstain": 0, "concern": 1, "objection": 0},
        "ballots": [{"institution": "BG RCI", "choice": "yes"}, {"institution": "itb", "choice": "concern"}],
        "meeting": None,
        "replaced_by": None,
        "tasks": [],
        "event_id": origin,
    }


@pytest.mark.parametrize("fmt", ["docx", "pdf"])
def test_the_result_sheet(bot: TestBot, fmt: str) -> None:
    opened(bot, "Alles neu bis 04.12.")
    bot.send("!bedenken Finanzierung B1")
    (result,) = bot.send("!beschluss B1 schließen")
    card, file = bot.reply(result, fmt)
    assert card.text.splitlines() == [
        f"Ergebnisblatt zu B1 (Nr. 2026-01): Beschluss-2026-01.{fmt}",
        "Die Datei folgt. Stand: !beschluss B1",
    ]
    content = file.row.content
    assert (content["name"], content["mimetype"]) == (f"Beschluss-2026-01.{fmt}", documents.mimetype(fmt))
    data = content["document"]["data"]
    assert {key: data[key] for key in ("entitled", "voted", "represented", "remarks", "votes")} == {
        "entitled": 3,
        "voted": 1,
        "represented": 0,
        "remarks": [{"institution": "BG RCI", "choice": "concern", "text": "Finanzierung"}],
        "votes": [{"institution": "BG RCI", "choice": "concern", "through": None}],
    }
    assert documents.render("decision", fmt, data)


def test_the_register_as_a_file(bot: TestBot) -> None:
    opened(bot, "Alles neu an Leitungskreis")
    bot.send("!zustimmung B1")
    bot.send("!beschluss B1 schließen")
    bot.send("!beschluss B1 aufgabe Konzept entwerfen")
    bot.send("!beschluss Noch offen")
    card, file = bot.send("!export beschlüsse xlsx")
    assert card.text.splitlines()[:2] == ["Beschlussregister", "2 Beschlüsse: decisions-beratung.xlsx"]
    document = file.row.content["document"]
    assert (file.row.content["name"], document["kind"], document["format"]) == (
        "decisions-beratung.xlsx",
        "decisions",
        "xlsx",
    )
    (group,) = document["data"]["groups"]
    assert group["name"] == "AG Modernes Beratungsverständnis"
    assert [(one["id"], one["number"], one["mandate"], one["status"], one["date"]) for one in group["decisions"]] == [
        ("B2", None, None, "open", None),
        ("B1", "2026-01", "Leitungskreis", "accepted", "2026-11-26"),
    ]
    assert group["decisions"][1]["tasks"] == [{"id": "A1", "title": "Konzept entwerfen", "status": "open"}]
    card, file = bot.send("!export beschlüsse", as_="ida", room="sk")
    assert (card.text.splitlines()[1], file.row.content["document"]["data"]["groups"]) == (
        "0 Beschlüsse: decisions-sk.docx",
        [],
    )
