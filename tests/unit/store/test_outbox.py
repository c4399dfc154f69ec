"""Rows to be sent: born with their id, in order per destination, each confirmed once."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from ombot.store import outbox
from ombot.store.outbox import CAUSE, Draft, Poster
from ombot.store.tables import Outbox
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)


def say(session: Session, destination: str = "group:ag", body: str = "Hallo", **fields: object) -> Outbox:
    return Poster(session, "$1", NOW).put(Draft(destination, {"body": body}, **fields))  # type: ignore[arg-type]


def heads(session: Session, now: datetime = NOW, *busy: tuple[str, bool]) -> list[int | None]:
    return [row.id for row in outbox.heads(session, now, busy)]


def test_rows_of_one_cause_are_numbered_and_carry_it(store: Store) -> None:
    with store.unit() as session:
        poster = Poster(session, "$1", NOW)
        for kind in ("message", "edit", "file", "reaction", "pin"):
            poster.put(Draft("group:ag", {}, kind=kind))

    with store.reading() as session:
        rows = outbox.by_cause(session, "$1")
        assert [row.content.get(CAUSE) for row in rows] == ["$1/0", "$1/1", "$1/2", None, None]
        assert {row.state for row in rows} == {"waiting"}
        assert len({row.txn_id for row in rows}) == 5
        assert {len(row.txn_id) for row in rows} == {32}


def test_the_first_row_of_each_destination_is_next(store: Store) -> None:
    with store.unit() as session:
        first = say(session).id
        reaction = say(session, kind="reaction").id
        say(session)
        other = say(session, "person:@eva:x").id

        assert heads(session) == [first, reaction, other]
        assert heads(session, NOW, ("group:ag", False)) == [reaction, other]
        assert heads(session, NOW, ("group:ag", True), ("person:@eva:x", False)) == [first]


def test_a_head_that_waits_holds_up_its_own_destination_only(store: Store) -> None:
    with store.unit() as session:
        slow = say(session, not_before=LATER).id
        say(session)
        other = say(session, "group:sk").id

        assert heads(session) == [other]
        assert heads(session, LATER) == [slow, other]
        assert outbox.next_time(session) == LATER


def test_what_refers_to_an_unsent_row_waits_for_it_and_for_no_second(store: Store) -> None:
    with store.unit() as session:
        card = say(session)
        button = say(session, kind="reaction", target=card.id)
        say(session, kind="reaction", target=card.id)
        other = say(session, "group:sk", kind="reaction").id

        assert heads(session) == [card.id, other]
        outbox.confirm(session, card.id or 0, "$card", "!ag", NOW)
        assert heads(session) == [button.id, other]


def test_an_unsent_row_of_the_same_slot_is_replaced(store: Store) -> None:
    with store.unit() as session:
        rows = [say(session, slot="board:ag", body=str(number)) for number in range(3)]
        say(session, slot="board:sk")
        tried = say(session, slot="board:ag")
        tried.first_tried_at = NOW
        session.flush()
        say(session, slot="board:ag")

    with store.reading() as session:
        states = [row.state for row in session.exec(select(Outbox).order_by(Outbox.id))]  # type: ignore[arg-type]
        assert states == ["replaced", "replaced", "replaced", "waiting", "waiting", "waiting"]
        assert len(rows) == 3


def test_the_card_of_an_object_is_its_newest_message_there(store: Store) -> None:
    with store.unit() as session:
        say(session, about="A1")
        newest = say(session, about="A1")
        say(session, about="A1", kind="edit", target=newest.id)
        say(session, "group:sk", about="A1")
        say(session, about="A2")
        failed = say(session, about="A1")
        failed.state = "failed"
        session.flush()

        assert outbox.card_of(session, "A1", "group:ag") == newest
        assert outbox.card_of(session, "A3", "group:ag") is None


def test_saying_twice_that_a_row_arrived_changes_nothing(store: Store) -> None:
    with store.unit() as session:
        row = say(session)
        assert row.id is not None
        outbox.confirm_echo(session, row.txn_id, "$echo", "!r", NOW)
        outbox.confirm(session, row.id, "$late", "!other", LATER)
        outbox.confirm_echo(session, "of another device", "$x", "!r", NOW)

    with store.reading() as session:
        found = session.exec(select(Outbox)).one()
        assert (found.state, found.event_id, found.room_id, found.sent_at) == ("sent", "$echo", "!r", NOW)
        assert outbox.by_event(session, "$echo") == found
        assert heads(session) == []


def test_how_much_waits_and_since_when(store: Store) -> None:
    with store.unit() as session:
        assert outbox.unsent(session) == (0, None)
        say(session)
        say(session).created_at = LATER
        session.flush()

        assert outbox.unsent(session) == (2, NOW)


def test_a_row_that_was_given_up_is_sent_again_by_its_reference(store: Store) -> None:
    with store.unit() as session:
        given_up, waiting = say(session), say(session, "group:sk")
        given_up.state, given_up.error, given_up.attempts = "failed", "403 M_FORBIDDEN", 4
        given_up.first_tried_at, txn_id = NOW, given_up.txn_id
        session.flush()

        assert [row.id for row in outbox.failed(session)] == [given_up.id]
        for unknown in ("", "out-", "out-x", "out-999999", "ab12cd34", str(given_up.id), outbox.reference(waiting)):
            assert outbox.retry(session, unknown) is False
        assert outbox.retry(session, outbox.reference(given_up)) is True
        assert outbox.retry(session, outbox.reference(given_up)) is False
        # The same id as before, and since when: it may have arrived without our knowing.
        assert (given_up.state, given_up.attempts, given_up.error) == ("waiting", 0, None)
        assert (given_up.txn_id, given_up.first_tried_at) == (txn_id, NOW)


def test_only_what_waits_for_an_absent_homeserver_is_hastened(store: Store) -> None:
    errors = ("0", "502", "503 M_UNKNOWN", "504", "500 M_UNKNOWN", "429 M_LIMIT_EXCEEDED", None)
    with store.unit() as session:
        rows = [say(session, f"group:{number}") for number in range(len(errors))]
        for row, error in zip(rows, errors, strict=True):
            row.error, row.not_before = error, LATER
        session.flush()
        outbox.hasten(session, (0, 502, 503, 504))
        session.expire_all()
        assert [row.not_before for row in rows] == [None] * 4 + [LATER] * 3
