"""The strict client is built once; the tests of a module share one ombot, and every test has members of its own."""

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio

from ombot.demo.homeserver import Homeserver
from tests.strict.installation import PASSWORD, Installation
from tests.strict.member import StrictMember, build

PEOPLE = 16


@pytest.fixture(scope="session")
def homeserver() -> Iterator[Homeserver]:
    with Homeserver() as server:
        yield server


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("client"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(
    homeserver: Homeserver, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Installation]:
    """A bot that is set up and running."""
    key = request.module.__name__.rpartition("test_")[2]
    bot, *people = [homeserver.register(f"{key}-{number}", PASSWORD) for number in range(PEOPLE + 1)]
    made = Installation(tmp_path_factory.mktemp("ombot"), homeserver, bot, people, key)
    await made.command("init", "--yes")
    await made.start()
    yield made
    await made.stop(signal.SIGKILL)


@pytest.fixture
def person(installation: Installation) -> Callable[[], str]:
    """Members who have not been at a client yet."""
    return installation.people.pop


class LogIn(Protocol):
    """Logs a member in at the strict client, until the end of the test."""

    async def __call__(self, user_id: str, **options: Any) -> StrictMember: ...


@pytest_asyncio.fixture(loop_scope="module")
async def log_in(program: Path, homeserver: Homeserver) -> AsyncIterator[LogIn]:
    async with AsyncExitStack() as stack:

        async def member(user_id: str, **options: Any) -> StrictMember:
            return await stack.enter_async_context(StrictMember(program, homeserver.url, user_id, PASSWORD, **options))

        yield member
