import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.document import Document

from ombot import documents
from ombot.documents import build_templates, office
from ombot.exchange.render import Renderer
from ombot.store.files import FileStore

PAYLOADS = [
    ("<b>fett</b> & 'x' \"y\"", None),
    ("{{ 7*7 }}{% if x %}{# c #}", None),
    ("{_{ 7*7 }_} {_% raw %_}", None),
    ('#import "x" \\u{41} $a$ @b', None),
    ("a\x00b\x1b[31m\x0bc", "ab[31m c"),
    ("שלום مرحبا \u202eabc", "שלום مرحبا abc"),
    ("🙂👍🏽 ✅", None),
    ("]]> <w:p/> &lt;", None),
]


def _open(kind: str, data: dict[str, Any], **more: Any) -> Document:
    return docx.Document(io.BytesIO(documents.render(kind, "docx", data, **more)))


def _paragraphs(document: Document) -> list[tuple[str, str]]:
    return [(paragraph.style.name, paragraph.text) for paragraph in document.paragraphs]


def _rows(document: Document, number: int = 0) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[number].rows]


def test_inputs(samples: dict[str, Any]) -> None:
    document = _open("inputs", samples["inputs"])
    assert _paragraphs(document) == [
        ("Angaben", "Offensive Mittelstand"),
        ("Title", "Inputs der Arbeitsgruppen"),
        ("Subtitle", "17. Sitzung des Strategiekreises"),
        ("Eckdaten", "21. November 2027, 11:00–16:00 Uhr"),
        ("Eckdaten", "Berlin, Haus des Deutschen Handwerks"),
        ("Angaben", "Einzureichen bis 5. November 2027 · Stand: 8. November 2027, 09:12 Uhr"),
        ("Heading 1", "Übersicht"),
        ("Heading 1", "AG Modernes Beratungsverständnis"),
        ("Heading 2", "I1 · Gemeinsames Beratungsverständnis"),
        ("Angaben zum Input", "Leitung der AG (BG RCI) · eingereicht am 3. November 2027, 14:05 Uhr"),
        ("Normal", "Zu klären ist vieles.\nDas zuerst:"),
        ("List Bullet", "Einseiter"),
        ("List Bullet", "Abstimmung"),
        ("Normal", "Die AG bittet um 30 Minuten."),
        ("Zwischentitel", "Dateien"),
        ("List Bullet", "Einseiter.pdf (1,2 MB, SHA-256 aaaaaaaaaaaa…)"),
        ("List Bullet", "Übersicht.pdf (48 KB, SHA-256 bbbbbbbbbbbb…)"),
        ("Heading 2", "I2 · Qualifizierung"),
        (
            "Angaben zum Input",
            "Leitung der AG (BG RCI) · eingereicht am 3. November 2027, 14:05 Uhr · verspätet",
        ),
        ("Normal", "Kurzer Bericht."),
        ("Heading 1", "AG Transfer"),
        ("Normal", "Bisher liegt kein Input vor."),
    ]
    assert _rows(document) == [
        ["AG", "Stand", "Anzahl Inputs"],
        ["AG Modernes Beratungsverständnis", "eingereicht", "2"],
        ["AG Transfer", "noch kein Input", "0"],
    ]


def test_tasks(samples: dict[str, Any]) -> None:
    document = _open("tasks", samples["tasks"])
    assert _rows(document) == [
        ["Nr.", "Aufgabe", "Zuständig", "Frist", "Stand"],
        ["A1", "Basisprofil\nJe Einrichtung", "BG RCI\nitb", "", "offen"],
        ["A2", "Einseiter\nNotiz: Liegt der AG vor", "", "Fr., 15.10.2027", "erledigt"],
        ["A3", "Finanzierung\nWiedervorlage: Bekanntmachung des BMBF", "", "", "zurückgestellt"],
        ["A4", "Regionen\nWiedervorlage: Mo., 10.01.2028", "", "", "zurückgestellt"],
        ["A5", "Umfrage", "", "", "verworfen"],
    ]
    assert _paragraphs(document)[-2:] == [("Heading 1", "AG Transfer"), ("Normal", "Keine Aufgaben.")]


AGENDA = [
    ["TOP", "Thema", "Wer", "Uhrzeit"],
    ["TOP 1", "AUFTAKT: Begrüßung", "BG RCI", "11:00"],
    ["TOP 2", "IMPULS 1: Wo stehen wir?\nZiel: Gemeinsamer Kenntnisstand", "BG RCI", "11:15"],
    ["TOP 3", "IMPULS 2: Was sind notwendige Schritte?", "BG RCI", "11:30"],
    ["", "Mittagessen", "", "12:30"],
    ["TOP 4", "DISKUSSION: Wie arbeiten wir?\nZiele:\nStruktur\nFunktion", "BG RCI", "13:30"],
    ["TOP 5", "VERSCHIEDENES\nA4 Einseiter entwerfen – itb", "BG RCI", "15:45"],
]


