import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from ombot import documents

PAYLOADS = [
    '=HYPERLINK("https://example.org";"x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "https://example.org",
    "mailto:eva@example.org",
    "12345",
    "_x0041_",
    "<b>fett</b> & {{ 7*7 }}",
    "a;b,c",
    '"zitiert"',
    "🙂 שלום",
]


def _rows(data: bytes, number: int = 0) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[number]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def _csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_inputs(samples: dict[str, Any]) -> None:
    data = documents.render("inputs", "xlsx", samples["inputs"])
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Übersicht", "Inputs"]
    assert _rows(data) == [
        ["AG", "Stand", "Anzahl Inputs"],
        ["AG Modernes Beratungsverständnis", "eingereicht", 2],
        ["AG Transfer", "noch kein Input", 0],
    ]
    assert _rows(data, 1)[1] == [
        "I1",
        "AG Modernes Beratungsverständnis",
        "Gemeinsames Beratungsverständnis",
        "Zu klären ist vieles.\nDas zuerst:\n\n- Einseiter\n• Abstimmung\n\nDie AG bittet um 30 Minuten.",
        "Leitung der AG",
        "BG RCI",
        datetime.fromisoformat("2027-11-03T14:05:00"),
        "nein",
        "eingereicht",
        "Einseiter.pdf\nÜbersicht.pdf",
    ]
    assert [(sheet.freeze_panes, sheet.auto_filter.ref) for sheet in book.worksheets] == [
        ("A2", "A1:C3"),
        ("A2", "A1:J3"),
    ]
    widths = {letter: round(column.width) for letter, column in book["Inputs"].column_dimensions.items()}
    assert (widths["A"], widths["B"], widths["D"]) == (10, 34, 30)


def test_tasks(samples: dict[str, Any]) -> None:
    rows = _rows(documents.render("tasks", "xlsx", samples["tasks"]))
    group = "Strategiekreis"
    due = datetime.fromisoformat("2027-10-15T00:00:00")
    assert rows == [
        ["Nr.", "Gruppe", "Aufgabe", "Beschreibung", "Zuständig", "Frist", "Stand", "Wiedervorlage", "Notiz"],
        ["A1", group, "Basisprofil", "Je Einrichtung", "BG RCI\nitb", None, "offen", None, None],
        ["A2", group, "Einseiter", None, None, due, "erledigt", None, "Liegt der AG vor"],
        ["A3", group, "Finanzierung", None, None, None, "zurückgestellt", "Bekanntmachung des BMBF", None],
        ["A4", group, "Regionen", None, None, None, "zurückgestellt", "Mo., 10.01.2028", None],
        ["A5", group, "Umfrage", None, None, None, "verworfen", None, None],
    ]
    assert _csv(documents.render("tasks", "csv", samples["tasks"]))[2] == [
        "A2", group, "Einseiter", "", "", "15.10.2027", "erledigt", "", "Liegt der AG vor",
    ]  # fmt: skip


def test_table(samples: dict[str, Any]) -> None:
    data = documents.render("table", "xlsx", samples["table"])
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["Einrichtungen"]
    assert _rows(data) == [["Name", "Anzahl", "Anteil"], ["BG RCI", 3, 0.5], ["itb", None, "ja"]]
    assert documents.render("table", "csv", samples["table"]) == (
        b"\xef\xbb\xbfName;Anzahl;Anteil\r\nBG RCI;3;0,5\r\nitb;;ja\r\n"
    )


def test_sheet_names_are_ones_excel_accepts(samples: dict[str, Any]) -> None:
    names = {}
    for title in ("AG [1]: a/b*?\\", "x" * 40, "'", ""):
        data = documents.render("table", "xlsx", {**samples["table"], "title": title})
        names[title] = openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    assert names == {"AG [1]: a/b*?\\": ["AG  1   a b"], "x" * 40: ["x" * 31], "'": ["Tabelle"], "": ["Tabelle"]}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_user_text_stays_text_in_xlsx(payload: str, infected: Any) -> None:
    for kind in ("inputs", "tasks"):
        books = [
            openpyxl.load_workbook(io.BytesIO(documents.render(kind, "xlsx", infected(kind, value))))
            for value in (payload, "Platz")
        ]
        hostile, usual = [
            [
                (cell.data_type, cell.hyperlink, cell.value)
                for sheet in book.worksheets
                for row in sheet.iter_rows()
                for cell in row
            ]
            for book in books
        ]
        assert hostile == [
            (kind, link, value.replace("Platz", payload) if isinstance(value, str) else value)
            for kind, link, value in usual
        ]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" \n=1", "' \n=1"),
        ("\r=1", "'\n=1"),
        ("a=1", "a=1"),
        ('a;"b"\nc', 'a;"b"\nc'),
    ],
)
def test_csv_is_guarded(typed: str, written: str, samples: dict[str, Any]) -> None:
    data = {**samples["table"], "rows": [[typed, -1, None]]}
    assert _csv(documents.render("table", "csv", data))[1] == [written, "-1", ""]


def test_long_cells_are_cut_visibly(samples: dict[str, Any]) -> None:
    data = {**samples["table"], "rows": [["x" * 10_000, "y" * 40_000, None]]}
    assert _rows(documents.render("table", "xlsx", data))[1] == ["x" * 10_000, "y" * 32_000 + " …", None]


def test_a_cell_that_is_no_scalar_is_refused(samples: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="not list"):
        documents.render("table", "csv", {**samples["table"], "rows": [[[1]]]})
