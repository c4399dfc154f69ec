"""Write, back up, destroy, restore: the same answers as before (S3), and no number twice (O2)."""

import json
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Integer
from sqlmodel import Session, SQLModel, select

from ombot.chat.tables import Group
from ombot.features.tasks.tables import Assignee, Task
from ombot.store import backup as backups
from ombot.store import meta, numbers, schema
from ombot.store.backup import BackupBroken, BackupFailed, Place, backup, restore, verify
from ombot.store.engine import open_engine
from ombot.store.files import FileStore
from ombot.store.lock import AlreadyRunning, InstanceLock
from ombot.store.tables import Inbox, Outbox
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
EVA = "@eva:example.org"


@contextmanager
def opened(place: Place) -> Iterator[Store]:
    store = Store(open_engine(place.database))
    try:
        yield store
    finally:
        store.close()


def add_task(session: Session, title: str) -> int:
    if session.get(Group, "ag") is None:
        session.add(Group(key="ag", name="AG Transfer", kind="working_group"))
        session.flush()
    task = Task(group_key="ag", title=title, created_by=EVA, created_at=NOW, event_id=f"$ {title}")
    session.add(task)
    session.flush()
    assert task.number is not None
    session.add(Assignee(task=task.number, kind="person", name=EVA))
    return task.number


def fill(place: Place) -> None:
    """Two tasks, an answered command, a collected file, and a crypto store that is in use."""
    with opened(place) as store, store.unit() as session:
        add_task(session, "Einseiter")
        add_task(session, "Leitfaden – „Übergabe“ 🗒")
        session.add(Inbox(event_id="$1", room_id="!r", sender=EVA, kind="message", sent_at=NOW, received_at=NOW))
        session.add(Outbox(txn_id="t1", destination="group:ag", cause="$1", created_at=NOW))
        FileStore(place.directory / "files").keep(session, b"%PDF-1.7", "application/pdf", NOW)
    (place.directory / "crypto").mkdir(mode=0o700)
    (place.directory / "crypto" / "session.json").write_text("{}")
    (place.directory / "identity").write_bytes(b"sealed seeds")


def contents(place: Place) -> dict[str, list[object]]:
    """Every row, but for the marks of a restore."""
    marks = (meta.RESTORED_FROM, numbers.YEARLY)
    with opened(place) as store, store.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table)) if not str(row[0]).startswith(marks)]
            for table in SQLModel.metadata.sorted_tables
        }


def files(place: Place) -> dict[str, bytes]:
    return {
        path.relative_to(place.directory).as_posix(): path.read_bytes()
        for part in place.parts
        for path in sorted((place.directory / part).rglob("*") if (place.directory / part).is_dir() else [])
        if path.is_file()
    }


def destroy(place: Place) -> None:
    engine = open_engine(place.database)
    with engine.connect().execution_options(ombot_write=True) as connection, connection.begin():
        SQLModel.metadata.drop_all(connection)
    engine.dispose()
    if place.kind == "sqlite":
        Path(str(engine.url.database)).write_bytes(b"rubbish")
    shutil.rmtree(place.directory)


