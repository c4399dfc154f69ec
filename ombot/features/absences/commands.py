"""Commands by which somebody says when they are away, and their handlers."""

from dataclasses import dataclass
from datetime import timedelta

from ombot.chat.context import Context, Question
from ombot.chat.language import say_span
from ombot.chat.parameters import Number
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles, revises
from ombot.chat.rights import Right
from ombot.features.absences import queries
from ombot.features.absences.following import follow
from ombot.features.absences.parameters import AwayDays
from ombot.features.absences.results import AbsenceEnded, AbsenceEntered, AbsencesListed
from ombot.features.absences.rules import LONG, Days, combined
from ombot.features.absences.tables import Absence

TOPIC = "Für mich"


@command(
    "abwesend",
    brief="beendet eine Abwesenheit oder streicht eine künftige",
    usage="!abwesend ende [Nummer]",
    example="!abwesend ende",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("ende", "beenden", "streichen", "zurücknehmen", "aus", "end"),
    alias=("absent",),
)
@dataclass(frozen=True)
class EndAbsence:
    """Be back, or not go away after all; the number is that of the list."""

    position: Number | None = None


@command(
    "abwesend",
    brief="trägt ein, wann Sie nicht da sind: Einladungen an diesen Tagen sind beantwortet, Erinnerungen warten",
    usage="!abwesend [vom <Datum>] bis <Datum>",
    example="!abwesend vom 21.12.2026 bis 06.01.2027",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("absent",),
)
@dataclass(frozen=True)
class EnterAbsence:
    """Be away for some days."""

    days: AwayDays


@command(
    "abwesend",
    brief="zeigt, wann Sie nicht da sind",
    usage="!abwesend",
    example="!abwesend",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("absent",),
)
@dataclass(frozen=True)
class ListAbsences:
    """List one's absences."""


@handles(EnterAbsence)
def enter(command: EnterAbsence, context: Context) -> AbsenceEntered:
    """The days count from now on; what is asked for in them is answered, earlier ones they meet are taken in."""
    days = command.days
    if days.last - days.first > LONG and context.answers.get("confirm_long") != "ja":
        raise Question("absence_long", "confirm_long", facts={"days": say_span(days.first, days.last)})
    before, days = _taken_in(context, days)
    context.session.add(
        Absence(
            person=context.sender,
            first=days.first,
            last=days.last,
            over_at=days.over_at(context.zone),
            created_at=context.now,
        )
    )
    context.session.flush()
    return AbsenceEntered(days, before, follow(context, context.sender, [*before, days]))


def _taken_in(context: Context, days: Days, but: Absence | None = None) -> tuple[tuple[Days, ...], Days]:
    """Withdraw the absences that meet some days, and give them with the days that count now."""
    rows = [row for row in queries.of_person(context.session, context.sender, context.today) if row is not but]
    met = [row for row in rows if _days(row).meets(days)]
    before = tuple(_days(row) for row in met)
    for row in met:
        days = combined(_days(row), days)
        row.status = "withdrawn"
        context.session.add(row)
    return before, days


@revises(EnterAbsence)
def revise(command: EnterAbsence, context: Context) -> AbsenceEntered:
    """The message was edited: the same absence on other days. What is past of it stays.

    Raises:
        Refusal: it does not count any more, or would be so long that it must be asked about.
    """
    row = queries.made_by(context.session, context.origin)
    if row is None or row.status != "entered" or row.over_at <= context.now:
        raise Refusal("absence_gone")
    old, days = _days(row), command.days
    if days.last - days.first > LONG:
        raise Refusal("absence_edited_long", days=say_span(days.first, days.last))
    if old.first < context.today == days.first:
        days = Days(old.first, days.last)
    before, days = _taken_in(context, days, but=row)
    row.first, row.last, row.over_at = days.first, days.last, days.over_at(context.zone)
    context.session.add(row)
    context.session.flush()
    return AbsenceEntered(days, (old, *before), follow(context, context.sender, [old, *before, days]))


@handles(EndAbsence)
def end(command: EndAbsence, context: Context) -> AbsenceEnded:
    """A running absence ends yesterday, one to come is withdrawn; what it had answered is open again."""
    row = _meant(command.position, context)
    days = _days(row)
    until = None
    if row.first < context.today:
        until = Days(row.first, context.today - timedelta(days=1))
        row.last, row.over_at = until.last, until.over_at(context.zone)
    else:
        row.status = "withdrawn"
    context.session.add(row)
    context.session.flush()
    return AbsenceEnded(days, until, follow(context, context.sender, [days]))


def _meant(position: int | None, context: Context) -> Absence:
    """The absence at this position of the list; without one the running one, or the only one.

    Raises:
        Question: several can be meant.
        Refusal: there is none, or none at this position.
    """
    rows = queries.of_person(context.session, context.sender, context.today)
    if not rows:
        raise Refusal("absence_none")
    if position is None:
        running = [row for row in rows if row.first <= context.today]
        rows_meant = running or rows
        if len(rows_meant) == 1:
            return rows_meant[0]
        position = int(context.answers.get("absence", "0"))
        if not position:
            options = [(say_span(row.first, row.last), str(number)) for number, row in enumerate(rows, 1)]
            raise Question("absence_which", "absence", options)
    if not 1 <= position <= len(rows):
        raise Refusal("absence_no_such", number=position, most=len(rows))
    return rows[position - 1]


@handles(ListAbsences)
def list_absences(command: ListAbsences, context: Context) -> AbsencesListed:  # noqa: ARG001
    """When the sender is away, from today on."""
    rows = queries.of_person(context.session, context.sender, context.today)
    return AbsencesListed(tuple(_days(row) for row in rows))


def _days(row: Absence) -> Days:
    return Days(row.first, row.last)
