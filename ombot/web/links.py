"""The links in letters over HTTP: ``/link/<token>``. Looking changes nothing; pressing the button does one thing."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from aiohttp import web

from ombot.config import Settings
from ombot.documents import html
from ombot.features.mailing import links
from ombot.features.mailing.links import Given, Page
from ombot.store.unit import Store

TEMPLATES = Path(__file__).parent / "templates"


class Links:
    """Shows what a link would do, and does it once."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._headers = {
            "Content-Security-Policy": html.policy(forms=True),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
            "X-Content-Type-Options": "nosniff",
        }

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """What the web server serves."""
        return [web.get("/link/{token}", self._show), web.post("/link/{token}", self._redeem)]

    async def _show(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        now = self._clock()
        return self._answer(await self._store.read(lambda session: links.show(session, self._settings, token, now)))

    async def _redeem(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        form = await request.post()
        now = self._clock()
        chosen = {name: value for name, value in form.items() if isinstance(value, str)}
        # The one click of a mail program (RFC 8058) is the button of a page that has only one.
        button = "yes" if "List-Unsubscribe" in form else chosen.get("choice", "")
        given = Given(button, chosen.get("text", ""), chosen)
        return self._answer(
            await self._store.write(lambda session: links.redeem(session, self._settings, token, given, now))
        )

    def _answer(self, page: Page) -> web.Response:
        view = {
            "document_title": f"{page.title} – {self._settings.organisation.name}",
            "organisation": self._settings.organisation.name,
            "page": page,
        }
        content = html.render("link", view, TEMPLATES)
        return web.Response(
            body=content, status=page.status, content_type="text/html", charset="utf-8", headers=self._headers
        )
