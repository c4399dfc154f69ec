"""Reading a roster line, without I/O."""

import re
from dataclasses import dataclass

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
