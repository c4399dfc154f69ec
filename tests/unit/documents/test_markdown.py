import hashlib
from typing import Any

import pytest

from ombot import documents
from ombot.documents import markdown

markdown_it = pytest.importorskip("markdown_it", reason="an independent reader of Markdown")

PAYLOADS = [
    "<b>fett</b> &amp; &#65; <!-- x -->",
    "**fett** _kursiv_ ~~weg~~ `code` $x$",
    "[Verweis](https://example.org) ![Bild](x.png) <https://example.org>",
    "# Überschrift #",
    "- Punkt",
    "1. Punkt",
    "2) Punkt",
    "+ Punkt",
    "> Zitat",
    "| a | b |",
    "---",
    "===",
    "```",
    "~~~",
    "=HYPERLINK(1)",
    "\\*kein Stern\\",
    "{{ 7*7 }} #import",
    "[a]: https://example.org",
    "\ue000- Punkt",
    "🙂 שלום",
]


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return the kinds of all tokens and the text of the leaves."""
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found: list[tuple[str, str]] = []
    for token in parser.parse(text):
        found.append((token.type, ""))
        merged: list[tuple[str, str]] = []
        for child in token.children or ():
            # Escapes split a text into several tokens.
            if child.type == "text" and merged and merged[-1][0] == "text":
                merged[-1] = ("text", merged[-1][1] + child.content)
            else:
                merged.append((child.type, child.content))
        found.extend(merged)
    return found


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (kind, payload)
        for kind in ("inputs", "tasks", "agenda", "minutes", "table")
        for payload in PAYLOADS
        # In the text of an input this is meant as a bullet.
        if (kind, payload) != ("inputs", "- Punkt")
    ],
)
def test_user_text_stays_text(kind: str, payload: str, infected: Any) -> None:
    def read(value: str) -> list[tuple[str, str]]:
        return _tokens(documents.render(kind, "md", infected(kind, value)).decode())

    shown = payload.replace("\ue000", "")
    assert read(payload) == [(token, text.replace("Platz", shown)) for token, text in read("Platz")]


def test_text_is_read_easily() -> None:
    assert markdown.escape("21. November 2027\n\n(AG Transfer) – 1,5 %") == (
        "21\ue000. November 2027\\\n(AG Transfer) – 1,5 %"
    )


def test_addresses_do_not_become_links() -> None:
    assert markdown.escape("https://example.org www.example.org eva@example.org") == (
        "https\\://example.org www\\.example.org eva\\@example.org"
    )


def test_inputs(samples: dict[str, Any]) -> None:
    assert documents.render("inputs", "md", samples["inputs"]).decode() == (
        """\
# Inputs der Arbeitsgruppen

Offensive Mittelstand

**17. Sitzung des Strategiekreises**

21\\. November 2027, 11:00–16:00 Uhr

Berlin, Haus des Deutschen Handwerks

Einzureichen bis 5. November 2027

Stand: 8. November 2027, 09:12 Uhr

## Übersicht

| AG | Stand | Anzahl Inputs |
|---|---|---:|
| AG Modernes Beratungsverständnis | eingereicht | 2 |
| AG Transfer | noch kein Input | 0 |

## AG Modernes Beratungsverständnis

### I1 · Gemeinsames Beratungsverständnis

Leitung der AG (BG RCI) · eingereicht am 3. November 2027, 14:05 Uhr

Zu klären ist vieles.\\
Das zuerst:

- Einseiter
- Abstimmung

Die AG bittet um 30 Minuten.

**Dateien**

- Einseiter.pdf (1,2 MB, SHA-256 aaaaaaaaaaaa…)
- Übersicht.pdf (48 KB, SHA-256 bbbbbbbbbbbb…)

### I2 · Qualifizierung

Leitung der AG (BG RCI) · eingereicht am 3. November 2027, 14:05 Uhr · **verspätet**

Kurzer Bericht.

## AG Transfer

