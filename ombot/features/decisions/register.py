"""What happens to a decision as a whole: it is closed, recorded as taken, and its reminders are planned."""

from datetime import datetime

from sqlmodel import Session

from ombot.chat.context import Context
from ombot.clock import reminders
from ombot.clock.workdays import calendar_of
from ombot.features.decisions import queries, rules
from ombot.features.decisions.rules import Plan
from ombot.features.decisions.tables import Decision
from ombot.features.decisions.views import Count
from ombot.features.decisions.voters import voters
from ombot.features.groups import queries as groups


def close(session: Session, decision: Decision, at: datetime) -> None:
    """Count the votes and give the decision its result and its number; all of it in the caller's transaction.

    ``at`` is in the organisation's time zone: its year is that of the number. From here on nothing of the vote changes.
    """
    if decision.status != "open":
        raise ValueError(f"B{decision.number} is not open")
    decision.status = rules.outcome(Count(session, decision, closing=True).tally(), decision.rule, decision.quorum)
    _number(session, decision, at)
    for vote in queries.votes(session, decision.number or 0):
        vote.counted = True
        session.add(vote)
    session.add(decision)
    session.flush()


def record_accepted(
    session: Session,
    *,
    group_key: str,
    text: str,
    mandate: dict[str, str] | None,
    meeting: int | None,
    recorded_by: str,
    at: datetime,
    event_id: str,
) -> Decision:
    """Enter a decision that was taken in a meeting, without a vote here. ``at`` is in the organisation's time zone."""
    decision = Decision(
        group_key=group_key,
        text=text,
        mandate=mandate,
        status="accepted",
        rule="consent",
        recorded=True,
        meeting=meeting,
        opened_by=recorded_by,
        opened_at=at,
        event_id=event_id,
    )
    _number(session, decision, at)
    session.add(decision)
    session.flush()
    return decision


def record_earlier(
    session: Session,
    *,
    group_key: str,
    number: str | None,
    text: str,
    mandate: dict[str, str] | None,
    status: str,
    recorded_by: str,
    at: datetime,
) -> Decision:
    """Enter a decision from before ombot. ``number`` is its yearly number; without one it gets the next of its year.

    ``status`` is accepted, rejected or withdrawn; ``at`` is in the organisation's time zone.
    """
    decision = Decision(
        group_key=group_key,
        text=text,
        mandate=mandate,
        status=status,
        rule="consent",
        recorded=True,
        opened_by=recorded_by,
        opened_at=at,
        event_id="import",
    )
    _number(session, decision, at)
    decision.year_number = number or decision.year_number
    session.add(decision)
    session.flush()
    return decision


def _number(session: Session, decision: Decision, at: datetime) -> None:
    with session.no_autoflush:  # a decision that is closed but has no number yet is refused by the database
        decision.year_number = rules.next_year_number(at.year, queries.year_numbers(session, at.year))
    decision.closed_at = at


def schedule(context: Context, decision: Decision) -> None:
    """Make the reminders of a vote equal to its plan."""
    number = decision.number or 0
    entitled = {one.id for one in queries.entitled(context.session, number) if one.id is not None}
    office = groups.coordination(context.session)
    asked = tuple(sorted(voters(context.session, decision, entitled, context.own_id)))
    calendar = calendar_of(context.settings)
    timing = Plan(calendar, context.settings.decisions.reminders, asked, office.key if office else None)
    wanted = rules.plan(
        status=decision.status, closes_on=decision.closes_on, group_key=decision.group_key, timing=timing
    )
    reminders.replan(context.session, f"B{number}", wanted, context.now)
