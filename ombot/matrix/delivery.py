"""Carrying out one outbox row on the homeserver. Every kind may be carried out again after a crash, unharmed."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from sqlmodel import Session

from ombot.matrix import files as media
from ombot.matrix.client import Client
from ombot.matrix.direct import DirectChats
from ombot.matrix.encryption import Encryption
from ombot.matrix.errors import MatrixError, RoomNotOurs
from ombot.matrix.job import (
    ALIAS,
    CLOSED,
    ROOM_SECONDS,
    Content,
    Hopeless,
    Job,
    Place,
    Postponed,
    Sent,
    Target,
    sent_target,
)
from ombot.matrix.rooms import DeclaredRoom, ensure_room, fetch_state, leave, membership, room_path, set_closed
from ombot.store import outbox
from ombot.store import rooms as mirror
from ombot.store.files import FileStore, Rendered
from ombot.store.unit import Store

Render = Callable[[str, str, Content], Rendered]
"""Kind of document, format and frozen data → the document; called in a worker thread."""

REMARK = "remark"
"""In a file's row: what those who get it must know about it."""

LOOK_PAGES = 20
LOOK_PAGE = 100
CLOCK_SKEW = timedelta(minutes=10)
"""How far the homeserver's clock may be from ours when we look for a message in a room."""


