"""What benchmarks against a homeserver share: the real program as a process, and a member who writes to it."""

import contextlib
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

PASSWORD = "bench"  # noqa: S105 - of a homeserver that lives as long as the run
COMMAND = "!aufgabe Einseiter entwerfen bis 30.09."


@dataclass
class Asker:
    """A member who writes a command and waits for the answer."""

    session: aiohttp.ClientSession
    base: str
    since: str = ""

    async def start(self) -> None:
        """Find the position to listen from."""
        self.since = (await self._sync(0))["next_batch"]

    async def ask(self, room_id: str) -> float:
        """Milliseconds from writing a command to seeing its answer."""
        began = time.perf_counter()
        event_id = await self.say(room_id, COMMAND)
        while True:
            answer = await self._sync(30_000)
            self.since = answer["next_batch"]
            events = answer.get("rooms", {}).get("join", {}).get(room_id, {}).get("timeline", {}).get("events", [])
            if any(_reply_to(event) == event_id for event in events):
                return (time.perf_counter() - began) * 1000

    async def say(self, room_id: str, body: str) -> str:
        """Write something and return its event id."""
        path = f"{self.base}/rooms/{quote(room_id, safe='')}/send/m.room.message/{secrets.token_hex(8)}"
        async with self.session.put(path, json={"msgtype": "m.text", "body": body}) as response:
            response.raise_for_status()
            event_id: str = (await response.json())["event_id"]
            return event_id

    async def join(self, alias: str) -> str:
        """Enter a room and return its id."""
        async with self.session.post(f"{self.base}/join/{quote(alias, safe='')}", json={}) as response:
            response.raise_for_status()
            room_id: str = (await response.json())["room_id"]
            return room_id

    async def _sync(self, timeout_ms: int) -> dict[str, Any]:
        query = {"timeout": str(timeout_ms)} | ({"since": self.since} if self.since else {})
        async with self.session.get(f"{self.base}/sync?{urlencode(query)}") as response:
            found: dict[str, Any] = await response.json()
            return found


def _reply_to(event: dict[str, Any]) -> str | None:
    relation = event["content"].get("m.relates_to", {})
    found: str | None = relation.get("m.in_reply_to", {}).get("event_id")
    return found


@contextlib.asynccontextmanager
async def asker(base: str, token: str) -> AsyncIterator[Asker]:
    """The member whom a token belongs to."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield Asker(session, base)


@dataclass(frozen=True)
class Installation:
    """One ombot with its folder."""

    folder: Path
    config: Path
    database: str

    def init(self) -> None:
        """``ombot init``: rooms and tables are made."""
        subprocess.run(
            self._line("init", "--yes"),
            env=self._environment,
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @contextlib.contextmanager
    def running(self) -> Iterator[float]:
        """``ombot run`` until the block ends. Gives the seconds from its start until it was ready."""
        began = time.perf_counter()
        with process(self._line("run"), self._environment, b"ombot ready"):
            yield time.perf_counter() - began

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "OMBOT_PASSWORD": PASSWORD}

    def _line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "ombot.cli", *words, "--config", str(self.config)]


def install(
    folder: Path, homeserver: str, bot: str, member: str, groups: Iterable[str] = ("beratung",), database: str = ""
) -> Installation:
    """Write the configuration of an ombot with unencrypted rooms; ``database`` is SQLite in the folder by default."""
    url = database or f"sqlite:///{folder}/ombot.sqlite3"
    folder.mkdir(parents=True, exist_ok=True)
    made = Installation(folder, folder / "config.toml", url)
    made.config.write_text(
        f'[matrix]\nhomeserver = "{homeserver}"\nuser = "{bot}"\n'
        f'[storage]\ndatabase = "{url}"\ndirectory = "{folder}/data"\n'
        '[web]\nlisten = "127.0.0.1:0"\n[limits]\ncommands = "0"\n[space]\nencrypted = false\n'
        + "".join(f'[[groups]]\nkey = "{key}"\nname = "AG {key.title()}"\nmembers = ["{member}"]\n' for key in groups),
        encoding="utf-8",
    )
    return made


@contextlib.contextmanager
def process(command: list[str], environment: dict[str, str], ready: bytes) -> Iterator[None]:
    """A program that says ``ready`` in its output, ended with the block."""
    started = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if started.stdout is None or not any(ready in line for line in started.stdout):
            raise RuntimeError(f"{command[2]} did not get ready")
        # A pipe that nobody reads would stop the program once it is full.
        threading.Thread(target=deque, args=(started.stdout, 0), daemon=True).start()
        yield
    finally:
        started.terminate()
        started.wait(15)
