"""A bot that is reached from outside, for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from testbot import TestBot
from website import PUBLIC, Site


@pytest_asyncio.fixture
async def site(tmp_path: Path, database: str) -> AsyncIterator[Site]:
    """A bot that is reached from outside; on SQLite and on PostgreSQL."""
    bot = TestBot.create(tmp_path, database, web={"public_url": PUBLIC})
    site = Site(bot)
    await site.start()
    yield site
    await site.stop()
    bot.store.close()
