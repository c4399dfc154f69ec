"""What erasing and forgetting leave outside of rows: files that nothing names, and the log of the database (D2).

Bytes are removed after their row, so that a crash in between leaves a file without a row and never the reverse.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import JSON, Column, String, Table, cast
from sqlmodel import Session, SQLModel, col, delete, select

from ombot.store import meta
from ombot.store.engine import StorageBusy, compact
from ombot.store.files import FileStore
from ombot.store.tables import File
from ombot.store.unit import Store

YOUNG: Final = timedelta(hours=1)
"""A file is written before the row that names it: a younger one is left alone."""

_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


async def drop_files(store: Store, files: FileStore, now: datetime, kept: timedelta) -> None:
    """Remove collected files that nothing names any more, once they are older than ``kept``."""
    await store.write(lambda session: drop_unnamed(session, now - kept))
    await store.read(lambda session: sweep(files, session, now - YOUNG))


async def tidy_up(store: Store, files: FileStore, now: datetime) -> None:
    """After somebody was erased: remove their files, and what the database file and its log still hold of them."""
    moment = await store.read(erasure)
    if moment is None:
        return
    await drop_files(store, files, now, YOUNG)
    with suppress(StorageBusy):  # somebody reads just now: the next call tries again
        await asyncio.to_thread(compact, store.engine)
        await store.write(lambda session: settle_erasure(session, moment))


def note_erasure(session: Session, now: datetime) -> None:
    """Remember that somebody was erased; the running program tidies up after it."""
    meta.put(session, meta.ERASED, now.isoformat())


def erasure(session: Session) -> str | None:
    """The moment of the newest erasure after which was not tidied up yet."""
    return meta.get(session, meta.ERASED)


def settle_erasure(session: Session, moment: str) -> None:
    """It is tidied up, unless somebody else has been erased meanwhile."""
    if meta.get(session, meta.ERASED) == moment:
        meta.remove(session, meta.ERASED)


def drop_unnamed(session: Session, before: datetime) -> int:
    """Forget files stored before a moment that no row names any more; how many there were."""
    old = set(session.exec(select(File.sha256).where(col(File.stored_at) < before)))
    if not old:
        return 0
    unnamed = old - set(_named(session))
    session.execute(delete(File).where(col(File.sha256).in_(unnamed)))
    return len(unnamed)


def sweep(files: FileStore, session: Session, before: datetime) -> int:
    """Remove bytes from the disk that have no row, unless they are newer than a moment; how many there were."""
    known = set(session.exec(select(File.sha256)))
    stray = [path for path in files.paths() if path.name not in known and path.stat().st_mtime < before.timestamp()]
    for path in stray:
        path.unlink()
    return len(stray)


def _named(session: Session) -> Iterator[str]:
    for table, column in _columns():
        text = cast(column, String)
        query = select(text).select_from(table)
        if "sha256" not in column.name:
            query = query.where(text.like("%sha256%"))
        for value in session.execute(query).scalars():
            yield from _DIGEST.findall(value or "")


def _columns() -> Iterator[tuple[Table, Column[Any]]]:
    for table in SQLModel.metadata.sorted_tables:
        if table.name != File.__tablename__:
            yield from ((table, one) for one in table.c if "sha256" in one.name or isinstance(one.type, JSON))
