"""Which events might concern us at all. Everything else is forgotten at the door (D3)."""

import re

from ombot.chat.registry import REGISTRY, Registry
from ombot.store import inbox, outbox, rooms
from ombot.store.tables import Inbox
from ombot.store.unit import Session

HEARD = "heard"
"""In a row's content: the command word under which its plain lines are read."""
RETURNED = "returned"
"""In a row's content: the command that its file stands for, a form that is sent back filled in."""
FILE = "m.file"
PICTURE = "m.image"
"""The type of message that counts in the direct chat without any words."""
_FRESH = "ombot_fresh_commands"
"""In ``session.info``: rooms of commands that came in with the same unit of work."""


class Intake:
    """The cheap test at the door, given to the sync loop."""

    def __init__(self, own_id: str, own_name: str | None = None, registry: Registry = REGISTRY) -> None:
        self.own_id = own_id
        self.registry = registry
        names = {own_id, own_id[1:].split(":")[0], own_name or own_id}
        ours = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._addressed = re.compile(rf"\s*@?(?:{ours})\s*([:,]?)\s*", re.IGNORECASE)

    def wanted(self, session: Session, row: Inbox) -> bool:
        """Whether an event is a candidate: a command, a word to the bot, an answer to a card, or a change of those.

        Of plain lines that somebody listens to, the row keeps only what is meant for us.
        """
        match row.kind:
            case "message":
                return self._message(session, row)
            case "edit":
                return self._edit(session, row)
            case "reaction":
                card = outbox.by_event(session, str(row.content.get("target")))
                return card is not None and bool(card.buttons)
            case "redaction":
                target = inbox.by_event(session, str(row.content.get("target")))
                return target is not None and target.kind == "reaction"
            case _:
                return True

    def _message(self, session: Session, row: Inbox) -> bool:
        content = row.content
        if content.get("msgtype") == inbox.VERIFICATION:
            return True
        if content.get("msgtype") == FILE and content.get("file") and self._is_returned(session, row):
            return True
        if self.command_text(str(content.get("body", "")), content.get("mentions", [])) is not None:
            session.info.setdefault(_FRESH, set()).add(row.room_id)
            return True
        if self._is_heard(session, row):
            return True
        reply_to = content.get("reply_to")
        if reply_to and outbox.by_event(session, str(reply_to)) is not None:
            return True
        if content.get("file") and content.get("msgtype") != PICTURE:
            return False
        return self._may_be_direct(session, row.room_id)

    def _is_returned(self, session: Session, row: Inbox) -> bool:
        """Whether a file answers a form that we have posted, or the card in front of it: it needs no words then."""
        card = outbox.by_event(session, str(row.content.get("reply_to")))
        posted = outbox.by_cause(session, card.cause) if card is not None and card.about else []
        kinds = {one.content.get("document", {}).get("kind") for one in posted if card and one.about == card.about}
        words = next((words for kind, words in self.registry.returned.items() if kind in kinds), None)
        if card is None or words is None:
            return False
        row.content = {**row.content, RETURNED: words.format(card.about)}
        return True

    def _is_heard(self, session: Session, row: Inbox) -> bool:
        body = str(row.content.get("body", ""))
        for listener in self.registry.listeners.values():
            typed = listener.typed(body)
            if typed is not None and (self._may_open(session, row) or listener.hears(session, row)):
                row.content = {**row.content, "body": typed, HEARD: listener.word}
                return True
        return False

    def _may_open(self, session: Session, row: Inbox) -> bool:
        """Whether a command that makes somebody listen may stand before this message, not handled yet.

        The bus decides in the order of the messages; here a line must not be lost because it came in the same batch.
        """
        room = rooms.get(session, row.room_id)
        if room is None or room.group_key is None:
            return False
        return row.room_id in session.info.get(_FRESH, ()) or inbox.has_unhandled(session, row.room_id)

    def _edit(self, session: Session, row: Inbox) -> bool:
        original = inbox.by_event(session, str(row.content.get("target")))
        listener = self.registry.listeners.get(str(original.content.get(HEARD))) if original is not None else None
        if listener is not None:
            typed = listener.typed(str(row.content.get("body", "")))
            row.content = {**row.content, "body": typed or "", HEARD: listener.word}
        return original is not None

    def _may_be_direct(self, session: Session, room_id: str) -> bool:
        """Whether a room is a direct chat, or so new that nobody knows yet: the bus decides once it is fetched."""
        room = rooms.get(session, room_id)
        if room is not None and room.group_key is not None:
            return False
        others = [person for person in rooms.members(session, room_id) if person.id != self.own_id]
        return len(others) <= 1

    def command_text(self, body: str, mentions: list[str]) -> str | None:
        """The command in a message without its ``!`` or the bot's name in front; None when it is conversation.

        The bare name needs a colon or comma, or a real mention: "ombot ist nützlich" is talk about the bot.
        """
        if body.startswith("!"):
            text = body[1:].strip()
            return text if text and (text[0].isalnum() or text[0] == "\u00e4") else None
        match = self._addressed.match(body)
        if match and (match[1] or self.own_id in mentions):
            return body[match.end() :].removeprefix("!").strip() or "hilfe"
        return None
