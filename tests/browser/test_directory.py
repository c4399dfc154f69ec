"""The directory in headless Chromium: at the width of a telephone and of a desk, with keys, checked by axe-core."""

import base64
import io
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from PIL import Image
from postbox import settings
from testbot import TestBot
from website import PUBLIC, Site

from ombot.features.mailing.tables import Mail
from ombot.features.people.tables import Profile, ProfilePhoto

from .conftest import QUIET

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 900}}
PEOPLE = (
    ("eva", "Eva Beispiel", "Referentin für Beratung und Unternehmensgründungsförderungsangelegenheiten"),
    ("jan", "Jan Muster", "Leitung"),
    ("ida", "Ida Probe", "Geschäftsführung"),
    ("kai", "Kai Büro", "Koordination"),
)
FIELDS = ("name", "function", "competences", "offer", "photo")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pages(tmp_path_factory: pytest.TempPathFactory) -> "AsyncIterator[dict[str, Page]]":
    """The directory of four persons, one with a photo, by the width of the window."""
    # Imported here: `make test` collects this folder where no browser is installed.
    from playwright.async_api import async_playwright

    bot = TestBot.create(tmp_path_factory.mktemp("directory"), **settings(port=1))
    _furnish(bot)
    site = Site(bot)
    await site.start()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), chromium_sandbox=False, args=list(QUIET)
        )
        link = f"{site.address}{_link(bot)}"
        opened = {}
        for name, size in SIZES.items():
            page = await browser.new_page(viewport=size, locale="de-DE")
            page.link = link
            page.asked = []
            page.complaints = []
            page.on("request", lambda request, page=page: page.asked.append(request.url))
            page.on("console", lambda message, page=page: page.complaints.append(message.text))
            await page.goto(f"{site.address}/directory", wait_until="networkidle")
            opened[name] = page
        yield opened
        await browser.close()
    await site.stop()
    bot.store.close()


def _link(bot: TestBot) -> str:
    """The path of the link in the newest letter: the bot can write some, though nobody takes them here."""
    bot.send("!email eva@example.org", room="dm")
    (*_, mail) = bot.table(Mail)
    text = str(mail.content["text"])
    return text[text.index(f"{PUBLIC}/link/") :].split(")")[0].split()[0].removeprefix(PUBLIC)


def _furnish(bot: TestBot) -> None:
    consent = {"level": "online", "since": "2026-11-26"}
    picture = io.BytesIO()
    Image.new("RGB", (160, 200), (31, 56, 100)).save(picture, "JPEG")
    with bot.store.unit() as session:
        for short, name, function in PEOPLE:
            profile = session.get(Profile, f"@{short}:example.org") or Profile(user_id=f"@{short}:example.org")
            profile.name, profile.function, profile.offer = name, function, "Begleitung kleiner Firmen\nauch vor Ort"
            profile.competences = ["Arbeitsschutz", "Förderung", "Qualifizierung"]
            profile.visibility = dict.fromkeys(FIELDS, consent)
            session.add(profile)
        jpeg = base64.b64encode(picture.getvalue()).decode()
        now = datetime.now(UTC)
        session.add(ProfilePhoto(user_id="@eva:example.org", jpeg=jpeg, width=160, height=200, added_at=now))


@pytest.mark.parametrize("size", SIZES)
async def test_everything_fits_and_comes_from_here(pages, size):
    page = pages[size]
    assert await page.locator("h3").all_inner_texts() == ["Eva Beispiel", "Kai Büro", "Jan Muster", "Ida Probe"]
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size]["width"]
    portrait = page.get_by_role("img", name="Porträt von Eva Beispiel")
    assert await portrait.evaluate("image => image.naturalWidth") == 160
    assert page.complaints == []
    assert await page.locator("script, iframe, [style], [onclick]").count() == 0
    assert {url.split("/", 3)[3].split("/")[0] for url in page.asked} == {"directory"}
    folder = os.environ.get("PICTURES")
    if folder:
        await page.screenshot(path=Path(folder) / f"verzeichnis-{size}.png")


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing(pages, size):
    from axe_playwright_python.async_playwright import Axe

    found = await Axe().run(pages[size])
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found.response["violations"]] == []
    assert {"color-contrast", "html-has-lang", "image-alt"} <= {one["id"] for one in found.response["passes"]}


@pytest.mark.parametrize("size", SIZES)
async def test_the_page_of_a_link_is_as_good(pages, size):
    from axe_playwright_python.async_playwright import Axe

    page = pages[size]
    await page.goto(page.link, wait_until="networkidle")
    found = await Axe().run(page)
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found.response["violations"]] == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    assert await page.get_by_role("button").all_inner_texts() == ["Ja, ich stimme zu"]
    await page.goto(f"{page.link.split('/link/')[0]}/directory", wait_until="networkidle")


async def test_it_is_read_with_the_keys_alone(pages):
    page = pages["phone"]
    await page.reload(wait_until="networkidle")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Zum Inhalt springen")
    assert await skip.evaluate("link => link === document.activeElement")
    assert await skip.evaluate("link => link.getBoundingClientRect().left >= 0")
    reached = []
    for _ in range(3):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.textContent"))
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        area = await page.evaluate(
            "(({width, height}) => [width, height])(document.activeElement.getBoundingClientRect())"
        )
        assert min(area) >= 40
    assert reached == ["B", "M", "P"]
    await page.keyboard.press("Enter")
    assert page.url.endswith("#buchstabe-3")
    assert await page.locator("#buchstabe-3").evaluate("title => title.getBoundingClientRect().top < innerHeight")
