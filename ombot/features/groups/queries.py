"""All SQL of groups: what the configuration declares, the roster of institutions, who leads."""

from sqlmodel import Session, col, select

from ombot.chat.tables import Group
from ombot.config import Settings
from ombot.features.groups.rules import RosterLine, read_roster_line
from ombot.features.groups.tables import RosterEntry


def declare(session: Session, settings: Settings) -> None:
    """Take over the groups of the configuration; never removes, and never touches what was changed in chat."""
    for declared in settings.groups:
        group = session.get(Group, declared.key)
        if group is None:
            session.add(Group(key=declared.key, name=declared.name, kind=declared.kind.value))
            session.flush()
        add_to_roster(session, declared.key, [read_roster_line(line) for line in declared.roster])


def add_to_roster(session: Session, group_key: str, lines: list[RosterLine]) -> int:
    """Put institutions on a group's roster; those already there keep their persons. Returns how many are new."""
    known = {entry.institution for entry in roster(session, group_key)}
    new = [line for line in lines if line.institution not in known]
    session.add_all(
        RosterEntry(group_key=group_key, institution=line.institution, persons=list(line.persons)) for line in new
    )
    session.flush()
    return len(new)


def roster(session: Session, group_key: str) -> list[RosterEntry]:
    """A group's institutions in the order they were entered."""
    query = select(RosterEntry).where(RosterEntry.group_key == group_key).order_by(col(RosterEntry.id))
    return list(session.exec(query))


def all_groups(session: Session, kind: str | None = None) -> list[Group]:
    """All groups that are not archived, by key."""
    query = select(Group).where(col(Group.archived).is_(False)).order_by(Group.key)
    if kind is not None:
        query = query.where(Group.kind == kind)
    return list(session.exec(query))


def names(session: Session) -> dict[str, str]:
    """Every group's name by its key, archived ones included."""
    return {group.key: group.name for group in session.exec(select(Group))}


def board(session: Session) -> Group | None:
    """The group that is the Strategiekreis itself."""
    return next(iter(all_groups(session, "board")), None)


def coordination(session: Session) -> Group | None:
    """The group of the office and the coordinators."""
    return next(iter(all_groups(session, "coordination")), None)
