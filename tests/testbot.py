"""A bot without a homeserver: the real store, bus and clock, with rooms mirrored by hand and the outbox read back.

``bot.send("!aufgabe …", as_="@eva:x", room="beratung")`` handles one message and gives back what was said.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aloud
import canary
from sqlalchemy import Engine, event, func, inspect
from sqlmodel import Session, SQLModel, select

from ombot import features
from ombot.chat.bus import Bus
from ombot.chat.intake import Intake
from ombot.chat.tables import Group
from ombot.clock.ticks import Clock
from ombot.config import Settings
from ombot.store import inbox, rooms
from ombot.store.engine import open_engine
from ombot.store.tables import Inbox, Outbox
from ombot.store.unit import Store

OWN = "@ombot:example.org"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=BERLIN)

SETTINGS: dict[str, Any] = {
    "matrix": {"homeserver": "http://127.0.0.1:1", "user": OWN},
    "limits": {"commands": "0"},
    "digest": {"day": ""},  # conversations over weeks are about something else
    "secrets": canary.SECRETS,
    "groups": [
        {"key": "sk", "name": "Strategiekreis", "kind": "board"},
        {"key": "office", "name": "Koordination", "kind": "coordination"},
        {"key": "plenum", "name": "Plenum", "kind": "forum"},
        {
            "key": "beratung",
            "name": "AG Modernes Beratungsverständnis",
            "roster": ["BG RCI", "itb", "Bundessteuerberaterkammer (Person B oder Person C)"],
        },
        {"key": "transfer", "name": "AG Transfer"},
    ],
    "institutions": [
        {"name": "BMAS", "kind": "ministry", "aliases": ["Bundesministerium für Arbeit und Soziales"]},
        {"name": "BMBF", "kind": "ministry"},
    ],
    "people": [
        {"id": "@eva:example.org", "institution": "BG RCI", "function": "Referentin"},
        {"id": "@jan:example.org", "institution": "itb"},
    ],
}

PEOPLE = {
    "sk": {"eva": 0, "jan": 0, "ida": 0, "kai": 50},
    "office": {"kai": 50, "ute": 0},
    "plenum": {"eva": 0, "ida": 0},
    "beratung": {"eva": 50, "jan": 0, "kai": 0},
    "transfer": {"ida": 50, "jan": 0},
}
NAMES = {"eva": "Eva Beispiel", "jan": "Jan Muster", "ida": "Ida Probe", "kai": "Kai Büro", "ute": "Ute Amt"}


def user(name: str) -> str:
    """The Matrix id of a short name."""
    return name if name.startswith("@") else f"@{name}:example.org"


@dataclass(frozen=True)
class Said:
    """One thing the bot put into its outbox."""

    row: Outbox

    @property
    def to(self) -> str:
        """The destination as the row has it."""
        return self.row.destination

    @property
    def text(self) -> str:
        """The plain text."""
        return str(self.row.content.get("body", ""))

    @property
    def html(self) -> str:
        """The HTML."""
        return str(self.row.content.get("formatted_body", ""))

    @property
    def mentions(self) -> list[str]:
        """Who is notified."""
        return list(self.row.content.get("m.mentions", {}).get("user_ids", []))


def open_test_engine(url: str) -> Engine:
    """An engine that spares the disk: no test pulls the plug; what does is in tests/unit/store and tests/chaos."""
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
    return engine


def _newest(session: Session) -> int:
    return session.exec(select(func.max(Outbox.id))).one() or 0


@dataclass
class TestBot:
    """The program's middle, played from a test."""

    __test__ = False
    store: Store
    settings: Settings
    folder: Path
    now: datetime = NOW
    ids: Any = field(default_factory=itertools.count)

    @classmethod
    def create(cls, folder: Path, database: str | Engine | None = None, **changes: Any) -> TestBot:
        """A fresh bot with the groups and people of this module.

        ``database`` is an empty one with all tables, by address or opened; without it, a SQLite file is made in
        ``folder``.
        """
        settings = Settings.model_validate({**SETTINGS, **changes})
        features.load()
        if not isinstance(database, Engine):
            engine = open_test_engine(database or f"sqlite:///{folder}/test.sqlite3")
        else:
            engine = database
        store = Store(engine)
        if database is None:
            SQLModel.metadata.create_all(store.engine)
        bot = cls(store, settings, folder)
        with store.unit() as session:
            # A copy of a database in which this was done before needs it no more.
            if changes or session.exec(select(Group)).first() is None:
                bot._set_stage(session)
        bot.bus = Bus(settings, OWN, Intake(OWN), features.next_session_day)
        bot.clock = Clock(settings, OWN, bot.bus.registry)
        return bot

    bus: Bus = field(init=False)
    clock: Clock = field(init=False)
    last_event: str = field(init=False)
    """The event id of the newest message a member sent."""

    def _set_stage(self, session: Session) -> None:
        features.declare(session, self.settings)
        for group in session.exec(select(Group)).all():
            self._make_room(session, f"!{group.key}", PEOPLE.get(group.key, {}))
            rooms.set_group(session, f"!{group.key}", group.key)
        for name in NAMES:
            self._make_room(session, f"!dm-{name}", {name: 0})
            rooms.set_direct(session, f"!dm-{name}", user(name))

    def _make_room(self, session: Session, room_id: str, people: dict[str, int]) -> None:
        members = {user(name): ("join", NAMES[name]) for name in people} | {OWN: ("join", "ombot")}
        levels = {"users": {user(name): level for name, level in people.items()}}
        state = rooms.StateCopy(False, "12", (OWN,), levels, None, members)
        rooms.save(session, room_id, state, self.now)

    # --- events ---------------------------------------------------------------------------------------------

    def send(self, body: str, as_: str = "eva", room: str = "beratung", **content: Any) -> list[Said]:
        """A message of a member; ``room`` is a group key, or ``dm`` for the direct chat."""
        return self._handle(
            "message",
            as_,
            room,
            {
                "body": body,
                "msgtype": "m.text",
                "mentions": [],
                "links": [],
                "reply_to": None,
                "thread": None,
                "file": None,
                **content,
            },
        )

    def edit(self, target: str, body: str, as_: str = "eva", room: str = "beratung") -> list[Said]:
        """An edit of an earlier message."""
        return self._handle("edit", as_, room, {"target": target, "body": body, "mentions": [], "links": []})

    def reply(self, said: Said, body: str, as_: str = "eva", room: str = "beratung", **content: Any) -> list[Said]:
        """A reply to something the bot said."""
        return self.send(body, as_, room, reply_to=said.row.event_id, **content)

    def react(self, said: Said, key: str, as_: str = "eva", room: str = "beratung") -> list[Said]:
        """A reaction to a card."""
        return self._handle("reaction", as_, room, {"target": said.row.event_id, "key": key})

    def redact(self, target: str, as_: str = "eva", room: str = "beratung") -> list[Said]:
        """Taking a reaction away."""
        return self._handle("redaction", as_, room, {"target": target})

    def _handle(self, kind: str, as_: str, room: str, content: dict[str, Any]) -> list[Said]:
        room_id = room if room.startswith("!") else (f"!dm-{as_}" if room == "dm" else f"!{room}")
        self.last_event = f"$e{next(self.ids)}"
        canary.spoken(content.get("body", ""))
        row = Inbox(
            event_id=self.last_event,
            room_id=room_id,
            sender=user(as_),
            kind=kind,
            content=content,
            sent_at=self.now,
            received_at=self.now,
        )
        with self.store.unit() as session:
            before = _newest(session)
            if self.bus.intake.wanted(session, row):
                inbox.add(session, [row])
        with self.store.unit() as session:
            kept = inbox.by_event(session, self.last_event)
            if kept is not None:
                self.bus.handle(session, kept, self.now)
        return self._deliver(before)

    # --- time -----------------------------------------------------------------------------------------------

    def pass_time(self, until: datetime) -> list[Said]:
        """Let the clock tick at every moment something falls due up to a moment, and say what was said."""
        before = self._last_row()
        while (moment := self._next_due()) is not None and moment <= until:
            self.now = max(self.now, moment.astimezone(BERLIN))
            self._tick()
        self.now = until
        self._tick()
        return self._deliver(before)

    def sleep(self, until: datetime) -> list[Said]:
        """The bot was down until a moment: one tick then."""
        before = self._last_row()
        self.now = until
        self._tick()
        return self._deliver(before)

    def _next_due(self) -> datetime | None:
        with self.store.reading() as session:
            return self.clock.next_due(session)

    def _tick(self) -> None:
        with self.store.unit() as session:
            while self.clock.tick(session, self.now):
                pass

    # --- what was said --------------------------------------------------------------------------------------

    def _last_row(self) -> int:
        with self.store.reading() as session:
            return _newest(session)

    def _deliver(self, after: int) -> list[Said]:
        """Everything new counts as sent, so that it can be replied to; messages and edits are given back."""
        with self.store.unit() as session:
            new = list(session.exec(select(Outbox).where(Outbox.id > after).order_by(Outbox.id)))  # type: ignore
            resolved = {
                destination: rooms.resolve(session, destination) for destination in {r.destination for r in new}
            }
            for row in new:
                aloud.HEARD.append(str(row.content.get("body", "")))
                room = resolved[row.destination]
                row.state, row.event_id, row.sent_at = "sent", f"$out{row.id}", self.now
                row.room_id = room.room_id if room else "!new"
            return [Said(row) for row in new if row.kind in ("message", "edit", "file") and not row.slot]

    def table(self, kind: type[Any]) -> list[Any]:
        """All rows of a table by their keys."""
        with self.store.reading() as session:
            rows = list(session.exec(select(kind).order_by(*inspect(kind).primary_key)))
            session.expunge_all()
            return rows

    def later(self, **span: float) -> None:
        """Move the clock without ticking."""
        self.now += timedelta(**span)


Scene = Callable[[TestBot], object]
"""What happens first in many tests."""
Begin = Callable[[Scene], TestBot]
"""The fixture ``begin`` of tests/conftest.py."""
