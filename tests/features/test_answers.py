"""Answers per institution: by command, reply and button, for others, by deputies; counted right in a crowd."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import select
from testbot import BERLIN, NAMES, OWN, Begin, Said, TestBot, user

from ombot.features.meetings.tables import Answer, Entitled, Meeting
from ombot.features.people import queries as people
from ombot.features.people.tables import Profile
from ombot.store import rooms
from ombot.store.tables import Outbox

SESSION = "!sitzung 20.05.2027 11–16 Uhr"


def _session_is_announced(bot: TestBot) -> None:
    bot.send(SESSION, as_="kai", room="sk")


@pytest.fixture
def card(begin: Begin) -> Said:
    """The announcement of a session in the board's room."""
    (row,) = [row for row in begin(_session_is_announced).table(Outbox) if row.kind == "message"]
    return Said(row)


def given(bot: TestBot) -> list[tuple[str, str, str | None, str | None]]:
    """Institution, answer, mode and deputy of all answers."""
    with bot.store.reading() as session:
        names = {one.id: one.name for one in people.institutions(session)}
    return [(names[row.institution_id], row.answer, row.mode, row.deputy) for row in bot.table(Answer)]


def count(bot: TestBot) -> str:
    """The count on the session's card, as it was edited last."""
    edits = [row for row in bot.table(Outbox) if row.slot == "card:T1"]
    body = max(edits, key=lambda row: row.id).content["body"]
    return next(line for line in body.splitlines() if line.startswith("Zugesagt"))


# --- one's own --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("!zusage T1", ("BG RCI", "yes", None, None)),
        ("!zusage t1 online", ("BG RCI", "yes", "online", None)),
        ("!zusage T1 vor Ort", ("BG RCI", "yes", "onsite", None)),
        ("!ZUSAGE 1 Vor Ort komme später", ("BG RCI", "yes", "onsite", None)),
        ("!absage T1 Urlaub", ("BG RCI", "no", None, None)),
        ("!vielleicht T1", ("BG RCI", "maybe", None, None)),
        ("!zusage T1 vertreten durch @jan", ("BG RCI", "yes", None, user("jan"))),
        ("!zusage T1 online vertreten durch Frau Muster", ("BG RCI", "yes", "online", "Frau Muster")),
        ("!accept T1", ("BG RCI", "yes", None, None)),
        ("!zusage", ("BG RCI", "yes", None, None)),
    ],
)
def test_an_answer_is_the_institutions(
    bot: TestBot, card: Said, text: str, stored: tuple[str, str, str | None, str | None]
) -> None:
    (said,) = bot.send(text, room="sk")
    assert said.text.startswith("BG RCI: ")
    assert given(bot) == [stored]


@pytest.mark.parametrize("text", ["zusage online", "Zusage, online", "!zusage online"])
def test_a_reply_to_the_card_needs_no_reference(bot: TestBot, card: Said, text: str) -> None:
    bot.reply(card, text, room="sk")
    assert given(bot) == [("BG RCI", "yes", "online", None)]


def test_talk_under_the_card_is_no_answer(bot: TestBot, card: Said) -> None:
    assert bot.reply(card, "Gibt es Kaffee?", room="sk") == []
    assert given(bot) == []


def test_the_last_answer_of_an_institution_counts_and_the_one_before_is_named(bot: TestBot, card: Said) -> None:
    with bot.store.unit() as session:
        ida = Profile(user_id=user("ida"), institution_id=people.find_institution(session, "BG RCI").id)
        session.add(ida)
    bot.send("!zusage T1 online", room="sk")
    (said,) = bot.send("!absage T1 Termin geht doch nicht", as_="ida", room="sk")
    assert said.text.splitlines()[:4] == [
        "BG RCI: Absage",
        "T1: 1. Sitzung des Strategiekreises · Do., 20.05.2027, 11:00–16:00 Uhr",
        "Notiz: Termin geht doch nicht",
        "Bisher: Zusage (online), von Eva Beispiel",
    ]
    assert given(bot) == [("BG RCI", "no", None, None)]


