"""All SQL of the directory."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from ombot.features.people.tables import Profile, ProfilePhoto
from ombot.store.tables import Member, Room

_MEMBERS = (
    select(Member.user_id)
    .join(Room, col(Room.room_id) == col(Member.room_id))
    .where(Member.membership == "join", col(Room.group_key).is_not(None))
)


def profiles(session: Session) -> list[Profile]:
    """The profiles of everybody who is in a group's room, by user id: who has left stands in no directory."""
    query = select(Profile).where(col(Profile.user_id).in_(_MEMBERS))
    return list(session.exec(query.order_by(col(Profile.user_id))))


def photo_names(session: Session) -> dict[str, str]:
    """User id → name of the photo's file, for everybody who has one: without the pictures themselves."""
    query = select(ProfilePhoto.user_id, ProfilePhoto.name)
    return {user_id: name for user_id, name in session.exec(query)}  # noqa: C416 - typed so


def photos(session: Session) -> dict[str, str]:
    """User id → photo as JPEG in base64."""
    query = select(ProfilePhoto.user_id, ProfilePhoto.jpeg)
    return {user_id: jpeg for user_id, jpeg in session.exec(query)}  # noqa: C416 - typed so


def photo_named(session: Session, name: str) -> tuple[str, Mapping[str, Mapping[str, str]]] | None:
    """A photo as JPEG in base64 by the name of its file, with the consents of its owner, who is in a group's room."""
    query = (
        select(ProfilePhoto.jpeg, Profile.visibility)
        .join(Profile, col(Profile.user_id) == col(ProfilePhoto.user_id))
        .where(ProfilePhoto.name == name, col(Profile.user_id).in_(_MEMBERS))
    )
    return session.exec(query).first()
