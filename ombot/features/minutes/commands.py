"""Commands of minutes as a whole: start and end, show and send, attachments, objections, release, addenda."""

from dataclasses import dataclass

from ombot.chat.context import Context
from ombot.chat.line import TITLE_MAX
from ombot.chat.parameters import Number, People, Title, Words
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Need, command, handles, locates
from ombot.chat.rights import Right
from ombot.features.agenda import queries as agenda
from ombot.features.groups import queries as groups
from ombot.features.mailing import queries as mailing
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import drafting, earlier, export, forms, queries, rules, scribing
from ombot.features.minutes.parameters import (
    ADD,
    END,
    OBJECT,
    RELEASE,
    START,
    Format,
    LineNumber,
    OfMeeting,
    Verdict,
    existing,
    open_minutes,
    publish,
    require_open,
    require_scribe,
    sitting,
)
from ombot.features.minutes.results import (
    AddendumAdded,
    AttachmentAdded,
    MinutesDrafted,
    MinutesFile,
    MinutesReleased,
    MinutesShown,
    MinutesStarted,
    NoteView,
    ObjectionDecided,
    ObjectionNoted,
    ObjectionReceived,
    ObjectionSettled,
)
from ombot.features.minutes.scribing import ALIAS, TOPIC
from ombot.features.minutes.tables import Minutes, MinutesAttachment, MinutesNote
from ombot.features.minutes.views import line_rows, note_view, number_of_replied, view

__all__ = ["earlier", "forms", "scribing"]
"""Imported so that their commands are in the table too."""

FIRST_ATTACHMENT = 2
"""Number 1 is the list of participants."""


@locates("M", "protokoll")
def locate(context: Context, number: int) -> str | None:
    """The group of minutes that may be seen here."""
    meeting = meetings.get(context.session, number)
    if meeting is None or queries.get(context.session, number) is None or not context.sees(meeting.group_key):
        return None
    return meeting.group_key


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "protokoll",
    brief="beginnt die Mitschrift im Raum der Sitzung; wer genannt wird, schreibt mit",
    usage="!protokoll start [T3] [@Person …]",
    example="!protokoll start",
    topic=TOPIC,
    verb=START,
    alias=ALIAS,
    undo=False,
)
@dataclass(frozen=True)
class StartMinutes:
    """Begin to record the lines of the sender and of those named."""

    meeting: OfMeeting | None = None
    scribes: People = ()


@command(
    "protokoll",
    brief="beendet die Mitschrift; der Entwurf wird mit Word- und PDF-Datei hier eingestellt",
    usage="!protokoll ende [T3]",
    example="!protokoll ende",
    topic=TOPIC,
    verb=END,
    alias=ALIAS,
    undo=False,
)
@dataclass(frozen=True)
class EndMinutes:
    """End the recording; the draft is open for objections."""

    meeting: OfMeeting | None = None


@command(
    "protokoll",
    brief="gibt das Protokoll frei; danach ist es endgültig",
    usage="!protokoll freigeben [T3]",
    example="!protokoll freigeben",
    topic=TOPIC,
    right=Right.LEAD,
    verb=RELEASE,
    alias=ALIAS,
    undo=False,
)
@dataclass(frozen=True)
class ReleaseMinutes:
    """Make the minutes final."""

    meeting: OfMeeting | None = None


@command(
    "protokoll",
    brief="entscheidet über einen Einspruch",
    usage="!protokoll [T3] einspruch 1 annehmen|ablehnen",
    example="!protokoll einspruch 1 annehmen",
    topic=TOPIC,
    right=Right.LEAD,
    verb=OBJECT,
    alias=ALIAS,
)
@dataclass(frozen=True)
class SettleObjection:
    """Accept or reject an objection."""

    number: Number
    verdict: Verdict
    meeting: OfMeeting | None = None


@command(
    "protokoll",
    brief="erhebt Einspruch gegen den Entwurf, mit der Nummer der Zeile, als Antwort auf ihre Nachricht oder ohne",
    usage="!protokoll [T3] einspruch [12] <Text>",
    example="!protokoll einspruch Das Datum der nächsten Sitzung fehlt",
    topic=TOPIC,
    verb=OBJECT,
    alias=ALIAS,
    needs=(Need.REPLIED,),
)
@dataclass(frozen=True)
class ObjectToMinutes:
    """Object to the draft, or to one of its lines."""

    text: Words
    meeting: OfMeeting | None = None
    line: LineNumber | None = None


@command(
    "protokoll",
    brief="ergänzt ein endgültiges Protokoll um einen Nachtrag",
    usage="!protokoll [T3] nachtrag <Text>",
    example="!protokoll nachtrag Die Anlage 2 wurde nachgereicht",
    topic=TOPIC,
    right=Right.LEAD,
    verb=ADD,
    alias=ALIAS,
    undo=False,
)
@dataclass(frozen=True)
class AddAddendum:
    """Add to final minutes."""

    text: Words
    meeting: OfMeeting | None = None


