"""Typed parameters that only commands about meetings have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from ombot.chat import dates, people, recurrences
from ombot.chat.context import Context, Question
from ombot.chat.dates import Reading
from ombot.chat.language import DEADLINE_WORDS, QUOTED
from ombot.chat.line import Line, fold, has_control_characters
from ombot.chat.parameters import ABSENT, DueParameter, Ref, Reference, Stage, choice
from ombot.chat.recurrences import Recurrence
from ombot.chat.refusal import Refusal
from ombot.features.meetings.rules import EVERY_DATE, POLL_MOST
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution

TEXT_MAX = 200

_ASKED = ("date_missing", "time_missing", "ambiguous")
"""What an answer can mend; a date that cannot be is refused."""
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_LOOKS_LIKE_WEB = re.compile(r"\S*(?:://|\S\.\S{2})")
_IN_BRACKETS = re.compile(r"\([^()]+\)")
_GUEST = re.compile(r"(?P<name>[^()]+?)\s*\((?P<institution>[^()]+)\)")
_BULLET = re.compile(r"\s*(?:[-–*•·]|\d{1,2}\))\s+")
_VOTE_TOKEN = re.compile(r"\w+|[^\w\s]")
_BEFORE_CHOICE = re.compile(r"\s*[-–:=]\s*(?=[a-z])")
_IF_NEED_BE = re.compile(r"\b(?:zur not|wenn noetig|if need be)\b")
_CHOICES = {"ja": "yes", "yes": "yes", "notfalls": "if_need_be", "nein": "no", "no": "no"}
_BETWEEN = (",", ";", ".", "und", "and")
_LIKE_LAST = re.compile(
    r"(?<!\S)wie (?:das )?(?:letztes|letzte|beim letzten) mal(?!\w)|(?<!\S)wie zuletzt(?!\w)", re.IGNORECASE
)
_NOTHING = ("-", "–", "offen", "kein", "keine", "keiner")


@dataclass(frozen=True)
class Appointment:
    """When and where, times in the organisation's zone."""

    start: datetime
    end: datetime | None
    place: str = ""
    url: str = ""


def text(value: str) -> str:
    """Words a member wrote, as one short line.

    Raises:
        Refusal: they are too long or hold control characters.
    """
    value = value.strip(" ,;")
    if has_control_characters(value):
        raise Refusal("control_characters")
    if len(value) > TEXT_MAX:
        raise Refusal("text_too_long", length=len(value), most=TEXT_MAX)
    return value


def optional_text(value: str) -> str:
    """The same, with a word for "nothing any more"."""
    return "" if fold(value) in _NOTHING else text(value)


def web_address(value: str) -> str:
    """A web address; one without its scheme gets it, anything else would be an unsafe link.

    Raises:
        Refusal: it is none.
    """
    value = value.strip(" ,;")
    if fold(value) in _NOTHING or not value:
        return ""
    whole = value if "://" in value else f"https://{value}"
    if not _WEB.fullmatch(whole) or "." not in whole:
        raise Refusal("not_a_web_address", text=value[:60])
    return text(whole)


@dataclass(frozen=True)
class AppointmentParameter:
    """``[am] <Datum> <Zeit[–Zeit]> [Ort …] [online <URL>]`` at the end; what stands before it is the title."""

    needs_end: bool = False
    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """An :class:`Appointment`.

        Raises:
            Question: the day or the time is missing, or the day can be understood in two ways.
            Refusal: the date cannot be, or is past.
        """
        head, place, url = self._split(line.text, context)
        title, reading = self._reading(head, context)
        dates.require_not_past(reading, context.now)
        start = reading.starts_at(context.zone)
        if start is None:
            raise ValueError("a reading without a time got through")
        line.text = title
        return Appointment(start, reading.ends_at(context.zone), text(place), web_address(url))

    def _split(self, words: str, context: Context) -> tuple[str, str, str]:
        """The part that ends with the date, and what the markers behind it introduce."""
        parts = list(_parts(words))
        for head, place, url in parts:
            try:
                dates.split_when(head, context.now, next_session=context.next_session_day())
            except Refusal as refusal:
                if refusal.code == "date_missing":
                    continue
            return head, place, url
        return parts[0]

    def _reading(self, head: str, context: Context) -> tuple[str, Reading]:
        session_day = context.next_session_day()
        try:
            title, reading = dates.split_when(head, context.now, next_session=session_day)
        except Refusal as refusal:
            if refusal.code not in _ASKED:
                raise
            title, reading = _title(head, context), self._asked("when", refusal, context)
        if reading.start is None:
            reading = self._asked("time", Refusal("time_missing", reading=reading, day=reading.day), context)
        if self.needs_end and reading.end is None:
            reading = self._asked("end", Refusal("end_missing", reading=reading, start=reading.start), context)
        return title, reading

    def _asked(self, slot: str, refusal: Refusal, context: Context) -> Reading:
        answer = context.answers.get(slot)
        if answer is None:
            raise Question(refusal.code, slot, facts=refusal.facts)
        known = refusal.facts.get("reading")
        problem = refusal
        for phrase in _completions(answer, known if isinstance(known, Reading) else None):
            try:
                reading = dates.read(phrase, context.now, next_session=context.next_session_day())
            except Refusal as again:
                # The first way to complete it that is a date at all says best what is wrong with it.
                problem = again if problem is refusal or problem.code == "not_a_date" else problem
                continue
            if problem.code != "end_before_start" and _has(slot, reading):
                return reading
        raise Question(problem.code, slot, facts=problem.facts)


