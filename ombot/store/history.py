"""Who changed what, when: rows before and after, grouped by cause. Written by the session itself, so nobody forgets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Date, event, inspect
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, col, select

from ombot.store.base import Moment, Table
from ombot.store.tables import History

AUTHOR = "ombot_author"
CHANGED = "ombot_changed"
"""Set in ``session.info`` once a tracked row has been changed in this unit of work."""


@dataclass(frozen=True)
class Author:
    """Who is writing in this unit of work, and why."""

    actor: str
    cause: str
    at: datetime
    room_id: str | None = None


def write_as(session: Session, author: Author) -> None:
    """All tracked changes of this session are recorded under ``author``."""
    if AUTHOR not in session.info:
        event.listen(session, "after_flush", _record)
    session.info[AUTHOR] = author


def _record(session: Session, _context: object) -> None:
    author: Author = session.info[AUTHOR]
    for row, before, after in _changes(session):
        session.info[CHANGED] = True
        session.add(
            History(
                cause=author.cause,
                at=author.at,
                actor=author.actor,
                room_id=author.room_id,
                subject=str(row.__tablename__),
                row_key=_key(row),
                before=before,
                after=after,
            )
        )


def _changes(session: Session) -> Iterator[tuple[Table, dict[str, Any] | None, dict[str, Any] | None]]:
    for row in session.new:
        if isinstance(row, Table) and row.tracked:
            yield row, None, snapshot(row)
    for row in session.dirty:
        if isinstance(row, Table) and row.tracked and session.is_modified(row):
            yield row, _before(row), snapshot(row)
    for row in session.deleted:
        if isinstance(row, Table) and row.tracked:
            yield row, snapshot(row), None


def _columns(row: Table) -> list[str]:
    return [attribute.key for attribute in inspect(type(row)).column_attrs]


def snapshot(row: Table) -> dict[str, Any]:
    """The row's columns as plain JSON values."""
    return {name: _plain(getattr(row, name)) for name in _columns(row)}


def _before(row: Table) -> dict[str, Any]:
    state = inspect(row)
    values = snapshot(row)
    for name in values:
        deleted = state.attrs[name].history.deleted
        if deleted:
            values[name] = _plain(deleted[0])
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _key(row: Table) -> str:
    identity = inspect(type(row)).primary_key_from_instance(row)
    return "/".join(str(part) for part in identity)


def of_row(session: Session, row: Table) -> list[History]:
    """A row's whole history, oldest first."""
    query = select(History).where(History.subject == row.__tablename__, History.row_key == _key(row))
    return list(session.exec(query.order_by(col(History.id))))


def last_cause(session: Session, actor: str, room_id: str, since: datetime) -> str | None:
    """The cause of a person's newest change in a room that can still be undone."""
    query = (
        select(History.cause)
        .where(
            History.actor == actor,
            History.room_id == room_id,
            col(History.at) >= since,
            col(History.undone).is_(False),
        )
        .order_by(col(History.id).desc())
    )
    return session.exec(query).first()


def by_cause(session: Session, cause: str) -> list[History]:
    """All changes of one cause, oldest first."""
    return list(session.exec(select(History).where(History.cause == cause).order_by(col(History.id))))


class ChangedSince(Exception):
    """Undo is refused: the present is no longer what the change left behind."""


def undo(session: Session, cause: str) -> list[Table]:
    """Put everything back that ``cause`` changed, newest first, and give back the rows.

    A created row gets its table's ``created_undone`` values, or is deleted when the table has none.

    Raises:
        ChangedSince: a row was changed by somebody in between; nothing is undone.
    """
    rows = []
    for entry in reversed(by_cause(session, cause)):
        rows.append(_step_back(session, entry))
        entry.undone = True
        session.add(entry)
    session.flush()
    for entry in by_cause(session, session.info[AUTHOR].cause):
        entry.undone = True  # an undo is not undone: there is one step back, as promised
        session.add(entry)
    return rows


def _step_back(session: Session, entry: History) -> Table:
    table = _table(entry.subject)
    row: Table | None = session.get(table, _identity(table, entry))
    if (snapshot(row) if row else None) != entry.after:
        raise ChangedSince(entry.subject)
    if row is None:
        row = table()
    elif entry.before is None and table.created_undone is None:
        session.delete(row)
        session.flush()  # SQLite may have given it the number of a row that the same change took away
        return row
    _restore(row, entry.before if entry.before is not None else table.created_undone or {})
    session.add(row)
    return row


def _table(name: str) -> type[Table]:
    tables = (mapper.class_ for mapper in Table._sa_registry.mappers)
    return next(table for table in tables if issubclass(table, Table) and table.__tablename__ == name)


def _identity(table: type[Table], entry: History) -> tuple[Any, ...]:
    # Not from row_key, whose parts may hold the separator: names of institutions do.
    values = entry.after or entry.before or {}
    return tuple(_typed(column.type, values[column.name]) for column in inspect(table).primary_key)


def _restore(row: Table, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, _typed(inspect(type(row)).columns[name].type, value))


def _typed(column: TypeEngine[Any], value: Any) -> Any:
    """A value of the history as its column wants it."""
    if not isinstance(value, str):
        return value
    if isinstance(column, Moment):  # asked first: a type of our own does not say which Python type it holds
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column, Date) else value
