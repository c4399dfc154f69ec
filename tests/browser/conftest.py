"""Members at real Matrix clients on the demo's stage, in encrypted rooms."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from ombot.demo.play import Narrator
from ombot.demo.stage import PASSWORD, Stage, set_stage
from ombot.demo.webclient import web_client

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.browser.hydrogen import Hydrogen

SEEN_BY = "bgrci"
# As wide as a page of the handbook can show legibly, and high enough for a command, its card and the answer to a reply.
SIZE = {"width": 980, "height": 1080}
SHARPNESS = 2
"""Pixels of a picture for each of the page's, as it is printed."""
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Scene:
    """The client of one member, and the others as the demo plays them."""

    client: "Hydrogen"
    others: Narrator


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The demo's stage, for every client."""
    async with set_stage(tmp_path_factory.mktemp("demo")) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(stage: Stage) -> AsyncIterator[Scene]:
    """A member is logged in before anybody writes: in an encrypted room a later device could read nothing."""
    # Imported here: `make test` collects this folder where no browser is installed.
    from playwright.async_api import async_playwright

    from tests.browser.hydrogen import Hydrogen

    async with (
        web_client(stage.homeserver.url) as address,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), chromium_sandbox=False, args=list(QUIET)
        )
        client = Hydrogen(await browser.new_page(viewport=SIZE, device_scale_factor=SHARPNESS, locale="de-DE"))
        await client.log_in(address, SEEN_BY, PASSWORD)
        yield Scene(client, Narrator(stage))
        await browser.close()


@pytest.fixture
def picture(scene: Scene) -> "Callable[[str, Locator], Awaitable[None]]":
    """Keep what the member sees from a message on, in the folder PICTURES; without it, nothing is kept."""

    async def keep(name: str, first: "Locator") -> None:
        folder = os.environ.get("PICTURES")
        if folder:
            await scene.client.picture(Path(folder) / name, first)

    return keep


@pytest.fixture
def expect() -> Callable[..., Any]:
    """Playwright's assertions, which wait for what is to come."""
    from playwright.async_api import expect

    return expect
