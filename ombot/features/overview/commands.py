"""Commands that speak of everything: help, undo, status, one's own things, the board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version

from ombot.chat import rights
from ombot.chat.context import Context
from ombot.chat.contributions import BoardOf, Undone, board_changed, collect
from ombot.chat.language import RIGHTS
from ombot.chat.parameters import InGroup, Words
from ombot.chat.parser import Parser
from ombot.chat.refusal import Refusal
from ombot.chat.registry import REGISTRY, Declaration, Place, command, handles
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.features.mailing import queries as mailing
from ombot.features.overview import queries
from ombot.features.overview.results import (
    BoardShown,
    GivenUp,
    HelpForm,
    HelpLine,
    HelpShown,
    HelpTopic,
    MineShown,
    StatusDetails,
    StatusShown,
    UndoDone,
    Upcoming,
    WordHelp,
)
from ombot.features.overview.rules import by_topic, short
from ombot.store import history, inbox, outbox, rooms
from ombot.store.base import Table
from ombot.store.history import ChangedSince

TOPIC = "Für mich"
STARTERS = ("aufgabe", "input", "meine")
"""Words whose examples open the help: what most people come for."""
UNDO_WITHIN = timedelta(minutes=10)
UPCOMING = 5


@command(
    "hilfe",
    brief="zeigt, was Sie hier tun können; mit einem Befehl dahinter alles zu diesem",
    usage="!hilfe [Befehl]",
    example="!hilfe aufgabe",
    topic=TOPIC,
    right=Right.ANYONE,
    alias=("help",),
)
@dataclass(frozen=True)
class Help:
    """Show what can be done, or everything about one word."""

    word: Words = ""


@command(
    "meine",
    brief="zeigt Ihre Aufgaben und was noch auf Ihre Antwort wartet",
    usage="!meine",
    example="!meine",
    topic=TOPIC,
    alias=("mine",),
)
@dataclass(frozen=True)
class Mine:
    """Show what concerns the sender."""


@command(
    "übersicht",
    brief="zeigt die Übersicht der Gruppe: Termin, Inputs, Aufgaben, Abstimmungen",
    usage="!übersicht [in <Gruppe>]",
    example="!übersicht",
    topic=TOPIC,
    place=Place.GROUP,
    alias=("board",),
)
@dataclass(frozen=True)
class ShowBoard:
    """Show the board of a group."""

    group: InGroup | None = None


@command(
    "zurück",
    brief="macht Ihre letzte Änderung in diesem Raum rückgängig (10 Minuten lang)",
    usage="!zurück",
    example="!zurück",
    topic=TOPIC,
    alias=("undo", "rückgängig"),
    undo=False,
)
@dataclass(frozen=True)
class Undo:
    """Take back the sender's last change in this room."""


@command(
    "status",
    brief="sagt, ob ombot läuft und alles verschickt ist",
    usage="!status",
    example="!status",
    topic=TOPIC,
)
@dataclass(frozen=True)
class Status:
    """Say how the bot is."""


# --- help -------------------------------------------------------------------------------------------------------


@handles(Help)
def show_help(command: Help, context: Context) -> HelpShown | WordHelp:
    """All words for this place and these rights, or all forms of one word."""
    if command.word:
        return _word_help(command.word.split()[0].removeprefix("!"))
    groups = [context.room_group] if context.room_group is not None else context.own_groups
    held = max((right for right in Right if _holds(context, right, groups)), default=Right.ANYONE)
    topics = by_topic(REGISTRY.declarations, lambda one: one.right <= held and _fits(one, context))
    plain = {word: form for words in topics.values() for word, form in words.items()}
    return HelpShown(
        tuple(HelpTopic(name, _lines(words)) for name, words in topics.items()),
        tuple((word, plain[word].example) for word in STARTERS if word in plain),
        context.direct,
    )


def _holds(context: Context, right: Right, groups: Sequence[Group]) -> bool:
    return any(rights.holds(context.session, context.sender, right, group) for group in (*groups, None))


def _fits(declaration: Declaration, context: Context) -> bool:
    """Whether a command may be given in this room at all."""
    if declaration.place is Place.DIRECT:
        return context.direct
    if declaration.place is Place.COORDINATION:
        return context.direct or (context.room_group is not None and context.room_group.kind == "coordination")
    return True


def _lines(words: dict[str, Declaration]) -> tuple[HelpLine, ...]:
    return tuple(HelpLine(word, short(form.brief)) for word, form in words.items())


def _word_help(word: str) -> WordHelp:
    forms = Parser(REGISTRY).forms(word)
    own = [form for form in REGISTRY.declarations if form.word == forms[0].word]
    return WordHelp(own[0].word, own[0].alias, tuple(_form(form) for form in own))


