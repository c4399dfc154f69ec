"""What commands about meetings share: finding one, making its card, telling those whom a change concerns."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from ombot.chat.context import Context, Question
from ombot.chat.contributions import board_changed
from ombot.chat.parameters import Ref
from ombot.chat.refusal import Refusal
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.features.groups import queries as groups
from ombot.features.mailing import queries as mailing
from ombot.features.meetings import queries, steps
from ombot.features.meetings.results import FieldChange, MeetingAdded, MeetingCancelled, MeetingChanged, SeriesEnded
from ombot.features.meetings.rules import SUNDAY, edit_at, is_over
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import card_of, view
from ombot.features.people import queries as institutions
from ombot.store import outbox, rooms
from ombot.store.rooms import Person
from ombot.store.unit import Session

C = TypeVar("C", MeetingChanged, MeetingCancelled, SeriesEnded)


def number_of(meeting: Meeting) -> int:
    """The visible number of a stored meeting."""
    if meeting.number is None:
        raise ValueError("the meeting was not flushed")
    return meeting.number


def the_meeting(ref: Ref, context: Context) -> Meeting:
    """The meeting behind a reference.

    Raises:
        Refusal: it is gone.
    """
    meeting = queries.get(context.session, ref.number)
    if meeting is None:
        raise Refusal("unknown_reference", reference=ref)
    return meeting


def group_of(context: Context, meeting: Meeting) -> Group | None:
    """The group whose meeting it is."""
    return context.session.get(Group, meeting.group_key)


def shown_groups(context: Context) -> list[str]:
    """Keys of the groups whose meetings are shown here: sessions of the board are everybody's."""
    keys = [group.key for group in context.visible_groups]
    board = groups.board(context.session)
    return [*keys, board.key] if keys and board is not None and board.key not in keys else keys


def chosen(ref: Ref | None, context: Context) -> Meeting:
    """The meeting that was named, or the only one that can be meant.

    Raises:
        Question: several are coming up.
        Refusal: none is.
    """
    if ref is not None:
        return the_meeting(ref, context)
    coming = invited(context.session, queries.coming(context.session, shown_groups(context), context.now))
    if answer := context.answers.get("meeting"):
        meeting = next((meeting for meeting in coming if f"T{meeting.number}" == answer), None)
    elif len(coming) > 1:
        options = [(f"T{meeting.number}: {meeting.title}", f"T{meeting.number}") for meeting in coming]
        raise Question("which_meeting", "meeting", options)
    else:
        meeting = coming[0] if coming else None
    if meeting is None:
        raise Refusal("no_meeting")
    return meeting


def invited(session: Session, meetings: Iterable[Meeting]) -> list[Meeting]:
    """Meetings without those dates of a series that are so far ahead that nobody has been asked for an answer yet."""
    meetings = list(meetings)
    later = queries.not_asked_yet(session, (meeting.number for meeting in meetings))
    return [meeting for meeting in meetings if meeting.number not in later]


def require_open(meeting: Meeting, now: datetime) -> None:
    """Refuse for a meeting that is cancelled, over, or has no date yet."""
    if meeting.status in ("cancelled", "polling"):
        raise Refusal(f"meeting_{meeting.status}", reference=f"T{meeting.number}", title=meeting.title)
    if meeting.status == "held" or is_over(meeting.start, meeting.end, now):
        raise Refusal("meeting_over", reference=f"T{meeting.number}", title=meeting.title)


def changeable(ref: Ref, context: Context, *, polling: bool = False) -> Meeting:
    """A meeting that the sender may change now; with ``polling`` also one whose date is still searched.

    Raises:
        Refusal: it is over or cancelled, or the sender neither leads the group nor made the meeting.
    """
    meeting = the_meeting(ref, context)
    if not (polling and meeting.status == "polling"):
        require_open(meeting, context.now)
    require_maker(meeting, context)
    return meeting


def require_maker(meeting: Meeting, context: Context) -> None:
    """Insist on a lead, or on who made the meeting; a session is the coordinators' alone."""
    if meeting.kind == "session" or meeting.created_by != context.sender:
        context.require(Right.LEAD)


def require_working_day(context: Context, start: datetime) -> None:
    """Ask back before a meeting is put on a Sunday or a public holiday."""
    if context.answers.get("confirm_day") == "ja" or context.revising:
        return
    holiday = calendar_of(context.settings).holiday_name(start.date())
    if holiday:
        raise Question("day_is_holiday", "confirm_day", facts={"day": start.date(), "holiday": holiday})
    if start.weekday() == SUNDAY:
        raise Question("day_is_sunday", "confirm_day", facts={"day": start.date()})


def entitle(session: Session, meeting: Meeting, own_id: str) -> None:
    """Fix who is asked: the institutions on the group's roster, and those with a joined member."""
    found = [
        institutions.find_institution(session, entry.institution) for entry in groups.roster(session, meeting.group_key)
    ]
    found += [
        institutions.institution_of(session, person.id)
        for person in members(session, meeting.group_key)
        if person.id != own_id
    ]
    ids = {institution.id for institution in found if institution is not None and institution.id is not None}
    queries.entitle(session, number_of(meeting), ids)


def members(session: Session, group_key: str) -> list[Person]:
    """Everybody joined to a group's room."""
    room = rooms.of_group(session, group_key)
    return rooms.members(session, room.room_id) if room is not None else []


def people_of(session: Session, institution_id: int | None, group_key: str) -> list[Person]:
    """An institution's people in a group's room."""
    if institution_id is None:
        return []
    ids = set(institutions.people_of(session, institution_id))
    return [person for person in members(session, group_key) if person.id in ids]


# --- cards ------------------------------------------------------------------------------------------------------


