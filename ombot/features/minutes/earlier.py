"""The minutes of all years: those made here, and those from before ombot, which are kept as the files they are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from ombot.chat.context import Context
from ombot.chat.line import Line
from ombot.chat.nodes import Attachment
from ombot.chat.parameters import ABSENT, InGroup, Stage, Words
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles
from ombot.features.meetings import queries as meetings
from ombot.features.minutes import queries, rules
from ombot.features.minutes.results import EarlierShown, MinutesEntry, MinutesList, MinutesShown
from ombot.features.minutes.scribing import ALIAS, TOPIC
from ombot.features.minutes.tables import EarlierMinutes
from ombot.features.minutes.views import view

_NUMBER = re.compile(r"(\d{4}-\d{2,6})(?!\S)")


@dataclass(frozen=True)
class NumberParameter:
    """``2019-01``: the yearly number of final minutes."""

    stage: Stage = Stage.FRONT

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The number that stands next."""
        match = _NUMBER.match(line.text)
        if match is None:
            return ABSENT
        line.text = line.text[match.end() :].lstrip()
        return match[1]


MinutesNumber = Annotated[str, NumberParameter()]


@command(
    "protokoll",
    brief="zeigt ein endgültiges Protokoll mit seiner Nummer; aus der Zeit vor ombot als Datei",
    usage="!protokoll 2027-01",
    example="!protokoll 2027-01",
    topic=TOPIC,
    alias=ALIAS,
)
@dataclass(frozen=True)
class ShowByNumber:
    """Final minutes by their yearly number."""

    number: MinutesNumber


@command(
    "protokolle",
    brief="zeigt alle Protokolle aller Jahre, mit Suchtext nur die passenden",
    usage="!protokolle [Suchtext] [in <Gruppe>]",
    example="!protokolle Beratungsverständnis",
    topic=TOPIC,
)
@dataclass(frozen=True)
class ListMinutes:
    """All minutes, or those in whose title or lines the words occur."""

    group: InGroup | None = None
    words: Words = ""


@handles(ShowByNumber)
def show(command: ShowByNumber, context: Context) -> MinutesShown | EarlierShown:
    """What may not be seen here is answered like what does not exist."""
    minutes = queries.by_number(context.session, command.number)
    meeting = meetings.get(context.session, minutes.meeting) if minutes is not None else None
    if minutes is not None and meeting is not None and context.sees(meeting.group_key):
        return MinutesShown(view(context.session, context.settings, meeting, minutes))
    earlier = context.session.get(EarlierMinutes, command.number)
    if earlier is None or not context.sees(earlier.group_key):
        raise Refusal("minutes_no_number", number=command.number)
    file = Attachment(earlier.file_name, earlier.mimetype, sha256=earlier.sha256)
    return EarlierShown(_entry_of_earlier(earlier), earlier.sha256, file)


@handles(ListMinutes)
def list_minutes(command: ListMinutes, context: Context) -> MinutesList:
    """The newest in front; after a search with the first line in which its words occur."""
    scope = [command.group] if command.group else context.visible_groups
    keys = [group.key for group in scope]
    found = [*_own(context, keys, command.words), *_earlier(context, keys, command.words)]
    found.sort(key=lambda entry: (entry.day or context.today, entry.number or ""), reverse=True)
    return MinutesList(tuple(found), command.words)


def _own(context: Context, keys: list[str], words: str) -> Iterator[MinutesEntry]:
    lines = queries.lines_by_meeting(context.session, keys)
    for minutes, meeting in queries.of_groups(context.session, keys):
        texts = [f"{line.kind}: {line.text}" for line in lines.get(minutes.meeting, [])]
        passage = rules.passage(words, [meeting.title, minutes.number or "", *texts])
        if passage is not None:
            day = meeting.start.astimezone(context.zone).date() if meeting.start else None
            yield MinutesEntry(f"T{meeting.number}", minutes.number, day, meeting.title, minutes.status, passage)


def _earlier(context: Context, keys: list[str], words: str) -> Iterator[MinutesEntry]:
    for one in queries.earlier(context.session, keys):
        passage = rules.passage(words, [one.title, one.number, *one.text.splitlines()])
        if passage is not None:
            yield replace(_entry_of_earlier(one), passage=passage)


def _entry_of_earlier(earlier: EarlierMinutes) -> MinutesEntry:
    return MinutesEntry(None, earlier.number, earlier.held_on, earlier.title, "final")
