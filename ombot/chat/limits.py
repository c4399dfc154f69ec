"""A bucket against flooding: so many commands per person and span, one notice, then silence until it calms down."""

from collections import deque
from datetime import datetime, timedelta
from enum import Enum


class Verdict(Enum):
    """What to do with one more command."""

    ALLOWED = "allowed"
    NOTICE = "say once that it is too much"
    SILENT = "say nothing"


class Bucket:
    """Counts commands per person. ``count`` None switches it off."""

    def __init__(self, count: int | None, per: timedelta) -> None:
        self.count = count
        self.per = per
        self._times: dict[str, deque[datetime]] = {}
        self._told: set[str] = set()

    def take(self, person: str, now: datetime) -> Verdict:
        """Count one command of a person at ``now``."""
        if self.count is None:
            return Verdict.ALLOWED
        times = self._times.setdefault(person, deque())
        while times and times[0] <= now - self.per:
            times.popleft()
        if len(times) < self.count:
            times.append(now)
            self._told.discard(person)
            return Verdict.ALLOWED
        if person in self._told:
            return Verdict.SILENT
        self._told.add(person)
        return Verdict.NOTICE
