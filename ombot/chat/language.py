"""The German of the command language: words it recognises, dates as they are written, sentences for refusals."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time

from ombot.chat.refusal import Refusal

DUE_MARKERS = re.compile(
    r"(?<!\S)(?:bis|spätestens|spaetestens|am|zum|zur|ab|vom|zwischen|in|binnen|innerhalb"
    r"|vor(?=\s+der\s+(?:nächsten|naechsten|kommenden)\s+sitzung))(?!\w)",
    re.IGNORECASE,
)
"""A word that begins a due phrase; "zur" is the form of "zum" that a session needs."""

DEADLINE_WORDS = re.compile(r"(?<![\w-])(?:bis|spätestens|spaetestens)(?![\w-])", re.IGNORECASE)
"""Markers that always announce a date; what follows them and is no date is asked about."""

# Each alternative stops at the next opening sign too, so that unclosed quotes do not cost quadratic time.
QUOTED = re.compile(r"„[^„“”\"]*[“”\"]|“[^“”]*”|\"[^\"]*\"|»[^»«]*«|«[^«»]*»|‚[^‚‘’]*[‘’]|›[^›‹]*‹|‹[^‹›]*›")
"""Quoted text: „…“, also "…", “…”, «…», »…« and their single forms."""

FORMER_PERSON = "eine frühere Person"
"""Stands where an erased person stood. No Matrix id, so it is shown, but never rung or written to."""

WEEKDAY_SHORT = ("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So.")


def say_day(day: date) -> str:
    """A day in full: "Fr., 15.10.2027"."""
    return f"{WEEKDAY_SHORT[day.weekday()]}, {day.day:02}.{day.month:02}.{day.year:04}"


def say_time(moment: time) -> str:
    """A time of day: "11:00 Uhr"."""
    return f"{moment:%H:%M} Uhr"


def say_when(start: datetime, end: datetime | None) -> str:
    """A meeting's time, both in the zone it is shown in: "Fr., 15.10.2027, 11:00–16:00 Uhr"."""
    if end is None:
        return f"{say_day(start)}, {say_time(start.time())}"
    if end.date() != start.date():
        return f"{say_when(start, None)} – {say_when(end, None)}"
    return f"{say_day(start)}, {start:%H:%M}–{end:%H:%M} Uhr"


def say_moment(moment: datetime) -> str:
    """A moment short, where the organisation is: "15.10.2027, 11:00"."""
    return f"{moment:%d.%m.%Y, %H:%M}"


def count(number: int, one: str, many: str) -> str:
    """A number with its noun: "1 Aufgabe", "3 Aufgaben"."""
    return f"{number} {one if number == 1 else many}"


def how_to_answer(slot: str, has_options: bool) -> str:
    """How a question is answered, as the hint under it."""
    if slot.startswith("confirm"):
        return "Antworten Sie auf diese Nachricht mit „ja“ oder „nein“ (eine Stunde lang)."
    if has_options:
        return "Antworten Sie auf diese Nachricht mit der Nummer (eine Stunde lang)."
    return "Antworten Sie auf diese Nachricht (eine Stunde lang)."


def how_to_skip(now: str | None) -> str:
    """How one gets past a question of a form, with what stands there now."""
    if now:
        return f"Bisher: „{now}“. „weiter“ lässt es so, „-“ leert das Feld, „abbrechen“ verwirft alles."
    return "„weiter“ lässt das Feld leer, „abbrechen“ verwirft alles."


def say_span(first: date, last: date | None) -> str:
    """One or several days: "Fr., 12.03.2027 – So., 14.03.2027"."""
    return say_day(first) if last in (None, first) else f"{say_day(first)} – {say_day(last)}"


WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
ORDINALS = {1: "ersten", 2: "zweiten", 3: "dritten", 4: "vierten", 5: "fünften", -1: "letzten"}


def say_rule(*, unit: str, every: int, weekday: int | None, nth: int | None, day: int | None) -> str:
    """On which days something comes again, as in :class:`ombot.chat.recurrences.Rule`: "alle 2 Wochen montags"."""
    if weekday is None:
        return f"jeden {day}. im Monat" if every == 1 else f"alle {every} Monate am {day}."
    if unit == "week":
        return f"jeden {WEEKDAYS[weekday]}" if every == 1 else f"alle {every} Wochen {WEEKDAYS[weekday].lower()}s"
    named = f"{ORDINALS[nth or 1]} {WEEKDAYS[weekday]}"
    return f"jeden {named} im Monat" if every == 1 else f"alle {every} Monate am {named}"


