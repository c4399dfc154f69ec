"""Who may do what where: every command is given in every role and place, and docs/permissions.md says what comes."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import rights
from playing import OK, SILENT, Player, forms, name_of
from rights import PLACES, ROLES
from stage import COORDINATION, GROUP
from testbot import OWN

from ombot import features
from ombot.chat.manual import code
from ombot.chat.registry import Declaration
from ombot.chat.rights import Right

pytestmark = pytest.mark.xdist_group("rights")  # what is played once serves all of them

features.load()

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
FORMS = {name_of(form): form for form in forms()}
ALONE = {
    "mailing.ForgetOwnAddress",
    "overview.Help",
    "people.RemovePhoto",
    "privacy.ForgetMe",
    "privacy.MyData",
}
"""What somebody may do who is in no group: ask for help, and for what is stored about themselves."""

Codes = dict[tuple[str, str], str]
"""(name of the form, letter of the role) → what came of it, in one place."""


@pytest.fixture(scope="module", params=PLACES, ids=PLACES.get)
def place(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def codes_in(player: Player) -> Callable[[str], Codes]:
    """Place → everything played there, once for all tests."""

    @cache
    def played(place: str) -> Codes:
        return {
            (name, letter): outcome
            for name, form in FORMS.items()
            for letter, outcome in rights.played(player, form, place).items()
        }

    return played


@pytest.fixture(scope="module")
def codes(codes_in: Callable[[str], Codes], place: str) -> Codes:
    """Everything played in one place."""
    return codes_in(place)


def reviewed(place: str) -> dict[str, str]:
    """Usage in code → the cell of a place, as the page has it."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {cells[0]: cells[1 + list(PLACES).index(place)] for cells in rows}


def allowed(codes: Codes, form: Declaration) -> set[str]:
    """The letters of those who may give a form in the place of these codes, or are asked for the group."""
    return {letter for (name, letter), code in codes.items() if name == name_of(form) and code not in rights.REFUSED}


def test_every_cell_is_as_it_was_reviewed(codes: Codes, place: str) -> None:
    cells = {
        code(form.usage): rights.cell({role.letter: codes[name, role.letter] for role in ROLES})
        for name, form in FORMS.items()
    }
    assert cells == reviewed(place), "run make docs and review what changed in docs/permissions.md"


def test_nobody_from_outside_gets_anything(codes: Codes, place: str) -> None:
    for form in FORMS.values():
        if name_of(form) not in ALONE:
            assert allowed(codes, form) & {"S", "R"} == set(), name_of(form)
    if place == GROUP:
        members_of_others = {name for name, form in FORMS.items() if form.right >= Right.MEMBER}
        assert {name for name in members_of_others if "O" in allowed(codes, FORMS[name])} == set()


def test_the_declared_right_is_the_least_that_is_asked(codes: Codes) -> None:
    for name, form in FORMS.items():
        may = allowed(codes, form)
        if form.right is Right.COORDINATOR:
            assert {letter for letter in may if codes[name, letter] not in rights.ASKED} <= {"C"}, name
        elif form.right is Right.LEAD:
            assert {letter for letter in may if codes[name, letter] not in rights.ASKED} <= {"L", "C", "O"}, name


def test_the_stage_has_what_examples_name(codes_in: Callable[[str], Codes]) -> None:
    """A matrix of nothing but refusals would prove nothing."""
    places = [codes_in(place) for place in (GROUP, COORDINATION, "direct")]
    outcomes = {name: {codes[name, letter] for codes in places for letter in "LCM"} for name in FORMS}
    idle = [name for name, codes in outcomes.items() if OK not in codes and not codes & rights.CONFIRMED]

    assert [name for name, codes in outcomes.items() if codes <= rights.REFUSED] == []
    assert len(idle) < len(FORMS) / 10, f"add to tests/stage.py what these examples name: {idle}"


def test_bots_are_never_answered(player: Player) -> None:
    for form in FORMS.values():
        event = {"type": "m.room.message", "content": {"msgtype": "m.notice", "body": form.example}}
        assert player.play(event, "lea", GROUP).outcome == SILENT, name_of(form)
        assert player.say(form.example, OWN, GROUP).outcome == SILENT, name_of(form)
    assert player.say("!aufgabe Einseiter", "lea", GROUP).outcome == OK
