"""Encrypted events that a homeserver shows as somebody else's, again or elsewhere. Members have real encryption."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from nio.crypto import Olm, OlmDevice
from nio.store import SqliteStore
from sqlmodel import Session, select

from ombot.matrix import undecrypted
from ombot.matrix.client import Account, Client
from ombot.matrix.incoming import MEGOLM
from ombot.matrix.machine import fetch_event
from ombot.matrix.sync import Hooks, SyncLoop
from ombot.matrix.trust_chain import Identity
from ombot.store import meta
from ombot.store.base import Table
from ombot.store.engine import open_engine
from ombot.store.tables import Inbox
from ombot.store.unit import Store

BOT, DEVICE = "@bot:x", "GERAET"
EVA, LEA = "@eva:x", "@lea:x"
ROOM, OTHER = "!raum:x", "!anderer:x"
SECONDS = 10.0
Event = dict[str, Any]
NUMBERS = count(1)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - it comes true in the sync loop
            await asyncio.sleep(0.01)


class Person:
    """One device of somebody: the library's machine as its client would use it."""

    def __init__(self, user: str, device: str, folder: Path) -> None:
        self.olm = Olm(user, device, SqliteStore(user, device, str(folder), "schluessel"))
        self.device: dict[str, Any] = self.olm.share_keys()["device_keys"]

    @property
    def user(self) -> str:
        return str(self.olm.user_id)

    def tell(self, bot: Client, one_time_key: str, kind: str, content: Event) -> Event:
        """A to-device message to the bot, encrypted for it."""
        keys = dict(bot.nio.olm.account.identity_keys)
        session = self.olm.create_session(one_time_key, keys["curve25519"])
        sealed = self.olm._olm_encrypt(session, OlmDevice(BOT, DEVICE, keys), kind, content)
        return {"type": "m.room.encrypted", "sender": self.user, "content": sealed}

    def room_key(self, room_id: str = ROOM) -> Event:
        """The key of a new session of a room."""
        self.olm.create_outbound_group_session(room_id)
        session = self.olm.outbound_group_sessions[room_id]
        session.shared = True
        return {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": session.id,
            "session_key": session.session_key,
        }

    def say(self, body: str, room_id: str = ROOM) -> Event:
        """An encrypted message as it comes down in a sync."""
        content = {"msgtype": "m.text", "body": body}
        return {
            "type": "m.room.encrypted",
            "event_id": f"$sealed-{next(NUMBERS)}",
            "sender": self.user,
            "origin_server_ts": int(time.time() * 1000),
            "content": self.olm.group_encrypt(room_id, {"type": "m.room.message", "content": content}),
        }

    def close(self) -> None:
        self.olm.store.database.close()


@dataclass
class Server:
    """A homeserver that says what it is told to: about devices, and in the answers to a sync."""

    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    identities: dict[str, dict[str, Any]] = field(default_factory=dict)
    one_time_keys: list[str] = field(default_factory=list)
    script: list[Event] = field(default_factory=list)
    events: dict[str, Event] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    queries: list[list[str]] = field(default_factory=list)
    url: str = ""

    def knows(self, *people: Person) -> None:
        for person in people:
            self.devices.setdefault(person.user, {})[person.device["device_id"]] = person.device

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/_matrix/client/v3/")
        if path == "sync":
            return web.json_response(await self._sync(request.query.get("since", "s0")))
        if path == "keys/upload":
            keys = (await request.json()).get("one_time_keys", {})
            self.one_time_keys += [key["key"] for key in keys.values()]
            return web.json_response({"one_time_key_counts": {"signed_curve25519": 50}})
        if path == "keys/query":
            return web.json_response(self._query((await request.json())["device_keys"]))
        if "/event/" in path:
            return web.json_response(self.events[path.rpartition("/")[2]])
        fixed = {"account/whoami": {"user_id": BOT, "device_id": DEVICE}}
        return web.json_response(fixed.get(path, {}))

    def _query(self, users: dict[str, Any]) -> Event:
        asked = [user for user in users if user not in self.away]
        self.queries.append(sorted(users))
        answer: Event = {"device_keys": {user: self.devices.get(user, {}) for user in asked}, "failures": {}}
        for user in asked:
            for usage, key in self.identities.get(user, {}).items():
                answer.setdefault(f"{usage}_keys", {})[user] = key
        return answer

    async def _sync(self, since: str) -> Event:
        if not self.script:
            await asyncio.sleep(0.02)
        answer = self.script.pop(0) if self.script else {}
        return {"next_batch": since, "device_one_time_keys_count": {"signed_curve25519": 50}, **answer}


