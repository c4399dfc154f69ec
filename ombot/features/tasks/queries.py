"""All SQL of tasks."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import case, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ombot.features.tasks.rules import Doer, Filter
from ombot.features.tasks.tables import Assignee, Task

_BY_DUE = (case((col(Task.due).is_(None), 1), else_=0), col(Task.due), col(Task.number))


def get(session: Session, number: int) -> Task | None:
    """The task A<number>."""
    return session.get(Task, number)


def by_number(session: Session, numbers: Collection[int]) -> dict[int, Task]:
    """Many tasks by their numbers, in one query."""
    query = select(Task).where(col(Task.number).in_(numbers)).order_by(col(Task.number))
    return {task.number: task for task in session.exec(query) if task.number is not None}


def doers(session: Session, number: int) -> list[Doer]:
    """Who is to do a task, in the order they were named."""
    return doers_of(session, [number]).get(number, [])


def doers_of(session: Session, numbers: Sequence[int]) -> dict[int, list[Doer]]:
    """The same for many tasks in one query."""
    query = select(Assignee).where(col(Assignee.task).in_(numbers)).order_by(col(Assignee.task), col(Assignee.position))
    found: dict[int, list[Doer]] = {}
    for row in session.exec(query):
        found.setdefault(row.task, []).append(Doer(row.kind, row.name))
    return found


def assign(session: Session, number: int, wanted: Iterable[Doer]) -> None:
    """Make exactly these the ones who are to do a task."""
    rows = {Doer(row.kind, row.name): row for row in session.exec(select(Assignee).where(Assignee.task == number))}
    for position, doer in enumerate(dict.fromkeys(wanted)):
        if rows.pop(doer, None) is None:
            session.add(Assignee(task=number, kind=doer.kind, name=doer.name, position=position))
    for row in rows.values():
        session.delete(row)
    session.flush()


def numbers_of_institution(session: Session, name: str) -> list[int]:
    """The tasks that an institution is to do."""
    query = select(Assignee.task).where(Assignee.kind == "institution", Assignee.name == name)
    return list(session.exec(query.order_by(col(Assignee.task))))


def listed(session: Session, groups: Iterable[str], wanted: Filter, today: date) -> list[Task]:
    """Tasks of some groups that a filter asks for: by due date, those without one last."""
    query = select(Task).where(col(Task.group_key).in_(list(groups)))
    query = _matching(query, wanted, today)
    return list(session.exec(query.order_by(*_BY_DUE)))


def _matching(query: SelectOfScalar[Task], wanted: Filter, today: date) -> SelectOfScalar[Task]:
    if wanted.status is not None:
        query = query.where(col(Task.status).in_(wanted.status))
    if wanted.overdue:
        query = query.where(col(Task.due) < today)
    if wanted.person is not None:
        mine = select(Assignee.task).where(Assignee.kind == "person", Assignee.name == wanted.person)
        query = query.where(col(Task.number).in_(mine))
    if wanted.words:
        words = f"%{_escaped(wanted.words.casefold())}%"
        text = func.lower(col(Task.title) + " " + col(Task.description))
        query = query.where(text.like(words, escape="\\"))
    return query


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def next_open(session: Session, group_key: str, most: int) -> list[Task]:
    """The open tasks of a group that are due first."""
    query = select(Task).where(Task.group_key == group_key, Task.status == "open").limit(most)
    return list(session.exec(query.order_by(*_BY_DUE)))


def waiting(session: Session, group_key: str) -> list[Task]:
    """The tasks of a group that are parked until a condition in words is met, by number."""
    query = select(Task).where(
        Task.group_key == group_key, Task.status == "parked", col(Task.parked_condition).is_not(None)
    )
    return list(session.exec(query.order_by(col(Task.number))))


def counts(session: Session, group_keys: Iterable[str], today: date) -> dict[str, tuple[int, int]]:
    """How many tasks of groups are open, and how many of those are overdue, by the group's key."""
    query = (
        select(Task.group_key, func.count(), func.count(case((col(Task.due) < today, 1))))
        .where(col(Task.group_key).in_(list(group_keys)), Task.status == "open")
        .group_by(col(Task.group_key))
    )
    return {key: (total, overdue) for key, total, overdue in session.exec(query)}


def everything(session: Session) -> list[Task]:
    """All tasks for the export, by number."""
    return list(session.exec(select(Task).order_by(col(Task.number))))
