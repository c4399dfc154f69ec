"""Writing letters: a result becomes its card, the card becomes a text and a simple page of the same words."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ombot.chat import render
from ombot.chat.nodes import Attachment, Card
from ombot.chat.registry import REGISTRY
from ombot.config import Settings
from ombot.features.mailing import queries
from ombot.features.mailing.cards import footer
from ombot.features.mailing.tables import Mail, MailAddress
from ombot.store.unit import Session

STORED = "stored"
"""Kind of document that is a collected file, as it was."""
WITHDRAWABLE = timedelta(days=365)
"""How long the link at the end of a letter works that ends all letters."""


@dataclass(frozen=True)
class Desk:
    """What it takes to write letters in this transaction."""

    session: Session
    settings: Settings
    now: datetime

    def link(self, address: MailAddress, purpose: str, about: str, expires_at: datetime) -> str:
        """The address of a link that does one thing for one addressee until it expires."""
        return queries.make_link(self.session, self.settings, address, purpose, about, expires_at)

    def write(self, address: MailAddress, key: str, result: object) -> Mail:
        """Write the card of a result to an address. Its heading is the subject, its files go along.

        ``key`` names what it is about; there is one letter of a key to an address.
        """
        card = REGISTRY.cards[type(result)](result)
        withdraw = self.link(address, "withdraw", "", self.now + WITHDRAWABLE)
        name = queries.name_of(self.session, address)
        recall = (
            self.link(address, "recall", "", self.now + WITHDRAWABLE)
            if queries.has_released(self.session, address)
            else None
        )
        below = footer(name, self.settings.organisation.name, withdraw, recall)
        body = replace(card, blocks=(*card.blocks[1:], *below))
        content: dict[str, Any] = {
            "subject": render.plain(Card(card.blocks[:1])),
            "text": render.plain(Card(body.blocks)),
            "html": render.html(Card(body.blocks)),
            "withdraw": withdraw,
            "files": [_file(file) for file in card.files],
        }
        return queries.put(self.session, self.settings, address, f"{key}/{address.id}", content, self.now)


def _file(file: Attachment) -> dict[str, Any]:
    document = file.document or {"kind": STORED, "format": "", "data": {"sha256": file.sha256}}
    return {"name": file.name, "mimetype": file.mimetype, "document": document}
