"""A real mail server on the loopback, and a bot that writes to it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aloud
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import Engine
from testbot import SETTINGS, Said, TestBot
from website import PUBLIC, Site

from ombot.exchange.render import Renderer
from ombot.features.mailing.tables import Mail
from ombot.features.meetings.tables import Meeting
from ombot.mail.sender import MailSender
from ombot.store.files import FileStore

SENDER = "geschaeftsstelle@example.org"


class Postbox:
    """Takes mail while it is open. ``answers`` maps a recipient to what the server says instead of 250."""

    def __init__(self, password: str | None = None) -> None:
        """``password`` is what the account "ombot" must say; None asks for none."""
        self._password = password
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.taken: list[EmailMessage] = []
        self.arrived = threading.Event()
        self.logins: list[str] = []
        self.answers: dict[str, str] = {}
        self.after_data = ""
        self._controller: Controller | None = None

    def open(self) -> None:
        """Listen."""
        asked = {"authenticator": self._knows, "auth_require_tls": False} if self._password is not None else {}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **asked)
        self._controller.start()

    def close(self) -> None:
        """Go away."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def _knows(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append(given.password.decode())
        return AuthResult(success=self.logins[-1] == self._password, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take or refuse a message."""
        if self.after_data:
            return self.after_data
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        body = message.get_body(("plain",))
        if body is not None:
            aloud.HEARD.append(str(body.get_content()))
        self.arrived.set()
        return "250 OK"


def settings(port: int, **changes: Any) -> dict[str, Any]:
    """What makes a test bot able to write e-mail; BMAS is on the board's roster and has no account."""
    groups = [
        {**group, "roster": ["BMAS", "BG RCI"]} if group["key"] == "sk" else group for group in SETTINGS["groups"]
    ]
    mail = {"host": "127.0.0.1", "port": port, "tls": "none", "sender": SENDER}
    return {"web": {"public_url": PUBLIC}, "mail": mail, "groups": groups, **changes}


@asynccontextmanager
async def post_with(
    folder: Path, postbox: Postbox, database: Engine | None = None, secret: str | None = None, **mail: str
) -> AsyncIterator[Post]:
    """A bot with everything that e-mail needs; ``mail`` are keys of its section, ``secret`` the password."""
    changes = settings(postbox.port)
    changes["mail"].update(mail)
    bot = TestBot.create(folder, database, **changes, secrets={"mail_password": secret} if secret else {})
    site = Site(bot)
    await site.start()
    yield Post(bot, postbox, site)
    await site.stop()
    bot.store.close()


class Post:
    """A bot, its web server, its mail server, and what passes between them."""

    def __init__(self, bot: TestBot, postbox: Postbox, site: Site) -> None:
        self.bot, self.postbox, self.site = bot, postbox, site
        renderer = Renderer(FileStore(bot.folder))
        self.sender = MailSender(
            bot.store, bot.settings, lambda: bot.now, lambda kind, fmt, data: renderer(kind, fmt, data).data
        )

    async def letters(self) -> list[EmailMessage]:
        """Let a tick pass, send what is due, and give back what has arrived since the last time."""
        before = len(self.postbox.taken)
        self.told = self.bot.pass_time(self.bot.now)
        while await self.sender.send_due():
            pass
        return self.postbox.taken[before:]

    async def letter(self) -> EmailMessage:
        """The one letter that has arrived."""
        (message,) = await self.letters()
        return message

    def mails(self) -> list[Mail]:
        """All rows of letters."""
        return self.bot.table(Mail)

    async def consent(self, institution: str = "BMAS", address: str = "referat@bmas.example.org") -> EmailMessage:
        """An institution's contact is entered and agrees."""
        self.bot.send(f"!email {institution} {address}", as_="kai", room="office")
        question = await self.letter()
        status, _ = await self.press(link(question, "Zustimmen"))
        assert status == 200
        return question

    def plan(self, text: str) -> str:
        """A session is made; who makes it agrees to what is sent to many because of it. Gives its reference."""
        (said, *_) = self.bot.send(text, as_="kai", room="office")
        if "Soll ich" in said.text:
            self.bot.reply(said, "ja", as_="kai", room="office")
        return f"T{self.bot.table(Meeting)[-1].number}"

    async def look(self, path: str) -> tuple[int, str]:
        """Open a link."""
        status, text, _ = await self.site.get(path)
        return status, text

    async def press(self, path: str, **form: str) -> tuple[int, str]:
        """Press the button of a link."""
        return await self.site.post(path, {"choice": "yes", **form})

    def said_since(self, number: int) -> list[Said]:
        """What the bot put into its outbox behind a row."""
        from ombot.store.tables import Outbox

        return [Said(row) for row in self.bot.table(Outbox) if (row.id or 0) > number]


def link(message: EmailMessage, label: str) -> str:
    """The path of the link with this label, taken from the page of a letter."""
    found = re.search(rf'<a href="([^"]*)">{re.escape(label)}</a>', part(message, "text/html"))
    assert found is not None, part(message, "text/html")
    return urlsplit(found[1]).path


def part(message: EmailMessage, kind: str) -> str:
    """The text of the first part of a kind."""
    found = next(one for one in message.walk() if one.get_content_type() == kind)
    assert isinstance(found, EmailMessage)
    return str(found.get_content())


def attached(message: EmailMessage) -> Mapping[str, bytes | str]:
    """The attached files by name."""
    return {str(one.get_filename()): one.get_content() for one in message.iter_attachments()}
