"""What a log line may hold: where and what, never a member's words or a secret (B1, D3).

Messages of the program name rows and references. Tracebacks keep files, lines and types; the text of an exception is
kept only where the machine wrote it, since that of a value or database error repeats the value.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, TextIO

from sqlalchemy.exc import DBAPIError

from ombot.config import Log

LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_SPEAK_OF_THE_MACHINE: Final = (AttributeError, ImportError, MemoryError, NameError, OSError, RecursionError)
_OURS: Final = ("ombot.matrix.", "ombot.store.")
"""Packages that see no words of members, only the server's, ids and files."""
_REFERENCE: Final = re.compile(r"\breference ([0-9a-f]{8}|out-[0-9]+)\b")
_LEFT_OUT: Final = "(text left out: it can repeat what members wrote)"

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(logging.Formatter):
    """Formats records of the program; see the module."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - the name of the library
        """The traceback of an exception and of those it came from."""
        error = ei[1]
        return "\n".join(_chain(error)) if error is not None else ""


def _chain(error: BaseException) -> list[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [*_chain(before), "", "which led to:", ""] if before is not None else []
    lines.append("Traceback (most recent call last):")
    lines += [line.rstrip("\n") for line in traceback.format_tb(error.__traceback__)]
    lines.append(_name(error))
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            lines += ["", "one of them:", "", *_chain(one)]
    return lines


def _name(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{kind}: {_text(error)}"


def _text(error: BaseException) -> str:
    if isinstance(error, DBAPIError):
        # The statement has placeholders; what the driver says can quote the row.
        state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
        return f"{type(error.orig).__name__} {state or ''}".strip()
    if isinstance(error, _SPEAK_OF_THE_MACHINE) or type(error).__module__.startswith(_OURS):
        return str(error)
    return _LEFT_OUT


class JsonFormatter(Formatter):
    """The same as one JSON object a line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """``time``, ``level``, ``logger``, ``message``, and where there are any ``reference`` and ``traceback``."""
        message = record.getMessage()
        reference = _REFERENCE.search(message)
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            "reference": reference[1] if reference else None,
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in fields.items() if value}, ensure_ascii=False)


def configure(log: Log, stream: TextIO) -> None:
    """Set up the log of this process as the configuration says."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if log.format == "json" else Formatter())
    logging.basicConfig(level=log.level, handlers=[handler], force=True)
    # The library logs whole events at lower levels; message text has no place in a log.
    for name in ("nio", "aiohttp", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
