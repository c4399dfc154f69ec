"""What the handlers of the overview find out, for the cards to say."""

from dataclasses import dataclass
from datetime import datetime

from ombot.chat.contributions import Undone
from ombot.features.meetings.results import MeetingView
from ombot.store.rooms import Person


@dataclass(frozen=True)
class HelpLine:
    """A command word with what it does."""

    word: str
    brief: str


@dataclass(frozen=True)
class HelpTopic:
    """Command words under one heading."""

    name: str
    lines: tuple[HelpLine, ...]


@dataclass(frozen=True)
class HelpShown:
    """What the sender can do here; ``starters`` are (word, example) pairs to begin with."""

    topics: tuple[HelpTopic, ...]
    starters: tuple[tuple[str, str], ...]
    direct: bool


@dataclass(frozen=True)
class HelpForm:
    """One form of a word; ``right`` and ``place`` are None where everybody may give it everywhere."""

    usage: str
    brief: str
    example: str
    right: str | None
    place: str | None


@dataclass(frozen=True)
class WordHelp:
    """All forms of one word."""

    word: str
    aliases: tuple[str, ...]
    forms: tuple[HelpForm, ...]


@dataclass(frozen=True)
class BoardShown:
    """The board of a group; ``parts`` are results of the subjects. ``asked``: shown as an answer, not pinned."""

    group: str
    parts: tuple[object, ...]
    asked: bool = False


@dataclass(frozen=True)
class MineShown:
    """What concerns the sender; ``parts`` are results of the subjects."""

    parts: tuple[object, ...]
    direct: bool


@dataclass(frozen=True)
class UndoDone:
    """What an undo put back."""

    objects: tuple[Undone, ...]


@dataclass(frozen=True)
class Upcoming:
    """One reminder still to come."""

    at: datetime
    object: str
    destination: str


@dataclass(frozen=True)
class GivenUp:
    """Something that failed for good: the reference for ``ombot retry``, since when, and where it belongs."""

    reference: str
    since: datetime
    place: str


@dataclass(frozen=True)
class StatusDetails:
    """What coordinators see of the bot's state: commands that failed, messages and letters that could not be sent."""

    failed: tuple[GivenUp, ...]
    unsent: tuple[GivenUp, ...]
    letters: tuple[GivenUp, ...]
    upcoming: tuple[Upcoming, ...]
    version: str


@dataclass(frozen=True)
class StatusShown:
    """The state of the bot: how much is still to be sent, and since when."""

    unsent: int
    oldest: datetime | None
    details: StatusDetails | None = None


@dataclass(frozen=True)
class GroupWelcome:
    """The first card in a group's room."""

    name: str
    kind: str


@dataclass(frozen=True)
class DirectWelcome:
    """The first card in a direct chat."""

    person: Person


@dataclass(frozen=True)
class BeforeSession:
    """The personal message before a session.

    ``parts`` are those of "my things"; ``owed`` says whether the institution's answer for this session is among them.
    """

    session: MeetingView
    parts: tuple[object, ...]
    owed: bool


@dataclass(frozen=True)
class AwaitedLine:
    """Somebody who was invited so many days ago and is in no room yet."""

    person: Person
    institution: str | None
    days: int


@dataclass(frozen=True)
class AwaitedShown:
    """Who was invited and has not come."""

    people: tuple[AwaitedLine, ...]
