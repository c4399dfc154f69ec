"""What subjects add to answers that speak of all of them: the board, "my things", and setting right after an undo.

A subject registers itself here, so the overview imports none of them and a new subject appears by itself. What it
gives is a result with a card of its own (``@shows``); the blocks of these cards are put together.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ombot.chat.nodes import Block
from ombot.chat.registry import REGISTRY, Registry
from ombot.chat.sharing import Shares
from ombot.chat.tables import Group
from ombot.config import Settings
from ombot.store.unit import Session

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class BoardOf(Shares):
    """The group whose board is written, and the moment in the organisation's time zone.

    Every morning the boards of all groups are written in one transaction: what a part reads, it reads for all of
    ``keys`` with ``once``.
    """

    session: Session
    settings: Settings
    now: datetime
    group: Group
    keys: tuple[str, ...]
    """Of all groups whose boards are written together, this one included."""
    shared: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Undone:
    """One object after an undo. ``gone``: it is cancelled or withdrawn now."""

    reference: str
    title: str
    group: str
    """Key of the object's group."""
    gone: bool


def on_board(position: int, registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register ``(BoardOf) -> result | None``: a part of the pinned board, ordered by position (10 stands above 20)."""

    def register(function: F) -> F:
        registry.board.append((position, function))
        return function

    return register


def mine(position: int, registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register ``(Context) -> result | None``: a part of what concerns the sender, as far as it may be shown here."""

    def register(function: F) -> F:
        registry.mine.append((position, function))
        return function

    return register


def undone(*tables: str, registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register ``(Context, rows) -> Sequence[Undone]``: make right what depends on rows of these tables after an undo.

    Called once with all rows of one undo; plans its reminders again and says which objects they belong to.
    """

    def register(function: F) -> F:
        registry.undone.append((tables, function))
        return function

    return register


def collect(contributors: Sequence[tuple[int, Callable[[Any], Any]]], asked: object) -> tuple[object, ...]:
    """The results of all contributors that have something to say, by position."""
    found = (function(asked) for _, function in sorted(contributors, key=lambda entry: entry[0]))
    return tuple(result for result in found if result is not None)


def blocks_of(parts: Sequence[object], registry: Registry = REGISTRY) -> tuple[Block, ...]:
    """The blocks of the cards of several results, one after the other."""
    return tuple(block for part in parts for block in registry.cards[type(part)](part).blocks)


def board_changed(session: Session, *group_keys: str) -> None:
    """Have the boards of groups written again; the bus does it by itself for the group of a command."""
    for key in group_keys:
        group = session.get(Group, key)
        if group is not None:
            group.board_stale = True
            session.add(group)
