"""All SQL of privacy: the register of personal columns, and a person's rows in every table."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, Text, and_, cast, delete, func, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from ombot.chat.tables import Group
from ombot.features.decisions.tables import Decision
from ombot.features.inputs.tables import Input, InputFile
from ombot.features.mailing import queries as mailing
from ombot.features.minutes.tables import MinutesAttachment
from ombot.features.people.tables import Institution, InstitutionAlias, Profile
from ombot.features.privacy.rules import Identity, own_names
from ombot.store import rooms as mirror
from ombot.store.tables import History, Inbox, Member, Outbox, Room

Row = Mapping[str, Any]
ADDRESSES = ("name", "email", "mail")
"""Columns of a profile by which others may have written of the person."""


def register() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Every table with personal columns, and these; tables that are referred to come last."""
    for table in reversed(SQLModel.metadata.sorted_tables):
        columns = [column for column in table.c if column.info.get("personal")]
        if columns:
            yield table, columns


def identity(session: Session, user_id: str) -> Identity:
    """How this person appears in rows."""
    profile = session.get(Profile, user_id)
    address = mailing.of_person(session, user_id)
    written = [getattr(profile, name, None) for name in ADDRESSES] + [address.address if address else None]
    shown = session.exec(select(Member.name).where(Member.user_id == user_id)).all()
    direct = session.exec(select(Room.room_id).where(Room.direct_with == user_id)).all()
    candidates = [name for name in (*written, *shown) if name]
    return Identity(user_id, own_names(candidates, _taken(session, user_id)), tuple(direct))


def _taken(session: Session, user_id: str) -> Iterator[str]:
    yield from session.exec(select(Institution.name))
    yield from session.exec(select(InstitutionAlias.alias))
    yield from session.exec(select(Group.name))
    for names in (
        session.exec(select(Member.name).where(Member.user_id != user_id)),
        session.exec(select(Profile.name).where(Profile.user_id != user_id)),
    ):
        yield from (name for name in names if name)


def rows(session: Session, table: Table, columns: Iterable[Column[Any]], person: Identity) -> list[Row]:
    """The rows of a table that name a person in one of these columns, by key."""
    position = func.instr if session.get_bind().dialect.name == "sqlite" else func.strpos
    named = [position(cast(column, Text), form) > 0 for column in columns for form in person.forms]
    if table is _table(Outbox):
        named.append(col(Outbox.destination).in_(person.addresses))
    found = session.execute(table.select().where(or_(*named)).order_by(*table.primary_key))
    return [dict(row) for row in found.mappings()]


def _table(kind: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(kind.__tablename__)]


def _same(table: Table, row: Row) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key))


def remove(session: Session, table: Table, row: Row) -> None:
    """Delete one row, past the history."""
    session.execute(delete(table).where(_same(table, row)))


def replace(session: Session, table: Table, row: Row, values: dict[str, Any]) -> None:
    """Change one row, past the history; a row that has become equal to another one by it goes."""
    try:
        with session.begin_nested():
            session.execute(update(table).where(_same(table, row)).values(values))
    except IntegrityError:
        remove(session, table, row)


# --- what is erased in its own way ------------------------------------------------------------------------------


def said_about(session: Session, person: Identity) -> list[Outbox]:
    """What the bot said to this person alone or, naming them, to others; oldest first."""
    columns = [column for column in _table(Outbox).c if column.info.get("personal")]
    ids = [row["id"] for row in rows(session, _table(Outbox), columns, person) if _concerns(row, person)]
    direct = or_(col(Outbox.room_id).in_(person.rooms), col(Outbox.destination).in_(person.addresses))
    found = session.exec(select(Outbox).where(or_(col(Outbox.id).in_(ids), direct)).order_by(col(Outbox.id)))
    return list(found)


def _concerns(row: Row, person: Identity) -> bool:
    return any(person.is_in(row[name]) for name in ("destination", "content", "slot", "error"))


def edits_of(session: Session, row: Outbox) -> list[Outbox]:
    """The edits of a message."""
    return list(session.exec(select(Outbox).where(Outbox.target == row.id, Outbox.kind == "edit")))


def heard_from(session: Session, user_id: str) -> list[Inbox]:
    """What this person said to the bot."""
    return list(session.exec(select(Inbox).where(Inbox.sender == user_id)))


def forget_history(session: Session, user_id: str) -> None:
    """Delete the history of rows that are this person's by their key (profile, duty)."""
    found = session.exec(select(History.id, History.row_key).where(col(History.row_key).contains(user_id)))
    gone = [entry for entry, key in found if user_id in key.split("/")]
    session.execute(delete(History).where(col(History.id).in_(gone)))


def close_direct_chats(session: Session, person: Identity) -> list[str]:
    """Rooms are nobody's direct chat any more; gives back those that the bot is still in."""
    joined = [room_id for room_id in person.rooms if (room := mirror.get(session, room_id)) and room.joined]
    session.execute(
        update(Room).where(col(Room.direct_with) == person.id).values(direct_with=None),
        execution_options={"synchronize_session": False},
    )
    return joined


def refresh_boards(session: Session) -> None:
    """All pinned boards are written anew."""
    session.execute(update(Group).values(board_stale=True), execution_options={"synchronize_session": False})


def files(session: Session, user_id: str) -> list[tuple[str, str, str]]:
    """Files this person handed in: the object they belong to, the name, the checksum."""
    inputs = select(InputFile.input, InputFile.name, InputFile.sha256).join(Input).where(Input.author == user_id)
    attached = select(MinutesAttachment).where(MinutesAttachment.added_by == user_id)
    taken = select(Decision).where(Decision.opened_by == user_id, col(Decision.file_sha256).is_not(None))
    return [
        *((f"I{number}", name, sha256) for number, name, sha256 in session.exec(inputs)),
        *((f"M{row.meeting}", row.name, row.sha256) for row in session.exec(attached)),
        *((f"B{row.number}", row.file_name or "", row.file_sha256 or "") for row in session.exec(taken)),
    ]


def finish_inbox(row: Inbox, mark: str, now: datetime) -> None:
    """Take the words and the sender out of a row; what was not handled yet will not be."""
    row.content, row.sender = {}, mark
    row.state, row.retry_at, row.done_at = "done", None, row.done_at or now
