"""What the handlers of absences find out, for the cards to say."""

from dataclasses import dataclass

from ombot.features.absences.rules import Days


@dataclass(frozen=True)
class AbsenceEntered:
    """Somebody will be away; ``before`` are the days that counted until now, ``parts`` what follows from it."""

    days: Days
    before: tuple[Days, ...]
    parts: tuple[object, ...]


@dataclass(frozen=True)
class AbsenceEnded:
    """An absence does not count any more; ``until`` are the days of it that stay in the past."""

    days: Days
    until: Days | None
    parts: tuple[object, ...]


@dataclass(frozen=True)
class AbsencesListed:
    """When the sender is away, from today on."""

    days: tuple[Days, ...]


@dataclass(frozen=True)
class OwnAbsences:
    """The same among "my things"."""

    days: tuple[Days, ...]
