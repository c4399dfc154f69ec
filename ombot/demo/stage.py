"""The stage of the demo: a homeserver, the real program as its own process, and members at their clients."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ombot.demo.homeserver import Homeserver
from ombot.demo.member import Member, Missing

BOT = "ombot"
PASSWORD = "strategiekreis"  # noqa: S105 - of a homeserver that lives as long as the demo
READY_SECONDS = 60.0
STOP_SECONDS = 15.0

GROUPS = {
    "sk": ("Strategiekreis", "board"),
    "koordination": ("Koordination", "coordination"),
    "plenum": ("Plenum", "forum"),
    "beratung": ("AG Modernes Beratungsverständnis", "working_group"),
    "transfer": ("AG Transfer", "working_group"),
    "darstellung": ("AG Darstellung der OM", "working_group"),
}
ROSTER = (
    "BG RCI",
    "itb",
    "IBWF",
    "BDVT",
    "Bundessteuerberaterkammer",
    "VDSI",
    "Beraternetzwerk",
    "VBU",
    "BKK Dachverband",
    "DVR",
    "DEN",
    "Deutscher Steuerberaterverband",
)


@dataclass(frozen=True)
class Role:
    """A person on the stage: an institution and a function, and the groups they lead or belong to."""

    name: str
    institution: str
    function: str
    leads: tuple[str, ...] = ()
    member_of: tuple[str, ...] = ()


CAST: Mapping[str, Role] = {
    "buero": Role("Geschäftsstelle", "Stiftung Mittelstand", "Geschäftsstelle", ("sk", "koordination", "plenum")),
    "bgrci": Role("Referentin BG RCI", "BG RCI", "Referentin", ("beratung",), ("sk", "plenum")),
    "itb": Role("Forschung itb", "itb", "Wissenschaftler", ("transfer",), ("sk", "beratung")),
    "isf": Role("Forschung ISF", "ISF München", "Wissenschaftler", ("darstellung",), ("sk",)),
    "bmas": Role("Referat BMAS", "BMAS", "Referatsleitung", (), ("sk",)),
    "zdh": Role("Beratung ZDH", "ZDH", "Abteilungsleitung", (), ("sk", "transfer", "darstellung")),
}


@dataclass
class Stage:
    """Everything that runs during the demo."""

    homeserver: Homeserver
    folder: Path
    config: Path
    members: dict[str, Member] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def bot_id(self) -> str:
        """The bot's Matrix id."""
        return f"@{BOT}:{self.homeserver.server_name}"

    async def start_bot(self) -> None:
        """``ombot run``; returns when it is ready.

        Raises:
            Missing: it ended or was not ready in time.
        """
        log = self.folder / "ombot.log"
        with log.open("ab") as output:
            start = output.tell()
            self.process = await asyncio.to_thread(
                subprocess.Popen, self._command("run"), env=_environment(), stdout=output, stderr=output
            )
        for _ in range(int(READY_SECONDS / 0.1)):
            if b"ombot ready" in log.read_bytes()[start:]:
                return
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.1)
        raise Missing(f"ombot did not get ready, see {log}")

    async def stop_bot(self) -> None:
        """SIGTERM, as an operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            await asyncio.to_thread(self.process.wait, STOP_SECONDS)

    async def run(self, *arguments: str) -> str:
        """One command of the operator; gives back what it printed.

        Raises:
            Missing: it failed.
        """
        done = await asyncio.to_thread(
            subprocess.run, self._command(*arguments), env=_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Missing(f"ombot {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "ombot.cli", *arguments, "--config", str(self.config)]


def _environment() -> dict[str, str]:
    # Settings of the one who starts the demo must not reach into it.
    mine = {name: value for name, value in os.environ.items() if not name.startswith("OMBOT_")}
    return {**mine, "OMBOT_PASSWORD": PASSWORD}


@asynccontextmanager
async def set_stage(folder: Path) -> AsyncIterator[Stage]:
    """Build the stage, and take it down whatever happens."""
    async with AsyncExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ombot-demo-")))
        homeserver = Homeserver(server_name="demo.localhost")
        await asyncio.to_thread(homeserver.start)
        stack.push_async_callback(asyncio.to_thread, homeserver.stop)
        await asyncio.to_thread(_register, homeserver)
        stage = Stage(homeserver, folder, data / "config.toml")
        stage.config.write_text(_config(homeserver, data), encoding="utf-8")
        await stage.run("init", "--yes")
        # Before the bot speaks: in an encrypted room nobody can read what was said before they came.
        await _seat(stage, data, stack)
        stack.push_async_callback(stage.stop_bot)
        await stage.start_bot()
        yield stage


def _register(homeserver: Homeserver) -> None:
    homeserver.register(BOT, PASSWORD, displayname="ombot")
    for name, role in CAST.items():
        homeserver.register(name, PASSWORD, displayname=role.name)


async def _seat(stage: Stage, data: Path, stack: AsyncExitStack) -> None:
    """Log everybody in, and wait until each is in their rooms."""
    homeserver = stage.homeserver
    for name, role in CAST.items():
        member = Member(homeserver.url, f"@{name}:{homeserver.server_name}", PASSWORD, data / name, role.name)
        stage.members[name] = await stack.enter_async_context(member)
    for name, role in CAST.items():
        for key in (*role.leads, *role.member_of):
            stage.rooms[key] = await stage.members[name].room(f"#{key}:{homeserver.server_name}")


def _config(homeserver: Homeserver, data: Path) -> str:
    parts = [
        f'[matrix]\nhomeserver = "{homeserver.url}"\nuser = "@{BOT}:{homeserver.server_name}"\n',
        f'[storage]\ndatabase = "sqlite:///{data}/ombot.sqlite3"\ndirectory = "{data}/data"\n',
        '[web]\nlisten = "127.0.0.1:0"\n',
        # The demo writes at any hour of any day.
        '[quiet]\nhours = ""\nweekends = false\nholidays = false\n',
        *(_group(homeserver, key, name, kind) for key, (name, kind) in GROUPS.items()),
        '[[institutions]]\nname = "BMAS"\nkind = "ministry"\n',
        '[[institutions]]\nname = "BMBF"\nkind = "ministry"\n',
        *(_person(homeserver, name, role) for name, role in CAST.items()),
    ]
    return "\n".join(parts)


def _group(homeserver: Homeserver, key: str, name: str, kind: str) -> str:
    leads = [f"@{who}:{homeserver.server_name}" for who, role in CAST.items() if key in role.leads]
    members = [f"@{who}:{homeserver.server_name}" for who, role in CAST.items() if key in role.member_of]
    roster = list(ROSTER) if key == "beratung" else []
    return (
        f'[[groups]]\nkey = "{key}"\nname = "{name}"\nkind = "{kind}"\n'
        f"leads = {_list(leads)}\nmembers = {_list(members)}\nroster = {_list(roster)}\n"
    )


def _list(items: list[str]) -> str:
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"


def _person(homeserver: Homeserver, name: str, role: Role) -> str:
    return (
        f'[[people]]\nid = "@{name}:{homeserver.server_name}"\n'
        f'institution = "{role.institution}"\nfunction = "{role.function}"\n'
    )
