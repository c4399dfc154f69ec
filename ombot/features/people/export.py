"""Institutions and people in the JSON export."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from ombot.chat.language import TEMPLATE_NAMES
from ombot.features.exporting import Frame, exports
from ombot.features.groups import queries as groups
from ombot.features.people import queries
from ombot.features.people.rules import TEMPLATE
from ombot.features.people.tables import Profile
from ombot.store import rooms


@exports("institutions")
def all_institutions(session: Session, _frame: Frame) -> list[dict[str, Any]]:
    """All institutions by name."""
    agreed = queries.agreed_texts(session)
    return [
        {
            "name": institution.name,
            "kind": institution.kind,
            "profile": as_text(agreed.get(institution.id or 0, {})) or institution.profile,
        }
        for institution in queries.institutions(session)
    ]


def as_text(texts: Mapping[str, str]) -> str:
    """What an institution has agreed on as running text, in the order of the template."""
    return "\n".join(f"{TEMPLATE_NAMES[field]}: {texts[field]}" for field in TEMPLATE if texts.get(field))


@exports("people")
def everybody(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """Everybody in a group's room and everybody known by more than a Matrix id, by id."""
    names = _joined(session)
    names.pop(frame.settings.matrix.user, None)
    profiles = {profile.user_id: profile for profile in queries.profiles(session)}
    institutions = queries.institution_names(session)
    return [
        _entry(profiles.get(user_id) or Profile(user_id=user_id), names.get(user_id), institutions)
        for user_id in sorted(names.keys() | profiles.keys())
    ]


def _joined(session: Session) -> dict[str, str]:
    return {
        person.id: person.name
        for group in groups.every_group(session)
        if (room := rooms.of_group(session, group.key))
        for person in rooms.members(session, room.room_id)
    }


def _entry(profile: Profile, shown: str | None, institutions: dict[str, str]) -> dict[str, Any]:
    return {
        "id": profile.user_id,
        "name": profile.name or shown,
        "institution": institutions.get(profile.user_id),
        "function": profile.function,
        "competences": list(profile.competences),
        "visibility": {field: consent["level"] for field, consent in profile.visibility.items()},
    }
