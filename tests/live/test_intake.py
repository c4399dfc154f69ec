"""Taking in from a real homeserver: everything once and in order, through gaps, restarts, late keys and kicks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from nio.responses import ShareGroupSessionResponse
from sqlmodel import Session, select

from ombot.demo.homeserver import Homeserver
from ombot.matrix import files, undecrypted
from ombot.matrix.client import CLIENT, Account, Client
from ombot.matrix.errors import BadFile, DeadToken, KeysRefused, LoginError, StoreError, TooLarge
from ombot.matrix.machine import fetch_event
from ombot.matrix.rooms import room_path
from ombot.matrix.sync import Hooks, SyncLoop
from ombot.store import meta
from ombot.store import rooms as mirror
from ombot.store.base import Table
from ombot.store.engine import open_engine
from ombot.store.outbox import Draft, Poster
from ombot.store.tables import Inbox, Outbox, Room
from ombot.store.unit import Store

pytestmark = pytest.mark.live
NameFactory = Callable[[str], str]
SECONDS = 20.0
BOTH = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that must come true soon."""
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - it comes true on the homeserver
            await asyncio.sleep(0.05)


@dataclass
class World:
    """A bot whose intake can be started and stopped, and members who write to it."""

    server: Homeserver
    names: NameFactory
    folder: Path
    store: Store
    clients: list[Client] = field(default_factory=list)
    gaps: list[tuple[str, int]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    async def person(self, stem: str) -> Client:
        name = self.names(stem)
        await asyncio.to_thread(self.server.register, name, "geheim")
        return await self.log_in(name)

    async def log_in(self, name: str, **changes: Any) -> Client:
        # Device ids differ, because the library gives no keys to a device called like its own, whoever owns it.
        device = f"GERAET-{name.upper()}"
        account = {"homeserver": self.server.url, "user": name, "device": device, "folder": self.folder / name}
        client = Client(Account(**{**account, "store_key": "schluessel", "password": "geheim", **changes}))
        self.clients.append(client)
        await client.open()
        return client

    def loop(self, bot: Client, window: int = 100) -> SyncLoop:
        hooks = Hooks(
            wanted=lambda _session, row: row.kind != "message" or row.content["body"].startswith("!"),
            may_invite=lambda _session, who: who in self.hosts,
            on_gap=lambda _session, room_id, count: self.gaps.append((room_id, count)),
            on_undecryptable=lambda _session, row: self.complaints.append(row.event_id),
            on_red=lambda _reason: None,
        )
        return SyncLoop(bot, self.store, hooks, window, position_seconds=0)

    @asynccontextmanager
    async def taking_in(self, bot: Client, window: int = 100) -> AsyncIterator[SyncLoop]:
        """The bot's intake runs, and has had its first answer."""
        loop = self.loop(bot, window)
        task = asyncio.create_task(loop.run())
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.wait([task, asyncio.create_task(loop.synced.wait())], return_when="FIRST_COMPLETED")
            assert not task.done(), task
            yield loop
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def room(self, *people: Client, encrypted: bool = False) -> str:
        """A room of the first person that all others have joined."""
        body: dict[str, Any] = {"preset": "private_chat", "invite": [other.user_id for other in people[1:]]}
        if encrypted:
            content = {"algorithm": "m.megolm.v1.aes-sha2"}
            body["initial_state"] = [{"type": "m.room.encryption", "state_key": "", "content": content}]
        room_id = str((await people[0].request("POST", f"{CLIENT}/createRoom", body))["room_id"])
        for other in people[1:]:
            await join(other, room_id)
        for person in people:
            await person.nio.sync(timeout=0, full_state=True)
        return room_id

    async def rows(self) -> list[Inbox]:
        return await self.store.read(lambda session: list(session.exec(select(Inbox).order_by("id"))))

    async def bodies(self) -> list[str]:
        return [row.content.get("body", row.kind) for row in await self.rows()]

    async def arrive(self, *bodies: str) -> None:
        """Exactly these rows come, in this order."""

        async def there() -> bool:
            return await self.bodies() == list(bodies)

        # What a new device has sealed waits a moment, until the homeserver has told of the device.
        with suppress(TimeoutError):
            await until(there)
        assert await self.bodies() == list(bodies)

    async def room_row(self, room_id: str) -> Room | None:
        return await self.store.read(lambda session: mirror.get(session, room_id))


@pytest.fixture
async def world(homeserver: Homeserver, user_name: NameFactory, tmp_path: Path) -> AsyncIterator[World]:
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ombot.db'}"))
    Table.metadata.create_all(store.engine)
    world = World(homeserver, user_name, tmp_path, store)
    yield world
    for client in world.clients:
        await client.close()
    store.close()


async def join(person: Client, room_id: str) -> None:
    await person.request("POST", room_path(room_id, "join"), {})


async def say(person: Client, room_id: str, body: str, **fields: Any) -> str:
    content = {"msgtype": "m.text", "body": body, **fields}
    answer = await person.nio.room_send(room_id, "m.room.message", content, ignore_unverified_devices=True)
    return str(answer.event_id)


@BOTH
async def test_commands_of_two_members_arrive_once_and_in_order(world: World, encrypted: bool) -> None:
    bot, eva, ada = [await world.person(stem) for stem in ("bot", "eva", "ada")]
    room_id = await world.room(eva, ada, bot, encrypted=encrypted)

    async with world.taking_in(bot) as loop:
        for number in range(3):
            await say(eva, room_id, f"!eva {number}")
            await say(eva, room_id, "kein Befehl")
            await say(ada, room_id, f"!ada {number}")
            await say(bot, room_id, "!bot")
        await world.arrive("!eva 0", "!ada 0", "!eva 1", "!ada 1", "!eva 2", "!ada 2")
        assert loop.received == 6

    rows = await world.rows()
    assert {row.encrypted for row in rows} == {encrypted}
    assert [row.sender for row in rows] == [eva.user_id, ada.user_id] * 3
    assert {row.room_id for row in rows} == {room_id}


@BOTH
async def test_replayed_answers_change_nothing(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot, encrypted=encrypted)
    async with world.taking_in(bot):
        pass
    before = await world.store.read(lambda session: meta.get(session, meta.SYNC_TOKEN))
    await say(eva, room_id, "!eins")
    async with world.taking_in(bot):
        await world.arrive("!eins")
    first = await world.rows()

    # As if killed before the commit: the old position and no row, but the key message is used up.
    def forget(session: Session) -> None:
        meta.put(session, meta.SYNC_TOKEN, str(before))
        for row in session.exec(select(Inbox)):
            session.delete(row)

    await bot.close()
    await bot.open()
    async with world.taking_in(bot):
        pass
    await world.arrive("!eins")
    await world.store.write(forget)
    await bot.close()
    await bot.open()
    async with world.taking_in(bot):
        await world.arrive("!eins")

    ids = [(row.event_id, row.encrypted) for row in first]
    assert [(row.event_id, row.encrypted) for row in await world.rows()] == ids


@BOTH
async def test_all_of_a_hundred_messages_while_down_are_taken_in(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot, encrypted=encrypted)
    async with world.taking_in(bot):
        await say(eva, room_id, "!vorher")
        await world.arrive("!vorher")
    expected = [f"!{number}" for number in range(100)]
    for body in expected:
        await say(eva, room_id, body)

    async with world.taking_in(bot, window=20):
        await world.arrive("!vorher", *expected)
    assert world.gaps == []


async def test_gap_beyond_the_limit_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ombot.matrix.gaps.MOST_EVENTS", 30)
    monkeypatch.setattr("ombot.matrix.gaps.PAGE", 10)
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot)
    async with world.taking_in(bot):
        pass
    for number in range(50):
        await say(eva, room_id, f"!{number}")

    async with world.taking_in(bot, window=10):
        await world.arrive(*[f"!{number}" for number in range(10, 50)])
    assert world.gaps == [(room_id, 30)]


