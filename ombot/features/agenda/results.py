"""What the handlers of the agenda find out, for the cards to say."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ombot.chat.nodes import Attachment
from ombot.chat.trace import TraceLine
from ombot.features.meetings.results import MeetingView
from ombot.features.tasks.results import TaskView
from ombot.store.rooms import Person


@dataclass(frozen=True)
class ItemView:
    """An item as it is shown. ``top`` is its number on the agenda, ``start`` its time where the organisation is."""

    reference: str
    top: int | None
    kind: str
    title: str
    goals: tuple[str, ...]
    minutes: int | None
    presenter: str | None
    start: datetime | None
    status: str
    group: str
    reason: str | None
    origin: str | None
    standing: str | None


@dataclass(frozen=True)
class RunningVote:
    """A decision that is still open."""

    reference: str
    text: str
    closes_on: date | None


@dataclass(frozen=True)
class FollowUps:
    """What the group still owes itself: open tasks, parked ones, and votes that are running."""

    tasks: tuple[TaskView, ...]
    votes: tuple[RunningVote, ...]

    def __bool__(self) -> bool:
        return bool(self.tasks or self.votes)


@dataclass(frozen=True)
class AgendaView:
    """A whole agenda. Times are where the organisation is.

    Attributes:
        reference: of the meeting (T3).
        items: what stands on the agenda, in order.
        proposals: what has been proposed and not yet decided.
        follow_ups: what belongs to the item of follow-ups; None where it may not be shown.
        over: how much longer the items take than planned.
        lead: whether the one who looks may order and accept.
    """

    reference: str
    title: str
    start: datetime | None
    end: datetime | None
    place: str
    url: str
    moderation: str
    items: tuple[ItemView, ...]
    proposals: tuple[ItemView, ...]
    follow_ups: FollowUps | None
    over: timedelta
    lead: bool = False


@dataclass(frozen=True)
class ItemAdded:
    """A new item; accepted at once, or a proposal that somebody else decides on."""

    item: ItemView
    meeting: AgendaView


@dataclass(frozen=True)
class ItemProposed:
    """Told where proposals are decided on."""

    item: ItemView
    meeting: AgendaView
    by: Person


@dataclass(frozen=True)
class ItemsAdded:
    """A whole agenda was pasted. ``updated`` items stood there already under the same title."""

    agenda: AgendaView
    added: int
    updated: int


@dataclass(frozen=True)
class ItemChanged:
    """A changed item; ``change`` names what was asked for. ``carried_to`` is where a carried item stands now."""

    item: ItemView
    meeting: AgendaView
    change: str
    carried_to: str | None = None


@dataclass(frozen=True)
class ItemRejected:
    """Told to the one whose proposal was rejected."""

    item: ItemView
    meeting: AgendaView
    by: Person


@dataclass(frozen=True)
class ItemShown:
    """The card of one item with its history."""

    item: ItemView
    meeting: AgendaView
    history: tuple[TraceLine, ...]


@dataclass(frozen=True)
class CalledUp:
    """The minutes moved on to an item; ``said`` is their result, which has a card of its own."""

    said: object


@dataclass(frozen=True)
class AgendaShown:
    """The agenda as card."""

    agenda: AgendaView


@dataclass(frozen=True)
class AgendaFile:
    """The agenda as document."""

    agenda: AgendaView
    file: Attachment


@dataclass(frozen=True)
class LetterFile:
    """An invitation or a sheet to sign in on, by the kind of document, with its frozen data."""

    kind: str
    meeting: MeetingView
    format: str
    mimetype: str
    document: dict[str, Any]


@dataclass(frozen=True)
class BoardAgenda:
    """The line of the pinned board: how many items the next session has."""

    agenda: AgendaView


@dataclass(frozen=True)
class MyItems:
    """Items of the next session that name the sender or come from one of the sender's working groups."""

    reference: str
    items: tuple[ItemView, ...]
