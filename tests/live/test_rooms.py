"""Rooms on a real homeserver: created once, completed after a kill, never against a person's wish."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ombot.demo.homeserver import Homeserver
from ombot.matrix.client import CLIENT, Account, Client
from ombot.matrix.errors import MatrixError, RoomNotOurs
from ombot.matrix.rooms import (
    DeclaredRoom,
    Ensured,
    ensure_room,
    ensure_space,
    fetch_state,
    find_alias,
    leave,
    level_of,
    membership,
    people_in,
    refresh,
    room_path,
    set_closed,
)
from ombot.store import rooms as mirror
from ombot.store.base import Table
from ombot.store.engine import open_engine
from ombot.store.rooms import CREATOR_LEVEL
from ombot.store.unit import Store

pytestmark = pytest.mark.live
NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)
NameFactory = Callable[[str], str]
VERSIONS = ("10", "11", "12")


class People:
    """Accounts of one test; every one is a real client that is closed at the end."""

    def __init__(self, server: Homeserver, names: NameFactory, folder: Path) -> None:
        self._server, self._names, self._folder = server, names, folder
        self.clients: list[Client] = []

    async def new(self, stem: str) -> Client:
        name = self._names(stem)
        await asyncio.to_thread(self._server.register, name, "geheim")
        account = Account(self._server.url, name, "GERAET", self._folder / name, "schluessel", "geheim")
        client = Client(account)
        self.clients.append(client)
        await client.open()
        return client


@pytest.fixture
async def people(homeserver: Homeserver, user_name: NameFactory, tmp_path: Path) -> AsyncIterator[People]:
    people = People(homeserver, user_name, tmp_path)
    yield people
    for client in people.clients:
        await client.close()


def declared(bot: Client, **changes: Any) -> DeclaredRoom:
    # Accounts are unique per test, so their names make aliases that no other test uses.
    alias = f"ag-{bot.account.user}"
    return replace(DeclaredRoom("beratung", "AG Beratung", "Beratungsverständnis", alias), **changes)


async def state_of(client: Client, room_id: str, kind: str, key: str = "") -> dict[str, Any]:
    return await client.request("GET", room_path(room_id, "state", kind, key))


async def join(client: Client, room_id: str) -> None:
    await client.request("POST", room_path(room_id, "join"), {})


@pytest.mark.parametrize("version", VERSIONS)
async def test_room_is_created_once_with_what_was_declared(people: People, version: str) -> None:
    bot, eva, jan = [await people.new(stem) for stem in ("bot", "eva", "jan")]
    space = await ensure_space(bot, declared(bot, alias_localpart=f"kreis-{bot.account.user}"), version)
    wanted = declared(bot, members=(jan.user_id, eva.user_id), leads=(eva.user_id,))

    first = await ensure_room(bot, wanted, space.room_id, version)
    copy = await fetch_state(bot, first.room_id)
    second = await ensure_room(bot, wanted, space.room_id, version)

    assert first == Ensured(first.room_id, True, (eva.user_id, jan.user_id), (), ())
    assert second == Ensured(first.room_id)
    assert await fetch_state(bot, first.room_id) == copy
    assert (copy.encrypted, copy.version, copy.creators, copy.name) == (True, version, (bot.user_id,), "AG Beratung")
    assert {user: how for user, (how, _) in copy.members.items()} == {
        bot.user_id: "join",
        eva.user_id: "invite",
        jan.user_id: "invite",
    }
    assert [level_of(copy, client.user_id) for client in (bot, eva, jan)] == [
        CREATOR_LEVEL if version == "12" else 100,
        50,
        0,
    ]
    assert (bot.user_id in copy.levels["users"]) == (version != "12")
    assert [copy.levels[key] for key in ("events_default", "invite", "notifications")] == [0, 50, {"room": 50}]
    assert await state_of(bot, first.room_id, "m.room.history_visibility") == {"history_visibility": "shared"}
    assert await state_of(bot, first.room_id, "m.room.topic") != {}
    assert await state_of(bot, space.room_id, "m.space.child", first.room_id) == {"via": ["localhost"]}
    assert await state_of(bot, first.room_id, "m.space.parent", space.room_id) == {
        "via": ["localhost"],
        "canonical": True,
    }


async def test_space_is_a_space_without_encryption(people: People) -> None:
    bot, eva = [await people.new(stem) for stem in ("bot", "eva")]

    space = await ensure_space(bot, declared(bot, members=(eva.user_id,)))

    assert (await state_of(bot, space.room_id, "m.room.create"))["type"] == "m.space"
    assert (await fetch_state(bot, space.room_id)).encrypted is False
    assert space.invited == (eva.user_id,)


@pytest.mark.parametrize("version", VERSIONS)
async def test_killed_after_creation_the_rest_is_made_up_for(people: People, version: str) -> None:
    bot, eva = [await people.new(stem) for stem in ("bot", "eva")]
    space = await ensure_space(bot, declared(bot, alias_localpart=f"kreis-{bot.account.user}"), version)
    wanted = declared(bot, leads=(eva.user_id,))
    bare = {"room_alias_name": wanted.alias_localpart, "preset": "private_chat", "room_version": version}
    room_id = (await bot.request("POST", f"{CLIENT}/createRoom", bare))["room_id"]

    first = await ensure_room(bot, wanted, space.room_id, version)
    second = await ensure_room(bot, wanted, space.room_id, version)

    assert first == Ensured(room_id, False, (eva.user_id,), (), (eva.user_id,))
    assert second == Ensured(room_id)
    copy = await fetch_state(bot, room_id)
    assert (copy.encrypted, level_of(copy, eva.user_id)) == (True, 50)
    assert (bot.user_id in copy.levels["users"]) == (version != "12")
    assert await state_of(bot, space.room_id, "m.space.child", room_id) == {"via": ["localhost"]}
    assert await state_of(bot, room_id, "m.space.parent", space.room_id) == {"via": ["localhost"], "canonical": True}


async def test_what_people_changed_stays(people: People) -> None:
    bot, eva, jan, ida = [await people.new(stem) for stem in ("bot", "eva", "jan", "ida")]
    space = await ensure_space(bot, declared(bot, alias_localpart=f"kreis-{bot.account.user}"))
    wanted = declared(bot, members=(jan.user_id, ida.user_id), leads=(eva.user_id,))
    room_id = (await ensure_room(bot, wanted, space.room_id)).room_id
    await join(jan, room_id)
    await leave(jan, room_id)
    await leave(eva, room_id)
    await bot.request("POST", room_path(room_id, "ban"), {"user_id": ida.user_id})
    levels = await state_of(bot, room_id, "m.room.power_levels")
    levels["users"][eva.user_id] = 10
    await bot.request("PUT", room_path(room_id, "state", "m.room.power_levels", ""), levels)
    await bot.request("PUT", room_path(space.room_id, "state", "m.space.child", room_id), {})

    again = await ensure_room(bot, wanted, space.room_id)

    assert again == Ensured(room_id)
    assert [await membership(bot, room_id, client.user_id) for client in (eva, jan, ida)] == ["leave", "leave", "ban"]
    assert level_of(await fetch_state(bot, room_id), eva.user_id) == 10
    assert await state_of(bot, space.room_id, "m.space.child", room_id) == {}


async def test_later_declared_people_are_invited_and_raised(people: People) -> None:
    bot, eva, jan = [await people.new(stem) for stem in ("bot", "eva", "jan")]
    room_id = (await ensure_room(bot, declared(bot, members=(eva.user_id,)), None)).room_id

    later = await ensure_room(bot, declared(bot, members=(eva.user_id,), leads=(eva.user_id, jan.user_id)), None)

    assert later == Ensured(room_id, False, (jan.user_id,), (), (eva.user_id, jan.user_id))
    copy = await fetch_state(bot, room_id)
    assert [level_of(copy, client.user_id) for client in (bot, eva, jan)] == [CREATOR_LEVEL, 50, 50]


async def test_member_of_the_space_joins_uninvited_only_when_declared(people: People) -> None:
    bot, eva = [await people.new(stem) for stem in ("bot", "eva")]
    alias = bot.account.user
    space = await ensure_space(bot, declared(bot, alias_localpart=f"kreis-{alias}", members=(eva.user_id,)))
    await join(eva, space.room_id)
    opened = await ensure_room(bot, declared(bot, join="space", alias_localpart=f"offen-{alias}"), space.room_id)
    closed = await ensure_room(bot, declared(bot, alias_localpart=f"zu-{alias}"), space.room_id)

    await join(eva, opened.room_id)
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await join(eva, closed.room_id)

    assert await people_in(bot, opened.room_id) == {bot.user_id: "join", eva.user_id: "join"}
    assert await people_in(bot, closed.room_id) == {bot.user_id: "join"}


async def test_who_knocks_is_seen_and_comes_in_by_an_invitation(people: People, tmp_path: Path) -> None:
    bot, eva, jan = [await people.new(stem) for stem in ("bot", "eva", "jan")]
    wanted = declared(bot, join="knock")
    room_id = (await ensure_room(bot, wanted, None)).room_id
    for client in (eva, jan):
        await client.request("POST", f"{CLIENT}/knock/{room_id}", {"reason": "Darf ich mitmachen?"})
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await join(eva, room_id)

    async with opened_store(tmp_path) as store:
        await refresh(bot, store, [room_id], NOW)
        with store.reading() as session:
            assert [mirror.membership(session, room_id, one.user_id) for one in (eva, jan)] == ["knock", "knock"]
            assert [person.id for person in mirror.members(session, room_id)] == [bot.user_id]

    later = await ensure_room(bot, replace(wanted, members=(eva.user_id,)), None)
    assert later == Ensured(room_id, invited=(eva.user_id,))
    await join(eva, room_id)
    assert await people_in(bot, room_id) == {bot.user_id: "join", eva.user_id: "join"}


async def test_one_person_who_cannot_be_invited_keeps_nobody_else_out(people: People) -> None:
    bot, eva = [await people.new(stem) for stem in ("bot", "eva")]
    strangers = ("@ausgedacht:anderswo.invalid", "kein Name")

    done = await ensure_room(bot, declared(bot, members=(*strangers, eva.user_id)), None)

    assert (done.invited, done.refused) == ((eva.user_id,), strangers)


async def test_a_room_somebody_else_made_under_our_alias_is_refused(people: People) -> None:
    bot, eve = [await people.new(stem) for stem in ("bot", "eve")]
    wanted = declared(bot)
    body = {"room_alias_name": wanted.alias_localpart, "preset": "public_chat"}
    room_id = (await eve.request("POST", f"{CLIENT}/createRoom", body))["room_id"]

    with pytest.raises(RoomNotOurs, match=wanted.alias_localpart):
        await ensure_room(bot, wanted, None)
    await join(bot, room_id)
    with pytest.raises(RoomNotOurs, match=wanted.alias_localpart):
        await ensure_room(bot, wanted, None)


@asynccontextmanager
async def opened_store(folder: Path) -> AsyncIterator[Store]:
    store = Store(open_engine(f"sqlite:///{folder / 'ombot.sqlite3'}"))
    Table.metadata.create_all(store.engine)
    try:
        yield store
    finally:
        store.close()


async def test_refresh_mirrors_rooms_and_forgets_left_ones(people: People, tmp_path: Path) -> None:
    bot, eva = [await people.new(stem) for stem in ("bot", "eva")]
    alias = bot.account.user
    wanted = [declared(bot, alias_localpart=f"{n}-{alias}", leads=(eva.user_id,)) for n in range(3)]
    ids = [(await ensure_room(bot, room, None)).room_id for room in wanted]
    await join(eva, ids[0])

    async with opened_store(tmp_path) as store:
        await refresh(bot, store, ids, NOW)
        await leave(bot, ids[2])
        await refresh(bot, store, ids, NOW)
        with store.reading() as session:
            rooms = [mirror.get(session, room_id) for room_id in ids]
            seen = [(room.joined, room.stale, room.encrypted) for room in rooms if room]
            members = [[person.id for person in mirror.members(session, room_id)] for room_id in ids]
            level = mirror.level(rooms[0], eva.user_id) if rooms[0] else None

    assert seen == [(True, False, True), (True, False, True), (False, False, True)]
    assert members == [sorted((bot.user_id, eva.user_id)), [bot.user_id], []]
    assert level == 50


async def test_nobody_writes_in_a_closed_room_until_it_is_opened_again(people: People) -> None:
    bot, eva = [await people.new(stem) for stem in ("bot", "eva")]
    room_id = (await ensure_room(bot, declared(bot, leads=(eva.user_id,), encrypted=False), None)).room_id
    await join(eva, room_id)

    async def say(client: Client, number: int) -> None:
        await client.request(
            "PUT", room_path(room_id, "send", "m.room.message", f"t{number}"), {"msgtype": "m.text", "body": "Hallo"}
        )

    before = await state_of(bot, room_id, "m.room.power_levels")
    for _ in range(2):
        await set_closed(bot, room_id, closed=True)
        with pytest.raises(MatrixError, match="M_FORBIDDEN"):
            await say(eva, 1)
    await say(bot, 1)
    assert (await state_of(eva, room_id, "m.room.power_levels"))["users"] == before["users"]
    await set_closed(bot, room_id, closed=False)
    await say(eva, 2)


async def test_unknown_alias_leads_nowhere(people: People) -> None:
    bot = await people.new("bot")
    assert await find_alias(bot, "gibt-es-nicht") is None