async def test_walk_ends_where_we_were_even_in_a_room_full_of_talk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ombot.matrix.gaps.MOST_EVENTS", 25)
    monkeypatch.setattr("ombot.matrix.gaps.PAGE", 10)
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot)
    async with world.taking_in(bot):
        for number in range(30):
            await say(eva, room_id, f"kein Befehl {number}")
        for _ in range(5):
            await say(eva, room_id, "auch keiner")
    for number in range(20):
        await say(eva, room_id, f"!{number}")

    async with world.taking_in(bot, window=5):
        await world.arrive(*[f"!{number}" for number in range(20)])
    assert world.gaps == []


async def test_first_start_and_new_room_run_nothing_old(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    world.hosts.add(eva.user_id)
    first = await world.room(eva, bot)
    await say(eva, first, "!vor dem ersten Start")
    other = await world.room(eva)
    for number in range(15):
        await say(eva, other, f"!vor dem Beitritt {number}")

    async with world.taking_in(bot, window=10):
        await eva.request("POST", room_path(other, "invite"), {"user_id": bot.user_id})
        await until(lambda: _is_member(bot, other))
        await say(eva, other, "!gleich danach")
        await world.arrive("!gleich danach")

    room = await world.room_row(other)
    assert room is not None
    assert (room.joined, room.stale) == (True, True)
    assert room.joined_at is not None
    assert room.joined_at <= (await world.rows())[0].sent_at


async def test_rejoin_after_a_kick_runs_nothing_from_between(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    world.hosts.add(eva.user_id)
    room_id = await world.room(eva, bot)

    async with world.taking_in(bot):
        await eva.request("POST", room_path(room_id, "kick"), {"user_id": bot.user_id})

        async def left() -> bool:
            room = await world.room_row(room_id)
            return room is not None and not room.joined

        await until(left)
        before = await world.room_row(room_id)
        await say(eva, room_id, "!dazwischen")
        await eva.request("POST", room_path(room_id, "invite"), {"user_id": bot.user_id})
        await until(lambda: _is_member(bot, room_id))
        await say(eva, room_id, "!danach")
        await world.arrive("!danach")

    after = await world.room_row(room_id)
    assert before is not None and after is not None
    assert (after.joined, after.stale) == (True, True)
    assert after.joined_at is not None and before.joined_at is not None
    assert after.joined_at > before.joined_at


async def test_state_event_makes_the_room_stale(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot)

    async with world.taking_in(bot):
        await world.store.write(lambda session: setattr(mirror.get(session, room_id), "stale", False))
        await say(eva, room_id, "!hilfe")
        await world.arrive("!hilfe")
        room = await world.room_row(room_id)
        assert room is not None and room.stale is False
        await eva.request("PUT", room_path(room_id, "state", "m.room.name"), {"name": "Vorstand"})

        async def stale() -> bool:
            row = await world.room_row(room_id)
            return row is not None and row.stale

        await until(stale)


async def test_echo_confirms_an_outbox_row(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot)
    draft = Draft(f"room:{room_id}", {"msgtype": "m.text", "body": "Antwort"})
    row = await world.store.write(lambda session: Poster(session, "$x", datetime.now(UTC)).put(draft))

    async with world.taking_in(bot):
        answer = await bot.request("PUT", room_path(room_id, "send", "m.room.message", row.txn_id), row.content)

        async def sent() -> bool:
            return (await world.store.read(lambda session: session.get_one(Outbox, row.id))).state == "sent"

        await until(sent)
    confirmed = await world.store.read(lambda session: session.get_one(Outbox, row.id))
    assert (confirmed.event_id, confirmed.room_id) == (answer["event_id"], room_id)


@dataclass
class HeldKeys:
    """Room keys that a member's client has made but not sent yet."""

    person: Client
    held: list[tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=list)

    def hold(self) -> None:
        send = self.person.nio._send

        async def hold(response_class: type, *args: Any, **options: Any) -> Any:
            if response_class is not ShareGroupSessionResponse:
                return await send(response_class, *args, **options)
            self.held.append(((response_class, *args), options))
            return ShareGroupSessionResponse(*options["response_data"])

        self.person.nio._send = hold
        self._send = send

    async def release(self) -> None:
        for args, options in self.held:
            await self._send(*args, **options)


async def test_late_key_turns_the_row_into_the_command_in_its_place(world: World) -> None:
    bot, eva, ada = [await world.person(stem) for stem in ("bot", "eva", "ada")]
    room_id = await world.room(eva, ada, bot, encrypted=True)
    keys = HeldKeys(eva)
    keys.hold()

    async with world.taking_in(bot):
        await say(eva, room_id, "!spät")
        await say(eva, room_id, "kein Befehl")
        await say(ada, room_id, "!pünktlich")
        await world.arrive("undecryptable", "undecryptable", "!pünktlich")
        before = await world.rows()
        assert [(row.encrypted, row.sender) for row in before[:2]] == [(False, eva.user_id)] * 2
        await keys.release()

        async def read() -> bool:
            return "undecryptable" not in await world.bodies()

        await until(read)

    assert [(row.id, row.content["body"], row.encrypted) for row in await world.rows()] == [
        (before[0].id, "!spät", True),
        (before[2].id, "!pünktlich", True),
    ]
    assert world.complaints == []


async def test_key_is_requested_once_and_its_absence_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undecrypted, "PATIENCE", timedelta(seconds=1))
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot, encrypted=True)
    HeldKeys(eva).hold()

    async def stored(number: int) -> bool:
        # Complaints are made inside of a transaction: only its end says that they are made for good.
        return [row.content.get("reported") for row in await world.rows()] == [True] * number

    async def requested() -> bool:
        return bool(bot.nio.olm.outgoing_key_requests)

    async with world.taking_in(bot):
        lost = [await say(eva, room_id, "!verloren")]
        await until(lambda: stored(1))
        lost.append(await say(eva, room_id, "!auch verloren"))
        await until(lambda: stored(2))
        await until(requested)

    assert world.complaints == lost
    first, second = await world.rows()
    assert [(row.kind, row.content["requested"]) for row in (first, second)] == [("undecryptable", True)] * 2
    answer = await eva.nio.sync(timeout=0)
    requests = [event for event in answer.to_device_events if type(event).__name__ == "RoomKeyRequest"]
    assert [request.session_id for request in requests] == [first.content["session_id"]]

    await bot.close()
    await bot.open()
    async with world.taking_in(bot):
        lost.append(await say(eva, room_id, "noch eine"))
        await until(lambda: stored(3))
    assert world.complaints == lost


