"""Commands that come too late to be carried out: they are listed in one message for each room (I6)."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from ombot.chat.dates import Reading
from ombot.chat.language import SENTENCES, say_moment
from ombot.chat.nodes import Card, Inline, PersonNode, bullets, card, heading, hint, paragraph
from ombot.chat.registry import shows
from ombot.store.rooms import Person

TOO_OLD = timedelta(days=7)
LATE = timedelta(minutes=10)
"""Who reads a command later than this was away: it may speak of a time that is over by now."""
MISSED = "missed"
"""Outcome of a row that was not carried out and is not listed yet."""
TEXT_MAX = 80


class Missed(Exception):
    """The row was not carried out because it came too late."""


@dataclass(frozen=True)
class MissedLine:
    """Who wrote what and when, in the organisation's zone."""

    person: Person
    at: datetime
    text: str


@dataclass(frozen=True)
class MissedShown:
    """What was not carried out in a room."""

    lines: tuple[MissedLine, ...]


@shows(MissedShown)
def missed_card(result: MissedShown) -> Card:
    """Who has to write what again."""
    return card(
        heading(SENTENCES["missed"]),
        paragraph(SENTENCES["missed_why"]),
        bullets(_line(line) for line in result.lines),
        hint(SENTENCES["missed_todo"]),
    )


def _line(line: MissedLine) -> tuple[Inline, ...]:
    return PersonNode(line.person.id, line.person.name, notify=True), f", {say_moment(line.at)}: „{line.text}“"


def shortened(text: str, *, word_only: bool) -> str:
    """The first line of a message, short; only its first word where the rest may be secret (a ballot)."""
    first = next(iter(text.strip().splitlines()), "")
    word = first.split(maxsplit=1)[0] if first else ""
    if word_only:
        return word if word == first else f"{word} …"
    return first if len(first) <= TEXT_MAX else f"{first[:TEXT_MAX].rstrip()} …"


def passed_meanwhile(command: object, sent_at: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether all that a command dates was ahead when it was sent and is over ``now``."""
    if now - sent_at <= LATE:
        return False
    last = max(_ends(command, zone), default=None)
    return last is not None and sent_at < last <= now


def _ends(value: Any, zone: tzinfo) -> Iterator[datetime]:
    """The moments at which the dates in a value are over, in UTC. Rows of the database are no part of a command."""
    match value:
        case Reading():
            moment = value.ends_at(zone) if value.last else value.starts_at(zone) or value.ends_at(zone)
            yield moment.astimezone(UTC) if moment is not None else _end_of(value.day, zone)
        case datetime():
            yield value.astimezone(UTC)
        case date():
            yield _end_of(value, zone)
        case tuple():
            for part in value:
                yield from _ends(part, zone)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for part in fields(value):
                yield from _ends(getattr(value, part.name), zone)


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
