"""What the clock asks of the overview: the welcome and the pinned board of every group's room."""

import json
from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from typing import Any

from ombot.chat import render
from ombot.chat.context import Context, Message
from ombot.chat.contributions import BoardOf, collect
from ombot.chat.nodes import Card
from ombot.chat.registry import REGISTRY
from ombot.chat.tables import Group
from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.clock.ticks import CHORES, Chore
from ombot.config import Settings
from ombot.features.absences.results import OwnAbsences
from ombot.features.meetings.cards import buttons
from ombot.features.meetings.results import AnswersOwed
from ombot.features.meetings.steps import EACH, Cycle, Step, session_step
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import view
from ombot.features.overview import queries
from ombot.features.overview.cards import AUDIENCES, PERSONAL_BRIEF, before_session_blocks
from ombot.features.overview.results import BeforeSession, BoardShown, DirectWelcome, GroupWelcome
from ombot.features.overview.rules import board_due, is_board_due
from ombot.features.preferences.results import OwnReminders
from ombot.store import meta, rooms
from ombot.store.outbox import CAUSE, Draft, Poster
from ombot.store.rooms import Person
from ombot.store.tables import Outbox, Room
from ombot.store.unit import Session

BOARDS_DAY = "boards_day"
"""Key of the day on which all boards were looked at: a due date passes without anybody changing a row."""

VoiceFor = Callable[[str], Voice]


def refresh_boards(session: Session, settings: Settings, now: datetime, voice_for: VoiceFor) -> int:
    """Welcome new rooms, post and pin their boards, edit those that changed, each at most once in 30 s.

    Args:
        session: the unit of work of the tick.
        settings: the configuration.
        now: the moment of the tick.
        voice_for: a voice for each cause.

    Returns:
        How many boards were looked at because something had changed.
    """
    local = now.astimezone(settings.organisation.timezone)
    groups = queries.groups_with_readers(session)
    _mark_new_day(session, groups, local)
    last = queries.newest_in_slots(session, [_slot(group) for group in groups])
    due = [group for group in groups if _is_due(group, last.get(_slot(group)), now)]
    keys, posted = tuple(group.key for group in due), queries.posted_in_slots(session, [_slot(group) for group in due])
    shared: dict[Hashable, Any] = {}
    for group in due:
        slot = _slot(group)
        _write(BoardOf(session, settings, local, group, keys, shared), last.get(slot), posted.get(slot), voice_for)
    return len(due)


def next_board(session: Session) -> datetime | None:
    """When a board is to be written next."""
    groups = queries.groups_with_readers(session)
    last = queries.newest_in_slots(session, [_slot(group) for group in groups])
    times = [_due(group, last.get(_slot(group))) for group in groups]
    return min((moment for moment in times if moment is not None), default=None)


def welcome_direct(session: Session, voice: Voice, user_id: str) -> None:
    """Greet a person whose direct chat has just been opened; once, whatever happens to the chat later."""
    slot = f"welcome:{user_id}"
    if slot not in queries.newest_in_slots(session, [slot]):
        person = Person(user_id, rooms.display_name(session, user_id))
        voice.say(f"person:{user_id}", DirectWelcome(person), slot=slot)


def _slot(group: Group) -> str:
    return f"board:{group.key}"


def _due(group: Group, last: Outbox | None) -> datetime | None:
    return board_due(last.created_at if last is not None else None, stale=group.board_stale)


def _is_due(group: Group, last: Outbox | None, now: datetime) -> bool:
    return is_board_due(last.created_at if last is not None else None, now, stale=group.board_stale)


def _mark_new_day(session: Session, groups: list[Group], local: datetime) -> None:
    today = local.date().isoformat()
    if meta.get(session, BOARDS_DAY) == today:
        return
    for group in groups:
        group.board_stale = True
        session.add(group)
    meta.put(session, BOARDS_DAY, today)


def _write(board: BoardOf, last: Outbox | None, posted: Outbox | None, voice_for: VoiceFor) -> None:
    session, group = board.session, board.group
    group.board_stale = False
    session.add(group)
    card = REGISTRY.cards[BoardShown](BoardShown(group.name, collect(REGISTRY.board, board)))
    voice = voice_for(f"board:{group.key}:{board.now.isoformat()}")
    room = rooms.of_group(session, group.key)
    if posted is None or last is None or _has_moved(room, posted) or _is_unreadable(session, group, room):
        _post(board, card, voice)
        _withdraw(posted, voice)
    elif not _says(last, card):
        _edit(group, posted, card, voice)


