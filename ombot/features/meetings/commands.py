"""Commands of meetings (Termine) and sessions (Sitzungen), and their handlers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Annotated

from ombot.chat.context import Context
from ombot.chat.parameters import Details, InGroup, Number, Title, choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles, locates, revises
from ombot.chat.rights import Right
from ombot.clock.workdays import calendar_of
from ombot.features.meetings import answering, away, changes, making, polling, queries, series, steps
from ombot.features.meetings.export import calendar_data
from ombot.features.meetings.parameters import (
    Address,
    Appointment,
    LikeLast,
    LikeLastTime,
    MeetingRef,
    Moderators,
    NoReference,
    ShortText,
    When,
    WhenWithEnd,
)
from ombot.features.meetings.results import (
    Course,
    MeetingAdded,
    MeetingCancelled,
    MeetingCard,
    MeetingChanged,
    MeetingList,
    MeetingShown,
    PollShown,
    ToCome,
)
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import poll_view, to_come, view, views

__all__ = ["answering", "away", "polling", "series"]
"""Imported so that their commands, and what follows from absences, are in the tables too."""

TOPIC = "Termine"


@locates("T", "termin", "terminfindung")
def locate(context: Context, number: int) -> str | None:
    """The group of a meeting that may be seen here; a session may be seen in every group."""
    meeting = queries.get(context.session, number)
    if meeting is None or meeting.group_key not in changes.shown_groups(context):
        return None
    return meeting.group_key if meeting.kind == "session" or context.sees(meeting.group_key) else None


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "sitzung",
    brief="legt die nächste Sitzung an, zu Zeit und Ort der letzten",
    usage="!sitzung wie letztes Mal, am <Datum> [<Zeit–Zeit>] [Ort …] [online <URL>]",
    example="!sitzung wie letztes Mal, am 18.11.2027",
    topic=TOPIC,
    right=Right.COORDINATOR,
    alias=("session",),
)
@dataclass(frozen=True)
class AddSessionLikeLast:
    """Make the next session of the board at the time and place of the last one."""

    like: LikeLastTime


@command(
    "sitzung",
    brief="legt die nächste Sitzung an; damit beginnen alle Aufrufe und Erinnerungen",
    usage="!sitzung <Datum> <Zeit–Zeit> [Ort …] [online <URL>]",
    example="!sitzung 20.05.2027 11–16 Uhr Ort Berlin",
    topic=TOPIC,
    right=Right.COORDINATOR,
    alias=("session",),
)
@dataclass(frozen=True)
class AddSession:
    """Make the next session of the board, with its whole cycle."""

    when: WhenWithEnd
    description: Details = ""


@command(
    "termin",
    brief="verschiebt einen Termin",
    usage="!termin T3 verschieben auf <Datum> <Zeit[–Zeit]>",
    example="!termin T3 verschieben auf 27.05.2027 11–16 Uhr",
    topic=TOPIC,
    verb=("verschieben auf", "verschieben", "move to"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class MoveMeeting:
    """Put a meeting on another date; everything that hangs on it moves too."""

    meeting: MeetingRef
    when: When


@command(
    "termin",
    brief="ändert den Ort; „offen“ nimmt ihn heraus",
    usage="!termin T3 ort <Ort>",
    example="!termin T3 ort Haus des Deutschen Handwerks",
    topic=TOPIC,
    verb=("ort", "place"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class PlaceMeeting:
    """Give a meeting another place."""

    meeting: MeetingRef
    place: ShortText


@command(
    "termin",
    brief="ändert die Adresse für die Teilnahme per Video; „keine“ nimmt sie heraus",
    usage="!termin T3 online <URL>",
    example="!termin T3 online https://treffen.example.org/om",
    topic=TOPIC,
    verb=("online",),
    alias=("meeting",),
)
@dataclass(frozen=True)
class LinkMeeting:
    """Give a meeting another address for taking part online."""

    meeting: MeetingRef
    url: Address


@command(
    "termin",
    brief="ändert, wer moderiert",
    usage="!termin T3 moderation <Person …>",
    example="!termin T3 moderation Geschäftsstelle",
    topic=TOPIC,
    verb=("moderation", "moderator"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class ModerateMeeting:
    """Say who leads through a meeting."""

    meeting: MeetingRef
    moderation: Moderators


@command(
    "termin",
    brief="ändert den Titel",
    usage="!termin T3 titel <neuer Titel>",
    example="!termin T3 titel Treffen zur Bestandsaufnahme",
    topic=TOPIC,
    verb=("titel", "title"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class RetitleMeeting:
    """Give a meeting another title."""

    meeting: MeetingRef
    title: Title


@command(
    "termin",
    brief="sagt einen Termin ab",
    usage="!termin T3 absagen",
    example="!termin T3 absagen",
    topic=TOPIC,
    verb=("absagen", "fällt aus", "cancel"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class CancelMeeting:
    """Call a meeting off."""

    meeting: MeetingRef


@command(
    "ablauf",
    brief="lässt eine der Nachrichten aus, oder sendet sie doch",
    usage="!ablauf T3 4 auslassen|doch senden",
    example="!ablauf T3 1 auslassen",
    topic=TOPIC,
    right=Right.COORDINATOR,
    alias=("schedule",),
)
@dataclass(frozen=True)
class SkipStep:
    """Leave one automatic message out, by its number in the list."""

    meeting: MeetingRef
    entry: Number
    action: Annotated[str, choice(skip=("auslassen", "skip"), send=("doch senden", "senden", "send"))]


@command(
    "ablauf",
    brief="hält alle Nachrichten an, oder lässt sie weitergehen",
    usage="!ablauf T3 pausieren|weiter",
    example="!ablauf T3 pausieren",
    topic=TOPIC,
    right=Right.COORDINATOR,
    alias=("schedule",),
)
@dataclass(frozen=True)
class PauseSteps:
    """Hold the automatic messages of a meeting back, or let them go on."""

    meeting: MeetingRef
    action: Annotated[str, choice(pause=("pausieren", "pause", "anhalten"), resume=("weiter", "fortsetzen", "resume"))]


@command(
    "ablauf",
    brief="zeigt, was zu einem Termin noch automatisch gesendet wird: was, an wen, wann",
    usage="!ablauf [T3]",
    example="!ablauf T3",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("schedule",),
)
@dataclass(frozen=True)
class ShowSteps:
    """List everything that will still be sent for a meeting."""

    meeting: MeetingRef | None = None


@command(
    "termin",
    brief="zeigt einen Termin, mit Datei für den Kalender",
    usage="!termin T3",
    example="!termin T3",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("meeting",),
)
@dataclass(frozen=True)
class ShowMeeting:
    """Show a meeting."""

    meeting: MeetingRef


@command(
    "termin",
    brief="legt einen Termin an wie den letzten dieser Gruppe, oder den letzten mit diesem Titel",
    usage="!termin [Titel] wie letztes Mal, am <Datum> [<Zeit[–Zeit]>] [Ort …] [online <URL>]",
    example="!termin wie letztes Mal, am 09.02.2027",
    topic=TOPIC,
    place=Place.GROUP,
    alias=("meeting",),
)
@dataclass(frozen=True, kw_only=True)
class AddLikeLast:
    """Make a meeting like the last one."""

    group: InGroup | None = None
    like: LikeLastTime


@command(
    "termin",
    brief="legt einen Termin dieser Gruppe an; weitere Zeilen sind die Beschreibung",
    usage="!termin <Titel> am <Datum> <Zeit[–Zeit]> [Ort …] [online <URL>]",
    example="!termin Treffen der AG am 12.01.2027 10–12 Uhr Ort Berlin",
    topic=TOPIC,
    place=Place.GROUP,
    alias=("meeting",),
)
@dataclass(frozen=True, kw_only=True)
class AddMeeting:
    """Make a meeting of this room's group. The group stands at the very end, so it is read before the date."""

    title: Title
    group: InGroup | None = None
    when: When
    no_reference: NoReference = None
    description: Details = ""


