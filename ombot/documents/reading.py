"""The words of a document that somebody else wrote: for the search, not for the eye."""

import io
import logging
from collections.abc import Callable
from typing import Any

from ombot.documents.office import word_fault
from ombot.documents.text import clean

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class UnreadableError(Exception):
    """A file whose words cannot be read."""


def text_of(data: bytes, suffix: str) -> str:
    """Return the words of a DOCX, PDF or text file, a line for each paragraph.

    Raises:
        UnreadableError: it is damaged, in a format that is not read, or would grow too large.
    """
    reader = _READERS.get(suffix.lower())
    if reader is None:
        raise UnreadableError(suffix)
    try:
        return clean(reader(data)).strip()
    except UnreadableError:
        raise
    except Exception as error:
        # Files from a decade of other programs: the libraries raise anything at all.
        raise UnreadableError(suffix) from error


def _word(data: bytes) -> str:
    import docx

    if word_fault(data) not in (None, "macros"):  # macros are never run here
        raise UnreadableError("docx")
    body = docx.Document(io.BytesIO(data)).element.body
    return "\n".join(_paragraph(one) for one in body.iter(f"{_W}p"))


def _paragraph(paragraph: Any) -> str:
    breaks = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n"}
    pieces = paragraph.iter(f"{_W}t", *breaks)
    return "".join(breaks.get(piece.tag) or piece.text or "" for piece in pieces)


def _pdf(data: bytes) -> str:
    import pypdf

    # It reports every oddity of old files, which nobody here can mend.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def _plain(data: bytes) -> str:
    return data.decode("utf-8-sig")


_READERS: dict[str, Callable[[bytes], str]] = {".docx": _word, ".pdf": _pdf, ".txt": _plain, ".md": _plain}
SUFFIXES = tuple(_READERS)
"""What can be read."""
MIMETYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".md": "text/markdown",
}
