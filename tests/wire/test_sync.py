"""The sync loop against a homeserver that misbehaves: errors of every kind, rubbish, floods."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlmodel import Session, select

from ombot.chat.intake import Intake
from ombot.matrix import backoff, sync
from ombot.matrix.backoff import JITTER, PAUSES
from ombot.matrix.client import Account, Client
from ombot.matrix.errors import DeadToken, Fate, LoginError, MatrixError, Unreachable, from_answer
from ombot.matrix.invites import OPEN_INVITES
from ombot.matrix.sync import Hooks, SyncLoop
from ombot.store import meta
from ombot.store import rooms as mirror
from ombot.store.base import Table
from ombot.store.engine import open_engine
from ombot.store.inbox import DECLINED
from ombot.store.outbox import Draft, Poster
from ombot.store.tables import Inbox
from ombot.store.unit import Store

OWN, EVA, ROOM = "@bot:x", "@eva:x", "!raum:x"
SECONDS = 10.0
Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


def event(number: int, **fields: Any) -> dict[str, Any]:
    content = {"msgtype": "m.text", "body": f"!{number}"}
    now = int(time.time() * 1000)
    return {
        "type": "m.room.message",
        "event_id": f"${number}",
        "sender": EVA,
        "origin_server_ts": now,
        "content": content,
    } | fields


def own_join() -> dict[str, Any]:
    return event(0, type="m.room.member", event_id="$join", sender=OWN, state_key=OWN, content={"membership": "join"})


def answer(position: str, *events: Any, **timeline: Any) -> Answer:
    join = {ROOM: {"timeline": {"events": list(events), **timeline}}} if events else {}
    counts = {"signed_curve25519": 50}
    return 200, {"next_batch": position, "rooms": {"join": join}, "device_one_time_keys_count": counts}


def refusal(status: int, errcode: str, **fields: Any) -> Answer:
    return status, {"errcode": errcode, "error": "no", **fields}


@dataclass
class Homeserver:
    """Answers ``/sync`` from a list, then with nothing new; everything else so that a client is content."""

    script: list[Answer] = field(default_factory=list)
    pages: list[Answer] = field(default_factory=list)
    otherwise: Answer | None = None
    syncs: list[dict[str, str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    to_device: list[tuple[str, Any]] = field(default_factory=list)
    to_device_refusals: list[Answer] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {"t0"})
    passwords: set[str] = field(default_factory=lambda: {"geheim"})
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/_matrix/client/v3/")
        self.requests.append(path)
        if path == "login":
            return await self._login(request)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return respond(refusal(401, "M_UNKNOWN_TOKEN", soft_logout=True))
        if path == "sync":
            return await self._sync(request)
        if path.endswith("/messages"):
            return respond(self.pages.pop(0) if self.pages else (200, {"start": "s", "chunk": []}))
        if path.startswith("sendToDevice/"):
            if self.to_device_refusals:
                return respond(self.to_device_refusals.pop(0))
            self.to_device.append((path, (await request.json())["messages"]))
        fixed = {
            "account/whoami": {"user_id": OWN, "device_id": "GERAET"},
            "keys/query": {"device_keys": {}, "failures": {}},
            "keys/upload": {"one_time_key_counts": {"signed_curve25519": 50}},
        }
        return respond((200, fixed.get(path, {})))

    async def _login(self, request: web.Request) -> web.StreamResponse:
        if (await request.json())["password"] not in self.passwords:
            return respond(refusal(403, "M_FORBIDDEN"))
        token = f"t{len(self.requests)}"
        self.tokens.add(token)
        return respond((200, {"user_id": OWN, "device_id": "GERAET", "access_token": token}))

    async def _sync(self, request: web.Request) -> web.StreamResponse:
        self.syncs.append(dict(request.query))
        if self.script:
            return respond(self.script.pop(0))
        if self.otherwise is not None:
            return respond(self.otherwise)
        await asyncio.sleep(0.02)
        return respond(answer(request.query.get("since", "s0")))


def respond(reply: Answer) -> web.StreamResponse:
    status, body, *headers = reply
    more = headers[0] if headers else {}
    if isinstance(body, str):
        return web.Response(status=status, text=body, content_type="text/html", headers=more)
    return web.json_response(body, status=status, headers=more)


@dataclass
class World:
    server: Homeserver
    client: Client
    store: Store
    loop: SyncLoop
    reds: list[str] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    verifiers: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.loop.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def events(self) -> list[str]:
        return [row.event_id for row in await self.store.read(lambda s: list(s.exec(select(Inbox).order_by("id"))))]

    async def token(self) -> str | None:
        return await self.store.read(lambda session: meta.get(session, meta.SYNC_TOKEN))

    async def start_at(self, position: str) -> None:
        """As after an earlier run: the next answer is not the first ever."""
        await self.store.write(lambda session: meta.put(session, meta.SYNC_TOKEN, position))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    server = Homeserver()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    client = Client(Account(server.url, "bot", "GERAET", tmp_path / "crypto", "schluessel", "geheim", "t0"))
    await client.open()
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ombot.db'}"))
    Table.metadata.create_all(store.engine)
    reds: list[str] = []
    cut: list[int] = []
    verifiers: list[str] = []
    hooks = Hooks(
        wanted=lambda _session, _row: True,
        may_invite=lambda _session, _who: False,
        on_gap=lambda _session, _room, count: cut.append(count),
        on_undecryptable=lambda _session, _row: None,
        on_red=reds.append,
        on_verification=lambda _session, person: verifiers.append(person),
    )
    yield World(server, client, store, SyncLoop(client, store, hooks, position_seconds=0), reds, cut, verifiers)
    await client.close()
    await runner.cleanup()
    store.close()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - it comes true on the server
            await asyncio.sleep(0.01)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pauses of a thousandth, for tests of what happens and not of when."""
    monkeypatch.setattr(backoff, "PAUSES", tuple(pause / 1000 for pause in PAUSES))
    monkeypatch.setattr(backoff, "WINDOW_SECONDS", 0.06)
    yield