def test_agenda(samples: dict[str, Any]) -> None:
    document = _open("agenda", samples["agenda"])
    assert _paragraphs(document) == [
        ("Angaben", "Offensive Mittelstand"),
        ("Title", "17. Sitzung des Strategiekreises"),
        ("Eckdaten", "21. November 2027, 11:00–16:00 Uhr"),
        ("Eckdaten", "Berlin, Haus des Deutschen Handwerks"),
        ("Eckdaten", "https://treffen.example.org/om"),
        ("Dokumentart", "Tagesordnung"),
        ("Normal", "Moderation: BG RCI und itb"),
    ]
    assert _rows(document) == AGENDA


def test_agenda_without_times_shows_durations(samples: dict[str, Any]) -> None:
    data = samples["agenda"]
    data["items"] = [{**item, "start": None} for item in data["items"][:1]]
    assert _rows(_open("agenda", data))[1] == ["TOP 1", "AUFTAKT: Begrüßung", "BG RCI", "15 Min."]


def test_minutes(samples: dict[str, Any]) -> None:
    document = _open("minutes", samples["minutes"])
    assert _paragraphs(document)[5:] == [
        ("Dokumentart", "Ergebnisprotokoll (Entwurf)"),
        ("Normal", "Moderation: BG RCI und itb"),
        ("Heading 1", "TOP 1: AUFTAKT: Begrüßung"),
        ("List Bullet", "Willkommen."),
        ("Heading 1", "TOP 4: DISKUSSION: Wie arbeiten wir?"),
        ("List Bullet", "Zwei Treffen im Jahr sind sinnvoll."),
        ("List Bullet", "Frage: Wie ist das Verhältnis zu INQA?"),
        ("List Bullet", "Antwort: Die OM ist unabhängig."),
        ("List Bullet", "Anregung: Basisprofile erstellen."),
        ("List Bullet", "Herausforderung: Vom Pilot- in den Regelbetrieb!"),
        ("Beschluss und Aufgabe", "Aufgabe A3: Kompetenzen sammeln."),
        ("Beschluss und Aufgabe", "Beschluss B1: Der Strategiekreis entscheidet."),
        ("Zwischentitel", "Zusammenfassung:"),
        ("Zusammenfassung", "Die Ausrichtung wird unterstützt."),
        ("Zusammenfassung", "Es werden AGs gebildet."),
        ("Zwischentitel", "Offene Punkte:"),
        ("Zusammenfassung", "Konzept zur regionalen Arbeit."),
        ("Normal", "Der Zusammenfassung wurde zugestimmt."),
        ("Heading 1", "TOP 5: VERSCHIEDENES"),
        ("Heading 1", "Nächste Sitzung"),
        (
            "Normal",
            "Die nächste Sitzung des Strategiekreises findet am 16. Mai 2028 um 11:00 Uhr statt. Ort: Bonn.",
        ),
        ("Heading 1", "Nicht übernommene Einsprüche"),
        ("List Bullet", "BMAS zu „Info: Willkommen.“ (nicht übernommen): Es fehlt der Bericht."),
        ("List Bullet", "Einspruch (nicht entschieden): Das Datum stimmt nicht."),
        ("Abschluss", "Mitschrift: itb, IfM Bonn"),
        ("Zwischentitel", "Anlagen"),
        ("List Bullet", "Anlage 1: Teilnehmerliste"),
        ("List Bullet", "Anlage 2: Präsentation der AG Transfer"),
        ("Heading 1", "Nachträge"),
        ("List Bullet", "20. Dezember 2027: Die Anlage 2 wurde nachgereicht."),
        ("Heading 1", "Anlage 1: Teilnehmerliste"),
    ]
    assert _rows(document, 0) == AGENDA
    assert _rows(document, 1) == [
        ["Nr.", "Einrichtung", "Person", "Teilnahme"],
        ["1", "BG RCI", "Person A", "anwesend"],
        ["2", "BStBK", "Person B", "vertreten durch Person C"],
        ["3", "BMAS", "", "entschuldigt"],
    ]


