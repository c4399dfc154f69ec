"""``ombot letters``: for each member of the office's list a page to print, with what they need to come in."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from ombot import documents
from ombot.chat.line import has_control_characters
from ombot.config import Settings
from ombot.exchange import importing
from ombot.exchange.sheets import ImportProblem, read_rows
from ombot.store import rooms

TOKEN = "token"  # noqa: S105 - the name of a column
TOKEN_MAX = 64
"""Characters of a registration token; Matrix specification."""


def letters(
    session: Session, settings: Settings, path: Path, fmt: str, now: datetime, *, everybody: bool = False
) -> Iterator[tuple[str, bytes]]:
    """File name and bytes of a letter for everybody in the list who has not joined yet, in the order of the list.

    The list is that of ``ombot import members``; a column ``token`` holds the registration token of a person, where
    the homeserver issues them. It is printed and kept nowhere.

    Raises:
        ImportProblem: something in the list is wrong; names the line. Before anything is written.
    """
    columns = (*importing.MEMBER_COLUMNS, TOKEN)
    tokens = {row["matrix_id"]: _token(row.line, row[TOKEN]) for row in read_rows(path, columns, ("matrix_id",))}
    entries = importing.read_members(session, path, (TOKEN,))
    for entry in entries:
        if everybody or not rooms.joined_rooms(session, entry.user_id):
            data = {
                "organisation": settings.organisation.name,
                "dated": now.isoformat(),
                "name": entry.name or entry.user_id,
                "institution": entry.institution,
                "address": settings.matrix.user.partition(":")[2],
                "user": entry.user_id,
                "token": tokens[entry.user_id],
                "groups": [group.name for group in entry.groups],
                "bot": "ombot",
            }
            yield f"{_file_name(entry.user_id)}.{fmt}", documents.render("welcome", fmt, data)


def _token(line: int, token: str) -> str:
    if len(token) > TOKEN_MAX or has_control_characters(token) or " " in token:
        raise ImportProblem(f"Zeile {line}: „{token[:40]}“ ist kein Anmeldeschlüssel.")
    return token


def _file_name(user_id: str) -> str:
    """A Matrix id as the name of a file on any system."""
    return "".join(char if char.isalnum() or char in "-._" else "_" for char in user_id.removeprefix("@"))
