"""Parameters of the agenda's commands: which item, which meeting, and what an item says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from ombot.chat.context import Context, Question
from ombot.chat.line import TITLE_MAX, Line, fold, has_control_characters, quoted_spans
from ombot.chat.parameters import ABSENT, Ref, Reference, Stage
from ombot.chat.refusal import Refusal
from ombot.features.agenda import queries, written
from ombot.features.agenda.rules import KINDS, MINUTES_MOST, USUAL, Draft
from ombot.features.agenda.sitting import SITTING
from ombot.features.agenda.written import Written
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting

MANY = 40
"""A message with more items than this is asked about: somebody may have pasted the wrong text."""

VERBS = {
    "after": ("nach", "hinter"),
    "before": ("vor",),
    "duration": ("dauer",),
    "title": ("titel", "title"),
    "goal": ("ziel", "ziele"),
    "also_goal": ("auch ziel", "weiteres ziel"),
    "presenter": ("wer",),
    "kind": ("art",),
    "accept": ("annehmen", "angenommen", "accept"),
    "reject": ("ablehnen", "abgelehnt", "reject"),
    "strike": ("streichen", "gestrichen", "zurückziehen", "strike"),
    "carry": ("vertagen", "vertagt", "carry"),
}
"""What can follow the reference of an item."""

NOTHING = ("ohne", "keine", "keiner", "niemand")
"""Words that clear a duration or a presenter."""

_REFERENCE = re.compile(r"(?:(P)|#)?(\d{1,9})(?!\S)", re.IGNORECASE)
_FOR = re.compile(r"(?<!\S)(?:für|fuer)\s+T(\d{1,9})(?=$|\s+(?:Art|Ziele?|Dauer|Wer)\s*:|\s*$)", re.IGNORECASE)
_MINUTES = re.compile(r"(\d{1,4})\s*(?:min(?:uten)?\.?|')?", re.IGNORECASE)
_HOURS = re.compile(
    r"(?P<hours>\d{1,2})(?:[.,](?P<tenths>\d))?\s*(?:h|std\.?|stunden?)(?:\s*(?P<minutes>\d{1,2})\s*(?:min(?:uten)?\.?)?)?"
    r"|(?P<clock>\d{1,2}):(?P<rest>[0-5]\d)\s*(?:h|std\.?|stunden?)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:\s*Uhr)?", re.IGNORECASE)


def minutes_of(text: str) -> int | None:
    """A duration in minutes: ``30``, ``30 Min.``, ``1,5 h``, ``1:30 Std``; None when it is none, or out of range."""
    text = text.strip()
    if match := _MINUTES.fullmatch(text):
        minutes = int(match[1])
    elif match := _HOURS.fullmatch(text):
        hours, rest = match["hours"] or match["clock"], match["minutes"] or match["rest"]
        minutes = int(hours) * 60 + int(match["tenths"] or 0) * 6 + int(rest or 0)
    else:
        return None
    return minutes if 1 <= minutes <= MINUTES_MOST else None


def kind_of(text: str) -> str | None:
    """One of the kinds by its name, in any spelling."""
    return next((kind for kind in KINDS if fold(kind) == fold(text)), None)


def asked_minutes(text: str, context: Context) -> int:
    """The duration, or the one in the answer to our question.

    Raises:
        Question: it is none.
    """
    slot = f"minutes {fold(text)}"
    minutes = minutes_of(context.answers.get(slot, text))
    if minutes is None:
        raise Question("agenda_duration_unknown", slot, facts={"text": text})
    return minutes


def asked_kind(text: str, context: Context) -> str:
    """The kind, or the one in the answer to our question.

    Raises:
        Question: there is no such kind.
    """
    slot = f"kind {fold(text)}"
    kind = kind_of(context.answers.get(slot, text))
    if kind is None:
        raise Question("agenda_kind_unknown", slot, [(known, known) for known in KINDS], {"text": text})
    return kind


def is_preparing(context: Context, meeting: Meeting) -> bool:
    """Whether what stands on an agenda may be shown here: a group's own, and that of a session in every group that
    takes part in its preparation."""
    if context.sees(meeting.group_key):
        return True
    return meeting.kind == "session" and any(group.kind != "forum" for group in context.visible_groups)


def visible_meeting(context: Context, number: int) -> Meeting:
    """A meeting whose agenda may be shown here.

    Raises:
        Refusal: there is none.
    """
    meeting = meetings.get(context.session, number)
    if meeting is None or not is_preparing(context, meeting):
        raise Refusal("unknown_reference", reference=f"T{number}")
    return meeting


def meeting_here(context: Context) -> Meeting:
    """The meeting meant when none is named: the one that is being minuted here, the one whose card is replied to,
    else the next session.

    Raises:
        Refusal: no session is planned.
    """
    number = SITTING.meeting(context)
    if number is None and (context.about or "").startswith("T"):
        number = int(context.about[1:]) if context.about else None
    if number is not None:
        return visible_meeting(context, number)
    session = meetings.next_session(context.session, context.now)
    if session is None or not is_preparing(context, session):
        raise Refusal("agenda_no_session")
    return session


@dataclass(frozen=True)
class ItemReference:
    """``P8``, or ``4`` for TOP 4 of the agenda meant here. Only when nothing or one of its verbs follows: "3 Fragen
    an die Ministerien" is the title of a new item."""

    letter: str = "P"
    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """The item; what may not be seen here and what does not exist get the same answer."""
        match = _REFERENCE.match(line.text)
        if match is None:
            about = context.about or ""
            return find_item(context, int(about[1:])) if about.startswith("P") else ABSENT
        rest = Line(line.text[match.end() :].lstrip())
        if rest.text and not any(rest.take_phrase(word) for words in VERBS.values() for word in words):
            return ABSENT
        line.text = line.text[match.end() :].lstrip()
        number = int(match[2])
        return find_item(context, number) if match[1] else find_top(context, number)


