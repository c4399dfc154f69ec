"""Reading a roster line and naming a new group, without I/O."""

import re
from collections.abc import Container
from dataclasses import dataclass

from ombot.chat.line import fold

KEY_MAX = 40

_LINE = re.compile(r"^(?P<institution>[^()]+?)\s*(?:\((?P<persons>[^()]*)\))?$")


@dataclass(frozen=True)
class RosterLine:
    """An institution on a group's roster and the persons named for it, either of whom may come."""

    institution: str
    persons: tuple[str, ...] = ()


def read_roster_line(line: str) -> RosterLine:
    """Read ``Institution``, ``Institution (Person)`` or ``Institution (A oder B)``."""
    match = _LINE.match(line.strip())
    if match is None:
        return RosterLine(line.strip())
    persons = re.split(r"\s+oder\s+|\s*[,/]\s*", match["persons"] or "")
    return RosterLine(match["institution"].strip(), tuple(person for person in persons if person))


def key_of(name: str, taken: Container[str]) -> str:
    """A key for a new group, of letters, digits and hyphens: "AG Neue Wege" becomes ``neue-wege``."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
    plain = words.removeprefix("ag-")[:KEY_MAX].rstrip("-") or "gruppe"
    key, number = plain, 1
    while key in taken:
        number += 1
        key = f"{plain}-{number}"
    return key
