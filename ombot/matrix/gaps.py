"""Events that a sync answer left out because there were too many: fetched from the room's history (I5)."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import Fate, MatrixError
from ombot.matrix.machine import part

log = logging.getLogger(__name__)

MOST_EVENTS = 500
LONGEST = timedelta(days=7)
PAGE = 100

Known = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Which of these event ids have been taken in before."""


@dataclass
class Gap:
    """The events of one gap, oldest first. ``cut_off``: there were more than we fetch."""

    events: list[dict[str, Any]] = field(default_factory=list)
    cut_off: bool = False


def after_own_join(events: Sequence[dict[str, Any]], own_id: str) -> tuple[list[dict[str, Any]], bool]:
    """The events that are meant for us, those behind our last join, and whether there was one among them.

    By place and not by time: the clocks of homeservers differ, and the first command follows the join at once (I6).
    In a direct chat they begin behind the invitation: the first words often come before we do.
    """
    for index in range(len(events) - 1, -1, -1):
        if is_own_join(events[index], own_id):
            start = index if (invited := _direct_invitation(events[:index], own_id)) is None else invited
            return list(events[start + 1 :]), True
    return list(events), False


def _direct_invitation(events: Sequence[dict[str, Any]], own_id: str) -> int | None:
    """Where we were invited to a direct chat, if that is the last that happened to us."""
    for index in range(len(events) - 1, -1, -1):
        if events[index].get("type") == "m.room.member" and events[index].get("state_key") == own_id:
            content = part(events[index], "content")
            is_direct = content.get("membership") == "invite" and content.get("is_direct") is True
            return index if is_direct else None
    return None


def is_own_join(source: Mapping[str, Any], own_id: str) -> bool:
    """We came into the room here; a change of our name or picture is a member event, too, and no join."""
    if source.get("type") != "m.room.member" or source.get("state_key") != own_id:
        return False
    before = part(part(source, "unsigned"), "prev_content").get("membership")
    return part(source, "content").get("membership") == "join" and before != "join"


@dataclass
class Walk:
    """Goes back through one room from ``start`` until it meets what is known, our join, or a limit."""

    client: Client
    room_id: str
    start: str
    since: str
    known: Known
    now: datetime

    async def run(self) -> Gap:
        """Fetch the gap.

        Raises:
            MatrixError: the homeserver did not answer properly; nothing is lost, walk again later.
        """
        newest_first: list[dict[str, Any]] = []
        position: str | None = self.start
        while position is not None:
            try:
                chunk, position = await self._page(position)
            except MatrixError as error:
                if error.fate not in (Fate.GIVE_UP, Fate.PARK):
                    raise
                log.warning("the history of %s cannot be read: %s", self.room_id, error)
                return self._gap(newest_first, cut_off=True)
            fresh = await self._fresh(chunk)
            newest_first += fresh
            if len(newest_first) > MOST_EVENTS:
                return self._gap(newest_first[:MOST_EVENTS], cut_off=True)
            if len(fresh) < len(chunk) or not chunk:
                break
            if all(self._too_old(event) for event in chunk):
                return self._gap(newest_first, cut_off=True)
        return self._gap(newest_first, cut_off=False)

    @staticmethod
    def _gap(newest_first: list[dict[str, Any]], *, cut_off: bool) -> Gap:
        return Gap(newest_first[::-1], cut_off)

    async def _page(self, position: str) -> tuple[list[dict[str, Any]], str | None]:
        query = urlencode({"dir": "b", "from": position, "to": self.since, "limit": PAGE})
        answer = await self.client.request("GET", f"{CLIENT}/rooms/{quote(self.room_id, safe='')}/messages?{query}")
        chunk, end = answer.get("chunk"), answer.get("end")
        events = [event for event in chunk if isinstance(event, dict)] if isinstance(chunk, list) else []
        return events, end if isinstance(end, str) and end != position else None

    async def _fresh(self, chunk: list[dict[str, Any]]) -> list[dict[str, Any]]:
        known = await self.known([str(event.get("event_id")) for event in chunk])
        for index, event in enumerate(chunk):
            if str(event.get("event_id")) in known or is_own_join(event, self.client.user_id):
                return chunk[:index]
        return chunk

    def _too_old(self, event: Mapping[str, Any]) -> bool:
        # Only a whole page of old events ends the walk: one forged time stamp must not hide what lies behind it.
        sent_ms = event.get("origin_server_ts")
        return isinstance(sent_ms, int) and sent_ms < (self.now - LONGEST).timestamp() * 1000
