"""Events whose key has not come yet: kept in their place, asked for once, read when it comes, mentioned once (I8).

So are those that no known device of their sender has sealed, until the homeserver has been asked for their devices.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nio.events import MegolmEvent
from sqlmodel import Session

from ombot.matrix import machine, queries
from ombot.matrix.client import Client
from ombot.matrix.incoming import read_event
from ombot.matrix.sealed import DOUBT, Doubt, Unsealed, unseal
from ombot.store import inbox
from ombot.store.tables import Inbox
from ombot.store.unit import Store

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=60)
"""Keys often come late; only after this time somebody is told."""
HOPELESS = timedelta(days=7)
"""Nothing that old is carried out any more."""
REQUESTED, REPORTED = "requested", "reported"

Reread = dict[str, Inbox | None]
"""By event id: what came out of an event, None when it concerns nobody."""


@dataclass
class Undecrypted:
    """Looks after the undecryptable rows of the inbox; nobody else changes them.

    ``next_due`` is when somebody must be told of a row, ``waiting`` how many rows there are, ``refused`` how many were
    not carried out because their sender stayed in doubt.
    """

    client: Client
    store: Store
    report: Callable[[Session, Inbox], None]
    started_at: datetime
    wanted: Callable[[Session, Inbox], bool] = lambda _session, _row: True
    doubted: Callable[[Session, Inbox, Doubt], None] = lambda _session, _row, _doubt: None
    waiting: int = 0
    refused: int = field(default=0, init=False)
    next_due: datetime | None = field(default=None, init=False)
    _unanswered: set[str] = field(default_factory=set, init=False)
    _ask_again_at: float = field(default=0.0, init=False)

    async def reread(self, sessions: set[str] | None) -> Reread:
        """Try the rows of these sessions again, or of all; nothing is stored yet."""
        if sessions is not None and not (sessions and self.waiting):
            return {}
        rows = await self.store.read(queries.undecryptable)
        found: Reread = {}
        for row in rows:
            if sessions is None or row.content["session_id"] in sessions:
                found.update(self._reread(row))
        return found

    def _reread(self, row: Inbox) -> Reread:
        unsealed = unseal(self.client, row.content["raw"], row.room_id)
        if unsealed is None:
            return {}
        if unsealed.doubt is None:
            return {row.event_id: self._plain(row, unsealed)}
        row.content = {**row.content, DOUBT: str(unsealed.doubt)}
        return {row.event_id: row}

    def _plain(self, row: Inbox, unsealed: Unsealed) -> Inbox | None:
        own_id = self.client.user_id
        found = read_event(unsealed.plain, row.room_id, own_id, row.received_at, decrypted=True)
        return found if isinstance(found, Inbox) else None

    async def verify(self, now: datetime) -> None:
        """Ask for the devices of those who are in doubt as senders, and decide about their rows.

        Raises:
            MatrixError: the homeserver did not answer properly; the rows go on waiting.
        """
        if not self.waiting:
            return
        rows = [row for row in await self.store.read(queries.undecryptable) if DOUBT in row.content]
        asked = {row.sender for row in rows}
        if time.monotonic() < self._ask_again_at:
            asked -= self._unanswered
        if not asked:
            return
        answered = await machine.query_keys(self.client, asked)
        if asked - answered:
            self._unanswered, self._ask_again_at = asked - answered, time.monotonic() + PATIENCE.total_seconds()
        found = {
            row.event_id: unsealed
            for row in rows
            if row.sender in answered and (unsealed := unseal(self.client, row.content["raw"], row.room_id))
        }
        self.refused += await self.store.write(lambda session: self._decide(session, found, now))

    def _decide(self, session: Session, found: Mapping[str, Unsealed], now: datetime) -> int:
        """Take over what is its sender's after all, and refuse the rest. Returns how many rows were refused."""
        refused = 0
        for row in queries.undecryptable(session):
            unsealed = found.get(row.event_id)
            if unsealed is None:
                continue
            plain = self._plain(row, unsealed)
            if plain is None or unsealed.doubt is None or not self.wanted(session, plain):
                # Talk is forgotten as always, whoever it is from.
                _take_over(session, row, plain, self.wanted)
                continue
            log.warning("event %s is not carried out: its sender is %s", row.event_id, unsealed.doubt)
            inbox.finish(session, row, now)
            self.doubted(session, row, unsealed.doubt)
            refused += 1
        return refused

    async def attend(self, now: datetime) -> None:
        """Ask for keys, tell of rows that waited too long, let go of hopeless ones."""
        if not self.waiting:
            self.next_due = None
            return
        rows = await self.store.read(queries.undecryptable)
        for row in rows:
            if self._lacks_request(row):
                self._request_key(row)
        if any(self._changes(row, now) for row in rows):
            rows = await self.store.write(lambda session: self._store_changes(session, now))
        self.waiting = len(rows)
        self.next_due = min((row.received_at + PATIENCE for row in rows if self._will_be_told(row)), default=None)

    def _request_key(self, row: Inbox) -> None:
        library = self.client.nio
        event = MegolmEvent.from_dict(row.content["raw"])
        queued = {getattr(message, "session_id", None) for message in library.outgoing_to_device_messages}
        session_id = row.content["session_id"]
        if not isinstance(event, MegolmEvent) or session_id in library.outgoing_key_requests or session_id in queued:
            return
        event.room_id = row.room_id
        device = row.content["device_id"] or "*"
        request = event.as_key_request(row.sender, self.client.device_id, session_id, device)
        library.olm.outgoing_to_device_messages.append(request)

    def _changes(self, row: Inbox, now: datetime) -> bool:
        return self._lacks_request(row) or self._is_due(row, now) or self._is_hopeless(row, now)

    def _store_changes(self, session: Session, now: datetime) -> list[Inbox]:
        rows = queries.undecryptable(session)
        for row in rows:
            marks = {} if DOUBT in row.content else {REQUESTED: True}
            if self._is_due(row, now):
                self.report(session, row)
                marks[REPORTED] = True
            _mark(session, row, marks)
            if self._is_hopeless(row, now):
                inbox.finish(session, row, now)
        return [row for row in rows if row.state != "done"]

    @staticmethod
    def _lacks_request(row: Inbox) -> bool:
        return not row.content.get(REQUESTED) and DOUBT not in row.content

    def _will_be_told(self, row: Inbox) -> bool:
        # What was written before this start may be keyed to a device that no longer exists: no flood about it.
        return row.sent_at >= self.started_at and not row.content.get(REPORTED) and DOUBT not in row.content

    def _is_due(self, row: Inbox, now: datetime) -> bool:
        return self._will_be_told(row) and now - row.received_at >= PATIENCE

    @staticmethod
    def _is_hopeless(row: Inbox, now: datetime) -> bool:
        return now - row.received_at >= HOPELESS


def _mark(session: Session, row: Inbox, marks: Mapping[str, Any]) -> None:
    # A new object: changes inside a JSON column go unnoticed.
    row.content = {**row.content, **marks}
    session.add(row)


def settle(session: Session, found: Reread, wanted: Callable[[Session, Inbox], bool]) -> None:
    """Turn rows into what came out of them, each in its old place; what nobody wants is not kept (D3)."""
    if not found:
        return
    for row in queries.undecryptable(session):
        if row.event_id not in found:
            continue
        plain = found[row.event_id]
        if plain is not None and plain.kind == "undecryptable":
            _mark(session, row, {DOUBT: plain.content[DOUBT]})
        else:
            _take_over(session, row, plain, wanted)


def _take_over(session: Session, row: Inbox, plain: Inbox | None, wanted: Callable[[Session, Inbox], bool]) -> None:
    if plain is None or not wanted(session, plain):
        session.delete(row)
        return
    row.kind, row.content, row.encrypted = plain.kind, plain.content, plain.encrypted
    session.add(row)
