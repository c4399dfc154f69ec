"""The German of the agenda: results to cards."""

from collections.abc import Iterable

from ombot.chat.language import SENTENCES, count, say_day, say_moment, say_when
from ombot.chat.nodes import (
    Attachment,
    Block,
    Button,
    Card,
    Code,
    Inline,
    PersonNode,
    Strong,
    Table,
    bullets,
    card,
    heading,
    hint,
    paragraph,
)
from ombot.chat.registry import REGISTRY, shows
from ombot.chat.render import plain
from ombot.chat.trace import Change, TraceLine
from ombot.features.agenda.results import (
    AgendaFile,
    AgendaShown,
    AgendaView,
    BoardAgenda,
    CalledUp,
    FollowUps,
    ItemAdded,
    ItemChanged,
    ItemProposed,
    ItemRejected,
    ItemsAdded,
    ItemShown,
    ItemView,
    LetterFile,
    MyItems,
    RunningVote,
)
from ombot.features.agenda.rules import PAUSE, Draft
from ombot.features.tasks import cards as tasks

SENTENCES |= {
    "agenda_no_session": "Es ist noch keine Sitzung geplant. Die Koordination legt sie mit „!sitzung <Datum> "
    "<Zeit>“ an; für einen anderen Termin schreiben Sie „für T5“ hinter den Titel.",
    "agenda_which_meeting": "Es ist noch keine Sitzung geplant. Für welchen Termin ist der TOP?",
    "agenda_no_top": "TOP {top} gibt es auf der Tagesordnung von {meeting} nicht. "
    "Mit „!tagesordnung {meeting}“ sehen Sie die Nummern.",
    "agenda_kind_unknown": "Die Art „{text}“ kenne ich nicht. Welche ist gemeint?",
    "agenda_duration_unknown": "„{text}“ verstehe ich nicht als Dauer. Bitte antworten Sie mit den Minuten, "
    "zum Beispiel „30“ (höchstens 24 Stunden).",
    "agenda_many": "Das sind {count} Tagesordnungspunkte auf einmal. Sollen wirklich alle aufgenommen werden?",
    "agenda_edit_many": "Eine eingefügte Tagesordnung ändern Sie TOP für TOP, zum Beispiel mit „!top 4 dauer 30“.",
    "agenda_meeting_cancelled": "{meeting} ist abgesagt. Mit „!termine“ sehen Sie die kommenden Termine.",
    "agenda_meeting_over": "{meeting} ist schon vorbei, die Tagesordnung bleibt, wie sie war. "
    "Mit „!termine“ sehen Sie die kommenden Termine.",
    "agenda_already_accepted": "{item} steht schon auf der Tagesordnung. "
    "Mit „!top {item} nach 2“ ordnen Sie den Punkt anders ein.",
    "agenda_already_struck": "{item} ist schon gestrichen. "
    "Mit „!top {item} annehmen“ kommt der Punkt wieder auf die Tagesordnung.",
    "agenda_not_proposed_accepted": "{item} steht schon auf der Tagesordnung. "
    "Mit „!top {item} streichen“ nehmen Sie den Punkt herunter.",
    "agenda_not_proposed_rejected": "{item} ist schon abgelehnt. Mit „!top {item} annehmen“ nehmen Sie es zurück.",
    "agenda_not_proposed_struck": "{item} ist gestrichen. "
    "Mit „!top {item} annehmen“ kommt der Punkt wieder auf die Tagesordnung.",
    "agenda_not_proposed_carried": "{item} ist vertagt. Mit „!top {item}“ sehen Sie den Verlauf.",
    "agenda_not_beside": "{item} und {other} stehen nicht auf derselben Tagesordnung. "
    "Mit „!tagesordnung“ sehen Sie die Nummern.",
    "agenda_not_carried": "{item} steht nicht auf der Tagesordnung und lässt sich nicht vertagen. "
    "Mit „!top {item}“ sehen Sie den Stand.",
}

FOLLOW_UPS = Draft("Offene Aufgaben und Wiedervorlagen", "Bericht")
"""The item under which every session looks at what is still open."""

STEP_BRIEF = "Tagesordnung veröffentlichen"
PARKED_BRIEF = "Frage, ob Bedingungen zurückgestellter Aufgaben eingetreten sind"

