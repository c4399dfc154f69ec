"""All SQL of people and institutions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, event, insert
from sqlmodel import Session, col, select

from ombot.chat.line import fold
from ombot.config import Settings
from ombot.features.groups import queries as groups
from ombot.features.people.rules import stems
from ombot.features.people.tables import Institution, InstitutionAlias, Profile, ProfileStem
from ombot.store.rooms import Person


def declare(session: Session, settings: Settings) -> None:
    """Take over institutions and people of the configuration and the institutions of all rosters."""
    for declared in settings.institutions:
        institution = ensure_institution(session, declared.name, kind=declared.kind.value)
        for alias in declared.aliases:
            add_alias(session, institution, alias)
    for group in groups.all_groups(session):
        for entry in groups.roster(session, group.key):
            ensure_institution(session, entry.institution)
    # The configuration may still write a merged institution by its old name.
    write_official_names(session)
    for person in settings.people:
        profile = session.get(Profile, person.id) or Profile(user_id=person.id)
        if person.institution and not profile.institution_from_office:
            profile.institution_id = ensure_institution(session, person.institution).id
            profile.institution_from_office = True
        profile.function = profile.function or person.function
        session.add(profile)
    session.flush()


def write_official_names(session: Session) -> None:
    """Make the rosters call every institution by its own name."""

    def official(name: str) -> str | None:
        institution = find_institution(session, name)
        return institution.name if institution else None

    groups.official_names(session, official)


def find_institution(session: Session, name: str) -> Institution | None:
    """An institution by any of its names; spelling of case, umlauts and spaces does not matter."""
    alias = session.get(InstitutionAlias, spelling(name))
    return session.get(Institution, alias.institution_id) if alias else None


def ensure_institution(session: Session, name: str, kind: str | None = None) -> Institution:
    """The institution of this name, made if it is new."""
    institution = find_institution(session, name)
    if institution is None:
        institution = Institution(name=name, kind=kind or "other")
        session.add(institution)
        session.flush()
        add_alias(session, institution, name)
    elif kind is not None and institution.kind == "other":
        institution.kind = kind
        session.add(institution)
    return institution


def id_of(institution: Institution) -> int:
    """The key of a stored institution."""
    if institution.id is None:
        raise ValueError(f"{institution.name} was not stored")
    return institution.id


def add_alias(session: Session, institution: Institution, alias: str) -> None:
    """Another name of an institution; one that is taken stays where it is."""
    if session.get(InstitutionAlias, spelling(alias)) is None and institution.id is not None:
        session.add(InstitutionAlias(alias=spelling(alias), institution_id=institution.id, name=alias))
        session.flush()


def spelling(name: str) -> str:
    """What two writings of one name have in common: "BG RCI" and "bgrci"."""
    return "".join(fold(name).split())


def institutions(session: Session) -> list[Institution]:
    """All institutions by name, without those that turned out to be another one."""
    query = select(Institution).where(col(Institution.merged_into).is_(None))
    return list(session.exec(query.order_by(Institution.name)))


def rows_of(session: Session, table: type[Any], institution_id: int) -> list[Any]:
    """The rows of any table with an ``institution_id`` that belong to an institution."""
    return list(session.exec(select(table).where(table.institution_id == institution_id)))


def former_names(session: Session, institution_id: int) -> list[Institution]:
    """The institutions that turned out to be this one, the newest merge last."""
    query = select(Institution).where(Institution.merged_into == institution_id)
    return list(session.exec(query.order_by(col(Institution.merged_at), Institution.name)))


def aliases_of(session: Session, institution_id: int) -> list[InstitutionAlias]:
    """All names of an institution, its own one included."""
    query = select(InstitutionAlias).where(InstitutionAlias.institution_id == institution_id)
    return list(session.exec(query.order_by(InstitutionAlias.name)))


def profiles_of(session: Session, institution_id: int) -> list[Profile]:
    """The profiles that name an institution."""
    query = select(Profile).where(Profile.institution_id == institution_id)
    return list(session.exec(query.order_by(col(Profile.user_id))))


def aliases(session: Session) -> dict[str, dict[str, str]]:
    """Every spelling of every institution as a party that can be given something."""
    query = select(InstitutionAlias, Institution.name).join(Institution)
    return {one: {"institution": name} for alias, name in session.exec(query) for one in (alias.alias, alias.name)}


# --- who speaks for which institution ---------------------------------------------------------------------------


def institution_of(session: Session, user_id: str) -> Institution | None:
    """The institution a person speaks for: as the office or the person said it, else by the one roster naming them."""
    found = institution_ids(session, [user_id]).get(user_id)
    return None if found is None else session.get(Institution, found)


def institution_ids(session: Session, user_ids: Iterable[str] | None = None) -> dict[str, int]:
    """The same for many persons with a constant number of queries; None is everybody."""
    wanted = None if user_ids is None else list(user_ids)
    query = select(Profile.user_id, Profile.institution_id).where(col(Profile.institution_id).is_not(None))
    if wanted is not None:
        query = query.where(col(Profile.user_id).in_(wanted))
    known = {user_id: institution for user_id, institution in session.exec(query) if institution is not None}
    if wanted is not None and known.keys() >= set(wanted):
        return known
    named = _named_on_rosters(session)
    return {user: named[user] for user in named if wanted is None or user in wanted} | known


def _named_on_rosters(session: Session) -> dict[str, int]:
    """Persons in a group's room whose name stands on its roster, for one institution only.

    A display name is anybody's choice: one that two persons of the room carry says nothing.
    """
    entries = groups.persons_on_rosters(session)
    rooms = groups.joined(session, sorted({entry.group_key for entry in entries}), "")
    ids = dict(session.exec(_ALIASES).all())
    found: dict[str, set[int]] = {}
    for entry in entries:
        institution_id = ids.get(spelling(entry.institution))
        people = [person for person, _ in rooms.get(entry.group_key, [])]
        bearers = Counter(name for person in people for name in _names(person))
        named = {fold(person) for person in entry.persons}
        for person in people:
            if institution_id and any(bearers[name] == 1 for name in _names(person) & named):
                found.setdefault(person.id, set()).add(institution_id)
    return {user_id: institutions.pop() for user_id, institutions in found.items() if len(institutions) == 1}


_ALIASES = select(InstitutionAlias.alias, InstitutionAlias.institution_id)


def _names(person: Person) -> set[str]:
    return {fold(person.name), fold(person.id), fold(person.id[1:].split(":")[0])}


def people_of(session: Session, institution_id: int) -> list[str]:
    """User ids of an institution's people."""
    return sorted(user_id for user_id, found in institution_ids(session).items() if found == institution_id)


