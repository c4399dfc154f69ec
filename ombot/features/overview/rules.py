"""What help shows to whom, and when a board may be written again, without I/O."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from ombot.chat.language import TOPICS
from ombot.chat.registry import Declaration

BOARD_PAUSE = timedelta(seconds=30)
"""A board is edited at most this often."""


def by_topic(
    declarations: Iterable[Declaration], allowed: Callable[[Declaration], bool]
) -> dict[str, dict[str, Declaration]]:
    """Topic → word → its plainest allowed form, which is declared last."""
    found: dict[str, dict[str, Declaration]] = {topic: {} for topic in TOPICS}
    for declaration in declarations:
        if allowed(declaration):
            found.setdefault(declaration.topic, {})[declaration.word] = declaration
    return {topic: words for topic, words in found.items() if words}


def short(brief: str) -> str:
    """The first clause of a brief: what a line on a phone has room for."""
    return re.split(r"[;.] ", brief, maxsplit=1)[0]


def board_due(last: datetime | None, *, stale: bool) -> datetime | None:
    """When a board is written next: at once where there is none, otherwise a pause after the last time.

    Args:
        last: when the board was last written, None for never.
        stale: whether something on it has changed.

    Returns:
        The moment, which may lie in the past; None while nothing is to be done.
    """
    if last is None:
        return datetime.fromtimestamp(0, tz=UTC)
    return last + BOARD_PAUSE if stale else None


def is_board_due(last: datetime | None, now: datetime, *, stale: bool) -> bool:
    """Whether a board is written now; also where the clock was put back since the last time."""
    due = board_due(last, stale=stale)
    return due is not None and (due <= now or (last is not None and last > now))
