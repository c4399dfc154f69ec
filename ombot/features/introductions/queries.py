"""All SQL of introductions."""

from collections.abc import Iterable
from datetime import datetime
from itertools import combinations

from sqlmodel import Session, col, select

from ombot.chat.tables import Group
from ombot.features.introductions.matching import Pair
from ombot.features.introductions.tables import Acquaintance, Introduced, Introduction
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.people.tables import Institution, Profile
from ombot.store.tables import Member, Room


def willing(session: Session, meeting: int) -> list[str]:
    """Who wants to be introduced before a session and is in a group's room, by user id."""
    query = (
        select(Acquaintance)
        .join(Member, col(Member.user_id) == col(Acquaintance.user_id))
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .join(Group, col(Group.key) == col(Room.group_key))
        .where(Member.membership == "join", col(Group.archived).is_(False))
        .order_by(Acquaintance.user_id)
        .distinct()
    )
    return [wish.user_id for wish in session.exec(query) if wish.skipped != meeting]


def working_groups_of(session: Session, user_ids: Iterable[str]) -> dict[str, set[str]]:
    """The keys of the working groups in whose rooms people are."""
    query = (
        select(Member.user_id, Group.key)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .join(Group, col(Group.key) == col(Room.group_key))
        .where(col(Member.user_id).in_(list(user_ids)), Member.membership == "join", Group.kind == "working_group")
    )
    found: dict[str, set[str]] = {}
    for user_id, key in session.exec(query):
        found.setdefault(user_id, set()).add(key)
    return found


def met(session: Session) -> dict[Pair, int]:
    """Everybody who was introduced to each other, with the number of the last session before which it was."""
    query = select(Introduction.id, Introduction.meeting, Introduced.user_id).join(
        Introduced, col(Introduced.introduction) == col(Introduction.id)
    )
    groups: dict[int | None, tuple[int, list[str]]] = {}
    for number, meeting, user_id in session.exec(query.order_by(col(Introduction.id))):
        groups.setdefault(number, (meeting, []))[1].append(user_id)
    return {frozenset(pair): meeting for meeting, users in groups.values() for pair in combinations(users, 2)}


def of_meeting(session: Session, meeting: int) -> list[Introduction]:
    """The introductions before a session."""
    return list(session.exec(select(Introduction).where(Introduction.meeting == meeting)))


def planned_sessions(session: Session, now: datetime) -> list[Meeting]:
    """Sessions that are still to begin, the next one first."""
    query = select(Meeting).where(Meeting.kind == "session", Meeting.status == "planned", col(Meeting.start) > now)
    return list(session.exec(query.order_by(col(Meeting.start))))


def gathered(session: Session) -> list[Introduction]:
    """Introductions whose common room has everybody in it, and where nothing was said yet."""
    found = []
    for one in session.exec(select(Introduction).where(Introduction.state == "made").order_by(col(Introduction.id))):
        joined = (
            select(Member.user_id)
            .join(Room, col(Room.room_id) == col(Member.room_id))
            .where(Room.group_key == one.alias, Member.membership == "join")
        )
        if set(members(session, one)) <= set(session.exec(joined)):
            found.append(one)
    return found


def members(session: Session, introduction: Introduction) -> list[str]:
    """Who was brought together."""
    query = select(Introduced.user_id).where(Introduced.introduction == introduction.id)
    return list(session.exec(query.order_by(Introduced.user_id)))


def incomplete(session: Session) -> list[str]:
    """People in a group's room whose profile names nothing that they can do, by user id."""
    query = (
        select(Member.user_id)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .join(Group, col(Group.key) == col(Room.group_key))
        .where(Member.membership == "join", col(Group.archived).is_(False))
        .order_by(Member.user_id)
        .distinct()
    )
    complete = {user for user, competences in session.exec(select(Profile.user_id, Profile.competences)) if competences}
    return [user for user in session.exec(query) if user not in complete]


def coming_on_site(session: Session, meeting: int) -> list[tuple[Answer, Institution]]:
    """The institutions that have agreed to come in person, by name."""
    query = (
        select(Answer, Institution)
        .join(Institution, col(Institution.id) == col(Answer.institution_id))
        .where(Answer.meeting == meeting, Answer.answer == "yes")
        .order_by(Institution.name)
    )
    return [(answer, institution) for answer, institution in session.exec(query) if answer.mode != "online"]
