import io
import re
from typing import Any

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ombot import documents
from ombot.documents import pdf

PAYLOADS = [
    ("<b>fett</b>", None),
    ("#import x: *", None),
    ("#panic()", None),
    ("$ x $ @ziel *n* _k_ `c` \\u{41} //k", None),
    ("{{ 7*7 }}", None),
    ("a\x00b\x1bc", "abc"),
    ("ja 👍🏽 gut", "ja gut"),
    ("✅ da", "✓ da"),
    ("漢字", "\ufffd\ufffd"),
]


def _open(kind: str, data: dict[str, Any]) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(documents.render(kind, "pdf", data)))


def _words(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def _in_order(text: str, parts: list[str]) -> list[str]:
    """Return those of the parts that follow one another in the text."""
    found, start = [], 0
    for part in parts:
        place = text.find(part, start)
        if place >= 0:
            found.append(part)
            start = place + len(part)
    return found


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (
            "inputs",
            [
                "Offensive Mittelstand Inputs der Arbeitsgruppen 17. Sitzung des Strategiekreises",
                "21. November 2027, 11:00–16:00 Uhr Berlin, Haus des Deutschen Handwerks",
                "Einzureichen bis 5. November 2027 · Stand: 8. November 2027, 09:12 Uhr",
                "Übersicht AG Stand Anzahl Inputs AG Modernes Beratungsverständnis eingereicht 2",
                "AG Transfer noch kein Input 0",
                "I1 · Gemeinsames Beratungsverständnis",
                "Leitung der AG (BG RCI) · eingereicht am 3. November 2027, 14:05 Uhr",
                "Zu klären ist vieles. Das zuerst: • Einseiter • Abstimmung Die AG bittet um 30 Minuten.",
                "Dateien • Einseiter.pdf (1,2 MB, SHA-256 aaaaaaaaaaaa…)",
                "I2 · Qualifizierung",
                "14:05 Uhr · verspätet Kurzer Bericht.",
                "AG Transfer Bisher liegt kein Input vor.",
                "Seite 1 von 1",
            ],
        ),
        (
            "tasks",
            [
                "Aufgaben Stand: 8. November 2027, 09:12 Uhr Strategiekreis",
                "A1 Basisprofil Je Einrichtung BG RCI itb offen",
                "A2 Einseiter Notiz: Liegt der AG vor Fr., 15.10.2027 erledigt",
                "A3 Finanzierung Wiedervorlage: Bekanntmachung des BMBF zurückgestellt",
                "A4 Regionen Wiedervorlage: Mo., 10.01.2028 zurückgestellt",
                "A5 Umfrage verworfen",
                "AG Transfer Keine Aufgaben.",
            ],
        ),
        (
            "agenda",
            [
                "17. Sitzung des Strategiekreises 21. November 2027, 11:00–16:00 Uhr",
                "https://treffen.example.org/om Tagesordnung Moderation: BG RCI und itb",
                "TOP Thema Wer Uhrzeit TOP 1 AUFTAKT: Begrüßung BG RCI 11:00",
                "TOP 2 IMPULS 1: Wo stehen wir? Ziel: Gemeinsamer Kenntnisstand BG RCI 11:15",
                "TOP 3 IMPULS 2: Was sind notwendige Schritte? BG RCI 11:30",
                "Mittagessen 12:30",
                "TOP 4 DISKUSSION: Wie arbeiten wir? Ziele: • Struktur • Funktion BG RCI 13:30",
                "TOP 5 VERSCHIEDENES • A4 Einseiter entwerfen – itb BG RCI 15:45",
            ],
        ),
        (
            "minutes",
            [
                "Ergebnisprotokoll (Entwurf) Moderation: BG RCI und itb",
                "TOP 1: AUFTAKT: Begrüßung • Willkommen.",
                "TOP 4: DISKUSSION: Wie arbeiten wir? • Zwei Treffen im Jahr sind sinnvoll.",
                "• Frage: Wie ist das Verhältnis zu INQA? • Antwort: Die OM ist unabhängig.",
                "Aufgabe A3: Kompetenzen sammeln. Beschluss B1: Der Strategiekreis entscheidet.",
                "Zusammenfassung: • Die Ausrichtung wird unterstützt. • Es werden AGs gebildet.",
                "Offene Punkte: • Konzept zur regionalen Arbeit.",
                "Der Zusammenfassung wurde zugestimmt.",
                "TOP 5: VERSCHIEDENES",
                "Die nächste Sitzung des Strategiekreises findet am 16. Mai 2028 um 11:00 Uhr statt. Ort: Bonn.",
                "Nicht übernommene Einsprüche • BMAS zu „Info: Willkommen.“ (nicht übernommen): Es fehlt der Bericht.",
                "• Einspruch (nicht entschieden): Das Datum stimmt nicht. Mitschrift: itb, IfM Bonn",
                "Anlagen • Anlage 1: Teilnehmerliste • Anlage 2: Präsentation der AG Transfer",
                "Nachträge • 20. Dezember 2027: Die Anlage 2 wurde nachgereicht.",
                "Anlage 1: Teilnehmerliste Nr. Einrichtung Person Teilnahme 1 BG RCI Person A anwesend",
                "2 BStBK Person B vertreten durch Person C 3 BMAS entschuldigt",
            ],
        ),
    ],
)
def test_text_and_its_order(kind: str, parts: list[str], samples: dict[str, Any]) -> None:
    assert _in_order(_words(_open(kind, samples[kind])), parts) == parts