def _has(slot: str, reading: Reading) -> bool:
    """Whether a reading holds what was asked for; after the day, its time is asked for by itself."""
    return {"when": True, "time": reading.start is not None, "end": reading.end is not None}[slot]


def _completions(answer: str, known: Reading | None) -> Iterator[str]:
    """Ways in which an answer completes what was known: the time of a known day, the end of a known start."""
    if known is not None:
        day = f"{known.first:%d.%m.%Y}"
        if known.start is not None:
            yield f"{day}, {known.start:%H:%M} bis {answer.removeprefix('bis ')}"
        yield f"{day}, {answer}"
    yield answer


def _title(head: str, context: Context) -> str:
    """What stands before the longest ending that is meant as a date, even if it is not yet a complete one."""
    words = [match.start() for match in re.finditer(r"(?<!\S)\S", head)]
    for start in words:
        try:
            dates.read(head[start:], context.now, next_session=context.next_session_day())
        except Refusal as refusal:
            if refusal.code == "not_a_date":
                continue
        return head[:start].rstrip(" ,;-–—")
    return head


def _parts(words: str) -> Iterator[tuple[str, str, str]]:
    """Ways to split a line at its markers. "Treffen vor Ort" and "Arbeit online gestalten" are title."""
    line = Line(words)
    places = [start for start in line.starts_of("Ort") if fold(words[:start]).split()[-1:] != ["vor"]]
    webs = [start for start in line.starts_of("online") if _LOOKS_LIKE_WEB.match(words[start + 6 :].strip())]
    for cut in [*sorted({*places, *webs}), len(words)]:
        place = next((start for start in places if start >= cut), None)
        web = next((start for start in webs if start >= cut), None)
        yield words[:cut].rstrip(" ,;"), _between(words, place, web, 3), _between(words, web, place, 6)


def _between(words: str, start: int | None, other: int | None, marker: int) -> str:
    if start is None:
        return ""
    end = other if other is not None and other > start else len(words)
    return words[start + marker : end].strip(" ,;:")


@dataclass(frozen=True)
class LikeLast:
    """Another day for a meeting like the last one: its title where one was given, and what differs."""

    title: str
    reading: Reading
    place: str
    url: str


