"""One tick of the clock: due reminders become messages, lapsed things are settled. Safe to cancel between ticks."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ombot.chat.registry import Registry
from ombot.chat.voice import Voice
from ombot.clock import reminders
from ombot.clock.reminders import Occasion
from ombot.config import Settings
from ombot.store import history, inbox, meta, outbox
from ombot.store.engine import StorageError
from ombot.store.history import Author
from ombot.store.outbox import Poster
from ombot.store.unit import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """Something beside reminders that a tick looks after.

    ``run`` gets the occasion and a voice for each cause, and returns how much it did. ``next_due`` says when there is
    something to do; None when nothing waits. A chore that is due must settle what it is due for, or it is called for
    ever.
    """

    run: Callable[[Occasion, Callable[[str], Voice]], int]
    next_due: Callable[[Session], datetime | None]


CHORES: list[Chore] = []
"""Filled when the features are imported."""


@dataclass(frozen=True)
class Clock:
    """Turns moments into messages; the reminder table decides, the scheduler only wakes it."""

    settings: Settings
    own_id: str
    registry: Registry

    def next_due(self, session: Session) -> datetime | None:
        """When something falls due next."""
        times = [reminders.next_due(session), *(chore.next_due(session) for chore in CHORES)]
        return min((moment for moment in times if moment is not None), default=None)

    def tick(self, session: Session, now: datetime) -> int:
        """Settle a part of what is due, in this transaction. Returns how many things; call again until 0."""
        # Also when nothing is due: what cannot be written now has to be noticed before somebody needs it (S7).
        _note(session, now)
        local = now.astimezone(self.settings.organisation.timezone)
        history.write_as(session, Author(self.own_id, f"clock:{now.isoformat()}", local))
        occasion = Occasion(session, self.settings, local, self.own_id)

        def voice_for(cause: str) -> Voice:
            return Voice(Poster(session, cause, now), self.registry.cards)

        # The chores look at everything there is: once behind many reminders, not behind each part of them.
        settled = reminders.send_due(occasion, voice_for)
        return settled or sum(_look_after(chore, occasion, voice_for) for chore in CHORES)


def _look_after(chore: Chore, occasion: Occasion, voice_for: Callable[[str], Voice]) -> int:
    """A fault of one chore holds up neither the others nor the clock (I3)."""
    try:
        with occasion.session.begin_nested():
            return chore.run(occasion, voice_for)
    except StorageError:
        raise
    except Exception:
        log.exception("a chore of the clock failed; the next tick tries again")
        return 0


def _note(session: Session, now: datetime) -> None:
    """Note the moment of a tick. After the clock was put back nothing waits for a moment that it showed before."""
    last = meta.get(session, meta.LAST_TICK)
    if last is not None and datetime.fromisoformat(last) > now:
        inbox.hasten_all(session)
        outbox.hasten_all(session)
    meta.put(session, meta.LAST_TICK, now.isoformat())
