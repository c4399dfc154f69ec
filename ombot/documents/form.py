"""The form that scribes fill in offline: a Word table of kinds and texts, and how it is read back.

What comes back was edited with whatever program somebody has, so nothing is believed: not the file, not the table.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ombot.documents import german
from ombot.documents.office import SIZE_MAX, word_fault
from ombot.documents.sessions import agenda_view
from ombot.documents.text import clean, one_line

HEADER = ("art", "text")
LINES_MAX = 1_000
TEXT_MAX = 4_000
EMPTY_ROWS = 6
_TOP = re.compile(r"TOP\s*(\d{1,3})\b", re.IGNORECASE)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class FormError(Exception):
    """A file that is no filled form; the message is a code: what `word_fault` says, or one of the names below."""


@dataclass(frozen=True)
class FormLine:
    """A row with its kind and text as they were typed, under the agenda item that the rows above it name."""

    top: int | None
    kind: str
    text: str


def view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the form's template shows: the agenda of `agenda_view`, and the kinds of lines."""
    agenda = agenda_view(data)
    kind = german.TITLES["form"]
    numbered = [item for item in agenda["items"] if item["number"]]
    return {
        **agenda,
        "kind": kind,
        "document_title": f"{kind} – {agenda['title']}",
        "reference": data["reference"],
        "kinds": ", ".join(data["kinds"]),
        "sections": [": ".join(filter(None, (item["number"], item["label"], item["title"]))) for item in numbered]
        or [german.UNNUMBERED],
        "rows": list(range(EMPTY_ROWS if numbered else EMPTY_ROWS * 4)),
    }


def read(data: bytes) -> tuple[FormLine, ...]:
    """Return the filled rows of a form.

    Raises:
        FormError: `no_word`, `macros`, `bomb`, `too_large`, `no_table`, `empty`, `too_many` or `too_long`.
    """
    if len(data) > SIZE_MAX:
        raise FormError("too_large")
    fault = word_fault(data)
    if fault is not None:
        raise FormError(fault)
    lines = tuple(line for table in _tables(data) for line in _lines(table))
    if not lines:
        raise FormError("empty")
    if len(lines) > LINES_MAX:
        raise FormError("too_many")
    if any(len(line.text) > TEXT_MAX for line in lines):
        raise FormError("too_long")
    return lines


def as_data(data: bytes) -> dict[str, Any]:
    """Return what a file holds as JSON: `lines`, or the code under `problem`."""
    try:
        return {"lines": [vars(line) for line in read(data)], "problem": None}
    except FormError as error:
        return {"lines": [], "problem": str(error)}


def _tables(data: bytes) -> list[list[list[str]]]:
    """Return the tables whose first row is the form's, as cells by row."""
    import docx

    try:
        body = docx.Document(io.BytesIO(data)).element.body
        found = [[_cells(row) for row in table.iterchildren(f"{_W}tr")] for table in body.iter(f"{_W}tbl")]
    except Exception as error:
        # A package that only looks like Word's: the libraries raise anything at all.
        raise FormError("no_word") from error
    forms = [rows for rows in found if rows and tuple(cell.casefold() for cell in rows[0]) == HEADER]
    if not forms:
        raise FormError("no_table")
    return forms


def _cells(row: Any) -> list[str]:
    return [_text(cell) for cell in row.iterchildren(f"{_W}tc")]


def _text(cell: Any) -> str:
    """Return a cell's words with its paragraphs as lines; with tracked changes, as they would be once accepted."""
    paragraphs = ("".join(_pieces(paragraph)) for paragraph in cell.iter(f"{_W}p"))
    return clean("\n".join(paragraphs)).strip()


def _pieces(paragraph: Any) -> Iterator[str]:
    for piece in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        name = piece.tag.removeprefix(_W)
        yield piece.text or "" if name == "t" else {"tab": " ", "noBreakHyphen": "-"}.get(name, "\n")


def _lines(rows: list[list[str]]) -> Iterator[FormLine]:
    top: int | None = None
    for cells in rows[1:]:
        first, text = one_line(cells[0]) if cells else "", cells[1] if len(cells) > 1 else ""
        named = _TOP.match(first)
        if len(cells) == 1 or named:
            top = int(named[1]) if named else None
        elif first or text:
            yield FormLine(top, first, text)
