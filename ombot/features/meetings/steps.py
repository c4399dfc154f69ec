"""The steps of a meeting: what will be sent by itself, when, to whom. Later subjects hang theirs on by registration.

A step is a class with a plan and a text. This is a whole one, in the ``cycle.py`` of another subject::

    @session_step("inputs", brief=STEP_BRIEFS["inputs"])
    class CallForInputs(Step):
        \"\"\"Eight weeks before: every working group is asked for its input.\"\"\"

        def plan(self, cycle: Cycle) -> Iterator[Planned]:
            for key in cycle.working_groups:
                yield cycle.before("inputs", cycle.settings.sessions.call_for_inputs, f"group:{key}")

        def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
            group = reminder.destination.removeprefix("group:")
            if has_delivered(occasion.session, meeting, group):
                return None  # nobody is reminded of what is done
            return Section(call_blocks(...), leads(...), about=f"T{meeting.number}")

The names of planned steps begin with the registered name and go on with ``-`` where there are several
(``nudge-28d``). A plan is pure: it gets the meeting as a :class:`Cycle` and looks at nothing else. Who is written to
in person is often known only on the day; then the destination is ``each:<audience>`` and :meth:`Step.recipients`
names the persons when the time has come::

            yield cycle.before("nudge", offset, "each:leads")

        def recipients(self, occasion, meeting, reminder) -> list[str]:
            return [...]  # ``say`` is then asked for each of them, with the destination ``person:<id>``
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import TypeVar

from sqlmodel import Session

from ombot.clock import offsets, reminders
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.clock.workdays import Calendar, calendar_of
from ombot.config import Settings
from ombot.features.groups import queries as groups
from ombot.features.meetings import queries
from ombot.features.meetings.rules import asked_until
from ombot.features.meetings.tables import Meeting

EACH = "each:"
"""Destination of a step whose recipients are found when it falls due."""

ASSUMED_LENGTH = timedelta(hours=2)
"""How long a meeting is taken to last when nobody said when it ends."""

POLL = "poll"
"""Kind of a meeting whose date is still searched, as its steps see it."""

LAST_MINUTE = time(23, 59)

AT_ONCE = timedelta(seconds=1)


@dataclass(frozen=True)
class Cycle:
    """A meeting as its steps plan with it: pure data, times in the organisation's zone."""

    settings: Settings
    calendar: Calendar
    group_key: str
    start: datetime
    end: datetime
    working_groups: tuple[str, ...] = ()
    coordination: str | None = None
    in_series: bool = False
    """Whether it is one date of a series."""

    @property
    def day(self) -> date:
        """The day all day steps count from."""
        return self.start.date()

    def before(self, step: str, offset: timedelta, destination: str) -> Planned:
        """A step ``offset`` before the meeting: whole days in the morning of their day, less counts from the start."""
        return self.at(step, offsets.before(self.calendar, self.day, offset, self.start), destination)

    def on(self, step: str, day: date, destination: str) -> Planned:
        """A step in the morning of a day, or of the working day before it."""
        return self.at(step, self.calendar.step_time(day), destination)

    def at(self, step: str, moment: datetime, destination: str) -> Planned:
        """A step at a moment."""
        return Planned(step, self.day, destination, moment)


