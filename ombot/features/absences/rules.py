"""What one absence makes of another, and how long it lasts. No I/O."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONG = timedelta(days=366)
"""An absence that is longer is asked about: the year is mistyped more often than meant."""


@dataclass(frozen=True)
class Days:
    """Some days in a row, the first and the last included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def meets(self, other: "Days") -> bool:
        """Whether both have a day in common or follow each other without a gap."""
        one_day = timedelta(days=1)
        return self.first <= other.last + one_day and other.first <= self.last + one_day

    def over_at(self, zone: ZoneInfo) -> datetime:
        """The midnight after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), zone).astimezone(UTC)


def combined(before: Days, new: Days) -> Days:
    """What counts when a person enters an absence that meets an earlier one.

    A later end goes on with the earlier absence; anything else puts it right, so the new days count as they are.
    """
    return Days(before.first, new.last) if before.first < new.first and before.last < new.last else new