STATUS = {
    "proposed": "vorgeschlagen",
    "accepted": "auf der Tagesordnung",
    "rejected": "abgelehnt",
    "struck": "gestrichen",
    "carried": "vertagt",
}
FIELDS = {
    "title": "Titel",
    "kind": "Art",
    "goals": "Ziele",
    "minutes": "Dauer",
    "presenter": "Wer",
    "status": "Stand",
    "reason": "Grund",
}
CHANGES = {
    "moved": "Neu eingeordnet",
    "duration": "Neue Dauer",
    "title": "Neuer Titel",
    "goals": "Neue Ziele",
    "presenter": "Neu: Wer",
    "kind": "Neue Art",
    "accepted": "Angenommen",
    "rejected": "Abgelehnt",
    "struck": "Gestrichen",
    "carried": "Vertagt",
}


# --- parts of cards ---------------------------------------------------------------------------------------------


def _topic(item: ItemView) -> str:
    """Kind and title as in the board's minutes: "DISKUSSION: Wie arbeiten wir?"."""
    if item.title.casefold() == item.kind.casefold():
        return item.kind if item.kind == PAUSE else item.kind.upper()
    return item.title if item.kind == PAUSE else f"{item.kind.upper()}: {item.title}"


def _goals(item: ItemView) -> str:
    if not item.goals:
        return ""
    return f" – {'Ziel' if len(item.goals) == 1 else 'Ziele'}: {'; '.join(item.goals)}"


def _time(item: ItemView) -> str:
    return f"{item.start:%H:%M}" if item.start else ""


def _row(item: ItemView) -> tuple[str, ...]:
    carried = " (vertagt)" if item.status == "carried" else ""
    topic = f"{_topic(item)}{_goals(item)}{carried} ({item.reference})"
    return (str(item.top or ""), topic, item.presenter or "", _time(item))


def _table(items: Iterable[ItemView]) -> Table:
    return Table(("TOP", "Thema", "Wer", "Uhrzeit"), tuple(_row(item) for item in items))


def _facts(item: ItemView, *, with_group: bool = True) -> Block | None:
    """Duration, presenter, origin and time, in one line."""
    parts = [
        f"Uhrzeit: {_time(item)}" if item.start else "",
        f"Dauer: {item.minutes} Minuten" if item.minutes else "",
        f"Wer: {item.presenter}" if item.presenter else "",
        f"Vorgeschlagen von: {item.group}" if item.status == "proposed" and with_group else "",
        f"Aus: {item.origin}" if item.origin else "",
    ]
    said = " · ".join(part for part in parts if part)
    return paragraph(said) if said else None


def _goal_list(item: ItemView) -> Block | None:
    return paragraph(_goals(item).removeprefix(" – ")) if item.goals else None


def _when(agenda: AgendaView) -> str:
    return say_when(agenda.start, agenda.end) if agenda.start else "Termin noch offen"


def _head(agenda: AgendaView) -> tuple[Block, ...]:
    place = " · ".join(part for part in (_when(agenda), agenda.place) if part)
    return heading(f"Tagesordnung – {agenda.reference}: ", agenda.title), paragraph(place)


def _name(item: ItemView) -> str:
    return f"TOP {item.top}" if item.top else "Pause" if item.kind == PAUSE else item.reference


def _over(agenda: AgendaView) -> Block | None:
    """What does not fit into the planned time, and what is not counted in yet."""
    if not agenda.over or agenda.end is None:
        return None
    minutes = int(agenda.over.total_seconds()) // 60
    ends = agenda.end + agenda.over
    return paragraph(
        Strong("Zu lang: "),
        f"Die Tagesordnung endet um {ends:%H:%M} Uhr, geplant ist {agenda.end:%H:%M} Uhr "
        f"({count(minutes, 'Minute', 'Minuten')} mehr).",
    )


def _uncounted(agenda: AgendaView) -> Block | None:
    open_items = [item for item in agenda.items if item.minutes is None]
    if not open_items or len(open_items) == len(agenda.items) == 1:
        return None
    named = ", ".join(_name(item) for item in open_items[:8])
    more = f" und {len(open_items) - 8} weitere" if len(open_items) > 8 else ""
    return paragraph(f"Noch ohne Dauer und nicht eingerechnet: {named}{more}.")


