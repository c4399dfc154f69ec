"""Sends waiting letters until cancelled. A letter is a row before it is sent, and its outcome is a row afterwards.

A crash between the server's answer and our row sends a letter twice, under the same Message-ID, by which most
programs recognise it. Nothing is ever lost.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from ombot.chat import queries as conversation
from ombot.chat.registry import REGISTRY
from ombot.chat.voice import Voice
from ombot.config import Settings
from ombot.features.mailing import queries, rules
from ombot.features.mailing.results import MailReturned
from ombot.features.mailing.tables import Mail
from ombot.mail.message import Letter, Render, compose
from ombot.mail.smtp import Outcome, PutOff, Refused, Taken, deliver
from ombot.store.outbox import Poster
from ombot.store.unit import Session, Store

log = logging.getLogger(__name__)

AT_ONCE = 20
IDLE_SECONDS = 60.0


class MailSender:
    """Takes letters that are due, a few over one connection. ``sent`` and ``failed`` count since the start."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], datetime], render: Render) -> None:
        """``render`` makes the bytes of an attached document in a worker thread."""
        self.sent = self.failed = 0
        self._store, self._settings, self._clock, self._render = store, settings, clock, render
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for letters now; called on the event loop after every commit."""
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled; after an error it may be called again."""
        while queries.enabled(self._settings):
            self._woken.clear()
            if not await self.send_due():
                await self._pause()
        # Without a server there is nothing to do, ever: the configuration does not change while we run.
        await asyncio.Event().wait()

    async def send_due(self) -> int:
        """Send what is due now, a few letters at most. Returns how many were tried."""
        letters = await self._store.read(lambda session: _due(session, self._clock()))
        if letters:
            outcomes = await asyncio.to_thread(self._deliver, [letter for _, letter in letters])
            found = [(row, outcome) for (row, _), outcome in zip(letters, outcomes, strict=True)]
            await self._store.write(partial(self._settle, found))
        return len(letters)

    async def _pause(self) -> None:
        due = await self._store.read(queries.next_time)
        seconds = (due - self._clock()).total_seconds() if due is not None else IDLE_SECONDS
        try:
            async with asyncio.timeout(min(max(seconds, 0.1), IDLE_SECONDS)):
                await self._woken.wait()
        except TimeoutError:
            return

    def _deliver(self, letters: list[Letter]) -> list[Outcome]:
        name, sender = self._settings.organisation.name, self._settings.mail.sender
        composed = []
        faults: dict[int, Outcome] = {}
        for position, letter in enumerate(letters):
            try:
                composed.append(compose(letter, name, sender, self._clock(), self._render))
            except ValueError as error:
                log.exception("a letter cannot be written")
                faults[position] = Refused(type(error).__name__)
        answers = deliver(self._settings, composed)
        return [faults.get(position) or next(answers) for position in range(len(letters))]

    def _settle(self, found: list[tuple[int, Outcome]], session: Session) -> None:
        now = self._clock()
        for mail_id, outcome in found:
            mail = queries.by_id(session, mail_id)
            # Withdrawn meanwhile: the letter is out, but nothing of it is kept.
            if mail is None or mail.state != "waiting":
                continue
            self._note(session, mail, outcome, now)
            session.add(mail)

    def _note(self, session: Session, mail: Mail, outcome: Outcome, now: datetime) -> None:
        mail.attempts += 1
        if isinstance(outcome, Taken):
            self.sent += 1
            # What was sent is the receiver's now.
            mail.state, mail.sent_at, mail.error, mail.content, mail.recipient = "sent", now, None, {}, ""
            return
        self.failed += 1
        mail.error = outcome.reason
        if isinstance(outcome, PutOff) and now - mail.created_at < rules.GIVE_UP:
            mail.not_before = now + rules.pause(mail.attempts)
            log.warning("letter %s waits: %s", mail.id, outcome.reason)
            return
        mail.state = "parked"
        log.error("letter %s is parked: %s", queries.reference(mail), outcome.reason)
        self._tell_office(session, mail, now)

    def _tell_office(self, session: Session, mail: Mail, now: datetime) -> None:
        office = conversation.coordination(session)
        if office is None:
            return
        name, subject = queries.recipient_name(session, mail), str(mail.content["subject"])
        returned = MailReturned(name, subject, mail.error or "", queries.reference(mail))
        voice = Voice(Poster(session, f"mail:{mail.message_id}", now), REGISTRY.cards)
        voice.say(f"group:{office.key}", returned)


def _due(session: Session, now: datetime) -> list[tuple[int, Letter]]:
    found = queries.due(session, now, AT_ONCE)
    return [(mail.id or 0, Letter(mail.message_id, mail.recipient, dict(mail.content))) for mail in found]
