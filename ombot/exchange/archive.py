"""The archive: the JSON export, its documents, every collected file, and a MANIFEST of SHA-256 sums."""

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ombot import documents
from ombot.documents.text import clean
from ombot.exchange.whole import as_json
from ombot.store.files import FileStore

LEFT_OUT = ("md", "csv")
"""Formats that an archive does not hold: they say no more than the others."""

MANIFEST = "MANIFEST"
MISSING = "MISSING"
FOLDER = "files"
NAME_BYTES = 120

Render = Callable[[str, str, Mapping[str, Any]], bytes]
Step = Callable[[], None]

_SUFFIX = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,10}$")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]+')


def no_step() -> None:
    """Nobody watches."""


def build(data: Mapping[str, Any], files: FileStore, render: Render, step: Step = no_step) -> bytes:
    """The archive as ZIP; the same data gives the same bytes. ``step`` is called after each file in it.

    ``data`` has the JSON export under ``export``, lists of ``{"name", "kind", "data"}`` under ``documents`` and of
    ``{"reference", "name", "sha256"}`` under ``files``. Files whose bytes are gone or damaged are named in ``MISSING``
    instead of ending the export.
    """
    moment = datetime.fromisoformat(data["export"]["exported_at"])
    sums: list[str] = []
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, packed in _members(data, files, render):
            _write(archive, name, content, moment, packed=packed)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            step()
        _write(archive, MANIFEST, "".join(sums).encode(), moment)
    return buffer.getvalue()


def size(data: Mapping[str, Any]) -> int:
    """How many files an archive will hold beside its manifest, as far as none is missing."""
    rendered = sum(len(_formats(document["kind"])) for document in data["documents"])
    return 1 + rendered + len(data["files"])


def _formats(kind: str) -> tuple[str, ...]:
    return tuple(fmt for fmt in documents.FORMATS[kind] if fmt not in LEFT_OUT)


def _members(data: Mapping[str, Any], files: FileStore, render: Render) -> Iterator[tuple[str, bytes, bool]]:
    """Name and bytes of everything, and whether packing makes it smaller."""
    yield "export.json", as_json(data["export"]), True
    for document in data["documents"]:
        for fmt in _formats(document["kind"]):
            yield f"{document['name']}.{fmt}", render(document["kind"], fmt, document["data"]), True
    missing: list[str] = []
    taken: set[str] = set()
    for file in data["files"]:
        name = f"{FOLDER}/{safe_name(file['reference'] + '-' + file['name'], taken)}"
        content = _read(files, file["sha256"])
        if content is None:
            missing.append(f"{file['sha256']}  {name}\n")
        else:
            # What members send is mostly packed already (PDF, DOCX, pictures).
            yield name, content, False
    if missing:
        yield MISSING, "".join(missing).encode(), True


def _read(files: FileStore, sha256: str) -> bytes | None:
    try:
        content = files.read(sha256)
    except FileNotFoundError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def safe_name(name: str, taken: set[str]) -> str:
    """A file name that every system can unpack and that leads nowhere else; added to ``taken``.

    No folders, control characters or direction overrides, no leading or trailing dots, at most 120 bytes, and
    unlike every other name even where case does not count.
    """
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", clean(name))).strip(" .") or "file"
    suffix = found[0] if (found := _SUFFIX.search(plain)) else ""
    stem = plain[: len(plain) - len(suffix)]
    for number in range(1, len(taken) + 2):
        mark = f" ({number})" if number > 1 else ""
        room = NAME_BYTES - len((mark + suffix).encode())
        candidate = f"{stem.encode()[:room].decode(errors='ignore').rstrip(' .')}{mark}{suffix}"
        if candidate.casefold() not in taken:
            break
    taken.add(candidate.casefold())
    return candidate


def _write(archive: zipfile.ZipFile, name: str, content: bytes, moment: datetime, *, packed: bool = True) -> None:
    info = zipfile.ZipInfo(name, date_time=moment.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info.external_attr = 0o600 << 16
    # Always "made on Unix", so that the bytes do not depend on the machine.
    info.create_system = 3
    archive.writestr(info, content)
