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
from sqlmodel import select
from testbot import TestBot
from website import PUBLIC, Site

from ombot.features.mailing.tables import Mail, MailAddress
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
        links = [f"{site.address}{path}" for path in _links(bot)]
        opened = {}
        for name, size in SIZES.items():
            page = await browser.new_page(viewport=size, locale="de-DE")
            page.links = links
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


def _links(bot: TestBot) -> list[str]:
    """The paths of links to consent, to vote and to release fields; letters are written, though nobody takes them."""
    bot.send("!email eva@example.org", room="dm")
    with bot.store.unit() as session:
        session.exec(select(MailAddress)).one().consented_at = bot.now
    bot.send("!beschluss Der Einseiter wird veröffentlicht")
    bot.pass_time(bot.now)
    bot.send("!email freigaben eva", as_="kai", room="office")
    texts = [str(mail.content["text"]) for mail in bot.table(Mail)]
    return [text[text.index(f"{PUBLIC}/link/") :].split(")")[0].split()[0].removeprefix(PUBLIC) for text in texts]


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
    for link, button in zip(page.links, ("Ja, ich stimme zu", "Stimme abgeben", "Speichern"), strict=True):
        await page.goto(link, wait_until="networkidle")
        found = await Axe().run(page)
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found.response["violations"]] == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
        assert await page.get_by_role("button").all_inner_texts() == [button]
    await page.goto(f"{page.links[0].split('/link/')[0]}/directory", wait_until="networkidle")


async def test_one_votes_with_the_keys_alone(pages):
    page = pages["phone"]
    await page.goto(page.links[1], wait_until="networkidle")
    for key in ("Tab", "Tab", "ArrowDown", "ArrowDown", "Tab"):  # past the skip link; the third answer; the text
        await page.keyboard.press(key)
    assert await page.get_by_role("radio", name="Bedenken").is_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    assert await alert.inner_text() == (
        "Bedenken und Einwand brauchen ihren Grund. Bitte schreiben Sie ihn in das Feld „Begründung“."
    )
    assert await page.get_by_role("radio", name="Bedenken").is_checked()
    await page.get_by_label("Begründung").fill("Zu früh")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Vielen Dank, Ihre Stimme ist gespeichert").wait_for()
    await page.goto(f"{page.links[0].split('/link/')[0]}/directory", wait_until="networkidle")


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
