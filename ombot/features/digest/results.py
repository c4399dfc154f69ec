"""What the digest tells, for the cards to say."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class News:
    """What was new in a group within some days, by references."""

    tasks: tuple[str, ...] = ()
    meetings: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    votes: tuple[str, ...] = ()
    """Votes that were opened and still run."""
    decisions: tuple[str, ...] = ()
    """Decisions that were taken."""

    def __bool__(self) -> bool:
        return any(vars(self).values())


@dataclass(frozen=True)
class Digest:
    """What was new in a person's groups, each by its name; never empty."""

    first: date
    last: date
    groups: tuple[tuple[str, News], ...]
