"""Events become rows of a fixed shape; forged and broken ones become nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ombot.matrix.incoming import Echo, read_event
from ombot.store.tables import Inbox

ROOM = "!raum"
OWN = "@bot:example.org"
EVA = "@eva:example.org"
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def event(content: Any, kind: str = "m.room.message", **fields: Any) -> dict[str, Any]:
    return {
        "event_id": "$1",
        "sender": EVA,
        "type": kind,
        "origin_server_ts": 1_800_000_000_123,
        "content": content,
    } | fields


def text(body: Any, **fields: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body} | fields


def read(source: object, **options: Any) -> Inbox | Echo | None:
    return read_event(source, ROOM, OWN, NOW, **options)


def row(source: object, **options: Any) -> Inbox:
    found = read(source, **options)
    assert isinstance(found, Inbox)
    return found


def message(**fields: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "msgtype": "m.text",
        "mentions": [],
        "links": [],
        "reply_to": None,
        "thread": None,
        "file": None,
    }
    return empty | fields


def test_message_becomes_a_row() -> None:
    found = row(event(text("!hilfe")), decrypted=True)

    assert found.model_dump(exclude={"id"}) == {
        "event_id": "$1",
        "room_id": ROOM,
        "sender": EVA,
        "kind": "message",
        "content": message(body="!hilfe"),
        "encrypted": True,
        "sent_at": datetime.fromtimestamp(1_800_000_000.123, UTC),
        "received_at": NOW,
        "state": "received",
        "attempts": 0,
        "retry_at": None,
        "done_at": None,
        "error": None,
    }
    assert row(event(text("!hilfe"))).encrypted is False


def reply(to: Any = "$card", **fields: Any) -> dict[str, Any]:
    return {"m.relates_to": {"m.in_reply_to": {"event_id": to}} | fields}


@pytest.mark.parametrize(
    ("content", "body", "reply_to", "thread"),
    [
        (text("> <@bot:example.org> A12\n> Zeile\n\nerledigt", **reply()), "erledigt", "$card", None),
        (text("erledigt", **reply()), "erledigt", "$card", None),
        (text("> nur Zitat", **reply()), "", "$card", None),
        (text("> a\n\n\nb\n> c", **reply()), "\nb\n> c", "$card", None),
        (text("> zitiert ohne Antwort\n\nText"), "> zitiert ohne Antwort\n\nText", None, None),
        (text("im Faden", **reply(rel_type="m.thread", event_id="$root")), "im Faden", "$card", "$root"),
        (
            text("im Faden", **reply("$last", rel_type="m.thread", event_id="$root", is_falling_back=True)),
            "im Faden",
            None,
            "$root",
        ),
        (text("kaputt", **reply(to=["$card"])), "kaputt", None, None),
        (text("kaputt", **{"m.relates_to": "$card"}), "kaputt", None, None),
    ],
)
def test_replies_and_threads(content: dict[str, Any], body: str, reply_to: str | None, thread: str | None) -> None:
    assert row(event(content)).content == message(body=body, reply_to=reply_to, thread=thread)


@pytest.mark.parametrize(
    ("formatted", "links"),
    [
        ('<a href="https://matrix.to/#/@eva:example.org">Eva</a>', [EVA]),
        ('<a href="https://matrix.to/#/%40eva%3Aexample.org?via=x">Eva</a>', [EVA]),
        ("<a class='x' href='matrix:u/eva:example.org'>Eva</a>", [EVA]),
        (
            '<a href="matrix:r/raum:example.org">#</a><A HREF="matrix:roomid/ab:c/e/xyz">!</a>',
            ["#raum:example.org", "!ab:c"],
        ),
        ('<a href="https://matrix.to/#/@eva:example.org">1</a><a href="matrix:u/eva:example.org">2</a>', [EVA]),
        ('<a href="https://example.org/#/@eva:example.org">Eva</a>', []),
        ('<a href="https://matrix.to.example.org/#/@eva:example.org">Eva</a>', []),
        ('&lt;a href="https://matrix.to/#/@eva:example.org"&gt;', []),
        ('<img alt="x" href="https://matrix.to/#/@eva:example.org">', []),
        ('<a href="https://matrix.to/#/%00">x</a>', []),
    ],
)
def test_links_are_ids_behind_links(formatted: str, links: list[str]) -> None:
    content = text("Eva", format="org.matrix.custom.html", formatted_body=formatted)

    assert row(event(content)).content == message(body="Eva", links=links)


def test_links_count_only_in_declared_html_and_mentions_only_as_user_ids() -> None:
    formatted = '<a href="https://matrix.to/#/@eva:example.org">Eva</a>'
    mentions = {
        "user_ids": [EVA, 7, None, "#raum:example.org", EVA, "@ohne-server", "@" + "x" * 300 + ":y"],
        "room": True,
    }

    found = row(event(text("Eva", formatted_body=formatted, **{"m.mentions": mentions})))

    assert found.content == message(body="Eva", mentions=[EVA])


def test_edit_reads_only_the_new_content() -> None:
    content = text(
        "* !löschen",
        **{
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$old"},
            "m.new_content": text("!aufgabe neu", **{"m.mentions": {"user_ids": [EVA]}}),
        },
    )

    found = row(event(content))

    assert (found.kind, found.content) == ("edit", {"target": "$old"} | message(body="!aufgabe neu", mentions=[EVA]))


@pytest.mark.parametrize("new", [None, "!löschen", [], {}, text(None), text("x", msgtype="m.notice")])
def test_edit_without_usable_new_content_is_nothing(new: Any) -> None:
    relation = {"rel_type": "m.replace", "event_id": "$old"}

    assert read(event(text("!löschen", **{"m.relates_to": relation, "m.new_content": new}))) is None


def test_reaction_and_redaction() -> None:
    annotation = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$card", "key": "👍"}}
    found = row(event(annotation, "m.reaction"))
    assert (found.kind, found.content) == ("reaction", {"target": "$card", "key": "👍"})

    for source in (
        event({"redacts": "$card"}, "m.room.redaction"),
        event({"reason": "?"}, "m.room.redaction", redacts="$card"),
    ):
        found = row(source)
        assert (found.kind, found.content) == ("redaction", {"target": "$card"})


def test_files_plain_and_encrypted() -> None:
    info = {"mimetype": "application/pdf", "size": 7}
    plain = row(event(text("a.pdf", msgtype="m.file", url="mxc://x/1", info=info)))
    sealed = {"url": "mxc://x/2", "key": {"k": "K", "kty": "oct"}, "iv": "I", "hashes": {"sha256": "H"}, "v": "v2"}
    hidden = row(event(text("Entwurf", msgtype="m.file", filename="b.pdf", file=sealed)))

    expected = {"url": "mxc://x/1", "name": "a.pdf", "mimetype": "application/pdf", "size": 7, "encryption": None}
    assert plain.content == message(body="a.pdf", msgtype="m.file", file=expected)
    assert hidden.content["body"] == "Entwurf"
    assert hidden.content["file"] == {
        "url": "mxc://x/2",
        "name": "b.pdf",
        "mimetype": "application/octet-stream",
        "size": 0,
        "encryption": {"key": "K", "iv": "I", "sha256": "H"},
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"url": 7},
        {"file": {"url": "mxc://x/2"}},
        {"file": {"url": "mxc://x/2", "key": "K", "iv": [], "hashes": {"sha256": "H"}}, "url": "mxc://x/1"},
    ],
)
def test_broken_file_leaves_the_message(fields: dict[str, Any]) -> None:
    assert row(event(text("a.pdf", msgtype="m.file", **fields))).content["file"] is None


def test_undecryptable_keeps_what_decryption_needs() -> None:
    sealed = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "session_id": "S",
        "ciphertext": "C",
        "device_id": "D",
        "sender_key": "K",
        "m.relates_to": {"rel_type": "m.thread", "event_id": "$root", "unknown": {"deep": []}},
    }

    found = row(event(sealed, "m.room.encrypted"))

    relation = {"rel_type": "m.thread", "event_id": "$root", "key": None, "m.in_reply_to": {"event_id": None}}
    raw = event(sealed | {"m.relates_to": relation}, "m.room.encrypted")
    assert (found.kind, found.encrypted) == ("undecryptable", False)
    assert found.content == {"session_id": "S", "algorithm": "m.megolm.v1.aes-sha2", "device_id": "D", "raw": raw}


@pytest.mark.parametrize("msgtype", ["m.notice", "m.emote"])
def test_notices_and_emotes_are_nothing(msgtype: str) -> None:
    assert read(event(text("!hilfe", msgtype=msgtype))) is None


def test_requests_for_verification_are_rows_only_when_they_are_meant_for_us() -> None:
    def asking(**fields: Any) -> dict[str, Any]:
        return event({"msgtype": "m.key.verification.request", "body": "Eva asks", "from_device": "A", **fields})

    assert row(asking(to=OWN)).content["msgtype"] == "m.key.verification.request"
    assert [read(asking(**to)) for to in ({}, {"to": "@jan:example.org"}, {"to": None})] == [None, None, None]
    assert read_event(asking(), ROOM, None, NOW) is None


def test_own_events_are_echoes_or_nothing() -> None:
    own = event(text("!hilfe"), sender=OWN)

    assert read(own) is None
    assert read(own | {"unsigned": {"transaction_id": "t1"}}) == Echo("t1", "$1", ROOM)
    assert isinstance(read_event(own, ROOM, None, NOW), Inbox)


@pytest.mark.parametrize(
    "source",
    [
        None,
        "text",
        [],
        {},
        event("!hilfe"),
        event(None),
        event(text(["!hilfe"])),
        event(text("!hilfe", msgtype=None)),
        event(text("!hilfe"), kind="org.example.unknown"),
        event(text("!hilfe"), state_key=""),
        event(text("!hilfe"), sender=7),
        event(text("!hilfe"), sender="eva"),
        event(text("!hilfe"), event_id="1"),
        event(text("!hilfe"), origin_server_ts="1800000000000"),
        event(text("!hilfe"), origin_server_ts=10**30),
        event(text("!hilfe"), origin_server_ts=-1),
        event(text("!hilfe"), origin_server_ts=True),
        event({"m.relates_to": "$card"}, "m.reaction"),
        event({"m.relates_to": {"rel_type": "m.annotation", "event_id": "$card", "key": ""}}, "m.reaction"),
        event({"redacts": ["$card"]}, "m.room.redaction"),
        event({"algorithm": "m.olm.v1", "session_id": "S", "ciphertext": "C"}, "m.room.encrypted"),
        event({"algorithm": "m.megolm.v1.aes-sha2", "session_id": 1, "ciphertext": "C"}, "m.room.encrypted"),
    ],
)
def test_broken_events_are_nothing(source: object) -> None:
    assert read(source) is None


def test_text_that_no_database_stores_is_replaced() -> None:
    found = row(json.loads(json.dumps(event(text("a\x00b\ud800c")))))

    assert found.content["body"] == "a\ufffdb\ufffdc"


def test_time_stays_linear_in_hostile_html() -> None:
    for piece in ("<a ", "<a href=", '<a href="', "<a href  ", "<a x href='"):
        content = text("x", format="org.matrix.custom.html", formatted_body=piece * (65_536 // len(piece)))
        started = datetime.now(UTC)
        row(event(content))
        assert (datetime.now(UTC) - started).total_seconds() < 1


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab>\n $@:\x00\ud800", max_size=10)
KEYS = (
    "body msgtype m.relates_to m.new_content m.mentions user_ids m.in_reply_to event_id file rel_type key info url "
    "hashes formatted_body format redacts algorithm session_id"
)
names = st.sampled_from(KEYS.split())
values = scalars | st.sampled_from(["m.text", "m.file", "m.replace", "m.thread", "m.annotation", "$1", EVA])
contents = st.recursive(
    values, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5), max_leaves=8
)
kinds = st.sampled_from(["m.room.message", "m.reaction", "m.room.redaction", "m.room.encrypted"])


# A loaded machine makes neither deadline meaningful.
@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(kinds, st.dictionaries(names, contents, max_size=8))
def test_nothing_raises_and_every_row_can_be_stored(kind: str, content: dict[str, Any]) -> None:
    found = read(event(text("x") | content, kind))

    if isinstance(found, Inbox):
        json.dumps(found.content, ensure_ascii=False).encode()
        assert "\x00" not in str(found.content)
