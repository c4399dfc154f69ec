"""The sync loop: what the homeserver shows becomes rows, committed together with the position in its stream (I1)."""

import asyncio
import json
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError
from sqlmodel import Session

from ombot.matrix import gaps, machine, queries, undecrypted
from ombot.matrix.backoff import Backoff
from ombot.matrix.client import CLIENT, Client
from ombot.matrix.door import Door
from ombot.matrix.errors import OUT_OF_REACH, DeadToken, Fate, KeysRefused, LoginError, MatrixError, StoreError
from ombot.matrix.incoming import Echo
from ombot.matrix.invites import Invites
from ombot.matrix.machine import events_of, part
from ombot.matrix.rooms import read_state
from ombot.matrix.sealed import Doubt
from ombot.matrix.verification import Verifications
from ombot.store import inbox, meta, outbox, rooms
from ombot.store.rooms import StateCopy
from ombot.store.tables import Inbox
from ombot.store.unit import Store

log = logging.getLogger(__name__)

WINDOW = 100
"""Timeline events per room and answer; the homeserver's own default is 10."""
POLL_SECONDS = 30.0
MARGIN_SECONDS = 30.0
"""How much longer than the poll an answer may take; the first one brings the state of all rooms."""
FIRST_SECONDS = 300.0
POSITION_SECONDS = 10.0
"""How long a position is kept in memory alone while nothing comes that concerns us. After a crash the same events are
read once more; storing each position would cost a transaction for every word of members to each other."""
FAULT_PAUSE = 5.0
"""Before an answer that could not be stored is asked for again."""
UPKEEP_SECONDS = 10.0
UPKEEP_PAUSE = 60.0
RED_AFTER = timedelta(minutes=5)
STATE_TYPES = (
    "m.room.create",
    "m.room.encryption",
    "m.room.member",
    "m.room.name",
    "m.room.power_levels",
    "m.room.tombstone",
)
"""State whose change makes the mirror of a room stale."""
CLOCK_SKEW = timedelta(minutes=1)
"""How far the homeserver's clock may be from ours, and an event on its way while an answer was made."""


@dataclass(frozen=True)
class Hooks:
    """What the intake asks of others. All but ``on_red`` and ``on_back`` run inside a transaction.

    ``wanted``: is a row worth keeping (D3)? ``may_invite``: do we follow this person's invitation?
    None leaves all of them open.
    ``on_gap``: of a room's missed events only the newest ``count`` could be fetched.
    ``on_undecryptable``: a row's key has not come for a minute. ``on_doubt``: a row that is wanted has been refused,
    because its sender is in doubt. ``on_red``: no answer for five minutes.
    ``on_back``: the homeserver was out of reach and answers again.
    ``on_verification``: this person has asked to verify our device, and was declined.
    """

    wanted: Callable[[Session, Inbox], bool]
    may_invite: Callable[[Session, str], bool] | None
    on_gap: Callable[[Session, str, int], None]
    on_undecryptable: Callable[[Session, Inbox], None]
    on_red: Callable[[str], None]
    on_back: Callable[[], None] = lambda: None
    on_verification: Callable[[Session, str], None] = lambda _session, _person: None
    on_doubt: Callable[[Session, Inbox, Doubt], None] = lambda _session, _row, _doubt: None


@dataclass
class _Batch:
    """What one answer brought, read but not stored."""

    token: str
    items: list[Inbox | Echo] = field(default_factory=list)
    joined: dict[str, datetime | None] = field(default_factory=dict)
    copies: dict[str, StateCopy] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    gaps: dict[str, int] = field(default_factory=dict)
    verifiers: set[str] = field(default_factory=set)
    reread: undecrypted.Reread = field(default_factory=dict)
    invites: dict[str, str] | None = None

    @property
    def is_talk(self) -> bool:
        """There are at most events of rooms, which need not concern us."""
        changes = (self.joined, self.stale, self.left, self.gaps, self.verifiers, self.reread)
        return not any(changes) and self.invites is None

    @property
    def undecryptable(self) -> int:
        """Rows that will have to wait for their key."""
        return sum(isinstance(item, Inbox) and item.kind == "undecryptable" for item in self.items)


