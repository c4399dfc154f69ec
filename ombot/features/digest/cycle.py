"""The digest in the clock: once a week it falls due for everybody, and comes with what else the morning brings.

It is a reminder like any other, so absences and the wishes of members hold for it, and so does "one message".
"""

from collections.abc import Callable
from datetime import date, datetime

from ombot.chat.tables import Group
from ombot.chat.voice import Voice
from ombot.clock.reminders import PERSON, Occasion, Section, says
from ombot.clock.tables import Reminder
from ombot.clock.ticks import CHORES, Chore
from ombot.clock.workdays import calendar_of
from ombot.features.digest import queries
from ombot.features.digest.cards import digest_blocks
from ombot.features.digest.results import Digest, News
from ombot.features.digest.rules import Week, next_day, sent_at
from ombot.features.preferences import queries as preferences
from ombot.store import meta
from ombot.store.unit import Session

OBJECT = "W"
"""What the reminders of the digest are about; there is nothing a reference could name."""
_LAST = "digest_last"
"""Key of the day of the last digest; of the first look, before there was one."""
_NEXT = "digest_next"
"""Key of the moment of the next."""


@says(OBJECT)
def section(occasion: Occasion, reminder: Reminder) -> Section | None:
    """What was new in a person's groups; None when nothing was, and for who has left them all."""
    week = Week(reminder.anchor)
    groups = occasion.once(("digest", "groups"), lambda: queries.groups_by_person(occasion.session))
    theirs = groups.get(reminder.destination.removeprefix(PERSON), [])
    found = tuple((group.name, news) for group in theirs if (news := _news(occasion, group, week)))
    return Section(digest_blocks(Digest(week.first, week.last, found))) if found else None


def _news(occasion: Occasion, group: Group, week: Week) -> News:
    first, end = week.bounds(occasion.settings.organisation.timezone)
    key = ("digest", group.key, week)
    return occasion.once(key, lambda: queries.news(occasion.session, group.key, first, end))


def _look_after(occasion: Occasion, voice_for: Callable[[str], Voice]) -> int:  # noqa: ARG001 - the clock speaks
    session, weekday = occasion.session, occasion.settings.digest.day
    if not weekday:
        meta.remove(session, _LAST, _NEXT)
        return 0
    last = meta.get(session, _LAST)
    if last is None:
        meta.put(session, _LAST, last := occasion.now.date().isoformat())
    day = next_day(weekday, date.fromisoformat(last))
    if _sent_at(occasion, day) > occasion.now:
        _plan(occasion, day)
        return 0
    while (later := next_day(weekday, day)) <= occasion.now.date():
        day = later  # those that were missed in downtime are not made up for
    _plan(occasion, later)
    return _fall_due(occasion, day)


def _sent_at(occasion: Occasion, day: date) -> datetime:
    return sent_at(calendar_of(occasion.settings), day)


def _plan(occasion: Occasion, day: date) -> None:
    moment = _sent_at(occasion, day).isoformat()
    if meta.get(occasion.session, _NEXT) != moment:
        meta.put(occasion.session, _NEXT, moment)


def _fall_due(occasion: Occasion, day: date) -> int:
    """Make the reminders of a day's digest. Only now: the list of what comes next would show nothing else."""
    session, moment = occasion.session, _sent_at(occasion, day)
    unwilling = {occasion.own_id, *preferences.without_digest(session)}
    people = [user_id for user_id in queries.groups_by_person(session) if user_id not in unwilling]
    session.add_all(
        Reminder(object=OBJECT, step=f"digest@{day}", anchor=day, destination=f"{PERSON}{user_id}", due_at=moment)
        for user_id in people
    )
    meta.put(session, _LAST, day.isoformat())
    return len(people) + 1


def _next(session: Session) -> datetime | None:
    moment = meta.get(session, _NEXT)
    return datetime.fromisoformat(moment) if moment is not None else None


CHORES.append(Chore(_look_after, _next))
