"""Commands of the agenda (Tagesordnung) and their handlers."""

from dataclasses import dataclass
from typing import Annotated, Any

from ombot.chat.context import Context, Question
from ombot.chat.line import fold
from ombot.chat.parameters import InGroup, Ref, Title, Words, choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles, locates, revises
from ombot.chat.rights import Right, holds
from ombot.chat.tables import Group
from ombot.features.agenda import carrying, inviting, queries, views
from ombot.features.agenda.export import attachment
from ombot.features.agenda.parameters import (
    NOTHING,
    VERBS,
    Drafts,
    DraftsBelow,
    Duration,
    ForMeeting,
    ItemRef,
    Kind,
    Neighbour,
    OfMeeting,
    is_preparing,
    meeting_here,
    timed,
)
from ombot.features.agenda.results import (
    AgendaFile,
    AgendaShown,
    AgendaView,
    CalledUp,
    ItemAdded,
    ItemChanged,
    ItemProposed,
    ItemRejected,
    ItemsAdded,
    ItemShown,
    ItemView,
)
from ombot.features.agenda.rules import PAUSE, USUAL, Draft, Proposer, is_on_agenda
from ombot.features.agenda.sitting import SITTING
from ombot.features.agenda.tables import AgendaItem
from ombot.features.groups import queries as groups
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Meeting
from ombot.store import outbox

__all__ = ["inviting"]
"""Imported so that its commands are in the table too."""

TOPIC = "Tagesordnung"
ALIAS = ("agendaitem",)
AGENDA_ALIAS = ("agenda", "to")

DECIDED = ("moved", "accepted", "rejected", "struck", "carried")
"""Changes that say what became of a proposal."""

Format = Annotated[str, choice(docx=("docx", "word"), pdf="pdf", md=("md", "markdown"))]


@locates("P", "top")
def locate(context: Context, number: int) -> str | None:
    """The group that decides on an item which may be seen here.

    A proposal is seen by that group and by the one that proposed it; what stands on the agenda, by all that prepare.
    """
    item = queries.get(context.session, number)
    meeting = meetings.get(context.session, item.meeting_number) if item else None
    if item is None or meeting is None:
        return None
    seen = context.sees(meeting.group_key) or context.sees(item.group_key)
    on_agenda = is_on_agenda(item) and is_preparing(context, meeting)
    return meeting.group_key if seen or on_agenda else None


# --- declarations: changing an item -----------------------------------------------------------------------------


