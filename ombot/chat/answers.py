"""The results of the conversation itself: refusals, questions, and small confirmations, with their cards."""

from dataclasses import dataclass
from datetime import datetime

from ombot.chat import language
from ombot.chat.context import Question
from ombot.chat.nodes import Card, bullets, card, heading, hint, paragraph
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


@dataclass(frozen=True)
class HealthChanged:
    """Something is wrong with the bot ``since`` a moment, by the codes of ``web.health``; ``until`` says it is over."""

    codes: tuple[str, ...]
    since: datetime
    until: datetime | None


@shows(Refused)
def refused_card(result: Refused) -> Card:
    """The sentence of a refusal."""
    return card(paragraph(language.explain(result.refusal)))


@shows(Asked)
def asked_card(result: Asked) -> Card:
    """The question, what it is about, its numbered options, and how to answer."""
    question = result.question
    lines = bullets((line,) for line in question.lines) if question.lines else None
    options = bullets(((label,) for label, _ in question.options), ordered=True) if question.options else None
    return card(
        paragraph(language.explain(question)),
        lines,
        options,
        hint(language.how_to_answer(question.slot, bool(question.options))),
        files=question.files,
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


@shows(HealthChanged)
def health_card(result: HealthChanged) -> Card:
    """What is wrong and what to do about it, or that it is over."""
    causes = bullets((language.SENTENCES[f"health_{code}"],) for code in result.codes)
    since = language.say_moment(result.since)
    if result.until is not None:
        over = language.SENTENCES["health_over"].format(since=since, until=language.say_moment(result.until))
        return card(heading(language.SENTENCES["health_well"]), paragraph(over), causes)
    todo = bullets((language.SENTENCES[f"health_{code}_todo"],) for code in result.codes)
    return card(
        heading(language.SENTENCES["health_trouble"]),
        paragraph(language.SENTENCES["health_since"].format(since=since)),
        causes,
        paragraph(language.SENTENCES["health_operator"]),
        todo,
        hint(language.SENTENCES["health_meanwhile"]),
    )
