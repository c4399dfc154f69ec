"""How long a start takes with few and with many rooms, when everything is there already: the second start and later.

All are in the same rooms, which ombot's ``init`` has made, and run one after the other.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.contestants import Contestant, Enrolled, Ombot, Peer, enrol
from bench.scale import Scale
from bench.stage import PASSWORD, Asker, asker, install
from ombot.demo.homeserver import Homeserver

FIRST_SECONDS = 5.0
"""What the first start has to do besides gets its time: later ones are measured."""


@dataclass
class Starts:
    """Seconds from the start of the process, by number of rooms."""

    ready: dict[int, list[float]] = field(default_factory=dict)
    answered: dict[int, list[float]] = field(default_factory=dict)
    """Until a command that was written when it was ready has been answered; of ombot only."""

    def ready_in(self, rooms: int) -> float:
        """The median of the starts."""
        return statistics.median(self.ready[rooms])

    def answered_in(self, rooms: int) -> float:
        """The median of the starts; of ombot only."""
        return statistics.median(self.answered[rooms])


async def starts(server: Homeserver, folder: Path, found: Mapping[Peer, Path], scale: Scale) -> dict[str, Starts]:
    """Warm starts of everybody, in turn."""
    figures: dict[str, Starts] = {}
    async with asker(f"{server.url}/_matrix/client/v3", server.login("member", PASSWORD)) as member:
        for rooms in scale.rooms:
            enrolled = [enrol(server, peer, python, folder, f"-{rooms}") for peer, python in found.items()]
            ombot, place = await _rooms(server, folder, member, enrolled, rooms)
            await _in_turn([*enrolled, ombot], member, place, rooms, scale.starts, figures)
    return figures


async def _in_turn(
    everybody: Sequence[Contestant],
    member: Asker,
    place: str,
    rooms: int,
    times: int,
    figures: dict[str, Starts],
) -> None:
    for contestant in everybody:
        with contestant.running():
            time.sleep(FIRST_SECONDS)  # noqa: ASYNC251 - nobody else is to run
    for _ in range(times):
        for contestant in everybody:
            await _start(contestant, member, place, rooms, figures.setdefault(contestant.name, Starts()))


async def _start(contestant: Contestant, member: Asker, place: str, rooms: int, figures: Starts) -> None:
    with contestant.running() as running:
        figures.ready.setdefault(rooms, []).append(running.seconds)
        if isinstance(contestant, Ombot):
            await member.start()
            seconds = await member.ask(place) / 1000
            figures.answered.setdefault(rooms, []).append(running.seconds + seconds)


async def _rooms(
    server: Homeserver, folder: Path, member: Asker, enrolled: list[Enrolled], rooms: int
) -> tuple[Ombot, str]:
    """ombot's rooms with everybody in them, and the one in which it is asked."""
    bot = server.register(f"ombot-{rooms}", PASSWORD)
    groups = [f"g{rooms}-{number}" for number in range(rooms)]
    others = [each.user_id for each in enrolled]
    member_id = f"@member:{server.server_name}"
    made = install(folder / f"ombot-{rooms}", server.url, bot, member_id, groups, others=others)
    made.init()
    for each in enrolled:
        async with asker(member.base, each.account["token"]) as one:
            for group in groups:
                await one.join(f"#{group}:{server.server_name}")
    return Ombot(made, bot), await member.join(f"#{groups[0]}:{server.server_name}")
