"""Anlage 1: who took part in a meeting, from who was noted as present and what the institutions had answered."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from ombot.features.meetings import queries as meetings
from ombot.features.meetings.tables import Answer, Meeting, Presence
from ombot.features.minutes.cards import PARTICIPATION
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution, Profile
from ombot.store import rooms


@dataclass
class Namer:
    """How persons appear in minutes: by name where the configuration wants it, by function otherwise."""

    session: Session
    names: bool
    _known: dict[str, Profile] = field(init=False)
    _institutions: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._known = {profile.user_id: profile for profile in institutions.profiles(self.session)}
        self._institutions = institutions.institution_names(self.session)

    def person(self, who: str | None) -> str | None:
        """A person behind a Matrix id, or a guest by name; None for "nobody in particular"."""
        if who is None:
            return None
        profile = self._known.get(who)
        if not self.names:
            return profile.function if profile else None
        return (profile.name if profile else None) or rooms.display_name(self.session, who)

    def institution(self, who: str | None) -> str | None:
        """The institution a person speaks for."""
        return self._institutions.get(who or "")

    def scribe(self, who: str) -> str | None:
        """How a scribe is named: by institution or function, and with the name where it is wanted."""
        institution = self.institution(who)
        if not self.names:
            return institution or self.person(who)
        name = self.person(who) or who
        return f"{name} ({institution})" if institution else name


def participants(session: Session, meeting: Meeting, *, names: bool) -> list[dict[str, Any]]:
    """One entry for each institution or person, by institution."""
    namer = Namer(session, names)
    number = meeting.number or 0
    known: dict[int | None, Institution] = {one.id: one for one in institutions.institutions(session)}
    answers = {answer.institution_id: answer for answer, _ in meetings.answers(session, number)}
    present = meetings.present(session, number)
    entries = [_present(row, answers.get(row.institution_id or 0), known, namer) for row in present]
    came = {row.institution_id for row in present}
    came |= {one.id for one in known.values() if one.name in {entry["institution"] for entry in entries}}
    entries += [
        _answered(answer, known, namer, noted=bool(present))
        for institution, answer in answers.items()
        if institution not in came
    ]
    return sorted(entries, key=lambda entry: (entry["institution"].casefold(), entry["person"] or ""))


def _present(
    row: Presence, answer: Answer | None, known: dict[int | None, Institution], namer: Namer
) -> dict[str, Any]:
    institution = known.get(row.institution_id)
    if answer is not None and answer.deputy is not None and row.person in (None, answer.deputy):
        return _entry(institution, answer.person, "represented", namer, deputy=answer.deputy)
    return _entry(institution, row.person, "present", namer)


def _answered(answer: Answer, known: dict[int | None, Institution], namer: Namer, *, noted: bool) -> dict[str, Any]:
    """What an institution had answered that nobody noted as present."""
    state = {"yes": "absent" if noted else "accepted", "no": "excused", "maybe": "absent" if noted else "maybe"}
    institution = known.get(answer.institution_id)
    if answer.deputy is not None and not noted:
        return _entry(institution, answer.person, "represented", namer, deputy=answer.deputy)
    return _entry(institution, answer.person, state[answer.answer], namer)


def _entry(
    institution: Institution | None, person: str | None, state: str, namer: Namer, deputy: str | None = None
) -> dict[str, Any]:
    name = institution.name if institution else namer.institution(person)
    return {
        "institution": name or "",
        "person": namer.person(person),
        "state": PARTICIPATION[state],
        "deputy": namer.person(deputy) if namer.names else None,
    }
