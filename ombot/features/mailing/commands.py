"""Commands of e-mail and their handlers."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from ombot.chat.context import Context
from ombot.chat.line import Line, fold
from ombot.chat.parameters import ABSENT, Stage, Words
from ombot.chat.people import fitting
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles
from ombot.chat.rights import Right
from ombot.features.mailing import consenting, queries, releasing, rules
from ombot.features.mailing.letters import Desk
from ombot.features.mailing.results import (
    AddressForgotten,
    ContactEntered,
    ContactLine,
    ContactList,
    OwnAddress,
    ReleasesSent,
)
from ombot.features.mailing.tables import MailAddress
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution
from ombot.store.rooms import Person

TOPIC = "Menschen"
OFF = ("aus", "off", "löschen")


@dataclass(frozen=True)
class AddressParameter:
    """One address of e-mail and nothing else."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:  # noqa: ARG002
        """The address as it was written.

        Raises:
            Refusal: it cannot be one.
        """
        words = line.text.split()
        if len(words) != 1:
            return ABSENT
        line.text = ""
        if not rules.is_address(words[0]):
            raise Refusal("mail_address_wrong", address=words[0])
        return words[0]


@dataclass(frozen=True)
class ContactParameter:
    """``<Einrichtung> <Adresse>`` or ``<Einrichtung> aus``; two words or more."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The institution and the address, None for ``aus``.

        Raises:
            Refusal: the institution is unknown or the address cannot be one.
        """
        name, _, last = line.text.strip().rpartition(" ")
        if not name.strip():
            return ABSENT
        line.text = ""
        address = None if fold(last) in map(fold, OFF) else last
        if address is not None and not rules.is_address(address):
            raise Refusal("mail_contact_wrong")
        institution = people.find_institution(context.session, name.strip())
        if institution is None:
            raise Refusal("institution_unknown", name=name.strip())
        return institution, address


Address = Annotated[str, AddressParameter()]
Contact = Annotated[tuple[Institution, str | None], ContactParameter()]


@command(
    "email",
    brief="löscht Ihre E-Mail-Adresse; Sie bekommen keine E-Mails mehr",
    usage="!email aus",
    example="!email aus",
    topic=TOPIC,
    right=Right.ANYONE,
    place=Place.DIRECT,
    verb=OFF,
    alias=("mail",),
    undo=False,
)
@dataclass(frozen=True)
class ForgetOwnAddress:
    """Withdraw one's consent."""


@command(
    "email",
    brief="zeigt die E-Mail-Adressen der Einrichtungen ohne Konto und ob sie zugestimmt haben",
    usage="!email liste",
    example="!email liste",
    topic=TOPIC,
    right=Right.COORDINATOR,
    place=Place.COORDINATION,
    verb=("liste", "list"),
    alias=("mail",),
)
@dataclass(frozen=True)
class ListContacts:
    """List the contacts of institutions."""


@command(
    "email",
    brief="fragt Personen per E-Mail, wer welche Felder ihres Steckbriefs sehen darf; ohne Namen alle mit Zustimmung",
    usage="!email freigaben [<Name>]",
    example="!email freigaben Eva Beispiel",
    topic=TOPIC,
    right=Right.COORDINATOR,
    place=Place.COORDINATION,
    verb=("freigaben", "freigabe", "steckbrief", "release"),
    alias=("mail",),
    undo=False,
)
@dataclass(frozen=True)
class AskForReleases:
    """Send the link by which persons release fields of their profile."""

    name: Words = ""


@command(
    "email",
    brief="trägt die E-Mail-Adresse einer Einrichtung ohne Konto ein und bittet dort um Zustimmung; „aus“ löscht sie",
    usage="!email <Einrichtung> <Adresse>|aus",
    example="!email BMAS referat@example.org",
    topic=TOPIC,
    right=Right.COORDINATOR,
    place=Place.COORDINATION,
    alias=("mail",),
    undo=False,
)
@dataclass(frozen=True)
class EnterContact:
    """Enter or delete the contact of an institution."""

    contact: Contact


