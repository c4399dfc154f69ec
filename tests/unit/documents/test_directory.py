"""The directory of members, in all its formats, by independent readers."""

import io
from html.parser import HTMLParser
from typing import Any

import docx
import pytest
from PIL import Image
from pypdf import PdfReader

from ombot import documents
from ombot.documents import html

PEOPLE = ["Person A", "Person B", "Mitglied ohne Namensangabe"]


class _Page(HTMLParser):
    """What a page is made of: tags with their attributes, and the text of some of them."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and self._open:
            self.texts.setdefault(self._open[-1], []).append(data.strip())

    def attributes(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def _html(data: dict[str, Any]) -> _Page:
    return _Page(documents.render("directory", "html", data))


def test_the_page_says_what_was_released_in_meaningful_tags(samples: dict[str, Any]) -> None:
    page = _html(samples["directory"])
    assert page.texts["h1"] == ["Wer wir sind"]
    assert page.texts["title"] == ["Wer wir sind – Offensive Mittelstand"]
    assert page.texts["h2"] == ["A", "B", "#"]
    assert page.texts["h3"] == PEOPLE
    assert page.texts["dt"] == [*["Funktion", "Einrichtung", "Kompetenzen", "Angebot"], *["Funktion", "Einrichtung"],
                                "Kompetenzen", "Kompetenzen"]  # fmt: skip
    assert page.texts["dd"] == ["Referentin", "BG RCI", "Begleitung\nauch vor Ort", "Referentin", "BG RCI"]
    assert dict(page.tags)["html"] == {"lang": "de"}
    assert [tag for tag, _ in page.tags if tag in ("header", "nav", "main", "footer")] == [
        "header",
        "nav",
        "main",
        "footer",
    ]
    assert page.attributes("alt") == ["Porträt von Person A", "Porträt von Mitglied ohne Namensangabe"]
    targets = [str(href).removeprefix("#") for href in page.attributes("href") if str(href).startswith("#")]
    assert len(targets) == 4
    assert set(targets) <= set(page.attributes("id"))


def test_the_page_needs_nothing_from_elsewhere(samples: dict[str, Any], infected: Any) -> None:
    hostile = "\"><script>alert(1)</script><img src='//evil.example.org/x'>"
    page = _html(infected("directory", hostile))
    usual = _html(samples["directory"])
    assert [tag for tag, _ in page.tags if tag not in ("a", "li")] == [
        tag for tag, _ in usual.tags if tag not in ("a", "li")
    ]
    assert "script" not in {tag for tag, _ in page.tags}
    picture, linked = usual.attributes("src")
    assert str(picture).startswith("data:image/jpeg;base64,")
    assert linked == "directory/photos/0a.jpg"
    assert page.attributes("style") == page.attributes("onload") == []
    assert html.policy().startswith("default-src 'none'; style-src 'sha256-")
    assert "http" not in html.policy()


def test_an_empty_page_says_so(samples: dict[str, Any]) -> None:
    page = _html({**samples["directory"], "people": []})
    assert page.texts["p"] == [
        "Offensive Mittelstand ·",
        "Bisher hat niemand einen Steckbrief für alle freigegeben.",
        page.texts["p"][-1],
    ]
    assert page.texts["span"] == ["0 Personen · Stand: 8. November 2027"]


def test_word_and_pdf_hold_the_same_people_with_photos(samples: dict[str, Any]) -> None:
    data = samples["directory"]
    document = docx.Document(io.BytesIO(documents.render("directory", "docx", data)))
    said = [(one.style.name, one.text) for one in document.paragraphs if one.text]
    assert [text for style, text in said if style == "Heading 2"] == PEOPLE
    assert ("Normal", "Kompetenzen: Arbeitsschutz, Förderung") in said
    (portrait,) = document.inline_shapes
    assert portrait._inline.docPr.get("descr") == "Porträt von Person A"
    (part,) = [part for part in document.part.package.iter_parts() if part.content_type == "image/jpeg"]
    assert Image.open(io.BytesIO(part.blob)).size == (8, 10)

    reader = PdfReader(io.BytesIO(documents.render("directory", "pdf", data)))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert [name for name in PEOPLE if name in text] == PEOPLE
    assert [image.image.size for page in reader.pages for image in page.images if image.image] == [(8, 10)]


@pytest.mark.parametrize("fmt", documents.FORMATS["directory"])
def test_what_somebody_typed_stays_text(fmt: str, infected: Any) -> None:
    shown = documents.render("directory", fmt, infected("directory", "a < b & {{ c }} {% d %} #e $f$ [g] \\h"))
    assert len(shown) > 1000
