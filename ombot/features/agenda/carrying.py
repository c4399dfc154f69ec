"""What goes over from one meeting to the next, and what stands on every session's agenda by itself."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from ombot.config import Settings
from ombot.features.agenda import queries
from ombot.features.agenda.rules import UNDER_WAY, Draft, Proposer
from ombot.features.agenda.tables import AgendaItem
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.steps import ASSUMED_LENGTH
from ombot.features.meetings.tables import Meeting


def carry(session: Session, item: AgendaItem, meeting: Meeting, now: datetime) -> AgendaItem | None:
    """Carry an item of a meeting over to the next one of its kind; for the minutes too.

    Returns the item there, or None while no such meeting is planned: it then appears with its making.
    """
    under_way = meeting.start is not None and now >= meeting.start - UNDER_WAY
    item.kept = under_way and item.status == "accepted"
    item.status = "carried"
    session.add(item)
    session.flush()
    target = _next_after(meeting, meetings.coming(session, [meeting.group_key], now))
    return _copy(session, item, target) if target else None


def hand_over(session: Session, group_key: str, kind: str, now: datetime) -> None:
    """Put what meetings of a group and kind have left over on the agenda of the next one after each.

    Proposals nobody decided on move along as proposals.
    """
    found = queries.left_over(session, group_key, kind)
    coming = meetings.coming(session, [group_key], now) if found else []
    for item, meeting in found:
        target = _next_after(meeting, coming)
        if target is None or (item.status == "proposed" and not _is_settled(meeting, now)):
            continue
        if item.status == "proposed":
            item.position = queries.last_position(session, target)
            item.meeting_number = queries.number_of(target)
        else:
            item.status = "carried"
            _copy(session, item, target)
        session.add(item)
    session.flush()


def _next_after(meeting: Meeting, coming: Iterable[Meeting]) -> Meeting | None:
    """The first of the coming meetings that is of the same kind and later."""
    same = (other for other in coming if other.kind == meeting.kind and other.number != meeting.number)
    return next((other for other in same if _is_later(other, meeting)), None)


def _is_later(other: Meeting, meeting: Meeting) -> bool:
    return meeting.start is None or other.start is None or other.start > meeting.start


def _copy(session: Session, item: AgendaItem, target: Meeting) -> AgendaItem:
    draft = Draft(item.title, item.kind, tuple(item.goals), item.minutes, item.presenter)
    proposer = Proposer(item.proposed_by, item.group_key, item.event_id, item.created_at)
    return queries.add_item(session, target, draft, proposer, status="accepted", origin=f"P{item.number}")


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
