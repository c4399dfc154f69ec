"""Commands of tasks (Aufgaben) and their handlers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from ombot import documents
from ombot.chat import dates, people
from ombot.chat.context import Context
from ombot.chat.dates import Reading
from ombot.chat.line import Line, fold
from ombot.chat.parameters import (
    ABSENT,
    Details,
    Due,
    InGroup,
    Party,
    People,
    Ref,
    Reference,
    Stage,
    Title,
    Words,
    choice,
    party_named,
)
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles, locates, names_parties, revises
from ombot.clock import reminders
from ombot.clock.workdays import calendar_of
from ombot.features.groups import queries as groups
from ombot.features.people import queries as institutions
from ombot.features.tasks import queries
from ombot.features.tasks.export import document
from ombot.features.tasks.results import TaskAdded, TaskChanged, TaskGiven, TaskList, TasksExported, TaskShown
from ombot.features.tasks.rules import Doer, Filter, Plan, destinations, plan
from ombot.features.tasks.tables import Task
from ombot.features.tasks.views import trace_of, view, views

TOPIC = "Aufgaben"
EXPORT_TOPIC = "Dateien"
"""Heading of ``!export``, whatever it exports: all forms of a word stand under one."""

TaskRef = Annotated[Ref, Reference("A")]


@dataclass(frozen=True)
class DoersParameter:
    """``@eva, @jan und BG RCI``: everybody named must be known."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """A tuple of doers; empty for ``niemanden``."""
        if not line.text.strip():
            return ABSENT
        if fold(line.text) in ("niemanden", "niemand", "keinen"):
            line.text = ""
            return ()
        if fold(line.text) in ("mich", "mir", "ich"):
            line.text = ""
            return (Doer("person", context.sender),)
        found = [Doer("person", user_id) for user_id in people.take_leading(line, context)]
        if rest := line.text.strip(" .,;"):
            party = party_named(rest, context)
            if party is None:
                raise Refusal("party_unknown", name=rest)
            found.append(Doer.of_party(party))
        line.text = ""
        return tuple(found)


Doers = Annotated[tuple[Doer, ...], DoersParameter()]
Which = Annotated[
    str,
    choice(
        mine=("meine", "mine"),
        all=("alle", "all"),
        overdue=("überfällig", "überfällige", "overdue"),
        done=("erledigt", "erledigte", "done"),
        parked=("zurückgestellt", "zurückgestellte", "parked"),
    ),
]

Format = Annotated[str, choice(**{fmt: (fmt,) for fmt in documents.FORMATS["tasks"]})]


@locates("A", "aufgabe")
def locate(context: Context, number: int) -> str | None:
    """The group of a task that may be seen here."""
    task = queries.get(context.session, number)
    return task.group_key if task is not None and context.sees(task.group_key) else None


@names_parties
def known_parties(context: Context) -> dict[str, dict[str, str]]:
    """Bodies of the configuration, groups by name, institutions by any of their names."""
    session = context.session
    found = {one.name: {"institution": one.name} for one in institutions.institutions(session)}
    found |= institutions.aliases(session)
    found |= {group.name: {"body": group.name} for group in groups.all_groups(session)}
    return found | {body: {"body": body} for body in context.settings.organisation.bodies}


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "aufgabe",
    brief="ändert eine Aufgabe auf erledigt",
    usage="!aufgabe A12 erledigt [Notiz]",
    example="!aufgabe A12 erledigt",
    topic=TOPIC,
    verb=("erledigt", "fertig", "done"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class FinishTask:
    """Mark a task as done, with an optional note."""

    task: TaskRef
    note: Words = ""


@command(
    "aufgabe",
    brief="öffnet eine Aufgabe wieder",
    usage="!aufgabe A12 offen",
    example="!aufgabe A12 offen",
    topic=TOPIC,
    verb=("wieder offen", "offen", "open"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class ReopenTask:
    """Open a task again, whatever its state."""

    task: TaskRef


@command(
    "aufgabe",
    brief="verwirft eine Aufgabe",
    usage="!aufgabe A12 verworfen [Notiz]",
    example="!aufgabe A12 verworfen Hat sich erledigt",
    topic=TOPIC,
    verb=("verworfen", "verwerfen", "cancelled"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class DiscardTask:
    """Close a task without its being done."""

    task: TaskRef
    note: Words = ""


@command(
    "aufgabe",
    brief="stellt eine Aufgabe zurück, bis zu einem Datum oder einer Bedingung in Worten",
    usage="!aufgabe A12 zurückgestellt bis <Datum oder Bedingung>",
    example="!aufgabe A12 zurückgestellt bis zur Bekanntmachung des BMBF",
    topic=TOPIC,
    verb=("zurückgestellt bis", "zurückgestellt", "zurückstellen bis", "parked until"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class ParkTask:
    """Park a task until a date, or until a condition in words is met."""

    task: TaskRef
    until: Words


@command(
    "aufgabe",
    brief="überträgt eine Aufgabe",
    usage="!aufgabe A12 an @Person …|<Gremium/Einrichtung>|niemanden",
    example="!aufgabe A12 an BG RCI",
    topic=TOPIC,
    verb=("an", "assign"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class AssignTask:
    """Replace those who are to do a task."""

    task: TaskRef
    doers: Doers


@command(
    "aufgabe",
    brief="nimmt weitere Personen oder Einrichtungen zu einer Aufgabe hinzu",
    usage="!aufgabe A12 auch an @Person …|<Gremium/Einrichtung>",
    example="!aufgabe A12 auch an BG RCI",
    topic=TOPIC,
    verb=("auch an", "also"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class AlsoAssignTask:
    """Add to those who are to do a task."""

    task: TaskRef
    doers: Doers


@command(
    "aufgabe",
    brief="übernimmt eine Aufgabe selbst",
    usage="!aufgabe A12 übernehme ich",
    example="!aufgabe A12 übernehme ich",
    topic=TOPIC,
    verb=("übernehme ich", "übernehmen", "mine"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class TakeTask:
    """Take a task on oneself."""

    task: TaskRef


@command(
    "aufgabe",
    brief="gibt eine selbst übernommene Aufgabe zurück",
    usage="!aufgabe A12 doch nicht",
    example="!aufgabe A12 doch nicht",
    topic=TOPIC,
    verb=("doch nicht", "abgeben"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class DropTask:
    """Give back a task one had taken on."""

    task: TaskRef


@command(
    "aufgabe",
    brief="ändert den Titel",
    usage="!aufgabe A12 titel <neuer Titel>",
    example="!aufgabe A12 titel Einseiter überarbeiten",
    topic=TOPIC,
    verb=("titel", "title"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class RetitleTask:
    """Give a task another title."""

    task: TaskRef
    title: Title


@command(
    "aufgabe",
    brief="schreibt eine Notiz zur Aufgabe; die alte bleibt im Verlauf",
    usage="!aufgabe A12 notiz <Text>",
    example="!aufgabe A12 notiz Entwurf liegt vor",
    topic=TOPIC,
    verb=("notiz", "note"),
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class NoteTask:
    """Replace a task's note."""

    task: TaskRef
    note: Words