@dataclass(frozen=True)
class LikeLastParameter:
    """``[Titel] wie letztes Mal, am <Datum> [Zeit] [Ort …] [online <URL>]``: here a date needs no time."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """A :class:`LikeLast`.

        Raises:
            Question: the day is missing.
            Refusal: it cannot be, or is past.
        """
        found = _LIKE_LAST.search(QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), line.text))
        if found is None:
            return ABSENT
        title = text(line.text[: found.start()])
        head, place, url = next(iter(_parts(line.text[found.end() :].strip(" ,"))))
        reading = _day_of(head, context)
        dates.require_not_past(Reading(reading.first, reading.last), context.now)
        line.text = ""
        return LikeLast(title, reading, text(place), web_address(url))


def _day_of(words: str, context: Context) -> Reading:
    try:
        words = words or context.answers["when"]
        return dates.read(words, context.now, next_session=context.next_session_day())
    except KeyError:
        raise Question("date_missing", "when") from None


@dataclass(frozen=True)
class Recurring:
    """When and where meetings come again."""

    recurrence: Recurrence
    place: str
    url: str


@dataclass(frozen=True)
class RecurringParameter:
    """``jeden ersten Dienstag im Monat 17 Uhr [bis …] [Ort …] [online <URL>]`` at the end; before it is the title."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """A :class:`Recurring` whose times are known.

        Raises:
            Question: the time is missing.
            Refusal: there is no such recurrence, or it is over.
        """
        for head, place, url in _parts(line.text):
            found = recurrences.split(head, context.now)
            if found is not None:
                title, recurrence = found
                if recurrence.until is not None and recurrence.until < context.today:
                    raise Refusal("date_past", when=recurrence.until)
                recurrence = recurrence if recurrence.start else self._with_time(recurrence, context)
                line.text = title
                return Recurring(recurrence, text(place), web_address(url))
        return ABSENT

    def _with_time(self, known: Recurrence, context: Context) -> Recurrence:
        answer = context.answers.get("time", "")
        found = recurrences.read(f"montags {answer}", context.now) if answer else None
        if found is None or found.start is None or found.since or found.until:
            raise Question("series_time_missing", "time")
        return replace(known, start=found.start, end=found.end)


@dataclass(frozen=True)
class NoReferenceParameter:
    """Nothing: looks whether a new title starts like a reference before anything else of the line is judged."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """Absent.

        Raises:
            Question: ``T3`` at the start can be meant as the title or as the meeting.
        """
        reference = line.starts_with_reference()
        if reference and not context.revising and context.answers.get("confirm_title") != "ja":
            raise Question("title_or_reference", "confirm_title", facts={"reference": reference})
        return ABSENT


@dataclass(frozen=True)
class DeputyParameter:
    """``vertreten durch @x`` at the end: a person here, or the name of somebody without an account."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """A user id or a name."""
        starts = line.starts_of("vertreten durch")
        if not starts:
            return ABSENT
        rest = Line(line.text[starts[-1] + len("vertreten durch") :].strip())
        if (following := rest.starts_of("für")) and _known(rest.text[following[-1] + 4 :], context):
            return ABSENT  # the institution behind it is read first
        named = people.take_leading(rest, context)
        if len(named) > 1 or (named and rest.text.strip(" .,;")):
            raise Refusal("deputy_not_understood")
        line.text = line.text[: starts[-1]].rstrip(" ,;")
        return named[0] if named else text(rest.text) or ABSENT


@dataclass(frozen=True)
class ForInstitutionParameter:
    """``für <Einrichtung>`` at the end: exactly a known one. Other words stay note, but not right at the front."""

    stage: Stage = Stage.TAIL

    def read(self, line: Line, context: Context) -> Any:
        """The :class:`Institution`.

        Raises:
            Refusal: nothing but an unknown name was given, which as a note would answer for the wrong institution.
        """
        starts = [*line.starts_of("für"), *line.starts_of("fuer")]
        for start in starts:
            word, _, name = line.text[start:].partition(" ")
            if found := _known(name, context):
                line.text = line.text[:start].rstrip(" ,;")
                return found
            if start == 0 and "vertreten durch" not in name:
                raise Refusal("institution_unknown_name", name=name[:60], word=word)
        return ABSENT


def _known(name: str, context: Context) -> Institution | None:
    return institutions.find_institution(context.session, name.strip(" .,;"))


@dataclass(frozen=True)
class Attendee:
    """Somebody who came: a person (user id or name), an institution, or both; ``unknown`` names one we do not know."""

    person: str | None
    institution: Institution | None
    unknown: str | None = None


@dataclass(frozen=True)
class AttendeesParameter:
    """Persons, institutions, and guests as ``Name (Einrichtung)``, by comma or one a line."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """A tuple of :class:`Attendee`."""
        parts = [part for part in re.split(r"[,;\n]", f"{line.text}\n{line.details}") if part.strip()]
        line.text = line.details = ""
        return tuple(found for part in parts for found in _attendees(part.strip(), context)) or ABSENT


def _attendees(part: str, context: Context) -> Iterator[Attendee]:
    rest = Line(part)
    if named := people.take_leading(rest, context):
        name = rest.text.strip(" .()")
        institution = _known(name, context) if name else None
        if name and institution is None and not _IN_BRACKETS.fullmatch(rest.text.strip()):
            raise Refusal("attendee_unknown", name=rest.text[:60])
        for user_id in named:
            own = institution or (None if name else institutions.institution_of(context.session, user_id))
            yield Attendee(user_id, own, None if own or not name else text(name))
    elif institution := _known(part, context):
        yield Attendee(None, institution)
    elif guest := _GUEST.fullmatch(part):
        institution = _known(guest["institution"], context)
        yield Attendee(text(guest["name"]), institution, None if institution else text(guest["institution"].strip()))
    else:
        raise Refusal("attendee_unknown", name=part[:60])


@dataclass(frozen=True)
class AddressParameter:
    """A web address, and nothing else."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The address; empty for a word such as ``keine``."""
        if not line.text.strip():
            return ABSENT
        value, line.text = web_address(line.text), ""
        return value


@dataclass(frozen=True)
class ShortTextParameter:
    """What is left of the line, as a short text."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The text; empty for a word such as ``offen``."""
        if not line.text.strip():
            return ABSENT
        value, line.text = optional_text(line.text), ""
        return value


