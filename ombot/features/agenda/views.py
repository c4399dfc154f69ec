"""Rows to what is shown: numbers, times and names resolved; the same view feeds the card, the documents, the export."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from ombot.chat.trace import TraceLine, trace
from ombot.features.agenda import queries, rules
from ombot.features.agenda.results import AgendaView, FollowUps, ItemView, RunningVote
from ombot.features.agenda.rules import Slot
from ombot.features.agenda.tables import AgendaItem
from ombot.features.groups import queries as groups
from ombot.features.meetings.tables import Meeting
from ombot.features.tasks.views import views as task_views

SHOWN = ("title", "kind", "goals", "minutes", "presenter", "status", "reason")
"""Fields whose changes members are shown."""

NOWHERE = Slot(None, None)


def agenda(
    session: Session,
    zone: ZoneInfo,
    meeting: Meeting,
    today: date,
    *,
    sees: Callable[[str], bool] = lambda _key: True,
    lead: bool = False,
) -> AgendaView:
    """A meeting's agenda with numbers and times.

    Args:
        session: the unit of work.
        zone: where the organisation is.
        meeting: whose agenda.
        today: the day on which tasks are overdue or not; the day of the meeting, once that is past.
        sees: which groups' objects may be shown; proposals of others, and the group's own follow-ups, are left out.
        lead: whether the one who looks may order and accept.
    """
    start, end = local(meeting.start, zone), local(meeting.end, zone)
    items = queries.items(session, meeting)
    names = groups.names(session)
    accepted = [item for item in items if rules.is_on_agenda(item)]
    slots = rules.timetable(accepted, start)
    proposed = [item for item in items if item.status == "proposed" and (sees(item.group_key) or lead)]
    has_follow_ups = any(item.standing == "follow_ups" for item in accepted) and sees(meeting.group_key)
    return AgendaView(
        reference=f"T{meeting.number}",
        title=meeting.title,
        start=start,
        end=end,
        place=meeting.place,
        url=meeting.url,
        moderation=meeting.moderation,
        items=tuple(item_view(item, slot, names) for item, slot in zip(accepted, slots, strict=True)),
        proposals=tuple(item_view(item, NOWHERE, names) for item in proposed),
        follow_ups=follow_ups(session, zone, meeting, today) if has_follow_ups else None,
        over=rules.overrun(accepted, start, end),
        lead=lead,
    )


def local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A moment where the organisation is."""
    return None if moment is None else moment.astimezone(zone)


def item_view(item: AgendaItem, slot: Slot, names: dict[str, str]) -> ItemView:
    """One item; ``names`` are those of all groups."""
    return ItemView(
        reference=f"P{item.number}",
        top=slot.number,
        kind=item.kind,
        title=item.title,
        goals=tuple(item.goals),
        minutes=item.minutes,
        presenter=item.presenter,
        start=slot.start,
        status=item.status,
        group=names.get(item.group_key, item.group_key),
        reason=item.reason,
        origin=item.origin,
        standing=item.standing,
    )


def without_proposals(view: AgendaView) -> AgendaView:
    """Only what stands on the agenda."""
    return replace(view, proposals=())


def find(view: AgendaView, item: AgendaItem, names: dict[str, str]) -> ItemView:
    """The view of an item within its agenda; one that is not on it has neither number nor time."""
    shown: Sequence[ItemView] = (*view.items, *view.proposals)
    return next((one for one in shown if one.reference == f"P{item.number}"), item_view(item, NOWHERE, names))


def follow_ups(session: Session, zone: ZoneInfo, meeting: Meeting, today: date) -> FollowUps | None:
    """What the meeting's group owes itself as it stands when the meeting begins; for one that is past, as it stood
    then. None for a meeting without a date."""
    if meeting.start is None:
        return None
    tasks = queries.open_tasks(session, meeting.group_key, meeting.start)
    votes = queries.open_votes(session, meeting.group_key, meeting.start)
    return FollowUps(
        tasks=task_views(session, tasks, min(today, meeting.start.astimezone(zone).date())),
        votes=tuple(RunningVote(f"B{vote.number}", vote.text, vote.closes_on) for vote in votes),
    )


def trace_of(session: Session, item: AgendaItem, zone: ZoneInfo) -> tuple[TraceLine, ...]:
    """An item's changes, oldest first."""
    return trace(session, item, SHOWN, zone)
