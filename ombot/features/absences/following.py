"""Somebody is away, or is back earlier. Subjects that ask persons for something take part by :func:`follows`.

Absences know nothing of meetings, so what they mean there is registered from above.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ombot.chat.context import Context
from ombot.features.absences.rules import Days


@dataclass(frozen=True)
class Changed:
    """Whose absence changed, and the days on which it may make a difference."""

    person: str
    days: tuple[Days, ...]


Follow = Callable[[Context, Changed], Any]
F = TypeVar("F", bound=Follow)

FOLLOWERS: list[Follow] = []


def follows(function: F) -> F:
    """Register ``(Context, Changed) -> result | None``: what it did, with a card of its own for the answer."""
    FOLLOWERS.append(function)
    return function


def follow(context: Context, person: str, days: Sequence[Days]) -> tuple[object, ...]:
    """Have everybody take a changed absence into account, and collect what they have to say about it."""
    found = (follower(context, Changed(person, tuple(days))) for follower in FOLLOWERS)
    return tuple(result for result in found if result is not None)
