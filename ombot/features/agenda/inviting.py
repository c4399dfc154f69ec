"""Commands for what goes out on paper: the invitation letter of a meeting, and the sheet on which people sign in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from ombot.chat.context import Context
from ombot.chat.parameters import choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.clock.workdays import calendar_of
from ombot.documents import mimetype
from ombot.features.agenda import views
from ombot.features.agenda.export import document
from ombot.features.agenda.parameters import meeting_here
from ombot.features.agenda.results import LetterFile
from ombot.features.agenda.rules import BLANK_ROWS, answer_by
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.parameters import MeetingRef
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.meetings.views import view
from ombot.store import rooms

TOPIC = "Tagesordnung"
Format = Annotated[str, choice(docx=("docx", "word"), pdf="pdf")]


@command(
    "einladung",
    brief="stellt die Einladung mit Tagesordnung, Ort und Antwortfrist als Brief bereit",
    usage="!einladung [T3] [docx|pdf]",
    example="!einladung docx",
    topic=TOPIC,
    right=Right.LEAD,
    alias=("invitation",),
)
@dataclass(frozen=True)
class SendInvitation:
    """The invitation to a meeting as a letter; unless it is said otherwise, one that can still be written in."""

    format: Format = "docx"
    meeting: MeetingRef | None = None


@command(
    "anwesenheitsliste",
    brief="stellt die Liste zum Unterschreiben bereit: wer zugesagt hat, wer noch offen ist, und leere Zeilen",
    usage="!anwesenheitsliste [T3] [docx|pdf]",
    example="!anwesenheitsliste pdf",
    topic=TOPIC,
    right=Right.LEAD,
    alias=("teilnahmeliste", "unterschriftenliste", "signinsheet"),
)
@dataclass(frozen=True)
class SendSheet:
    """The sheet to sign in on; unless it is said otherwise, ready to print."""

    format: Format = "pdf"
    meeting: MeetingRef | None = None


@handles(SendInvitation)
def send_invitation(command: SendInvitation, context: Context) -> LetterFile:
    """The letter with the agenda as it stands, proposals left out."""
    meeting, start = _meeting(command.meeting, context)
    zone = context.zone
    agenda = views.without_proposals(views.agenda(context.session, zone, meeting, context.today))
    settings = context.settings
    nudges = settings.sessions.nudges if meeting.kind == "session" else settings.meetings.reminders
    until = answer_by(calendar_of(settings), start.date(), nudges, context.today)
    data = {
        **document(settings, agenda),
        "dated": context.now.isoformat(),
        "answer_by": _midnight(until, context) if until is not None else None,
        "reference": f"T{meeting.number}",
    }
    return _file(context, meeting, "invitation", command.format, data)


@handles(SendSheet)
def send_sheet(command: SendSheet, context: Context) -> LetterFile:
    """Everybody who is expected, by institution, and room for others."""
    meeting, _ = _meeting(command.meeting, context)
    agenda = views.agenda(context.session, context.zone, meeting, context.today)
    head = {name: value for name, value in document(context.settings, agenda).items() if name != "items"}
    data = {**head, "rows": _expected(context, meeting), "blank": BLANK_ROWS}
    return _file(context, meeting, "attendance", command.format, data)


def _meeting(ref: Any, context: Context) -> tuple[Meeting, datetime]:
    """The meeting that was named, else the next session, with its start; only for who leads its group.

    Raises:
        Refusal: it has no date, or the sender leads neither it nor everything.
    """
    meeting = meetings.get(context.session, ref.number) if ref is not None else meeting_here(context)
    if meeting is None:
        raise Refusal("unknown_reference", reference=ref)
    context.group = context.session.get(Group, meeting.group_key)
    context.require(Right.LEAD)
    if meeting.start is None or meeting.status == "cancelled":
        raise Refusal(f"meeting_{meeting.status}", reference=f"T{meeting.number}", title=meeting.title)
    return meeting, meeting.start.astimezone(context.zone)


def _midnight(day: date, context: Context) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=context.zone).isoformat()


def _expected(context: Context, meeting: Meeting) -> list[dict[str, Any]]:
    """The institutions that have not declined, by name, with the person who comes for each, as far as it is known."""
    number = meeting.number or 0
    answers = {name: answer for answer, name in meetings.answers(context.session, number)}
    names = {one.name for one in meetings.entitled(context.session, number)} | answers.keys()
    return [
        {"institution": name, "person": _who(context, answer), "online": answer is not None and answer.mode == "online"}
        for name in sorted(names)
        for answer in [answers.get(name)]
        if answer is None or answer.answer != "no"
    ]


def _who(context: Context, answer: Answer | None) -> str:
    """The deputy where there is one; only the person who answered may be meant by an acceptance, not by a "maybe"."""
    if answer is None or answer.answer != "yes":
        return ""
    who = answer.deputy or answer.person or ""
    return rooms.display_name(context.session, who) if who.startswith("@") else who


def _file(context: Context, meeting: Meeting, kind: str, fmt: str, data: dict[str, Any]) -> LetterFile:
    shown = view(context.session, context.settings, meeting)
    content = {"kind": kind, "format": fmt, "data": data}
    return LetterFile(kind, shown, fmt, mimetype(fmt), content)
