"""Invitations: accepted from people who may invite us, declined from all others, never many at once (A9)."""

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sqlmodel import Session

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import Fate, MatrixError
from ombot.matrix.machine import events_of, part
from ombot.store import meta
from ombot.store.unit import Store

log = logging.getLogger(__name__)

MOST_JOINS = 10
JOIN_WINDOW = 3600.0
"""Seconds in which at most ``MOST_JOINS`` rooms are joined."""
OPEN_INVITES = "open_invites"
AT_ONCE = 20
"""Invitations answered between two sync requests."""


@dataclass
class Invites:
    """Open invitations by room, with who sent them. ``rejected`` and ``joined`` count since the start.

    ``waiting`` are unanswered, ``postponed`` welcome but beyond the hourly limit.
    """

    client: Client
    store: Store
    may_invite: Callable[[Session, str], bool]
    waiting: dict[str, str] = field(default_factory=dict)
    postponed: dict[str, str] = field(default_factory=dict)
    rejected: int = 0
    joined: int = 0
    _joins: deque[float] = field(default_factory=deque)

    async def load(self) -> None:
        """Continue with the invitations that were open at the last stop: the homeserver shows each only once."""
        stored = await self.store.read(lambda session: meta.get(session, OPEN_INVITES))
        self.waiting = json.loads(stored or "{}")

    def merged(self, answer: Mapping[str, Any]) -> dict[str, str] | None:
        """The open invitations after a sync answer; None when it says nothing about any."""
        rooms = part(answer, "rooms")
        invited = part(rooms, "invite")
        invitations = {**self.waiting, **self.postponed}
        settled = invitations.keys() & {*part(rooms, "join"), *part(rooms, "leave")}
        if not invited and not settled:
            return None
        for room_id in settled:
            del invitations[room_id]
        return invitations | {room_id: self._inviter(part(invited, room_id)) for room_id in invited}

    @staticmethod
    def keep(session: Session, invitations: Mapping[str, str]) -> None:
        """Store the open invitations, in the transaction that moves the position in the stream."""
        meta.put(session, OPEN_INVITES, json.dumps(invitations))

    def take(self, invitations: Mapping[str, str]) -> None:
        """Work on these from now on."""
        self.postponed = {room_id: who for room_id, who in self.postponed.items() if room_id in invitations}
        self.waiting = {room_id: who for room_id, who in invitations.items() if room_id not in self.postponed}

    def _inviter(self, invite: Mapping[str, Any]) -> str:
        """Who invited us; empty when it does not say, or when it is somebody else's invitation."""
        for event in events_of(invite, "invite_state"):
            ours = event.get("type") == "m.room.member" and event.get("state_key") == self.client.user_id
            if ours and part(event, "content").get("membership") == "invite":
                return str(event.get("sender"))
        return ""

    @property
    def busy(self) -> bool:
        """There are invitations that can be answered now."""
        return bool(self.waiting) or (bool(self.postponed) and self._may_join())

    async def answer(self) -> None:
        """Answer up to ``AT_ONCE`` of them; those beyond the hourly limit wait.

        Raises:
            MatrixError: the homeserver did not answer properly; the invitation stays open.
        """
        if self._may_join():
            # Asked again: who may invite can have changed while they waited.
            self.waiting = self.postponed | self.waiting
            self.postponed = {}
        batch = dict(list(self.waiting.items())[:AT_ONCE])
        if not batch:
            return
        welcome = await self.store.read(
            lambda session: {who for who in set(batch.values()) if who and self.may_invite(session, who)}
        )
        for room_id, inviter in batch.items():
            if inviter not in welcome:
                await self._decline(room_id)
            elif self._may_join():
                await self._join(room_id)
            else:
                self.postponed[room_id] = self.waiting.pop(room_id)

    def _may_join(self) -> bool:
        while self._joins and time.monotonic() - self._joins[0] > JOIN_WINDOW:
            self._joins.popleft()
        return len(self._joins) < MOST_JOINS

    async def _join(self, room_id: str) -> None:
        # Tried counts as joined: a homeserver that answers with errors is not asked without end either.
        self._joins.append(time.monotonic())
        if await self._post(f"{CLIENT}/join/{quote(room_id, safe='')}"):
            self.joined += 1
        self._forget(room_id)

    async def _decline(self, room_id: str) -> None:
        await self._post(f"{CLIENT}/rooms/{quote(room_id, safe='')}/leave")
        self.rejected += 1
        self._forget(room_id)

    def _forget(self, room_id: str) -> None:
        self.waiting.pop(room_id, None)
        self.postponed.pop(room_id, None)

    async def _post(self, path: str) -> bool:
        try:
            await self.client.request("POST", path, {})
        except MatrixError as error:
            if error.fate not in (Fate.GIVE_UP, Fate.PARK):
                raise
            log.warning("an invitation could not be answered: %s", error)
            return False
        return True
