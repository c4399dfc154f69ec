"""The outbox on a real homeserver: every kind of row, plain and encrypted, each exactly once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nio.crypto.attachments import decrypt_attachment
from sqlmodel import Session

from ombot.demo.homeserver import Homeserver
from ombot.matrix.client import CLIENT, Account, Client
from ombot.matrix.rooms import DeclaredRoom, ensure_room, leave, membership, people_in, refresh, room_path
from ombot.matrix.sender import Sender
from ombot.store import outbox
from ombot.store import rooms as mirror
from ombot.store.base import Table
from ombot.store.engine import open_engine
from ombot.store.files import FileStore, Rendered
from ombot.store.outbox import CAUSE, Draft, Poster
from ombot.store.tables import Outbox
from ombot.store.unit import Store

pytestmark = pytest.mark.live
NameFactory = Callable[[str], str]
SECONDS = 10.0
BOTH = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])


def text(body: str) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, "m.mentions": {}}


REMARK = "Die Vorlage ist fehlerhaft."


def render(kind: str, form: str, data: dict[str, Any]) -> Rendered:
    return Rendered(f"{kind}.{form}: {data['title']}".encode(), str(data.get("remark", "")))


@dataclass
class World:
    """The bot's output half on a homeserver, and the members it talks to."""

    server: Homeserver
    names: NameFactory
    folder: Path
    store: Store
    files: FileStore
    clients: list[Client] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    causes: int = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def person(self, stem: str) -> Client:
        name = self.names(stem)
        await asyncio.to_thread(self.server.register, name, "geheim")
        # Every device has its own id: nio hands no keys to devices that are called like its own, whosever they are.
        client = Client(Account(self.server.url, name, name.upper(), self.folder / name, "schluessel", "geheim"))
        self.clients.append(client)
        await client.open()
        return client

    async def room(self, bot: Client, *members: Client, encrypted: bool = False, key: str | None = None) -> str:
        alias = self.names("raum")
        wanted = DeclaredRoom(key or alias, "AG", "", alias, tuple(m.user_id for m in members), encrypted=encrypted)
        room_id = (await ensure_room(bot, wanted, None)).room_id
        for member in members:
            await join(member, room_id)
        await refresh(bot, self.store, [room_id], self.now())
        await bot.nio.sync(timeout=0, full_state=True)
        if key is not None:
            await self.store.write(lambda session: mirror.set_group(session, room_id, key))
        return room_id

    async def post(self, *drafts: Draft) -> list[int]:
        self.causes += 1
        cause = f"$befehl-{self.causes}"

        def write(session: Session) -> list[int]:
            poster = Poster(session, cause, self.now())
            return [poster.put(draft).id or 0 for draft in drafts]

        return await self.store.write(write)

    async def row(self, row_id: int) -> Outbox:
        row = await self.store.read(lambda session: outbox.get(session, row_id))
        assert row is not None
        return row

    async def change(self, row_id: int, **values: Any) -> None:
        def work(session: Session) -> None:
            row = outbox.get(session, row_id)
            for name, value in values.items():
                setattr(row, name, value)

        await self.store.write(work)

    async def settled(self, *row_ids: int) -> list[Outbox]:
        """The rows once none of them waits any more."""

        async def rows() -> list[Outbox]:
            return [await self.row(row_id) for row_id in row_ids]

        await until(lambda: _none_waits(rows))
        return await rows()

    @asynccontextmanager
    async def sending(self, bot: Client, **options: Any) -> AsyncIterator[Sender]:
        sender = Sender(bot, self.store, self.now, render, self.files, **options)
        self.store.follow(sender.follow, Outbox)
        sender.ready.set()
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _none_waits(rows: Callable[[], Awaitable[list[Outbox]]]) -> bool:
    return all(row.state != "waiting" for row in await rows())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - the database has no event to wait for
            await asyncio.sleep(0.02)


async def join(client: Client, room_id: str) -> None:
    await client.request("POST", room_path(room_id, "join"), {})


async def history(member: Client, room_id: str) -> list[dict[str, Any]]:
    """The room's events as a member's own client reads them, decrypted where it has the key; oldest first."""
    await member.nio.sync(timeout=0, full_state=True)
    answer = await member.nio.room_messages(room_id, limit=100)
    return [event.source for event in reversed(answer.chunk)]


