"""What members use: one folder a subject, the same leaf names in each.

:func:`load` imports every subject's commands, cards, cycle and export, which fill the tables of the program. A new
subject needs no line here: its folder is enough.
"""

from collections.abc import Iterable
from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from sqlmodel import Session

from ombot.config import Settings

LEAVES = ("tables", "commands", "cards", "cycle", "export", "merging", "searching", "newcomers")


def load() -> None:
    """Import all subjects. Must have run before the registry is checked."""
    load_tables()
    _import_leaves(LEAVES)


def load_tables() -> None:
    """Import every table of the program and nothing else: must have run before the schema is looked at."""
    for layer in ("store", "clock", "chat"):
        import_module(f"ombot.{layer}.tables")
    _import_leaves(("tables",))


def _import_leaves(leaves: Iterable[str]) -> None:
    for subject in (module.name for module in iter_modules(__path__) if module.ispkg):
        for leaf in leaves:
            name = f"{__name__}.{subject}.{leaf}"
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
