"""What the handlers of people and institutions find out, for the cards to say."""

from dataclasses import dataclass
from datetime import date

from ombot.store.rooms import Person


@dataclass(frozen=True)
class FieldView:
    """One part of a profile with the consent to show it; ``since`` is None where nobody was asked yet."""

    field: str
    text: str
    level: str
    since: date | None


@dataclass(frozen=True)
class ProfileView:
    """A profile as far as it may be shown in this place."""

    person: Person
    fields: tuple[FieldView, ...]


@dataclass(frozen=True)
class ProfileShown:
    """Somebody's profile. ``own``: the sender's. ``withheld``: there is more that is not shown here."""

    profile: ProfileView
    own: bool
    withheld: bool


@dataclass(frozen=True)
class ProfileStored:
    """The sender's new profile; ``kept_institution`` is the office's word that stays against what was written."""

    profile: ProfileView
    kept_institution: str | None


@dataclass(frozen=True)
class VisibilityChanged:
    """Who may see these fields from now on."""

    level: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """Somebody who fits a search: the contact, and what of the profile fits."""

    person: Person
    institution: str | None
    fitting: tuple[str, ...]


@dataclass(frozen=True)
class Reference:
    """An object of another subject that fits a search."""

    reference: str
    title: str
    group: str


@dataclass(frozen=True)
class ExpertsFound:
    """Who can help, the best first; ``institutions`` have such a name or offer. ``more`` were left out."""

    words: str
    hits: tuple[Hit, ...]
    institutions: tuple[str, ...]
    further: tuple[Reference, ...]
    more: int


@dataclass(frozen=True)
class Topic:
    """How many persons have a topic among their competences, from how many institutions."""

    name: str
    people: int
    institutions: int


@dataclass(frozen=True)
class TopicsShown:
    """Overlap and gaps: topics of many, of one person, of nobody (looked for in vain); or those that were asked for."""

    many: tuple[Topic, ...] = ()
    single: tuple[Topic, ...] = ()
    nobody: tuple[Topic, ...] = ()
    asked: tuple[Topic, ...] = ()
    total: int = 0


@dataclass(frozen=True)
class InstitutionShown:
    """An institution with its other names, its people and the groups on whose roster it stands."""

    name: str
    kind: str
    profile: str | None
    aliases: tuple[str, ...]
    people: tuple[Person, ...]
    groups: tuple[str, ...]
    former: tuple[tuple[str, date], ...]


@dataclass(frozen=True)
class InstitutionsMerged:
    """Two institutions turned out to be one; how many persons came along."""

    old: str
    name: str
    people: int


@dataclass(frozen=True)
class AliasAdded:
    """An institution is known by another name from now on."""

    alias: str
    name: str
