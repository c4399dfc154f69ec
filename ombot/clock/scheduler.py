"""What wakes the clock, on the monotonic time of the event loop. It knows no reminders, only ticks (T2)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

log = logging.getLogger(__name__)

Tick = Callable[[], Awaitable[None]]


class Scheduler:
    """Calls coroutines at intervals; a late or failing call never ends the series.

    A machine's clock is set right now and then. What waits for a time of day would rest as long as it was put back;
    what counts seconds goes on, and the reminder table decides what is due by then.
    """

    def __init__(self) -> None:
        self._series: list[tuple[timedelta, Tick]] = []
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, span: timedelta, tick: Tick) -> None:
        """Call ``tick`` again and again from the start on, each time ``span`` after it has ended."""
        self._series.append((span, tick))

    def start(self) -> None:
        """Begin; must be called on the running event loop."""
        self._tasks = [asyncio.create_task(_repeat(span, tick)) for span, tick in self._series]

    def stop(self) -> None:
        """End without waiting: ticks only move rows and are safe to cancel anywhere (T3)."""
        for task in self._tasks:
            task.cancel()


async def _repeat(span: timedelta, tick: Tick) -> None:
    while True:
        await asyncio.sleep(span.total_seconds())
        try:
            await tick()
        except Exception:
            log.exception("a tick failed; the next one tries again")
