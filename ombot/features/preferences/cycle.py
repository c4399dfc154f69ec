"""What the clock, "my things" and undo ask of preferences."""

from collections.abc import Sequence

from ombot.chat.context import Context
from ombot.chat.contributions import Undone, mine, undone
from ombot.clock.reminders import Occasion, Pace, paces
from ombot.features.preferences import queries
from ombot.features.preferences.results import OwnReminders
from ombot.store.base import Table

_PACES = {"all": Pace.ALL, "morning": Pace.MORNING, "none": Pace.OWED}


@paces
def pace(occasion: Occasion, user_id: str) -> Pace:
    """How a person wants to be reminded in their direct chat."""
    row = queries.of(occasion.session, user_id)
    return _PACES[row.pace] if row is not None else Pace.ALL


@mine(70)
def own(context: Context) -> OwnReminders | None:
    """What the sender has set, where it differs from what everybody gets."""
    row = queries.of(context.session, context.sender)
    if row is None or (row.pace == "all" and row.weekly):
        return None
    return OwnReminders(row.pace, row.weekly)


@undone("preference")
def as_before(context: Context, rows: Sequence[Table]) -> list[Undone]:  # noqa: ARG001
    """Nothing hangs on a preference, and it has no reference to name."""
    return []
