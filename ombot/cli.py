"""The operator's commands. Errors are one sentence and an exit code; a traceback is a bug of ours."""

import asyncio
import functools
import json
import logging
import os
import re
import secrets
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from ombot import logs, service
from ombot.config import ConfigError, Settings, load
from ombot.matrix.errors import (
    DeadToken,
    InitError,
    KeysRefused,
    LoginError,
    MatrixError,
    RoomNotOurs,
    StoreError,
)
from ombot.store.engine import StorageError
from ombot.store.lock import LockLost
from ombot.store.schema import SchemaError

log = logging.getLogger(__name__)

EXPORTS = ("inputs", "tasks", "meetings", "agenda", "decisions", "minutes", "directory", "all")
FORMATS = ("json", "md", "docx", "pdf", "xlsx", "csv", "ics", "html", "zip")

# Imported where they are used: most commands need neither the Matrix library nor the document makers.
if TYPE_CHECKING:
    from sqlmodel import Session
    from tqdm import tqdm

    from ombot.exchange.importing import Report
    from ombot.onboarding import Answers

FAILED, USAGE, RUNNING, MISCONFIGURED = 1, 2, 75, 78
STATUS_SECONDS = 8.0
STOP_SECONDS = 8.0
"""How long an orderly stop may take before we leave the rest to the next start (B4: 10 s)."""

P = ParamSpec("P")
R = TypeVar("R")


class Stop(click.ClickException):
    """An error for the operator: one sentence and an exit code."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # click reads it from the instance

    def show(self, file: Any = None) -> None:
        """The sentence alone."""
        click.echo(self.message, err=True, file=file)


def plain_errors(language: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Turn what an operator can cause into one sentence and its exit code."""

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except ConfigError as error:
                raise Stop(getattr(error, language), MISCONFIGURED) from error
            except (LoginError, StoreError, KeysRefused, DeadToken, RoomNotOurs) as error:
                raise Stop(str(error), MISCONFIGURED) from error
            except (SchemaError, LockLost) as error:
                raise Stop(str(error), FAILED) from error
            except InitError as error:
                raise Stop(str(error), FAILED) from error
            except (MatrixError, StorageError) as error:
                raise Stop(_one_line(error), FAILED) from error

        return run

    return wrap


def _one_line(error: Exception) -> str:
    if isinstance(error, StorageError):
        return f"The database cannot be opened or written: {str(error.orig).splitlines()[0]}"
    return f"The homeserver did not carry out a request ({error})."


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config", type=click.Path(path_type=Path), help="The configuration (default: config.toml).")
@click.version_option(package_name="ombot")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """The virtual collaboration platform of a federation's strategy board, as a bot in Matrix rooms."""
    context.obj = config


