"""All SQL of decisions."""

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import case, delete, or_
from sqlmodel import Session, col, select

from ombot.features.decisions.tables import Ballot, Decision, Entitlement, FollowUp, Participation, Transfer, Vote
from ombot.features.people.tables import Institution
from ombot.features.tasks.tables import Task
from ombot.store.numbers import taken_in_year
from ombot.store.tables import File, Inbox, Outbox

_BY_DEADLINE = (case((col(Decision.closes_on).is_(None), 1), else_=0), col(Decision.closes_on), col(Decision.number))


def get(session: Session, number: int) -> Decision | None:
    """The decision B<number>."""
    return session.get(Decision, number)


def register(session: Session, group_keys: Iterable[str]) -> list[Decision]:
    """All decisions of some groups: running votes first, then the newest."""
    query = select(Decision).where(col(Decision.group_key).in_(list(group_keys)))
    return list(
        session.exec(query.order_by(case((col(Decision.status) == "open", 0), else_=1), col(Decision.number).desc()))
    )


def running(session: Session, group_keys: Iterable[str]) -> list[Decision]:
    """The open votes of some groups, the one that closes first in front."""
    query = select(Decision).where(col(Decision.group_key).in_(list(group_keys)), Decision.status == "open")
    return list(session.exec(query.order_by(*_BY_DEADLINE)))


def everything(session: Session) -> list[Decision]:
    """All decisions for the export, by number."""
    return list(session.exec(select(Decision).order_by(col(Decision.number))))


def year_numbers(session: Session, year: int) -> list[str]:
    """The numbers already given in a year, with the one up to which members may have seen others (O2)."""
    query = select(Decision.year_number).where(col(Decision.year_number).like(f"{year}-%"))
    return [f"{year}-{taken_in_year(session, year)}", *(number for number in session.exec(query) if number)]


def file(session: Session, sha256: str) -> File | None:
    """What is known of a stored file."""
    return session.get(File, sha256)


def replaced_by(session: Session, number: int) -> list[int]:
    """The decisions that this one replaces."""
    query = select(Decision.number).where(Decision.replaced_by == number).order_by(col(Decision.number))
    return [replaced for replaced in session.exec(query) if replaced is not None]


# --- who may vote -----------------------------------------------------------------------------------------------


def entitle(session: Session, number: int, institution_ids: Iterable[int]) -> None:
    """These institutions may vote."""
    session.add_all(Entitlement(decision=number, institution_id=one) for one in sorted(set(institution_ids)))
    session.flush()


def entitled(session: Session, number: int) -> list[Institution]:
    """The institutions that may vote, by name."""
    query = select(Institution).join(Entitlement).where(Entitlement.decision == number)
    return list(session.exec(query.order_by(Institution.name)))


def transfers(session: Session, number: int) -> dict[int, int]:
    """Institution → the one it gave its right to."""
    query = select(Transfer).where(Transfer.decision == number)
    return {row.institution_id: row.to_institution_id for row in session.exec(query)}


def transfer(session: Session, number: int, institution_id: int) -> Transfer | None:
    """To whom an institution gave its right."""
    return session.get(Transfer, (number, institution_id))


def transfers_of(session: Session, institution_ids: Sequence[int]) -> list[Transfer]:
    """Every right that one of these institutions gave or was given."""
    query = select(Transfer).where(
        or_(col(Transfer.institution_id).in_(institution_ids), col(Transfer.to_institution_id).in_(institution_ids))
    )
    return list(session.exec(query.order_by(col(Transfer.decision), col(Transfer.institution_id))))


def charged(session: Session, mandate: dict[str, str]) -> list[Decision]:
    """The decisions that somebody is to carry out."""
    return [decision for decision in everything(session) if decision.mandate == mandate]


# --- open votes -------------------------------------------------------------------------------------------------


def vote(session: Session, number: int, institution_id: int) -> Vote | None:
    """The open vote of an institution."""
    return session.get(Vote, (number, institution_id))


def votes(session: Session, number: int) -> list[Vote]:
    """All open votes on a decision."""
    return votes_of(session, [number]).get(number, [])


def votes_of(session: Session, numbers: Sequence[int]) -> dict[int, list[Vote]]:
    """The same for many decisions in one query."""
    query = select(Vote).where(col(Vote.decision).in_(numbers)).order_by(col(Vote.decision), col(Vote.institution_id))
    found: dict[int, list[Vote]] = {}
    for row in session.exec(query):
        found.setdefault(row.decision, []).append(row)
    return found


def vote_card(session: Session, reference: str) -> Outbox | None:
    """The card that opened a vote, which shows its state and is edited in place."""
    query = select(Outbox).where(
        Outbox.about == reference, Outbox.kind == "message", col(Outbox.state).in_(("waiting", "sent"))
    )
    return next((row for row in session.exec(query.order_by(col(Outbox.id))) if row.buttons), None)


# --- secret ballots ---------------------------------------------------------------------------------------------


def participants(session: Session, number: int) -> set[int]:
    """The institutions whose secret ballots have been cast."""
    return set(session.exec(select(Participation.institution_id).where(Participation.decision == number)))


def ballots(session: Session, number: int) -> list[Ballot]:
    """All secret ballots on a decision, in the order of their random keys."""
    return list(session.exec(select(Ballot).where(Ballot.decision == number).order_by(Ballot.key)))


def cast(session: Session, number: int, institution_ids: Sequence[int], choice: str, text: str) -> None:
    """Store one secret ballot for each of these institutions, the words with the first, and that they have voted.

    All ballots of the decision get new keys and are written anew: neither the transaction that wrote a row nor a
    comparison of two copies of the table tells which ballot is the new one.
    """
    query = select(Ballot.choice, Ballot.text).where(Ballot.decision == number)
    old = [(known, said) for known, said in session.exec(query)]
    session.execute(delete(Ballot).where(col(Ballot.decision) == number))
    new = [*old, (choice, text), *[(choice, "")] * (len(institution_ids) - 1)]
    keyed = sorted((secrets.token_hex(16), entry) for entry in new)
    session.add_all(Ballot(key=key, decision=number, choice=one, text=said) for key, (one, said) in keyed)
    session.add_all(Participation(decision=number, institution_id=one) for one in institution_ids)
    session.flush()


def forget_command(session: Session, event_id: str) -> None:
    """Blank the command that cast a secret ballot, in the transaction that counts it (D4)."""
    row = session.exec(select(Inbox).where(Inbox.event_id == event_id)).first()
    if row is not None:
        row.content = {}
        session.add(row)


# --- what follows -----------------------------------------------------------------------------------------------


def follow_ups(session: Session, numbers: Sequence[int]) -> dict[int, list[Task]]:
    """The tasks that carry decisions out, in one query."""
    query = select(FollowUp.decision, Task).join(Task).where(col(FollowUp.decision).in_(numbers))
    found: dict[int, list[Task]] = {}
    for number, task in session.exec(query.order_by(col(Task.number))):
        found.setdefault(number, []).append(task)
    return found