TOPICS = (
    "Aufgaben",
    "Termine",
    "Tagesordnung",
    "Inputs",
    "Beschlüsse",
    "Protokoll",
    "Dateien",
    "Menschen",
    "Räume",
    "Für mich",
)
"""Headings of help and manual in the order they are shown; others follow."""

FIELD_NAMES = {
    "name": "Name",
    "function": "Funktion",
    "institution": "Einrichtung",
    "competences": "Kompetenzen",
    "offer": "Angebot",
    "photo": "Foto",
}
"""The parts of a profile, as they are written and read."""

TEMPLATE_NAMES = {
    "function": "Funktion",
    "services": "Leistungen",
    "offers": "Angebote für kleine Betriebe",
    "limits": "Grenzen",
    "contact": "Kontakt",
}
"""The parts of an institution's profile, in the order of the template."""

TEMPLATE_FIELDS = {
    "funktion": "function",
    "auftrag": "function",
    "leistungen": "services",
    "leistung": "services",
    "angebote": "offers",
    "angebote fuer kleine betriebe": "offers",
    "angebot": "offers",
    "grenzen": "limits",
    "kontakt": "contact",
}
"""How the parts of an institution's profile may be named, folded."""

RIGHTS = {
    "ANYONE": "alle",
    "PARTICIPANT": "Mitglieder aller Gruppen",
    "MEMBER": "Mitglieder",
    "LEAD": "Leitung",
    "COORDINATOR": "Koordination",
}
"""Who may give a command, by the name of its right."""

MANUAL = {
    "title": "Befehle",
    "intro": "Alles, was Mitglieder schreiben können. Ein Befehl beginnt mit „!“ als erstem Zeichen der Nachricht; im "
    "Direktchat mit ombot darf das „!“ fehlen. Groß- und Kleinschreibung spielt keine Rolle, statt ä ö ü ß geht auch "
    "ae oe ue ss. Was in spitzen Klammern steht, setzen Sie ein; was in eckigen Klammern steht, darf fehlen; „|“ "
    "trennt Möglichkeiten.",
    "usage": "Befehl",
    "brief": "Wirkung",
    "right": "Wer",
    "place": "Wo",
    "example": "Beispiel",
    "aliases": "Andere Wörter",
    "words": "Wörter mit gleicher Bedeutung",
    "edit": "Wer den Befehl geschrieben hat, kann die Nachricht bearbeiten: ombot ändert dann das Angelegte. "
    "Rückgängig machen: „!zurück“.",
}
"""The words of the generated command reference."""

