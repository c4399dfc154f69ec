"""The German of minutes: results to cards, and the words that documents take from here."""

from collections.abc import Iterable
from datetime import date

from ombot.chat.language import SENTENCES, count, say_day, say_when
from ombot.chat.nodes import (
    Block,
    Card,
    Code,
    Inline,
    PersonNode,
    Strong,
    bullets,
    card,
    heading,
    hint,
    joined,
    paragraph,
)
from ombot.chat.registry import shows
from ombot.features.minutes.results import (
    AddendumAdded,
    AttachmentAdded,
    Concern,
    DraftForPerson,
    EarlierShown,
    FormRead,
    LineChange,
    LineCorrected,
    LineView,
    MinutesDrafted,
    MinutesEntry,
    MinutesFile,
    MinutesForm,
    MinutesList,
    MinutesReleased,
    MinutesShown,
    MinutesStarted,
    MinutesView,
    MovedOn,
    NoteView,
    ObjectionDecided,
    ObjectionNoted,
    ObjectionReceived,
    ObjectionSettled,
    SectionView,
)

SENTENCES |= {
    "minutes_letters_draft": "Soll ich die Mitschrift beenden? Dann geht der Entwurf auch per E-Mail an {people} "
    "Adressen.",
    "minutes_letters_final": "Soll ich das Protokoll freigeben? Dann geht es auch per E-Mail an {people} Adressen.",
    "minutes_room": "Das Protokoll wird im Raum der Sitzung geführt. Bitte schreiben Sie dort „!protokoll start“, "
    "oder nennen Sie den Termin, zum Beispiel „!protokoll T3“.",
    "minutes_no_meeting": "Für „{group}“ gibt es noch keinen Termin. Bitte legen Sie zuerst einen an: „!termin <Titel> "
    "am <Datum> <Zeit>“, eine Sitzung mit „!sitzung <Datum> <Zeit>“.",
    "minutes_none": "Es gibt hier noch kein Protokoll. Im Raum der Sitzung beginnt es mit „!protokoll start“.",
    "minutes_other_room": "{meeting} gehört zu „{group}“. "
    "Bitte schreiben Sie „!protokoll start“ im Raum dieser Gruppe.",
    "minutes_cancelled": "{meeting} ({title}) ist abgesagt, dazu gibt es kein Protokoll. "
    "Mit „!termine“ sehen Sie die kommenden Termine.",
    "minutes_no_date": "{meeting} ({title}) hat noch kein Datum. Bitte schließen Sie zuerst die Terminfindung: "
    "„!terminfindung {meeting} schließen“.",
    "minutes_final": "Das Protokoll zu {meeting} ist endgültig. Ergänzen lässt es sich nur noch mit "
    "„!protokoll {meeting} nachtrag <Text>“.",
    "minutes_not_final": "Das Protokoll zu {meeting} ist noch nicht endgültig. Bitte ändern Sie die Zeile mit "
    "„!protokoll {meeting} zeile 12 <Text>“ oder erheben Sie Einspruch.",
    "minutes_not_running": "Hier wird gerade kein Protokoll geführt. Beginnen: „!protokoll start“.",
    "minutes_not_scribe": "Am Protokoll zu {meeting} schreiben nur die Mitschreibenden und die Leitung. "
    "Bitte lassen Sie sich mit „!protokoll start @Name“ hinzufügen.",
    "minutes_no_summary": "Zu diesem TOP gibt es noch keine Zusammenfassung, der zugestimmt werden könnte. "
    "Bitte schreiben Sie sie zuerst: „Zusammenfassung: …“.",
    "minutes_edit_untagged": "Nach der Bearbeitung beginnt keine Zeile mehr mit „Info:“, „Frage:“ oder einem anderen "
    "Wort des Protokolls; dort steht noch der alte Text. Herausnehmen: „!protokoll“ zeigt die Nummern, dann "
    "„!protokoll zeile 12 streichen“.",
    "minutes_edit_count": "Die Nachricht hatte {before} Zeilen für das Protokoll, jetzt sind es {after}; es bleibt "
    "beim alten Text. Bitte schreiben Sie neue Zeilen als neue Nachricht und streichen Sie alte mit "
    "„!protokoll zeile 12 streichen“.",
    "minutes_lines_gone": "Diese Zeilen stehen nicht mehr im Protokoll. Bitte schreiben Sie sie als neue Nachricht.",
    "minutes_decision_settled": "{reference} ist inzwischen ersetzt oder zurückgezogen und bleibt, wie es ist. "
    "Mit „!beschluss {reference}“ sehen Sie den Stand.",
    "minutes_no_line": "Eine Zeile {number} hat das Protokoll zu {meeting} nicht, es sind {most}. "
    "Mit „!protokoll {meeting}“ sehen Sie die Nummern.",
    "minutes_which_line": "Welche Zeile ist gemeint? Bitte nennen Sie ihre Nummer, „!protokoll {meeting}“ zeigt alle, "
    "oder antworten Sie auf die Nachricht, in der sie steht.",
    "minutes_no_draft": "Zu {meeting} gibt es noch keinen Entwurf, die Mitschrift läuft noch. "
    "Bitte beenden Sie sie zuerst mit „!protokoll ende“.",
    "minutes_window_over": "Die Frist für Einsprüche zum Protokoll von {meeting} ist vorbei. Bitte wenden Sie sich an "
    "die Leitung: sie kann mit „!protokoll {meeting} nachtrag <Text>“ ergänzen, sobald es endgültig ist.",
    "minutes_objection_final": "Das Protokoll zu {meeting} ist endgültig, Einspruch ist nicht mehr möglich. Bitte "
    "wenden Sie sich an die Leitung: sie kann es mit „!protokoll {meeting} nachtrag <Text>“ ergänzen.",
    "minutes_no_objection": "Einen Einspruch {number} gibt es zum Protokoll von {meeting} nicht. "
    "Mit „!protokoll {meeting}“ sehen Sie alle.",
    "minutes_no_number": "Ein Protokoll {number} gibt es hier nicht. Mit „!protokolle“ sehen Sie alle.",
    "minutes_form_without_file": "Es fehlt die ausgefüllte Vorlage. Bitte stellen Sie die Word-Datei hier ein und "
    "antworten Sie darauf mit „!protokoll einlesen“. Eine leere gibt „!protokoll vorlage“.",
    "minutes_form_no_word": "{name} ist kein lesbares Word-Dokument. Bitte speichern Sie die Vorlage als .docx und "
    "senden Sie sie noch einmal.",
    "minutes_form_macros": "{name} enthält Makros. Bitte speichern Sie die Vorlage als Word-Dokument ohne Makros "
    "(.docx).",
    "minutes_form_too_large": "{name} ist größer als 10 MB. Bitte nehmen Sie Bilder heraus; als Anlage kommen sie mit "
    "„!anlage <Titel>“ ins Protokoll.",
    "minutes_form_bomb": "{name} wird beim Öffnen größer als 50 MB. Bitte holen Sie mit „!protokoll vorlage“ eine neue "
    "Vorlage.",
    "minutes_form_no_table": "In {name} finde ich keine Tabelle mit den Spalten „Art“ und „Text“. Bitte nehmen Sie "
    "die Vorlage aus „!protokoll vorlage“.",
    "minutes_form_empty": "In {name} steht noch keine Zeile. Bitte füllen Sie die Spalten „Art“ und „Text“ aus.",
    "minutes_form_too_many": "{name} hat mehr als 1.000 Zeilen. Bitte teilen Sie sie auf mehrere Dateien auf.",
    "minutes_form_too_long": "In {name} ist ein Text länger als 4.000 Zeichen. Bitte teilen Sie ihn auf mehrere Zeilen "
    "auf.",
    "minutes_form_line": "Ich habe nichts übernommen, denn bei „{words}“ stimmt etwas nicht: {problem}",
    "minutes_form_kind": "„{kind}“ ist keine Art. Möglich sind {kinds}.",
    "minutes_form_known": "Diese Zeilen stehen alle schon im Protokoll von {meeting}. "
    "Mit „!protokoll {meeting}“ sehen Sie es.",
    "minutes_form_preview": "Zeilen für das Protokoll von {meeting} ({title}): {lines}. Zu Aufgaben und gefassten "
    "Beschlüssen werden davon {count}: {made}. Soll ich alles übernehmen?",
    "minutes_form_preview_lines": "Zeilen für das Protokoll von {meeting} ({title}): {lines}. Aufgaben und Beschlüsse "
    "sind nicht dabei. Soll ich alles übernehmen?",
    "attachment_without_file": "Es fehlt die Datei. Bitte stellen Sie sie hier ein und antworten Sie darauf mit "
    "„!anlage <Titel>“.",
}

