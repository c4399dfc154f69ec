"""The real program as a process: set up, started, killed and stopped as an operator or a crash would."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

START_SECONDS = 60.0
STOP_SECONDS = 20.0
PASSWORD = "kanarienvogel-passwort"
LOOPBACK = "127.0.0.1"
SUNDAY = 6
NOON = 12


@dataclass
class Setting:
    """What a run's configuration says."""

    homeserver: str
    user_id: str
    database: str
    people: dict[str, str]
    """user id → institution"""
    reminder: timedelta = timedelta(minutes=1)
    zone: ZoneInfo = field(default_factory=lambda: quiet_zone(datetime.now(UTC)))
    sealed: str = "geheim"
    open: str = "offen"

    @property
    def rooms(self) -> tuple[str, str]:
        """Keys of the two groups: the first has an encrypted room."""
        return self.sealed, self.open


def quiet_zone(now: datetime) -> ZoneInfo:
    """A time zone in which it is not Sunday and midnight is far, so that meetings can be minutes ahead on any day."""
    names = ("Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo", "America/New_York")
    zones = [ZoneInfo(name) for name in names]
    weekdays = [zone for zone in zones if now.astimezone(zone).weekday() != SUNDAY]
    return min(weekdays, key=lambda zone: abs(now.astimezone(zone).hour - NOON))


class Bot:
    """One machine with ombot, and at most one process on it. Two may share a folder, as with a standby."""

    def __init__(self, folder: Path, setting: Setting, name: str = "ombot") -> None:
        self.folder = folder
        self.setting = setting
        self.config = folder / f"{name}.toml"
        self.log = folder / f"{name}.log"
        self.starts = self.kills = self.kills_in_start = 0
        self.process: Process | None = None
        self._port = _free_port()
        self.environment = {**os.environ, "OMBOT_PASSWORD": PASSWORD}

    async def set_up(self) -> None:
        """``ombot init`` twice: encryption is one key for all rooms, and kept by those that have it already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for groups, encrypted in ((self.setting.rooms[:1], True), (self.setting.rooms, False)):
            self.write_configuration(groups, encrypted=encrypted)
            await self._command("init", "--yes")

    def write_configuration(self, groups: tuple[str, ...] = (), *, encrypted: bool = True) -> None:
        """Write ``config.toml`` with some of the groups."""
        self.config.write_text(self._configuration(groups, encrypted), encoding="utf-8")

    async def start(self) -> None:
        """Start a process without waiting for it to be ready."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._line("run"), env=self.environment, stdout=log, stderr=log
            )
        self.starts += 1

    async def wait_until_ready(self) -> None:
        """Wait for ``/readyz``.

        Raises:
            RuntimeError: the process ended, or takes too long; with the end of its log.
        """
        deadline = time.monotonic() + START_SECONDS
        while not await self.is_ready():
            if self.process is None or self.process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(f"ombot did not get ready:\n{self._tail()}")
            await asyncio.sleep(0.1)

    async def is_ready(self) -> bool:
        """Whether ``/readyz`` says so."""
        try:
            async with aiohttp.ClientSession() as web, web.get(f"http://{LOOPBACK}:{self._port}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    @property
    def pid(self) -> int:
        """The number of the running process."""
        if self.process is None:
            raise RuntimeError("there is no process")
        return self.process.pid

    async def problems(self) -> list[str]:
        """What ``/healthz`` says is wrong."""
        async with aiohttp.ClientSession() as web, web.get(f"http://{LOOPBACK}:{self._port}/healthz") as answer:
            return list((await answer.json())["problems"])

    async def metrics(self) -> dict[str, float]:
        """The numbers of ``/metrics``."""
        async with aiohttp.ClientSession() as web, web.get(f"http://{LOOPBACK}:{self._port}/metrics") as answer:
            lines = [line for line in (await answer.text()).splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.split() for line in lines)}

    async def kill(self) -> None:
        """SIGKILL at whatever it is doing."""
        self.kills_in_start += not await self.is_ready()
        await self._end(signal.SIGKILL)
        self.kills += 1

    async def stop(self) -> float:
        """SIGTERM. Returns how many seconds the stop took.

        Raises:
            RuntimeError: it ended with an error; with the end of its log.
        """
        began = time.monotonic()
        code = await self._end(signal.SIGTERM)
        if code != 0:
            raise RuntimeError(f"ombot ended with {code}:\n{self._tail()}")
        return time.monotonic() - began

    async def close(self) -> None:
        """Leave no process behind, whatever happened."""
        if self.process is not None and self.process.returncode is None:
            await self._end(signal.SIGKILL)

    async def export(self) -> dict[str, Any]:
        """``ombot export all --format json``."""
        data = await self._command("export", "all", "--format", "json")
        return dict(json.loads(data))

    async def _end(self, signum: signal.Signals) -> int:
        if self.process is None:
            raise RuntimeError("there is no process to end")
        if self.process.returncode is None:
            self.process.send_signal(signum)
        code = await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        if code not in (0, -signum):
            raise RuntimeError(f"ombot had ended by itself with {code}:\n{self._tail()}")
        return code

    async def _command(self, *words: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self._line(*words), env=self.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"ombot {words[0]} ended with {process.returncode}: {err.decode()}")
        return out

    def complaints(self) -> list[str]:
        """Lines of the log about requests to the homeserver that came to nothing."""
        words = ("no usable sync answer", "the homeserver does not answer")
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if any(word in line for word in words)]

    def leaks(self, words: Iterable[str]) -> list[str]:
        """Those of these words, and of our secrets, that stand in the log (B1)."""
        log = self.log.read_text(encoding="utf-8", errors="replace")
        return [word for word in (PASSWORD, *words) if word in log]

    def _line(self, *words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "ombot.cli", *words, "--config", str(self.config))

    def _tail(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-6000:]

    def _configuration(self, groups: tuple[str, ...], encrypted: bool) -> str:
        setting = self.setting
        members = json.dumps(list(setting.people))
        parts = [
            f'[matrix]\nhomeserver = "{setting.homeserver}"\nuser = "{setting.user_id}"',
            f'[storage]\ndatabase = "{setting.database}"\ndirectory = "{self.folder / "data"}"',
            f'[organisation]\ntimezone = "{setting.zone.key}"\nholidays = ""',
            f"[space]\nencrypted = {json.dumps(encrypted)}",
            f'[meetings]\nreminders = ["{int(setting.reminder.total_seconds())}s"]',
            '[quiet]\nhours = ""\nweekends = false\nholidays = false',
            '[limits]\ncommands = "0"',
            f'[web]\nlisten = "{LOOPBACK}:{self._port}"',
        ]
        parts += [f'[[groups]]\nkey = "{key}"\nname = "AG {key}"\nmembers = {members}' for key in groups]
        parts += [f'[[people]]\nid = "{who}"\ninstitution = "{name}"' for who, name in setting.people.items()]
        return "\n".join(parts) + "\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