def announce(context: Context, meeting: Meeting) -> MeetingAdded | None:
    """Post the card with the buttons in the group's room; as the answer where the command was given there."""
    card = card_of(context.session, context.settings, meeting)
    here = context.room_group is not None and context.room_group.key == meeting.group_key
    if here and context.answer is not None:
        row = context.answer(card)
    else:
        row = context.voice.say(f"group:{meeting.group_key}", card)
    meeting.card = row.id
    context.session.add(meeting)
    return None if here else MeetingAdded(view(context.session, context.settings, meeting))


def refresh(session: Session, settings: Settings, voice: Voice, meeting: Meeting, now: datetime) -> None:
    """Edit the card in place, at most once a second; a waiting edit is replaced by the newer one."""
    row = outbox.get(session, meeting.card) if meeting.card else None
    if row is None:
        return
    result = card_of(session, settings, meeting)
    # The poll has a card of its own: its last edit must not be replaced by the first one of the meeting's.
    slot = f"{'poll' if meeting.start is None else 'card'}:T{meeting.number}"
    not_before = edit_at(queries.last_edit(session, slot), now)
    voice.edit(row, voice.cards[type(result)](result), slot=slot, not_before=not_before)


def changed(context: Context, meeting: Meeting) -> None:
    """Everything that follows from a change: calendars, plan, card and boards."""
    meeting.sequence += 1
    meeting.changed_at = context.now
    context.session.add(meeting)
    context.session.flush()
    steps.schedule(context.session, context.settings, meeting, context.now)
    recount(context, meeting)


def recount(context: Context, meeting: Meeting) -> None:
    """Everything that follows from an answer: the card and the boards."""
    refresh(context.session, context.settings, context.voice, meeting, context.now)
    mark_boards(context.session, meeting)


def mark_boards(session: Session, meeting: Meeting) -> None:
    """The boards that show a meeting are written again; a session stands on all of them."""
    keys = [group.key for group in groups.all_groups(session)] if meeting.kind == "session" else [meeting.group_key]
    board_changed(session, *keys)


# --- telling people ---------------------------------------------------------------------------------------------


def answered(context: Context, meeting: Meeting) -> tuple[list[Person], list[str]]:
    """Who answered or comes for somebody: those in the group's room, and the others, told in their direct chats.

    Where somebody else has answered for an institution, its own people in the room count as well.
    """
    given = [answer for answer, _ in queries.answers(context.session, number_of(meeting))]
    wanted = {user_id for answer in given for user_id in (answer.person, answer.given_by) if user_id}
    wanted |= {answer.deputy for answer in given if answer.deputy and answer.deputy.startswith("@")}
    theirs = queries.people_by_institution(context.session, meeting.group_key)
    wanted |= {one.id for answer in given if answer.person is None for one in theirs.get(answer.institution_id, [])}
    wanted.discard(context.sender)
    here = [person for person in members(context.session, meeting.group_key) if person.id in wanted]
    return here, sorted(wanted - {person.id for person in here})


def apply_values(context: Context, meeting: Meeting, wanted: Mapping[str, object]) -> tuple[FieldChange, ...]:
    """Set the new values; gives the changes as they are shown, a time span as one."""
    before = view(context.session, context.settings, meeting)
    for name, value in wanted.items():
        setattr(meeting, name, value)
    after = view(context.session, context.settings, meeting)
    pairs = [FieldChange("when", (before.start, before.end), (after.start, after.end))]
    pairs += [
        FieldChange(name, getattr(before, name), getattr(after, name))
        for name in ("title", "place", "url", "moderation")
    ]
    return tuple(pair for pair in pairs if pair.before != pair.after)


def tell(context: Context, meeting: Meeting, found: tuple[FieldChange, ...], *, edited: bool = False) -> MeetingChanged:
    """Old and new value to everybody who answered; after an edit the card alone would not say it."""
    here, direct = answered(context, meeting)
    # What the new date has made late is sent at once: who moves a session closer decides on that as well.
    at_once = written_to(context, meeting, calendar_of(context.settings).next_open(context.now + steps.AT_ONCE))
    context.confirm_many({*direct, *at_once, *mailed(context, meeting)})
    result = MeetingChanged(view(context.session, context.settings, meeting), found, tuple(here))
    return spread(context, meeting, result, direct, room=bool(here or direct) if edited else None)


def spread(context: Context, meeting: Meeting, result: C, direct: list[str], *, room: bool | None = None) -> C:
    """Say a change in the group's room (unless the answer stands there) and to the others in person.

    Returns the answer; it rings for nobody who is not in this room.
    """
    here = context.room.group_key == meeting.group_key
    quiet: C = replace(result, notify=())
    if not here if room is None else room:
        context.voice.say(f"group:{meeting.group_key}", result)
    for user_id in direct:
        context.voice.say(f"person:{user_id}", quiet)
    return result if here else quiet


def mailed(context: Context, meeting: Meeting) -> set[str]:
    """The addresses to which letters about a meeting go as soon as it is made or changed."""
    number = number_of(meeting)
    if number in queries.not_asked_yet(context.session, [number]):
        return set()
    asked = {one.id for one in queries.entitled(context.session, number)}
    # Sessions of the board concern everybody, as in chat.
    group_key = None if meeting.kind == "session" else meeting.group_key
    return {f"mail:{one.id}" for one in mailing.addressees(context.session, context.settings, asked, group_key)}


def written_to(context: Context, meeting: Meeting, until: datetime | None = None) -> set[str]:
    """Whom the steps of a meeting will write to in person, as things stand; with ``until``, those due by then."""
    occasion = Occasion(context.session, context.settings, context.now, context.own_id)
    return steps.recipients(occasion, meeting, until)