async def messages(member: Client, room_id: str) -> list[dict[str, Any]]:
    return [event for event in await history(member, room_id) if event["type"] == "m.room.message"]


async def bodies(member: Client, room_id: str) -> list[str]:
    return [event["content"]["body"] for event in await messages(member, room_id)]


async def types_on_server(client: Client, room_id: str) -> list[str]:
    """What the server itself can see."""
    answer = await client.request("GET", room_path(room_id, "messages") + "?dir=b&limit=100")
    return [event["type"] for event in reversed(answer["chunk"]) if "state_key" not in event]


@pytest.fixture
async def world(homeserver: Homeserver, user_name: NameFactory, tmp_path: Path) -> AsyncIterator[World]:
    store = Store(open_engine(f"sqlite:///{tmp_path / 'ombot.sqlite3'}"))
    Table.metadata.create_all(store.engine)
    world = World(homeserver, user_name, tmp_path, store, FileStore(tmp_path / "files"))
    yield world
    for client in world.clients:
        await client.close()
    store.close()


@BOTH
async def test_messages_arrive_in_order_with_their_cause(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva, encrypted=encrypted)
    async with world.sending(bot) as sender:
        ids = await world.post(*(Draft(f"room:{room_id}", text(f"Nummer {n}")) for n in range(5)))
        rows = await world.settled(*ids)

    seen = await messages(eva, room_id)
    assert [event["content"] for event in seen] == [{**text(f"Nummer {n}"), CAUSE: f"$befehl-1/{n}"} for n in range(5)]
    assert [row.event_id for row in rows] == [event["event_id"] for event in seen]
    assert {(row.state, row.room_id, row.attempts) for row in rows} == {("sent", room_id, 0)}
    assert (sender.sent, sender.retries, sender.failed) == (5, 0, 0)
    assert set(await types_on_server(bot, room_id)) == {"m.room.encrypted" if encrypted else "m.room.message"}


@BOTH
async def test_edit_reaction_and_redaction_refer_to_the_card(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva, encrypted=encrypted, key=f"ag-{bot.account.user}")
    to = f"group:ag-{bot.account.user}"
    async with world.sending(bot):
        (card,) = await world.post(Draft(to, text("offen")))
        new = {**text("erledigt"), "format": "org.matrix.custom.html", "formatted_body": "<b>erledigt</b>"}
        rows = await world.post(
            Draft(to, new, kind="edit", target=card), Draft(to, {"key": "✅"}, kind="reaction", target=card)
        )
        card_row, edit, reaction = await world.settled(card, *rows)
        seen = {event["event_id"]: event for event in await history(eva, room_id)}
        (redaction,) = await world.post(Draft(to, {}, kind="redact", target=card))
        await world.settled(redaction)

    assert seen[edit.event_id or ""]["content"] == {
        "msgtype": "m.text",
        "body": "* erledigt",
        "format": "org.matrix.custom.html",
        "formatted_body": "* <b>erledigt</b>",
        "m.mentions": {},
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": card_row.event_id},
        CAUSE: "$befehl-2/0",
    }
    assert seen[reaction.event_id or ""]["type"] == "m.reaction"
    assert seen[reaction.event_id or ""]["content"] == {
        "m.relates_to": {"rel_type": "m.annotation", "event_id": card_row.event_id, "key": "✅"}
    }
    event = await bot.request("GET", room_path(room_id, "event", card_row.event_id or ""))
    assert "body" not in event["content"]


@BOTH
async def test_a_members_message_is_confirmed_by_a_reaction_that_can_be_taken_back(
    world: World, encrypted: bool
) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva, encrypted=encrypted)
    line = {"msgtype": "m.text", "body": "Info: Zwei Treffen im Jahr"}
    sent = await eva.request("PUT", room_path(room_id, "send", "m.room.message", "zeile"), line)
    async with world.sending(bot):
        draft = Draft(f"room:{room_id}", {"key": "✅", "event_id": sent["event_id"]}, kind="reaction")
        (row,) = await world.settled(*await world.post(draft))
        event = await bot.request("GET", room_path(room_id, "event", row.event_id or ""))
        (redaction,) = await world.post(Draft(f"room:{room_id}", {}, kind="redact", target=row.id))
        await world.settled(redaction)

    assert (row.state, event["type"]) == ("sent", "m.reaction")
    assert event["content"] == {"m.relates_to": {"rel_type": "m.annotation", "event_id": sent["event_id"], "key": "✅"}}
    gone = await bot.request("GET", room_path(room_id, "event", row.event_id or ""))
    assert gone["content"] == {}


