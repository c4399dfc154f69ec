"""The wall clock, for those who compose the program. Nothing else reads it: handlers are given their now."""

from datetime import UTC, datetime


def now_utc() -> datetime:
    """This moment."""
    return datetime.now(UTC)