STUMBLES: list[Answer] = [
    (500, {"errcode": "M_UNKNOWN", "error": "no"}),
    (502, "<html>Bad Gateway</html>"),
    (503, ""),
    (404, "<html>nginx</html>"),
    (403, {"errcode": "M_FORBIDDEN", "error": "no"}),
    (200, "<html>maintenance</html>"),
    (200, []),
    (200, {}),
    (200, {"next_batch": 7}),
    (429, {"errcode": "M_LIMIT_EXCEEDED", "error": "no", "retry_after_ms": 10}),
]


async def test_every_kind_of_error_is_survived_with_pauses(world: World, quick: None) -> None:
    await world.start_at("s0")
    world.server.script = [*STUMBLES, answer("s1", event(1))]

    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == ["$1"]
    assert [query["since"] for query in world.server.syncs[: len(STUMBLES) + 1]] == ["s0"] * (len(STUMBLES) + 1)
    assert world.loop.last_sync is not None


async def _equal(read: Callable[[], Awaitable[Any]], wanted: Any) -> bool:
    return bool(await read() == wanted)


async def test_a_failed_request_is_followed_by_a_real_pause(world: World) -> None:
    world.server.otherwise = (502, "<html>")

    async with world.running():
        await until(lambda: _requests(world, 1))
        began = time.monotonic()
        await until(lambda: _requests(world, 2))

    # What a look of ours comes too late does not count.
    assert time.monotonic() - began > PAUSES[0] * (1 - JITTER) - 0.2


async def _requests(world: World, number: int) -> bool:
    return len(world.server.syncs) >= number


async def test_long_outage_is_told_once_and_first_success_resets(
    world: World, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "RED_AFTER", timedelta(0))
    world.server.script = [(500, "")] * 3 + [answer("s1")] + [(500, "")] * 2 + [answer("s2")]

    async with world.running():
        await until(lambda: _equal(world.token, "s2"))

    assert world.reds == ["500", "500"]


async def test_soft_logout_logs_in_again_with_the_same_device(world: World) -> None:
    await world.start_at("s0")
    world.server.tokens.clear()
    world.server.script = [answer("s1", event(1))]

    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert world.server.requests.count("login") == 1
    assert await world.events() == ["$1"]


async def test_token_that_dies_at_once_is_not_renewed_for_ever(world: World) -> None:
    world.server.otherwise = refusal(401, "M_UNKNOWN_TOKEN")

    async with world.running() as task:
        with pytest.raises(DeadToken):
            await asyncio.wait_for(task, SECONDS)

    assert world.server.requests.count("login") <= 1


async def test_changed_password_ends_the_loop(world: World) -> None:
    world.server.tokens.clear()
    world.server.passwords.clear()

    async with world.running() as task:
        with pytest.raises(DeadToken, match="check user and password"):
            await asyncio.wait_for(task, SECONDS)


