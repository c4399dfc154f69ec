"""One tick of the clock: due reminders become messages, lapsed things are settled. Safe to cancel between ticks."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from ombot.chat.registry import Registry
from ombot.chat.voice import Voice
from ombot.clock import reminders
from ombot.clock.reminders import Occasion
from ombot.config import Settings
from ombot.store import history
from ombot.store.history import Author
from ombot.store.outbox import Poster


@dataclass(frozen=True)
class Clock:
    """Turns moments into messages; the reminder table decides, the scheduler only wakes it."""

    settings: Settings
    own_id: str
    registry: Registry

    def next_due(self, session: Session) -> datetime | None:
        """When something falls due next."""
        return reminders.next_due(session)

    def tick(self, session: Session, now: datetime) -> int:
        """Settle what is due, in this transaction. Returns how many reminders were settled; call again until 0."""
        local = now.astimezone(self.settings.organisation.timezone)
        history.write_as(session, Author(self.own_id, f"clock:{now.isoformat()}", local))
        occasion = Occasion(session, self.settings, local, self.own_id)
        return reminders.send_due(occasion, lambda cause: Voice(Poster(session, cause, now), self.registry.cards))
