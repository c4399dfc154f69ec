"""Hostile input through every command: what the bot says of it is text in the tags of the list, and rings nobody."""

import json
from typing import Any
from unicodedata import normalize

import pytest
from hostile_corpus import CONTROLS, LINES, MARK, OUTSIDER, PAYLOADS
from independent_readers import SCHEMES, TAGS, read_html
from playing import Played, Player, forms, name_of, surroundings
from stage import COORDINATION, FORUM, GROUP, INSTEAD, OTHER, PERSONS

from ombot import features
from ombot.store.tables import Outbox

features.load()

FORMS = {name_of(form): form for form in forms()}
MEMBERS = {f"@{name}:example.org" for name in (*PERSONS, "eva", "jan", "kai", "ida", "ute")}
GROUPS = [
    "script image pill unclosed",
    "link markdown attribute entity",
    "everybody percent sql combining",
    "jinja typst",
]
"""Several at once, so that a title still takes them and every command meets all of them."""


def faults(row: Outbox) -> list[str]:
    """What is wrong with one thing that was said."""
    content: dict[str, Any] = row.content
    page = read_html(str(content.get("formatted_body", "")))
    mentions = content.get("m.mentions", {})
    found = []
    if page.tags - TAGS or page.attributes - {"a.href"}:
        found.append(f"tags {page.tags - TAGS}, attributes {page.attributes - {'a.href'}}")
    found += [f"link {link}" for link in page.links if not link.startswith(SCHEMES) or OUTSIDER[1:] in link]
    if set(mentions) - {"user_ids"} or set(mentions.get("user_ids", ())) - MEMBERS:
        found.append(f"mentions {mentions}")
    if row.kind in ("message", "edit") and "m.mentions" not in content:
        found.append("no m.mentions: clients ring for names in the text")
    return found


def all_faults(played: Played) -> list[str]:
    return [fault for row in played.said for fault in faults(row)]


def texts(name: str) -> list[str]:
    """A form with hostile words in the place of its own, and after them."""
    form = FORMS[name]
    example = INSTEAD.get(name, form.example)
    hostile = [" ".join(PAYLOADS[one] for one in group.split()) for group in GROUPS]
    return [f"{example} {words}" for words in hostile] + [f"!{form.word} {hostile[0]}\n{LINES}"]


@pytest.mark.parametrize("name", FORMS)
def test_whatever_a_command_is_given_comes_out_as_text(player: Player, name: str) -> None:
    form = FORMS[name]
    person, room_id = ("cora", "!dm-cora") if form.right.name == "COORDINATOR" else ("lea", GROUP)
    for text in texts(name):
        played = player.say(text, person, room_id, **surroundings(form))
        assert all_faults(played) == [], text


def test_a_payload_is_shown_as_it_was_written(player: Player) -> None:
    """Nothing is lost, evaluated or hidden: the HTML reads as the plain text does."""
    for payload in PAYLOADS.values():
        words = normalize("NFC", payload)
        (card,) = (row for row in player.say(f"!aufgabe „{payload}“", "mia", GROUP).said if row.kind == "message")
        page = read_html(card.content["formatted_body"])
        assert f"„{words}“" in card.content["body"], words
        assert f"„{words}“" in page.text, words


@pytest.mark.parametrize("words", CONTROLS, ids=ascii)
def test_control_characters_are_refused_or_replaced(player: Player, words: str) -> None:
    for text in (f"!aufgabe {words}", f"!input Titel\n{words}", f"!beschluss {words}", f"!top {words} für T1"):
        played = player.say(text, "mia", GROUP)
        said = "".join(str(row.content.get("body", "")) for row in played.said)
        assert played.outcome in ("ok", "control_characters"), text
        assert not set(said) & set(map(chr, (*range(9), *range(11, 32), 127))), text


# --- forged events ----------------------------------------------------------------------------------------------

FORGED_HTML = (
    "!aufgabe A1 erledigt",
    "<p>!aufgabe A1 erledigt</p>",
    "<mx-reply>!aufgabe A1 erledigt</mx-reply>",
    f'<a href="https://matrix.to/#/{OUTSIDER}">Eva</a>',
    '<a href="https://matrix.to/#/@eva:example.org">Jan</a>',
    "<a href='matrix:u/eva:example.org'>Jan</a>",
)
FORGED_MENTIONS: tuple[Any, ...] = (
    {"user_ids": [OUTSIDER]},
    {"room": True},
    {"user_ids": "@eva:example.org"},
    {"user_ids": [{"@eva:example.org": 1}], "room": "yes"},
    [],
)


