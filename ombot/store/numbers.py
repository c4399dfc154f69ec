"""The numbers members see (A12, T3, 2027-01): never given out twice, not even after a restored backup (O2)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Inspector, Integer, inspect, text
from sqlmodel import Session

from ombot.store import meta

AHEAD = 1000
"""How far numbers jump after a restore: more than anybody makes between two backups, or in a year."""
YEARLY = "numbers_from:"
"""Before a year, the key of :func:`yearly_bases`."""


def given_out(connection: Connection) -> dict[str, int]:
    """The highest number ever given out in each table whose primary key is a visible ``number``."""
    inspector = inspect(connection)
    return {
        table: _last(connection, table)
        for table in inspector.get_table_names()
        if inspector.get_pk_constraint(table)["constrained_columns"] == ["number"] and _counts(inspector, table)
    }


def _counts(inspector: Inspector, table: str) -> bool:
    """Whether the numbers are the database's own; others (2027-01) are words for it."""
    types = {column["name"]: column["type"] for column in inspector.get_columns(table)}
    return isinstance(types["number"], Integer)


def jump(connection: Connection, seen: Mapping[str, int]) -> None:
    """Count on from far above what the database has given out, and what was ``seen`` given out elsewhere."""
    for table, number in given_out(connection).items():
        _count_on(connection, table, max(number, seen.get(table, 0)) + AHEAD)


def yearly_bases(connection: Connection) -> dict[str, int]:
    """From where the numbers of each year count on (2027-01), for the years in which a backup was restored."""
    query = text("SELECT key, value FROM meta WHERE key LIKE :yearly").bindparams(yearly=f"{YEARLY}%")
    return {str(key).removeprefix(YEARLY): int(value) for key, value in connection.execute(query)}


def jump_years(session: Session, years: Iterable[int], seen: Mapping[str, int]) -> None:
    """Let numbers of these years count on from above all that was given out before; ``seen`` as in ``yearly_bases``."""
    for year in years:
        base = max(taken_in_year(session, year), seen.get(str(year), 0))
        meta.put(session, f"{YEARLY}{year}", str(base + AHEAD))


def taken_in_year(session: Session, year: int) -> int:
    """Up to where the numbers of a year may have been given out before a restore; 0 without one."""
    return int(meta.get(session, f"{YEARLY}{year}") or 0)


def _last(connection: Connection, table: str) -> int:
    if connection.dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :table").bindparams(table=table)
        return int(connection.execute(query).scalar() or 0)
    query = text("SELECT pg_sequence_last_value(CAST(:name AS regclass))").bindparams(name=_sequence(connection, table))
    return int(connection.execute(query).scalar() or 0)


def _count_on(connection: Connection, table: str, number: int) -> None:
    if connection.dialect.name == "postgresql":
        names = {"name": _sequence(connection, table), "number": number}
        connection.execute(text("SELECT setval(CAST(:name AS regclass), :number)"), names)
        return
    values: dict[str, Any] = {"table": table, "number": number}
    known = connection.execute(text("UPDATE sqlite_sequence SET seq = :number WHERE name = :table"), values)
    if known.rowcount == 0:
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :number)"), values)


def _sequence(connection: Connection, table: str) -> str:
    quoted = connection.dialect.identifier_preparer.quote(table)
    query = text("SELECT pg_get_serial_sequence(:table, 'number')").bindparams(table=quoted)
    return str(connection.execute(query).scalar_one())
