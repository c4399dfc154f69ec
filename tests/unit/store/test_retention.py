"""What is old enough is forgotten, and nothing else (D3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from ombot import features
from ombot.chat.tables import Question
from ombot.clock.tables import Reminder
from ombot.store import outbox
from ombot.store.base import Table
from ombot.store.outbox import CAUSE, Draft, Poster
from ombot.store.retention import Cleaned, clean
from ombot.store.tables import Inbox, Outbox
from ombot.store.unit import Store

features.load_tables()
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
MOMENT = timedelta(seconds=1)
EVA = "@eva:example.org"
BODY = {"body": "!aufgabe Einseiter", "replied": {"body": "Wer macht das?"}}


def run(store: Store, now: datetime = NOW) -> Cleaned:
    with store.unit() as session:
        return clean(session, now, WEEK)


EXPIRING = {
    "absence",
    "departure",
    "mail",
    "mail_link",
    "missed_search",
    "newcomer",
    "profile_draft",
    "question",
    "reminder",
}
"""Reviewed: what members work with is not among them."""


def deleted(**counts: int) -> dict[str, int]:
    return dict.fromkeys([*EXPIRING, "history"], 0) | counts


def came_in(event_id: str, kind: str = "message", state: str = "done", **content: Any) -> Inbox:
    done_at = NOW - WEEK - MOMENT if state == "done" else None
    return Inbox(
        event_id=event_id,
        room_id="!r",
        sender=EVA,
        kind=kind,
        state=state,
        content=content,
        sent_at=NOW - 2 * WEEK,
        received_at=NOW - 2 * WEEK,
        done_at=done_at,
    )


def inbox_contents(session: Session) -> dict[str, dict[str, Any]]:
    return {row.event_id: row.content for row in session.exec(select(Inbox))}


def test_the_words_of_handled_commands_are_forgotten_a_week_later(store: Store) -> None:
    young = came_in("$young", **BODY)
    young.done_at = NOW - WEEK
    with store.unit() as session:
        session.add_all(
            [
                came_in("$command", outcome="AddTask", **BODY),
                came_in("$other", outcome="Help", **BODY),
                came_in("$talk", **BODY),
                came_in("$edit", "edit", target="$command", body="!aufgabe Zweiseiter"),
                came_in("$sealed", "undecryptable", raw={"content": {"ciphertext": "A"}}),
                came_in("$reaction", "reaction", target="$card", key="✅"),
                came_in("$ballot"),
                came_in("$parked", state="parked", **BODY),
                came_in("$waiting", state="received", **BODY),
                young,
            ]
        )

    assert run(store) == Cleaned(commands=5, sent=0, deleted=deleted())

    with store.reading() as session:
        assert inbox_contents(session) == {
            "$command": {"outcome": "AddTask"},
            "$other": {"outcome": "Help"},
            "$talk": {"forgotten": True},
            "$edit": {"forgotten": True},
            "$sealed": {"forgotten": True},
            "$reaction": {"target": "$card", "key": "✅"},
            "$ballot": {},
            "$parked": BODY,
            "$waiting": BODY,
            "$young": BODY,
        }
    assert run(store).nothing


def said(session: Session, now: datetime, state: str = "sent", **fields: Any) -> Outbox:
    content = {"body": "Hallo Eva", "formatted_body": '<a href="https://matrix.to/#/%40eva%3Aexample.org">Eva</a>'}
    row = Poster(session, "$1", now).put(Draft("group:ag", content, **fields))
    row.state, row.event_id = state, f"${row.id}"
    session.flush()
    return row


def test_what_was_said_is_forgotten_a_month_later(store: Store) -> None:
    old, young = NOW - timedelta(days=30) - MOMENT, NOW - timedelta(days=30)
    buttons = ({"key": "✅", "run": "!A1 erledigt", "back": ""},)
    with store.unit() as session:
        card = said(session, old, about="A1", buttons=buttons).id
        failed = said(session, old, state="failed").id
        waiting = said(session, old, state="waiting").id
        recent = said(session, young).id

    assert run(store) == Cleaned(commands=0, sent=2, deleted=deleted())

    with store.reading() as session:
        rows = {row.id: row for row in session.exec(select(Outbox))}
        assert rows[card].content == rows[failed].content == {"forgotten": True, "persons": [EVA]}
        assert (rows[card].about, rows[card].buttons, rows[card].event_id) == ("A1", list(buttons), f"${card}")
        assert [rows[number].content["body"] for number in (waiting, recent)] == ["Hallo Eva", "Hallo Eva"]
    assert run(store).nothing


def test_a_board_keeps_what_it_shows(store: Store) -> None:
    old = NOW - timedelta(days=90)
    with store.unit() as session:
        earlier = said(session, old, slot="board:ag").id
        board = said(session, old, slot="board:ag").id
        first = said(session, old, kind="edit", target=board, slot="board:ag").id
        last = said(session, old, kind="edit", target=board, slot="board:ag").id
        welcome = said(session, old, slot="welcome:ag").id

    assert run(store).sent == 2

    with store.reading() as session:
        kept = {row.id for row in session.exec(select(Outbox)) if "body" in row.content}
        assert kept == {board, last, welcome}
        assert {row.id for row in session.exec(select(Outbox))} - kept == {earlier, first}
        shown = outbox.latest_in_slot(session, "board:ag")
        assert shown is not None and shown.content[CAUSE] == "$1/0"


def test_long_lists_are_forgotten_in_parts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ombot.store.retention.AT_ONCE", 2)
    with store.unit() as session:
        for _ in range(3):
            said(session, NOW - timedelta(days=90))

    assert [run(store).sent for _ in range(3)] == [2, 1, 0]


def test_settled_reminders_and_questions_are_deleted(store: Store) -> None:
    def reminder(step: str, state: str, days: int) -> Reminder:
        due = NOW - timedelta(days=days)
        return Reminder(
            object="A1", step=step, anchor=due.date(), destination="group:ag", due_at=due - MOMENT, state=state
        )

    def question(slot: str, days: int) -> Question:
        expires = NOW - timedelta(days=days) - MOMENT
        return Question(asker=EVA, room_id="!r", origin="$1", slot=slot, expires_at=expires)

    with store.unit() as session:
        session.add_all([reminder("a", "sent", 90), reminder("b", "open", 90), reminder("c", "dropped", 89)])
        session.add_all([question("due", 7), question("title", 6)])

    assert run(store) == Cleaned(commands=0, sent=0, deleted=deleted(question=1, reminder=1))

    with store.reading() as session:
        assert sorted(row.step for row in session.exec(select(Reminder))) == ["b", "c"]
        assert [row.slot for row in session.exec(select(Question))] == ["title"]


def test_what_members_work_with_does_not_expire() -> None:
    expiring = {str(t.__tablename__) for t in Table.__subclasses__() if t.expiry is not None}

    assert expiring == EXPIRING
    assert expiring < set(SQLModel.metadata.tables)
