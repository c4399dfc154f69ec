"""Commands of inputs (Inputs) and their handlers."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from ombot.chat import rights
from ombot.chat.context import Context, Question
from ombot.chat.line import MESSAGE_MAX, Line, fold, has_control_characters
from ombot.chat.parameters import (
    ABSENT,
    Details,
    InGroup,
    Ref,
    Reference,
    Stage,
    Title,
    Words,
    choice,
)
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Need, command, handles, locates, revises
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.documents.text import clean, one_line
from ombot.features.groups import queries as groups
from ombot.features.inputs import queries
from ombot.features.inputs.export import FORMATS, attachment, chosen, contributors
from ombot.features.inputs.presenting import is_presented, places, present
from ombot.features.inputs.results import (
    InputAdded,
    InputChanged,
    InputHandedOn,
    InputPresented,
    InputReceived,
    InputsExported,
    InputShown,
    InputStates,
)
from ombot.features.inputs.tables import Input, InputFile
from ombot.features.inputs.views import deadline, session_view, standing, trace_of, view
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting

TOPIC = "Inputs"
EXPORT_TOPIC = "Dateien"
"""Heading of ``!export``, whatever it exports: all forms of a word stand under one."""
FILE_NAME_MAX = 200

InputRef = Annotated[Ref, Reference("I")]


@dataclass(frozen=True)
class SessionParameter:
    """``T3``: a session. Inputs for it concern every group, so it does not make the board the command's group."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:
        """The session's number.

        Raises:
            Refusal: there is no such session.
        """
        number = line.take_reference("T")
        if number is None:
            return ABSENT
        meeting = meetings.get(context.session, number)
        if meeting is None or meeting.kind != "session":
            raise Refusal("unknown_reference", reference=f"T{number}")
        return number


@dataclass(frozen=True)
class ReceiverParameter:
    """``AG Transfer``: any working group, or the board, by name or key, whether or not the sender is in it."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The group.

        Raises:
            Question: there is none of this name.
        """
        words, line.text = line.text.strip(" .,;"), ""
        if not words:
            return ABSENT
        known = [*groups.all_groups(context.session, "working_group"), *groups.all_groups(context.session, "board")]
        wanted = fold(context.answers.get("receiver", words))
        for group in known:
            if wanted in (fold(group.key), fold(group.name), fold(group.name.removeprefix("AG "))):
                return group
        options = [(group.name, group.key) for group in known]
        raise Question("input_receiver_unknown", "receiver", options, {"name": words})


SessionNumber = Annotated[int, SessionParameter()]
Receiver = Annotated[Group, ReceiverParameter()]
Format = Annotated[str, choice(**{fmt: (fmt,) for fmt in FORMATS})]


@locates("I", "input")
def locate(context: Context, number: int) -> str | None:
    """The group of an input that may be seen here: its own, or the board's once it is on the agenda."""
    row = queries.get(context.session, number)
    if row is None or not (context.sees(row.group_key) or is_presented(context, row)):
        return None
    return row.group_key


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "input",
    brief="ergänzt einen Input um Text oder, als Antwort auf eine Datei, um diese Datei; ein Entwurf gilt damit "
    "als eingereicht",
    usage="!input I5 ergänzen [Text]",
    example="!input I5 ergänzen Die AG bittet um 30 Minuten.",
    topic=TOPIC,
    verb=("ergänzen", "ergänze", "add"),
    needs=(Need.REPLIED,),
)
@dataclass(frozen=True)
class ExtendInput:
    """Add text, a file or a message to an input."""

    input: InputRef
    text: Words = ""


@command(
    "input",
    brief="ändert den Titel",
    usage="!input I5 titel <neuer Titel>",
    example="!input I5 titel Leitfaden zum Beratungsverständnis",
    topic=TOPIC,
    verb=("titel", "title"),
)
@dataclass(frozen=True)
class RetitleInput:
    """Give an input another title."""

    input: InputRef
    title: Title