def _has_moved(room: Room | None, posted: Outbox) -> bool:
    """Whether the room was replaced (upgraded) since the board was sent."""
    return posted.room_id is not None and room is not None and posted.room_id != room.room_id


def _readers(session: Session, group: Group) -> set[str]:
    """Who is in a group's room, the bot itself left out: only they can read what is said now."""
    room = rooms.of_group(session, group.key)
    own = set(room.creators) if room is not None else set()
    return {person.id for person in rooms.members(session, room.room_id)} - own if room is not None else set()


def _is_unreadable(session: Session, group: Group, room: Room | None) -> bool:
    """Whether somebody came after the board was posted: in an encrypted room they cannot read it, nor its edits."""
    if room is None or not room.encrypted:
        return False
    known = set(json.loads(meta.get(session, _readers_key(group)) or "[]"))
    return bool(_readers(session, group) - known)


def _readers_key(group: Group) -> str:
    return f"board_readers:{group.key}"


def _withdraw(posted: Outbox | None, voice: Voice) -> None:
    """Take the old board back, so that a room never shows two."""
    if posted is not None and posted.event_id is not None and posted.room_id is not None:
        voice.poster.put(Draft(f"room:{posted.room_id}", {"event_id": posted.event_id}, kind="redact"))


def _post(board: BoardOf, card: Card, voice: Voice) -> None:
    group, destination = board.group, f"group:{board.group.key}"
    welcome = f"welcome:{group.key}"
    if welcome not in queries.newest_in_slots(board.session, [welcome]):
        voice.say(destination, GroupWelcome(group.name, group.kind), slot=welcome)
    readers = sorted(_readers(board.session, group))
    meta.put(board.session, _readers_key(group), json.dumps(readers))
    row = voice.post(destination, card, slot=_slot(group))
    voice.poster.put(Draft(destination, {}, kind="pin", target=row.id))


def _edit(group: Group, posted: Outbox, card: Card, voice: Voice) -> None:
    if posted.state == "waiting" and posted.first_tried_at is None:
        # An edit in the same slot would replace the message that it edits.
        posted.content = {**render.content(card), CAUSE: posted.content[CAUSE]}
        return
    voice.edit(posted, card, slot=_slot(group))


def _says(last: Outbox, card: Card) -> bool:
    content = render.content(card)
    return all(last.content.get(key) == content[key] for key in ("body", "formatted_body"))


def _chore(occasion: Occasion, voice_for: VoiceFor) -> int:
    return refresh_boards(occasion.session, occasion.settings, occasion.now, voice_for)


CHORES.append(Chore(_chore, next_board))


# --- before a session -------------------------------------------------------------------------------------------


@session_step("personal", PERSONAL_BRIEF, audiences=AUDIENCES)
class PersonalMessage(Step):
    """With the agenda: to everybody, in person, what still waits for them. Who has nothing to do hears nothing."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once, to each."""
        yield cycle.before("personal", cycle.settings.sessions.agenda, f"{EACH}concerned")

    def recipients(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> list[str]:  # noqa: ARG002
        """Everybody in a group's room: what waits for them is looked at one by one."""
        return [user_id for user_id in queries.everybody(occasion.session) if user_id != occasion.own_id]

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
        """What `!meine` would answer in the direct chat, with the buttons of the session if its answer is missing."""
        asked = _asked_by(occasion, reminder.destination.removeprefix("person:"))
        mine = collect(REGISTRY.mine, asked)
        # Those wait for nobody.
        parts = tuple(part for part in mine if not isinstance(part, OwnAbsences | OwnReminders))
        if not parts:
            return None
        shown = asked.once(("view", meeting.number), lambda: view(occasion.session, occasion.settings, meeting))
        owed = any(isinstance(part, AnswersOwed) and shown in part.meetings for part in parts)
        blocks = before_session_blocks(BeforeSession(shown, parts, owed))
        return Section(blocks, about=shown.reference, buttons=buttons(shown) if owed else ())


def _asked_by(occasion: Occasion, user_id: str) -> Context:
    """The context in which a person would ask in the direct chat, which need not exist yet."""
    room = rooms.direct_room(occasion.session, user_id) or Room(room_id="", direct_with=user_id)
    cause = f"clock:personal:{user_id}"
    return Context(
        session=occasion.session,
        settings=occasion.settings,
        voice=Voice(Poster(occasion.session, cause, occasion.now), REGISTRY.cards),
        now=occasion.now,
        sender=user_id,
        room=room,
        own_id=occasion.own_id,
        message=Message(""),
        origin=cause,
        shared=occasion.shared,
    )
