"""The outbox against a homeserver that refuses: who waits, who tries again, who gives up (O3, O4)."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from sqlmodel import Session, col, select

from ombot.matrix.client import Account, Client
from ombot.matrix.errors import Fate, MatrixError
from ombot.matrix.sender import FAULTS, IN_FLIGHT, UNASKED, Sender
from ombot.store import outbox
from ombot.store.base import Table
from ombot.store.engine import open_engine
from ombot.store.files import FileStore, Rendered
from ombot.store.outbox import Draft, Poster
from ombot.store.tables import Outbox
from ombot.store.unit import Store

SECONDS = 10.0
Answer = tuple[int, dict[str, Any]]


@dataclass
class Homeserver:
    """Says of each room what it was told to; knows just enough to log in to."""

    answers: dict[str, Callable[[int], Answer | None]] = field(default_factory=dict)
    """room id → answer for the n-th request (from 1), None for the usual one"""
    requests: list[tuple[str, str, float]] = field(default_factory=list)
    """room, transaction id and moment of every message that came in"""
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """room id → what its requests wait for"""
    bodies: dict[str, str] = field(default_factory=dict)
    """event id → text of accepted messages, by transaction id: a repeated one is no second message"""
    count: Counter[str] = field(default_factory=Counter)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        path = request.raw_path.partition("?")[0]
        if "/send/m.room.message/" in path:
            return await self._message(request, path)
        if path.endswith("/state/m.room.encryption/"):
            return web.json_response({"errcode": "M_NOT_FOUND"}, status=404)
        return web.json_response(
            {
                "user_id": "@bot:test",
                "device_id": "OMBOT",
                "access_token": "geheim",
                "device_keys": {},
                "one_time_key_counts": {"signed_curve25519": 50},
            }
        )

    async def _message(self, request: web.Request, path: str) -> web.Response:
        room, txn = unquote(path.split("/rooms/")[1].split("/")[0]), path.rpartition("/")[2]
        self.requests.append((room, txn, time.monotonic()))
        self.count[room] += 1
        if room in self.held:
            await self.held[room].wait()
        answer = self.answers[room](self.count[room]) if room in self.answers else None
        if answer is not None:
            return web.json_response(answer[1], status=answer[0])
        self.bodies[f"${txn}"] = json.loads(await request.read())["body"]
        return web.json_response({"event_id": f"${txn}"})

    def times(self, room: str) -> list[float]:
        return [moment for where, _, moment in self.requests if where == room]


@dataclass
class World:
    server: Homeserver
    client: Client
    store: Store
    files: FileStore

    async def post(self, *drafts: Draft, cause: str = "$befehl") -> list[int]:
        def write(session: Session) -> list[int]:
            poster = Poster(session, cause, datetime.now(UTC))
            return [poster.put(draft).id or 0 for draft in drafts]

        return await self.store.write(write)

    async def row(self, row_id: int) -> Outbox:
        row = await self.store.read(lambda session: outbox.get(session, row_id))
        assert row is not None
        return row

    async def settled(self, *row_ids: int) -> list[Outbox]:
        async def none_waits() -> bool:
            still = select(Outbox.id).where(col(Outbox.id).in_(row_ids), Outbox.state == "waiting").limit(1)
            return await self.store.read(lambda session: session.exec(still).first()) is None

        await until(none_waits)
        return [await self.row(row_id) for row_id in row_ids]

    def sender(self) -> Sender:
        sender = Sender(self.client, self.store, lambda: datetime.now(UTC), render, self.files)
        self.store.follow(sender.follow, Outbox)
        return sender

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Sender]:
        sender = self.sender()
        sender.ready.set()
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def render(kind: str, form: str, data: dict[str, Any]) -> Rendered:
    raise LookupError(f"no template for {kind}.{form}: {data}")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.02)


def text(body: str) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    server = Homeserver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = Client(Account(f"http://127.0.0.1:{port}", "bot", "OMBOT", tmp_path / "konto", "schluessel", "geheim"))
    await client.open()
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ombot.sqlite3'}"))
    Table.metadata.create_all(store.engine)
    yield World(server, client, store, FileStore(tmp_path / "files"))
    await client.close()
    store.close()
    await runner.cleanup()


def too_fast(_: int) -> Answer:
    return 429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 300}


async def test_a_room_that_is_always_too_fast_holds_up_no_other(world: World) -> None:
    world.server.answers["!laut:test"] = too_fast
    async with world.sending() as sender:
        (stuck,) = await world.post(Draft("room:!laut:test", text("warte")))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        ids = await world.post(*(Draft("room:!leise:test", text(f"Nummer {n}")) for n in range(3)))
        rows = await world.settled(*ids)
        took = time.monotonic() - started
        row = await world.row(stuck)

    assert took < 2
    assert [row.state for row in rows] == ["sent"] * 3
    assert list(world.server.bodies.values()) == ["Nummer 0", "Nummer 1", "Nummer 2"]
    assert (row.state, row.error) == ("waiting", "429 M_LIMIT_EXCEEDED")
    assert sender.retries == row.attempts >= 1


async def test_waits_as_long_as_the_homeserver_asks(world: World) -> None:
    def twice(number: int) -> Answer | None:
        return (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 700}) if number <= 2 else None

    world.server.answers["!laut:test"] = twice
    async with world.sending():
        (row,) = await world.settled(*await world.post(Draft("room:!laut:test", text("geduldig"))))

    first, second, third = world.server.times("!laut:test")
    assert min(second - first, third - second) >= 0.69
    assert third - first < 3
    assert (row.state, row.attempts, row.error) == ("sent", 2, None)


async def test_a_stumbling_server_is_asked_again_later_and_later_under_the_same_id(world: World) -> None:
    def twice(number: int) -> Answer | None:
        return (500, {"errcode": "M_UNKNOWN"}) if number <= 2 else None

    world.server.answers["!wackelig:test"] = twice
    async with world.sending() as sender:
        first, second = await world.post(
            Draft("room:!wackelig:test", text("eins")), Draft("room:!wackelig:test", text("zwei"))
        )
        rows = await world.settled(first, second)

    moments = world.server.times("!wackelig:test")
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[0] >= 1
    assert pauses[1] >= 2
    assert moments[2] - moments[0] < 6
    assert [txn for _, txn, _ in world.server.requests] == [rows[0].txn_id] * 3 + [rows[1].txn_id]
    assert list(world.server.bodies.values()) == ["eins", "zwei"]
    assert (sender.sent, sender.retries, sender.failed) == (2, 2, 0)


@pytest.mark.parametrize(
    ("status", "errcode"), [(403, "M_FORBIDDEN"), (404, "M_NOT_FOUND"), (413, "M_TOO_LARGE"), (400, "M_BAD_JSON")]
)
async def test_what_can_never_work_is_given_up_and_the_next_row_goes_out(
    world: World, status: int, errcode: str
) -> None:
    world.server.answers["!zu:test"] = lambda number: (status, {"errcode": errcode}) if number == 1 else None
    async with world.sending() as sender:
        rows = await world.settled(
            *await world.post(Draft("room:!zu:test", text("eins")), Draft("room:!zu:test", text("zwei")))
        )

    assert [(row.state, row.error) for row in rows] == [("failed", f"{status} {errcode}"), ("sent", None)]
    assert (sender.sent, sender.retries, sender.failed) == (1, 0, 1)


async def test_a_dead_token_ends_the_run_and_loses_nothing(world: World) -> None:
    world.server.answers["!a:test"] = lambda number: (401, {"errcode": "M_UNKNOWN_TOKEN"}) if number == 1 else None
    (row_id,) = await world.post(Draft("room:!a:test", text("später")))
    sender = world.sender()
    sender.ready.set()

    with pytest.raises(MatrixError) as error:
        await asyncio.wait_for(sender.run(), SECONDS)
    assert error.value.fate is Fate.DEAD_TOKEN
    assert (await world.row(row_id)).state == "waiting"

    async with world.sending():
        (row,) = await world.settled(row_id)
    assert row.state == "sent"
    assert list(world.server.bodies.values()) == ["später"]


async def test_nothing_is_sent_before_the_first_sync(world: World) -> None:
    (row_id,) = await world.post(Draft("room:!a:test", text("früh")))
    sender = world.sender()
    task = asyncio.create_task(sender.run())
    await asyncio.sleep(0.2)
    before = list(world.server.requests)
    sender.ready.set()
    (row,) = await world.settled(row_id)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert (before, row.state) == ([], "sent")


async def test_nothing_is_begun_while_the_homeserver_is_out_of_reach(world: World) -> None:
    async with world.sending() as sender:
        await world.settled(*await world.post(Draft("room:!a:test", text("vorher"))))
        sender.ready.clear()
        ids = await world.post(*(Draft(f"room:!{n % 3}:test", text(f"{n}")) for n in range(9)))
        await asyncio.sleep(0.2)
        meanwhile = len(world.server.requests)
        sender.ready.set()
        rows = await world.settled(*ids)

    assert (meanwhile, {row.state for row in rows}) == (1, {"sent"})


async def test_a_fault_of_ours_is_tried_thrice_and_holds_up_nobody(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"document": {"kind": "nichts", "format": "pdf", "data": {}}, "name": "x.pdf", "mimetype": "a/b"}
    async with world.sending():
        bad, good = await world.post(Draft("room:!a:test", broken, kind="file"), Draft("room:!a:test", text("danach")))
        rows = await world.settled(bad, good)

    assert [(row.state, row.error) for row in rows] == [("failed", "LookupError"), ("sent", None)]
    assert rows[0].attempts == FAULTS - 1
    assert [record.levelname for record in caplog.records if record.exc_info] == ["ERROR"] * FAULTS


async def test_confirmed_by_the_echo_a_lost_answer_is_not_sent_again(world: World) -> None:
    lost = asyncio.Event()

    def swallow(_: int) -> Answer:
        lost.set()
        return 502, {}

    world.server.answers["!a:test"] = swallow
    async with world.sending():
        (row_id,) = await world.post(Draft("room:!a:test", text("einmal")))
        txn_id = (await world.row(row_id)).txn_id
        await asyncio.wait_for(lost.wait(), SECONDS)
        now = datetime.now(UTC)
        await world.store.write(lambda session: outbox.confirm_echo(session, txn_id, "$echo", "!a:test", now))
        await asyncio.sleep(1.5)
        row = await world.row(row_id)

    assert (row.state, row.event_id) == ("sent", "$echo")
    assert world.server.count["!a:test"] == 1


async def test_a_hundred_rooms_get_their_rows_and_none_twice(world: World) -> None:
    drafts = [Draft(f"room:!{n % 100}:test", text(f"{n}")) for n in range(300)]
    async with world.sending() as sender:
        rows = await world.settled(*await world.post(*drafts))

    assert [row.state for row in rows] == ["sent"] * 300
    assert (len(world.server.requests), sender.sent) == (300, 300)
    for room in range(100):
        order = [world.server.bodies[f"${txn}"] for where, txn, _ in world.server.requests if where == f"!{room}:test"]
        assert order == [str(room), str(room + 100), str(room + 200)]


async def test_an_answer_waits_for_nothing_that_nobody_has_asked_for(world: World) -> None:
    """10,000 reminders due at once do not delay a command."""
    drafts = [Draft(f"room:!r{number}:test", text("Erinnerung")) for number in range(2 * IN_FLIGHT)]
    let_through = asyncio.Event()
    world.server.held = {draft.destination.removeprefix("room:"): let_through for draft in drafts}
    reminders = await world.post(*drafts, cause="clock:A1/due-0d@2027-03-01")

    async def as_many_as_may_be() -> bool:
        return len(world.server.requests) == UNASKED

    async with world.sending():
        await until(as_many_as_may_be)
        answers = await world.post(*(Draft(f"room:!f{number}:test", text("Antwort")) for number in range(IN_FLIGHT)))
        assert {row.state for row in await world.settled(*answers)} == {"sent"}
        assert len(world.server.requests) == UNASKED + len(answers)
        let_through.set()
        assert {row.state for row in await world.settled(*reminders)} == {"sent"}


async def test_stopped_and_started_again_and_again_every_row_arrives_once_in_order(world: World) -> None:
    ids = await world.post(*(Draft(f"room:!{n % 3}:test", text(f"{n}")) for n in range(60)))
    sender = world.sender()
    sender.ready.set()
    for milliseconds in range(40):
        task = asyncio.create_task(sender.run())
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    task = asyncio.create_task(sender.run())
    rows = await world.settled(*ids)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert [row.state for row in rows] == ["sent"] * 60
    assert len(world.server.bodies) == 60
    for room in range(3):
        txns = [txn for where, txn, _ in world.server.requests if where == f"!{room}:test"]
        assert list(dict.fromkeys(txns)) == [row.txn_id for row in rows[room::3]]


async def test_what_waited_for_the_homeserver_goes_out_as_soon_as_it_is_back(world: World) -> None:
    world.server.answers["!raum:x"] = lambda number: (502, {}) if number == 1 else None
    world.server.answers["!laut:x"] = lambda number: (429, {"retry_after_ms": 60_000}) if number == 1 else None
    waiting, slowed = await world.post(Draft("room:!raum:x", text("A")), Draft("room:!laut:x", text("B")))

    def long_away(session: Session) -> None:
        row = outbox.get(session, waiting)
        assert row is not None
        row.attempts = 6  # the next pause is a minute

    await world.store.write(long_away)
    async with world.sending() as sender:

        async def both_wait() -> bool:
            return all([(await world.row(row)).not_before is not None for row in (waiting, slowed)])

        await until(both_wait)
        sender.back()
        await world.settled(waiting)
        assert (await world.row(slowed)).state == "waiting"
