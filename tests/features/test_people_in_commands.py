"""Who a command means: pills, ids and names; what contradicts itself is asked about and nothing is stored."""

import pytest
from testbot import TestBot, user

from ombot.features.tasks.tables import Assignee, Task
from ombot.store import rooms


def given(bot: TestBot) -> list[str]:
    """Who tasks were given to."""
    return sorted(row.name for row in bot.table(Assignee))


def pill(*people: str) -> dict[str, list[str]]:
    """What a client sends beside a text with pills."""
    ids = [user(name) for name in people]
    return {"mentions": ids, "links": ids}


@pytest.mark.parametrize("written", ["Jan Muster", "@Jan Muster", "@jan:example.org", "@jan"])
def test_a_pill_in_each_way_clients_write_it(bot: TestBot, written: str) -> None:
    bot.send(f"!aufgabe Einseiter {written}", **pill("jan"))
    assert given(bot) == [user("jan")]
    assert [task.title for task in bot.table(Task)] == ["Einseiter"]


@pytest.mark.parametrize("written", ["@jan", "@JAN", "@Jan Muster", "@muster", "@jan:example.org"])
def test_a_name_that_fits_one_member(bot: TestBot, written: str) -> None:
    bot.send(f"!aufgabe Einseiter {written}")
    assert given(bot) == [user("jan")]


def test_several_people(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter @jan und @eva, @kai bis 30.11.")
    assert given(bot) == [user("eva"), user("jan"), user("kai")]


@pytest.mark.parametrize(
    ("written", "facts"),
    [
        ("@niemand", {}),
        ("@ida", {}),
        ("@ida:example.org", {}),
        ("Ida Probe", pill("ida")),
        ("@jan:evil.example", {}),
    ],
)
def test_who_is_not_here_is_asked_about(bot: TestBot, written: str, facts: dict[str, list[str]]) -> None:
    (asked,) = bot.send(f"!aufgabe Einseiter {written}", **facts)
    assert "Wen meinen Sie?" in asked.text
    assert bot.table(Task) == []


def test_a_whole_user_name_decides_over_a_part_of_a_display_name(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.add(rooms.Member(room_id="!beratung", user_id="@jz:example.org", membership="join", name="Jan Zwei"))
    bot.send("!aufgabe Einseiter @jan")
    assert given(bot) == [user("jan")]


def test_a_name_of_two_people_is_asked_about(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.add(rooms.Member(room_id="!beratung", user_id="@jm:example.org", membership="join", name="Jan Muster"))
    (asked,) = bot.send("!aufgabe Einseiter @Muster")
    assert asked.text.splitlines()[:3] == [
        "„@Muster“ passt auf mehrere. Wen meinen Sie?",
        "1. Jan Muster",
        "2. Jan Muster",
    ]
    assert bot.table(Task) == []
    bot.reply(asked, "2")
    assert given(bot) == ["@jm:example.org"]


def test_a_link_without_a_mention_is_no_person(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter Jan Muster", links=[user("jan")], mentions=[])
    assert given(bot) == []
    assert [task.title for task in bot.table(Task)] == ["Einseiter Jan Muster"]


def test_a_mention_without_a_link_is_no_person(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter Jan Muster", links=[], mentions=[user("jan")])
    assert given(bot) == []


def test_a_link_to_somebody_else_than_the_mention_counts_as_neither(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter Jan Muster", links=[user("jan")], mentions=[user("kai")])
    assert given(bot) == []


def test_a_display_name_never_decides_over_a_pill(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.add(
            rooms.Member(room_id="!beratung", user_id="@evil:example.org", membership="join", name="@kai:example.org")
        )
    bot.send("!aufgabe Einseiter @kai:example.org", **pill("kai"))
    assert given(bot) == [user("kai")]


def test_a_person_in_quotes_is_title(bot: TestBot) -> None:
    bot.send("!aufgabe Text „für @jan“")
    assert given(bot) == []