@command(
    "input",
    brief="zieht einen Input zurück",
    usage="!input I5 zurückziehen",
    example="!input I5 zurückziehen",
    topic=TOPIC,
    verb=("zurückziehen", "zurückgezogen", "withdraw"),
)
@dataclass(frozen=True)
class WithdrawInput:
    """Take an input back."""

    input: InputRef


@command(
    "input",
    brief="schlägt einen Input als TOP der nächsten Sitzung vor",
    usage="!input I5 als TOP",
    example="!input I5 als TOP",
    topic=TOPIC,
    verb=("als top", "as item"),
)
@dataclass(frozen=True)
class PresentInput:
    """Propose an input for the agenda."""

    input: InputRef


@command(
    "input",
    brief="gibt einen Input an eine andere AG weiter, an den Strategiekreis als TOP; der Verlauf bleibt erhalten",
    usage="!input I5 weiter an <Gruppe>",
    example="!input I5 weiter an AG Transfer",
    topic=TOPIC,
    right=Right.LEAD,
    verb=("weiter an", "weitergeben an", "hand on to"),
)
@dataclass(frozen=True)
class HandOnInput:
    """Hand an input on to another working group, or present it to the board."""

    input: InputRef
    receiver: Receiver


@command(
    "input",
    brief="zeigt einen Input mit seinem Verlauf",
    usage="!input I5",
    example="!input I5",
    topic=TOPIC,
    right=Right.PARTICIPANT,
)
@dataclass(frozen=True)
class ShowInput:
    """Show an input."""

    input: InputRef


@command(
    "input",
    brief="reicht einen Input dieser AG zur nächsten Sitzung ein; weitere Zeilen sind der Text. Als Antwort auf eine "
    "Datei oder Nachricht gesendet, nimmt der Input sie mit; ohne Text und Datei bleibt er ein Entwurf",
    usage="!input <Titel> [in <Gruppe>] und darunter der Text",
    example="!input Bericht der AG\nDer Leitfaden liegt im Entwurf vor.",
    topic=TOPIC,
    needs=(Need.REPLIED,),
)
@dataclass(frozen=True)
class AddInput:
    """Hand in a working group's input for the next session."""

    title: Title
    group: InGroup | None = None
    text: Details = ""


@command(
    "inputs",
    brief="zeigt, welche AG ihren Input zur nächsten Sitzung eingereicht hat",
    usage="!inputs [T3]",
    example="!inputs",
    topic=TOPIC,
)
@dataclass(frozen=True)
class ListInputs:
    """Show the state of each working group."""

    session: SessionNumber | None = None


@command(
    "export",
    brief="stellt die gesammelten Inputs als eine Datei hier ein",
    usage="!export inputs [T3] [docx|pdf|md|xlsx|json|zip]",
    example="!export inputs docx",
    topic=EXPORT_TOPIC,
    verb=("inputs", "input"),
)
@dataclass(frozen=True)
class ExportInputs:
    """Post all collected inputs as one file."""

    session: SessionNumber | None = None
    format: Format = "docx"


# --- handlers ---------------------------------------------------------------------------------------------------


@handles(AddInput)
def add(command: AddInput, context: Context) -> InputAdded:
    """Store a new input with what the message replied to brings along."""
    group = _working_group(context)
    context.group = group
    brought = _brought(context)
    meeting = meetings.next_session(context.session, context.now)
    row = Input(
        group_key=group.key,
        meeting=meeting.number if meeting else None,
        title=command.title,
        text=command.text,
        added=brought.text,
        author=context.sender,
        created_at=context.now,
        event_id=context.origin,
    )
    if row.text or row.added or brought.file:
        _submit(context, row)
    context.session.add(row)
    context.session.flush()
    _keep_file(context, row, brought.file)
    return InputAdded(_stored(context, row))


@revises(AddInput)
def revise(command: AddInput, context: Context) -> InputAdded:
    """The creating message was edited: the same input with the new words; what was added since stays."""
    row = queries.get(context.session, int((context.revising or "I0")[1:]))
    if row is None or not context.sees(row.group_key):
        raise Refusal("unknown_reference", reference=context.revising)
    _require_standing(row)
    changed = (row.title, row.text) != (command.title, command.text)
    row.title, row.text = command.title, command.text
    if row.status == "draft" and row.text:
        _submit(context, row)
    elif changed:
        _mark_late(context, row)
    return InputAdded(_stored(context, row))


