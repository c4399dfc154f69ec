"""What the commands of privacy find out."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DataShown:
    """Everything stored about the sender: the export, and how many entries of which kind it has."""

    counts: tuple[tuple[str, int], ...]
    files: int
    data: dict[str, Any]
    text: str


@dataclass(frozen=True)
class Forgotten:
    """The sender has been erased.

    Attributes:
        withdrawn: how many messages of the bot are being withdrawn.
        configured: whether the configuration names them, so that the next start would take them over again.
        groups: how many groups' rooms they are still in, which shows them to the bot.
    """

    withdrawn: int
    configured: bool
    groups: int
