"""Build the Word templates from scratch: `python -m ombot.documents.build_templates [FOLDER]`.

The templates are meant to be edited in Word. This program is for changes of the data behind them: it makes
clean ones to start again from. A test keeps the packaged templates and this program together.
"""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from ombot.documents.office import TEMPLATES
from ombot.documents.word import repack

FONT = "Calibri"
LANGUAGE = "de-DE"
ACCENT = RGBColor(0x1F, 0x38, 0x64)
QUIET = RGBColor(0x59, 0x59, 0x59)
TINT = "E8EDF5"
GREY = "F2F2F2"
TABLE_STYLE = "Tabelle mit Rahmen"
BUILT = datetime(2000, 1, 1)  # noqa: DTZ001 - document properties have no zone; any fixed time will do


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its width in centimetres and the paragraphs of its cells."""

    heading: str
    width: float
    cell: Sequence[tuple[str, str]]
    """Pairs of text and paragraph style; parts of a text between ** are bold."""
    right: bool = False


def build() -> dict[str, bytes]:
    """Return every template by file name."""
    return {
        "inputs.docx": _packed(_inputs()),
        "tasks.docx": _packed(_tasks()),
        "agenda.docx": _packed(_agenda()),
        "minutes.docx": _packed(_minutes()),
        "decision.docx": _packed(_decision()),
        "decisions.docx": _packed(_decisions()),
        "form.docx": _packed(_form()),
        "invitation.docx": _packed(_invitation()),
        "attendance.docx": _packed(_attendance()),
        "welcome.docx": _packed(_welcome()),
        "seating.docx": _packed(_seating()),
        "directory.docx": _packed(_directory()),
    }


def _inputs() -> Any:
    document = _document("{{ title }}")
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    _add(document, "{%p if session %}")
    _add(document, "{{ session.title }}", "Subtitle")
    _add(document, "{{ session.when }}", "Eckdaten")
    _when(document, "session.place", "{{ session.place }}", "Eckdaten")
    _add(document, "{%p endif %}")
    deadline = "{% if deadline %}Einzureichen bis {{ deadline }} · {% endif %}"
    _add(document, f"{deadline}Stand: {{{{ exported_at }}}}", "Angaben")
    _add(document, "Übersicht", "Heading 1")
    _add(document, "{%p if groups %}")
    overview = (
        Column("AG", 8, [("{{ group.name }}", "Tabelle")]),
        Column("Stand", 4.8, [("{{ group.state }}", "Tabelle")]),
        Column("Anzahl Inputs", 3.5, [("{{ group.count }}", "Tabelle")], right=True),
    )
    _table(document, overview, "group in groups")
    _add(document, "{%p else %}")
    _add(document, "Es sind keine Arbeitsgruppen eingerichtet.")
    _add(document, "{%p endif %}")
    _add(document, "{%p for group in groups %}")
    _add(document, "{{ group.name }}", "Heading 1")
    _add(document, "{%p for input in group.inputs %}")
    _input(document)
    _add(document, "{%p else %}")
    _add(document, "Bisher liegt kein Input vor.")
    _add(document, "{%p endfor %}")
    _add(document, "{%p endfor %}")
    return document


def _input(document: Any) -> None:
    _add(document, "{{ input.id }} · {{ input.title }}", "Heading 2")
    submitted = "{% if input.submitted_at %} · eingereicht am {{ input.submitted_at }}{% endif %}"
    late = "{% if input.late %} · **verspätet**{% endif %}"
    status = "{% if input.status %} · {{ input.status }}{% endif %}"
    _add(document, f"{{{{ input.author }}}}{submitted}{late}{status}", "Angaben zum Input")
    _blocks(document, "input.blocks")
    _add(document, "{%p if input.files %}")
    _add(document, "Dateien", "Zwischentitel")
    _add(document, "{%p for file in input.files %}")
    _add(document, "{{ file.name }} ({{ file.size }}, SHA-256 {{ file.checksum }}…)", "List Bullet")
    _add(document, "{%p endfor %}")
    _add(document, "{%p endif %}")


def _tasks() -> Any:
    document = _document("{{ title }}", landscape=True)
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    _add(document, "Stand: {{ exported_at }}", "Angaben")
    _add(document, "{%p for group in groups %}")
    _add(document, "{{ group.name }}", "Heading 1")
    _add(document, "{%p if group.tasks %}")
    task = [
        ("**{{ task.title }}**", "Tabelle"),
        ("{%p if task.description %}", "Tabelle"),
        ("{{ task.description }}", "Tabelle"),
        ("{%p endif %}", "Tabelle"),
        ("{%p if task.until %}", "Tabelle"),
        ("Wiedervorlage: {{ task.until }}", "Tabelle"),
        ("{%p endif %}", "Tabelle"),
        ("{%p if task.note %}", "Tabelle"),
        ("Notiz: {{ task.note }}", "Tabelle kursiv"),
        ("{%p endif %}", "Tabelle"),
    ]
    columns = (
        Column("Nr.", 1.6, [("{{ task.id }}", "Tabelle")]),
        Column("Aufgabe", 11.8, task),
        Column("Zuständig", 5, [("{{ task.assignees }}", "Tabelle")]),
        Column("Frist", 3.2, [("{{ task.due }}", "Tabelle")]),
        Column("Stand", 3.4, [("{{ task.status }}", "Tabelle")]),
    )
    _table(document, columns, "task in group.tasks")
    _add(document, "{%p else %}")
    _add(document, "Keine Aufgaben.")
    _add(document, "{%p endif %}")
    _add(document, "{%p else %}")
    _add(document, "Es liegen keine Aufgaben vor.")
    _add(document, "{%p endfor %}")
    return document


def _agenda() -> Any:
    document = _document("{{ kind }}")
    _opening(document, "{{ kind }}")
    _agenda_table(document)
    return document


def _minutes() -> Any:
    document = _document("{{ kind }}{% if state %} (Entwurf){% endif %}")
    _opening(document, "{{ kind }}{% if number %} {{ number }}{% endif %}{% if state %} ({{ state }}){% endif %}")
    _agenda_table(document)
    _add(document, "{%p for section in sections %}")
    _add(document, "{{ section.heading }}", "Heading 1")
    _add(document, "{%p for line in section.lines %}")
    _minutes_line(document)
    _add(document, "{%p endfor %}")
    _add(document, "{%p endfor %}")
    _add(document, "{%p if next_session %}")
    _add(document, "{% if next_session.group %}Nächstes Treffen{% else %}Nächste Sitzung{% endif %}", "Heading 1")
    next_place = "{% if next_session.place %} Ort: {{ next_session.place }}.{% endif %}"
    next_one = (
        "{% if next_session.group %}Das nächste Treffen ({{ next_session.group }})"
        "{% else %}Die nächste Sitzung des {{ board_genitive }}{% endif %}"
    )
    _add(document, f"{next_one} findet am {{{{ next_session.when }}}} statt.{next_place}")
    _add(document, "{%p endif %}")
    _notes(document, "objections", "Nicht übernommene Einsprüche")
    _when(document, "scribes", "**Mitschrift:** {{ scribes }}", "Abschluss")
    _add(document, "Anlagen", "Zwischentitel")
    _add(document, "{%p for entry in attachments %}")
    _add(document, "Anlage {{ entry.number }}: {{ entry.title }}", "List Bullet")
    _add(document, "{%p endfor %}")
    _notes(document, "addenda", "Nachträge")
    heading = _add(document, "Anlage 1: {{ attachments[0].title }}", "Heading 1")
    heading.paragraph_format.page_break_before = True
    _add(document, "{%p if participants %}")
    columns = (
        Column("Nr.", 1.2, [("{{ loop.index }}", "Tabelle")]),
        Column("Einrichtung", 6.1, [("{{ entry.institution }}", "Tabelle")]),
        Column("Person", 4.3, [("{{ entry.person }}", "Tabelle")]),
        Column("Teilnahme", 4.7, [("{{ entry.state }}", "Tabelle")]),
    )
    _table(document, columns, "entry in participants")
    _add(document, "{%p else %}")
    _add(document, "Es sind keine Teilnehmenden erfasst.")
    _add(document, "{%p endif %}")
    return document


def _notes(document: Any, name: str, heading: str) -> None:
    _add(document, f"{{%p if {name} %}}")
    _add(document, heading, "Heading 1")
    _add(document, f"{{%p for note in {name} %}}")
    _add(document, "**{{ note.label }}** {{ note.text }}", "List Bullet")
    _add(document, "{%p endfor %}")
    _add(document, "{%p endif %}")


def _minutes_line(document: Any) -> None:
    _add(document, "{%p if line.style == 'bullet' %}")
    _add(document, "{% if line.label %}**{{ line.label }}** {% endif %}{{ line.text }}", "List Bullet")
    _add(document, "{%p elif line.style == 'collected' %}")
    _add(document, "{{ line.text }}", "Zusammenfassung")
    _add(document, "{%p elif line.style == 'marked' %}")
    _add(document, "**{{ line.label }}** {{ line.text }}", "Beschluss und Aufgabe")
    _add(document, "{%p elif line.style == 'lead' %}")
    _add(document, "{{ line.label }}", "Zwischentitel")
    _add(document, "{%p else %}")
    _add(document, "{{ line.text }}")
    _add(document, "{%p endif %}")


def _directory() -> Any:
    document = _document("{{ title }}")
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    released = "Hier steht nur, was die Personen selbst für alle freigegeben haben."
    _add(document, f"Stand: {{{{ exported_at }}}}. {released}", "Angaben")
    _add(document, "{%p for group in letters %}")
    _add(document, "{{ group.letter }}", "Heading 1")
    _add(document, "{%p for person in group.people %}")
    _add(document, "{{ person.name }}", "Heading 2")
    _when(document, "person.jpeg", "{{ person.jpeg }}")
    _when(document, "person.function", "**Funktion:** {{ person.function }}")
    _when(document, "person.institution", "**Einrichtung:** {{ person.institution }}")
    _when(document, "person.competences", "**Kompetenzen:** {{ person.competences|join(', ') }}")
    _when(document, "person.offer", "**Angebot:** {{ person.offer }}")
    _add(document, "{%p endfor %}")
    _add(document, "{%p else %}")
    _add(document, "Bisher hat niemand einen Steckbrief für alle freigegeben.")
    _add(document, "{%p endfor %}")
    return document


def _decision() -> Any:
    document = _document("{{ title }}")
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    _add(document, "Ergebnis: {{ result }}", "Subtitle")
    _add(document, "Wortlaut", "Heading 1")
    _blocks(document, "blocks")
    _add(document, "Angaben", "Heading 1")
    facts = (
        Column("Angabe", 4.5, [("{{ fact.label }}", "Tabelle")]),
        Column("Inhalt", 12, [("{{ fact.text }}", "Tabelle")]),
    )
    _table(document, facts, "fact in facts")
    _add(document, "{%p if not recorded %}")
    _add(document, "Auszählung", "Heading 1")
    counts = (
        Column("Stimmen", 13, [("{{ entry.label }}", "Tabelle")]),
        Column("Anzahl", 3.5, [("{{ entry.votes }}", "Tabelle")], right=True),
    )
    _table(document, counts, "entry in counts")
    _add(document, "Bedenken und Einwände", "Heading 1")
    _add(document, "{%p for remark in remarks %}")
    _add(document, "**{{ remark.label }}:** {{ remark.text }}", "List Bullet")
    _add(document, "{%p else %}")
    _add(document, "Keine.")
    _add(document, "{%p endfor %}")
    _add(document, "Stimmen der Einrichtungen", "Heading 1")
    _decision_votes(document)
    _add(document, "{%p endif %}")
    _add(document, "Stand: {{ exported_at }}", "Angaben")
    return document


def _decision_votes(document: Any) -> None:
    _add(document, "{%p if secret %}")
    _add(document, "Die Abstimmung war geheim.")
    _add(document, "{%p elif votes %}")
    votes = (
        Column("Einrichtung", 6.5, [("{{ vote.institution }}", "Tabelle")]),
        Column("Stimme", 3.5, [("{{ vote.choice }}", "Tabelle")]),
        Column("Vertreten durch", 6.5, [("{{ vote.through }}", "Tabelle")]),
    )
    _table(document, votes, "vote in votes")
    _add(document, "{%p else %}")
    _add(document, "Keine.")
    _add(document, "{%p endif %}")


def _decisions() -> Any:
    document = _document("{{ title }}", landscape=True)
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    _add(document, "Stand: {{ exported_at }}", "Angaben")
    _add(document, "{%p for group in groups %}")
    _add(document, "{{ group.name }}", "Heading 1")
    _add(document, "{%p if group.decisions %}")
    decision = [
        ("{{ entry.text }}", "Tabelle"),
        ("{%p if entry.mandate %}", "Tabelle"),
        ("Auftrag an: {{ entry.mandate }}", "Tabelle"),
        ("{%p endif %}", "Tabelle"),
        ("{%p if entry.replaced_by %}", "Tabelle"),
        ("Ersetzt durch: {{ entry.replaced_by }}", "Tabelle"),
        ("{%p endif %}", "Tabelle"),
        ("{%p for task in entry.tasks %}", "Tabelle"),
        ("Folgeaufgabe: {{ task }}", "Tabelle kursiv"),
        ("{%p endfor %}", "Tabelle"),
    ]
    columns = (
        Column("Nr.", 3.4, [("{{ entry.number }}", "Tabelle")]),
        Column("Beschluss", 14.4, decision),
        Column("Datum", 3.2, [("{{ entry.date }}", "Tabelle")]),
        Column("Stand", 4, [("{{ entry.status }}", "Tabelle")]),
    )
    _table(document, columns, "entry in group.decisions")
    _add(document, "{%p else %}")
    _add(document, "Keine Beschlüsse.")
    _add(document, "{%p endif %}")
    _add(document, "{%p else %}")
    _add(document, "Es liegen keine Beschlüsse vor.")
    _add(document, "{%p endfor %}")
    return document


def _form() -> Any:
    document = _document("{{ kind }}")
    _opening(document, "{{ kind }} ({{ reference }})")
    _add(document, "In der linken Spalte steht die Art, in der rechten der Text. Möglich sind: {{ kinds }}.")
    task = "„Entwurf vorlegen @eva bis 30.09.“ oder „Entwurf vorlegen an Leitungskreis bis 30.09.“"
    _add(document, f"Wer und bis wann stehen bei einer Aufgabe im Text, zum Beispiel {task}.")
    _add(document, "Was mit [intern] beginnt, wird nicht übernommen. Zeilen dürfen hinzukommen und leer bleiben.")
    _add(document, "Ausgefüllt in den Raum stellen und darauf antworten: **!protokoll {{ reference }} einlesen**")
    columns = [Column("Art", 3.5, [("", "Tabelle")]), Column("Text", 13, [("", "Tabelle")])]
    table = document.add_table(rows=1, cols=2, style=TABLE_STYLE)
    table.autofit = False
    for column, shape in zip(table.columns, columns, strict=True):
        column.width = Cm(shape.width)
    heading = _row(columns, table.rows[0], [[(f"**{column.heading}**", "Tabelle")] for column in columns], TINT)
    _row_property(heading, "w:tblHeader")
    _control_row(table, "for section in sections")
    cells = table.add_row().cells
    whole = cells[0].merge(cells[1])
    _cell(whole, [("**{{ section }}**", "Tabelle")], False)
    whole._tc.get_or_add_tcPr().append(_shading(GREY))
    _control_row(table, "for row in rows")
    _row(columns, table.add_row(), [column.cell for column in columns])
    _control_row(table, "endfor")
    _control_row(table, "endfor")
    return document


def _invitation() -> Any:
    document = _document("{{ kind }}")
    _opening(document, "{{ kind }}")
    _add(document, "{{ dated }}").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _add(document, "Sehr geehrte Damen und Herren,")
    place = "{% if place %}, {{ place }}{% endif %}"
    video = "{% if url %} Sie können auch per Video teilnehmen; die Adresse steht oben.{% endif %}"
    _add(document, f"hiermit laden wir Sie herzlich ein: **{{{{ title }}}}** am {{{{ when }}}}{place}.{video}")
    _when(document, "items", "Auf der Tagesordnung steht:")
    _agenda_table(document)
    _when(
        document,
        "answer_by",
        "**Bitte antworten Sie bis {{ answer_by }}**, ob und durch wen Ihre Einrichtung teilnimmt.",
        "Abschluss",
    )
    _add(
        document,
        "Wer verhindert ist, kann sich vertreten lassen. Im Raum der Gruppe antworten Sie mit "
        "„!zusage {{ reference }}“ oder „!absage {{ reference }}“, sonst geben Sie bitte der Geschäftsstelle Bescheid.",
    )
    _add(document, "Wir freuen uns auf Sie.")
    _add(document, "Mit freundlichen Grüßen", "Abschluss").paragraph_format.keep_with_next = True
    _add(document, "{{ organisation }}")
    return document


def _attendance() -> Any:
    document = _document("{{ kind }}")
    _opening(document, "{{ kind }}")
    columns = (
        Column("Nr.", 1.2, [("{{ loop.index }}", "Tabelle")]),
        Column("Einrichtung", 5.8, [("{{ row.institution }}", "Tabelle")]),
        Column("Name", 4.5, [("{{ row.person }}", "Tabelle")]),
        Column("Unterschrift", 5, [("", "Tabelle")]),
    )
    _table(document, columns, "row in rows", height=1)
    return document


def _welcome() -> Any:
    document = _document("{{ title }}")
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    _add(document, "{{ dated }}", "Eckdaten")
    _add(document, "{{ name }}", "Eckdaten")
    _add(document, "{{ institution }}", "Eckdaten")
    _add(document, "Guten Tag,", "Abschluss")
    _add(
        document,
        "wir arbeiten ab sofort in gemeinsamen Räumen im Netz zusammen: mit Nachrichten, Terminen, Aufgaben und den "
        "Inputs für unsere Sitzungen. Sie brauchen dazu ein Matrix-Programm, zum Beispiel Element, am Rechner oder am "
        "Telefon; es kostet nichts.",
    )
    _add(document, "Adresse des Servers: **{{ address }}**", "List Bullet")
    _add(document, "Ihr Benutzername: **{{ user }}**", "List Bullet")
    _when(document, "token", "Ihr Anmeldeschlüssel (gilt nur für Sie): **{{ token }}**", "List Bullet")
    _add(document, "In drei Schritten dabei", "Heading 1")
    _add(
        document,
        "**1. Programm öffnen.** Installieren Sie Element oder öffnen Sie es im Browser und geben Sie als Server "
        "{{ address }} an.",
    )
    _add(
        document,
        "**2. Anmelden.** {% if token %}Legen Sie mit dem Anmeldeschlüssel Ihr Konto unter Ihrem Benutzernamen an und "
        "wählen Sie ein eigenes Passwort.{% else %}Melden Sie sich mit Ihrem Benutzernamen an; das Passwort haben Sie "
        "von Ihrer Geschäftsstelle oder Ihrem Haus.{% endif %}",
    )
    _add(
        document,
        "**3. Einladungen annehmen.** {% if groups %}Dort warten Einladungen in: {{ groups | join(', ') }}."
        "{% else %}Dort warten Ihre Einladungen.{% endif %}",
    )
    _add(
        document,
        "Danach schreibt Ihnen {{ bot }} im Direktchat und zeigt drei Dinge zum Ausprobieren. Antworten Sie dort "
        "„hilfe“, wenn Sie nicht weiterwissen, oder rufen Sie uns an.",
    )
    _add(document, "Mit freundlichen Grüßen", "Abschluss")
    _add(document, "Ihre Geschäftsstelle")
    return document


def _seating() -> Any:
    document = _document("{{ title }}")
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    _add(document, "{{ session }}", "Subtitle")
    _add(document, "{{ when }}", "Eckdaten")
    _add(document, "{%p for seats in tables %}")
    _add(document, "{{ seats.name }}", "Heading 1")
    columns = (
        Column("Name", 5.5, [("{{ guest.name }}", "Tabelle")]),
        Column("Einrichtung", 6.5, [("{{ guest.institution }}", "Tabelle")]),
        Column("Art", 4.5, [("{{ guest.kind }}", "Tabelle")]),
    )
    _table(document, columns, "guest in seats.guests")
    _add(document, "{%p else %}")
    _add(document, "Es hat noch niemand zugesagt.")
    _add(document, "{%p endfor %}")
    return document


def _blocks(document: Any, name: str) -> None:
    _add(document, f"{{%p for block in {name} %}}")
    _add(document, "{%p if block.bullet %}")
    _add(document, "{{ block.text }}", "List Bullet")
    _add(document, "{%p else %}")
    _add(document, "{{ block.text }}")
    _add(document, "{%p endif %}")
    _add(document, "{%p endfor %}")


def _opening(document: Any, kind: str) -> None:
    _add(document, "{{ organisation }}", "Angaben")
    _add(document, "{{ title }}", "Title")
    _add(document, "{{ when }}", "Eckdaten")
    _when(document, "place", "{{ place }}", "Eckdaten")
    _when(document, "url", "{{ url }}", "Eckdaten")
    _add(document, kind, "Dokumentart")
    _when(document, "moderation", "Moderation: {{ moderation }}")


def _agenda_table(document: Any) -> None:
    topic = [
        (
            "**{{ item.label }}{% if item.title %}:{% endif %}**{% if item.title %} {{ item.title }}{% endif %}",
            "Tabelle",
        ),
        ("{%p if item.goals | length == 1 %}", "Tabelle"),
        ("Ziel: {{ item.goals[0] }}", "Tabelle"),
        ("{%p elif item.goals %}", "Tabelle"),
        ("Ziele:", "Tabelle"),
        ("{%p for goal in item.goals %}", "Tabelle"),
        ("{{ goal }}", "Ziel"),
        ("{%p endfor %}", "Tabelle"),
        ("{%p endif %}", "Tabelle"),
        ("{%p for point in item.points %}", "Tabelle"),
        ("{{ point }}", "Ziel"),
        ("{%p endfor %}", "Tabelle"),
    ]
    columns = (
        Column("TOP", 1.7, [("{{ item.number }}", "Tabelle")]),
        Column("Thema", 9, topic),
        Column("Wer", 3.7, [("{{ item.presenter }}", "Tabelle")]),
        Column("Uhrzeit", 1.9, [("{{ item.time }}", "Tabelle")]),
    )
    _add(document, "{%p if items %}")
    pause = ("", "{{ item.title or 'Pause' }}", "{{ item.presenter }}", "{{ item.time }}")
    _table(document, columns, "item in items", quiet=("item.pause", pause))
    _add(document, "{%p else %}")
    _add(document, "Die Tagesordnung steht noch nicht fest.")
    _add(document, "{%p endif %}")


def _document(running: str, landscape: bool = False) -> Any:
    """Return an empty A4 document with our styles, a running header from page 2 and page numbers."""
    document = docx.Document()
    _drop_thumbnail(document)
    _set_language(document)
    _set_styles(document)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin, section.right_margin = Cm(2.5), Cm(2)
    section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.2)
    section.different_first_page_header_footer = True
    width = section.page_width - section.left_margin - section.right_margin
    header = section.header.paragraphs[0]
    header.style = document.styles["Header"]
    header.paragraph_format.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    header.add_run(f"{{{{ organisation }}}}\t{running}")
    _line_below(header)
    for footer in (section.footer, section.first_page_footer):
        _page_number(footer.paragraphs[0], document)
    properties = document.core_properties
    properties.author = properties.comments = properties.title = ""
    properties.language = LANGUAGE
    properties.created = properties.modified = BUILT
    return document


def _set_styles(document: Any) -> None:
    _style(document, "Normal", size=11, after=6)
    _style(document, "Title", size=20, bold=True, color=ACCENT, before=2, after=4)
    _style(document, "Subtitle", size=13, bold=True, after=2)
    _style(document, "Heading 1", size=14, bold=True, color=ACCENT, before=16, after=5)
    _style(document, "Heading 2", size=12, bold=True, color=ACCENT, before=12, after=2)
    _style(document, "List Bullet", size=11, after=3)
    _style(document, "Header", size=9, color=QUIET, after=0)
    _style(document, "Footer", size=9, color=QUIET, after=0)
    _style(document, "Angaben", size=9, color=QUIET, after=4)
    _style(document, "Angaben zum Input", size=9, color=QUIET, after=4, keep=True)
    _style(document, "Eckdaten", size=11, after=0)
    _style(document, "Dokumentart", size=16, bold=True, color=ACCENT, before=16, after=6, keep=True)
    _style(document, "Zwischentitel", size=11, bold=True, before=8, after=3, keep=True)
    _style(document, "Abschluss", size=11, before=16, after=6)
    _style(document, "Zusammenfassung", base="List Bullet", size=11, italic=True, after=3)
    _style(document, "Tabelle", size=10, before=1, after=1)
    _style(document, "Tabelle kursiv", base="Tabelle", size=10, italic=True, before=1, after=1)
    _style(document, "Ziel", base="List Bullet", size=10, after=0)
    marked = _style(document, "Beschluss und Aufgabe", size=11, before=6, after=6)
    marked.paragraph_format.left_indent = marked.paragraph_format.right_indent = Cm(0.2)
    _mark(marked)
    for name in ("Header", "Footer"):
        properties = document.styles[name].element.pPr
        properties.remove(properties.find(qn("w:tabs")))  # made for Letter paper
    _table_style(document)
    title = document.styles["Title"].element.pPr
    title.remove(title.find(qn("w:pBdr")))  # the default template underlines its title


def _table_style(document: Any) -> None:
    style = document.styles.add_style(TABLE_STYLE, WD_STYLE_TYPE.TABLE)
    style.base_style = document.styles["Normal Table"]
    properties = OxmlElement("w:tblPr")
    # Without the indent the text of the cells, not the frame, stands in line with the paragraphs.
    properties.append(_element("w:tblInd", w="108", type="dxa"))
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(_element(f"w:{side}", val="single", sz="4", space="0", color="A6A6A6"))
    properties.append(borders)
    margins = OxmlElement("w:tblCellMar")
    for side, width in (("top", "40"), ("left", "108"), ("bottom", "40"), ("right", "108")):
        margins.append(_element(f"w:{side}", w=width, type="dxa"))
    properties.append(margins)
    style.element.append(properties)


def _element(tag: str, **attributes: str) -> Any:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _style(
    document: Any,
    name: str,
    *,
    size: float,
    base: str = "Normal",
    bold: bool = False,
    italic: bool = False,
    color: RGBColor | None = None,
    before: float = 0,
    after: float,
    keep: bool = False,
) -> Any:
    styles = document.styles
    if name in styles:
        style = styles[name]
    else:
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles[base]
        style.quick_style = True
    _set_font(style)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, italic
    if color is not None:
        style.font.color.rgb = color
    elif style.font.color.type is not None:
        style.font.color.rgb = RGBColor(0, 0, 0)
    spacing = style.paragraph_format
    spacing.space_before, spacing.space_after, spacing.line_spacing = Pt(before), Pt(after), 1.08
    if keep:
        spacing.keep_with_next = True
    return style


def _set_font(style: Any) -> None:
    """Name the font itself; the default template's theme fonts would win over a name beside them."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FONT)
    # The default template spaces the letters of its title.
    for spacing in style.element.rPr.findall(qn("w:spacing")):
        style.element.rPr.remove(spacing)


