"""Opening the database: the same code on SQLite (default) and PostgreSQL (by URL)."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

StorageError = OperationalError
"""The database cannot be read or written just now: full or read-only disk, lost connection. Nothing was changed."""

# Any constant will do; it names ombot's write lane among the advisory locks of a shared PostgreSQL server.
WRITE_LOCK = 0x6F6D626F74
BUSY_TIMEOUT_MS = 5000
READ_ONLY = "25006"
"""PostgreSQL's code for writing in a transaction that may only read."""


class StorageBusy(Exception):
    """Others use the database just now; what was asked for can be done later."""


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…``; creates the folder of a SQLite file.

    Raises:
        sqlalchemy.exc.ArgumentError: the URL cannot be read.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = create_engine(parsed, connect_args={"check_same_thread": False}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
    else:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "handle_error", _name_storage_error)
    event.listen(engine, "begin", _begin)
    return engine


def memory_engine() -> Engine:
    """An engine for what need not outlive the process. One connection for all threads: each would see its own."""
    options = {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, hide_parameters=True, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _name_storage_error(context: ExceptionContext) -> None:
    """A server that only reads just now (a replica, or one that spares its full disk) is no fault of a statement."""
    error: Any = context.original_exception
    if getattr(error, "sqlstate", None) == READ_ONLY:
        raise StorageError(context.statement, None, error) from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN handling lost 98 of 100 concurrent updates; we begin ourselves, see _begin.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased must not stay readable in free pages (D2)
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def compact(engine: Engine) -> None:
    """Rewrite a SQLite file so that nothing erased stays in it or in its log; PostgreSQL does so by itself.

    Raises:
        StorageBusy: somebody else is using it just now; nothing is lost, it can be done later.
    """
    if engine.dialect.name != "sqlite":
        return
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        try:
            cursor.execute("VACUUM")
            # The checkpoint does not fail when there are readers, but says so.
            (busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            raise StorageBusy(str(error)) from error
        if busy:
            raise StorageBusy("readers hold the log")


def _begin(connection: Connection) -> None:
    """Writers take the lock first: read-then-write in a plain BEGIN failed 349 of 400 times under contention."""
    writing = connection.get_execution_options().get("ombot_write", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    elif writing:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
