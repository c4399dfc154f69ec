"""Minutes written offline: a form to fill in, and its rows taken over once somebody has seen what becomes of them."""

from dataclasses import dataclass, replace

from ombot.chat.context import Context, Question
from ombot.chat.nodes import Attachment
from ombot.chat.refusal import Refusal
from ombot.chat.registry import REGISTRY, Need, command, handles
from ombot.chat.tables import Group
from ombot.documents import mimetype
from ombot.features.agenda import export as agenda_export
from ombot.features.agenda import queries as agenda
from ombot.features.agenda import views as agenda_views
from ombot.features.meetings.tables import Meeting
from ombot.features.minutes import drafting, queries, rules, scribing
from ombot.features.minutes.cards import AGREED_TEXT, FORM_NAME
from ombot.features.minutes.parameters import FILL, READ, OfMeeting, meeting_to_fill, open_minutes, publish
from ombot.features.minutes.results import FormCount, FormRead, MinutesForm
from ombot.features.minutes.rules import AGREED, LINE_KINDS, Typed
from ombot.features.minutes.scribing import ALIAS, MAKES, TOPIC
from ombot.features.minutes.tables import Minutes, MinutesLine
from ombot.features.minutes.views import view

PREVIEWED = 10
"""How many tasks and decisions the preview says in words."""
WORDS = 60

REGISTRY.returned["form"] = "protokoll {} einlesen"


@command(
    "protokoll",
    brief="gibt eine Word-Vorlage, in der sich das Protokoll ohne Chat schreiben lässt",
    usage="!protokoll [T3] vorlage",
    example="!protokoll vorlage",
    topic=TOPIC,
    verb=FILL,
    alias=ALIAS,
)
@dataclass(frozen=True)
class RequestForm:
    """The form of a meeting's agenda, to be filled in offline."""

    meeting: OfMeeting | None = None


@command(
    "protokoll",
    brief="übernimmt die Zeilen einer ausgefüllten Vorlage; als Antwort auf die Datei senden",
    usage="!protokoll [T3] einlesen",
    example="!protokoll einlesen",
    topic=TOPIC,
    verb=READ,
    alias=ALIAS,
    needs=(Need.REPLIED, Need.FORM),
)
@dataclass(frozen=True)
class ReadForm:
    """Take over the rows of the form replied to."""

    meeting: OfMeeting | None = None


@handles(RequestForm)
def request(command: RequestForm, context: Context) -> MinutesForm:
    """The agenda as it is now, with rows to fill in."""
    meeting = meeting_to_fill(context, command.meeting)
    shown = agenda_views.agenda(context.session, context.zone, meeting, context.today)
    data = {
        **agenda_export.document(context.settings, agenda_views.without_proposals(shown)),
        "reference": f"T{meeting.number}",
        "kinds": list(LINE_KINDS),
    }
    document = {"kind": "form", "format": "docx", "data": data}
    file = Attachment(f"{FORM_NAME}-T{meeting.number}.docx", mimetype("docx"), document)
    return MinutesForm(f"T{meeting.number}", meeting.title, file)


@handles(ReadForm)
def read(command: ReadForm, context: Context) -> FormRead:
    """All rows or none: what cannot be understood is named before anything is stored."""
    typed = _typed(context)
    meeting, minutes = open_minutes(context, command.meeting)
    group = context.group
    known = queries.lines(context.session, minutes.meeting)
    wanted = [entry for line in typed if not _is_known(entry := _checked(context, group, meeting, line), known)]
    if not wanted:
        raise Refusal("minutes_form_known", meeting=f"T{meeting.number}")
    _confirm(context, meeting, [entry.line for entry in wanted])
    made = set()
    for entry in wanted:
        context.group = group
        made.add(scribing.record_line(context, meeting, entry.line, entry.item)[1].ref)
    context.group = group
    minutes.scribes = minutes.scribes or [context.sender]
    context.session.add(minutes)
    context.session.flush()
    return _said(context, meeting, minutes, FormCount(len(wanted), len(typed) - len(wanted)), made)


@dataclass(frozen=True)
class _Entry:
    """A line, its agenda item, and its words as they will stand in the minutes without who and until when."""

    line: Typed
    item: int | None
    words: str


def _typed(context: Context) -> list[Typed]:
    """The rows of the form that was replied to, as lines; what is marked as internal is left out."""
    replied = context.replied
    if replied is not None and replied.problem is not None:
        raise Refusal(replied.problem)
    if replied is None or replied.file is None or replied.form is None:
        raise Refusal("minutes_form_without_file")
    name = replied.file["name"]
    if replied.form["problem"]:
        raise Refusal(f"minutes_form_{replied.form['problem']}", name=name)
    found = [one for line in replied.form["lines"] for one in rules.of_form(line["kind"], line["text"], line["top"])]
    if not found:
        raise Refusal("minutes_form_empty", name=name)
    return [replace(line, text=AGREED_TEXT) if line.kind == AGREED else line for line in found]


def _checked(context: Context, group: Group | None, meeting: Meeting, line: Typed) -> _Entry:
    """A line with what belongs to it.

    Raises:
        Refusal: its kind, its agenda item, or a person or date in it is not understood; quotes the line.
    """
    context.group = group
    try:
        return _Entry(line, _item(context, meeting, line), scribing.words_of(line, context))
    except Refusal as problem:
        raise Refusal("minutes_form_line", words=_short(line), problem=problem) from problem
    finally:
        context.group = group


def _item(context: Context, meeting: Meeting, line: Typed) -> int | None:
    if line.kind not in LINE_KINDS:
        raise Refusal("minutes_form_kind", kind=line.kind, kinds=LINE_KINDS)
    if line.top is None:
        return None
    item = agenda.by_top(context.session, meeting, line.top)
    if item is None:
        raise Refusal("agenda_no_top", top=line.top, meeting=f"T{meeting.number}")
    return item.number


def _is_known(entry: _Entry, known: list[MinutesLine]) -> bool:
    """Whether a line is there already, so that a form can be sent again with more in it."""
    words = entry.words
    return any(
        (row.kind, row.agenda_item) == (entry.line.kind, entry.item)
        and (row.text == words or row.text.startswith(f"{words} ("))
        for row in known
    )


def _confirm(context: Context, meeting: Meeting, wanted: list[Typed]) -> None:
    if context.answers.get("confirm_form") == "ja":
        return
    made = [f"{line.kind}: {_short(line)}" for line in wanted if line.kind in MAKES]
    facts = {"meeting": f"T{meeting.number}", "title": meeting.title, "lines": len(wanted), "count": len(made)}
    code = "minutes_form_preview" if made else "minutes_form_preview_lines"
    raise Question(code, "confirm_form", facts={**facts, "made": made[:PREVIEWED]})


def _short(line: Typed) -> str:
    words = " ".join(line.text.split())
    return words if len(words) <= WORDS else f"{words[: WORDS - 1].rstrip()}…"


def _said(context: Context, meeting: Meeting, minutes: Minutes, count: FormCount, refs: set[str | None]) -> FormRead:
    """What was made, said in the meeting's room too: those who got a task are there."""
    shown = view(context.session, context.settings, meeting, minutes)
    made = tuple(line for line in shown.lines if line.ref is not None and line.ref in refs)
    concerns = drafting.concerns(context.session, made)
    return publish(context, meeting, FormRead(shown, count, made, concerns))
