"""What benchmarks against a homeserver share: the real program as a process, and a member who writes to it."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

from bench.processes import Running, process

PASSWORD = "bench"  # noqa: S105 - of a homeserver that lives as long as the run
FILTER = json.dumps({"room": {"timeline": {"limit": 1000}}})
"""Nothing that happened is left out of an answer."""
COMMAND = "!aufgabe Einseiter entwerfen bis 30.09."


@dataclass
class Asker:
    """A member who writes a command and waits for the answer."""

    session: aiohttp.ClientSession
    base: str
    since: str = ""

    async def start(self) -> None:
        """Find the position to listen from."""
        await self.news(0)

    async def ask(self, room_id: str, command: str = COMMAND, replies: bool = True) -> float:
        """Milliseconds from writing a command to seeing its answer: a reply to it, or else the next message."""
        began = time.perf_counter()
        event_id = await self.say(room_id, command)
        while True:
            events = (await self.news()).get(room_id, [])
            if any(is_answer(event, event_id if replies else None) for event in _after(events, event_id)):
                return (time.perf_counter() - began) * 1000

    async def news(self, timeout_ms: int = 30_000) -> dict[str, list[dict[str, Any]]]:
        """What has happened since the last call, by room; waits for it."""
        answer = await self._sync(timeout_ms)
        self.since = answer["next_batch"]
        joined = answer.get("rooms", {}).get("join", {})
        return {room_id: room["timeline"]["events"] for room_id, room in joined.items()}

    async def say(self, room_id: str, body: str) -> str:
        """Write something and return its event id."""
        path = f"{self.base}/rooms/{quote(room_id, safe='')}/send/m.room.message/{secrets.token_hex(8)}"
        async with self.session.put(path, json={"msgtype": "m.text", "body": body}) as response:
            response.raise_for_status()
            event_id: str = (await response.json())["event_id"]
            return event_id

    async def create_room(self, *invited: str) -> str:
        """A room with others, who have still to enter it."""
        body = {"preset": "trusted_private_chat", "invite": invited}
        async with self.session.post(f"{self.base}/createRoom", json=body) as response:
            response.raise_for_status()
            room_id: str = (await response.json())["room_id"]
            return room_id

    async def join(self, alias: str) -> str:
        """Enter a room and return its id."""
        async with self.session.post(f"{self.base}/join/{quote(alias, safe='')}", json={}) as response:
            response.raise_for_status()
            room_id: str = (await response.json())["room_id"]
            return room_id

    async def history(self, room_id: str) -> list[str]:
        """The text of everything that was ever said in a room, edits left out."""
        texts, start = [], ""
        while True:
            query = urlencode({"dir": "b", "limit": "500"} | ({"from": start} if start else {}))
            async with self.session.get(f"{self.base}/rooms/{quote(room_id, safe='')}/messages?{query}") as response:
                response.raise_for_status()
                page = await response.json()
            texts += [str(event["content"].get("body", "")) for event in page["chunk"] if is_answer(event, None)]
            start = page.get("end", "")
            if not start:
                return texts

    async def _sync(self, timeout_ms: int) -> dict[str, Any]:
        query = {"timeout": str(timeout_ms), "filter": FILTER} | ({"since": self.since} if self.since else {})
        async with self.session.get(f"{self.base}/sync?{urlencode(query)}") as response:
            found: dict[str, Any] = await response.json()
            return found


def is_answer(event: dict[str, Any], event_id: str | None) -> bool:
    """Whether an event is a reply to a message, or any new message when None is given."""
    content, relation = event["content"], event["content"].get("m.relates_to", {})
    if event["type"] != "m.room.message" or relation.get("rel_type") == "m.replace":
        return False
    return "body" in content and event_id in (None, relation.get("m.in_reply_to", {}).get("event_id"))


def _after(events: list[dict[str, Any]], event_id: str) -> list[dict[str, Any]]:
    """The events behind one of them, or all when it was in an earlier answer."""
    at = next((at for at, event in enumerate(events, 1) if event["event_id"] == event_id), 0)
    return events[at:]


@contextlib.asynccontextmanager
async def asker(base: str, token: str) -> AsyncIterator[Asker]:
    """The member whom a token belongs to."""
    # As many requests at once as a burst has: none waits for another here.
    every = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}, connector=every) as session:
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
    def running(self) -> Iterator[Running]:
        """``ombot run`` until the block ends."""
        with process(self._line("run"), b"ombot ready", self._environment, self.folder) as running:
            yield running

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "OMBOT_PASSWORD": PASSWORD}

    def _line(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "ombot.cli", *words, "--config", str(self.config)]


def install(
    folder: Path,
    homeserver: str,
    bot: str,
    member: str,
    groups: Iterable[str] = ("beratung",),
    database: str = "",
    *,
    others: Iterable[str] = (),
    encrypted: bool = False,
) -> Installation:
    """Write the configuration of an ombot: the member and ``others`` are in all groups.

    ``database`` is SQLite in the folder by default.
    """
    url = database or f"sqlite:///{folder}/ombot.sqlite3"
    folder.mkdir(parents=True, exist_ok=True)
    made = Installation(folder, folder / "config.toml", url)
    members = json.dumps([member, *others])
    made.config.write_text(
        f'[matrix]\nhomeserver = "{homeserver}"\nuser = "{bot}"\n'
        f'[storage]\ndatabase = "{url}"\ndirectory = "{folder}/data"\n'
        '[web]\nlisten = "127.0.0.1:0"\n[limits]\ncommands = "0"\n'
        f'[space]\nalias = "{folder.name.lower()}"\nencrypted = {str(encrypted).lower()}\n'
        + "".join(f'[[groups]]\nkey = "{key}"\nname = "AG {key.title()}"\nmembers = {members}\n' for key in groups),
        encoding="utf-8",
    )
    return made
