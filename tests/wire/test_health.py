"""Each loop frozen in turn, by what freezes it in life: health turns red, and the office is told once (B3)."""

import asyncio
import json
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import pytest
from aiohttp import web
from testbot import TestBot

from ombot import app as application
from ombot import watch
from ombot.app import App
from ombot.matrix.client import Account, Client
from ombot.store import engine
from ombot.store.lock import InstanceLock
from ombot.store.outbox import Draft, Poster
from ombot.web.health import MEASURES

ROOT = Path(__file__).parents[2]
SECONDS = 60.0
OWN = "@ombot:example.org"


@dataclass
class Homeserver:
    """Answers everything, except what is frozen: that request gets no answer until it thaws."""

    frozen: set[str] = field(default_factory=set)
    """``sync``, or rooms to which messages go"""
    closed: set[str] = field(default_factory=set)
    """rooms in which we may not speak any more"""
    said: dict[str, list[str]] = field(default_factory=dict)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        path = unquote(request.raw_path.partition("?")[0])
        if path.endswith("/sync"):
            return await self._sync()
        if "/send/m.room.message/" in path:
            return await self._message(request, path.split("/rooms/")[1].split("/")[0])
        if "/state/" in path:
            return web.json_response({"errcode": "M_NOT_FOUND"}, status=404)
        answer = {"user_id": OWN, "device_id": "OMBOT", "device_keys": {}, "failures": {}}
        return web.json_response(answer | {"one_time_key_counts": {"signed_curve25519": 50}})

    async def _sync(self) -> web.Response:
        await self._wait("sync")
        await asyncio.sleep(0.05)
        counts = {"signed_curve25519": 50}
        return web.json_response({"next_batch": "s1", "device_one_time_keys_count": counts})

    async def _message(self, request: web.Request, room: str) -> web.Response:
        body = json.loads(await request.read())["body"]
        await self._wait(room)
        if room in self.closed:
            return web.json_response({"errcode": "M_FORBIDDEN"}, status=403)
        self.said.setdefault(room, []).append(body)
        return web.json_response({"event_id": f"${room}{len(self.said[room])}"})

    async def _wait(self, what: str) -> None:
        while what in self.frozen:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@dataclass
class World:
    """The running bot with a clock that is moved by hand."""

    server: Homeserver
    folder: Path
    app: App
    port: int
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def step(self, without: str) -> None:
        """As much time as no loop can mistake for standing still; ``without`` one that does."""
        self.ahead += timedelta(seconds=50)
        if without != "tick":
            await self._passed(lambda: self.app.last_tick)
        if without != "sync":
            await self._passed(lambda: self.app.sync.last_sync)

    async def _passed(self, last: Callable[[], datetime | None]) -> None:
        moment = self.now()
        await until(lambda: (last() or moment) > moment)

    async def health(self) -> tuple[int, list[str]]:
        url = f"http://127.0.0.1:{self.port}/healthz"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, (await answer.json())["problems"]

    @property
    def told(self) -> list[list[str]]:
        """What the office was told of its bot, as lines."""
        return [body.splitlines() for body in self.server.said.get("!office", []) if body.startswith("Störung")]

    async def told_of(self, count: int, without: str = "") -> list[str]:
        """Let time pass until the office was told so many things; the newest, and then no further one."""
        async with asyncio.timeout(SECONDS):
            while len(self.told) < count:
                await self.step(without)
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)
        assert len(self.told) == count
        return self.told[-1]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(application, "TICK", timedelta(seconds=0.1))
    monkeypatch.setattr(watch, "PERIOD_SECONDS", 0.05)
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    server = Homeserver()
    async with _listening(server) as url:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        bot = TestBot.create(
            tmp_path,
            matrix={"homeserver": url, "user": OWN},
            storage={"database": f"sqlite:///{tmp_path}/test.sqlite3", "directory": str(tmp_path / "data")},
            web={"listen": f"127.0.0.1:{port}"},
        )
        client = Client(Account(url, OWN, "OMBOT", tmp_path / "crypto", "schluessel", "geheim", "t0"))
        await client.open()
        made: list[World] = []
        app = App(bot.settings, bot.store, client, now=lambda: made[0].now() if made else datetime.now(UTC))
        made.append(World(server, tmp_path, app, port))
        running = asyncio.create_task(app.run(InstanceLock(bot.settings.storage.database, tmp_path / "data")))
        await until(lambda: app.ready or running.done())
        yield made[0]
        server.frozen.clear()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()
        bot.store.close()


