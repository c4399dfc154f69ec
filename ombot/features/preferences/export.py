"""Preferences in the JSON export."""

from typing import Any

from ombot.features.exporting import Frame, exports
from ombot.features.preferences import queries
from ombot.store.unit import Session


@exports("preferences")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:  # noqa: ARG001 - nothing here has a zone
    """What persons have set for their reminders, by person."""
    return [{"person": row.user_id, "reminders": row.pace, "weekly": row.weekly} for row in queries.everything(session)]
