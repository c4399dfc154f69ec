"""What a link in a letter does: a page with a button when it is opened, one thing when the button is pressed.

Looking never changes anything, since programs that check mail for harm open every link.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from ombot.chat.registry import REGISTRY
from ombot.chat.voice import Voice
from ombot.config import Settings
from ombot.features.mailing import queries, rules
from ombot.features.mailing.cards import CHOOSE, PAGES, VIA_LINK
from ombot.features.mailing.tables import MailAddress, MailLink
from ombot.store import history
from ombot.store.history import Author
from ombot.store.outbox import Poster
from ombot.store.unit import Session


@dataclass(frozen=True)
class Ask:
    """One of ``options`` (value and label) is to be chosen; ``chosen`` is the one that is marked."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str = ""


@dataclass(frozen=True)
class Given:
    """What came with the press of a button: its value, the text of the field, and what was chosen, by name."""

    button: str
    text: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The text without blanks around and at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.text.strip().splitlines())


@dataclass(frozen=True)
class Page:
    """What is shown. With ``buttons`` (value and label) something can be done; ``asks`` and ``field`` stand above."""

    title: str
    lines: tuple[str, ...]
    status: int = 200
    whose: str = ""
    """Whom the link is for, so that it can be forwarded safely."""
    buttons: tuple[tuple[str, str], ...] = ()
    asks: tuple[Ask, ...] = ()
    field: str = ""
    """Label of a text."""
    optional: bool = False
    """Whether the text may be left out."""
    text: str = ""
    """What stands in the field already."""
    fault: str = ""
    """Why nothing was done, in one sentence."""

    def once_more(self, given: Given, fault: str) -> "Page":
        """The same page, filled in as it came back, with what is wrong with it."""
        asks = tuple(replace(ask, chosen=given.chosen.get(ask.name, ask.chosen)) for ask in self.asks)
        return replace(self, asks=asks, text=given.text, fault=fault)


@dataclass(frozen=True)
class Errand:
    """A link in the hand of somebody, and what it takes to carry it out."""

    session: Session
    settings: Settings
    now: datetime
    link: MailLink
    address: MailAddress

    @property
    def name(self) -> str:
        """Whom it is for."""
        return queries.name_of(self.session, self.address)

    @property
    def actor(self) -> str:
        """Who acts, as the history says it."""
        return VIA_LINK.format(name=self.name)

    @property
    def voice(self) -> Voice:
        """Says what follows from it."""
        return Voice(Poster(self.session, f"link:{self.link.id}", self.now), REGISTRY.cards)


class Purpose(ABC):
    """One thing a link can do."""

    @abstractmethod
    def offer(self, errand: Errand) -> Page:
        """What is shown before; without buttons there is nothing to do any more."""

    @abstractmethod
    def carry_out(self, errand: Errand, given: Given) -> Page:
        """Do it, and say so. Only what was offered is given. A page with buttons says that nothing was done."""

    def done_before(self, errand: Errand) -> Page:  # noqa: ARG002
        """What is shown of a link that was used."""
        return Page(*PAGES["used"])

    def too_late(self, errand: Errand) -> Page:  # noqa: ARG002
        """What is shown of a link that has expired, as long as we know what it was for."""
        return Page(*PAGES["expired"], status=410)

    def keeps_moment(self, errand: Errand) -> bool:  # noqa: ARG002
        """Whether the moment of its use is kept. Where it must not be, what was done says by itself that it was."""
        return True


P = TypeVar("P", bound=type[Purpose])
PURPOSES: dict[str, Purpose] = {}


def serves(name: str) -> Callable[[P], P]:
    """Register what links of a purpose do."""

    def register(cls: P) -> P:
        PURPOSES[name] = cls()
        return cls

    return register


def show(session: Session, settings: Settings, token: str, now: datetime) -> Page:
    """The page of a link; changes nothing."""
    found = _open(session, settings, token, now)
    return found if isinstance(found, Page) else PURPOSES[found.link.purpose].offer(found)


def redeem(session: Session, settings: Settings, token: str, given: Given, now: datetime) -> Page:
    """Carry a link out, once; the history says by whom."""
    errand = _open(session, settings, token, now)
    if isinstance(errand, Page):
        return errand
    purpose = PURPOSES[errand.link.purpose]
    offered = purpose.offer(errand)
    if given.button not in {value for value, _ in offered.buttons}:
        return offered
    if any(given.chosen.get(ask.name) not in dict(ask.options) for ask in offered.asks):
        return offered.once_more(given, CHOOSE)
    keeps_moment = purpose.keeps_moment(errand)
    history.write_as(session, Author(errand.actor, f"link:{errand.link.id}", now))
    done = purpose.carry_out(errand, given)
    kept = queries.link(session, errand.link.id)
    if kept is not None and keeps_moment and not done.buttons:
        kept.used_at = now
        session.add(kept)
    return done


def _open(session: Session, settings: Settings, token: str, now: datetime) -> Errand | Page:
    key = queries.known_link_key(session)
    signed = rules.read(key, token) if key is not None else None
    if signed is None:
        return Page(*PAGES["unknown"], status=404)
    link_id, expires_at = signed
    link = queries.link(session, link_id)
    address = queries.address(session, link.address_id) if link is not None else None
    if link is None or address is None:
        return Page(*PAGES["expired" if expires_at <= now else "gone"], status=410)
    errand = Errand(session, settings, now.astimezone(settings.organisation.timezone), link, address)
    if expires_at <= now:
        return PURPOSES[link.purpose].too_late(errand)
    if link.used_at is not None:
        return PURPOSES[link.purpose].done_before(errand)
    return errand
