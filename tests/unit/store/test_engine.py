"""What the database itself promises: no lost update, no lost commit, nothing invalid, nothing half (S1, S2, S6, S7)."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, delete, event, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import SQLModel, select

from ombot.chat.tables import Group
from ombot.features.tasks.tables import Task
from ombot.store import inbox, meta
from ombot.store.engine import StorageError, open_engine
from ombot.store.tables import Inbox, Meta
from ombot.store.unit import Sequel, Session, Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def row(**fields: Any) -> Inbox:
    values = {"event_id": "$1", "room_id": "!r", "sender": "@eva:x", "kind": "message", "sent_at": NOW}
    return Inbox(**values | {"received_at": NOW} | fields)


def test_eight_threads_read_and_write_without_an_error(store: Store) -> None:
    with store.unit() as session:
        meta.put(session, "count", "0")

    def count_up(_: int) -> None:
        for _ in range(50):
            with store.unit() as session:
                counted = meta.get(session, "count")
                assert counted is not None
                meta.put(session, "count", str(int(counted) + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_up, range(8)))

    with store.reading() as session:
        assert meta.get(session, "count") == "400"


@on_sqlite
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_sqlite_survives_a_power_cut(store: Store, pragma: str, value: object) -> None:
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_an_exception_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.unit() as session:
        meta.put(session, "half", "1")
        session.flush()
        raise ZeroDivisionError

    with store.reading() as session:
        assert meta.get(session, "half") is None


def test_readers_see_only_what_was_committed(store: Store) -> None:
    with store.unit() as session:
        meta.put(session, "key", "old")
        session.flush()
        with store.reading() as reader:
            assert meta.get(reader, "key") is None


async def test_whoever_waits_for_rows_is_woken_after_a_commit_that_changed_them(store: Store) -> None:
    seen: list[str | None] = []

    def look() -> None:
        with store.reading() as session:
            seen.append(meta.get(session, "key"))

    store.on_commit(look, Meta)
    await store.write(lambda session: meta.put(session, "key", "new"))
    await store.write(lambda session: session.add(row()))
    # The worker looks by a write: would that wake it, it would look without end.
    await store.write(lambda session: meta.get(session, "key"))
    await store.write(lambda session: session.execute(update(Meta).values(value="newer")))
    await store.write(lambda session: session.execute(delete(Meta)))

    assert seen == ["new", "newer", None]


async def test_whoever_follows_acts_in_the_same_transaction_and_hears_what_became_of_it(store: Store) -> None:
    heard: list[str] = []

    def follow(session: Session) -> Sequel:
        meta.put(session, "followed", meta.get(session, "key") or "")
        return Sequel(lambda: heard.append("committed"), lambda: heard.append("rolled back"))

    def fail_at_the_end(session: Session) -> None:
        meta.put(session, "key", "second")
        event.listen(session, "before_commit", lambda _session: 1 / 0)

    store.follow(follow, Meta)
    await store.write(lambda session: meta.put(session, "key", "first"))
    await store.write(lambda session: session.add(row()))
    with pytest.raises(ZeroDivisionError):
        await store.write(fail_at_the_end)

    assert heard == ["committed", "rolled back"]
    with store.reading() as session:
        assert (meta.get(session, "key"), meta.get(session, "followed")) == ("first", "first")


# --- nothing invalid --------------------------------------------------------------------------------------------


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="naive datetime"), store.unit() as session:
        session.add(row(sent_at=datetime(2027, 3, 1, 12)))  # noqa: DTZ001 - that is the point


def test_a_moment_comes_back_in_utc(store: Store) -> None:
    with store.unit() as session:
        session.add(row(sent_at=datetime(2027, 3, 1, 13, 30, tzinfo=timezone(timedelta(hours=1)))))

    with store.reading() as session:
        found = session.exec(select(Inbox)).one().sent_at
        assert (found, found.utcoffset()) == (datetime(2027, 3, 1, 12, 30, tzinfo=UTC), timedelta(0))
        assert session.exec(select(Inbox).where(Inbox.sent_at < NOW + timedelta(minutes=31))).one()


@pytest.mark.parametrize(
    "values",
    [{"status": "lost"}, {"title": ""}, {"title": "ü" * 201}, {"group_key": "nowhere"}],
)
def test_the_database_refuses_what_commands_would_never_write(store: Store, values: dict[str, Any]) -> None:
    good = {"group_key": "ag", "title": "ü" * 200, "created_by": "@eva:x", "created_at": NOW, "event_id": "$1"}
    with store.unit() as session:
        session.add(Group(key="ag", name="AG", kind="working_group"))
        session.flush()
        session.add(Task(**good))

    with pytest.raises(IntegrityError), store.unit() as session:
        session.add(Task(**good | values))


def test_every_check_and_key_has_a_name() -> None:
    """A later migration cannot drop a constraint on SQLite that has none."""
    constraints = [
        (table.name, constraint)
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint) or constraint.__visit_name__ != "primary_key_constraint"
    ]

    assert [table for table, constraint in constraints if constraint.name is None] == []


# --- full and read-only disks ----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    if os.geteuid() != 0:
        pytest.skip(reason="only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(reason=f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def on_small_disk(small_disk: Path) -> Iterator[Store]:
    store = Store(open_engine(f"sqlite:///{small_disk}/ombot.sqlite3"))
    SQLModel.metadata.create_all(store.engine)
    yield store
    store.close()


def test_a_full_disk_confirms_nothing_and_mends_itself(on_small_disk: Store, small_disk: Path) -> None:
    with on_small_disk.unit() as session:
        inbox.add(session, [row()])
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"\0" * 4_000_000)

    with pytest.raises(StorageError), on_small_disk.unit() as session:
        inbox.add(session, [row(event_id=f"${n}", content={"body": "x" * 1000}) for n in range(2, 500)])

    with on_small_disk.reading() as reader:
        assert [found.event_id for found in reader.exec(select(Inbox))] == ["$1"]
    filler.unlink()
    with on_small_disk.unit() as session:
        assert inbox.add(session, [row(event_id="$2")]) == 1


def test_a_read_only_disk_confirms_nothing_and_mends_itself(on_small_disk: Store, small_disk: Path) -> None:
    with on_small_disk.unit() as session:
        session.add(Meta(key="before", value="1"))
    on_small_disk.engine.dispose()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    with pytest.raises(StorageError), on_small_disk.unit() as session:
        session.add(Meta(key="during", value="1"))

    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    with on_small_disk.unit() as session:
        session.add(Meta(key="after", value="1"))
    with on_small_disk.reading() as reader:
        assert sorted(found.key for found in reader.exec(select(Meta))) == ["after", "before"]


@on_sqlite
def test_a_lost_update_cannot_happen_across_processes(database: str, store: Store) -> None:
    """``import`` and ``erase`` write from a process of their own: the second writer waits, it does not fail."""
    other = Store(open_engine(database))
    with store.unit() as session, ThreadPoolExecutor(1) as threads:
        meta.put(session, "key", "first")

        def second() -> str | None:
            with other.unit() as later:
                return meta.get(later, "key")

        waiting = threads.submit(second)
        with pytest.raises(TimeoutError):
            waiting.result(0.2)
        session.commit()
        assert waiting.result(5) == "first"
    other.close()
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM meta")).scalar_one() == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_only_reads_cannot_be_written_just_now(store: Store) -> None:
    """As with a read-only disk, nobody is to blame a row for it (S7)."""
    with pytest.raises(StorageError), store.unit() as session:
        session.connection().exec_driver_sql("SET TRANSACTION READ ONLY")
        meta.put(session, "key", "value")
        session.flush()

    with store.unit() as session:
        meta.put(session, "key", "value")