def _follow_ups(agenda: AgendaView) -> tuple[Block, ...]:
    item = next((item for item in agenda.items if item.standing == "follow_ups"), None)
    if item is None or agenda.follow_ups is None:
        return ()
    title = paragraph(Strong(f"Zu {_name(item)} – {item.title}"))
    if not agenda.follow_ups:
        return title, paragraph("Nichts offen.")
    return title, bullets(follow_up_lines(agenda.follow_ups))


def follow_up_lines(found: FollowUps) -> list[tuple[Inline, ...]]:
    """Open tasks, parked ones with what they wait for, running votes; one line each, a sign in front."""
    lines: list[tuple[Inline, ...]] = [tasks.line(task, with_group=False) for task in found.tasks]
    return [*lines, *(("🗳 ", *_vote(vote)) for vote in found.votes)]


def follow_up_texts(found: FollowUps) -> list[str]:
    """The same for documents, whose fonts do not have the signs."""
    lines = [tasks.line(task, with_group=False)[1:] for task in found.tasks]
    return [plain(card(paragraph(*line))) for line in (*lines, *map(_vote, found.votes))]


def _vote(vote: RunningVote) -> tuple[Inline, ...]:
    until = f"Abstimmung bis {say_day(vote.closes_on)}" if vote.closes_on else "Abstimmung läuft"
    return ("Beschluss ", Strong(vote.reference), f" {_short(vote.text)}, {until}")


def _short(text: str) -> str:
    first = text.splitlines()[0]
    return first if len(first) <= 120 else f"{first[:119]}…"


def _proposals(agenda: AgendaView) -> tuple[Block, ...]:
    if not agenda.proposals:
        return ()
    lines = ((Strong(item.reference), f" {_topic(item)}{_goals(item)} ({item.group})") for item in agenda.proposals)
    return paragraph(Strong("Vorschläge, noch nicht angenommen")), bullets(lines)


def agenda_blocks(agenda: AgendaView) -> tuple[Block, ...]:
    """The whole agenda without its next step; for the session's step too."""
    items: Block = _table(agenda.items) if agenda.items else paragraph("Noch kein Tagesordnungspunkt.")
    parts = (*_head(agenda), items, _over(agenda), *_follow_ups(agenda), *_proposals(agenda))
    return tuple(part for part in parts if part is not None)


def _next_step(agenda: AgendaView) -> Block:
    if agenda.lead and agenda.proposals:
        reference = agenda.proposals[0].reference
        return hint("Nächster Schritt: ", Code(f"!top {reference} annehmen"), " oder ", Code("… ablehnen <Grund>"))
    if not agenda.items:
        return hint("Vorschlagen: ", Code("!top <Titel> Dauer: 30 Wer: <Name>"))
    if agenda.lead:
        missing = next((item for item in agenda.items if item.minutes is None), agenda.items[-1])
        return hint(
            "Ändern: ",
            Code(f"!top {missing.reference} dauer 15"),
            " · Ordnen: ",
            Code(f"!top {agenda.items[-1].reference} nach 1"),
            " · Datei: ",
            Code(f"!tagesordnung {agenda.reference} docx"),
        )
    return hint("Vorschlagen: ", Code("!top <Titel>"), " · Datei: ", Code(f"!tagesordnung {agenda.reference} pdf"))


def _buttons(item: ItemView) -> tuple[Button, ...]:
    reference = item.reference
    return (Button("✅", "annehmen", f"!top {reference} annehmen", ""),)


# --- cards ------------------------------------------------------------------------------------------------------


@shows(AgendaShown)
def agenda_shown(result: AgendaShown) -> Card:
    """The agenda with times, what is open, what was proposed."""
    agenda = result.agenda
    uncounted = _uncounted(agenda) if agenda.lead else None
    return card(*agenda_blocks(agenda), uncounted, _next_step(agenda), about=agenda.reference)


@shows(AgendaFile)
def agenda_file(result: AgendaFile) -> Card:
    """The file is on its way."""
    agenda = result.agenda
    return card(
        *_head(agenda),
        _over(agenda),
        hint("Die Datei folgt. Ändert sich danach etwas, fordern Sie sie mit demselben Befehl neu an."),
        about=agenda.reference,
        files=(result.file,),
    )