def _set_language(document: Any) -> None:
    language = document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
    for script in ("val", "eastAsia"):
        language.set(qn(f"w:{script}"), LANGUAGE)


def _drop_thumbnail(document: Any) -> None:
    # python-docx starts from a file with a preview picture of an empty page, which mail programs would show.
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]


def _add(container: Any, text: str, style: str = "Normal") -> Any:
    paragraph = container.add_paragraph(style=style)
    _fill(paragraph, text)
    return paragraph


def _fill(paragraph: Any, text: str) -> None:
    for number, part in enumerate(text.split("**")):
        if part:
            paragraph.add_run(part).bold = True if number % 2 else None


def _when(container: Any, condition: str, text: str, style: str = "Normal") -> None:
    _add(container, f"{{%p if {condition} %}}")
    _add(container, text, style)
    _add(container, "{%p endif %}")


def _table(
    document: Any,
    columns: Sequence[Column],
    loop: str,
    quiet: tuple[str, Sequence[str]] | None = None,
    height: float = 0,
) -> None:
    """Add a table with a repeated heading row and one row for each turn of the loop.

    `quiet` is a condition and the cells of the grey row that then stands in place of the usual one. `height` is the
    least height of a row in centimetres, where people write into it by hand.
    """
    table = document.add_table(rows=1, cols=len(columns), style=TABLE_STYLE)
    table.autofit = False  # fixed widths: Word and LibreOffice guess differently from the contents
    for column, shape in zip(table.columns, columns, strict=True):
        column.width = Cm(shape.width)
    heading = _row(columns, table.rows[0], [[(f"**{column.heading}**", "Tabelle")] for column in columns], TINT)
    _row_property(heading, "w:tblHeader")
    _control_row(table, f"for {loop}")
    if quiet:
        condition, texts = quiet
        _control_row(table, f"if {condition}")
        _row(columns, table.add_row(), [[(text, "Tabelle")] for text in texts], GREY)
        _control_row(table, "else")
    row = table.add_row()
    _row(columns, row, [column.cell for column in columns])
    if height:
        row.height = Cm(height)
    if quiet:
        _control_row(table, "endif")
    _control_row(table, "endfor")


