"""What introductions find out, for the cards to say."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ombot.features.meetings.results import MeetingView
from ombot.features.people.results import ProfileView
from ombot.store.rooms import Person


@dataclass(frozen=True)
class WishShown:
    """Whether the sender is introduced to others, and when next (None: no session is planned)."""

    willing: bool
    skipped: bool
    next_day: date | None


@dataclass(frozen=True)
class TablesDrawn:
    """Who sits where at a session, as files."""

    meeting: MeetingView
    tables: int
    guests: int
    documents: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Announced:
    """Soon somebody will be introduced to somebody."""

    meeting: MeetingView
    day: date


@dataclass(frozen=True)
class Acquainted:
    """Who somebody was introduced to, with what these show, and something to begin with."""

    meeting: MeetingView
    others: tuple[ProfileView, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True)
class NobodyFits:
    """This time nobody fits to somebody who wanted to be introduced."""

    meeting: MeetingView


@dataclass(frozen=True)
class TogetherNow:
    """Everybody is in the common room."""

    people: tuple[Person, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True)
class RoundMade:
    """What a round came to, for the office."""

    meeting: MeetingView
    groups: int
    people: int
    alone: int
