"""Absences in the JSON export."""

from typing import Any

from ombot.features.absences import queries
from ombot.features.exporting import Frame, exports
from ombot.store.unit import Session


@exports("absences")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:  # noqa: ARG001 - days need no zone
    """All absences that count, in the order they were entered."""
    return [
        {"person": row.person, "first": row.first.isoformat(), "last": row.last.isoformat()}
        for row in queries.everything(session)
    ]
