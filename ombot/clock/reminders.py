"""Plans become rows, due rows become sections, sections of one place and day become one message."""

import logging
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import func, insert
from sqlmodel import Session, col, select

from ombot.chat.language import SENTENCES
from ombot.chat.nodes import Attachment, Block, Button, Card, PersonNode, heading, hint, paragraph
from ombot.chat.sharing import Shares
from ombot.chat.voice import Voice
from ombot.clock.tables import Reminder
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.store.engine import StorageError
from ombot.store.tables import Outbox

log = logging.getLogger(__name__)

LATE = timedelta(minutes=10)
LONG_AGO = timedelta(days=7)
PART = 30
"""How many reminders are settled in one transaction: each takes about 1.5 ms, in which commands cannot be stored."""
LONGEST = 200
"""How many reminders one message holds at most."""
AFTER_A_FAULT = timedelta(hours=1)
PERSON = "person:"
"""What the destination of a message to one person begins with."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Planned:
    """One step that an object wants to be reminded of: pure data, made by a feature's ``plan``."""

    step: str
    anchor: date
    destination: str
    due_at: datetime


@dataclass(frozen=True)
class Section:
    """One part of a message: its blocks, and whom it concerns (shown as a line of persons who are notified).

    ``buttons`` stand under the message unless another section of it has some, too: then nobody knows which are meant.
    """

    blocks: tuple[Block, ...]
    notify: tuple[PersonNode, ...] = ()
    about: str | None = None
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] = ()
    """Documents that follow the message."""
    posted: Callable[[Outbox], None] | None = None
    """Gets the row of the message, which then is this section's alone: for a card that is edited in place later."""
    owed: bool = False
    """Whether others wait for an answer: then it is also said to who wants no reminders."""


Maker = Callable[["Occasion", Sequence[Reminder]], Sequence[Section | None]]
M = TypeVar("M", bound=Maker)


@dataclass
class Sections:
    """Who can say something about which kind of object, by the letter of its reference."""

    makers: dict[str, Maker] = field(default_factory=dict)
    by_step: set[str] = field(default_factory=set)
    """Letters whose objects have steps that say different things, so that one does not replace another."""


@dataclass(frozen=True)
class Occasion(Shares):
    """A tick that found something due."""

    session: Session
    settings: Settings
    now: datetime
    own_id: str
    shared: dict[Hashable, Any] = field(default_factory=dict)
    """What was found out for one message of the tick and is the same for the others, see ``Context.once``."""


SECTIONS = Sections()


def says(letter: str, *, by_step: bool = False) -> Callable[[F], F]:
    """Register what is said about objects of a letter; None means there is nothing to say any more.

    All steps of an object are one series, of which only the newest is said; with ``by_step`` each kind of step is
    (what stands before the first ``-`` of its name).
    """

    def register(function: F) -> F:
        SECTIONS.makers[letter] = lambda occasion, rows: [function(occasion, row) for row in rows]
        if by_step:
            SECTIONS.by_step.add(letter)
        return function

    return register


def says_together(letter: str) -> Callable[[M], M]:
    """As :func:`says`, for objects of which many fall due at once: the function gets all reminders of a message.

    It gives back a section or None for each of them, in their order, with a number of queries that does not depend
    on how many they are.
    """

    def register(function: M) -> M:
        SECTIONS.makers[letter] = function
        return function

    return register


Hold = Callable[[Occasion, Collection[str]], Mapping[str, datetime]]
H = TypeVar("H", bound=Hold)

HOLDS: list[Hold] = []
"""Who wants to hear nothing from the clock for now, and when they will again. Filled when the features are imported."""


def holds_back(function: H) -> H:
    """Register ``(Occasion, user ids) -> user id → moment``: until when persons are not to be reminded.

    What falls due for them in person waits until then, and comes as one message; in a group's room their names stand
    there, but their clients do not ring.
    """
    HOLDS.append(function)
    return function


class Pace(Enum):
    """How much a person wants to hear from the clock in their direct chat. Rooms of groups are not concerned."""

    ALL = "everything when it is due"
    MORNING = "everything together in the morning"
    OWED = "only what others wait for"


Asked = Callable[[Occasion, str], Pace]
A = TypeVar("A", bound=Asked)

PACES: list[Asked] = []
"""Who knows what a person has asked for. Filled when the features are imported."""


def paces(function: A) -> A:
    """Register ``(Occasion, user id) -> Pace``."""
    PACES.append(function)
    return function


def _pace(occasion: Occasion, person: str | None) -> Pace:
    """What a person has asked for; everything in the room of a group."""
    asked = (pace(occasion, person) for pace in PACES) if person is not None else ()
    return next((pace for pace in asked if pace is not Pace.ALL), Pace.ALL)


