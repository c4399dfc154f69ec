"""The German of privacy: results to cards, and the names of tables and columns in words."""

from collections.abc import Iterator
from typing import Any

from ombot.chat.language import SENTENCES, count
from ombot.chat.nodes import Attachment, Card, Code, bullets, card, heading, hint, paragraph
from ombot.chat.registry import shows
from ombot.features.privacy.results import DataShown, Forgotten

SENTENCES |= {
    "privacy_forget": "Soll ich wirklich alles löschen, was über Sie gespeichert ist? Ihr Profil, Ihre Zuständigkeiten "
    "und Ihr Name verschwinden, auch aus dem Verlauf, und meine Nachrichten, die Sie nennen, ziehe ich zurück. "
    "Stimmen und Zusagen bleiben die Ihrer Einrichtung. Das lässt sich nicht rückgängig machen. Was gespeichert ist, "
    "gibt Ihnen vorher „!meinedaten“.",
}

TABLES = {
    "absence": "Abwesenheiten",
    "acquaintance": "Kennenlernen",
    "agenda_item": "Tagesordnungspunkte",
    "ballot": "Geheime Stimmzettel",
    "calendar_feed": "Kalender-Adressen",
    "decision": "Beschlüsse",
    "decision_transfer": "Übertragene Stimmen",
    "departure": "Übergaben",
    "earlier_minutes": "Frühere Protokolle",
    "history": "Verlauf (wer was wann geändert hat)",
    "inbox": "Nachrichten an ombot",
    "input": "Inputs",
    "input_file": "Dateien zu Inputs",
    "institution": "Einrichtungen",
    "institution_profile": "Profil Ihrer Einrichtung",
    "introduced": "Wem Sie vorgestellt wurden",
    "mail": "E-Mails",
    "mail_address": "E-Mail-Adressen",
    "meeting": "Termine",
    "meeting_answer": "Zusagen und Absagen",
    "meeting_poll_vote": "Antworten zu Terminumfragen",
    "meeting_presence": "Anwesenheit",
    "meeting_series": "Terminserien",
    "member": "Mitgliedschaft in Räumen",
    "meta": "Offene Einladungen",
    "minutes": "Protokolle",
    "minutes_attachment": "Anlagen zu Protokollen",
    "minutes_line": "Zeilen von Protokollen",
    "minutes_note": "Einsprüche und Nachträge",
    "missed_search": "Vergebliche Suchen",
    "newcomer": "Einladung durch die Geschäftsstelle",
    "outbox": "Nachrichten von ombot",
    "preference": "Erinnerungen im Direktchat",
    "profile": "Profil",
    "profile_draft": "Angefangener Steckbrief",
    "profile_photo": "Foto im Steckbrief",
    "question": "Rückfragen",
    "reminder": "Erinnerungen",
    "room": "Räume",
    "roster_entry": "Liste der Einrichtungen",
    "search_text": "Suchwörter des Profils",
    "task": "Aufgaben",
    "task_assignee": "Zuständigkeiten",
    "vote": "Stimmen",
}

