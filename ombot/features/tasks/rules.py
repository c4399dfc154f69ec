"""What tasks may do and when they are spoken of, without I/O."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ombot.clock import offsets
from ombot.clock.reminders import Planned
from ombot.clock.workdays import Calendar

OVERDUE_TIMES = 8
"""How often an overdue task is spoken of before ombot falls silent about it."""


@dataclass(frozen=True)
class Doer:
    """Who is to do a task: ``kind`` is person, institution or body."""

    kind: str
    name: str

    @classmethod
    def of_party(cls, party: dict[str, str]) -> "Doer":
        """From ``{"institution": name}`` or ``{"body": name}``."""
        kind, name = next(iter(party.items()))
        return cls(kind, name)


@dataclass(frozen=True)
class Filter:
    """Which tasks a list shows. ``status`` None means every status."""

    status: tuple[str, ...] | None = ("open",)
    overdue: bool = False
    person: str | None = None
    words: str = ""


@dataclass(frozen=True)
class Plan:
    """The timing of task reminders in the configuration."""

    calendar: Calendar
    reminders: tuple[timedelta, ...]
    overdue_every: timedelta


def destinations(group_key: str, doers: Iterable[Doer], *, assigned_in_room: bool) -> list[str]:
    """Where a task is spoken of: the direct chat of each person, and the group's room where it was assigned there.

    What no person has taken on concerns the whole group.
    """
    people = [f"person:{doer.name}" for doer in doers if doer.kind == "person"]
    return people + ([f"group:{group_key}"] if assigned_in_room or not people else [])


def plan(
    *, status: str, due: date | None, parked_until: date | None, places: Iterable[str], timing: Plan
) -> Iterator[Planned]:
    """Every message a task will still cause: before and on its due date, then overdue, or the morning it comes back."""
    places = list(places)
    if status == "parked" and parked_until is not None:
        # One reminder reopens the task; more than one would only repeat that.
        yield Planned("reopen", parked_until, places[-1], timing.calendar.step_time(parked_until))
    if status != "open" or due is None:
        return
    for place in places:
        yield from offsets.steps(timing.calendar, "due", due, timing.reminders, place)
        for times in range(1, OVERDUE_TIMES + 1):
            day = due + times * timing.overdue_every
            yield Planned(f"overdue-{times}", due, place, timing.calendar.step_time(day))
