"""Votes of an institution that turned out to be another one."""

from sqlmodel import Session

from ombot.features.decisions import queries
from ombot.features.decisions.tables import Decision, Entitlement, Participation, Transfer, Vote
from ombot.features.people.merging import Merge, merges, move_rows
from ombot.features.people.queries import rows_of


def _both_entitled(session: Session, merge: Merge) -> list[Decision]:
    """The decisions on which both may vote, or could."""
    old, new = ({row.decision for row in rows_of(session, Entitlement, one)} for one in (merge.old, merge.new))
    return [decision for number in sorted(old & new) if (decision := queries.get(session, number))]


def _conflicts(session: Session, merge: Merge) -> list[str]:
    """Open votes in which both have acted differently, or secretly, so that nobody can tell."""
    found = []
    for decision in _both_entitled(session, merge):
        one, other = (_act(session, decision, institution, merge) for institution in (merge.old, merge.new))
        if decision.status == "open" and one and other and (one != other or decision.secret):
            found.append(f"B{decision.number}")
    return found


def _act(session: Session, decision: Decision, institution: int, merge: Merge) -> object:
    """What an institution has done about a decision; None when nothing. Its right given to the other one is nothing."""
    number = decision.number or 0
    if institution in queries.participants(session, number):
        return "secret"
    vote = queries.vote(session, number, institution)
    transfer = queries.transfer(session, number, institution)
    if transfer is not None and transfer.to_institution_id not in (merge.old, merge.new):
        return transfer.to_institution_id
    return vote.choice if vote else None


@merges(_conflicts)
def move(session: Session, merge: Merge) -> None:
    """Move rights and votes; a closed decision that counted both keeps them apart, so that its result stays."""
    apart = {one.number for one in _both_entitled(session, merge) if one.status != "open"}
    _end_transfers_between(session, merge, apart)
    for table in (Entitlement, Vote, Transfer, Participation):
        move_rows(session, merge, table, lambda row: row.decision, lambda row: row.decision in apart)
    for decision in queries.charged(session, {"institution": merge.old_name}):
        decision.mandate = {"institution": merge.new_name}


def _end_transfers_between(session: Session, merge: Merge, apart: set[int | None]) -> None:
    """What was given to the one now goes to the other; between themselves there is nothing left to give."""
    for row in queries.transfers_of(session, (merge.old, merge.new)):
        giver, receiver = (
            merge.new if one == merge.old else one for one in (row.institution_id, row.to_institution_id)
        )
        if row.decision in apart:
            continue
        if giver == receiver:
            session.delete(row)
        else:
            row.to_institution_id = receiver
    session.flush()