def institution_names(session: Session, user_ids: Iterable[str] | None = None) -> dict[str, str]:
    """The name of the institution that each person speaks for, by user id; None is everybody."""
    names = dict(session.exec(select(Institution.id, Institution.name)).all())
    return {user_id: names[institution_id] for user_id, institution_id in institution_ids(session, user_ids).items()}


def asked(session: Session, kinds_or_names: Iterable[str]) -> list[Institution]:
    """The institutions meant by kinds (``ministry``) or names in the configuration, each once."""
    found: dict[int | None, Institution] = {}
    every = institutions(session)
    for wanted in kinds_or_names:
        named = find_institution(session, wanted)
        for institution in [named] if named else [one for one in every if one.kind == wanted]:
            found[institution.id] = institution
    return list(found.values())


def profiles(session: Session) -> list[Profile]:
    """Everybody ombot knows more of than the Matrix id."""
    return list(session.exec(select(Profile).order_by(col(Profile.user_id))))


def profiles_by_id(session: Session, user_ids: Iterable[str]) -> dict[str, Profile]:
    """The profiles of some persons, by user id."""
    query = select(Profile).where(col(Profile.user_id).in_(list(user_ids)))
    return {profile.user_id: profile for profile in session.exec(query)}


def visibilities(session: Session, user_ids: Iterable[str]) -> dict[str, Mapping[str, Mapping[str, str]]]:
    """The consents of some persons, by user id, without the rest of their profiles."""
    query = select(Profile.user_id, Profile.visibility).where(col(Profile.user_id).in_(list(user_ids)))
    return {user_id: visibility for user_id, visibility in session.exec(query)}  # noqa: C416 - typed so


# --- the words of profiles --------------------------------------------------------------------------------------


@event.listens_for(Profile, "after_insert")
@event.listens_for(Profile, "after_update")
def _index(_mapper: Any, connection: Connection, profile: Profile) -> None:
    """Keep the stems of a profile, whoever writes it: a command, an import, an undo."""
    _write_stems(connection, profile)


def reindex(session: Session, profile: Profile) -> None:
    """Read the words of a profile again: its institution has got other names."""
    session.flush()
    _write_stems(session.connection(), profile)


def _write_stems(connection: Connection, profile: Profile) -> None:
    connection.execute(delete(ProfileStem).where(col(ProfileStem.user_id) == profile.user_id))
    texts: dict[str, list[str]] = {
        "function": [profile.function or ""],
        "competences": list(profile.competences),
        "offer": [profile.offer or ""],
        "institution": [],
    }
    if profile.institution_id is not None:
        names = select(InstitutionAlias.name).where(InstitutionAlias.institution_id == profile.institution_id)
        texts["institution"] = list(connection.execute(names).scalars())
    rows = [
        {"stem": stem, "user_id": profile.user_id, "field": field}
        for field, parts in texts.items()
        for stem in sorted(stems(" ".join(parts)))
    ]
    if rows:
        connection.execute(insert(ProfileStem), rows)


@event.listens_for(Profile, "after_delete")
def _forget_stems(_mapper: Any, connection: Connection, profile: Profile) -> None:
    connection.execute(delete(ProfileStem).where(col(ProfileStem.user_id) == profile.user_id))


def vocabulary(session: Session) -> list[str]:
    """Every stem that occurs in a profile."""
    return list(session.exec(select(ProfileStem.stem).distinct()))


def fields_with(session: Session, wanted: Iterable[str]) -> dict[str, set[str]]:
    """User id → the fields of the profile in which one of these stems occurs."""
    query = select(ProfileStem.user_id, ProfileStem.field).where(col(ProfileStem.stem).in_(list(wanted)))
    found: dict[str, set[str]] = {}
    for user_id, field in session.exec(query):
        found.setdefault(user_id, set()).add(field)
    return found
