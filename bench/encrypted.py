"""ombot beside other bots in encrypted rooms, in turn: ``python -m bench encrypted``."""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import nio

from bench import report
from bench.comparison import FIRST_TICK_SECONDS, Figures, Place, converse, installable, spend
from bench.contestants import NIO_ENCRYPTED, REMINDER_BOT, Enrolled, Ombot, Peer, enrol
from bench.scale import Options
from bench.stage import PASSWORD, asker, install
from ombot.demo.homeserver import Homeserver
from ombot.demo.member import Member

PEERS = (NIO_ENCRYPTED, REMINDER_BOT)
KEYS_SECONDS = 3.0
"""Until all devices know each other."""


async def compare(server: Homeserver, folder: Path, found: Mapping[Peer, Path], commands: int) -> list[Figures]:
    """Latency, cost and memory of all that could be installed; ombot comes last."""
    member_id = server.register("secret-member", PASSWORD)
    with ExitStack() as stack:
        async with Member(server.url, member_id, PASSWORD, folder / "member") as member:
            places = []
            for peer, python in found.items():
                enrolled = enrol(server, peer, python, folder, "-secret")
                room_id = await _shared_room(member, enrolled)
                running = stack.enter_context(enrolled.running())
                places.append(Place(enrolled, running, [room_id], Figures(peer.name)))
            places.append(await _ombot(server, folder, member, stack))
            await asyncio.sleep(KEYS_SECONDS)
            ask = partial(_ask, member)
            await converse(ask, places, commands)
            for place in places:
                await spend(ask, place, commands)
    return [place.figures for place in places]


async def _shared_room(member: Member, enrolled: Enrolled) -> str:
    state = [nio.EnableEncryptionBuilder().as_dict()]
    made = await member.client.room_create(
        invite=[enrolled.user_id], preset=nio.RoomPreset.trusted_private_chat, initial_state=state
    )
    async with asker(f"{enrolled.account['homeserver']}/_matrix/client/v3", enrolled.account["token"]) as bot:
        return await bot.join(made.room_id)


async def _ombot(server: Homeserver, folder: Path, member: Member, stack: ExitStack) -> Place:
    bot = server.register("ombot-secret", PASSWORD)
    made = install(folder / "ombot-secret", server.url, bot, member.user_id, ("geheim",), encrypted=True)
    await asyncio.to_thread(made.init)
    contestant = Ombot(made, bot)
    running = stack.enter_context(contestant.running())
    room_id = await member.room(f"#geheim:{server.server_name}")
    await asyncio.sleep(FIRST_TICK_SECONDS)
    await asyncio.to_thread(running.wait_until_idle)
    return Place(contestant, running, [room_id], Figures(contestant.name))


async def _ask(member: Member, place: Place) -> float:
    """Milliseconds from encrypting a command to reading its answer."""
    room_id, contestant = place.rooms[0], place.contestant
    known = set(member.rooms.get(room_id, ()))
    began = time.perf_counter()
    event_id = await member.say(room_id, contestant.command)
    if contestant.replies:
        await member.answer(room_id, event_id)
    else:
        await member.expect(
            room_id, lambda seen: seen.sender == contestant.user_id and seen.event_id not in known, contestant.name
        )
    return (time.perf_counter() - began) * 1000


def measure(options: Options) -> Iterator[str]:
    """The figures of all contestants, one line each; when asked for, also in the documentation."""
    commands = options.scale.commands
    circumstances = report.circumstances()
    found, missing = installable(PEERS)
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name, Homeserver() as server:
        figures = asyncio.run(compare(server, Path(name), found, commands))
    echo = figures[0]
    for each in figures:
        yield (
            f"{each.name}, encrypted: p50 {each.p50:.0f} ms ({each.p50 / echo.p50:.2f}x of {echo.name}), "
            f"p95 {each.p95:.0f} ms; CPU {each.cpu_alone:.1f} ms for each command; {each.resident_mib:.0f} MiB"
        )
    left_out = [f"{name}: not installable: {reason}" for name, reason in missing.items()]
    yield from left_out
    if options.write:
        rows = [
            [
                each.name,
                f"{each.p50:.0f} ms",
                f"{each.p95:.0f} ms",
                f"{each.p50 / echo.p50:.2f}",
                f"{each.cpu_alone:.1f} ms",
                f"{each.resident_mib:.0f} MiB",
            ]
            for each in figures
        ]
        table = report.table(["", "p50", "p95", "p50 ratio", "CPU", "memory"], rows)
        report.rewrite(
            "encrypted", "\n\n".join([f"{circumstances} {commands} commands to each in turn.", table, *left_out])
        )
        panels = [
            report.Bars("answer, p50 as ratio", [each.p50 / echo.p50 for each in figures], 1.10),
            report.Bars("CPU for a command, ms", [each.cpu_alone for each in figures], 9.0),
            report.Bars("memory, MiB", [each.resident_mib for each in figures]),
        ]
        report.draw("encrypted", [each.name for each in figures], panels)