def _with_config(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--config`` may stand behind the command as well as before it."""

    @functools.wraps(function)
    def run(own: Path | None, **kwargs: Any) -> Any:
        return function(own or click.get_current_context().obj, **kwargs)

    option = click.option("--config", "own", type=click.Path(path_type=Path), help="The configuration.")
    return option(run)


@main.command()
@_with_config
@click.option("--yes", is_flag=True, help="Ask nothing; take everything from the environment.")
@click.option("--recover", is_flag=True, help="After a lost encryption store: a new device, signed again.")
@plain_errors("german")
def init(config: Path | None, yes: bool, recover: bool) -> None:
    """Set ombot up: configuration, login, trusted device, space and rooms."""
    from ombot import onboarding

    path = config or Path(os.environ.get("OMBOT_CONFIG", "config.toml"))
    if not path.exists():
        onboarding.write_config(path, _answers_from_environment() if yes else _ask_answers())
        click.echo(f"{path} geschrieben.")
    settings = _complete_secrets(path, yes)
    logs.configure(settings.log, sys.stderr)
    from ombot.clock.wall import now_utc
    from ombot.store.lock import AlreadyRunning, InstanceLock

    try:
        with InstanceLock(settings.storage.database, settings.storage.directory):
            asyncio.run(onboarding.set_up(settings, click.echo, now_utc, recover=recover))
    except AlreadyRunning as error:
        raise Stop("ombot läuft gerade. Bitte beenden Sie es zuerst.", RUNNING) from error
    click.echo("Fertig. Mit „ombot run“ startet ombot.")


def _answers_from_environment() -> "Answers":
    from ombot.onboarding import Answers

    names = ("OMBOT_MATRIX__HOMESERVER", "OMBOT_MATRIX__USER")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise Stop(f"Es fehlt {' und '.join(missing)} in der Umgebung.", MISCONFIGURED)
    return Answers(os.environ[names[0]], os.environ[names[1]], None, ())


def _ask_answers() -> "Answers":
    from ombot.onboarding import Answers

    homeserver = click.prompt("Adresse des Homeservers", default="https://matrix.example.org")
    user = click.prompt("Matrix-ID des Bots", default="@ombot:example.org")
    coordinator = click.prompt("Ihre eigene Matrix-ID (Koordination, leer = keine)", default="", show_default=False)
    names = click.prompt("Namen der Arbeitsgruppen, mit Komma getrennt", default="", show_default=False)
    groups = tuple(name.strip() for name in names.split(",") if name.strip())
    return Answers(homeserver, user, coordinator or None, groups)


def _complete_secrets(path: Path, yes: bool) -> Settings:
    """The settings, with a store key and (asked for) a password in ``.env``."""
    from ombot import onboarding

    settings = load(path, os.environ)
    new: dict[str, str] = {}
    if settings.secrets.store_key is None:
        new["OMBOT_STORE_KEY"] = onboarding.new_store_key()
    if settings.secrets.password is None and settings.secrets.access_token is None:
        if yes:
            raise Stop("Es fehlt OMBOT_PASSWORD oder OMBOT_ACCESS_TOKEN.", MISCONFIGURED)
        new["OMBOT_PASSWORD"] = click.prompt("Passwort des Bots", hide_input=True)
    if new:
        onboarding.write_secrets(path.parent / ".env", new)
        click.echo(f"{path.parent / '.env'} geschrieben.")
    return load(path, os.environ)


@main.command()
@_with_config
@plain_errors("english")
def run(config: Path | None) -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    settings = load(config, os.environ)
    logs.configure(settings.log, sys.stdout)
    from ombot.store.lock import AlreadyRunning

    try:
        asyncio.run(_run(settings))
    except AlreadyRunning as error:
        raise Stop("ombot läuft schon mit diesen Daten. Bitte beenden Sie es zuerst.", RUNNING) from error


async def _run(settings: Settings) -> None:
    from ombot.app import serve

    serving = asyncio.create_task(serve(settings))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _stop, serving)
    try:
        await serving
    except asyncio.CancelledError:
        log.info("stopped")


def _stop(serving: asyncio.Task[None]) -> None:
    """End at any moment, also while the homeserver does not answer a start: every loop is safe to cancel (B4)."""
    service.notify(service.STOPPING)
    serving.cancel()
    # What still hangs then (a document being rendered, a disk that does not answer) loses no more than by a kill.
    guard = threading.Timer(STOP_SECONDS, os._exit, (0,))
    guard.daemon = True
    guard.start()


@main.command()
@_with_config
@plain_errors("german")
def check(config: Path | None) -> None:
    """Look at everything that must be in order: one line each, with what to do."""
    settings = load(config, os.environ)
    logs.configure(settings.log, sys.stderr)
    if not asyncio.run(_check(settings)):
        raise click.exceptions.Exit(FAILED)


async def _check(settings: Settings) -> bool:
    from ombot import checkup

    good = True
    async for finding in checkup.findings(settings):
        click.echo(str(finding))
        good = good and not finding.advice
    return good


@main.command()
@_with_config
@plain_errors("english")
def status(config: Path | None) -> None:
    """Say how the running bot is (container check), and what was given up."""
    listen = load(config, os.environ).web.listen
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(listen.host, listen.host)  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{host}:{listen.port}/healthz", timeout=STATUS_SECONDS) as answer:
            health = json.load(answer)
    except urllib.error.HTTPError as error:
        health = json.load(error)
    except (OSError, ValueError) as error:
        raise Stop("ombot does not answer: it is not running, or web.listen is another address.", FAILED) from error
    for row in health["stuck"]:
        click.echo(f"{row['reference']}: {row['what']}; to try again: ombot retry {row['reference']}")
    if health["healthy"]:
        click.echo("ombot is well.")
        return
    raise Stop("ombot is not well: " + "; ".join(health["problems"]), FAILED)


@main.command()
@_with_config
@click.argument("what", type=click.Choice(EXPORTS))
@click.option("--format", "fmt", required=True, type=click.Choice(FORMATS))
@click.option("--session", "session_ref", help="A session, such as T3 (default: the next one).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file (default: standard output)."
)
@plain_errors("english")
def export(config: Path | None, what: str, fmt: str, session_ref: str | None, output: Path | None) -> None:
    """Write what was collected into a file."""
    settings = load(config, os.environ)
    logs.configure(settings.log, sys.stderr)
    from ombot.clock.wall import now_utc
    from ombot.exchange.command import ExportError, export_bytes
    from ombot.installation import files_of, open_store

    store = open_store(settings)
    try:
        with store.reading() as session, _Progress() as progress:
            now = now_utc().astimezone(settings.organisation.timezone)
            made = export_bytes(session, settings, files_of(settings), what, fmt, session_ref, now, progress)
    except ExportError as error:
        raise Stop(str(error), FAILED) from error
    finally:
        store.close()
    if made.remark:
        click.echo(made.remark, err=True)
    _write(output, made.data)


@main.command()
@_with_config
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "fmt", type=click.Choice(["pdf", "docx"]), default="pdf", show_default=True)
@click.option("--all", "everybody", is_flag=True, help="Also for those who have joined already.")
@plain_errors("german")
def letters(config: Path | None, file: Path, folder: Path, fmt: str, everybody: bool) -> None:
    """Write a letter to print for every member of FILE who has not joined yet, into FOLDER."""
    settings = load(config, os.environ)
    logs.configure(settings.log, sys.stderr)
    from ombot.clock.wall import now_utc
    from ombot.exchange import welcoming
    from ombot.exchange.sheets import ImportProblem
    from ombot.installation import open_store

    store = open_store(settings)
    number = 0
    try:
        with store.reading() as session:
            now = now_utc().astimezone(settings.organisation.timezone)
            for name, data in welcoming.letters(session, settings, file, fmt, now, everybody=everybody):
                folder.mkdir(parents=True, exist_ok=True)
                _write(folder / name, data)
                number += 1
    except ImportProblem as problem:
        raise Stop(str(problem), FAILED) from problem
    finally:
        store.close()
    click.echo(f"{number} Briefe in {folder}.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@plain_errors("german")
def templates(folder: Path) -> None:
    """Put the Word templates of all documents into FOLDER, to be edited there; files that exist are left alone."""
    from ombot.documents import office

    try:
        made = office.copy_to(folder)
    except OSError as error:
        raise Stop(f"{folder} lässt sich nicht beschreiben ({error.strerror}).", FAILED) from error
    for path in made:
        click.echo(str(path))
    click.echo(f"{len(made)} neue Vorlagen. Verwendet werden sie mit documents.templates in config.toml.")


def _write(output: Path | None, data: bytes) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise Stop(f"{output} cannot be written: {error.strerror}.", FAILED) from error


class _Progress:
    """A bar on standard error, once there is something to show."""

    def __enter__(self) -> "_Progress":
        self._bar: tqdm[Any] | None = None
        return self

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=total, file=sys.stderr, unit="", leave=False)
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


@main.group("import")
def import_() -> None:
    """Take over what the office knows already."""


_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
# These only ever add, so they need no second call as members do, who are changed.
_DRY_RUN = click.option("--apply/--dry-run", "apply", default=True, help="Take it over (default), or only say it.")


@import_.command()
@_with_config
@_FILE
@click.option(
    "--apply/--dry-run", "apply", default=False, help="Take the differences over, or only say them (default)."
)
@plain_errors("german")
def members(config: Path | None, file: Path, apply: bool) -> None:
    """Compare members with a list (CSV with semicolons in UTF-8, or XLSX) and take them over with --apply."""
    from ombot.exchange import importing

    def carry_out(session: "Session", settings: Settings, now: datetime) -> "Report":
        entries = importing.read_members(session, file)
        found = importing.differences(session, settings, entries)
        if apply:
            with _Progress() as progress:
                importing.apply_members(session, settings, found, now, progress)
        return importing.members_report(found, len(entries))

    _import(config, apply, carry_out)


@import_.command()
@_with_config
@click.argument("group")
@_FILE
@_DRY_RUN
@plain_errors("german")
def roster(config: Path | None, group: str, file: Path, apply: bool) -> None:
    """Put institutions on a group's roster: one "Institution (Person)" or "Institution (A oder B)" a line."""
    from ombot.exchange import importing

    _import(config, apply, lambda session, _settings, _now: importing.import_roster(session, group, file))


@import_.command()
@_with_config
@_FILE
@_DRY_RUN
@plain_errors("german")
def decisions(config: Path | None, file: Path, apply: bool) -> None:
    """Enter earlier decisions into the register (CSV or XLSX with number, date, text, mandate, status)."""
    from ombot.exchange import importing

    _import(config, apply, lambda session, settings, now: importing.import_decisions(session, settings, file, now))


@import_.command()
@_with_config
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@_DRY_RUN
@plain_errors("german")
def minutes(config: Path | None, files: tuple[Path, ...], apply: bool) -> None:
    """Keep final minutes from before ombot (DOCX, PDF, TXT, MD) with their decisions; the day is in name or text."""
    from ombot.exchange import earlier
    from ombot.installation import files_of

    def carry_out(session: "Session", settings: Settings, now: datetime) -> "Report":
        found = earlier.read_minutes(files, now.date())
        return earlier.import_minutes(session, settings, files_of(settings), found, now, apply=apply)

    _import(config, apply, carry_out)


def _import(config: Path | None, apply: bool, carry_out: "Callable[[Session, Settings, datetime], Report]") -> None:
    """Carry out an import in one transaction and say what it did; the bot may go on running."""
    settings = load(config, os.environ)
    from ombot.clock.wall import now_utc
    from ombot.exchange.sheets import ImportProblem
    from ombot.installation import open_store

    store = open_store(settings)
    try:
        with store.unit() as session:
            report = carry_out(session, settings, now_utc().astimezone(settings.organisation.timezone))
            if not apply:
                session.rollback()
    except ImportProblem as problem:
        raise Stop(str(problem), FAILED) from problem
    finally:
        store.close()
    for line in report.lines:
        click.echo(line)
    click.echo(report.ending(applied=apply).summary)


@main.command()
@_with_config
@click.argument("reference")
@plain_errors("english")
def retry(config: Path | None, reference: str) -> None:
    """Try again what was given up: a command that failed, or a message or letter that could not be sent.

    REFERENCE is as ombot status or the coordination room shows it. The bot may go on running; it looks within a minute.
    """
    settings = load(config, os.environ)
    from ombot.features.mailing import queries as mailing
    from ombot.installation import open_store
    from ombot.store import inbox, outbox

    store = open_store(settings)
    try:
        with store.unit() as session:
            found = any(part.retry(session, reference) for part in (inbox, outbox, mailing))
    finally:
        store.close()
    if not found:
        raise Stop(f"Nothing that was given up has the reference {reference}; ombot status shows them.", FAILED)
    click.echo(f"{reference} is tried again.")


@main.command()
@_with_config
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@plain_errors("english")
def backup(config: Path | None, file: Path) -> None:
    """Put everything into one file: database, encryption store, identity, files. The bot may go on running."""
    settings = load(config, os.environ)
    from ombot.clock.wall import now_utc
    from ombot.installation import place_of
    from ombot.store.backup import BackupFailed
    from ombot.store.backup import backup as back_up

    try:
        manifest = back_up(place_of(settings), file, now_utc())
    except (BackupFailed, OSError) as error:
        raise Stop(f"The backup failed: {error}.", FAILED) from error
    click.echo(f"{file} written and verified: {len(manifest.entries)} entries.")


@main.command()
@_with_config
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@plain_errors("english")
def restore(config: Path | None, file: Path) -> None:
    """Replace everything by a backup. The bot must be stopped; it starts as a new device, signed with its identity."""
    settings = load(config, os.environ)
    from ombot.identity import replace_device
    from ombot.installation import place_of
    from ombot.store.backup import BackupBroken, BackupFailed
    from ombot.store.backup import restore as put_back
    from ombot.store.lock import AlreadyRunning

    try:
        manifest = put_back(file, place_of(settings))
    except AlreadyRunning as error:
        raise Stop("ombot is running with these data: stop it first.", RUNNING) from error
    except (BackupBroken, BackupFailed, OSError) as error:
        raise Stop(f"Nothing was restored: {error}.", FAILED) from error
    device = replace_device(settings)
    click.echo(f"Restored the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC. ombot run starts as device {device}.")


@main.group()
def person() -> None:
    """Give a person everything stored about them, or erase it (GDPR)."""


@person.command("export")
@_with_config
@click.argument("user")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file (default: standard output)."
)
@plain_errors("english")
def person_export(config: Path | None, user: str, output: Path | None) -> None:
    """Write everything stored about USER: JSON, and beside the file of -o a text for reading (-o X.txt: only that)."""
    settings = load(config, os.environ)
    _require_account(user)
    from ombot.clock.wall import now_utc
    from ombot.exchange.whole import as_json
    from ombot.features.privacy.export import as_text, collect
    from ombot.installation import open_store

    store = open_store(settings)
    try:
        with store.reading() as session:
            data = collect(session, settings, user, now_utc())
    finally:
        store.close()
    readable = output.with_suffix(".txt") if output is not None else None
    if readable is None or readable != output:
        _write(output, as_json(data))
    if readable is not None:
        _write(readable, as_text(data).encode())