@dataclass(frozen=True)
class ModeratorsParameter:
    """Persons and names of those who lead through a meeting."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """Their names as one text."""
        if not line.text.strip():
            return ABSENT
        names = [context.person(user_id).name for user_id in people.take_leading(line, context)]
        rest, line.text = optional_text(line.text), ""
        return ", ".join([*names, *([rest] if rest else [])])


@dataclass(frozen=True)
class UntilParameter(DueParameter):
    """``bis <Datum>`` at the end. Other markers stay title: "Treffen zum Jahresabschluss" is no deadline."""

    def read(self, line: Line, context: Context) -> Any:
        """The reading, see :class:`DueParameter`."""
        return super().read(line, context) if DEADLINE_WORDS.search(QUOTED.sub("", line.text)) else ABSENT


@dataclass(frozen=True)
class PollDatesParameter:
    """The further lines, each a date with its time: ``12.01.2027 10–12 Uhr``."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """Starts and ends in the organisation's zone, in the order they were written, none twice.

        Raises:
            Question: a line has no time; one answer serves all such lines.
            Refusal: a line is no date, or is past, or there are too many.
        """
        lines = [_BULLET.sub("", part, count=1).strip() for part in line.details.splitlines() if part.strip()]
        line.details = ""
        if len(lines) > POLL_MOST:
            raise Refusal("poll_too_many", number=len(lines), most=POLL_MOST)
        return tuple(dict.fromkeys(_poll_date(words, context) for words in lines)) or ABSENT


def _poll_date(words: str, context: Context) -> tuple[datetime, datetime | None]:
    reading = dates.read(words.rstrip(" ,;"), context.now, next_session=context.next_session_day())
    if reading.start is None:
        if reading.last is not None and reading.last != reading.first:
            raise Refusal("poll_not_one_day", text=words[:60])
        reading = _with_time(reading, context)
    dates.require_not_past(reading, context.now)
    start = reading.starts_at(context.zone)
    if start is None:
        raise ValueError("a reading without a time got through")
    return start, reading.ends_at(context.zone)


def _with_time(known: Reading, context: Context) -> Reading:
    answer = context.answers.get("time")
    if answer is None:
        raise Question("poll_time_missing", "time", facts={"day": known.first})
    try:
        reading = dates.read(f"{known.first:%d.%m.%Y}, {answer}", context.now)
    except Refusal as refusal:
        raise Question(refusal.code, "time", facts=refusal.facts) from refusal
    if reading.start is None:
        raise Question("poll_time_missing", "time", facts={"day": known.first})
    return reading


@dataclass(frozen=True)
class PollVotesParameter:
    """``1 ja, 2 zur Not, 3 nein``; ``1 und 2 ja`` and ``alle ja`` too."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """Number of the date → vote; absent when there is anything else in the text: a vote is not guessed."""
        found = _poll_votes(f"{line.text}\n{line.details}")
        if not found:
            return ABSENT
        line.text = line.details = ""
        return found


def _poll_votes(text: str) -> dict[int, str]:
    folded = _BEFORE_CHOICE.sub(" ", _IF_NEED_BE.sub("notfalls", " ".join(fold(text).split())))
    found: dict[int, str] = {}
    numbers: list[int] = []
    for word in _VOTE_TOKEN.findall(folded):
        if re.fullmatch(r"[0-9]{1,3}", word):
            numbers.append(int(word))
        elif word == "alle":
            numbers.append(EVERY_DATE)
        elif word in _CHOICES and numbers:
            found |= dict.fromkeys(numbers, _CHOICES[word])
            numbers = []
        elif word not in _BETWEEN:
            return {}
    return {} if numbers else found


LikeLastTime = Annotated[LikeLast, LikeLastParameter()]
WhenAgain = Annotated[Recurring, RecurringParameter()]
MeetingRef = Annotated[Ref, Reference("T")]
When = Annotated[Appointment, AppointmentParameter()]
WhenWithEnd = Annotated[Appointment, AppointmentParameter(needs_end=True)]
NoReference = Annotated[None, NoReferenceParameter()]
Until = Annotated[Reading, UntilParameter()]
PollDates = Annotated[tuple[tuple[datetime, datetime | None], ...], PollDatesParameter()]
PollVotes = Annotated[dict[int, str], PollVotesParameter()]
Mode = Annotated[str, choice(online=("online", "per video"), onsite=("vor ort", "in präsenz", "onsite"))]
Deputy = Annotated[str, DeputyParameter()]
ForInstitution = Annotated[Institution, ForInstitutionParameter()]
Attendees = Annotated[tuple[Attendee, ...], AttendeesParameter()]
Address = Annotated[str, AddressParameter()]
ShortText = Annotated[str, ShortTextParameter()]
Moderators = Annotated[str, ModeratorsParameter()]
