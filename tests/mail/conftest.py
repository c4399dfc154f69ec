"""A bot that writes e-mail to a real server on the loopback, for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from postbox import Post, Postbox, settings
from testbot import TestBot
from website import Site


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A mail server that is open."""
    box = Postbox()
    box.open()
    yield box
    box.close()


@pytest_asyncio.fixture
async def post(tmp_path: Path, database: str, postbox: Postbox) -> AsyncIterator[Post]:
    """A bot with everything that e-mail needs; on SQLite and on PostgreSQL."""
    bot = TestBot.create(tmp_path, database, **settings(postbox.port))
    site = Site(bot)
    await site.start()
    yield Post(bot, postbox, site)
    await site.stop()
    bot.store.close()