def _left_for_the_morning(occasion: Occasion, batch: list[Reminder]) -> list[Reminder]:
    """Put off to the next morning what did not fall due in the morning; gives what is to be said now.

    What the morning would be too late for (its day is over by then) is not put off.
    """
    calendar = calendar_of(occasion.settings)
    now = []
    for row in batch:
        morning = calendar.next_morning(row.due_at)
        if morning <= occasion.now or (row.anchor < morning.date() and row.anchor >= occasion.now.date()):
            now.append(row)
        else:
            _put_off(occasion.session, [row], morning)
    return now


def _held(occasion: Occasion, people: Collection[str]) -> dict[str, datetime]:
    """Of these persons, those who are not to be reminded now, with the moment from which they are again."""
    found: dict[str, datetime] = {}
    for hold in HOLDS if people else ():
        for user_id, until in hold(occasion, people).items():
            if until > occasion.now:
                found[user_id] = max(until, found.get(user_id, until))
    return found


def replan(session: Session, about: str, wanted: Iterable[Planned], now: datetime) -> None:
    """Make the open reminders of an object equal to its plan.

    What was sent or skipped stays; a step with a new anchor is a new reminder, so a moved date moves everything.
    A step whose time is already past when it is first planned, or planned again, is not made.
    """
    rows = {(row.step, row.destination): row for row in of_object(session, about)}
    new = []
    for plan in wanted:
        row = rows.pop((_key(plan), plan.destination), None)
        if row is not None:
            _revive(row, plan, now)
        elif plan.due_at > now:
            new.append(_row(about, plan).model_dump(exclude={"id"}))
    for row in rows.values():
        if row.state == "open":
            row.state = "dropped"
    session.flush()
    if new:
        # All in one statement: adding them as objects would cost one each on SQLite, to learn keys nobody needs.
        session.execute(insert(Reminder), new)


def _revive(row: Reminder, plan: Planned, now: datetime) -> None:
    if row.state == "dropped" and plan.due_at > now:
        row.state = "open"
    if row.state == "open":
        row.due_at = plan.due_at


def _row(about: str, plan: Planned) -> Reminder:
    return Reminder(object=about, step=_key(plan), anchor=plan.anchor, destination=plan.destination, due_at=plan.due_at)


def _key(plan: Planned) -> str:
    return f"{plan.step}@{plan.anchor.isoformat()}"


def of_object(session: Session, about: str) -> list[Reminder]:
    """All reminders of an object, in the order they fall due."""
    query = select(Reminder).where(Reminder.object == about).order_by(col(Reminder.due_at), col(Reminder.id))
    return list(session.exec(query))


def next_due(session: Session) -> datetime | None:
    """When the next open reminder falls due."""
    query = select(func.min(Reminder.due_at)).where(Reminder.state == "open", col(Reminder.paused).is_(False))
    return session.exec(query).one()


def waiting(session: Session, now: datetime) -> tuple[int, int]:
    """How many reminders should have been sent by now, and how many of them will be sent as late ones."""
    open_at = select(func.count()).where(Reminder.state == "open", col(Reminder.paused).is_(False))
    count_due, count_late = (open_at.where(col(Reminder.due_at) <= moment) for moment in (now, now - LATE))
    return session.exec(count_due).one(), session.exec(count_late).one()


def due(session: Session, now: datetime, most: int) -> list[list[Reminder]]:
    """The first open reminders whose time has come, by destination. Only a batch that comes first may not be whole."""
    query = (
        select(Reminder)
        .where(Reminder.state == "open", col(Reminder.due_at) <= now, col(Reminder.paused).is_(False))
        .order_by(col(Reminder.destination), col(Reminder.due_at), col(Reminder.id))
        .limit(most)
    )
    rows = list(session.exec(query))
    batches = [list(batch) for _, batch in groupby(rows, key=lambda row: row.destination)]
    # What the limit has cut would be said in two messages: the next part begins with it.
    return batches[:-1] if len(rows) == most and len(batches) > 1 else batches


def send_due(occasion: Occasion, cause: Callable[[str], Voice], part: int = PART, longest: int = LONGEST) -> int:
    """Turn a part of what is due into messages, one for each destination. Returns how many reminders were settled.

    ``cause`` gives the voice for one destination's message. State change and outbox rows share the transaction.
    The part ends with the destination in which it reaches ``part`` reminders, so that commands get the write lane in
    between; a destination is never cut, unless it has more than ``longest``.
    """
    settled = 0
    for batch in due(occasion.session, occasion.now, longest):
        _settle_or_put_off(occasion, batch, cause)
        settled += len(batch)
        if settled >= part:
            break
    return settled


