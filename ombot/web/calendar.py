"""Calendar feeds over HTTP: ``/calendar/<secret>.ics``."""

from collections.abc import Iterable

from aiohttp import web

from ombot.config import Settings
from ombot.features.feeds.export import feed_data
from ombot.store.unit import Store
from ombot.web.serving import ServedDocument

_HEADERS = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


class CalendarFeeds:
    """Answers calendar programs, which ask every hour whether something has changed."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._calendars = ServedDocument("calendar", "ics", _HEADERS)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """What the web server serves."""
        return [web.get("/calendar/{secret}.ics", self._feed)]

    async def _feed(self, request: web.Request) -> web.Response:
        secret = request.match_info["secret"]
        data = await self._store.read(lambda session: feed_data(session, self._settings, secret))
        if data is None:
            # The same answer as for any address that does not exist.
            raise web.HTTPNotFound
        return await self._calendars.answer(request, data)
