"""A bot that writes e-mail to a real server on the loopback, for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from postbox import Post, Postbox, post_with
from sqlalchemy import Engine


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A mail server that is open."""
    box = Postbox()
    box.open()
    yield box
    box.close()


@pytest_asyncio.fixture
async def post(tmp_path: Path, opened_sqlite: Engine, postbox: Postbox) -> AsyncIterator[Post]:
    """A bot with everything that e-mail needs, on SQLite."""
    async with post_with(tmp_path, postbox, opened_sqlite) as post:
        yield post


@pytest_asyncio.fixture
async def post_everywhere(tmp_path: Path, opened: Engine, postbox: Postbox) -> AsyncIterator[Post]:
    """The same on SQLite and on PostgreSQL."""
    async with post_with(tmp_path, postbox, opened) as post:
        yield post
