"""The web server: ``/healthz``, ``/readyz`` and ``/metrics``, and what it is given beside them."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime

from aiohttp import web

from ombot.web.health import Vitals, metrics, problems


class WebServer:
    """Serves until stopped. ``vitals`` is asked anew for every request; ``pages`` are for members and for anybody."""

    def __init__(
        self,
        host: str,
        port: int,
        vitals: Callable[[], Awaitable[Vitals]],
        pages: Iterable[web.AbstractRouteDef] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._address = (host, port)
        self._vitals = vitals
        self._clock = clock
        app = web.Application()
        app.add_routes(pages)
        app.add_routes(
            [web.get("/healthz", self._healthz), web.get("/readyz", self._readyz), web.get("/metrics", self._metrics)]
        )
        # No log of requests: the secrets of calendars and links stand in their addresses.
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken.
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._address).start()

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        vitals = await self._vitals()
        wrong = [problem.sentence for problem in problems(vitals, self._clock())]
        stuck = [{"reference": row.reference, "what": row.what} for row in vitals.stuck]
        health = {"healthy": not wrong, "problems": wrong, "stuck": stuck}
        return web.json_response(health, status=503 if wrong else 200)

    async def _readyz(self, _request: web.Request) -> web.Response:
        ready = (await self._vitals()).ready
        return web.json_response({"ready": ready}, status=200 if ready else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        text = metrics(await self._vitals(), self._clock())
        return web.Response(text=text, content_type="text/plain")