@asynccontextmanager
async def _listening(server: Homeserver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_loop_that_stands_still_is_told_once_and_its_end_once(world: World) -> None:
    """Only the clock is a reason for the watchdog: a restart brings back no homeserver."""
    assert await world.health() == (200, [])

    world.server.frozen.add("sync")
    lines = await world.told_of(1, without="sync")
    assert lines[0] == "Störung"
    assert lines[2] == "• Der Homeserver antwortet seit mehr als fünf Minuten nicht, wie er soll."
    assert await world.health() == (503, ["no answer from the homeserver for more than 5 minutes"])
    assert await world.app.is_alive()
    world.server.frozen.clear()
    lines = await world.told_of(2)
    assert lines[0] == "Störung vorbei"

    world.app.scheduler.stop()
    lines = await world.told_of(3, without="tick")
    assert lines[2] == "• Erinnerungen und Fristen stehen seit mehr als einer Minute still."
    assert await world.health() == (503, ["the clock has not ticked for more than 60 seconds"])
    assert not await world.app.is_alive()
    world.app.scheduler.start()
    assert (await world.told_of(4))[0] == "Störung vorbei"

    world.server.frozen.add("!transfer")
    await world.app.store.write(lambda session: Poster(session, "x", world.now()).put(_draft()))
    lines = await world.told_of(5)
    assert lines[2] == "• Nachrichten warten seit mehr als fünf Minuten auf den Versand."
    assert await world.health() == (503, ["1 messages wait, the oldest for more than 5 minutes"])
    assert await world.app.is_alive()
    world.server.frozen.clear()
    assert (await world.told_of(6))[0] == "Störung vorbei"
    assert world.server.said["!transfer"].count("Hallo") == 1


async def test_what_is_measured_is_what_dashboard_alerts_and_documentation_speak_of(world: World) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{world.port}/metrics") as answer:
        text = await answer.text()
    measured = re.findall(r"^(ombot_\w+) ", text, re.MULTILINE)
    assert measured == sorted(MEASURES)

    dashboard = (ROOT / "deploy/grafana-dashboard.json").read_text(encoding="utf-8")
    alerts = (ROOT / "deploy/alerts.yml").read_text(encoding="utf-8")
    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    name = r"\bombot_[a-z_]+\b"
    assert set(re.findall(name, dashboard)) == set(measured)
    assert set(re.findall(name, alerts)) - set(measured) == set()
    assert set(re.findall(name, manual)) == set(measured)

    if promtool := shutil.which("promtool"):
        command = [promtool, "check", "metrics"]
        checked = await asyncio.to_thread(
            subprocess.run, command, input=text.encode(), capture_output=True, check=False
        )
        assert (checked.stdout, checked.stderr, checked.returncode) == (b"", b"", 0)


async def test_what_could_not_be_told_is_told_with_its_end(world: World, caplog: pytest.LogCaptureFixture) -> None:
    holder = sqlite3.connect(world.folder / "test.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    await until(lambda: "health: the database cannot be read or written" in caplog.text)
    status, wrong = await world.health()
    assert (status, wrong[-1]) == (503, "the database cannot be read or written")
    holder.execute("ROLLBACK")
    holder.close()
    await until(lambda: not world.app.storage_fault)
    lines = await world.told_of(1)
    assert lines[0] == "Störung vorbei"
    assert "• Die Datenbank ließ sich nicht lesen oder beschreiben." in lines
    assert await world.health() == (200, [])


async def test_the_office_hears_of_what_nobody_will_read_once_an_hour(world: World) -> None:
    def alarms() -> list[str]:
        return [body for body in world.server.said.get("!office", []) if "nicht zustellen" in body]

    async def send() -> int:
        row = await world.app.store.write(lambda session: Poster(session, "x", world.now()).put(_draft()))
        await until(lambda: world.app.sender.failed > before)
        return row.id or 0

    await until(lambda: len(world.server.said.get("!transfer", [])) == 2)
    world.server.closed.add("!transfer")
    before = world.app.sender.failed
    first = await send()
    await until(lambda: len(alarms()) == 1)
    assert alarms() == [
        f"Eine Nachricht ließ sich nicht zustellen (Kennung out-{first}). „!status“ zeigt hier, was alles aufgegeben "
        f"wurde; der Betrieb kann es mit „ombot retry out-{first}“ noch einmal versuchen."
    ]
    before = world.app.sender.failed
    second = await send()
    world.ahead += timedelta(hours=1)
    before = world.app.sender.failed
    third = await send()
    await until(lambda: len(alarms()) == 2)
    assert f"out-{third}" in alarms()[1]
    url = f"http://127.0.0.1:{world.port}/healthz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        stuck = (await answer.json())["stuck"]
    references = [row["reference"] for row in stuck if row["what"] == "a message could not be sent: 403 M_FORBIDDEN"]
    assert references == [f"out-{first}", f"out-{second}", f"out-{third}"]


def _draft() -> Draft:
    content: dict[str, Any] = {"msgtype": "m.text", "body": "Hallo"}
    return Draft("group:transfer", content)
