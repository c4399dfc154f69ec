"""The German of inputs: results to cards."""

from datetime import date

from ombot.chat.language import SENTENCES, count, say_day, say_moment, say_when
from ombot.chat.nodes import (
    Attachment,
    Block,
    Bullets,
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
from ombot.chat.trace import Change, TraceLine
from ombot.features.inputs.results import (
    FileView,
    GroupInputs,
    InputAdded,
    InputChanged,
    InputHandedOn,
    InputPresented,
    InputReceived,
    InputsExported,
    InputShown,
    InputsOwed,
    InputStates,
    InputView,
    SessionView,
)
from ombot.store.rooms import Person

SENTENCES |= {
    "input_needs_working_group": "Inputs kommen aus einer AG, „{group}“ ist keine. Bitte senden Sie den Befehl im "
    "Raum Ihrer AG oder schreiben Sie „in <AG>“ an das Ende der ersten Zeile.",
    "no_working_group": "Sie sind in keiner AG, für die ich Inputs sammle. "
    "Bitte wenden Sie sich an die Geschäftsstelle.",
    "input_withdrawn": "{reference} ist zurückgezogen. Mit „!input <Titel>“ reichen Sie einen neuen Input ein; "
    "ein Versehen nehmen Sie zehn Minuten lang mit „!zurück“ zurück.",
    "input_already_there": "{reference} gehört schon zu „{group}“. Mit „!input {reference}“ sehen Sie den Input.",
    "input_nothing_added": "Was soll zu {reference} hinzukommen? Bitte antworten Sie mit dem Text, oder antworten "
    "Sie auf die Datei mit „!input {reference} ergänzen“.",
    "input_no_session": "Es ist noch keine Sitzung geplant, auf deren Tagesordnung {reference} stehen könnte. "
    "Sobald die Koordination sie einberuft, senden Sie den Befehl bitte noch einmal.",
    "input_is_item": "{reference} steht schon als {item} auf der Tagesordnung. Mit „!top {item}“ sehen Sie den Punkt.",
    "input_receiver_unknown": "Eine Gruppe „{name}“, die Inputs annimmt, kenne ich nicht. An wen soll der Input gehen?",
    "inputs_not_here": "Den Stand der Inputs zeige ich in den Räumen der AGs, des Strategiekreises und der "
    "Koordination. Bitte fragen Sie dort oder im Direktchat.",
}

STEP_BRIEFS = {
    "inputs": "Aufruf zu den Inputs",
    "standing": "Anfragen zu den ständigen Tagesordnungspunkten",
    "nudge": "Erinnerung an fehlende Inputs",
    "missing": "Liste der AGs ohne Input",
}
AUDIENCES = {"asked": "die gefragten Einrichtungen", "leads": "Leitungen der AGs ohne Input"}

STATUS = {"draft": "Entwurf", "submitted": "eingereicht", "withdrawn": "zurückgezogen"}
STATES = {
    "missing": "✖ fehlt noch",
    "draft": "✎ Entwurf",
    "submitted": "☑ eingereicht",
    "late": "☑ verspätet eingereicht",
}
FIELDS = {"title": "Titel", "text": "Text", "added": "Ergänzung", "status": "Stand", "group_key": "AG"}
CHANGES = {"extended": "Ergänzt", "title": "Neuer Titel", "withdrawn": "Zurückgezogen"}
EXCERPT = 280
"""How many characters of a text a confirmation repeats; the card shows all of it."""
NO_SESSION = "Die nächste Sitzung steht noch nicht fest; der Input wird ihr zugeordnet, sobald sie angekündigt ist."


# --- parts ------------------------------------------------------------------------------------------------------


def status(view: InputView) -> str:
    """The state in words."""
    return STATUS[view.status] + (" (verspätet)" if view.late and view.status == "submitted" else "")


def session_words(session: SessionView) -> str:
    """A session with its date."""
    return session.title if session.start is None else f"{session.title}, {say_when(session.start, None)}"


def facts(view: InputView) -> Block:
    """Whose, for what, in which state."""
    what = session_words(view.session) if view.session else "nächste Sitzung (noch ohne Termin)"
    return paragraph(f"{view.group} · {what} · Stand: {status(view)}")


def file_list(files: tuple[FileView, ...]) -> Bullets | None:
    """The files with their sizes."""
    return bullets((f"📎 Datei: {file.name} ({size(file.size)})",) for file in files) if files else None


def size(number: int) -> str:
    """A number of bytes as people say it."""
    if number < 1000:
        return f"{number} Byte"
    return f"{number / 1000:.0f} KB" if number < 999_500 else f"{number / 1_000_000:.1f} MB".replace(".", ",")


def timing(view: InputView) -> Block | None:
    """What there is to know about the deadline."""
    if view.session is None:
        return paragraph(NO_SESSION)
    if view.session.deadline is None or view.status == "withdrawn":
        return None
    day = say_day(view.session.deadline)
    if view.late:
        return paragraph(f"Die Frist war am {day}; der Input ist angenommen und als verspätet vermerkt.")
    return paragraph(f"Frist: {day}.")


def next_step(view: InputView) -> Block:
    """What can be done with an input now."""
    if view.status == "draft":
        return hint(
            "Noch ein Entwurf. Einreichen: auf diese Nachricht mit „ergänzen <Text>“ antworten, "
            "oder auf eine Datei mit ",
            Code(f"!input {view.reference} ergänzen"),
            ".",
        )
    if view.status == "withdrawn":
        return hint("Doch einreichen: „!zurück“ (10 Minuten lang) oder ", Code("!input <Titel>"), ".")
    return hint(
        "Ändern: auf diese Nachricht antworten, zum Beispiel „ergänzen <Text>“ oder „zurückziehen“. "
        "Datei anhängen: auf die Datei antworten mit ",
        Code(f"!input {view.reference} ergänzen"),
        ".",
    )


def excerpt(text: str) -> Block | None:
    """The beginning of a text."""
    if not text:
        return None
    return paragraph(text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()} …")


# --- one input --------------------------------------------------------------------------------------------------


@shows(InputAdded)
def added(result: InputAdded) -> Card:
    """The new input, echoed."""
    view = result.input
    return card(
        heading(f"Input {view.reference}: ", view.title),
        excerpt(view.text),
        file_list(view.files),
        facts(view),
        timing(view),
        next_step(view),
        about=view.reference,
    )


@shows(InputChanged)
def changed(result: InputChanged) -> Card:
    """The input after a change."""
    view = result.input
    return card(
        heading(f"{CHANGES[result.change]} – {view.reference}: ", view.title),
        file_list(view.files) if result.change == "extended" else None,
        facts(view),
        timing(view),
        next_step(view),
        about=view.reference,
    )


@shows(InputHandedOn)
def handed_on(result: InputHandedOn) -> Card:
    """Said where the input was."""
    view = result.input
    return card(
        heading(f"Weitergegeben – {view.reference}: ", view.title),
        paragraph(f"Von {result.before} an {view.group}. Die AG ist benachrichtigt, der Verlauf bleibt erhalten."),
        hint("Ein Versehen? „!zurück“ holt den Input zurück (10 Minuten lang)."),
    )


ITEM_STATUS = {
    "proposed": "vorgeschlagen",
    "accepted": "auf der Tagesordnung",
    "carried": "vertagt",
    "rejected": "abgelehnt",
    "struck": "gestrichen",
}


@shows(InputPresented)
def presented(result: InputPresented) -> Card:
    """Said where it was sent, and to the board and the office."""
    view, place = result.input, result.place
    done = "steht auf der Tagesordnung" if place.status == "accepted" else "ist für die Tagesordnung vorgeschlagen"
    return card(
        heading(f"Input {view.reference} als {place.item}: ", view.title),
        excerpt(view.text),
        file_list(view.files),
        paragraph(f"Von {view.group}, gesendet durch ", PersonNode(result.by.id, result.by.name)),
        paragraph(f"Der Input {done}: {place.meeting}, {place.title}."),
        hint(
            "Tagesordnung: ",
            Code(f"!tagesordnung {place.meeting}"),
            " · Input mit Verlauf: ",
            Code(f"!input {view.reference}"),
        ),
        about=view.reference,
    )


@shows(InputReceived)
def received(result: InputReceived) -> Card:
    """Told to the group that has the input now."""
    view = result.input
    return card(
        heading(f"Neu bei Ihnen – Input {view.reference}: ", view.title),
        excerpt(view.text),
        file_list(view.files),
        paragraph(f"Von {result.before} weitergegeben durch ", PersonNode(result.by.id, result.by.name), "."),
        paragraph(*joined(notified(result.leads), " ")) if result.leads else None,
        facts(view),
        next_step(view),
        about=view.reference,
    )


def notified(people: tuple[Person, ...]) -> list[PersonNode]:
    """Persons whose clients ring."""
    return [PersonNode(person.id, person.name, notify=True) for person in people]


@shows(InputShown)
def shown(result: InputShown) -> Card:
    """The whole input with its history."""
    view = result.input
    submitted = f" am {say_moment(view.submitted_at)}" if view.submitted_at else ""
    return card(
        heading(f"Input {view.reference}: ", view.title),
        paragraph(view.text) if view.text else None,
        file_list(view.files),
        paragraph("Von ", PersonNode(view.author.id, view.author.name), f" · {view.group}"),
        paragraph(f"Sitzung: {session_words(view.session)}") if view.session else None,
        paragraph(f"Stand: {status(view)}{submitted if view.status == 'submitted' else ''}"),
        timing(view),
        paragraph(Strong("Verlauf")),
        bullets(
            [
                *(trace_line(entry, result.groups) for entry in result.history),
                *((f"{one.meeting}, {one.title}: als {one.item} {ITEM_STATUS[one.status]}",) for one in result.places),
            ]
        ),
        next_step(view),
        about=view.reference,
    )


def trace_line(entry: TraceLine, groups: dict[str, str]) -> tuple[Inline, ...]:
    """One change: when, what, who."""
    who = PersonNode(entry.actor.id, entry.actor.name)
    if not entry.changes:
        return (f"{say_moment(entry.at)}: angelegt von ", who)
    words = "; ".join(said(change, groups) for change in entry.changes)
    return (f"{say_moment(entry.at)}: {words} (", who, ")")


def said(change: Change, groups: dict[str, str]) -> str:
    """One changed field in words; texts are too long to be repeated."""
    name = FIELDS[change.field]
    if change.field in ("text", "added"):
        return f"{name} geändert"
    words = {"status": STATUS, "group_key": groups}.get(change.field, {})
    return f"{name}: bisher {words.get(change.before, change.before)}, jetzt {words.get(change.after, change.after)}"


# --- all inputs -------------------------------------------------------------------------------------------------


@shows(InputStates)
def states(result: InputStates) -> Card:
    """Who has delivered, as a list."""
    what = session_words(result.session) if result.session else "nächste Sitzung (noch ohne Termin)"
    due = f"Frist: {say_day(result.session.deadline)}" if result.session and result.session.deadline else None
    if not result.groups:
        return card(
            paragraph(f"Inputs – {what}: Es gibt noch keine AG."),
            hint("Eine AG legt die Koordination an: ", Code("!ag neu <Name>"), "."),
        )
    return card(
        heading(f"Inputs – {what}"),
        paragraph(due) if due else None,
        bullets(line for group in result.groups for line in (state_line(group), *map(input_line, group.inputs))),
        hint("Input einreichen: im Raum der AG ", Code("!input <Titel>"), " und darunter der Text."),
    )


def state_line(group: GroupInputs) -> tuple[Inline, ...]:
    """A group and its state."""
    return (Strong(group.group), f": {STATES[group.state]}")


def input_line(view: InputView) -> tuple[Inline, ...]:
    """An input as one item of a list."""
    return (Strong(view.reference), f" {view.title} – {status(view)}")


@shows(InputsExported)
def exported(result: InputsExported) -> Card:
    """The file, and what is in it."""
    what = session_words(result.session) if result.session else "nächste Sitzung (noch ohne Termin)"
    return card(
        heading(f"Inputs als Datei – {what}"),
        paragraph(f"{count(result.count, 'Input', 'Inputs')}, Datei „{result.name}“ folgt."),
        hint("Andere Formate: ", Code("!export inputs docx"), ", ebenso pdf, md, xlsx, json und zip."),
        files=(Attachment(result.name, result.mimetype, result.document),),
    )


# --- what the clock says ----------------------------------------------------------------------------------------


def call_blocks(session: SessionView, today: date) -> tuple[Block, ...]:
    """A working group is asked for its input."""
    return (
        heading("Aufruf: Input für die Sitzung"),
        paragraph(f"{session_words(session)}. Bitte reichen Sie den Input Ihrer AG ein."),
        paragraph(when_due(session.deadline, today)),
        hint(
            "So geht es: ",
            Code("!input <Titel>"),
            " und in den nächsten Zeilen der Text; eine Datei kommt mit, wenn Sie auf sie antworten.",
        ),
    )


def nudge_blocks(session: SessionView, group: GroupInputs, today: date) -> tuple[Block, ...]:
    """A working group has not delivered yet."""
    return (
        heading(f"Erinnerung: Input der {group.group} fehlt noch"),
        paragraph(f"{session_words(session)}. {when_due(session.deadline, today)}"),
        missing_step(group),
    )


def missing_step(group: GroupInputs) -> Block:
    """How a group delivers: its draft lacks something, or there is nothing yet."""
    if group.inputs:
        draft = group.inputs[0].reference
        return hint(f"Der Entwurf {draft} hat noch keinen Text: ", Code(f"!input {draft} ergänzen <Text>"), ".")
    return hint("So geht es: im Raum der AG ", Code("!input <Titel>"), " und in den nächsten Zeilen der Text.")


def when_due(deadline: date | None, today: date) -> str:
    """The deadline as seen from a day."""
    if deadline is None:
        return "Die Frist richtet sich nach dem Termin der Sitzung."
    if today < deadline:
        return f"Die Frist endet am {say_day(deadline)}."
    if today == deadline:
        return f"Die Frist endet heute ({say_day(deadline)})."
    return f"Die Frist war am {say_day(deadline)}; der Input wird noch angenommen und als verspätet vermerkt."


def missing_blocks(session: SessionView, groups: tuple[GroupInputs, ...]) -> tuple[Block, ...]:
    """Told to the coordination after the deadline."""
    return (
        heading(f"Nach der Frist: {count(len(groups), 'AG', 'AGs')} ohne Input"),
        paragraph(f"{session_words(session)}. Ich erinnere die AGs nicht weiter."),
        bullets(state_line(group) for group in groups),
        hint("Bitte sprechen Sie die AGs selbst an. Stand jederzeit: ", Code(f"!inputs {session.reference}"), "."),
    )


def asked_blocks(session: SessionView, items: tuple[str, ...], institution: str) -> tuple[Block, ...]:
    """An institution's person is asked for what stands on every agenda."""
    return (
        heading("Anfrage zur Sitzung: ", ", ".join(items)),
        paragraph(f"{session_words(session)}. Bitte bereiten Sie für {institution} einen kurzen Beitrag vor."),
        hint(f"Ob Sie kommen, sagen Sie mit „!zusage {session.reference}“ oder „!absage {session.reference}“."),
    )


def office_blocks(session: SessionView, asked: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Block, ...]:
    """Institutions that cannot be asked here, for the office: title of the agenda item with its institutions."""
    return (
        heading("Bitte anfragen: Einrichtungen ohne Konto"),
        paragraph(f"{session_words(session)}. Diese Einrichtungen kann ich nicht selbst anschreiben:"),
        bullets((Strong(title), f": {', '.join(names)}") for title, names in asked),
        hint("Bitte fragen Sie sie per E-Mail oder Telefon an und laden Sie sie in einen Raum ein."),
    )


# --- "my things" ------------------------------------------------------------------------------------------------


@shows(InputsOwed)
def owed(result: InputsOwed) -> Card:
    """Inputs that the sender's working groups still owe."""
    return card(
        heading(f"Input für {result.session.reference} fehlt noch"),
        paragraph(when_due(result.session.deadline, result.today)),
        bullets((f"{group.group} – ", *_way(group)) for group in result.groups),
    )


def _way(group: GroupInputs) -> tuple[Inline, ...]:
    if group.inputs:
        return (f"Entwurf {group.inputs[0].reference}: ", Code(f"!input {group.inputs[0].reference} ergänzen <Text>"))
    return ("im Raum der AG: ", Code("!input <Titel>"))
