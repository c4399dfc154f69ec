"""What meetings may do, without I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

EDIT_PAUSE = timedelta(seconds=1)
"""A card is edited no more often than this, however many answers come in."""

AT_LEAST, AT_MOST = 2, 12
"""How many dates of a series exist ahead: all of the coming time, but at least and at most so many."""

AHEAD = timedelta(days=183)
"""The coming time for which the dates of a series are made."""

INVITED_BEFORE = timedelta(days=14)
"""When the date of a series is announced and its institutions are asked for their answers."""

SUNDAY = 6
"""As ``date.weekday()`` counts."""


@dataclass(frozen=True)
class Tally:
    """The answers of institutions, counted. ``online`` are those of the ``yes`` that come by video."""

    asked: int = 0
    yes: int = 0
    online: int = 0
    no: int = 0
    maybe: int = 0

    @classmethod
    def of(cls, asked: int, given: Mapping[str, int]) -> "Tally":
        """From the number of rows per answer, and per answer and mode."""
        return cls(asked, given.get("yes", 0), given.get("yes online", 0), given.get("no", 0), given.get("maybe", 0))

    @property
    def open(self) -> int:
        """How many have not answered."""
        return self.asked - self.yes - self.no - self.maybe


POLL_LEAST, POLL_MOST = 2, 20
"""How many dates a poll may have."""

EVERY_DATE = 0
"""Stands for all dates of a poll in a vote; the dates themselves are counted from 1."""


ANSWER_OF_VOTE = {"yes": "yes", "if_need_be": "maybe", "no": "no"}
"""What a vote on the date that was chosen is as an answer to the meeting."""


@dataclass(frozen=True)
class DateCount:
    """One date of a poll with the institutions' votes, counted."""

    number: int
    yes: int = 0
    if_need_be: int = 0
    no: int = 0


def best_dates(counts: Sequence[DateCount]) -> tuple[int, ...]:
    """The numbers of the dates with the most yes, and among those the fewest no; several when they tie."""
    if not counts:
        return ()
    best = min((-one.yes, one.no) for one in counts)
    return tuple(one.number for one in counts if (-one.yes, one.no) == best)


def asked_until(made: date, lasts: timedelta, first: date) -> date:
    """The last day on which votes are asked for in a poll without a deadline: before its first date, if it can be."""
    return max(made, min(made + lasts, first - timedelta(days=1)))


def next_number(first: int, taken: Iterable[int | None]) -> int:
    """The number of a new session: one after the highest that is planned or was held."""
    return max((number + 1 for number in taken if number is not None), default=first)


def is_over(start: datetime | None, end: datetime | None, now: datetime) -> bool:
    """Whether a meeting can no longer be answered: after its end, or a whole day after its start without one."""
    if start is None:
        return False
    return (end or start + timedelta(days=1)) <= now


def edit_at(last: datetime | None, now: datetime) -> datetime | None:
    """When the next edit of a card may be sent; None for at once, also where the clock was put back since the last."""
    return last + EDIT_PAUSE if last is not None and last <= now < last + EDIT_PAUSE else None
