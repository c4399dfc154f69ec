"""What the commands of e-mail find out, and what is said about letters."""

from dataclasses import dataclass
from datetime import date

from ombot.features.people.results import FieldView


@dataclass(frozen=True)
class OwnAddress:
    """The sender's own address. ``asked``: the question has just been sent there."""

    address: str | None
    since: date | None
    asked: bool = False


@dataclass(frozen=True)
class AddressForgotten:
    """No letters any more; ``institution`` is whose address it was, None for the sender's own."""

    institution: str | None


@dataclass(frozen=True)
class ContactEntered:
    """An institution's contact was entered and asked for its consent."""

    institution: str
    address: str


@dataclass(frozen=True)
class ContactLine:
    """An institution's contact, and since when there is a consent."""

    institution: str
    address: str
    since: date | None


@dataclass(frozen=True)
class ContactList:
    """All contacts of institutions."""

    contacts: tuple[ContactLine, ...]


@dataclass(frozen=True)
class ConsentAsked:
    """The letter that asks whether letters may be sent."""

    name: str
    organisation: str
    link: str


@dataclass(frozen=True)
class ReleaseAsked:
    """The letter that asks a person which fields of their profile others may see."""

    organisation: str
    link: str


@dataclass(frozen=True)
class ReleaseNoted:
    """The letter that says what a person has released by a link."""

    fields: tuple[FieldView, ...]


@dataclass(frozen=True)
class ReleasesSent:
    """Who was asked to release fields of their profile."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class MailReturned:
    """Told to the office: a letter cannot be delivered."""

    name: str
    subject: str
    reason: str
    reference: str


@dataclass(frozen=True)
class ConsentGiven:
    """Told to the office: a contact has agreed, or does not want letters any more."""

    institution: str
    given: bool
