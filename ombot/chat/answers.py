"""The results of the conversation itself: refusals, questions, and small confirmations, with their cards."""

from dataclasses import dataclass

from ombot.chat import language
from ombot.chat.context import Question
from ombot.chat.nodes import Card, bullets, card, hint, paragraph
from ombot.chat.refusal import Refusal
from ombot.chat.registry import shows


@dataclass(frozen=True)
class Refused:
    """A command was not carried out; nothing is stored."""

    refusal: Refusal


@dataclass(frozen=True)
class Asked:
    """A command waits for an answer."""

    question: Question


@dataclass(frozen=True)
class Told:
    """One sentence, by its code in :data:`ombot.chat.language.SENTENCES`."""

    code: str


@dataclass(frozen=True)
class Alarmed:
    """Something the coordination should know, by its code and the reference of the log."""

    code: str
    reference: str


@dataclass(frozen=True)
class Failed:
    """A fault of the program: members see only the reference under which the log has it."""

    reference: str


@dataclass(frozen=True)
class Crippled:
    """The program could not start: what is broken, by its code, and after how many seconds it tries again."""

    code: str
    seconds: int


@shows(Refused)
def refused_card(result: Refused) -> Card:
    """The sentence of a refusal."""
    return card(paragraph(language.explain(result.refusal)))


@shows(Asked)
def asked_card(result: Asked) -> Card:
    """The question, its numbered options, and how to answer."""
    question = result.question
    options = bullets(((label,) for label, _ in question.options), ordered=True) if question.options else None
    return card(
        paragraph(language.explain(question)),
        options,
        hint(language.how_to_answer(question.slot, bool(question.options))),
    )


@shows(Told)
def told_card(result: Told) -> Card:
    """One sentence."""
    return card(paragraph(language.SENTENCES[result.code]))


@shows(Failed)
def failed_card(result: Failed) -> Card:
    """The reference, and what to do with it."""
    return card(paragraph(language.SENTENCES["failed"].format(reference=result.reference)))


@shows(Alarmed)
def alarmed_card(result: Alarmed) -> Card:
    """The alarm in one sentence."""
    return card(paragraph(language.SENTENCES[result.code].format(reference=result.reference)))


@shows(Crippled)
def crippled_card(result: Crippled) -> Card:
    """What is broken, what becomes of the commands, and what the operator does."""
    return card(
        paragraph(language.SENTENCES[result.code]),
        paragraph(language.SENTENCES["start_meanwhile"].format(seconds=result.seconds)),
        paragraph(language.SENTENCES["start_operator"].format(todo=language.SENTENCES[f"{result.code}_todo"])),
    )