ATTACHMENT_1 = "Teilnehmerliste"
FILE_NAME = "Ergebnisprotokoll"
FORM_NAME = "Mitschrift"
PASSAGE = 160
"""How much of a line a search shows."""
CARRIED = "Nicht behandelt, vertagt auf die nächste Sitzung."
AGREED_TEXT = "Der Zusammenfassung wurde zugestimmt"
STEP_BRIEF = "Entwurf des Protokolls, falls niemand mitschreibt"
FURTHER_BRIEFS = {
    "closing": "Entwurf des Protokolls, falls niemand die Mitschrift beendet",
    "draft": "Hinweis auf den Entwurf des Protokolls",
    "final": "Protokoll wird endgültig",
}
PARTICIPATION = {
    "present": "anwesend",
    "represented": "vertreten",
    "excused": "entschuldigt",
    "absent": "nicht anwesend",
    "accepted": "zugesagt",
    "maybe": "offen",
}
"""How somebody took part, as Anlage 1 says it."""
ABSENT = (PARTICIPATION["excused"], PARTICIPATION["absent"])

NOT_WRITTEN = (
    "Es hat niemand mitgeschrieben. Der Entwurf ist aus Tagesordnung, Rückmeldungen, Beschlüssen und Aufgaben "
    "zusammengestellt."
)
STATUS = {"draft": "Mitschrift", "review": "Entwurf", "final": "endgültig"}
OBJECTION_STATES = {"open": "offen", "accepted": "angenommen", "rejected": "abgelehnt"}
HOW_TO_WRITE = (
    "Zeilen beginnen mit „Info:“, „Frage:“, „Antwort:“, „Anregung:“, „Aufgabe:“, „Beschluss:“, „Herausforderung:“, "
    "„Zusammenfassung:“ oder „Offener Punkt:“. Alles andere wird nicht gespeichert, auch nicht, was mit „[intern]“ "
    "beginnt."
)