class SyncLoop:
    """Takes in everything, one answer after the other. ``synced`` is set once the first answer is stored (O6).

    ``online`` is set from then on, except while the homeserver is out of reach: others wait for it instead of asking
    on their own, so that an outage costs few requests however much waits to be sent (I4).

    Measurements: ``last_sync`` and ``last_sync_monotonic`` (of the last answer stored, None before),
    ``online_since``, ``received`` (new rows), ``invites.rejected``, ``invites.joined``.
    """

    def __init__(
        self,
        client: Client,
        store: Store,
        hooks: Hooks,
        window: int = WINDOW,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        position_seconds: float = POSITION_SECONDS,
    ) -> None:
        self.client = client
        self.store = store
        self.hooks = hooks
        self._clock = clock
        self.synced = asyncio.Event()
        self.online = asyncio.Event()
        self.last_sync: datetime | None = None
        self.online_since: datetime | None = None
        self.last_sync_monotonic: float | None = None
        self.received = 0
        self.invites = Invites(client, store, hooks.may_invite or (lambda _session, _who: False))
        self._verifications = Verifications(client)
        self._undecrypted = undecrypted.Undecrypted(
            client, store, hooks.on_undecryptable, datetime.now(UTC), hooks.wanted, hooks.on_doubt
        )
        self._backoff = Backoff()
        self._door = Door.of(client.account.homeserver)
        self._filter = json.dumps(_filter(window))
        self._token: str | None = None
        self._stored: str | None = None
        self._stored_at = -math.inf
        self._position_seconds = position_seconds
        self._floor: datetime | None = None
        self._first = True
        self._replayed = True
        self._new_login = False
        self._red = False
        self._upkeep_at = 0.0

    @property
    def refused(self) -> int:
        """Encrypted messages not carried out because no device of their sender could be found behind them."""
        return self._undecrypted.refused

    def count_request(self) -> None:
        """Somebody else has found the homeserver out of reach: that request counts as one of ours."""
        self._backoff.count()

    async def run(self) -> None:
        """Sync until cancelled.

        Raises:
            DeadToken: logged out for good. KeysRefused: the homeserver has other keys for our device.
        """
        self._token = self._stored = await self.store.read(lambda session: meta.get(session, meta.SYNC_TOKEN))
        synced_at = await self.store.read(lambda session: meta.get(session, meta.SYNCED_AT))
        self._floor = datetime.fromisoformat(synced_at) - CLOCK_SKEW if synced_at else None
        self._undecrypted.waiting = len(await self.store.read(queries.undecryptable))
        await self.invites.load()
        outage_since = time.monotonic()
        while True:
            try:
                await self._round()
                outage_since = time.monotonic()
            except (DeadToken, KeysRefused):
                raise
            except MatrixError as error:
                await self._recover(error, outage_since)
            except Exception:
                # For example a full disk: nothing was stored, so the same answer is taken again (S7).
                log.exception("sync answer could not be applied")
                await self._recover(None, outage_since)

    async def _round(self) -> None:
        answer = await self._poll()
        try:
            await self._apply(answer)
        except BaseException:
            self._replayed = True
            raise
        self._succeeded()
        await self._upkeep(answer)

    async def _poll(self) -> dict[str, Any]:
        seconds = self._poll_seconds()
        query = {"timeout": str(int(seconds * 1000)), "filter": self._filter}
        if self._token:
            query["since"] = self._token
        if self._first:
            # The library keeps no state: without all of it, it would not know who must get keys.
            query["full_state"] = "true"
        limit = FIRST_SECONDS if self._first else seconds + MARGIN_SECONDS
        answer = await self.client.request("GET", f"{CLIENT}/sync?{urlencode(query)}", timeout=limit)
        if not isinstance(answer.get("next_batch"), str):
            raise MatrixError(502, message="a sync answer without position")
        return answer

    def _poll_seconds(self) -> float:
        if self._first or (self.invites.busy and time.monotonic() >= self._upkeep_at):
            return 0.0
        due = self._undecrypted.next_due
        if due is None:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.0, (due - datetime.now(UTC)).total_seconds()))

    async def _apply(self, answer: Mapping[str, Any]) -> None:
        now = self._clock()
        arrived = await machine.feed(self.client, answer)
        batch = await self._collect(answer, now)
        batch.verifiers = await self._verifications.take(part(answer, "to_device").get("events"))
        # A replayed key message cannot be decrypted twice, its key is stored already: then all rows are tried.
        batch.reread = await self._undecrypted.reread(None if self._replayed else arrived)
        if await self._is_worth_storing(batch):
            self.received += await self.store.write(lambda session: self._store(session, batch, now))
            self._stored, self._stored_at = batch.token, time.monotonic()
            self._undecrypted.waiting += batch.undecryptable
            if batch.invites is not None:
                self.invites.take(batch.invites)
        self._token = batch.token
        self._floor = now - CLOCK_SKEW

    async def _is_worth_storing(self, batch: _Batch) -> bool:
        if not batch.is_talk:
            return True
        if time.monotonic() >= self._stored_at + self._position_seconds:
            return bool(batch.items) or batch.token != self._stored

        def concerns_us(session: Session) -> bool:
            return any(
                outbox.is_unconfirmed(session, item.txn_id) if isinstance(item, Echo) else self._is_kept(session, item)
                for item in batch.items
            )

        return bool(batch.items) and await self.store.read(concerns_us)

    async def _collect(self, answer: Mapping[str, Any], now: datetime) -> _Batch:
        batch = _Batch(str(answer["next_batch"]))
        joined = part(part(answer, "rooms"), "join")
        for room_id in joined:
            await self._collect_room(batch, room_id, part(joined, room_id), now)
        batch.left = list(part(part(answer, "rooms"), "leave"))
        batch.invites = self.invites.merged(answer) if self.hooks.may_invite is not None else None
        return batch

    async def _collect_room(self, batch: _Batch, room_id: str, room: Mapping[str, Any], now: datetime) -> None:
        timeline, state = events_of(room, "timeline"), events_of(room, "state")
        if self._first or any(gaps.is_own_join(event, self.client.user_id) for event in (*state, *timeline)):
            batch.joined[room_id] = _joined_at((*state, *timeline), self.client.user_id)
            if self._first:
                batch.copies[room_id] = read_state(_state_of((*state, *timeline)))
        elif any(event.get("type") in STATE_TYPES and "state_key" in event for event in (*state, *timeline)):
            batch.stale.append(room_id)
        if self._token is None:
            # The first start ever: what was said before is not meant for us (I6).
            return
        events, has_join = gaps.after_own_join(timeline, self.client.user_id)
        if part(room, "timeline").get("limited") is True and not has_join:
            events = [*await self._missed(batch, room_id, room, now), *events]
        batch.items += machine.read(self.client, events, room_id, now, self.client.user_id)

    async def _missed(
        self, batch: _Batch, room_id: str, room: Mapping[str, Any], now: datetime
    ) -> list[dict[str, Any]]:
        start = part(room, "timeline").get("prev_batch")
        if not isinstance(start, str):
            return []
        gap = await gaps.Walk(self.client, room_id, start, self._token or "", self._known, now).run()
        if gap.cut_off:
            batch.gaps[room_id] = len(gap.events)
        return gap.events

    async def _known(self, event_ids: Sequence[str]) -> set[str]:
        return await self.store.read(lambda session: queries.known_events(session, event_ids))

    def _store(self, session: Session, batch: _Batch, now: datetime) -> int:
        queries.mark_joined(session, batch.joined)
        rooms.take_over(session, batch.copies, now)
        rooms.mark_stale(session, batch.stale)
        for room_id in batch.left:
            rooms.mark_left(session, room_id)
        # First of all: whether a reply or a reaction is wanted depends on whether its card is known to be sent.
        for item in batch.items:
            if isinstance(item, Echo):
                outbox.confirm_echo(session, item.txn_id, item.event_id, item.room_id, now)
        undecrypted.settle(session, batch.reread, self.hooks.wanted)
        new = 0
        for item in batch.items:
            # One by one, because an edit or the withdrawal of a reaction needs what it changes, perhaps just added.
            if isinstance(item, Inbox) and self._is_kept(session, item):
                item.sent_at = _plausible(item, self._floor)
                new += inbox.add(session, [item])
        for room_id, count in batch.gaps.items():
            self.hooks.on_gap(session, room_id, count)
        for person in sorted(batch.verifiers):
            self.hooks.on_verification(session, person)
        if batch.invites is not None:
            self.invites.keep(session, batch.invites)
        meta.put(session, meta.SYNC_TOKEN, batch.token)
        meta.put(session, meta.SYNCED_AT, now.isoformat())
        return new

    def _is_kept(self, session: Session, row: Inbox) -> bool:
        # What cannot be read yet may be a command: it is judged when its key has come.
        return row.kind == "undecryptable" or self.hooks.wanted(session, row)

    def _succeeded(self) -> None:
        self._backoff.reset()
        self._first = self._replayed = self._new_login = self._red = False
        self.last_sync = self._clock()
        self.last_sync_monotonic = time.monotonic()
        if not self.online.is_set():
            self.online_since = self.last_sync
            if self.synced.is_set():
                self.hooks.on_back()
        self.synced.set()
        self.online.set()

    async def _upkeep(self, answer: Mapping[str, Any]) -> None:
        """What keeps encryption alive between answers, and open invitations. Its failures do not hold up intake."""
        await self._undecrypted.attend(datetime.now(UTC))
        if time.monotonic() < self._upkeep_at:
            return
        try:
            await self.client.upload_keys()
            if machine.lacks_fallback_key(answer):
                await self.client.upload_fallback_key()
            async with asyncio.timeout(UPKEEP_SECONDS):
                await self._undecrypted.verify(self._clock())
            async with asyncio.timeout(UPKEEP_SECONDS):
                await machine.exchange_keys(self.client)
            await self._verifications.decline()
            await self.invites.answer()
        except (MatrixError, ClientError, TimeoutError) as error:
            if isinstance(error, MatrixError) and error.fate is Fate.DEAD_TOKEN:
                raise
            log.warning("keys or invitations have to wait: %s", type(error).__name__)
            self._upkeep_at = time.monotonic() + UPKEEP_PAUSE

    async def _recover(self, error: MatrixError | None, outage_since: float) -> None:
        if error is not None and error.fate is Fate.DEAD_TOKEN:
            error = await self._log_in_again(error)
            if error is None:
                return
        if error is not None and error.status in OUT_OF_REACH:
            self.online.clear()
        if not self._red and time.monotonic() - outage_since >= RED_AFTER.total_seconds():
            self._red = True
            self.hooks.on_red(str(error) if error else "")
        # When the answer came and could not be stored, the homeserver need not be spared for minutes.
        pause = self._backoff.next_pause(error.retry_after_ms) if error is not None else FAULT_PAUSE
        log.warning("no usable sync answer (%s), next try in %.1f s", error, pause)
        # An answer of any kind comes from somebody who listens: only silence makes us knock.
        await self._backoff.rest(pause, self._door if error is not None and error.status == 0 else None)

    async def _log_in_again(self, error: MatrixError) -> MatrixError | None:
        """Come back with a new token; gives back the error when the homeserver does not answer just now."""
        if self._new_login:
            raise DeadToken("The homeserver refuses the token it has just given out.") from error
        log.warning("the access token is no longer valid: logging in again")
        try:
            await self.client.open()
        except (LoginError, StoreError) as refusal:
            raise DeadToken(str(refusal)) from refusal
        except MatrixError as failure:
            return failure
        self._new_login = True
        return None


