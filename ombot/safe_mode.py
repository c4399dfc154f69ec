"""When the database cannot be opened: the bot logs in all the same and tells coordinators what is broken (B5).

Sync loop and outbox are the usual ones, on a database in memory: the real one's position in the homeserver's stream
stays where it is, and everything that comes meanwhile is taken in later. Keys of encrypted rooms go into the
encryption store as always, for the homeserver hands them out only once.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlmodel import Session, col, select

from ombot.chat.answers import Crippled
from ombot.chat.intake import Intake
from ombot.chat.line import fold
from ombot.chat.registry import REGISTRY
from ombot.chat.rights import LEAD_LEVEL
from ombot.chat.voice import ReplyTo, Voice
from ombot.clock.wall import now_utc
from ombot.config import ConfigError, GroupKind, Settings
from ombot.exchange.render import Renderer
from ombot.identity import account_of
from ombot.installation import files_of, open_store
from ombot.matrix.client import Client
from ombot.matrix.errors import DeadToken, KeysRefused, LoginError, MatrixError, StoreError
from ombot.matrix.household import alias_localpart
from ombot.matrix.patience import patiently
from ombot.matrix.rooms import OWN_LEVEL, fetch_state, find_alias, level_of
from ombot.matrix.sender import Sender
from ombot.matrix.sync import Hooks, SyncLoop
from ombot.store import inbox
from ombot.store.base import Table
from ombot.store.engine import memory_engine
from ombot.store.outbox import Poster
from ombot.store.rooms import StateCopy
from ombot.store.schema import SchemaError, SchemaTooNew
from ombot.store.tables import Inbox, Outbox, Room
from ombot.store.unit import Store
from ombot.web.health import Vitals
from ombot.web.server import WebServer

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
SHARE_OF_TIME = 10
"""A try that takes long (the copy before a migration) is repeated after so many times its own duration."""
STATUS = "status"
FATAL = (LoginError, StoreError, KeysRefused, DeadToken)
"""What only a person can mend (exit code 78)."""
FAULTS = {
    "start_database": "the database cannot be opened or written",
    "start_too_new": "the database was written by a newer ombot",
    "start_migration": "the database could not be migrated",
}
"""For health and log; the German stands in the language."""


async def open_patiently(settings: Settings, on_login: Callable[[], None]) -> Store:
    """The database of a configuration, as soon as it can be opened; until then the bot is in safe mode.

    ``on_login`` is called when safe mode has logged in.

    Raises:
        ConfigError: what the configuration declares contradicts what is stored.
        LoginError, StoreError, KeysRefused, DeadToken: safe mode cannot be who we are to be.
    """
    try:
        return await asyncio.to_thread(open_store, settings)
    except ConfigError:
        raise
    except Exception as error:
        fault = fault_of(error)
        log.exception("safe mode: %s", FAULTS[fault])
    try:
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(SafeMode(settings, fault, on_login).run(), name="safe mode")
            store = await _open_again(settings)
            speaking.cancel()
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return store


async def _open_again(settings: Settings) -> Store:
    pause = float(RETRY_SECONDS)
    while True:
        await asyncio.sleep(pause)
        began = time.monotonic()
        try:
            store = await asyncio.to_thread(open_store, settings)
        except Exception as error:
            log.warning("still in safe mode: %s (%s)", FAULTS[fault_of(error)], type(error).__name__)
            pause = max(float(RETRY_SECONDS), (time.monotonic() - began) * SHARE_OF_TIME)
        else:
            log.info("the database opens again: safe mode ends")
            return store


def fault_of(error: Exception) -> str:
    """What is broken, by its code in :data:`FAULTS`."""
    if isinstance(error, SchemaTooNew):
        return "start_too_new"
    if isinstance(error, SchemaError):
        return "start_migration"
    if isinstance(error, IntegrityError | ProgrammingError | DataError):
        return "start_migration"  # the database works, but not with what was asked of it
    return "start_database" if isinstance(error, DatabaseError | OSError) else "start_migration"


@dataclass
class SafeMode:
    """Answers ``!status`` of coordinators with what is broken, and nothing else; health is red."""

    settings: Settings
    fault: str
    on_login: Callable[[], None]

    def __post_init__(self) -> None:
        self.homeserver = self.settings.matrix.homeserver
        self.client = Client(account_of(self.settings))
        self.sync: SyncLoop | None = None
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Speak until cancelled.

        Raises:
            LoginError, StoreError, KeysRefused, DeadToken: we cannot be who we are to be.
        """
        listen = self.settings.web.listen
        web = WebServer(listen.host, listen.port, self.vitals)
        await web.start()
        try:
            while True:
                await self._speak_once()
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            await web.stop()

    async def _speak_once(self) -> None:
        store = Store(memory_engine())
        Table.metadata.create_all(store.engine)
        try:
            await self._speak(store)
        except ExceptionGroup as errors:
            fatal, others = errors.split(FATAL)
            if fatal is not None:
                raise _first(fatal) from errors
            log.exception("safe mode begins anew", exc_info=others)
        except FATAL:
            raise
        except Exception:
            # A full disk, for example, hits the encryption store as well: health stays red, and we try again.
            log.exception("safe mode cannot log in")
        finally:
            await self.client.close()
            store.close()

    async def _speak(self, store: Store) -> None:
        await patiently(self.client.open, self.homeserver)
        self.on_login()
        hooks = Hooks(
            wanted=lambda _session, row: self._asks_for_status(row),
            may_invite=None,
            on_gap=lambda _session, _room_id, _count: None,
            on_undecryptable=lambda _session, _row: None,
            on_red=lambda reason: log.error("no answer from the homeserver for 5 minutes: %s", reason),
            on_back=lambda: sender.back(),
        )
        self.sync = sync = SyncLoop(self.client, store, hooks)
        files = files_of(self.settings)
        sender = Sender(self.client, store, now_utc, Renderer(files), files)
        sender.ready = sync.online
        store.follow(sender.follow, Outbox)
        store.on_commit(self._woken.set, Inbox, Room)
        log.warning("safe mode: logged in, answering !status of coordinators only")
        async with asyncio.TaskGroup() as group:
            for loop in (sync.run(), sender.run(), self._answer(store, sync)):
                group.create_task(loop)

    async def vitals(self) -> Vitals:
        """Red, whatever else is well."""
        return Vitals(
            ready=False,
            last_sync=self.sync.last_sync if self.sync is not None else None,
            last_tick=None,
            unsent=0,
            oldest_unsent=None,
            stuck=(),
            device_fault=None,
            storage_fault=True,
            counters={},
            start_fault=FAULTS[self.fault],
        )

    def _asks_for_status(self, row: Inbox) -> bool:
        return row.kind == "message" and STATUS in (self._command(row), fold(str(row.content.get("body", ""))))

    def _command(self, row: Inbox) -> str:
        intake = Intake(self.client.user_id, "ombot")
        return fold(intake.command_text(str(row.content.get("body", "")), row.content.get("mentions", [])) or "")

    async def _answer(self, store: Store, sync: SyncLoop) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            for row in await store.read(_asked):
                answered = await self._may_know(row, sync)
                await store.write(partial(self._settle, row=row, answered=answered))

    def _settle(self, session: Session, row: Inbox, answered: bool) -> None:
        stored = inbox.by_event(session, row.event_id)
        if stored is not None:
            inbox.finish(session, stored, now_utc())
        if answered:
            voice = Voice(Poster(session, f"{row.event_id}/safe", now_utc()), REGISTRY.cards)
            voice.say(f"room:{row.room_id}", Crippled(self.fault, RETRY_SECONDS), reply=ReplyTo(row.event_id))

    async def _may_know(self, row: Inbox, sync: SyncLoop) -> bool:
        try:
            return await patiently(lambda: self._is_coordinator(row), self.homeserver, sync.online)
        except MatrixError as error:
            log.warning("a status is not answered: %s", error)
            return False

    async def _is_coordinator(self, row: Inbox) -> bool:
        """Whether a coordinator asks, in the coordination room or alone with us; the homeserver is asked."""
        office = await self._office()
        if office is None:
            return False
        office_id, staff = office
        here = staff if row.room_id == office_id else await fetch_state(self.client, row.room_id)
        if here.encrypted and not row.encrypted:
            return False  # the server could have written it (A6)
        alone = _joined(here) == {self.client.user_id, row.sender}
        in_office = row.room_id == office_id and self._command(row) == STATUS
        return (alone or in_office) and row.sender in _joined(staff) and level_of(staff, row.sender) >= LEAD_LEVEL

    async def _office(self) -> tuple[str, StateCopy] | None:
        """The coordination room, found by its alias, with its state; None when it is not ours."""
        key = next((group.key for group in self.settings.groups if group.kind is GroupKind.COORDINATION), None)
        if key is None:
            return None
        room_id = await find_alias(self.client, alias_localpart(self.settings, key))
        if room_id is None:
            return None
        staff = await fetch_state(self.client, room_id)
        in_charge = self.client.user_id in _joined(staff) and level_of(staff, self.client.user_id) >= OWN_LEVEL
        return (room_id, staff) if in_charge else None


def _asked(session: Session) -> list[Inbox]:
    query = select(Inbox).where(Inbox.state == "received", Inbox.kind == "message")
    return list(session.exec(query.order_by(col(Inbox.id))))


def _joined(state: StateCopy) -> set[str]:
    return {user for user, (membership, _) in state.members.items() if membership == "join"}


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """A single error out of a group, and of the groups in it."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
