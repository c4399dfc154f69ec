"""What is to be done on the homeserver. Rows are written with the effects that cause them and sent afterwards."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from ombot.store.rooms import is_account
from ombot.store.tables import Outbox

CAUSE = "ombot.cause"
"""Key in every event we send: which row caused it, so that answers already in a room are recognised (O2)."""
TYPE = "ombot.type"
"""Key in a row's content, for us only: the type of its event when that is no ``m.room.message``."""


REFERENCE = "out-"
"""Begins the reference of a row that was given up; those of the inbox are letters and digits from the log."""


@dataclass(frozen=True)
class Draft:
    """What a row will say, before it has a cause.

    ``destination`` is ``group:<key>``, ``person:<user id>`` or ``room:<room id>`` and resolved when sent.
    ``target`` is the outbox row that an edit, a reaction or a pin refers to.
    ``slot``: an unsent older row of the same slot is replaced by this one.
    """

    destination: str
    content: dict[str, Any]
    kind: str = "message"
    about: str | None = None
    buttons: tuple[dict[str, str], ...] = ()
    slot: str | None = None
    target: int | None = None
    not_before: datetime | None = None


@dataclass
class Poster:
    """Writes drafts of one cause, numbering them."""

    session: Session
    cause: str
    now: datetime
    written: list[Outbox] = field(default_factory=list)

    def put(self, draft: Draft) -> Outbox:
        """Store a draft as a waiting row with a fresh random transaction id."""
        row = self._add(draft)
        self.session.flush()
        return row

    def put_all(self, drafts: Iterable[Draft]) -> None:
        """Store many drafts in their order, which is quicker than one by one."""
        for draft in drafts:
            self._add(draft)
        self.session.flush()

    def _add(self, draft: Draft) -> Outbox:
        if draft.slot:
            _replace_unsent(self.session, draft.slot)
        index = len(self.written)
        content = dict(draft.content)
        if draft.kind in ("message", "edit", "file"):
            content[CAUSE] = f"{self.cause}/{index}"
        row = Outbox(
            txn_id=secrets.token_hex(16),
            destination=draft.destination,
            kind=draft.kind,
            content=content,
            cause=self.cause,
            cause_index=index,
            slot=draft.slot,
            about=draft.about,
            buttons=list(draft.buttons),
            target=draft.target,
            state="waiting" if _has_reader(draft.destination) else "replaced",
            not_before=draft.not_before,
            created_at=self.now,
        )
        self.session.add(row)
        self.written.append(row)
        return row


def _has_reader(destination: str) -> bool:
    """Whether there is somebody to read it: an erased person is told nothing more."""
    kind, _, name = destination.partition(":")
    return kind != "person" or is_account(name)


def _replace_unsent(session: Session, slot: str) -> None:
    # A row that was already tried may have arrived: it keeps its place and the newer one follows it.
    session.execute(
        update(Outbox)
        .where(col(Outbox.slot) == slot, col(Outbox.state) == "waiting", col(Outbox.first_tried_at).is_(None))
        .values(state="replaced")
    )


_TARGET = aliased(Outbox)
_FIRST = (
    select(func.min(Outbox.id))
    .where(Outbox.state == "waiting")
    .group_by(col(Outbox.destination), (col(Outbox.kind) == "reaction").label("reaction"))
    .scalar_subquery()
)
# Asked for several times by every command: putting such a statement together takes longer than running it.
_FREE_HEADS = (
    select(Outbox.id, Outbox.destination, Outbox.kind)
    .join(_TARGET, col(_TARGET.id) == Outbox.target, isouter=True)
    .where(col(Outbox.id).in_(_FIRST))
    .where(or_(col(Outbox.not_before).is_(None), col(Outbox.not_before) <= bindparam("now")))
    .where(or_(col(_TARGET.state).is_(None), col(_TARGET.state) != "waiting"))
)


def heads(session: Session, now: datetime, busy: Sequence[tuple[str, bool]] = ()) -> list[Outbox]:
    """The first waiting row of every destination that is not busy; reactions queue apart from messages.

    A head whose time has not come, or which refers to a row that has not been sent, holds up its own queue only (O3).
    """
    free = free_heads(session, now, busy)
    query = select(Outbox).where(col(Outbox.id).in_(free)).order_by(col(Outbox.id))
    return list(session.exec(query)) if free else []


def free_heads(session: Session, now: datetime, busy: Sequence[tuple[str, bool]] = ()) -> list[int]:
    """The keys of these rows. Cheap: the rows of busy destinations, up to 20 KiB each, are not read."""
    taken = set(busy)
    rows = session.exec(_FREE_HEADS, params={"now": now})
    return [row_id for row_id, destination, kind in rows if row_id and (destination, kind == "reaction") not in taken]


