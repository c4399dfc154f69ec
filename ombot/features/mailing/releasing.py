"""Consent to single fields of one's profile by a link, field by field and with its day, and taking all of it back."""

from datetime import timedelta

from ombot.features.mailing import cards
from ombot.features.mailing.letters import Desk
from ombot.features.mailing.links import Ask, Errand, Given, Page, Purpose, serves
from ombot.features.mailing.results import ReleaseAsked, ReleaseNoted
from ombot.features.mailing.tables import MailAddress
from ombot.features.people import queries as people
from ombot.features.people import rules
from ombot.features.people.results import FieldView
from ombot.features.people.tables import Profile
from ombot.features.people.views import fields_of
from ombot.store.unit import Session

RELEASE_WITHIN = timedelta(days=14)
"""Shorter than other links: who has it decides what the web may show of a person."""


def ask(desk: Desk, address: MailAddress, key: str) -> None:
    """Write the letter that asks a person what may be shown of their profile."""
    link = desk.link(address, "profile", "", desk.now + RELEASE_WITHIN)
    desk.write(address, key, ReleaseAsked(desk.settings.organisation.name, link))


@serves("profile")
class Release(Purpose):
    """Say for each field who may see it; nobody else can say it for them."""

    def offer(self, errand: Errand) -> Page:
        """Every field that says something, with who sees it now."""
        fields = _fields(errand)
        if not fields:
            return Page(*cards.RELEASE_EMPTY, whose=errand.name)
        asks = tuple(Ask(one.field, cards.field_line(one), cards.LEVEL_OPTIONS, one.level) for one in fields)
        title, lines, button = cards.RELEASE_OFFER
        return Page(title, lines, whose=errand.name, buttons=(("yes", button),), asks=asks)

    def carry_out(self, errand: Errand, given: Given) -> Page:
        """Keep each consent with its day, and write to the person what counts now: the link may have gone astray."""
        wanted = {one.field: given.chosen[one.field] for one in _fields(errand)}
        _share(errand, wanted)
        fields = _fields(errand)
        desk = Desk(errand.session, errand.settings, errand.now)
        desk.write(errand.address, f"profile:{errand.link.id}", ReleaseNoted(fields))
        return Page(*cards.release_done(fields), whose=errand.name)

    def done_before(self, errand: Errand) -> Page:
        """What counts by now."""
        return Page(*cards.release_again(_fields(errand)), whose=errand.name)


@serves("recall")
class Recall(Purpose):
    """Take back what was released. Stands under every letter: withdrawing is as easy as consenting."""

    def offer(self, errand: Errand) -> Page:
        """What is released."""
        released = _released(_fields(errand))
        if not released:
            return Page(*cards.RECALL_NOTHING, whose=errand.name)
        title, lines, button = cards.RECALL_OFFER
        shown = tuple(cards.field_line(one) for one in released)
        return Page(title, (*lines, *shown), whose=errand.name, buttons=(("yes", button),))

    def carry_out(self, errand: Errand, given: Given) -> Page:  # noqa: ARG002
        """Only one's working groups see it again."""
        _share(errand, dict.fromkeys(rules.SHARED, "ag"))
        return Page(*cards.RECALL_DONE, whose=errand.name)

    def done_before(self, errand: Errand) -> Page:
        """What counts by now."""
        return Page(*cards.release_again(_fields(errand)), whose=errand.name)


def fields_of_address(session: Session, address: MailAddress) -> tuple[FieldView, ...]:
    """What the profile of an address's owner says, with who may see it; nothing for an institution."""
    profile = session.get(Profile, address.user_id) if address.user_id is not None else None
    if profile is None:
        return ()
    institution = people.institution_of(session, profile.user_id)
    photo = cards.PHOTO if people.has_photo(session, profile.user_id) else None
    return fields_of(profile, institution.name if institution else None, photo)


def _fields(errand: Errand) -> tuple[FieldView, ...]:
    return fields_of_address(errand.session, errand.address)


def _released(fields: tuple[FieldView, ...]) -> list[FieldView]:
    return [one for one in fields if one.level != "ag"]


def _share(errand: Errand, wanted: dict[str, str]) -> None:
    profile = errand.session.get_one(Profile, errand.address.user_id)
    profile.visibility = rules.consented(profile.visibility, wanted, errand.now.date())
    errand.session.add(profile)
    errand.session.flush()
