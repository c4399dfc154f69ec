"""Commands of those who take the minutes: typed lines, moving on, consent to a summary, corrections."""

from dataclasses import dataclass, replace

from ombot.chat.context import Context
from ombot.chat.line import TITLE_MAX, Line, fold
from ombot.chat.parameters import ABSENT, PartyParameter, Words
from ombot.chat.parser import read_as, read_endings
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Need, command, handles, listens, revises
from ombot.features.agenda import queries as agenda
from ombot.features.agenda.sitting import SITTING
from ombot.features.agenda.tables import AgendaItem
from ombot.features.decisions import register
from ombot.features.decisions.results import DecisionShown
from ombot.features.decisions.views import view as decision_view
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import queries, rules
from ombot.features.minutes.cards import AGREED_TEXT, decision_text
from ombot.features.minutes.drafting import text_of_task
from ombot.features.minutes.parameters import (
    LINE,
    LineNumber,
    Lines,
    OfMeeting,
    minuted_here,
    open_minutes,
    require_scribe,
)
from ombot.features.minutes.results import LineCorrected, MovedOn
from ombot.features.minutes.rules import AGREED, DECISION, TASK, Typed
from ombot.features.minutes.tables import Minutes, MinutesLine
from ombot.features.minutes.views import line_rows, line_view, number_of_replied, view
from ombot.features.tasks import commands as tasks
from ombot.features.tasks.commands import AddTask
from ombot.store.tables import Inbox
from ombot.store.unit import Session

TOPIC = "Protokoll"
ALIAS = ("minutes",)
STRIKE = ("streichen", "gestrichen", "löschen", "strike")
MAKES = (TASK, DECISION)
"""Kinds of lines that make an object of their own."""


@listens("protokoll", rules.meant)
def is_recorded(session: Session, row: Inbox) -> bool:
    """Whether a typed line is one of a scribe while the minutes are being written in this room.

    One that was sent before they ended still counts when it is read later.
    """
    return any(
        row.sender in minutes.scribes and _covers(minutes, row) for minutes in queries.of_room(session, row.room_id)
    )


def _covers(minutes: Minutes, row: Inbox) -> bool:
    if minutes.running:
        return True
    is_before_end = minutes.ended_at is not None and row.sent_at < minutes.ended_at
    return is_before_end and minutes.started_at is not None and row.sent_at >= minutes.started_at


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "protokoll",
    brief="ändert eine Zeile des Protokolls, ohne Nummer als Antwort auf ihre Nachricht; „streichen“ nimmt sie heraus",
    usage="!protokoll [T3] zeile [12] <neuer Text>|streichen",
    example="!protokoll zeile 12 Die AG Transfer legt das Konzept vor",
    topic=TOPIC,
    verb=LINE,
    alias=ALIAS,
    needs=(Need.REPLIED,),
)
@dataclass(frozen=True)
class CorrectLine:
    """Change a line, or strike it: by its number, or as a reply to the message that made it."""

    text: Words
    number: LineNumber | None = None
    meeting: OfMeeting | None = None


@command(
    "protokoll",
    brief="hält Zeilen fest, wie sie während der Mitschrift auch ohne Befehl gelten; „TOP 4“ darüber ordnet sie zu",
    usage="!protokoll [T3] Info: …|Frage: …|Antwort: …|Anregung: …|Aufgabe: …|Beschluss: …|Herausforderung: …|"
    "Zusammenfassung: …|Offener Punkt: …",
    example="!protokoll Info: Zwei Treffen im Jahr sind sinnvoll",
    topic=TOPIC,
    alias=ALIAS,
)
@dataclass(frozen=True)
class RecordLines:
    """Record typed lines."""

    lines: Lines
    meeting: OfMeeting | None = None


@command(
    "zugestimmt",
    brief="hält fest, dass der Zusammenfassung zugestimmt wurde",
    usage="!zugestimmt",
    example="!zugestimmt",
    topic=TOPIC,
    alias=("agreed",),
)
@dataclass(frozen=True)
class Agree:
    """Record that the summary of the current item was agreed to."""


# --- moving on --------------------------------------------------------------------------------------------------


def _meeting_under_way(context: Context) -> int | None:
    minutes = minuted_here(context)
    return minutes.meeting if minutes is not None else None


