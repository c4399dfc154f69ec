"""Runs in which something else than the bot breaks, or the bot is stopped in order."""

import asyncio
import time
from dataclasses import dataclass

from chaos.proxy import Proxy, all_pass, outage, storm, swallow_messages
from chaos.run import Stage
from chaos.tally import Tally

LIFE_SECONDS = 5.0
ANSWER_SECONDS = 60.0
AWAY_SECONDS = 3.0


async def play_with_stops(set_up: Stage, commands: int, stops: int) -> Tally:
    """SIGTERM while members write, and an immediate start."""
    await _start(set_up)
    for number in range(stops):
        share = len(range(number, commands, stops))
        await asyncio.gather(set_up.write(share, LIFE_SECONDS), _stop_and_start(set_up))
    return await _finish(set_up)


async def _stop_and_start(set_up: Stage) -> None:
    await set_up.bot.wait_until_ready()
    await asyncio.sleep(set_up.chance.uniform(0.1, LIFE_SECONDS))
    set_up.stops.append(await set_up.bot.stop())
    await set_up.bot.start()


async def play_with_restarts(set_up: Stage, commands: int, restarts: int) -> Tally:
    """The homeserver is killed and comes back while members write and reminders fall due."""
    await _start(set_up)
    for number in range(restarts):
        share = len(range(number, commands, restarts))
        await asyncio.gather(set_up.write(share, LIFE_SECONDS), _restart_homeserver(set_up))
    return await _finish(set_up)


async def _restart_homeserver(set_up: Stage) -> None:
    await asyncio.sleep(set_up.chance.uniform(0.5, LIFE_SECONDS))
    await asyncio.to_thread(set_up.homeserver.kill)
    await asyncio.sleep(set_up.chance.uniform(0.0, LIFE_SECONDS))
    await asyncio.to_thread(set_up.homeserver.start)


async def play_in_storms(set_up: Stage, proxy: Proxy, commands: int, storms: int) -> Tally:
    """Of the bot's requests many meet 429, 500 or 502, or are accepted without an answer; in between it is killed."""
    await _start(set_up)
    chance = set_up.chance
    weathers = [
        storm(chance, "429", share=0.6),
        storm(chance, "500", "502", share=0.5),
        swallow_messages(chance, share=0.5),
        storm(chance, "cut", "swallow", "429", "500", share=0.4),
    ]
    for number in range(storms):
        proxy.cut_all(weathers[number % len(weathers)])
        share = len(range(number, commands, storms))
        await asyncio.gather(set_up.write(share, LIFE_SECONDS), asyncio.sleep(LIFE_SECONDS))
        if number % 2:
            await set_up.bot.kill()
            await set_up.bot.start()
        proxy.cut_all(all_pass)
        await asyncio.sleep(chance.uniform(0.0, LIFE_SECONDS / 2))
    return await _finish(set_up)


async def play_after_downtime(set_up: Stage, commands: int) -> Tally:
    """The bot is away while members write more than one sync answer holds."""
    set_up.no_more_meetings()
    await _start(set_up)
    await set_up.write(6, 1.0)
    set_up.stops.append(await set_up.bot.stop())
    await set_up.write(commands, 0.1)
    await set_up.bot.start()
    return await _finish(set_up)


@dataclass(frozen=True)
class Outage:
    """What was measured around an outage."""

    requests: int
    """Tried by the bot in the first 60 s, or in all of it when it was shorter; whether anybody was there or not."""
    first_answer: float
    """Seconds from the homeserver's return to the first answer."""
    tally: Tally


async def measure_outage(set_up: Stage, proxy: Proxy, seconds: float, *, refused: bool) -> Outage:
    """The homeserver is out of reach for the bot, while answers are on their way and more is written.

    ``refused``: nobody accepts a connection; otherwise somebody does, as a proxy in front would, and hangs up.
    """
    await _start(set_up)
    script = set_up.scripts[0]
    for _ in range(6):
        await script.add_task()
    began, logged = time.monotonic(), len(set_up.bot.complaints())
    await (proxy.shut() if refused else _cut(proxy))
    await asyncio.sleep(seconds / 2)
    await script.add_task()
    await asyncio.sleep(began + min(seconds, 60.0) - time.monotonic())
    # Who is refused a connection leaves no trace at the other end, only in the log.
    arrived = sum(began <= moment < began + min(seconds, 60.0) for moment in proxy.requests)
    requests = max(arrived, len(set_up.bot.complaints()) - logged)
    await asyncio.sleep(began + seconds - time.monotonic())
    before, back = len(set_up.reader.caused), time.monotonic()
    proxy.choose = all_pass
    if refused:
        await proxy.open()
    async with asyncio.timeout(ANSWER_SECONDS):
        while len(set_up.reader.caused) == before:  # noqa: ASYNC110 - the reader's own loop changes it
            await asyncio.sleep(0.05)
    first_answer = time.monotonic() - back
    await _stop_while_away(set_up, proxy)
    return Outage(requests, first_answer, await _finish(set_up))


async def _stop_while_away(set_up: Stage, proxy: Proxy) -> None:
    """Stop with a command taken in and perhaps not answered, while nobody is there."""
    await set_up.scripts[0].add_task()
    await proxy.shut()
    await asyncio.sleep(AWAY_SECONDS)
    set_up.stops.append(await set_up.bot.stop())
    proxy.choose = all_pass
    await proxy.open()
    await set_up.bot.start()


async def _cut(proxy: Proxy) -> None:
    proxy.cut_all(outage)


async def _start(set_up: Stage) -> None:
    await set_up.bot.start()
    await set_up.bot.wait_until_ready()


async def _finish(set_up: Stage) -> Tally:
    await set_up.bot.wait_until_ready()
    await set_up.settle()
    return await set_up.count()