@command(
    "termine",
    brief="zeigt die kommenden Termine",
    usage="!termine",
    example="!termine",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("meetings",),
)
@dataclass(frozen=True)
class ListMeetings:
    """List coming meetings."""

    group: InGroup | None = None


# --- making -----------------------------------------------------------------------------------------------------


@handles(AddSession)
def add_session(command: AddSession, context: Context) -> MeetingAdded | None:
    """Store the next session, plan its cycle, announce it to the board."""
    changes.require_working_day(context, command.when.start)
    meeting = making.new_session(context, command.when)
    meeting.description = command.description
    return making.made(context, meeting)


@handles(AddMeeting)
def add_meeting(command: AddMeeting, context: Context) -> MeetingAdded | None:
    """Store a meeting of this group, plan its reminders, show its card."""
    changes.require_working_day(context, command.when.start)
    meeting = making.new_meeting(context, context.here().key, command.title, command.when)
    meeting.description = command.description
    return making.made(context, meeting)


@handles(AddSessionLikeLast)
def add_session_like_last(command: AddSessionLikeLast, context: Context) -> MeetingAdded | None:
    """The next session at the time and place of the last one, where nothing else is said."""
    last = queries.latest(context.session, "session", context.now)
    when = _like_last(last, command.like, context)
    changes.require_working_day(context, when.start)
    return making.made(context, making.new_session(context, when))


