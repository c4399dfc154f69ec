"""What came in: once per event, in order, tried again, parked, and run again by an operator (I2, I3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from ombot.store import inbox
from ombot.store.tables import Inbox
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def event(event_id: str, room_id: str = "!r", kind: str = "message", **fields: Any) -> Inbox:
    return Inbox(event_id=event_id, room_id=room_id, sender="@eva:x", kind=kind, sent_at=NOW, received_at=NOW, **fields)


def next_event(session: Session, now: datetime = NOW, *busy: str) -> str | None:
    row = inbox.next_row(session, now, busy)
    return row.event_id if row else None


def test_an_event_is_taken_in_once(store: Store) -> None:
    with store.unit() as session:
        assert inbox.add(session, [event("$1"), event("$2"), event("$1")]) == 2
    with store.unit() as session:
        assert inbox.add(session, [event("$2"), event("$3")]) == 1
        assert inbox.add(session, []) == 0

    with store.reading() as session:
        rows = session.exec(select(Inbox).order_by(Inbox.id))  # type: ignore[arg-type]
        assert [row.event_id for row in rows] == ["$1", "$2", "$3"]


def test_rows_are_handled_in_order_and_rooms_do_not_wait_for_each_other(store: Store) -> None:
    with store.unit() as session:
        inbox.add(session, [event("$sealed", kind="undecryptable"), event("$1"), event("$2", "!other"), event("$3")])

        assert next_event(session) == "$1"
        assert next_event(session, NOW, "!r") == "$2"
        assert next_event(session, NOW, "!r", "!other") is None


def test_what_is_handled_does_not_come_again(store: Store) -> None:
    with store.unit() as session:
        inbox.add(session, [event("$1")])
        row = inbox.by_event(session, "$1")
        assert row is not None
        inbox.finish(session, row, NOW)

    with store.reading() as session:
        assert next_event(session) is None
        found = inbox.by_event(session, "$1")
        assert found is not None and (found.state, found.done_at) == ("done", NOW)


def test_a_failing_row_is_tried_three_times_more_and_parked(store: Store) -> None:
    now, waits = NOW, []
    with store.unit() as session:
        inbox.add(session, [event("$bad"), event("$good")])
        while not inbox.fail(session, "$bad", "ab12", now):
            assert next_event(session, now) == "$good"
            due = inbox.next_retry(session, now)
            assert due is not None
            waits.append((due - now).total_seconds())
            now = due
            assert next_event(session, now) == "$bad"

        assert waits == [1, 5, 30]
        assert next_event(session, now + timedelta(days=1)) == "$good"
        assert [row.event_id for row in inbox.parked(session)] == ["$bad"]
        assert inbox.next_retry(session, now) is None
        assert inbox.fail(session, "$unknown", "cd34", now) is False


def test_a_parked_row_runs_again_by_its_reference_or_number(store: Store) -> None:
    with store.unit() as session:
        inbox.add(session, [event("$1", state="parked", error="ab12", attempts=3), event("$2", state="done")])
        done = inbox.by_event(session, "$2")
        parked = inbox.by_event(session, "$1")
        assert done is not None and parked is not None
        assert inbox.retry(session, "zz") is False
        assert inbox.retry(session, str(done.id)) is False
        assert inbox.retry(session, "ab12") is True
        assert inbox.retry(session, "ab12") is False
        assert next_event(session) == "$1"

        parked.state = "parked"
        session.flush()
        assert inbox.retry(session, str(parked.id)) is True
        assert (parked.state, parked.attempts) == ("ready", 0)
