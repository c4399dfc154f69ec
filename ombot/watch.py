"""Watches the other loops and tells the coordination room when one of them stands still, once per change (B3)."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ombot import service
from ombot.chat import queries
from ombot.chat.answers import HealthChanged
from ombot.chat.registry import REGISTRY
from ombot.chat.voice import Voice
from ombot.config import Settings
from ombot.store import meta
from ombot.store.engine import StorageError
from ombot.store.outbox import Poster
from ombot.store.unit import Session, Store
from ombot.web.health import Problem, Vitals, problems

log = logging.getLogger(__name__)

PERIOD_SECONDS = 5.0
CALM = timedelta(minutes=1)
"""How long all must be well before we say so: what comes and goes is one trouble, not many."""
TROUBLE = "trouble"
"""In ``meta``: the trouble the coordination room was told of, so that a restart does not tell it again."""


@dataclass(frozen=True)
class Trouble:
    """A time in which something was wrong; ``codes`` are those it began with."""

    since: datetime
    codes: tuple[str, ...]

    def as_json(self) -> str:
        """For ``meta``."""
        return json.dumps({"since": self.since.isoformat(), "codes": self.codes})

    @classmethod
    def from_json(cls, text: str) -> "Trouble":
        """Back from ``meta``."""
        fields = json.loads(text)
        return cls(datetime.fromisoformat(fields["since"]), tuple(fields["codes"]))


@dataclass
class Watch:
    """``can_send`` says whether a message would leave at once.

    What cannot be told while it lasts is told in one message with its end: an outage of the homeserver, for example,
    or a database that takes no message.
    """

    store: Store
    settings: Settings
    now: Callable[[], datetime]
    vitals: Callable[[], Awaitable[Vitals]]
    can_send: Callable[[], bool]
    _trouble: Trouble | None = None
    _told: bool = False
    _calm_since: datetime | None = None
    _logged: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Watch until cancelled."""
        known = await self.store.read(lambda session: meta.get(session, TROUBLE))
        if known is not None:
            self._trouble, self._told = Trouble.from_json(known), True
        while True:
            wrong = problems(await self.vitals(), self.now())
            self._log(wrong)
            try:
                await self._follow(wrong)
            except StorageError:
                log.warning("the coordination room will be told later: the database takes no message")
            await asyncio.sleep(PERIOD_SECONDS)

    def _log(self, wrong: list[Problem]) -> None:
        sentences = [problem.sentence for problem in wrong]
        if [problem.code for problem in wrong] != self._logged:
            words = "; ".join(sentences) or "well"
            log.log(logging.ERROR if wrong else logging.INFO, "health: %s", words)
            service.notify(service.status(words))
            self._logged = [problem.code for problem in wrong]

    async def _follow(self, wrong: list[Problem]) -> None:
        now = self.now()
        if wrong:
            self._calm_since = None
            self._trouble = self._trouble or Trouble(now, tuple(problem.code for problem in wrong))
            # A broken database may take a message just when it works again: then it would be told and over at once.
            lasting = all(problem.code != "storage" for problem in wrong)
            if not self._told and lasting and self.can_send():
                await self._tell(self._trouble, None)
                self._told = True
        elif self._trouble is not None:
            self._calm_since = self._calm_since or now
            if now - self._calm_since >= CALM:
                await self._tell(self._trouble, self._calm_since)
                self._trouble, self._told = None, False

    async def _tell(self, trouble: Trouble, until: datetime | None) -> None:
        zone = self.settings.organisation.timezone
        change = HealthChanged(
            trouble.codes, trouble.since.astimezone(zone), until.astimezone(zone) if until is not None else None
        )

        def work(session: Session) -> None:
            if until is None:
                meta.put(session, TROUBLE, trouble.as_json())
            else:
                meta.remove(session, TROUBLE)
            group = queries.coordination(session)
            if group is not None:
                cause = f"health:{trouble.since.isoformat()}:{'end' if until else 'begin'}"
                Voice(Poster(session, cause, self.now()), REGISTRY.cards).say(f"group:{group.key}", change)

        await self.store.write(work)
