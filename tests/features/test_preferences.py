"""What members want to hear from the clock: nothing but what others wait for, or everything in the morning."""

from datetime import datetime

import pytest
from testbot import BERLIN, Said, TestBot, user

from ombot.clock import reminders
from ombot.clock.reminders import Planned
from ombot.clock.tables import Reminder
from ombot.exchange.whole import part
from ombot.features.preferences.tables import Preference


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=BERLIN)


def direct(said: list[Said], name: str = "eva") -> list[str]:
    """The headings of what somebody was told in the direct chat."""
    return [one.text.splitlines()[0] for one in said if one.to == f"person:@{name}:example.org"]


def heading(said: list[Said]) -> str:
    return said[0].text.splitlines()[0]


def test_who_wants_no_reminders_is_only_asked_for_what_others_wait_for(bot: TestBot) -> None:
    (answer,) = bot.send("erinnerungen aus", room="dm")
    assert answer.text.splitlines() == [
        "Erinnerungen: aus",
        "Ich erinnere Sie im Direktchat an nichts mehr und schicke keinen Wochenrückblick.",
        "Weiterhin kommt: die Bitte um eine Stimme, auf die andere warten, und was gerade jemand für Sie ändert, "
        "etwa eine neue Aufgabe oder ein verlegter Termin.",
        "Wieder anschalten: !erinnerungen an · Was ansteht: !meine",
    ]
    bot.send("!aufgabe Einseiter entwerfen @eva bis 04.12.2026")
    bot.send("!beschluss Wir erstellen einen Leitfaden bis 04.12.2026", as_="jan")
    said = bot.pass_time(at(5))
    # In the room everything is as before: it names her, and her client rings.
    assert [one.mentions for one in said if one.to == "group:beratung" and "A1" in one.text] == [[user("eva")]] * 2
    assert [one.text for one in said if one.to == "person:@eva:example.org" and "B1" not in one.text] == []
    assert len(direct(said)) == 2


def test_reminders_wait_for_the_morning(bot: TestBot) -> None:
    bot.send("!erinnerungen morgens")
    bot.send("!aufgabe Einseiter entwerfen @eva in beratung bis 04.12.2026", room="dm")
    said = bot.pass_time(at(5))
    assert [one.row.created_at.astimezone(BERLIN) for one in said if one.to.startswith("person:@eva")] == [
        at(1),
        at(4),
    ]


@pytest.mark.parametrize(
    ("now", "due", "anchor", "said_at"),
    [
        ((1, 9, 0), (1, 9, 0), 4, None),  # the morning itself
        ((1, 14, 0), (1, 14, 0), 4, (2, 9, 0)),
        ((4, 14, 0), (4, 14, 0), 20, (7, 9, 0)),  # a Friday: the next morning is Monday's
        ((4, 14, 0), (4, 14, 0), 4, None),  # tomorrow would be too late
        ((8, 14, 0), (8, 14, 0), 4, (9, 9, 0)),  # its day is over anyhow
        ((2, 11, 0), (1, 14, 0), 4, None),  # after downtime the morning is past, too
    ],
)
def test_what_falls_due_during_the_day_comes_in_the_morning_unless_that_is_too_late(
    bot: TestBot,
    now: tuple[int, int, int],
    due: tuple[int, int, int],
    anchor: int,
    said_at: tuple[int, int, int] | None,
) -> None:
    bot.send("!erinnerungen morgens")
    bot.send("!aufgabe Einseiter entwerfen bis 20.12.2026")
    with bot.store.unit() as session:
        planned = Planned("due-0d", at(anchor).date(), "person:@eva:example.org", at(*due))
        reminders.replan(session, "A1", [planned], bot.now)
    said = bot.sleep(at(*now))
    assert len(direct(said)) == (0 if said_at else 1)
    row = next(row for row in bot.table(Reminder) if row.state != "dropped")
    assert (row.state, row.due_at.astimezone(BERLIN)) == (("open", at(*said_at)) if said_at else ("sent", at(*due)))


def test_settings_are_shown_undone_exported_and_erased(bot: TestBot) -> None:
    assert heading(bot.send("!erinnerungen")) == "Erinnerungen: an"
    assert heading(bot.send("erinnerungen morgens", room="dm")) == "Erinnerungen: gesammelt am Morgen"
    (answer,) = bot.send("!erinnerungen woche aus")
    assert "Wochenrückblick: aus." in answer.text
    (mine,) = bot.send("meine", room="dm")
    assert "Erinnerungen: gesammelt am Morgen, Wochenrückblick: aus – !erinnerungen" in mine.text
    (refused,) = bot.send("!erinnerungen abends")
    assert "!erinnerungen" in refused.text
    with bot.store.reading() as session:
        exported = part(session, bot.settings, bot.now, "preferences")["preferences"]
    assert exported == [{"person": "@eva:example.org", "reminders": "morning", "weekly": False}]
    bot.send("!zurück")
    assert [(row.pace, row.weekly) for row in bot.table(Preference)] == [("morning", True)]
    assert "Erinnerungen im Direktchat" in bot.send("meinedaten", room="dm")[0].text
    bot.send("vergiss mich", room="dm")
    bot.send("ja", room="dm")
    assert bot.table(Preference) == []


def test_the_first_setting_can_be_undone(bot: TestBot) -> None:
    bot.send("!erinnerungen aus")
    bot.send("!zurück")
    assert [(row.pace, row.weekly) for row in bot.table(Preference)] == [("all", True)]