def _call_up(context: Context, item: AgendaItem) -> MovedOn | None:
    """``!top 3`` of a scribe moves on; of anybody else it shows the item."""
    minutes = minuted_here(context)
    if minutes is None or minutes.meeting != item.meeting_number or context.sender not in minutes.scribes:
        return None
    number = agenda.number_of(item)
    minutes.current_top = number
    minutes.called_up = list(dict.fromkeys([*minutes.called_up, number]))
    context.session.add(minutes)
    context.session.flush()
    return MovedOn(view(context.session, context.settings, _meeting_of(context, minutes), minutes))


def _meeting_of(context: Context, minutes: Minutes) -> Meeting:
    meeting = context.session.get(Meeting, minutes.meeting)
    if meeting is None:
        raise LookupError(f"M{minutes.meeting} has no meeting")
    return meeting


SITTING.meeting = _meeting_under_way
SITTING.call_up = _call_up


# --- recording --------------------------------------------------------------------------------------------------


@handles(RecordLines)
def record(command: RecordLines, context: Context) -> None:
    """Every line as it was typed. Only what made a task or a decision is answered, the rest is confirmed quietly."""
    meeting, minutes = open_minutes(context, command.meeting)
    group = context.group
    made = []
    for typed in command.lines:
        context.group = group
        item = _item_for(context, meeting, minutes, typed)
        made.append(record_line(context, meeting, typed, item)[0])
    context.group = group
    _confirm(context, [result for result in made if result is not None], f"M{meeting.number}")


def _confirm(context: Context, answers: list[object], about: str) -> None:
    if context.answer is None or context.acknowledge is None:
        raise LookupError("lines were recorded outside a conversation")
    for result in answers:
        context.answer(result)
    if not answers:
        context.acknowledge(context.origin, about)


def _item_for(context: Context, meeting: Meeting, minutes: Minutes, typed: Typed) -> int | None:
    """The agenda item named above the line, or the one the minutes are at."""
    if typed.top is None:
        return minutes.current_top
    item = agenda.by_top(context.session, meeting, typed.top)
    if item is None:
        raise Refusal("agenda_no_top", top=typed.top, meeting=f"T{meeting.number}")
    return item.number


def words_of(typed: Typed, context: Context) -> str:
    """The words of a line without who does it and until when; nothing is stored.

    Raises:
        Refusal: a person or a date in it is not understood.
    """
    if typed.kind == TASK:
        return _task_of(typed, context)[1]
    return _mandate_of(typed.text, context)[0] if typed.kind == DECISION else typed.text


def record_line(
    context: Context, meeting: Meeting, typed: Typed, item: int | None
) -> tuple[object | None, MinutesLine]:
    """Store a line with the task or decision that it makes; gives back what that is answered with, and the line."""
    result: object | None = None
    ref: str | None = None
    if typed.kind == TASK:
        asked, words = _task_of(typed, context)
        added = tasks.add(asked, context)
        result, ref = added, added.task.reference
        typed = replace(typed, text=text_of_task(context.session, added.task, words))
    elif typed.kind == DECISION:
        shown, typed = _decide(context, meeting, typed)
        result, ref = shown, shown.decision.reference
    line = queries.add_line(
        context.session,
        agenda.number_of(meeting),
        typed,
        item,
        by=context.sender,
        at=context.now,
        event_id=context.origin,
    )
    line.ref = ref
    context.session.add(line)
    context.session.flush()
    return result, line


def _task_of(typed: Typed, context: Context) -> tuple[AddTask, str]:
    """The line read as ``!aufgabe``, and its words without persons and date.

    Nobody counts characters while others speak: what does not fit into a title becomes the description.
    """
    first, _, further = typed.text.partition("\n")
    if len(first) <= TITLE_MAX:
        command = read_as(AddTask, typed.text, context)
        return command, _joined(command.title, command.description)
    line = Line(" ".join(first.split()))
    values = read_endings(AddTask, line, context)
    title, rest = rules.split_title(line.text, TITLE_MAX)
    return AddTask(title=title, description=_joined(rest, further), **values), _joined(line.text, further)


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _decide(context: Context, meeting: Meeting, typed: Typed) -> tuple[DecisionShown, Typed]:
    text, mandate = _mandate_of(typed.text, context)
    decision = register.record_accepted(
        context.session,
        group_key=meeting.group_key,
        text=text,
        mandate=mandate,
        meeting=meeting.number,
        recorded_by=context.sender,
        at=context.now,
        event_id=context.origin,
    )
    shown = DecisionShown(decision_view(context.session, decision, context.now))
    return shown, replace(typed, text=decision_text(text, next(iter(mandate.values())) if mandate else None))


