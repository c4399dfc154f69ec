"""Who changed what, and one step back, unless somebody has changed it since."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, select

from ombot.chat.tables import Group
from ombot.features.tasks.tables import Assignee, Task
from ombot.store import history
from ombot.store.history import Author, ChangedSince
from ombot.store.tables import History
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
EVA, JAN = "@eva:example.org", "@jan:example.org"


@contextmanager
def writing(store: Store, cause: str, actor: str = EVA, at: datetime = NOW) -> Iterator[Session]:
    with store.unit() as session:
        history.write_as(session, Author(actor, cause, at, "!r"))
        yield session


def the_task(session: Session) -> Task:
    return session.exec(select(Task)).one()


@pytest.fixture
def task(store: Store) -> Store:
    """A store with one task of Eva's, made by the event ``$made``."""
    with store.unit() as session:
        session.add(Group(key="ag", name="AG", kind="working_group"))
    with writing(store, "$made") as session:
        session.add(
            Task(
                group_key="ag",
                title="Einseiter",
                due=date(2027, 4, 1),
                created_by=EVA,
                created_at=NOW,
                event_id="$made",
            )
        )
        session.flush()
        session.add(Assignee(task=1, kind="person", name=EVA))
    return store


def change(store: Store, cause: str, actor: str = EVA, **values: object) -> None:
    with writing(store, cause, actor) as session:
        row = the_task(session)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_a_change_is_kept_with_its_author(task: Store) -> None:
    change(task, "$done", JAN, status="done", closed_at=NOW, due=None)

    with task.reading() as session:
        entry = history.by_cause(session, "$done")[0]
        assert (entry.actor, entry.at, entry.room_id, entry.subject, entry.row_key) == (JAN, NOW, "!r", "task", "1")
        assert entry.before is not None and entry.after is not None
        changed = {name: (entry.before[name], entry.after[name]) for name in entry.after}
        assert {name: pair for name, pair in changed.items() if pair[0] != pair[1]} == {
            "status": ("open", "done"),
            "closed_at": (None, "2027-03-01T12:00:00+00:00"),
            "due": ("2027-04-01", None),
        }
        assert [entry.cause for entry in history.of_row(session, the_task(session))] == ["$made", "$done"]


def test_touching_without_changing_leaves_no_history(task: Store) -> None:
    change(task, "$same", title="Einseiter")

    with task.reading() as session:
        assert history.by_cause(session, "$same") == []


def test_undo_brings_back_every_value(task: Store) -> None:
    with task.reading() as session:
        before = history.snapshot(the_task(session))
    change(task, "$done", status="done", closed_at=NOW, due=date(2027, 5, 1), note="fertig")

    with writing(task, "$undo") as session:
        rows = history.undo(session, "$done")
        assert [type(row) for row in rows] == [Task]

    with task.reading() as session:
        assert history.snapshot(the_task(session)) == before


def test_undoing_a_creation_cancels_the_task_and_removes_what_hung_on_it(task: Store) -> None:
    with writing(task, "$undo") as session:
        assert [type(row) for row in history.undo(session, "$made")] == [Assignee, Task]

    with task.reading() as session:
        assert the_task(session).status == "cancelled"
        assert session.exec(select(Assignee)).all() == []


def test_undoing_a_deletion_brings_the_row_back(task: Store) -> None:
    with writing(task, "$off") as session:
        session.delete(session.exec(select(Assignee)).one())

    with writing(task, "$undo") as session:
        history.undo(session, "$off")

    with task.reading() as session:
        assert session.exec(select(Assignee)).one().name == EVA


def test_two_changes_of_one_cause_are_undone_together(task: Store) -> None:
    with writing(task, "$twice") as session:
        row = the_task(session)
        for title in ("Zweiseiter", "Dreiseiter"):
            row.title = title
            session.add(row)
            session.flush()

    with writing(task, "$undo") as session:
        history.undo(session, "$twice")

    with task.reading() as session:
        assert the_task(session).title == "Einseiter"


def test_what_somebody_changed_since_is_not_undone(task: Store) -> None:
    change(task, "$done", status="done")
    change(task, "$note", JAN, note="war schon")

    with pytest.raises(ChangedSince), writing(task, "$undo") as session:
        history.undo(session, "$done")

    with task.reading() as session:
        assert (the_task(session).status, the_task(session).note) == ("done", "war schon")
        assert session.exec(select(History).where(History.undone)).all() == []


def test_only_the_newest_change_that_still_stands_is_offered(task: Store) -> None:
    change(task, "$first", title="Zweiseiter")
    change(task, "$second", title="Dreiseiter")
    with writing(task, "$undo") as session:
        history.undo(session, "$second")

    with task.reading() as session:
        assert history.last_cause(session, EVA, "!r", NOW) == "$first"
        assert history.last_cause(session, JAN, "!r", NOW) is None
        assert history.last_cause(session, EVA, "!other", NOW) is None
        assert history.last_cause(session, EVA, "!r", NOW + timedelta(seconds=1)) is None