@handles(AddLikeLast)
def add_like_last(command: AddLikeLast, context: Context) -> MeetingAdded | None:
    """A meeting like the last one of this group, or the last one with this title."""
    group = context.here()
    last = queries.latest(context.session, "meeting", context.now, group.key, command.like.title)
    when = _like_last(last, command.like, context)
    changes.require_working_day(context, when.start)
    title = command.like.title or (last.title if last is not None else "")
    meeting = making.new_meeting(context, group.key, title, when)
    meeting.moderation = last.moderation if last is not None else ""
    return making.made(context, meeting)


def _like_last(last: Meeting | None, like: LikeLast, context: Context) -> Appointment:
    """Another day with the times and places of a meeting, as far as nothing else was said.

    Raises:
        Refusal: there was no such meeting, or the time is past.
    """
    if last is None or last.start is None:
        raise Refusal("no_last_meeting")
    before = last.start.astimezone(context.zone)
    calendar = calendar_of(context.settings)
    start = like.reading.starts_at(context.zone) or calendar.local(like.reading.first, before.time())
    end = like.reading.ends_at(context.zone)
    if end is None and last.end is not None:
        # By the clocks on the wall: ten to twelve stays ten to twelve when the clocks change in between.
        end = (start.replace(tzinfo=None) + _length(last, context)).replace(tzinfo=context.zone)
    if start.astimezone(UTC) <= context.now.astimezone(UTC):
        raise Refusal("date_past", when=start)
    return Appointment(start, end, like.place or last.place, like.url or last.url)


def _length(meeting: Meeting, context: Context) -> timedelta:
    if meeting.start is None or meeting.end is None:
        return timedelta()
    start, end = (one.astimezone(context.zone).replace(tzinfo=None) for one in (meeting.start, meeting.end))
    return end - start


@revises(AddSession)
def revise_session(command: AddSession, context: Context) -> MeetingCard:
    """The creating message was edited: the same session at the new time and place."""
    return _revised(context, command.when, command.description, None)


@revises(AddMeeting)
def revise_meeting(command: AddMeeting, context: Context) -> MeetingCard:
    """The creating message was edited: the same meeting with the new words."""
    return _revised(context, command.when, command.description, command.title)


def _revised(context: Context, when: Appointment, description: str, title: str | None) -> MeetingCard:
    meeting = queries.get(context.session, int((context.revising or "T0")[1:]))
    if meeting is None or meeting.group_key not in changes.shown_groups(context):
        raise Refusal("unknown_reference", reference=context.revising)
    changes.require_open(meeting, context.now)
    wanted = {
        "start": when.start,
        "end": when.end,
        "place": when.place,
        "url": when.url,
        "title": title or meeting.title,
    }
    found = changes.apply_values(context, meeting, wanted)
    meeting.description = description
    if found:
        changes.changed(context, meeting)
        changes.tell(context, meeting, found, edited=True)
    return MeetingCard(view(context.session, context.settings, meeting))


# --- changing ---------------------------------------------------------------------------------------------------


@handles(MoveMeeting)
def move(command: MoveMeeting, context: Context) -> MeetingChanged:
    """Another date: the plan moves with it. Without an end the meeting keeps its length."""
    meeting = changes.changeable(command.meeting, context)
    when = command.when
    changes.require_working_day(context, when.start)
    length = meeting.end - meeting.start if meeting.end and meeting.start else None
    end = when.end or (when.start + length if length else None)
    wanted: dict[str, object] = {"start": when.start, "end": end}
    if when.place:
        wanted["place"] = when.place
    if when.url:
        wanted["url"] = when.url
    return _change(context, meeting, wanted)


@handles(PlaceMeeting)
def place(command: PlaceMeeting, context: Context) -> MeetingChanged:
    """Another place."""
    return _change(context, changes.changeable(command.meeting, context), {"place": command.place})


@handles(LinkMeeting)
def link(command: LinkMeeting, context: Context) -> MeetingChanged:
    """Another address for taking part online."""
    return _change(context, changes.changeable(command.meeting, context), {"url": command.url})


