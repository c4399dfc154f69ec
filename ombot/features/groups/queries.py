"""All SQL of groups: what the configuration declares, the roster of institutions, who leads."""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import update
from sqlmodel import Session, col, select

from ombot.chat.tables import Group
from ombot.clock.tables import Reminder
from ombot.config import Settings
from ombot.features.groups.rules import RosterLine, read_roster_line
from ombot.features.groups.tables import RosterEntry
from ombot.store import rooms
from ombot.store.rooms import Person
from ombot.store.tables import Member, Room


def declare(session: Session, settings: Settings) -> None:
    """Take over the groups of the configuration; never removes, and never touches what was changed in chat."""
    known = set(session.exec(select(Group.key)))
    for declared in settings.groups:
        if declared.key not in known:
            session.add(Group(key=declared.key, name=declared.name, kind=declared.kind.value))
    session.flush()
    for declared in settings.groups:
        if declared.roster:
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


def official_names(session: Session, official: Callable[[str], str | None]) -> None:
    """Write every institution on a roster by its official name; entries that turn out to be one are put together."""
    seen: dict[tuple[str, str], RosterEntry] = {}
    for entry in session.exec(select(RosterEntry).order_by(col(RosterEntry.id))).all():
        name = official(entry.institution) or entry.institution
        first = seen.setdefault((entry.group_key, name), entry)
        if first is not entry:
            first.persons = list(dict.fromkeys([*first.persons, *entry.persons]))
            session.delete(entry)
            # Before another entry may take the name: it is unique in its group.
            session.flush()
    for (_, name), entry in seen.items():
        if entry.institution != name:
            entry.institution = name
    session.flush()


def persons_on_rosters(session: Session) -> list[RosterEntry]:
    """The roster entries that name persons."""
    return [entry for entry in session.exec(select(RosterEntry).order_by(col(RosterEntry.id))) if entry.persons]


def groups_of_institution(session: Session, name: str) -> list[str]:
    """Names of the groups with an institution on their roster."""
    query = select(Group.name).join(RosterEntry, col(RosterEntry.group_key) == col(Group.key))
    return list(session.exec(query.where(RosterEntry.institution == name).order_by(Group.name)))


def roster(session: Session, group_key: str) -> list[RosterEntry]:
    """A group's institutions in the order they were entered."""
    query = select(RosterEntry).where(RosterEntry.group_key == group_key).order_by(col(RosterEntry.id))
    return list(session.exec(query))


def institutions_on_rosters(session: Session) -> list[str]:
    """The institutions of all groups that are not archived, in the order they were entered, each once."""
    query = select(RosterEntry.institution).join(Group, col(RosterEntry.group_key) == col(Group.key))
    found = session.exec(query.where(col(Group.archived).is_(False)).order_by(col(Group.key), col(RosterEntry.id)))
    return list(dict.fromkeys(found))


def all_groups(session: Session, kind: str | None = None) -> list[Group]:
    """All groups that are not archived, by key."""
    query = select(Group).where(col(Group.archived).is_(False)).order_by(Group.key)
    if kind is not None:
        query = query.where(Group.kind == kind)
    return list(session.exec(query))


def every_group(session: Session) -> list[Group]:
    """All groups, archived ones included, by key."""
    return list(session.exec(select(Group).order_by(Group.key)))


def names(session: Session, keys: Collection[str] | None = None) -> dict[str, str]:
    """Names of groups by their keys, archived ones included: of all, or of those with the given keys."""
    query = select(Group.key, Group.name)
    if keys is not None:
        query = query.where(col(Group.key).in_(keys))
    return {key: name for key, name in session.exec(query)}  # noqa: C416 - typed so


def board(session: Session) -> Group | None:
    """The group that is the Strategiekreis itself."""
    return next(iter(all_groups(session, "board")), None)


def coordination(session: Session) -> Group | None:
    """The group of the office and the coordinators."""
    return next(iter(all_groups(session, "coordination")), None)


def joined(session: Session, keys: Sequence[str], own_id: str) -> dict[str, list[tuple[Person, int]]]:
    """Joined people of many groups with their power levels, the bot left out; one query."""
    query = (
        select(Room, Member)
        .join(Member, col(Member.room_id) == col(Room.room_id))
        .where(col(Room.group_key).in_(keys), Member.membership == "join", Member.user_id != own_id)
        .order_by(Member.user_id)
    )
    found: dict[str, list[tuple[Person, int]]] = {}
    for room, member in session.exec(query):
        person = Person(member.user_id, member.name or member.user_id)
        found.setdefault(room.group_key or "", []).append((person, rooms.level(room, member.user_id)))
    return found


def knocking(session: Session) -> dict[str, list[Person]]:
    """Who asks to be let into the rooms of groups that are not archived, by group key."""
    query = (
        select(Group.key, Member.user_id, Member.name)
        .join(Room, col(Room.group_key) == col(Group.key))
        .join(Member, col(Member.room_id) == col(Room.room_id))
        .where(Member.membership == "knock", col(Group.archived).is_(False), col(Room.joined))
        .order_by(Group.key, Member.user_id)
    )
    found: dict[str, list[Person]] = {}
    for key, user_id, name in session.exec(query):
        found.setdefault(key, []).append(Person(user_id, name or user_id))
    return found


def people_of(session: Session, keys: Sequence[str]) -> list[Person]:
    """Everybody in the rooms of some groups, each once."""
    found = {person.id: person for people in joined(session, keys, "").values() for person, _ in people}
    return list(found.values())


def ids_in(session: Session, keys: Sequence[str]) -> set[str]:
    """User ids of everybody in the rooms of some groups."""
    query = (
        select(Member.user_id)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .where(col(Room.group_key).in_(keys), Member.membership == "join")
    )
    return set(session.exec(query))


def silence(session: Session, group_key: str) -> None:
    """Drop what would still be said in a group's room."""
    session.execute(
        update(Reminder)
        .where(col(Reminder.destination) == f"group:{group_key}", col(Reminder.state) == "open")
        .values(state="dropped")
    )
