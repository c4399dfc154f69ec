"""Typed parameters of commands: front ones read from the left, tail ones from the right, the rest stays.

A parameter's ``read`` gives its value, or :data:`ABSENT`, or raises a refusal that says what is wrong.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Annotated, Any, Final

from ombot.chat import dates, people
from ombot.chat.context import Context, Question
from ombot.chat.dates import Reading
from ombot.chat.language import DEADLINE_WORDS, DUE_MARKERS
from ombot.chat.line import TITLE_MAX, Line, fold, has_control_characters
from ombot.chat.refusal import Refusal
from ombot.chat.tables import Group


class Stage(IntEnum):
    """When a parameter reads."""

    FRONT = 0
    TAIL = 1
    REST = 2


class Absent:
    """The value of a parameter that is not there."""


ABSENT: Final = Absent()


@dataclass(frozen=True)
class Ref:
    """A reference such as ``A12``, already found and visible to the sender."""

    letter: str
    number: int
    group: str

    def __str__(self) -> str:
        return f"{self.letter}{self.number}"


@dataclass(frozen=True)
class Reference:
    """``A12``, ``#12`` or ``12``; missing, the card that was replied to names it."""

    letter: str
    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """The reference; what the sender may not see and what does not exist get the same answer (A3)."""
        number = line.take_reference(self.letter)
        if number is None:
            about = context.about or ""
            if not about.startswith(self.letter):
                return ABSENT
            number = int(about[1:])
        return self.locate(number, context)

    def locate(self, number: int, context: Context) -> Ref:
        """Find the object behind a number.

        Raises:
            Refusal: it does not exist or may not be seen here.
        """
        from ombot.chat.registry import REGISTRY

        group_key = REGISTRY.locators[self.letter](context, number)
        if group_key is None:
            raise Refusal("unknown_reference", reference=f"{self.letter}{number}")
        context.group = context.session.get(Group, group_key)
        return Ref(self.letter, number, group_key)


@dataclass(frozen=True)
class Choice:
    """One of a few words at the front; the value is the key of the word that was written."""

    words: tuple[tuple[str, tuple[str, ...]], ...]
    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The key of the word that stands next."""
        for value, spellings in self.words:
            for spelling in spellings:
                if line.take_phrase(spelling):
                    return value
        return ABSENT


def choice(**words: Iterable[str] | str) -> Choice:
    """A :class:`Choice`: ``choice(done="erledigt", overdue=("überfällig", "overdue"))``."""
    return Choice(tuple((key, (value,) if isinstance(value, str) else tuple(value)) for key, value in words.items()))


@dataclass(frozen=True)
class NumberParameter:
    """A plain number at the front."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The number that stands next."""
        return int(line.take_word()) if re.fullmatch(r"\d{1,6}", line.first_word()) else ABSENT


