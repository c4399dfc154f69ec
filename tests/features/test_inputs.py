"""Inputs in dialogues: handing in, files, states, the deadline, what the clock says, and who may see what."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from testbot import BERLIN, OWN, Begin, Said, TestBot

from ombot.features.agenda.tables import AgendaItem
from ombot.features.inputs.tables import Input, InputFile
from ombot.features.meetings.tables import Meeting
from ombot.store.files import FileStore
from ombot.store.tables import Outbox

SESSION = "!sitzung 27.05.2027 11:00-16:00"
WHEN = "1. Sitzung des Strategiekreises, Do., 27.05.2027, 11:00 Uhr"
"""The deadline of this session is Thursday, 13 May 2027."""
LAST_DAY = "Frist: Do., 13.05.2027."
CHANGE = (
    "Ändern: auf diese Nachricht antworten, zum Beispiel „ergänzen <Text>“ oder „zurückziehen“. "
    "Datei anhängen: auf die Datei antworten mit !input {} ergänzen."
)


def at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=BERLIN)


def plan(bot: TestBot, text: str = SESSION) -> list[Said]:
    return bot.send(text, as_="kai", room="office")


def deadline_is_near(bot: TestBot) -> None:
    """The session is planned, tomorrow is the last day for inputs."""
    plan(bot)
    bot.pass_time(at(5, 12))


def replied(body: str, sender: str = "@jan:example.org", **more: Any) -> dict[str, Any]:
    """The message a command replies to, as it was fetched."""
    return {"event_id": "$before", "sender": sender, "body": body, "file": None, "problem": None, **more}


def stored(bot: TestBot, data: bytes, name: str, mimetype: str = "application/pdf") -> dict[str, Any]:
    """A file as it stands in a fetched message, its bytes kept."""
    with bot.store.unit() as session:
        row = FileStore(bot.folder / "files").keep(session, data, mimetype, bot.now)
        return {"name": name, "mimetype": mimetype, "size": row.size, "sha256": row.sha256}


def with_file(bot: TestBot, text: str, data: bytes, name: str, **more: Any) -> list[Said]:
    message = replied(name, file=stored(bot, data, name))
    return bot.send(text, reply_to="$before", replied=message, **more)


def only(bot: TestBot) -> Input:
    (row,) = bot.table(Input)
    return row


def spoken_of_inputs(said: list[Said]) -> list[Said]:
    """What was said about inputs, without the answers to the meeting."""
    return [one for one in said if "Input" in one.text.partition("\n")[0]]


# --- handing in -------------------------------------------------------------------------------------------------


def test_an_input_is_handed_in_for_the_next_session(begin: Begin) -> None:
    bot = begin(plan)
    (said,) = bot.send("!input Bericht der AG\nDer Leitfaden liegt vor.\n\nWir bitten um 30 Minuten.")
    assert said.text.splitlines() == [
        "Input I1: Bericht der AG",
        "Der Leitfaden liegt vor.",
        "",
        "Wir bitten um 30 Minuten.",
        f"AG Modernes Beratungsverständnis · {WHEN} · Stand: eingereicht",
        LAST_DAY,
        CHANGE.format("I1"),
    ]
    assert said.mentions == []
    row = only(bot)
    assert (row.group_key, row.meeting, row.title, row.status) == ("beratung", 1, "Bericht der AG", "submitted")
    assert (row.text, row.added) == ("Der Leitfaden liegt vor.\n\nWir bitten um 30 Minuten.", "")
    assert (row.author, row.submitted_at, row.late_at) == ("@eva:example.org", bot.now, None)


def test_several_inputs_of_one_group(bot: TestBot) -> None:
    for title in ("Eins", "Zwei", "Drei"):
        bot.send(f"!input {title}\nText", as_="jan")
    assert [(row.number, row.title) for row in bot.table(Input)] == [(1, "Eins"), (2, "Zwei"), (3, "Drei")]


def test_without_text_it_is_a_draft_until_something_is_added(begin: Begin) -> None:
    bot = begin(plan)
    (draft,) = bot.send("!input Nur der Titel")
    assert "Stand: Entwurf" in draft.text
    assert draft.text.splitlines()[-1] == (
        "Noch ein Entwurf. Einreichen: auf diese Nachricht mit „ergänzen <Text>“ antworten, "
        "oder auf eine Datei mit !input I1 ergänzen."
    )
    bot.later(minutes=5)
    (said,) = bot.reply(draft, "ergänzen Jetzt mit Text")
    assert said.text.splitlines()[:2] == [
        "Ergänzt – I1: Nur der Titel",
        f"AG Modernes Beratungsverständnis · {WHEN} · Stand: eingereicht",
    ]
    row = only(bot)
    assert (row.status, row.text, row.added, row.submitted_at) == ("submitted", "", "Jetzt mit Text", bot.now)


def test_what_is_added_stands_below_and_survives_an_edit(bot: TestBot) -> None:
    (card,) = bot.send("!input Titel\nErste Fassung")
    made = bot.last_event
    bot.send("!input I1 ergänzen Ein Absatz", as_="jan")
    bot.send("!input I1 ergänzen\nNoch einer")
    (edited,) = bot.edit(made, "!input Neuer Titel\nZweite Fassung")
    row = only(bot)
    assert (row.title, row.text, row.added) == ("Neuer Titel", "Zweite Fassung", "Ein Absatz\n\nNoch einer")
    assert (edited.row.kind, edited.row.target, edited.mentions) == ("edit", card.row.id, [])
    (shown,) = bot.send("!input I1")
    assert shown.text.splitlines()[1:6] == ["Zweite Fassung", "", "Ein Absatz", "", "Noch einer"]


def test_an_edit_by_somebody_else_or_to_another_command_changes_nothing(bot: TestBot) -> None:
    bot.send("!input Titel\nText")
    made = bot.last_event
    assert bot.edit(made, "!input Gekapert", as_="jan") == []
    (said,) = bot.edit(made, "!aufgabe Ganz anders")
    assert said.text.startswith("Die Bearbeitung macht daraus einen anderen Befehl.")
    assert [(row.title, row.text) for row in bot.table(Input)] == [("Titel", "Text")]


def test_an_edit_that_gives_a_draft_its_text_hands_it_in(bot: TestBot) -> None:
    bot.send("!input Titel")
    bot.edit(bot.last_event, "!input Titel\nText")
    assert (only(bot).status, only(bot).submitted_at) == ("submitted", bot.now)


def test_title_and_withdrawal_by_reply(bot: TestBot) -> None:
    (card,) = bot.send("!input Alt\nText")
    (said,) = bot.reply(card, "titel Neu", as_="jan")
    assert said.text.splitlines()[0] == "Neuer Titel – I1: Neu"
    (said,) = bot.reply(card, "zurückziehen", as_="jan")
    assert said.text.splitlines()[0] == "Zurückgezogen – I1: Neu"
    assert only(bot).status == "withdrawn"
    for text in ("titel Doch", "ergänzen Doch", "zurückziehen", "weiter an Transfer"):
        (said,) = bot.send(f"!input I1 {text}")
        assert said.text.startswith("I1 ist zurückgezogen. Mit „!input <Titel>“")
    assert bot.reply(card, "das finde ich gut") == []


def test_history_shows_who_did_what(bot: TestBot) -> None:
    bot.send("!input Alt")
    bot.later(minutes=1)
    bot.send("!input I1 ergänzen Text", as_="jan")
    bot.later(minutes=1)
    bot.send("!input I1 titel Neu")
    (said,) = bot.send("!input I1")
    lines = said.text.splitlines()
    assert lines[lines.index("Verlauf") + 1 : -1] == [
        "• 26.11.2026, 10:00: angelegt von Eva Beispiel",
        "• 26.11.2026, 10:01: Ergänzung geändert; Stand: bisher Entwurf, jetzt eingereicht (Jan Muster)",
        "• 26.11.2026, 10:02: Titel: bisher Alt, jetzt Neu (Eva Beispiel)",
    ]


# --- undo -------------------------------------------------------------------------------------------------------


def test_undo_withdraws_a_new_input(bot: TestBot) -> None:
    bot.send("!input Titel\nText")
    bot.send("!zurück")
    assert only(bot).status == "withdrawn"


def test_undo_takes_back_an_addition_with_its_file(bot: TestBot) -> None:
    bot.send("!input Titel")
    with_file(bot, "!input I1 ergänzen Mit Anlage", b"%PDF", "Konzept.pdf")
    assert len(bot.table(InputFile)) == 1
    bot.send("!zurück")
    row = only(bot)
    assert (row.status, row.added, row.submitted_at) == ("draft", "", None)
    assert bot.table(InputFile) == []


def test_undo_brings_a_withdrawn_input_back(bot: TestBot) -> None:
    bot.send("!input Titel\nText")
    bot.later(minutes=1)
    bot.send("!input I1 zurückziehen")
    bot.send("!zurück")
    assert only(bot).status == "submitted"


# --- files and messages -----------------------------------------------------------------------------------------


def test_a_reply_to_a_file_takes_it_along(bot: TestBot) -> None:
    (said,) = with_file(bot, "!input Konzept", b"%PDF-1.7 Inhalt", "Konzept.pdf")
    assert said.text.splitlines()[1] == "• 📎 Datei: Konzept.pdf (15 Byte)"
    assert only(bot).status == "submitted"
    (file,) = bot.table(InputFile)
    assert (file.input, file.name, file.mimetype, file.size) == (1, "Konzept.pdf", "application/pdf", 15)
    assert FileStore(bot.folder / "files").read(file.sha256) == b"%PDF-1.7 Inhalt"


def test_more_files_are_kept_in_order_and_equal_ones_once(bot: TestBot) -> None:
    with_file(bot, "!input Konzept", b"eins", "b.pdf")
    with_file(bot, "!input I1 ergänzen", b"zwei", "a.pdf")
    with_file(bot, "!input I1 ergänzen", b"eins", "anders.pdf")
    found = sorted(bot.table(InputFile), key=lambda file: file.position)
    assert [(file.position, file.name) for file in found] == [(1, "b.pdf"), (2, "a.pdf")]


def test_a_reply_to_a_message_takes_its_text(bot: TestBot) -> None:
    bot.send("!input Vorschlag", reply_to="$before", replied=replied("Wir sollten\nregional arbeiten."))
    row = only(bot)
    assert (row.status, row.text, row.added) == ("submitted", "", "Wir sollten\nregional arbeiten.")


@pytest.mark.parametrize(
    "message", [replied("Bitte reichen Sie den Input ein.", sender=OWN), replied("!aufgabe Plakate drucken")]
)
def test_our_own_messages_and_commands_are_no_text(bot: TestBot, message: dict[str, Any]) -> None:
    bot.send("!input Nur ein Titel", reply_to="$before", replied=message)
    assert (only(bot).status, only(bot).added) == ("draft", "")


def test_a_file_that_could_not_be_taken_refuses_the_command(bot: TestBot) -> None:
    message = replied("gross.zip", problem="file_too_large")
    (said,) = bot.send("!input Konzept", reply_to="$before", replied=message)
    assert said.text == "Die Datei ist größer als 50 MB. Bitte senden Sie eine kleinere Fassung."
    assert bot.table(Input) == []


@pytest.mark.parametrize(
    ("body", "start"),
    [("x" * 4001, "Die Nachricht ist zu lang"), ("umge\u202edreht", "Der Text enthält unsichtbare Steuerzeichen.")],
)
def test_text_of_a_message_that_cannot_be_taken(bot: TestBot, body: str, start: str) -> None:
    (said,) = bot.send("!input Konzept", reply_to="$before", replied=replied(body))
    assert said.text.startswith(start)
    assert bot.table(Input) == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "../../etc/passwd"),  # made safe where it becomes a path: in the archive
        ("Kon\u202ezept\x07\n.pdf", "Konzept .pdf"),
        ("\x00\x01", "file"),
        ("x" * 500, "x" * 200),
    ],
)
def test_file_names_read_as_what_they_are(bot: TestBot, name: str, kept: str) -> None:
    with_file(bot, "!input Konzept", b"x", name)
    assert [file.name for file in bot.table(InputFile)] == [kept]


def test_adding_nothing_asks_for_the_text(bot: TestBot) -> None:
    bot.send("!input Titel")
    (asked,) = bot.send("!input I1 ergänzen")
    assert asked.text.startswith("Was soll zu I1 hinzukommen?")
    (said,) = bot.reply(asked, "Der Text kommt jetzt")
    assert said.text.startswith("Ergänzt – I1: Titel")
    assert only(bot).added == "Der Text kommt jetzt"


# --- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("!input", "Es fehlt der Titel."),
        ("!input \nText ohne Titel", "Es fehlt der Titel."),
        ("!input Titel\n" + "x" * 10_000, "Die Nachricht ist zu lang (höchstens 4000 Zeichen)."),
        ("!input " + "x" * 201, "Der Titel hat 201 Zeichen, erlaubt sind 200."),
        ("!input Ti\x07tel\nText", "Der Text enthält unsichtbare Steuerzeichen."),
        ("!input I7", "I7 gibt es hier nicht."),
        ("!input I7 zurückziehen", "I7 gibt es hier nicht."),
        ("!inputs T9", "T9 gibt es hier nicht."),
        ("!export inputs T9", "T9 gibt es hier nicht."),
        ("!export inputs exe", "So verstehe ich den Befehl nicht."),
    ],
)
def test_bad_input_is_refused_and_nothing_stored(bot: TestBot, text: str, start: str) -> None:
    (said,) = bot.send(text)
    assert said.text.startswith(start)
    assert bot.table(Input) == []
    (said,) = bot.send("!input Danach\nText")
    assert said.text.startswith("Input I1: Danach")


@pytest.mark.parametrize("title", ["<b>fett</b> & <script>", "🌱 Grün", "שלום", "@room wichtig", "=1+1"])
def test_titles_are_shown_as_they_were_written(bot: TestBot, title: str) -> None:
    (said,) = bot.send(f"!input {title}\nText")
    assert said.text.splitlines()[0] == f"Input I1: {title}"
    assert "<script>" not in said.html
    assert said.mentions == []


def test_the_title_may_be_answered(bot: TestBot) -> None:
    (asked,) = bot.send("!input")
    bot.reply(asked, "Nachgereicht")
    assert only(bot).title == "Nachgereicht"


# --- who, where -------------------------------------------------------------------------------------------------


def test_inputs_of_another_group_do_not_exist_here(bot: TestBot) -> None:
    bot.send("!input Geheim\nText")
    for text in ("!input I1", "!input I1 ergänzen x", "!input I1 titel x", "!input I1 zurückziehen"):
        (foreign,) = bot.send(text, as_="ida", room="transfer")
        (unknown,) = bot.send(text.replace("I1", "I99"), as_="ida", room="transfer")
        assert foreign.text == unknown.text.replace("I99", "I1")
    assert (only(bot).title, only(bot).status) == ("Geheim", "submitted")


@pytest.mark.parametrize(("room", "who", "name"), [("sk", "eva", "Strategiekreis"), ("plenum", "ida", "Plenum")])
def test_only_working_groups_have_inputs(bot: TestBot, room: str, who: str, name: str) -> None:
    (said,) = bot.send("!input Titel\nText", as_=who, room=room)
    assert said.text.startswith(f"Inputs kommen aus einer AG, „{name}“ ist keine.")
    assert bot.table(Input) == []


def test_direct_chat_understands_the_only_working_group(bot: TestBot) -> None:
    bot.send("!input Titel\nText", as_="eva", room="dm")
    assert only(bot).group_key == "beratung"


def test_direct_chat_asks_for_the_working_group_and_takes_it_at_the_end(bot: TestBot) -> None:
    (asked,) = bot.send("input Titel\nText", as_="jan", room="dm")
    assert asked.text.splitlines()[1:3] == ["1. AG Modernes Beratungsverständnis", "2. AG Transfer"]
    bot.send("2", as_="jan", room="dm")
    bot.send("input Zweiter in AG Transfer\nText", as_="jan", room="dm")
    assert [(row.group_key, row.title) for row in bot.table(Input)] == [("transfer", "Titel"), ("transfer", "Zweiter")]


def test_who_is_in_no_working_group_is_told_so(bot: TestBot) -> None:
    (said,) = bot.send("input Titel\nText", as_="ute", room="dm")
    assert said.text.startswith("Sie sind in keiner AG")


# --- handing on -------------------------------------------------------------------------------------------------


def test_a_lead_hands_an_input_on(begin: Begin) -> None:
    bot = begin(plan)
    bot.send("!input Transferkonzept\nText", as_="jan")
    bot.later(minutes=1)
    received, said = bot.send("!input I1 weiter an AG Transfer")
    assert said.text.splitlines()[:2] == [
        "Weitergegeben – I1: Transferkonzept",
        "Von AG Modernes Beratungsverständnis an AG Transfer. Die AG ist benachrichtigt, der Verlauf bleibt erhalten.",
    ]
    assert (received.to, received.mentions) == ("group:transfer", ["@ida:example.org"])
    assert received.text.splitlines()[:4] == [
        "Neu bei Ihnen – Input I1: Transferkonzept",
        "Text",
        "Von AG Modernes Beratungsverständnis weitergegeben durch Eva Beispiel.",
        "Ida Probe",
    ]
    assert (only(bot).group_key, only(bot).status) == ("transfer", "submitted")
    (shown,) = bot.send("!input I1", as_="ida", room="transfer")
    assert (
        "• 26.11.2026, 10:01: AG: bisher AG Modernes Beratungsverständnis, jetzt AG Transfer (Eva Beispiel)"
        in shown.text
    )
    (gone,) = bot.send("!input I1")
    assert gone.text.startswith("I1 gibt es hier nicht.")


def test_a_paper_goes_through_working_groups_to_the_board_with_its_history(bot: TestBot) -> None:
    bot.send("!input Einseiter zur Darstellung", as_="jan")
    with_file(bot, "!input I1 ergänzen Aus dem ISF München", b"%PDF", "Einseiter.pdf", as_="jan")
    bot.send("!input I1 weiter an AG Transfer")
    (early,) = bot.send("!input I1 als TOP", as_="ida", room="transfer")
    assert early.text.startswith("Es ist noch keine Sitzung geplant, auf deren Tagesordnung I1 stehen könnte.")
    plan(bot)
    (unseen,) = bot.send("!input I1", as_="eva", room="sk")
    assert unseen.text.startswith("I1 gibt es hier nicht.")

    board, office, said = bot.send("!input I1 weiter an Strategiekreis", as_="ida", room="transfer")
    (item,) = [one for one in bot.table(AgendaItem) if one.origin == "I1"]
    assert (board.to, office.to, board.text) == ("group:sk", "group:office", said.text)
    assert said.text.splitlines() == [
        f"Input I1 als P{item.number}: Einseiter zur Darstellung",
        "Aus dem ISF München",
        "• 📎 Datei: Einseiter.pdf (4 Byte)",
        "Von AG Transfer, gesendet durch Ida Probe",
        "Der Input ist für die Tagesordnung vorgeschlagen: T1, 1. Sitzung des Strategiekreises.",
        "Tagesordnung: !tagesordnung T1 · Input mit Verlauf: !input I1",
    ]
    assert (item.title, item.presenter, item.group_key, item.status) == (
        "Einseiter zur Darstellung",
        "AG Transfer",
        "transfer",
        "proposed",
    )
    (twice,) = bot.send("!input I1 als TOP", as_="ida", room="transfer")
    assert twice.text.startswith(f"I1 steht schon als P{item.number} auf der Tagesordnung.")
    assert only(bot).group_key == "transfer"

    # The board reads the paper with its whole way, and changes nothing in it.
    bot.send(f"!top P{item.number} annehmen", as_="kai", room="sk")
    (shown,) = bot.send("!input I1", as_="eva", room="sk")
    assert [line for line in shown.text.splitlines() if ", jetzt " in line or " als P" in line] == [
        "• 26.11.2026, 10:00: Ergänzung geändert; Stand: bisher Entwurf, jetzt eingereicht (Jan Muster)",
        "• 26.11.2026, 10:00: AG: bisher AG Modernes Beratungsverständnis, jetzt AG Transfer (Eva Beispiel)",
        f"• T1, 1. Sitzung des Strategiekreises: als P{item.number} auf der Tagesordnung",
    ]
    (refused,) = bot.send("!input I1 titel Anders", as_="eva", room="sk")
    assert refused.text.startswith("Das dürfen nur Mitglieder dieser Gruppe.")
    assert only(bot).title == "Einseiter zur Darstellung"
    bot.send("!input Noch eins\nText", as_="eva")
    (office,) = bot.send("!input I2 als TOP", as_="kai", room="office")[-1:]
    assert "Der Input steht auf der Tagesordnung: T1" in office.text


def test_handing_on_needs_the_lead_and_a_known_group(bot: TestBot) -> None:
    bot.send("!input Titel\nText")
    (said,) = bot.send("!input I1 weiter an Transfer", as_="jan")
    assert said.text.startswith("Das darf nur die Leitung dieser Gruppe oder die Koordination.")
    (said,) = bot.send("!input I1 weiter an AG Modernes Beratungsverständnis")
    assert said.text.startswith("I1 gehört schon zu „AG Modernes Beratungsverständnis“.")
    (asked,) = bot.send("!input I1 weiter an AG Quatsch")
    assert asked.text.splitlines()[:3] == [
        "Eine Gruppe „AG Quatsch“, die Inputs annimmt, kenne ich nicht. An wen soll der Input gehen?",
        "1. AG Modernes Beratungsverständnis",
        "2. AG Transfer",
    ]
    assert asked.text.splitlines()[3] == "3. Strategiekreis"
    assert only(bot).group_key == "beratung"
    bot.reply(asked, "2")
    assert only(bot).group_key == "transfer"


# --- sessions ---------------------------------------------------------------------------------------------------


def test_inputs_wait_for_a_session_and_follow_the_next_one(bot: TestBot) -> None:
    (said,) = bot.send("!input Früh dran\nText")
    assert said.text.splitlines()[2:4] == [
        "AG Modernes Beratungsverständnis · nächste Sitzung (noch ohne Termin) · Stand: eingereicht",
        "Die nächste Sitzung steht noch nicht fest; der Input wird ihr zugeordnet, sobald sie angekündigt ist.",
    ]
    assert only(bot).meeting is None
    plan(bot)
    assert only(bot).meeting == 1
    bot.send("!termin T1 absagen", as_="kai", room="office")
    bot.later(minutes=15)
    plan(bot, "!sitzung 03.06.2027 11:00-16:00")
    assert [(row.number, row.status) for row in bot.table(Meeting)] == [(1, "cancelled"), (2, "planned")]
    assert only(bot).meeting == 2


def test_undoing_the_session_lets_the_inputs_wait_again(bot: TestBot) -> None:
    bot.send("!input Früh dran\nText")
    plan(bot)
    bot.later(minutes=1)
    bot.send("!zurück", as_="kai", room="office")
    assert only(bot).meeting is None


def test_the_deadline_day_counts_and_what_is_later_is_marked(begin: Begin) -> None:
    bot = begin(deadline_is_near)
    bot.pass_time(at(5, 13, 23))
    bot.send("!input Am letzten Tag\nText")
    bot.pass_time(at(5, 14, 7))
    (said,) = bot.send("!input Zu spät\nText", as_="ida", room="transfer")
    assert "Stand: eingereicht (verspätet)" in said.text
    assert "Die Frist war am Do., 13.05.2027; der Input ist angenommen und als verspätet vermerkt." in said.text
    assert [row.late_at for row in bot.table(Input)] == [None, bot.now]


@pytest.mark.parametrize("change", ["ergänzen Noch etwas", "titel Anders"])
def test_a_change_after_the_deadline_is_marked(begin: Begin, change: str) -> None:
    bot = begin(deadline_is_near)
    bot.send("!input Titel\nText")
    bot.pass_time(at(5, 20))
    bot.send(f"!input I1 {change}")
    assert only(bot).late_at == bot.now
    assert only(bot).submitted_at == at(5, 12)


def test_an_edit_after_the_deadline_is_marked_only_if_it_changes_something(begin: Begin) -> None:
    bot = begin(deadline_is_near)
    bot.send("!input Titel\nText")
    made = bot.last_event
    bot.pass_time(at(5, 18))
    bot.edit(made, "!input Titel\nText")
    assert only(bot).late_at is None
    bot.edit(made, "!input Titel\nAnderer Text")
    assert only(bot).late_at == bot.now


def test_a_session_that_moves_away_forgives_and_one_that_comes_closer_blames_nobody(begin: Begin) -> None:
    bot = begin(deadline_is_near)
    bot.pass_time(at(5, 18))
    bot.send("!input Zu spät\nText")
    assert "☑ verspätet eingereicht" in bot.send("!inputs")[0].text
    bot.send("!termin T1 verschieben auf 08.06.2027 11:00-16:00", as_="kai", room="office")
    assert "☑ eingereicht" in bot.send("!inputs")[0].text
    bot.send("!input Rechtzeitig\nText", as_="ida", room="transfer")
    bot.send("!termin T1 verschieben auf 26.05.2027 11:00-16:00", as_="kai", room="office")
    assert "☑ eingereicht" in bot.send("!inputs", as_="ida", room="transfer")[0].text


# --- states -----------------------------------------------------------------------------------------------------


def test_a_group_sees_its_own_state(begin: Begin) -> None:
    bot = begin(plan)
    bot.send("!input Bericht\nText")
    bot.send("!input Entwurf")
    bot.send("!input Weg damit\nText")
    bot.send("!input I3 zurückziehen")
    (said,) = bot.send("!inputs", as_="jan")
    assert said.text.splitlines() == [
        f"Inputs – {WHEN}",
        "Frist: Do., 13.05.2027",
        "• AG Modernes Beratungsverständnis: ☑ eingereicht",
        "• I1 Bericht – eingereicht",
        "• I2 Entwurf – Entwurf",
        "Input einreichen: im Raum der AG !input <Titel> und darunter der Text.",
    ]


@pytest.mark.parametrize(("who", "room"), [("kai", "office"), ("kai", "dm")])
def test_coordinators_see_all_groups_with_their_inputs(begin: Begin, who: str, room: str) -> None:
    bot = begin(plan)
    bot.send("!input Entwurf")
    (said,) = bot.send("!inputs T1", as_=who, room=room)
    assert said.text.splitlines()[2:5] == [
        "• AG Modernes Beratungsverständnis: ✎ Entwurf",
        "• I1 Entwurf – Entwurf",
        "• AG Transfer: ✖ fehlt noch",
    ]


@pytest.mark.parametrize(("who", "room"), [("ida", "sk"), ("ida", "dm")])
def test_others_see_who_has_delivered_but_not_what(begin: Begin, who: str, room: str) -> None:
    bot = begin(plan)
    bot.send("!input Vertraulich\nText")
    (said,) = bot.send("!inputs", as_=who, room=room)
    assert said.text.splitlines()[2:4] == [
        "• AG Modernes Beratungsverständnis: ☑ eingereicht",
        "• AG Transfer: ✖ fehlt noch",
    ]
    assert "Vertraulich" not in said.text


def test_states_are_not_shown_in_a_forum(bot: TestBot) -> None:
    (said,) = bot.send("!inputs", as_="ida", room="plenum")
    assert said.text.startswith("Den Stand der Inputs zeige ich in den Räumen der AGs")


def test_states_take_a_constant_number_of_queries(begin: Begin) -> None:
    bot = begin(plan)
    counts = []
    for wanted in (1, 3):
        while len(bot.table(Input)) < wanted:
            bot.send("!input Titel\nText", as_="jan" if wanted == 1 else "eva")
        seen: list[str] = []

        def note(_connection: object, _cursor: object, text: str, *_rest: object, seen: list[str] = seen) -> None:
            seen.append(text)

        event.listen(bot.store.engine, "before_cursor_execute", note)
        bot.send("!inputs")
        event.remove(bot.store.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]


# --- the clock --------------------------------------------------------------------------------------------------


def test_groups_that_have_not_delivered_are_called_nudged_and_listed(begin: Begin) -> None:
    bot = begin(plan)
    bot.send("!input Fertig\nText")
    before = spoken_of_inputs(bot.pass_time(at(4, 1, 8)))
    assert before == []
    (call,) = spoken_of_inputs(bot.pass_time(at(4, 1, 9)))
    assert (call.to, call.mentions) == ("group:transfer", ["@ida:example.org"])
    assert call.text.splitlines() == [
        "Aufruf: Input für die Sitzung",
        f"{WHEN}. Bitte reichen Sie den Input Ihrer AG ein.",
        "Die Frist endet am Do., 13.05.2027.",
        "So geht es: !input <Titel> und in den nächsten Zeilen der Text; "
        "eine Datei kommt mit, wenn Sie auf sie antworten.",
        "Ida Probe",
    ]
    (nudge,) = spoken_of_inputs(bot.pass_time(at(4, 29, 9)))
    assert (nudge.to, nudge.mentions) == ("group:transfer", ["@ida:example.org"])
    assert nudge.text.splitlines()[:2] == [
        "Erinnerung: Input der AG Transfer fehlt noch",
        f"{WHEN}. Die Frist endet am Do., 13.05.2027.",
    ]
    last = spoken_of_inputs(bot.pass_time(at(5, 13, 9)))
    assert [(one.to, one.mentions) for one in last] == [
        ("group:transfer", ["@ida:example.org"]),
        ("person:@ida:example.org", ["@ida:example.org"]),
    ]
    assert all("Die Frist endet heute (Do., 13.05.2027)." in one.text for one in last)
    (listed,) = [one for one in bot.pass_time(at(5, 14, 9)) if "AG" in one.text.partition("\n")[0]]
    assert (listed.to, listed.mentions) == ("group:office", [])
    assert listed.text.splitlines()[:4] == [
        "Nach der Frist: 1 AG ohne Input",
        f"{WHEN}. Ich erinnere die AGs nicht weiter.",
        "• AG Transfer: ✖ fehlt noch",
        "Bitte sprechen Sie die AGs selbst an. Stand jederzeit: !inputs T1.",
    ]
    assert spoken_of_inputs(bot.pass_time(at(5, 19, 20))) == []


def test_a_draft_is_nudged_with_what_it_lacks(begin: Begin) -> None:
    bot = begin(plan)
    bot.send("!input Entwurf", as_="ida", room="transfer")
    said = spoken_of_inputs(bot.pass_time(at(4, 29)))
    nudge = next(one for one in said if one.to == "group:transfer" and one.text.startswith("Erinnerung"))
    assert "Der Entwurf I1 hat noch keinen Text: !input I1 ergänzen <Text>." in nudge.text


def test_nobody_is_listed_when_all_have_delivered(begin: Begin) -> None:
    bot = begin(plan)
    bot.send("!input Eins\nText")
    bot.send("!input Zwei\nText", as_="ida", room="transfer")
    assert spoken_of_inputs(bot.pass_time(at(5, 27))) == []
    assert [one for one in bot.table(Outbox) if "Nach der Frist" in str(one.content)] == []


def test_a_session_made_late_calls_at_once_but_nudges_not(bot: TestBot) -> None:
    bot.now = at(5, 20)
    plan(bot)
    said = bot.pass_time(at(5, 26, 18))
    calls = spoken_of_inputs(said)
    assert sorted(one.to for one in calls) == ["group:beratung", "group:transfer"]
    assert all(
        "Die Frist war am Do., 13.05.2027; der Input wird noch angenommen und als verspätet vermerkt." in one.text
        for one in calls
    )
    assert [one for one in said if "Nach der Frist" in one.text] == []


def test_moving_the_session_moves_the_nudges(begin: Begin) -> None:
    bot = begin(plan)
    bot.send("!input Fertig\nText")
    bot.send("!termin T1 verschieben auf 10.06.2027 11:00-16:00", as_="kai", room="office")
    assert spoken_of_inputs(bot.pass_time(at(4, 14, 20))) == []
    (call,) = spoken_of_inputs(bot.pass_time(at(4, 15, 9)))
    assert "Die Frist endet am Do., 27.05.2027." in call.text


def test_institutions_without_account_are_listed_for_the_office(begin: Begin) -> None:
    bot = begin(plan)
    (listed,) = [one for one in bot.pass_time(at(4, 1, 9)) if one.to == "group:office"]
    assert listed.text.splitlines()[:3] == [
        "Bitte anfragen: Einrichtungen ohne Konto",
        f"{WHEN}. Diese Einrichtungen kann ich nicht selbst anschreiben:",
        "• Berichte der Ministerien: BMAS, BMBF",
    ]


def test_standing_requests_go_to_the_institutions_people(bot: TestBot, tmp_path: Any) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    people = [
        {"id": "@ida:example.org", "institution": "Bundesministerium für Arbeit und Soziales"},
        {"id": "@fremd:example.org", "institution": "BMBF"},
    ]
    items = [
        {"title": "Berichte der Ministerien", "kind": "Bericht", "ask": ["ministry"]},
        {"title": "Arbeit der Zukunft", "kind": "Impuls", "ask": ["BMAS"]},
    ]
    other = TestBot.create(folder, people=people, sessions={"standing_items": items})
    plan(other)
    said = [one for one in other.pass_time(at(4, 1, 9)) if "Anfrage" in one.text or "anfragen" in one.text]
    personal = next(one for one in said if one.to == "person:@ida:example.org")
    assert personal.mentions == ["@ida:example.org"]
    assert personal.text.splitlines()[:2] == [
        "Anfrage zur Sitzung: Berichte der Ministerien, Arbeit der Zukunft",
        f"{WHEN}. Bitte bereiten Sie für BMAS einen kurzen Beitrag vor.",
    ]
    office = next(one for one in said if one.to == "group:office")
    assert "• Berichte der Ministerien: BMBF" in office.text  # its only person shares no room with us
    assert "BMAS" not in office.text
    assert sorted(one.to for one in said) == ["group:office", "person:@ida:example.org"]
    other.store.close()


def test_after_downtime_each_series_is_said_once(begin: Begin) -> None:
    bot = begin(plan)
    bot.send("!input Fertig\nText")
    said = bot.sleep(at(5, 13, 12))
    for_transfer = [one for one in said if one.to == "group:transfer"]
    assert len(for_transfer) == 1
    assert for_transfer[0].text.count("Erinnerung: Input der AG Transfer fehlt noch") == 1
    assert bot.sleep(at(5, 13, 12) + timedelta(minutes=1)) == []
