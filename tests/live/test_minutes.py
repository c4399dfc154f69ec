"""The minutes of the first session, typed by two scribes in an encrypted room: real program, real homeserver."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from PIL import Image
from seedminutes import AGENDA, ATTACHMENTS, MESSAGES, check_pdf, check_word

from ombot.demo.homeserver import Homeserver
from ombot.demo.member import Member, Seen
from ombot.demo.scenes import session_day
from ombot.documents import mimetype
from ombot.documents.german import day

PASSWORD = "geheim"
SECONDS = 60.0
CONFIG = """
[matrix]
homeserver = "{homeserver.url}"
user = "{bot}"
[storage]
database = "sqlite:///{folder}/ombot.sqlite3"
directory = "{folder}/data"
[space]
alias = "{space}"
[web]
listen = "127.0.0.1:0"
[limits]
commands = "0"
[quiet]
hours = ""
weekends = false
holidays = false
[[groups]]
key = "{board}"
name = "Strategiekreis"
kind = "board"
leads = ["{kai}"]
members = ["{eva}", "{jan}"]
[[groups]]
key = "{office}"
name = "Koordination"
kind = "coordination"
leads = ["{kai}"]
[[institutions]]
name = "BMAS"
kind = "ministry"
[[institutions]]
name = "ISF München"
kind = "research"
[[people]]
id = "{eva}"
institution = "BG RCI"
function = "Referentin"
[[people]]
id = "{jan}"
institution = "itb"
"""


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[None]:
    """``ombot init`` and ``ombot run``, until SIGTERM."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMBOT_")}
    environment["OMBOT_PASSWORD"] = PASSWORD
    log = config.with_name("ombot.log")
    command = [sys.executable, "-m", "ombot.cli"]
    with log.open("wb") as output:
        init = await asyncio.create_subprocess_exec(
            *command, "init", "--yes", "--config", str(config), env=environment, stdout=output, stderr=output
        )
        assert await init.wait() == 0, log.read_text()
        process = await asyncio.create_subprocess_exec(
            *command, "run", "--config", str(config), env=environment, stdout=output, stderr=output
        )
    try:
        async with asyncio.timeout(SECONDS):
            while "ombot ready" not in log.read_text():
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.1)
        yield
    finally:
        process.terminate()
        await process.wait()


class Board:
    """The board's room, as its members see it."""

    def __init__(self, members: dict[str, Member], room: str) -> None:
        self.members, self.room = members, room

    async def ask(self, text: str, who: str, reply_to: str | None = None) -> Seen:
        """Send a command and wait for its answer."""
        member = self.members[who]
        return await member.answer(self.room, await member.say(self.room, text, reply_to), SECONDS)

    async def file(self, name: str) -> bytes:
        """The file that was posted."""
        eva = self.members["eva"]
        found = await eva.expect(self.room, lambda seen: seen.msgtype == "m.file" and seen.body == name, name, SECONDS)
        return await eva.fetch_file(found)


async def prepare(board: Board, on: date, then: date) -> None:
    """The session is called, its agenda pasted, and answers have come."""
    call = f"!sitzung {on:%d.%m.%Y} 11–16 Uhr Ort Berlin - Haus des Deutschen Handwerks (ZDH)"
    for text in (call, f"!sitzung {then:%d.%m.%Y} 11–16 Uhr Ort Berlin"):
        answer = await board.ask(text, "kai")
        if "„ja“" in answer.body:
            await board.ask("ja", "kai", answer.event_id)
    await board.ask("!termin T1 moderation BG RCI und itb", "kai")
    # What stands on every agenda was not on that of the first session.
    for number in (1, 2):
        await board.ask(f"!top P{number} streichen", "kai")
    await board.ask(AGENDA.replace("einfügen", "T1 einfügen", 1), "kai")
    await board.ask("!zusage T1 vor Ort", "eva")
    await board.ask("!absage T1", "jan")


def pasted() -> Iterator[str]:
    """What is typed, several paragraphs a message: every message of an encrypted room costs the homeserver its time."""
    for is_command, paragraphs in groupby((message.strip() for message in MESSAGES), lambda text: text[0] == "!"):
        some = list(paragraphs)
        yield from some if is_command else batched(some)