@command(
    "protokoll",
    brief="stellt das Protokoll als Datei bereit",
    usage="!protokoll [T3] docx|pdf",
    example="!protokoll docx",
    topic=TOPIC,
    alias=ALIAS,
)
@dataclass(frozen=True)
class SendMinutes:
    """The minutes as a file."""

    format: Format
    meeting: OfMeeting | None = None


@command(
    "protokoll",
    brief="zeigt das Protokoll mit den Nummern seiner Zeilen",
    usage="!protokoll [T3]",
    example="!protokoll",
    topic=TOPIC,
    alias=ALIAS,
)
@dataclass(frozen=True)
class ShowMinutes:
    """The minutes as card."""

    meeting: OfMeeting | None = None


@command(
    "anlage",
    brief="nimmt eine Datei als nächste Anlage ins Protokoll; als Antwort auf die Datei senden",
    usage="!anlage [T3] <Titel>",
    example="!anlage Präsentation der AG Transfer",
    topic=TOPIC,
    needs=(Need.REPLIED,),
    alias=("attachment",),
)
@dataclass(frozen=True)
class Attach:
    """Attach the file of the message replied to."""

    title: Title
    meeting: OfMeeting | None = None


# --- start and end ----------------------------------------------------------------------------------------------


@handles(StartMinutes)
def start(command: StartMinutes, context: Context) -> MinutesStarted:
    """Lines are recorded from now on. Who starts while somebody writes already joins in."""
    meeting, minutes = sitting(context, command.meeting)
    items = agenda.accepted(context.session, meeting)
    if not minutes.running:
        minutes.status, minutes.running, minutes.ended_at, minutes.review_until = "draft", True, None, None
        minutes.started_by = minutes.started_by or context.sender
        minutes.started_at = minutes.started_at or context.now
    minutes.scribes = list(dict.fromkeys([*minutes.scribes, context.sender, *command.scribes]))
    if minutes.current_top is None and items:
        minutes.current_top = agenda.number_of(items[0])
        minutes.called_up = [minutes.current_top]
    context.session.add(minutes)
    context.session.flush()
    drafting.schedule(context.session, context.settings, meeting, minutes, context.now)
    return MinutesStarted(view(context.session, context.settings, meeting, minutes), len(items))


@handles(EndMinutes)
def end(command: EndMinutes, context: Context) -> MinutesDrafted:
    """The draft is posted in the meeting's room."""
    meeting, minutes = existing(context, command.meeting)
    if not minutes.running:
        raise Refusal("minutes_not_running")
    require_scribe(context, minutes)
    _confirm_letters(context, meeting, "review", "minutes_letters_draft")
    result = drafting.conclude(context.session, context.settings, meeting, minutes, context.now)
    return publish(context, meeting, result)


def _confirm_letters(context: Context, meeting: Meeting, status: str, code: str) -> None:
    """Ask before the minutes go to more than five addresses by e-mail."""
    number = meeting.number or 0
    invited = {one.id for one in meetings.entitled(context.session, number)}
    called = mailing.addressees(context.session, context.settings, invited, meeting.group_key)
    context.confirm_many(mailing.unwritten(context.session, called, rules.letter_key(number, status)), code)


# --- showing ----------------------------------------------------------------------------------------------------


@handles(ShowMinutes)
def show(command: ShowMinutes, context: Context) -> MinutesShown:
    """All lines under their items."""
    meeting, minutes = existing(context, command.meeting)
    return MinutesShown(view(context.session, context.settings, meeting, minutes))


@handles(SendMinutes)
def send(command: SendMinutes, context: Context) -> MinutesFile:
    """The Ergebnisprotokoll as DOCX, PDF or Markdown."""
    meeting, minutes = existing(context, command.meeting)
    data = export.document(context.session, context.settings, meeting, minutes)
    shown = view(context.session, context.settings, meeting, minutes)
    return MinutesFile(shown, export.attachment(meeting, data, command.format))


@handles(Attach)
def attach(command: Attach, context: Context) -> AttachmentAdded:
    """The next number; files of the bot itself are no attachments."""
    file = _file(context)
    meeting, minutes = open_minutes(context, command.meeting)
    known = queries.attachments(context.session, minutes.meeting)
    number = max((row.number for row in known), default=FIRST_ATTACHMENT - 1) + 1
    row = MinutesAttachment(
        meeting=minutes.meeting,
        number=number,
        title=command.title,
        name=str(file["name"])[:TITLE_MAX],
        mimetype=str(file["mimetype"]),
        sha256=str(file["sha256"]),
        added_by=context.sender,
        event_id=context.origin,
    )
    context.session.add(row)
    context.session.flush()
    return AttachmentAdded(view(context.session, context.settings, meeting, minutes), number, row.title, row.name)


