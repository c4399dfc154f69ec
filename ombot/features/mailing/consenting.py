"""Asking for the consent to be written to, and what the two links about it do."""

from datetime import timedelta

from ombot.chat import queries as conversation
from ombot.features.mailing import queries
from ombot.features.mailing.cards import CONSENT_DONE, CONSENT_OFFER, WITHDRAW_DONE, WITHDRAW_OFFER
from ombot.features.mailing.letters import Desk
from ombot.features.mailing.links import Errand, Given, Page, Purpose, serves
from ombot.features.mailing.results import ConsentAsked, ConsentGiven
from ombot.features.mailing.tables import MailAddress

CONSENT_WITHIN = timedelta(days=14)


def enter(
    desk: Desk, address: str, asked_by: str, *, user_id: str | None = None, institution_id: int | None = None
) -> MailAddress:
    """Keep an address, and send it the one letter that needs no consent: whether letters may be sent."""
    row = MailAddress(
        address=address, user_id=user_id, institution_id=institution_id, asked_by=asked_by, asked_at=desk.now
    )
    desk.session.add(row)
    desk.session.flush()
    _ask(desk, row)
    return row


def _ask(desk: Desk, address: MailAddress) -> None:
    link = desk.link(address, "consent", "", desk.now + CONSENT_WITHIN)
    name = queries.name_of(desk.session, address)
    desk.write(address, "consent", ConsentAsked(name, desk.settings.organisation.name, link))


@serves("consent")
class Consent(Purpose):
    """Agree to letters."""

    def offer(self, errand: Errand) -> Page:
        """What one agrees to."""
        title, lines, button = CONSENT_OFFER
        title = title.format(organisation=errand.settings.organisation.name)
        return Page(title, lines, whose=errand.name, buttons=(("yes", button),))

    def carry_out(self, errand: Errand, given: Given) -> Page:  # noqa: ARG002
        """Keep the consent with its moment, and tell the office of an institution's."""
        errand.address.consented_at = errand.now
        errand.session.add(errand.address)
        _tell_office(errand, given=True)
        return Page(*CONSENT_DONE, whose=errand.name)


@serves("withdraw")
class Withdraw(Purpose):
    """No letters any more."""

    def offer(self, errand: Errand) -> Page:
        """Asked once more, because programs open links too."""
        title, lines, button = WITHDRAW_OFFER
        return Page(title, lines, whose=errand.name, buttons=(("yes", button),))

    def carry_out(self, errand: Errand, given: Given) -> Page:  # noqa: ARG002
        """Delete the address with everything that waits for it."""
        name = errand.name
        _tell_office(errand, given=False)
        queries.forget(errand.session, errand.address)
        return Page(*WITHDRAW_DONE, whose=name)


def _tell_office(errand: Errand, *, given: bool) -> None:
    office = conversation.coordination(errand.session)
    if office is not None and errand.address.institution_id is not None:
        errand.voice.say(f"group:{office.key}", ConsentGiven(errand.name, given))
