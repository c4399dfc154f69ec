"""Room upgrades: what refers to a room follows to its successor, but only when both rooms say so (O7)."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import quote

from sqlmodel import Session

from ombot.matrix.client import CLIENT, Client
from ombot.matrix.errors import Fate, MatrixError
from ombot.matrix.rooms import fetch_if_joined, leave
from ombot.store import meta
from ombot.store import rooms as mirror
from ombot.store.rooms import StateCopy
from ombot.store.unit import Store

log = logging.getLogger(__name__)

Copies = Mapping[str, StateCopy | None]


async def follow(client: Client, store: Store, copies: Copies, now: datetime) -> dict[str, str]:
    """Let everything that refers to an upgraded room refer to its successor, in one transaction for each.

    Looked at from both rooms, because we may be invited to the new one before or after the old one ends.

    Args:
        client: our account, which joins the successor.
        store: the database.
        copies: what was just fetched, see :func:`ombot.matrix.rooms.refresh`.
        now: the moment of the fetch.

    Returns:
        Old room → new room, for those that were followed.

    Raises:
        MatrixError: the homeserver does not answer; what was followed is stored.
    """
    pairs = dict.fromkeys(_claims(copies))
    return {old: new for old, new in pairs if await _follow_one(client, store, copies, (old, new), now)}


def _claims(copies: Copies) -> Iterator[tuple[str, str]]:
    """Old and new room, as one of the two says."""
    for room_id, copy in copies.items():
        if copy is not None and copy.replaced_by is not None:
            yield room_id, copy.replaced_by
        if copy is not None and copy.predecessor is not None:
            yield copy.predecessor, room_id


async def _follow_one(client: Client, store: Store, copies: Copies, pair: tuple[str, str], now: datetime) -> bool:
    old, new = pair
    if not await store.read(lambda session: is_referred_to(session, old)):
        return False
    before = copies.get(old) or await fetch_if_joined(client, old)
    if before is None or before.replaced_by != new:
        log.warning("%s says it follows on %s, which does not say so", new, old)
        return False
    after = copies.get(new) or await _enter(client, new)
    if after is None:
        log.warning("%s was replaced by %s, where we are not invited", old, new)
        return False
    if not succeeds(old, before, new, after):
        log.warning("%s was replaced by %s, which is no successor of it: not followed", old, new)
        if new not in copies:
            await leave(client, new)
        return False

    def save(session: Session) -> None:
        mirror.save(session, new, after, now)
        mirror.move(session, old, new)

    await store.write(save)
    log.info("%s was upgraded: followed to %s", old, new)
    return True


def succeeds(old: str, before: StateCopy, new: str, after: StateCopy) -> bool:
    """Whether two rooms agree that one replaces the other, and nothing becomes readable that was not before."""
    return before.replaced_by == new and after.predecessor == old and (after.encrypted or not before.encrypted)


def is_referred_to(session: Session, room_id: str) -> bool:
    """Whether a room is a group's, a direct chat, or the space."""
    room = mirror.get(session, room_id)
    if room is None:
        return False
    return room.group_key is not None or room.direct_with is not None or meta.get(session, meta.SPACE) == room_id


async def _enter(client: Client, room_id: str) -> StateCopy | None:
    """Join a room and look at it; None when it does not let us in."""
    try:
        await client.request("POST", f"{CLIENT}/join/{quote(room_id, safe='')}", {})
    except MatrixError as error:
        if error.fate in (Fate.GIVE_UP, Fate.PARK):
            return None
        raise
    return await fetch_if_joined(client, room_id)
