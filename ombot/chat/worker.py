"""Works through the inbox row by row: what must be fetched is fetched first, then the bus has its turn."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from ombot.chat.bus import REFUSED, Bus
from ombot.chat.registry import Need
from ombot.store import inbox, rooms
from ombot.store.engine import StorageError
from ombot.store.tables import Inbox
from ombot.store.unit import Session, Store

log = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
STORAGE_PAUSE = 1.0
"""How long to wait when the database cannot be written (full disk): the row keeps its tries (S7)."""


class Step(Enum):
    """What one look at the inbox came to."""

    IDLE = "nothing to do"
    HANDLED = "a row was handled"
    FETCH = "a row needs something from outside first"


@dataclass(frozen=True)
class Look:
    """The result of one look, detached from the session."""

    step: Step
    event_id: str = ""
    room_id: str = ""
    content: dict[str, Any] = field(default_factory=dict)
    stale: bool = False
    needs: frozenset[Need] = frozenset()
    wake_at: datetime | None = None
    refused: bool = False
    then: "Look | None" = None
    """What the same transaction found to do next, when that is no row to handle: saves a transaction for each row."""


@dataclass
class Worker:
    """The loop over the inbox.

    ``fetch`` resolves the message a row replies to (with its file, stored by checksum); ``refresh`` fetches a stale
    room's state. Both talk to the homeserver, so they run outside the write lane and only their room waits.
    """

    store: Store
    bus: Bus
    clock: Callable[[], datetime]
    fetch: Callable[[str, dict[str, Any], frozenset[Need]], Awaitable[dict[str, Any]]]
    refresh: Callable[[str], Awaitable[None]]
    alarm: Callable[[Session, str, str], None]
    handled: int = 0
    refused: int = 0
    failures: int = 0
    handling_seconds: float = 0.0
    """of all handled rows together, with the wait for the write lane and the commit"""
    busy: set[str] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _loop: "asyncio.Task[None] | None" = None

    def wake(self) -> None:
        """Look again: something was committed."""
        # What our own transaction left to do it has found itself.
        if asyncio.current_task() is not self._loop:
            self._woken.set()

    async def run(self) -> None:
        """Handle rows until cancelled."""
        self._loop = asyncio.current_task()
        async with asyncio.TaskGroup() as group:
            while True:
                self._woken.clear()
                look = await self._look()
                look = look.then or look
                if look.step is Step.FETCH:
                    self.busy.add(look.room_id)
                    group.create_task(self._resolve(look))
                elif look.step is Step.IDLE:
                    await self._pause(look.wake_at)

    async def _pause(self, wake_at: datetime | None) -> None:
        seconds = IDLE_SECONDS
        if wake_at is not None:
            seconds = min(seconds, max(0.05, (wake_at - self.clock()).total_seconds()))
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _look(self) -> Look:
        current: list[str] = []

        def work(session: Session) -> Look:
            row = inbox.next_row(session, self.clock(), self.busy)
            if row is None:
                return self._idle(session)
            current.append(row.event_id)
            return self._handle_or_ask(session, row)

        began = time.monotonic()
        try:
            look = await self.store.write(work)
        except StorageError:
            log.exception("the database cannot be written; trying again")
            await asyncio.sleep(STORAGE_PAUSE)
            return Look(Step.HANDLED)
        except Exception:
            await self._failed(current[0] if current else "")
            return Look(Step.HANDLED)
        if look.step is Step.HANDLED:
            self.handled += 1
            self.refused += look.refused
            self.handling_seconds += time.monotonic() - began
        return look

    def _idle(self, session: Session) -> Look:
        """Without a row to handle, rooms whose state has changed are fetched again."""
        stale = next((room_id for room_id in rooms.stale(session) if room_id not in self.busy), None)
        if stale is not None:
            return Look(Step.FETCH, room_id=stale, stale=True)
        return Look(Step.IDLE, wake_at=inbox.next_retry(session, self.clock()))

    def _handle_or_ask(self, session: Session, row: Inbox) -> Look:
        room = rooms.get(session, row.room_id)
        stale = room is None or (room.stale and room.joined)
        needs = self.bus.needs(row)
        if stale or needs:
            return Look(Step.FETCH, row.event_id, row.room_id, dict(row.content), stale, needs)
        self.bus.handle(session, row, self.clock())
        more = inbox.next_row(session, self.clock(), self.busy) is not None
        refused = row.content.get("outcome") == REFUSED
        return Look(Step.HANDLED, refused=refused, then=None if more else self._idle(session))

    async def _resolve(self, look: Look) -> None:
        """Fetch what a row needs, and let its room go on."""
        try:
            if look.stale:
                await self.refresh(look.room_id)
            else:
                await self._store_fetched(look.event_id, await self.fetch(look.room_id, look.content, look.needs))
        except Exception:
            await self._failed(look.event_id)
        finally:
            self.busy.discard(look.room_id)
            self.wake()

    async def _store_fetched(self, event_id: str, found: dict[str, Any]) -> None:
        def work(session: Session) -> None:
            row = inbox.by_event(session, event_id)
            if row is not None:
                row.content = {**row.content, "replied": found}
                row.state = "ready"
                session.add(row)

        await self.store.write(work)

    async def _failed(self, event_id: str) -> None:
        """A fault of ours: logged under a reference, tried again later, parked and reported after the last try (I3)."""
        reference = secrets.token_hex(4)
        self.failures += 1
        log.exception("inbox row failed, reference %s", reference)

        def work(session: Session) -> None:
            if inbox.fail(session, event_id, reference, self.clock()):
                row = inbox.by_event(session, event_id)
                if row is not None:
                    self.bus.report(session, row, reference, self.clock())
                    self.alarm(session, "row_parked", reference)

        try:
            await self.store.write(work)
        except StorageError:
            await asyncio.sleep(STORAGE_PAUSE)
