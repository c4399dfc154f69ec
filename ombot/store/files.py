"""Collected files: bytes on disk under their SHA-256, so equal files are kept once."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from ombot.store.tables import File


@dataclass(frozen=True)
class Rendered:
    """The bytes of a document, and a sentence for those who get it where something about it must be said."""

    data: bytes
    remark: str = ""


@dataclass(frozen=True)
class FileStore:
    """The folder of collected files."""

    folder: Path

    def keep(self, session: Session, data: bytes, mimetype: str, now: datetime) -> File:
        """Write the bytes (whole or not at all) and their row."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not path.exists():
            self._write(path, data)
        known = session.get(File, digest)
        if known is not None:
            return known
        row = File(sha256=digest, size=len(data), mimetype=mimetype, stored_at=now)
        session.add(row)
        session.flush()
        return row

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)

    def paths(self) -> list[Path]:
        """All files that lie here."""
        return [path for path in self.folder.glob("*/*") if path.is_file()]

    def path(self, sha256: str) -> Path:
        """Where the bytes with this checksum lie."""
        return self.folder / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The bytes with this checksum.

        Raises:
            FileNotFoundError: they were never stored here.
        """
        return self.path(sha256).read_bytes()