def _file(context: Context) -> dict[str, object]:
    replied = context.replied
    if replied is not None and replied.problem is not None:
        raise Refusal(replied.problem)
    if replied is None or replied.file is None:
        raise Refusal("attachment_without_file")
    return replied.file


# --- objections -------------------------------------------------------------------------------------------------


@handles(ObjectToMinutes)
def object_to(command: ObjectToMinutes, context: Context) -> ObjectionNoted:
    """Taken down during the window; those who decide are told."""
    meeting, minutes = existing(context, command.meeting)
    _require_window(context, minutes)
    note = _add_note(context, minutes, "objection", command.text)
    number = command.line if command.line is not None else number_of_replied(context, meeting)
    if number is not None:
        note.line = _words_of_line(context, meeting, number)
    context.session.add(note)
    context.session.flush()
    shown, objection = view(context.session, context.settings, meeting, minutes), _note_view(context, note)
    office = groups.coordination(context.session)
    decides = office.key if office and meeting.kind == "session" else meeting.group_key
    if context.room.group_key != decides:
        context.voice.say(f"group:{decides}", ObjectionReceived(shown, objection))
    return ObjectionNoted(shown, objection)


def _require_window(context: Context, minutes: Minutes) -> None:
    """Insist that objections count now.

    Raises:
        Refusal: there is no draft yet, or the window is over.
    """
    until = minutes.review_until
    if minutes.status == "draft":
        raise Refusal("minutes_no_draft", meeting=f"T{minutes.meeting}")
    if minutes.status == "final":
        raise Refusal("minutes_objection_final", meeting=f"T{minutes.meeting}")
    if until is None or context.today > until:
        raise Refusal("minutes_window_over", meeting=f"T{minutes.meeting}")


def _words_of_line(context: Context, meeting: Meeting, number: int) -> str:
    rows = line_rows(context.session, meeting)
    if not 1 <= number <= len(rows):
        raise Refusal("minutes_no_line", number=number, most=len(rows), meeting=f"T{meeting.number}")
    return f"{rows[number - 1].kind}: {rows[number - 1].text}"


def _add_note(context: Context, minutes: Minutes, kind: str, text: str) -> MinutesNote:
    known = queries.notes(context.session, minutes.meeting, kind)
    return MinutesNote(
        meeting=minutes.meeting,
        kind=kind,
        number=max((note.number for note in known), default=0) + 1,
        text=text,
        by=context.sender,
        at=context.now,
        event_id=context.origin,
    )


def _note_view(context: Context, note: MinutesNote) -> NoteView:
    return note_view(context.session, context.settings, note)


@handles(SettleObjection)
def settle(command: SettleObjection, context: Context) -> ObjectionSettled:
    """Accepted: the line is corrected by hand. Rejected: it stands below the minutes. Who had raised it is told."""
    meeting, minutes = existing(context, command.meeting)
    require_open(minutes)
    notes = queries.notes(context.session, minutes.meeting, "objection")
    note = next((note for note in notes if note.number == command.number), None)
    if note is None:
        raise Refusal("minutes_no_objection", number=command.number, meeting=f"T{meeting.number}")
    note.state = command.verdict
    context.session.add(note)
    context.session.flush()
    shown, objection = view(context.session, context.settings, meeting, minutes), _note_view(context, note)
    if note.by != context.sender:
        context.voice.say(f"person:{note.by}", ObjectionDecided(shown, objection))
    return ObjectionSettled(shown, objection)


# --- final ------------------------------------------------------------------------------------------------------


@handles(ReleaseMinutes)
def release(command: ReleaseMinutes, context: Context) -> MinutesReleased:
    """Before the window is over, or instead of waiting for it."""
    meeting, minutes = existing(context, command.meeting)
    require_open(minutes)
    if minutes.status != "review":
        raise Refusal("minutes_no_draft", meeting=f"T{minutes.meeting}")
    _confirm_letters(context, meeting, "final", "minutes_letters_final")
    return publish(context, meeting, drafting.release(context.session, context.settings, meeting, minutes, context.now))


@handles(AddAddendum)
def add_addendum(command: AddAddendum, context: Context) -> AddendumAdded:
    """What final minutes lack is added below them; they themselves stay as they are."""
    meeting, minutes = existing(context, command.meeting)
    if minutes.status != "final":
        raise Refusal("minutes_not_final", meeting=f"T{minutes.meeting}")
    note = _add_note(context, minutes, "addendum", command.text)
    context.session.add(note)
    context.session.flush()
    data = export.document(context.session, context.settings, meeting, minutes)
    result = AddendumAdded(
        view(context.session, context.settings, meeting, minutes),
        _note_view(context, note),
        export.checksum(data),
        export.files(meeting, data),
    )
    return publish(context, meeting, result)