async def _is_member(person: Client, room_id: str) -> bool:
    return room_id in (await person.request("GET", f"{CLIENT}/joined_rooms"))["joined_rooms"]


async def _length_of_rows(world: World, wanted: int) -> bool:
    return [row.kind for row in await world.rows()] == ["message"] * wanted


async def test_invites_only_from_those_who_may(world: World) -> None:
    bot, eva, stranger = [await world.person(stem) for stem in ("bot", "eva", "fremd")]
    world.hosts.add(eva.user_id)
    ours = [await world.room(eva) for _ in range(11)]
    foreign = await world.room(stranger)

    async with world.taking_in(bot) as loop:
        await stranger.request("POST", room_path(foreign, "invite"), {"user_id": bot.user_id})
        for room_id in ours:
            await eva.request("POST", room_path(room_id, "invite"), {"user_id": bot.user_id})

        async def answered() -> bool:
            return (loop.invites.joined, loop.invites.rejected, len(loop.invites.postponed)) == (10, 1, 1)

        await until(answered)

    answer = await bot.request("GET", f"{CLIENT}/joined_rooms")
    assert set(answer["joined_rooms"]) == set(ours[:10])
    async with world.taking_in(bot) as again:
        # A new process has not joined any yet, and the homeserver does not show the invitation a second time.
        async def last() -> bool:
            return again.invites.joined == 1

        await until(last)