def _control_row(table: Any, statement: str) -> None:
    _fill(table.add_row().cells[0].paragraphs[0], f"{{%tr {statement} %}}")


def _row(
    columns: Sequence[Column], row: Any, cells: Sequence[Sequence[tuple[str, str]]], color: str | None = None
) -> Any:
    for cell, shape, paragraphs in zip(row.cells, columns, cells, strict=True):
        cell.width = Cm(shape.width)
        _cell(cell, paragraphs, shape.right)
        if color:
            cell._tc.get_or_add_tcPr().append(_shading(color))
    _row_property(row, "w:cantSplit")
    return row


def _cell(cell: Any, paragraphs: Sequence[tuple[str, str]], right: bool) -> None:
    for number, (text, style) in enumerate(paragraphs):
        paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        paragraph.style = style
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _fill(paragraph, text)


def _row_property(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(_element(name))


def _shading(color: str) -> Any:
    return _element("w:shd", val="clear", color="auto", fill=color)


def _border(side: str, size: int, space: int) -> Any:
    borders = OxmlElement("w:pBdr")
    borders.append(_element(f"w:{side}", val="single", sz=str(size), space=str(space), color=str(ACCENT)))
    return borders


def _line_below(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    # Word reads paragraph properties in the order of the schema only: borders stand before the tabs.
    properties.find(qn("w:tabs")).addprevious(_border("bottom", 4, 4))


def _mark(style: Any) -> None:
    """Give a style a bar on its left and a tint, so that it stands out in print without colour too."""
    properties = style.element.get_or_add_pPr()
    spacing = properties.find(qn("w:spacing"))
    spacing.addprevious(_border("left", 24, 6))
    spacing.addprevious(_shading(TINT))


def _page_number(paragraph: Any, document: Any) -> None:
    paragraph.style = document.styles["Footer"]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("Seite ")
    _field(paragraph, "PAGE")
    paragraph.add_run(" von ")
    _field(paragraph, "NUMPAGES")


def _field(paragraph: Any, instruction: str) -> None:
    field = _element("w:fldSimple", instr=instruction)
    run = paragraph.add_run("1")
    field.append(run._r)
    paragraph._p.append(field)


def _packed(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return repack(buffer.getvalue())


def main(folder: Path = TEMPLATES) -> None:
    """Write every template into the folder."""
    for name, data in build().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