@dataclass(frozen=True)
class NeighbourParameter:
    """The item that another one is put next to; ``0`` is the beginning of the agenda."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The item, or None for the beginning."""
        match = re.fullmatch(r"(?:(P)|TOP\s*|#)?(\d{1,9})", line.text.strip(), re.IGNORECASE)
        if match is None:
            return ABSENT
        line.text = ""
        number = int(match[2])
        if match[1]:
            return find_item(context, number)
        return find_top(context, number) if number else None


def find_item(context: Context, number: int) -> Ref:
    """The item P<number>; its meeting's group becomes that of the command.

    Raises:
        Refusal: it does not exist or may not be seen here.
    """
    return Reference("P").locate(number, context)


def find_top(context: Context, top: int) -> Ref:
    """The item with a visible number.

    Raises:
        Refusal: the agenda has no such number.
    """
    meeting = meeting_here(context)
    item = queries.by_top(context.session, meeting, top)
    if item is None or item.number is None:
        raise Refusal("agenda_no_top", top=top, meeting=f"T{meeting.number}")
    return find_item(context, item.number)


@dataclass(frozen=True)
class MeetingParameter:
    """``T3`` at the front, or the meeting whose card is replied to."""

    letter: str = "T"
    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """The meeting."""
        number = line.take_reference(self.letter)
        if number is not None:
            return visible_meeting(context, number)
        about = context.about or ""
        return visible_meeting(context, int(about[1:])) if about.startswith(self.letter) else ABSENT


@dataclass(frozen=True)
class ForMeetingParameter:
    """``für T5``, behind the title or between the fields."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """The meeting."""
        spans = quoted_spans(line.text)
        matches = [m for m in _FOR.finditer(line.text) if not any(a <= m.start() < b for a, b in spans)]
        if not matches:
            return ABSENT
        match = matches[-1]
        line.text = f"{line.text[: match.start()].rstrip()} {line.text[match.end() :].lstrip()}".strip()
        return visible_meeting(context, int(match[1]))


@dataclass(frozen=True)
class DurationParameter:
    """A duration as the rest of the line; ``ohne`` is 0."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """Minutes."""
        text, line.text = line.text.strip(), ""
        if not text:
            return ABSENT
        return 0 if fold(text) in NOTHING else asked_minutes(text, context)


@dataclass(frozen=True)
class KindParameter:
    """A kind of item as the rest of the line."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The German label."""
        text, line.text = line.text.strip(), ""
        return asked_kind(text, context) if text else ABSENT