class Delivery:
    """Knows for every kind of row which requests it takes."""

    def __init__(
        self,
        client: Client,
        store: Store,
        clock: Callable[[], datetime],
        render: Render,
        files: FileStore,
        encrypt_direct: bool,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._render = render
        self._files = files
        self._encryption = Encryption(client)
        self._direct = DirectChats(client, store, clock, encrypt_direct)
        self._kinds: dict[str, Callable[[Job], Awaitable[Sent]]] = {
            "message": self._message,
            "edit": self._edit,
            "reaction": self._reaction,
            "file": self._file,
            "pin": self._pin,
            "invite": self._invite,
            "redact": self._redact,
            "leave": self._leave,
            "room": self._room,
        }

    async def deliver(self, job: Job) -> Sent:
        """Carry out one row.

        Raises:
            Postponed: something else must come first.
            Hopeless: it can never succeed.
            MatrixError: the homeserver refused or did not answer; its ``fate`` says what that means.
        """
        return await self._kinds[job.kind](job)

    async def _message(self, job: Job) -> Sent:
        place = await self._place(job)
        return await self._send_once(job, place, _wire(job.content))

    async def _edit(self, job: Job) -> Sent:
        target = sent_target(job)
        place = await self._place(job)
        content = _wire(job.content)
        # The room may have been replaced meanwhile (upgrade, direct chat with a third person): say it anew there.
        if target.room_id == place.room_id:
            content = _replacement(content, target)
        return await self._send_once(job, place, content)

    async def _file(self, job: Job) -> Sent:
        place = await self._place(job)
        encrypted = await self._is_encrypted(place)
        found = await self._look(job, place)
        if found is not None:
            return Sent(place.room_id, found)
        job = await self._with_upload(await self._with_bytes(job), encrypted)
        return await self._send(job, place, _file_event(job.content))

    async def _reaction(self, job: Job) -> Sent:
        room_id, event_id = await self._referred(job)
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": job.content["key"]}
        # Never encrypted: Matrix keeps relations readable (E3).
        path = room_path(room_id, "send", "m.reaction", job.txn_id)
        try:
            answer = await self._client.request("PUT", path, {"m.relates_to": relation})
        except MatrixError as error:
            if error.errcode == "M_DUPLICATE_ANNOTATION":
                return Sent(room_id)
            raise
        return Sent(room_id, str(answer["event_id"]))

    async def _pin(self, job: Job) -> Sent:
        target = sent_target(job)
        room_id = str(target.room_id)
        path = room_path(room_id, "state", "m.room.pinned_events", "")
        pinned = await self._pinned(path)
        older = await self._store.read(partial(_older_boards, events=pinned, target=target))
        wanted = [event for event in pinned if event not in older and event != target.event_id]
        wanted.append(str(target.event_id))
        if wanted == pinned:
            return Sent(room_id)
        answer = await self._client.request("PUT", path, {"pinned": wanted})
        return Sent(room_id, str(answer["event_id"]))

    async def _pinned(self, path: str) -> list[str]:
        try:
            pinned = (await self._client.request("GET", path)).get("pinned", [])
        except MatrixError as error:
            if error.errcode == "M_NOT_FOUND":
                return []
            raise
        return [event for event in pinned if isinstance(event, str)] if isinstance(pinned, list) else []

    async def _invite(self, job: Job) -> Sent:
        place, user = await self._place(job), str(job.content["user"])
        try:
            await self._client.request("POST", room_path(place.room_id, "invite"), {"user_id": user})
        except MatrixError as error:
            # Inviting somebody who is inside already is forbidden, and what was wanted.
            if error.errcode != "M_FORBIDDEN" or await membership(self._client, place.room_id, user) != "join":
                raise
        return Sent(place.room_id)

    async def _redact(self, job: Job) -> Sent:
        room_id, event_id = await self._referred(job)
        path = room_path(room_id, "redact", event_id, job.txn_id)
        answer = await self._client.request("PUT", path, {})
        return Sent(room_id, str(answer["event_id"]))

    async def _referred(self, job: Job) -> tuple[str, str]:
        """Room and id of the event a row refers to: one of ours by its row, a member's by its id in the content."""
        event_id = job.content.get("event_id") or sent_target(job).event_id
        room_id = job.target.room_id if job.target is not None else None
        return room_id or (await self._place(job)).room_id, str(event_id)

    async def _leave(self, job: Job) -> Sent:
        place = await self._place(job)
        try:
            await leave(self._client, place.room_id)
        except MatrixError as error:
            if error.errcode != "M_FORBIDDEN":
                raise
        return Sent(place.room_id, effect=lambda session: mirror.mark_left(session, place.room_id))

    async def _room(self, job: Job) -> Sent:
        content = job.content
        if CLOSED in content:
            await set_closed(self._client, content["room_id"], closed=content[CLOSED])
            return Sent(content["room_id"])
        key = content.get("group_key")
        declared = DeclaredRoom(
            key=key or content[ALIAS],
            name=content["name"],
            topic=content.get("topic", ""),
            alias_localpart=content[ALIAS],
            members=tuple(content.get("invite", ())),
            encrypted=bool(content.get("encrypted", True)),
            join=content.get("join", "invite"),
            levels=content.get("levels", {}),
        )
        try:
            room_id = (await ensure_room(self._client, declared, content.get("parent"))).room_id
        except RoomNotOurs as error:
            raise Hopeless(str(error)) from error
        copy = await fetch_state(self._client, room_id)

        def effect(session: Session) -> None:
            mirror.save(session, room_id, copy, self._clock())
            mirror.mark_stale(session, [room_id])
            if key:
                mirror.set_group(session, room_id, key)

        return Sent(room_id, effect=effect)

    async def _place(self, job: Job) -> Place:
        """Where the row goes; a personal one only to a chat that was checked a moment ago (E5)."""
        if job.person is not None:
            room_id = job.place.room_id if job.place is not None else None
            remember = partial(self._remember_alias, job)
            return Place(
                await self._direct.ready(job.person, room_id, job.content.get(ALIAS), remember), encrypted=False
            )
        if job.place is None:
            raise Postponed(ROOM_SECONDS)
        return job.place

    async def _remember_alias(self, job: Job, alias: str) -> None:
        await self._amend(job, **{ALIAS: alias})

    async def _amend(self, job: Job, **more: Any) -> Job:
        """Store a finished step in the row, so that a crash does not repeat it."""

        def work(session: Session) -> Content:
            row = outbox.get(session, job.id)
            if row is None:
                raise Hopeless("the row is gone")
            row.content = {**row.content, **more}
            return row.content

        return replace(job, content=dict(await self._store.write(work)))

    async def _with_bytes(self, job: Job) -> Job:
        document = job.content.get("document")
        if document is None or "sha256" in job.content:
            return job
        made = await asyncio.to_thread(self._render, document["kind"], document["format"], document["data"])
        mimetype = str(job.content["mimetype"])

        def keep(session: Session) -> str:
            return self._files.keep(session, made.data, mimetype, self._clock()).sha256

        remark = {REMARK: made.remark} if made.remark else {}
        return await self._amend(job, sha256=await self._store.write(keep), size=len(made.data), **remark)

    async def _with_upload(self, job: Job, encrypted: bool) -> Job:
        done = job.content.get("upload")
        # Uploaded for another room: the key of an encrypted file must not stand in a plain room, nor the reverse.
        if done is not None and ("file" in done) == encrypted:
            return job
        data = await asyncio.to_thread(self._files.read, job.content["sha256"])
        name, mimetype = job.content["name"], job.content["mimetype"]
        upload = await media.upload(self._client, data, name, mimetype, encrypted)
        return await self._amend(job, upload=upload, size=len(data))

    async def _send_once(self, job: Job, place: Place, content: Content) -> Sent:
        found = await self._look(job, place)
        return Sent(place.room_id, found) if found is not None else await self._send(job, place, content)

    async def _send(self, job: Job, place: Place, content: Content) -> Sent:
        kind = str(job.content.get(outbox.TYPE, "m.room.message"))
        if await self._is_encrypted(place):
            kind, content = await self._encryption.seal(place.room_id, kind, content)
            # Outside too: a restored ombot has no keys for what it sent after the backup, and must recognise it.
            content[outbox.CAUSE] = _fingerprint(job.content[outbox.CAUSE])
        answer = await self._client.request("PUT", room_path(place.room_id, "send", kind, job.txn_id), content)
        return Sent(place.room_id, str(answer["event_id"]))

    async def _is_encrypted(self, place: Place) -> bool:
        """Only a yes is believed without asking: an outdated no would publish what is confidential."""
        if place.encrypted or self._encryption.is_on(place.room_id):
            return True
        if self._encryption.is_on(place.room_id) is False:
            return False
        try:
            await self._client.request("GET", room_path(place.room_id, "state", "m.room.encryption", ""))
        except MatrixError as error:
            if error.errcode == "M_NOT_FOUND":
                return False
            raise
        return True

    async def _look(self, job: Job, place: Place) -> str | None:
        """The event of a row that may have arrived already, if it has."""
        cause = job.content.get(outbox.CAUSE)
        if job.look_since is None or cause is None:
            return None
        return await self.find(place.room_id, str(cause), job.look_since)

    async def find(self, room_id: str, cause: str, since: datetime) -> str | None:
        """Our event with this cause among a room's messages since then (at most 2,000), newest first.

        Raises:
            MatrixError: the room's history cannot be read.
        """
        path = room_path(room_id, "messages") + f"?dir=b&limit={LOOK_PAGE}"
        token, marks = "", (cause, _fingerprint(cause))
        for _ in range(LOOK_PAGES):
            page = await self._client.request("GET", path + token)
            for event in page.get("chunk", []):
                if datetime.fromtimestamp(event["origin_server_ts"] / 1000, UTC) < since - CLOCK_SKEW:
                    return None
                if event["sender"] == self._client.user_id and event["content"].get(outbox.CAUSE) in marks:
                    return str(event["event_id"])
            if "end" not in page:
                return None
            token = f"&from={quote(page['end'], safe='')}"
        return None


def _fingerprint(cause: str) -> str:
    """What stands for a cause where the homeserver can read it."""
    return hashlib.sha256(cause.encode()).hexdigest()[:32]


def _wire(content: Content) -> Content:
    """The content as others see it: without our notes."""
    return {key: value for key, value in content.items() if key not in (ALIAS, outbox.TYPE)}


def _replacement(content: Content, target: Target) -> Content:
    """An edit in place, with a fallback for clients that do not know edits. It pings nobody a second time."""
    new = {key: value for key, value in content.items() if key != outbox.CAUSE}
    fallback: Content = {key: f"* {content[key]}" for key in ("body", "formatted_body") if key in content}
    return {
        **content,
        **fallback,
        "m.mentions": {},
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": target.event_id},
    }


def _file_event(content: Content) -> Content:
    event = {
        "msgtype": "m.image" if str(content["mimetype"]).startswith("image/") else "m.file",
        "body": content.get(REMARK) or content["name"],  # beside a file name, other words are its caption
        "filename": content["name"],
        "info": {"mimetype": content["mimetype"], "size": content["size"]},
        "m.mentions": {},
        **content["upload"],
    }
    if outbox.CAUSE in content:
        event[outbox.CAUSE] = content[outbox.CAUSE]
    return event


def _older_boards(session: Session, events: list[str], target: Target) -> set[str]:
    """Which of these events are earlier messages in the target's slot."""
    if target.slot is None:
        return set()
    rows = [(event, outbox.by_event(session, event)) for event in events]
    return {event for event, row in rows if row is not None and row.slot == target.slot and row.id != target.id}
