"""Text to typed command: the word names the forms, the first form that reads the whole line wins."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from rapidfuzz import process

from ombot.chat.context import Context
from ombot.chat.line import MESSAGE_MAX, Line, fold
from ombot.chat.parameters import ABSENT, Stage
from ombot.chat.refusal import Refusal
from ombot.chat.registry import REGISTRY, Declaration, Place, Registry, Slot

C = TypeVar("C")


class NoMatch(Exception):
    """This form does not read the line; another may."""


@dataclass(frozen=True)
class Parsed:
    """A command with the declaration it came from."""

    declaration: Declaration
    command: Any


class Parser:
    """Reads commands by the table."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self.registry = registry
        self._words = {fold(word): forms for word, forms in registry.words().items()}

    def parse(self, text: str, context: Context) -> Parsed:
        """The command a text is, its ``!`` already taken off.

        Raises:
            Refusal: it is none, or something in it is wrong; a question where an answer can mend it.
        """
        if len(text) > MESSAGE_MAX:
            raise Refusal("message_too_long", most=MESSAGE_MAX)
        first, _, details = text.strip().partition("\n")
        line = Line(" ".join(first.split()), details)
        word = line.take_word()
        line.raw = first.strip()[len(word) :]
        return self._first_match(self.forms(word), line, context)

    def forms(self, word: str) -> list[Declaration]:
        """The forms of a command word or alias.

        Raises:
            Refusal: nobody knows the word; with the nearest one where there is one.
        """
        forms = self._words.get(fold(word).rstrip(":,"))
        if forms is None:
            raise self._unknown(word)
        return forms

    def knows(self, word: str) -> bool:
        """Whether a word starts a command."""
        return fold(word).rstrip(":,") in self._words

    def _unknown(self, word: str) -> Refusal:
        best = process.extractOne(fold(word), self._words.keys(), score_cutoff=60)
        if best is None:
            return Refusal("unknown_command", word=word[:40])
        return Refusal("unknown_command_near", word=word[:40], near=self._words[best[0]][0].word)

    def _first_match(self, forms: list[Declaration], line: Line, context: Context) -> Parsed:
        for form in forms:
            context.group = None
            try:
                return Parsed(form, _read_form(form, replace(line), context))
            except NoMatch:
                continue
        raise Refusal("usage", word=forms[0].word, usages=[form.usage for form in forms])


def read_as(cls: type[C], text: str, context: Context, registry: Registry = REGISTRY) -> C:
    """Read a text, without its command word, as one certain command: for commands that carry out others.

    Raises:
        Refusal: it is none, or something in it is wrong; a question where an answer can mend it.
    """
    form = _form_of(cls, registry)
    first, _, details = text.strip().partition("\n")
    try:
        command: C = _read_form(form, Line(" ".join(first.split()), details), context)
    except NoMatch as error:
        raise Refusal("usage", word=form.word, usages=[form.usage]) from error
    return command


def read_endings(cls: type, line: Line, context: Context, registry: Registry = REGISTRY) -> dict[str, Any]:
    """Take off a line what a certain command reads from its end (persons, dates), as values for its fields.

    Raises:
        Refusal: something in it is wrong; a question where an answer can mend it.
    """
    values: dict[str, Any] = {}
    _read_tail(
        [slot for slot in _form_of(cls, registry).slots if slot.parameter.stage is Stage.TAIL], line, context, values
    )
    return values


def _form_of(cls: type, registry: Registry) -> Declaration:
    return next(declaration for declaration in registry.declarations if declaration.cls is cls)


def _read_form(form: Declaration, line: Line, context: Context) -> Any:
    values: dict[str, Any] = {}
    references = [slot for slot in form.slots if hasattr(slot.parameter, "letter")]
    unknown = _read_references(references, line, context, values)
    try:
        _read_rest(form, [slot for slot in form.slots if slot not in references], line, context, values)
    except Refusal as refusal:
        raise (unknown or refusal) from None
    if unknown is not None:
        raise unknown
    return form.cls(**values)


def _read_references(slots: list[Slot], line: Line, context: Context, values: dict[str, Any]) -> Refusal | None:
    """Read the references of a form, and give back the refusal of one that does not exist here.

    Only a form that reads the whole line may refuse by it: in "!aufgabe 3 Plakate drucken" the number is title.
    """
    for slot in slots:
        try:
            _read(slot, line, context, values)
        except Refusal as refusal:
            if refusal.code != "unknown_reference":
                raise
            return refusal
    return None


def _read_rest(form: Declaration, rest: list[Slot], line: Line, context: Context, values: dict[str, Any]) -> None:
    if form.verb and not any(line.take_phrase(verb) for verb in form.verb):
        raise NoMatch
    for stage in Stage:
        slots = [slot for slot in rest if slot.parameter.stage == stage]
        if stage is Stage.TAIL:
            _read_tail(slots, line, context, values)
        else:
            for slot in slots:
                _read(slot, line, context, values)
        if stage is Stage.TAIL and form.place is Place.GROUP:
            context.here()
    if line.text.strip() or line.details.strip():
        raise NoMatch


def _read(slot: Slot, line: Line, context: Context, values: dict[str, Any]) -> None:
    value = slot.parameter.read(line, context)
    if value is not ABSENT:
        values[slot.name] = value
    elif not slot.optional:
        raise NoMatch


def _read_tail(slots: list[Slot], line: Line, context: Context, values: dict[str, Any]) -> None:
    """Take endings off until nothing more comes off: their order in the line is the writer's choice."""
    open_slots = list(slots)
    before = None
    while open_slots and before != line.text:
        before = line.text
        for slot in list(open_slots):
            value = slot.parameter.read(line, context)
            if value is not ABSENT:
                values[slot.name] = value
                open_slots.remove(slot)
    if any(not slot.optional for slot in open_slots):
        raise NoMatch