@BOTH
async def test_fetched_event_is_read_like_a_row(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot, encrypted=encrypted)
    async with world.taking_in(bot):
        event_id = await say(eva, room_id, "!frage")
        await world.arrive("!frage")
    own_id = await say(bot, room_id, "Antwort")

    theirs, own = await fetch_event(bot, room_id, event_id), await fetch_event(bot, room_id, own_id)

    assert theirs is not None and own is not None
    assert [(row.content["body"], row.encrypted, row.sender) for row in (theirs, own)] == [
        ("!frage", encrypted, eva.user_id),
        ("Antwort", encrypted, bot.user_id),
    ]
    assert await fetch_event(bot, room_id, "$unbekannt") is None


@BOTH
async def test_file_goes_up_and_comes_back(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(eva, bot, encrypted=encrypted)
    data = bytes(range(256)) * 500
    place = await files.upload(eva, data, "Übersicht & Plan.bin", "application/pdf", encrypted)
    async with world.taking_in(bot):
        info = {"mimetype": "application/pdf", "size": len(data)}
        await say(eva, room_id, "!datei", msgtype="m.file", filename="Plan.pdf", info=info, **place)
        await world.arrive("!datei")
    file = (await world.rows())[0].content["file"]

    assert (file["name"], file["size"], file["encryption"] is not None) == ("Plan.pdf", len(data), encrypted)
    assert await files.fetch(bot, file, limit=len(data)) == data
    with pytest.raises(TooLarge):
        await files.fetch(bot, file, limit=len(data) - 1)
    with pytest.raises(BadFile):
        await files.fetch(bot, file | {"url": "mxc://localhost/../../v3/sync"}, limit=10)
    if encrypted:
        with pytest.raises(BadFile):
            await files.fetch(bot, file | {"encryption": file["encryption"] | {"sha256": "AAAA"}}, limit=len(data))


async def test_session_is_kept_and_renewed_with_the_same_device(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    name = bot.account.user
    room_id = await world.room(eva, bot, encrypted=True)
    token = bot.nio.access_token
    await bot.close()
    await bot.open()
    assert bot.nio.access_token == token

    async with world.taking_in(bot):
        # A logout deletes the device and its keys on the server; the loop comes back with both.
        await bot.request("POST", f"{CLIENT}/logout", {})
        await say(eva, room_id, "!während")

        async def renewed() -> bool:
            # The new token comes before the keys are there again.
            answer = await eva.request("POST", f"{CLIENT}/keys/query", {"device_keys": {bot.user_id: []}})
            device = answer["device_keys"].get(bot.user_id, {}).get(bot.device_id)
            return bot.nio.access_token not in ("", token) and device is not None

        await until(renewed)
        await eva.nio.sync(timeout=0)
        await eva.nio.keys_query()
        eva.nio.invalidate_outbound_session(room_id)
        await say(eva, room_id, "!danach")

        async def there() -> bool:
            return "!danach" in await world.bodies()

        await until(there)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (world.folder / name).iterdir()}
    assert modes == {"session.json": 0o600, "crypto.db": 0o600}


async def test_dead_token_without_password_ends_the_loop(world: World) -> None:
    bot = await world.person("bot")
    token = bot.nio.access_token
    await bot.close()
    (bot.account.folder / "session.json").unlink()
    bot = await world.log_in(bot.account.user, password=None, access_token=token)
    loop = world.loop(bot)
    task = asyncio.create_task(loop.run())
    await loop.synced.wait()

    await bot.request("POST", f"{CLIENT}/logout", {})

    with pytest.raises(DeadToken):
        await asyncio.wait_for(task, SECONDS)


async def test_no_start_with_the_wrong_device_store_or_rights(world: World) -> None:
    bot = await world.person("bot")
    name, folder, token = bot.account.user, bot.account.folder, bot.nio.access_token
    await bot.close()

    with pytest.raises(LoginError, match="belongs to device GERAET-BOT"):
        await world.log_in(name, device="ANDERES", access_token=token, folder=world.folder / "neu")
    with pytest.raises(LoginError, match="refused the login"):
        await world.log_in(name, password="falsch", folder=world.folder / "neu")
    with pytest.raises(KeysRefused, match="new device id"):
        await world.log_in(name, folder=world.folder / "verloren")
    with pytest.raises(StoreError, match="does not open"):
        await world.log_in(name, store_key="anderer")
    with pytest.raises(StoreError, match="has no key"):
        await world.log_in(name, store_key="")
    (folder / "crypto.db").chmod(0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        await world.log_in(name)
    (folder / "crypto.db").chmod(0o600)
    folder.chmod(0o750)
    with pytest.raises(StoreError, match="chmod 700"):
        await world.log_in(name)


async def test_kill_between_key_upload_and_its_record_is_mended(world: World) -> None:
    bot = await world.person("bot")
    olm = bot.nio.olm
    olm.account.shared = False
    keys = olm.share_keys()
    olm.save_account()
    await bot.request("POST", f"{CLIENT}/keys/upload", keys)
    # Killed here: the store says neither that the device is known nor that these keys are published.
    await bot.close()

    await bot.open()
    assert bot.nio.olm.account.shared is True
    bot.nio.olm.uploaded_key_count = 0
    await bot.upload_keys()
    assert bot.nio.olm.account.one_time_keys == {"curve25519": {}}


async def test_fallback_key_serves_when_the_others_are_gone_and_is_renewed(world: World) -> None:
    bot, eva, thief = [await world.person(stem) for stem in ("bot", "eva", "dieb")]
    room_id = await world.room(eva, bot, encrypted=True)

    different = count()

    async def there() -> bool:
        # The homeserver repeats its last answer to an equal request.
        answer = await bot.request("GET", f"{CLIENT}/sync?timeout={next(different)}")
        return bool(answer["device_unused_fallback_key_types"] == ["signed_curve25519"])

    async def claim() -> tuple[str, bool]:
        wanted = {bot.user_id: {bot.device_id: "signed_curve25519"}}
        answer = await thief.request("POST", f"{CLIENT}/keys/claim", {"one_time_keys": wanted})
        ((key_id, key),) = answer["one_time_keys"][bot.user_id][bot.device_id].items()
        return key_id, bool(key.get("fallback"))

    fallback_keys = set()
    for turn, body in enumerate(("!eins", "!zwei")):
        async with world.taking_in(bot):
            await until(there)
        while not (claimed := await claim())[1]:
            pass
        fallback_keys.add(claimed[0])
        assert not await there()
        # With a session of its own, which takes the key that everybody gets now.
        writer = eva if turn == 0 else await world.log_in(eva.account.user, device="ZWEITES", folder=world.folder / "z")
        await writer.nio.sync(timeout=0, full_state=True)
        await say(writer, room_id, body)
        async with world.taking_in(bot):
            await until(lambda: _length_of_rows(world, turn + 1))  # noqa: B023 - awaited at once
            await until(there)

    assert await world.bodies() == ["!eins", "!zwei"]
    assert [row.encrypted for row in await world.rows()] == [True, True]
    assert len(fallback_keys) == 2
