"""What the clock asks of groups: that their leads hear who knocks at the door."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ombot.chat import rights
from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion
from ombot.clock.ticks import CHORES, Chore
from ombot.clock.workdays import calendar_of
from ombot.features.groups import queries
from ombot.features.groups.results import Knocked
from ombot.store import meta
from ombot.store.rooms import Person
from ombot.store.unit import Session

PAUSE = timedelta(hours=1)
"""Between two messages about one room: whoever knocks is a stranger, and must not make us write."""
_TOLD = "knocks"
"""Key of what was told: group key → who knocks since then, and when the last message was."""

Told = dict[str, dict[str, Any]]


def _look_after(occasion: Occasion, voice_for: Callable[[str], Voice]) -> int:
    session, settled = occasion.session, 0
    told, now = _told(session), occasion.now.astimezone(UTC)
    knocking = queries.knocking(session)
    kept: Told = {}
    for key, people in knocking.items():
        before = told.get(key, {})
        new = _unheard(people, before)
        due = new and _due(before) <= now
        if due:
            _tell(occasion, voice_for, key, new)
            settled += 1
        heard = [one.id for one in people if due or one.id in before.get("people", ())]
        if heard:
            kept[key] = {"people": heard, "at": now.isoformat() if due else before["at"]}
    if kept != told:
        meta.put(session, _TOLD, json.dumps(kept))
    return settled


def _tell(occasion: Occasion, voice_for: Callable[[str], Voice], key: str, people: list[Person]) -> None:
    """The leads in the group's room; where nobody leads it, the office."""
    session = occasion.session
    members = queries.people_of(session, [key])
    leading = set(rights.leads(session, key, occasion.own_id))
    leads = tuple(person for person in members if person.id in leading)
    office = queries.coordination(session)
    destination = key if leads or office is None else office.key
    knocked = Knocked(queries.names(session)[key], tuple(people), leads)
    said = voice_for(f"knocks:{key}:{occasion.now.isoformat()}").say(f"group:{destination}", knocked)
    said.not_before = calendar_of(occasion.settings).next_open(occasion.now)


def _told(session: Session) -> Told:
    found: Told = json.loads(meta.get(session, _TOLD) or "{}")
    return found


def _unheard(people: list[Person], before: dict[str, Any]) -> list[Person]:
    return [one for one in people if one.id not in before.get("people", ())]


def _due(before: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(before["at"]) + PAUSE if before else datetime.fromtimestamp(0, UTC)


def _next(session: Session) -> datetime | None:
    told, knocking = _told(session), queries.knocking(session)
    waits = [_due(told.get(key, {})) for key, people in knocking.items() if _unheard(people, told.get(key, {}))]
    return min(waits, default=None)


CHORES.append(Chore(_look_after, _next))
