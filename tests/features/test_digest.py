"""The weekly digest: one message to each who was there, about what was new, and none when nothing was."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from testbot import BERLIN, Said, TestBot, user

from ombot.clock.tables import Reminder
from ombot.features.digest.rules import next_day
from ombot.store.tables import Member


def at(day: int, hour: int = 9) -> datetime:
    """In December 2026; the 7th is a Monday."""
    return datetime(2026, 12, day, hour, tzinfo=BERLIN)


@pytest.fixture
def bot(tmp_path: Path, stage: str, _engines: Callable[[str], Engine]) -> Iterator[TestBot]:
    made = TestBot.create(tmp_path, _engines(stage), digest={"day": "monday"})
    made.pass_time(made.now)
    yield made
    made.store.close()


def told(said: list[Said]) -> dict[str, list[str]]:
    """The lines of each digest, by whose it is."""
    found = [(one.to, one.text.splitlines()) for one in said if "Wochenrückblick" in one.text]
    assert len({to for to, _ in found}) == len(found)
    return dict(found)


def leave(session: Session, room: str, name: str) -> None:
    session.get_one(Member, (room, user(name))).membership = "leave"


def test_everybody_hears_once_what_was_new_in_their_groups(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan bis 20.12.2026")
    bot.send("!aufgabe Verworfenes")
    bot.send("!aufgabe A2 verworfen")
    bot.send("!termin Treffen am 15.12.2026 10:00")
    bot.send("!input Leitfaden\nText")
    bot.send("!input Nur ein Entwurf")
    bot.send("!beschluss Wir erstellen einen Leitfaden bis 18.12.2026", as_="jan")
    for number in range(7):
        bot.send(f"!aufgabe Transfer {number}", as_="ida", room="transfer")
    bot.send("!erinnerungen woche aus", as_="kai")
    with bot.store.unit() as session:
        leave(session, "!transfer", "jan")
    said = bot.pass_time(at(4))
    monday = told(said)
    assert {one.row.created_at for one in said if "Wochenrückblick" in one.text} == {
        datetime(2026, 11, 30, 9, tzinfo=BERLIN)
    }
    counted = "1 neue Aufgabe (A1), 1 neuer Termin (T1), 1 Input (I1), 1 laufende Abstimmung (B1)"
    assert monday == {
        "person:@eva:example.org": [
            "Ihr Wochenrückblick: Mo., 23.11.2026 – So., 29.11.2026",
            f"• AG Modernes Beratungsverständnis: {counted}",
            "Ansehen mit der Nummer: !aufgabe A1 · Was bei Ihnen ansteht: !meine · "
            "Abbestellen: !erinnerungen woche aus",
        ],
        "person:@jan:example.org": [
            "Ihr Wochenrückblick: Mo., 23.11.2026 – So., 29.11.2026",
            f"• AG Modernes Beratungsverständnis: {counted}",
            "Ansehen mit der Nummer: !aufgabe A1 · Was bei Ihnen ansteht: !meine · "
            "Abbestellen: !erinnerungen woche aus",
        ],
        "person:@ida:example.org": [
            "Ihr Wochenrückblick: Mo., 23.11.2026 – So., 29.11.2026",
            "• AG Transfer: 7 neue Aufgaben (A3, A4, A5, A6, A7 und 2 weitere)",
            "Ansehen mit der Nummer: !aufgabe A3 · Was bei Ihnen ansteht: !meine · "
            "Abbestellen: !erinnerungen woche aus",
        ],
    }
    assert told(bot.pass_time(at(8))) == {}  # nothing was new from then on


def test_who_wants_or_is_no_longer_there_hears_nothing(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen")
    bot.send("!erinnerungen aus")
    bot.send("!abwesend bis 02.12.2026", as_="jan")
    monday = told(bot.pass_time(at(1)))
    assert list(monday) == ["person:@kai:example.org"]
    # Who was away gets it when they are back; who has left all groups meanwhile does not.
    with bot.store.unit() as session:
        leave(session, "!beratung", "jan")
        leave(session, "!sk", "jan")
        leave(session, "!transfer", "jan")
    assert told(bot.pass_time(at(4))) == {}


def test_what_was_missed_in_downtime_is_not_made_up_for(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen", as_="ida", room="transfer")
    bot.now = at(8)
    bot.send("!aufgabe Zweites", as_="ida", room="transfer")
    said = bot.sleep(at(14, 8))
    assert [row.anchor for row in bot.table(Reminder) if row.object == "W"] == [date(2026, 12, 14)] * 5
    assert told(said) == {}
    assert {lines[1] for lines in told(bot.pass_time(at(14))).values()} == {"• AG Transfer: 1 neue Aufgabe (A2)"}


@pytest.mark.parametrize(
    ("weekday", "after", "day"),
    [
        ("monday", date(2026, 11, 26), date(2026, 11, 30)),
        ("monday", date(2026, 11, 30), date(2026, 12, 7)),
        ("sunday", date(2026, 11, 28), date(2026, 11, 29)),
    ],
)
def test_the_next_day_is_always_a_later_one(weekday: str, after: date, day: date) -> None:
    assert next_day(weekday, after) == day
