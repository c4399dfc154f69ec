"""A command table with holes is refused when the program starts."""

import ast
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest

from ombot import features
from ombot.chat.context import Context
from ombot.chat.contributions import on_board
from ombot.chat.nodes import Card, card, paragraph
from ombot.chat.parameters import WordsParameter
from ombot.chat.registry import REGISTRY, Place, Registry, command, handles, shows
from ombot.chat.rights import Right


@dataclass(frozen=True)
class Result:
    """What the handler finds out."""


def declare(registry: Registry, example: str = "!probe", brief: str = "probiert etwas") -> type:
    """A command of a table of its own."""

    class declared(command):  # noqa: N801 - used like the decorator
        pass

    declared.registry = registry

    @declared("probe", brief=brief, example=example, usage="!probe [Text]", topic="Proben", alias=("try",))
    @dataclass(frozen=True)
    class Probe:
        text: Annotated[str, WordsParameter()] = ""

    return Probe


def handler(command: object, context: Context) -> Result | None:
    """Carries it out."""
    return Result()


def show(result: Result) -> Card:
    """Shows it."""
    return card(paragraph("Probe"))


def whole() -> Registry:
    """A table without holes."""
    registry = Registry()
    handles(declare(registry), registry)(handler)
    shows(Result, registry)(show)
    return registry


def test_a_whole_table_passes() -> None:
    whole().check()


def test_the_table_of_the_program_is_whole() -> None:
    features.load()
    REGISTRY.check()


def test_rights_and_places_have_careful_defaults() -> None:
    (form,) = whole().declarations
    assert (form.right, form.place, form.undo) == (Right.MEMBER, Place.ANYWHERE, True)
    assert [(slot.name, slot.optional) for slot in form.slots] == [("text", True)]
    assert sorted(whole().words()) == ["probe", "try"]


@pytest.mark.parametrize(
    ("example", "brief", "problem"),
    [
        ("probe", "probiert etwas", "Probe has no example or no brief"),
        ("", "probiert etwas", "Probe has no example or no brief"),
        ("!probe", "", "Probe has no example or no brief"),
    ],
)
def test_a_command_without_example_or_brief(example: str, brief: str, problem: str) -> None:
    registry = Registry()
    handles(declare(registry, example, brief), registry)(handler)
    shows(Result, registry)(show)
    with pytest.raises(LookupError, match=f"^{problem}$"):
        registry.check()


def test_a_command_without_handler() -> None:
    registry = whole()
    registry.handlers.clear()
    with pytest.raises(LookupError, match=r"^Probe has no handler$"):
        registry.check()


def test_a_handler_without_command() -> None:
    registry = whole()
    registry.declarations.clear()
    with pytest.raises(LookupError, match=r"^handler of Probe has no command$"):
        registry.check()


def test_a_result_without_card() -> None:
    registry = whole()
    registry.cards.clear()
    with pytest.raises(LookupError, match=r"^Result \(result of Probe\) has no card$"):
        registry.check()


def test_a_part_of_the_board_without_card() -> None:
    def part(asked: object) -> Result | None:
        return None

    registry = whole()
    on_board(10, registry)(part)
    registry.check()
    registry.cards.clear()
    with pytest.raises(LookupError, match=r"Result \(result of part\) has no card$"):
        registry.check()


def test_a_field_that_is_no_parameter_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match=r"^Wrong\.text is no parameter$"):

        @command("falsch", brief="x", example="!falsch", usage="!falsch", topic="x")
        @dataclass(frozen=True)
        class Wrong:
            text: str


def test_no_sentence_is_written_twice() -> None:
    """The tables of sentences are joined: of two with one code, the one that is imported later would be said."""
    root = Path(features.__file__).parent.parent
    found = Counter(
        key.value
        for file in (root / "chat" / "language.py", *root.glob("features/*/cards.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.AugAssign | ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict)
        if "SENTENCES" in {getattr(one, "id", "") for one in ast.iter_child_nodes(node)}
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    )
    assert len(found) > 100
    assert [code for code, times in found.items() if times > 1] == []
