"""How long to wait before the homeserver is asked again after a failure (I4)."""

import random
from dataclasses import dataclass

# Both promises in one list: after an outage of up to 25 s we are back within 5 s of the homeserver, and yet at
# most eight requests go out within any 60 s: at 0, 1, 5, 10, 15, 20, 25 and 45 s.
PAUSES = (1.0, 4.0, 5.0, 5.0, 5.0, 5.0, 20.0, 30.0, 60.0, 120.0, 240.0, 300.0)
"""Seconds; the last one repeats."""
JITTER = 0.1
"""Pauses shrink by up to this part, so that many clients do not come back at the same moment."""


@dataclass
class Backoff:
    """Counts failures in a row; ``failures`` is 0 while all is well."""

    failures: int = 0

    def reset(self) -> None:
        """A request succeeded."""
        self.failures = 0

    def next_pause(self, retry_after_ms: int | None = None) -> float:
        """Count a failure and say how many seconds to wait, never less than the homeserver asked for."""
        pause = PAUSES[min(self.failures, len(PAUSES) - 1)]
        self.failures += 1
        pause *= 1 - random.uniform(0, JITTER)  # noqa: S311 - spreads load, protects nothing
        return max(pause, (retry_after_ms or 0) / 1000)