@handles(ModerateMeeting)
def moderate(command: ModerateMeeting, context: Context) -> MeetingChanged:
    """Somebody else leads through it."""
    return _change(context, changes.changeable(command.meeting, context), {"moderation": command.moderation})


@handles(RetitleMeeting)
def retitle(command: RetitleMeeting, context: Context) -> MeetingChanged:
    """Another title."""
    return _change(context, changes.changeable(command.meeting, context, polling=True), {"title": command.title})


@handles(CancelMeeting)
def cancel(command: CancelMeeting, context: Context) -> MeetingCancelled:
    """Called off: nothing more is sent, calendars are told."""
    meeting = changes.changeable(command.meeting, context, polling=True)
    here, elsewhere = changes.answered(context, meeting)
    context.confirm_many({*elsewhere, *changes.mailed(context, meeting)})
    meeting.status = "cancelled"
    changes.changed(context, meeting)
    result = MeetingCancelled(view(context.session, context.settings, meeting), tuple(here))
    return changes.spread(context, meeting, result, elsewhere)


def _change(context: Context, meeting: Meeting, wanted: Mapping[str, object]) -> MeetingChanged:
    found = changes.apply_values(context, meeting, wanted)
    if not found:
        raise Refusal("meeting_unchanged", reference=f"T{meeting.number}")
    changes.changed(context, meeting)
    return changes.tell(context, meeting, found)


# --- showing ----------------------------------------------------------------------------------------------------


@handles(ShowMeeting)
def show(command: ShowMeeting, context: Context) -> MeetingShown | PollShown:
    """The card, with a file for the calendar."""
    meeting = changes.the_meeting(command.meeting, context)
    if meeting.start is None:
        return PollShown(poll_view(context.session, context.settings, meeting))
    return MeetingShown(
        view(context.session, context.settings, meeting), calendar_data(context.settings, [meeting], meeting.title)
    )


@handles(ListMeetings)
def list_meetings(command: ListMeetings, context: Context) -> MeetingList:
    """Coming meetings that may be shown here."""
    keys = [command.group.key] if command.group else changes.shown_groups(context)
    coming = queries.coming(context.session, keys, context.now)
    polls = queries.polls(context.session, keys)
    return MeetingList(views(context.session, context.settings, [*coming, *polls]))


# --- what will still be sent ------------------------------------------------------------------------------------


@handles(ShowSteps)
def show_steps(command: ShowSteps, context: Context) -> Course:
    """Everything still to come, of the next session unless a meeting is named."""
    meeting = None if command.meeting else _next_here(context)
    return _course(context, meeting or changes.chosen(command.meeting, context))


def _next_here(context: Context) -> Meeting | None:
    """The next meeting of this room's group, else the next session."""
    own = [context.room_group.key] if context.room_group else []
    coming = queries.coming(context.session, own, context.now)
    if coming:
        return coming[0]
    visible = changes.shown_groups(context)
    return queries.next_session(context.session, context.now) if visible else None


@handles(SkipStep)
def skip_step(command: SkipStep, context: Context) -> Course:
    """One entry is left out, or sent after all."""
    meeting = changes.the_meeting(command.meeting, context)
    entries = steps.still_to_come(context.session, context.settings, meeting, context.now)
    if not entries:
        raise Refusal("no_more_steps", reference=command.meeting)
    if not 1 <= command.entry <= len(entries):
        raise Refusal("no_such_step", number=command.entry, most=len(entries), reference=command.meeting)
    entry = entries[command.entry - 1]
    (steps.leave_out if command.action == "skip" else steps.take_back_in)(context.session, entry)
    (changed,) = to_come(context.session, context.settings, [entry])
    return _course(context, meeting, command.action, changed)


@handles(PauseSteps)
def pause_steps(command: PauseSteps, context: Context) -> Course:
    """Everything is held back, or goes on."""
    meeting = changes.the_meeting(command.meeting, context)
    meeting.paused = command.action == "pause"
    context.session.add(meeting)
    steps.schedule(context.session, context.settings, meeting, context.now)
    return _course(context, meeting, command.action)


def _course(context: Context, meeting: Meeting, change: str = "", changed: ToCome | None = None) -> Course:
    entries = steps.still_to_come(context.session, context.settings, meeting, context.now)
    shown = to_come(context.session, context.settings, entries)
    along = to_come(context.session, context.settings, steps.goes_with_it(context.session, meeting, context.now))
    return Course(view(context.session, context.settings, meeting), shown, along, meeting.paused, change, changed)