def _state(kind: str, sender: str, state_key: str, **content: str) -> Event:
    event = {"type": kind, "event_id": f"$state-{next(NUMBERS)}", "sender": sender, "state_key": state_key}
    return event | {"origin_server_ts": 1, "content": content}


@dataclass
class World:
    server: Server
    client: Client
    store: Store
    folder: Path
    people: list[Person] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    def person(self, user: str, device: str) -> Person:
        person = Person(user, device, self.folder)
        self.people.append(person)
        return person

    def key_of(self, person: Person, room_id: str = ROOM) -> Event:
        return person.tell(self.client, self.server.one_time_keys.pop(), "m.room_key", person.room_key(room_id))

    def show(self, *events: Event, keys: tuple[Event, ...] = (), room_id: str = ROOM) -> None:
        """The next answer to a sync."""
        members = [_state("m.room.member", user, user, membership="join") for user in (BOT, EVA, LEA)]
        encryption = _state("m.room.encryption", EVA, "", algorithm=MEGOLM)
        room = {"state": {"events": [*members, encryption]}, "timeline": {"events": list(events)}}
        position = {"next_batch": f"s{next(NUMBERS)}"}
        self.server.script.append({"rooms": {"join": {room_id: room}}, "to_device": {"events": list(keys)}} | position)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SyncLoop]:
        hooks = Hooks(
            wanted=lambda _session, row: str(row.content.get("body", "")).startswith("!"),
            may_invite=None,
            on_gap=lambda _session, _room, _count: None,
            on_undecryptable=lambda _session, row: self.told.append((row.event_id, "undecryptable")),
            on_red=lambda _reason: None,
            on_doubt=lambda _session, row, why: self.told.append((row.event_id, str(why))),
        )
        loop = SyncLoop(self.client, self.store, hooks, position_seconds=0)
        task = asyncio.create_task(loop.run())
        try:
            yield loop
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def rows(self) -> list[tuple[str, str]]:
        """Who gave which command, as far as it would be carried out."""
        found = await self.store.read(lambda s: list(s.exec(select(Inbox).order_by("id"))))
        return [(row.sender, row.content["body"]) for row in found if row.kind == "message"]

    async def settled(self) -> None:
        """All answers are taken in, and nothing waits any more."""

        def waiting(session: Session) -> int:
            rows = session.exec(select(Inbox).where(Inbox.kind == "undecryptable", Inbox.state != "done")).all()
            return len(rows) + len(self.server.script)

        await self.taken_in()
        await until(lambda: _is(self.store, lambda session: not waiting(session)))

    async def taken_in(self) -> None:
        """All answers are taken in."""
        last = f"s{next(NUMBERS)}"
        self.server.script.append({"next_batch": last})
        await until(lambda: _is(self.store, lambda session: meta.get(session, meta.SYNC_TOKEN) == last))

    async def has_rows(self, *expected: tuple[str, str]) -> bool:
        return await self.rows() == list(expected)


async def _is(store: Store, question: Callable[[Session], bool]) -> bool:
    return await store.read(question)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    client = Client(Account(server.url, "bot", DEVICE, tmp_path / "crypto", "schluessel", "geheim", "t0"))
    await client.open()
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ombot.db'}"))
    Table.metadata.create_all(store.engine)
    await store.write(lambda session: meta.put(session, meta.SYNC_TOKEN, "s0"))
    world = World(server, client, store, tmp_path)
    yield world
    await client.close()
    await runner.cleanup()
    store.close()
    for person in world.people:
        person.close()


def shown_as(event: Event, sender: str) -> Event:
    """The same, as a homeserver shows it that wants it to be somebody else's."""
    return event | {"sender": sender, "event_id": f"$forged-{next(NUMBERS)}"}


async def test_a_command_is_its_senders_only_when_a_device_of_theirs_sealed_it(world: World) -> None:
    eva, lea = world.person(EVA, "EVAS"), world.person(LEA, "LEAS")
    world.server.knows(eva, lea)
    key = world.key_of(eva)
    own, forged, talk = eva.say("!meins"), shown_as(eva.say("!geliehen"), LEA), shown_as(eva.say("Guten Tag"), LEA)

    async with world.running() as loop:
        world.show(own, forged, talk, keys=(key,))
        await world.settled()

    assert await world.rows() == [(EVA, "!meins")]
    assert (world.told, loop.refused) == ([(forged["event_id"], "unverified")], 1)


