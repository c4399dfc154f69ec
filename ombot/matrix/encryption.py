"""Encrypting what we send: to the devices of a room's members (E2), with nio's machine but our own requests.

nio's ``room_send`` is not used. When a request fails in the middle of its key sharing it either counts the
session as shared, so that members can never read it, or it leaves a lock behind that nobody opens again. Here
every request goes through :class:`~ombot.matrix.client.Client`: a failure is a ``MatrixError``, and trying
again continues with the devices that have no key yet.
"""

import asyncio
import secrets
from collections import defaultdict
from typing import Any

from nio.responses import KeysClaimResponse, ShareGroupSessionResponse
from nio.rooms import MatrixRoom

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import MatrixError
from ombot.matrix.machine import query_keys
from ombot.matrix.rooms import people_in

ENCRYPTED = "m.room.encrypted"
CLAIMED = "signed_curve25519"
ROUNDS = 5
"""How often members or devices may change while keys are shared, before the message waits for its next try."""

Content = dict[str, Any]


class Encryption:
    """Seals events for a room, with keys for everybody who is in it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        # One share at a time and room: two would give the members two sessions and use up their one-time keys.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def is_on(self, room_id: str) -> bool | None:
        """Whether the sync has shown the room to be encrypted; None if it has not shown the room at all."""
        room = self._client.nio.rooms.get(room_id)
        return None if room is None else bool(room.encrypted)

    async def seal(self, room_id: str, kind: str, content: Content) -> tuple[str, Content]:
        """The encrypted event for one of type ``kind``: its own type and content.

        Raises:
            MatrixError: keys could not be asked for or handed out; nothing is lost by trying again.
        """
        async with self._locks[room_id]:
            room = await self._known_room(room_id)
            for _ in range(ROUNDS):
                if self._client.nio.should_query_keys:
                    await query_keys(self._client)
                if not self._client.nio.olm.should_share_group_session(room_id):
                    # nio keeps m.relates_to readable, as edits need it.
                    sealed_kind, sealed = self._client.nio.encrypt(room_id, kind, content)
                    return str(sealed_kind), dict(sealed)
                await self._share_session(room)
        raise MatrixError(0, message="members or devices kept changing")

    async def _known_room(self, room_id: str) -> MatrixRoom:
        """nio's picture of the room with all members, also when no sync has brought it yet."""
        client = self._client.nio
        if room_id not in client.rooms:
            client.rooms[room_id] = MatrixRoom(room_id, self._client.user_id)
        room = client.rooms[room_id]
        # Once on it is never off again, whatever an old sync answer says.
        room.encrypted = True
        if not room.members_synced:
            people = await people_in(self._client, room_id)
            for user in set(room.users) - set(people):
                room.remove_member(user)
            for user, how in people.items():
                room.add_member(user, None, None, how == "invite")
            room.members_synced = True
        client.olm.update_tracked_users(room)
        return room

    async def _share_session(self, room: MatrixRoom) -> None:
        client = self._client.nio
        users = sorted(room.users)
        missing = client.olm.get_missing_sessions(users)
        if missing:
            await self._claim_keys(missing)
        shares = client.olm.share_group_session_parallel(room.room_id, users, ignore_unverified_devices=True)
        for devices, messages in shares:
            path = f"{CLIENT}/sendToDevice/{ENCRYPTED}/{secrets.token_hex(16)}"
            await self._client.request("PUT", path, messages)
            await self._receive(ShareGroupSessionResponse(room.room_id, devices))
        session = client.olm.outbound_group_sessions.get(room.room_id)
        if session is None or sorted(room.users) != users:
            # Somebody came or left meanwhile: the next round makes a session for those who are here now.
            client.olm.outbound_group_sessions.pop(room.room_id, None)
            return
        # nio sees to it only when there was a device to share with.
        session.shared = True

    async def _claim_keys(self, missing: dict[str, list[str]]) -> None:
        wanted = {user: dict.fromkeys(devices, CLAIMED) for user, devices in missing.items()}
        answer = await self._client.request("POST", f"{CLIENT}/keys/claim", {"one_time_keys": wanted})
        await self._receive(KeysClaimResponse.from_dict(answer))

    async def _receive(self, response: Any) -> None:
        if not isinstance(response, KeysClaimResponse | ShareGroupSessionResponse):
            raise MatrixError(502, message="unreadable answer about keys")
        await self._client.nio.receive_response(response)
