"""Commands of introductions (Kennenlernen) and their handlers."""

import random
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from ombot.chat.context import Context, Question
from ombot.chat.parameters import Number, choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles
from ombot.chat.rights import Right
from ombot.features.introductions import queries
from ombot.features.introductions.cycle import introduction_day
from ombot.features.introductions.export import seating
from ombot.features.introductions.matching import Guest, tables
from ombot.features.introductions.results import TablesDrawn, WishShown
from ombot.features.introductions.tables import Acquaintance
from ombot.features.meetings.answering import own_institution
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.meetings.views import view
from ombot.features.people import queries as people
from ombot.features.people.searching import TOPIC
from ombot.features.people.tables import Institution
from ombot.store.rooms import is_account

SEATS = 6
"""Seats at a table, unless said otherwise."""
LEAST_SEATS, MOST_SEATS = 2, 30

Wish = Annotated[str, choice(on=("an", "ja", "on"), off=("aus", "nein", "off"), skip=("auslassen", "diesmal nicht"))]


@command(
    "kennenlernen",
    brief="lost aus, wer bei der nächsten Sitzung an welchem Tisch sitzt, gemischt nach Art der Einrichtung; als Liste "
    "zum Ausdrucken",
    usage="!kennenlernen tische [Plätze je Tisch]",
    example="!kennenlernen tische",
    topic=TOPIC,
    right=Right.COORDINATOR,
    place=Place.COORDINATION,
    alias=("introductions",),
    verb=("tische", "tables"),
)
@dataclass(frozen=True)
class DrawTables:
    """Draw the tables of a session."""

    seats: Number = SEATS


@command(
    "kennenlernen",
    brief="bringt Sie vor jeder Sitzung mit jemandem aus einer anderen Einrichtung zusammen, oder hört damit auf; "
    "„auslassen“ gilt nur für das nächste Mal",
    usage="!kennenlernen an|aus|auslassen",
    example="!kennenlernen an",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("introductions",),
)
@dataclass(frozen=True)
class SetWish:
    """Say whether one wants to be introduced."""

    wish: Wish


@command(
    "kennenlernen",
    brief="sagt, ob Sie beim Kennenlernen dabei sind und wann es wieder so weit ist",
    usage="!kennenlernen",
    example="!kennenlernen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("introductions",),
)
@dataclass(frozen=True)
class ShowWish:
    """Show whether one is introduced."""


@handles(ShowWish)
def show(command: ShowWish, context: Context) -> WishShown:  # noqa: ARG001
    """The sender's wish as it is."""
    return _shown(context)


@handles(SetWish)
def wish(command: SetWish, context: Context) -> WishShown:
    """Keep the wish; whoever leaves out one session is asked again before the one after.

    Raises:
        Question: it is not known from whose people somebody is to be kept apart.
    """
    session = context.session
    row = session.get(Acquaintance, context.sender)
    if command.wish == "off":
        if row is not None:
            session.delete(row)
            session.flush()
        return _shown(context)
    if command.wish == "skip" and row is None:
        raise Refusal("introductions_off")
    if own_institution(context) is None:
        every = people.institutions(session)
        raise Question("introductions_institution", "institution", [(one.name, one.name) for one in every])
    row = row or Acquaintance(user_id=context.sender, since=context.now)
    row.skipped = _next(context).number if command.wish == "skip" else None
    session.add(row)
    session.flush()
    return _shown(context)


def _next(context: Context) -> Meeting:
    """The session before which people are introduced next.

    Raises:
        Refusal: none is planned.
    """
    meeting = next(iter(queries.planned_sessions(context.session, context.now)), None)
    if meeting is None:
        raise Refusal("introductions_no_session")
    return meeting


def _shown(context: Context) -> WishShown:
    row = context.session.get(Acquaintance, context.sender)
    meeting = next(iter(queries.planned_sessions(context.session, context.now)), None)
    day: date | None = introduction_day(context.settings, meeting) if meeting is not None else None
    done = meeting is not None and bool(queries.of_meeting(context.session, meeting.number or 0))
    skipped = row is not None and meeting is not None and row.skipped == meeting.number
    return WishShown(row is not None, skipped, None if done else day)


# --- tables -----------------------------------------------------------------------------------------------------


@handles(DrawTables)
def draw(command: DrawTables, context: Context) -> TablesDrawn:
    """Draw the tables for those who have agreed to come; the same people give the same lot."""
    meeting = _next(context)
    if not LEAST_SEATS <= command.seats <= MOST_SEATS:
        raise Refusal("tables_seats", least=LEAST_SEATS, most=MOST_SEATS)
    coming = queries.coming_on_site(context.session, meeting.number or 0)
    if not coming:
        raise Refusal("tables_nobody", reference=f"T{meeting.number}")
    guests = [_guest(answer, institution, context) for answer, institution in coming]
    seated = tables(guests, command.seats, random.Random(meeting.number or 0))  # noqa: S311 - a lot that can be drawn again
    shown = view(context.session, context.settings, meeting)
    return TablesDrawn(shown, len(seated), len(guests), seating(context, shown, seated))


def _guest(answer: Answer, institution: Institution, context: Context) -> Guest:
    """Who comes for an institution: the deputy, else who answered, else somebody still to be named."""
    who = answer.deputy or answer.person or ""
    return Guest(context.person(who).name if is_account(who) else who, institution.name, institution.kind)