def test_decision(samples: dict[str, Any]) -> None:
    document = _open("decision", samples["decision"])
    assert _paragraphs(document) == [
        ("Angaben", "Offensive Mittelstand"),
        ("Title", "Beschluss 2027-03"),
        ("Subtitle", "Ergebnis: nicht angenommen"),
        ("Heading 1", "Wortlaut"),
        ("Normal", "Der Einseiter wird veröffentlicht."),
        ("List Bullet", "als PDF"),
        ("Heading 1", "Angaben"),
        ("Heading 1", "Auszählung"),
        ("Heading 1", "Bedenken und Einwände"),
        ("List Bullet", "Bedenken (BG RCI): Die Finanzierung ist offen."),
        ("List Bullet", "Einwand: Zu früh."),
        ("Heading 1", "Stimmen der Einrichtungen"),
        ("Angaben", "Stand: 22. November 2027, 09:00 Uhr"),
    ]
    assert _rows(document, 0) == [
        ["Angabe", "Inhalt"],
        ["Nummer", "2027-03 (B7)"],
        ["Gremium", "Strategiekreis"],
        ["Datum", "21. November 2027"],
        ["Auftrag an", "Leitungskreis"],
        ["Vorlage", "Einseiter.pdf"],
        ["Eröffnet am", "8. November 2027"],
        ["Verfahren", "Konsent (ein Einwand verhindert den Beschluss), mindestens 2 Stimmen"],
    ]
    assert [row[1] for row in _rows(document, 1)] == ["Anzahl", "4", "2", "1", "0", "0", "1", "2"]
    assert _rows(document, 2)[1:] == [["BG RCI", "Bedenken", ""], ["itb", "Einwand", ""], ["BMAS", "Einwand", "itb"]]


def test_a_secret_and_a_recorded_decision_name_nobody(samples: dict[str, Any]) -> None:
    secret = _open("decision", samples["decision"] | {"secret": True, "votes": []})
    assert ("Normal", "Die Abstimmung war geheim.") in _paragraphs(secret)
    recorded = _open("decision", samples["decision"] | {"recorded": True, "meeting": "T3"})
    assert (len(secret.tables), len(recorded.tables)) == (2, 1)
    assert _rows(recorded)[-1] == ["Gefasst in", "T3"]


@pytest.mark.parametrize(
    ("status", "kind", "header"),
    [
        ("draft", "Ergebnisprotokoll (Entwurf)", "Ergebnisprotokoll (Entwurf)"),
        (
            "review",
            "Ergebnisprotokoll (Entwurf, Einspruch ist noch möglich)",
            "Ergebnisprotokoll (Entwurf)",
        ),
        ("final", "Ergebnisprotokoll", "Ergebnisprotokoll"),
    ],
)
def test_state_of_minutes(status: str, kind: str, header: str, samples: dict[str, Any]) -> None:
    document = _open("minutes", {**samples["minutes"], "status": status})
    assert [text for style, text in _paragraphs(document) if style == "Dokumentart"] == [kind]
    running = [paragraph.text for paragraph in document.sections[0].header.paragraphs]
    assert running == [f"Offensive Mittelstand\t{header}"]


def test_properties_and_fields(samples: dict[str, Any]) -> None:
    data = samples["inputs"]
    data["organisation"] = "Rat & Tat <e. V.>"
    document = _open("inputs", data)
    properties = document.core_properties
    assert (properties.title, properties.author, properties.language, f"{properties.created:%Y-%m-%d %H:%M}") == (
        "Inputs der Arbeitsgruppen – 17. Sitzung des Strategiekreises",
        "Rat & Tat <e. V.>",
        "de-DE",
        "2027-11-08 08:12",
    )
    section = document.sections[0]
    for footer in (section.footer, section.first_page_footer):
        fields = footer._element.xpath("//w:fldSimple/@w:instr")
        assert (footer.paragraphs[0].text, fields) == ("Seite  von ", ["PAGE", "NUMPAGES"])
    assert document.styles.element.xpath("//w:rPrDefault//w:lang/@w:val") == ["de-DE"]


@pytest.mark.parametrize("kind", ["inputs", "tasks", "agenda", "minutes", "decision", "decisions", "form"])
@pytest.mark.parametrize(("payload", "shown"), PAYLOADS)
def test_user_text_stays_text(kind: str, payload: str, shown: str | None, infected: Any) -> None:
    def texts(value: str) -> list[str]:
        document = _open(kind, infected(kind, value))
        cells = [cell for number in range(len(document.tables)) for row in _rows(document, number) for cell in row]
        header = [paragraph.text for paragraph in document.sections[0].header.paragraphs]
        title = document.core_properties.title
        return [*(text for _, text in _paragraphs(document)), *cells, *header, title]

    plain = [text.replace("Platzhalter", shown or payload) for text in texts("Platzhalter")]
    assert [text.replace("\n", " ") for text in texts(payload)] == [text.replace("\n", " ") for text in plain]


