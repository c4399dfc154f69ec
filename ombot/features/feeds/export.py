"""The data of a calendar feed."""

from datetime import timedelta
from typing import Any

from ombot.config import Settings
from ombot.features.feeds import queries
from ombot.features.feeds.cards import GROUP_NAME, OWN_NAME, TASK_SUMMARY
from ombot.features.feeds.queries import DatedTask
from ombot.features.feeds.tables import CalendarFeed
from ombot.features.groups import queries as groups
from ombot.features.meetings.export import calendar_data
from ombot.store.unit import Session

REFRESH = timedelta(hours=1)
"""How often a calendar program is asked to look again."""


def feed_data(session: Session, settings: Settings, secret: str) -> dict[str, Any] | None:
    """The data of the calendar with this secret, as a ``calendar`` document; None when there is no such calendar.

    What may be seen is decided anew each time: who has left a group no longer sees its meetings. Cancelled meetings
    stay, as cancelled, because calendar programs would otherwise keep what they have.
    """
    feed = queries.by_secret(session, secret)
    if feed is None:
        return None
    keys = queries.seen_groups(session, feed)
    data = calendar_data(settings, queries.meetings(session, keys), _name(session, settings, feed))
    dated = queries.tasks(session, keys, feed.user_id) if feed.tasks else []
    return {**data, "refresh_seconds": int(REFRESH.total_seconds()), "days": [_day(one, settings) for one in dated]}


def _name(session: Session, settings: Settings, feed: CalendarFeed) -> str:
    organisation = settings.organisation.name
    if feed.group_key is None:
        return OWN_NAME.format(organisation=organisation)
    return GROUP_NAME.format(organisation=organisation, group=groups.names(session)[feed.group_key])


def _day(dated: DatedTask, settings: Settings) -> dict[str, Any]:
    task = dated.task
    return {
        "uid": f"A{task.number}.ombot@{settings.matrix.user.partition(':')[2]}",
        "sequence": dated.changes,
        "summary": TASK_SUMMARY.format(reference=f"A{task.number}", title=task.title),
        "day": task.due.isoformat() if task.due else None,
        "description": task.description,
        "changed_at": dated.changed_at.isoformat(),
    }
