"""The part of a command's first line that nobody has read yet, taken off word by word from both ends."""

import re
import unicodedata
from dataclasses import dataclass

TITLE_MAX = 200
MESSAGE_MAX = 4000

_QUOTED = re.compile(r"„[^“”\"]*[“”\"]|\"[^\"]*\"|«[^»]*»|“[^”]*”")
_REFERENCE = re.compile(r"#?([a-zA-Z]?)(\d{1,9})(?!\S)")
_FOLDS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def fold(text: str) -> str:
    """Case and umlaut spelling taken out, so that ``Überfällig``, ``ueberfaellig`` and ``ÜBERFÄLLIG`` are one word."""
    return unicodedata.normalize("NFC", text).casefold().translate(_FOLDS).strip()


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Where text stands in quotation marks: title, never read as date or person."""
    return [match.span() for match in _QUOTED.finditer(text)]


@dataclass
class Line:
    """The unread rest of the first line, and the further lines of the message."""

    text: str
    details: str = ""
    raw: str = ""
    """The first line behind the command word as it was sent: in ``text`` tabs and runs of spaces are one space."""

    def first_word(self) -> str:
        """The next word, without taking it."""
        return self.text.split(maxsplit=1)[0] if self.text.strip() else ""

    def take_word(self) -> str:
        """Take the next word off the front."""
        word = self.first_word()
        self.text = self.text.lstrip()[len(word) :].lstrip()
        return word

    def take_phrase(self, phrase: str) -> bool:
        """Take a phrase off the front if the line starts with it as whole words (folded)."""
        words = self.text.split()
        wanted = phrase.split()
        if [fold(word).rstrip(":") for word in words[: len(wanted)]] != [fold(word) for word in wanted]:
            return False
        for _ in wanted:
            self.take_word()
        return True

    def take_reference(self, letter: str) -> int | None:
        """Take ``A12``, ``#12`` or ``12`` off the front where it names this letter's kind."""
        match = _REFERENCE.match(self.text)
        if match is None or match[1].upper() not in ("", letter):
            return None
        self.text = self.text[match.end() :].lstrip()
        return int(match[2])

    def starts_with_reference(self) -> str | None:
        """A reference with its letter at the front, such as ``A4``."""
        match = _REFERENCE.match(self.text)
        return self.text[: match.end()] if match and match[1] else None

    def ends_outside_quotes(self) -> bool:
        """Whether the last character may be read as something else than title."""
        length = len(self.text.rstrip())
        return length > 0 and all(end < length for _, end in quoted_spans(self.text))

    def take_ending(self, ending: str) -> bool:
        """Take an ending off, if the line has it as whole words outside quotation marks (case does not matter)."""
        text = self.text.rstrip(" ,;")
        if not ending or not text.casefold().endswith(ending.casefold()) or not self.ends_outside_quotes():
            return False
        start = len(text) - len(ending)
        if start > 0 and not text[start - 1].isspace() and text[start - 1] != ",":
            return False
        self.text = text[:start].rstrip(" ,;")
        return True

    def starts_of(self, word: str) -> list[int]:
        """Where a word stands alone outside quotation marks, from left to right."""
        spans = quoted_spans(self.text)
        found = (match.start() for match in re.finditer(rf"(?<!\S){re.escape(word)}(?=\s)", self.text, re.IGNORECASE))
        return [start for start in found if not any(a <= start < b for a, b in spans)]


def has_control_characters(text: str) -> bool:
    """Whether a text holds characters that no keyboard writes and that could mislead readers.

    Line feed and tab are fine; so are emoji and right-to-left scripts, but not the overrides that turn text around.
    """
    return any(
        (unicodedata.category(char) == "Cc" and char not in "\n\t")
        or char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for char in text
    )
