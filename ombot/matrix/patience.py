"""Repeating a request until the homeserver answers it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ombot.matrix.backoff import Backoff
from ombot.matrix.door import Door
from ombot.matrix.errors import Fate, MatrixError

log = logging.getLogger(__name__)

T = TypeVar("T")


async def patiently(call: Callable[[], Awaitable[T]], homeserver: str, online: asyncio.Event | None = None) -> T:
    """Repeat a request until the homeserver at that address answers it one way or the other.

    ``online`` is the sync loop's, once there is one: while it is not set, only that loop asks.

    Raises:
        MatrixError: it was refused.
    """
    backoff, door = Backoff(), Door.of(homeserver)
    while True:
        try:
            return await call()
        except MatrixError as error:
            if error.fate not in (Fate.RETRY, Fate.WAIT):
                raise
            pause, silent = backoff.next_pause(error.retry_after_ms), error.status == 0
            log.warning("the homeserver does not answer (%s), next try in %.1f s", error, pause)
        if online is not None and not online.is_set():
            await online.wait()
        else:
            await backoff.rest(pause, door if silent else None)
