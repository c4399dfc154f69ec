"""Somebody asks one of our devices to be verified: declined, never ignored, or their client waits for ten minutes.

The emoji flow needs two people who compare; nobody sits in front of ombot. What there is instead, members are told
in words (``Hooks.on_verification``). A request inside a room is a message: see ``incoming`` and the bus.
Source: Matrix client-server API, "Key verification framework".
"""

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from typing import Any

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import Fate, MatrixError
from ombot.matrix.incoming import LONGEST_ID
from ombot.store.inbox import DECLINED

log = logging.getLogger(__name__)

PREFIX = "m.key.verification."
ASKING = (f"{PREFIX}request", f"{PREFIX}start")
"""The second stands alone with old clients, which start without asking."""
CANCEL = f"{PREFIX}cancel"
MOST = 100
"""How many requests may wait: anybody can send them."""
SECONDS = 5.0
"""How long the intake lets itself be held up by answers."""


@dataclass(frozen=True)
class Request:
    """What a cancellation must name."""

    sender: str
    device: str
    transaction: str


def is_verification(event: object) -> bool:
    """Whether a to-device message belongs to a verification. The library must not see it: it would say yes."""
    return isinstance(event, dict) and str(event.get("type")).startswith(PREFIX)


def read_request(event: Any) -> Request | None:
    """A to-device message that asks for verification, and can be answered."""
    if not is_verification(event) or event.get("type") not in ASKING or not isinstance(event.get("content"), dict):
        return None
    content = event["content"]
    fields = (event.get("sender"), content.get("from_device"), content.get("transaction_id"))
    if not all(isinstance(field, str) and 0 < len(field.encode("utf-8", "replace")) <= LONGEST_ID for field in fields):
        return None
    request = Request(*fields)
    # A star would reach all devices of the sender.
    return request if request.sender.startswith("@") and request.device != "*" else None


class Verifications:
    """Declines requests as they come; those whose answer did not get through wait for :meth:`decline`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: dict[Request, None] = {}

    async def take(self, events: object) -> set[str]:
        """Decline what these to-device messages ask for. Returns who asked, ourselves left out."""
        found = [request for event in events if (request := read_request(event))] if isinstance(events, list) else []
        if not found:
            return set()
        self._waiting.update(dict.fromkeys(found[: MOST - len(self._waiting)]))
        try:
            # Before the position in the stream is stored: a kill repeats the answer and does not lose it.
            async with asyncio.timeout(SECONDS):
                await self.decline()
        except (MatrixError, TimeoutError) as error:
            if isinstance(error, MatrixError) and error.fate is Fate.DEAD_TOKEN:
                raise
            log.warning("declining a verification has to wait: %s", type(error).__name__)
        return {request.sender for request in found} - {self._client.user_id}

    async def decline(self) -> None:
        """Answer what waits.

        Raises:
            MatrixError: the homeserver did not answer properly; the rest keeps waiting.
        """
        for request in list(self._waiting):
            try:
                await self._cancel(request)
            except MatrixError as error:
                if error.fate not in (Fate.GIVE_UP, Fate.PARK):
                    raise
            self._waiting.pop(request, None)

    async def _cancel(self, request: Request) -> None:
        # From the request, so that a repeated answer is none.
        words = (request.sender, request.device, request.transaction)
        transaction = hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()[:32]
        content = {"transaction_id": request.transaction, **DECLINED}
        messages = {request.sender: {request.device: content}}
        path = f"{CLIENT}/sendToDevice/{CANCEL}/{transaction}"
        await self._client.request("PUT", path, {"messages": messages})