HOW_TO_OBJECT = (
    "auf diese Nachricht antworten, zum Beispiel „Einspruch: <Text>“ oder „Einspruch 12 <Text>“ mit der Nummer der "
    "Zeile."
)


# --- words of lines ---------------------------------------------------------------------------------------------


def task_text(words: str, doers: Iterable[str], due: date | None) -> str:
    """A task as a line of the minutes: what, then who and by when."""
    who = ", ".join(doers)
    facts = [part for part in (f"Wer: {who}" if who else "", f"bis {say_day(due)}" if due else "") if part]
    return f"{words} ({'; '.join(facts)})" if facts else words


def decision_text(text: str, mandate: str | None, *, rejected: bool = False) -> str:
    """A decision as a line of the minutes."""
    facts = [
        part for part in (f"Auftrag an: {mandate}" if mandate else "", "nicht angenommen" if rejected else "") if part
    ]
    return f"{text} ({'; '.join(facts)})" if facts else text


# --- parts of cards ---------------------------------------------------------------------------------------------


def _head(minutes: MinutesView, title: str) -> tuple[Block, ...]:
    when = say_when(minutes.start, minutes.end) if minutes.start else ""
    return heading(f"{title} – {minutes.meeting}: ", minutes.title), paragraph(when)


def _item(section: SectionView) -> str:
    """An item as the minutes head it: "TOP 4: DISKUSSION: Wie arbeiten wir?"."""
    if section.kind is None:
        return "Ohne Tagesordnungspunkt"
    title = section.title or ""
    topic = section.kind.upper() if title.casefold() == section.kind.casefold() else f"{section.kind.upper()}: {title}"
    return f"TOP {section.top}: {topic}" if section.top else topic


def _line(line: LineView) -> tuple[Inline, ...]:
    label = f"{line.kind} {line.ref}: " if line.ref else f"{line.kind}: "
    return (f"{line.number} · ", Strong(label), line.text)


def _sections(minutes: MinutesView) -> Iterable[Block]:
    for section in minutes.sections:
        if section.lines or section.carried:
            carried = " (vertagt)" if section.carried else ""
            yield paragraph(Strong(f"{_item(section)}{carried}"))
        if section.lines:
            yield bullets(_line(line) for line in section.lines)


