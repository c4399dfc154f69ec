"""All SQL of letters."""

from datetime import datetime

from sqlmodel import Session, col, select

from ombot.features.decisions.tables import Decision, Entitlement, Participation, Transfer, Vote
from ombot.features.meetings.tables import Answer, Entitled, Meeting
from ombot.features.minutes.tables import Minutes
from ombot.features.tasks.tables import Assignee, Task


def invited(session: Session, institution_id: int, now: datetime) -> list[Meeting]:
    """Coming meetings to which an institution is invited, cancelled ones included, by number."""
    query = (
        select(Meeting)
        .join(Entitled, col(Entitled.meeting) == col(Meeting.number))
        .where(Entitled.institution_id == institution_id, col(Meeting.start) > now)
        .where(col(Meeting.status).in_(("planned", "cancelled")))
    )
    return list(session.exec(query.order_by(col(Meeting.number))))


def has_answered(session: Session, meeting: int, institution_id: int) -> bool:
    """Whether an institution has answered for a meeting."""
    query = select(Answer.id).where(Answer.meeting == meeting, Answer.institution_id == institution_id)
    return session.exec(query).first() is not None


def minutes_since(session: Session, institution_id: int, since: datetime) -> list[tuple[Minutes, Meeting]]:
    """Minutes of meetings to which an institution was invited, drafts and final ones that began after a moment."""
    query = (
        select(Minutes, Meeting)
        .join(Meeting, col(Meeting.number) == col(Minutes.meeting))
        .join(Entitled, col(Entitled.meeting) == col(Meeting.number))
        .where(Entitled.institution_id == institution_id, col(Meeting.start) > since)
        .where(col(Minutes.status).in_(("review", "final")))
    )
    return [(minutes, meeting) for minutes, meeting in session.exec(query.order_by(col(Minutes.meeting)))]


def votes_open(session: Session, institution_id: int) -> list[Decision]:
    """Open votes in which an institution may vote itself and has not, by number."""
    voted = select(Vote.decision).where(Vote.institution_id == institution_id)
    cast = select(Participation.decision).where(Participation.institution_id == institution_id)
    given = select(Transfer.decision).where(Transfer.institution_id == institution_id)
    query = (
        select(Decision)
        .join(Entitlement, col(Entitlement.decision) == col(Decision.number))
        .where(Entitlement.institution_id == institution_id, Decision.status == "open")
        .where(*(col(Decision.number).not_in(done) for done in (voted, cast, given)))
    )
    return list(session.exec(query.order_by(col(Decision.number))))


def tasks_of(session: Session, institution: str, user_id: str | None) -> list[Task]:
    """Open tasks that were given to an institution, or to one person, the most urgent first."""
    names = [institution, user_id] if user_id else [institution]
    kinds = ("institution", "person")
    given = select(Assignee.task).where(col(Assignee.name).in_(names), col(Assignee.kind).in_(kinds))
    query = select(Task).where(col(Task.number).in_(given), Task.status == "open")
    return list(session.exec(query.order_by(col(Task.due).is_(None), col(Task.due), col(Task.number))))
