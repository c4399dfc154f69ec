"""Files that nothing names any more go, with their bytes; what anything names stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from ombot import features
from ombot.store import meta, remains
from ombot.store.engine import open_engine
from ombot.store.files import FileStore
from ombot.store.tables import File, Inbox, Meta
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


@pytest.fixture
def store(database: str) -> Store:
    features.load_tables()
    return Store(open_engine(database))


def test_only_files_that_nothing_names_are_dropped(store: Store, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    with store.unit() as session:
        named, unnamed, young = (
            files.keep(session, text, "text/plain", at).sha256
            for text, at in ((b"named", LONG_AGO), (b"unnamed", LONG_AGO), (b"young", NOW))
        )
        row = Inbox(event_id="$e", room_id="!r", sender="@eva:x", kind="message", sent_at=NOW, received_at=NOW)
        row.content = {"replied": {"file": {"sha256": named}}}
        session.add(row)

    with store.unit() as session:
        dropped = remains.drop_unnamed(session, NOW - timedelta(days=7))
    with store.reading() as session:
        kept = set(session.exec(select(File.sha256)))
        swept_early = remains.sweep(files, session, NOW - timedelta(days=7000))
        swept = remains.sweep(files, session, datetime.now(UTC) + timedelta(minutes=1))
    store.close()

    assert (dropped, kept) == (1, {named, young})
    assert (swept_early, swept) == (0, 1)
    assert {path.name for path in files.paths()} == {named, young}
    assert unnamed not in kept


def test_bytes_younger_than_their_row_would_be_are_left_alone(store: Store, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    path = files.path("ab" * 32)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"just written")
    old = (NOW - remains.YOUNG - timedelta(seconds=1)).timestamp()

    with store.reading() as session:
        assert remains.sweep(files, session, datetime.now(UTC) - remains.YOUNG) == 0
        os.utime(path, (old, old))
        assert remains.sweep(files, session, NOW - remains.YOUNG) == 1
    store.close()


def test_an_erasure_is_settled_unless_there_was_another(store: Store) -> None:
    def settled(moment: str) -> list[Meta]:
        with store.unit() as session:
            remains.settle_erasure(session, moment)
        with store.reading() as session:
            return list(session.exec(select(Meta).where(Meta.key == meta.ERASED)))

    with store.unit() as session:
        remains.note_erasure(session, NOW)
    assert len(settled(LONG_AGO.isoformat())) == 1
    assert settled(NOW.isoformat()) == []
    store.close()
