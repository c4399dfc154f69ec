"""Migrations make exactly the tables the program declares, all or nothing, with a copy before (S5)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel

from ombot import features
from ombot.store import schema
from ombot.store.engine import open_engine

NewDatabase = Callable[[], str]


@pytest.fixture
def engine(new_database: NewDatabase) -> Iterator[Engine]:
    features.load_tables()
    opened = open_engine(new_database())
    yield opened
    opened.dispose()


def test_tables_and_migrations_say_the_same(engine: Engine) -> None:
    schema.migrate(engine)

    with engine.connect() as connection:
        assert schema.differences(connection) == []


def test_an_empty_database_is_made_without_a_copy(engine: Engine, tmp_path: Path) -> None:
    assert not schema.is_current(engine)

    assert schema.upgrade(engine, tmp_path / "backups") is None

    assert schema.is_current(engine)
    assert not (tmp_path / "backups").exists()
    assert inspect(engine).has_table("outbox")


def checks(engine: Engine) -> dict[str, list[tuple[str, str]]]:
    inspector = inspect(engine)
    return {
        table: sorted((str(check["name"]), check["sqltext"]) for check in inspector.get_check_constraints(table))
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_have_the_checks_of_the_tables(engine: Engine, new_database: NewDatabase) -> None:
    """Alembic's comparison does not look at them."""
    schema.migrate(engine)
    declared = open_engine(new_database())
    SQLModel.metadata.create_all(declared)

    assert checks(engine) == checks(declared)
    assert checks(engine)["inbox"][0][0] == "ck_inbox_kind"
    declared.dispose()
