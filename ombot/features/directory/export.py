"""The data of the directory: for the page on the web, and as a document with the photos in it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.config import Settings
from ombot.features.directory import queries, rules
from ombot.features.exporting import collects
from ombot.features.people import queries as people
from ombot.features.people.tables import Profile

PHOTOS = "directory/photos"
"""Where the page finds photos, seen from beside it."""

Picture = Callable[[str], dict[str, str] | None]


@collects("directory", "directory")
def document(session: Session, settings: Settings, now: datetime, _number: int | None) -> dict[str, Any]:
    """The directory with its photos inside."""
    pictures = queries.photos(session)
    return _data(session, settings, now, lambda user: {"jpeg": pictures[user]} if user in pictures else None)


def page(session: Session, settings: Settings, now: datetime) -> dict[str, Any]:
    """The directory as it is served: photos have addresses of their own, and the time is a day, so it is stable."""
    names = queries.photo_names(session)

    def picture(user: str) -> dict[str, str] | None:
        return {"address": f"{PHOTOS}/{names[user]}.jpg"} if user in names else None

    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return _data(session, settings, today, picture)


def photo(session: Session, name: str) -> str | None:
    """A photo of the page by the name of its file, as JPEG in base64; None when nobody shows it."""
    found = queries.photo_named(session, name)
    if found is None:
        return None
    jpeg, visibility = found
    return jpeg if "photo" in rules.released(visibility) else None


def _data(session: Session, settings: Settings, now: datetime, picture: Picture) -> dict[str, Any]:
    institutions = people.institution_names(session)
    found = [_person(profile, institutions.get(profile.user_id), picture) for profile in queries.profiles(session)]
    return {
        "organisation": settings.organisation.name,
        "exported_at": now.replace(microsecond=0).isoformat(),
        "people": sorted(filter(None, found), key=lambda one: rules.order(one["name"] or "")),
    }


def _person(profile: Profile, institution: str | None, picture: Picture) -> dict[str, Any] | None:
    """What a person has released for everybody; None when that is nothing but a picture."""
    shown = rules.released(profile.visibility)
    said: dict[str, Any] = {
        "name": profile.name,
        "function": profile.function,
        "institution": institution,
        "competences": list(profile.competences),
        "offer": profile.offer,
    }
    entry = {field: value if field in shown else None for field, value in said.items()}
    if not any(entry.values()):
        return None
    photo = picture(profile.user_id) if "photo" in shown else None
    letter = rules.letter(entry["name"] or "")
    return {"letter": letter, **entry, "competences": entry["competences"] or [], "photo": photo}
