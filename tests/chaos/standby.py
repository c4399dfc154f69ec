"""Two machines on one PostgreSQL database: whichever works is killed, the one that waits takes over."""

import asyncio
import time
from dataclasses import dataclass, field

from chaos.bot import START_SECONDS, Bot
from chaos.run import REMINDED_AFTER, Stage
from chaos.tally import Tally

LIFE_SECONDS = 6.0
WAITING = "waiting as standby"
WAITS_WITHIN = START_SECONDS


@dataclass
class Pair:
    """The machine that works and the one that waits; ``set_up.bot`` is the first of them."""

    set_up: Stage
    standby: Bot
    take_overs: list[float] = field(default_factory=list)
    """Seconds from each kill until the other one was ready."""

    @classmethod
    def of(cls, set_up: Stage) -> "Pair":
        """The stage's bot and a second one with the same data directory and configuration."""
        standby = Bot(set_up.bot.folder, set_up.bot.setting, "standby")
        standby.write_configuration(standby.setting.rooms, encrypted=False)
        return cls(set_up, standby)

    async def start(self) -> None:
        """The first works, the second waits."""
        self.set_up.remind_in(REMINDED_AFTER)
        self.standby.write_configuration(self.standby.setting.rooms, encrypted=False)
        await self.set_up.bot.start()
        await self.set_up.bot.wait_until_ready()
        await self._let_wait()

    async def swap(self) -> None:
        """Kill the one that works at a random moment; the dead one comes back as the next standby."""
        await asyncio.sleep(self.set_up.chance.uniform(0.1, LIFE_SECONDS))
        await self.set_up.bot.kill()
        killed = time.monotonic()
        self.set_up.bot, self.standby = self.standby, self.set_up.bot
        await self.set_up.bot.wait_until_ready()
        self.take_overs.append(time.monotonic() - killed)
        await self._let_wait()

    async def close(self) -> None:
        """Leave no process behind; the stage looks after the bot it began with only."""
        await self.set_up.bot.close()
        await self.standby.close()

    async def _let_wait(self) -> None:
        seen = self.standby.log.read_text(encoding="utf-8") if self.standby.log.exists() else ""
        await self.standby.start()
        async with asyncio.timeout(WAITS_WITHIN):
            while WAITING not in self.standby.log.read_text(encoding="utf-8")[len(seen) :]:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


async def play_with_take_overs(pair: Pair, commands: int, kills: int) -> Tally:
    """Members write without pause while one machine after the other dies."""
    set_up = pair.set_up
    await pair.start()
    for number in range(kills):
        if number > kills // 2:
            set_up.no_more_meetings()
        share = len(range(number, commands, kills))
        await asyncio.gather(set_up.write(share, LIFE_SECONDS), pair.swap())
    await set_up.settle()
    await pair.standby.close()
    return await set_up.count()
