"""The unit of work: all writes run in one lane, one transaction each; readers have sessions of their own."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session

from ombot.store.base import Table

__all__ = ["Sequel", "Session", "Store"]

T = TypeVar("T")

_KEPT, _CHANGED = "ombot_kept", "ombot_changed_tables"


class _Unit(Session):
    """A writing session. What it notes stands in its ``info``: the rows it has read, the tables it has changed."""


@event.listens_for(_Unit, "loaded_as_persistent")
def _keep(session: Session, row: object) -> None:
    # By itself a session forgets what nobody holds, and asks for it again.
    session.info[_KEPT].append(row)


@event.listens_for(_Unit, "after_flush")
def _note_flush(session: Session, _context: object) -> None:
    for rows in (session.new, session.dirty, session.deleted):
        session.info[_CHANGED].update(row.__tablename__ for row in rows)


@event.listens_for(_Unit, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_CHANGED].add(state.statement.table.name)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Sequel:
    """What somebody has added to another's transaction: ``committed`` is called on the event loop, ``rolled_back``
    in the lane."""

    committed: Callable[[], None]
    rolled_back: Callable[[], None]


class Store:
    """The database behind one write lane.

    After a commit those are called who wait for rows of a table that it changed; who is to act on such rows at once
    may do so in the same transaction.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self._writer = engine.execution_options(ombot_write=True)
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="write-lane")
        self._readers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="reader")
        self._listeners: list[tuple[Callable[[], None], frozenset[str]]] = []
        self._followers: list[tuple[Callable[[Session], Sequel], frozenset[str]]] = []

    def follow(self, follower: Callable[[Session], Sequel], *tables: type[Table]) -> None:
        """Call ``follower`` at the end of each :meth:`write` that has changed one of ``tables``, before its commit."""
        self._followers.append((follower, _names(tables)))

    def on_commit(self, listener: Callable[[], None], *tables: type[Table]) -> None:
        """Call ``listener`` on the event loop after each :meth:`write` that has changed one of ``tables``.

        A look that found nothing to do is no such write: who looks by a write would wake itself for ever.
        """
        self._listeners.append((listener, _names(tables)))

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """A writing unit of work in this thread: committed at the end, rolled back on any exception."""
        info: dict[str, Any] = {_KEPT: [], _CHANGED: set()}
        with _Unit(self._writer, expire_on_commit=False, info=info) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that is never committed."""
        with Session(self.engine) as session:
            yield session

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in the lane as one transaction and give back what it returns."""

        loop = asyncio.get_running_loop()

        def run() -> tuple[T, set[str]]:
            sequels: list[Sequel] = []
            try:
                with self.unit() as session:
                    result = work(session)
                    session.flush()
                    sequels += self._follow(session)
            except BaseException:
                for sequel in sequels:
                    sequel.rolled_back()
                raise
            # Not behind the await: whoever waits may have been cancelled, and what was added would be lost.
            for sequel in sequels:
                loop.call_soon_threadsafe(sequel.committed)
            return result, session.info[_CHANGED]

        result, changed = await loop.run_in_executor(self._lane, run)
        for listener, tables in self._listeners:
            if tables & changed:
                listener()
        return result

    def _follow(self, session: Session) -> Iterator[Sequel]:
        for follower, tables in self._followers:
            if tables & session.info[_CHANGED]:
                yield follower(session)

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


def _names(tables: Iterable[type[Table]]) -> frozenset[str]:
    return frozenset(str(table.__tablename__) for table in tables)
