"""Reading the lists an office sends: CSV with semicolons in UTF-8, or the first sheet of an XLSX workbook."""

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

SIZE_MAX = 10_000_000
"""Bytes of a file; more is no list of members."""

_OTHER_PROGRAMS = (".xls", ".ods", ".numbers", ".doc", ".docx", ".pdf")
# What a broken workbook makes of the library is not one kind of error.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError),
    *(LookupError, ValueError, TypeError, AttributeError, EOFError, NotImplementedError),
)


class ImportProblem(Exception):
    """A list that cannot be taken over; the message is one German sentence for the office."""


@dataclass(frozen=True)
class Row:
    """One line of a list: its number as programs show it, and its cells by column. Missing cells are empty."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        ImportProblem: it cannot be read or is too large.
    """
    try:
        if path.stat().st_size > SIZE_MAX:
            raise ImportProblem(f"{path.name} ist größer als 10 MB und damit keine Liste.")
        return path.read_bytes()
    except OSError as error:
        raise ImportProblem(f"{path.name} lässt sich nicht lesen ({error.strerror}).") from error


def read_text(path: Path) -> str:
    """A text file in UTF-8, with or without a byte order mark.

    Raises:
        ImportProblem: it cannot be read or is in another encoding.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportProblem(f"{path.name} ist nicht in UTF-8 gespeichert. Bitte speichern Sie die Datei so.") from error


def read_rows(path: Path, columns: Sequence[str], required: Sequence[str]) -> list[Row]:
    """The rows of a list with a header; empty ones are left out.

    Args:
        columns: the names a header may have, in any order.
        required: those that must be there.

    Raises:
        ImportProblem: the file cannot be read, a column is unknown, missing or there twice, or a row is too long.
    """
    lines = _lines(path)
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        raise ImportProblem(f"{path.name} ist leer.")
    header = [cell.lower() for cell in filled[0][1]]
    while header and not header[-1]:
        header.pop()
    _check_header(header, columns, required)
    return [_row(number, cells, header) for number, cells in filled[1:]]


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    suffix = path.suffix.lower()
    if suffix in _OTHER_PROGRAMS:
        raise ImportProblem(f"{path.name}: Bitte speichern Sie die Liste als XLSX oder als CSV mit Semikolon in UTF-8.")
    if suffix != ".xlsx":
        return list(_csv(path))
    try:
        with warnings.catch_warnings():
            # Of styles and the like, which are not read.
            warnings.simplefilter("ignore")
            return list(_xlsx(path))
    except _UNREADABLE as error:
        raise ImportProblem(f"{path.name} ist keine lesbare XLSX-Datei.") from error


def _check_header(header: list[str], columns: Sequence[str], required: Sequence[str]) -> None:
    if len(header) == 1 and re.search(r"[,\t]", header[0]):
        raise ImportProblem("Bitte trennen Sie die Spalten mit Semikolon, nicht mit Komma oder Tabulator.")
    unknown = [name for name in header if name not in columns]
    if unknown:
        raise ImportProblem(f"Die Spalte „{unknown[0]}“ ist unbekannt. Möglich sind: {', '.join(columns)}.")
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise ImportProblem(f"Die Spalte „{twice[0]}“ gibt es zweimal.")
    missing = [name for name in required if name not in header]
    if missing:
        raise ImportProblem(f"Es fehlt die Spalte „{missing[0]}“.")


def _row(number: int, cells: list[str], header: list[str]) -> Row:
    if any(cells[len(header) :]):
        raise ImportProblem(f"Zeile {number} hat mehr Felder als die Kopfzeile.")
    return Row(number, dict(zip(header, cells, strict=False)))


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(read_text(path), newline=""), delimiter=";", strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise ImportProblem(f"Zeile {reader.line_num} ist keine gültige CSV-Zeile.") from error


def _xlsx(path: Path) -> Iterator[tuple[int, list[str]]]:
    book = load_workbook(io.BytesIO(read_bytes(path)), read_only=True, data_only=True)
    try:
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
            yield number, [_text(cell) for cell in cells]
    finally:
        book.close()


def _text(cell: Any) -> str:
    """A cell as it would be typed."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
