"""Command to answer: ombot beside the bare loop on one Synapse, in unencrypted rooms, in turn."""

import asyncio
import contextlib
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp

from ombot.demo.homeserver import Homeserver

PASSWORD = "bench"  # noqa: S105 - of a homeserver that lives as long as the run
WARM_UP = 5
RUNS = 60
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
        path = f"{self.base}/rooms/{quote(room_id, safe='')}/send/m.room.message/{secrets.token_hex(8)}"
        async with self.session.put(path, json={"msgtype": "m.text", "body": COMMAND}) as response:
            event_id = (await response.json())["event_id"]
        while True:
            answer = await self._sync(30_000)
            self.since = answer["next_batch"]
            events = answer.get("rooms", {}).get("join", {}).get(room_id, {}).get("timeline", {}).get("events", [])
            if any(_reply_to(event) == event_id for event in events):
                return (time.perf_counter() - began) * 1000

    async def _sync(self, timeout_ms: int) -> dict[str, Any]:
        query = {"timeout": str(timeout_ms)} | ({"since": self.since} if self.since else {})
        async with self.session.get(f"{self.base}/sync?{urlencode(query)}") as response:
            found: dict[str, Any] = await response.json()
            return found


def _reply_to(event: dict[str, Any]) -> str | None:
    relation = event["content"].get("m.relates_to", {})
    found: str | None = relation.get("m.in_reply_to", {}).get("event_id")
    return found


async def measure() -> list[str]:
    """The lines of the result: p50 and p95 of both, and the ratio of the medians."""
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name, Homeserver() as server:
        folder = Path(name)
        member, bare = server.register("member", PASSWORD), server.register("bare", PASSWORD)
        bot = server.register("ombot", PASSWORD)
        base = f"{server.url}/_matrix/client/v3"
        async with _asker(base, server.login("member", PASSWORD)) as asker:
            bare_room = await _room_with(asker, bare, server.login("bare", PASSWORD))
            config = _write_config(folder, server.url, bot, member)
            with _bare(server.url, server.login("bare", PASSWORD)), _ombot(config, folder):
                room = await _join(asker, f"#beratung:{server.server_name}")
                return _lines(await _in_turn(asker, room, bare_room))


async def _in_turn(asker: Asker, room: str, bare_room: str) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    bare: list[float] = []
    await asker.start()
    for run in range(WARM_UP + RUNS):
        for place, times in ((room, ours), (bare_room, bare)):
            milliseconds = await asker.ask(place)
            if run >= WARM_UP:
                times.append(milliseconds)
            # The buttons and echoes of one answer must not be measured with the next.
            await asyncio.sleep(0.15)
    return ours, bare


def _lines(times: tuple[list[float], list[float]]) -> list[str]:
    ours, bare = times
    ratio = statistics.median(ours) / statistics.median(bare)
    shown = (
        (name, statistics.median(found), statistics.quantiles(found, n=20)[18])
        for name, found in (("ombot, unencrypted", ours), ("bare loop", bare))
    )
    return [f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms ({RUNS} commands)" for name, p50, p95 in shown] + [
        f"command to answer: {ratio:.2f}x of the bare loop"
    ]


@contextlib.asynccontextmanager
async def _asker(base: str, token: str) -> AsyncIterator[Asker]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield Asker(session, base)


async def _room_with(asker: Asker, other: str, token: str) -> str:
    body = {"preset": "trusted_private_chat", "invite": [other]}
    async with asker.session.post(f"{asker.base}/createRoom", json=body) as response:
        room_id: str = (await response.json())["room_id"]
    headers = {"Authorization": f"Bearer {token}"}
    path = f"{asker.base}/join/{quote(room_id, safe='')}"
    async with asker.session.post(path, json={}, headers=headers) as response:
        response.raise_for_status()
    return room_id


async def _join(asker: Asker, alias: str) -> str:
    async with asker.session.post(f"{asker.base}/join/{quote(alias, safe='')}", json={}) as response:
        response.raise_for_status()
        room_id: str = (await response.json())["room_id"]
        return room_id


def _write_config(folder: Path, homeserver: str, bot: str, member: str) -> Path:
    path = folder / "config.toml"
    path.write_text(
        f'[matrix]\nhomeserver = "{homeserver}"\nuser = "{bot}"\n'
        f'[storage]\ndatabase = "sqlite:///{folder}/ombot.sqlite3"\ndirectory = "{folder}/data"\n'
        '[web]\nlisten = "127.0.0.1:0"\n[limits]\ncommands = "0"\n[space]\nencrypted = false\n'
        f'[[groups]]\nkey = "beratung"\nname = "AG Beratung"\nmembers = ["{member}"]\n',
        encoding="utf-8",
    )
    return path


@contextlib.contextmanager
def _bare(homeserver: str, token: str) -> Iterator[None]:
    with _process([sys.executable, "-m", "bench.bare", homeserver, token], dict(os.environ), b"ready"):
        yield


@contextlib.contextmanager
def _ombot(config: Path, folder: Path) -> Iterator[None]:
    environment = {**os.environ, "OMBOT_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "ombot.cli"]
    subprocess.run(
        [*command, "init", "--yes", "--config", str(config)],
        env=environment,
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with _process([*command, "run", "--config", str(config)], environment, b"ombot ready"):
        yield


@contextlib.contextmanager
def _process(command: list[str], environment: dict[str, str], ready: bytes) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        if process.stdout is None or not any(ready in line for line in process.stdout):
            raise RuntimeError(f"{command[2]} did not get ready")
        yield
    finally:
        process.terminate()
        process.wait(15)
