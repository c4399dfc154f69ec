"""What the clock and undo ask of departures."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from ombot.chat import rights
from ombot.chat.context import Context
from ombot.chat.contributions import Undone, undone
from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion
from ombot.clock.ticks import CHORES, Chore
from ombot.clock.workdays import calendar_of
from ombot.features.departures import queries
from ombot.features.departures.results import DepartureShown, Duties, SpaceLeft
from ombot.features.departures.tables import Departure
from ombot.features.groups import queries as groups
from ombot.store import rooms
from ombot.store.base import Table
from ombot.store.rooms import Person
from ombot.store.unit import Session

OFFERED = 9
"""So many people can be named by number."""

VoiceFor = Callable[[str], Voice]


def _look_after(occasion: Occasion, voice_for: VoiceFor) -> int:
    session, settled = occasion.session, 0
    for row in queries.returned(session):
        session.delete(row)
        settled += 1
    session.flush()
    for group_key, user_id, duties in list(queries.pending(session, occasion.now)):
        _ask(occasion, voice_for, group_key, user_id, duties)
        settled += 1
    for user_id, names in queries.gone_from_space(session).items():
        _list(occasion, voice_for, user_id, names)
        settled += 1
    return settled


def _ask(occasion: Occasion, voice_for: VoiceFor, group_key: str, user_id: str, duties: Duties) -> None:
    """Once: the leads in the group's room; where nobody leads it, the office."""
    session = occasion.session
    people = groups.people_of(session, [group_key])
    offered = [person for person in people if person.id != occasion.own_id][:OFFERED]
    row = Departure(group_key=group_key, person=user_id, offered=[one.id for one in offered], at=occasion.now)
    session.add(row)
    session.flush()
    leading = set(rights.leads(session, group_key, occasion.own_id))
    leads = tuple(person for person in people if person.id in leading)
    asked = DepartureShown(
        reference=f"U{row.number}",
        person=_person(session, user_id),
        group=groups.names(session)[group_key],
        duties=duties,
        offered=tuple(offered),
        leads=leads,
    )
    office = groups.coordination(session)
    destination = f"group:{group_key}" if leads or office is None else f"group:{office.key}"
    said = voice_for(f"departure:{row.number}").say(destination, asked)
    said.not_before = calendar_of(occasion.settings).next_open(occasion.now)


def _list(occasion: Occasion, voice_for: VoiceFor, user_id: str, names: list[str]) -> None:
    """Once, for the office: the other rooms of somebody who has left the space."""
    session = occasion.session
    row = Departure(person=user_id, state="settled", at=occasion.now)
    session.add(row)
    session.flush()
    office = groups.coordination(session)
    if office is not None:
        left = SpaceLeft(_person(session, user_id), tuple(names))
        said = voice_for(f"departure:{row.number}").say(f"group:{office.key}", left)
        said.not_before = calendar_of(occasion.settings).next_open(occasion.now)


def _person(session: Session, user_id: str) -> Person:
    return Person(user_id, rooms.display_name(session, user_id))


def _next(session: Session) -> datetime | None:
    # Without a now, what may lie in the past does not count: a tick finds it by itself.
    late = datetime.max.replace(tzinfo=UTC)
    waits = any(queries.pending(session, late)) or queries.gone_from_space(session) or queries.returned(session)
    return datetime.fromtimestamp(0, UTC) if waits else None


CHORES.append(Chore(_look_after, _next))


@undone("departure")
def asked_again(context: Context, rows: Sequence[Table]) -> list[Undone]:  # noqa: ARG001
    """The objects that were handed over are set right by their own subjects; the question stands again."""
    return []
