"""What a link in a letter does: a page with a button when it is opened, one thing when the button is pressed.

Looking never changes anything, since programs that check mail for harm open every link.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from ombot.chat.registry import REGISTRY
from ombot.chat.voice import Voice
from ombot.config import Settings
from ombot.features.mailing import queries, rules
from ombot.features.mailing.cards import PAGES, VIA_LINK
from ombot.features.mailing.tables import MailAddress, MailLink
from ombot.store import history
from ombot.store.history import Author
from ombot.store.outbox import Poster
from ombot.store.unit import Session


@dataclass(frozen=True)
class Page:
    """What is shown. With ``buttons`` (value and label) something can be done; ``field`` is the label of a text."""

    title: str
    lines: tuple[str, ...]
    status: int = 200
    whose: str = ""
    """Whom the link is for, so that it can be forwarded safely."""
    buttons: tuple[tuple[str, str], ...] = ()
    field: str = ""


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
    def carry_out(self, errand: Errand, choice: str, text: str) -> Page:
        """Do it, and say so. ``choice`` is one that was offered. A page with buttons says that nothing was done."""


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


def redeem(session: Session, settings: Settings, token: str, choice: str, text: str, now: datetime) -> Page:
    """Carry a link out, once; the history says by whom."""
    errand = _open(session, settings, token, now)
    if isinstance(errand, Page):
        return errand
    purpose = PURPOSES[errand.link.purpose]
    offered = purpose.offer(errand)
    if choice not in {value for value, _ in offered.buttons}:
        return offered
    history.write_as(session, Author(errand.actor, f"link:{errand.link.id}", now))
    done = purpose.carry_out(errand, choice, text)
    kept = queries.link(session, errand.link.id)
    if kept is not None and not done.buttons:
        kept.used_at = now
        session.add(kept)
    return done


def _open(session: Session, settings: Settings, token: str, now: datetime) -> Errand | Page:
    key = queries.known_link_key(session)
    signed = rules.read(key, token) if key is not None else None
    if signed is None:
        return Page(*PAGES["unknown"], status=404)
    link_id, expires_at = signed
    if expires_at <= now:
        return Page(*PAGES["expired"], status=410)
    link = queries.link(session, link_id)
    address = queries.address(session, link.address_id) if link is not None else None
    if link is None or address is None:
        return Page(*PAGES["gone"], status=410)
    if link.used_at is not None:
        return Page(*PAGES["used"])
    return Errand(session, settings, now, link, address)
