"""ombot beside other bots on one Synapse, in unencrypted rooms, in turn: ``python -m bench peers``.

Every figure is taken of all contestants in the same run, because a homeserver that is busy with something else makes
all of them slow: what counts is the ratio to the bare loop.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import report
from bench.contestants import BARE, PEERS, Contestant, Enrolled, Ombot, Peer, enrol
from bench.environments import NotInstallable
from bench.processes import Running
from bench.scale import PER_ROOM, Options, Scale
from bench.stage import PASSWORD, Asker, asker, install, is_answer
from bench.starts import Starts, starts
from ombot.demo.homeserver import Homeserver

WARM_UP = 5
SILENCE = 10.0
"""Seconds without an answer after which the rest of a burst counts as lost."""
PAUSE = 0.4
"""The buttons and echoes of one answer must not be measured with the next."""
SETTLE = 3.0
FIRST_TICK_SECONDS = 16.0


@dataclass
class Figures:
    """What was measured of one contestant."""

    name: str
    milliseconds: list[float] = field(default_factory=list)
    cpu_alone: float = 0.0
    """Milliseconds of processor time for each command, one after the other."""
    cpu_burst: float = 0.0
    burst: int = 0
    """Commands at once."""
    burst_seconds: float = 0.0
    lost: int = 0
    resident_mib: float = 0.0

    @property
    def p50(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.milliseconds, n=20)[18]

    @property
    def rate(self) -> float:
        """Answers for each second of a burst."""
        return (self.burst - self.lost) / self.burst_seconds


@dataclass(frozen=True)
class Place:
    """A contestant on the stage: running, with rooms it shares with the asking member only."""

    contestant: Contestant
    running: Running
    rooms: list[str]
    figures: Figures


Ask = Callable[[Place], Awaitable[float]]
"""Lets a member ask a contestant; gives the milliseconds until its answer."""


def installable(peers: Sequence[Peer]) -> tuple[dict[Peer, Path], dict[str, str]]:
    """The interpreters of those that can be installed here, and why the others cannot."""
    found: dict[Peer, Path] = {}
    missing: dict[str, str] = {}
    for peer in peers:
        try:
            found[peer] = peer.python()
        except NotInstallable as reason:
            missing[peer.name] = str(reason)
    return found, missing


async def converse(ask: Ask, places: Sequence[Place], commands: int) -> None:
    """Ask everybody in turn, one command at a time."""
    for run in range(WARM_UP + commands):
        for place in places:
            milliseconds = await ask(place)
            if run >= WARM_UP:
                place.figures.milliseconds.append(milliseconds)
            await asyncio.sleep(PAUSE)


async def spend(ask: Ask, place: Place, commands: int) -> None:
    """Ask one command after the other without a pause: what a bot does while nobody asks must not count as theirs."""
    before = place.running.cpu_seconds()
    for _ in range(commands):
        await ask(place)
    await asyncio.sleep(PAUSE)
    place.figures.cpu_alone = (place.running.cpu_seconds() - before) / commands * 1000
    place.figures.resident_mib = place.running.resident_mib()


async def _ask(member: Asker, place: Place) -> float:
    return await member.ask(place.rooms[0], place.contestant.command, place.contestant.replies)


async def burst(member: Asker, place: Place) -> None:
    """Write all commands at once and wait until they are answered, or until no more answers come."""
    commands = PER_ROOM * len(place.rooms)
    await asyncio.sleep(SETTLE)
    await member.start()
    cpu, began = place.running.cpu_seconds(), time.perf_counter()
    asking = asyncio.create_task(_ask_at_once(member, place, commands))
    answered: set[str] = set()
    last = began
    while len(answered) < commands and (not asking.done() or time.perf_counter() - last < SILENCE):
        news = await member.news(1000)
        before = len(answered)
        answered |= {key for room_id in place.rooms for key in _answered(place.contestant, news.get(room_id, ()))}
        if len(answered) > before or not asking.done():
            last = time.perf_counter()
    await asking
    figures = place.figures
    figures.burst, figures.lost = commands, commands - len(answered)
    figures.burst_seconds = last - began
    figures.cpu_burst = (place.running.cpu_seconds() - cpu) / commands * 1000


async def _ask_at_once(member: Asker, place: Place, commands: int) -> None:
    rooms = len(place.rooms)
    asked = (member.say(place.rooms[number % rooms], place.contestant.command) for number in range(commands))
    await asyncio.gather(*asked)


def _answered(contestant: Contestant, events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """One key for each command that was answered: its own id where answers are replies, else that of the answer."""
    for event in events:
        if event["sender"] == contestant.user_id and is_answer(event, None):
            reply_to = event["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id")
            key: str | None = reply_to if contestant.replies else event["event_id"]
            if key is not None:
                yield key


async def compare(server: Homeserver, folder: Path, found: Mapping[Peer, Path], scale: Scale) -> list[Figures]:
    """Latency, cost, memory and a burst of all that could be installed; the bare loop comes first, ombot last."""
    member_id = server.register("member", PASSWORD)
    async with asker(f"{server.url}/_matrix/client/v3", server.login("member", PASSWORD)) as member:
        with ExitStack() as stack:
            places = []
            for peer, python in found.items():
                enrolled = enrol(server, peer, python, folder)
                rooms = [await _shared_room(member, enrolled) for _ in range(scale.burst_rooms)]
                places.append(Place(enrolled, stack.enter_context(enrolled.running()), rooms, Figures(peer.name)))
            places.append(await _ombot(server, folder, member_id, member, stack, scale.burst_rooms))
            await member.start()
            ask = partial(_ask, member)
            await converse(ask, places, scale.commands)
            for place in places:
                await spend(ask, place, scale.commands)
            for place in places:
                await burst(member, place)
    return [place.figures for place in places]


async def _ombot(
    server: Homeserver, folder: Path, member_id: str, member: Asker, stack: ExitStack, rooms: int
) -> Place:
    bot = server.register("ombot", PASSWORD)
    groups = [f"gruppe{number}" for number in range(rooms)]
    contestant = Ombot(install(folder / "ombot", server.url, bot, member_id, groups), bot)
    await asyncio.to_thread(contestant.installation.init)
    running = stack.enter_context(contestant.running())
    places = [await member.join(f"#{key}:{server.server_name}") for key in groups]
    # Each room is told of its board, after the first tick of the clock.
    await asyncio.sleep(FIRST_TICK_SECONDS)
    await asyncio.to_thread(running.wait_until_idle)
    return Place(contestant, running, places, Figures(contestant.name))


async def _shared_room(member: Asker, enrolled: Enrolled) -> str:
    room_id = await member.create_room(enrolled.user_id)
    async with asker(member.base, enrolled.account["token"]) as bot:
        await bot.join(room_id)
    return room_id


def measure(options: Options) -> Iterator[str]:
    """The figures of all contestants, one line each; when asked for, also in the documentation."""
    scale = options.scale
    circumstances = report.circumstances()
    found, missing = installable((BARE, *PEERS))
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name, Homeserver() as server:
        figures = asyncio.run(compare(server, Path(name), found, scale))
        yield from map(_line, figures)
        starting = asyncio.run(starts(server, Path(name), found, scale))
        for who, each in starting.items():
            yield f"{who}: start with {_in_rooms(each.ready)}"
        ours = starting[figures[-1].name]
        yield f"{figures[-1].name}: start and first answer with {_in_rooms(ours.answered)}"
    yield from _not_installable(missing)
    if options.write:
        report.rewrite("peers", _document(circumstances, figures, starting, missing, scale))
        _draw(figures, starting, scale)


def _line(figures: Figures) -> str:
    return (
        f"{figures.name}: p50 {figures.p50:.0f} ms, p95 {figures.p95:.0f} ms; burst {figures.rate:.1f} answers/s, "
        f"{figures.lost} of {figures.burst} lost; CPU {figures.cpu_alone:.1f} ms for each command, in the burst "
        f"{figures.cpu_burst:.1f} ms; {figures.resident_mib:.0f} MiB"
    )


def _in_rooms(seconds: Mapping[int, Sequence[float]]) -> str:
    return ", ".join(f"{rooms} rooms {statistics.median(each):.2f} s" for rooms, each in seconds.items())


def _not_installable(missing: Mapping[str, str]) -> list[str]:
    return [f"{name}: not installable: {reason}" for name, reason in missing.items()]


def _document(
    circumstances: str,
    figures: Sequence[Figures],
    starting: Mapping[str, Starts],
    missing: Mapping[str, str],
    scale: Scale,
) -> str:
    bare, (few, many) = figures[0], scale.rooms
    rows = [
        [
            each.name,
            f"{each.p50:.0f} ms",
            f"{each.p95:.0f} ms",
            f"{each.p50 / bare.p50:.2f}",
            f"{each.rate / bare.rate:.2f}",
            str(each.lost),
            f"{each.cpu_alone:.1f} ms",
            f"{each.cpu_burst:.1f} ms",
            f"{starting[each.name].ready_in(few):.2f} s",
            f"{starting[each.name].ready_in(many):.2f} s",
            f"{each.resident_mib:.0f} MiB",
        ]
        for each in figures
    ]
    head = ["", "p50", "p95", "p50 ratio", "burst ratio", f"lost of {scale.burst}", "CPU", "CPU in the burst"]
    head += [f"start, {rooms} rooms" for rooms in scale.rooms] + ["memory"]
    ours = starting[figures[-1].name]
    counts = f"{scale.commands} commands to each in turn, {scale.burst} at once, {scale.starts} starts."
    answered = f"The bare loop answers {bare.rate:.1f} commands a second in the burst. "
    answered += f"ombot's first answer comes {ours.answered_in(few):.2f} s after the beginning of a start with {few} "
    answered += f"rooms, and {ours.answered_in(many):.2f} s with {many}."
    return "\n\n".join([f"{circumstances} {counts}", report.table(head, rows), answered, *_not_installable(missing)])


def _draw(figures: Sequence[Figures], starting: Mapping[str, Starts], scale: Scale) -> None:
    bare, many = figures[0], scale.rooms[-1]
    panels = [
        report.Bars("answer, p50 as ratio", [each.p50 / bare.p50 for each in figures], 1.10),
        report.Bars("burst, answers/s as ratio", [each.rate / bare.rate for each in figures], 0.97),
        report.Bars(f"lost of {scale.burst}", [each.lost for each in figures], 0),
        report.Bars("CPU for a command, ms", [each.cpu_alone for each in figures], 4.0),
        report.Bars(f"start, {many} rooms, s", [starting[each.name].ready_in(many) for each in figures], 1.0),
        report.Bars("memory, MiB", [each.resident_mib for each in figures], 90),
    ]
    report.draw("peers", [each.name for each in figures], panels)
