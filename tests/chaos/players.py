"""Members who write commands of all kinds at random, and the ledger of what must have come of them."""

import asyncio
import contextlib
import random
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import nio
from chaos.bot import Setting

from ombot.demo.member import SYNC_MS, Member, Seen

CAUSE = "ombot.cause"
WIDE = {"room": {"timeline": {"limit": 1000}}}
"""Without it, bursts would leave gaps in what a member sees."""
DONE = "✅"
COMES = "👍"
SEND_ATTEMPTS = 60


@dataclass(frozen=True)
class Order:
    """One command as it stands in its room."""

    event_id: str
    room: str
    kind: str
    answer: str = "message"
    """How it is answered: by a message, or by an edit of the card."""


@dataclass
class ExpectedTask:
    """A task as the export must show it."""

    event_id: str
    room: str
    title: str
    due: date | None = None
    status: str = "open"
    note: str = ""


@dataclass
class ExpectedMeeting:
    """A meeting as the export must show it; it falls due in the room ``reminded_at``."""

    event_id: str
    room: str
    title: str
    start: datetime
    reminded_at: datetime
    answers: dict[str, str] = field(default_factory=dict)


@dataclass
class Ledger:
    """Everything that was written and must have come out."""

    orders: list[Order] = field(default_factory=list)
    tasks: list[ExpectedTask] = field(default_factory=list)
    meetings: list[ExpectedMeeting] = field(default_factory=list)
    _names: "count[int]" = field(default_factory=lambda: count(1))

    def name(self, stem: str) -> str:
        """A word that stands nowhere else."""
        return f"{stem} n{next(self._names):04}n"

    @property
    def kinds(self) -> Counter[str]:
        """How many commands of which kind."""
        return Counter(order.kind for order in self.orders)


