"""Commands played on a stage without keeping anything of them: the same bot serves thousands of plays.

Every play is a real event on the real way (``matrix/incoming``, ``chat/intake``, ``chat/bus``) in a session that is
rolled back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import canary
from sqlalchemy import Engine, event
from sqlmodel import Session
from testbot import OWN, TestBot, user

from ombot.chat.answers import Asked, Refused, Told
from ombot.chat.bus import Bus
from ombot.chat.nodes import Card
from ombot.chat.registry import REGISTRY, Declaration
from ombot.matrix.incoming import read_event
from ombot.store import rooms
from ombot.store.tables import History, Inbox, Outbox

FILE_EVENT = "$file"
REPLIED = {
    "event_id": FILE_EVENT,
    "sender": user("kai"),
    "body": "anlage.pdf",
    "file": {"name": "anlage.pdf", "mimetype": "application/pdf", "size": 3, "sha256": "ab" * 32},
    "problem": None,
}
"""What the worker would have fetched of the message that is replied to."""

SILENT = "silent"
OK = "ok"


@dataclass(frozen=True)
class Played:
    """What came of one event."""

    outcome: str
    """``ok``, ``silent``, or the code of the refusal, question or hint."""
    became: str | None
    """Name of the command class that was carried out, or ``refused``."""
    said: tuple[Outbox, ...]
    changes: tuple[str, ...]
    """The objects that were changed."""

    @property
    def answer(self) -> tuple[tuple[Any, ...], ...]:
        """All that anybody could see of it."""
        return tuple(
            (row.destination, row.kind, row.about, repr(row.buttons), repr(row.content), row.slot) for row in self.said
        )


class _Stage(Session):
    """A session that keeps what was read and written in it, as a unit of work of the store does."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.read: list[object] = []
        self.written: list[object] = []


@event.listens_for(_Stage, "loaded_as_persistent")
def _keep_read(session: _Stage, row: object) -> None:
    session.read.append(row)


@event.listens_for(_Stage, "pending_to_persistent")
def _keep_written(session: _Stage, row: object) -> None:
    session.written.append(row)


class Player:
    """Plays events against one bot and forgets them."""

    def __init__(self, bot: TestBot) -> None:
        self.bot = bot
        self._codes: list[str] = []
        cards = {**REGISTRY.cards}
        cards[Refused] = self._noting(cards[Refused], lambda result: result.refusal.code)
        cards[Asked] = self._noting(cards[Asked], lambda result: result.question.code)
        cards[Told] = self._noting(cards[Told], lambda result: result.code)
        self.bus = Bus(bot.settings, OWN, bot.bus.intake, bot.bus.next_session, replace(REGISTRY, cards=cards))

    def _noting(self, card: Callable[[Any], Card], code_of: Callable[[Any], str]) -> Callable[[Any], Card]:
        def noted(result: Any) -> Card:
            self._codes.append(code_of(result))
            return card(result)

        return noted

    def say(self, text: str, as_: str, room_id: str, **content: Any) -> Played:
        """Play a message."""
        canary.spoken(text)
        return self.play(
            {"type": "m.room.message", "content": {"msgtype": "m.text", "body": text, **content}}, as_, room_id
        )

    def play(self, event: dict[str, Any], as_: str, room_id: str) -> Played:
        """Play any event of a room."""
        stamp = round(self.bot.now.timestamp() * 1000)
        whole = {"event_id": "$played", "sender": user(as_), "origin_server_ts": stamp, **event}
        row = read_event(whole, room_id, OWN, self.bot.now)
        if not isinstance(row, Inbox):
            return Played(SILENT, None, (), ())
        self._codes.clear()
        with _Stage(self.bot.store.engine) as session:
            try:
                return self._handle(session, row)
            finally:
                session.rollback()

    def _handle(self, session: _Stage, row: Inbox) -> Played:
        if not self.bus.intake.wanted(session, row):
            return Played(SILENT, None, (), ())
        if row.content.get("reply_to") == FILE_EVENT:
            row.content = {**row.content, "replied": REPLIED}
        session.add(row)
        self.bus.handle(session, row, self.bot.now)
        session.flush()
        said = [one for one in session.written if isinstance(one, Outbox)]
        changed = [one.subject for one in session.written if isinstance(one, History)]
        became = row.content.get("outcome")
        session.expunge_all()
        return Played(self._outcome(became, said), became, tuple(said), tuple(sorted(changed)))

    def _outcome(self, became: str | None, said: list[Outbox]) -> str:
        if self._codes:
            return self._codes[-1]
        return OK if became or said else SILENT


def make_room(
    bot: TestBot, session: Session, room_id: str, people: dict[str, tuple[str, int]], *, encrypted: bool = False
) -> None:
    """Mirror a room: name → (membership, power level)."""
    members = {user(name): (membership, name.title()) for name, (membership, _) in people.items()}
    levels = {"users": {user(name): level for name, (_, level) in people.items()}}
    state = rooms.StateCopy(encrypted, "12", (OWN,), levels, None, {**members, OWN: ("join", "ombot")})
    rooms.save(session, room_id, state, bot.now)


def name_of(form: Declaration) -> str:
    """A form by its class; two subjects may have classes of the same name."""
    return f"{form.cls.__module__.split('.')[-2]}.{form.cls.__name__}"


def surroundings(form: Declaration) -> dict[str, Any]:
    """What a message must have besides its text: a file that it replies to, where the form needs one."""
    return {"m.relates_to": {"m.in_reply_to": {"event_id": FILE_EVENT}}} if form.needs else {}


def forms() -> Iterable[Declaration]:
    """All forms of all commands."""
    return REGISTRY.declarations
