"""What of a profile stands in the directory, and in which order, without I/O."""

from collections.abc import Mapping

from ombot.chat.line import fold
from ombot.features.people.rules import level_of

FIELDS = ("name", "function", "institution", "competences", "offer", "photo")
"""What may be released for everybody."""


def released(visibility: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    """The fields that a person has released for everybody."""
    return frozenset(field for field in FIELDS if level_of(visibility, field) == "online")


def order(name: str) -> tuple[bool, str, str]:
    """The place of a name: by its last word, as in a telephone book; those without one last."""
    words = fold(name).split()
    return (not words, words[-1] if words else "", fold(name))


def letter(name: str) -> str:
    """The letter under which a name is found; "#" for none and for other signs."""
    words = fold(name).split()
    first = words[-1][0].upper() if words else ""
    return first if "A" <= first <= "Z" else "#"
