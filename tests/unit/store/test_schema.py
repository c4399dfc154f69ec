"""Migrations make exactly the tables the program declares, all or nothing, with a copy before (S5)."""

import shutil
import stat
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


# --- upgrades ---------------------------------------------------------------------------------------------------

AT = "2027-03-01 12:00:00+00:00"
ROWS = (
    """INSERT INTO "group" (key, name, kind, archived, board_stale)
       VALUES ('ag', 'AG Transfer', 'working_group', false, false)""",
    f"""INSERT INTO task (group_key, title, description, status, created_by, created_at, event_id, assigned_in_room)
        VALUES ('ag', 'Leitfaden – „Übergabe“', '', 'open', '@eva:x', '{AT}', '$1', true)""",
    "INSERT INTO task_assignee (task, kind, name, position) VALUES (1, 'person', '@eva:x', 0)",
)
"""A parent with children. What releases left behind is in test_released.py."""


def fill(engine: Engine) -> None:
    schema.migrate(engine)
    with engine.begin() as connection:
        for statement in ROWS:
            connection.exec_driver_sql(statement)


def tasks(engine: Engine) -> list[tuple[object, ...]]:
    query = """SELECT task.number, title, "group".name, task_assignee.name FROM task
               JOIN "group" ON "group".key = group_key JOIN task_assignee ON task = task.number"""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


FILLED = [(1, "Leitfaden – „Übergabe“", "AG Transfer", "@eva:x")]


GOOD = """
    again = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("group", recreate=again) as batch:
        batch.add_column(sa.Column("colour", sa.String(), nullable=True))
"""
FAILS = (
    GOOD
    + """
    raise ZeroDivisionError
"""
)
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
{body}
"""


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Gives the program one revision more."""

    def add(body: str) -> None:
        head, folder = schema.head(), tmp_path / "migrations"
        shutil.copytree(schema.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "9999_next.py").write_text(REVISION.format(head=head, body=body), encoding="utf-8")
        monkeypatch.setattr(schema, "SCRIPTS", folder)

    return add


NextRevision = Callable[[str], None]


def test_a_re_created_parent_keeps_its_children(engine: Engine, tmp_path: Path, next_revision: NextRevision) -> None:
    fill(engine)
    next_revision(GOOD)

    copy = schema.upgrade(engine, tmp_path / "backups")

    assert tasks(engine) == FILLED
    assert "colour" in {column["name"] for column in inspect(engine).get_columns("group")}
    assert copy is not None and stat.S_IMODE(copy.stat().st_mode) == 0o600
    if engine.dialect.name == "sqlite":
        before = open_engine(f"sqlite:///{copy}")
        assert tasks(before) == FILLED
        before.dispose()
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_a_migration_that_fails_changes_nothing(engine: Engine, tmp_path: Path, next_revision: NextRevision) -> None:
    fill(engine)
    next_revision(FAILS)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            schema.upgrade(engine, tmp_path / "backups")

    assert not schema.is_current(engine)
    assert "colour" not in {column["name"] for column in inspect(engine).get_columns("group")}
    assert tasks(engine) == FILLED
    assert len(list((tmp_path / "backups").iterdir())) == 1


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
def test_a_migration_that_leaves_orphans_changes_nothing(
    engine: Engine, tmp_path: Path, next_revision: NextRevision
) -> None:
    fill(engine)
    next_revision('    op.execute("DELETE FROM task")')

    with pytest.raises(schema.SchemaError, match="task_assignee"):
        schema.upgrade(engine, tmp_path / "backups")

    assert tasks(engine) == FILLED


def test_a_newer_database_is_refused(
    engine: Engine, tmp_path: Path, next_revision: NextRevision, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = schema.SCRIPTS
    next_revision(GOOD)
    schema.migrate(engine)
    monkeypatch.setattr(schema, "SCRIPTS", ours)

    with pytest.raises(schema.SchemaTooNew, match="revision 9999"):
        schema.upgrade(engine, tmp_path / "backups")


def test_a_database_of_something_else_is_refused(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE other (id INTEGER)")

    with pytest.raises(schema.SchemaError, match="not made by"):
        schema.upgrade(engine, tmp_path / "backups")

    assert inspect(engine).get_table_names() == ["other"]
