"""What letters say."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ombot.chat.nodes import Attachment
from ombot.features.meetings.results import MeetingView


@dataclass(frozen=True)
class Invitation:
    """A meeting to which an institution is invited, or what has changed about it.

    ``change`` is ``new``, ``changed`` or ``cancelled``; ``answer`` the address of the link by which to answer,
    ``calendar`` the data of the calendar file.
    """

    meeting: MeetingView
    institution: str
    change: str
    answer: str | None
    calendar: dict[str, Any]


@dataclass(frozen=True)
class MinutesSent:
    """Minutes that were released, or a draft against which objections are possible until a day."""

    title: str
    reference: str
    until: date | None
    document: dict[str, Any]


@dataclass(frozen=True)
class VoteAsked:
    """An institution is asked for its vote. ``change`` is ``new``, ``changed`` (asked before, in other words) or
    ``reminder``.

    ``proposal`` is the file that is voted on, ``proposal_apart`` the name of one that is too large for a letter;
    ``link`` the address by which to vote.
    """

    reference: str
    text: str
    group: str
    institution: str
    until: date | None
    secret: bool
    proposal: Attachment | None
    proposal_apart: str | None
    link: str
    change: str


@dataclass(frozen=True)
class ToDo:
    """Something an institution is to do until a day, and where."""

    title: str
    due: date | None
    link: str | None = None


@dataclass(frozen=True)
class BeforeSession:
    """Everything that still waits for an institution before a session."""

    session: MeetingView
    institution: str
    answer: str | None
    tasks: tuple[ToDo, ...]
    votes: tuple[ToDo, ...]


@dataclass(frozen=True)
class InputAsked:
    """An institution is asked for its part of a standing item, to be handed in by a link."""

    session: MeetingView
    institution: str
    titles: tuple[str, ...]
    deadline: date
    link: str


@dataclass(frozen=True)
class TextHandedIn:
    """Told to the office: an institution has handed in a text by a link."""

    institution: str
    reference: str
    title: str
    text: str