def test_from_an_ag_room_and_the_direct_chat_too(bot: TestBot, card: Said) -> None:
    bot.send("!zusage T1", as_="jan", room="transfer")
    bot.send("absage T1", as_="eva", room="dm")
    assert given(bot) == [("itb", "yes", None, None), ("BG RCI", "no", None, None)]


# --- buttons ----------------------------------------------------------------------------------------------------


def test_a_button_answers_silently_and_the_card_counts(bot: TestBot, card: Said) -> None:
    assert [said for said in bot.react(card, "👍", room="sk") if said.row.kind == "message"] == []
    assert count(bot) == "Zugesagt: 1 von 2 Einrichtungen · noch offen: 1"
    bot.react(card, "👎", as_="jan", room="sk")
    assert count(bot) == "Zugesagt: 1 von 2 Einrichtungen · abgesagt: 1 · noch offen: 0"


def test_taking_the_reaction_away_takes_the_answer_back(bot: TestBot, card: Said) -> None:
    bot.react(card, "🤔", room="sk")
    pressed = bot.last_event
    bot.redact(pressed, room="sk")
    assert given(bot) == []
    assert count(bot) == "Zugesagt: 0 von 2 Einrichtungen · noch offen: 2"


def test_removing_the_older_of_two_reactions_keeps_the_newer_answer(bot: TestBot, card: Said) -> None:
    bot.react(card, "👍", room="sk")
    first = bot.last_event
    bot.react(card, "👎", room="sk")
    bot.redact(first, room="sk")
    assert given(bot) == [("BG RCI", "no", None, None)]


def test_a_second_press_keeps_what_was_written(bot: TestBot, card: Said) -> None:
    bot.send("!zusage T1 online vertreten durch Frau Muster", room="sk")
    bot.react(card, "👍", room="sk")
    assert given(bot) == [("BG RCI", "yes", "online", "Frau Muster")]


def test_nobody_takes_back_the_answer_of_another(bot: TestBot, card: Said) -> None:
    bot.send("!zusage T1", room="sk")
    (said,) = bot.send("!zusage T1 zurück", as_="jan", room="sk")
    assert said.text.startswith("Diese Antwort haben Sie zu T1 nicht gegeben.")
    (own,) = bot.send("!zusage T1 zurück", room="sk")
    assert own.text.startswith("Zurückgenommen: BG RCI ist wieder offen")
    assert given(bot) == []


def test_undo_puts_the_answer_before_back(bot: TestBot, card: Said) -> None:
    bot.send("!zusage T1 online", room="sk")
    bot.send("!absage T1", room="sk")
    bot.send("!zurück", room="sk")
    assert given(bot) == [("BG RCI", "yes", "online", None)]
    assert count(bot) == "Zugesagt: 1 von 2 Einrichtungen, davon 1 online · noch offen: 1"


# --- unknown institution ----------------------------------------------------------------------------------------


def test_an_unknown_institution_is_asked_for_and_kept(bot: TestBot, card: Said) -> None:
    (asked,) = bot.react(card, "👍", as_="ida", room="sk")
    assert asked.text.splitlines()[:3] == [
        "Für welche Einrichtung antworten Sie? Ich merke es mir für das nächste Mal.",
        "1. BG RCI",
        "2. BMAS",
    ]
    assert given(bot) == []
    (said,) = bot.reply(asked, "2", as_="ida", room="sk")
    assert said.text.startswith("BMAS: Zusage")
    bot.send("!absage T1", as_="ida", room="sk")
    assert given(bot) == [("BMAS", "no", None, None)]
    assert count(bot) == "Zugesagt: 0 von 3 Einrichtungen · abgesagt: 1 · noch offen: 2"


def test_an_institution_that_was_not_asked_is_refused_outside_the_board(bot: TestBot, card: Said) -> None:
    with bot.store.unit() as session:
        session.add(Profile(user_id=user("ute"), institution_id=people.find_institution(session, "BMAS").id))
    (said,) = bot.send("!zusage T1", as_="ute", room="office")
    assert said.text.startswith("BMAS ist für T1 nicht angefragt.")
    assert given(bot) == []


