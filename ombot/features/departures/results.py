"""What the handlers and the clock find out about departures, for the cards to say."""

from dataclasses import dataclass

from ombot.store.rooms import Person


@dataclass(frozen=True)
class Duties:
    """What a person leaves behind in a group: references, tasks with their titles."""

    tasks: tuple[tuple[str, str], ...] = ()
    deputies: tuple[str, ...] = ()
    """Coming meetings to which they were to come for somebody else."""
    scribes: tuple[str, ...] = ()
    """Minutes in which they are writing."""
    moderations: tuple[str, ...] = ()
    """Coming meetings they were to moderate."""
    presentations: tuple[str, ...] = ()
    """Items on coming agendas that they were to present."""

    def __bool__(self) -> bool:
        return any(vars(self).values())


@dataclass(frozen=True)
class DepartureShown:
    """The question who takes over, or what has become of it.

    Attributes:
        reference: ``U3``.
        person: who has left.
        group: name of the group.
        duties: what is still theirs.
        offered: those who can be named by number.
        leads: who is asked, to be rung.
    """

    reference: str
    person: Person
    group: str
    duties: Duties
    offered: tuple[Person, ...] = ()
    leads: tuple[Person, ...] = ()


@dataclass(frozen=True)
class HandedOver:
    """Everything has gone to somebody, or to nobody (None); ``rung`` says whether they are to be notified."""

    reference: str
    person: Person
    group: str
    duties: Duties
    taker: Person | None
    rung: bool


@dataclass(frozen=True)
class SpaceLeft:
    """Somebody has left the space and is still in rooms of groups, by their names."""

    person: Person
    groups: tuple[str, ...]