@person.command("erase")
@_with_config
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
@plain_errors("english")
def person_erase(config: Path | None, user: str, yes: bool) -> None:
    """Erase USER: id, names and mail go, and messages of the bot that name them are withdrawn. Cannot be undone."""
    settings = load(config, os.environ)
    _require_account(user)
    if not yes and not click.confirm(f"Erase everything stored about {user}? This cannot be undone", err=True):
        raise Stop("Nothing was erased.", FAILED)
    from ombot.clock.wall import now_utc
    from ombot.features.privacy.erasing import erase, leave
    from ombot.installation import open_store
    from ombot.store.engine import StorageBusy, compact
    from ombot.store.outbox import Poster

    store = open_store(settings)
    try:
        with store.unit() as session:
            poster = Poster(session, f"erase:{secrets.token_hex(8)}", now_utc())
            erased = erase(session, user, poster)
            leave(erased, poster)
        click.echo(
            f"{user} erased: {erased.deleted} rows deleted, {erased.changed} changed, "
            f"{erased.withdrawn} messages are withdrawn by the running bot."
        )
        compact(store.engine)
    except StorageBusy as error:
        raise Stop("The database file could not be rewritten just now: run the same command again.", FAILED) from error
    finally:
        store.close()
    click.echo("Copies made by ombot backup still hold the person: delete them within 30 days.")
    if any(one.id == user for one in settings.people):
        click.echo("The configuration still names the person: remove it there, or the next start takes it over again.")


def _require_account(user: str) -> None:
    if not re.fullmatch(r"@[^\s:]+:\S+", user):
        raise Stop(f'"{user}" is no Matrix id; it looks like @name:example.org.', USAGE)


@main.command()
@click.option("--once", is_flag=True, help="End by itself; exit code 0 only if everything played has arrived.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
def demo(once: bool, folder: Path) -> None:
    """Play a session cycle on an embedded homeserver."""
    from ombot.demo.play import play

    folder.mkdir(parents=True, exist_ok=True)
    raise click.exceptions.Exit(asyncio.run(_guarded(play(folder, once=once or not sys.stdin.isatty()))))


async def _guarded(played: Awaitable[bool]) -> int:
    return 0 if await played else FAILED


if __name__ == "__main__":
    main()