def _chosen(minutes: MinutesView, kind: str, title: str) -> tuple[Block, ...]:
    found = [line for line in minutes.lines if line.kind == kind]
    if not found:
        return ()
    return paragraph(Strong(title)), bullets((Strong(f"{line.ref or kind}: "), line.text) for line in found)


def _people(concern: Concern, *, notify: bool) -> tuple[Inline, ...]:
    return joined(PersonNode(person.id, person.name, notify) for person in concern.people)


def _concerns(concerns: tuple[Concern, ...]) -> tuple[Block, ...]:
    """First of all what somebody has to do; exactly these are notified."""
    found = [concern for concern in concerns if concern.people]
    if not found:
        return ()
    lines = ((*_people(one, notify=True), ": ", Strong(f"{one.line.ref} "), one.line.text) for one in found)
    return paragraph(Strong("Das betrifft Sie")), bullets(lines)


def _note(note: NoteView) -> tuple[Inline, ...]:
    about = f" zu „{note.line}“" if note.line else ""
    return (Strong(f"Einspruch {note.number}"), f" ({OBJECTION_STATES[note.state]}){about}: ", note.text)


def _objections(minutes: MinutesView) -> tuple[Block, ...]:
    if not minutes.objections:
        return ()
    return paragraph(Strong("Einsprüche")), bullets(_note(note) for note in minutes.objections)


def _changes(minutes: MinutesView) -> tuple[Block, ...]:
    """What is different from the draft that everybody got."""
    if not minutes.changes:
        return ()
    lines = ((_change(one),) for one in minutes.changes)
    return paragraph(Strong("Geändert seit dem Entwurf")), bullets(lines)


def _change(change: LineChange) -> str:
    if change.before is None:
        return f"neu: „{change.after}“"
    return (
        f"gestrichen: „{change.before}“"
        if change.after is None
        else f"bisher „{change.before}“, jetzt „{change.after}“"
    )


def _addenda(minutes: MinutesView) -> tuple[Block, ...]:
    if not minutes.addenda:
        return ()
    lines = ((f"{say_day(note.at)}: ", note.text) for note in minutes.addenda)
    return paragraph(Strong("Nachträge")), bullets(lines)


def _attachments(minutes: MinutesView) -> tuple[Block, ...]:
    lines = ((f"Anlage {number}: {title}",) for number, title in minutes.attachments)
    return paragraph(Strong("Anlagen")), bullets(lines)


def _next_step(minutes: MinutesView) -> Block:
    if minutes.status == "final":
        return hint(
            "Als Datei: ", Code(f"!protokoll {minutes.meeting} pdf"), " · Ergänzen: ", Code("… nachtrag <Text>")
        )
    if minutes.status == "review" and minutes.review_until:
        return hint(
            f"Einspruch bis {say_day(minutes.review_until)}: ",
            Code(f"!protokoll {minutes.meeting} einspruch 12 <Text>"),
        )
    if minutes.running:
        return hint(
            "Weiter: ",
            Code("!top 2"),
            " · Ändern: ",
            Code("!protokoll zeile 12 <Text>"),
            " · ",
            Code("!protokoll ende"),
        )
    return hint("Beginnen, im Raum der Sitzung: ", Code("!protokoll start"))


# --- cards ------------------------------------------------------------------------------------------------------


@shows(MinutesStarted)
def started(result: MinutesStarted) -> Card:
    """Who writes, where the minutes are, how it goes."""
    minutes = result.minutes
    scribes = joined(PersonNode(person.id, person.name) for person in minutes.scribes)
    return card(
        *_head(minutes, "📝 Mitschrift läuft"),
        paragraph("Es schreiben mit: ", *scribes),
        paragraph(f"Jetzt: {_item(minutes.current)}") if minutes.current else None,
        paragraph(HOW_TO_WRITE),
        hint(
            "Weiter zum nächsten TOP: " if result.items else "Tagesordnung anlegen: ",
            Code("!top 2" if result.items else "!top <Titel>"),
            " · Zusammenfassung angenommen: ",
            Code("!zugestimmt"),
            " · Schluss: ",
            Code("!protokoll ende"),
        ),
        about=minutes.reference,
    )