async def test_unknown_own_id_is_no_start(world: World, tmp_path: Path) -> None:
    account = Account(world.server.url, "bot", "ANDERES", tmp_path / "anders", "schluessel", None, "t0")
    client = Client(account)

    with pytest.raises(LoginError, match="belongs to device GERAET"):
        await client.open()
    await client.close()


async def test_failed_write_takes_the_same_answer_again(world: World, quick: None) -> None:
    await world.start_at("s0")
    world.server.script = [answer("s1", event(1)), answer("s1", event(1))]
    failures = 0

    def fail_once(session: Session, _row: Inbox) -> bool:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise OSError("no space left on device")
        return True

    world.loop.hooks = Hooks(fail_once, *(lambda *_: None,) * 4)  # type: ignore[arg-type]
    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == ["$1"]
    assert [query["since"] for query in world.server.syncs[:2]] == ["s0", "s0"]
    # Until something has been stored, the whole state is asked for.
    assert [query.get("full_state") for query in world.server.syncs[:3]] == ["true", "true", None]


async def test_reply_to_a_card_whose_sending_we_hear_of_only_now_is_kept(world: World) -> None:
    """The homeserver's answer to our request is on its way, or was lost: the member was quicker."""
    await world.start_at("s0")
    to_card = {"m.relates_to": {"m.in_reply_to": {"event_id": "$card"}}}
    reply = event(1, content={"msgtype": "m.text", "body": "erledigt", **to_card})
    talk = event(2, content={"msgtype": "m.text", "body": "gut"})

    def post(session: Session) -> str:
        mirror.set_group(session, ROOM, "ag")
        return Poster(session, "$command", datetime.now(UTC)).put(Draft(f"room:{ROOM}", {"body": "Aufgabe"})).txn_id

    txn_id = await world.store.write(post)
    card = event(3, event_id="$card", sender=OWN, unsigned={"transaction_id": txn_id})
    world.loop.hooks = replace(world.loop.hooks, wanted=Intake(OWN).wanted)
    world.server.script = [answer("s1"), answer("s2", card, reply, talk)]
    async with world.running():
        await until(lambda: _equal(world.token, "s2"))

    assert await world.events() == ["$1"]


@pytest.mark.parametrize(("direct", "taken"), [(True, ["$2", "$3"]), (False, ["$3"])])
async def test_first_words_to_us_may_stand_before_our_join_in_a_direct_chat(
    world: World, direct: bool, taken: list[str]
) -> None:
    """Clients write them at once with the invitation; elsewhere nothing before the join is meant for us (I6)."""
    await world.start_at("s0")
    invitation = {"membership": "invite", "is_direct": direct}
    invited = event(0, type="m.room.member", event_id="$invite", state_key=OWN, content=invitation)
    world.server.script = [answer("s1", event(1), invited, event(2), own_join(), event(3), limited=True)]
    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == taken


async def test_talk_alone_stores_no_position_and_the_next_command_does(world: World) -> None:
    await world.start_at("s0")
    own_joined = answer("s1", own_join())
    world.server.script = [own_joined, answer("s2", event(1, sender="@talk:x"))]
    hooks = replace(world.loop.hooks, wanted=lambda _session, row: row.sender == EVA)
    world.loop = SyncLoop(world.client, world.store, hooks, position_seconds=3600)

    async def has_asked_from(position: str) -> bool:
        return any(query.get("since") == position for query in world.server.syncs)

    async with world.running():
        await until(lambda: has_asked_from("s2"))
        assert (await world.token(), await world.events()) == ("s1", [])
        world.server.script = [answer("s3", event(2))]
        await until(lambda: has_asked_from("s3"))
        assert (await world.token(), await world.events()) == ("s3", ["$2"])


