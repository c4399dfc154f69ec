"""Parameters that only decisions have: the reference at the end of a vote, and what follows it."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from ombot.chat.context import Context, Question
from ombot.chat.line import Line, fold
from ombot.chat.parameters import ABSENT, Ref, Reference, Stage, WordsParameter, party_named
from ombot.chat.refusal import Forgotten, Refusal
from ombot.features.decisions import queries
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution

_AT_END = re.compile(r"(?:^|\s)#?[bB](\d{1,9})\s*$")
_IN_FRONT = re.compile(r"#?[bB](\d{1,9})(?!\S)")
_ALONE = re.compile(r"#?(\d{1,9})")
TAKE_BACK = ("zuruecknehmen", "zurueck", "zurueckziehen", "withdraw")
_FOR = re.compile(
    r"f(?:ü|ue)r\s+(?P<name>[^:]+?)(?:\s+(?P<back>zur(?:ü|ue)ck(?:nehmen|ziehen)?|withdraw)|\s*:\s*(?P<reason>.*))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class VoteReference(Reference):
    """``… B7`` at the end, ``B7 …`` in front, or the card that was replied to.

    Between words the letter is needed: the number in "Wir brauchen 7" is no reference.
    """

    def read(self, line: Line, context: Context) -> Any:
        """The decision that is voted on; two different ones are refused, since a vote must not go astray."""
        if alone := _ALONE.fullmatch(line.text.strip()):
            line.text = ""
            return self.locate(int(alone[1]), context)
        numbers = {int(context.about[1:])} if context.about and context.about.startswith(self.letter) else set()
        if front := _IN_FRONT.match(line.text):
            line.text = line.text[front.end() :].lstrip()
            numbers.add(int(front[1]))
        if end := _AT_END.search(line.text):
            line.text = line.text[: end.start()].rstrip()
            numbers.add(int(end[1]))
        if end := _AT_END.search(line.details):
            line.details = line.details[: end.start()].rstrip()
            numbers.add(int(end[1]))
        if len(numbers) > 1:
            raise _which(sorted(numbers), context)
        return self.locate(numbers.pop(), context) if numbers else ABSENT


def _which(numbers: list[int], context: Context) -> Refusal:
    found = (queries.get(context.session, number) for number in numbers)
    secret = any(decision.secret for decision in found if decision is not None)
    return (Forgotten if secret else Refusal)("which_decision", references=[f"B{number}" for number in numbers])


@dataclass(frozen=True)
class TakeBackParameter:
    """``zurücknehmen`` as all that is left: with more words it is the reason of an objection."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """True when the vote is taken back."""
        if line.details or fold(line.text) not in TAKE_BACK:
            return ABSENT
        line.text = ""
        return True


@dataclass(frozen=True)
class VoteForParameter:
    """``für <Einrichtung>``, in front of everything but the reference; a reason follows behind a colon or below.

    Nowhere else, since the words of an objection may end so too: "Das ist schlecht für BMAS".
    """

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """The :class:`Institution`.

        Raises:
            Refusal: nobody has the name in front of the colon, and the vote would count for somebody else.
        """
        match = _FOR.fullmatch(line.text)
        if match is None:
            return ABSENT
        name = match["name"].strip(" .,;")
        institution = people.find_institution(context.session, name)
        if institution is None:
            if match["reason"] is not None:
                raise Refusal("institution_unknown", name=name[:60])
            return ABSENT
        line.text = (match["back"] or match["reason"] or "").strip()
        return institution


@dataclass(frozen=True)
class ReasonParameter:
    """The words of a concern or an objection."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The words; absent when there are none.

        Raises:
            Refusal: a reply without ``!`` and without the colon is talk: "Bedenken habe ich keine".
        """
        words = WordsParameter().read(line, context)
        body = context.message.body.lstrip()
        if words is not ABSENT and context.about and not body.startswith("!") and ":" not in body.split(maxsplit=1)[0]:
            raise Refusal("usage", word="einwand", usages=["Einwand: <Text>"])
        return words


@dataclass(frozen=True)
class DecisionText:
    """What is to be decided: all that is left, further lines included. Longer than a title may be."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The text.

        Raises:
            Question: it is missing, or starts with what looks like a reference.
        """
        reference = line.starts_with_reference()
        if reference and not context.revising and context.answers.get("confirm_title") != "ja":
            raise Question("title_or_reference", "confirm_title", facts={"reference": reference})
        words = WordsParameter().read(line, context)
        text = words if words is not ABSENT else context.answers.get("text", "").strip()
        if not text:
            raise Question("decision_text_missing", "text")
        return text


@dataclass(frozen=True)
class SecretParameter:
    """``geheim`` at the end."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """True when the vote is secret."""
        return True if line.take_ending("geheim") else ABSENT


@dataclass(frozen=True)
class OtherDecision:
    """A second reference in the line; rights are still asked for in the group of the first one."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """The decision; what may not be seen here and what does not exist get the same answer.

        Raises:
            Refusal: it is missing.
        """
        number = line.take_reference("B")
        if number is None:
            raise Refusal("replaced_by_what")
        group = context.group
        found: Ref = Reference("B").locate(number, context)
        context.group = group
        return found


@dataclass(frozen=True)
class InstitutionParameter:
    """All that is left is the name of an institution; empty for ``niemanden``."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The institution's own name.

        Raises:
            Refusal: it is missing, or nobody has this name.
        """
        words = line.text.strip(" .,;")
        if not words:
            raise Refusal("transfer_to_whom")
        line.text = ""
        if fold(words) in ("niemanden", "niemand", "keinen"):
            return ""
        party = party_named(words, context) or {}
        if "institution" not in party:
            raise Refusal("institution_unknown", name=words)
        return party["institution"]


DecisionRef = Annotated[Ref, Reference("B")]
VoteRef = Annotated[Ref, VoteReference("B")]
VoteFor = Annotated[Institution, VoteForParameter()]
OtherRef = Annotated[Ref, OtherDecision()]
TakeBack = Annotated[bool, TakeBackParameter()]
Reason = Annotated[str, ReasonParameter()]
Text = Annotated[str, DecisionText()]
Secret = Annotated[bool, SecretParameter()]
InstitutionName = Annotated[str, InstitutionParameter()]
