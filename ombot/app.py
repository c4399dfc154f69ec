"""The composition root: builds the parts, runs the loops, stops cleanly. The only place that knows everybody."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ombot import features, service
from ombot.chat import contributions, doubt, queries, verification
from ombot.chat.answers import Alarmed, Told
from ombot.chat.bus import Bus
from ombot.chat.intake import Intake
from ombot.chat.registry import REGISTRY, Need
from ombot.chat.voice import ReplyTo, Voice
from ombot.chat.worker import Worker
from ombot.clock import reminders
from ombot.clock.scheduler import Scheduler
from ombot.clock.ticks import Clock
from ombot.clock.wall import now_utc
from ombot.config import Settings
from ombot.documents import form, pictures
from ombot.documents.pictures import NoPortrait
from ombot.exchange.render import Renderer
from ombot.features.mailing import queries as mailing
from ombot.features.mailing.tables import Mail
from ombot.features.overview import cycle as overview
from ombot.identity import account_of, check_device, sign_if_needed
from ombot.installation import files_of, place_of
from ombot.mail.sender import MailSender
from ombot.matrix import files as media
from ombot.matrix import household, machine, upgrades
from ombot.matrix import rooms as matrix_rooms
from ombot.matrix.client import Client
from ombot.matrix.errors import BadFile, MatrixError, StoreError, TooLarge
from ombot.matrix.patience import patiently
from ombot.matrix.rooms import Ensured
from ombot.matrix.sealed import Doubt
from ombot.matrix.sender import Sender
from ombot.matrix.sync import Hooks, SyncLoop
from ombot.matrix.trust import TrustError
from ombot.safe_mode import open_patiently
from ombot.store import backup, inbox, meta, outbox, remains, retention, rooms
from ombot.store.engine import StorageError
from ombot.store.lock import InstanceLock
from ombot.store.outbox import Poster
from ombot.store.tables import Inbox, Outbox, Room
from ombot.store.unit import Session, Store
from ombot.watch import Watch
from ombot.web.calendar import CalendarFeeds
from ombot.web.directory import Directory
from ombot.web.health import Stuck, Vitals, problems, stands_still
from ombot.web.links import Links
from ombot.web.server import WebServer

log = logging.getLogger(__name__)

T = TypeVar("T")

TICK = timedelta(seconds=15)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GIVEN_UP = "given_up_told"
"""In ``meta``: when the coordination room was last told of a message that could not be sent."""
STORAGE_SECONDS = 5.0
"""How long the database may take to say how we are."""
MOST_FILE_BYTES = 50 * 1024 * 1024
"""The largest file that is collected."""


@dataclass
class App:
    """The running bot."""

    settings: Settings
    store: Store
    client: Client
    now: Callable[[], datetime] = now_utc
    ready: bool = False
    last_tick: datetime | None = None
    device_fault: str | None = None
    storage_fault: bool = False
    heart: service.Heart = field(default_factory=service.Heart)

    def __post_init__(self) -> None:
        own_id = self.client.user_id
        self.files = files_of(self.settings)
        self.bus = Bus(self.settings, own_id, Intake(own_id, "ombot"), features.next_session_day)
        self.clock = Clock(self.settings, own_id, REGISTRY)
        hooks = Hooks(
            wanted=self.bus.intake.wanted,
            may_invite=self._may_invite,
            on_gap=lambda session, room_id, _count: self._tell(session, f"room:{room_id}", "gap"),
            on_undecryptable=self._undecryptable,
            on_red=lambda reason: log.error("no answer from the homeserver for 5 minutes: %s", reason),
            on_back=lambda: self.sender.back(),
            on_verification=self._verification_asked,
            on_doubt=self._doubted,
        )
        self.sync = SyncLoop(self.client, self.store, hooks, clock=self.now)
        self.sender = Sender(
            self.client, self.store, self.now, self._renderer(), self.files, self.settings.space.encrypted
        )
        # An outage is the sync loop's to notice and to see the end of.
        self.sender.ready = self.sync.online
        self.sender.on_given_up = self._given_up
        self.sender.on_out_of_reach = self.sync.count_request
        self.worker = Worker(self.store, self.bus, self.now, self._fetch_replied, self._refresh, self._alarm)
        self.scheduler = Scheduler()
        self.watch = Watch(self.store, self.settings, self.now, self.vitals, self.sync.online.is_set)
        self.heart.alive = self.is_alive
        listen = self.settings.web.listen
        pages = [
            *CalendarFeeds(self.store, self.settings).routes(),
            *Directory(self.store, self.settings).routes(),
            *Links(self.store, self.settings, self.now).routes(),
        ]
        self.web = WebServer(listen.host, listen.port, self.vitals, pages, self.now)
        render = self._renderer()
        self.mail = MailSender(
            self.store, self.settings, self.now, lambda kind, fmt, data: render(kind, fmt, data).data
        )
        self.store.on_commit(self.mail.wake, Mail)
        self.store.follow(self.sender.follow, Outbox)
        self.store.on_commit(self.worker.wake, Inbox, Room)

    # --- running --------------------------------------------------------------------------------------------

    async def run(self, lock: InstanceLock) -> None:
        """Run all loops until cancelled.

        Raises:
            DeadToken, KeysRefused, LoginError: the account is no longer ours; exit code 78.
            LockLost: another ombot may have taken over.
        """
        await self.web.start()
        try:
            await self._look_back_after_restore()
            async with asyncio.TaskGroup() as group:
                for name, loop in (
                    ("sync", self.sync.run()),
                    ("sender", _again(self.sender.run)),
                    ("worker", _again(self.worker.run)),
                    ("mail", _again(self.mail.run)),
                    ("start", self._start()),
                    ("lock", lock.watch()),
                ):
                    group.create_task(loop, name=name)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        finally:
            with suppress(Exception):
                self.scheduler.stop()
            await self.web.stop()

    async def _start(self) -> None:
        await self.sync.synced.wait()
        await self._tick()
        await self._get_ready()
        # The last of the loops: before all others run, something is always missing.
        await _again(self.watch.run)

    async def _get_ready(self) -> None:
        self.scheduler.every(TICK, self._tick)
        self.scheduler.every(DAY, self.check_trust)
        self.scheduler.every(HOUR, self._clean)
        self.scheduler.every(DAY, self._drop_files)
        self.scheduler.every(MINUTE, self._tidy_up)
        self.scheduler.start()
        self.ready = True
        log.info("ombot ready")
        self.heart.ready("ready")

    async def _tick(self) -> None:
        """Settle what is due, a bounded part at a time, so that commands get their turn in between."""
        try:
            await self._settle_due()
            if self.sender.recognise_since is not None:
                await self.store.write(self._settle_restore)
        except StorageError as error:
            # Also the first tick of a start: the next one tries again.
            self.storage_fault = True
            log.warning("the clock has to wait, the database cannot be written: %s", error.orig)

    async def _settle_due(self) -> None:
        settled = 1
        while settled:
            began = time.monotonic()
            settled = await self.store.write(lambda session: self.clock.tick(session, self.now()))
            self.storage_fault = False
            self.last_tick = self.now()
            if settled:
                # A command needs the write lane several times: after each part it gets as long as the part took.
                await asyncio.sleep(time.monotonic() - began)

    async def _look_back_after_restore(self) -> None:
        """After a restored backup, answers may stand in the rooms that the database does not know (O2)."""
        restored = await self.store.read(lambda session: meta.get(session, meta.RESTORED_FROM))
        if restored is None:
            return
        self.sender.recognise_since = datetime.fromisoformat(restored)
        log.info("restored from the backup of %s: answers already in the rooms are recognised", restored)

    def _settle_restore(self, session: Session) -> None:
        """Once everything since the backup is handled and sent, rows need not look for themselves any more."""
        unsent, _ = outbox.unsent(session)
        if not unsent and not inbox.waiting(session):
            meta.remove(session, meta.RESTORED_FROM)
            self.sender.recognise_since = None

    async def _clean(self) -> None:
        """Forget what need not be kept, a bounded part at a time (D3)."""
        keep = self.settings.retention.command_text
        while not (await self.store.write(lambda session: retention.clean(session, self.now(), keep))).nothing:
            pass
        await asyncio.to_thread(backup.expire, self.settings.storage.directory / "backups", self.now())

    async def _drop_files(self) -> None:
        await remains.drop_files(self.store, self.files, self.now(), self.settings.retention.command_text)

    async def _tidy_up(self) -> None:
        await remains.tidy_up(self.store, self.files, self.now())

    async def check_trust(self) -> None:
        """See whether our device is still trusted; at start and daily."""
        try:
            self.device_fault = await check_device(self.client, self.store)
        except TrustError as error:
            # No answer says nothing about the chain; the next check will.
            log.warning("the device's signatures could not be checked: %s", error.code)

    async def vitals(self) -> Vitals:
        """What the loops last did, for health, metrics and ``ombot status``."""
        try:
            async with asyncio.timeout(STORAGE_SECONDS):
                (unsent, oldest), stuck, (due, late) = await self.store.read(
                    lambda session: (
                        outbox.unsent(session),
                        given_up(session),
                        reminders.waiting(session, self.now()),
                    )
                )
        except (StorageError, TimeoutError):
            self.storage_fault = True
            (unsent, oldest), stuck, (due, late) = (0, None), (), (0, 0)
        return Vitals(
            ready=self.ready,
            last_sync=self.sync.last_sync,
            last_tick=self.last_tick,
            unsent=unsent,
            oldest_unsent=oldest,
            stuck=stuck,
            device_fault=self.device_fault,
            storage_fault=self.storage_fault,
            online_since=self.sync.online_since,
            reminders_due=due,
            reminders_late=late,
            counters={
                "ombot_received_total": self.sync.received,
                "ombot_handled_total": self.worker.handled,
                "ombot_handling_seconds_total": self.worker.handling_seconds,
                "ombot_refused_total": self.worker.refused,
                "ombot_failures_total": self.worker.failures,
                "ombot_sent_total": self.sender.sent,
                "ombot_retries_total": self.sender.retries,
                "ombot_given_up_total": self.sender.failed,
                "ombot_invites_declined_total": self.sync.invites.rejected,
                "ombot_unverified_total": self.sync.refused,
                "ombot_repeated_total": self.client.repeated,
                "ombot_mails_sent_total": self.mail.sent,
                "ombot_mails_failed_total": self.mail.failed,
            },
        )

    async def is_alive(self) -> bool:
        """Whether a restart could not make anything better."""
        return not self.ready or not stands_still(problems(await self.vitals(), self.now()))

    # --- what the parts ask for -----------------------------------------------------------------------------

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        return await patiently(call, self.client.account.homeserver, self.sync.online)

    def _renderer(self) -> Renderer:
        return Renderer(self.files, self.settings.documents.templates)

    def _may_invite(self, session: Session, user_id: str) -> bool:
        """People in the space or a group may invite the bot (A9)."""
        space = meta.get(session, meta.SPACE)
        in_space = space is not None and rooms.membership(session, space, user_id) == "join"
        return in_space or queries.is_member_anywhere(session, user_id)

    async def _fetch_replied(self, room_id: str, content: dict[str, Any], needs: frozenset[Need]) -> dict[str, Any]:
        """The message a command replies to, with its file stored by checksum, and read where it may be a form."""
        if Need.PICTURE in needs:
            return await self._fetch_picture(content)
        if Need.RETURNED in needs:
            kept = await self._keep_file(content["file"])
            return {"event_id": "", "sender": "", "body": "", **kept, "form": await self._read_form(kept["file"])}
        event_id = str(content["reply_to"])
        found = await self._patiently(lambda: machine.fetch_event(self.client, room_id, event_id))
        if found is None or found.kind == "undecryptable":
            return {"event_id": event_id, "sender": "", "body": "", "file": None, "problem": "reply_unreadable"}
        replied = {"event_id": event_id, "sender": found.sender, "body": str(found.content.get("body", ""))}
        kept = await self._keep_file(found.content.get("file"))
        return {**replied, **kept, "form": await self._read_form(kept["file"]) if Need.FORM in needs else None}

    async def _fetch_picture(self, content: dict[str, Any]) -> dict[str, Any]:
        """A picture in the direct chat, made small; the original is not kept."""
        file = content["file"]
        found: dict[str, Any] = {"event_id": "", "sender": "", "body": "", "file": None, "problem": None}
        try:
            if file["size"] > pictures.MOST_BYTES:
                raise TooLarge(pictures.MOST_BYTES)
            data = await self._patiently(lambda: media.fetch(self.client, file, pictures.MOST_BYTES))
            made = await asyncio.to_thread(pictures.portrait, data)
        except TooLarge:
            return {**found, "problem": "photo_too_large"}
        except NoPortrait as problem:
            return {**found, "problem": problem.code}
        except (BadFile, MatrixError):
            return {**found, "problem": "photo_unreadable"}
        return {**found, "picture": made.as_json()}

    async def _read_form(self, file: dict[str, Any] | None) -> dict[str, Any] | None:
        if file is None:
            return None
        data = await asyncio.to_thread(self.files.read, str(file["sha256"]))
        return await asyncio.to_thread(form.as_data, data)

    async def _keep_file(self, file: dict[str, Any] | None) -> dict[str, Any]:
        if file is None:
            return {"file": None, "problem": None}
        try:
            data = await self._patiently(lambda: media.fetch(self.client, file, MOST_FILE_BYTES))
        except TooLarge:
            return {"file": None, "problem": "file_too_large"}
        except (BadFile, MatrixError):
            return {"file": None, "problem": "file_unreadable"}
        mimetype = str(file.get("mimetype") or "application/octet-stream")
        row = await self.store.write(lambda session: self.files.keep(session, data, mimetype, self.now()))
        kept = {"name": file.get("name"), "mimetype": mimetype, "size": row.size, "sha256": row.sha256}
        return {"file": kept, "problem": None}

    async def _refresh(self, room_id: str) -> None:
        """Fetch a room's state again, follow its upgrade, and see whether it is somebody's direct chat."""
        copies = await self._patiently(lambda: matrix_rooms.refresh(self.client, self.store, [room_id], self.now()))
        followed = await self._patiently(lambda: upgrades.follow(self.client, self.store, copies, self.now()))
        for changed in dict.fromkeys((room_id, *followed.values())):
            await self.store.write(lambda session, changed=changed: self._mark_direct(session, changed))  # type: ignore[misc]

    def _mark_direct(self, session: Session, room_id: str) -> None:
        room = rooms.get(session, room_id)
        if room is None or meta.get(session, meta.SPACE) == room_id:
            return
        if room.group_key is not None:
            contributions.board_changed(session, room.group_key)  # who came later cannot read what was pinned before
            return
        others = [person.id for person in rooms.members(session, room_id) if person.id != self.client.user_id]
        # With a third person in it, nothing personal is said there any more (E5).
        before, room.direct_with = room.direct_with, others[0] if len(others) == 1 else None
        session.add(room)
        if room.direct_with is not None and before is None:
            session.flush()
            voice = Voice(Poster(session, f"{room_id}/opened", self.now()), REGISTRY.cards)
            overview.welcome_direct(session, voice, room.direct_with)

    def _undecryptable(self, session: Session, row: Inbox) -> None:
        voice = Voice(Poster(session, f"{row.event_id}/undecryptable", self.now()), REGISTRY.cards)
        voice.say(f"room:{row.room_id}", Told("undecryptable"), reply=ReplyTo(row.event_id))

    def _doubted(self, session: Session, row: Inbox, why: Doubt) -> None:
        voice = Voice(Poster(session, f"{row.event_id}/doubt", self.now()), REGISTRY.cards)
        doubt.tell(session, voice, row, why, self.now())

    def _verification_asked(self, session: Session, person: str) -> None:
        # Others are answered by the cancellation alone: strangers must not make us open chats.
        if self._may_invite(session, person):
            now = now_utc()
            voice = Voice(Poster(session, f"verification/{now.isoformat()}", now), REGISTRY.cards)
            verification.explain(session, voice, f"person:{person}", person, now)

    def _tell(self, session: Session, destination: str, code: str) -> None:
        voice = Voice(Poster(session, f"app:{code}:{self.now().isoformat()}", self.now()), REGISTRY.cards)
        voice.say(destination, Told(code))

    def _given_up(self, session: Session, row: Outbox) -> None:
        """Tell the coordination room of a message that nobody will read, at most once an hour."""
        group = queries.coordination(session)
        last = meta.get(session, GIVEN_UP)
        silent = last is not None and self.now() - datetime.fromisoformat(last) < HOUR
        if row.kind not in ("message", "file") or silent or group is None or row.destination == f"group:{group.key}":
            return
        meta.put(session, GIVEN_UP, self.now().isoformat())
        self._alarm(session, "send_given_up", outbox.reference(row))

    def _alarm(self, session: Session, code: str, reference: str) -> None:
        """Tell the coordination room."""
        group = queries.coordination(session)
        if group is not None:
            voice = Voice(Poster(session, f"alarm:{reference}", self.now()), REGISTRY.cards)
            voice.say(f"group:{group.key}", Alarmed(code, reference))


def given_up(session: Session) -> tuple[Stuck, ...]:
    """What was given up, for ``ombot status``: no text and no person."""
    return (
        *(Stuck(row.error or str(row.id), f"a {row.kind} could not be handled") for row in inbox.parked(session)),
        *(
            Stuck(outbox.reference(row), f"a {row.kind} could not be sent: {row.error}")
            for row in outbox.failed(session)
        ),
        *(
            # Behind the first word a mail server may name the address.
            Stuck(mailing.reference(row), f"a letter could not be sent: {(row.error or '?').split()[0]}")
            for row in mailing.parked(session)
        ),
    )


async def _again(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop for ever: a fault in it must not end the bot, and its rows are where they were."""
    while True:
        try:
            await loop()
        except MatrixError as error:
            # A dead token is the sync loop's to mend or to give up on.
            log.warning("sending pauses: %s", error)
        except Exception:
            log.exception("a loop failed and starts again")
        await asyncio.sleep(1.0)