async def test_what_changes_an_event_of_the_same_answer_is_kept(world: World) -> None:
    """After downtime a command and its edit come together, and so do a reaction and its withdrawal."""
    await world.start_at("s0")

    def post(session: Session) -> None:
        mirror.set_group(session, ROOM, "ag")
        buttons = ({"key": "👍", "on": "!zusage T1", "back": "!zusage T1 zurück"},)
        row = Poster(session, "$before", datetime.now(UTC)).put(Draft(f"room:{ROOM}", {"body": "T1"}, buttons=buttons))
        row.state, row.event_id, row.room_id = "sent", "$card", ROOM

    await world.store.write(post)
    new = {"msgtype": "m.text", "body": "!aufgabe Zwei"}
    edit = {**new, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}}
    press = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$card", "key": "👍"}}
    world.loop.hooks = replace(world.loop.hooks, wanted=Intake(OWN).wanted)
    batch = [
        event(1),
        event(2, content=edit),
        event(3, type="m.reaction", content=press),
        event(4, type="m.room.redaction", redacts="$3", content={"redacts": "$3"}),
    ]
    world.server.script = [answer("s1", *batch)]
    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == ["$1", "$2", "$3", "$4"]


async def test_keys_are_uploaded_when_the_last_one_is_gone(world: World) -> None:
    world.server.script = [(200, {"next_batch": "s1", "device_one_time_keys_count": {}})]
    before = world.server.requests.count("keys/upload")

    async with world.running():
        await until(lambda: _equal(_of(lambda: world.server.requests.count("keys/upload")), before + 1))
        await until(lambda: _equal(_of(lambda: len(world.server.syncs) > 3), True))

    assert world.server.requests.count("keys/upload") == before + 1


RUBBISH: list[Any] = [
    None,
    "text",
    [],
    {},
    event(1, content="!hilfe"),
    event(1, unsigned=None, sender=None),
    event(1, content={"m.relates_to": "x"}),
    event(1, type="m.room.encrypted", content={"algorithm": "m.megolm.v1.aes-sha2", "session_id": [], "ciphertext": 1}),
    event(1, type="m.room.encrypted", content=None),
    event(1, type="m.room.member", state_key=EVA, content={"membership": ["join"]}),
    event(1, type="m.room.member", state_key=7, content={"membership": "join"}),
    event(1, type="m.room.member", state_key=EVA, content={"membership": "join", "displayname": {}}, unsigned=7),
    event(1, type="m.room.encryption", state_key="", content={"algorithm": {}}),
    event(1, type="m.room.member", state_key=EVA, content={"membership": "join"}, sender=None, origin_server_ts="x"),
    event(1, type="m.room.member", state_key=EVA, content={"membership": "join"}, event_id=[]),
    event(1, type=7, event_id={}),
]
TO_DEVICE: list[Any] = [
    None,
    {},
    {"type": "m.room.encrypted", "sender": EVA, "content": {}},
    {
        "type": "m.room.encrypted",
        "sender": EVA,
        "content": {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": "x",
            "ciphertext": {"OWN": {"type": 0, "body": "?"}},
        },
    },
    {"type": "m.room_key_request", "sender": EVA, "content": {"action": "request"}},
]


async def test_rubbish_does_not_stop_what_comes_behind_it(world: World) -> None:
    await world.start_at("s0")
    own_key = world.client.nio.olm.account.identity_keys["curve25519"]
    to_device = [_addressed(message, own_key) for message in TO_DEVICE]
    status, body = answer("s1", *RUBBISH, event(2))[:2]
    world.server.script = [(status, body | {"to_device": {"events": to_device}})]

    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == ["$2"]
    assert len([query for query in world.server.syncs if query["since"] == "s0"]) == 1


def _addressed(message: Any, own_key: str) -> Any:
    if isinstance(message, dict) and "ciphertext" in message.get("content", {}):
        message["content"]["ciphertext"] = {own_key: message["content"]["ciphertext"]["OWN"]}
    return message


async def test_requests_to_verify_us_are_declined_also_by_a_stumbling_server(world: World, quick: None) -> None:
    def asking(sender: str, kind: str = "request", **content: Any) -> dict[str, Any]:
        fields = {"from_device": "TELEFON", "transaction_id": "t", **content}
        return {"type": f"m.key.verification.{kind}", "sender": sender, "content": fields}

    unanswerable: list[Any] = [
        asking(EVA, "done"),
        asking(EVA, from_device="*"),
        asking(EVA, transaction_id=7),
        asking("eva"),
        {"type": "m.key.verification.request", "sender": EVA},
    ]
    asked = [asking(EVA), *unanswerable, asking(EVA), asking("@jan:x", "start", transaction_id="u"), asking(OWN)]
    await world.start_at("s0")
    status, body = answer("s1")[:2]
    world.server.script = [(status, body | {"to_device": {"events": asked}})]
    world.server.to_device_refusals = [refusal(500, "M_UNKNOWN"), refusal(403, "M_FORBIDDEN")]

    async with world.running():
        await until(lambda: _equal(world.token, "s1"))
        await until(lambda: _length(world.server.to_device, 2))

    assert world.verifiers == [EVA, "@jan:x"]
    assert [message for _, message in world.server.to_device] == [
        {"@jan:x": {"TELEFON": {"transaction_id": "u", **DECLINED}}},
        {OWN: {"TELEFON": {"transaction_id": "t", **DECLINED}}},
    ]
    assert len({path for path, _ in world.server.to_device}) == 2


