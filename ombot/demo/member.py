"""A member at a Matrix client of their own: reads and writes encrypted rooms, for the demo and the live tests."""

import asyncio
import contextlib
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import nio

# A key that comes after its message is no news here: it is read again then.
logging.getLogger("nio").setLevel(logging.CRITICAL)

SYNC_MS = 10_000
PATIENCE = 30.0
"""Seconds to wait for an answer before it counts as missing."""


@dataclass
class Seen:
    """A message as the member's client shows it; ``body`` and ``html`` follow its edits."""

    event_id: str
    sender: str
    msgtype: str
    body: str
    html: str
    content: dict[str, Any]
    reply_to: str | None = None
    edits: int = 0
    reactions: dict[str, set[str]] = field(default_factory=dict)


class Missing(Exception):
    """Something that was to arrive in a room did not."""


class Member:
    """One person with one device; use as an asynchronous context manager."""

    def __init__(self, homeserver: str, user_id: str, password: str, folder: Path, name: str = "") -> None:
        self.user_id = user_id
        self.password = password
        self.name = name or user_id
        folder.mkdir(parents=True, exist_ok=True)
        config = nio.AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False, request_timeout=30)
        self.client = nio.AsyncClient(homeserver, user_id, store_path=str(folder), config=config)
        self.rooms: dict[str, dict[str, Seen]] = {}
        self._locked: list[tuple[str, Any]] = []
        self._news = asyncio.Condition()
        self._loop: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Member":
        answer = await self.client.login(self.password)
        if not isinstance(answer, nio.LoginResponse):
            raise Missing(f"{self.user_id} could not log in: {answer}")
        await self._take_in(await self.client.sync(0, full_state=True))
        self._loop = asyncio.create_task(self._listen(), name=f"member {self.user_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        await self.client.close()
        if self.client.store is not None:
            self.client.store.database.close()

    # --- reading --------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            answer = await self.client.sync(SYNC_MS)
            if isinstance(answer, nio.SyncResponse):
                await self._take_in(answer)
            else:
                await asyncio.sleep(0.2)

    async def _take_in(self, answer: Any) -> None:
        for room_id in answer.rooms.invite:
            await self.client.join(room_id)
        for room_id, joined in answer.rooms.join.items():
            for event in joined.timeline.events:
                self._read(room_id, event)
        self._unlock()
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        async with self._news:
            self._news.notify_all()

    def _unlock(self) -> None:
        """Read again what came before its key."""
        waiting, self._locked = self._locked, []
        for room_id, event in waiting:
            with contextlib.suppress(nio.EncryptionError):
                self._read(room_id, self.client.decrypt_event(event))
                continue
            self._locked.append((room_id, event))

    def _read(self, room_id: str, event: Any) -> None:
        if isinstance(event, nio.MegolmEvent):
            self._locked.append((room_id, event))
            return
        seen = self.rooms.setdefault(room_id, {})
        content = event.source.get("content", {})
        relation = content.get("m.relates_to") or {}
        if isinstance(event, nio.ReactionEvent):
            target = seen.get(event.reacts_to)
            if target is not None:
                target.reactions.setdefault(event.key, set()).add(event.sender)
        elif isinstance(event, nio.RoomMessage):
            if relation.get("rel_type") == "m.replace" and relation.get("event_id") in seen:
                _edit(seen[relation["event_id"]], content.get("m.new_content", {}))
            else:
                seen[event.event_id] = _seen(event, content, relation)

    async def room(self, alias: str, patience: float = PATIENCE) -> str:
        """The room behind an alias, once this person is in it."""
        answer = await self.client.room_resolve_alias(alias)
        if not isinstance(answer, nio.RoomResolveAliasResponse):
            raise Missing(f"{alias} does not exist")
        room_id: str = answer.room_id
        await self._until(lambda: room_id in self.client.rooms, f"{self.name} in {alias}", patience)
        return room_id

    async def direct_room(self, other: str, patience: float = PATIENCE) -> str:
        """The room in which only this person and another are."""

        def find() -> str | None:
            for room_id, room in self.client.rooms.items():
                if set(room.users) == {self.user_id, other} and room.name is None:
                    return str(room_id)
            return None

        await self._until(find, f"a direct chat of {self.name} with {other}", patience)
        return find() or ""

    async def expect(self, room_id: str, what: Callable[[Seen], bool], name: str, patience: float = PATIENCE) -> Seen:
        """The first message in a room for which ``what`` holds.

        Raises:
            Missing: it did not come in time; the text names what was awaited and what came instead.
        """

        def find() -> Seen | None:
            return next((seen for seen in self.rooms.get(room_id, {}).values() if what(seen)), None)

        await self._until(find, name, patience, room_id)
        found = find()
        if found is None:
            raise Missing(name)
        return found

    async def answer(self, room_id: str, event_id: str, patience: float = PATIENCE) -> Seen:
        """The answer to a message."""
        return await self.expect(room_id, lambda seen: seen.reply_to == event_id, f"an answer to {event_id}", patience)

    async def expect_devices(self, user_id: str, count: int, patience: float = PATIENCE) -> None:
        """Wait until this person's client knows so many devices of somebody, and encrypts for all of them."""
        await self._until(
            lambda: len(list(self.client.device_store[user_id])) >= count, f"{count} devices of {user_id}", patience
        )

    async def _until(self, found: Callable[[], Any], name: str, patience: float, room_id: str | None = None) -> None:
        try:
            async with asyncio.timeout(patience), self._news:
                await self._news.wait_for(found)
        except TimeoutError as error:
            last = [seen.body for seen in self.rooms.get(room_id or "", {}).values()][-3:]
            raise Missing(f"{name} did not arrive within {patience:.0f} s; last seen: {last}") from error

    # --- writing --------------------------------------------------------------------------------------------

    async def say(self, room_id: str, text: str, reply_to: str | None = None, mention: str | None = None) -> str:
        """Send a message as clients do; ``mention`` writes a pill for a person whose name stands in the text."""
        content: dict[str, Any] = {"msgtype": "m.text", "body": text}
        if mention is not None:
            name = self.client.rooms[room_id].user_name(mention) or mention
            pill = f'<a href="https://matrix.to/#/{mention}">{name}</a>'
            content |= {"format": "org.matrix.custom.html", "formatted_body": text.replace(name, pill)}
            content["m.mentions"] = {"user_ids": [mention]}
        if reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return await self._send(room_id, "m.room.message", content)

    async def edit(self, room_id: str, event_id: str, text: str) -> str:
        """Edit one's own message."""
        new = {"msgtype": "m.text", "body": text}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {"msgtype": "m.text", "body": f"* {text}", "m.new_content": new, "m.relates_to": relation}
        return await self._send(room_id, "m.room.message", content)

    async def react(self, room_id: str, event_id: str, key: str) -> str:
        """React to a message."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return await self._send(room_id, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room_id: str, event_id: str) -> None:
        """Take an own event back."""
        await self.client.room_redact(room_id, event_id)

    async def send_file(self, room_id: str, name: str, data: bytes, mimetype: str, reply_to: str | None = None) -> str:
        """Upload and send a file or a picture, encrypted where the room is."""
        encrypted = self.client.rooms[room_id].encrypted
        answer, keys = await self.client.upload(
            io.BytesIO(data), content_type=mimetype, filename=name, encrypt=encrypted, filesize=len(data)
        )
        if not isinstance(answer, nio.UploadResponse):
            raise Missing(f"{name} could not be uploaded: {answer}")
        kind = "m.image" if mimetype.startswith("image/") else "m.file"
        content: dict[str, Any] = {"msgtype": kind, "body": name, "info": {"mimetype": mimetype, "size": len(data)}}
        if keys:
            content["file"] = {"url": answer.content_uri, "mimetype": mimetype, **keys}
        else:
            content["url"] = answer.content_uri
        if reply_to:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return await self._send(room_id, "m.room.message", content)

    async def fetch_file(self, seen: Seen) -> bytes:
        """The bytes of a file somebody sent."""
        file = seen.content.get("file")
        answer = await self.client.download(file["url"] if file else seen.content["url"])
        if not isinstance(answer, nio.DownloadResponse):
            raise Missing(f"{seen.body} could not be fetched: {answer}")
        if not file:
            return bytes(answer.body)
        plain: bytes = nio.crypto.decrypt_attachment(
            answer.body, file["key"]["k"], file["hashes"]["sha256"], file["iv"]
        )
        return plain

    async def open_direct_chat(self, other: str, encrypted: bool = True) -> str:
        """Invite somebody into a room of two."""
        state = [nio.EnableEncryptionBuilder().as_dict()] if encrypted else []
        answer = await self.client.room_create(
            is_direct=True, invite=[other], preset=nio.RoomPreset.trusted_private_chat, initial_state=state
        )
        if not isinstance(answer, nio.RoomCreateResponse):
            raise Missing(f"no direct chat: {answer}")
        room_id: str = answer.room_id
        await self._until(
            lambda: room_id in self.client.rooms and other in self.client.rooms[room_id].users,
            f"{other} joins",
            PATIENCE,
        )
        return room_id

    async def _send(self, room_id: str, kind: str, content: dict[str, Any]) -> str:
        answer = await self.client.room_send(room_id, kind, content, ignore_unverified_devices=True)
        if not isinstance(answer, nio.RoomSendResponse):
            raise Missing(f"{self.name} could not write: {answer}")
        event_id: str = answer.event_id
        return event_id


def _seen(event: Any, content: dict[str, Any], relation: dict[str, Any]) -> Seen:
    return Seen(
        event_id=event.event_id,
        sender=event.sender,
        msgtype=str(content.get("msgtype")),
        body=str(content.get("body", "")),
        html=str(content.get("formatted_body", "")),
        content=content,
        reply_to=(relation.get("m.in_reply_to") or {}).get("event_id"),
    )


def _edit(seen: Seen, content: dict[str, Any]) -> None:
    seen.body = str(content.get("body", ""))
    seen.html = str(content.get("formatted_body", ""))
    seen.edits += 1
