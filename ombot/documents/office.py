"""The templates that an office edits in Word: whether a file may be opened, and whether it can be filled."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ombot.documents import german
from ombot.documents.errors import TemplateError

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".docx"
SIZE_MAX = 10_000_000
"""Bytes of a template file; a letterhead with pictures has less than one million."""
UNPACKED_MAX = 50_000_000
"""Bytes of all its parts together. Word opens such a file, but a small one that grows so much was made to do harm."""
MEMBERS_MAX = 2_000
_DOCUMENT = "word/document.xml"
_TYPES = "[Content_Types].xml"
_MACRO_MARKS = (b"macroenabled", b"vbaproject")


def kinds() -> tuple[str, ...]:
    """The kinds of documents that have a Word template, by name."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob(f"*{SUFFIX}")))


def read(path: Path) -> io.BytesIO:
    """A template's bytes, once it is sure that opening them does no harm.

    Raises:
        TemplateError: it cannot be read, is no Word document, has macros, or is too large, packed or unpacked.
    """
    try:
        if path.stat().st_size > SIZE_MAX:
            raise _fault("too_large", path)
        data = path.read_bytes()
    except OSError as error:
        raise _fault("unreadable", path) from error
    fault = word_fault(data)
    if fault is not None:
        raise _fault(fault, path)
    return io.BytesIO(data)


def word_fault(data: bytes) -> str | None:
    """Why bytes are no Word document that may be opened: a key of `german.TEMPLATE_FAULTS`, or None.

    The sizes are those the file itself gives; unpacking more than that fails in `zipfile`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_MAX or sum(member.file_size for member in members) > UNPACKED_MAX:
                return "bomb"
            names = {member.filename for member in members}
            if not {_DOCUMENT, _TYPES} <= names:
                return "no_word"
            types = archive.read(_TYPES).lower()
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        # Encrypted, cut off or packed in a way that nobody but an attacker uses.
        return "no_word"
    if any(mark in types for mark in _MACRO_MARKS) or any("vbaproject" in name.lower() for name in names):
        return "macros"
    return None


def faults(folder: Path) -> Iterator[str]:
    """What is wrong with the templates in a folder: one German sentence each.

    Every template is filled with sample data in which nothing is empty, so that a mistake shows itself before the
    day on which the part with the mistake would be needed.
    """
    from ombot.documents import render

    if not folder.is_dir():
        yield german.TEMPLATE_FAULTS["no_folder"].format(file=folder)
        return
    samples: dict[str, Any] = json.loads((TEMPLATES / "samples.json").read_text(encoding="utf-8"))
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path.name.startswith("~$"):
            continue  # Word's own mark that somebody has the file open
        if path.stem not in samples:
            yield german.TEMPLATE_FAULTS["unknown"].format(file=path.name, kinds=", ".join(kinds()))
            continue
        try:
            render(path.stem, "docx", samples[path.stem], office_templates=folder)
        except TemplateError as fault:
            yield str(fault)


def copy_to(folder: Path) -> list[Path]:
    """Put our own templates into a folder, to be edited there; what is there already stays. Returns the new files.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {folder / f"{kind}{SUFFIX}": TEMPLATES / f"{kind}{SUFFIX}" for kind in kinds()}
    made = [target for target in wanted if not target.exists()]
    for target in made:
        target.write_bytes(wanted[target].read_bytes())
    return made


def _fault(code: str, path: Path) -> TemplateError:
    return TemplateError(german.TEMPLATE_FAULTS[code].format(file=path.name))
