"""All SQL of calendar feeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from ombot.chat import queries as conversation
from ombot.features.feeds import rules
from ombot.features.feeds.tables import CalendarFeed
from ombot.features.groups import queries as groups
from ombot.features.meetings.tables import Meeting
from ombot.features.tasks.tables import Assignee, Task
from ombot.store.tables import History


def of_group(session: Session, key: str, now: datetime) -> CalendarFeed:
    """The feed of a group, made when it is first asked for."""
    found = session.exec(select(CalendarFeed).where(CalendarFeed.group_key == key)).first()
    return found or _made(session, CalendarFeed(group_key=key, secret="", digest="", renewed_at=now), now)


def of_person(session: Session, user_id: str, now: datetime) -> CalendarFeed:
    """The feed of a person, made when it is first asked for."""
    found = session.exec(select(CalendarFeed).where(CalendarFeed.user_id == user_id)).first()
    return found or _made(session, CalendarFeed(user_id=user_id, secret="", digest="", renewed_at=now), now)


def _made(session: Session, feed: CalendarFeed, now: datetime) -> CalendarFeed:
    renew(session, feed, now)
    return feed


def renew(session: Session, feed: CalendarFeed, now: datetime) -> None:
    """Give a feed another secret; the address before is unknown from now on."""
    feed.secret = rules.new_secret()
    feed.digest, feed.renewed_at = rules.digest(feed.secret), now
    session.add(feed)
    session.flush()


def by_secret(session: Session, secret: str) -> CalendarFeed | None:
    """The feed with this secret."""
    return session.exec(select(CalendarFeed).where(CalendarFeed.digest == rules.digest(secret))).first()


def seen_groups(session: Session, feed: CalendarFeed) -> list[str]:
    """Keys of the groups whose items a feed shows today: its own, or those its person is in."""
    if feed.group_key is not None:
        return [feed.group_key]
    return conversation.group_keys_of(session, feed.user_id or "")


def meetings(session: Session, group_keys: Sequence[str]) -> list[Meeting]:
    """All dated meetings of some groups, by number; sessions of the board are everybody's who is in any group."""
    board = groups.board(session)
    keys = {*group_keys, board.key} if group_keys and board is not None else set(group_keys)
    query = select(Meeting).where(col(Meeting.group_key).in_(keys), col(Meeting.start).is_not(None))
    return list(session.exec(query.order_by(col(Meeting.number))))


@dataclass(frozen=True)
class DatedTask:
    """An open task with a due date, how often it was changed, and when last."""

    task: Task
    changes: int
    changed_at: datetime


def tasks(session: Session, group_keys: Sequence[str], person: str | None) -> list[DatedTask]:
    """The open tasks of some groups that have a due date, by number; of one person only, if there is one."""
    query = select(Task).where(col(Task.group_key).in_(group_keys), Task.status == "open", col(Task.due).is_not(None))
    if person is not None:
        own = select(Assignee.task).where(Assignee.kind == "person", Assignee.name == person)
        query = query.where(col(Task.number).in_(own))
    changed = _changes(session)
    return [
        DatedTask(task, *changed.get(str(task.number), (0, task.created_at)))
        for task in session.exec(query.order_by(col(Task.number)))
    ]


def _changes(session: Session) -> dict[str, tuple[int, datetime]]:
    """Key of a task → how often it was changed after it was made, and when it was written last."""
    query = (
        select(History.row_key, func.count(), func.max(History.at))
        .where(History.subject == Task.__tablename__)
        .group_by(History.row_key)
    )
    return {key: (count - 1, at) for key, count, at in session.exec(query)}