SENTENCES: dict[str, str] = {
    "many_people": "Das schreibt {people} Personen persönlich an, im Direktchat oder per E-Mail. Soll ich das tun?",
    "edit_many_people": "Das würde {people} Personen persönlich anschreiben, und bei einer Bearbeitung kann ich "
    "nicht vorher fragen. Geändert ist nichts; bitte ändern Sie es mit einem eigenen Befehl, siehe „!hilfe“.",
    # Dates. Each sentence says what to do next.
    "not_a_date": "„{phrase}“ verstehe ich nicht als Datum. Bitte schreiben Sie es zum Beispiel als „30.09.2027“ "
    "oder „nächste Woche Mittwoch“.",
    "no_such_day": "„{day}“ gibt es nicht. Bitte geben Sie ein anderes Datum an, zum Beispiel „30.09.2027“.",
    "no_such_week": "Das Jahr {year} hat keine KW {week}. Bitte geben Sie eine andere Woche oder ein Datum an.",
    "wrong_weekday": "Wochentag und Datum passen nicht zusammen, richtig wäre: {day}. "
    "Bitte geben Sie den Tag noch einmal an.",
    "not_a_time": "Die Uhrzeit „{time}“ gibt es nicht. Bitte geben Sie eine Zeit von 0:00 bis 23:59 Uhr an.",
    "midnight": "„{time}“ Uhr kann zu zwei Tagen gehören. Bitte schreiben Sie „23:59 Uhr“ oder „0:00 Uhr“ "
    "mit dem nächsten Tag.",
    "no_such_time": "Am {day} gibt es {time} nicht, weil die Uhren umgestellt werden. "
    "Bitte geben Sie eine andere Uhrzeit an.",
    "wrong_day_part": "In „{phrase}“ passen Uhrzeit und Tageszeit nicht zusammen. "
    "Bitte geben Sie nur die Uhrzeit an, zum Beispiel „18:30 Uhr“.",
    "end_before_start": "Das Ende ({end}) liegt nicht nach dem Beginn ({start}). "
    "Bitte geben Sie die Zeiten noch einmal an, zum Beispiel „11:00–16:00 Uhr“.",
    "range_reversed": "Der Zeitraum endet am {last}, bevor er am {first} beginnt. "
    "Bitte geben Sie beide Tage noch einmal an, zum Beispiel „12.03.2027–14.03.2027“.",
    "ambiguous": "„{phrase}“ ist nicht eindeutig: {first} oder {second}? Bitte antworten Sie mit dem Datum.",
    "repeated_date": "Die Wiederholung „{phrase}“ verstehe ich hier nicht. Bitte geben Sie einen einzelnen Tag an, zum "
    "Beispiel „30.09.2027“. Eine Terminserie legen Sie so an: „!termin Jour fixe jeden ersten Dienstag im Monat, "
    "17 Uhr“.",
    "series_not_possible": "Eine solche Wiederholung gibt es nicht: „{phrase}“. "
    "Möglich sind 1 bis 12 Wochen oder Monate, und im Monat die Tage 1 bis 28 oder „jeden letzten Freitag im Monat“.",
    "no_next_session": "Die nächste Sitzung steht noch nicht fest. "
    "Bitte geben Sie ein Datum an, zum Beispiel „bis 30.09.2027“.",
    "due_not_understood": "„{phrase}“ verstehe ich nicht als Frist. Bitte antworten Sie mit dem Datum, zum Beispiel "
    "„bis 30.09.2027“, oder setzen Sie den Titel in Anführungszeichen: „…“.",
    "date_missing": "Es fehlt der Tag mit Uhrzeit. Bitte ergänzen Sie beides am Ende, zum Beispiel "
    "„am 21.11.2027, 11:00–16:00 Uhr“.",
    "time_missing": "Für {day} fehlt die Uhrzeit. Bitte antworten Sie mit der Zeit, zum Beispiel „11:00–16:00 Uhr“.",
    "date_past": "Der Zeitpunkt ist schon vorbei: {when}. "
    "Bitte geben Sie einen späteren an, zum Beispiel mit Jahreszahl.",
    # Commands.
    "unknown_command": "Den Befehl „{word}“ kenne ich nicht. Mit „!hilfe“ sehen Sie alle Befehle.",
    "unknown_command_near": "Den Befehl „{word}“ kenne ich nicht. Meinten Sie „!{near}“? "
    "Mit „!hilfe“ sehen Sie alle Befehle.",
    "usage": "So verstehe ich den Befehl nicht. Möglich ist: {usages}. Mehr dazu: „!hilfe {word}“.",
    "message_too_long": "Die Nachricht ist zu lang (höchstens {most} Zeichen). "
    "Bitte senden Sie den Text als Datei und antworten Sie darauf mit dem Befehl.",
    "title_missing": "Es fehlt der Titel. Bitte antworten Sie mit dem Titel.",
    "title_too_long": "Der Titel hat {length} Zeichen, erlaubt sind {most}. "
    "Bitte kürzen Sie die erste Zeile und schreiben Sie alles Weitere in die nächsten Zeilen.",
    "title_or_reference": "„{reference}“ sieht aus wie ein Verweis auf etwas Vorhandenes. "
    "Soll der Titel wirklich so beginnen?",
    "control_characters": "Der Text enthält unsichtbare Steuerzeichen. "
    "Bitte tippen Sie ihn neu und senden Sie ihn noch einmal.",
    "unknown_reference": "{reference} gibt es hier nicht. Bitte prüfen Sie die Nummer, zum Beispiel mit „!aufgaben“ "
    "oder „!termine“.",
    "person_unknown": "„{name}“ passt zu niemandem hier. Wen meinen Sie?",
    "person_ambiguous": "„{name}“ passt auf mehrere. Wen meinen Sie?",
    "person_not_here": "{name} ist nicht in diesem Raum. Wen meinen Sie?",
    "party_unknown": "„{name}“ kenne ich weder als Person noch als Gremium oder Einrichtung. "
    "Bitte schreiben Sie eine Person mit @ davor oder den genauen Namen.",
    "which_group": "Für welche Gruppe ist das?",
    "group_elsewhere": "Was zur Gruppe „{group}“ gehört, zeige ich nur in deren Raum oder im Direktchat mit mir.",
    "no_group": "Sie sind in keinem Raum, den ich betreue. Bitte wenden Sie sich an die Geschäftsstelle.",
    "needs_participant": "Das dürfen nur Mitglieder einer Gruppe. Bitte wenden Sie sich an die Geschäftsstelle.",
    "needs_member": "Das dürfen nur Mitglieder dieser Gruppe. Bitte wenden Sie sich an die Leitung der Gruppe.",
    "needs_lead": "Das darf nur die Leitung dieser Gruppe oder die Koordination. Bitte wenden Sie sich dorthin.",
    "needs_coordinator": "Das darf nur die Koordination. Bitte wenden Sie sich an die Geschäftsstelle.",
    "only_direct": "„!{word}“ geht nur im Direktchat mit mir. Bitte schreiben Sie mir dort.",
    "only_coordination": "„!{word}“ geht nur im Koordinationsraum oder im Direktchat mit mir.",
    "edit_changes_kind": "Die Bearbeitung macht daraus einen anderen Befehl. "
    "Bitte senden Sie den neuen Befehl als neue Nachricht.",
    # Short words of the conversation itself.
    "send_anew": "Der Befehl wurde vorhin nicht ausgeführt. Bitte senden Sie ihn als neue Nachricht.",
    "answer_not_understood": "Das passt zu keiner der Möglichkeiten. "
    "Bitte antworten Sie mit einer Nummer aus der Liste.",
    "nothing_changed": "In Ordnung, es wurde nichts geändert.",
    "too_many": "Das waren sehr viele Befehle auf einmal. "
    "Bitte warten Sie eine Minute und senden Sie den Befehl noch einmal.",
    "missed": "Nicht ausgeführt, bitte wiederholen",
    "missed_why": "Ich war eine Weile nicht erreichbar. Diese Nachrichten sind inzwischen älter als sieben Tage, "
    "oder der Zeitpunkt darin ist vorbei:",
    "missed_todo": "Bitte senden Sie, was noch gilt, als neue Nachricht.",
    "only_encrypted": "In diesem Raum gelten nur verschlüsselte Nachrichten. "
    "Bitte senden Sie den Befehl mit einem Programm, das verschlüsselt.",
    "failed": "Da ist bei mir etwas schiefgegangen (Kennung {reference}). Es wurde nichts gespeichert. "
    "Bitte versuchen Sie es noch einmal oder nennen Sie die Kennung der Koordination.",
    "row_parked": "Ein Befehl konnte auch nach mehreren Versuchen nicht ausgeführt werden (Kennung {reference}). "
    "Der Betrieb kann ihn mit „ombot retry {reference}“ wiederholen.",
    # Health: what is wrong, then what to do about it.
    "health_trouble": "Störung",
    "health_since": "Seit {since} läuft bei mir etwas nicht, wie es soll:",
    "health_operator": "Das hilft:",
    "health_meanwhile": "Nichts geht verloren; ich melde mich, sobald alles wieder läuft.",
    "health_well": "Störung vorbei",
    "health_over": "Es läuft alles wieder. Von {since} bis {until} war gestört:",
    "health_sync": "Der Homeserver antwortet seit mehr als fünf Minuten nicht, wie er soll.",
    "health_sync_todo": "Homeserver: Bitte im Betrieb prüfen, ob er läuft; „ombot check“ zeigt, was fehlt.",
    "health_tick": "Erinnerungen und Fristen stehen seit mehr als einer Minute still.",
    "health_tick_todo": "Erinnerungen: Bitte ombot im Betrieb neu starten; Fälliges wird dann nachgeholt.",
    "health_unsent": "Nachrichten warten seit mehr als fünf Minuten auf den Versand.",
    "health_unsent_todo": "Versand: „!status“ hier oder „ombot status“ im Betrieb zeigt, was wartet und was aufgegeben "
    "wurde.",
    "health_device": "Meinem Gerät wird nicht mehr vertraut; manche sehen meine Nachrichten nicht.",
    "health_device_todo": "Vertrauen: Bitte im Betrieb ombot anhalten und „ombot init“ aufrufen.",
    "health_storage": "Die Datenbank ließ sich nicht lesen oder beschreiben.",
    "health_storage_todo": "Datenbank: Bitte im Betrieb Speicherplatz, Zugriffsrechte und Datenbankserver prüfen.",
    # Safe mode: what is broken, then what to do about it.
    "start_database": "Ich laufe nur im Notbetrieb, weil sich die Datenbank nicht öffnen oder nicht beschreiben lässt.",
    "start_database_todo": "Bitte prüfen Sie, ob Speicherplatz und Zugriffsrechte stimmen und der Datenbankserver "
    "läuft; ist die Datei beschädigt, spielen Sie mit „ombot restore“ die letzte Sicherung ein.",
    "start_too_new": "Ich laufe nur im Notbetrieb, weil die Datenbank von einer neueren Fassung von ombot stammt.",
    "start_too_new_todo": "Bitte installieren Sie wieder die neuere Fassung, oder spielen Sie mit „ombot restore“ "
    "eine Sicherung ein, die zu dieser Fassung passt.",
    "start_migration": "Ich laufe nur im Notbetrieb, weil sich die Datenbank nicht auf den Stand dieser Fassung "
    "bringen ließ; an den Daten wurde nichts geändert.",
    "start_migration_todo": "Bitte installieren Sie wieder die vorige Fassung und melden Sie den Fehler aus dem "
    "Protokoll des Dienstes.",
    "start_operator": "Für den Betrieb: {todo}",
    "start_meanwhile": "Nichts geht verloren: Was inzwischen geschrieben wird, bearbeite ich, sobald das behoben ist. "
    "Ich versuche es alle {seconds} Sekunden von selbst.",
    "send_given_up": "Eine Nachricht ließ sich nicht zustellen (Kennung {reference}). „!status“ zeigt hier, was alles "
    "aufgegeben wurde; der Betrieb kann es mit „ombot retry {reference}“ noch einmal versuchen.",
    "reply_unreadable": "Die Nachricht, auf die Sie antworten, kann ich nicht lesen. "
    "Bitte senden Sie den Text oder die Datei noch einmal und antworten Sie dann darauf.",
    "file_too_large": "Die Datei ist größer als 50 MB. Bitte senden Sie eine kleinere Fassung.",
    "file_unreadable": "Die Datei lässt sich nicht öffnen. Bitte senden Sie sie noch einmal.",
    "late": "(verspätet)",
    "collected": "Gesammelt nachgeholt",
    "gap": "In der Zwischenzeit sind hier mehr Nachrichten geschrieben worden, als ich nachlesen konnte. "
    "Bitte senden Sie Befehle ohne Antwort noch einmal.",
    "verification": "Ihre Anfrage, mich zu verifizieren, habe ich abgelehnt: Emojis vergleichen kann ich nicht. "
    "Mein Gerät ist trotzdem gesichert, denn es trägt die Signatur meiner eigenen Identität, und Ihr Programm prüft "
    "sie von selbst. Wenn Sie ganz sicher sein möchten, lassen Sie sich von der Koordination den Schlüssel meines "
    "Geräts nennen und vergleichen Sie ihn mit dem, den Ihr Programm in meinem Profil anzeigt.",
    "undecryptable": "Eine Nachricht konnte ich nicht entschlüsseln. Bitte senden Sie sie noch einmal.",
    "sender_unverified": "Diese Nachricht habe ich nicht ausgeführt: Ich konnte nicht prüfen, ob sie von einem Ihrer "
    "Geräte kommt. Bitte senden Sie sie noch einmal. Wenn Sie gar nichts geschrieben haben, sagen Sie das bitte der "
    "Koordination.",
    "sender_unsigned": "Diese Nachricht habe ich nicht ausgeführt: Sie kommt von einem Gerät, das Sie noch nicht "
    "bestätigt haben. Bitte bestätigen („verifizieren“) Sie es mit einem Ihrer anderen Geräte oder mit Ihrem "
    "Wiederherstellungsschlüssel, und senden Sie die Nachricht dann noch einmal.",
}
"""Refusal code → sentence; the placeholders are the facts of the refusal."""


def explain(refusal: Refusal) -> str:
    """The German sentence for a refusal."""
    return SENTENCES[refusal.code].format_map(_spoken(refusal.facts))


def _spoken(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: _say(fact) for name, fact in facts.items()}


def _say(fact: object) -> object:
    match fact:
        case datetime():
            return say_when(fact, None)
        case date():
            return say_day(fact)
        case time():
            return say_time(fact)
        case list() | tuple():
            return " · ".join(f"„{item}“" for item in fact)
        case Refusal():
            return explain(fact)
        case _:
            return fact
