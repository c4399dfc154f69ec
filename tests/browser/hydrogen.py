"""Hydrogen in a browser, as a member uses it: what is clicked and typed, and what is to be seen."""

import asyncio
from pathlib import Path

from playwright.async_api import FloatRect, Locator, Page, expect

PATIENCE_MS = 60_000
"""From a click to the bot's answer on the page, on a machine that does other things as well."""

MARGIN = 8
"""Around what is in a picture, in pixels."""

expect.set_options(timeout=PATIENCE_MS)


class Hydrogen:
    """One member at one browser page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)

    async def log_in(self, address: str, user: str, password: str) -> None:
        """Log in at the homeserver that the page proposes."""
        await self.page.goto(address)
        await self.page.fill("#username", user)
        await self.page.fill("#password", password)
        await self.page.click("button[type=submit]")
        await self.page.wait_for_selector(".RoomList")

    async def open_room(self, name: str) -> None:
        """Click a room in the list."""
        await self.page.locator(".RoomList li", has=self.page.get_by_text(name, exact=True)).click()
        await expect(self.page.locator(".RoomHeader h2")).to_have_text(name)

    async def write(self, text: str) -> None:
        """Type into the composer and send."""
        await self.page.fill(".MessageComposer textarea", text)
        await self.page.keyboard.press("Enter")

    async def reply(self, message: Locator, text: str) -> None:
        """Answer a message by its menu."""
        await self._menu(message, "Reply")
        await self.write(text)

    async def press(self, message: Locator, key: str) -> None:
        """Click the button under a card, which is a reaction the bot put there, and see it counted."""
        button = self.button(message, key)
        await button.click()
        await expect(button).to_have_text(f"{key} 2")

    def button(self, message: Locator, key: str) -> Locator:
        """The button under a card."""
        return message.locator(".Timeline_messageReactions button", has_text=key)

    def message(self, *words: str) -> Locator:
        """The newest message that says all of this."""
        return self._messages(*words).last

    def card(self, *words: str) -> Locator:
        """The newest message that says all of this and has buttons, as files and edits have none."""
        buttons = self.page.locator(".Timeline_messageReactions")
        return self._messages(*words).filter(has=buttons).last

    def _messages(self, *words: str) -> Locator:
        # Quotes of messages are list items as well.
        messages = self.page.locator(".Timeline_scroller > ul > li.Timeline_message")
        for word in words:
            messages = messages.filter(has_text=word)
        return messages

    async def download(self, name: str) -> bytes:
        """The newest file of this name, fetched and decrypted by the client."""
        message = self.message(name)
        async with self.page.expect_download() as started:
            await message.get_by_role("button", name=name).or_(message.get_by_role("link", name=name)).click()
        file = Path(await (await started.value).path())
        return await asyncio.to_thread(file.read_bytes)

    async def picture(self, file: Path, first: Locator) -> None:
        """The conversation from a message to the newest one."""
        await self.page.mouse.move(0, 0)
        await self.page.locator(".MessageComposer textarea").blur()
        scroller = self.page.locator(".Timeline_scroller")
        await scroller.evaluate("scroller => scroller.scrollTop = scroller.scrollHeight")
        area, top, end = [await _box(part) for part in (scroller, first, self._messages().last)]
        height = end["y"] + end["height"] - top["y"] + 2 * MARGIN
        clip = {"x": area["x"], "y": top["y"] - MARGIN, "width": area["width"], "height": height}
        await self.page.screenshot(path=file, clip=clip)

    async def _menu(self, message: Locator, entry: str) -> None:
        await message.hover()
        await message.locator(".Timeline_messageOptions").click()
        await self.page.locator(".menu button", has_text=entry).click()


async def _box(part: Locator) -> FloatRect:
    box = await part.bounding_box()
    assert box is not None
    return box
