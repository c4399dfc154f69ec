"""``ombot import minutes``: final minutes from before ombot, kept as the files they are, with their decisions."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from sqlmodel import Session

from ombot.chat.line import TITLE_MAX, fold
from ombot.config import Settings
from ombot.documents import reading
from ombot.documents.german import MONTHS
from ombot.exchange.importing import Report, board_of
from ombot.exchange.sheets import ImportProblem
from ombot.features.decisions import queries as decisions
from ombot.features.decisions import register
from ombot.features.minutes import queries, rules
from ombot.features.minutes.tables import EarlierMinutes
from ombot.store.files import FileStore

SIZE_MAX = 50_000_000
TEXT_MAX = 500_000
HEAD_LINES = 20
"""Where the day and the title of minutes stand."""
_NOON = time(12)
_MONTHS = "|".join(MONTHS)
_DAYS = (
    re.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})\.\s(?P<month>{_MONTHS})\s(?P<year>\d{{4}})(?!\d)"),
)
_EMPHASIS = re.compile(r"\*{2,}|^#+ ", re.MULTILINE)
"""Bold and headings of Markdown."""


@dataclass(frozen=True)
class Found:
    """A file of minutes with what was read from it."""

    path: Path
    data: bytes
    held_on: date
    title: str
    text: str

    @property
    def sha256(self) -> str:
        """The checksum of the file."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def decisions(self) -> list[str]:
        """The lines of the text that record a decision."""
        return [line.text[:4000] for line in rules.read(_plain(self.text)) if line.kind == rules.DECISION]


def read_minutes(paths: Iterable[Path], today: date) -> list[Found]:
    """The minutes in some files, by their day.

    Raises:
        ImportProblem: a file cannot be read, or its day is not found; names the file.
    """
    found = [_read(path, today) for path in paths]
    return sorted(found, key=lambda one: (one.held_on, one.path.name))


def import_minutes(
    session: Session, settings: Settings, files: FileStore, found: list[Found], now: datetime, *, apply: bool
) -> Report:
    """Keep the files that are not known yet, and enter their decisions into the register of the board.

    Raises:
        ImportProblem: there is no board.
    """
    board = board_of(session)
    known = {one.text for one in decisions.everything(session)}
    lines: list[str] = []
    for one in found:
        if queries.earlier_by_file(session, one.sha256) is not None:
            continue
        number = rules.next_number(one.held_on.year, queries.numbers(session, one.held_on.year))
        mimetype = reading.MIMETYPES[one.path.suffix.lower()]
        if apply:
            files.keep(session, one.data, mimetype, now)
        session.add(
            EarlierMinutes(
                number=number,
                group_key=board.key,
                held_on=one.held_on,
                title=one.title,
                text=one.text,
                file_name=one.path.name,
                mimetype=mimetype,
                sha256=one.sha256,
                imported_at=now,
            )
        )
        session.flush()
        lines.append(f"Protokoll {number} vom {one.held_on:%d.%m.%Y}: {one.title} ({_extent(one)})")
        lines += _enter_decisions(session, settings, board.key, one, known)
    new = sum(line.startswith("Protokoll ") for line in lines)
    return Report(tuple(lines), f"{len(found)} Dateien, {new} neue Protokolle.")


def _enter_decisions(
    session: Session, settings: Settings, group_key: str, one: Found, known: set[str]
) -> Iterator[str]:
    at = datetime.combine(one.held_on, _NOON, settings.organisation.timezone)
    for text in one.decisions:
        if text in known:
            continue
        known.add(text)
        made = register.record_earlier(
            session,
            group_key=group_key,
            number=None,
            text=text,
            mandate=None,
            status="accepted",
            recorded_by=settings.matrix.user,
            at=at,
        )
        yield f"  Beschluss B{made.number} (Nr. {made.year_number}): {text.splitlines()[0][:80]}"


def _extent(one: Found) -> str:
    words = len(one.text.split())
    return f"{words} Wörter durchsuchbar" if words else "ohne lesbaren Text, nur die Datei"


# --- reading a file ---------------------------------------------------------------------------------------------


def _read(path: Path, today: date) -> Found:
    if path.suffix.lower() not in reading.SUFFIXES:
        raise ImportProblem(f"{path.name}: gelesen werden Dateien mit {', '.join(reading.SUFFIXES)} am Ende.")
    data = _bytes(path)
    try:
        text = reading.text_of(data, path.suffix)[:TEXT_MAX]
    except reading.UnreadableError as error:
        raise ImportProblem(f"{path.name} ist beschädigt oder kein lesbares Dokument.") from error
    head = [line.strip() for line in text.splitlines() if line.strip()][:HEAD_LINES]
    held_on = day_of(path.stem) or day_of("\n".join(head))
    if held_on is None or held_on > today:
        raise ImportProblem(
            f"{path.name}: Der Tag der Sitzung ist nicht zu finden. Bitte schreiben Sie ihn in den Dateinamen, "
            "zum Beispiel „Protokoll 2019-05-16.docx“."
        )
    return Found(path, data, held_on, _title(head, path), text)


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > SIZE_MAX:
            raise ImportProblem(f"{path.name} ist größer als 50 MB.")
        return path.read_bytes()
    except OSError as error:
        raise ImportProblem(f"{path.name} lässt sich nicht lesen ({error.strerror}).") from error


def day_of(text: str) -> date | None:
    """The first day named in a text: "2019-05-16", "16.05.2019" or "16. Mai 2019"."""
    matches = [match for pattern in _DAYS if (match := pattern.search(text))]
    for match in sorted(matches, key=lambda match: match.start()):
        try:
            return _date(match.groupdict())
        except ValueError:
            continue
    return None


def _date(parts: Mapping[str, str]) -> date:
    month = parts["month"]
    return date(int(parts["year"]), int(month) if month.isdecimal() else MONTHS.index(month) + 1, int(parts["day"]))


def _plain(text: str) -> str:
    return _EMPHASIS.sub("", text)


def _title(head: list[str], path: Path) -> str:
    """The line that names the session, else the first one, else the name of the file."""
    named = (line for line in head if "sitzung" in fold(line))
    line = next(named, head[0] if head else path.stem)
    return " ".join(_plain(line).split())[:TITLE_MAX]