def _form(form: Declaration) -> HelpForm:
    return HelpForm(
        form.usage,
        form.brief,
        form.example,
        RIGHTS[form.right.name] if form.right > Right.MEMBER else None,
        form.place.value if form.place is not Place.ANYWHERE else None,
    )


# --- one's own things and the board -----------------------------------------------------------------------------


@handles(Mine)
def mine(command: Mine, context: Context) -> MineShown:  # noqa: ARG001
    """What the subjects know to concern the sender."""
    return MineShown(collect(REGISTRY.mine, context), context.direct)


@handles(ShowBoard)
def show_board(command: ShowBoard, context: Context) -> BoardShown:  # noqa: ARG001
    """The board as it would be pinned now."""
    group = context.here()
    if not context.sees(group.key):
        raise Refusal("board_elsewhere", group=group.name)
    asked = BoardOf(context.session, context.settings, context.now, group, (group.key,))
    return BoardShown(group.name, collect(REGISTRY.board, asked), asked=True)


# --- undo -------------------------------------------------------------------------------------------------------


@handles(Undo)
def undo(command: Undo, context: Context) -> UndoDone:  # noqa: ARG001
    """Put back what the sender changed last in this room, and what hangs on it."""
    session = context.session
    cause = history.last_cause(session, context.sender, context.room.room_id, context.now - UNDO_WITHIN)
    if cause is None:
        raise Refusal("undo_nothing")
    _refuse_final(cause, context)
    try:
        rows = history.undo(session, cause)
    except ChangedSince as changed:
        raise Refusal("undo_changed_since") from changed
    objects = _settled(rows, context)
    if not all(context.sees(one.group) for one in objects):
        raise Refusal("undo_nothing")
    board_changed(session, *(one.group for one in objects))
    return UndoDone(objects)


def _refuse_final(cause: str, context: Context) -> None:
    """The last change, or something asked for after it that leaves no history, may be one that stays.

    Raises:
        Refusal: it is.
    """
    row = inbox.by_event(context.session, cause)
    if row is None or row.id is None:
        raise Refusal("undo_nothing")
    final = {form.cls.__name__ for form in REGISTRY.declarations if not form.undo} - {Undo.__name__}
    later = queries.commands_since(context.session, context.sender, context.room.room_id, row.id)
    if any(asked.content.get("outcome") in final for asked in later):
        raise Refusal("undo_not_possible")


def _settled(rows: Sequence[Table], context: Context) -> tuple[Undone, ...]:
    found: list[Undone] = []
    for tables, settle in REGISTRY.undone:
        theirs = [row for row in rows if row.__tablename__ in tables]
        if theirs:
            found.extend(settle(context, theirs))
    return tuple(found)


# --- status -----------------------------------------------------------------------------------------------------


@handles(Status)
def status(command: Status, context: Context) -> StatusShown:  # noqa: ARG001
    """Two sentences; with details for coordinators, but never in a group's room."""
    unsent, oldest = outbox.unsent(context.session)
    among_themselves = context.direct or (context.room_group is not None and context.room_group.kind == "coordination")
    details = _details(context) if context.coordinator and among_themselves else None
    return StatusShown(unsent, oldest.astimezone(context.zone) if oldest else None, details)


def _details(context: Context) -> StatusDetails:
    session, zone = context.session, context.zone
    upcoming = queries.upcoming(session, UPCOMING)
    return StatusDetails(
        failed=tuple(
            GivenUp(row.error or str(row.id), row.sent_at.astimezone(zone), _place(row.room_id, context))
            for row in inbox.parked(session)
        ),
        unsent=tuple(
            GivenUp(outbox.reference(row), row.created_at.astimezone(zone), _where(row.destination, context))
            for row in outbox.failed(session)
        ),
        letters=tuple(
            GivenUp(mailing.reference(one), one.created_at.astimezone(zone), mailing.recipient_name(session, one))
            for one in mailing.parked(session)
        ),
        upcoming=tuple(
            Upcoming(row.due_at.astimezone(zone), row.object, _where(row.destination, context)) for row in upcoming
        ),
        version=version("ombot"),
    )


def _where(destination: str, context: Context) -> str:
    """A destination by name; what goes to a person is not spelled out."""
    kind, _, name = destination.partition(":")
    if kind == "person":
        return context.person(name).name
    if kind == "room":
        return _place(name, context)
    return next((group.name for group in context.visible_groups if group.key == name), name)


def _place(room_id: str, context: Context) -> str:
    """A room by the name of its group, or of the person whose direct chat it is."""
    room = rooms.get(context.session, room_id)
    if room is None:
        return room_id
    if room.direct_with is not None:
        return context.person(room.direct_with).name
    return next((group.name for group in context.visible_groups if group.key == room.group_key), room_id)