def _mandate_of(text: str, context: Context) -> tuple[str, dict[str, str] | None]:
    """``… an <Gremium>`` at the end names who is charged with it."""
    line = Line(text)
    party = PartyParameter().read(line, context)
    return (text, None) if party is ABSENT else (line.text, party)


@handles(Agree)
def agree(command: Agree, context: Context) -> None:  # noqa: ARG001
    """Consent to the summary of the item the minutes are at."""
    minutes = minuted_here(context)
    if minutes is None:
        raise Refusal("minutes_not_running")
    context.group = context.room_group
    require_scribe(context, minutes)
    here = [line for line in queries.lines(context.session, minutes.meeting) if line.agenda_item == minutes.current_top]
    if not rules.may_agree(line.kind for line in here):
        raise Refusal("minutes_no_summary")
    queries.add_line(
        context.session,
        minutes.meeting,
        Typed(AGREED, AGREED_TEXT),
        minutes.current_top,
        by=context.sender,
        at=context.now,
        event_id=context.origin,
    )
    _confirm(context, [], f"M{minutes.meeting}")


# --- correcting -------------------------------------------------------------------------------------------------


@revises(RecordLines)
def revise(command: RecordLines, context: Context) -> None:
    """The message was edited: the same lines with the new words. It neither makes nor strikes any."""
    rows = queries.lines_of_event(context.session, context.origin)
    if not rows:
        raise Refusal("minutes_lines_gone")
    open_minutes(context, _meeting_of_rows(context, rows))
    if len(rows) != len(command.lines):
        raise Refusal("minutes_edit_count", before=len(rows), after=len(command.lines))
    group = context.group
    for row, typed in zip(rows, command.lines, strict=True):
        context.group = group
        _rewrite(context, row, typed)
    context.group = group


def _meeting_of_rows(context: Context, rows: list[MinutesLine]) -> Meeting | None:
    return context.session.get(Meeting, rows[0].meeting)


def _rewrite(context: Context, row: MinutesLine, typed: Typed) -> None:
    if row.kind != typed.kind and (row.kind in MAKES or typed.kind in MAKES):
        raise Refusal("edit_changes_kind")
    if row.kind == TASK and row.ref is not None:
        context.revising = row.ref
        asked, words = _task_of(typed, context)
        added = tasks.revise(asked, context)
        typed = replace(typed, text=text_of_task(context.session, added.task, words))
        _show_again(context, row, added)
    elif row.kind == DECISION and row.ref is not None:
        typed = _reword(context, row, typed)
    row.kind, row.text = typed.kind, typed.text
    context.session.add(row)
    context.session.flush()


def _reword(context: Context, row: MinutesLine, typed: Typed) -> Typed:
    decision = queries.decision(context.session, row.ref or "B0")
    if decision is None or decision.status != "accepted" or decision.replaced_by is not None:
        raise Refusal("minutes_decision_settled", reference=row.ref)
    decision.text, decision.mandate = _mandate_of(typed.text, context)
    context.session.add(decision)
    context.session.flush()
    _show_again(context, row, DecisionShown(decision_view(context.session, decision, context.now)))
    mandate = next(iter(decision.mandate.values())) if decision.mandate else None
    return replace(typed, text=decision_text(decision.text, mandate))


def _show_again(context: Context, row: MinutesLine, result: object) -> None:
    card = queries.card_of_line(context.session, row)
    if card is not None:
        context.voice.edit(card, context.voice.cards[type(result)](result))


@handles(CorrectLine)
def correct(command: CorrectLine, context: Context) -> LineCorrected:
    """Other words for a line, or none; the history keeps what was."""
    meeting, minutes = open_minutes(context, command.meeting)
    rows = line_rows(context.session, meeting)
    number = command.number if command.number is not None else number_of_replied(context, meeting)
    if number is None:
        raise Refusal("minutes_which_line", meeting=f"T{meeting.number}")
    if not 1 <= number <= len(rows):
        raise Refusal("minutes_no_line", number=number, most=len(rows), meeting=f"T{meeting.number}")
    row = rows[number - 1]
    before = line_view(row, number)
    struck = fold(command.text) in [fold(word) for word in STRIKE]
    if struck:
        context.session.delete(row)
    else:
        row.text = command.text
        context.session.add(row)
    context.session.flush()
    after = None if struck else line_view(row, number)
    return LineCorrected(view(context.session, context.settings, meeting, minutes), before, after)
