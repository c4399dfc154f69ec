"""All SQL of people and institutions."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, col, select

from ombot.chat.line import fold
from ombot.config import Settings
from ombot.features.groups import queries as groups
from ombot.features.people import rules
from ombot.features.people.rules import stems
from ombot.features.people.tables import (
    Institution,
    InstitutionAlias,
    InstitutionProfile,
    MissedSearch,
    Newcomer,
    Profile,
    ProfilePhoto,
)
from ombot.store import search
from ombot.store.rooms import Person
from ombot.store.search import Parts
from ombot.store.tables import Member


def declare(session: Session, settings: Settings) -> None:
    """Take over institutions and people of the configuration and the institutions of all rosters."""
    search.prepare(session)
    for declared in settings.institutions:
        institution = ensure_institution(session, declared.name, kind=declared.kind.value)
        for alias in declared.aliases:
            add_alias(session, institution, alias)
    for name in groups.institutions_on_rosters(session):
        ensure_institution(session, name)
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


def find_institutions(session: Session, names: Iterable[str]) -> dict[str, Institution]:
    """The same for many names in one query, by :func:`spelling`; unknown ones are left out."""
    query = (
        select(InstitutionAlias.alias, Institution)
        .join(Institution, col(Institution.id) == col(InstitutionAlias.institution_id))
        .where(col(InstitutionAlias.alias).in_({spelling(name) for name in names}))
    )
    return dict(session.exec(query).all())


def ensure_institution(session: Session, name: str, kind: str | None = None) -> Institution:
    """The institution of this name, made if it is new."""
    institution = find_institution(session, name) or ensure_institutions(session, [name])[spelling(name)]
    if kind is not None and institution.kind == "other":
        institution.kind = kind
        session.add(institution)
    return institution


def ensure_institutions(session: Session, names: Iterable[str]) -> dict[str, Institution]:
    """The institutions of many names by :func:`spelling`, those made that are new: as they are written first."""
    wanted = list(names)
    found = find_institutions(session, wanted)
    made = {spelling(name): name for name in reversed(wanted) if spelling(name) not in found}
    new = {key: Institution(name=name) for key, name in made.items()}
    session.add_all(new.values())
    session.flush()
    session.add_all(InstitutionAlias(alias=key, institution_id=id_of(one), name=one.name) for key, one in new.items())
    session.flush()
    return {**found, **new}


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


# --- photos and drafts ------------------------------------------------------------------------------------------


def photo_of(session: Session, user_id: str) -> ProfilePhoto | None:
    """A person's portrait, whoever may see it; ``rules.level_of(profile.visibility, "photo")`` says who may."""
    return session.get(ProfilePhoto, user_id)


def released_photos(session: Session, level: str = "online") -> dict[str, ProfilePhoto]:
    """The portraits that their owners have released at this level, by user id: what a directory may show.

    Args:
        session: any session.
        level: ``online`` for everybody on the web, ``kreis`` for what all members may see (includes ``online``).
    """
    wide_enough = rules.LEVELS[rules.LEVELS.index(level) :]
    query = select(ProfilePhoto, Profile.visibility).join(Profile, col(Profile.user_id) == col(ProfilePhoto.user_id))
    return {
        photo.user_id: photo
        for photo, visibility in session.exec(query)
        if rules.level_of(visibility, "photo") in wide_enough
    }


def has_photo(session: Session, user_id: str) -> bool:
    """Whether a person has a portrait."""
    return session.exec(select(ProfilePhoto.user_id).where(ProfilePhoto.user_id == user_id)).first() is not None


# --- the words that can be searched -----------------------------------------------------------------------------

PROFILE = "profile"
INSTITUTION = "institution"


@search.fills(PROFILE)
def _all_profiles(session: Session) -> Iterator[tuple[str, Parts]]:
    names = _names_by_institution(session)
    for profile in profiles(session):
        yield profile.user_id, _parts(profile, names.get(profile.institution_id or 0, []))


@search.fills(INSTITUTION)
def _all_institutions(session: Session) -> Iterator[tuple[str, Parts]]:
    texts = agreed_texts(session)
    for number, names in _names_by_institution(session).items():
        yield str(number), _institution_parts(names, texts.get(number, {}))


def _names_by_institution(session: Session, institution_ids: Set[int] | None = None) -> dict[int, list[str]]:
    query = select(InstitutionAlias.institution_id, InstitutionAlias.name)
    if institution_ids is not None:
        query = query.where(col(InstitutionAlias.institution_id).in_(institution_ids))
    found: dict[int, list[str]] = {}
    # Not by the session: this runs within its flush.
    for number, name in session.connection().execute(query):
        found.setdefault(number, []).append(name)
    return found


