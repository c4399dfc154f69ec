"""Whether anybody listens at the homeserver's address, found out by a TCP connection without a request."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

ANSWER_SECONDS = 2.0
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Door:
    """Where the homeserver listens, or the proxy in front of it, which then answers for it.

    The HTTP session takes no proxy from the environment either, so both go the same way. No TLS is spoken: that
    would cost the server as much as a request.
    """

    host: str
    port: int

    @classmethod
    def of(cls, homeserver: str) -> Self | None:
        """The door of a base URL; None when it names no host to knock at."""
        url = urlsplit(homeserver)
        port = url.port or PORTS.get(url.scheme)
        return cls(url.hostname, port) if url.hostname and port else None

    async def answers(self) -> bool:
        """Whether a connection is accepted within two seconds."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                _, writer = await asyncio.open_connection(self.host, self.port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
