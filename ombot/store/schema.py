"""Bringing the database to the shape the program expects, in one transaction that leaves everything or nothing (S5).

Whether there is anything to bring is read without alembic, which takes longer to load than the rest of the store.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect
from sqlmodel import SQLModel

from ombot.store.dump import DumpFailed, dump

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

FULL_TEXT = ("search_index", "search_vocabulary", "ix_search_text_stems")
SCRIPTS = Path(__file__).with_name("migrations")


class SchemaError(Exception):
    """The database cannot be brought to the shape this program expects. Nothing was changed."""


class SchemaTooNew(SchemaError):
    """A newer ombot has written this database."""


def revisions() -> list[str]:
    """All revisions this program knows, newest first: each is the file that begins with its number."""
    names = [script.name for script in (SCRIPTS / "versions").glob("*_*.py")]
    return sorted((name.partition("_")[0] for name in names if not name.startswith("_")), reverse=True)


def head() -> str:
    """The revision this program works with."""
    return revisions()[0]


def revision(connection: Connection) -> str | None:
    """The revision of a database, None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    number: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return number


def is_current(engine: Engine) -> bool:
    """Whether the database has the shape this program works with."""
    with engine.connect() as connection:
        return revision(connection) == head()


def upgrade(engine: Engine, backup_to: Path) -> Path | None:
    """Migrate to the newest revision, with a copy of the database before. Does nothing when it is current.

    Args:
        engine: the database; nobody else may be using it (see :mod:`ombot.store.lock`).
        backup_to: folder for the copy, which is given back; None when there was nothing to keep.

    Raises:
        SchemaTooNew: the database's revision is unknown here.
        SchemaError: a migration would leave rows that refer to nothing.
        StorageError: the database cannot be read or written.
    """
    with engine.connect() as connection:
        present = revision(connection)
        _require_known(present, connection)
    if present == head():
        return None
    copy = _keep_copy(engine, backup_to) if present is not None else None
    migrate(engine)
    log.info("database migrated from revision %s to %s", present, head())
    return copy


def migrate(engine: Engine, target: str = "head") -> None:
    """Run the migrations up to ``target`` in one transaction; without a copy, see :func:`upgrade`.

    Raises:
        SchemaError: a migration would leave rows that refer to nothing.
    """
    from alembic import command

    with engine.connect().execution_options(ombot_write=True) as connection:
        # Re-creating a parent table in batch mode deletes its children silently while foreign keys are on, and
        # inside a transaction the pragma does nothing: the raw connection is asked before one begins.
        _foreign_keys(connection, on=False)
        try:
            with connection.begin():
                command.upgrade(_config(connection), target)
                _check_references(connection)
        finally:
            _foreign_keys(connection, on=True)


def differences(connection: Connection) -> list[Any]:
    """What autogenerate would change: empty when tables and migrations say the same.

    All tables must have been imported before.
    """
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    opts = {"compare_type": True, "compare_server_default": True, "include_object": _is_migrated}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, SQLModel.metadata))


def _is_migrated(_object: object, name: str | None, kind: str, reflected: bool, _counterpart: object) -> bool:
    """Full-text indexes are no part of the schema: :mod:`ombot.store.search` makes them from what is stored."""
    return not (reflected and kind in ("table", "index") and (name or "").startswith(FULL_TEXT))


def write_revision(connection: Connection, message: str, number: str) -> None:
    """Write the next migration file from what the tables say; for developers, see ``tools/revision.py``."""
    from alembic import command

    command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _require_known(present: str | None, connection: Connection) -> None:
    if present is None:
        if inspect(connection).get_table_names():
            raise SchemaError("the database has tables, but was not made by ombot's migrations")
        return
    if present not in revisions():
        raise SchemaTooNew(f"the database has revision {present}, this ombot knows up to {head()}")


def _keep_copy(engine: Engine, folder: Path) -> Path | None:
    """One copy per target revision: a second attempt starts from the same rows as the first."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"before-{head()}.{'sqlite3' if engine.dialect.name == 'sqlite' else 'pgdump'}"
    try:
        dump(engine, target)
    except DumpFailed as error:
        if engine.dialect.name == "sqlite":
            raise SchemaError(f"no copy of the database could be made before migrating: {error}") from error
        # A server's own backups are the operator's; the migration itself is one transaction.
        log.warning("migrating without a copy of the database: %s", error)
        return None
    return target


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = {str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if broken:
        raise SchemaError(f"rows would refer to nothing in: {', '.join(sorted(broken))}")
