"""What systemd is told (``Type=notify``, ``WatchdogSec=``); nothing happens where nobody listens."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Final

log = logging.getLogger(__name__)

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"
BEAT: Final = "WATCHDOG=1"
PERIOD_SECONDS = 20.0
"""Between two signs of life when no watchdog asks for them."""
PATIENCE_SECONDS = 0.5


def notify(*states: str) -> None:
    """Tell systemd how the service is."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            # A manager that reads nothing any more would hold up everything.
            channel.settimeout(PATIENCE_SECONDS)
            channel.connect("\0" + address[1:] if address.startswith("@") else address)
            channel.sendall("\n".join(states).encode())
    except OSError as error:
        # Whoever started us has gone; that is no reason to go as well.
        log.warning("the service manager cannot be told: %s", error)


def status(words: str) -> str:
    """How the service is in words, as ``systemctl status`` shows them."""
    return "STATUS=" + " ".join(words.split())


def period() -> float:
    """Seconds between signs of life: a third of what the watchdog allows, so that two may be lost."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(microseconds) / 3e6 if microseconds.isdecimal() and ours else PERIOD_SECONDS


class Heart:
    """Signs of life, as long as the event loop turns and ``alive`` says yes.

    ``alive`` is replaced once there is something to ask. Before ``READY=1`` they only ask for patience: a start may
    wait for the homeserver as long as it takes.
    """

    def __init__(self) -> None:
        self.alive: Callable[[], Awaitable[bool]] = _yes
        self._ready = False

    def ready(self, words: str) -> None:
        """Say that we serve; from now on the watchdog counts."""
        self._ready = True
        notify(READY, status(words))

    async def beat(self) -> None:
        """Beat until cancelled."""
        pause = period()
        patience = f"EXTEND_TIMEOUT_USEC={int(3 * pause * 1e6)}"
        while os.environ.get("NOTIFY_SOCKET"):
            if await self.alive():
                notify(BEAT if self._ready else patience)
            await asyncio.sleep(pause)


async def _yes() -> bool:
    return True
