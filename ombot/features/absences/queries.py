"""All SQL of absences."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlmodel import Session, col, select

from ombot.features.absences.rules import Days
from ombot.features.absences.tables import Absence
from ombot.store import history


def everything(session: Session) -> list[Absence]:
    """All absences that count, in the order they were entered."""
    return list(session.exec(select(Absence).where(Absence.status == "entered").order_by(col(Absence.id))))


def of_person(session: Session, user_id: str, today: date) -> list[Absence]:
    """A person's absences that are not over, the next one first."""
    query = select(Absence).where(Absence.person == user_id, Absence.status == "entered", Absence.last >= today)
    return list(session.exec(query.order_by(col(Absence.first), col(Absence.id))))


def made_by(session: Session, cause: str) -> Absence | None:
    """The absence that a message (its event id) has made."""
    made = [one for one in history.by_cause(session, cause) if one.subject == "absence" and one.before is None]
    return session.get(Absence, int(made[0].row_key)) if made else None


def on_day(session: Session, user_ids: Iterable[str], day: date) -> dict[str, Absence]:
    """Those of some persons who are away on a day, with their absence."""
    query = select(Absence).where(
        col(Absence.person).in_(list(user_ids)),
        Absence.status == "entered",
        Absence.first <= day,
        Absence.last >= day,
    )
    return {absence.person: absence for absence in session.exec(query.order_by(col(Absence.id)))}


def days_of(session: Session, user_ids: Collection[str]) -> dict[str, list[Days]]:
    """All absences of some persons."""
    query = select(Absence).where(col(Absence.person).in_(list(user_ids)), Absence.status == "entered")
    found: dict[str, list[Days]] = {}
    for absence in session.exec(query.order_by(col(Absence.first), col(Absence.id))):
        found.setdefault(absence.person, []).append(Days(absence.first, absence.last))
    return found