Bisher liegt kein Input vor.
"""
    )


def test_tasks_and_table(samples: dict[str, Any]) -> None:
    tasks = documents.render("tasks", "md", samples["tasks"]).decode()
    assert [line for line in tasks.splitlines() if line.startswith("| A")] == [
        "| A1 | **Basisprofil**<br>Je Einrichtung | BG RCI<br>itb |  | offen |",
        "| A2 | **Einseiter**<br>Notiz: Liegt der AG vor |  | Fr., 15.10.2027 | erledigt |",
        "| A3 | **Finanzierung**<br>Wiedervorlage: Bekanntmachung des BMBF |  |  | zurückgestellt |",
        "| A4 | **Regionen**<br>Wiedervorlage: Mo., 10.01.2028 |  |  | zurückgestellt |",
        "| A5 | **Umfrage** |  |  | verworfen |",
    ]
    assert documents.render("table", "md", samples["table"]).decode() == (
        "# Einrichtungen\n\n| Name | Anzahl | Anteil |\n|---|---|---|\n| BG RCI | 3 | 0,5 |\n| itb |  | ja |\n"
    )


def test_minutes(samples: dict[str, Any]) -> None:
    text = documents.render("minutes", "md", samples["minutes"]).decode()
    assert "| TOP 2 | **IMPULS 1:** Wo stehen wir?<br>Ziel: Gemeinsamer Kenntnisstand | BG RCI | 11:15 |\n" in text
    assert "|  | Mittagessen |  | 12:30 |\n" in text
    assert text[text.index("## TOP 4") :] == (
        """\
## TOP 4: DISKUSSION: Wie arbeiten wir?

- Zwei Treffen im Jahr sind sinnvoll.
- **Frage:** Wie ist das Verhältnis zu INQA?
- **Antwort:** Die OM ist unabhängig.
- **Anregung:** Basisprofile erstellen.
- **Herausforderung:** Vom Pilot- in den Regelbetrieb!

**Aufgabe A3:** Kompetenzen sammeln.

**Beschluss B1:** Der Strategiekreis entscheidet.

**Zusammenfassung:**

- Die Ausrichtung wird unterstützt.
- Es werden AGs gebildet.

**Offene Punkte:**

- Konzept zur regionalen Arbeit.

Der Zusammenfassung wurde zugestimmt.

## TOP 5: VERSCHIEDENES

## Nächste Sitzung

Die nächste Sitzung des Strategiekreises findet am 16. Mai 2028 um 11:00 Uhr statt. Ort: Bonn.

## Nicht übernommene Einsprüche

- **BMAS zu „Info: Willkommen.“ (nicht übernommen):** Es fehlt der Bericht.
- **Einspruch (nicht entschieden):** Das Datum stimmt nicht.

**Mitschrift:** itb, IfM Bonn

**Anlagen**

- Anlage 1: Teilnehmerliste
- Anlage 2: Präsentation der AG Transfer

## Nachträge

- **20. Dezember 2027:** Die Anlage 2 wurde nachgereicht.

## Anlage 1: Teilnehmerliste

| Nr. | Einrichtung | Person | Teilnahme |
|---:|---|---|---|
| 1 | BG RCI | Person A | anwesend |
| 2 | BStBK | Person B | vertreten durch Person C |
| 3 | BMAS |  | entschuldigt |
"""
    )


def test_released_minutes_keep_their_checksum_in_later_versions(samples: dict[str, Any]) -> None:
    # It was posted with the minutes of 0.1.0, and anybody may still ask for the text and compare.
    data = {**samples["minutes"], "status": "final", "number": "2027-01"}
    sums = [
        hashlib.sha256(documents.render("minutes", "md", content)).hexdigest()
        for content in (data, {**data, "next_session": None})
    ]
    assert sums == [
        "81c77f7c7573afa78bad41578e4360920b95f21c25a028ede8527bc3dde7bfe2",
        "d65771a770df21230438aa36ea43ea08a495a48b5ca1c9ee8de47033cf0b9bf0",
    ]


def test_a_working_group_has_a_next_meeting_of_its_own(samples: dict[str, Any]) -> None:
    next_one = {**samples["minutes"]["next_session"], "group": "AG Transfer"}
    text = documents.render("minutes", "md", {**samples["minutes"], "next_session": next_one}).decode()
    assert "## Nächstes Treffen\n\nDas nächste Treffen (AG Transfer) findet am 16. Mai 2028 um 11:00 Uhr statt." in text


def test_the_register(samples: dict[str, Any]) -> None:
    text = documents.render("decisions", "md", samples["decisions"]).decode()
    assert text.split("## Strategiekreis\n\n")[1].splitlines() == [
        "| Nr. | Beschluss | Datum | Stand |",
        "|---|---|---|---|",
        "| 2027-03 (B7) | Der Einseiter wird veröffentlicht.<br>- als PDF<br>Auftrag an: Leitungskreis"
        "<br>Ersetzt durch: B9<br>Folgeaufgabe: A3 Einseiter setzen (offen) | So., 21.11.2027 | angenommen |",
        "| B8 | Der Einseiter wird veröffentlicht.<br>- als PDF |  | Abstimmung läuft |",
        "",
        "## AG Transfer",
        "",
        "Keine Beschlüsse.",
    ]
