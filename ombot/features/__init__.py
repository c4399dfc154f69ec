"""What members use: one folder a subject, the same leaf names in each.

:func:`load` imports every subject's commands, cards and cycle, which fill the tables of the program. A new subject
needs no line here: its folder is enough.
"""

from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlmodel import Session

from ombot.config import Settings

LEAVES = ("tables", "commands", "cards", "cycle")


def load() -> None:
    """Import all subjects. Must have run before the registry is checked or the schema is looked at."""
    for subject in iter_modules(__path__):
        for leaf in LEAVES:
            name = f"{__name__}.{subject.name}.{leaf}"
            if find_spec(name) is not None:
                import_module(name)


def declare(session: Session, settings: Settings) -> None:
    """Take over what the configuration declares; removes nothing."""
    from ombot.features.groups import queries as groups
    from ombot.features.people import queries as people

    groups.declare(session, settings)
    people.declare(session, settings)


def next_session_day(session: Session, now: datetime) -> date | None:
    """The day of the next session of the board."""
    from ombot.features.meetings import queries as meetings

    return meetings.next_session_day(session, now)