@dataclass(frozen=True)
class Drafted:
    """One item of a message, and the start time that stood beside it."""

    draft: Draft
    clock: str | None = None


@dataclass(frozen=True)
class DraftsParameter:
    """One item with its fields, or a whole agenda on several lines; with ``below`` all of it is on further lines."""

    below: bool = False
    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """A tuple of :class:`Drafted`, at least one.

        Raises:
            Question: something is missing or not understood, or these are very many items.
        """
        if self.below and (line.text or not line.details):
            return ABSENT
        first = line.text
        if "\t" in line.raw.strip():
            first = line.raw[line.raw.index(line.first_word()) :].strip()
        _ask_about_reference(line, context)
        found = written.read(first, line.details)
        line.text = line.details = ""
        if not found:
            found = _asked_for(context)
        if len(found) > MANY and context.answers.get("confirm_many") != "ja":
            raise Question("agenda_many", "confirm_many", facts={"count": len(found)})
        return tuple(_drafted(item, context) for item in found)


def _asked_for(context: Context) -> list[Written]:
    """The items in the answer to our question; they may come on several lines."""
    answer = context.answers.get("title", "").strip()
    if not answer:
        raise Question("title_missing", "title")
    return written.read("", answer) if "\n" in answer else written.read(answer, "")


def _ask_about_reference(line: Line, context: Context) -> None:
    reference = line.starts_with_reference()
    if reference and not context.revising and context.answers.get("confirm_title") != "ja":
        raise Question("title_or_reference", "confirm_title", facts={"reference": reference})


def _drafted(item: Written, context: Context) -> Drafted:
    title = item.title or context.answers.get("title", "").strip()
    if not title:
        raise Question("title_missing", "title")
    if len(title) > TITLE_MAX:
        raise Refusal("title_too_long", length=len(title), most=TITLE_MAX)
    if any(has_control_characters(text) for text in (title, item.presenter or "", *item.goals)):
        raise Refusal("control_characters")
    draft = Draft(
        title=title,
        kind=asked_kind(item.kind, context) if item.kind else USUAL,
        goals=tuple(item.goals),
        minutes=asked_minutes(item.duration, context) if item.duration else None,
        presenter=item.presenter,
    )
    return Drafted(draft, item.clock)


def timed(drafted: Iterable[Drafted], end: datetime | None) -> list[Draft]:
    """The items with durations from the start times beside them: until the next one, the last until ``end``."""
    items = list(drafted)
    clocks = [_minute_of_day(item.clock) for item in items]
    clocks.append(end.hour * 60 + end.minute if end else None)
    return [
        _with_duration(item.draft, start, until)
        for item, start, until in zip(items, clocks[:-1], clocks[1:], strict=True)
    ]


def _with_duration(draft: Draft, start: int | None, until: int | None) -> Draft:
    if draft.minutes is not None or start is None or until is None or not start < until:
        return draft
    return Draft(draft.title, draft.kind, draft.goals, until - start, draft.presenter)


def _minute_of_day(clock: str | None) -> int | None:
    match = _CLOCK.fullmatch((clock or "").strip())
    if match is None:
        return None
    moment = timedelta(hours=int(match[1]), minutes=int(match[2]))
    return int(moment.total_seconds()) // 60


ItemRef = Annotated[Ref, ItemReference()]
Neighbour = Annotated[Ref | None, NeighbourParameter()]
OfMeeting = Annotated[Meeting, MeetingParameter()]
ForMeeting = Annotated[Meeting, ForMeetingParameter()]
Duration = Annotated[int, DurationParameter()]
Kind = Annotated[str, KindParameter()]
Drafts = Annotated[tuple[Drafted, ...], DraftsParameter()]
DraftsBelow = Annotated[tuple[Drafted, ...], DraftsParameter(below=True)]
