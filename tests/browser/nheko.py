"""Nheko on a screen that nobody sees, as a member uses it: what is typed and clicked, and what its window shows."""

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from csv import QUOTE_NONE, DictReader
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageGrab

from ombot.demo.stage import PASSWORD, Stage

WIDTH, HEIGHT = 1280, 1000
PATIENCE = 120.0
"""Seconds until the window shows something, on a machine that does other things as well."""
PAUSE = 0.3
GREATER = 2
"""The letters of the window are too small for Tesseract by this."""
INTO = 8
"""From the left end of a word to where it is surely hit, in pixels."""
ONE_LINE = ("block_num", "par_num", "line_num")
DEVICE = "NHEKO"
PROFILE = "ombot"
"""One program runs for each profile; in one of its own, a nheko of whoever runs the tests is left alone."""
PROGRAM = ("nheko", "--profile", PROFILE, "--log-type", "stderr")
SETTINGS = r"""
[General]
run_without_secure_secrets_service=true

[profile]
{profile}\auth\access_token={token}
{profile}\auth\device_id={device}
{profile}\auth\home_server={homeserver}
{profile}\auth\user_id={user_id}

[window]
width={width}
height={height}
tray=false
"""


@dataclass(frozen=True)
class Place:
    """Where in the window something stands, in pixels: its left end and its middle."""

    left: int
    middle: int


@dataclass(frozen=True)
class Line:
    """A line of text in the window, with the place of each of its words."""

    words: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def text(self) -> str:
        """The words, with a blank between them."""
        return " ".join(self.words)

    def find(self, pattern: str) -> Place | None:
        """Where the word stands in which a match begins."""
        found = re.search(pattern, self.text)
        return self.places[self.text[: found.start()].count(" ")] if found else None


class Unseen(AssertionError):
    """The window did not show in time what it should."""


class Nheko:
    """One member at one window."""

    def __init__(self, display: str) -> None:
        self.display = display
        self._read: tuple[bytes, list[Line]] = (b"", [])

    async def until(self, pattern: str) -> Place:
        """Wait until something matches in a line of the window; the place of the lowest one."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for line in reversed(await self.lines()):
                        if place := line.find(pattern):
                            return place
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            shown = "\n".join(line.text for line in self._read[1])
            raise Unseen(f"{pattern!r} is not to be read in the window, but:\n{shown}") from None

    async def lines(self) -> list[Line]:
        """What is to be read in the window now, from top to bottom."""
        window = await asyncio.to_thread(ImageGrab.grab, xdisplay=self.display)
        if window.tobytes() != self._read[0]:
            self._read = (window.tobytes(), await _read(window))
        return self._read[1]

    async def click(self, pattern: str, below: int = 0) -> None:
        """Click the word with which the lowest match begins, or so many pixels below it."""
        place = await self.until(pattern)
        await self._act("mousemove", str(place.left + INTO), str(place.middle + below), "click", "1")

    async def write(self, text: str) -> None:
        """Type a message and send it."""
        await self.click("Write a message")
        await self._act("type", "--delay", "30", text)
        await self.press("Return")

    async def reply(self, text: str) -> None:
        """Answer the newest message."""
        await self.press("alt+Up")
        await self.write(text)

    async def press(self, keys: str) -> None:
        """Press keys together, as ``alt+Up``."""
        await self._act("key", keys)

    async def _act(self, *arguments: str) -> None:
        await _output("xdotool", *arguments, env={**os.environ, "DISPLAY": self.display})


async def _read(window: Image.Image) -> list[Line]:
    size = (window.width * GREATER, window.height * GREATER)
    picture = BytesIO()
    window.convert("L").resize(size, Image.Resampling.LANCZOS).save(picture, "PNG")
    # One thread: two of them on two cores wait for each other more than they read.
    table = await _output(
        *("tesseract", "-", "-", "-l", "deu", "--psm", "11", "tsv"),
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        given=picture.getvalue(),
    )
    rows = DictReader(table.splitlines(), delimiter="\t", quoting=QUOTE_NONE)
    words = [row for row in rows if row["text"].strip()]
    lines = [_line(list(line)) for _, line in groupby(words, lambda row: [row[column] for column in ONE_LINE])]
    return sorted(lines, key=lambda line: line.places[0].middle)


def _line(rows: list[dict[str, str]]) -> Line:
    return Line(tuple(row["text"] for row in rows), tuple(_place(row) for row in rows))


def _place(row: dict[str, str]) -> Place:
    return Place(int(row["left"]) // GREATER, (int(row["top"]) + int(row["height"]) // 2) // GREATER)


async def _output(*command: str, env: dict[str, str], given: bytes = b"") -> str:
    process = await asyncio.create_subprocess_exec(*command, env=env, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    output, _ = await process.communicate(given)
    assert process.returncode == 0, command
    return output.decode()


@asynccontextmanager
async def nheko(stage: Stage, user: str, room: str, folder: Path) -> AsyncIterator[Nheko]:
    """The window of somebody of the cast in a group's room; ``folder`` becomes their home.

    Nheko takes the session from its settings, so nobody has to type a password.
    """
    token = await asyncio.to_thread(stage.homeserver.login, user, PASSWORD, DEVICE)
    settings = folder / ".config" / "nheko" / "nheko.conf"
    settings.parent.mkdir(parents=True)
    user_id = f"@{user}:{stage.homeserver.server_name}"
    session = {"token": token, "device": DEVICE, "homeserver": stage.homeserver.url, "user_id": user_id}
    settings.write_text(SETTINGS.format(profile=PROFILE, **session, width=WIDTH, height=HEIGHT))
    async with _screen() as display:
        environment = {
            "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            "DISPLAY": display, "QT_QUICK_BACKEND": "software",
        }  # fmt: skip
        with (folder / "nheko.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *PROGRAM, env=environment, cwd=folder, stdin=DEVNULL, stdout=log, stderr=log
            )
        try:
            client = Nheko(display)
            # An identity of their own is nothing that ombot needs.
            await client.until("Setup Encryption")
            await client.click("Cancel$")
            await client.until("No room open")
            # A second start tells the first what to open.
            await _output(*PROGRAM, f"matrix:r/{room}:{stage.homeserver.server_name}", env=environment)
            await client.until("Write a message")
            yield client
        finally:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _screen() -> AsyncIterator[str]:
    """A screen in memory, under a number that was free."""
    process = await asyncio.create_subprocess_exec(
        *("Xvfb", "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"),
        stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        display = f":{(await process.stdout.readline()).decode().strip()}"
        # With keys for umlauts: for what no key has, xdotool changes the keyboard while it types.
        await _output("setxkbmap", "-display", display, "de", env=dict(os.environ))
        yield display
    finally:
        process.terminate()
        await process.wait()
