"""What the handlers of inputs find out, for the cards to say."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ombot.chat.trace import TraceLine
from ombot.features.inputs.rules import State
from ombot.store.rooms import Person


@dataclass(frozen=True)
class SessionView:
    """The session that inputs are collected for. ``start`` and ``deadline`` are local; None while the date is open."""

    reference: str
    title: str
    start: datetime | None
    deadline: date | None


@dataclass(frozen=True)
class FileView:
    """A file of an input; ``size`` in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class InputView:
    """An input as it is shown. ``session`` is None as long as the next one is not planned."""

    reference: str
    title: str
    text: str
    group: str
    session: SessionView | None
    status: str
    late: bool
    author: Person
    submitted_at: datetime | None
    files: tuple[FileView, ...]


@dataclass(frozen=True)
class InputAdded:
    """A new input, submitted or a draft."""

    input: InputView


@dataclass(frozen=True)
class InputChanged:
    """A changed input; ``change`` names what was asked for."""

    input: InputView
    change: str


@dataclass(frozen=True)
class InputHandedOn:
    """Said where the input was: it belongs to another group now."""

    input: InputView
    before: str


@dataclass(frozen=True)
class InputReceived:
    """Told to the group that an input was handed on to. ``leads`` are notified."""

    input: InputView
    before: str
    by: Person
    leads: tuple[Person, ...]


@dataclass(frozen=True)
class PlaceView:
    """Where an input stands on an agenda: the item (P8) and its status, the session (T3) and its title."""

    item: str
    meeting: str
    title: str
    status: str


@dataclass(frozen=True)
class InputPresented:
    """An input is proposed for the agenda of a session, or (by who leads the board) stands on it."""

    input: InputView
    place: PlaceView
    by: Person


@dataclass(frozen=True)
class InputShown:
    """The whole input with its history."""

    input: InputView
    history: tuple[TraceLine, ...]
    groups: dict[str, str]
    """Names of groups by key, for the history."""
    places: tuple[PlaceView, ...] = ()


@dataclass(frozen=True)
class GroupInputs:
    """A group's state for a session, and those of its inputs that may be shown here."""

    group: str
    state: State
    inputs: tuple[InputView, ...]


@dataclass(frozen=True)
class InputStates:
    """Who has delivered for a session, and who has not."""

    session: SessionView | None
    groups: tuple[GroupInputs, ...]


@dataclass(frozen=True)
class InputsExported:
    """Collected inputs as a file; ``document`` is its frozen data."""

    session: SessionView | None
    count: int
    name: str
    mimetype: str
    document: dict[str, Any]


@dataclass(frozen=True)
class InputsOwed:
    """The sender's working groups that have not delivered for the next session."""

    session: SessionView
    groups: tuple[GroupInputs, ...]
    today: date
