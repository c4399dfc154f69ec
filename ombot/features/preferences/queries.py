"""All SQL of preferences."""

from sqlmodel import Session, col, select

from ombot.features.preferences.tables import Preference


def of(session: Session, user_id: str) -> Preference | None:
    """What a person has asked for; None for who has never said anything."""
    return session.get(Preference, user_id)


def everything(session: Session) -> list[Preference]:
    """All preferences, by person."""
    return list(session.exec(select(Preference).order_by(col(Preference.user_id))))


def without_digest(session: Session) -> set[str]:
    """Who wants no weekly digest: those who have said so, and those who want no reminders at all."""
    return {row.user_id for row in everything(session) if row.pace == "none" or not row.weekly}
