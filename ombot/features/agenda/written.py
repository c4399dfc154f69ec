"""Agenda items as people write them: one with its fields, a list, or the four columns of a Word table.

Pure text to text; what a word means (a kind, a duration) is decided by :mod:`ombot.features.agenda.parameters`.
The German here is what the office writes: labels, column headings, prefixes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ombot.chat.line import fold, quoted_spans
from ombot.features.agenda.rules import KINDS, PAUSE

_FIELDS = {"art": "kind", "ziel": "goal", "ziele": "goal", "dauer": "duration", "wer": "presenter"}
_LABEL = re.compile(r"(?<!\S)(Art|Ziele?|Dauer|Wer)\s*:(?:\s+|$)", re.IGNORECASE)
_KIND = re.compile(rf"({'|'.join(KINDS)})(?:\s+\d{{1,2}})?\s*:\s*", re.IGNORECASE)
_BREAK = re.compile(r"\w*pause", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:TOP\s*\d{1,3}\s*[:.)–-]?|\d{1,3}[.)])\s+", re.IGNORECASE)
_BULLET = re.compile(r"[•*·–-]\s+")
_TIME = r"\d{1,2}[:.]\d{2}(?:\s*Uhr)?"
_CLOCK = re.compile(rf"({_TIME})(?:\s*[–-]\s*{_TIME})?\s+", re.IGNORECASE)
_LENGTH = re.compile(r"[\s,;–-]*\(?\b(\d{1,3})\s*(?:min(?:uten)?\b\.?|')\)?\s*$", re.IGNORECASE)

_COLUMNS = ("top", "thema", "wer", "uhrzeit")
_HEADINGS = {
    "top": "top",
    "nr": "top",
    "nr.": "top",
    "thema": "thema",
    "titel": "thema",
    "wer": "wer",
    "referent": "wer",
    "uhrzeit": "uhrzeit",
    "zeit": "uhrzeit",
    "beginn": "uhrzeit",
    "dauer": "dauer",
}
_ROW = re.compile(r"(?:TOP\s*)?\d{0,3}[.)]?\s*\t", re.IGNORECASE)
# Word writes a bullet and a tab; the tab is no column.
_WORD_BULLET = re.compile(r"^\s*[•o▪·*–-]\t")


@dataclass
class Written:
    """One item as it was written; ``clock`` is the start time in the last column, ``duration`` as in "30 Min."."""

    title: str
    kind: str | None = None
    goals: list[str] = field(default_factory=list)
    duration: str | None = None
    presenter: str | None = None
    clock: str | None = None
    goal_head: bool = False
    """The last goal is a heading ("Organisation:") that the next bullets belong to."""
    goals_follow: bool = False
    """The label "Ziele:" stood alone on its line: a numbered list behind it is one of goals."""

    def take_field(self, name: str, value: str) -> None:
        """Take over a labelled value; an empty one announces goals on the next lines."""
        if name == "goal":
            self.goal_head, self.goals_follow = False, not value
            if value:
                self.goals.append(value)
        elif value:
            setattr(self, name, value)

    def take_goal(self, text: str, *, bullet: bool) -> None:
        """Take over a line below the title."""
        if bullet and self.goal_head:
            self.goals[-1] += f" {text}" if self.goals[-1].endswith(":") else f", {text}"
            return
        self.goals.append(text)
        self.goal_head = text.endswith(":")


def read(first: str, details: str) -> list[Written]:
    """The items of a message: its first line without the command, and the further lines."""
    lines = [line for line in (first, *details.splitlines()) if line.strip()]
    if any("\t" in _WORD_BULLET.sub("• ", line) for line in lines):
        return list(_table(lines))
    return _List(titled=bool(first.strip())).read(lines)


def _item(text: str) -> Written:
    """One line with its prefix taken off: kind, title, labelled fields, length."""
    clock = _CLOCK.match(text)
    text = text[clock.end() :] if clock else text
    title, fields = _split_fields(text)
    found = Written(title, clock=clock[1] if clock else None)
    for name, value in fields:
        found.take_field(name, value)
    kind = _KIND.match(found.title)
    if kind and len(kind[0]) < len(found.title):
        found.title, found.kind = found.title[kind.end() :], found.kind or kind[1]
    length = _LENGTH.search(found.title)
    if length and length.start() > 0:
        found.title, found.duration = found.title[: length.start()], found.duration or length[1]
    label = _whole_kind(found.title.strip(" :"))
    if label:
        found.title, found.kind = (found.title if label == PAUSE else label), found.kind or label
    return found


def _whole_kind(text: str) -> str | None:
    """The kind that a whole title names: "VERSCHIEDENES", "Mittagspause"."""
    if _BREAK.fullmatch(text):
        return PAUSE
    return next((kind for kind in KINDS if fold(kind) == fold(text)), None)


def _split_fields(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text before the first label outside quotation marks, and the labelled values."""
    spans = quoted_spans(text)
    marks = [m for m in _LABEL.finditer(text) if not any(a <= m.start() < b for a, b in spans)]
    ends = [mark.start() for mark in marks] + [len(text)]
    values = [
        (_FIELDS[mark[1].casefold()], text[mark.end() : end].strip(" ,;"))
        for mark, end in zip(marks, ends[1:], strict=True)
    ]
    return text[: ends[0]].strip(" ,;"), values