@handles(ShowInput)
def show(command: ShowInput, context: Context) -> InputShown:
    """The card with history."""
    row = _input(command.input, context)
    shown = view(context.session, context.settings, row)
    return InputShown(
        shown, trace_of(context.session, row, context.zone), groups.names(context.session), places(context.session, row)
    )


@handles(ExtendInput)
def extend(command: ExtendInput, context: Context) -> InputChanged:
    """More text, a file or both; a draft is thereby submitted."""
    row = _input(command.input, context)
    _require_standing(row)
    brought = _brought(context)
    more = "\n\n".join(part for part in (command.text or context.answers.get("text", ""), brought.text) if part)
    if not more and brought.file is None:
        raise Question("input_nothing_added", "text", facts={"reference": command.input})
    # The file first: its query would flush half of the row's change, which the history would show as two.
    _keep_file(context, row, brought.file)
    row.added = "\n\n".join(part for part in (row.added, more) if part)
    _submit(context, row)
    return InputChanged(_stored(context, row), "extended")


@handles(RetitleInput)
def retitle(command: RetitleInput, context: Context) -> InputChanged:
    """Another title."""
    row = _input(command.input, context)
    _require_standing(row)
    row.title = command.title
    _mark_late(context, row)
    return InputChanged(_stored(context, row), "title")


@handles(WithdrawInput)
def withdraw(command: WithdrawInput, context: Context) -> InputChanged:
    """It no longer counts."""
    row = _input(command.input, context)
    _require_standing(row)
    row.status = "withdrawn"
    return InputChanged(_stored(context, row), "withdrawn")


@handles(PresentInput)
def present_input(command: PresentInput, context: Context) -> InputPresented:
    """A proposal of its group for the next session."""
    row = _input(command.input, context)
    _require_standing(row)
    return present(context, row)


@handles(HandOnInput)
def hand_on(command: HandOnInput, context: Context) -> InputHandedOn | InputPresented:
    """It belongs to another group from now on; that group is told, with its leads notified.

    To the board it goes as an item of its agenda and stays its group's, which has delivered it.
    """
    row = _input(command.input, context)
    _require_standing(row)
    receiver = command.receiver
    if receiver.kind == "board":
        return present(context, row)
    if receiver.key == row.group_key:
        raise Refusal("input_already_there", reference=command.input, group=receiver.name)
    before = groups.names(context.session)[row.group_key]
    row.group_key = receiver.key
    shown = _stored(context, row)
    leads = tuple(context.person(lead) for lead in rights.leads(context.session, receiver.key, context.own_id))
    told = InputReceived(shown, before, context.person(context.sender), leads)
    context.voice.say(f"group:{receiver.key}", told)
    return InputHandedOn(shown, before)


@handles(ListInputs)
def list_inputs(command: ListInputs, context: Context) -> InputStates:
    """The states of all working groups; in a working group's room its own.

    Which groups have delivered is no secret, what they delivered is shown only where its group may be seen.
    """
    meeting = _meeting(command.session, context)
    asked = _asked(context)
    found = standing(context.session, context.settings, meeting, asked)
    visible = tuple(
        one if context.sees(group.key) else replace(one, inputs=()) for group, one in zip(asked, found, strict=True)
    )
    return InputStates(session_view(context.settings, meeting), visible)


@handles(ExportInputs)
def export_inputs(command: ExportInputs, context: Context) -> InputsExported:
    """The inputs of this working group, or of all for a coordinator, as one file with frozen data."""
    named = command.session
    meeting = meetings.get(context.session, named) if named is not None else chosen(context.session, context.now)
    asked = _exported(context, meeting)
    return attachment(context.session, context.settings, context.now, meeting, asked, command.format)


# --- what they share --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Brought:
    """What a message that was replied to brings along."""

    text: str = ""
    file: dict[str, Any] | None = None


