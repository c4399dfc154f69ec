"""What the handlers of groups find out, for the cards to say."""

from dataclasses import dataclass
from typing import Any

from ombot.store.rooms import Person


@dataclass(frozen=True)
class GroupLine:
    """A group in the list; ``size`` counts joined people, without the bot."""

    name: str
    kind: str
    leads: tuple[Person, ...]
    size: int
    mine: bool


@dataclass(frozen=True)
class GroupList:
    """All groups that are not archived; what coordinators may do besides is said only to them."""

    groups: tuple[GroupLine, ...]
    coordinator: bool


@dataclass(frozen=True)
class PeopleInvited:
    """Who was invited to a group's room, and who needed no invitation."""

    group: str
    invited: tuple[Person, ...]
    already: tuple[Person, ...]


@dataclass(frozen=True)
class GroupMade:
    """A new group whose room will exist in a moment."""

    name: str


@dataclass(frozen=True)
class GroupArchived:
    """A group that ended; its room stays readable."""

    name: str


@dataclass(frozen=True)
class ArchiveKept:
    """Everything of a group that ends, as one file; ``document`` is its frozen data, ``by`` who ends it."""

    group: str
    by: Person
    name: str
    document: dict[str, Any]


@dataclass(frozen=True)
class GroupReopened:
    """A group that was archived works again."""

    name: str


@dataclass(frozen=True)
class Knocked:
    """Who asks to be let into a group's room; ``leads`` are those who can do it."""

    group: str
    people: tuple[Person, ...]
    leads: tuple[Person, ...]