class _List:
    """Reads a list line by line. How its first item is marked decides how the next ones are recognised."""

    def __init__(self, *, titled: bool) -> None:
        self.titled = titled
        self.style = ""
        self.items: list[Written] = []

    def read(self, lines: Iterable[str]) -> list[Written]:
        """All items of the lines."""
        for line in lines:
            self._take(line)
        return self.items

    def _take(self, line: str) -> None:
        text = line.strip()
        style, text = _mark(text)
        if not self.items:
            self.style = "plain" if self.titled and style == "bullet" else style
            self.items.append(_item(text))
            return
        current = self.items[-1]
        _, fields = _split_fields(text)
        if fields and _LABEL.match(text):
            for name, value in fields:
                current.take_field(name, value)
            current.goal_head = False
        elif self._starts_item(style, text, indented=line[0].isspace()):
            self.items.append(_item(text))
        else:
            current.take_goal(text, bullet=style == "bullet")

    def _starts_item(self, style: str, text: str, *, indented: bool) -> bool:
        if indented or (style == "number" != self.style and self.items[-1].goals_follow):
            return False
        if style in ("number", "clock") or _KIND.match(text) or _whole_kind(text):
            return True
        # Below a title that stands on the command's own line, plain lines and bullets explain it.
        return style == self.style and not (self.titled and style in ("plain", "bullet"))


def _mark(text: str) -> tuple[str, str]:
    """How a line is marked, and the line without a number or bullet."""
    for style, pattern in (("number", _NUMBERED), ("bullet", _BULLET)):
        match = pattern.match(text)
        if match:
            return style, text[match.end() :]
    return ("clock" if _CLOCK.match(text) else "plain"), text


def _table(lines: list[str]) -> Iterator[Written]:
    """The rows of a table. A cell of several paragraphs comes as several lines."""
    rows = list(_rows(lines))
    columns = _columns(rows[0])
    if columns is None:
        numbered = any(re.fullmatch(r"\s*(?:TOP\s*)?\d+[.)]?\s*", row[0], re.IGNORECASE) for row in rows)
        columns = _COLUMNS if numbered or not rows[0][0].strip() else _COLUMNS[1:]
    else:
        rows = rows[1:]
    previous: Written | None = None
    for row in rows:
        cells = _cells(row, columns)
        paragraphs = [line.strip() for line in cells.get("thema", "").splitlines() if line.strip()]
        if not paragraphs:
            continue
        if previous is not None and _continues(cells, paragraphs):
            _explain(previous, paragraphs)
            continue
        if previous is not None:
            yield previous
        previous = _row_item(cells, paragraphs)
    if previous is not None:
        yield previous


def _rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines put together to rows of cells: a row starts with its number cell, or when the one before is full."""
    lines = [_WORD_BULLET.sub("• ", line) for line in lines]
    numbered = any(_ROW.match(line) for line in lines)
    tabs = len(_COLUMNS) - 1 if numbered else max(line.count("\t") for line in lines)
    row = ""
    for line in lines:
        full = row.count("\t") >= tabs and "\t" in line
        if row and (_ROW.match(line) or full):
            yield row.split("\t")
            row = line
        else:
            row = f"{row}\n{line}" if row else line
    yield row.split("\t")


def _columns(row: list[str]) -> tuple[str, ...] | None:
    """What the columns are, if the first row says so; an empty heading is the usual one of its place."""
    names = [_HEADINGS.get(fold(cell)) for cell in row]
    if "thema" not in names:
        return None
    usual = (*_COLUMNS, *("" for _ in names))
    return tuple(name or (usual[place] if not row[place].strip() else "") for place, name in enumerate(names))


def _cells(row: list[str], columns: tuple[str, ...]) -> dict[str, str]:
    return {name: cell.strip() for name, cell in zip(columns, row, strict=False) if name}


def _continues(cells: dict[str, str], paragraphs: list[str]) -> bool:
    """A row broken over two pages comes as a second row with nothing but text."""
    alone = not any(value for name, value in cells.items() if name != "thema")
    return alone and not _KIND.match(paragraphs[0]) and not _whole_kind(paragraphs[0])


def _row_item(cells: dict[str, str], paragraphs: list[str]) -> Written:
    item = _item(_NUMBERED.sub("", paragraphs[0], count=1))
    item.presenter = item.presenter or " ".join(cells.get("wer", "").split()) or None
    item.clock = item.clock or cells.get("uhrzeit") or None
    item.duration = item.duration or cells.get("dauer") or None
    _explain(item, paragraphs[1:])
    return item


def _explain(item: Written, paragraphs: Iterable[str]) -> None:
    for text in paragraphs:
        _, fields = _split_fields(text)
        if fields and _LABEL.match(text):
            for name, value in fields:
                item.take_field(name, value)
        else:
            style, words = _mark(text)
            item.take_goal(words, bullet=style == "bullet")
