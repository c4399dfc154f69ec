"""How long to wait before the homeserver is asked again after a failure (I4)."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ombot.matrix.door import Door

# Both promises in one list: after an outage of up to 22 s we are back within 5 s of the homeserver, and yet at
# most eight requests go out within any 60 s: at 0, 2, 7, 12, 17, 22 and 42 s, with one left for the sender. Then one
# every 10 s: a homeserver that is restarted or moved is back within minutes, and eight a minute allow little more.
PAUSES = (2.0, 5.0, 5.0, 5.0, 5.0, 20.0, 25.0, *(10.0,) * 24, 30.0, 60.0, 120.0, 240.0, 300.0)
"""Seconds; the last one repeats."""
JITTER = 0.1
"""Pauses shrink by up to this part, so that many clients do not come back at the same moment."""
MOST_REQUESTS = 8
WINDOW_SECONDS = 60.0
KNOCK_SECONDS = 2.0
"""How often we knock while nobody listens."""
UNASKED_SECONDS = 300.0
"""After so long behind a door that nobody opens a request is made all the same."""


@dataclass
class Backoff:
    """Counts failures in a row; ``failures`` is 0 while all is well. ``clock`` is monotonic, in seconds."""

    failures: int = 0
    clock: Callable[[], float] = time.monotonic
    _failed_at: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_REQUESTS))

    def reset(self) -> None:
        """A request succeeded."""
        self.failures = 0

    def count(self) -> None:
        """A request failed, perhaps somebody else's: it is one of the eight a minute."""
        self._failed_at.append(self.clock())

    def next_pause(self, retry_after_ms: int | None = None) -> float:
        """Count a failure and say how many seconds to wait, never less than the homeserver asked for."""
        pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
        self.failures += 1
        self.count()
        pause *= 1 - random.uniform(0, JITTER)  # noqa: S311 - spreads load, protects nothing
        return max(pause, self._budget_pause(), (retry_after_ms or 0) / 1000)

    def _budget_pause(self) -> float:
        """Seconds until one more request is within the eight a minute."""
        if len(self._failed_at) < MOST_REQUESTS:
            return 0.0
        return self._failed_at[0] + WINDOW_SECONDS - self.clock()

    async def rest(self, pause: float, door: Door | None = None) -> None:
        """Wait out a pause. With a ``door``, knock meanwhile: while nobody listens, asking costs a request and
        tells nothing, so the pause lasts until somebody does, and ends then.
        """
        if door is None:
            await asyncio.sleep(pause)
            return
        began, shut = self.clock(), False
        ends = began + pause
        while (left := ends - self.clock()) > 0:
            if not await door.answers():
                shut, ends = True, max(ends, began + UNASKED_SECONDS)
            elif shut:
                await asyncio.sleep(max(0.0, self._budget_pause()))
                return
            await asyncio.sleep(min(KNOCK_SECONDS, left))
