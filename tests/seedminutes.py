"""The minutes of the board's first session, as two scribes type them, and what must come out of them.

``data/ergebnisprotokoll.txt`` holds what is typed, one message a paragraph: institutions and functions in place of
persons.
"""

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import pypdf

MESSAGES = (Path(__file__).parent / "data" / "ergebnisprotokoll.txt").read_text(encoding="utf-8").split("\n\n")

AGENDA = """!tagesordnung einfügen
TOP\tThema\tWer\tUhrzeit
TOP 1\tAUFTAKT: Begrüßung der Teilnehmer\tModeration\t11:00
TOP 2\tIMPULS: Wo stehen wir mit der Offensive Mittelstand - was haben wir gemeinsam erreicht?
Ziel: Einheitlicher gemeinsamer Kenntnisstand zur OM\tModeration\t11:15
TOP 3\tIMPULS: Was sind jetzt notwendige Schritte für die Zukunft?
Ziel: Zusammenfassung der Gespräche und Erkenntnisse der letzten Monate\tModeration\t11:30
TOP 4\tDISKUSSION: Wie können wir effizienter zusammenarbeiten?
Ziele:
•\tJeder Partner profitiert vom Engagement in der OM
•\tWir profitieren gemeinsam von unserem Engagement in der OM
•\tUnsere Kunden profitieren von unserem gemeinsamen Engagement in der OM\tAlle Teilnehmer\t11:45
\tPause\t\t12:30
TOP 5\tDISKUSSION: Wie soll der Strategiekreis arbeiten? Welche Stellung soll er haben?
Organisation und Stellung:
•\tStruktur
•\tFunktion
•\tArbeitsweise - Frequenz
Nachhaltigkeit:
•\tFinanzierung
•\tWeiterentwicklung\tAlle Teilnehmer\t13:30
TOP 6\tAUFTRAG: Welche konkreten Themen stehen prioritär an und können begonnen werden?
Ziel: Gemeinsame Meinungsbildung und Beschlussfassung zu prioritären Projekten\tAlle Teilnehmer\t14:30
TOP 7\tVERSCHIEDENES\t\t15:45"""

TABLE = [
    ["TOP", "Thema", "Wer", "Uhrzeit"],
    ["TOP 1", "AUFTAKT: Begrüßung der Teilnehmer", "Moderation", "11:00"],
    [
        "TOP 2",
        "IMPULS 1: Wo stehen wir mit der Offensive Mittelstand - was haben wir gemeinsam erreicht?\n"
        "Ziel: Einheitlicher gemeinsamer Kenntnisstand zur OM",
        "Moderation",
        "11:15",
    ],
    [
        "TOP 3",
        "IMPULS 2: Was sind jetzt notwendige Schritte für die Zukunft?\n"
        "Ziel: Zusammenfassung der Gespräche und Erkenntnisse der letzten Monate",
        "Moderation",
        "11:30",
    ],
    [
        "TOP 4",
        "DISKUSSION: Wie können wir effizienter zusammenarbeiten?\n"
        "Ziele:\n"
        "Jeder Partner profitiert vom Engagement in der OM\n"
        "Wir profitieren gemeinsam von unserem Engagement in der OM\n"
        "Unsere Kunden profitieren von unserem gemeinsamen Engagement in der OM",
        "Alle Teilnehmer",
        "11:45",
    ],
    ["", "Pause", "", "12:30"],
    [
        "TOP 5",
        "DISKUSSION: Wie soll der Strategiekreis arbeiten? Welche Stellung soll er haben?\n"
        "Ziele:\n"
        "Organisation und Stellung: Struktur, Funktion, Arbeitsweise - Frequenz\n"
        "Nachhaltigkeit: Finanzierung, Weiterentwicklung",
        "Alle Teilnehmer",
        "13:30",
    ],
    [
        "TOP 6",
        "AUFTRAG: Welche konkreten Themen stehen prioritär an und können begonnen werden?\n"
        "Ziel: Gemeinsame Meinungsbildung und Beschlussfassung zu prioritären Projekten",
        "Alle Teilnehmer",
        "14:30",
    ],
    ["TOP 7", "VERSCHIEDENES", "", "15:45"],
]

HEADINGS = [
    "TOP 1: AUFTAKT: Begrüßung der Teilnehmer",
    "TOP 2: IMPULS: Wo stehen wir mit der Offensive Mittelstand - was haben wir gemeinsam erreicht?",
    "TOP 3: IMPULS: Was sind jetzt notwendige Schritte für die Zukunft?",
    "TOP 4: DISKUSSION: Wie können wir effizienter zusammenarbeiten?",
    "TOP 5: DISKUSSION: Wie soll der Strategiekreis arbeiten? Welche Stellung soll er haben?",
    "TOP 6: AUFTRAG: Welche konkreten Themen stehen prioritär an und können begonnen werden?",
    "TOP 7: VERSCHIEDENES",
    "Nächste Sitzung",
    "Anlage 1: Teilnehmerliste",
]

TASKS = [
    "Welche Kompetenzen haben die einzelnen Teilnehmer des Strategiekreises und wie kann man ggf. auf ihre "
    "Beratungskompetenzen zurückgreifen. Dies muss greifbarer und sichtbarer werden.",
    "Die Finanzierungsfrage als wesentliche Aufgabe mittelfristig angehen und den Strategiekreis kontinuierlich "
    "informieren (Wer: Leitungskreis)",
    "AG zum gemeinsamen Modernen Beratungsverständnis einrichten (Teilnehmer: BG RCI, itb, IBWF, BDVT, "
    "Bundessteuerberaterkammer, VDSI, Beraternetzwerk, VBU, BKK Dachverband, DVR, DEN, Deutscher "
    "Steuerberaterverband)",
    "Einen Einseiter auf Grundlage der Forschungsergebnisse erstellen (Wer: ISF München)",
]


