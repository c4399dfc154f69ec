"""Commands that come in long after they were written: run with their own time, or listed in one message (I6)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from testbot import BERLIN, NAMES, NOW, Said, TestBot, user

from ombot.chat.date_reader import Reading
from ombot.chat.missed import passed_meanwhile, shortened
from ombot.features.tasks.tables import Task
from ombot.store import inbox
from ombot.store.tables import Inbox

DAY = timedelta(days=1)


@dataclass
class Late:
    """A message written some time ago."""

    ago: timedelta
    body: str
    as_: str = "eva"
    room: str = "beratung"
    kind: str = "message"
    content: dict[str, str] | None = None


def catch_up(bot: TestBot, *messages: Late) -> list[Said]:
    """All of it comes in with the first answer after downtime, and is then handled in order."""
    before = bot._last_row()
    rows = [
        Inbox(
            event_id=f"$late{number}",
            room_id=f"!dm-{late.as_}" if late.room == "dm" else f"!{late.room}",
            sender=user(late.as_),
            kind=late.kind,
            content=late.content or {"body": late.body, "mentions": [], "links": []},
            sent_at=bot.now - late.ago,
            received_at=bot.now,
        )
        for number, late in enumerate(messages, bot._last_row() * 100)
    ]
    with bot.store.unit() as session:
        inbox.add(session, [row for row in rows if bot.bus.intake.wanted(session, row)])
    for row in rows:
        with bot.store.unit() as session:
            kept = inbox.by_event(session, row.event_id)
            if kept is not None:
                bot.bus.handle(session, kept, bot.now)
    return bot._deliver(before)


def test_what_is_too_old_or_over_is_listed_once_in_each_room_and_the_rest_runs(bot: TestBot) -> None:
    card = bot.send("!aufgabe Bleibt stehen")[0]
    bot.later(days=9)
    said = catch_up(
        bot,
        Late(8 * DAY, "!aufgabe Einseiter entwerfen\nmit vielen Einzelheiten"),
        Late(8 * DAY, "Das ist nur Gerede, kein Befehl"),
        Late(8 * DAY, "", kind="reaction", content={"target": card.row.event_id or "", "key": "✅"}),
        Late(8 * DAY, "Danke!", content={"body": "Danke!", "reply_to": card.row.event_id or ""}),
        Late(8 * DAY, "!status", room="transfer", as_="jan"),
        Late(3 * DAY, "!aufgabe Raum buchen bis morgen", as_="jan"),
        Late(3 * DAY, "!aufgabe Folien bauen bis übermorgen 12 Uhr"),
        Late(3 * DAY, "!aufgabe Programm drucken bis nächste Woche Freitag"),
        Late(3 * DAY, "!erledigt A77"),
        Late(8 * DAY, "stimme B1 geheimes Wort", room="dm"),
        Late(timedelta(minutes=1), "!aufgabe Neu"),
    )
    texts = {one.row.destination: [] for one in said}
    for one in said:
        texts[one.row.destination].append(one)
    assert sorted(texts) == ["room:!beratung", "room:!dm-eva", "room:!transfer"]
    titles = [one.text.splitlines()[0] for one in texts["room:!beratung"]]
    assert titles == [
        "Aufgabe A2: Programm drucken",
        "A77 gibt es hier nicht. Bitte prüfen Sie die Nummer, zum Beispiel mit „!aufgaben“ oder „!termine“.",
        "Nicht ausgeführt, bitte wiederholen",
        "Aufgabe A3: Neu",
    ]
    listed = texts["room:!beratung"][2]
    old, recent = (bot.now - 8 * DAY).strftime("%d.%m.%Y, %H:%M"), (bot.now - 3 * DAY).strftime("%d.%m.%Y, %H:%M")
    assert [line for line in listed.text.splitlines() if "„" in line] == [
        f"• {NAMES['eva']}, {old}: „!aufgabe Einseiter entwerfen“",
        f"• {NAMES['eva']}, {old}: „✅ A1“",
        f"• {NAMES['jan']}, {recent}: „!aufgabe Raum buchen bis morgen“",
        f"• {NAMES['eva']}, {recent}: „!aufgabe Folien bauen bis übermorgen 12 Uhr“",
    ]
    assert listed.mentions == sorted({user("eva"), user("jan")})
    assert ["stimme …" in one.text and "geheim" not in one.text for one in texts["room:!dm-eva"]] == [True]
    assert ["!status" in one.text for one in texts["room:!transfer"]] == [True]
    assert [task.title for task in bot.table(Task)] == ["Bleibt stehen", "Programm drucken", "Neu"]
    # Listed once: what comes later does not bring it up again, and an edit says what to do.
    later = catch_up(bot, Late(8 * DAY, "!status"))
    assert [one.text.count("•") for one in later] == [1]


def test_a_missed_command_that_is_edited_is_to_be_sent_anew(bot: TestBot) -> None:
    (listed,) = catch_up(bot, Late(8 * DAY, "!aufgabe Einseiter"))
    assert listed.text.startswith("Nicht ausgeführt")
    (hint,) = bot.edit("$late0", "!aufgabe Einseiter entwerfen")
    assert hint.text == "Der Befehl wurde vorhin nicht ausgeführt. Bitte senden Sie ihn als neue Nachricht."


def test_commands_of_several_days_are_no_flood(tmp_path: Path) -> None:
    bot = TestBot.create(tmp_path, limits={"commands": "2/60s"})
    said = catch_up(bot, *(Late(timedelta(hours=hours), f"!aufgabe Nummer {hours}") for hours in (5, 4, 3)))
    bot.store.close()
    assert [one.text.splitlines()[0] for one in said] == [
        "Aufgabe A1: Nummer 5",
        "Aufgabe A2: Nummer 4",
        "Aufgabe A3: Nummer 3",
    ]


@pytest.mark.parametrize(
    ("value", "passed"),
    [
        (date(2026, 11, 24), False),  # past already when it was written: minutes speak of such days
        (date(2026, 11, 25), True),
        (date(2026, 11, 26), False),
        (datetime(2026, 11, 26, 9, 59, tzinfo=BERLIN), True),
        (datetime(2026, 11, 26, 10, 1, tzinfo=BERLIN), False),
        (Reading(date(2026, 11, 25)), True),
        (Reading(date(2026, 11, 24), date(2026, 11, 27)), False),
        ((date(2026, 11, 25), date(2026, 11, 28)), False),
        ("25.11.2026", False),
        (None, False),
    ],
)
def test_a_command_is_over_when_its_last_date_has_passed_meanwhile(value: object, passed: bool) -> None:
    @dataclass(frozen=True)
    class Command:
        title: str
        when: object

    sent_at = NOW - DAY
    assert passed_meanwhile(Command("x", value), sent_at, NOW, BERLIN) is passed
    # Who answers at once was not away: a time that has just passed is the handler's own business.
    assert not passed_meanwhile(Command("x", NOW), NOW - timedelta(minutes=5), NOW, BERLIN)


def test_listed_words_are_short_and_say_nothing_secret() -> None:
    assert shortened("!aufgabe Eins\nmehr", word_only=False) == "!aufgabe Eins"
    assert shortened("x" * 100, word_only=False) == "x" * 80 + " …"
    assert shortened("stimme B1 ja", word_only=True) == "stimme …"
    assert shortened("meine", word_only=True) == "meine"
    assert shortened("", word_only=True) == ""
