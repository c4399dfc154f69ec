"""Upgraded rooms on a real homeserver: followed when both rooms say so, and never because of one alone (O7)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ombot import features
from ombot.demo.homeserver import Homeserver
from ombot.matrix import upgrades
from ombot.matrix.client import CLIENT, Account, Client
from ombot.matrix.rooms import DeclaredRoom, ensure_room, membership, refresh, room_path
from ombot.store import meta, outbox
from ombot.store import rooms as mirror
from ombot.store.base import Table
from ombot.store.engine import open_engine
from ombot.store.outbox import Draft, Poster
from ombot.store.unit import Store

pytestmark = pytest.mark.live
NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)


@dataclass
class Scene:
    """The bot with a group's room, in which Eva has every right."""

    bot: Client
    eva: Client
    store: Store
    old: str

    async def look(self, *room_ids: str) -> dict[str, str]:
        """What happens when rooms turn out to have changed."""
        copies = await refresh(self.bot, self.store, room_ids, NOW)
        return await upgrades.follow(self.bot, self.store, copies, NOW)

    async def room(self, **content: Any) -> str:
        """Another room of Eva's, to which she has invited the bot."""
        made = await self.eva.request("POST", f"{CLIENT}/createRoom", {"invite": [self.bot.user_id], **content})
        return str(made["room_id"])

    async def bury(self, replacement: str) -> None:
        """End the group's room by hand, with whatever successor."""
        path = room_path(self.old, "state", "m.room.tombstone", "")
        await self.eva.request("PUT", path, {"body": "Umzug", "replacement_room": replacement})

    def of_group(self) -> str | None:
        with self.store.reading() as session:
            room = mirror.of_group(session, "beratung")
            return room and room.room_id


@pytest.fixture
async def scene(homeserver: Homeserver, user_name: Callable[[str], str], tmp_path: Path) -> AsyncIterator[Scene]:
    features.load_tables()
    clients = []
    for stem in ("bot", "eva"):
        name = user_name(stem)
        await asyncio.to_thread(homeserver.register, name, "geheim")
        clients.append(Client(Account(homeserver.url, name, "GERAET", tmp_path / name, "schluessel", "geheim")))
        await clients[-1].open()
    bot, eva = clients
    store = Store(open_engine(f"sqlite:///{tmp_path}/ombot.sqlite3"))
    Table.metadata.create_all(store.engine)
    alias = f"ag-{bot.account.user}"
    levels = {eva.user_id: 100}
    wanted = DeclaredRoom("beratung", "AG", "Beratung", alias, (eva.user_id,), encrypted=False, levels=levels)
    old = (await ensure_room(bot, wanted, None, "11")).room_id
    await eva.request("POST", room_path(old, "join"), {})
    with store.unit() as session:
        mirror.set_group(session, old, "beratung")
        meta.put(session, meta.SPACE, old)
        Poster(session, "$cause", NOW).put(Draft(f"room:{old}", {"body": "wartet"}))
    yield Scene(bot, eva, store, old)
    for client in clients:
        await client.close()
    store.close()


@pytest.mark.parametrize("seen", ["old", "new"])
async def test_everything_follows_an_upgraded_room(scene: Scene, seen: str) -> None:
    answer = await scene.eva.request("POST", room_path(scene.old, "upgrade"), {"new_version": "12"})
    new = str(answer["replacement_room"])
    if seen == "old":
        assert await scene.look(scene.old) == {}  # not invited yet
        assert scene.of_group() == scene.old
    await scene.eva.request("POST", room_path(new, "invite"), {"user_id": scene.bot.user_id})
    if seen == "new":
        await scene.bot.request("POST", room_path(new, "join"), {})

    assert await scene.look(scene.old if seen == "old" else new) == {scene.old: new}

    assert scene.of_group() == new
    assert await scene.look(scene.old, new) == {}
    with scene.store.reading() as session:
        assert meta.get(session, meta.SPACE) == new
        assert [row.destination for row in outbox.by_cause(session, "$cause")] == [f"room:{new}"]
        assert mirror.newest(session, scene.old) == new
        assert mirror.membership(session, new, scene.eva.user_id) == "join"


async def test_a_room_of_a_stranger_is_not_followed_and_left(scene: Scene) -> None:
    foreign = await scene.room()
    await scene.bury(foreign)

    assert await scene.look(scene.old) == {}

    assert scene.of_group() == scene.old
    assert await membership(scene.eva, foreign, scene.bot.user_id) == "leave"


async def test_a_room_that_only_says_it_follows_is_not_followed(scene: Scene) -> None:
    claims = await scene.room(creation_content={"predecessor": {"room_id": scene.old, "event_id": "$x"}})
    await scene.bot.request("POST", room_path(claims, "join"), {})
    assert await scene.look(claims) == {}

    await scene.bury(await scene.room())
    assert await scene.look(claims, scene.old) == {}
    assert scene.of_group() == scene.old


async def test_an_encrypted_room_is_not_followed_into_an_open_one(scene: Scene) -> None:
    path = room_path(scene.old, "state", "m.room.encryption", "")
    await scene.eva.request("PUT", path, {"algorithm": "m.megolm.v1.aes-sha2"})
    open_room = await scene.room(creation_content={"predecessor": {"room_id": scene.old, "event_id": "$x"}})
    await scene.bury(open_room)

    assert await scene.look(scene.old) == {}
    assert scene.of_group() == scene.old
