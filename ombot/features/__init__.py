"""What members use: one folder a subject, the same leaf names in each. Importing this package fills the tables."""

from datetime import date, datetime

from sqlmodel import Session

from ombot.config import Settings
from ombot.features.groups import queries as groups
from ombot.features.people import queries as people
from ombot.features.tasks import cards as task_cards
from ombot.features.tasks import commands as task_commands
from ombot.features.tasks import cycle as task_cycle

LOADED = (task_cards, task_commands, task_cycle)
"""Modules that register commands, cards and sections when they are imported."""


def declare(session: Session, settings: Settings) -> None:
    """Take over what the configuration declares; removes nothing."""
    groups.declare(session, settings)
    people.declare(session, settings)


def SESSION_CALENDAR(_session: Session, _now: datetime) -> date | None:
    return None
