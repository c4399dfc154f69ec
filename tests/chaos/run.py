"""One chaos run: real homeserver, real bot, members writing, and somebody who breaks things meanwhile.

``python -m chaos.run --seed 7 --commands 600 --kills 20`` (with ``tests`` on the path) plays one and prints figures.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from chaos.bot import PASSWORD, Bot, Setting
from chaos.players import Ledger, Player, Script
from chaos.proxy import Proxy
from chaos.tally import REMINDER, Room, Tally, count

from ombot.demo.homeserver import Homeserver

MEMBERS = {"eva": "BG RCI", "jan": "itb", "kim": "BMAS"}
SETTLE_SECONDS = 30.0
"""How long nothing may change before what is still missing counts as lost."""
TICK = timedelta(seconds=20)
"""A reminder is sent with the first tick after it is due."""
MOST_UNANSWERED = 60
"""With how many commands waiting the bot is killed at most: what two of its lives are given."""
AFTERWARDS = 3.0
"""How long to listen for what comes a second time."""
STOP_SECONDS = 10.0
REMINDED_AFTER = 24.0
REMINDED_BEFORE = timedelta(minutes=5)
"""About how long before a meeting: nobody is reminded of one that has begun, and a busy machine lags behind."""
KILL_SECONDS = 4.0
SHARE_WITH_MEETINGS = 0.7
SHARE_OF_WORK = 0.75
"""How many of the kills meet the bot at work; the others mostly while it starts."""


@dataclass
class Stage:
    """Everything a run needs, ready to play."""

    homeserver: Homeserver
    bot: Bot
    players: dict[str, Player]
    rooms: dict[str, str]
    """room id → key of its group"""
    chance: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    stops: list[float] = field(default_factory=list)

    @property
    def reader(self) -> Player:
        """The member through whose eyes is counted."""
        return next(iter(self.players.values()))

    def __post_init__(self) -> None:
        self.scripts = [
            Script(player, tuple(self.rooms), self.ledger, random.Random(self.chance.random()), self.bot.setting)
            for player in self.players.values()
        ]

    def remind_in(self, seconds: float) -> None:
        """Let the first reminders fall due then, and the others whole minutes later, as meetings begin at full ones."""
        due = datetime.now(UTC) + timedelta(seconds=seconds)
        self.bot.setting.reminder = REMINDED_BEFORE + timedelta(seconds=(60 - due.second) % 60)
        self.bot.write_configuration(self.bot.setting.rooms, encrypted=False)

    def no_more_meetings(self) -> None:
        """From now on, so that the run need not wait long for their reminders."""
        for script in self.scripts:
            script.meets = False

    def meetings_again(self) -> None:
        """From now on."""
        for script in self.scripts:
            script.meets = True

    async def write(self, commands: int, seconds: float) -> None:
        """All members write, ``commands`` together within about ``seconds``."""
        shares = [len(range(index, commands, len(self.scripts))) for index in range(len(self.scripts))]
        self.scripts = self.scripts[1:] + self.scripts[:1]
        await asyncio.gather(
            *(script.play(share, seconds) for script, share in zip(self.scripts, shares, strict=True) if share)
        )

    async def keep_up(self) -> None:
        """Members do not write on for ever without an answer: on a busy machine each life of the bot does little."""
        if self._lacking() > MOST_UNANSWERED:
            await self.bot.wait_until_ready()
            await self._answered(MOST_UNANSWERED)

    async def settle(self) -> None:
        """Wait until all is answered and reminded of, or it is clear that something will not come."""
        await self._answered(0)
        # What was handled late is sent with the tick after it, long after it was due.
        last = max([datetime.now(UTC), *(meeting.reminded_at for meeting in self.ledger.meetings)])
        while self._unreminded() and datetime.now(UTC) < last + TICK:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        await asyncio.sleep(AFTERWARDS)

    async def _answered(self, most: int) -> None:
        """Wait until at most so many answers are missing and messages unsent, or nothing changes any more."""
        waiting, since = await self._waiting(), time.monotonic()
        while max(waiting) > most and time.monotonic() - since < SETTLE_SECONDS:
            await asyncio.sleep(0.5)
            before, waiting = waiting, await self._waiting()
            if waiting != before:
                since = time.monotonic()

    async def _waiting(self) -> tuple[int, float]:
        """How many answers the reading member lacks, and how many messages the bot has not sent."""
        return self._lacking(), (await self.bot.metrics())["ombot_unsent"]

    def _lacking(self) -> int:
        return len({order.event_id for order in self.ledger.orders} - self.reader.caused)

    def _unreminded(self) -> bool:
        said = "\n".join(body for body in self.reader.unasked if REMINDER in body)
        return not all(meeting.title in said for meeting in self.ledger.meetings)

    async def count(self) -> Tally:
        """Stop the bot and count."""
        self.stops.append(await self.bot.stop())
        ledger = self.ledger
        assert self.bot.leaks(expected.title for expected in (*ledger.tasks, *ledger.meetings)) == []
        reader = self.reader
        rooms = {
            room_id: Room(key, await reader.walk(room_id), reader.order[room_id]) for room_id, key in self.rooms.items()
        }
        return count(self.ledger, rooms, await self.bot.export(), self.bot.setting.user_id)


@asynccontextmanager
async def stage(
    folder: Path, seed: int, *, database: str | None = None, proxy: Proxy | None = None
) -> AsyncIterator[Stage]:
    """A homeserver, an installed bot that is not running yet, and members who are in its rooms.

    With a ``proxy`` the bot (and nobody else) talks to the homeserver through it.
    """
    async with AsyncExitStack() as stack:
        homeserver = Homeserver()
        await asyncio.to_thread(homeserver.start)
        stack.callback(homeserver.stop)
        user_id = homeserver.register("ombot", PASSWORD)
        people = {homeserver.register(name, PASSWORD): place for name, place in MEMBERS.items()}
        url = homeserver.url
        if proxy is not None:
            url = await proxy.start_before(homeserver.url)
            stack.push_async_callback(proxy.stop)
        setting = Setting(url, user_id, database or f"sqlite:///{folder / 'ombot.sqlite3'}", people)
        bot = Bot(folder / "bot", setting)
        await bot.set_up()
        stack.push_async_callback(bot.close)
        players: dict[str, Player] = {}
        for person in people:
            players[person] = Player(homeserver.url, person, PASSWORD, folder / person.partition(":")[0])
            await stack.enter_async_context(players[person])
        rooms = {}
        for key in setting.rooms:
            found = [await player.room(f"#{key}:{homeserver.server_name}") for player in players.values()]
            rooms[found[0]] = key
        yield Stage(homeserver, bot, players, rooms, random.Random(seed))


async def play_with_kills(set_up: Stage, commands: int, kills: int) -> Tally:
    """Members write while the bot is killed again and again, some of the times while it starts."""
    set_up.remind_in(REMINDED_AFTER)
    await set_up.bot.start()
    await set_up.bot.wait_until_ready()
    for number in range(kills):
        if number > kills * SHARE_WITH_MEETINGS:
            set_up.no_more_meetings()
        # The members' share of each life and not their own pace: a start takes longer on a busy machine.
        share = len(range(number, commands, kills))
        await asyncio.gather(set_up.write(share, KILL_SECONDS), _kill_and_start(set_up))
        await set_up.keep_up()
    await set_up.bot.wait_until_ready()
    await set_up.settle()
    return await set_up.count()


async def _kill_and_start(set_up: Stage) -> None:
    if set_up.chance.random() < SHARE_OF_WORK:
        await set_up.bot.wait_until_ready()
    await asyncio.sleep(set_up.chance.uniform(0.1, KILL_SECONDS))
    await set_up.bot.kill()
    await set_up.bot.start()


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Print figures of a run; to standard error, which reaches the terminal from a worker process, too."""
    with capsys.disabled():
        print(f"\n{line}", file=sys.stderr)


def figures(set_up: Stage, tally: Tally, seconds: float) -> str:
    """The result of a run, readable."""
    bot, kinds = set_up.bot, set_up.ledger.kinds
    return "\n".join(
        (
            f"{bot.kills} kills ({bot.kills_in_start} while starting), {bot.starts} starts, "
            f"stop in {max(set_up.stops):.1f} s, {seconds:.0f} s in all",
            f"{len(kinds)} kinds: " + ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items())),
            str(tally),
        )
    )


async def run(folder: Path, seed: int, commands: int, kills: int, database: str | None = None) -> Tally:
    """One run with kills from beginning to end."""
    began = time.monotonic()
    async with stage(folder, seed, database=database) as set_up:
        tally = await play_with_kills(set_up, commands, kills)
        print(f"seed {seed}: " + figures(set_up, tally, time.monotonic() - began))
    return tally


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--commands", type=int, default=600)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", help="its address (default: SQLite in a temporary folder)")
    parser.add_argument("--folder", type=Path, help="keep data and log here (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ombot-chaos-") as temporary:
        folder = options.folder or Path(temporary)
        tally = asyncio.run(run(folder, options.seed, options.commands, options.kills, options.database))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
