"""How much a comparison measures: all of it, or enough to see that it works."""

from dataclasses import dataclass

PER_ROOM = 20
"""Commands of a burst in each of its rooms: twice as many as an answer brings of a room unless asked for more."""


@dataclass(frozen=True)
class Scale:
    """``commands`` to each in turn, 20 at once in each of ``burst_rooms``, ``starts`` with few and many ``rooms``."""

    commands: int = 40
    burst_rooms: int = 25
    starts: int = 5
    rooms: tuple[int, int] = (5, 200)

    @property
    def burst(self) -> int:
        """Commands at once."""
        return self.burst_rooms * PER_ROOM


FULL = Scale()
QUICK = Scale(commands=10, burst_rooms=5, starts=2, rooms=(5, 50))


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line; ``write``: the figures go into the documentation."""

    write: bool = False
    scale: Scale = FULL