class Step(ABC):
    """One step; see the example at the top of this module."""

    @abstractmethod
    def plan(self, cycle: Cycle) -> Iterable[Planned]:
        """All messages of this step for a meeting."""

    @abstractmethod
    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
        """What is said when the time has come; None when there is nothing to say any more."""

    def recipients(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> list[str]:  # noqa: ARG002
        """Who is behind the ``each:`` destination of a reminder, as user ids."""
        return []


@dataclass(frozen=True)
class Registered:
    """A step with what the plan and ``!ablauf`` must know of it.

    Attributes:
        name: what its planned steps begin with.
        brief: what it is, as ``!ablauf`` lists it.
        step: plan and text.
        kinds: the kinds of meetings it belongs to; ``poll`` while the date is still searched.
        statuses: the states of a meeting in which it is said.
        catches_up: whether it is sent at once when its time is past as the meeting is made or moved closer.
            Nudges and reminders are not.
        while_on: whether it is still said while the meeting goes on: who hears of it late may still come.
        silent: whether it says nothing and only moves the meeting on: not listed, never held back.
        audiences: the ``each:`` destinations in words.
    """

    name: str
    brief: str
    step: Step
    kinds: tuple[str, ...]
    statuses: tuple[str, ...]
    catches_up: bool
    while_on: bool
    silent: bool
    audiences: Mapping[str, str]


STEPS: dict[str, Registered] = {}

S = TypeVar("S", bound=type[Step])


def session_step(
    name: str,
    brief: str,
    *,
    kinds: tuple[str, ...] = ("session",),
    statuses: tuple[str, ...] = ("planned",),
    catches_up: bool = True,
    while_on: bool = False,
    silent: bool = False,
    audiences: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[S], S]:
    """Hang a step on the cycle; the arguments are those of :class:`Registered`.

    Raises:
        ValueError: the name is taken, or holds a character that separates the parts of a planned step.
    """
    if name in STEPS or not name.isidentifier():
        raise ValueError(f"{name!r} cannot be the name of a step")

    def register(cls: S) -> S:
        STEPS[name] = Registered(name, brief, cls(), kinds, statuses, catches_up, while_on, silent, audiences)
        return cls

    return register


Preparer = Callable[[Session, Settings, Meeting, datetime], None]
P = TypeVar("P", bound=Preparer)

PREPARERS: list[Preparer] = []


def prepares(function: P) -> P:
    """Register what else is made ready with a meeting: called whenever it is made, changed or cancelled.

    It comes many times, so it looks at what is there already.
    """
    PREPARERS.append(function)
    return function


Related = Callable[[Session, Meeting], Mapping[str, Mapping[str, str]]]
R = TypeVar("R", bound=Related)

RELATED: list[Related] = []


def goes_along(function: R) -> R:
    """Register what else is sent by itself around a meeting, beside its steps: other objects have reminders as well.

    The function gives the reference of each such object with the kinds of its steps that say something, in words.
    """
    RELATED.append(function)
    return function


# --- the plan ---------------------------------------------------------------------------------------------------


def cycle_of(session: Session, settings: Settings, meeting: Meeting) -> Cycle | None:
    """A meeting as data for the plans; None while there is no date to count from.

    A date poll counts from the end of its last day.
    """
    zone = settings.organisation.timezone
    start = _anchor(session, settings, meeting)
    if start is None:
        return None
    coordination = groups.coordination(session)
    return Cycle(
        settings=settings,
        calendar=calendar_of(settings),
        group_key=meeting.group_key,
        start=start,
        end=(meeting.end or start.astimezone(UTC) + ASSUMED_LENGTH).astimezone(zone),
        working_groups=tuple(group.key for group in groups.all_groups(session, "working_group")),
        coordination=coordination.key if coordination else None,
        in_series=queries.series_of(session, meeting.number or 0) is not None,
    )


def poll_day(session: Session, settings: Settings, poll: Meeting) -> date | None:
    """The last day on which votes are asked for: the deadline or, without one, what the configuration says.

    None for what was no date poll.
    """
    if poll.poll_until is not None:
        return poll.poll_until
    starts = [row.start for row in queries.poll_dates(session, poll.number or 0)]
    zone = settings.organisation.timezone
    made = poll.created_at.astimezone(zone).date()
    return asked_until(made, settings.meetings.polls, min(starts).astimezone(zone).date()) if starts else None


def _anchor(session: Session, settings: Settings, meeting: Meeting) -> datetime | None:
    zone = settings.organisation.timezone
    last = poll_day(session, settings, meeting) if meeting.status == "polling" else None
    if last is not None:
        return datetime.combine(last, LAST_MINUTE, zone)
    return meeting.start.astimezone(zone) if meeting.start is not None else None


def plan(kind: str, cycle: Cycle, said: set[tuple[str, str]], now: datetime) -> Iterator[Planned]:
    """Every message of a meeting's steps.

    A step whose time is past is put to the next moment at which sending is allowed, once, unless it is a nudge or
    was already ``said`` (step and destination) for the date before.
    """
    for registered in STEPS.values():
        for planned in registered.step.plan(cycle) if kind in registered.kinds else ():
            yield _caught_up(planned, cycle, now) if _is_late(registered, planned, cycle, said, now) else planned


def _is_late(registered: Registered, planned: Planned, cycle: Cycle, said: set[tuple[str, str]], now: datetime) -> bool:
    # In UTC: within one zone Python compares wall times and ignores the doubled hour in autumn.
    past = planned.due_at.astimezone(UTC) <= now.astimezone(UTC) < cycle.start.astimezone(UTC)
    return past and registered.catches_up and (planned.step, planned.destination) not in said


def _caught_up(planned: Planned, cycle: Cycle, now: datetime) -> Planned:
    return replace(planned, due_at=cycle.calendar.next_open(now + AT_ONCE))


def schedule(session: Session, settings: Settings, meeting: Meeting, now: datetime) -> None:
    """Make a meeting's reminders equal to its plan; what was left out or held back stays so on another date."""
    for prepare in PREPARERS:
        prepare(session, settings, meeting, now)
    about = f"T{meeting.number}"
    before = reminders.of_object(session, about)
    said = {_what(row) for row in before if row.state in ("sent", "skipped")}
    skipped = {_what(row) for row in before if row.state == "skipped"}
    cycle = cycle_of(session, settings, meeting) if meeting.status != "cancelled" else None
    kind = POLL if meeting.status == "polling" else meeting.kind
    reminders.replan(session, about, plan(kind, cycle, said, now) if cycle else (), now)
    for row in reminders.of_object(session, about):
        if row.state == "open":
            row.state = "skipped" if _what(row) in skipped else _state_after(row, meeting, now)
            row.paused = meeting.paused and not _is_silent(row)
            session.add(row)
    session.flush()


def _state_after(row: Reminder, meeting: Meeting, now: datetime) -> str:
    """A nudge that fell due while everything was held back is not sent late."""
    resumed = row.paused and not meeting.paused and row.due_at <= now
    registered = STEPS.get(reminders.kind_of(row))
    return "dropped" if resumed and registered is not None and not registered.catches_up else "open"


def _what(row: Reminder) -> tuple[str, str]:
    return row.step.partition("@")[0], row.destination


def _is_silent(row: Reminder) -> bool:
    registered = STEPS.get(reminders.kind_of(row))
    return registered is None or registered.silent


def _is_of_another_date(anchor: datetime | None, row: Reminder) -> bool:
    return anchor is None or anchor.date() != row.anchor


# --- what is still to come --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Coming:
    """One entry of ``!ablauf``: a step at a moment, with all its destinations."""

    brief: str
    destinations: tuple[str, ...]
    """``group:<key>``, ``person:<id>``, or the words of an ``each:`` destination."""
    due_at: datetime
    skipped: bool
    rows: tuple[Reminder, ...]


def still_to_come(session: Session, settings: Settings, meeting: Meeting, now: datetime) -> list[Coming]:
    """Everything that will be sent for a meeting, what was left out included, in the order of time."""
    anchor = _anchor(session, settings, meeting)
    rows = [
        row
        for row in reminders.of_object(session, f"T{meeting.number}")
        if _is_to_come(row, now) and not _is_of_another_date(anchor, row)
    ]
    rows.sort(key=_entry)
    return [_coming(list(batch)) for _, batch in groupby(rows, key=_entry)]


def _entry(row: Reminder) -> tuple[datetime, str, str]:
    return row.due_at, row.step, row.state


def _is_to_come(row: Reminder, now: datetime) -> bool:
    return not _is_silent(row) and (row.state == "open" or (row.state == "skipped" and row.due_at > now))


def _coming(rows: list[Reminder]) -> Coming:
    registered = STEPS[reminders.kind_of(rows[0])]
    named = (registered.audiences.get(row.destination.removeprefix(EACH), row.destination) for row in rows)
    return Coming(registered.brief, tuple(named), rows[0].due_at, rows[0].state == "skipped", tuple(rows))


def goes_with_it(session: Session, meeting: Meeting, now: datetime) -> list[Coming]:
    """What will be sent about votes and minutes that belong to a meeting; it hangs on them and is not left out here."""
    found: list[Coming] = []
    for related in RELATED:
        for reference, briefs in related(session, meeting).items():
            rows = [
                row
                for row in reminders.of_object(session, reference)
                if row.state == "open" and row.due_at > now and reminders.kind_of(row) in briefs
            ]
            for _, batch in groupby(sorted(rows, key=_entry), key=_entry):
                same = list(batch)
                brief = briefs[reminders.kind_of(same[0])]
                places = tuple(row.destination for row in same)
                found.append(Coming(brief, places, same[0].due_at, skipped=False, rows=tuple(same)))
    return sorted(found, key=lambda one: one.due_at)


def recipients(occasion: Occasion, meeting: Meeting, until: datetime | None = None) -> set[str]:
    """Whom the open reminders of a meeting (those due ``until`` then) will write to in person, as things stand."""
    found: set[str] = set()
    for row in reminders.of_object(occasion.session, f"T{meeting.number}"):
        registered = STEPS.get(reminders.kind_of(row))
        is_meant = row.state == "open" and (until is None or row.due_at <= until)
        if is_meant and registered is not None:
            found |= _people(registered.step, occasion, meeting, row)
    return found


def _people(step: Step, occasion: Occasion, meeting: Meeting, row: Reminder) -> set[str]:
    if row.destination.startswith(EACH):
        return set(step.recipients(occasion, meeting, row))
    return {row.destination.removeprefix("person:")} if row.destination.startswith("person:") else set()


def leave_out(session: Session, entry: Coming) -> None:
    """An entry is not sent; on another date of the meeting neither."""
    _set(session, entry.rows, "skipped")


def take_back_in(session: Session, entry: Coming) -> None:
    """An entry that was left out is sent after all."""
    wanted = {_what(row) for row in entry.rows}
    older = [
        row
        for row in reminders.of_object(session, entry.rows[0].object)
        if _what(row) in wanted and row.state == "skipped"
    ]
    _set(session, older, "dropped")
    _set(session, entry.rows, "open")


def _set(session: Session, rows: Iterable[Reminder], state: str) -> None:
    for row in rows:
        row.state = state
        session.add(row)
    session.flush()


# --- saying it --------------------------------------------------------------------------------------------------


def section(occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
    """What a due reminder of a meeting says."""
    registered = STEPS.get(reminders.kind_of(reminder))
    if registered is None or meeting.status not in registered.statuses:
        return None
    anchor = _anchor(occasion.session, occasion.settings, meeting)
    if _is_of_another_date(anchor, reminder) or _is_too_late(occasion, meeting, registered):
        return None
    if reminder.destination.startswith(EACH):
        _spread(occasion.session, registered.step.recipients(occasion, meeting, reminder), reminder)
        return None
    return registered.step.say(occasion, meeting, reminder)


def _is_too_late(occasion: Occasion, meeting: Meeting, registered: Registered) -> bool:
    """Whether a step that belongs before the meeting comes too late for it, after downtime for example."""
    if registered.silent or "held" in registered.statuses or meeting.start is None:
        return False
    last = (meeting.end or meeting.start + ASSUMED_LENGTH) if registered.while_on else meeting.start
    return last <= occasion.now


def _spread(session: Session, recipients: Iterable[str], reminder: Reminder) -> None:
    """Make one reminder for each person, due at once; the tick that goes on until nothing is due takes them along."""
    known = {(row.step, row.destination) for row in reminders.of_object(session, reminder.object)}
    session.add_all(
        Reminder(
            object=reminder.object,
            step=reminder.step,
            anchor=reminder.anchor,
            destination=f"person:{user_id}",
            due_at=reminder.due_at,
        )
        for user_id in dict.fromkeys(recipients)
        if (reminder.step, f"person:{user_id}") not in known
    )
    session.flush()
