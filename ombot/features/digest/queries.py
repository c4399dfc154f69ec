"""All SQL of the digest: what is new in the groups, and who is in which."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from ombot.chat.tables import Group
from ombot.features.decisions.tables import Decision
from ombot.features.digest.results import News
from ombot.features.inputs.tables import Input
from ombot.features.meetings.tables import Meeting
from ombot.features.tasks.tables import Task
from ombot.store.tables import Member, Room


def news(session: Session, group_key: str, first: datetime, end: datetime) -> News:
    """What was new in a group from a moment, inclusive, to another; what was taken back meanwhile is left out."""

    def found(letter: str, number: Any, group: Any, moment: Any, *wanted: Any) -> tuple[str, ...]:
        query = select(number).where(group == group_key, moment >= first, moment < end, *wanted).order_by(number)
        return tuple(f"{letter}{one}" for one in session.exec(query))

    return News(
        tasks=found("A", Task.number, Task.group_key, Task.created_at, Task.status != "cancelled"),
        meetings=found("T", Meeting.number, Meeting.group_key, Meeting.created_at, Meeting.status != "cancelled"),
        inputs=found("I", Input.number, Input.group_key, Input.submitted_at, Input.status == "submitted"),
        votes=found("B", Decision.number, Decision.group_key, Decision.opened_at, Decision.status == "open"),
        decisions=found(
            "B",
            Decision.number,
            Decision.group_key,
            Decision.closed_at,
            col(Decision.status).in_(("accepted", "rejected")),
        ),
    )


def groups_by_person(session: Session) -> dict[str, list[Group]]:
    """Everybody in the room of a group that is not archived, with these groups by name."""
    query = (
        select(Member.user_id, Group)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .join(Group, col(Group.key) == col(Room.group_key))
        .where(Member.membership == "join", col(Group.archived).is_(False), col(Room.joined))
        .order_by(Member.user_id, Group.name)
    )
    found: dict[str, list[Group]] = {}
    for user_id, group in session.exec(query):
        found.setdefault(user_id, []).append(group)
    return found
