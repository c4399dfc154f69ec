"""Sheets as XLSX and CSV. Nothing that somebody typed ever becomes a formula, a link or a number."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from ombot.documents.sheet import Cell, Sheet, plain

MAX_CELL = 32_000  # Excel's limit is 32,767 characters; xlsxwriter drops a longer text without a word
MAX_SHEET_NAME = 31
MIN_WIDTH, MAX_WIDTH = 9, 60  # characters
_FORBIDDEN_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


def xlsx(sheets: Sequence[Sheet], title: str, created: datetime) -> bytes:
    """Return a workbook with a frozen, filterable header row in each sheet."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "dd.mm.yyyy",
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "created": created.astimezone(UTC).replace(tzinfo=None)})
        styles = _styles(book)
        for sheet in sheets:
            _write(book.add_worksheet(_sheet_name(sheet.title)), sheet, styles)
    return buffer.getvalue()


def comma_separated(sheet: Sheet) -> bytes:
    """Return the sheet as CSV the way a German Excel opens it: semicolons, UTF-8 with BOM, CRLF."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([_guarded(name) for name in sheet.columns])
    writer.writerows([[_csv_cell(cell) for cell in row] for row in sheet.rows])
    return buffer.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell) -> str:
    return _guarded(cell) if isinstance(cell, str) else plain(cell)


def _guarded(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula, also behind blanks it skips."""
    return f"'{text}" if text.startswith("\t") or text.lstrip(" \n").startswith(_FORMULA_START) else text


def _styles(book: Any) -> dict[str, Any]:
    body = {"text_wrap": True, "valign": "top"}
    return {
        "header": book.add_format(
            {"bold": True, "valign": "top", "font_color": "#FFFFFF", "bg_color": "#1F3864", "border": 1}
        ),
        "body": book.add_format(body),
        "date": book.add_format({**body, "num_format": "dd.mm.yyyy"}),
        "time": book.add_format({**body, "num_format": "dd.mm.yyyy hh:mm"}),
    }


def _write(worksheet: Any, sheet: Sheet, styles: dict[str, Any]) -> None:
    for column, name in enumerate(sheet.columns):
        worksheet.write_string(0, column, name, styles["header"])
        worksheet.set_column(column, column, _width(sheet, column))
    for number, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            _write_cell(worksheet, number, column, cell, styles)
    worksheet.freeze_panes(1, 0)
    if sheet.columns:
        worksheet.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)


def _write_cell(worksheet: Any, row: int, column: int, cell: Cell, styles: dict[str, Any]) -> None:
    if cell is None or cell == "":
        return  # an empty text would not count as empty in Excel's filter
    if isinstance(cell, str):
        text = cell if len(cell) <= MAX_CELL else f"{cell[:MAX_CELL]} …"
        worksheet.write_string(row, column, text, styles["body"])
    elif isinstance(cell, datetime):
        worksheet.write_datetime(row, column, cell, styles["time"])
    elif isinstance(cell, date):
        worksheet.write_datetime(row, column, cell, styles["date"])
    else:
        worksheet.write_number(row, column, cell, styles["body"])


def _width(sheet: Sheet, column: int) -> int:
    """Return the column's width in characters: its longest line within limits, and room for the filter button."""
    lines = [f"{sheet.columns[column]}   "]
    for row in sheet.rows:
        lines.extend(plain(row[column]).split("\n"))
    return min(MAX_WIDTH, max(MIN_WIDTH, *(len(line) + 1 for line in lines)))


def _sheet_name(title: str) -> str:
    name = _FORBIDDEN_IN_SHEET_NAME.sub(" ", title).strip("' ")[:MAX_SHEET_NAME].strip("' ")
    return name or "Tabelle"