def _settle_or_put_off(occasion: Occasion, batch: list[Reminder], cause: Callable[[str], Voice]) -> None:
    """One of our own faults holds up one reminder, not those beside it and not the clock (I3)."""
    try:
        with occasion.session.begin_nested():
            _settle(occasion, batch, cause)
    except StorageError:
        raise
    except Exception:
        if len(batch) == 1:
            log.exception("a reminder cannot be said, tried again in an hour, reference reminder-%s", batch[0].id)
            _put_off(occasion.session, batch, occasion.now + AFTER_A_FAULT)
        else:
            for row in batch:
                _settle_or_put_off(occasion, [row], cause)


def _settle(occasion: Occasion, batch: list[Reminder], cause: Callable[[str], Voice]) -> None:
    destination = batch[0].destination
    person = destination.removeprefix(PERSON) if destination.startswith(PERSON) else None
    if person is not None and (until := _held(occasion, {person}).get(person)):
        _put_off(occasion.session, batch, until)
        return
    pace = _pace(occasion, person)
    if pace is Pace.MORNING:
        batch = _left_for_the_morning(occasion, batch)
    said = _newest_of_each_series(batch)
    sections = [one for one in _rung(occasion, _sections(occasion, said)) if one.owed or pace is not Pace.OWED]
    if sections:
        # Not by the row's id: a restored database gives it to another reminder (O2).
        voice = cause(f"clock:{batch[0].object}/{batch[0].step}")
        _post(voice, destination, sections, said, occasion.now)
    for row in batch:
        row.state, row.sent_at = "sent", occasion.now
        occasion.session.add(row)


def _post(voice: Voice, destination: str, sections: list[Section], said: list[Reminder], now: datetime) -> None:
    """One message for everything, and one of its own for each section that has to know its row."""
    together = [section for section in sections if section.posted is None]
    if together:
        voice.post(destination, _message(together, said, now))
    for section in sections:
        if section.posted is not None:
            section.posted(voice.post(destination, _message([section], said, now)))


def _put_off(session: Session, batch: Iterable[Reminder], until: datetime) -> None:
    for row in batch:
        row.due_at = until
        session.add(row)


def _rung(occasion: Occasion, sections: Sequence[Section]) -> list[Section]:
    """The sections, ringing for nobody who is not to be reminded now."""
    held = _held(occasion, {person.id for section in sections for person in section.notify})
    quiet = dict.fromkeys(held, False)
    return [
        replace(one, notify=tuple(replace(person, notify=quiet.get(person.id, person.notify)) for person in one.notify))
        for one in sections
    ]


def _newest_of_each_series(batch: list[Reminder]) -> list[Reminder]:
    """After downtime a series (3 days before, on the day, a week after) says only its latest step."""
    newest = {_series(row): row for row in batch}
    return [row for row in batch if newest[_series(row)] is row]


def _series(row: Reminder) -> tuple[str, str]:
    return row.object, kind_of(row) if row.object[0] in SECTIONS.by_step else ""


def kind_of(row: Reminder) -> str:
    """The kind of a reminder's step: ``nudge`` for ``nudge-28d@2027-05-20``."""
    return row.step.partition("@")[0].partition("-")[0]


def _sections(occasion: Occasion, rows: Iterable[Reminder]) -> list[Section]:
    """What there is to say, in the order of the rows; each maker is asked once."""
    by_letter: dict[str, list[tuple[int, Reminder]]] = {}
    for place, row in enumerate(rows):
        by_letter.setdefault(row.object[0], []).append((place, row))
    found: dict[int, Section] = {}
    for letter, placed in by_letter.items():
        if (maker := SECTIONS.makers.get(letter)) is not None:
            made = maker(occasion, [row for _, row in placed])
            found |= {place: section for (place, _), section in zip(placed, made, strict=True) if section is not None}
    return [found[place] for place in sorted(found)]


def _message(sections: list[Section], rows: list[Reminder], now: datetime) -> Card:
    blocks: list[Block] = []
    if min(row.due_at for row in rows) < now - LONG_AGO:
        blocks.append(heading(SENTENCES["collected"]))
    for section in sections:
        blocks.extend(section.blocks)
        if section.notify:
            blocks.append(paragraph(*_spaced(section.notify)))
    if max(row.due_at for row in rows) < now - LATE:
        blocks.append(hint(SENTENCES["late"]))
    files = tuple(file for section in sections for file in section.files)
    about, buttons = _answerable(sections)
    return Card(tuple(blocks), about, buttons, files)


def _answerable(sections: Sequence[Section]) -> tuple[str | None, tuple[Button, ...]]:
    """What a reply to a message and its buttons are about: the only section that asks for an answer, or all of them."""
    asking = [section for section in sections if section.buttons]
    if len(asking) == 1:
        return asking[0].about, asking[0].buttons
    about = {section.about for section in sections}
    return (about.pop(), ()) if len(about) == 1 else (None, ())


def _spaced(people: Iterable[PersonNode]) -> list[Any]:
    parts: list[Any] = []
    for person in people:
        parts.extend([" ", person] if parts else [person])
    return parts
