"""One running ombot for one set of data: two with the same device would send doubly and break its keys (I9).

On SQLite the lock is a file in the data directory and a second start gives up. On PostgreSQL it is a session's
advisory lock: a second ombot waits for it as standby, and whoever loses the lock's connection has to stop at once,
because the server may have given the lock to the standby by then.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

from ombot.store.engine import WRITE_LOCK, StorageError

log = logging.getLogger(__name__)

LOCK_FILE = "ombot.lock"
INSTANCE_LOCK = WRITE_LOCK + 1
"""Among the advisory locks of a database. Needs a direct connection: a pooler such as pgbouncer would share it."""
UNREACHABLE = "waiting for the database server"
STANDBY = "waiting as standby"
POLL_SECONDS = 1.0
PROBE_SECONDS = 3.0
ANSWER_SECONDS = 5.0
# A machine that has lost its power says nothing: after 3 + 3 × 2 s both ends give up the connection, so that the
# standby takes over within 15 s and the other one stops, should it still be there.
_SERVER_PATIENCE = {
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "9000",
    "idle_session_timeout": "0",
}
_OUR_PATIENCE = {
    "keepalives": 1,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 9000,
    "connect_timeout": 5,
    "application_name": "ombot lock",
}


class AlreadyRunning(Exception):
    """Another ombot works with this data."""


class LockLost(Exception):
    """The connection that holds the lock is gone, another ombot may be running already: stop at once."""


class InstanceLock:
    """The right to work with a database and its data directory. Ends with the process, whatever ends it.

    As a context manager it is taken or refused at once; ``ombot run`` uses :meth:`wait` and :meth:`watch`.
    """

    def __init__(self, url: str, directory: Path) -> None:
        """``url`` as in ``storage.database``; ``directory`` is the data directory and made when it is missing."""
        parsed = make_url(url)
        self._noted = ""
        self._lock: _Lock = _FileLock(directory) if parsed.get_backend_name() == "sqlite" else _ServerLock(url)

    def take(self) -> None:
        """Take the lock.

        Raises:
            AlreadyRunning: somebody else has it.
            StorageError: the database server does not answer.
        """
        if not self._lock.try_take():
            self._lock.release()
            raise AlreadyRunning

    async def wait(self, on_wait: Callable[[str], None] = lambda _reason: None) -> None:
        """Take the lock, on PostgreSQL as soon as the server answers and whoever has the lock ends. Safe to cancel.

        ``on_wait`` is told what is waited for, whenever that changes. A server that is away is waited for here, before
        anything else is done: without it nobody knows whether another ombot runs.

        Raises:
            AlreadyRunning: on SQLite, where there is no standby.
        """
        waits_for = None
        while (obstacle := await asyncio.to_thread(self._obstacle)) is not None:
            if obstacle != waits_for:
                waits_for = obstacle
                on_wait(obstacle)
            await asyncio.sleep(POLL_SECONDS)
        if waits_for is not None:
            log.info("taking over")

    async def watch(self) -> None:
        """Run until the lock is lost; belongs beside the loops of the bot.

        Raises:
            LockLost: the process must end without another write or message.
        """
        while True:
            await self._lock.stirred(PROBE_SECONDS)
            probe = asyncio.ensure_future(asyncio.to_thread(self._lock.probe))
            # Not a timeout around it: on a machine that held us up so long, the answer is there all the same.
            await asyncio.wait({probe}, timeout=ANSWER_SECONDS)
            if not probe.done():
                raise LockLost("the connection that holds ombot's lock does not answer")
            try:
                probe.result()
            except StorageError as error:
                raise LockLost("the connection that holds ombot's lock is gone") from error

    def release(self) -> None:
        """Give the lock back; safe when it was never taken."""
        self._lock.release()

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _obstacle(self) -> str | None:
        """Take the lock, or say what is in the way; logged once for each spell of it."""
        try:
            taken = self._lock.try_take()
        except StorageError as error:
            self._lock.release()
            words = " ".join(str(error.orig).split())
            self._note(logging.WARNING, f"the database server does not answer or refuses us: {words}")
            return UNREACHABLE
        if taken:
            return None
        if not self._lock.can_wait:
            raise AlreadyRunning
        self._note(logging.INFO, "another ombot runs on this database: waiting as standby")
        return STANDBY

    def _note(self, level: int, words: str) -> None:
        if words != self._noted:
            self._noted = words
            log.log(level, "%s", words)


class _Lock(Protocol):
    """What differs between the databases."""

    can_wait: bool

    def try_take(self) -> bool:
        """Take the lock if it is free."""

    async def stirred(self, seconds: float) -> None:
        """Wait until something may have happened to the lock, at most so long."""

    def probe(self) -> None:
        """Make sure that the lock is still held."""

    def release(self) -> None:
        """Give it back."""


class _FileLock:
    """The kernel's lock on a file: gone with the process. The file stays, since deleting it would let two in."""

    can_wait = False

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._handle: int | None = None

    def try_take(self) -> bool:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    async def stirred(self, seconds: float) -> None:  # noqa: ARG002
        """Never: nothing can take a file's lock from us."""
        await asyncio.Event().wait()

    def probe(self) -> None:
        """It is held."""

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


class _ServerLock:
    """A session's advisory lock on a connection of its own, outside all transactions."""

    can_wait = True

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_OUR_PATIENCE,
        )
        self._connection: Connection | None = None

    def try_take(self) -> bool:
        if self._connection is None:
            self._connection = self._engine.connect()
            for name, value in _SERVER_PATIENCE.items():
                self._connection.exec_driver_sql(f"SET {name} = {value}")
        return bool(self._connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({INSTANCE_LOCK})").scalar_one())

    async def stirred(self, seconds: float) -> None:
        """A connection that nobody speaks on becomes readable when the server ends it."""
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        handle = self._socket()
        if handle is None:
            return
        loop.add_reader(handle, readable.set)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(readable.wait(), seconds)
        finally:
            loop.remove_reader(handle)

    def probe(self) -> None:
        if self._connection is None:
            raise LockLost("the lock was never taken")
        self._connection.exec_driver_sql("SELECT 1")

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _socket(self) -> int | None:
        raw = self._connection.connection.dbapi_connection if self._connection is not None else None
        return None if raw is None or raw.closed else int(raw.fileno())
