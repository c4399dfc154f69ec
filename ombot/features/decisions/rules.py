"""How votes are counted, what comes of them, and when a vote is spoken of, without I/O."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ombot.chat.line import fold
from ombot.clock import offsets
from ombot.clock.reminders import Planned
from ombot.clock.workdays import Calendar

CHOICES = ("yes", "abstain", "concern", "objection")
SETTLE = time(0, 5)
"""When a vote is closed on the day after its last one: what was sent just before midnight has arrived by then."""


@dataclass(frozen=True)
class Tally:
    """A count. ``represented`` institutions voted through the one they gave their right to; both kinds are counted."""

    entitled: int
    voted: int
    represented: int
    yes: int = 0
    abstain: int = 0
    concern: int = 0
    objection: int = 0

    @property
    def counted(self) -> int:
        """How many institutions have a vote."""
        return self.voted + self.represented

    def choices(self) -> dict[str, int]:
        """Choice → votes."""
        return {choice: getattr(self, choice) for choice in CHOICES}


def tally(entitled: int, voted: int, represented: int, choices: Iterable[str]) -> Tally:
    """Count votes, one choice for each institution that has one."""
    return Tally(entitled, voted, represented, **Counter(choices))


def effective(entitled: Iterable[int], transfers: Mapping[int, int], votes: Mapping[int, str]) -> dict[int, str]:
    """Institution → choice of its own vote, or of the vote of the institution it gave its right to."""
    voters = {institution: transfers.get(institution, institution) for institution in entitled}
    return {institution: votes[voter] for institution, voter in voters.items() if voter in votes}


def outcome(count: Tally, rule: str, quorum: int) -> str:
    """``accepted`` or ``rejected``.

    A concern is a recorded reservation of somebody who goes along, so it counts as agreement; abstentions count for
    the quorum only. Without a single agreement nothing is decided, whatever the rule.
    """
    agreed = count.yes + count.concern
    if not agreed or count.counted < quorum:
        return "rejected"
    stopped = count.objection > 0 if rule == "consent" else count.objection >= agreed
    return "rejected" if stopped else "accepted"


def next_year_number(year: int, taken: Iterable[str]) -> str:
    """The number after the highest one of a year: ``2027-03``."""
    pattern = re.compile(rf"{year}-(\d{{1,6}})")
    used = [int(match[1]) for number in taken if (match := pattern.fullmatch(number))]
    return f"{year}-{max(used, default=0) + 1:02}"


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day, where the organisation is."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


def matches(words: str, *texts: str | None) -> bool:
    """Whether every word occurs in the texts; case and the spelling of umlauts do not matter."""
    whole = fold(" ".join(text for text in texts if text))
    return all(word in whole for word in fold(words).split())


@dataclass(frozen=True)
class Plan:
    """Whom a vote is spoken of to, and the timing in the configuration.

    ``people`` are asked in their direct chats; ``office`` is the group told about institutions without an account.
    """

    calendar: Calendar
    reminders: tuple[timedelta, ...]
    people: tuple[str, ...]
    office: str | None


def plan(*, status: str, closes_on: date | None, group_key: str, timing: Plan) -> Iterator[Planned]:
    """Every message a vote will still cause: nudges, then its closing (silent) and its result the next morning."""
    if status != "open" or closes_on is None:
        return
    for user_id in timing.people:
        yield from offsets.steps(timing.calendar, "nudge", closes_on, timing.reminders, f"person:{user_id}")
    if timing.office:
        first = timing.reminders[:1]
        yield from offsets.steps(timing.calendar, "office", closes_on, first, f"group:{timing.office}")
    after = timing.calendar.local(closes_on + timedelta(days=1), SETTLE)
    yield Planned("close", closes_on, f"group:{group_key}", after)
    yield Planned("result", closes_on, f"group:{group_key}", timing.calendar.next_open(after))