@command(
    "email",
    brief="trägt Ihre E-Mail-Adresse ein; nach Ihrer Zustimmung kommen Einladungen und Erinnerungen auch dorthin",
    usage="!email <Adresse>",
    example="!email eva@example.org",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    place=Place.DIRECT,
    alias=("mail",),
    undo=False,
)
@dataclass(frozen=True)
class EnterOwnAddress:
    """Enter one's own address; the question goes there."""

    address: Address


@command(
    "email",
    brief="zeigt, ob und wohin Sie E-Mails bekommen",
    usage="!email",
    example="!email",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    place=Place.DIRECT,
    alias=("mail",),
)
@dataclass(frozen=True)
class ShowOwnAddress:
    """Show one's own address."""


@handles(ShowOwnAddress)
def show_own(_command: ShowOwnAddress, context: Context) -> OwnAddress:
    """The address, and since when there is a consent."""
    address = queries.of_person(context.session, context.sender)
    if address is None:
        return OwnAddress(None, None)
    return OwnAddress(address.address, _since(address, context))


@handles(EnterOwnAddress)
def enter_own(command: EnterOwnAddress, context: Context) -> OwnAddress:
    """Keep it, and ask there: an address counts only when its owner has agreed."""
    if not _makes_room(context, queries.of_person(context.session, context.sender), command.address):
        return show_own(ShowOwnAddress(), context)
    consenting.enter(_desk(context), command.address, context.sender, user_id=context.sender)
    return OwnAddress(command.address, None, asked=True)


@handles(ForgetOwnAddress)
def forget_own(_command: ForgetOwnAddress, context: Context) -> AddressForgotten:
    """Delete it."""
    _forget(context, queries.of_person(context.session, context.sender))
    return AddressForgotten(None)


@handles(EnterContact)
def enter_contact(command: EnterContact, context: Context) -> ContactEntered | AddressForgotten | ContactList:
    """Keep or delete the address of an institution."""
    institution, wanted = command.contact
    known = queries.of_institution(context.session, people.id_of(institution))
    if wanted is None:
        _forget(context, known)
        return AddressForgotten(institution.name)
    if not _makes_room(context, known, wanted):
        return list_contacts(ListContacts(), context)
    consenting.enter(_desk(context), wanted, context.sender, institution_id=institution.id)
    return ContactEntered(institution.name, wanted)


@handles(AskForReleases)
def ask_for_releases(command: AskForReleases, context: Context) -> ReleasesSent:
    """Write to those who agreed to letters and have a profile; asked before it goes to many."""
    if not queries.enabled(context.settings):
        raise Refusal("mail_off")
    owners = {
        Person(one.user_id, queries.name_of(context.session, one)): one
        for one in queries.consenting(context.session)
        if one.user_id is not None and releasing.fields_of_address(context.session, one)
    }
    meant = fitting(command.name.strip(" @"), list(owners)) if command.name else list(owners)
    if not meant:
        raise Refusal("mail_no_release")
    if command.name and len(meant) > 1:
        raise Refusal("mail_release_which", name=command.name)
    context.confirm_many(person.id for person in meant)
    for person in meant:
        releasing.ask(_desk(context), owners[person], f"profile:{context.origin}")
    return ReleasesSent(tuple(sorted(person.name for person in meant)))


@handles(ListContacts)
def list_contacts(_command: ListContacts, context: Context) -> ContactList:
    """All contacts with their state."""
    found = queries.of_institutions(context.session)
    return ContactList(tuple(ContactLine(name, one.address, _since(one, context)) for one, name in found))


def _since(address: MailAddress, context: Context) -> date | None:
    return address.consented_at.astimezone(context.zone).date() if address.consented_at else None


def _makes_room(context: Context, known: MailAddress | None, wanted: str) -> bool:
    """Another address needs a consent of its own, so the known one goes; False when it is the same, and agreed to."""
    if not queries.enabled(context.settings):
        raise Refusal("mail_off")
    if known is not None:
        if known.address == wanted and known.consented_at is not None:
            return False
        queries.forget(context.session, known)
    return True


def _desk(context: Context) -> Desk:
    return Desk(context.session, context.settings, context.now)


def _forget(context: Context, address: MailAddress | None) -> None:
    if address is None:
        raise Refusal("mail_no_address")
    queries.forget(context.session, address)
