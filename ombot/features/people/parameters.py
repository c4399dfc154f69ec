"""Parameters of the commands about people and institutions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ombot.chat.context import Context, Question
from ombot.chat.language import FIELD_NAMES, TEMPLATE_FIELDS, TEMPLATE_NAMES
from ombot.chat.line import Line, fold, has_control_characters
from ombot.chat.parameters import ABSENT, Stage
from ombot.chat.refusal import Refusal
from ombot.features.people.rules import COMPETENCES_MAX, FIELDS, LIMITS, SEARCH_MAX, TEMPLATE_MAX, list_of, said

_AROUND = ' .,;„“”"'


@dataclass(frozen=True)
class Lines:
    """The five lines of a profile; None where a dash stands for nothing."""

    name: str | None
    function: str | None
    institution: str | None
    competences: tuple[str, ...]
    offer: str | None


@dataclass(frozen=True)
class LinesParameter:
    """Name, function, institution, competences by comma, and offer: a line each, the first may follow the word."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The :class:`Lines`; absent where there is no second line.

        Raises:
            Refusal: there are not five lines, or one is too long.
        """
        if not line.details.strip():
            return ABSENT
        found = [part.strip() for part in (line.text, *line.details.splitlines()) if part.strip()]
        line.text = line.details = ""
        if len(found) != len(FIELDS):
            raise Refusal("profile_lines", number=len(found))
        texts = dict(zip(FIELDS, map(_unlabelled, FIELDS, found), strict=True))
        checked(texts)
        competences = list_of(said(texts["competences"]) or "")
        others = {field: said(text) for field, text in texts.items() if field != "competences"}
        return Lines(**others, competences=tuple(competences))


def _unlabelled(field: str, text: str) -> str:
    """A line without the name of its field, which some write before it."""
    label, colon, rest = text.partition(":")
    return rest.strip() if colon and fold(label) == fold(FIELD_NAMES[field]) else text


def checked(texts: Mapping[str, str]) -> None:
    """Insist on what the fields of a profile may hold.

    Raises:
        Refusal: one is too long, or holds what no keyboard writes.
    """
    for field, text in texts.items():
        if has_control_characters(text):
            raise Refusal("control_characters")
        if len(text) > LIMITS[field]:
            raise Refusal("profile_too_long", field=FIELD_NAMES[field], most=LIMITS[field])
    number = len(list_of(texts.get("competences", "")))
    if number > COMPETENCES_MAX:
        raise Refusal("profile_competences", number=number, most=COMPETENCES_MAX)


@dataclass(frozen=True)
class KeywordsParameter:
    """What is looked for: the rest of the line."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The words.

        Raises:
            Question: there are none.
            Refusal: they are too long, or hold what no keyboard writes.
        """
        words = line.text.strip() or context.answers.get("keywords", "").strip()
        line.text = ""
        if not words:
            raise Question("search_missing", "keywords")
        if has_control_characters(words):
            raise Refusal("control_characters")
        if len(words) > SEARCH_MAX:
            raise Refusal("search_long", most=SEARCH_MAX)
        return words


@dataclass(frozen=True)
class FieldsParameter:
    """Names of profile fields; none are all of them."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """A tuple of keys of :data:`rules.FIELDS`.

        Raises:
            Refusal: there is no such field.
        """
        known = {fold(name): field for field, name in FIELD_NAMES.items()}
        words = [word for word in re.split(r"[\s,;]+", line.text) if word and fold(word) != "und"]
        unknown = [word for word in words if fold(word) not in known]
        if unknown:
            raise Refusal("field_unknown", name=unknown[0][:40])
        line.text = ""
        return tuple(dict.fromkeys(known[fold(word)] for word in words)) or ABSENT


@dataclass(frozen=True)
class PairParameter:
    """``A ist B``: the names of two institutions."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The two names; absent where it is only one."""
        match = re.fullmatch(r"(.+?)\s+ist\s+(.+)", line.text.strip())
        if match is None:
            return ABSENT
        line.text = ""
        return tuple(part.strip(_AROUND) for part in match.groups())


@dataclass(frozen=True)
class TemplateParameter:
    """The further lines of the message as the template of institutions: ``Feld: Text``, a field may go on below."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """Field → text; absent without further lines.

        Raises:
            Refusal: a line belongs to no field, or a text is too long.
        """
        if not line.details.strip():
            return ABSENT
        found: dict[str, list[str]] = {}
        field = None
        for text in filter(None, map(str.strip, line.details.splitlines())):
            label, colon, rest = text.partition(":")
            named = TEMPLATE_FIELDS.get(fold(label)) if colon else None
            field, words = (named, rest.strip()) if named else (field, text)
            if field is None:
                raise Refusal("template_line", line=text[:60])
            found.setdefault(field, []).append(words)
        line.details = ""
        return {field: _template_text(field, words) for field, words in found.items()}


def _template_text(field: str, words: list[str]) -> str:
    text = "\n".join(filter(None, words))
    if has_control_characters(text):
        raise Refusal("control_characters")
    if len(text) > TEMPLATE_MAX:
        raise Refusal("profile_too_long", field=TEMPLATE_NAMES[field], most=TEMPLATE_MAX)
    return said(text) or ""


Keywords = Annotated[str, KeywordsParameter()]
ProfileLines = Annotated[Lines, LinesParameter()]
Fields = Annotated[tuple[str, ...], FieldsParameter()]
Pair = Annotated[tuple[str, str], PairParameter()]
Template = Annotated[dict[str, str], TemplateParameter()]