@shows(MovedOn)
def moved_on(result: MovedOn) -> Card:
    """The item that lines belong to now, in one line."""
    minutes = result.minutes
    return card(
        paragraph("📝 Weiter mit ", Strong(_item(minutes.current) if minutes.current else "")),
        about=minutes.reference,
    )


def drafted_blocks(result: MinutesDrafted) -> tuple[Block, ...]:
    """The draft: what concerns whom, what was decided, what goes over, and until when objections count."""
    minutes = result.minutes
    until = f" bis {say_day(minutes.review_until)}" if minutes.review_until else ""
    carried = bullets((Strong(f"{reference} "), title) for reference, title in result.carried)
    parts: tuple[Block | None, ...] = (
        *_head(minutes, "Entwurf des Ergebnisprotokolls"),
        None if result.written else paragraph(NOT_WRITTEN),
        *_concerns(result.concerns),
        paragraph(f"Nicht dabei waren: {', '.join(result.absent)}. Der Entwurf ist auch für Sie.")
        if result.absent
        else None,
        *_chosen(minutes, "Beschluss", "Beschlüsse"),
        *_chosen(minutes, "Aufgabe", "Aufgaben"),
        paragraph(Strong("Vertagt auf die nächste Sitzung")) if result.carried else None,
        carried if result.carried else None,
        paragraph(
            f"{count(len(minutes.lines), 'Zeile', 'Zeilen')}; alle mit ihren Nummern zeigt ",
            Code(f"!protokoll {minutes.meeting}"),
            ".",
        ),
        paragraph("Am nächsten Arbeitstag weise ich alle aus diesem Raum auch im Direktchat darauf hin."),
        hint(
            f"Einspruch{until}: {HOW_TO_OBJECT} Danach wird das Protokoll endgültig; früher mit ",
            Code("!protokoll freigeben"),
            ".",
        ),
    )
    return tuple(part for part in parts if part is not None)


def personal_blocks(result: DraftForPerson) -> tuple[Block, ...]:
    """The draft in the direct chat: one's own tasks first, then what was decided, and how to read and to object."""
    minutes = result.minutes
    until = f" bis {say_day(minutes.review_until)}" if minutes.review_until else ""
    own = bullets((Strong(f"{line.ref} "), line.text) for line in result.concerned)
    parts: tuple[Block | None, ...] = (
        *_head(minutes, "Entwurf des Ergebnisprotokolls"),
        *((paragraph(Strong("Das betrifft Sie")), own) if result.concerned else ()),
        paragraph(f"{result.absent} war nicht dabei. Bitte sehen Sie den Entwurf durch.") if result.absent else None,
        *_chosen(minutes, "Beschluss", "Beschlüsse"),
        paragraph(
            "Lesen: ",
            Code(f"!protokoll {minutes.meeting}"),
            " · Als Datei: ",
            Code(f"!protokoll {minutes.meeting} pdf"),
        ),
        hint(f"Einspruch{until}: {HOW_TO_OBJECT}"),
    )
    return tuple(part for part in parts if part is not None)


@shows(MinutesDrafted)
def drafted(result: MinutesDrafted) -> Card:
    """The draft with its files."""
    return card(*drafted_blocks(result), about=result.minutes.reference, files=result.files)


@shows(MinutesShown)
def shown(result: MinutesShown) -> Card:
    """All lines with their numbers."""
    minutes = result.minutes
    state = STATUS[minutes.status] + (f" {minutes.number}" if minutes.number else "")
    lines = list(_sections(minutes)) or [paragraph("Noch keine Zeile.")]
    return card(
        *_head(minutes, f"Ergebnisprotokoll ({state})"),
        *lines,
        *_attachments(minutes),
        *_objections(minutes),
        *_changes(minutes),
        *_addenda(minutes),
        _next_step(minutes),
        about=minutes.reference,
    )


@shows(MinutesFile)
def minutes_file(result: MinutesFile) -> Card:
    """The file is on its way."""
    return card(
        *_head(result.minutes, f"Ergebnisprotokoll ({STATUS[result.minutes.status]})"),
        hint("Die Datei folgt. Ändert sich danach etwas, fordern Sie sie mit demselben Befehl neu an."),
        about=result.minutes.reference,
        files=(result.file,),
    )


