"""Characters and paragraphs: what user text is reduced to before any format sees it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# XML 1.0 `Char` without the line ends that are normalised below; lone surrogates are outside it too.
_NOT_XML = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Overrides and isolates can make a file name or a sentence read differently from what it is.
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BULLET = re.compile(r"\s*[-•*–]\s+(?=\S)")


def clean(text: str) -> str:
    """Return the text with line ends as newlines, without control characters and direction overrides."""
    return _BIDI_CONTROLS.sub("", _NOT_XML.sub("", _LINE_ENDS.sub("\n", text)))


def map_strings(value: Any, change: Callable[[str], str]) -> Any:
    """Return a copy of JSON-like data in which every string value (not the keys) went through `change`."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: map_strings(item, change) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [map_strings(item, change) for item in value]
    return value


def one_line(text: str | None) -> str:
    """Return the text with every run of white space as one blank; None is the empty text."""
    return " ".join((text or "").split())


def blocks(text: str | None) -> list[dict[str, Any]]:
    """Split text into paragraphs and bullets: `{"bullet": bool, "text": str}` each.

    An empty line ends a paragraph; a line starting with a dash, star or bullet is a bullet of its own;
    any other line end stays a line break inside the paragraph.
    """
    found: list[dict[str, Any]] = []
    fresh = True
    for line in (text or "").split("\n"):
        stripped = line.strip()
        bullet = _BULLET.match(line)
        if not stripped:
            fresh = True
        elif bullet:
            found.append({"bullet": True, "text": line[bullet.end() :].strip()})
            fresh = False
        elif fresh or found[-1]["bullet"]:
            found.append({"bullet": False, "text": stripped})
            fresh = False
        else:
            found[-1]["text"] += f"\n{stripped}"
    return found