@command(
    "aufgabe",
    brief="ändert das Fälligkeitsdatum",
    usage="!aufgabe A12 bis <Datum>",
    example="!aufgabe A12 bis 31.12.",
    topic=TOPIC,
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class DueTask:
    """Move a task's due date."""

    task: TaskRef
    due: Due


@command(
    "aufgabe",
    brief="zeigt eine Aufgabe mit ihrem Verlauf",
    usage="!aufgabe A12",
    example="!aufgabe A12",
    topic=TOPIC,
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class ShowTask:
    """Show a task."""

    task: TaskRef


@command(
    "aufgabe",
    brief="hält eine neue Aufgabe fest; weitere Zeilen sind die Beschreibung",
    usage="!aufgabe <Titel> [@Person … | an <Gremium/Einrichtung>] [bis <Datum>]",
    example="!aufgabe Einseiter entwerfen bis 30.09.",
    topic=TOPIC,
    place=Place.GROUP,
    alias=("task", "todo"),
)
@dataclass(frozen=True)
class AddTask:
    """Record a new task of this room's group."""

    title: Title
    group: InGroup | None = None
    people: People = ()
    party: Party | None = None
    due: Due | None = None
    description: Details = ""


@command(
    "erledigt",
    brief="meldet eine Aufgabe als erledigt",
    usage="!erledigt A12 [Notiz]",
    example="!erledigt A12",
    topic=TOPIC,
    alias=("done",),
)
@dataclass(frozen=True)
class Done:
    """The short way to finish a task."""

    task: TaskRef
    note: Words = ""


@command(
    "aufgaben",
    brief="zeigt die offenen Aufgaben dieser Gruppe, im Direktchat die eigenen",
    usage="!aufgaben [meine|alle|überfällig|erledigt|zurückgestellt|@Person|Suchtext]",
    example="!aufgaben überfällig",
    topic=TOPIC,
    alias=("tasks",),
)
@dataclass(frozen=True)
class ListTasks:
    """List tasks."""

    which: Which | None = None
    group: InGroup | None = None
    people: People = ()
    words: Words = ""


@command(
    "export",
    brief="stellt die Aufgaben dieser Gruppe als eine Datei hier ein, im Direktchat die aller eigenen Gruppen",
    usage="!export aufgaben [docx|pdf|xlsx|csv|md] [in <Gruppe>]",
    example="!export aufgaben xlsx",
    topic=EXPORT_TOPIC,
    verb=("aufgaben", "tasks"),
)
@dataclass(frozen=True)
class ExportTasks:
    """Post the task list as one file."""

    format: Format = "docx"
    group: InGroup | None = None


# --- handlers ---------------------------------------------------------------------------------------------------


@handles(AddTask)
def add(command: AddTask, context: Context) -> TaskAdded:
    """Store a new task, plan its reminders, tell those it was given to."""
    task = Task(
        group_key=context.here().key,
        title=command.title,
        description=command.description,
        due=command.due.day if command.due else None,
        created_by=context.sender,
        created_at=context.now,
        event_id=context.origin,
        assigned_in_room=not context.direct,
    )
    context.session.add(task)
    context.session.flush()
    number = _number(task)
    if doers := _doers(command):
        queries.assign(context.session, number, doers)
    schedule(context, task)
    given = _give_notice(context, task, [], command.people)
    said = command.due.start.strftime("%H:%M") if command.due and command.due.start else None
    return TaskAdded(view(context.session, task, context.today), given, said)


@revises(AddTask)
def revise(command: AddTask, context: Context) -> TaskAdded:
    """The creating message was edited: the same task with the new words."""
    task = _revised(context)
    task.title, task.description = command.title, command.description
    task.due = command.due.day if command.due else None
    context.session.add(task)
    queries.assign(context.session, _number(task), _doers(command))
    schedule(context, task)
    return TaskAdded(view(context.session, task, context.today))


def _revised(context: Context) -> Task:
    number = int((context.revising or "A0")[1:])
    task = queries.get(context.session, number)
    if task is None or not context.sees(task.group_key):
        raise Refusal("unknown_reference", reference=context.revising)
    return task


def _doers(command: AddTask) -> list[Doer]:
    named = [Doer("person", user_id) for user_id in command.people]
    return named + ([Doer.of_party(command.party)] if command.party else [])


@handles(ShowTask)
def show(command: ShowTask, context: Context) -> TaskShown:
    """The card with history."""
    task = _task(command.task, context)
    return TaskShown(view(context.session, task, context.today), trace_of(context.session, task, context.zone))


@handles(FinishTask)
def finish(command: FinishTask, context: Context) -> TaskChanged:
    """Done, with a note if there is one."""
    return _close(context, command.task, "done", command.note)


@handles(Done)
def done(command: Done, context: Context) -> TaskChanged:
    """The same by its short word."""
    return _close(context, command.task, "done", command.note)


@handles(DiscardTask)
def discard(command: DiscardTask, context: Context) -> TaskChanged:
    """Closed without being done."""
    return _close(context, command.task, "cancelled", command.note)


def _close(context: Context, ref: Ref, status: str, note: str) -> TaskChanged:
    task = _task(ref, context)
    if task.status == status:
        raise Refusal(f"task_already_{status}", reference=ref)
    task.status, task.closed_at = status, context.now
    task.note = note or task.note
    return _changed(context, task, status)


@handles(ReopenTask)
def reopen(command: ReopenTask, context: Context) -> TaskChanged:
    """Open again; what it was parked for is cleared."""
    task = _task(command.task, context)
    if task.status == "open":
        raise Refusal("task_already_open", reference=command.task)
    reopen_task(task)
    return _changed(context, task, "open")


def reopen_task(task: Task) -> None:
    """The columns of an open task."""
    task.status, task.closed_at, task.parked_until, task.parked_condition = "open", None, None, None


@handles(ParkTask)
def park(command: ParkTask, context: Context) -> TaskChanged:
    """Parked until a morning, or until a condition that is asked about before every session."""
    task = _task(command.task, context)
    task.status, task.closed_at = "parked", None
    task.parked_until, task.parked_condition = _until(command.until, context)
    return _changed(context, task, "parked")


def _until(words: str, context: Context) -> tuple[date | None, str | None]:
    try:
        reading: Reading = dates.read(words, context.now, next_session=context.next_session_day())
    except Refusal as refusal:
        if refusal.code != "not_a_date":
            raise
        return None, words
    dates.require_not_past(reading, context.now)
    return reading.first, None


@handles(DueTask)
def move_due(command: DueTask, context: Context) -> TaskChanged:
    """Another due date; the reminders move with it."""
    task = _task(command.task, context)
    task.due = command.due.day
    return _changed(context, task, "due")


@handles(RetitleTask)
def retitle(command: RetitleTask, context: Context) -> TaskChanged:
    """Another title."""
    task = _task(command.task, context)
    task.title = command.title
    return _changed(context, task, "title")


@handles(NoteTask)
def note(command: NoteTask, context: Context) -> TaskChanged:
    """Another note; the old one stays in the history."""
    task = _task(command.task, context)
    task.note = command.note
    return _changed(context, task, "note")


@handles(AssignTask)
def assign(command: AssignTask, context: Context) -> TaskChanged:
    """Others instead of those before."""
    return _assign(context, command.task, lambda _before: list(command.doers))


@handles(AlsoAssignTask)
def also_assign(command: AlsoAssignTask, context: Context) -> TaskChanged:
    """Others beside those before."""
    return _assign(context, command.task, lambda before: [*before, *command.doers])


@handles(TakeTask)
def take(command: TakeTask, context: Context) -> TaskChanged:
    """The sender beside those before."""
    return _assign(context, command.task, lambda before: [*before, Doer("person", context.sender)])


@handles(DropTask)
def drop(command: DropTask, context: Context) -> TaskChanged:
    """All but the sender."""
    return _assign(context, command.task, lambda before: [d for d in before if d != Doer("person", context.sender)])


def _assign(context: Context, ref: Ref, change: Any) -> TaskChanged:
    task = _task(ref, context)
    before = queries.doers(context.session, ref.number)
    queries.assign(context.session, ref.number, change(before))
    task.assigned_in_room = task.assigned_in_room or not context.direct
    after = queries.doers(context.session, ref.number)
    given = _give_notice(context, task, before, [doer.name for doer in after if doer.kind == "person"])
    return _changed(context, task, "assigned", given)


@handles(ListTasks)
def list_tasks(command: ListTasks, context: Context) -> TaskList:
    """Open tasks of this group; in the direct chat mine, over all groups."""
    which = command.which or ("mine" if context.direct and not (command.words or command.people) else "open")
    wanted = {
        "open": Filter(),
        "mine": Filter(person=context.sender),
        "all": Filter(status=None),
        "overdue": Filter(overdue=True),
        "done": Filter(status=("done",)),
        "parked": Filter(status=("parked",)),
    }[which]
    if command.people:
        which, wanted = "person", Filter(person=command.people[0])
    if command.words:
        which, wanted = "words", Filter(status=None, words=command.words)
    if command.group is not None and not context.sees(command.group.key):
        raise Refusal("group_elsewhere", group=command.group.name)
    scope = [command.group] if command.group else context.visible_groups
    found = queries.listed(context.session, [group.key for group in scope], wanted, context.today)
    words = command.words or (context.person(command.people[0]).name if command.people else "")
    return TaskList(which, views(context.session, found, context.today), len(scope) > 1, words)


@handles(ExportTasks)
def export_tasks(command: ExportTasks, context: Context) -> TasksExported:
    """The task list of the groups that may be seen here, its data frozen."""
    if command.group is not None and not context.sees(command.group.key):
        raise Refusal("group_elsewhere", group=command.group.name)
    scope = [command.group] if command.group else context.visible_groups
    keys = [group.key for group in scope]
    data = document(context.session, context.settings.organisation.name, context.now.replace(microsecond=0), keys)
    name = "-".join(["tasks", *(keys if len(keys) == 1 else [])])
    return TasksExported(
        count=sum(len(group["tasks"]) for group in data["groups"]),
        name=f"{name}.{command.format}",
        mimetype=documents.mimetype(command.format),
        document={"kind": "tasks", "format": command.format, "data": data},
    )


# --- what they share --------------------------------------------------------------------------------------------


def _task(ref: Ref, context: Context) -> Task:
    task = queries.get(context.session, ref.number)
    if task is None:
        raise Refusal("unknown_reference", reference=ref)
    return task


def _number(task: Task) -> int:
    if task.number is None:
        raise ValueError("the task was not flushed")
    return task.number


def _changed(context: Context, task: Task, change: str, notify: tuple[str, ...] = ()) -> TaskChanged:
    context.session.add(task)
    context.session.flush()
    schedule(context, task)
    return TaskChanged(view(context.session, task, context.today), change, notify)


def _give_notice(context: Context, task: Task, before: Iterable[Doer], people: Iterable[str]) -> tuple[str, ...]:
    """Who was newly given the task by somebody else: rung in the room, or told in their direct chat."""
    old = {doer.name for doer in before}
    new = tuple(user_id for user_id in people if user_id not in old and user_id != context.sender)
    if not context.direct:
        return new
    context.confirm_many(new)
    for user_id in new:
        given = TaskGiven(view(context.session, task, context.today), context.person(context.sender))
        context.voice.say(f"person:{user_id}", given)
    return ()


def schedule(context: Context, task: Task) -> None:
    """Make the task's reminders equal to its plan."""
    number = _number(task)
    places = destinations(
        task.group_key, queries.doers(context.session, number), assigned_in_room=task.assigned_in_room
    )
    tasks = context.settings.tasks
    timing = Plan(calendar_of(context.settings), tasks.reminders, tasks.overdue_every)
    wanted = plan(
        status=task.status,
        due=task.due,
        parked_until=task.parked_until,
        places=places,
        timing=timing,
    )
    reminders.replan(context.session, f"A{number}", wanted, context.now)
