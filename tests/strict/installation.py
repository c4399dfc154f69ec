"""The real program in a folder, as an operator uses it: set up, started, stopped, killed, backed up."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from ombot.demo.homeserver import HOST, Homeserver
from ombot.matrix.trust import Account, Identity, Trust

PASSWORD = "geheim"
READY = b"ombot ready"
READY_SECONDS = 60.0
COMMAND_SECONDS = 90.0
STOP_SECONDS = 15.0
WITHDRAWAL_SECONDS = 30.0


class Installation:
    """One ombot with one group and its encrypted room. ``people`` are its members, each with an account only."""

    def __init__(self, folder: Path, homeserver: Homeserver, bot: str, people: list[str], key: str) -> None:
        self.folder, self.homeserver, self.bot, self.people = folder, homeserver, bot, people
        self.alias, self.coordination = (f"#{name}:{homeserver.server_name}" for name in (key, f"{key}-koordination"))
        self.config = folder / "config.toml"
        self.log = folder / "ombot.log"
        self.process: Process | None = None
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("OMBOT_")}
        self._environment["OMBOT_PASSWORD"] = PASSWORD
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        self.config.write_text(
            f'[matrix]\nhomeserver = "{homeserver.url}"\nuser = "{bot}"\n'
            f'[storage]\ndatabase = "sqlite:///{folder}/ombot.sqlite3"\ndirectory = "{folder}/data"\n'
            f'[space]\nalias = "raum-{key}"\n'
            f'[web]\nlisten = "{HOST}:{port}"\n'
            '[limits]\ncommands = "0"\n'
            f'[[groups]]\nkey = "{key}"\nname = "AG Transfer"\nmembers = {json.dumps(people)}\n'
            f'[[groups]]\nkey = "{key}-koordination"\nname = "Koordination"\nkind = "coordination"\n'
            f"members = {json.dumps(people)}\n",
            encoding="utf-8",
        )

    async def command(self, *words: str, code: int = 0) -> str:
        """One command to its end, which must be the exit code; returns what it said."""
        process = await asyncio.create_subprocess_exec(
            *self._line(*words), env=self._environment, stdout=PIPE, stderr=PIPE
        )
        async with asyncio.timeout(COMMAND_SECONDS):
            out, err = await process.communicate()
        assert process.returncode == code, f"{words}: {process.returncode}\n{out.decode()}{err.decode()}"
        return (out if code == 0 else out + err).decode()

    async def start(self, **environment: str) -> None:
        """Start ``ombot run`` and wait until it is ready."""
        with self.log.open("wb") as log:
            env = {**self._environment, **environment}
            self.process = await asyncio.create_subprocess_exec(*self._line("run"), env=env, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS
        while READY not in self.log.read_bytes():
            assert self.process.returncode is None and time.monotonic() < deadline, self.log.read_text()
            await asyncio.sleep(0.1)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, by SIGKILL at whatever it is doing."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(how)
        async with asyncio.timeout(STOP_SECONDS):
            code = await self.process.wait()
        assert code in (0, -how), self.log.read_text()

    async def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop and start again."""
        await self.stop(how)
        await self.start()

    async def replace_identity(self) -> None:
        """What somebody who knows the password can do: give the account another identity."""
        token = await asyncio.to_thread(self.homeserver.login, self.bot, PASSWORD)
        async with aiohttp.ClientSession() as web:
            account = Account(self.homeserver.url, self.bot, "FREMD", token, fingerprint="")
            await Trust(account, web).publish(Identity.create(), PASSWORD, replace=True)

    async def content_on_server(self, reader: str, room: str, event: str) -> dict[str, Any]:
        """What the homeserver holds of an event, as a member can fetch it."""
        token = await asyncio.to_thread(self.homeserver.login, reader, PASSWORD)
        path = f"/_matrix/client/v3/rooms/{quote(room)}/event/{quote(event)}"
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession() as web, web.get(f"{self.homeserver.url}{path}", headers=headers) as answer:
            return dict((await answer.json())["content"])

    async def until_withdrawn(self, reader: str, room: str, event: str) -> None:
        """Wait until nothing is left of an event."""
        async with asyncio.timeout(WITHDRAWAL_SECONDS):
            while await self.content_on_server(reader, room, event):  # noqa: ASYNC110 - it comes true on the server
                await asyncio.sleep(0.5)

    def _line(self, *words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "ombot.cli", *words, "--config", str(self.config))
