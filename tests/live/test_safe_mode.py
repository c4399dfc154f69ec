"""A start with a broken database: coordinators can ask why, nothing is lost, and it mends itself (B5)."""

import asyncio
import os
import socket
import sqlite3
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ombot import features
from ombot.demo.homeserver import Homeserver
from ombot.demo.member import Member
from ombot.safe_mode import fault_of
from ombot.store import schema
from ombot.store.engine import open_engine

PASSWORD = "geheim"
SECONDS = 60.0
STOP_SECONDS = 10.0


class Installation:
    """One ombot in a folder with a coordination room and a group, encrypted both."""

    def __init__(self, folder: Path, homeserver: Homeserver, names: Callable[[str], str]) -> None:
        self.folder, self.homeserver = folder, homeserver
        bot, self.office, self.member = (homeserver.register(names(stem), PASSWORD) for stem in ("bot", "buero", "eva"))
        self.staff, self.group = names("koordination"), names("transfer")
        self.database = folder / "ombot.sqlite3"
        self.log = folder / "ombot.log"
        self.config = folder / "config.toml"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.config.write_text(
            f'[matrix]\nhomeserver = "{homeserver.url}"\nuser = "{bot}"\n'
            f'[storage]\ndatabase = "sqlite:///{self.database}"\ndirectory = "{folder}/data"\n'
            f'[space]\nalias = "{names("raum")}"\n'
            f'[web]\nlisten = "127.0.0.1:{port}"\n'
            f'[[groups]]\nkey = "{self.staff}"\nname = "Koordination"\nkind = "coordination"\n'
            f'leads = ["{self.office}"]\nmembers = ["{self.member}"]\n'
            f'[[groups]]\nkey = "{self.group}"\nname = "AG Transfer"\n'
            f'leads = ["{self.office}"]\nmembers = ["{self.member}"]\n',
            encoding="utf-8",
        )

    async def run(self, *words: str) -> tuple[int, str]:
        """One command to its end, with all it said."""
        process = await self._start(*words, output=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    @asynccontextmanager
    async def running(self, sign: str) -> AsyncIterator[None]:
        """``ombot run`` from a line of its log to a stop by SIGTERM."""
        with self.log.open("wb") as output:
            process = await self._start("run", output=output)
        try:
            await self.logged(sign)
            yield
            process.terminate()
            began = time.monotonic()
            assert await asyncio.wait_for(process.wait(), SECONDS) == 0, self.log.read_text()
            assert time.monotonic() - began <= STOP_SECONDS
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def logged(self, sign: str) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                while sign not in self.log.read_text():  # noqa: ASYNC110 - another process writes it
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(self.log.read_text())

    async def _start(self, *words: str, output: Any) -> Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OMBOT_")}
        line = (sys.executable, "-m", "ombot.cli", *words, "--config", str(self.config))
        return await asyncio.create_subprocess_exec(
            *line, env={**environment, "OMBOT_PASSWORD": PASSWORD}, stdout=output, stderr=asyncio.subprocess.STDOUT
        )


async def test_a_broken_database_is_explained_and_costs_no_command(
    tmp_path: Path, homeserver: Homeserver, user_name: Callable[[str], str]
) -> None:
    ombot = Installation(tmp_path, homeserver, user_name)
    assert (await ombot.run("init", "--yes"))[0] == 0
    async with AsyncExitStack() as stack:
        office, eva = [
            await stack.enter_async_context(Member(homeserver.url, user, PASSWORD, tmp_path / folder))
            for user, folder in ((ombot.office, "office"), (ombot.member, "eva"))
        ]
        staff, group = [await office.room(f"#{key}:{homeserver.server_name}") for key in (ombot.staff, ombot.group)]
        for key in (ombot.staff, ombot.group):
            await eva.room(f"#{key}:{homeserver.server_name}")
        async with ombot.running("ombot ready"):
            first = await eva.answer(group, await eva.say(group, "!aufgabe Einseiter entwerfen"))
            assert first.body.startswith("Aufgabe A1:")
        good = ombot.database.rename(tmp_path / "gut.sqlite3")
        ombot.database.write_bytes(b"Das ist keine Datenbank. " * 200)

        async with ombot.running("safe mode: logged in"):
            unanswered = [
                await eva.say(staff, "!status"),
                await office.say(group, "!status"),
            ]
            task = await eva.say(group, "!aufgabe Programm schreiben")
            answer = await office.answer(staff, await office.say(staff, "!status"))
            assert answer.body.splitlines() == [
                "Ich laufe nur im Notbetrieb, weil sich die Datenbank nicht öffnen oder nicht beschreiben lässt.",
                "Nichts geht verloren: Was inzwischen geschrieben wird, bearbeite ich, sobald das behoben ist. "
                "Ich versuche es alle 5 Sekunden von selbst.",
                "Für den Betrieb: Bitte prüfen Sie, ob Speicherplatz und Zugriffsrechte stimmen und der "
                "Datenbankserver läuft; ist die Datei beschädigt, spielen Sie mit „ombot restore“ die letzte "
                "Sicherung ein.",
            ]
            asked = {seen.reply_to for room in office.rooms.values() for seen in room.values()}
            assert asked.isdisjoint({*unanswered, task})
            code, said = await ombot.run("status")
            assert (code, said) == (
                1,
                "ombot is not well: safe mode: the database cannot be opened or written\n",
            )
            good.replace(ombot.database)
            await ombot.logged("ombot ready")
            later = await eva.answer(group, task)
            assert later.body.splitlines()[0] == "Aufgabe A2: Programm schreiben"
            # What was asked meanwhile is answered now, too.
            for event_id in unanswered:
                await office.answer(staff if event_id == unanswered[0] else group, event_id)
        again = [seen for seen in office.rooms[group].values() if seen.reply_to == task]
        assert len(again) == 1


def _too_new(path: Path) -> None:
    features.load_tables()
    engine = open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()


def _rows_without_parents(path: Path) -> None:
    features.load_tables()
    engine = open_engine(f"sqlite:///{path}")
    schema.migrate(engine, "0001")
    engine.dispose()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("INSERT INTO member (room_id, user_id, membership) VALUES ('!weg', '@eva:x', 'join')")


def _foreign(path: Path) -> None:
    engine = open_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE fremd (a INTEGER)"))
    engine.dispose()


@pytest.mark.parametrize(
    ("prepare", "fault"),
    [
        (_too_new, "start_too_new"),
        (_foreign, "start_migration"),
        (_rows_without_parents, "start_migration"),
        (lambda path: path.mkdir(), "start_database"),
        (lambda path: path.write_bytes(b"keine Datenbank " * 100), "start_database"),
    ],
)
def test_what_is_broken_is_named(tmp_path: Path, prepare: Callable[[Path], None], fault: str) -> None:
    path = tmp_path / "ombot.sqlite3"
    prepare(path)
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(Exception) as caught:
        schema.upgrade(engine, tmp_path / "backups")
    engine.dispose()
    assert fault_of(caught.value) == fault