async def test_a_device_with_the_key_of_somebody_elses_does_not_speak_for_them(world: World) -> None:
    eva, lea = world.person(EVA, "EVAS"), world.person(LEA, "LEAS")
    keys = lea.device["keys"] | {"curve25519:LEAS": eva.device["keys"]["curve25519:EVAS"]}
    claimed = {name: part for name, part in lea.device.items() if name != "signatures"} | {"keys": keys}
    lea.device = claimed | {"signatures": {LEA: {"ed25519:LEAS": lea.olm.sign_json(claimed)}}}
    world.server.knows(eva, lea)
    key = world.key_of(eva)

    async with world.running():
        forged = shown_as(eva.say("!geliehen"), LEA)
        world.show(forged, keys=(key,))
        await world.settled()

    assert LEA in world.client.nio.olm.device_store.users
    assert (await world.rows(), world.told) == ([], [(forged["event_id"], "unverified")])


async def test_a_key_passed_on_by_another_member_neither_makes_nor_breaks_a_sender(world: World) -> None:
    eva, lea = world.person(EVA, "EVAS"), world.person(LEA, "LEAS")
    world.server.knows(eva, lea)
    content = eva.room_key()
    first = lea.tell(world.client, world.server.one_time_keys.pop(), "m.room_key", content)
    second = eva.tell(world.client, world.server.one_time_keys.pop(), "m.room_key", content)
    own = eva.say("!meins")

    async with world.running():
        world.show(own, shown_as(own, LEA), keys=(first, second))
        await world.settled()

    assert (await world.rows(), world.told) == ([(EVA, "!meins")], [])


async def test_forwarded_keys_are_not_taken(world: World) -> None:
    eva, lea, own = world.person(EVA, "EVAS"), world.person(LEA, "LEAS"), world.person(BOT, "ALTES")
    world.server.knows(eva, lea, own)
    content = eva.room_key()
    session = next(iter(eva.olm.inbound_group_store))
    keys = eva.olm.account.identity_keys
    forwarded = content | {
        "session_key": session.export_session(0),
        "sender_key": keys["curve25519"],
        "sender_claimed_ed25519_key": keys["ed25519"],
        "forwarding_curve25519_key_chain": [],
    }

    async def requested() -> bool:
        return content["session_id"] in world.client.nio.olm.outgoing_key_requests

    async with world.running():
        world.show(eva.say("!ohne Schlüssel"))
        await until(requested)
        told = [
            person.tell(world.client, world.server.one_time_keys.pop(), "m.forwarded_room_key", forwarded)
            for person in (lea, own)
        ]
        world.show(eva.say("!noch eins"), keys=tuple(told))
        await world.taken_in()
        assert (await world.rows(), len(list(world.client.nio.olm.inbound_group_store))) == ([], 0)
        direct = eva.tell(world.client, world.server.one_time_keys.pop(), "m.room_key", content)
        world.show(eva.say("!endlich"), keys=(direct,))
        await world.settled()

    assert await world.rows() == [(EVA, "!ohne Schlüssel"), (EVA, "!noch eins"), (EVA, "!endlich")]


async def test_whoever_cannot_be_asked_about_waits_and_holds_up_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    eva, lea = world.person(EVA, "EVAS"), world.person(LEA, "LEAS")
    world.server.knows(eva, lea)
    world.server.away.add(LEA)
    monkeypatch.setattr(undecrypted, "PATIENCE", timedelta(seconds=0.2))
    keys = (world.key_of(lea), world.key_of(eva), world.key_of(eva, OTHER))

    async with world.running():
        world.show(lea.say("!zuerst"), eva.say("!danach"), keys=keys)
        world.show(eva.say("!woanders", OTHER), room_id=OTHER)
        await until(lambda: world.has_rows((EVA, "!danach"), (EVA, "!woanders")))
        assert world.told == []
        world.server.away.clear()
        await world.settled()

    assert await world.rows() == [(LEA, "!zuerst"), (EVA, "!danach"), (EVA, "!woanders")]


