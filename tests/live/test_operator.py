"""The operator's commands with the real program, a real homeserver and a member in an encrypted room."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from ombot.demo.homeserver import Homeserver
from ombot.demo.member import Member

PASSWORD = "kanarienvogel-passwort"
READY_SECONDS = 60


class Installation:
    """One ombot in a folder, used as from a shell."""

    def __init__(self, folder: Path, homeserver: Homeserver, bot: str, lead: str, key: str) -> None:
        self.folder, self.homeserver, self.bot, self.lead, self.key = folder, homeserver, bot, lead, key
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("OMBOT_")}
        self.environment["OMBOT_PASSWORD"] = PASSWORD
        self.config = folder / "config.toml"
        self.config.write_text(
            f'[matrix]\nhomeserver = "{homeserver.url}"\nuser = "{bot}"\n'
            f'[storage]\ndatabase = "sqlite:///{folder}/ombot.sqlite3"\ndirectory = "{folder}/data"\n'
            f'[space]\nalias = "raum-{key}"\n'
            f'[web]\nlisten = "127.0.0.1:{self.port}"\n'
            f'[[groups]]\nkey = "{key}"\nname = "AG Transfer"\nleads = ["{lead}"]\n',
            encoding="utf-8",
        )

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        command = [sys.executable, "-m", "ombot.cli", *words, "--config", str(self.config)]
        env = {**self.environment, **environment}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=90, check=False)

    def measured(self, name: str) -> float:
        """A number of ``/metrics``."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            lines = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line[0] != "#")
        return float(lines[name])

    @contextlib.contextmanager
    def running(self, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """``ombot run`` from ready to stopped by SIGTERM, which must take less than 10 s."""
        log = self.folder / "ombot.log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "ombot.cli", "run", "--config", str(self.config)]
            env = {**self.environment, **environment}
            process = subprocess.Popen(command, env=env, stdout=output, stderr=output)
        try:
            for _ in range(READY_SECONDS * 10):
                if b"ombot ready" in log.read_bytes():
                    break
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
            yield process
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, log.read_text()
            assert time.monotonic() - began < 10
            assert PASSWORD not in log.read_text()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@contextlib.contextmanager
def service_manager(name: str) -> Iterator[list[str]]:
    """What is told to a service manager that listens like systemd, line by line."""
    heard: list[str] = []

    def listen() -> None:
        while said := channel.recv(4096):
            heard.extend(said.decode().splitlines())

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(f"\0{name}")
        listening = threading.Thread(target=listen)
        listening.start()
        try:
            yield heard
        finally:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
                last.sendto(b"", f"\0{name}")
            listening.join()


@pytest.fixture
def installation(tmp_path: Path, homeserver: Homeserver, user_name: Callable[[str], str]) -> Installation:
    bot, lead = user_name("ombot"), user_name("leitung")
    ids = [homeserver.register(name, PASSWORD) for name in (bot, lead)]
    return Installation(tmp_path, homeserver, *ids, key=user_name("transfer"))


@contextlib.asynccontextmanager
async def lead_of(installation: Installation) -> AsyncIterator[tuple[Member, str]]:
    """The lead at a client, and the group's room."""
    folder = installation.folder / "lead"
    async with Member(installation.homeserver.url, installation.lead, PASSWORD, folder) as member:
        yield member, await member.room(f"#{installation.key}:{installation.homeserver.server_name}")


async def test_from_nothing_to_an_answer_and_back(installation: Installation) -> None:
    first = installation.run("init", "--yes")
    assert (first.returncode, first.stdout.count("angelegt")) == (0, 2), first.stderr
    assert (installation.folder / ".env").stat().st_mode & 0o777 == 0o600
    again = installation.run("init", "--yes")
    assert (again.returncode, again.stdout.count("angelegt"), again.stdout.count("vorhanden")) == (0, 0, 2)
    checked = installation.run("check")
    assert (checked.returncode, [line for line in checked.stdout.splitlines() if line.startswith("fehlt")]) == (0, [])
    assert installation.run("status").returncode == 1
    async with lead_of(installation) as (lead, room):
        with (
            service_manager(f"ombot-{installation.port}") as heard,
            installation.running(NOTIFY_SOCKET=f"@ombot-{installation.port}", WATCHDOG_USEC="3000000"),
        ):
            event_id = await lead.say(room, "!aufgabe Einseiter entwerfen bis 30.09.")
            answer = await lead.answer(room, event_id)
            assert answer.body.splitlines()[0] == "Aufgabe A1: Einseiter entwerfen"
            status = await asyncio.to_thread(installation.run, "status")
            assert (status.returncode, status.stdout, status.stderr) == (0, "ombot is well.\n", "")
            refused = await lead.answer(room, await lead.say(room, "!erledigt A99"))
            assert "A99" in refused.body
            assert await asyncio.to_thread(installation.measured, "ombot_refused_total") == 1
            assert await asyncio.to_thread(installation.measured, "ombot_handling_seconds_total") > 0
            second = await asyncio.to_thread(installation.run, "run")
            assert (second.returncode, second.stdout.count("ombot ready")) == (75, 0)
            assert second.stderr.strip().count("\n") == 0
    beats = [line for line in heard if not line.startswith(("STATUS=", "EXTEND_TIMEOUT_USEC="))]
    assert (beats[0], set(beats[1:-1]), beats[-1]) == ("READY=1", {"WATCHDOG=1"}, "STOPPING=1")


async def test_a_restored_backup_is_trusted_again_and_answers_nothing_twice(installation: Installation) -> None:
    assert installation.run("init", "--yes").returncode == 0
    backup = installation.folder / "backup.zip"
    async with lead_of(installation) as (lead, room):
        with installation.running():
            before = await lead.answer(room, await lead.say(room, "!aufgabe Vor der Sicherung"))
            made = await asyncio.to_thread(installation.run, "backup", str(backup))
            assert made.returncode == 0, made.stderr
            assert backup.stat().st_mode & 0o777 == 0o600
            refused = await asyncio.to_thread(installation.run, "restore", str(backup))
            assert refused.returncode == 75
            lost_event = await lead.say(room, "!aufgabe Nach der Sicherung")
            after = await lead.answer(room, lost_event)
        assert (before.body.splitlines()[0], after.body.splitlines()[0]) == (
            "Aufgabe A1: Vor der Sicherung",
            "Aufgabe A2: Nach der Sicherung",
        )
        restored = await asyncio.to_thread(installation.run, "restore", str(backup))
        assert restored.returncode == 0, restored.stderr
        with installation.running():
            await lead.expect_devices(installation.bot, 2)
            newer = await lead.answer(room, await lead.say(room, "!aufgabe Danach"))
            # The visible number has jumped ahead, so that none is given out twice.
            assert int(newer.body.split(":")[0].removeprefix("Aufgabe A")) > 1000
        answers = [seen for seen in lead.rooms[room].values() if seen.reply_to == lost_event]
        assert len(answers) == 1
        checked = await asyncio.to_thread(installation.run, "check")
        assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"OMBOT_PASSWORD": "falsch"}, "check user and password"),
        ({"OMBOT_MATRIX__USER": "kein-benutzer"}, "matrix.user"),
        ({"OMBOT_QUIET__MORNING": "25:00"}, "quiet.morning"),
    ],
)
def test_a_wrong_configuration_is_one_line_and_78(
    installation: Installation, environment: dict[str, str], said: str
) -> None:
    done = installation.run("run", OMBOT_STORE_KEY="schluessel", **environment)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (78, 1)
    assert said in done.stderr
