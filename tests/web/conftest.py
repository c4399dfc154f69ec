"""A bot that is reached from outside, for the tests of this folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio
from sqlalchemy import Engine
from testbot import TestBot
from website import PUBLIC, Site


@asynccontextmanager
async def _site(bot: TestBot) -> AsyncIterator[Site]:
    site = Site(bot)
    await site.start()
    yield site
    await site.stop()
    bot.store.close()


@pytest_asyncio.fixture
async def site(tmp_path: Path, opened_sqlite: Engine) -> AsyncIterator[Site]:
    """A bot that is reached from outside, on SQLite."""
    async with _site(TestBot.create(tmp_path, opened_sqlite, web={"public_url": PUBLIC})) as site:
        yield site


@pytest_asyncio.fixture
async def site_everywhere(tmp_path: Path, opened: Engine) -> AsyncIterator[Site]:
    """The same on SQLite and on PostgreSQL."""
    async with _site(TestBot.create(tmp_path, opened, web={"public_url": PUBLIC})) as site:
        yield site
