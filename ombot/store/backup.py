"""A backup is one file that holds everything but the configuration, and restoring it is safe (S3, S4, O2).

It can be made while the bot runs. Restoring refuses a running bot, and leaves marks in the database for what a
restored past means: numbers that members may have seen since are not used again, and the bot has to look into its
rooms for what it may have said since (:data:`ombot.store.meta.RESTORED_FROM`).
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from ombot.store import meta, numbers, schema
from ombot.store.dump import DumpFailed, check_sqlite, copy_sqlite, dump, is_sqlite, load_postgres
from ombot.store.engine import open_engine
from ombot.store.lock import InstanceLock

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
RESTORING = ".restoring"
CHUNK = 1024 * 1024
BESIDE_SQLITE = ("-wal", "-shm", "-journal")


class BackupBroken(Exception):
    """The file is not a whole backup of this kind of installation; the text says why, in one sentence."""


class BackupFailed(Exception):
    """A backup could not be made or put back; the text says why, in one sentence."""


@dataclass(frozen=True)
class Place:
    """Where an installation keeps its data.

    ``database`` is the URL, ``directory`` the data directory, ``parts`` the files and folders in it that belong into
    a backup (whether or not they exist).
    """

    database: str
    directory: Path
    parts: tuple[str, ...] = ("crypto", "device", "files", "identity")

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return make_url(self.database).get_backend_name()


@dataclass(frozen=True)
class Entry:
    """One file of a backup."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself. ``made_at`` is when its database was copied, ``schema`` its revision."""

    made_at: datetime
    ombot: str
    database: str
    schema: str
    entries: Mapping[str, Entry]

    def to_json(self) -> str:
        """As it is written into the file."""
        plain = asdict(self) | {"format": FORMAT, "made_at": self.made_at.isoformat()}
        return json.dumps(plain, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Read what :meth:`to_json` wrote.

        Raises:
            BackupBroken: it is something else.
        """
        try:
            plain = json.loads(data)
            if plain.pop("format") != FORMAT:
                raise BackupBroken("the backup was made by another version of ombot, in a format unknown here")
            entries = {name: Entry(**entry) for name, entry in plain.pop("entries").items()}
            return cls(made_at=datetime.fromisoformat(plain.pop("made_at")), entries=entries, **plain)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupBroken("its manifest cannot be read") from error


# --- making -----------------------------------------------------------------------------------------------------


def backup(place: Place, target: Path, now: datetime) -> Manifest:
    """Write everything into one file (mode 0600) that was read back before it got its name.

    The database comes first: collected files are written before the rows that name them, so none can be missing.

    Raises:
        BackupFailed: something cannot be copied; there is no new file then, and an older one is untouched.
        StorageError: the database cannot be read.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with _engine(place.database) as engine, tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            copy = Path(scratch) / DATABASE
            dump(engine, copy)
            with engine.connect() as connection:
                revision = schema.revision(connection)
            if revision is None:
                raise BackupFailed("the database is empty")
            with _private(part) as file:
                manifest = _pack(file, place, copy, Manifest(now, version("ombot"), place.kind, revision, {}))
        verify(part)
        part.replace(target)
    except (DumpFailed, BackupBroken, OSError) as error:
        raise BackupFailed(str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _pack(file: IO[bytes], place: Place, copy: Path, manifest: Manifest) -> Manifest:
    entries = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        entries[DATABASE] = _add(archive, DATABASE, copy)
        for path in _files(place):
            name = f"data/{path.relative_to(place.directory).as_posix()}"
            try:
                entries[name] = _add(archive, name, _still(path, copy))
            except FileNotFoundError:
                continue  # erased a moment ago
        manifest = Manifest(**vars(manifest) | {"entries": entries})
        archive.writestr(MANIFEST, manifest.to_json())
    return manifest


def _files(place: Place) -> Iterator[Path]:
    for part in place.parts:
        start = place.directory / part
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            if path.is_file() and not _belongs_to_sqlite(path):
                yield path


def _belongs_to_sqlite(path: Path) -> bool:
    """Whether this is the log of a SQLite file, whose rows the copied file already has."""
    owners = (path.with_name(path.name.removesuffix(end)) for end in BESIDE_SQLITE if path.name.endswith(end))
    return any(owner.is_file() and is_sqlite(owner) for owner in owners)


def _still(path: Path, scratch: Path) -> Path:
    """A file that nobody is writing to: itself, or a copy of the database it is."""
    if not is_sqlite(path):
        return path
    scratch.unlink()
    copy_sqlite(path, scratch)
    return scratch


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> Entry:
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        return _copy(source, target)


def _copy(source: IO[bytes], target: IO[bytes] | None) -> Entry:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if target is not None:
            target.write(chunk)
    return Entry(digest.hexdigest(), size)


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _make_private(folder: Path) -> None:
    # mkdir(parents=True) would make the folders above with everybody's rights.
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700)


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


# --- reading back -----------------------------------------------------------------------------------------------


def verify(file: Path) -> Manifest:
    """Read a whole backup and compare every checksum.

    Raises:
        BackupBroken: it is damaged, incomplete, or no backup at all.
    """
    with _opened(file) as archive:
        manifest = _manifest(archive)
        for name in manifest.entries:
            _read(archive, manifest, name, None)
    return manifest


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise BackupBroken(f"{file.name} cannot be read as a backup: {error}") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    names = archive.namelist()
    if MANIFEST not in names:
        raise BackupBroken("it has no manifest")
    manifest = Manifest.from_json(archive.read(MANIFEST))
    if sorted([MANIFEST, *manifest.entries]) != sorted(names) or DATABASE not in manifest.entries:
        raise BackupBroken("its contents are not what its manifest says")
    for name in manifest.entries:
        if ".." in PurePosixPath(name).parts or (name != DATABASE and not name.startswith("data/")):
            raise BackupBroken(f"it holds a file for outside the data directory: {name}")
    return manifest


def _read(archive: zipfile.ZipFile, manifest: Manifest, name: str, target: Path | None) -> None:
    with archive.open(name) as source:
        if target is None:
            found = _copy(source, None)
        else:
            _make_private(target.parent)
            with _private(target) as file:
                found = _copy(source, file)
    if found != manifest.entries[name]:
        raise BackupBroken(f"{name} is not what was backed up")


# --- restoring --------------------------------------------------------------------------------------------------


def restore(file: Path, place: Place) -> Manifest:
    """Replace an installation's data by a backup; what was there is gone.

    The bot must then start as a new device (S4): its ratchets went back in time.

    Raises:
        AlreadyRunning: the bot runs.
        BackupBroken: the file is damaged, of a newer ombot, or of the other kind of database; nothing was changed.
        BackupFailed: the database could not be replaced; run it again.
        StorageError: the database server does not answer.
    """
    with InstanceLock(place.database, place.directory):
        manifest = verify(file)
        _require_fitting(manifest, place)
        scratch = place.directory / RESTORING
        shutil.rmtree(scratch, ignore_errors=True)
        with _opened(file) as archive:
            for name in manifest.entries:
                _read(archive, manifest, name, scratch / name)
        try:
            _replace_database(place, scratch, manifest)
        except (DumpFailed, sqlite3.Error) as error:
            raise BackupFailed(str(error)) from error
        for part in place.parts:
            _replace_part(scratch / "data" / part, place.directory / part)
        shutil.rmtree(scratch)
    return manifest


def interrupted(place: Place) -> bool:
    """Whether a restore was broken off, so that old and new data may be mixed: it has to be run again."""
    return (place.directory / RESTORING).exists()


def _require_fitting(manifest: Manifest, place: Place) -> None:
    if manifest.database != place.kind:
        raise BackupBroken(f"it holds a {manifest.database} database, but the configuration says {place.kind}")
    if manifest.schema not in schema.revisions():
        raise BackupBroken(f"it was made by a newer ombot ({manifest.ombot}, schema {manifest.schema})")


def _replace_part(new: Path, old: Path) -> None:
    if old.is_dir():
        shutil.rmtree(old)
    else:
        old.unlink(missing_ok=True)
    if new.exists():
        new.replace(old)


def _replace_database(place: Place, scratch: Path, manifest: Manifest) -> None:
    seen = _present_numbers(place)
    years = {manifest.made_at.year, *range(manifest.made_at.year, datetime.now(UTC).year + 1)}
    if place.kind == "postgresql":
        load_postgres(place.database, scratch / DATABASE, scratch / "script.sql")
        with _engine(place.database) as engine:
            _mark(engine, manifest, seen, years)
        return
    check_sqlite(scratch / DATABASE)
    with _engine(f"sqlite:///{scratch / DATABASE}") as engine:
        _mark(engine, manifest, seen, years)
    target = Path(str(make_url(place.database).database))
    _make_private(target.parent)
    for end in BESIDE_SQLITE:
        target.with_name(target.name + end).unlink(missing_ok=True)
    shutil.move(scratch / DATABASE, target)


def _mark(engine: Engine, manifest: Manifest, seen: "_Seen", years: Iterable[int]) -> None:
    """Write down what the restored past means for the time to come (O2)."""
    with engine.connect().execution_options(ombot_write=True) as connection, connection.begin():
        numbers.jump(connection, seen.numbers)
        with Session(connection) as session:
            numbers.jump_years(session, years, seen.years)
            meta.put(session, meta.RESTORED_FROM, manifest.made_at.isoformat())
            session.flush()


@dataclass(frozen=True)
class _Seen:
    """What the database that is replaced has given out."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[str, int] = field(default_factory=dict)


def _present_numbers(place: Place) -> _Seen:
    """What has been given out until now, if the database to be replaced can still be read.

    Without it, restoring the same backup twice would give out the same numbers twice.
    """
    path = Path(str(make_url(place.database).database))
    if place.kind == "sqlite" and not path.exists():
        return _Seen()
    try:
        with _engine(place.database) as engine, engine.connect() as connection:
            return _Seen(numbers.given_out(connection), numbers.yearly_bases(connection))
    except DBAPIError:
        return _Seen()


# --- old copies -------------------------------------------------------------------------------------------------


def expire(folder: Path, now: datetime, after: timedelta = timedelta(days=30)) -> int:
    """Delete copies in a folder that are older than this, so that erased data ends there too (D2)."""
    old = [path for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < (now - after).timestamp()]
    for path in old:
        path.unlink()
    return len(old)
