"""How ombot speaks: a result becomes its card, a card becomes outbox rows (pages, buttons, files)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ombot.chat import render
from ombot.chat.nodes import Attachment, Card
from ombot.store.outbox import Draft, Poster
from ombot.store.tables import Outbox

ACKNOWLEDGED = "✅"
"""The reaction that says: done."""


@dataclass(frozen=True)
class ReplyTo:
    """The event that is answered, and the thread it stands in."""

    event_id: str
    thread: str | None = None

    def relation(self) -> dict[str, Any]:
        """The ``m.relates_to`` of an answer."""
        reply = {"m.in_reply_to": {"event_id": self.event_id}}
        if self.thread is None:
            return reply
        return {"rel_type": "m.thread", "event_id": self.thread, "is_falling_back": False, **reply}


@dataclass
class Voice:
    """Says results of one cause. Handlers give results, never text; the card of each type is looked up here."""

    poster: Poster
    cards: Mapping[type, Callable[[Any], Card]]

    def say(self, destination: str, result: object, *, reply: ReplyTo | None = None, slot: str | None = None) -> Outbox:
        """Post the card of a result and return its first row."""
        return self.post(destination, self.cards[type(result)](result), reply=reply, slot=slot)

    def post(self, destination: str, card: Card, *, reply: ReplyTo | None = None, slot: str | None = None) -> Outbox:
        """Post a card: its pages, the buttons under the last, its files; more than five pages become a file (O5)."""
        pages = render.pages(card)
        if len(pages) > render.MAX_PAGES:
            pages = [_as_file(card, pages[0])]
        rows = [self._post_page(destination, page, reply, slot) for page in pages]
        for button in pages[-1].buttons:
            self.poster.put(Draft(destination, {"key": button.key}, kind="reaction", target=rows[-1].id))
        for file in pages[-1].files:
            self.poster.put(Draft(destination, _file_content(file), kind="file", about=card.about))
        return rows[0]

    def acknowledge(self, destination: str, event_id: str, about: str) -> Outbox:
        """Confirm a message about an object with a reaction under it, where an answer would bury the conversation."""
        content = {"key": ACKNOWLEDGED, "event_id": event_id}
        return self.poster.put(Draft(destination, content, kind="reaction", about=about))

    def edit(self, row: Outbox, card: Card, *, slot: str | None = None, not_before: datetime | None = None) -> Outbox:
        """Edit an earlier card in place, at ``not_before`` at the earliest."""
        content = render.content(card)
        content["m.mentions"] = {}  # an edit tells nobody anew
        draft = Draft(row.destination, content, "edit", card.about, slot=slot, target=row.id, not_before=not_before)
        return self.poster.put(draft)

    def _post_page(self, destination: str, page: Card, reply: ReplyTo | None, slot: str | None) -> Outbox:
        content = render.content(page)
        if reply is not None:
            content["m.relates_to"] = reply.relation()
        buttons = tuple(button.as_json() for button in page.buttons)
        return self.poster.put(Draft(destination, content, about=page.about, buttons=buttons, slot=slot))


def _file_content(file: Attachment) -> dict[str, Any]:
    content: dict[str, Any] = {"name": file.name, "mimetype": file.mimetype}
    if file.document is not None:
        content["document"] = file.document
    if file.sha256 is not None:
        content["sha256"] = file.sha256
    return content


def _as_file(card: Card, first: Card) -> Card:
    document = {"kind": "text", "format": "txt", "data": {"text": render.plain(card)}}
    whole = Attachment("ombot.txt", "text/plain", document)
    return Card(first.blocks[:1], card.about, card.buttons, (*card.files, whole))