LETTERS = {"invitation": "Einladung", "attendance": "Anwesenheitsliste"}


@shows(LetterFile)
def letter_file(result: LetterFile) -> Card:
    """The file is on its way."""
    meeting, name = result.meeting, LETTERS[result.kind]
    file = Attachment(f"{name}-{meeting.reference}.{result.format}", result.mimetype, result.document)
    return card(
        heading(f"{name} – {meeting.reference}: ", meeting.title),
        paragraph(say_when(meeting.start, meeting.end)) if meeting.start else None,
        hint("Die Datei folgt. Ändert sich danach etwas, fordern Sie sie mit demselben Befehl neu an."),
        about=meeting.reference,
        files=(file,),
    )


@shows(ItemAdded)
def added(result: ItemAdded) -> Card:
    """The new item, echoed in full."""
    item, agenda = result.item, result.meeting
    if item.status == "accepted":
        title = f"{_name(item)} auf der Tagesordnung von {agenda.reference} – {item.reference}: "
        next_step = "Ändern: auf diese Nachricht antworten, zum Beispiel „dauer 45“, „nach 2“ oder „streichen“."
    elif item.status != "proposed":
        title = f"{STATUS[item.status].capitalize()} – {item.reference}, {agenda.reference}: "
        next_step = f"Verlauf ansehen: „!top {item.reference}“."
    else:
        title = f"Vorschlag für die Tagesordnung von {agenda.reference} – {item.reference}: "
        next_step = (
            "Über den Vorschlag entscheidet, wer die Tagesordnung führt. "
            "Ändern: auf diese Nachricht antworten, zum Beispiel „dauer 45“ oder „zurückziehen“."
        )
    return card(
        heading(title, _topic(item)),
        paragraph(f"{agenda.title}, {_when(agenda)}"),
        _goal_list(item),
        paragraph("Grund: ", item.reason) if item.reason else None,
        _facts(item),
        _over(agenda) if item.status == "accepted" else None,
        hint(next_step),
        about=item.reference,
    )


@shows(ItemProposed)
def proposed(result: ItemProposed) -> Card:
    """Told to those who decide on the agenda."""
    item, agenda = result.item, result.meeting
    return card(
        heading(f"Vorschlag für die Tagesordnung von {agenda.reference} – {item.reference}: ", _topic(item)),
        paragraph("Von ", PersonNode(result.by.id, result.by.name), f", {item.group} · {agenda.title}"),
        _goal_list(item),
        _facts(item, with_group=False),
        hint("Antworten Sie hier mit „annehmen“, „nach 2“ oder „ablehnen <Grund>“."),
        about=item.reference,
        buttons=_buttons(item),
    )


@shows(ItemsAdded)
def items_added(result: ItemsAdded) -> Card:
    """A pasted agenda, shown as a whole."""
    agenda = result.agenda
    parts = [
        f"{count(result.added, 'Punkt', 'Punkte')} neu" if result.added or not result.updated else "",
        f"{count(result.updated, 'vorhandener Punkt', 'vorhandene Punkte')} aktualisiert" if result.updated else "",
    ]
    return card(
        paragraph("Eingefügt: ", ", ".join(part for part in parts if part), "."),
        *agenda_blocks(agenda),
        _uncounted(agenda),
        _next_step(agenda),
        about=agenda.reference,
    )


@shows(ItemChanged)
def changed(result: ItemChanged) -> Card:
    """The item after a change."""
    item = result.item
    where = f"{_name(item)}, " if item.top else ""
    return card(
        heading(f"{CHANGES[result.change]} – {where}{item.reference}: ", _topic(item)),
        _goal_list(item) if result.change == "goals" else None,
        paragraph("Grund: ", item.reason) if item.reason else None,
        _facts(item),
        _over(result.meeting) if item.status == "accepted" else None,
        hint(*_after(result)),
        about=item.reference,
    )


