"""What a group has is answered to everybody else exactly like what does not exist, and is nowhere to be seen (A3)."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playing import Played, Player, forms, name_of, surroundings
from rights import room_of
from stage import FORUM, GROUP, INSTEAD, OTHER, SECRET, set_stage

from ombot import features
from ombot.chat.registry import REGISTRY, Declaration
from ombot.store.tables import Outbox

features.load()

REFERENCE = re.compile(r"\b([A-Z])(\d{1,3})\b")
FAR = 900
"""What a number is moved by to be one that nobody ever gave."""
OUTSIDE = (("oda", OTHER), ("oda", FORUM), ("oda", "direct"), ("rolf", GROUP))
"""Who asks where: a lead of another group in three places, a person who was removed in the group's room itself."""


def texts(form: Declaration, place: str) -> Iterator[str]:
    """The example, and its other spellings in one place, where it names objects."""
    text = INSTEAD.get(name_of(form), form.example)
    letters = {match[1] for match in REFERENCE.finditer(text) if match[1] in REGISTRY.locators or match[1] == "M"}
    if letters:
        yield text
        if place == "direct":
            yield REFERENCE.sub(lambda match: match[0].lower(), text)
            yield REFERENCE.sub(lambda match: f"#{match[2]}", text)


def elsewhere(text: str) -> str:
    """The same text with numbers that do not exist."""
    return re.sub(r"\b([A-Za-z]|#)(\d{1,3})\b", lambda match: f"{match[1]}{int(match[2]) + FAR}", text)


def seen(played: Played, text: str) -> tuple[str, ...]:
    """All that anybody could see or measure of an answer, without the references it repeats."""
    numbers = {int(match[1]) for match in re.finditer(r"(?:\b[A-Za-z]|#)(\d{1,3})\b", text)}
    pattern = re.compile("|".join(rf"\b([A-Z])?{number}\b" for number in sorted(numbers, reverse=True)))
    plain = pattern.sub("§", json.dumps(played.answer, ensure_ascii=False))
    return played.outcome, str(played.became), plain, *played.changes


@pytest.mark.parametrize(("name", "place"), OUTSIDE)
def test_a_number_of_another_group_is_answered_like_one_nobody_gave(player: Player, name: str, place: str) -> None:
    told = {}
    for form in forms():
        for text in texts(form, place):
            known, unknown = (
                seen(player.say(one, name, room_of(place, name), **surroundings(form)), one)
                for one in (text, elsewhere(text))
            )
            if known != unknown:
                told[text] = (known, unknown)
    assert told == {}


def test_numbers_are_really_compared(player: Player) -> None:
    """The members themselves do see a difference."""
    for text in ("!aufgabe A12", "!termin T3", "!input I5", "!beschluss B7", "!top P8", "!protokoll T2"):
        known, unknown = player.say(text, "mia", GROUP), player.say(elsewhere(text), "mia", GROUP)
        assert seen(known, text) != seen(unknown, elsewhere(text)), text
        assert SECRET in json.dumps(known.answer, ensure_ascii=False), text


# --- lists, searches, exports, documents ------------------------------------------------------------------------

SEARCHES = ("!aufgaben Zaun", "!aufgaben alle", "!beschlüsse Zaun", "!wer Zaun", "!export aufgaben csv", "!suche Zaun")


@pytest.mark.parametrize(("name", "place"), OUTSIDE)
def test_no_answer_shows_what_another_group_has(player: Player, name: str, place: str) -> None:
    examples = {INSTEAD.get(name_of(form), form.example): surroundings(form) for form in forms()}
    showing = []
    for text in (*examples, *SEARCHES):
        said = player.say(text, name, room_of(place, name), **examples.get(text, {})).answer
        if SECRET in json.dumps(said, ensure_ascii=False):
            showing.append(text)
    assert showing == []


# --- boards, reminders, courses of sessions ---------------------------------------------------------------------


def test_what_is_sent_by_itself_stays_in_the_group(tmp_path_factory: pytest.TempPathFactory) -> None:
    bot = set_stage(tmp_path_factory.mktemp("elsewhere"))
    bot.pass_time(bot.now + timedelta(days=21))
    rows = [row for row in bot.table(Outbox) if SECRET in json.dumps(row.content, ensure_ascii=False)]
    bot.store.close()

    assert {row.destination for row in rows} >= {"group:beratung"}
    members = {"eva", "jan", "mia", "lea", "cora", "kai"}
    allowed = {"group:beratung", f"room:{GROUP}", "group:office", "room:!office"}
    allowed |= {f"person:@{name}:example.org" for name in members} | {f"room:!dm-{name}" for name in members}
    assert {row.destination for row in rows} - allowed == set()