def released_blocks(result: MinutesReleased) -> tuple[Block, ...]:
    """Final: number and checksum."""
    minutes = result.minutes
    return (
        *_head(minutes, f"Ergebnisprotokoll {minutes.number} ist endgültig"),
        *_changes(minutes),
        *_chosen(minutes, "Beschluss", "Beschlüsse"),
        paragraph("Prüfsumme (SHA-256 der Textfassung): ", Code(minutes.checksum or "")),
        hint(
            "Die Textfassung liefert ",
            Code(f"!protokoll {minutes.meeting} md"),
            ". Ergänzen geht nur noch als Nachtrag: ",
            Code(f"!protokoll {minutes.meeting} nachtrag <Text>"),
        ),
    )


@shows(MinutesList)
def minutes_list(result: MinutesList) -> Card:
    """All years, or one sentence when there is nothing."""
    about = f" zu „{result.words}“" if result.words else ""
    if not result.entries:
        return card(
            paragraph(f"Protokolle{about}: keine."),
            hint("Ein Protokoll beginnt im Raum der Sitzung mit ", Code("!protokoll start")),
        )
    first = result.entries[0]
    return card(
        heading(f"Protokolle{about} ({len(result.entries)})"),
        bullets(_entry(entry) for entry in result.entries),
        hint("Einzelnes Protokoll: ", Code(f"!protokoll {first.number or first.meeting}")),
    )


def _entry(entry: MinutesEntry) -> tuple[Inline, ...]:
    name = f"Nr. {entry.number}" if entry.number else f"{entry.meeting} ({STATUS[entry.status]})"
    day = f" · {say_day(entry.day)}" if entry.day else ""
    passage = " ".join(entry.passage.split())
    if passage in ("", entry.title):
        return Strong(name), f"{day} · {entry.title}"
    shortened = f"{passage[:PASSAGE]}…" if len(passage) > PASSAGE else passage
    return Strong(name), f"{day} · {entry.title} – „{shortened}“"


@shows(EarlierShown)
def earlier_shown(result: EarlierShown) -> Card:
    """The file as it came, with what tells that it is the same."""
    entry = result.entry
    return card(
        heading(f"Ergebnisprotokoll {entry.number}: ", entry.title),
        paragraph(f"{say_day(entry.day)} · aus der Zeit vor ombot übernommen" if entry.day else ""),
        paragraph("Prüfsumme der Datei (SHA-256): ", Code(result.checksum)),
        hint("Die Datei folgt. Weitere: ", Code("!protokolle <Suchtext>")),
        files=(result.file,),
    )


@shows(MinutesForm)
def minutes_form(result: MinutesForm) -> Card:
    """The form, and how it comes back."""
    return card(
        heading(f"Vorlage zum Mitschreiben – {result.meeting}: ", result.title),
        paragraph("Die Word-Datei lässt sich ohne Chat ausfüllen: links die Art, rechts der Text, unter jedem TOP."),
        hint(
            "Ausgefüllt als Antwort auf diese Nachricht hier einstellen. Oder auf die ausgefüllte Datei antworten: ",
            Code(f"!protokoll {result.meeting} einlesen"),
        ),
        about=result.meeting,
        files=(result.file,),
    )


@shows(FormRead)
def form_read(result: FormRead) -> Card:
    """What was taken over; first of all what somebody has to do."""
    minutes, counted = result.minutes, result.count
    there = f"; {count(counted.known, 'Zeile stand', 'Zeilen standen')} schon da" if counted.known else ""
    made = ((Strong(f"{line.kind} {line.ref}: "), line.text) for line in result.made)
    return card(
        *_head(minutes, "Mitschrift übernommen"),
        *_concerns(result.concerns),
        paragraph(f"{count(counted.new, 'Zeile', 'Zeilen')} neu im Protokoll{there}."),
        bullets(made) if result.made else None,
        hint(
            "Ansehen: ",
            Code(f"!protokoll {minutes.meeting}"),
            " · Ändern: ",
            Code(f"!protokoll {minutes.meeting} zeile 12 <Text>"),
        ),
        about=minutes.reference,
    )


@shows(MinutesReleased)
def released(result: MinutesReleased) -> Card:
    """Final and locked, with its files."""
    return card(*released_blocks(result), about=result.minutes.reference, files=result.files)