async def serve(settings: Settings) -> None:
    """``ombot run``: take the lock, log in, make sure of the rooms, and run until cancelled.

    Raises:
        AlreadyRunning: another ombot works with this data.
        LoginError, StoreError, KeysRefused, DeadToken: exit code 78.
    """
    heart = service.Heart()
    beating = asyncio.create_task(heart.beat(), name="heart")
    lock = InstanceLock(settings.storage.database, settings.storage.directory)
    try:
        # A standby serves by waiting: the machine's start must not wait for it.
        await lock.wait(heart.ready)
        if backup.interrupted(place_of(settings)):
            raise StoreError("A restore was broken off: run ombot restore again.")
        await _serve_alone(settings, lock, heart)
    finally:
        lock.release()
        beating.cancel()


async def _serve_alone(settings: Settings, lock: InstanceLock, heart: service.Heart) -> None:
    store = await open_patiently(settings, lambda: heart.ready("safe mode: the database cannot be opened"))
    client = Client(account_of(settings))
    try:
        await patiently(client.open, settings.matrix.homeserver)
        await patiently(
            lambda: household.ensure_if_changed(client, store, settings, now_utc(), _log_room),
            settings.matrix.homeserver,
        )
        await _sign_new_device(settings, client, store)
        app = App(settings, store, client, heart=heart)
        await app.check_trust()
        await app.run(lock)
    finally:
        await client.close()
        store.close()


async def _sign_new_device(settings: Settings, client: Client, store: Store) -> None:
    """A device that is new after a restore is signed with the seeds we keep (S4)."""
    try:
        if await sign_if_needed(settings, client, store):
            log.info("signed our device %s", client.device_id)
    except TrustError as error:
        log.warning("the device could not be signed: %s", error.code)


def _log_room(name: str, done: Ensured) -> None:
    if done.created or done.invited:
        log.info("room %s: created %s, invited %s", name, done.created, len(done.invited))
