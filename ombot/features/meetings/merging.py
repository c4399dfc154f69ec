"""Meetings of an institution that turned out to be another one."""

from sqlmodel import Session

from ombot.features.meetings import queries
from ombot.features.meetings.tables import Answer, Entitled, PollVote, Presence
from ombot.features.people.merging import Merge, merges, move_rows
from ombot.features.people.queries import rows_of

_OPEN = ("polling", "planned")


def _conflicts(session: Session, merge: Merge) -> list[str]:
    """Open meetings that both have answered differently, and polls in which both said different things to a date."""
    answers = {row.meeting: row.answer for row in rows_of(session, Answer, merge.new)}
    votes = {(row.meeting, row.number): row.choice for row in rows_of(session, PollVote, merge.new)}
    against = {
        row.meeting for row in rows_of(session, Answer, merge.old) if answers.get(row.meeting, row.answer) != row.answer
    } | {
        row.meeting
        for row in rows_of(session, PollVote, merge.old)
        if votes.get((row.meeting, row.number), row.choice) != row.choice
    }
    return [f"T{number}" for number in sorted(against) if _is_open(session, number)]


def _is_open(session: Session, number: int) -> bool:
    meeting = queries.get(session, number)
    return meeting is not None and meeting.status in _OPEN


@merges(_conflicts)
def move(session: Session, merge: Merge) -> None:
    """Move what was asked, answered, voted and noted; a past meeting that asked both keeps them apart."""
    both = {row.meeting for row in rows_of(session, Entitled, merge.old)} & {
        row.meeting for row in rows_of(session, Entitled, merge.new)
    }
    apart = {number for number in both if not _is_open(session, number)}
    for table, key in (
        (Answer, lambda row: row.meeting),
        (PollVote, lambda row: (row.meeting, row.number)),
        (Presence, lambda row: (row.meeting, row.person)),
        (Entitled, lambda row: row.meeting),
    ):
        move_rows(session, merge, table, key, lambda row: row.meeting in apart)