def batched(paragraphs: list[str], most: int = 5) -> Iterator[str]:
    """So many paragraphs at a time, as one text."""
    for start in range(0, len(paragraphs), most):
        yield "\n\n".join(paragraphs[start : start + most])


async def take_minutes(board: Board) -> None:
    """Two scribes in turn; what they type is answered only where it makes a task or a decision."""
    eva, jan = (board.members[name].user_id for name in ("eva", "jan"))
    await board.ask(f"!protokoll start T1 {jan}", "eva")
    await board.ask(f"!anwesend T1 {eva}, BMAS, ISF München", "kai")
    for number, message in enumerate(pasted()):
        await board.members[("eva", "jan")[number % 2]].say(board.room, message)
    for title in ATTACHMENTS:
        file = await board.members["kai"].send_file(board.room, "Vortrag.pdf", title.encode(), "application/pdf")
        await board.ask(f"!anlage Präsentation „{title}“", "eva", file)


async def test_the_minutes_of_the_first_session_come_out_complete(
    tmp_path: Path, homeserver: Homeserver, user_name: Callable[[str], str]
) -> None:
    names = {stem: user_name(stem) for stem in ("bot", "eva", "jan", "kai", "space", "board", "office")}
    users = {stem: homeserver.register(names[stem], PASSWORD) for stem in ("bot", "eva", "jan", "kai")}
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(homeserver=homeserver, folder=tmp_path, **{**names, **users}), encoding="utf-8")
    on = session_day()
    then = on + timedelta(days=182)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(config))
        members = {
            name: await stack.enter_async_context(Member(homeserver.url, users[name], PASSWORD, tmp_path / name))
            for name in ("eva", "jan", "kai")
        }
        alias = f"#{names['board']}:{homeserver.server_name}"
        rooms = {await member.room(alias, SECONDS) for member in members.values()}
        board = Board(members, rooms.pop())
        await prepare(board, on, then)
        await take_minutes(board)
        draft = await board.ask("!protokoll ende", "eva")
        assert draft.body.startswith("Entwurf des Ergebnisprotokolls – T1: 1. Sitzung des Strategiekreises")
        check_word(await board.file("Ergebnisprotokoll-T1.docx"), day(on.isoformat()), day(then.isoformat()))
        check_pdf(await board.file("Ergebnisprotokoll-T1.pdf"))
        # The blank form, sent back without a word: it is fetched, opened and read.
        form = await board.ask("!protokoll T1 vorlage", "eva")
        blank = await board.file("Mitschrift-T1.docx")
        sent = await members["eva"].send_file(board.room, "Mitschrift.docx", blank, mimetype("docx"), form.event_id)
        answer = await members["eva"].answer(board.room, sent, SECONDS)
        assert answer.body.startswith("In Mitschrift.docx steht noch keine Zeile.")
        await send_photos(members["eva"], users["bot"])


async def send_photos(member: Member, bot: str) -> None:
    """In the direct chat: what is no photo gets one sentence, a photo is shown before it is kept."""
    room = await member.open_direct_chat(bot)
    taken = io.BytesIO()
    Image.new("RGB", (1600, 1200), "red").save(taken, "JPEG")
    for data, sentence in (
        (bytes(30_000_000), "Das Bild ist zu groß, erlaubt sind 15 MB. Bitte senden Sie eine kleinere Fassung."),
        (b"%PDF-1.7", "Das lässt sich nicht als Bild öffnen. Bitte senden Sie Ihr Foto als JPEG oder PNG."),
        (taken.getvalue(), "So sieht Ihr Foto bei mir aus:"),
    ):
        sent = await member.send_file(room, "foto.jpg", data, "image/jpeg")
        answer = await member.answer(room, sent, SECONDS)
        assert answer.body.startswith(sentence)
    shown = await member.expect(room, lambda seen: seen.body == "foto.jpg" and seen.sender == bot, "preview", SECONDS)
    assert Image.open(io.BytesIO(await member.fetch_file(shown))).size == (640, 480)
    confirmed = await member.answer(room, await member.say(room, "ja", answer.event_id), SECONDS)
    assert confirmed.body.startswith("Gespeichert: Ihr Foto")
