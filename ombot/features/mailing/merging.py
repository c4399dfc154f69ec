"""What moves when two institutions turn out to be one."""

from sqlmodel import Session

from ombot.features.mailing.tables import MailAddress
from ombot.features.people.merging import Merge, merges, move_rows


@merges()
def move(session: Session, merge: Merge) -> None:
    """The address goes along; where both had one, the other one's stays."""
    move_rows(session, merge, MailAddress, lambda _row: None)
