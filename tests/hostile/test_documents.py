"""Hostile input in every file that leaves the house, opened by readers that share nothing with what wrote it."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator

import docx
import openpyxl
import pypdf
import pytest
from hostile_corpus import LINES, MARK, OUTSIDER, PAYLOADS
from independent_readers import SCHEMES, read_calendar, read_html
from stage import tell
from testbot import TestBot

from ombot.exchange.command import WHAT, export_bytes, formats_of
from ombot.features.meetings.tables import Meeting
from ombot.store.files import FileStore

pytestmark = pytest.mark.xdist_group("hostile documents")  # what is played once serves all of them

FILE = b"%PDF-1.4 small"
NAMES = ("../../etc/passwd", "C:\\CON", "NUL", "a\u202egnp.exe", "=1+1.pdf", "x" * 300 + ".pdf", "a\nb.pdf", "  ..  ")
ACTIVE = {"script", "img", "iframe", "object", "embed", "form", "base", "svg", "comment"}


@pytest.fixture(scope="module")
def infected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBot]:
    """A bot whose members have put every payload wherever a word is free."""
    bot = TestBot.create(tmp_path_factory.mktemp("infected"))
    tell(bot, "!sitzung 27.05.2027 11:00-16:00 Ort Berlin", room="office")
    with bot.store.unit() as session:
        kept = FileStore(bot.folder / "files").keep(session, FILE, "application/pdf", bot.now)
        file = {"mimetype": "application/pdf", "size": kept.size, "sha256": kept.sha256}
    for payload in PAYLOADS.values():
        tell(bot, f"!aufgabe „{payload}“\n{payload}", f"!beschluss „{payload}“", f"!top „{payload}“ für T1")
        tell(
            bot, f"!input {payload}\n{payload}\n{LINES}", f"!termin „{payload}“ am 10.12.2026 10:00–11:00 Ort {payload}"
        )
    for number, name in enumerate(NAMES, 1):
        replied = {"event_id": "$f", "sender": "@kai:example.org", "body": name, "problem": None}
        replied["file"] = {**file, "name": name}
        bot.send(f"!input I{number} ergänzen", as_="kai", reply_to="$f", replied=replied)
    yield bot
    bot.store.close()


def made(bot: TestBot, what: str, fmt: str) -> bytes:
    with bot.store.reading() as session:
        return export_bytes(session, bot.settings, FileStore(bot.folder / "files"), what, fmt, None, bot.now).data


def subjects(fmt: str) -> list[str]:
    """What can be exported in a format, without what is not there in this house."""
    return [what for what in WHAT if fmt in formats_of(what) and what not in ("minutes", "all")]


@pytest.mark.parametrize("what", subjects("docx"))
def test_word(infected: TestBot, what: str) -> None:
    data = made(infected, what, "docx")
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        links = b"".join(package.read(name) for name in package.namelist() if name.endswith(".rels"))

    assert OUTSIDER.encode() not in links
    assert b"javascript" not in links
    if what != "directory":
        assert MARK in text
        assert "{{ 7*7 }}" in text
        assert "<script>alert(1)</script>" in text


@pytest.mark.parametrize("what", subjects("xlsx"))
def test_workbook(infected: TestBot, what: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(infected, what, "xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]

    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert [
        cell.hyperlink.target for cell in cells if cell.hyperlink and not cell.hyperlink.target.startswith("https")
    ] == []
    assert what == "directory" or any("=HYPERLINK(" in str(cell.value) for cell in cells)


@pytest.mark.parametrize("what", subjects("csv"))
def test_table(infected: TestBot, what: str) -> None:
    text = made(infected, what, "csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))

    assert {len(row) for row in rows} == {len(rows[0])}
    assert [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-(?!\d)", cell)] == []
    assert what == "directory" or "HYPERLINK" in text


@pytest.mark.parametrize("what", subjects("ics"))
def test_calendar(infected: TestBot, what: str) -> None:
    events = read_calendar(made(infected, what, "ics"))

    assert len(events) == len(infected.table(Meeting)) > len(PAYLOADS) - 3
    assert [event for event in events if "ATTENDEE" in event or len(event["SUMMARY"]) != 1] == []
    assert sum(MARK in event["SUMMARY"][0] for event in events) == len(events) - 1


@pytest.mark.parametrize("what", subjects("html"))
def test_page(infected: TestBot, what: str) -> None:
    page = read_html(made(infected, what, "html").decode())

    assert page.tags & ACTIVE == set()
    assert [name for name in page.attributes if name.split(".")[1].startswith("on")] == []
    assert [link for link in page.links if not link.startswith((*SCHEMES, "#"))] == []


@pytest.mark.parametrize("what", subjects("md"))
def test_markdown(infected: TestBot, what: str) -> None:
    text = made(infected, what, "md").decode()

    assert re.search(r"(?<!\\)<(script|img|a|h1|!--)", text) is None
    assert re.search(r"(?<!\\)\]\(javascript:", text) is None
    assert what == "directory" or MARK in text


@pytest.mark.parametrize("what", subjects("pdf"))
def test_print(infected: TestBot, what: str) -> None:
    data = made(infected, what, "pdf")
    reader = pypdf.PdfReader(io.BytesIO(data))
    text = "\n".join(page.extract_text() for page in reader.pages)
    notes = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    targets = [str(note["/A"].get("/URI", "")) for note in notes if "/A" in note]

    assert re.search(rb"/JavaScript|/JS\b|/Launch|/EmbeddedFile", data) is None
    assert [target for target in targets if target and not target.startswith(SCHEMES)] == []
    assert "root:" not in text
    if what != "directory":
        assert MARK in text
        assert "7*7" in text


def test_archive(infected: TestBot) -> None:
    with zipfile.ZipFile(io.BytesIO(made(infected, "all", "zip"))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        files = [archive.read(name) for name in names if name.endswith(".pdf") and "I" in name.split("/")[-1][:1]]

    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        parts = name.split("/")
        assert ".." not in parts, name
        assert not name.startswith("/"), name
        assert re.fullmatch(r'[^\x00-\x1f\x7f\\:*?"<>|\u202a-\u202e\u2066-\u2069]+', name), name
        assert [
            one for one in parts if one.split(".")[0].upper() in ("CON", "NUL", "AUX", "PRN") or one[-1] in " ."
        ] == []
        assert max(len(one.encode()) for one in parts) <= 130, name
    assert FILE in files
