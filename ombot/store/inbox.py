"""What came in and might concern us. A row goes ``received → ready → done | parked``."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from ombot.store.tables import Inbox

VERIFICATION = "m.key.verification.request"
"""``msgtype`` of a message in which somebody asks to verify us."""
DECLINED = {"code": "m.user", "reason": "ombot has nobody who could compare emojis"}
"""What we answer to that; clients show it as declined."""

FORGOTTEN: dict[str, Any] = {"forgotten": True}
"""Content of a row that has lost its words by age. Empty content is stronger: an edit does not bring it back."""
RETRIES = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30))


def add(session: Session, rows: Iterable[Inbox]) -> int:
    """Store new rows; an event that is already there changes nothing (I2). Returns how many were new."""
    fresh = {row.event_id: row for row in rows}
    if not fresh:
        return 0
    known = set(session.exec(select(Inbox.event_id).where(col(Inbox.event_id).in_(fresh))))
    new = [row for event_id, row in fresh.items() if event_id not in known]
    session.add_all(new)
    session.flush()
    return len(new)


def by_event(session: Session, event_id: str) -> Inbox | None:
    """The row of an event, handled or not."""
    return session.exec(select(Inbox).where(Inbox.event_id == event_id)).first()


def has_unhandled(session: Session, room_id: str, sent_before: datetime | None = None) -> bool:
    """Whether something of a room, sent before a moment, still waits to be handled and can be read."""
    query = select(Inbox.id).where(col(Inbox.state).in_(("received", "ready")), Inbox.room_id == room_id)
    if sent_before is not None:
        query = query.where(col(Inbox.sent_at) <= sent_before, Inbox.kind != "undecryptable")
    return session.exec(query.limit(1)).first() is not None


def next_row(session: Session, now: datetime, busy_rooms: Iterable[str] = ()) -> Inbox | None:
    """The oldest row that may be worked on now, leaving out rooms that wait for something.

    What cannot be decrypted yet keeps its place, but does not hold up what can.
    """
    query = (
        select(Inbox)
        .where(col(Inbox.state).in_(("received", "ready")), Inbox.kind != "undecryptable")
        .where(or_(col(Inbox.retry_at).is_(None), col(Inbox.retry_at) <= now))
        .where(col(Inbox.room_id).not_in(list(busy_rooms)))
        .order_by(col(Inbox.id))
        .limit(1)
    )
    return session.exec(query).first()


def with_outcome(session: Session, room_id: str, outcome: str) -> list[Inbox]:
    """Handled rows of a room that came to this, in their order."""
    query = select(Inbox).where(
        Inbox.state == "done", Inbox.room_id == room_id, Inbox.content["outcome"].as_string() == outcome
    )
    return list(session.exec(query.order_by(col(Inbox.id))))


def waiting(session: Session) -> int:
    """How many rows are still to be handled."""
    query = select(func.count()).where(col(Inbox.state).in_(("received", "ready")), Inbox.kind != "undecryptable")
    return session.exec(query.select_from(Inbox)).one()


def next_retry(session: Session, now: datetime) -> datetime | None:
    """When the next failed row is to be tried again."""
    query = select(func.min(Inbox.retry_at)).where(
        col(Inbox.state).in_(("received", "ready")), col(Inbox.retry_at) > now
    )
    return session.exec(query).one()


def finish(session: Session, row: Inbox, now: datetime) -> None:
    """Mark a row as handled; part of the transaction that holds its effects."""
    row.state, row.done_at, row.retry_at, row.error = "done", now, None, None
    session.add(row)


def fail(session: Session, event_id: str, reference: str, now: datetime) -> bool:
    """Count a failure: try again later, or park the row after the third time. Returns True when parked (I3)."""
    row = by_event(session, event_id)
    if row is None:
        return False
    row.error = reference
    if row.attempts < len(RETRIES):
        row.retry_at = now + RETRIES[row.attempts]
        row.attempts += 1
    else:
        row.state, row.retry_at = "parked", None
    session.add(row)
    return row.state == "parked"


def hasten_all(session: Session) -> None:
    """Try every row at once that waits for another try: the moments until which they wait have come to mean nothing."""
    session.execute(update(Inbox).where(col(Inbox.retry_at).is_not(None)).values(retry_at=None))


def retry(session: Session, reference: str) -> bool:
    """Run a parked row again; ``reference`` is its error reference or its number. False when there is none."""
    number = int(reference) if reference.isdigit() else -1
    query = select(Inbox).where(Inbox.state == "parked", or_(col(Inbox.error) == reference, col(Inbox.id) == number))
    row = session.exec(query).first()
    if row is None:
        return False
    row.state, row.attempts, row.retry_at = "ready", 0, None
    session.add(row)
    return True


def parked(session: Session) -> list[Inbox]:
    """Rows that failed for good and wait for ``ombot retry``."""
    return list(session.exec(select(Inbox).where(Inbox.state == "parked").order_by(col(Inbox.id))))


def forget_text(session: Session, handled_before: datetime) -> int:
    """Blank the words of rows handled before a moment (D3). Returns how many were blanked.

    What a command came to is kept, so that an edit of an old command is still understood.
    """
    old = (
        col(Inbox.state) == "done",
        col(Inbox.done_at) < handled_before,
        col(Inbox.kind).in_(("message", "edit", "undecryptable")),
        or_(*(Inbox.content[key].as_string().is_not(None) for key in ("body", "raw"))),
    )
    outcome = Inbox.content["outcome"].as_string()
    return sum(
        _count(
            session.execute(
                update(Inbox)
                .where(*old, outcome == known if known is not None else outcome.is_(None))
                .values(content={"outcome": known} if known is not None else FORGOTTEN)
                .execution_options(synchronize_session=False)
            )
        )
        for known in session.exec(select(outcome).where(*old).distinct()).all()
    )


def _count(result: Any) -> int:
    return int(result.rowcount)
