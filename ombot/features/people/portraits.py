"""One's portrait: a picture sent in the direct chat, kept after a preview, taken back at any time."""

from dataclasses import dataclass
from typing import Any

from ombot.chat.context import Context, Question
from ombot.chat.nodes import Attachment
from ombot.chat.refusal import Refusal
from ombot.chat.registry import REGISTRY, Place, command, handles
from ombot.chat.rights import Right
from ombot.features.people import rules
from ombot.features.people.results import PhotoRemoved, PhotoStored
from ombot.features.people.searching import TOPIC
from ombot.features.people.tables import Profile, ProfilePhoto

REGISTRY.picture = "steckbrief foto"


@command(
    "steckbrief",
    brief="löscht Ihr Foto",
    usage="!steckbrief foto löschen",
    example="!steckbrief foto löschen",
    topic=TOPIC,
    right=Right.ANYONE,
    alias=("profil", "profile"),
    verb=("foto löschen", "bild löschen", "ohne foto"),
    undo=False,
)
@dataclass(frozen=True)
class RemovePhoto:
    """Delete one's portrait."""


@command(
    "steckbrief",
    brief="speichert das Bild, das Sie mir im Direktchat senden, nach einer Vorschau als Ihr Foto",
    usage="!steckbrief foto (oder einfach ein Bild senden)",
    example="!steckbrief foto",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    place=Place.DIRECT,
    alias=("profil", "profile"),
    verb=("foto", "bild", "photo"),
    undo=False,
)
@dataclass(frozen=True)
class StorePhoto:
    """Keep a picture as one's portrait."""


@handles(StorePhoto)
def store(command: StorePhoto, context: Context) -> PhotoStored:  # noqa: ARG001
    """Keep the picture once it was looked at. Who may see it is asked for apart: at first ``ag``."""
    replied = context.replied
    if replied is None or replied.picture is None:
        raise Refusal((replied and replied.problem) or "photo_missing")
    if context.answers.get("confirm_photo") != "ja":
        raise Question("photo_preview", "confirm_photo", files=(attachment(str(replied.picture["jpeg"])),))
    session = context.session
    session.merge(ProfilePhoto(user_id=context.sender, added_at=context.now, **_columns(replied.picture)))
    profile = session.get(Profile, context.sender)
    session.flush()
    return PhotoStored(rules.level_of(profile.visibility if profile else {}, "photo"))


def _columns(picture: dict[str, Any]) -> dict[str, Any]:
    return {name: picture[name] for name in ("jpeg", "width", "height")}


def attachment(jpeg: str) -> Attachment:
    """A portrait as a file that follows a card."""
    return Attachment("foto.jpg", "image/jpeg", {"kind": "photo", "format": "jpg", "data": {"jpeg": jpeg}})


@handles(RemovePhoto)
def remove(command: RemovePhoto, context: Context) -> PhotoRemoved:  # noqa: ARG001
    """Delete the portrait and the consent to show it."""
    session = context.session
    photo = session.get(ProfilePhoto, context.sender)
    if photo is None:
        raise Refusal("photo_none")
    session.delete(photo)
    profile = session.get(Profile, context.sender)
    if profile is not None and "photo" in profile.visibility:
        profile.visibility = {field: consent for field, consent in profile.visibility.items() if field != "photo"}
        session.add(profile)
    session.flush()
    return PhotoRemoved()
