"""Commands by which somebody says what they want to be reminded of, and their handlers."""

from dataclasses import dataclass
from typing import Annotated

from ombot.chat.context import Context
from ombot.chat.parameters import choice
from ombot.chat.registry import command, handles
from ombot.chat.rights import Right
from ombot.features.preferences import queries
from ombot.features.preferences.results import RemindersShown
from ombot.features.preferences.tables import Preference

TOPIC = "Für mich"

Pace = Annotated[
    str, choice(all=("an", "ein", "ja", "on"), none=("aus", "nein", "off"), morning=("morgens", "mornings"))
]
Switch = Annotated[str, choice(on=("an", "ein", "ja", "on"), off=("aus", "nein", "off"))]


@command(
    "erinnerungen",
    brief="schaltet den Wochenrückblick im Direktchat an oder aus",
    usage="!erinnerungen woche an|aus",
    example="!erinnerungen woche aus",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("woche", "wochenrückblick", "weekly"),
    alias=("reminders", "erinnerung"),
)
@dataclass(frozen=True)
class SetDigest:
    """Have the weekly digest, or not."""

    switch: Switch


@command(
    "erinnerungen",
    brief="stellt ein, wie ich Sie im Direktchat erinnere: sofort, gesammelt am Morgen oder gar nicht",
    usage="!erinnerungen an|aus|morgens",
    example="!erinnerungen morgens",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("reminders", "erinnerung"),
)
@dataclass(frozen=True)
class SetPace:
    """Say how one wants to be reminded."""

    pace: Pace


@command(
    "erinnerungen",
    brief="zeigt, wie ich Sie im Direktchat erinnere",
    usage="!erinnerungen",
    example="!erinnerungen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("reminders", "erinnerung"),
)
@dataclass(frozen=True)
class ShowReminders:
    """Show how one is reminded."""


@handles(ShowReminders)
def show(command: ShowReminders, context: Context) -> RemindersShown:  # noqa: ARG001
    """What counts for the sender."""
    return _shown(context, _row(context), changed=False)


@handles(SetPace)
def set_pace(command: SetPace, context: Context) -> RemindersShown:
    """From now on, also for what is planned already: the clock asks when it falls due."""
    row = _row(context)
    row.pace = command.pace
    return _kept(context, row)


@handles(SetDigest)
def set_digest(command: SetDigest, context: Context) -> RemindersShown:
    """With the next week."""
    row = _row(context)
    row.weekly = command.switch == "on"
    return _kept(context, row)


def _row(context: Context) -> Preference:
    return queries.of(context.session, context.sender) or Preference(user_id=context.sender, changed_at=context.now)


def _kept(context: Context, row: Preference) -> RemindersShown:
    row.changed_at = context.now
    context.session.add(row)
    context.session.flush()
    return _shown(context, row, changed=True)


def _shown(context: Context, row: Preference, *, changed: bool) -> RemindersShown:
    return RemindersShown(row.pace, row.weekly and row.pace != "none", context.settings.quiet.morning, changed)
