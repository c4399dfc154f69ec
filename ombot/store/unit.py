"""The unit of work: all writes run in one lane, one transaction each; readers have sessions of their own."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine, event
from sqlmodel import Session

__all__ = ["Session", "Store"]

T = TypeVar("T")


def _keep_loaded(session: Session) -> None:
    """A row read once stays in the session: by itself it forgets what nobody holds, and asks for it again."""
    kept: list[object] = []
    event.listen(session, "loaded_as_persistent", lambda _session, row: kept.append(row))


class Store:
    """The database behind one write lane.

    ``wake`` is set after every committed write, so that whoever waits for rows looks again.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._writer = engine.execution_options(ombot_write=True)
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write-lane")
        self._readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="reader")
        self._listeners: list[Callable[[], None]] = []

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` on the event loop after each write that went through :meth:`write`."""
        self._listeners.append(listener)

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """A writing unit of work in this thread: committed at the end, rolled back on any exception."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            _keep_loaded(session)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that is never committed."""
        with Session(self.engine) as session:
            yield session

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in the lane as one transaction and give back what it returns."""

        def run() -> T:
            with self.unit() as session:
                return work(session)

        result = await asyncio.get_running_loop().run_in_executor(self._lane, run)
        for listener in self._listeners:
            listener()
        return result

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` beside the lane on a session that is never committed."""

        def run() -> T:
            with self.reading() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    def close(self) -> None:
        """Finish what is in the lane and close all connections."""
        self._lane.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self.engine.dispose()
