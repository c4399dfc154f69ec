"""Delivers the outbox: in order within a destination, destinations independent of each other, each row once (O1–O4)."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from peewee import DatabaseError  # type: ignore[import-untyped]  # of the library's encryption store
from sqlmodel import Session

from ombot.matrix.client import Client
from ombot.matrix.delivery import Delivery, Render
from ombot.matrix.errors import OUT_OF_REACH, Fate, MatrixError
from ombot.matrix.job import Hopeless, Job, Postponed, Sent, read_job
from ombot.store import outbox
from ombot.store.engine import StorageError
from ombot.store.files import FileStore
from ombot.store.tables import Outbox
from ombot.store.unit import Sequel, Store

log = logging.getLogger(__name__)

FORGOTTEN = timedelta(hours=20)
"""The homeserver remembers transaction ids for 24 h; after this long it is asked whether a row has arrived."""
LONGEST_BACKOFF = 60.0
IN_FLIGHT = 16
"""Rows that are carried out at the same time: a slow room holds one of these places, not the sender."""
UNASKED = 2
"""How many of these places are for what nobody has asked for: behind 10,000 reminders an answer would wait for a
place, and then for everything that the homeserver has been given to do before."""
LONGEST_REST = 1.0
"""Seconds; such a place rests as long as its row took, at most so long: the homeserver has others to serve, too."""
IDLE_SECONDS = 60.0
BUSY_SECONDS = 1.0
FAULTS = 3
"""How often an unexpected error may end a row's delivery before the row is given up."""

Queue = tuple[str, bool]
"""A destination, and whether it is its queue of reactions."""


@dataclass(frozen=True)
class _Later:
    seconds: float
    error: str | None = None


@dataclass(frozen=True)
class _Failed:
    error: str


_Outcome = Sent | _Later | _Failed


