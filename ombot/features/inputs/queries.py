"""All SQL of inputs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, event, or_
from sqlmodel import Session, col, select

from ombot.features.inputs.tables import Input, InputFile
from ombot.features.meetings.tables import Meeting
from ombot.features.people.rules import stems
from ombot.store import search


def get(session: Session, number: int) -> Input | None:
    """The input I<number>."""
    return session.get(Input, number)


def of_session(session: Session, meeting: int | None, groups: Iterable[str]) -> list[Input]:
    """Inputs of some groups for one session, withdrawn ones included; None: those that wait for a session."""
    found = (
        select(Input)
        .where(col(Input.group_key).in_(list(groups)))
        .where(col(Input.meeting).is_(None) if meeting is None else Input.meeting == meeting)
        .order_by(col(Input.number))
    )
    return list(session.exec(found))


def unplaced(session: Session) -> list[Input]:
    """Inputs that wait for a session, or whose session was called off."""
    called_off = select(Meeting.number).where(Meeting.status == "cancelled")
    query = select(Input).where(or_(col(Input.meeting).is_(None), col(Input.meeting).in_(called_off)))
    return list(session.exec(query.order_by(col(Input.number))))


def waiting(session: Session) -> bool:
    """Whether there are inputs for a session that is not planned yet."""
    query = select(Input.number).where(col(Input.meeting).is_(None), Input.status != "withdrawn")
    return session.exec(query).first() is not None


def everything(session: Session) -> list[Input]:
    """All inputs for the export, by number."""
    return list(session.exec(select(Input).order_by(col(Input.number))))


def files(session: Session, number: int) -> list[InputFile]:
    """An input's files in the order they came."""
    return files_of(session, [number]).get(number, [])


def files_of(session: Session, numbers: Sequence[int]) -> dict[int, list[InputFile]]:
    """The files of many inputs in one query."""
    query = select(InputFile).where(col(InputFile.input).in_(numbers))
    found: dict[int, list[InputFile]] = {}
    for row in session.exec(query.order_by(col(InputFile.input), col(InputFile.position))):
        found.setdefault(row.input, []).append(row)
    return found


# --- the words of submitted inputs ------------------------------------------------------------------------------

INPUT = "input"


@event.listens_for(Input, "after_insert")
@event.listens_for(Input, "after_update")
def _index(_mapper: Any, connection: Connection, written: Input) -> None:
    search.write(connection, INPUT, str(written.number), _parts(written))


def _parts(written: Input) -> search.Parts:
    words = stems(f"{written.title} {written.text} {written.added}") if written.status == "submitted" else set()
    # Who may see an input is decided by its group.
    return {"text": (words, written.group_key)}


@search.fills(INPUT)
def _all(session: Session) -> Iterator[tuple[str, search.Parts]]:
    for written in everything(session):
        yield str(written.number), _parts(written)


def with_words(words: Sequence[search.Hits], visible: Callable[[str], bool]) -> set[int]:
    """Numbers of the submitted inputs among the hits of every word, in groups that are ``visible``."""
    found = [{int(one.key) for one in hits.get(INPUT, ()) if visible(one.level)} for hits in words]
    return found[0].intersection(*found[1:]) if found else set()


def by_numbers(session: Session, numbers: Sequence[int]) -> list[Input]:
    """Some inputs, the newest first."""
    query = select(Input).where(col(Input.number).in_(numbers)).order_by(col(Input.number).desc())
    return list(session.exec(query))
