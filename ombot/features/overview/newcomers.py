"""Those whom the office has invited: welcomed in the direct chat when they come, listed for the office when not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ombot.chat.context import Context
from ombot.chat.registry import Place, command, handles
from ombot.chat.rights import Right
from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion
from ombot.clock.ticks import CHORES, Chore
from ombot.clock.workdays import calendar_of
from ombot.features.groups import queries as groups
from ombot.features.overview.cycle import welcome_direct
from ombot.features.overview.results import AwaitedLine, AwaitedShown
from ombot.features.people import queries
from ombot.features.people.tables import Newcomer
from ombot.store.rooms import Person
from ombot.store.unit import Session

PATIENCE = timedelta(days=7)
"""After so long the office hears who has not come yet."""


@command(
    "ag",
    brief="zeigt, wer eingeladen ist und noch nirgends dabei",
    usage="!ag eingeladene",
    example="!ag eingeladene",
    topic="Räume",
    right=Right.COORDINATOR,
    place=Place.COORDINATION,
    alias=("group", "gruppe", "ags"),
    verb=("eingeladene", "invited"),
)
@dataclass(frozen=True)
class ShowAwaited:
    """Show who was invited and has not come."""


@handles(ShowAwaited)
def show_awaited(command: ShowAwaited, context: Context) -> AwaitedShown:  # noqa: ARG001
    """Everybody who was invited by an import and is in no room yet."""
    return _shown(context.session, queries.awaited(context.session), context.now)


def _shown(session: Session, awaited: list[Newcomer], now: datetime) -> AwaitedShown:
    profiles = queries.profiles_by_id(session, (one.user_id for one in awaited))
    institutions = queries.institution_names(session, [one.user_id for one in awaited])
    return AwaitedShown(
        tuple(
            AwaitedLine(
                Person(one.user_id, (profiles[one.user_id].name if one.user_id in profiles else None) or one.user_id),
                institutions.get(one.user_id),
                (now - one.invited_at).days,
            )
            for one in awaited
        )
    )


def _look_after(occasion: Occasion, voice_for: Callable[[str], Voice]) -> int:
    session = occasion.session
    awaited = queries.awaited(session)
    arrived = queries.arrived(session) if awaited else []
    for newcomer in arrived:
        newcomer.joined_at = occasion.now
        session.add(newcomer)
        welcome_direct(session, voice_for(f"newcomer:{newcomer.user_id}"), newcomer.user_id)
    waiting = (one for one in awaited if one.joined_at is None and one.listed_at is None)
    late = [one for one in waiting if one.invited_at + PATIENCE <= occasion.now]
    for newcomer in late:
        newcomer.listed_at = occasion.now
        session.add(newcomer)
    office = groups.coordination(session) if late else None
    if office is not None:
        voice = voice_for(f"newcomers:{occasion.now.isoformat()}")
        row = voice.say(f"group:{office.key}", _shown(session, late, occasion.now))
        row.not_before = calendar_of(occasion.settings).next_open(occasion.now)
    return len(arrived) + len(late)


def _next(session: Session) -> datetime | None:
    awaited = queries.awaited(session)
    if awaited and queries.arrived(session):
        return datetime.fromtimestamp(0, UTC)
    return min((one.invited_at + PATIENCE for one in awaited if one.listed_at is None), default=None)


CHORES.append(Chore(_look_after, _next))
