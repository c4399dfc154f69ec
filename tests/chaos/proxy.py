"""A proxy between bot and homeserver that does what networks, load balancers and busy servers do."""

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

LOOPBACK = "127.0.0.1"
HOP_BY_HOP = ("Host", "Transfer-Encoding", "Content-Length", "Connection")
LIMIT_MS = 400

Chooser = Callable[[web.Request], str]
"""What happens to a request: one of ``pass``, ``429``, ``500``, ``502``, ``cut`` (never reaches the homeserver) and
``swallow`` (the homeserver accepts it, but its answer is lost)."""


def all_pass(_request: web.Request) -> str:
    """A good day."""
    return "pass"


def outage(_request: web.Request) -> str:
    """Nobody answers."""
    return "cut"


def storm(chance: random.Random, *kinds: str, share: float) -> Chooser:
    """A ``share`` of all requests meets these in turn."""
    turn = itertools.cycle(kinds)
    return lambda _request: next(turn) if chance.random() < share else "pass"


def swallow_messages(chance: random.Random, share: float) -> Chooser:
    """Of the messages that the homeserver has accepted, a ``share`` is not confirmed."""
    return lambda request: "swallow" if "/send/" in request.path and chance.random() < share else "pass"


@dataclass
class Proxy:
    """Forwards everything, except what ``choose`` says otherwise about."""

    choose: Chooser = all_pass
    target: str = ""
    port: int = 0
    requests: list[float] = field(default_factory=list)
    """When requests came in, by the monotonic clock."""
    done: dict[str, int] = field(default_factory=dict)

    async def start_before(self, target: str) -> str:
        """Listen on a free port of the loopback for what goes to ``target``. Returns the address."""
        self.target = target
        self._session = aiohttp.ClientSession(auto_decompress=False)
        application = web.Application(client_max_size=64 * 1024**2)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await self.open()
        self.port = int(self._runner.addresses[0][1])
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Listen (again)."""
        self._site = web.TCPSite(self._runner, LOOPBACK, self.port)
        await self._site.start()

    async def shut(self) -> None:
        """Listen no more and break all connections: nobody is there."""
        self.cut_all(outage)
        await self._site.stop()

    async def stop(self) -> None:
        """Cut everything."""
        await self._runner.cleanup()
        await self._session.close()

    def cut_all(self, choose: Chooser) -> None:
        """From now on ``choose`` decides, also about requests that are under way: their connections break."""
        self.choose = choose
        for handler in list(self._runner.server.connections if self._runner.server else ()):
            if handler.transport is not None:
                handler.transport.abort()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(time.monotonic())
        kind = self.choose(request)
        self.done[kind] = self.done.get(kind, 0) + 1
        match kind:
            case "429":
                body = {"errcode": "M_LIMIT_EXCEEDED", "error": "zu viel", "retry_after_ms": LIMIT_MS}
                return web.json_response(body, status=429)
            case "500":
                return web.json_response({"errcode": "M_UNKNOWN", "error": "gestolpert"}, status=500)
            case "502":
                return web.Response(text="<html>Bad Gateway</html>", status=502, content_type="text/html")
            case "cut":
                return self._cut(request)
        try:
            answer = await self._forward(request)
        except (TimeoutError, aiohttp.ClientError):
            return self._cut(request)
        return self._cut(request) if kind == "swallow" else answer

    @staticmethod
    def _cut(request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=502)

    async def _forward(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
        address = URL(self.target + request.raw_path, encoded=True)
        async with self._session.request(
            request.method, address, headers=headers, data=await request.read(), allow_redirects=False
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name not in HOP_BY_HOP}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())