def typed(message: str) -> Iterator[tuple[str, str]]:
    """Style and text in the Word document of what was typed: the expectation, read off the message itself."""
    first, *more = message.split("\n")
    label, _, text = first.partition(": ")
    if first in ("Zusammenfassung:", "Offene Punkte:"):
        yield "Zwischentitel", first
        yield from (("Zusammenfassung", line.removeprefix("- ")) for line in more)
    elif first == "!zugestimmt":
        yield "Normal", "Der Zusammenfassung wurde zugestimmt."
    elif more and more[0].startswith("Antwort: "):
        yield from (("List Bullet", line) for line in (first, *more))
    elif label in ("Info", "Frage", "Anregung", "Herausforderung"):
        words = "\n".join((text, *more)).replace("\n- ", "\n– ")
        yield "List Bullet", words if label == "Info" else f"{label}: {words}"


def marked(message: str, counts: dict[str, int]) -> tuple[str, str]:
    """The same for what made a task or a decision."""
    label, _, text = message.partition(": ")
    counts[label] += 1
    if label == "Aufgabe":
        return "Beschluss und Aufgabe", f"Aufgabe A{counts[label]}: {TASKS[counts[label] - 1]}"
    return "Beschluss und Aufgabe", f"Beschluss B{counts[label]}: {text}"


def expected() -> dict[str, list[tuple[str, str]]]:
    """Heading → paragraphs."""
    found: dict[str, list[tuple[str, str]]] = {}
    counts = {"Aufgabe": 0, "Beschluss": 0}
    for message in (message.strip() for message in MESSAGES):
        if message.startswith("!top "):
            current = found.setdefault(HEADINGS[int(message[5:]) - 1], [])
        elif message.startswith(("Aufgabe: ", "Beschluss: ")):
            current.append(marked(message, counts))
        else:
            current.extend(typed(message))
    return found


ATTACHMENTS = ("was haben wir gemeinsam erreicht?", "Was sind jetzt notwendige Schritte für die Zukunft?")
PARTICIPANTS = [
    ["Nr.", "Einrichtung", "Person", "Teilnahme"],
    ["1", "BG RCI", "Referentin", "anwesend"],
    ["2", "BMAS", "", "anwesend"],
    ["3", "ISF München", "", "anwesend"],
    ["4", "itb", "", "entschuldigt"],
]


def check_word(data: bytes, day: str, next_day: str) -> None:
    """The Word document is complete: every heading, line, table and attachment; days as "20. Mai 2027"."""
    document = docx.Document(io.BytesIO(data))
    paragraphs = [(paragraph.style.name, paragraph.text) for paragraph in document.paragraphs]
    assert paragraphs[:6] == [
        ("Angaben", "Offensive Mittelstand"),
        ("Title", "1. Sitzung des Strategiekreises"),
        ("Eckdaten", f"{day}, 11:00–16:00 Uhr"),
        ("Eckdaten", "Berlin - Haus des Deutschen Handwerks (ZDH)"),
        ("Dokumentart", "Ergebnisprotokoll (Entwurf, Einspruch ist noch möglich)"),
        ("Normal", "Moderation: BG RCI und itb"),
    ]
    assert [[cell.text for cell in row.cells] for row in document.tables[0].rows] == TABLE
    starts = [index for index, (style, _) in enumerate(paragraphs) if style == "Heading 1"]
    assert [paragraphs[start][1] for start in starts] == HEADINGS
    sections = {paragraphs[a][1]: paragraphs[a + 1 : b] for a, b in zip(starts, [*starts[1:], None], strict=True)}
    wanted = expected()
    assert {heading: sections[heading] for heading in wanted} == wanted
    assert sections["Nächste Sitzung"] == [
        ("Normal", f"Die nächste Sitzung des Strategiekreises findet am {next_day} um 11:00 Uhr statt. Ort: Berlin."),
        ("Abschluss", "Mitschrift: BG RCI, itb"),
        ("Zwischentitel", "Anlagen"),
        ("List Bullet", "Anlage 1: Teilnehmerliste"),
        *(("List Bullet", f"Anlage {number}: Präsentation „{title}“") for number, title in enumerate(ATTACHMENTS, 2)),
    ]
    assert [[cell.text for cell in row.cells] for row in document.tables[1].rows] == PARTICIPANTS


def check_pdf(data: bytes) -> None:
    """The PDF says the same in the same order."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    words = squeezed(" ".join(page.extract_text().partition("Seite ")[0] for page in reader.pages))
    missing, place = [], 0
    for heading, paragraphs in expected().items():
        for text in (heading, *(text for _, text in paragraphs)):
            found = words.find(squeezed(text), place)
            if found < 0:
                missing.append(text)
            else:
                place = found + len(squeezed(text))
    assert missing == []


def squeezed(text: str) -> str:
    """Without white space, hyphens and page heads: where a line or page breaks does not matter."""
    head = "Offensive Mittelstand Ergebnisprotokoll (Entwurf)"
    return "".join(" ".join(text.split()).replace(head, "").split()).replace("-", "").replace("\u00ad", "")
