"""Those who answer in a comparison: ombot, the bare loop, and other bots from their packages."""

import json
import os
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench.environments import PROGRAMS, python_of
from bench.processes import Running, process
from bench.stage import COMMAND, PASSWORD, Installation
from ombot.demo.homeserver import Homeserver

DEVICE = "BENCH"


class Contestant(Protocol):
    """Somebody who answers commands.

    ``command`` is what it is asked, ``replies`` whether its answers are replies: others are known by their place only.
    """

    @property
    def name(self) -> str: ...

    @property
    def user_id(self) -> str: ...

    @property
    def command(self) -> str: ...

    @property
    def replies(self) -> bool: ...

    def running(self) -> AbstractContextManager[Running]:
        """Started and ready until the block ends."""
        ...


@dataclass(frozen=True)
class Peer:
    """A program below ``bench/peers`` with what it stands on; None is what ombot's own environment has."""

    name: str
    program: str
    environment: str | None
    words: tuple[str, ...] = ()
    command: str = COMMAND
    replies: bool = True

    def python(self) -> Path:
        """Its interpreter. Raises NotInstallable."""
        return Path(sys.executable) if self.environment is None else python_of(self.environment)


BARE = Peer("bare loop", "bare.py", None)
NIO = Peer("nio echo", "nio_echo.py", "nio")
NIO_ENCRYPTED = Peer("nio echo with key store", "nio_echo.py", "nio", ("encrypted",))
REMINDER_BOT = Peer("matrix-reminder-bot", "reminder_bot.py", "matrix-reminder-bot", command="!help", replies=False)
PEERS = (
    NIO,
    Peer("maubot", "maubot_echo.py", "maubot", command="!echo"),
    Peer("simplematrixbotlib", "simplematrixbotlib_echo.py", "simplematrixbotlib", command="!echo", replies=False),
    Peer("nio-bot", "niobot_echo.py", "nio-bot", command="!echo"),
    REMINDER_BOT,
)


@dataclass(frozen=True)
class Enrolled:
    """A peer with an account."""

    peer: Peer
    python: Path
    user_id: str
    account: dict[str, str] = field(repr=False)

    @property
    def name(self) -> str:
        return self.peer.name

    @property
    def command(self) -> str:
        return self.peer.command

    @property
    def replies(self) -> bool:
        return self.peer.replies

    def running(self) -> AbstractContextManager[Running]:
        """Started and ready until the block ends."""
        line = [str(self.python), str(PROGRAMS.resolve() / self.peer.program), json.dumps(self.account)]
        return process([*line, *self.peer.words], b"ready", os.environ, Path(self.account["folder"]))


@dataclass(frozen=True)
class Ombot:
    """The program of this repository, with its usual way of starting."""

    installation: Installation
    user_id: str
    name: str = "ombot"
    command: str = COMMAND
    replies: bool = True

    def running(self) -> AbstractContextManager[Running]:
        """Started and ready until the block ends."""
        return self.installation.running()


def enrol(server: Homeserver, peer: Peer, python: Path, folder: Path, suffix: str = "") -> Enrolled:
    """Give a peer an account, a device and a folder of its own."""
    localpart = f"{Path(peer.program).stem}{suffix}".replace("_", "-")
    home = folder / localpart
    home.mkdir(parents=True)
    user_id = server.register(localpart, PASSWORD)
    account = {
        "homeserver": server.url,
        "user_id": user_id,
        "password": PASSWORD,
        "device_id": DEVICE,
        "token": server.login(localpart, PASSWORD, DEVICE),
        "folder": str(home),
    }
    return Enrolled(peer, python, user_id, account)