@pytest.mark.parametrize("html", FORGED_HTML)
@pytest.mark.parametrize("mentions", FORGED_MENTIONS, ids=str)
def test_only_the_words_that_everybody_sees_count(player: Player, html: str, mentions: Any) -> None:
    """30 events whose formatted body or mentions say something else than their body (A5)."""
    forged = {"format": "org.matrix.custom.html", "formatted_body": html, "m.mentions": mentions}

    assert player.say("Guten Morgen zusammen", "mia", GROUP, **forged).outcome == "silent"
    plain = player.say("!aufgabe Einseiter", "mia", GROUP)
    assert player.say("!aufgabe Einseiter", "mia", GROUP, **forged).answer == plain.answer


RELATIONS: tuple[Any, ...] = (
    {"rel_type": "m.replace", "event_id": "$unknown"},
    {"rel_type": "m.replace", "event_id": ["$e1"]},
    {"rel_type": "m.thread", "event_id": "$unknown", "is_falling_back": True, "m.in_reply_to": {"event_id": "$e1"}},
    {"rel_type": "m.annotation", "event_id": "$unknown", "key": "👍"},
    {"m.in_reply_to": {"event_id": "$unknown"}},
    {"m.in_reply_to": "x"},
    "m.replace",
    [],
)


@pytest.mark.parametrize("relation", RELATIONS, ids=str)
def test_forged_relations_run_nothing_but_the_words(player: Player, relation: Any) -> None:
    content = {"msgtype": "m.text", "body": "* !aufgabe A1 erledigt", "m.relates_to": relation}
    content["m.new_content"] = {"msgtype": "m.text", "body": "!aufgabe A1 erledigt"}
    played = player.play({"type": "m.room.message", "content": content}, "mia", GROUP)
    assert (played.outcome, played.changes) == ("silent", ())
    for kind in ("m.reaction", "m.room.redaction"):
        played = player.play({"type": kind, "content": {"m.relates_to": relation, "redacts": "$unknown"}}, "mia", GROUP)
        assert (played.outcome, played.changes) == ("silent", ())


STATE = (
    ("m.room.power_levels", {"users": {"@oda:example.org": 100}}),
    ("m.room.member", {"membership": "join", "displayname": "Kai Büro"}),
    ("m.room.name", {"name": "Koordination"}),
    ("m.room.topic", {"topic": "!aufgabe A1 erledigt"}),
    ("m.room.create", {"creator": "@oda:example.org", "additional_creators": ["@oda:example.org"]}),
    ("m.room.tombstone", {"replacement_room": "!evil"}),
    ("m.space.child", {"via": ["evil.example"]}),
    ("m.room.message", {"msgtype": "m.text", "body": "!aufgabe A1 erledigt"}),
)


@pytest.mark.parametrize(("kind", "content"), STATE, ids=[kind for kind, _ in STATE])
def test_state_in_the_timeline_is_no_message_and_gives_no_right(
    player: Player, kind: str, content: dict[str, Any]
) -> None:
    played = player.play({"type": kind, "state_key": "@oda:example.org", "content": content}, "oda", OTHER)
    assert (played.outcome, played.changes) == ("silent", ())


def test_a_huge_message_is_refused_in_one_sentence(player: Player) -> None:
    for text in ("!aufgabe " + "x" * 65_000, "!input Titel\n" + "zeile\n" * 10_000, "!aufgabe " + "<b>" * 20_000):
        played = player.say(text, "mia", GROUP)
        assert played.outcome == "message_too_long", text[:20]
        assert len(json.dumps(played.said[0].content)) < 2_000


def test_somebody_with_a_coordinators_name_has_no_more_rights(player: Player) -> None:
    """Names decide nothing: the stage calls everybody by the name of their account."""
    assert player.say("!ag neu Geheim", "Kai Büro:example.org", GROUP).changes == ()
    assert player.say("!ag neu Geheim", "lea", FORUM).outcome == "needs_coordinator"
    assert player.say("!ag neu Geheim", "cora", COORDINATION).outcome == "ok"
    assert MARK not in json.dumps(player.say("!aufgaben alle", "oda", OTHER).answer)