@pytest.fixture
def crypto(place: Place) -> Iterator[sqlite3.Connection]:
    """A database beside ours with a row that is only in its write-ahead log."""
    fill(place)
    with closing(sqlite3.connect(place.directory / "crypto" / "crypto.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE ratchet (value TEXT)")
        connection.execute("INSERT INTO ratchet VALUES ('turned')")
        yield connection


@pytest.mark.usefixtures("crypto")
def test_everything_comes_back(place: Place, tmp_path: Path) -> None:
    before, target = contents(place), tmp_path / "ombot.backup"
    collected = files(place)

    made = backup(place, target, NOW)
    destroy(place)
    assert restore(target, place) == made == verify(target)

    assert contents(place) == before
    restored = files(place)
    assert sorted(restored) == sorted(name for name in collected if not name.endswith(("-wal", "-shm")))
    assert (place.directory / "identity").read_bytes() == b"sealed seeds"
    with closing(sqlite3.connect(place.directory / "crypto" / "crypto.db")) as connection:
        assert connection.execute("SELECT value FROM ratchet").fetchall() == [("turned",)]
    assert not backups.interrupted(place)
    with opened(place) as store:
        assert schema.is_current(store.engine)


def test_only_the_owner_can_read_it(place: Place, tmp_path: Path) -> None:
    fill(place)

    backup(place, tmp_path / "ombot.backup", NOW)
    shutil.rmtree(place.directory)
    restore(tmp_path / "ombot.backup", place)

    assert stat.S_IMODE((tmp_path / "ombot.backup").stat().st_mode) == 0o600
    modes = {stat.S_IMODE(path.stat().st_mode) for path in place.directory.rglob("*")}
    assert modes == {0o700, 0o600}


def test_the_bot_may_write_meanwhile(place: Place, tmp_path: Path) -> None:
    fill(place)
    with opened(place) as store, InstanceLock(place.database, place.directory), store.reading() as reader:
        reader.exec(select(Task)).all()
        backup(place, tmp_path / "ombot.backup", NOW)
        with store.unit() as session:
            assert add_task(session, "danach") == 3


def test_a_running_bot_is_not_restored(place: Place, tmp_path: Path) -> None:
    fill(place)
    backup(place, tmp_path / "ombot.backup", NOW)
    before = contents(place)

    with InstanceLock(place.database, place.directory), pytest.raises(AlreadyRunning):
        restore(tmp_path / "ombot.backup", place)

    assert contents(place) == before


def test_no_number_is_given_out_twice(place: Place, tmp_path: Path) -> None:
    fill(place)
    backup(place, tmp_path / "ombot.backup", NOW)
    seen = []
    for _ in range(3):
        with opened(place) as store, store.unit() as session:
            seen += [add_task(session, f"neu {n}") for n in range(20)]
        restore(tmp_path / "ombot.backup", place)

    assert len(set(seen)) == 60
    assert (seen[0], seen[20], seen[40]) == (3, 1023, 2043)
    with opened(place) as store, store.reading() as reader:
        assert [task.number for task in reader.exec(select(Task)).all()] == [1, 2]
        assert meta.get(reader, meta.RESTORED_FROM) == NOW.isoformat()
        assert [numbers.taken_in_year(reader, year) for year in (NOW.year - 1, NOW.year)] == [0, 3000]


def test_numbers_of_subjects_without_rows_jump_too(place: Place, tmp_path: Path) -> None:
    backup(place, tmp_path / "ombot.backup", NOW)
    restore(tmp_path / "ombot.backup", place)

    with opened(place) as store, store.unit() as session:
        assert add_task(session, "erste") == 1001


def test_visible_numbers_are_counted_by_the_database() -> None:
    """Without AUTOINCREMENT, SQLite gives the number of a deleted row to the next one."""
    keys = {table: list(table.primary_key) for table in SQLModel.metadata.tables.values()}
    counted = {table: key[0] for table, key in keys.items() if len(key) == 1 and isinstance(key[0].type, Integer)}
    numbered = [table for table, column in counted.items() if column.name == "number"]

    assert [table.name for table in numbered if not table.dialect_options["sqlite"]["autoincrement"]] == []
    assert "task" in {table.name for table in numbered}


@pytest.mark.parametrize("damage", ["bit", "cut", "missing", "extra", "escape", "other"])
def test_a_damaged_file_changes_nothing(place: Place, tmp_path: Path, damage: str) -> None:
    fill(place)
    file = tmp_path / "ombot.backup"
    backup(place, file, NOW)
    before = contents(place), files(place)
    spoil(file, damage)

    with pytest.raises(BackupBroken):
        restore(file, place)

    assert (contents(place), files(place)) == before
    assert not backups.interrupted(place)


def spoil(file: Path, damage: str) -> None:
    data = bytearray(file.read_bytes())
    if damage == "bit":
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    elif damage == "cut":
        file.write_bytes(data[:-100])
    elif damage == "other":
        file.write_bytes(b"no backup at all")
    else:
        repack(file, damage)


def repack(file: Path, damage: str) -> None:
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(entries["manifest.json"])
    if damage == "missing":
        del entries["data/crypto/session.json"]
    elif damage == "extra":
        entries["data/crypto/more"] = b""
    else:
        entries["data/../../outside"] = entries["data/crypto/session.json"]
        manifest["entries"]["data/../../outside"] = manifest["entries"]["data/crypto/session.json"]
        entries["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


@pytest.mark.parametrize(("key", "value"), [("database", "oracle"), ("schema", "9999"), ("format", 2)])
def test_a_backup_that_does_not_fit_is_refused(place: Place, tmp_path: Path, key: str, value: object) -> None:
    file = tmp_path / "ombot.backup"
    backup(place, file, NOW)
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["manifest.json"] = json.dumps(json.loads(entries["manifest.json"]) | {key: value}).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)

    with pytest.raises(BackupBroken):
        restore(file, place)


def test_a_failed_backup_leaves_the_older_one(place: Place, tmp_path: Path) -> None:
    fill(place)
    file = tmp_path / "ombot.backup"
    backup(place, file, NOW)
    before = file.read_bytes()
    (place.directory / "crypto" / "crypto.db").write_bytes(b"SQLite format 3\x00" + b"rubbish" * 1000)

    with pytest.raises(BackupFailed):
        backup(place, file, NOW)

    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.glob("*backup*")) == ["ombot.backup"]


def test_old_copies_expire(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "before-0002.sqlite3").write_bytes(b"")
    written = datetime.fromtimestamp((folder / "before-0002.sqlite3").stat().st_mtime, UTC)

    assert backups.expire(folder, written + timedelta(days=29)) == 0
    assert backups.expire(folder, written + timedelta(days=31)) == 1
    assert list(folder.iterdir()) == []