@BOTH
async def test_file_is_rendered_uploaded_and_readable(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva, encrypted=encrypted)
    document = {"kind": "minutes", "format": "docx", "data": {"title": "Protokoll", "remark": REMARK}}
    content = {"document": document, "name": "Protokoll Übersicht.docx", "mimetype": "application/msword"}
    async with world.sending(bot):
        (first,) = await world.post(Draft(f"room:{room_id}", content, kind="file"))
        (row,) = await world.settled(first)
        again = {key: row.content[key] for key in ("sha256", "name", "mimetype")}
        (second,) = await world.post(Draft(f"room:{room_id}", again, kind="file"))
        await world.settled(second)

    found = [event["content"] for event in await messages(eva, room_id)]
    # What must be known of a document is its caption; the file it is sent with again has none.
    assert sorted(sent["body"] for sent in found) == sorted([REMARK, content["name"]])
    for sent in found:
        assert (sent["msgtype"], sent["filename"]) == ("m.file", content["name"])
        assert (sent["info"]["mimetype"], sent["info"]["size"]) == (content["mimetype"], 23)
        url = sent["file"]["url"] if encrypted else sent["url"]
        media = url.removeprefix("mxc://")
        async with eva.raw("GET", f"/_matrix/client/v1/media/download/{media}") as response:
            data = await response.read()
        if encrypted:
            assert data != b"minutes.docx: Protokoll"
            key, hashes = sent["file"]["key"]["k"], sent["file"]["hashes"]["sha256"]
            data = decrypt_attachment(data, key, hashes, sent["file"]["iv"])
        assert data == b"minutes.docx: Protokoll"
        assert not {"document", "sha256", "upload"} & set(sent)
    assert len(found) == 2


async def test_pin_keeps_others_and_replaces_the_older_board(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva)
    to = f"room:{room_id}"
    path = room_path(room_id, "state", "m.room.pinned_events", "")
    async with world.sending(bot):
        (old,) = await world.post(Draft(to, text("Übersicht 1"), slot="board:ag"))
        (old_row,) = await world.settled(old)
        await bot.request("PUT", path, {"pinned": ["$von-hand", old_row.event_id]})
        (new,) = await world.post(Draft(to, text("Übersicht 2"), slot="board:ag"))
        pin, again = await world.post(Draft(to, {}, kind="pin", target=new), Draft(to, {}, kind="pin", target=new))
        new_row, *_ = await world.settled(new, pin, again)
        pinned = (await bot.request("GET", path))["pinned"]

    assert pinned == ["$von-hand", new_row.event_id]