@shows(LineCorrected)
def line_corrected(result: LineCorrected) -> Card:
    """Before and after."""
    minutes = result.minutes
    return card(
        heading(f"Zeile {result.before.number} {'geändert' if result.after else 'gestrichen'} – {minutes.meeting}"),
        paragraph("Vorher: ", *_line(result.before)[1:]),
        paragraph("Jetzt: ", *_line(result.after)[1:]) if result.after else None,
        hint("Rückgängig: ", Code("!zurück"), f" (10 Minuten lang). Alle Zeilen: „!protokoll {minutes.meeting}“."),
        about=minutes.reference,
    )


@shows(AttachmentAdded)
def attachment_added(result: AttachmentAdded) -> Card:
    """The number to quote."""
    minutes = result.minutes
    return card(
        heading(f"Anlage {result.number} zum Protokoll von {minutes.meeting}: ", result.title),
        paragraph("Datei: ", result.name),
        hint(f"Im Text verweisen Sie darauf mit „Anlage {result.number}“. Herausnehmen: „!zurück“ (10 Minuten lang)."),
        about=minutes.reference,
    )


@shows(ObjectionNoted)
def objection_noted(result: ObjectionNoted) -> Card:
    """Thanks, and what happens with it."""
    return card(
        heading(f"Einspruch {result.objection.number} zum Protokoll von {result.minutes.meeting} aufgenommen"),
        paragraph(*_note(result.objection)),
        hint("Die Leitung entscheidet darüber. Was nicht übernommen wird, steht am Ende des Protokolls."),
        about=result.minutes.reference,
    )


@shows(ObjectionReceived)
def objection_received(result: ObjectionReceived) -> Card:
    """Told to those who decide."""
    minutes, note = result.minutes, result.objection
    return card(
        heading(f"Einspruch {note.number} zum Protokoll von {minutes.meeting}: ", minutes.title),
        paragraph("Von ", PersonNode(note.by.id, note.by.name)),
        paragraph(*_note(note)),
        hint(
            "Zeile ändern: ",
            Code(f"!protokoll {minutes.meeting} zeile 12 <Text>"),
            " · Entscheiden: ",
            Code(f"!protokoll {minutes.meeting} einspruch {note.number} annehmen"),
            " oder ",
            Code("… ablehnen"),
        ),
        about=minutes.reference,
    )


@shows(ObjectionSettled)
def objection_settled(result: ObjectionSettled) -> Card:
    """What became of it."""
    minutes, note = result.minutes, result.objection
    next_step = (
        hint(
            "Bitte ändern Sie die Zeile, falls noch nicht geschehen: ",
            Code(f"!protokoll {minutes.meeting} zeile 12 <Text>"),
        )
        if note.state == "accepted"
        else hint("Der Einspruch steht am Ende des Protokolls. Freigeben: ", Code("!protokoll freigeben"))
    )
    return card(paragraph(*_note(note)), next_step, about=minutes.reference)


@shows(ObjectionDecided)
def objection_decided(result: ObjectionDecided) -> Card:
    """Told to who had raised it, and where the result stands."""
    minutes, note = result.minutes, result.objection
    accepted = note.state == "accepted"
    outcome = "Die Leitung arbeitet ihn ein." if accepted else "Er steht im Wortlaut am Ende des Protokolls."
    return card(
        heading(f"Über Ihren Einspruch {note.number} ist entschieden – {minutes.meeting}: ", minutes.title),
        paragraph(*_note(note)),
        hint(f"{outcome} Nachlesen: ", Code(f"!protokoll {minutes.meeting}")),
        about=minutes.reference,
    )


@shows(AddendumAdded)
def addendum_added(result: AddendumAdded) -> Card:
    """The addendum, and the checksum of the minutes with it."""
    minutes = result.minutes
    return card(
        heading(f"Nachtrag {result.addendum.number} zum Ergebnisprotokoll {minutes.number} ({minutes.meeting})"),
        paragraph(result.addendum.text),
        paragraph("Prüfsumme mit Nachtrag (SHA-256 der Textfassung): ", Code(result.checksum)),
        hint("Das Protokoll selbst bleibt unverändert. Als Datei: ", Code(f"!protokoll {minutes.meeting} pdf")),
        about=minutes.reference,
        files=result.files,
    )