@event.listens_for(Session, "after_flush")
def _index(session: Session, _context: object) -> None:
    """Keep the words of profiles and institutions, whoever writes them: a command, an import, an undo."""
    written = [*session.new, *(row for row in session.dirty if session.is_modified(row))]
    _write_profiles(session, [row for row in written if isinstance(row, Profile)])
    gone = [row.user_id for row in session.deleted if isinstance(row, Profile)]
    if gone:
        search.remove(session.connection(), PROFILE, *gone)
    named = (row for row in (*written, *session.deleted) if isinstance(row, InstitutionAlias | InstitutionProfile))
    _write_institutions(session, {row.institution_id for row in named})


def reindex(session: Session, profiles: Sequence[Profile]) -> None:
    """Read the words of profiles again: their institution has got other names."""
    session.flush()
    _write_profiles(session, profiles)


def _write_profiles(session: Session, profiles: Sequence[Profile]) -> None:
    if profiles:
        names = _names_by_institution(session, {one.institution_id for one in profiles if one.institution_id})
        texts = {one.user_id: _parts(one, names.get(one.institution_id or 0, ())) for one in profiles}
        search.write_all(session.connection(), PROFILE, texts)


def _parts(profile: Profile, institution_names: Iterable[str]) -> Parts:
    said = {
        "function": profile.function or "",
        "competences": " ".join(profile.competences),
        "offer": profile.offer or "",
        "institution": " ".join(institution_names),
    }
    return {field: (stems(words), rules.level_of(profile.visibility, field)) for field, words in said.items()}


def reindex_institutions(session: Session, institution_ids: Set[int]) -> None:
    """Read the words of institutions again: they have got other names, or have none any more."""
    session.flush()
    _write_institutions(session, institution_ids)


def _write_institutions(session: Session, institution_ids: Set[int]) -> None:
    if institution_ids:
        names, said = _names_by_institution(session, institution_ids), agreed_texts(session, institution_ids)
        texts = {str(one): _institution_parts(names.get(one, ()), said.get(one, {})) for one in institution_ids}
        search.write_all(session.connection(), INSTITUTION, texts)


def _institution_parts(names: Iterable[str], texts: Mapping[str, str]) -> Parts:
    # What an institution says of itself is for everybody in the rooms.
    return {"name": (stems(" ".join(names)), "kreis"), "profile": (stems(" ".join(texts.values())), "kreis")}


def vocabulary(session: Session) -> tuple[str, ...]:
    """Every stem that can be found."""
    return search.vocabulary(session)


def names_by_id(session: Session, institution_ids: Iterable[int]) -> dict[int, str]:
    """The names of some institutions."""
    query = select(Institution.id, Institution.name).where(col(Institution.id).in_(list(institution_ids)))
    return {number: name for number, name in session.exec(query) if number is not None}


def agreed_texts(session: Session, institution_ids: Set[int] | None = None) -> dict[int, dict[str, str]]:
    """What institutions say of themselves, by their keys (None: all); drafts are not in it."""
    query = select(InstitutionProfile.institution_id, InstitutionProfile.texts)
    if institution_ids is not None:
        query = query.where(col(InstitutionProfile.institution_id).in_(institution_ids))
    # Not by the session: this runs within its flush, too.
    return {number: dict(texts) for number, texts in session.connection().execute(query) if texts}


def competences(session: Session) -> list[tuple[str, list[str]]]:
    """Everybody's competences by user id."""
    query = select(Profile.user_id, Profile.competences)
    return [(user_id, list(found)) for user_id, found in session.exec(query) if found]


def note_missed(session: Session, stems: str, words: str, now: datetime) -> None:
    """Remember that somebody looked for this and found nothing; not who."""
    row = session.get(MissedSearch, stems)
    if row is None:
        session.add(MissedSearch(stems=stems, words=words, last_at=now))
    else:
        row.words, row.times, row.last_at = words, row.times + 1, now
        session.add(row)


def missed(session: Session) -> list[str]:
    """What was looked for in vain, the most often asked first."""
    query = select(MissedSearch.words).order_by(col(MissedSearch.times).desc(), col(MissedSearch.stems))
    return list(session.exec(query))


# --- newcomers --------------------------------------------------------------------------------------------------


def note_invited(session: Session, user_ids: Collection[str], now: datetime) -> None:
    """Remember that the office has invited these, who are in no room yet; the first time counts."""
    known = set(session.exec(select(Newcomer.user_id).where(col(Newcomer.user_id).in_(user_ids))))
    session.add_all(Newcomer(user_id=one, invited_at=now) for one in user_ids if one not in known)
    session.flush()


def awaited(session: Session) -> list[Newcomer]:
    """Who was invited and has not come, the longest first."""
    query = select(Newcomer).where(col(Newcomer.joined_at).is_(None))
    return list(session.exec(query.order_by(col(Newcomer.invited_at), Newcomer.user_id)))


def arrived(session: Session) -> list[Newcomer]:
    """Those of them who are in a room now and were not welcomed yet."""
    here = select(Member.user_id).where(Member.membership == "join")
    query = select(Newcomer).where(col(Newcomer.joined_at).is_(None), col(Newcomer.user_id).in_(here))
    return list(session.exec(query.order_by(Newcomer.user_id)))
