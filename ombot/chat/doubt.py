"""A message was not carried out because its sender is in doubt: they are told, but not again and again."""

from datetime import datetime, timedelta

from ombot.chat.answers import Told
from ombot.chat.voice import ReplyTo, Voice
from ombot.store import outbox
from ombot.store.tables import Inbox
from ombot.store.unit import Session

PAUSES = {"unverified": timedelta(hours=1), "unsigned": timedelta(days=1)}
"""By doubt (``Doubt`` in ``matrix.sealed``). A homeserver can make up any number of the first."""


def tell(session: Session, voice: Voice, row: Inbox, doubt: str, now: datetime) -> None:
    """Say under the message why nothing came of it, unless this person has just been told."""
    slot = f"doubt:{doubt}:{row.sender}"
    before = outbox.latest_in_slot(session, slot)
    if before is None or now - before.created_at >= PAUSES[doubt]:
        voice.say(f"room:{row.room_id}", Told(f"sender_{doubt}"), reply=ReplyTo(row.event_id), slot=slot)