def test_long_text_is_complete(samples: dict[str, Any]) -> None:
    data = samples["inputs"]
    data["groups"][0]["inputs"][0]["text"] = "x" * 10_000
    assert ("Normal", "x" * 10_000) in _paragraphs(_open("inputs", data))


def test_packaged_templates_are_the_built_ones() -> None:
    # Members instead of whole files: other builds of zlib compress differently.
    for name, data in build_templates.build().items():
        with (
            zipfile.ZipFile(office.TEMPLATES / name) as packaged,
            zipfile.ZipFile(io.BytesIO(data)) as built,
        ):
            assert packaged.namelist() == built.namelist()
            assert [packaged.read(member) for member in packaged.namelist()] == [
                built.read(member) for member in built.namelist()
            ], f"{name} is stale: run python -m ombot.documents.build_templates"


def _office(folder: Path, *texts: str) -> Path:
    document = docx.Document()
    for text in texts:
        document.add_paragraph(text)
    document.save(str(folder / "inputs.docx"))
    return folder


def test_the_template_of_an_office_wins(tmp_path: Path, samples: dict[str, Any]) -> None:
    folder = _office(tmp_path, "Vorlage der Geschäftsstelle: {{ title }}")
    document = _open("inputs", samples["inputs"], office_templates=folder)
    assert _paragraphs(document) == [("Normal", "Vorlage der Geschäftsstelle: Inputs der Arbeitsgruppen")]
    others = documents.render("tasks", "docx", samples["tasks"], office_templates=folder)
    assert others == documents.render("tasks", "docx", samples["tasks"])


SYNTAX = "eine Klammer {{ … }} oder {% … %} ist unvollständig oder falsch geschrieben."
OTHER = "das lässt sich mit diesem Feld nicht ausführen."


@pytest.mark.parametrize(
    ("faulty", "sentence"),
    [
        ("Stand: {{ titel }}", "das Feld „titel“ gibt es nicht; gemeint ist vielleicht „title“."),
        ("Stand: {{ session.qqq }}", "das Feld „qqq“ gibt es nicht."),
        ("{{ title.__class__.__mro__ }}", "das ist in einer Vorlage nicht erlaubt."),
        ("{{ 1 + title }}", OTHER),
        ("{{ 1 // 0 }}", OTHER),
    ],
)
def test_a_faulty_template_names_the_place(faulty: str, sentence: str, tmp_path: Path, samples: dict[str, Any]) -> None:
    folder = _office(tmp_path, "Guten Tag", faulty, "Mit freundlichen Grüßen")
    with pytest.raises(documents.TemplateError) as caught:
        documents.render("inputs", "docx", samples["inputs"], office_templates=folder)
    assert str(caught.value) == f"Vorlage inputs.docx, bei „{faulty}“: {sentence}"


@pytest.mark.parametrize("faulty", ["{%p for group in groups %}", "{% if title %}", "Stand: {{ title }"])
def test_braces_without_end_are_found(faulty: str, tmp_path: Path, samples: dict[str, Any]) -> None:
    with pytest.raises(documents.TemplateError) as caught:
        documents.render("inputs", "docx", samples["inputs"], office_templates=_office(tmp_path, faulty))
    assert str(caught.value).startswith("Vorlage inputs.docx")
    assert str(caught.value).endswith(SYNTAX)


def test_a_fault_in_a_footer_says_so(tmp_path: Path, samples: dict[str, Any]) -> None:
    document = docx.Document()
    document.sections[0].footer.paragraphs[0].text = "{{ stand }}"
    document.save(str(tmp_path / "inputs.docx"))
    with pytest.raises(documents.TemplateError) as caught:
        documents.render("inputs", "docx", samples["inputs"], office_templates=tmp_path)
    assert str(caught.value) == (
        "Vorlage inputs.docx, Fußzeile, bei „{{ stand }}“: das Feld „stand“ gibt es nicht; "
        "gemeint ist vielleicht „state“."
    )


def test_a_condition_that_tears_the_document_is_noticed(tmp_path: Path, samples: dict[str, Any]) -> None:
    document = docx.Document()
    document.add_paragraph("Anfang {% if not title %}")
    document.add_table(rows=1, cols=1).cell(0, 0).text = "{% endif %}"
    document.add_paragraph("Ende")
    document.save(str(tmp_path / "inputs.docx"))
    with pytest.raises(documents.TemplateError, match="muss allein in seinem Absatz stehen"):
        documents.render("inputs", "docx", samples["inputs"], office_templates=tmp_path)


