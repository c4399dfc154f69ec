"""What a profile may hold, who sees which part of it, and which words find it, without I/O."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from ombot.chat.line import fold

FIELDS = ("name", "function", "institution", "competences", "offer")
"""The parts of a profile, in the order of its five lines."""
SHARED = (*FIELDS, "photo")
"""What one can show or not."""
LEVELS = ("ag", "kreis", "online")
"""Who may see a field: one's working groups (without any consent), everybody in the rooms, anybody on the web."""
LIMITS = {"name": 200, "function": 200, "institution": 200, "competences": 1000, "offer": 1000}
"""Code points of a line."""
COMPETENCES_MAX = 30
TEMPLATE = ("function", "services", "offers", "limits", "contact")
"""The parts of an institution's profile."""
TEMPLATE_MAX = 1000
"""Code points of one of them."""
SEARCH_MAX = 200
"""Code points of what is looked for."""

_CONTAINED_MIN = 4
"""From how many letters on a word is also found inside a compound: "Beratung" in "Steuerberatung"."""
_TYPING_ERROR = 80
"""How alike (of 100) a misspelt word must be to one that occurs."""
_EMPTY = ("", "-", "–", "—", "keine", "keins")


def list_of(line: str) -> list[str]:
    """What stands between commas, each once."""
    return list(dict.fromkeys(part for part in (part.strip(" .") for part in re.split(r"[,;]", line)) if part))


def said(line: str) -> str | None:
    """A line of a profile; None where a dash stands for nothing."""
    text = line.strip()
    return None if fold(text) in _EMPTY else text


def level_of(visibility: Mapping[str, Mapping[str, str]], field: str) -> str:
    """Who may see a field."""
    return visibility.get(field, {}).get("level", "ag")


def consented(
    visibility: Mapping[str, Mapping[str, str]], wanted: Mapping[str, str], day: date
) -> dict[str, dict[str, str]]:
    """The consents once somebody has said who may see which fields; what was already so keeps its older day."""
    changed = {field: level for field, level in wanted.items() if level_of(visibility, field) != level}
    new = {field: {"level": level, "since": day.isoformat()} for field, level in changed.items()}
    return {**{field: dict(known) for field, known in visibility.items()}, **new}


# --- words ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    # Imported when something is looked for: the library loads all its languages.
    import snowballstemmer

    return snowballstemmer.stemmer("german")


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def stems(text: str) -> set[str]:
    """The German stems of all words of two letters or more; ä and ae, ß and ss are the same."""
    return {_stem(word) for word in re.findall(r"\w{2,}", fold(text))}


def fitting(stem: str, vocabulary: Iterable[str]) -> set[str]:
    """The words of a vocabulary that a stem is, or is a part of."""
    if len(stem) < _CONTAINED_MIN:
        return {word for word in vocabulary if word == stem}
    return {word for word in vocabulary if stem in word}


def alike(stem: str, vocabulary: Collection[str]) -> set[str]:
    """The words of a vocabulary that were probably meant where none fits."""
    found = process.extract(stem, vocabulary, scorer=fuzz.ratio, score_cutoff=_TYPING_ERROR, limit=5)
    return {word for word, _, _ in found}
