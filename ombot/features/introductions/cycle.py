"""What the clock asks of introductions: to announce them, to make them, to greet in the common rooms."""

import random
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from ombot.chat.context import Context, Message
from ombot.chat.registry import REGISTRY
from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.clock.ticks import CHORES, Chore
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.features.agenda import queries as agenda
from ombot.features.introductions import queries
from ombot.features.introductions.cards import (
    AUDIENCES,
    BRIEF,
    PROFILE_AUDIENCES,
    PROFILE_BRIEF,
    ROOM_NAME,
    ROUND_BRIEF,
    announcement,
    profile_reminder,
    round_made,
)
from ombot.features.introductions.matching import Candidate, introduce
from ombot.features.introductions.results import Acquainted, Announced, NobodyFits, RoundMade, TogetherNow
from ombot.features.introductions.tables import Introduced, Introduction
from ombot.features.meetings.steps import EACH, Cycle, Step, session_step
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import view
from ombot.features.people import queries as people
from ombot.features.people.rules import stems
from ombot.features.people.tables import Profile
from ombot.features.people.views import Eyes
from ombot.features.people.views import view as profile_view
from ombot.store import meta, rooms
from ombot.store.outbox import Draft, Poster
from ombot.store.rooms import Person
from ombot.store.tables import Room
from ombot.store.unit import Session

TOPICS = ("Diskussion", "Impuls", "Auftrag", "Bericht")
"""Kinds of agenda items one can talk about beforehand, the best first."""
DONE = "introduced"
"""Key of the moment of a session's round: it is not made twice, and not announced when it is over."""