def _no_zip(file: Path) -> None:
    file.write_bytes(b"PK no zip at all")


def _cut_off(file: Path) -> None:
    file.write_bytes((office.TEMPLATES / "inputs.docx").read_bytes()[:5000])


def _spreadsheet(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")


def _broken_inside(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document")


def _macros(file: Path) -> None:
    shutil.copy(office.TEMPLATES / "inputs.docx", file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")


def _50_megabytes(file: Path) -> None:
    with file.open("wb") as large:
        large.truncate(50_000_000)


def _bomb(file: Path) -> None:
    shutil.copy(office.TEMPLATES / "inputs.docx", file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/picture.png", bytes(51_000_000))


NO_WORD = "Die Vorlage inputs.docx ist kein lesbares Word-Dokument; bitte in Word als .docx speichern."
UNUSABLE = [
    (_no_zip, NO_WORD),
    (_cut_off, NO_WORD),
    (_spreadsheet, NO_WORD),
    (_broken_inside, NO_WORD),
    (_macros, "Die Vorlage inputs.docx enthält Makros; bitte als Word-Dokument ohne Makros (.docx) speichern."),
    (_50_megabytes, "Die Vorlage inputs.docx ist größer als 10 MB; bitte die Bilder darin verkleinern."),
    (
        _bomb,
        "Die Vorlage inputs.docx wird beim Öffnen größer als 50 MB; bitte aus einer der mitgelieferten neu anlegen.",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), UNUSABLE)
def test_a_file_that_is_no_template(
    make: Callable[[Path], None], sentence: str, tmp_path: Path, samples: dict[str, Any]
) -> None:
    make(tmp_path / "inputs.docx")
    with pytest.raises(documents.TemplateError) as caught:
        documents.render("inputs", "docx", samples["inputs"], office_templates=tmp_path)
    assert str(caught.value) == sentence
    assert list(office.faults(tmp_path)) == [sentence]


def test_our_templates_are_copied_once_and_are_without_fault(tmp_path: Path) -> None:
    folder = tmp_path / "vorlagen"
    assert list(office.faults(folder)) == [
        f"Den Ordner für Vorlagen {folder} gibt es nicht; bitte documents.templates prüfen."
    ]
    assert [path.stem for path in office.copy_to(folder)] == list(office.kinds())
    (folder / "tasks.docx").unlink()
    (folder / "inputs.docx").write_bytes(b"edited")
    assert [path.name for path in office.copy_to(folder)] == ["tasks.docx"]
    assert (folder / "inputs.docx").read_bytes() == b"edited"
    (folder / "inputs.docx").unlink()
    assert list(office.faults(folder)) == []
    shutil.copy(folder / "tasks.docx", folder / "protokoll.docx")
    (folder / "~$tasks.docx").write_bytes(b"open in Word")
    assert list(office.faults(folder)) == [
        "Die Vorlage protokoll.docx gehört zu keinem Dokument; möglich sind "
        f"{', '.join(office.kinds())}, jeweils mit .docx am Ende."
    ]


def test_the_samples_of_the_check_leave_no_field_empty() -> None:
    samples = json.loads((office.TEMPLATES / "samples.json").read_text(encoding="utf-8"))
    assert sorted(samples) == list(office.kinds())
    views = {kind: documents._VIEWS[kind](data) for kind, data in samples.items()}
    empty = [f"{kind}.{name}" for kind, view in views.items() for name, value in view.items() if value in ("", [], {})]
    assert empty == []


def test_a_faulty_template_keeps_nobody_waiting(tmp_path: Path, samples: dict[str, Any]) -> None:
    (tmp_path / "tasks.docx").write_bytes(b"no Word document")
    data = samples["tasks"]
    renderer = Renderer(FileStore(tmp_path), tmp_path)
    made = renderer("tasks", "docx", data)
    sentence = (
        "Die Vorlage tasks.docx ist kein lesbares Word-Dokument; bitte in Word als .docx speichern. "
        "Das Dokument hat deshalb das mitgelieferte Aussehen."
    )
    assert (made.data, made.remark) == (documents.render("tasks", "docx", data), sentence)
    held = [{"name": name, "kind": "tasks", "data": data} for name in ("tasks", "again")]
    whole = {"export": {"exported_at": "2026-11-26T12:00:00+01:00"}, "documents": held, "files": []}
    assert renderer("archive", "zip", whole).remark == sentence
    assert renderer("tasks", "pdf", data).remark == ""