def next_time(session: Session) -> datetime | None:
    """When the earliest postponed row may be tried."""
    return session.exec(select(func.min(Outbox.not_before)).where(Outbox.state == "waiting")).one()


def hasten(session: Session, statuses: Iterable[int]) -> None:
    """Try rows again at once that wait because of these HTTP statuses: what was in their way is gone."""
    reasons = or_(*(col(Outbox.error).like(f"{status}%") for status in statuses))
    session.execute(update(Outbox).where(col(Outbox.state) == "waiting", reasons).values(not_before=None))


def hasten_all(session: Session) -> None:
    """Try every waiting row again at once: the moments until which they wait have come to mean nothing."""
    session.execute(update(Outbox).where(col(Outbox.state) == "waiting").values(not_before=None))


def get(session: Session, row_id: int) -> Outbox | None:
    """One row by its number."""
    return session.get(Outbox, row_id)


def by_event(session: Session, event_id: str) -> Outbox | None:
    """The row that was sent as this event: whose card somebody replied or reacted to."""
    return session.exec(select(Outbox).where(Outbox.event_id == event_id)).first()


def by_cause(session: Session, cause: str) -> list[Outbox]:
    """All rows that one cause brought forth, in their order."""
    return list(session.exec(select(Outbox).where(Outbox.cause == cause).order_by(col(Outbox.cause_index))))


def invited(session: Session, destination: str) -> set[str]:
    """Whose invitations to a room wait to be sent."""
    query = select(Outbox).where(Outbox.kind == "invite", Outbox.destination == destination, Outbox.state == "waiting")
    return {str(row.content.get("user")) for row in session.exec(query)}


def latest_in_slot(session: Session, slot: str) -> Outbox | None:
    """The newest message (not an edit) in a slot: the pinned board of a room, for example."""
    query = (
        select(Outbox)
        .where(Outbox.slot == slot, Outbox.kind == "message", col(Outbox.state).in_(("waiting", "sent")))
        .order_by(col(Outbox.id).desc())
    )
    return session.exec(query).first()


def card_of(session: Session, about: str, destination: str) -> Outbox | None:
    """The newest card about an object at a destination, so that a change edits it in place."""
    query = (
        select(Outbox)
        .where(
            Outbox.about == about,
            Outbox.destination == destination,
            Outbox.kind == "message",
            col(Outbox.state).in_(("waiting", "sent")),
        )
        .order_by(col(Outbox.id).desc())
    )
    return session.exec(query).first()


def confirm(session: Session, row_id: int, event_id: str, room_id: str, now: datetime) -> None:
    """Mark a row as sent; saying it twice (answer and sync echo) changes nothing."""
    session.execute(
        update(Outbox)
        .where(col(Outbox.id) == row_id, col(Outbox.state) != "sent")
        .values(state="sent", event_id=event_id, room_id=room_id, sent_at=now, error=None)
    )


def is_unconfirmed(session: Session, txn_id: str) -> bool:
    """Whether a row with this transaction id is not yet known to have arrived."""
    return _unconfirmed(session, txn_id) is not None


def _unconfirmed(session: Session, txn_id: str) -> int | None:
    return session.exec(select(Outbox.id).where(Outbox.txn_id == txn_id, Outbox.state != "sent")).first()


def confirm_echo(session: Session, txn_id: str, event_id: str, room_id: str, now: datetime) -> None:
    """The homeserver showed us our own event: the row with its transaction id has arrived."""
    row_id = _unconfirmed(session, txn_id)
    if row_id is not None:
        confirm(session, row_id, event_id, room_id, now)


def failed(session: Session) -> list[Outbox]:
    """Rows that were given up and wait for ``ombot retry``."""
    return list(session.exec(select(Outbox).where(Outbox.state == "failed").order_by(col(Outbox.id))))


def reference(row: Outbox) -> str:
    """What an operator calls a row that was given up."""
    return f"{REFERENCE}{row.id}"


def retry(session: Session, name: str) -> bool:
    """Send a row again that was given up, by its reference. False when there is none."""
    number = name.removeprefix(REFERENCE)
    row = session.get(Outbox, int(number)) if name.startswith(REFERENCE) and number.isdecimal() else None
    if row is None or row.state != "failed":
        return False
    # When it was first tried stays: after a day the homeserver has forgotten its transaction id, and we look first.
    row.state, row.attempts, row.not_before, row.error = "waiting", 0, None, None
    session.add(row)
    return True


def unsent(session: Session) -> tuple[int, datetime | None]:
    """How many rows wait, and since when the oldest does."""
    count, oldest = session.exec(
        select(func.count(), func.min(Outbox.created_at)).where(Outbox.state == "waiting")
    ).one()
    return count, oldest
