"""What an agenda is made of, without I/O: kinds, order, visible numbers and start times."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from ombot.chat.line import fold
from ombot.clock.workdays import Calendar

KINDS = ("Auftakt", "Impuls", "Diskussion", "Auftrag", "Bericht", "Verschiedenes", "Pause")
"""The German labels, as the agendas of the board have had them since its first session."""

PAUSE = "Pause"
FIRST, LAST = "Auftakt", "Verschiedenes"
USUAL = "Diskussion"
"""The kind of an item that does not say one."""

STATUSES = ("proposed", "accepted", "rejected", "struck", "carried")
UNDER_WAY = timedelta(hours=1)
"""From how long before its start a meeting counts as under way: the minutes may be opened a little early."""

MINUTES_MOST = 24 * 60
GAP = 1 << 20
"""Between the positions of two neighbours, so that about twenty items fit in between before all are numbered anew."""


class Placed(Protocol):
    """What decides whether an item stands on the agenda."""

    status: str
    kept: bool


def is_on_agenda(item: Placed) -> bool:
    """Accepted, or carried over during the meeting: then the numbers of the others must not shift."""
    return item.status == "accepted" or (item.status == "carried" and item.kept)


class Entry(Protocol):
    """What an order and a timetable need to know of an item."""

    @property
    def kind(self) -> str:
        """One of :data:`KINDS`."""

    @property
    def minutes(self) -> int | None:
        """The duration, if it is known."""


@dataclass(frozen=True)
class Draft:
    """What an item says, before it stands on an agenda. ``minutes`` is its duration, ``presenter`` who speaks."""

    title: str
    kind: str = USUAL
    goals: tuple[str, ...] = ()
    minutes: int | None = None
    presenter: str | None = None


@dataclass(frozen=True)
class Proposer:
    """Who proposes an item, for which group, in which event."""

    user_id: str
    group_key: str
    event_id: str
    at: datetime


@dataclass(frozen=True)
class Slot:
    """The place of an item on the agenda: its TOP number (a pause has none) and its start, where known."""

    number: int | None
    start: datetime | None


def timetable(entries: Iterable[Entry], start: datetime | None) -> Iterator[Slot]:
    """The visible numbers and the start times, from the durations of what stands before.

    An item without a duration takes no time: the card says which ones are not counted in.
    """
    number = 0
    for entry in entries:
        numbered = entry.kind != PAUSE
        number += numbered
        yield Slot(number if numbered else None, start)
        if start is not None:
            start += timedelta(minutes=entry.minutes or 0)


def overrun(entries: Iterable[Entry], start: datetime | None, end: datetime | None) -> timedelta:
    """How much longer the items take than the meeting lasts; zero when they fit, or when nobody knows."""
    if start is None or end is None:
        return timedelta()
    needed = timedelta(minutes=sum(entry.minutes or 0 for entry in entries))
    return max(start + needed - end, timedelta())


def usual_place(kinds: Sequence[str], kind: str) -> int:
    """The index at which a new item of a kind is put: an opening goes first, nothing goes behind "Verschiedenes"."""
    if kind == FIRST:
        return sum(1 for _ in _leading(kinds, FIRST))
    if kind == LAST:
        return len(kinds)
    return len(kinds) - sum(1 for _ in _leading(kinds[::-1], LAST))


def _leading(kinds: Iterable[str], kind: str) -> Iterator[str]:
    for found in kinds:
        if found != kind:
            return
        yield found


def position_at(positions: Sequence[int], index: int) -> int | None:
    """A position in front of the item at ``index``; None when its neighbours stand so close that none is left."""
    before = positions[index - 1] if index > 0 else None
    after = positions[index] if index < len(positions) else None
    if before is None:
        return GAP if after is None else after - GAP
    if after is None:
        return before + GAP
    middle = (before + after) // 2
    return middle if middle > before else None


def names_any(presenter: str | None, names: Iterable[str]) -> bool:
    """Whether an item is led by one of these, named as whole words: "Jan Muster, AG Transfer"."""
    said = f" {_words(presenter or '')} "
    return any(f" {_words(name)} " in said for name in names if _words(name))


def presents(presenter: str | None, names: Iterable[str]) -> bool:
    """Whether one of those who present an item, named side by side, is called by one of these names."""
    known = {_words(name) for name in names}
    return any(_named(part) in known for part in _SIDE_BY_SIDE.split(presenter or ""))


def presented_by(presenter: str, names: Iterable[str], instead: str | None) -> str | None:
    """Who presents an item once somebody has taken the place of another, or nobody has; None when nobody is left."""
    known = {_words(name) for name in names}
    parts = (instead if _named(part) in known else part for part in _SIDE_BY_SIDE.split(presenter))
    return ", ".join(dict.fromkeys(part for part in parts if part)) or None


_SIDE_BY_SIDE = re.compile(r"\s*[,;/&]\s*|\s+und\s+")


def _named(part: str) -> str:
    """A name without what stands behind it: "Jan Muster (itb)"."""
    return _words(part.partition("(")[0])


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


BLANK_ROWS = 8
"""Empty rows at the end of a sheet to sign in on, for guests and second persons."""


def answer_by(calendar: Calendar, day: date, nudges: Sequence[timedelta], today: date) -> date | None:
    """The last day to answer an invitation: that of the last nudge, or when it is past, the working day before.

    Args:
        calendar: the days on which one may expect an answer.
        day: the day of the meeting.
        nudges: how long before it institutions without an answer are asked.
        today: the day on which the invitation is written.

    Returns:
        The day; None when none is left.
    """
    planned = calendar.step_time(day - min(nudges)).date() if nudges else day
    last = planned if today < planned < day else calendar.previous_working_day(day)
    return last if last > today else None
