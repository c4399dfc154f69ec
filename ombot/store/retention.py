"""Forgetting in time: what was said for the moment does not stay for ever (D3).

Deleted or blanked here is what the program itself needs no longer. What members work with (tasks, decisions, inputs,
minutes) is theirs and stays until it is erased.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import String, and_, cast, delete, func, inspect, or_
from sqlmodel import Session, col, select

from ombot.store import inbox
from ombot.store.base import Table
from ombot.store.tables import History, Outbox

SENT_TEXT = timedelta(days=30)
"""How long the text of what ombot said is kept; rooms keep it anyway."""
UNDOABLE = timedelta(days=1)
"""How long a change is left alone: longer than it can be undone."""
AT_ONCE = 500
FORGOTTEN = "forgotten"
PERSONS = "persons"
"""In blanked outbox content: whom the text named by id, so that erasing a person still finds what to redact (D2)."""

_USER_ID = re.compile(r"@[\w.=/+-]+:[\w.-]+(?::\d+)?")


@dataclass(frozen=True)
class Cleaned:
    """How much was forgotten: blanked inbox and outbox rows, and deleted rows by table."""

    commands: int
    sent: int
    deleted: dict[str, int]

    @property
    def nothing(self) -> bool:
        """Whether everything has been forgotten that can be."""
        return not (self.commands or self.sent or any(self.deleted.values()))


def clean(session: Session, now: datetime, command_text: timedelta) -> Cleaned:
    """Forget what is old enough. Bounded, so that the write lane is not held for long: call again until ``nothing``.

    Args:
        session: a writing unit of work.
        now: the moment to count back from.
        command_text: how long the words of a handled command are kept.
    """
    deleted = {str(table.__tablename__): _expire(session, table, now) for table in _expiring()}
    deleted["history"] = sum(_forget_history(session, table, now) for table in _expiring() if table.tracked)
    return Cleaned(
        commands=inbox.forget_text(session, now - command_text),
        sent=_forget_sent(session, now - SENT_TEXT),
        deleted=deleted,
    )


def _expiring() -> list[type[Table]]:
    tables = (mapper.class_ for mapper in Table._sa_registry.mappers)
    found = [table for table in tables if issubclass(table, Table) and table.expiry is not None]
    return sorted(found, key=lambda table: str(table.__tablename__))


def _expire(session: Session, table: type[Table], now: datetime) -> int:
    rule = table.expiry
    assert rule is not None  # noqa: S101 - chosen by it
    columns = table.__table__.c  # type: ignore[attr-defined]
    old = [columns[rule.column] < now - rule.after]
    if rule.unless:
        old.append(columns.state.not_in(rule.unless))
    result: Any = session.execute(delete(table).where(*old).execution_options(synchronize_session=False))
    return int(result.rowcount)


def _forget_history(session: Session, table: type[Table], now: datetime) -> int:
    """What the history says of rows that are gone; else it would keep for ever what they said.

    Also of rows that were deleted otherwise, but only once nobody can undo that any more.
    """
    (key,) = inspect(table).primary_key
    said = select(History.id).where(History.subject == table.__tablename__, col(History.at) < now - UNDOABLE)
    gone = said.where(col(History.row_key).not_in(select(cast(key, String))))
    result: Any = session.execute(
        delete(History).where(col(History.id).in_(gone)).execution_options(synchronize_session=False)
    )
    return int(result.rowcount)


def _forget_sent(session: Session, before: datetime) -> int:
    """Blank old content; references, buttons and event ids stay, so that old cards can still be answered."""
    newest = select(func.max(Outbox.id)).where(col(Outbox.slot).is_not(None))
    # The board is compared with what it last said, and edited where it was last posted.
    shown = or_(
        col(Outbox.id).in_(newest.group_by(col(Outbox.slot))),
        col(Outbox.id).in_(newest.where(Outbox.kind == "message").group_by(col(Outbox.slot))),
    )
    query = (
        select(Outbox)
        .where(Outbox.state != "waiting", col(Outbox.created_at) < before)
        .where(Outbox.content[FORGOTTEN].as_string().is_(None))
        .where(~and_(col(Outbox.slot).is_not(None), shown))
        .order_by(col(Outbox.id))
        .limit(AT_ONCE)
    )
    rows = session.exec(query).all()
    for row in rows:
        persons = sorted(set(_USER_ID.findall(unquote(_text(row.content)))))
        row.content = {FORGOTTEN: True} | ({PERSONS: persons} if persons else {})
        session.add(row)
    session.flush()
    return len(rows)


def _text(value: Any) -> str:
    """All strings in a JSON value."""
    if isinstance(value, dict):
        return " ".join(_text(part) for part in value.values())
    if isinstance(value, list):
        return " ".join(_text(part) for part in value)
    return value if isinstance(value, str) else ""
