"""Parameters of the commands of minutes, and which minutes are meant where none are named."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from ombot.chat.context import Context
from ombot.chat.line import Line, has_control_characters
from ombot.chat.parameters import ABSENT, Stage, choice
from ombot.chat.refusal import Refusal
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.rules import is_over
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import queries, rules
from ombot.features.minutes.export import MINUTES_FORMATS
from ombot.features.minutes.rules import Typed
from ombot.features.minutes.tables import Minutes

START = ("start", "starten", "beginnen")
END = ("ende", "beenden", "end", "stop")
RELEASE = ("freigeben", "freigegeben", "release")
OBJECT = ("einspruch", "einwand", "objection")
ADD = ("nachtrag", "addendum")
LINE = ("zeile", "line")
FILL = ("vorlage", "form")
READ = ("einlesen", "read")

R = TypeVar("R")

_REFERENCE = re.compile(
    rf"(?P<verb>(?:{'|'.join((*START, *END, *RELEASE, *FILL, *READ))})\s+)?(?:[TM]|#[TM]?)?(?P<number>\d{{1,9}})(?!\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MeetingParameter:
    """``T3``: the meeting whose minutes are meant; in front or behind a word without further text."""

    letter: str = "M"
    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """The meeting; what may not be seen here and what does not exist get the same answer."""
        match = _REFERENCE.match(line.text)
        about = context.about or ""
        if match is not None:
            line.text = f"{match['verb'] or ''}{line.text[match.end() :].lstrip()}".strip()
            number = int(match["number"])
        elif about.startswith(("M", "T")):
            number = int(about[1:])
        else:
            return ABSENT
        meeting = meetings.get(context.session, number)
        if meeting is None or not context.sees(meeting.group_key):
            raise Refusal("unknown_reference", reference=f"T{number}")
        context.group = context.session.get(Group, meeting.group_key)
        return meeting


@dataclass(frozen=True)
class LineNumberParameter:
    """The number of a line at the front, also with a colon behind it: ``12: Es war der Juni``."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The number that stands next."""
        return int(line.take_word().rstrip(":")) if re.fullmatch(r"\d{1,6}:?", line.first_word()) else ABSENT


