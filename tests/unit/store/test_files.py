"""Collected files: kept once, whole, under their checksum."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from ombot.store.files import FileStore
from ombot.store.tables import File
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_equal_bytes_are_kept_once(store: Store, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "files")
    with store.unit() as session:
        first = files.keep(session, b"%PDF-1.7", "application/pdf", NOW)
        again = files.keep(session, b"%PDF-1.7", "text/plain", NOW)
        assert first is again

    digest = hashlib.sha256(b"%PDF-1.7").hexdigest()
    with store.reading() as session:
        row = session.exec(select(File)).one()
        assert (row.sha256, row.size, row.mimetype, row.stored_at) == (digest, 8, "application/pdf", NOW)
    assert files.read(digest) == b"%PDF-1.7"
    assert [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()] == [digest]


def test_bytes_without_their_row_are_taken_up_again(store: Store, tmp_path: Path) -> None:
    """The transaction failed after the file was written, or another row of it was erased."""
    files = FileStore(tmp_path / "files")
    with pytest.raises(ZeroDivisionError), store.unit() as session:
        files.keep(session, b"data", "text/plain", NOW)
        raise ZeroDivisionError

    with store.unit() as session:
        files.keep(session, b"data", "text/plain", NOW)

    with store.reading() as session:
        assert session.exec(select(File)).one().size == 4


def test_what_was_never_kept_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileStore(tmp_path).read("0" * 64)
