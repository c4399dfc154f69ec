"""The directory of members over HTTP: ``/directory`` and its photos, for anybody."""

import base64
from collections.abc import Iterable
from datetime import datetime

from aiohttp import web

from ombot.config import Settings
from ombot.documents import html
from ombot.features.directory import export
from ombot.store.unit import Store
from ombot.web.serving import ServedDocument

_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
# Asked again each time, so that a consent that was taken back counts at once; unchanged pages are not sent again.
_PAGE = {"Cache-Control": "no-cache", **_SAFE}


class Directory:
    """Answers with what persons have released for everybody at this moment."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._page = ServedDocument("directory", "html", {"Content-Security-Policy": html.policy(), **_PAGE})

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """What the web server serves."""
        return [web.get("/directory", self._show), web.get(f"/{export.PHOTOS}/{{name}}.jpg", self._photo)]

    async def _show(self, request: web.Request) -> web.Response:
        now = datetime.now(self._settings.organisation.timezone)
        data = await self._store.read(lambda session: export.page(session, self._settings, now))
        return await self._page.answer(request, data)

    async def _photo(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        jpeg = await self._store.read(lambda session: export.photo(session, name))
        if jpeg is None:
            raise web.HTTPNotFound
        if any(known.value in (name, "*") for known in request.if_none_match or ()):
            response = web.Response(status=304, headers=_PAGE)
        else:
            response = web.Response(body=base64.b64decode(jpeg), content_type="image/jpeg", headers=_PAGE)
        response.etag = name
        return response