@command(
    "top",
    brief="ordnet einen TOP hinter einem anderen ein; einen Vorschlag nimmt das zugleich an",
    usage="!top 4 nach 2",
    example="!top 4 nach 2",
    topic=TOPIC,
    right=Right.LEAD,
    verb=VERBS["after"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class MoveAfter:
    """Put an item behind another one; behind 0 is the beginning."""

    item: ItemRef
    other: Neighbour


@command(
    "top",
    brief="ordnet einen TOP vor einem anderen ein; einen Vorschlag nimmt das zugleich an",
    usage="!top 4 vor 2",
    example="!top 4 vor 2",
    topic=TOPIC,
    right=Right.LEAD,
    verb=VERBS["before"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class MoveBefore:
    """Put an item in front of another one."""

    item: ItemRef
    other: Neighbour


@command(
    "top",
    brief="ändert die Dauer eines TOP",
    usage="!top 4 dauer <Minuten>|ohne",
    example="!top 4 dauer 45",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=VERBS["duration"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class SetDuration:
    """Change how long an item takes."""

    item: ItemRef
    minutes: Duration


@command(
    "top",
    brief="ändert den Titel eines TOP",
    usage="!top 4 titel <neuer Titel>",
    example="!top 4 titel Wie arbeiten wir zusammen?",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=VERBS["title"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class Retitle:
    """Give an item another title."""

    item: ItemRef
    title: Title


@command(
    "top",
    brief="ersetzt die Ziele eines TOP, eines je Zeile",
    usage="!top 4 ziel <Ziel>",
    example="!top 4 ziel Gemeinsamer Kenntnisstand",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=VERBS["goal"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class SetGoals:
    """Replace the goals of an item."""

    item: ItemRef
    goals: Words


@command(
    "top",
    brief="fügt einem TOP ein Ziel hinzu",
    usage="!top 4 auch ziel <Ziel>",
    example="!top 4 auch ziel Nächste Schritte",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=VERBS["also_goal"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class AddGoals:
    """Add goals to those of an item."""

    item: ItemRef
    goals: Words


@command(
    "top",
    brief="ändert, wer den TOP vorträgt",
    usage="!top 4 wer <Name>|niemand",
    example="!top 4 wer BG RCI",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=VERBS["presenter"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class SetPresenter:
    """Change who presents an item."""

    item: ItemRef
    presenter: Title


@command(
    "top",
    brief="ändert die Art eines TOP",
    usage="!top 4 art Auftakt|Impuls|Diskussion|Auftrag|Bericht|Verschiedenes|Pause",
    example="!top 4 art Impuls",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=VERBS["kind"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class SetKind:
    """Change the kind of an item."""

    item: ItemRef
    kind: Kind


@command(
    "top",
    brief="nimmt einen Vorschlag auf die Tagesordnung",
    usage="!top P8 annehmen",
    example="!top P8 annehmen",
    topic=TOPIC,
    right=Right.LEAD,
    verb=VERBS["accept"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class Accept:
    """Put a proposal on the agenda."""

    item: ItemRef


@command(
    "top",
    brief="lehnt einen Vorschlag ab; der Grund geht an die vorschlagende Person",
    usage="!top P8 ablehnen [Grund]",
    example="!top P8 ablehnen Das klären wir in der AG Transfer",
    topic=TOPIC,
    right=Right.LEAD,
    verb=VERBS["reject"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class Reject:
    """Reject a proposal, with a reason for the proposer."""

    item: ItemRef
    reason: Words = ""


@command(
    "top",
    brief="nimmt einen TOP von der Tagesordnung oder zieht den eigenen Vorschlag zurück",
    usage="!top 4 streichen",
    example="!top 4 streichen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=VERBS["strike"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class Strike:
    """Take an item off the agenda."""

    item: ItemRef


@command(
    "top",
    brief="vertagt einen TOP; er steht dann auf der nächsten Tagesordnung",
    usage="!top 4 vertagen",
    example="!top 4 vertagen",
    topic=TOPIC,
    right=Right.LEAD,
    verb=VERBS["carry"],
    alias=ALIAS,
)
@dataclass(frozen=True)
class Carry:
    """Carry an item over to the next meeting."""

    item: ItemRef


@command(
    "top",
    brief="zeigt einen TOP mit seinem Verlauf; im Protokoll geht es damit zum nächsten TOP",
    usage="!top 4 · !top P8",
    example="!top 4",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=ALIAS,
)
@dataclass(frozen=True)
class ShowItem:
    """Show an item; in a session that is being minuted, move on to it."""

    item: ItemRef


# --- declarations: the agenda -----------------------------------------------------------------------------------


@command(
    "top",
    brief="schlägt einen TOP für die nächste Sitzung vor; mehrere Zeilen fügen eine ganze Tagesordnung ein",
    usage="!top <Titel> [für T5] [Art: Auftakt|Impuls|Diskussion|Auftrag|Bericht|Verschiedenes|Pause] "
    "[Ziel: …] [Dauer: 30] [Wer: …]",
    example="!top Gemeinsames Beratungsverständnis Art: Diskussion Ziel: Entwurf beraten Dauer: 30 Wer: BG RCI",
    topic=TOPIC,
    alias=ALIAS,
)
@dataclass(frozen=True)
class AddItems:
    """Propose an item, or several at once."""

    drafts: Drafts
    meeting: ForMeeting | None = None
    group: InGroup | None = None


@command(
    "tagesordnung",
    brief="fügt eine ganze Tagesordnung ein: als Liste oder als Tabelle aus Word (TOP, Thema, Wer, Uhrzeit)",
    usage="!tagesordnung [T3] einfügen, danach eine Zeile je TOP",
    example="!tagesordnung einfügen 1. AUFTAKT: Begrüßung (15 Min.)",
    topic=TOPIC,
    verb=("einfügen", "paste"),
    alias=AGENDA_ALIAS,
)
@dataclass(frozen=True)
class PasteAgenda:
    """Put a whole agenda in."""

    drafts: Drafts
    meeting: OfMeeting | None = None
    group: InGroup | None = None


@command(
    "tagesordnung",
    brief="stellt die Tagesordnung als Datei bereit",
    usage="!tagesordnung [T3] docx|pdf",
    example="!tagesordnung docx",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=AGENDA_ALIAS,
)
@dataclass(frozen=True)
class SendAgenda:
    """The agenda as a file."""

    format: Format
    meeting: OfMeeting | None = None


@command(
    "tagesordnung",
    brief="fügt ein, was darunter steht: dasselbe ohne das Wort dafür",
    usage="!tagesordnung [T3], darunter eine Zeile je TOP",
    example="!tagesordnung\n1. AUFTAKT: Begrüßung (15 Min.)\n2. IMPULS: Wo stehen wir? (30 Min.)",
    topic=TOPIC,
    alias=AGENDA_ALIAS,
)
@dataclass(frozen=True)
class PasteLines:
    """Put a whole agenda in, all of it below the command."""

    drafts: DraftsBelow
    meeting: OfMeeting | None = None
    group: InGroup | None = None


@command(
    "tagesordnung",
    brief="zeigt die Tagesordnung mit Uhrzeiten",
    usage="!tagesordnung [T3]",
    example="!tagesordnung",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=AGENDA_ALIAS,
)
@dataclass(frozen=True)
class ShowAgenda:
    """The agenda as card."""

    meeting: OfMeeting | None = None


# --- handlers: the agenda ---------------------------------------------------------------------------------------


@handles(ShowAgenda)
def show_agenda(command: ShowAgenda, context: Context) -> AgendaShown:
    """The agenda with its times; of the next session unless a meeting is named."""
    return AgendaShown(_agenda(context, command.meeting or meeting_here(context)))


@handles(SendAgenda)
def send_agenda(command: SendAgenda, context: Context) -> AgendaFile:
    """The agenda as DOCX or PDF in the look of the board's minutes."""
    agenda = _agenda(context, command.meeting or meeting_here(context))
    return AgendaFile(agenda, attachment(context.settings, agenda, command.format))


@handles(AddItems)
def add(command: AddItems, context: Context) -> ItemAdded | ItemsAdded:
    """New items: accepted at once from those who decide on the agenda, proposals from all others."""
    meeting = command.meeting or _meeting_to_add_to(context)
    return _add(context, meeting, command.drafts, command.group)


@handles(PasteAgenda)
@handles(PasteLines)
def paste(command: PasteAgenda | PasteLines, context: Context) -> ItemAdded | ItemsAdded:
    """The same with a word for it."""
    return _add(context, command.meeting or _meeting_to_add_to(context), command.drafts, command.group)


def _meeting_to_add_to(context: Context) -> Meeting:
    """The next session; where none is planned, a coming meeting of this group is asked about."""
    try:
        return meeting_here(context)
    except Refusal as refusal:
        coming = meetings.coming(context.session, [group.key for group in context.visible_groups], context.now)
        chosen = context.answers.get("meeting")
        if not coming:
            raise
        if chosen is None:
            options = [(f"T{meeting.number} {meeting.title}", f"T{meeting.number}") for meeting in coming]
            raise Question("agenda_which_meeting", "meeting", options) from refusal
        return next(meeting for meeting in coming if f"T{meeting.number}" == chosen)


def _add(context: Context, meeting: Meeting, drafted: Any, group: Group | None) -> ItemAdded | ItemsAdded:
    _require_open(context, meeting)
    lead = _leads(context, meeting)
    proposer = Proposer(context.sender, _proposing(context, meeting, group, lead=lead), context.origin, context.now)
    status = "accepted" if lead else "proposed"
    if len(drafted) == 1:
        item = queries.add_item(context.session, meeting, drafted[0].draft, proposer, status=status)
        agenda = _agenda(context, meeting)
        shown = _item_view(context, agenda, item)
        if not lead:
            _tell_deciders(context, meeting, ItemProposed(shown, agenda, context.person(context.sender)))
        return ItemAdded(shown, agenda)
    known = _by_title(context, meeting) if lead else {}
    drafts = timed(drafted, views.local(meeting.end, context.zone))
    for draft in drafts:
        _add_or_update(context, meeting, draft, known.get(fold(draft.title)), proposer, status)
    updated = sum(fold(draft.title) in known for draft in drafts)
    result = ItemsAdded(_agenda(context, meeting), len(drafts) - updated, updated)
    if not lead:
        _tell_deciders(context, meeting, result)
    return result


def _by_title(context: Context, meeting: Meeting) -> dict[str, AgendaItem]:
    """What stands on the agenda already: a pasted line with the same title updates it, so that nothing is doubled.

    Pauses may well come twice.
    """
    return {fold(item.title): item for item in queries.accepted(context.session, meeting) if item.kind != PAUSE}


def _add_or_update(
    context: Context, meeting: Meeting, draft: Draft, known: AgendaItem | None, proposer: Proposer, status: str
) -> None:
    if known is None:
        queries.add_item(context.session, meeting, draft, proposer, status=status)
    else:
        _write(context, known, _completed(draft, known))


def _completed(draft: Draft, known: AgendaItem) -> Draft:
    """A pasted line with what the item had before and the line does not say: a list may be of titles alone."""
    return Draft(
        draft.title,
        known.kind if draft.kind == USUAL else draft.kind,
        draft.goals or tuple(known.goals),
        draft.minutes if draft.minutes is not None else known.minutes,
        draft.presenter or known.presenter,
    )


def _proposing(context: Context, meeting: Meeting, group: Group | None, *, lead: bool) -> str:
    """The group an item is proposed for: this room's, the one that is named, or the one that is asked for."""
    if context.room_group is not None:
        return context.room_group.key
    if group is not None:
        return group.key
    own = any(group.key == meeting.group_key for group in context.own_groups)
    return meeting.group_key if lead or (own and meeting.kind == "meeting") else context.here().key


def _tell_deciders(context: Context, meeting: Meeting, result: Any) -> None:
    """Who orders the agenda hears of a proposal: the office for sessions, the group itself for its own meetings."""
    office = groups.coordination(context.session)
    decides = office.key if office and meeting.kind == "session" else meeting.group_key
    if context.room_group is None or context.room_group.key != decides:
        context.voice.say(f"group:{decides}", result)


@revises(AddItems)
def revise(command: AddItems, context: Context) -> ItemAdded:
    """The creating message was edited: the same item with the new words, as long as its author may change it."""
    about = context.revising or ""
    if not about.startswith("P") or len(command.drafts) != 1:
        raise Refusal("agenda_edit_many")
    item = _get(context, int(about[1:]))
    meeting = _changeable(context, item)
    _write(context, item, command.drafts[0].draft)
    agenda = _agenda(context, meeting)
    return ItemAdded(_item_view(context, agenda, item), agenda)


def _write(context: Context, item: AgendaItem, draft: Draft) -> None:
    item.title, item.kind, item.goals = draft.title, draft.kind, list(draft.goals)
    item.minutes, item.presenter = draft.minutes, draft.presenter
    context.session.add(item)
    context.session.flush()


# --- handlers: one item -----------------------------------------------------------------------------------------


@handles(ShowItem)
def show_item(command: ShowItem, context: Context) -> ItemShown | CalledUp:
    """The card with history; in a session that is being minuted, the minutes move on."""
    item = _get(context, command.item.number)
    said = SITTING.call_up(context, item)
    if said is not None:
        return CalledUp(said)
    meeting = _meeting_of(context, item)
    agenda = _agenda(context, meeting)
    # Who changed what stays within the groups concerned; the item itself is on an agenda that all may see.
    within = context.sees(meeting.group_key) or context.sees(item.group_key)
    history = views.trace_of(context.session, item, context.zone) if within else ()
    return ItemShown(_item_view(context, agenda, item), agenda, history)


@handles(MoveAfter)
def move_after(command: MoveAfter, context: Context) -> ItemChanged:
    """Behind another item."""
    return _move(context, command.item, command.other, 1)


@handles(MoveBefore)
def move_before(command: MoveBefore, context: Context) -> ItemChanged:
    """In front of another item."""
    return _move(context, command.item, command.other, 0)


def _move(context: Context, ref: Ref, other: Ref | None, behind: int) -> ItemChanged:
    item = _get(context, ref.number)
    meeting = _open_meeting(context, item)
    numbers = [one.number for one in queries.accepted(context.session, meeting) if one.number != item.number]
    if other is not None and other.number not in numbers:
        raise Refusal("agenda_not_beside", item=ref, other=other)
    queries.place(context.session, meeting, item, numbers.index(other.number) + behind if other else 0)
    item.status, item.reason = "accepted", None
    return _changed(context, item, meeting, "moved")


@handles(SetDuration)
def set_duration(command: SetDuration, context: Context) -> ItemChanged:
    """Another duration; the times of all that follow move with it."""
    return _set(context, command.item, "duration", minutes=command.minutes or None)


@handles(Retitle)
def retitle(command: Retitle, context: Context) -> ItemChanged:
    """Another title."""
    return _set(context, command.item, "title", title=command.title)


@handles(SetGoals)
def set_goals(command: SetGoals, context: Context) -> ItemChanged:
    """Other goals, one a line."""
    return _set(context, command.item, "goals", goals=_goals(command.goals))


@handles(AddGoals)
def add_goals(command: AddGoals, context: Context) -> ItemChanged:
    """More goals."""
    before = _get(context, command.item.number).goals
    return _set(context, command.item, "goals", goals=[*before, *_goals(command.goals)])


def _goals(text: str) -> list[str]:
    return [line.strip(" •*-–") for line in text.splitlines() if line.strip(" •*-–")]


@handles(SetPresenter)
def set_presenter(command: SetPresenter, context: Context) -> ItemChanged:
    """Somebody else presents."""
    presenter = None if fold(command.presenter) in NOTHING else command.presenter
    return _set(context, command.item, "presenter", presenter=presenter)


@handles(SetKind)
def set_kind(command: SetKind, context: Context) -> ItemChanged:
    """Another kind."""
    return _set(context, command.item, "kind", kind=command.kind)


def _set(context: Context, ref: Ref, change: str, **values: Any) -> ItemChanged:
    item = _get(context, ref.number)
    meeting = _changeable(context, item)
    for name, value in values.items():
        setattr(item, name, value)
    return _changed(context, item, meeting, change)


@handles(Accept)
def accept(command: Accept, context: Context) -> ItemChanged:
    """On the agenda, at the usual place of its kind."""
    item = _get(context, command.item.number)
    meeting = _open_meeting(context, item)
    if item.status == "accepted":
        raise Refusal("agenda_already_accepted", item=command.item)
    item.status, item.reason = "accepted", None
    queries.place(context.session, meeting, item)
    return _changed(context, item, meeting, "accepted")


@handles(Reject)
def reject(command: Reject, context: Context) -> ItemChanged:
    """Not on the agenda; the proposer is told why."""
    item = _get(context, command.item.number)
    meeting = _open_meeting(context, item)
    if item.status != "proposed":
        raise Refusal(f"agenda_not_proposed_{item.status}", item=command.item)
    item.status, item.reason = "rejected", command.reason or None
    result = _changed(context, item, meeting, "rejected")
    if item.proposed_by != context.sender:
        told = ItemRejected(result.item, result.meeting, context.person(context.sender))
        context.voice.say(f"person:{item.proposed_by}", told)
    return result


@handles(Strike)
def strike(command: Strike, context: Context) -> ItemChanged:
    """Off the agenda."""
    item = _get(context, command.item.number)
    if item.status == "struck":
        raise Refusal("agenda_already_struck", item=command.item)
    meeting = _changeable(context, item)
    item.status = "struck"
    return _changed(context, item, meeting, "struck")


@handles(Carry)
def carry(command: Carry, context: Context) -> ItemChanged:
    """Over to the next meeting of this kind: at once if there is one, otherwise as soon as it is made."""
    item = _get(context, command.item.number)
    meeting = _meeting_of(context, item)
    if item.status not in ("accepted", "proposed") or item.kind == PAUSE:
        raise Refusal("agenda_not_carried", item=command.item)
    copy = carrying.carry(context.session, item, meeting, context.now)
    result = _changed(context, item, meeting, "carried")
    carried_to = f"P{copy.number} · T{copy.meeting_number}" if copy else None
    return ItemChanged(result.item, result.meeting, "carried", carried_to)


# --- what they share --------------------------------------------------------------------------------------------


def _get(context: Context, number: int) -> AgendaItem:
    item = queries.get(context.session, number)
    if item is None:
        raise Refusal("unknown_reference", reference=f"P{number}")
    return item


def _meeting_of(context: Context, item: AgendaItem) -> Meeting:
    meeting = meetings.get(context.session, item.meeting_number)
    if meeting is None:
        raise LookupError(f"P{item.number} has no meeting")
    return meeting


def _leads(context: Context, meeting: Meeting) -> bool:
    group = context.session.get(Group, meeting.group_key)
    return holds(context.session, context.sender, Right.LEAD, group)


def _require_open(context: Context, meeting: Meeting) -> None:
    """Insist that an agenda can still be changed.

    Raises:
        Refusal: the meeting is cancelled or over.
    """
    if meeting.status == "cancelled":
        raise Refusal("agenda_meeting_cancelled", meeting=f"T{meeting.number}")
    end = meeting.end or meeting.start
    if meeting.status == "held" or (end is not None and end.astimezone(context.zone).date() < context.today):
        raise Refusal("agenda_meeting_over", meeting=f"T{meeting.number}")


def _open_meeting(context: Context, item: AgendaItem) -> Meeting:
    meeting = _meeting_of(context, item)
    _require_open(context, meeting)
    return meeting


def _changeable(context: Context, item: AgendaItem) -> Meeting:
    """The meeting of an item that the sender may change: who orders the agenda always, the proposing group until it
    is decided on.

    Raises:
        Refusal: they may not.
    """
    meeting = _open_meeting(context, item)
    proposers = item.status == "proposed" and any(group.key == item.group_key for group in context.own_groups)
    if not proposers and not _leads(context, meeting):
        raise Refusal("needs_lead")
    return meeting


def _agenda(context: Context, meeting: Meeting) -> AgendaView:
    lead = _leads(context, meeting) and context.sees(meeting.group_key)
    return views.agenda(context.session, context.zone, meeting, context.today, sees=context.sees, lead=lead)


def _item_view(context: Context, agenda: AgendaView, item: AgendaItem) -> ItemView:
    return views.find(agenda, item, groups.names(context.session))


def _changed(context: Context, item: AgendaItem, meeting: Meeting, change: str) -> ItemChanged:
    context.session.add(item)
    context.session.flush()
    agenda = _agenda(context, meeting)
    shown = _item_view(context, agenda, item)
    if change in DECIDED:
        _refresh(context, item, ItemAdded(shown, agenda))
    return ItemChanged(shown, agenda, change)


def _refresh(context: Context, item: AgendaItem, result: ItemAdded) -> None:
    """Show in the proposing group's room what became of the proposal, by editing its card in place."""
    cards = outbox.by_cause(context.session, item.event_id)
    made = (row for row in cards if row.about == f"P{item.number}" and row.destination.startswith("room:"))
    row = next(made, None)
    if row is not None and row.destination != f"room:{context.room.room_id}":
        context.voice.edit(row, context.voice.cards[ItemAdded](result))
