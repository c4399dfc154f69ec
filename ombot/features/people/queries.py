"""All SQL of people and institutions."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from ombot.chat.line import fold
from ombot.config import Settings
from ombot.features.groups import queries as groups
from ombot.features.people.tables import Institution, InstitutionAlias, Profile


def declare(session: Session, settings: Settings) -> None:
    """Take over institutions and people of the configuration and the institutions of all rosters."""
    for declared in settings.institutions:
        institution = ensure_institution(session, declared.name, kind=declared.kind.value)
        for alias in declared.aliases:
            add_alias(session, institution, alias)
    for group in groups.all_groups(session):
        for entry in groups.roster(session, group.key):
            ensure_institution(session, entry.institution)
    for person in settings.people:
        profile = session.get(Profile, person.id) or Profile(user_id=person.id)
        if profile.institution_id is None and person.institution:
            profile.institution_id = ensure_institution(session, person.institution).id
        profile.function = profile.function or person.function
        session.add(profile)
    session.flush()


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


def add_alias(session: Session, institution: Institution, alias: str) -> None:
    """Another name of an institution; one that is taken stays where it is."""
    if session.get(InstitutionAlias, spelling(alias)) is None and institution.id is not None:
        session.add(InstitutionAlias(alias=spelling(alias), institution_id=institution.id))
        session.flush()


def spelling(name: str) -> str:
    """What two writings of one name have in common: "BG RCI" and "bgrci"."""
    return "".join(fold(name).split())


def institutions(session: Session) -> list[Institution]:
    """All institutions by name."""
    return list(session.exec(select(Institution).order_by(Institution.name)))


def aliases(session: Session) -> dict[str, dict[str, str]]:
    """Every spelling of every institution as a party that can be given something."""
    query = select(InstitutionAlias.alias, Institution.name).join(Institution)
    return {alias: {"institution": name} for alias, name in session.exec(query)}


def institution_of(session: Session, user_id: str) -> Institution | None:
    """The institution a person speaks for, as far as it is known."""
    profile = session.get(Profile, user_id)
    if profile is None or profile.institution_id is None:
        return None
    return session.get(Institution, profile.institution_id)


def people_of(session: Session, institution_id: int) -> list[str]:
    """User ids of an institution's people."""
    return list(session.exec(select(Profile.user_id).where(Profile.institution_id == institution_id)))


def institution_names(session: Session) -> dict[str, str]:
    """The name of the institution that each person speaks for, by user id."""
    query = select(Profile.user_id, Institution.name).join(Institution)
    return dict(session.exec(query).all())


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
