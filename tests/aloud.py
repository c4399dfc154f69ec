"""What a screen reader makes of a message: lines that it cannot read well."""

import re
from collections.abc import Iterator

_SYMBOL = re.compile("[\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
"""Arrows, geometric shapes, dingbats and emoji: read as their name, if at all."""
_WORD_FOLLOWS = re.compile("\ufe0f? ?[„“»]?\\w")
_DRAWN = re.compile(r"[\u2500-\u259f]|\t| {3}|^\||\| .* \| |([-=_*#~+.])\1{2}")
"""Boxes, columns held apart by spaces or bars, rules and Markdown."""


HEARD: list[str] = []
"""What bots have said in the running test, and their letters."""


def unreadable(text: str) -> list[str]:
    """Lines without a word, drawn tables and rules, and symbols that no word follows."""
    return [line for line in text.splitlines() if line.strip() and any(_faults(line))]


def _faults(line: str) -> Iterator[bool]:
    yield re.search(r"\w", line) is None
    yield _DRAWN.search(line) is not None
    for symbol in _SYMBOL.finditer(line):
        yield symbol[0] in "←→↑↓⇒" or _WORD_FOLLOWS.match(line, symbol.end()) is None
