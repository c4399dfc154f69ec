"""Direct chats: personal rows go only to a room in which nobody but the person and we are (E5)."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import Fate, MatrixError
from ombot.matrix.rooms import ENCRYPTION, fetch_state, find_alias, people_in, room_path
from ombot.store import rooms as mirror
from ombot.store.unit import Store

Remember = Callable[[str], Awaitable[None]]
"""Stores the alias localpart of a chat that is about to be created."""


class DirectChats:
    """Finds or creates the direct chat with a person."""

    def __init__(self, client: Client, store: Store, clock: Callable[[], datetime], encrypted: bool) -> None:
        """``encrypted`` is for new chats; those that exist stay as they are."""
        self._client = client
        self._store = store
        self._clock = clock
        self._encrypted = encrypted

    async def ready(self, person: str, room_id: str | None, alias: str | None, remember: Remember) -> str:
        """The room id of a chat with this person alone, checked on the homeserver right now.

        Args:
            person: Matrix id.
            room_id: the chat used so far, if any. With a third person in it, a new one takes its place.
            alias: localpart under which an interrupted earlier call created a chat.
            remember: called before a chat is created, because creating has no transaction id.

        Raises:
            MatrixError: refused (the person cannot be invited) or no answer.
        """
        if room_id is not None and await self._is_private(room_id, person):
            return room_id
        begun = await find_alias(self._client, alias) if alias else None
        if begun is None or begun == room_id or not await self._is_private(begun, person):
            alias = f"ombot-{secrets.token_hex(16)}"
            await remember(alias)
            begun = await self._create(person, alias)
        await self._adopt(begun, person)
        return begun

    async def _is_private(self, room_id: str, person: str) -> bool:
        """Nobody else is here; the person is invited again if they left, since only they get this answer."""
        try:
            people = await people_in(self._client, room_id)
        except MatrixError as error:
            if error.fate is Fate.GIVE_UP:
                return False
            raise
        if not set(people) <= {person, self._client.user_id}:
            return False
        if person not in people:
            await self._client.request("POST", room_path(room_id, "invite"), {"user_id": person})
        return True

    async def _create(self, person: str, alias: str) -> str:
        # An empty canonical alias, or clients would show the random name instead of ours.
        state: list[dict[str, Any]] = [{"type": "m.room.canonical_alias", "state_key": "", "content": {}}]
        if self._encrypted:
            state.append({"type": "m.room.encryption", "state_key": "", "content": ENCRYPTION})
        body = {
            "preset": "trusted_private_chat",
            "visibility": "private",
            "is_direct": True,
            "invite": [person],
            "room_alias_name": alias,
            "initial_state": state,
        }
        return str((await self._client.request("POST", f"{CLIENT}/createRoom", body))["room_id"])

    async def _adopt(self, room_id: str, person: str) -> None:
        """From now on this is the person's direct chat, and no other room is."""
        copy = await fetch_state(self._client, room_id)

        def save(session: Session) -> None:
            while (old := mirror.direct_room(session, person)) is not None:
                old.direct_with = None
                session.flush()
            mirror.save(session, room_id, copy, self._clock())
            mirror.set_direct(session, room_id, person)
            # The sync may have seen a newer state while we fetched this one.
            mirror.mark_stale(session, [room_id])

        await self._store.write(save)
