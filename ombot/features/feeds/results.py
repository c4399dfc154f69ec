"""What the commands of calendar feeds find out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FeedShown:
    """The address of a calendar.

    Attributes:
        address: what a calendar program is given.
        group: name of the group whose calendar it is; None for one's own.
        tasks: whether tasks stand in it too.
        change: what the command changed: ``renewed``, ``tasks_on``, ``tasks_off``, or nothing.
    """

    address: str
    group: str | None
    tasks: bool
    change: str = ""