class Player(Member):
    """A member who notes the order of a room's events and what caused ombot's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order: defaultdict[str, list[str]] = defaultdict(list)
        self.caused: set[str] = set()
        self.replies: dict[str, Seen] = {}
        self.unasked: list[str] = []
        """What ombot said without being asked: reminders, boards."""

    async def _listen(self) -> None:
        while True:
            answer = await self.client.sync(SYNC_MS, sync_filter=WIDE)
            if isinstance(answer, nio.SyncResponse):
                for room_id, joined in answer.rooms.join.items():
                    self.order[room_id] += [event.event_id for event in joined.timeline.events]
                await self._take_in(answer)
            else:
                await asyncio.sleep(0.2)

    def _read(self, room_id: str, event: Any) -> None:
        super()._read(room_id, event)
        if isinstance(event, nio.MegolmEvent):
            return
        cause = event.source.get("content", {}).get(CAUSE)
        if isinstance(cause, str):
            self.caused.add(cause.rpartition("/")[0])
        seen = self.rooms[room_id].get(event.event_id)
        if seen is not None and seen.reply_to:
            self.replies.setdefault(seen.reply_to, seen)
        elif seen is not None and cause is not None:
            self.unasked.append(seen.body)

    async def _send(self, room_id: str, kind: str, content: dict[str, Any]) -> str:
        """Like a client that keeps its message until the homeserver has taken it, once."""
        txn_id = secrets.token_hex(16)
        for _ in range(SEND_ATTEMPTS):
            answer = await self.client.room_send(room_id, kind, content, txn_id, ignore_unverified_devices=True)
            if isinstance(answer, nio.RoomSendResponse):
                return str(answer.event_id)
            await asyncio.sleep(1.0)
        raise RuntimeError(f"{self.name} could not write: {answer}")

    async def walk(self, room_id: str) -> list[dict[str, Any]]:
        """All events of a room, oldest first, as this member can read them by going back through its history."""
        position, newest_first = self.client.next_batch, []
        while position:
            page = await self.client.room_messages(room_id, position, limit=500)
            if not isinstance(page, nio.RoomMessagesResponse):
                raise RuntimeError(f"the history of {room_id} cannot be read: {page}")
            newest_first += [self._plain(event) for event in page.chunk]
            position = page.end if page.chunk else None
        return newest_first[::-1]

    def _plain(self, event: Any) -> dict[str, Any]:
        if isinstance(event, nio.MegolmEvent):
            with contextlib.suppress(nio.EncryptionError):
                event = self.client.decrypt_event(event)
        return dict(event.source)


@dataclass
class Script:
    """What one member writes: commands of all kinds at random, only about what this member made."""

    player: Player
    rooms: tuple[str, ...]
    ledger: Ledger
    chance: random.Random
    setting: Setting
    meets: bool = True
    """Whether meetings are made, too."""
    tasks: list[ExpectedTask] = field(default_factory=list)
    meetings: list[ExpectedMeeting] = field(default_factory=list)

    async def play(self, number: int, seconds: float) -> None:
        """Write ``number`` commands within about ``seconds``, some of them in bursts."""
        pause = 2 * seconds / number
        for _ in range(number):
            await self.step()
            if self.chance.random() < 0.5:
                await asyncio.sleep(self.chance.uniform(0, 2 * pause))

    async def step(self) -> None:
        """Write one command."""
        kinds: list[tuple[Callable[[], Awaitable[bool]], int]] = [
            (self.add_task, 5),
            (self.add_due_task, 4),
            (self.add_meeting, 3),
            (self.finish, 2),
            (self.note, 5),
            (self.move_due, 3),
            (self.reply, 4),
            (self.edit, 3),
            (self.react, 3),
            (self.accept, 3),
            (self.show, 2),
            (self.list_tasks, 2),
            (self.mine, 1),
            (self.mistype, 1),
        ]
        (chosen,) = self.chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
        if not await chosen():
            await self.add_task()

    # --- kinds of commands --------------------------------------------------------------------------------------

    async def add_task(self) -> bool:
        room, title = self.chance.choice(self.rooms), self.ledger.name("Einseiter")
        event_id = await self._say(room, "aufgabe", f"!aufgabe {title}")
        self._expect(ExpectedTask(event_id, room, title))
        return True

    async def add_due_task(self) -> bool:
        room, title = self.chance.choice(self.rooms), self.ledger.name("Leitfaden")
        due = self._day()
        event_id = await self._say(room, "aufgabe bis", f"!aufgabe {title} bis {due:%d.%m.%Y}")
        self._expect(ExpectedTask(event_id, room, title, due))
        return True

    async def add_meeting(self) -> bool:
        now = datetime.now(UTC)
        if not self.meets:
            return False
        room, title = self.chance.choice(self.rooms), self.ledger.name("Treffen")
        # The next full minute whose reminder lies ahead even if the homeserver takes the command some seconds later.
        start = (now + self.setting.reminder + timedelta(seconds=70)).replace(second=0, microsecond=0)
        local = start.astimezone(self.setting.zone)
        event_id = await self._say(room, "termin", f"!termin {title} am {local:%d.%m.%Y} {local:%H:%M} Uhr")
        meeting = ExpectedMeeting(event_id, room, title, start, start - self.setting.reminder)
        self.meetings.append(meeting)
        self.ledger.meetings.append(meeting)
        return True

    async def finish(self) -> bool:
        found = self._known_task()
        if found is None:
            return False
        task, reference, _ = found
        await self._say(task.room, "erledigt", f"!erledigt {reference}")
        task.status = "done"
        return True

    async def note(self) -> bool:
        found = self._known_task()
        if found is None:
            return False
        task, reference, _ = found
        note = self.ledger.name("Notiz")
        await self._say(task.room, "aufgabe notiz", f"!aufgabe {reference} notiz {note}")
        task.note = note
        return True

    async def move_due(self) -> bool:
        found = self._known_task()
        if found is None:
            return False
        task, reference, _ = found
        due = self._day()
        await self._say(task.room, "aufgabe A bis", f"!aufgabe {reference} bis {due:%d.%m.%Y}")
        task.due = due
        return True

    async def reply(self) -> bool:
        found = self._known_task()
        if found is None:
            return False
        task, _, card = found
        note = self.ledger.name("Notiz")
        await self._say(task.room, "reply", f"notiz {note}", card.event_id)
        task.note = note
        return True

    async def edit(self) -> bool:
        found = self._known_task()
        if found is None:
            return False
        task, _, _ = found
        title = self.ledger.name("Fassung")
        event_id = await self.player.edit(task.room, task.event_id, f"!aufgabe {title}")
        self.ledger.orders.append(Order(event_id, task.room, "edit", "edit"))
        task.title, task.due = title, None
        return True

    async def react(self) -> bool:
        found = self._known_task()
        if found is None:
            return False
        task, _, card = found
        event_id = await self.player.react(task.room, card.event_id, DONE)
        self.ledger.orders.append(Order(event_id, task.room, "reaction", "reaction"))
        task.status = "done"
        # Pressing the same button twice is one press for Matrix.
        self.tasks.remove(task)
        return True

    async def accept(self) -> bool:
        ahead = datetime.now(UTC) + timedelta(seconds=20)
        coming = [(meeting, self._card(meeting)) for meeting in self.meetings if meeting.start > ahead]
        known = [(meeting, card) for meeting, card in coming if card is not None]
        if not known:
            return False
        meeting, card = self.chance.choice(known)
        word, answer = self.chance.choice((("zusage", "yes"), ("absage", "no"), ("vielleicht", "maybe")))
        await self._say(meeting.room, "zusage", f"!{word} {_reference(card)} {self.ledger.name('Grund')}")
        meeting.answers[self.setting.people[self.player.user_id]] = answer
        return True

    async def show(self) -> bool:
        found = self._known_task(status=None)
        if found is None:
            return False
        task, reference, _ = found
        await self._say(task.room, "aufgabe A", f"!aufgabe {reference}")
        return True

    async def list_tasks(self) -> bool:
        await self._say(self.chance.choice(self.rooms), "aufgaben", "!aufgaben meine")
        return True

    async def mine(self) -> bool:
        await self._say(self.chance.choice(self.rooms), "meine", "!meine")
        return True

    async def mistype(self) -> bool:
        await self._say(self.chance.choice(self.rooms), "unknown", "!aufgbae Tippfehler")
        return True

    # --- what they share ----------------------------------------------------------------------------------------

    async def _say(self, room: str, kind: str, text: str, reply_to: str | None = None) -> str:
        event_id = await self.player.say(room, text, reply_to)
        self.ledger.orders.append(Order(event_id, room, kind))
        return event_id

    def _expect(self, task: ExpectedTask) -> None:
        self.tasks.append(task)
        self.ledger.tasks.append(task)

    def _known_task(self, status: str | None = "open") -> tuple[ExpectedTask, str, Seen] | None:
        """A task of this member whose card has been seen, at random."""
        known = [(task, self._card(task)) for task in self.tasks if status is None or task.status == status]
        found = [(task, _reference(card), card) for task, card in known if card is not None]
        return self.chance.choice(found) if found else None

    def _card(self, thing: ExpectedTask | ExpectedMeeting) -> Seen | None:
        return self.player.replies.get(thing.event_id)

    def _day(self) -> date:
        return datetime.now(self.setting.zone).date() + timedelta(days=self.chance.randint(30, 300))


def _reference(card: Seen) -> str:
    found = re.search(r"\b[AT]\d+\b", card.body)
    if found is None:
        raise RuntimeError(f"a card without reference: {card.body}")
    return found.group()
