"""The numbers members see (A12, T3): never given out twice, not even after a restored backup (O2)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, inspect, text

AHEAD = 1000
"""How far numbers jump after a restore: more than anybody makes between two backups."""


def given_out(connection: Connection) -> dict[str, int]:
    """The highest number ever given out in each table whose primary key is a visible ``number``."""
    inspector = inspect(connection)
    return {
        table: _last(connection, table)
        for table in inspector.get_table_names()
        if inspector.get_pk_constraint(table)["constrained_columns"] == ["number"]
    }


def jump(connection: Connection, seen: Mapping[str, int]) -> None:
    """Count on from far above what the database has given out, and what was ``seen`` given out elsewhere."""
    for table, number in given_out(connection).items():
        _count_on(connection, table, max(number, seen.get(table, 0)) + AHEAD)


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
