"""Commands of calendar feeds and their handlers."""

from dataclasses import dataclass
from typing import Annotated

from ombot.chat.context import Context
from ombot.chat.parameters import choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles
from ombot.chat.rights import Right
from ombot.features.feeds import queries
from ombot.features.feeds.results import FeedShown
from ombot.features.feeds.tables import CalendarFeed

TOPIC = "Termine"

OnOff = Annotated[str, choice(on=("an", "on"), off=("aus", "off"))]


@command(
    "kalender",
    brief="gibt dem Kalender eine neue geheime Adresse; die alte gilt nicht mehr",
    usage="!kalender neu",
    example="!kalender neu",
    topic=TOPIC,
    right=Right.MEMBER,
    verb=("neu", "erneuern", "renew"),
    alias=("calendar",),
    undo=False,
)
@dataclass(frozen=True)
class RenewFeed:
    """Give the calendar another address."""


@command(
    "kalender",
    brief="nimmt Aufgaben mit Frist als ganztägige Einträge in den Kalender auf, oder wieder heraus",
    usage="!kalender aufgaben an|aus",
    example="!kalender aufgaben an",
    topic=TOPIC,
    right=Right.MEMBER,
    verb=("aufgaben", "tasks"),
    alias=("calendar",),
    undo=False,
)
@dataclass(frozen=True)
class FeedTasks:
    """Whether tasks stand in the calendar."""

    switch: OnOff


@command(
    "kalender",
    brief="nennt die geheime Adresse des Kalenders: im Raum der Gruppe ihren, im Direktchat Ihren eigenen",
    usage="!kalender",
    example="!kalender",
    topic=TOPIC,
    right=Right.MEMBER,
    alias=("calendar",),
    undo=False,
)
@dataclass(frozen=True)
class ShowFeed:
    """Give the address of the calendar."""


@handles(ShowFeed)
def show(_command: ShowFeed, context: Context) -> FeedShown:
    """The address of this room's calendar."""
    return _shown(context, _feed(context))


@handles(RenewFeed)
def renew(_command: RenewFeed, context: Context) -> FeedShown:
    """Another address: for a group, that is its lead's to decide."""
    feed = _changeable(context)
    queries.renew(context.session, feed, context.now)
    return _shown(context, feed, "renewed")


@handles(FeedTasks)
def switch_tasks(command: FeedTasks, context: Context) -> FeedShown:
    """With tasks, or without."""
    feed = _changeable(context)
    feed.tasks = command.switch == "on"
    context.session.add(feed)
    return _shown(context, feed, f"tasks_{command.switch}")


def _feed(context: Context) -> CalendarFeed:
    if not context.settings.web.public_url:
        raise Refusal("no_public_url")
    if context.direct:
        return queries.of_person(context.session, context.sender, context.now)
    return queries.of_group(context.session, context.here().key, context.now)


def _changeable(context: Context) -> CalendarFeed:
    if not context.direct:
        context.here()
        context.require(Right.LEAD)
    return _feed(context)


def _shown(context: Context, feed: CalendarFeed, change: str = "") -> FeedShown:
    address = f"{context.settings.web.public_url}/calendar/{feed.secret}.ics"
    group = None if context.direct else context.here().name
    return FeedShown(address, group, feed.tasks, change)