@dataclass(frozen=True)
class LinesParameter:
    """Typed lines: ``Info: …``, ``Frage: …``, one below the other."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """A tuple of :class:`Typed`.

        Raises:
            Refusal: an edit has left none of them.
        """
        body = "\n".join(part for part in (line.text, line.details) if part)
        found = rules.read(body)
        if not found:
            if context.revising:
                raise Refusal("minutes_edit_untagged")
            return ABSENT
        if has_control_characters(body):
            raise Refusal("control_characters")
        line.text = line.details = ""
        return found


OfMeeting = Annotated[Meeting, MeetingParameter()]
LineNumber = Annotated[int, LineNumberParameter()]
Lines = Annotated[tuple[Typed, ...], LinesParameter()]
Format = Annotated[str, choice(docx=("docx", "word"), pdf="pdf", md=("md", "markdown"))]
Verdict = Annotated[
    str,
    choice(
        accepted=("annehmen", "angenommen", "übernommen", "accept"),
        rejected=("ablehnen", "abgelehnt", "reject"),
    ),
]

if set(MINUTES_FORMATS) != {"docx", "pdf", "md"}:
    raise LookupError("the formats of minutes and the words for them differ")


def minuted_here(context: Context) -> Minutes | None:
    """The minutes that are being written in this room."""
    return queries.running(context.session, [context.room_group.key]) if context.room_group else None


def meeting_to_minute(context: Context) -> Meeting:
    """The meeting of this room that is under way or today, else the next, else the last.

    Raises:
        Refusal: there is none.
    """
    group = context.room_group
    if group is None:
        raise Refusal("minutes_room")
    today = _today(context, group)
    still = [meeting for meeting in today if not is_over(meeting.start, meeting.end, context.now)]
    coming = meetings.coming(context.session, [group.key], context.now)
    last = meetings.started(context.session, [group.key], context.now)
    found = next((one for one in (*still, *reversed(today), *coming, last) if one is not None), None)
    if found is None:
        raise Refusal("minutes_no_meeting", group=group.name)
    return found


def _today(context: Context, group: Group) -> list[Meeting]:
    midnight = datetime.combine(context.today, time(), context.zone)
    return queries.on_day(context.session, group.key, midnight, midnight + timedelta(days=1))


def existing(context: Context, meeting: Meeting | None) -> tuple[Meeting, Minutes]:
    """The minutes that are named, that are being written here, or the newest that may be seen here.

    Raises:
        Refusal: there are none.
    """
    if meeting is not None:
        minutes = queries.get(context.session, meeting.number or 0)
    else:
        keys = [group.key for group in context.visible_groups]
        minutes = minuted_here(context) or queries.latest(context.session, keys)
    if minutes is None:
        raise Refusal("minutes_none")
    found = meeting or meetings.get(context.session, minutes.meeting)
    if found is None:
        raise LookupError(f"M{minutes.meeting} has no meeting")
    context.group = context.session.get(Group, found.group_key)
    return found, minutes


def open_minutes(context: Context, meeting: Meeting | None) -> tuple[Meeting, Minutes]:
    """The same for who wants to write: not final, and the sender is a scribe or leads the group.

    Minutes of a meeting that is named, or that is today, are made if there are none yet.

    Raises:
        Refusal: it may not be written there.
    """
    meeting = meeting or _meeting_to_add_to(context)
    if meeting is not None:
        _require_sitting(meeting)
        queries.ensure(context.session, meeting.number or 0, context.now)
    found, minutes = existing(context, meeting)
    require_open(minutes)
    require_scribe(context, minutes)
    return found, minutes


def meeting_to_fill(context: Context, meeting: Meeting | None) -> Meeting:
    """The meeting that minutes can be written about: the one that is named, that of this room, or the newest.

    Raises:
        Refusal: there is none, or it does not take place.
    """
    found = meeting or _meeting_to_add_to(context) or existing(context, None)[0]
    _require_sitting(found)
    return found


def publish(context: Context, meeting: Meeting, result: R) -> R:
    """Say a result in the meeting's room too, where the command was given elsewhere."""
    if context.room.group_key != meeting.group_key:
        context.voice.say(f"group:{meeting.group_key}", result)
    return result


def _meeting_to_add_to(context: Context) -> Meeting | None:
    """The meeting of today in this room; else one whose minutes are not final yet; None for minutes that exist."""
    group = context.room_group
    if group is None or minuted_here(context) is not None:
        return None
    latest = queries.latest(context.session, [one.key for one in context.visible_groups])
    is_open = latest is not None and latest.status != "final"
    return None if is_open and not _today(context, group) else meeting_to_minute(context)


def _require_sitting(meeting: Meeting) -> None:
    """Insist that a meeting takes place.

    Raises:
        Refusal: it is cancelled, or has no date yet.
    """
    if meeting.status == "cancelled":
        raise Refusal("minutes_cancelled", meeting=f"T{meeting.number}", title=meeting.title)
    if meeting.start is None:
        raise Refusal("minutes_no_date", meeting=f"T{meeting.number}", title=meeting.title)


def sitting(context: Context, meeting: Meeting | None) -> tuple[Meeting, Minutes]:
    """The minutes that are to be started in this room.

    Raises:
        Refusal: this is not the meeting's room, it does not take place, or its minutes are final.
    """
    found = meeting or meeting_to_minute(context)
    if context.room.group_key != found.group_key:
        group = context.session.get(Group, found.group_key)
        raise Refusal("minutes_other_room", meeting=f"T{found.number}", group=group.name if group else found.group_key)
    _require_sitting(found)
    context.group = context.room_group
    minutes = queries.ensure(context.session, found.number or 0, context.now)
    require_open(minutes)
    return found, minutes


def require_open(minutes: Minutes) -> None:
    """Insist that minutes are not final.

    Raises:
        Refusal: they are.
    """
    if minutes.status == "final":
        raise Refusal("minutes_final", meeting=f"T{minutes.meeting}")


def require_scribe(context: Context, minutes: Minutes) -> None:
    """Insist that the sender takes the minutes, or leads the group.

    Raises:
        Refusal: neither.
    """
    if context.sender not in minutes.scribes and not context.holds(Right.LEAD):
        raise Refusal("minutes_not_scribe", meeting=f"T{minutes.meeting}")
