"""The handbook says only what there is, and becomes a booklet."""

import importlib
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest

from ombot import features
from ombot.chat.line import fold
from ombot.chat.registry import REGISTRY

TEXT = (Path(__file__).parents[3] / "docs" / "handbook.md").read_text(encoding="utf-8")
ROLES = ["Mitglied", "AG-Leitung", "Schriftführung", "Koordination und Geschäftsstelle"]


@pytest.fixture
def handbook(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("markdown_it", reason="reads the handbook")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3]))
    return importlib.import_module("tools.handbook")


def test_every_command_exists() -> None:
    features.load()
    known = {fold(word) for word in REGISTRY.words()}
    said = re.findall(r"(?:^|`)!(\w+)", TEXT, re.MULTILINE)
    assert len(said) > 100
    assert [word for word in said if fold(word) not in known] == []


def test_the_booklet_has_its_headings_and_one_page_for_each_role(handbook: Any) -> None:
    reader = pypdf.PdfReader(io.BytesIO(handbook.booklet(TEXT, datetime(2026, 11, 24, tzinfo=UTC))))
    assert reader.metadata is not None and reader.metadata.title == "Handbuch für Mitglieder"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] and reader.trailer["/Root"]["/Lang"] == "de-DE"
    chapters = [entry for entry in reader.outline if not isinstance(entry, list)]
    assert [entry.title for entry in chapters] == re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    pages = [(entry.title, reader.get_destination_page_number(entry) + 1) for entry in chapters[:6]]
    assert pages == [
        ("In fünf Minuten", 2),
        *((f"Auf einer Seite: {role}", page) for page, role in enumerate(ROLES, start=4)),
        ("Aufgaben", 8),
    ]
    assert [len(reader.pages[number].images) for number in (1, 2)] == [1, 1]


def test_blocks_and_emoji(handbook: Any) -> None:
    assert handbook.blocks("Die **Knöpfe** (👍 Ja) und `!hilfe`\nund [mehr](x.md)\n\n---\n\n```\n!meine\n```\n") == [
        {
            "kind": "paragraph",
            "spans": [
                {"style": "plain", "text": "Die "},
                {"style": "strong", "text": "Knöpfe"},
                {"style": "plain", "text": " (Ja) und "},
                {"style": "code", "text": "!hilfe"},
                {"style": "plain", "text": " "},
                {"style": "plain", "text": "und "},
                {"style": "plain", "text": "mehr"},
            ],
        },
        {"kind": "page"},
        {"kind": "code", "text": "!meine"},
    ]


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("Text\n\n1. eins\n", "line 3: the booklet does not know 'ordered_list'"),
        ("Text\n\nein *Wort*\n", "line 3: the booklet does not know 'em'"),
        ("* a\n  * b\n", "line 1: a point of a list is one paragraph"),
    ],
)
def test_what_the_booklet_does_not_know_is_refused(handbook: Any, markdown: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        handbook.blocks(markdown)
