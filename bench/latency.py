"""Command to answer: ombot beside the bare loop on one Synapse, in unencrypted rooms, in turn."""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from bench.stage import PASSWORD, Asker, asker, install, process
from ombot.demo.homeserver import Homeserver

WARM_UP = 5
RUNS = 60


async def measure() -> list[str]:
    """The lines of the result: p50 and p95 of both, and the ratio of the medians."""
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name, Homeserver() as server:
        folder = Path(name)
        member_id, bare = server.register("member", PASSWORD), server.register("bare", PASSWORD)
        bot = server.register("ombot", PASSWORD)
        base = f"{server.url}/_matrix/client/v3"
        async with asker(base, server.login("member", PASSWORD)) as member:
            bare_room = await _room_with(member, bare, server.login("bare", PASSWORD))
            ombot = install(folder, server.url, bot, member_id)
            ombot.init()
            with _bare(server.url, server.login("bare", PASSWORD)), ombot.running():
                room = await member.join(f"#beratung:{server.server_name}")
                return _lines(await _in_turn(member, room, bare_room))


async def _in_turn(asker: Asker, room: str, bare_room: str) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    bare: list[float] = []
    await asker.start()
    for run in range(WARM_UP + RUNS):
        for place, times in ((room, ours), (bare_room, bare)):
            milliseconds = await asker.ask(place)
            if run >= WARM_UP:
                times.append(milliseconds)
            # The buttons and echoes of one answer must not be measured with the next.
            await asyncio.sleep(0.15)
    return ours, bare


def _lines(times: tuple[list[float], list[float]]) -> list[str]:
    ours, bare = times
    ratio = statistics.median(ours) / statistics.median(bare)
    shown = (
        (name, statistics.median(found), statistics.quantiles(found, n=20)[18])
        for name, found in (("ombot, unencrypted", ours), ("bare loop", bare))
    )
    return [f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms ({RUNS} commands)" for name, p50, p95 in shown] + [
        f"command to answer: {ratio:.2f}x of the bare loop"
    ]


async def _room_with(asker: Asker, other: str, token: str) -> str:
    body = {"preset": "trusted_private_chat", "invite": [other]}
    async with asker.session.post(f"{asker.base}/createRoom", json=body) as response:
        room_id: str = (await response.json())["room_id"]
    headers = {"Authorization": f"Bearer {token}"}
    path = f"{asker.base}/join/{quote(room_id, safe='')}"
    async with asker.session.post(path, json={}, headers=headers) as response:
        response.raise_for_status()
    return room_id


@contextlib.contextmanager
def _bare(homeserver: str, token: str) -> Iterator[None]:
    with process([sys.executable, "-m", "bench.bare", homeserver, token], dict(os.environ), b"ready"):
        yield
