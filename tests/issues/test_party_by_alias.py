"""A task could not be given to an institution by an alias of several words: it stayed in the title."""

import pytest
from testbot import TestBot


@pytest.mark.parametrize(
    "name", ["BMAS", "Bundesministerium für Arbeit und Soziales", "das bundesministerium fuer arbeit und soziales"]
)
def test_a_task_is_given_to_an_institution_by_any_of_its_names(bot: TestBot, name: str) -> None:
    (said,) = bot.send(f"!aufgabe Konzept an {name} bis 1.12.")
    assert said.text.splitlines()[:2] == ["Aufgabe A1: Konzept", "Wer: BMAS · Frist: Di., 01.12.2026"]
