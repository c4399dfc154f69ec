"""Calendar feeds over HTTP: ``/calendar/<secret>.ics``."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from aiohttp import web

from ombot import documents
from ombot.config import Settings
from ombot.features.feeds.export import feed_data
from ombot.store.unit import Store

CACHED = 64
"""How many rendered calendars are kept in memory; one of 500 meetings has about 200 KB."""


class CalendarFeeds:
    """Answers calendar programs, which ask every hour whether something has changed.

    The data of a calendar is read for each request, which is quick and always true; its rendering is slow, and is
    done again only for data that is new.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._rendered: OrderedDict[str, bytes] = OrderedDict()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """What the web server serves."""
        return [web.get("/calendar/{secret}.ics", self._feed)]

    async def _feed(self, request: web.Request) -> web.Response:
        secret = request.match_info["secret"]
        data = await self._store.read(lambda session: feed_data(session, self._settings, secret))
        if data is None:
            # The same answer as for any address that does not exist.
            raise web.HTTPNotFound
        etag = _etag(data)
        headers = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
        if any(known.value in (etag, "*") for known in request.if_none_match or ()):
            response = web.Response(status=304, headers=headers)
        else:
            content = await self._content(etag, data)
            response = web.Response(body=content, content_type="text/calendar", charset="utf-8", headers=headers)
        response.etag = etag
        return response

    async def _content(self, etag: str, data: dict[str, Any]) -> bytes:
        if etag not in self._rendered:
            self._rendered[etag] = await asyncio.to_thread(documents.render, "calendar", "ics", data)
            while len(self._rendered) > CACHED:
                self._rendered.popitem(last=False)
        content = self._rendered[etag]
        self._rendered.move_to_end(etag)
        return content


def _etag(data: dict[str, Any]) -> str:
    # With the version: a new one may write the same data in another way.
    text = json.dumps([version("ombot"), data], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
