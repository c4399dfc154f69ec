"""``ombot demo``: a session cycle played by members in encrypted rooms; true only if all of it really arrived."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import click

from ombot.demo.member import Member, Missing, Seen
from ombot.demo.proof import prove
from ombot.demo.scenes import SCENES
from ombot.demo.stage import CAST, GROUPS, PASSWORD, Stage, set_stage
from ombot.demo.webclient import WebClientError, can_build, web_client

WATCHES_AS = "bgrci"
"""Who one is in the browser."""


class Narrator:
    """Members act through it, so that the terminal shows the conversation as it happens."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def title(self, text: str) -> None:
        """The heading of a scene."""
        click.secho(f"\n── {text} ", bold=True)

    def member(self, who: str) -> Member:
        """A person of the cast."""
        return self.stage.members[who]

    def room(self, where: str) -> str:
        """The room of a group."""
        return self.stage.rooms[where]

    async def say(self, who: str, where: str, text: str, reply_to: str | None = None) -> Seen:
        """A member writes in a group's room (or a room by its id) and waits for the bot's answer."""
        room = self.stage.rooms.get(where, where)
        self._show(CAST[who].name, where, text)
        event_id = await self.member(who).say(room, text, reply_to)
        answer = await self.member(who).answer(room, event_id)
        self._show("ombot", where, answer.body)
        return answer

    async def tell(self, who: str, where: str, text: str) -> str:
        """A member writes something that is not answered."""
        self._show(CAST[who].name, where, text)
        return await self.member(who).say(self.stage.rooms.get(where, where), text)

    async def press(self, who: str, where: str, card: Seen, key: str) -> None:
        """A member presses a button."""
        self._show(CAST[who].name, where, key)
        await self.member(who).react(self.room(where), card.event_id, key)

    async def see(self, who: str, where: str, words: str) -> Seen:
        """A member sees something the bot says by itself."""
        room = self.stage.rooms.get(where, where)
        bot = self.stage.bot_id
        seen = await self.member(who).expect(
            room, lambda message: message.sender == bot and words in message.body, f"„{words}“ in {where}"
        )
        self._show("ombot", where, seen.body)
        return seen

    def _show(self, name: str, where: str, text: str) -> None:
        place = GROUPS[where][0] if where in GROUPS else "Direktchat"
        colour = "cyan" if name == "ombot" else "green"
        click.echo(f"[{place}] " + click.style(name, fg=colour, bold=True) + ": " + _indented(text))


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


async def play(folder: Path, *, once: bool) -> bool:
    """Play the demo and leave the exported files in ``folder``. Returns whether everything arrived."""
    task = asyncio.current_task()
    if task is not None:
        # Ended from outside, the homeserver and the bot must not be left behind.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    click.echo("Ein Homeserver, ombot und sechs Mitglieder werden gestartet …")
    try:
        async with set_stage(folder) as stage, AsyncExitStack() as stack:
            address = await _open_client(stage, stack) if not once and can_build() else None
            await _perform(stage)
            if not once:
                await _stay(stage, address)
    except Missing as missing:
        click.secho(f"\nNicht angekommen: {missing}", fg="red", err=True)
        return False
    return True


async def _open_client(stage: Stage, stack: AsyncExitStack) -> str | None:
    """Serve a client in the browser, and wait until the one who watches has opened it; gives back its address."""
    click.echo("Die Ansicht im Browser wird gebaut …")
    try:
        address = await stack.enter_async_context(web_client(stage.homeserver.url, WATCHES_AS, PASSWORD))
    except WebClientError as error:
        click.secho(f"Ohne Ansicht im Browser: {error}", fg="yellow", err=True)
        return None
    # In an encrypted room a device reads only what is written after its login.
    click.echo(
        f"\nZum Zusehen im Browser: {address} (angemeldet als {CAST[WATCHES_AS].name}).\n"
        "Bitte zuerst öffnen, dann hier die Eingabetaste drücken: Zu lesen ist dort, was ab dann geschrieben wird."
    )
    await _enter_key()
    return address


async def _enter_key() -> None:
    loop = asyncio.get_running_loop()
    pressed = asyncio.Event()
    # Not input() in a thread: the end by Ctrl-C would wait for the key.
    loop.add_reader(sys.stdin, pressed.set)
    try:
        await pressed.wait()
    finally:
        loop.remove_reader(sys.stdin)
    sys.stdin.readline()


async def _perform(stage: Stage) -> None:
    narrator = Narrator(stage)
    for title, scene in SCENES:
        narrator.title(title)
        await scene(narrator)
    narrator.title("Was angekommen ist")
    for line in await prove(stage):
        click.echo(f"  ✓ {line}")


async def _stay(stage: Stage, address: str | None) -> None:
    if address is not None:
        click.echo(f"\nZum Weiterschreiben im Browser, zum Beispiel !meine: {address}")
    click.echo(
        f"\nZum Umsehen mit einem Matrix-Programm: Homeserver {stage.homeserver.url}, "
        f"Benutzer {', '.join(CAST)}, Passwort {PASSWORD}. Ende mit Strg-C."
    )
    sys.stdout.flush()
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