@dataclass(frozen=True)
class GroupParameter:
    """``in <Gruppe>`` at the end, by key or name."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """The group; it becomes the group of the command, so that names and rights are looked up there."""
        if "in " not in line.text.casefold():
            return ABSENT  # no query for what most lines do not have
        for group in context.namable_groups:
            for name in (group.name, group.key, group.name.removeprefix("AG ")):
                if line.take_ending(f"in der {name}") or line.take_ending(f"in {name}"):
                    context.group = group
                    return group
        return ABSENT


@dataclass(frozen=True)
class PeopleParameter:
    """``@Person …`` at the end, or at the front."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """User ids in the order they were written."""
        if "@" not in line.text and not context.message.pills:
            return ABSENT
        return tuple(people.take_trailing(line, context)) or tuple(people.take_leading(line, context)) or ABSENT


@dataclass(frozen=True)
class PartyParameter:
    """``an <Gremium/Einrichtung>`` at the end: only exactly a known one; otherwise the words stay title."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """``{"institution": name}`` or ``{"body": name}``."""
        starts = line.starts_of("an")
        if not starts or not line.ends_outside_quotes():
            return ABSENT
        for start in starts:
            party = party_named(line.text[start + 2 :].strip(" .,;"), context)
            if party is not None:
                line.text = line.text[:start].rstrip(" ,;")
                return party
        return ABSENT


def party_named(words: str, context: Context) -> dict[str, str] | None:
    """Who can be given something without an account, by name; spaces, case and an article do not matter."""
    from ombot.chat.registry import REGISTRY

    known = {_spelling(name): party for source in REGISTRY.parties for name, party in source(context).items()}
    return known.get(_spelling(words)) or known.get(_spelling(re.sub(r"^(der|die|das|den|dem) ", "", fold(words))))


def _spelling(name: str) -> str:
    return "".join(fold(name).split())


@dataclass(frozen=True)
class DueParameter:
    """The due phrase: ``bis Freitag``, ``am 3. Dezember``; its last day is the due date."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """The whole reading, so that a time of day can be echoed."""
        session_day = _session_day(line.text, context)
        try:
            line.text, reading = dates.split_due(line.text, context.now, next_session=session_day)
        except Refusal as refusal:
            line.text, reading = _mended(line.text, context, refusal)
        if reading is None:
            return ABSENT
        dates.require_not_past(reading, context.now)
        return reading


def _session_day(text: str, context: Context) -> date | None:
    """The day of the next session where the text may mean it."""
    return context.next_session_day() if "sitzung" in fold(text) else None


def _mended(text: str, context: Context, refusal: Refusal) -> tuple[str, Reading]:
    """The due date from the answer to our question, in place of the phrase that was not understood."""
    answer = context.answers.get("due")
    if answer is None:
        raise Question(refusal.code, "due", facts=refusal.facts) from refusal
    markers = list(DEADLINE_WORDS.finditer(text)) or list(DUE_MARKERS.finditer(text))
    title = text[: markers[-1].start()].rstrip(" ,;")
    try:
        reading = dates.read(answer, context.now, next_session=context.next_session_day())
    except Refusal as again:
        raise Question(again.code, "due", facts=again.facts) from again
    return title, reading


@dataclass(frozen=True)
class WhenParameter:
    """The date and time of a meeting, at the end of what is left."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """A reading that has a time; without one the bot asks."""
        session_day = _session_day(line.text, context)
        try:
            line.text, reading = dates.split_when(line.text, context.now, next_session=session_day)
        except Refusal as refusal:
            if refusal.code == "date_missing" and "when" not in context.answers:
                raise Question("date_missing", "when", facts=refusal.facts) from refusal
            reading = self._completed(line, context, refusal)
        dates.require_not_past(reading, context.now)
        return reading

    def _completed(self, line: Line, context: Context, refusal: Refusal) -> Reading:
        answer = context.answers.get("when")
        if answer is None or refusal.code not in ("time_missing", "date_missing"):
            raise Question(refusal.code, "when", facts=refusal.facts) if refusal.code == "time_missing" else refusal
        line.text, reading = dates.split_when(f"{line.text} {answer}", context.now)
        return reading


@dataclass(frozen=True)
class AfterParameter:
    """Words behind a marker, up to the next marker of the same command: ``Ort …``, ``online …``."""

    marker: str
    others: tuple[str, ...] = ()
    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """What stands behind the last such marker."""
        starts = line.starts_of(self.marker)
        if not starts:
            return ABSENT
        start = starts[-1]
        ends = [end for other in self.others for end in line.starts_of(other) if end > start]
        end = min(ends, default=len(line.text))
        value = line.text[start + len(self.marker) : end].strip(" ,;:")
        line.text = f"{line.text[:start].rstrip(' ,;')} {line.text[end:]}".strip()
        return _clean(value) if value else ABSENT


@dataclass(frozen=True)
class TitleParameter:
    """What is left of the first line, as a title of at most 200 code points."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The title.

        Raises:
            Refusal: it is empty, too long, or starts with a reference (asked about, since both can be meant).
        """
        reference = line.starts_with_reference()
        if reference and not context.revising and context.answers.get("confirm_title") != "ja":
            raise Question("title_or_reference", "confirm_title", facts={"reference": reference})
        title = _clean(line.text.strip()) or context.answers.get("title", "").strip()
        line.text = ""
        if not title:
            raise Question("title_missing", "title")
        if len(title) > TITLE_MAX:
            raise Refusal("title_too_long", length=len(title), most=TITLE_MAX)
        return title


@dataclass(frozen=True)
class WordsParameter:
    """What is left, further lines included, as free text."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The text, or absent when nothing is left."""
        text = "\n".join(part for part in (line.text.strip(), line.details.strip()) if part)
        line.text = line.details = ""
        return _clean(text) if text else ABSENT


@dataclass(frozen=True)
class DetailsParameter:
    """The further lines of the message."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The lines, or absent when there are none."""
        text, line.details = line.details.strip(), ""
        return _clean(text) if text else ABSENT


def _clean(text: str) -> str:
    if has_control_characters(text):
        raise Refusal("control_characters")
    return text


Title = Annotated[str, TitleParameter()]
Words = Annotated[str, WordsParameter()]
Details = Annotated[str, DetailsParameter()]
People = Annotated[tuple[str, ...], PeopleParameter()]
Party = Annotated[dict[str, str], PartyParameter()]
Due = Annotated[Reading, DueParameter()]
When = Annotated[Reading, WhenParameter()]
InGroup = Annotated[Group, GroupParameter()]
Number = Annotated[int, NumberParameter()]
Day = date