async def _length(values: list[Any], wanted: int) -> bool:
    return len(values) >= wanted


async def test_gap_is_walked_in_pages_to_the_last_known_event(world: World) -> None:
    await world.start_at("s0")
    world.server.script = [
        answer("s1", event(1), event(2)),
        answer("s2", event(7), event(8), limited=True, prev_batch="p7"),
    ]
    world.server.pages = [
        (200, {"start": "p7", "end": "p5", "chunk": [event(6), event(5)]}),
        (200, {"start": "p5", "end": "p3", "chunk": [event(4), event(3)]}),
        (200, {"start": "p3", "end": "p1", "chunk": [event(2), event(1)]}),
    ]

    async with world.running():
        await until(lambda: _equal(world.token, "s2"))

    assert await world.events() == [f"${number}" for number in range(1, 9)]
    assert world.gaps == []


async def test_gap_ends_at_our_own_join(world: World) -> None:
    await world.start_at("s0")
    world.server.script = [answer("s1", event(4), limited=True, prev_batch="p4")]
    world.server.pages = [(200, {"start": "p4", "end": "p1", "chunk": [event(3), own_join(), event(2), event(1)]})]

    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == ["$3", "$4"]


async def test_gap_older_than_a_week_is_cut_off(world: World) -> None:
    old = int((datetime.now(UTC) - timedelta(days=8)).timestamp() * 1000)
    await world.start_at("s0")
    world.server.script = [answer("s1", event(4), limited=True, prev_batch="p4")]
    world.server.pages = [
        (200, {"start": "p4", "end": "p3", "chunk": [event(3), event(2, origin_server_ts=old)]}),
        (200, {"start": "p3", "end": "p1", "chunk": [event(1, origin_server_ts=old)]}),
        (200, {"start": "p1", "end": "p0", "chunk": [event(9, origin_server_ts=old)]}),
    ]

    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == ["$1", "$2", "$3", "$4"]
    assert world.gaps == [3]


async def test_stumble_in_the_middle_of_a_gap_loses_nothing(world: World, quick: None) -> None:
    await world.start_at("s0")
    limited = answer("s1", event(3), limited=True, prev_batch="p3")
    world.server.script = [limited, limited]
    page = (200, {"start": "p3", "end": "p2", "chunk": [event(2)]})
    world.server.pages = [page, (502, "<html>"), page, (200, {"start": "p2", "chunk": [event(1)]})]

    async with world.running():
        await until(lambda: _equal(world.token, "s1"))

    assert await world.events() == ["$1", "$2", "$3"]


async def test_thousand_invitations_by_strangers_are_declined(world: World) -> None:
    await world.start_at("s0")
    member = {"type": "m.room.member", "state_key": OWN, "sender": EVA, "content": {"membership": "invite"}}
    invites = {f"!{number}:x": {"invite_state": {"events": [member]}} for number in range(1000)}
    world.server.script = [(200, {"next_batch": "s1", "rooms": {"invite": invites}})]

    async with world.running():
        await until(lambda: _equal(_of(lambda: world.loop.invites.rejected), 1000))

    assert len([path for path in world.server.requests if path.endswith("/leave")]) == 1000
    assert [path for path in world.server.requests if "join" in path] == []


async def test_invitation_of_somebody_else_is_not_ours(world: World) -> None:
    world.loop.invites.may_invite = lambda _session, _who: True
    await world.start_at("s0")
    member = {"type": "m.room.member", "state_key": EVA, "sender": EVA, "content": {"membership": "invite"}}
    invite = {"!a:x": {"invite_state": {"events": [member, None, {}]}}, "!b:x": None}
    world.server.script = [(200, {"next_batch": "s1", "rooms": {"invite": invite}})]

    async with world.running():
        await until(lambda: _equal(_of(lambda: world.loop.invites.rejected), 2))

    assert world.loop.invites.joined == 0


