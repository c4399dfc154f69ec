"""What the clock, "my things" and undo ask of absences."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ombot.chat.context import Context
from ombot.chat.contributions import Undone, mine, undone
from ombot.clock.reminders import Occasion, holds_back
from ombot.clock.workdays import calendar_of
from ombot.features.absences import queries
from ombot.features.absences.following import follow
from ombot.features.absences.results import OwnAbsences
from ombot.features.absences.rules import Days
from ombot.features.absences.tables import Absence
from ombot.store import history
from ombot.store.base import Table


@holds_back
def until_they_are_back(occasion: Occasion, people: Collection[str]) -> Mapping[str, datetime]:
    """Who is away is reminded in the morning of the first working day after."""
    away = queries.on_day(occasion.session, people, occasion.now.date())
    calendar = calendar_of(occasion.settings)
    return {user_id: calendar.next_open(absence.over_at) for user_id, absence in away.items()}


@mine(60)
def own(context: Context) -> OwnAbsences | None:
    """When the sender is away."""
    rows = queries.of_person(context.session, context.sender, context.today)
    return OwnAbsences(tuple(Days(row.first, row.last) for row in rows)) if rows else None


@undone("absence")
def follow_again(context: Context, rows: Sequence[Table]) -> list[Undone]:
    """What was answered because of an absence is looked at again. An absence itself has no reference to name."""
    for row in rows:
        if isinstance(row, Absence):
            # The history now ends with what the undo did: the days that counted, and those that count again.
            entry = history.of_row(context.session, row)[-1]
            follow(context, row.person, [_days(values) for values in (entry.before, entry.after) if values])
    return []


def _days(values: Mapping[str, Any]) -> Days:
    return Days(date.fromisoformat(values["first"]), date.fromisoformat(values["last"]))