def _brought(context: Context) -> Brought:
    """The text or file of the message replied to, unless it is one of ours or a command.

    Raises:
        Refusal: it could not be fetched, or its text cannot be taken.
    """
    replied = context.replied
    if replied is None or replied.sender == context.own_id:
        return Brought()
    if replied.problem is not None:
        raise Refusal(replied.problem)
    if replied.file is not None:
        return Brought(file=replied.file)
    text = replied.body.strip()
    if text.startswith("!"):
        return Brought()
    if len(text) > MESSAGE_MAX:
        raise Refusal("message_too_long", most=MESSAGE_MAX)
    if has_control_characters(text):
        raise Refusal("control_characters")
    return Brought(text)


def _keep_file(context: Context, row: Input, file: dict[str, Any] | None) -> None:
    """Put a file on an input; the same bytes a second time change nothing."""
    number = _number(row)
    known = queries.files(context.session, number)
    if file is None or any(one.sha256 == file["sha256"] for one in known):
        return
    context.session.add(
        InputFile(
            input=number,
            sha256=file["sha256"],
            # A name that reads differently from what it is must not reach cards and archives.
            name=one_line(clean(str(file["name"])))[:FILE_NAME_MAX] or "file",
            mimetype=file["mimetype"],
            size=file["size"],
            position=len(known) + 1,
        )
    )
    context.session.flush()


def _submit(context: Context, row: Input) -> None:
    """It is handed in (again); after the deadline that is marked."""
    row.status = "submitted"
    row.submitted_at = row.submitted_at or context.now
    _mark_late(context, row)


def _mark_late(context: Context, row: Input) -> None:
    """What comes in or is changed after the deadline is accepted and marked."""
    meeting = meetings.get(context.session, row.meeting) if row.meeting is not None else None
    last_day: date | None = deadline(context.settings, meeting)
    if row.status == "submitted" and last_day is not None and context.today > last_day:
        row.late_at = context.now


def _stored(context: Context, row: Input) -> Any:
    context.session.add(row)
    context.session.flush()
    return view(context.session, context.settings, row)


def _input(ref: Ref, context: Context) -> Input:
    row = queries.get(context.session, ref.number)
    if row is None:
        raise Refusal("unknown_reference", reference=ref)
    return row


def _require_standing(row: Input) -> None:
    if row.status == "withdrawn":
        raise Refusal("input_withdrawn", reference=f"I{row.number}")


def _number(row: Input) -> int:
    if row.number is None:
        raise ValueError("the input was not flushed")
    return row.number


def _working_group(context: Context) -> Group:
    """The working group whose input this is.

    Raises:
        Refusal: this is another kind of room, or the person is in no working group; a question where there are several.
    """
    here = context.group or context.room_group
    if here is not None:
        if here.kind != "working_group":
            raise Refusal("input_needs_working_group", group=here.name)
        return here
    own = [group for group in context.own_groups if group.kind == "working_group"]
    if chosen := context.answers.get("group"):
        own = [group for group in own if group.key == chosen]
    if not own:
        raise Refusal("no_working_group")
    if len(own) > 1:
        raise Question("which_group", "group", [(group.name, group.key) for group in own])
    return own[0]


def _meeting(number: int | None, context: Context) -> Meeting | None:
    """The session that was named, else the next one."""
    if number is not None:
        return meetings.get(context.session, number)
    return meetings.next_session(context.session, context.now)


def _asked(context: Context) -> list[Group]:
    """The working groups whose state is shown here."""
    here = context.room_group
    if here is not None and here.kind == "working_group":
        return [here]
    if here is not None and here.kind == "forum":
        raise Refusal("inputs_not_here")
    return groups.all_groups(context.session, "working_group")


def _exported(context: Context, meeting: Meeting | None) -> list[Group]:
    """The groups whose inputs are exported here: this one, or all for a coordinator, or one's own."""
    asked = _asked(context)
    if context.room_group and context.room_group.kind == "working_group":
        return asked
    if context.coordinator:
        return contributors(context.session, meeting)
    if not context.direct:
        raise Refusal("needs_coordinator")
    own = {group.key for group in context.own_groups}
    found = [group for group in asked if group.key in own]
    if not found:
        raise Refusal("no_working_group")
    return found