def test_who_is_asked_is_fixed_when_the_meeting_is_made(bot: TestBot, card: Said) -> None:
    with bot.store.unit() as session:
        session.add(Profile(user_id=user("kai"), institution_id=people.find_institution(session, "BMBF").id))
    assert len(bot.table(Entitled)) == 2


# --- for others -------------------------------------------------------------------------------------------------


def test_a_lead_answers_for_another_institution_and_it_is_told(bot: TestBot, card: Said) -> None:
    said = bot.send("!zusage T1 vor Ort rief an für itb", as_="kai", room="sk")
    assert [(one.to, one.text.splitlines()[0]) for one in said] == [
        (f"person:{user('jan')}", "Für itb eingetragen: Zusage (vor Ort)"),
        ("room:!sk", "itb: Zusage (vor Ort)"),
    ]
    (row,) = bot.table(Answer)
    assert (row.person, row.given_by, row.note) == (None, user("kai"), "rief an")
    (shown,) = bot.send("!termin T1 antworten", room="sk")
    assert "• itb (vor Ort; von der Leitung eingetragen; rief an)" in shown.text.splitlines()
    (own,) = bot.reply(said[0], "Absage", as_="jan", room="dm")
    assert "Bisher: Zusage (vor Ort), von Kai Büro" in own.text.splitlines()


def test_institutions_have_other_names_and_a_deputy_beside(bot: TestBot, card: Said) -> None:
    bot.send("!zusage T1 vertreten durch @ida für Bundesministerium für Arbeit und Soziales", as_="kai", room="sk")
    bot.send("!absage T1 für bgrci vertreten durch Frau Muster", as_="kai", room="sk")
    assert given(bot) == [("BMAS", "yes", None, user("ida")), ("BG RCI", "no", None, "Frau Muster")]


def test_a_member_cannot_answer_for_others(bot: TestBot, card: Said) -> None:
    (said,) = bot.send("!zusage T1 für itb", as_="eva", room="sk")
    assert said.text.startswith("Das darf nur die Leitung dieser Gruppe oder die Koordination.")
    assert given(bot) == []
    bot.send("!zusage T1 für BG RCI", as_="eva", room="sk")
    assert given(bot) == [("BG RCI", "yes", None, None)]


def test_a_misspelt_institution_is_not_taken_for_a_note(bot: TestBot, card: Said) -> None:
    (said,) = bot.send("!zusage T1 für BG RCIX", as_="kai", room="sk")
    assert said.text.startswith("Die Einrichtung „BG RCIX“ kenne ich nicht.")
    bot.send("!zusage T1 danke für die Einladung", as_="jan", room="sk")
    assert [row.note for row in bot.table(Answer)] == ["danke für die Einladung"]


def test_a_deputy_is_rung_in_the_room_and_told_in_person_from_the_direct_chat(bot: TestBot, card: Said) -> None:
    (said,) = bot.send("!zusage T1 vertreten durch @jan", room="sk")
    assert said.mentions == [user("jan")]
    told, noted = bot.send("zusage T1 vertreten durch @jan", room="dm")
    assert (told.to, told.text.splitlines()[0]) == (
        f"person:{user('jan')}",
        "Sie vertreten BG RCI – T1: 1. Sitzung des Strategiekreises",
    )
    assert noted.mentions == []


# --- bad input --------------------------------------------------------------------------------------------------


def test_after_the_meeting_and_for_a_cancelled_one_no_answer_is_taken(bot: TestBot, card: Said) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    bot.send("!termin T2 absagen")
    (gone,) = bot.send("!zusage T2")
    assert gone.text.startswith("T2 („Treffen“) ist abgesagt.")
    bot.now = datetime(2027, 5, 20, 16, 0, tzinfo=BERLIN)
    (over,) = bot.send("!zusage T1", room="sk")
    assert over.text.startswith("T1 („1. Sitzung des Strategiekreises“) ist schon vorbei.")
    assert given(bot) == []


