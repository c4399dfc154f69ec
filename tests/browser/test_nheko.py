"""A member at nheko in an encrypted room: what its window shows, and what arrives at others."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from ombot.demo.member import Member, Seen
from ombot.demo.stage import Stage

from .nheko import Nheko, nheko

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
WHO, ROOM, OTHER = "itb", "transfer", "zdh"
BUTTONS_BELOW = 18
"""From the line that explains the buttons of a card to the buttons, in pixels."""


@dataclass
class Desk:
    """The window of one member, and another member of the same room at a client of their own."""

    window: Nheko
    stage: Stage

    @property
    def other(self) -> Member:
        return self.stage.members[OTHER]

    async def arrived(self, words: str, sender: str) -> Seen:
        """The message that says this, as the other has it."""
        name = f"@{sender}:{self.stage.homeserver.server_name}"
        return await self.other.expect(
            self.stage.rooms[ROOM], lambda seen: seen.sender == name and words in seen.body, words, patience=120
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """The member's window is open before anything is written: a later device could read nothing of it."""
    async with nheko(stage, WHO, ROOM, tmp_path_factory.mktemp("nheko")) as window:
        yield Desk(window, stage)


async def test_a_task_is_recorded_and_finished_by_a_button(desk: Desk) -> None:
    title = "Liste der Förderungen für Betriebe"
    await desk.window.write(f"!aufgabe {title} bis 30.09.")
    written = await desk.arrived(title, WHO)
    assert written.body == f"!aufgabe {title} bis 30.09."
    card = await desk.arrived(title, "ombot")
    await desk.window.until(rf"Aufgabe A\S+: {title}$")
    await desk.window.until(re.search(r"Frist: (.+)$", card.body, re.MULTILINE)[1])
    await desk.window.click(r"erledigt .*übernehme ich", below=BUTTONS_BELOW)
    done = await desk.arrived("Erledigt – A", "ombot")
    await desk.window.until(rf"Erledigt \S A\S+: {title}")
    assert title in done.body
    assert card.reactions["✅"] == {f"@{who}:{desk.stage.homeserver.server_name}" for who in ("ombot", WHO)}


async def test_a_task_is_moved_by_a_reply(desk: Desk) -> None:
    title = "Wege in die Regionen"
    await desk.window.write(f"!aufgabe {title}")
    card = await desk.arrived(title, "ombot")
    await desk.window.until(rf"Aufgabe A\S+: {title}$")
    await desk.window.reply("bis 31.10.")
    reply = await desk.arrived("bis 31.10.", WHO)
    assert reply.reply_to == card.event_id
    await desk.window.until(rf"Neue Frist \S A\S+: {title}")
    await desk.arrived("Neue Frist", "ombot")