class Sender:
    """Takes waiting rows and carries them out until cancelled.

    ``ready`` is to be set after the first successful sync: before that, nio does not know who may read a message
    (O6). While it is cleared again, nothing new is begun. ``recognise_since`` is for the time after a restored
    backup and then holds the moment of that backup: every row first looks for itself in its room, as its answer may
    have been sent without our knowing (O2).
    ``on_given_up`` is called in the transaction that gives up a row, ``on_out_of_reach`` when nobody answers.
    ``sent``, ``retries`` and ``failed`` count rows and attempts since the start, for the metrics.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        clock: Callable[[], datetime],
        render: Render,
        files: FileStore,
        encrypt_direct: bool = True,
    ) -> None:
        """``render`` makes a document's bytes in a worker thread; ``encrypt_direct`` is for new direct chats."""
        self.ready = asyncio.Event()
        self.recognise_since: datetime | None = None
        self.on_given_up: Callable[[Session, Outbox], None] = lambda _session, _row: None
        self.on_out_of_reach: Callable[[], None] = lambda: None
        self.sent = self.retries = self.failed = 0
        self._store = store
        self._clock = clock
        self._delivery = Delivery(client, store, clock, render, files, encrypt_direct)
        self._woken = asyncio.Event()
        self._is_back = False
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._unasked = asyncio.Semaphore(UNASKED)
        self._faults: Counter[int] = Counter()
        # Changed only in the write lane, so that no two takes can give out the same row.
        self._busy: set[Queue] = set()
        self._group: asyncio.TaskGroup | None = None
        self._due: datetime | None = None

    def follow(self, session: Session) -> Sequel:
        """Take what can be sent in the very transaction that has written rows, or said what became of one.

        A transaction of our own for it would be the third of every command.
        """
        group = self._group
        if group is None or not self.ready.is_set():
            return Sequel(committed=self._woken.set, rolled_back=lambda: None)
        jobs, due = self._take(session), outbox.next_time(session)
        return Sequel(partial(self._begin, group, jobs, due), partial(self._free, jobs))

    def _begin(self, group: asyncio.TaskGroup, jobs: list[Job], due: datetime | None) -> None:
        # Of another run there is nothing to be begun: the next one takes these rows again.
        if self._group is group:
            self._start(group, jobs)
        if due != self._due:
            self._woken.set()

    def _free(self, jobs: Iterable[Job]) -> None:
        self._busy.difference_update(_queue(job.destination, job.kind) for job in jobs)

    def back(self) -> None:
        """The homeserver was out of reach and answers again: nothing waits for the end of its pause."""
        self._is_back = True
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled. After an error it may be called again: rows are where they were.

        Raises:
            MatrixError: our token is dead; nothing was lost.
            Exception: the database cannot be written.
        """
        # In the lane, behind what a cancelled run may have left there: it would mark destinations as busy for ever.
        await self._store.write(lambda _: self._busy.clear())
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                try:
                    await self._send(group)
                finally:
                    self._group = None
        except ExceptionGroup as errors:
            # One is enough to stop for, and callers catch it by its own type.
            raise errors.exceptions[0] from errors

    async def _send(self, group: asyncio.TaskGroup) -> None:
        while True:
            await self.ready.wait()
            self._woken.clear()
            if self._is_back:
                self._is_back = False
                await self._store.write(lambda session: outbox.hasten(session, OUT_OF_REACH))
            self._due = await self._launch(group)
            await self._pause(self._due)

    async def _launch(self, group: asyncio.TaskGroup) -> datetime | None:
        """Start what can be started; when the earliest postponed row is due."""
        waiting, due = await self._store.read(self._survey)
        if waiting:
            self._start(group, await self._store.write(self._take))
        return due

    def _survey(self, session: Session) -> tuple[bool, datetime | None]:
        # Read first: mostly a postponed row is waited for, and others have the lane.
        return bool(outbox.free_heads(session, self._clock(), tuple(self._busy))), outbox.next_time(session)

    async def _pause(self, due: datetime | None) -> None:
        seconds = IDLE_SECONDS
        if due is not None:
            ahead = (due - self._clock()).total_seconds()
            # In the past: a row behind one that is under way or waits longer.
            seconds = min(ahead, IDLE_SECONDS) if ahead > 0 else BUSY_SECONDS
        # Not wait_for: before Python 3.12 it swallows a cancellation that meets the wake, and we would never stop.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _take(self, session: Session) -> list[Job]:
        """The next row of every free destination, marked as tried in this transaction."""
        now, jobs = self._clock(), []
        for row in outbox.heads(session, now, tuple(self._busy)):
            jobs.append(read_job(session, row, self._look_since(row, now)))
            row.first_tried_at = row.first_tried_at or now
            row.not_before = None
            self._busy.add(_queue(row.destination, row.kind))
        return jobs

    def _look_since(self, row: Outbox, now: datetime) -> datetime | None:
        tried = row.first_tried_at
        if tried is not None and now - tried > FORGOTTEN:
            return tried
        return self.recognise_since

    def _start(self, group: asyncio.TaskGroup, jobs: Iterable[Job]) -> None:
        for job in jobs:
            group.create_task(self._work(job))

    async def _work(self, job: Job) -> None:
        try:
            outcome = await (self._answer(job) if job.asked else self._tell(job))
            # One transaction says what became of this row and, by following it, takes the next ones.
            await self._store.write(partial(self._settle, job=job, outcome=outcome))
        except BaseException:
            # The group ends with its first failure: nothing more is taken for it.
            self._group = None
            raise
        if not isinstance(outcome, Sent):
            # Perhaps nothing was to be said of the row, and then nothing was taken.
            self._woken.set()

    async def _answer(self, job: Job) -> _Outcome:
        async with self._slots:
            return await self._attempt(job)

    async def _tell(self, job: Job) -> _Outcome:
        """What nobody waits for gives way."""
        await self._unasked.acquire()
        began = time.monotonic()
        try:
            return await self._answer(job)
        finally:
            rest = min(time.monotonic() - began, LONGEST_REST)
            asyncio.get_running_loop().call_later(rest, self._unasked.release)

    async def _attempt(self, job: Job) -> _Outcome:
        try:
            return await self._delivery.deliver(job)
        except Postponed as wait:
            return _Later(wait.seconds)
        except Hopeless as reason:
            return _Failed(str(reason))
        except MatrixError as error:
            if error.status in OUT_OF_REACH:
                self.on_out_of_reach()
            return _judge(job, error)
        except (DatabaseError, StorageError) as error:
            # A full disk is no fault of the row: it is not given up, however long that lasts (S7).
            log.warning("outbox row %s has to wait, the disk cannot be written: %s", job.id, type(error).__name__)
            return _Later(_backoff(job.attempts), type(error).__name__)
        except Exception as error:
            # A fault of ours: its text may hold what was to be sent, so only the class goes into the row.
            log.exception("a %s could not be carried out, reference %s", job.kind, _reference(job))
            self._faults[job.id] += 1
            name = type(error).__name__
            return _Failed(name) if self._faults[job.id] >= FAULTS else _Later(_backoff(job.attempts), name)

    def _settle(self, session: Session, job: Job, outcome: _Outcome) -> None:
        """Store what became of a row."""
        now = self._clock()
        if isinstance(outcome, Sent):
            outbox.confirm(session, job.id, outcome.event_id, outcome.room_id, now)
            if outcome.effect is not None:
                outcome.effect(session)
        else:
            row = outbox.get(session, job.id)
            _put_off(row, job, outcome, now)
            if row is not None and row.state == "failed":
                self.on_given_up(session, row)
        self._count(job, outcome)
        self._free([job])

    def _count(self, job: Job, outcome: _Outcome) -> None:
        match outcome:
            case Sent():
                self.sent += 1
            case _Failed(error):
                self.failed += 1
                log.error("a %s was given up, reference %s: %s", job.kind, _reference(job), error)
            case _Later(_, error) if error is not None:
                self.retries += 1
                return
        self._faults.pop(job.id, None)


def _reference(job: Job) -> str:
    """What ``ombot status`` and the coordination room call the row."""
    return f"{outbox.REFERENCE}{job.id}"


def _put_off(row: Outbox | None, job: Job, outcome: _Later | _Failed, now: datetime) -> None:
    # The sync echo may have confirmed it while its answer was lost: then it is not tried again.
    if row is None or row.state != "waiting":
        return
    row.error = outcome.error
    if isinstance(outcome, _Failed):
        row.state = "failed"
        return
    row.not_before = now + timedelta(seconds=outcome.seconds)
    if outcome.error is None:
        row.first_tried_at = job.first_tried_at
    else:
        row.attempts += 1


def _judge(job: Job, error: MatrixError) -> _Outcome:
    """What a refusal means for the row (O4)."""
    match error.fate:
        case Fate.DEAD_TOKEN:
            raise error
        case Fate.WAIT:
            asked = (error.retry_after_ms or 0) / 1000
            return _Later(max(asked, _backoff(0)) if asked else _backoff(job.attempts), str(error))
        case Fate.RETRY:
            return _Later(_backoff(job.attempts), str(error))
        case _:
            return _Failed(str(error))


def _backoff(attempts: int) -> float:
    return min(2.0 ** min(attempts, 10), LONGEST_BACKOFF)


def _queue(destination: str, kind: str) -> Queue:
    return destination, kind == "reaction"