async def test_a_device_that_is_gone_is_told_to_send_again_and_what_it_said_can_still_be_looked_up(
    world: World,
) -> None:
    eva, telephone = world.person(EVA, "EVAS"), world.person(EVA, "TELEFON")
    world.server.knows(eva, telephone)
    keys = (world.key_of(eva), world.key_of(telephone))
    before = telephone.say("!vorher")

    async with world.running():
        world.show(before, keys=keys)
        await world.settled()
        del world.server.devices[EVA]["TELEFON"]
        world.show(eva.say("!am Rechner"), room_id=ROOM)
        world.server.script[-1]["device_lists"] = {"changed": [EVA]}
        await world.settled()
        late = telephone.say("!noch schnell")
        world.show(late)
        await world.settled()

    assert await world.rows() == [(EVA, "!vorher"), (EVA, "!am Rechner")]
    assert world.told == [(late["event_id"], "unverified")]
    world.server.events[before["event_id"]] = before
    found = await fetch_event(world.client, ROOM, before["event_id"])
    assert found is not None
    assert (found.kind, found.content["body"]) == ("message", "!vorher")


async def test_where_only_signed_devices_count_others_are_not_obeyed(world: World) -> None:
    world.client.account = replace(world.client.account, signed_only=True)
    eva, tablet = world.person(EVA, "EVAS"), world.person(EVA, "TABLET")
    identity = Identity.create()
    eva.device = identity.sign_device(eva.device)
    world.server.knows(eva, tablet)
    world.server.identities[EVA] = identity.public_keys(EVA)
    keys = (world.key_of(eva), world.key_of(tablet))

    async with world.running():
        refused = tablet.say("!vom Tablet")
        world.show(eva.say("!vom Rechner"), refused, tablet.say("Guten Tag"), keys=keys)
        await world.settled()
        assert world.told == [(refused["event_id"], "unsigned")]
        tablet.device = identity.sign_device(tablet.device)
        world.server.knows(tablet)
        world.show(tablet.say("!jetzt bestätigt"))
        await world.settled()

    assert await world.rows() == [(EVA, "!vom Rechner"), (EVA, "!jetzt bestätigt")]


async def test_what_was_sealed_once_counts_once_also_after_a_restart(world: World) -> None:
    eva, lea = world.person(EVA, "EVAS"), world.person(LEA, "LEAS")
    world.server.knows(eva, lea)
    key = world.key_of(eva)
    vote, yes = eva.say("!eins"), eva.say("ja")

    async with world.running():
        world.show(shown_as(vote, LEA), vote, yes, shown_as(vote, EVA), keys=(key,))
        await world.settled()
    assert (world.client.repeated, await world.rows()) == (1, [(EVA, "!eins")])
    await world.client.close()
    await world.client.open()
    async with world.running():
        world.show(shown_as(vote, EVA), shown_as(yes, EVA), shown_as(vote, LEA), vote, eva.say("!zwei"))
        world.show(shown_as(vote, EVA), room_id=OTHER)
        await world.taken_in()

    assert (world.client.repeated, await world.rows()) == (4, [(EVA, "!eins"), (EVA, "!zwei")])


HOSTILE = {
    "no text": b"\xff\xfe",
    "no JSON": b"!",
    "brackets": b"[" * 40_000,
    "no object": b"7",
    "no content": json.dumps({"type": "m.room.message", "room_id": ROOM}).encode(),
    "another room": json.dumps({"type": "m.room.message", "room_id": OTHER, "content": {"body": "!x"}}).encode(),
    "no type": json.dumps({"room_id": ROOM, "content": {"msgtype": "m.text", "body": "!x"}}).encode(),
}


async def test_whatever_is_sealed_does_not_stop_the_intake(world: World) -> None:
    eva = world.person(EVA, "EVAS")
    world.server.knows(eva)
    key = world.key_of(eva)
    session = eva.olm.outbound_group_sessions[ROOM]
    sealed = [eva.say("") for _ in HOSTILE]
    for event, inside in zip(sealed, HOSTILE.values(), strict=True):
        event["content"] |= {"ciphertext": session._session.encrypt(inside).to_base64()}
    without = eva.say("!ohne Absenderschlüssel")
    del without["content"]["sender_key"], without["content"]["device_id"]

    async with world.running() as loop:
        world.show(*sealed, without, keys=(key,))
        await world.settled()
        world.show(*(shown_as(event, EVA) for event in sealed), eva.say("!danach"))
        await world.settled()

    assert await world.rows() == [(EVA, "!ohne Absenderschlüssel"), (EVA, "!danach")]
    assert (world.told, loop.refused) == ([], 0)