COLUMNS = {
    "actor": "Geändert von",
    "added": "Ergänzt",
    "added_by": "Hinzugefügt von",
    "after": "Nachher",
    "agreed_by": "Zugestimmt haben",
    "address": "Adresse",
    "answers": "Antworten",
    "asked_by": "Nachgefragt von",
    "asker": "Gefragt wurde",
    "author": "Von",
    "before": "Vorher",
    "by": "Von",
    "competences": "Kompetenzen",
    "content": "Inhalt",
    "created_by": "Angelegt von",
    "creators": "Angelegt von",
    "deputy": "Vertretung",
    "description": "Beschreibung",
    "destination": "An",
    "direct_with": "Direktchat mit",
    "draft": "Entwurf",
    "drafted_by": "Entworfen von",
    "email": "E-Mail",
    "error": "Fehler",
    "file_name": "Datei",
    "frozen": "Festgeschriebener Inhalt",
    "function": "Funktion",
    "given_by": "Gegeben von",
    "goals": "Ziele",
    "jpeg": "Bild (JPEG als base64)",
    "key": "Gehört zu",
    "levels": "Rechte",
    "line": "Zeile",
    "mandate": "Auftrag an",
    "moderation": "Moderation",
    "name": "Name",
    "note": "Notiz",
    "noted_by": "Festgehalten von",
    "offer": "Angebot",
    "offered": "Zur Auswahl",
    "opened_by": "Eröffnet von",
    "options": "Auswahl",
    "parked_condition": "Zurückgestellt bis",
    "person": "Person",
    "persons": "Personen",
    "place": "Ort",
    "presenter": "Vortrag",
    "profile": "Beschreibung",
    "proposed_by": "Vorgeschlagen von",
    "reason": "Begründung",
    "recipient": "Empfänger",
    "row_key": "Eintrag",
    "scribes": "Mitschrift",
    "sender": "Von",
    "slot": "Platz",
    "started_by": "Begonnen von",
    "stems": "Wortstämme",
    "text": "Text",
    "texts": "Texte",
    "title": "Titel",
    "url": "Link",
    "user_id": "Matrix-Adresse",
    "value": "Wert",
    "words": "Wörter",
    "visibility": "Sichtbarkeit",
    # Beside what is personal, so that an entry can be understood.
    "about": "Gegenstand",
    "answer": "Antwort",
    "at": "Am",
    "choice": "Stimme",
    "created_at": "Angelegt am",
    "due": "Frist",
    "event_id": "Matrix-Ereignis",
    "first": "Erster Tag",
    "group_key": "Gruppe",
    "id": "Kennung",
    "last": "Letzter Tag",
    "institution_id": "Einrichtung (Nummer)",
    "kind": "Art",
    "meeting": "Termin (Nummer)",
    "membership": "Mitgliedschaft",
    "number": "Nummer",
    "pace": "Erinnern",
    "received_at": "Empfangen am",
    "room_id": "Raum",
    "sent_at": "Gesendet am",
    "state": "Zustand",
    "status": "Stand",
    "subject": "Tabelle",
    "task": "Aufgabe (Nummer)",
    "weekly": "Wochenrückblick",
}

FILES_HEADING = "Dateien, die Sie eingereicht haben"


def text_head(data: dict[str, Any]) -> Iterator[str]:
    """The first lines of the readable export."""
    yield f"Gespeicherte Daten zu {data['person']}"
    yield f"{data['organisation']}, Stand {data['exported_at']}"
    if data["names"]:
        yield f"Bekannt auch als: {', '.join(data['names'])}"
    if not data["tables"]:
        yield "Es ist nichts gespeichert."


@shows(DataShown)
def data_card(result: DataShown) -> Card:
    """How much there is, with everything as a text and as JSON."""
    text = {"kind": "text", "format": "txt", "data": {"text": result.text}}
    export = {"kind": "export", "format": "json", "data": result.data}
    handed_in = f"Dazu {count(result.files, 'Datei', 'Dateien')}, die Sie eingereicht haben." if result.files else None
    return card(
        heading("Ihre Daten"),
        paragraph("Das ist über Sie gespeichert; alles steht in den beiden Dateien."),
        bullets((f"{name}: {number}",) for name, number in result.counts),
        paragraph(handed_in) if handed_in else None,
        hint("Etwas stimmt nicht? Sagen Sie es bitte der Koordination. Löschen: ", Code("!vergiss mich")),
        files=(
            Attachment("meine-daten.txt", "text/plain", text),
            Attachment("meine-daten.json", "application/json", export),
        ),
    )


@shows(Forgotten)
def forgotten_card(result: Forgotten) -> Card:
    """What has been done, what Matrix keeps, and what the person can do themselves."""
    withdrawn = count(result.withdrawn, "Nachricht", "Nachrichten")
    return card(
        heading("🗑️ Gelöscht"),
        paragraph("Was über Sie gespeichert war, ist gelöscht. Stimmen und Zusagen bleiben die Ihrer Einrichtung."),
        paragraph(f"Ich ziehe {withdrawn} von mir zurück, die für Sie waren oder Sie nannten."),
        paragraph(
            "Ihre eigenen Nachrichten können nur Sie zurückziehen. Kopien auf anderen Servern und Geräten erreiche ich "
            "nicht; Sicherungskopien verfallen nach 30 Tagen."
        ),
        paragraph(
            "Sie stehen noch in der Konfiguration. Bitte lassen Sie die Koordination den Eintrag entfernen, sonst "
            "lese ich ihn beim nächsten Start wieder ein."
        )
        if result.configured
        else None,
        hint(_rooms(result.groups), "Diesen Direktchat verlasse ich jetzt."),
    )


def _rooms(groups: int) -> str:
    if not groups:
        return ""
    where, which = ("dem Raum einer Gruppe", "ihn") if groups == 1 else (f"den Räumen von {groups} Gruppen", "sie")
    return f"Sie sind noch in {where}: Bitte verlassen Sie {which}, sonst sehe ich Sie dort weiter als Mitglied. "