def test_final_minutes_are_no_draft(samples: dict[str, Any]) -> None:
    words = _words(_open("minutes", {**samples["minutes"], "status": "final", "number": "2027-02"}))
    assert "Entwurf" not in words
    assert "Ergebnisprotokoll 2027-02 Moderation: BG RCI und itb" in words


@pytest.mark.parametrize("kind", ["inputs", "tasks", "agenda", "minutes", "decision"])
def test_tagged_titled_german_dated(kind: str, samples: dict[str, Any]) -> None:
    reader = _open(kind, samples[kind])
    root = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == (
        "de-DE",
        True,
        True,
    )
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    metadata = reader.metadata
    assert metadata is not None and metadata.title is not None and metadata.creation_date is not None
    assert (
        metadata.title.partition(" – ")[0]
        == {
            "inputs": "Inputs der Arbeitsgruppen",
            "tasks": "Aufgaben",
            "agenda": "Tagesordnung",
            "minutes": "Ergebnisprotokoll",
            "decision": "Beschluss 2027-03",
        }[kind]
    )
    assert f"{metadata.creation_date:%d.%m.%Y}" == ("08.11.2027" if kind in ("inputs", "tasks") else "21.11.2027")


@pytest.mark.parametrize(
    ("url", "targets"),
    [
        ("https://treffen.example.org/" + "x" * 60, ["https://treffen.example.org/" + "x" * 60]),
        ("javascript:alert(1)", []),
        ("", []),
    ],
)
def test_the_address_of_the_session_is_a_link(url: str, targets: list[str], samples: dict[str, Any]) -> None:
    data = samples["agenda"]
    data["session"]["url"] = url
    annotations = [note.get_object() for page in _open("agenda", data).pages for note in page.annotations or ()]
    # A link that is broken into two lines has two areas.
    assert sorted({note["/A"]["/URI"] for note in annotations}) == targets


def _letters(text: str) -> str:
    """Leave out blanks and soft hyphens: where a line ends depends on the width of the text."""
    return re.sub(r"[\s\u200b\u00ad]+", "", text)


@pytest.mark.parametrize("kind", ["inputs", "tasks", "agenda", "minutes", "decision"])
@pytest.mark.parametrize(("payload", "shown"), PAYLOADS)
def test_user_text_stays_text(kind: str, payload: str, shown: str | None, infected: Any) -> None:
    text = _letters(_words(_open(kind, infected(kind, payload))))
    usual = _letters(_words(_open(kind, infected(kind, "Platz"))))
    assert text.count(_letters(shown or payload)) == usual.count("Platz")


def test_long_words_stay_on_the_page_and_complete(samples: dict[str, Any]) -> None:
    data = samples["inputs"]
    data["groups"][0]["inputs"][0]["text"] = "x" * 10_000
    reader = _open("inputs", data)
    assert _letters(_words(reader)).count("x") == _letters(_words(_open("inputs", samples["inputs"]))).count("x")
    longest = max(len(_letters(line)) for page in reader.pages for line in page.extract_text().split("\n"))
    assert longest < 120


def _printable_characters() -> list[str]:
    ranges = re.findall(r"(.)-(.)|(.)", pdf.PRINTABLE, re.DOTALL)
    spans = [(ord(first or single), ord(last or single)) for first, last, single in ranges]
    return [chr(code) for first, last in spans for code in range(first, last + 1)]


def test_every_printable_character_has_a_glyph_in_every_style(samples: dict[str, Any]) -> None:
    characters = " ".join(_printable_characters())
    data = samples["minutes"]
    data["sections"] = [
        {"top": 1, "title": characters, "kind": "Bericht", "lines": [
            {"kind": kind, "text": characters, "ref": None} for kind in ("Info", "Zusammenfassung")
        ]}
    ]  # fmt: skip
    assert documents.render("minutes", "pdf", data).startswith(b"%PDF-")


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from(_printable_characters()), max_size=60)))
def test_no_text_can_prevent_the_document(infected: Any, text: str) -> None:
    for kind in ("inputs", "minutes"):
        assert documents.render(kind, "pdf", infected(kind, text)).startswith(b"%PDF-")
