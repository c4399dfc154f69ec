"""What counts as delivered and as late, without I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

State = Literal["missing", "draft", "submitted", "late"]


@dataclass(frozen=True)
class Delivery:
    """One input of a group as far as its state is concerned; withdrawn ones are no deliveries."""

    submitted: bool
    late: bool


def deadline_of(session_day: date, offset: timedelta) -> date:
    """The last day on which an input is in time."""
    return session_day - timedelta(days=offset.days)


def is_late(came_late_on: date | None, deadline: date | None) -> bool:
    """Whether an input counts as late: it was when it came, and still is by today's deadline.

    A session that was moved closer makes nobody late who was in time, one that was moved away forgives.
    """
    return came_late_on is not None and deadline is not None and came_late_on > deadline


def group_state(deliveries: Iterable[Delivery]) -> State:
    """A group's state for a session. It is late when none of its inputs was in time."""
    known = list(deliveries)
    submitted = [delivery for delivery in known if delivery.submitted]
    if any(not delivery.late for delivery in submitted):
        return "submitted"
    if submitted:
        return "late"
    return "draft" if known else "missing"


def has_delivered(state: State) -> bool:
    """Whether a group owes nothing more for the session."""
    return state in ("submitted", "late")
