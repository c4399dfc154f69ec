"""Somebody wants to verify ombot: they are told once what vouches for it, in place of comparing emojis."""

from datetime import datetime, timedelta

from ombot.chat.answers import Told
from ombot.chat.voice import ReplyTo, Voice
from ombot.store import inbox, outbox
from ombot.store.outbox import TYPE, Draft
from ombot.store.unit import Session

PAUSE = timedelta(days=1)
"""Some clients ask again and again."""


def decline(session: Session, voice: Voice, room_id: str, event_id: str, person: str, now: datetime) -> None:
    """Cancel a request that was made in a room, and say there what vouches for ombot."""
    cancellation = {
        TYPE: "m.key.verification.cancel",
        "m.relates_to": {"rel_type": "m.reference", "event_id": event_id},
        **inbox.DECLINED,
    }
    voice.poster.put(Draft(f"room:{room_id}", cancellation))
    explain(session, voice, f"room:{room_id}", person, now, ReplyTo(event_id))


def explain(
    session: Session, voice: Voice, destination: str, person: str, now: datetime, reply: ReplyTo | None = None
) -> None:
    """Say what vouches for ombot, unless this person has been told today."""
    slot = f"verification:{person}"
    before = outbox.latest_in_slot(session, slot)
    if before is None or now - before.created_at >= PAUSE:
        voice.say(destination, Told("verification"), reply=reply, slot=slot)
