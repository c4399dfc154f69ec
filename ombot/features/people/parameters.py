"""Parameters of the commands about people and institutions."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from ombot.chat.context import Context
from ombot.chat.language import FIELD_NAMES
from ombot.chat.line import Line, fold, has_control_characters
from ombot.chat.parameters import ABSENT, Stage
from ombot.chat.refusal import Refusal
from ombot.features.people.rules import COMPETENCES_MAX, FIELDS, LIMITS, list_of, said

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
        _check(texts)
        competences = list_of(said(texts["competences"]) or "")
        if len(competences) > COMPETENCES_MAX:
            raise Refusal("profile_competences", number=len(competences), most=COMPETENCES_MAX)
        others = {field: said(text) for field, text in texts.items() if field != "competences"}
        return Lines(**others, competences=tuple(competences))


def _unlabelled(field: str, text: str) -> str:
    """A line without the name of its field, which some write before it."""
    label, colon, rest = text.partition(":")
    return rest.strip() if colon and fold(label) == fold(FIELD_NAMES[field]) else text


def _check(texts: dict[str, str]) -> None:
    for field, text in texts.items():
        if has_control_characters(text):
            raise Refusal("control_characters")
        if len(text) > LIMITS[field]:
            raise Refusal("profile_too_long", field=FIELD_NAMES[field], most=LIMITS[field])


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


ProfileLines = Annotated[Lines, LinesParameter()]
Fields = Annotated[tuple[str, ...], FieldsParameter()]
Pair = Annotated[tuple[str, str], PairParameter()]
