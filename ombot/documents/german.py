"""The German of the documents outside the templates: dates, sizes and the words for states.

Times come as ISO 8601 with offset and are shown in that offset; nothing here knows a time zone.
"""

from datetime import date, datetime

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
WEEKDAYS = ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.")

TITLES = {
    "inputs": "Inputs der Arbeitsgruppen",
    "tasks": "Aufgaben",
    "agenda": "Tagesordnung",
    "minutes": "Ergebnisprotokoll",
    "decision": "Beschluss",
    "decisions": "Beschlussregister",
    "directory": "Wer wir sind",
    "form": "Mitschrift",
    "invitation": "Einladung",
    "attendance": "Anwesenheitsliste",
    "welcome": "Willkommen in unseren Räumen",
    "seating": "Tische",
}
TABLE = "Tisch"
ONLINE = "(online)"
PORTRAIT = "Porträt von {name}"
NO_NAME = "Mitglied ohne Namensangabe"
GROUP_STATES = {
    "missing": "noch kein Input",
    "draft": "Entwurf",
    "submitted": "eingereicht",
    "late": "verspätet eingereicht",
}
INPUT_STATES = {"draft": "Entwurf", "submitted": "eingereicht", "withdrawn": "zurückgezogen"}
TASK_STATES = {
    "open": "offen",
    "done": "erledigt",
    "cancelled": "verworfen",
    "parked": "zurückgestellt",
}
DECISION_STATES = {
    "open": "Abstimmung läuft",
    "accepted": "angenommen",
    "rejected": "nicht angenommen",
    "withdrawn": "zurückgezogen",
}
CHOICES = {"yes": "Zustimmung", "abstain": "Enthaltung", "concern": "Bedenken", "objection": "Einwand"}
RULES = {
    "consent": "Konsent (ein Einwand verhindert den Beschluss)",
    "majority": "Mehrheit (mehr Zustimmungen, auch mit Bedenken, als Einwände)",
}
MINUTES_STATES = {
    "draft": "Entwurf",
    "review": "Entwurf, Einspruch ist noch möglich",
    "final": "",
}
OBJECTION_STATES = {"open": "nicht entschieden", "rejected": "nicht übernommen"}
AGREED = "Der Zusammenfassung wurde zugestimmt."
OBJECTION = "Einspruch"
SUMMARY = "Zusammenfassung:"
OPEN_POINTS = "Offene Punkte:"
PARTICIPANTS = "Teilnehmerliste"
UNNUMBERED = "Ohne Tagesordnungspunkt"

TEMPLATE_FAULTS = {
    "no_folder": "Den Ordner für Vorlagen {file} gibt es nicht; bitte documents.templates prüfen.",
    "unknown": "Die Vorlage {file} gehört zu keinem Dokument; möglich sind {kinds}, jeweils mit .docx am Ende.",
    "unreadable": "Die Vorlage {file} lässt sich nicht lesen; bitte die Rechte der Datei prüfen.",
    "too_large": "Die Vorlage {file} ist größer als 10 MB; bitte die Bilder darin verkleinern.",
    "bomb": "Die Vorlage {file} wird beim Öffnen größer als 50 MB; bitte aus einer der mitgelieferten neu anlegen.",
    "macros": "Die Vorlage {file} enthält Makros; bitte als Word-Dokument ohne Makros (.docx) speichern.",
    "no_word": "Die Vorlage {file} ist kein lesbares Word-Dokument; bitte in Word als .docx speichern.",
}
"""Why a template's file cannot be used at all."""
TEMPLATE_PROBLEMS = {
    "torn": "{%p …%} muss allein in seinem Absatz stehen, {%tr …%} allein in seiner Tabellenzeile, "
    "und zu jedem „if“ und „for“ gehört am gleichen Ort sein „endif“ und „endfor“",
    "forbidden": "das ist in einer Vorlage nicht erlaubt",
    "syntax": "eine Klammer {{ … }} oder {% … %} ist unvollständig oder falsch geschrieben",
    "other": "das lässt sich mit diesem Feld nicht ausführen",
}
"""What is wrong at a place in a template."""
TEMPLATE_PARTS = {"document": "", "header": ", Kopfzeile", "footer": ", Fußzeile", "footnotes": ", Fußnoten"}
TEMPLATE_NOT_USED = "{fault} Das Dokument hat deshalb das mitgelieferte Aussehen."


def template_fault(file: str, part: str, words: str, problem: str) -> str:
    """Return what is wrong in a template and where; `words` are those of the paragraph, if they are known."""
    place = f", bei „{words}“" if words else ""
    return f"Vorlage {file}{TEMPLATE_PARTS[part]}{place}: {problem}."


def unknown_field(name: str, nearest: str | None) -> str:
    """Return that a field does not exist, and which one may have been meant."""
    meant = f"; gemeint ist vielleicht „{nearest}“" if nearest else ""
    return f"das Feld „{name}“ gibt es nicht{meant}"


def day(iso: str | None) -> str:
    """Return "21. November 2027" for an ISO date or time; empty for None."""
    if not iso:
        return ""
    value = _date(iso)
    return f"{value.day}. {MONTHS[value.month - 1]} {value.year}"


def short_day(iso: str | None) -> str:
    """Return "Fr., 15.10.2027" for an ISO date or time; empty for None."""
    if not iso:
        return ""
    value = _date(iso)
    return f"{WEEKDAYS[value.weekday()]}, {value:%d.%m.%Y}"


def clock(iso: str | None) -> str:
    """Return "11:00" for an ISO time; empty for None or a mere date."""
    if iso is None or "T" not in iso:
        return ""
    return f"{datetime.fromisoformat(iso):%H:%M}"


def moment(iso: str | None) -> str:
    """Return "21. November 2027, 11:00 Uhr" for an ISO time, the day alone for an ISO date; empty for None."""
    time = clock(iso)
    return f"{day(iso)}, {time} Uhr" if time else day(iso)


def span(start: str | None, end: str | None) -> str:
    """Return "21. November 2027, 11:00–16:00 Uhr"; over several days both ends in full."""
    if not start or not end:
        return moment(start or end)
    if _date(start) != _date(end):
        return f"{moment(start)} – {moment(end)}"
    if not clock(start) or not clock(end):
        return moment(start)
    return f"{day(start)}, {clock(start)}–{clock(end)} Uhr"


def size(count: int) -> str:
    """Return a number of bytes as "512 Byte", "48 KB" or "1,2 MB" (steps of 1,000, as file managers show it)."""
    if count < 1000:
        return f"{count} Byte"
    if count < 999_500:
        return f"{round(count / 1000)} KB"
    return f"{count / 1_000_000:.1f} MB".replace(".", ",")


def _date(iso: str) -> date:
    return datetime.fromisoformat(iso).date()
