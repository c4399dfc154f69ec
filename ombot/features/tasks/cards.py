"""The German of tasks: results to cards."""

from datetime import date

from ombot.chat.language import SENTENCES, count, say_day, say_moment
from ombot.chat.nodes import (
    Attachment,
    Block,
    Bullets,
    Button,
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
from ombot.features.tasks.results import (
    BoardTasks,
    MyTasks,
    TaskAdded,
    TaskChanged,
    TaskGiven,
    TaskList,
    TasksExported,
    TaskShown,
    TaskView,
)

SENTENCES |= {
    "task_already_done": "{reference} ist schon erledigt. "
    "Mit „!aufgabe {reference} offen“ öffnen Sie die Aufgabe wieder.",
    "task_already_cancelled": "{reference} ist schon verworfen. "
    "Mit „!aufgabe {reference} offen“ öffnen Sie die Aufgabe wieder.",
    "task_already_open": "{reference} ist schon offen. Mit „!aufgabe {reference}“ sehen Sie die Aufgabe.",
}

STATUS = {"open": "offen", "done": "erledigt", "cancelled": "verworfen", "parked": "zurückgestellt"}
SIGN = {"open": "☐", "done": "☑", "cancelled": "✖", "parked": "⏸"}
FIELDS = {
    "title": "Titel",
    "description": "Beschreibung",
    "due": "Frist",
    "status": "Stand",
    "note": "Notiz",
    "parked_until": "Wiedervorlage",
    "parked_condition": "Bedingung",
}
HEADINGS = {
    "open": "Offene Aufgaben",
    "mine": "Ihre offenen Aufgaben",
    "all": "Alle Aufgaben",
    "overdue": "Überfällige Aufgaben",
    "done": "Erledigte Aufgaben",
    "parked": "Zurückgestellte Aufgaben",
    "person": "Offene Aufgaben von {words}",
    "words": "Aufgaben zu „{words}“",
}
CHANGES = {
    "done": "Erledigt",
    "cancelled": "Verworfen",
    "open": "Wieder offen",
    "parked": "Zurückgestellt",
    "due": "Neue Frist",
    "title": "Neuer Titel",
    "note": "Notiz gespeichert",
    "assigned": "Neu zugeordnet",
}


def buttons(reference: str) -> tuple[Button, ...]:
    """What one touch does with an open task."""
    return (
        Button("✅", "erledigt", f"!aufgabe {reference} erledigt", f"!aufgabe {reference} offen"),
        Button("🙋", "übernehme ich", f"!aufgabe {reference} übernehme ich", f"!aufgabe {reference} doch nicht"),
    )


def doers(task: TaskView, notify: tuple[str, ...] = ()) -> tuple[Inline, ...]:
    """Who is to do a task."""
    people = [PersonNode(person.id, person.name, person.id in notify) for person in task.people]
    return joined([*people, *task.parties]) or ("noch niemand",)


def facts(task: TaskView, notify: tuple[str, ...] = ()) -> Block:
    """Who and by when, in one line."""
    parts: list[Inline] = ["Wer: ", *doers(task, notify), " · Frist: ", due(task)]
    if task.status != "open":
        parts += [" · Stand: ", status(task)]
    return paragraph(*parts)


def due(task: TaskView) -> str:
    """The due date, with a word when it has passed."""
    if task.due is None:
        return "keine"
    return say_day(task.due) + (" (überfällig)" if task.overdue else "")


def status(task: TaskView) -> str:
    """The state in words, with what a parked task waits for."""
    word = STATUS[task.status]
    if task.parked_until is not None:
        return f"{word} bis {say_day(task.parked_until)}"
    return f"{word}, bis: {task.parked_condition}" if task.parked_condition else word


def line(task: TaskView, *, with_group: bool) -> tuple[Inline, ...]:
    """A task as one item of a list."""
    parts: list[Inline] = [f"{SIGN[task.status]} ", Strong(task.reference), f" {task.title} – ", *doers(task)]
    if task.due is not None:
        parts.append(f", bis {due(task)}")
    if task.status in ("done", "cancelled", "parked"):
        parts.append(f", {status(task)}")
    if with_group:
        parts.append(f" ({task.group})")
    return tuple(parts)


def lines(tasks: tuple[TaskView, ...], *, with_group: bool = False) -> Bullets:
    """Tasks as a list."""
    return bullets(line(task, with_group=with_group) for task in tasks)


@shows(TaskAdded)
def added(result: TaskAdded) -> Card:
    """The new task, echoed in full."""
    task = result.task
    said = f" (die Uhrzeit {result.time_said} wird nicht gespeichert)" if result.time_said else ""
    return card(
        heading(f"Aufgabe {task.reference}: ", task.title),
        paragraph(task.description) if task.description else None,
        facts(task, result.notify),
        hint(f"Ändern: auf diese Nachricht antworten, zum Beispiel „bis 30.09.“ oder „erledigt“{said}."),
        about=task.reference,
        buttons=buttons(task.reference),
    )


@shows(TaskChanged)
def changed(result: TaskChanged) -> Card:
    """The task after a change."""
    task = result.task
    note = paragraph("Notiz: ", task.note) if task.note and result.change in ("note", "done", "cancelled") else None
    next_step = (
        "Weiter: auf diese Nachricht antworten, zum Beispiel „bis 30.09.“ oder „erledigt“."
        if task.status == "open"
        else "Wieder öffnen: „offen“ antworten. Rückgängig: „!zurück“ (10 Minuten lang)."
    )
    return card(
        heading(f"{CHANGES[result.change]} – {task.reference}: ", task.title),
        note,
        facts(task, result.notify),
        hint(next_step),
        about=task.reference,
    )


@shows(TaskShown)
def shown(result: TaskShown) -> Card:
    """The whole task with its history."""
    task = result.task
    return card(
        heading(f"Aufgabe {task.reference}: ", task.title),
        paragraph(task.description) if task.description else None,
        paragraph("Wer: ", *doers(task)),
        paragraph("Frist: ", due(task)),
        paragraph("Stand: ", status(task)),
        paragraph("Gruppe: ", task.group),
        paragraph("Notiz: ", task.note) if task.note else None,
        paragraph(Strong("Verlauf")),
        bullets(trace_line(entry) for entry in result.history),
        about=task.reference,
        buttons=buttons(task.reference) if task.status == "open" else (),
    )


def trace_line(entry: TraceLine) -> tuple[Inline, ...]:
    """One change: when, who, from what to what."""
    who = PersonNode(entry.actor.id, entry.actor.name)
    if not entry.changes:
        return (f"{say_moment(entry.at)}: angelegt von ", who)
    words = "; ".join(_change(change) for change in entry.changes)
    return (f"{say_moment(entry.at)}: {words} (", who, ")")


def _change(change: Change) -> str:
    before, after = _said(change.field, change.before), _said(change.field, change.after)
    return f"{FIELDS[change.field]}: bisher {before}, jetzt {after}"


def _said(field: str, value: str | None) -> str:
    if not value:
        return "leer"
    if field in ("due", "parked_until"):
        return say_day(date.fromisoformat(value))
    return STATUS[value] if field == "status" else value


@shows(TaskList)
def task_list(result: TaskList) -> Card:
    """A list with its heading, or one sentence when there is nothing."""
    title = HEADINGS[result.filter].format(words=result.words)
    if not result.tasks:
        return card(
            paragraph(f"{title}: keine."),
            hint("Neue Aufgabe: ", Code("!aufgabe <Titel> @Person bis <Datum>")),
        )
    return card(
        heading(f"{title} ({count(len(result.tasks), 'Aufgabe', 'Aufgaben')})"),
        lines(result.tasks, with_group=result.by_group),
        hint("Einzelne Aufgabe mit Verlauf: ", Code(f"!aufgabe {result.tasks[0].reference}")),
    )


@shows(TaskGiven)
def given(result: TaskGiven) -> Card:
    """Told to the person a task was given to."""
    task = result.task
    return card(
        heading(f"Neue Aufgabe für Sie – {task.reference}: ", task.title),
        paragraph("Von ", PersonNode(result.by.id, result.by.name), f" · {task.group} · Frist: ", due(task)),
        hint("Antworten Sie hier mit „erledigt“, „bis <Datum>“ oder „doch nicht“."),
        about=task.reference,
        buttons=buttons(task.reference),
    )


@shows(TasksExported)
def exported(result: TasksExported) -> Card:
    """The file, and what is in it."""
    return card(
        heading("Aufgaben als Datei"),
        paragraph(f"{count(result.count, 'Aufgabe', 'Aufgaben')}, Datei „{result.name}“ folgt."),
        hint("Andere Formate: ", Code("!export aufgaben docx"), ", ebenso pdf, xlsx, csv und md."),
        files=(Attachment(result.name, result.mimetype, result.document),),
    )


def reminder_blocks(task: TaskView, step: str) -> tuple[Block, ...]:
    """What is said about a task when its time comes."""
    said = {"due": "Erinnerung", "overdue": "Überfällig", "reopen": "Wiedervorlage"}[step]
    return (
        heading(f"{said} – {task.reference}: ", task.title),
        paragraph("Wer: ", *doers(task), " · Frist: ", due(task), f" · {task.group}"),
        hint(f"Erledigt? „!erledigt {task.reference}“. Mehr Zeit? „!aufgabe {task.reference} bis <Datum>“."),
    )


def condition_blocks(tasks: tuple[TaskView, ...]) -> tuple[Block, ...]:
    """Whether what tasks were parked for has come true; a reply is enough where there is one only."""
    first = tasks[0].reference
    answer = "Hierauf „offen“ oder „zurückgestellt bis <Datum oder Bedingung>“ antworten, als Befehl "
    command = "Eingetreten: „!aufgabe {0} offen“. Sonst: „!aufgabe {0} zurückgestellt bis <Datum oder Bedingung>“."
    return (
        heading("Vor der Sitzung – zurückgestellte Aufgaben"),
        bullets(
            (
                Strong(task.reference),
                f" {task.title} – ",
                *doers(task),
                f". Zurückgestellt bis: {task.parked_condition} – ist das eingetreten?",
            )
            for task in tasks
        ),
        hint(answer, Code(f"!aufgabe {first} offen")) if len(tasks) == 1 else hint(command.format(first)),
    )


@shows(BoardTasks)
def board(result: BoardTasks) -> Card:
    """What is open in a group, the next due first."""
    if not result.total:
        return card(heading("Offene Aufgaben: keine"))
    overdue = f", davon {result.overdue} überfällig" if result.overdue else ""
    more = result.total - len(result.tasks)
    return card(
        heading(f"Offene Aufgaben: {result.total}{overdue}"),
        lines(result.tasks),
        paragraph(f"und {more} weitere – alle zeigt ", Code("!aufgaben")) if more else None,
    )


@shows(MyTasks)
def my_tasks(result: MyTasks) -> Card:
    """What the sender has to do, and what of it waits for something to come true."""
    parked = result.parked
    return card(
        heading(f"Ihre offenen Aufgaben: {len(result.tasks)}") if result.tasks else None,
        lines(result.tasks, with_group=result.by_group) if result.tasks else None,
        heading(f"Ihre zurückgestellten Aufgaben: {len(parked)}") if parked else None,
        lines(parked, with_group=result.by_group) if parked else None,
    )