def _after(result: ItemChanged) -> tuple[Inline, ...]:
    item = result.item
    if result.change == "carried":
        if result.carried_to:
            return (f"Der Punkt steht jetzt als {result.carried_to} auf der nächsten Tagesordnung.",)
        return ("Der Punkt kommt von selbst auf die Tagesordnung des nächsten Termins, sobald es ihn gibt.",)
    if item.status in ("rejected", "struck"):
        return ("Doch auf die Tagesordnung: „annehmen“ antworten. Rückgängig: „!zurück“ (10 Minuten lang).",)
    return ("Die ganze Tagesordnung: ", Code(f"!tagesordnung {result.meeting.reference}"))


@shows(ItemRejected)
def rejected(result: ItemRejected) -> Card:
    """Told to the proposer in the direct chat."""
    item, agenda = result.item, result.meeting
    return card(
        heading(f"Nicht auf der Tagesordnung von {agenda.reference} – {item.reference}: ", _topic(item)),
        paragraph("Entschieden von ", PersonNode(result.by.id, result.by.name), f" · {agenda.title}"),
        paragraph("Grund: ", item.reason or "nicht angegeben"),
        hint("Sie können den Punkt geändert noch einmal vorschlagen: ", Code("!top <Titel>")),
        about=item.reference,
    )


@shows(ItemShown)
def shown(result: ItemShown) -> Card:
    """One item with its history."""
    item, agenda = result.item, result.meeting
    where = f"{_name(item)}, " if item.top else ""
    return card(
        heading(f"{where}{item.reference}: ", _topic(item)),
        paragraph(f"{agenda.title} ({agenda.reference}), {_when(agenda)}"),
        _goal_list(item),
        _facts(item),
        paragraph(f"Stand: {STATUS[item.status]}"),
        paragraph("Grund: ", item.reason) if item.reason else None,
        paragraph(Strong("Verlauf")) if result.history else None,
        bullets(_trace_line(entry) for entry in result.history) if result.history else None,
        hint("Die ganze Tagesordnung: ", Code(f"!tagesordnung {agenda.reference}")),
        about=item.reference,
        buttons=_buttons(item) if item.status == "proposed" and agenda.lead else (),
    )


def _trace_line(entry: TraceLine) -> tuple[Inline, ...]:
    who = PersonNode(entry.actor.id, entry.actor.name)
    if not entry.changes:
        return (f"{say_moment(entry.at)}: angelegt von ", who)
    words = "; ".join(
        f"{FIELDS[change.field]}: bisher {_said(change, change.before)}, jetzt {_said(change, change.after)}"
        for change in entry.changes
    )
    return (f"{say_moment(entry.at)}: {words} (", who, ")")


def _said(change: Change, value: object) -> str:
    if not value:
        return "leer"
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    if change.field == "status":
        return STATUS[str(value)]
    return f"{value} Minuten" if change.field == "minutes" else str(value)


@shows(CalledUp)
def called_up(result: CalledUp) -> Card:
    """What the minutes say as they move on."""
    return REGISTRY.cards[type(result.said)](result.said)


@shows(BoardAgenda)
def on_board(result: BoardAgenda) -> Card:
    """How far the next agenda is."""
    agenda = result.agenda
    numbered = sum(item.top is not None for item in agenda.items)
    proposals = f", {count(len(agenda.proposals), 'Vorschlag', 'Vorschläge')}" if agenda.proposals else ""
    return card(
        heading(f"Tagesordnung von {agenda.reference}: {count(numbered, 'TOP', 'TOPs')}{proposals}"),
        paragraph("Ansehen: ", Code(f"!tagesordnung {agenda.reference}")),
    )


def published_blocks(agenda: AgendaView) -> tuple[Block, ...]:
    """The agenda as it is sent out before the session."""
    return (*agenda_blocks(agenda), hint("Fehlt etwas? Vorschlagen: ", Code("!top <Titel>"), ". Die Dateien folgen."))


@shows(MyItems)
def my_items(result: MyItems) -> Card:
    """What of the next session concerns the sender."""
    return card(
        heading(f"Ihre Punkte auf der Tagesordnung von {result.reference}"),
        bullets((Strong(_name(item)), f" {_topic(item)}", *_details(item)) for item in result.items),
    )


def _details(item: ItemView) -> tuple[Inline, ...]:
    said = [f"{_time(item)} Uhr"] if item.start else []
    said += [item.presenter] if item.presenter else []
    return (f" ({', '.join(said)})",) if said else ()