def _plausible(row: Inbox, floor: datetime | None) -> datetime:
    """When an event was sent: its own word counts only between the last answer, which it missed, and its arrival.

    That moment decides whether a command was in time, and anybody's homeserver could write another one.
    """
    latest = min(row.sent_at, row.received_at)
    return latest if floor is None else max(latest, floor)


def _filter(window: int) -> dict[str, Any]:
    nothing: dict[str, Any] = {"types": []}
    return {
        "presence": nothing,
        "account_data": nothing,
        "room": {
            "timeline": {"limit": window},
            "state": {"types": STATE_TYPES, "lazy_load_members": False},
            "ephemeral": nothing,
            "account_data": nothing,
        },
    }


def _state_of(events: Sequence[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The newest event of each kind of state."""
    return {
        (event["type"], event["state_key"]): event
        for event in events
        if all(isinstance(event.get(name), str) for name in ("type", "state_key"))
        and isinstance(event.get("content"), dict)
    }


def _joined_at(events: Sequence[Mapping[str, Any]], own_id: str) -> datetime | None:
    """When our newest join happened, by the clock of our own homeserver."""
    stamps = [event.get("origin_server_ts") for event in events if gaps.is_own_join(event, own_id)]
    last = stamps[-1] if stamps else None
    return datetime.fromtimestamp(last / 1000, UTC) if isinstance(last, int) else None
