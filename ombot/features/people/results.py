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
    photo: str | None = None
    """The portrait as JPEG in base64, where it may be shown."""


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
    photo: bool


@dataclass(frozen=True)
class DraftDropped:
    """A profile that was begun is thrown away; what was stored before stays."""


@dataclass(frozen=True)
class PhotoStored:
    """The sender's portrait is kept; ``level`` says who may see it."""

    level: str


@dataclass(frozen=True)
class PhotoRemoved:
    """The sender's portrait is gone."""


@dataclass(frozen=True)
class VisibilityChanged:
    """Who may see these fields from now on. ``photo_apart``: there is a portrait, which has to be named."""

    level: str
    fields: tuple[str, ...]
    photo_apart: bool


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
    further: tuple[Reference, ...] = ()
    """What else there is about it, as far as it was looked for."""


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
    texts: tuple[tuple[str, str], ...]
    """What its people have agreed on, by the fields of the template."""
    agreed_on: date | None
    own: bool
    """Whether it is the sender's, who may draft its profile."""
    aliases: tuple[str, ...]
    people: tuple[Person, ...]
    groups: tuple[str, ...]
    former: tuple[tuple[str, date], ...]


@dataclass(frozen=True)
class DraftShown:
    """The draft of an institution's profile, and whose agreement it waits for. ``own``: the reader has drafted it."""

    institution: str
    texts: tuple[tuple[str, str], ...]
    drafted_by: Person
    missing: tuple[Person, ...]
    own: bool


@dataclass(frozen=True)
class ProfileAgreed:
    """An institution's profile holds from now on. ``recorded_by``: a coordinator who recorded the agreement."""

    institution: str
    texts: tuple[tuple[str, str], ...]
    agreed_on: date
    recorded_by: Person | None = None


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