@session_step("acquaintances", BRIEF, audiences=AUDIENCES)
class Announcement(Step):
    """Some days before: to everybody who wants to be introduced, so that they can leave it out."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once, to each."""
        yield cycle.before("acquaintances", cycle.settings.sessions.introductions_announced, f"{EACH}willing")

    def recipients(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> list[str]:  # noqa: ARG002
        """Who wants it this time."""
        return queries.willing(occasion.session, meeting.number or 0)

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """When it will be, and how to leave it out."""
        if meta.get(occasion.session, _done_key(meeting)):
            return None
        shown = view(occasion.session, occasion.settings, meeting)
        return Section(announcement(Announced(shown, introduction_day(occasion.settings, meeting))))


@session_step("profiles", PROFILE_BRIEF, audiences=PROFILE_AUDIENCES, catches_up=False)
class ProfileReminder(Step):
    """Once for each session: whose profile says nothing of what they can do is asked to complete it."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once, to each."""
        yield cycle.before("profiles", cycle.settings.sessions.profiles, f"{EACH}incomplete")

    def recipients(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> list[str]:  # noqa: ARG002
        """Whose profile is not complete."""
        return [user for user in queries.incomplete(occasion.session) if user != occasion.own_id]

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """How to do it in two minutes."""
        return Section(profile_reminder())


# --- introducing ------------------------------------------------------------------------------------------------


@session_step("introductions", ROUND_BRIEF, catches_up=False)
class Introducing(Step):
    """People are brought together, and the office hears how many. Never at once: they must have heard of it before."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """Once."""
        if cycle.coordination is not None:
            yield cycle.before("introductions", cycle.settings.sessions.introductions, f"group:{cycle.coordination}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """What the round came to. A session that was moved has had its round."""
        number = meeting.number or 0
        users = queries.willing(occasion.session, number)
        if not users or meta.get(occasion.session, _done_key(meeting)):
            return None
        meta.put(occasion.session, _done_key(meeting), occasion.now.isoformat())
        return Section(round_made(_round(occasion, meeting, users)))


def introduction_day(settings: Settings, meeting: Meeting) -> date:
    """The day on which people are introduced before a session."""
    start = (meeting.start or meeting.created_at).astimezone(settings.organisation.timezone)
    return calendar_of(settings).step_time(start.date() - settings.sessions.introductions).date()


def _done_key(meeting: Meeting) -> str:
    return f"{DONE}:{meeting.number}"


def _voice(occasion: Occasion, cause: str) -> Voice:
    return Voice(Poster(occasion.session, cause, occasion.now), REGISTRY.cards)


def _round(occasion: Occasion, meeting: Meeting, users: list[str]) -> RoundMade:
    session, number = occasion.session, meeting.number or 0
    chance = random.Random(number)  # noqa: S311 - decides between equals
    found = introduce(_candidates(session, users), queries.met(session), chance)
    for members in found:
        _bring_together(occasion, meeting, members)
    alone = sorted(set(users) - {user for members in found for user in members})
    shown = view(session, occasion.settings, meeting)
    for user in alone:
        _voice(occasion, f"introduction:T{number}:{user}").say(f"person:{user}", NobodyFits(shown))
    return RoundMade(shown, len(found), len(users) - len(alone), len(alone))


def _candidates(session: Session, users: list[str]) -> list[Candidate]:
    institutions = people.institution_ids(session, users)
    profiles = people.profiles_by_id(session, users)
    circles = queries.working_groups_of(session, users)
    found = []
    for user in users:
        profile = profiles.get(user)
        words = f"{' '.join(profile.competences)} {profile.offer or ''}" if profile is not None else ""
        found.append(Candidate(user, institutions.get(user), frozenset(stems(words)), frozenset(circles.get(user, ()))))
    return found


def _bring_together(occasion: Occasion, meeting: Meeting, members: tuple[str, ...]) -> None:
    """Make their room, and tell each of them in the direct chat: in the room nobody could read what was said before."""
    session, settings = occasion.session, occasion.settings
    introduction = Introduction(
        meeting=meeting.number or 0, made_at=occasion.now, alias=f"kennenlernen-{secrets.token_hex(5)}"
    )
    session.add(introduction)
    session.flush()
    session.add_all(Introduced(introduction=introduction.id or 0, user_id=user) for user in members)
    session.flush()
    voice = _voice(occasion, f"introduction:{introduction.alias}")
    content = {
        "alias": introduction.alias,
        "name": ROOM_NAME,
        "topic": "",
        "encrypted": settings.space.encrypted,
        "join": "invite",
        "parent": None,
        "invite": list(members),
        "levels": {},
        "group_key": introduction.alias,
    }
    voice.poster.put(Draft(f"group:{introduction.alias}", content, kind="room"))
    shown, topics = view(session, settings, meeting), _topics(session, meeting)
    for user in members:
        context = _asked_by(occasion, user)
        eyes = Eyes(context)
        profiles = people.profiles_by_id(session, members)
        others = tuple(
            profile_view(context, profiles.get(other) or Profile(user_id=other), eyes)[0]
            for other in members
            if other != user
        )
        voice.say(f"person:{user}", Acquainted(shown, others, topics))


def _topics(session: Session, meeting: Meeting) -> tuple[str, ...]:
    """What stands on the agenda to talk about: two titles at most."""
    items = [item for item in agenda.accepted(session, meeting) if item.kind in TOPICS and item.standing is None]
    items.sort(key=lambda item: (TOPICS.index(item.kind), item.position))
    return tuple(item.title for item in items[:2])


def _asked_by(occasion: Occasion, user_id: str) -> Context:
    """The context in which a person would ask in the direct chat, which need not exist yet."""
    cause = f"clock:introduction:{user_id}"
    return Context(
        session=occasion.session,
        settings=occasion.settings,
        voice=_voice(occasion, cause),
        now=occasion.now,
        sender=user_id,
        room=rooms.direct_room(occasion.session, user_id) or Room(room_id="", direct_with=user_id),
        own_id=occasion.own_id,
        message=Message(""),
        origin=cause,
    )


# --- in the common room -----------------------------------------------------------------------------------------


def _greet(occasion: Occasion, voice_for: Callable[[str], Voice]) -> int:
    """Say in each common room, once everybody has come, what it is for."""
    session = occasion.session
    gathered = queries.gathered(session)
    for introduction in gathered:
        introduction.state = "told"
        session.add(introduction)
        users = queries.members(session, introduction)
        here = tuple(Person(user, rooms.display_name(session, user)) for user in users)
        topics = _topics(session, session.get_one(Meeting, introduction.meeting))
        voice = voice_for(f"introduction:{introduction.alias}:together")
        voice.say(f"group:{introduction.alias}", TogetherNow(here, topics))
    return len(gathered)


def _next_greeting(session: Session) -> datetime | None:
    return datetime.fromtimestamp(0, UTC) if queries.gathered(session) else None


CHORES.append(Chore(_greet, _next_greeting))
