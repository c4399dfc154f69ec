"""What wakes the clock: APScheduler with its memory store in UTC. It knows no reminders, only ticks (T2)."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

Tick = Callable[[], Awaitable[None]]


class Scheduler:
    """Calls coroutines at intervals; a late or failing call never ends the series."""

    def __init__(self) -> None:
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def every(self, span: timedelta, tick: Tick) -> None:
        """Call ``tick`` every ``span``, first after one span; never twice at the same time, none left out as late."""
        # The library's default would drop whatever is more than a second late.
        self._scheduler.add_job(
            _guarded(tick),
            "interval",
            seconds=span.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Begin; must be called on the running event loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """End without waiting: ticks only move rows and are safe to cancel anywhere (T3)."""
        self._scheduler.shutdown(wait=False)


def _guarded(tick: Tick) -> Tick:
    async def run() -> None:
        try:
            await tick()
        except Exception:
            log.exception("a tick failed; the next one tries again")

    return run
