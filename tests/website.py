"""The web server with a bot behind it, put together as the program does it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import ClientSession, web
from multidict import CIMultiDictProxy
from testbot import TestBot

from ombot.web.calendar import CalendarFeeds
from ombot.web.directory import Directory
from ombot.web.health import Vitals
from ombot.web.links import Links
from ombot.web.server import WebServer

PUBLIC = "https://ombot.example.org"


async def _well() -> Vitals:
    return Vitals(True, None, None, 0, None, (), None, False, {})


class Site:
    """A running web server, what is fetched from it, and the bot behind it."""

    def __init__(self, bot: TestBot) -> None:
        self.bot = bot
        self._server = WebServer("127.0.0.1", 0, _well, _pages(bot))
        self._client = ClientSession()

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._client.close()
        await self._server.stop()

    @property
    def address(self) -> str:
        """Where it is reached from this machine."""
        return f"http://127.0.0.1:{self._server.port}"

    async def get(self, path: str, **headers: str) -> tuple[int, str, CIMultiDictProxy[str]]:
        """Status, text and headers of an answer."""
        async with self._client.get(f"{self.address}{path}", headers=headers) as answer:
            return answer.status, (await answer.read()).decode(errors="replace"), answer.headers

    async def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Status and text of the answer to a form."""
        async with self._client.post(f"{self.address}{path}", data=form) as answer:
            return answer.status, await answer.text()

    async def text(self, path: str) -> str:
        """What stands at an address."""
        status, text, _ = await self.get(path)
        assert status == 200
        return text

    def calendar(self, command: str = "!kalender", as_: str = "eva", room: str = "dm") -> str:
        """The path of the calendar that a command names."""
        (card,) = self.bot.send(command, as_=as_, room=room)
        (line,) = [line for line in card.text.splitlines() if line.startswith(PUBLIC)]
        return urlsplit(line).path


def _pages(bot: TestBot) -> Iterable[web.AbstractRouteDef]:
    yield from CalendarFeeds(bot.store, bot.settings).routes()
    yield from Directory(bot.store, bot.settings).routes()
    yield from Links(bot.store, bot.settings, lambda: bot.now).routes()
