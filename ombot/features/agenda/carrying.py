"""What goes over from one meeting to the next, and what stands on every session's agenda by itself."""

from datetime import datetime

from sqlmodel import Session

from ombot.config import Settings
from ombot.features.agenda import queries
from ombot.features.agenda.rules import Draft, Proposer
from ombot.features.agenda.tables import AgendaItem
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.steps import ASSUMED_LENGTH
from ombot.features.meetings.tables import Meeting


def next_of_kind(session: Session, meeting: Meeting, now: datetime) -> Meeting | None:
    """The next planned meeting of the same group and kind that is not this one."""
    coming = meetings.coming(session, [meeting.group_key], now)
    after = (other for other in coming if other.kind == meeting.kind and other.number != meeting.number)
    return next((other for other in after if _is_later(other, meeting)), None)


def _is_later(other: Meeting, meeting: Meeting) -> bool:
    return meeting.start is None or other.start is None or other.start > meeting.start


def carry(session: Session, item: AgendaItem, meeting: Meeting, now: datetime) -> AgendaItem | None:
    """Carry an item of a meeting over to the next one of its kind; for the minutes too.

    Returns the item there, or None while no such meeting is planned: it then appears with its making.
    """
    item.status = "carried"
    session.add(item)
    session.flush()
    target = next_of_kind(session, meeting, now)
    return _copy(session, item, target) if target else None


def _copy(session: Session, item: AgendaItem, target: Meeting) -> AgendaItem:
    draft = Draft(item.title, item.kind, tuple(item.goals), item.minutes, item.presenter)
    proposer = Proposer(item.proposed_by, item.group_key, item.event_id, item.created_at)
    return queries.add_item(session, target, draft, proposer, status="accepted", origin=f"P{item.number}")


def take_over(session: Session, target: Meeting, now: datetime) -> None:
    """Put on an agenda what earlier meetings left over. Proposals nobody decided on move along as proposals."""
    for item, earlier in queries.unfinished(session, target):
        if not _is_later(target, earlier) or (item.status == "proposed" and not _is_settled(earlier, now)):
            continue
        if item.status == "proposed":
            item.meeting_number = queries.number_of(target)
        else:
            item.status = "carried"
            _copy(session, item, target)
        session.add(item)
    session.flush()


def _is_settled(meeting: Meeting, now: datetime) -> bool:
    """Whether nobody decides on a meeting's proposals any more: it is over or cancelled."""
    if meeting.status in ("cancelled", "held") or meeting.start is None:
        return meeting.status != "polling"
    return (meeting.end or meeting.start + ASSUMED_LENGTH) <= now


def stand(session: Session, settings: Settings, meeting: Meeting, follow_ups: Draft, now: datetime) -> None:
    """Put the standing items of the configuration on a session's agenda, and behind them the one of follow-ups.

    Once for each session: what the office has struck or renamed since stays so.
    """
    if any(item.standing for item in queries.items(session, meeting)):
        return
    proposer = Proposer(meeting.created_by, meeting.group_key, meeting.event_id, now)
    for standing in settings.sessions.standing_items:
        draft = Draft(standing.title, standing.kind)
        queries.add_item(session, meeting, draft, proposer, status="accepted", standing="configured")
    queries.add_item(session, meeting, follow_ups, proposer, status="accepted", standing="follow_ups")
