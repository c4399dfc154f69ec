"""Two institutions turn out to be one. Subjects that count by institution take part by :func:`merges`.

People know nothing of meetings and votes, so what has to be moved there is registered from above.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session

from ombot.features.people import queries
from ombot.features.people.tables import Institution, InstitutionProfile


@dataclass(frozen=True)
class Merge:
    """The institution that ends and the one that takes its place: ids and names."""

    old: int
    old_name: str
    new: int
    new_name: str


Conflicts = Callable[[Session, Merge], list[str]]
Move = Callable[[Session, Merge], None]
M = TypeVar("M", bound=Move)


def _no_conflicts(_session: Session, _merge: Merge) -> list[str]:
    return []


MERGERS: list[tuple[Conflicts, Move]] = []
"""What each subject has against a merge (references of its objects), and how it moves what is its own."""


def merges(conflicts: Conflicts = _no_conflicts) -> Callable[[M], M]:
    """Register how a subject moves what hangs on an institution; ``conflicts`` names what stands against it."""

    def register(function: M) -> M:
        MERGERS.append((conflicts, function))
        return function

    return register


def move_rows(
    session: Session,
    wanted: Merge,
    table: type[Any],
    key: Callable[[Any], object],
    stays: Callable[[Any], bool] = lambda _row: False,
) -> None:
    """Move the rows of a table with an ``institution_id``. Where the other one has such a row (by ``key``), one goes.

    ``stays`` names rows that are not touched: both were counted there, and that is finished.
    """
    taken = {key(row) for row in queries.rows_of(session, table, wanted.new)}
    for row in [row for row in queries.rows_of(session, table, wanted.old) if not stays(row)]:
        if key(row) in taken:
            session.delete(row)
        else:
            row.institution_id = wanted.new
    session.flush()


def conflicts(session: Session, wanted: Merge) -> list[str]:
    """References of open objects in which both institutions have said different things."""
    return [reference for against, _ in MERGERS for reference in against(session, wanted)]


def merge(session: Session, wanted: Merge, now: datetime) -> None:
    """Move everything from one institution to another. The old row stays: what is finished was counted by it."""
    for alias in queries.aliases_of(session, wanted.old):
        alias.institution_id = wanted.new
    for former in queries.former_names(session, wanted.old):
        former.merged_into = wanted.new
    # Before the profiles: their words are read from the names.
    session.flush()
    for profile in queries.profiles_of(session, wanted.old):
        profile.institution_id = wanted.new
    queries.reindex(session, queries.profiles_of(session, wanted.new))
    queries.reindex_institutions(session, {wanted.old, wanted.new})
    presented = session.get(InstitutionProfile, wanted.old)
    if presented is not None:
        if session.get(InstitutionProfile, wanted.new) is None:
            session.add(InstitutionProfile(**{**presented.model_dump(), "institution_id": wanted.new}))
        session.delete(presented)
    old = session.get_one(Institution, wanted.old)
    old.merged_into, old.merged_at = wanted.new, now
    new = session.get_one(Institution, wanted.new)
    new.kind = old.kind if new.kind == "other" else new.kind
    new.profile = new.profile or old.profile
    session.flush()
    queries.write_official_names(session)
    for _, move in MERGERS:
        move(session, wanted)
    session.flush()
