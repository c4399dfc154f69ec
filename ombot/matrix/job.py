"""An outbox row on its way: copied from the database, so that nothing of the session is needed while it is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.store import outbox
from ombot.store import rooms as mirror
from ombot.store.tables import Outbox

Content = dict[str, Any]

ALIAS = "alias"
"""In a row's content: the alias under which a room or direct chat is being created."""
CLOSED = "closed"
"""In a row's content: the room exists, and members shall (not) be able to write there."""
ROOM_SECONDS = 5.0
"""How soon a row is looked at again whose group has no room yet."""


class Postponed(Exception):
    """Something else must happen first; not a failure."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"waits for {seconds:g} s")
        self.seconds = seconds


class Hopeless(Exception):
    """It can never be carried out, for a reason that the homeserver need not be asked about."""


@dataclass(frozen=True)
class Target:
    """The row that an edit, a reaction, a pin or a redaction refers to."""

    id: int
    state: str
    event_id: str | None
    room_id: str | None
    slot: str | None


@dataclass(frozen=True)
class Place:
    """The room a row goes to. ``encrypted`` is the mirror's opinion and only believed when it says yes."""

    room_id: str
    encrypted: bool


@dataclass(frozen=True)
class Job:
    """An outbox row as it is carried out, detached from the database.

    ``first_tried_at`` is what it was before this attempt. ``look_since``: the row may have arrived since then
    although nobody told us, so look before sending.
    """

    id: int
    txn_id: str
    destination: str
    kind: str
    content: Content
    attempts: int
    first_tried_at: datetime | None
    place: Place | None
    target: Target | None
    look_since: datetime | None = None
    asked: bool = True
    """Whether somebody has asked for it and waits: an answer, unlike a reminder or a board."""

    @property
    def person(self) -> str | None:
        """Whose eyes only this is for."""
        kind, _, name = self.destination.partition(":")
        return name if kind == "person" else None


@dataclass(frozen=True)
class Sent:
    """A row was carried out; ``effect`` belongs into the transaction that says so."""

    room_id: str
    event_id: str = ""
    effect: Callable[[Session], None] | None = None


def read_job(session: Session, row: Outbox, look_since: datetime | None) -> Job:
    """Copy a row and what it refers to."""
    room = None if row.kind == "room" else mirror.resolve(session, row.destination)
    target = outbox.get(session, row.target) if row.target is not None else None
    if row.id is None:
        raise ValueError("a row that was never stored cannot be sent")
    return Job(
        id=row.id,
        txn_id=row.txn_id,
        destination=row.destination,
        kind=row.kind,
        content=dict(row.content),
        attempts=row.attempts,
        first_tried_at=row.first_tried_at,
        place=Place(room.room_id, room.encrypted) if room is not None else _unmirrored(row.destination),
        target=_target(target) if target is not None else None,
        look_since=look_since,
        asked=row.cause.startswith("$"),  # an event, as the causes of answers are
    )


def _unmirrored(destination: str) -> Place | None:
    # A room the mirror does not know (yet, or any more): the homeserver decides whether we may send there.
    kind, _, room_id = destination.partition(":")
    return Place(room_id, encrypted=False) if kind == "room" else None


def _target(row: Outbox) -> Target:
    return Target(row.id or 0, row.state, row.event_id, row.room_id, row.slot)


def sent_target(job: Job) -> Target:
    """What a row refers to, with its event.

    Raises:
        Hopeless: there is no such event and never will be.
    """
    target = job.target
    if target is None or target.state in ("failed", "replaced"):
        raise Hopeless("what it refers to was never sent")
    if not target.event_id or not target.room_id:
        raise Hopeless("what it refers to is not an event")
    return target