def _of(value: Callable[[], Any]) -> Callable[[], Awaitable[Any]]:
    async def read() -> Any:
        return value()

    return read


@pytest.mark.parametrize(
    ("status", "body", "headers", "fate", "wait"),
    [
        (429, {"errcode": "M_LIMIT_EXCEEDED", "error": "", "retry_after_ms": 1500}, {}, Fate.WAIT, 1500),
        (429, None, {"Retry-After": "3"}, Fate.WAIT, 3000),
        (429, {"retry_after_ms": "bald"}, {"Retry-After": "bald"}, Fate.WAIT, None),
        (429, {"retry_after_ms": 10**12}, {}, Fate.WAIT, 3_600_000),
        (503, None, {"Retry-After": format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)}, Fate.RETRY, 0),
        (500, {"errcode": "M_FORBIDDEN", "error": ""}, {}, Fate.RETRY, None),
        (404, None, {}, Fate.RETRY, None),
        (403, {"errcode": "M_FORBIDDEN", "error": ""}, {}, Fate.GIVE_UP, None),
        (404, {"errcode": "M_NOT_FOUND", "error": ""}, {}, Fate.GIVE_UP, None),
        (413, {"errcode": "M_TOO_LARGE", "error": ""}, {}, Fate.PARK, None),
        (400, {"errcode": "M_SOMETHING_NEW", "error": ""}, {}, Fate.PARK, None),
        (401, {"errcode": "M_UNKNOWN_TOKEN", "error": ""}, {}, Fate.DEAD_TOKEN, None),
        (401, {"errcode": "M_MISSING_TOKEN", "error": ""}, {}, Fate.DEAD_TOKEN, None),
    ],
)
def test_fate_of_a_refusal(status: int, body: Any, headers: dict[str, str], fate: Fate, wait: int | None) -> None:
    error = from_answer(status, body, headers)

    assert (error.fate, error.retry_after_ms) == (fate, wait)


def test_errors_do_not_repeat_what_was_said() -> None:
    assert str(MatrixError(400, "M_BAD_JSON", "your message 'geheim' is wrong")) == "400 M_BAD_JSON"
    assert Unreachable("ClientConnectorError").fate is Fate.RETRY


async def test_time_of_a_message_counts_between_the_last_answer_and_its_arrival(world: World) -> None:
    """Somebody's homeserver may write any time into an event, and that time decides what was in time."""
    before = datetime.now(UTC) - timedelta(days=2)
    await world.start_at("s0")
    await world.store.write(lambda session: meta.put(session, meta.SYNCED_AT, before.isoformat()))

    def stamped(number: int, moment: datetime) -> dict[str, Any]:
        return event(number, origin_server_ts=int(moment.timestamp() * 1000))

    hours = timedelta(hours=1)
    long_ago, away, ahead = before - 24 * hours, before + 24 * hours, before + 72 * hours
    world.server.script = [answer("s1", stamped(1, long_ago), stamped(2, away), stamped(3, ahead))]
    world.server.script += [answer("s2", stamped(4, away))]
    async with world.running():
        await until(lambda: _equal(world.token, "s2"))

    rows = await world.store.read(lambda session: list(session.exec(select(Inbox).order_by("id"))))
    assert [row.event_id for row in rows] == ["$1", "$2", "$3", "$4"]
    assert rows[0].sent_at == before - sync.CLOCK_SKEW
    assert abs(rows[1].sent_at - away) < timedelta(seconds=1)
    assert rows[2].sent_at == rows[2].received_at
    # Now that we were there, nobody can say that it was written yesterday.
    assert rows[3].sent_at == rows[2].received_at - sync.CLOCK_SKEW


async def test_invitations_stay_open_for_who_may_not_answer_them(world: World) -> None:
    member = {"type": "m.room.member", "sender": EVA, "state_key": OWN, "content": {"membership": "invite"}}
    invite = {"!neu:x": {"invite_state": {"events": [member]}}}
    world.server.script = [answer("s1"), (200, {"next_batch": "s2", "rooms": {"invite": invite}}), answer("s3")]
    loop = SyncLoop(world.client, world.store, replace(world.loop.hooks, may_invite=None), position_seconds=0)
    task = asyncio.create_task(loop.run())
    await until(lambda: _equal(world.token, "s3"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert [path for path in world.server.requests if path.startswith(("join", "rooms"))] == []
    assert await world.store.read(lambda session: meta.get(session, OPEN_INVITES)) is None