@BOTH
async def test_direct_chat_is_created_once_and_readable_after_joining(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    to = f"person:{eva.user_id}"
    async with world.sending(bot, encrypt_direct=encrypted):
        first, second = await world.settled(*await world.post(Draft(to, text("eins")), Draft(to, text("zwei"))))
    room_id = first.room_id or ""

    assert second.room_id == room_id
    assert await people_in(bot, room_id) == {bot.user_id: "join", eva.user_id: "invite"}
    await join(eva, room_id)
    assert await bodies(eva, room_id) == ["eins", "zwei"]
    assert set(await types_on_server(bot, room_id)) == {"m.room.encrypted" if encrypted else "m.room.message"}
    # The alias was for us; nobody sees its random name, and it is not in the message.
    assert [set(event["content"]) for event in await messages(eva, room_id)] == [
        {"msgtype", "body", "m.mentions", CAUSE}
    ] * 2
    assert await bot.request("GET", room_path(room_id, "state", "m.room.canonical_alias", "")) == {}


async def test_killed_after_creating_the_direct_chat_no_second_one_appears(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    (row_id,) = await world.post(Draft(f"person:{eva.user_id}", text("hallo")))
    async with world.sending(bot):
        (row,) = await world.settled(row_id)

    def forget(session: Session) -> None:
        room = mirror.get(session, row.room_id or "")
        assert room is not None
        room.direct_with = None

    await world.store.write(forget)
    await world.change(row_id, state="waiting", event_id=None, room_id=None)
    async with world.sending(bot):
        (again,) = await world.settled(row_id)

    assert (again.room_id, again.event_id) == (row.room_id, row.event_id)
    invited = await eva.request("GET", f"{CLIENT}/sync?timeout=0")
    assert list(invited["rooms"]["invite"]) == [row.room_id]


async def test_third_person_in_the_direct_chat_never_sees_the_personal_row(world: World) -> None:
    bot, eva, jan = [await world.person(stem) for stem in ("bot", "eva", "jan")]
    to = f"person:{eva.user_id}"
    async with world.sending(bot):
        (before,) = await world.settled(*await world.post(Draft(to, text("offen"))))
        old = before.room_id or ""
        await join(eva, old)
        await eva.request("POST", room_path(old, "invite"), {"user_id": jan.user_id})
        await join(jan, old)
        personal, edited = await world.settled(
            *await world.post(
                Draft(to, text("nur für Eva")), Draft(to, text("auch nur für Eva"), kind="edit", target=before.id)
            )
        )
    fresh = personal.room_id or ""
    await join(eva, fresh)

    assert fresh != old
    assert await people_in(bot, fresh) == {bot.user_id: "join", eva.user_id: "join"}
    assert await bodies(eva, fresh) == ["nur für Eva", "auch nur für Eva"]
    assert edited.room_id == fresh
    assert await types_on_server(jan, old) == ["m.room.encrypted"]


async def test_person_who_left_the_direct_chat_is_asked_back(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    to = f"person:{eva.user_id}"
    async with world.sending(bot):
        (before,) = await world.settled(*await world.post(Draft(to, text("eins"))))
        await join(eva, before.room_id or "")
        await leave(eva, before.room_id or "")
        (after,) = await world.settled(*await world.post(Draft(to, text("zwei"))))

    assert after.room_id == before.room_id
    assert await membership(bot, before.room_id or "", eva.user_id) == "invite"


@BOTH
async def test_killed_between_acceptance_and_sent_there_is_one_message(world: World, encrypted: bool) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva, encrypted=encrypted)
    (row_id,) = await world.post(Draft(f"room:{room_id}", text("einmal")))
    async with world.sending(bot):
        (first,) = await world.settled(row_id)
    await world.change(row_id, state="waiting", event_id=None, room_id=None, sent_at=None)
    async with world.sending(bot):
        (second,) = await world.settled(row_id)

    assert second.event_id == first.event_id
    assert await bodies(eva, room_id) == ["einmal"]


@BOTH
@pytest.mark.parametrize("restored", [False, True], ids=["late", "restored"])
async def test_forgotten_transaction_ids_are_made_up_for_by_the_cause(
    world: World, encrypted: bool, restored: bool
) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva, encrypted=encrypted)
    (row_id,) = await world.post(Draft(f"room:{room_id}", text("einmal")))
    async with world.sending(bot):
        (first,) = await world.settled(row_id)
    # Another id stands for the homeserver's forgetting, or for the same command run again after a restore.
    tried = None if restored else first.first_tried_at
    await world.change(row_id, state="waiting", txn_id="anders", event_id=None, first_tried_at=tried)
    world.ahead = timedelta(hours=21)
    if restored:
        # A restored ombot comes back with a new device, which cannot read what the old one sent.
        bot = Client(replace(bot.account, device="NEU", folder=bot.account.folder / "neu"))
        world.clients.append(bot)
        await bot.open()
        await bot.nio.sync(timeout=0, full_state=True)
    async with world.sending(bot) as sender:
        sender.recognise_since = first.created_at if restored else None
        (second,) = await world.settled(row_id)
        (other,) = await world.post(Draft(f"room:{room_id}", text("noch eins")))
        await world.settled(other)

    assert second.event_id == first.event_id
    assert await bodies(eva, room_id) == ["einmal", "noch eins"]


async def test_new_device_and_new_member_read_what_follows(world: World) -> None:
    bot, eva, jan = [await world.person(stem) for stem in ("bot", "eva", "jan")]
    room_id = await world.room(bot, eva, encrypted=True)
    second = Client(replace(eva.account, device="ZWEITES", folder=eva.account.folder / "zwei"))
    world.clients.append(second)
    async with world.sending(bot):
        await world.settled(*await world.post(Draft(f"room:{room_id}", text("eins"))))
        await second.open()
        await bot.request("POST", room_path(room_id, "invite"), {"user_id": jan.user_id})
        await join(jan, room_id)
        await bot.nio.sync(timeout=0)
        await world.settled(*await world.post(Draft(f"room:{room_id}", text("zwei"))))

    for reader in (second, jan):
        seen = [event for event in await history(reader, room_id) if "state_key" not in event]
        assert [event["content"].get("body") for event in seen] == [None, "zwei"]


async def test_reactions_do_not_wait_behind_messages_and_rooms_not_for_each_other(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva)
    to = f"room:{room_id}"
    async with world.sending(bot):
        (card,) = await world.post(Draft(to, text("Karte")))
        await world.settled(card)
        later = world.now() + timedelta(hours=1)
        held, behind, reaction = await world.post(
            Draft(to, text("später"), not_before=later),
            Draft(to, text("danach")),
            Draft(to, {"key": "👍"}, kind="reaction", target=card),
        )
        await world.settled(reaction)
        states = [(await world.row(row_id)).state for row_id in (held, behind)]

    assert states == ["waiting", "waiting"]
    assert await bodies(eva, room_id) == ["Karte"]


async def test_room_row_creates_the_group_room_and_what_waits_for_it_follows(world: World) -> None:
    bot, eva, jan = [await world.person(stem) for stem in ("bot", "eva", "jan")]
    alias = world.names("neu")
    to = f"group:{alias}"
    content = {
        "alias": alias,
        "group_key": alias,
        "name": "AG Neu",
        "topic": "",
        "encrypted": True,
        "invite": [eva.user_id],
        "levels": {eva.user_id: 50},
    }
    async with world.sending(bot):
        ids = await world.post(
            Draft(to, content, kind="room"),
            Draft(to, {"user": jan.user_id}, kind="invite"),
            Draft(to, {"user": bot.user_id}, kind="invite"),
            Draft(to, text("willkommen")),
        )
        rows = await world.settled(*ids)
    room_id = rows[0].room_id or ""

    assert [row.state for row in rows] == ["sent"] * 4
    assert await people_in(bot, room_id) == {bot.user_id: "join", eva.user_id: "invite", jan.user_id: "invite"}
    await join(eva, room_id)
    assert await bodies(eva, room_id) == ["willkommen"]


async def test_group_without_a_room_waits_untried(world: World) -> None:
    bot = await world.person("bot")
    async with world.sending(bot):
        (row_id,) = await world.post(Draft("group:gibt-es-noch-nicht", text("warte")))
        await until(lambda: _is_put_off(world, row_id))
        row = await world.row(row_id)

    assert (row.state, row.first_tried_at, row.attempts) == ("waiting", None, 0)


async def _is_put_off(world: World, row_id: int) -> bool:
    return (await world.row(row_id)).not_before is not None


async def test_leaving_is_final_and_what_follows_is_given_up(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva)
    to = f"room:{room_id}"
    async with world.sending(bot) as sender:
        left, late = await world.settled(*await world.post(Draft(to, {}, kind="leave"), Draft(to, text("zu spät"))))
        joined = await world.store.read(lambda session: mirror.resolve(session, to))

    assert (left.state, late.state, late.error) == ("sent", "failed", "403 M_FORBIDDEN")
    assert joined is None
    assert (sender.sent, sender.failed) == (1, 1)


async def test_edit_of_something_never_sent_and_too_large_a_message_fail(world: World) -> None:
    bot, eva = await world.person("bot"), await world.person("eva")
    room_id = await world.room(bot, eva)
    to = f"room:{room_id}"
    async with world.sending(bot):
        (huge,) = await world.post(Draft(to, text("x" * 70_000)))
        (edit,) = await world.post(Draft(to, text("neu"), kind="edit", target=huge))
        (good,) = await world.post(Draft(to, text("weiter")))
        rows = await world.settled(huge, edit, good)

    assert [(row.state, row.error) for row in rows] == [
        ("failed", "413 M_TOO_LARGE"),
        ("failed", "what it refers to was never sent"),
        ("sent", None),
    ]
