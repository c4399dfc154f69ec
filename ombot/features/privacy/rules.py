"""How a person is recognised in what is stored, and what takes their place. No I/O."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from ombot.chat.language import FORMER_PERSON

LONGEST_TITLE = 200
"""Shorter texts may be limited to this length by a constraint: what is put into them must not make them longer."""
SHORT = "…"


@dataclass(frozen=True)
class Identity:
    """One person as rows show them.

    Attributes:
        id: the Matrix id.
        names: display names and mail addresses that are this person's alone.
        rooms: ids of the rooms that are or were their direct chat with the bot.
    """

    id: str
    names: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()

    @property
    def addresses(self) -> frozenset[str]:
        """Destinations of messages that are for this person's eyes only."""
        return frozenset({f"person:{self.id}", *(f"room:{room}" for room in self.rooms)})

    @property
    def forms(self) -> tuple[str, ...]:
        """Every way the id and the names are written in a column's text: plain, in an address, in JSON."""
        names = {form for name in self.names for form in (name, json.dumps(name)[1:-1])}
        return tuple(sorted(self._ids | names))

    @cached_property
    def _ids(self) -> set[str]:
        return {self.id, *(quote(self.id, safe=safe) for safe in ("", "@", "@:"))}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Not the beginning of a longer id (@eva:example.org in @eva:example.org.uk) nor of a longer word.
        found = [rf"(?<!\w){re.escape(form)}(?![\w-]|[.:]\w)" for form in sorted(self._ids)]
        # Names of one word are words of the language as well (Vogel, Koch): they count only where they stand alone.
        found += [rf"(?<!\w){re.escape(name)}(?!\w)" for name in self.names if " " in name or "@" in name]
        return re.compile("|".join(found))

    def is_meant(self, value: object) -> bool:
        """Whether a value is this person and nothing else."""
        return isinstance(value, str) and (value == self.id or value == f"person:{self.id}" or value in self.names)

    def is_in(self, value: object) -> bool:
        """Whether a value names this person anywhere, also inside of JSON."""
        if isinstance(value, dict):
            return any(self.is_in(key) or self.is_in(part) for key, part in value.items())
        if isinstance(value, list):
            return any(self.is_in(part) for part in value)
        return isinstance(value, str) and (self.is_meant(value) or self._pattern.search(value) is not None)

    def without(self, value: Any) -> Any:
        """The value with a neutral mark in this person's place; they leave lists, and JSON objects keyed by them."""
        if isinstance(value, dict):
            return {key: self.without(part) for key, part in value.items() if not self.is_in(key)}
        if isinstance(value, list):
            return [self.without(part) for part in value if not self.is_meant(part)]
        if not isinstance(value, str):
            return value
        if self.is_meant(value):
            return FORMER_PERSON
        marked = self._pattern.sub(FORMER_PERSON, value)
        return marked if len(marked) <= max(LONGEST_TITLE, len(value)) else self._pattern.sub(SHORT, value)

    def excerpt(self, value: Any) -> Any:
        """Only those parts of a JSON value that name this person: the rest belongs to others."""
        if isinstance(value, dict):
            return {key: self.excerpt(part) for key, part in value.items() if self.is_in(key) or self.is_in(part)}
        if isinstance(value, list):
            return [self.excerpt(part) for part in value if self.is_in(part)]
        return value


def own_names(candidates: Iterable[str], taken: Iterable[str]) -> tuple[str, ...]:
    """Names that can be looked for in other people's rows.

    A display name is chosen freely (A1): one that is also an institution's, a group's or another person's decides
    nothing about whose words a text is, and whoever takes it must not be able to erase it everywhere.
    """
    reserved = {name.casefold() for name in taken}
    usable = (name.strip() for name in candidates)
    return tuple(sorted({name for name in usable if len(name) > 2 and name.casefold() not in reserved}, key=len))[::-1]