def test_which_meeting_is_asked_when_several_are_coming(bot: TestBot, card: Said) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    (asked,) = bot.send("!zusage")
    assert asked.text.splitlines()[:3] == [
        "Welchen Termin meinen Sie?",
        "1. T2: Treffen",
        "2. T1: 1. Sitzung des Strategiekreises",
    ]
    (said,) = bot.reply(asked, "1")
    assert said.text.startswith("BG RCI: Zusage")
    assert [row.meeting for row in bot.table(Answer)] == [2]


@pytest.mark.parametrize("text", ["!zusage T99", "!absage T99 zurück", "!vielleicht A1"])
def test_unknown_references(bot: TestBot, card: Said, text: str) -> None:
    (said,) = bot.send(text, room="sk")
    assert said.text.startswith("T99 gibt es hier nicht.") or "A1" in text
    assert [row.answer for row in bot.table(Answer) if row.note == ""] == []


def test_without_a_meeting_there_is_nothing_to_answer(bot: TestBot) -> None:
    (said,) = bot.send("!zusage")
    assert said.text.startswith("Hier steht kein Termin an.")


# --- a crowd ----------------------------------------------------------------------------------------------------


class PatientBot(TestBot):
    """Sends a row only when it may be sent, as the sender does: the others wait, and newer ones take their place."""

    def _deliver(self, after: int) -> list[Said]:
        with self.store.unit() as session:
            waiting = select(Outbox).where(Outbox.state == "waiting").order_by(Outbox.id)
            due = [row for row in session.exec(waiting) if row.not_before is None or row.not_before <= self.now]
            for row in due:
                row.state, row.event_id, row.sent_at, row.room_id = "sent", f"$out{row.id}", self.now, "!sk"
            return [Said(row) for row in due if row.kind == "message"]


def test_sixty_institutions_answer_three_times_each_within_a_minute(tmp_path: Path) -> None:
    crowd = [f"h{number:02}" for number in range(60)]
    settings = [{"id": user(name), "institution": f"Haus {name}"} for name in crowd]
    bot = PatientBot.create(tmp_path, people=settings)
    with bot.store.unit() as session:
        members = {user(name): ("join", f"Person {name}") for name in crowd}
        members |= {OWN: ("join", "ombot"), user("kai"): ("join", NAMES["kai"])}
        state = rooms.StateCopy(False, "12", (OWN,), {"users": {user("kai"): 50}}, None, members)
        rooms.save(session, "!sk", state, bot.now)
    (asked,) = bot.send(SESSION, as_="kai", room="sk")
    assert "an 65 Personen, im Direktchat oder per E-Mail" in asked.text  # the 60, and everybody of the other groups
    assert bot.table(Meeting) == []
    (card,) = bot.reply(asked, "ja", as_="kai", room="sk")
    for key in ("👎", "🤔"):
        for name in crowd:
            bot.react(card, key, as_=name, room="sk")
            bot.later(seconds=0.25)
    for position, name in enumerate(crowd):
        text = ("!zusage T1 online", "!zusage T1 vor Ort", "!absage T1")[position % 3]
        bot.send(text, as_=name, room="sk")
        bot.later(seconds=0.25)
    bot.later(seconds=1)
    bot._deliver(0)
    assert count(bot) == "Zugesagt: 40 von 60 Einrichtungen, davon 20 online · abgesagt: 20 · noch offen: 0"
    assert len(bot.table(Answer)) == 60
    edits = [row for row in bot.table(Outbox) if row.slot == "card:T1"]
    assert {row.state for row in edits} == {"sent", "replaced"}
    sent = [row.sent_at for row in edits if row.state == "sent"]
    assert min(later - earlier for earlier, later in pairwise(sent)) >= timedelta(seconds=1)
    assert (len(sent), len(edits)) == (46, 180)  # one a second, for three quarters of a minute
    bot.store.close()
