"""All SQL of the directory."""

from sqlmodel import Session, col, select

from ombot.features.people.tables import Profile, ProfilePhoto
from ombot.store.tables import Member, Room


def profiles(session: Session) -> list[Profile]:
    """The profiles of everybody who is in a group's room, by user id: who has left stands in no directory."""
    members = (
        select(Member.user_id)
        .join(Room, col(Room.room_id) == col(Member.room_id))
        .where(Member.membership == "join", col(Room.group_key).is_not(None))
    )
    query = select(Profile).where(col(Profile.user_id).in_(members))
    return list(session.exec(query.order_by(col(Profile.user_id))))


def photo_times(session: Session) -> dict[str, str]:
    """User id → since when there is a photo, for everybody who has one: without the pictures themselves."""
    query = select(ProfilePhoto.user_id, ProfilePhoto.added_at)
    return {user_id: added_at.isoformat() for user_id, added_at in session.exec(query)}


def photos(session: Session) -> dict[str, str]:
    """User id → photo as JPEG in base64."""
    query = select(ProfilePhoto.user_id, ProfilePhoto.jpeg)
    return {user_id: jpeg for user_id, jpeg in session.exec(query)}  # noqa: C416 - typed so


def photo(session: Session, user_id: str) -> str | None:
    """The photo of one person as JPEG in base64."""
    row = session.get(ProfilePhoto, user_id)
    return row.jpeg if row else None
