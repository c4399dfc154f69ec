"""Rows to what is shown: of a profile only what its owner lets those see who read this place."""

from collections.abc import Iterable, Mapping
from datetime import date

from ombot.chat.context import Context
from ombot.chat.tables import Group
from ombot.features.groups import queries as groups
from ombot.features.people import queries, rules
from ombot.features.people.results import FieldView, ProfileView
from ombot.features.people.tables import Profile

_TOGETHER = ("working_group", "coordination")
"""Kinds of groups whose members see each other's profiles without further consent."""


class Eyes:
    """Who reads an answer in this place: the room's members, or in the direct chat the sender alone."""

    def __init__(self, context: Context) -> None:
        self.context = context
        together = [group.key for group in self._groups() if group.kind in _TOGETHER]
        self._fellows = groups.ids_in(context.session, together) | ({context.sender} if context.direct else set())

    def _groups(self) -> list[Group]:
        if self.context.direct:
            return self.context.own_groups
        return [self.context.room_group] if self.context.room_group else []

    def see(self, user_id: str, visibility: Mapping[str, Mapping[str, str]], field: str) -> bool:
        """Whether a field of somebody's profile may be shown here."""
        return self.see_level(user_id, rules.level_of(visibility, field))

    def see_level(self, user_id: str, level: str) -> bool:
        """Whether what somebody shows at this level may be shown here."""
        return level != "ag" or user_id in self._fellows


def texts(profile: Profile, institution: str | None) -> dict[str, str]:
    """What a profile says, field by field, in the order of its lines; empty fields are left out."""
    said = {
        "name": profile.name,
        "function": profile.function,
        "institution": institution,
        "competences": ", ".join(profile.competences),
        "offer": profile.offer,
    }
    return {field: text for field, text in said.items() if text}


def view(context: Context, profile: Profile, eyes: Eyes) -> tuple[ProfileView, bool]:
    """A profile as it is shown here, and whether something is withheld."""
    institution = queries.institution_of(context.session, profile.user_id)
    said = texts(profile, institution.name if institution else None)
    shown = tuple(
        _field(profile, field, text)
        for field, text in said.items()
        if eyes.see(profile.user_id, profile.visibility, field)
    )
    return ProfileView(context.person(profile.user_id), shown, _photo(context, profile, eyes)), len(shown) < len(said)


def _photo(context: Context, profile: Profile, eyes: Eyes) -> str | None:
    photo = queries.photo_of(context.session, profile.user_id)
    return photo.jpeg if photo and eyes.see(profile.user_id, profile.visibility, "photo") else None


def _field(profile: Profile, field: str, text: str) -> FieldView:
    consent = profile.visibility.get(field)
    since = date.fromisoformat(consent["since"]) if consent else None
    return FieldView(field, text, rules.level_of(profile.visibility, field), since)


def fields_of(profile: Profile, institution: str | None, photo: str | None) -> tuple[FieldView, ...]:
    """All that a profile says, for its owner; ``photo`` is what stands for a portrait where there is one."""
    said = texts(profile, institution) | ({"photo": photo} if photo else {})
    return tuple(_field(profile, field, text) for field, text in said.items())


def visible_people(context: Context, user_ids: Iterable[str], eyes: Eyes) -> list[str]:
    """Those whose institution may be shown here."""
    found = list(user_ids)
    consents = queries.visibilities(context.session, found)
    return [one for one in found if eyes.see(one, consents.get(one, {}), "institution")]
