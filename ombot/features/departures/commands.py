"""Handing over what somebody leaves behind, and its handlers."""

from dataclasses import dataclass
from typing import Annotated

from ombot.chat.context import Context
from ombot.chat.parameters import Ref, Reference
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles, locates
from ombot.chat.rights import Right
from ombot.features.agenda.rules import presented_by
from ombot.features.departures import queries
from ombot.features.departures.parameters import NOBODY, Taker
from ombot.features.departures.results import DepartureShown, HandedOver
from ombot.features.departures.tables import Departure
from ombot.features.groups import queries as groups
from ombot.features.meetings import changes
from ombot.features.meetings import queries as meetings
from ombot.features.tasks import queries as tasks
from ombot.features.tasks.commands import schedule
from ombot.features.tasks.rules import Doer

TOPIC = "Räume"

DepartureRef = Annotated[Ref, Reference("U")]


@locates("U", "übergabe")
def locate(context: Context, number: int) -> str | None:
    """The group somebody has left, where it may be seen here."""
    row = queries.get(context.session, number)
    return row.group_key if row is not None and row.group_key is not None and context.sees(row.group_key) else None


@command(
    "übergabe",
    brief="übergibt alles, was jemand beim Verlassen der Gruppe offen gelassen hat, an eine Person oder an niemanden",
    usage="!übergabe U3 @Person|<Nummer>|niemand",
    example="!übergabe U1 niemand",
    topic=TOPIC,
    right=Right.LEAD,
    alias=("handover",),
)
@dataclass(frozen=True)
class HandOver:
    """Give everything that somebody has left behind to one person, or to nobody."""

    departure: DepartureRef
    taker: Taker


@command(
    "übergabe",
    brief="zeigt, was jemand beim Verlassen der Gruppe offen gelassen hat",
    usage="!übergabe U3",
    example="!übergabe U1",
    topic=TOPIC,
    alias=("handover",),
)
@dataclass(frozen=True)
class ShowDeparture:
    """Show what somebody has left behind."""

    departure: DepartureRef


@handles(ShowDeparture)
def show(command: ShowDeparture, context: Context) -> DepartureShown:
    """What is still theirs."""
    row, group_key = _row(command.departure, context), command.departure.group
    return DepartureShown(
        reference=str(command.departure),
        person=context.person(row.person),
        group=groups.names(context.session)[group_key],
        duties=queries.duties(context.session, group_key, row.person, context.now),
        offered=tuple(context.person(user_id) for user_id in row.offered) if row.state == "asked" else (),
    )


@handles(HandOver)
def hand_over(command: HandOver, context: Context) -> HandedOver:
    """Move tasks, deputies, scribes, moderations and presentations at once; can be undone like any other change."""
    row, group_key = _row(command.departure, context), command.departure.group
    found = queries.duties(context.session, group_key, row.person, context.now)
    if not found:
        raise Refusal("departure_settled", reference=command.departure)
    taker = _taker(command.taker, row, context)
    _move_tasks(context, group_key, row.person, taker)
    _move_deputies(context, group_key, row.person, taker)
    _move_scribes(context, group_key, row.person, taker)
    _move_moderations(context, group_key, row.person, taker)
    _move_presentations(context, group_key, row.person, taker)
    row.state = "settled"
    context.session.add(row)
    context.session.flush()
    elsewhere = context.room.group_key != group_key
    result = HandedOver(
        reference=str(command.departure),
        person=context.person(row.person),
        group=groups.names(context.session)[group_key],
        duties=found,
        taker=context.person(taker) if taker is not None else None,
        rung=taker not in (None, context.sender),
    )
    if elsewhere and result.rung:
        context.voice.say(f"person:{taker}", result)
    return result


def _row(ref: Ref, context: Context) -> Departure:
    row = queries.get(context.session, ref.number)
    if row is None:
        raise Refusal("unknown_reference", reference=ref)
    return row


def _taker(word: str, row: Departure, context: Context) -> str | None:
    """Who takes over, None for nobody.

    Raises:
        Refusal: the number is not on the list, or the person is not in the group any more.
    """
    if word == NOBODY:
        return None
    taker = word
    if word.isdigit():
        if not 1 <= int(word) <= len(row.offered):
            raise Refusal("departure_no_such", number=word, most=len(row.offered))
        taker = row.offered[int(word) - 1]
    if taker == row.person or taker not in {person.id for person in context.members()}:
        raise Refusal("departure_not_here", name=context.person(taker).name)
    return taker


def _move_tasks(context: Context, group_key: str, person: str, taker: str | None) -> None:
    leaving = Doer("person", person)
    instead = [Doer("person", taker)] if taker is not None else []
    for task in queries.tasks(context.session, group_key, person):
        number = task.number or 0
        before = tasks.doers(context.session, number)
        wanted = [new for doer in before for new in (instead if doer == leaving else [doer])]
        tasks.assign(context.session, number, wanted)
        schedule(context, task)


def _move_deputies(context: Context, group_key: str, person: str, taker: str | None) -> None:
    for answer in queries.deputies(context.session, group_key, person, context.now):
        answer.deputy = taker
        context.session.add(answer)
        context.session.flush()
        if (meeting := meetings.get(context.session, answer.meeting)) is not None:
            changes.recount(context, meeting)


def _move_scribes(context: Context, group_key: str, person: str, taker: str | None) -> None:
    for minutes in queries.scribes(context.session, group_key, person):
        replaced = [taker if one == person else one for one in minutes.scribes]
        minutes.scribes = list(dict.fromkeys(one for one in replaced if one is not None))
        context.session.add(minutes)


def _move_moderations(context: Context, group_key: str, person: str, taker: str | None) -> None:
    for meeting in queries.moderations(context.session, group_key, person, context.now):
        meeting.moderation = context.person(taker).name if taker is not None else ""
        context.session.add(meeting)
        context.session.flush()
        changes.recount(context, meeting)


def _move_presentations(context: Context, group_key: str, person: str, taker: str | None) -> None:
    called = queries.names(context.session, person)
    instead = context.person(taker).name if taker is not None else None
    for item in queries.presentations(context.session, group_key, person, context.now):
        item.presenter = presented_by(item.presenter or "", called, instead)
        context.session.add(item)
        if (meeting := meetings.get(context.session, item.meeting_number)) is not None:
            changes.mark_boards(context.session, meeting)
