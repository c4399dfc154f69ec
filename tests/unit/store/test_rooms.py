"""The mirror of rooms: who is in, with which level, and where a destination leads."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ombot.store import rooms
from ombot.store.rooms import CREATOR_LEVEL, Person, StateCopy
from ombot.store.tables import Room
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
EVA, JAN, BOT = "@eva:x", "@jan:x", "@ombot:x"


def copy(**members: tuple[str, str | None]) -> StateCopy:
    named = {f"@{name}:x": state for name, state in members.items()}
    return StateCopy(True, "11", (BOT,), {"users": {EVA: 50}}, "AG", named)


def test_a_fetched_state_replaces_the_older_one(store: Store) -> None:
    with store.unit() as session:
        rooms.save(session, "!r", copy(eva=("join", "Eva"), jan=("join", None)), NOW)
        rooms.save(session, "!r", copy(eva=("join", "Eva B."), jan=("leave", None)), NOW)

    with store.reading() as session:
        assert rooms.members(session, "!r") == [Person(EVA, "Eva B.")]
        assert rooms.membership(session, "!r", JAN) == "leave"
        assert rooms.membership(session, "!r", "@ida:x") is None
        assert rooms.names(session, [EVA, JAN]) == {EVA: "Eva B."}
        assert [rooms.display_name(session, user) for user in (EVA, JAN)] == ["Eva B.", JAN]
        assert rooms.stale(session) == []


def test_what_changes_while_a_state_is_fetched_makes_it_stale_again(store: Store) -> None:
    with store.unit() as session:
        rooms.mark_stale(session, ["!quiet", "!lively"])
        rooms.begin_fetch(session, ["!quiet", "!lively"])
        rooms.mark_stale(session, ["!lively"])
        for room_id in ("!quiet", "!lively"):
            rooms.save(session, room_id, copy(eva=("join", "Eva")), NOW)

    with store.reading() as session:
        assert rooms.stale(session) == ["!lively"]


def test_the_state_a_start_brings_leaves_only_what_has_changed_to_be_fetched(store: Store) -> None:
    before, after = copy(eva=("join", "Eva")), copy(eva=("leave", None), jan=("join", "Jan"))
    replaced = replace(before, replaced_by="!new", predecessor="!old")
    names = ("!same", "!other", "!replaced")
    with store.unit() as session:
        for room_id in names:
            rooms.save(session, room_id, before, NOW)
        session.flush()
        rooms.mark_stale(session, names)
        copies = (replace(before, predecessor="!old"), after, replaced)
        rooms.take_over(session, dict(zip(names, copies, strict=True)), NOW)

    with store.reading() as session:
        assert sorted(rooms.stale(session)) == ["!other", "!replaced"]
        assert [rooms.members(session, name) for name in names] == [
            [Person(EVA, "Eva")],
            [Person(JAN, "Jan")],
            [Person(EVA, "Eva")],
        ]


def test_a_room_that_was_left_leads_nowhere(store: Store) -> None:
    with store.unit() as session:
        rooms.save(session, "!r", copy(eva=("join", "Eva")), NOW)
        rooms.set_group(session, "!r", "ag")
        assert rooms.resolve(session, "group:ag") == rooms.get(session, "!r")
        rooms.mark_left(session, "!r")
        session.expire_all()

        assert rooms.resolve(session, "group:ag") is None
        assert rooms.resolve(session, "room:!r") is None
        assert rooms.members(session, "!r") == []
        assert rooms.joined_rooms(session, EVA) == []


def test_destinations(store: Store) -> None:
    with store.unit() as session:
        for room_id in ("!group", "!direct", "!plain"):
            rooms.save(session, room_id, copy(eva=("join", None)), NOW)
        rooms.set_group(session, "!group", "ag")
        rooms.set_direct(session, "!direct", EVA)
        found = [
            rooms.resolve(session, destination)
            for destination in ("group:ag", f"person:{EVA}", "room:!plain", "group:sk", f"person:{JAN}", "room:!x")
        ]

        assert [room.room_id if room else None for room in found] == ["!group", "!direct", "!plain", None, None, None]


@pytest.mark.parametrize(
    ("version", "levels", "user", "level"),
    [
        ("12", {"users": {EVA: 50}}, BOT, CREATOR_LEVEL),
        ("12", {"users": {EVA: 50}}, EVA, 50),
        ("12", {"users": {}, "users_default": 10}, JAN, 10),
        ("12", {}, JAN, 0),
        ("11", {}, BOT, 100),
        ("11", {"users": {EVA: 50}}, BOT, 0),
        ("10", {"users": {EVA: "100"}}, EVA, 0),
        ("10", {"users": [EVA]}, EVA, 0),
        ("org.example.new", {"users": {BOT: 100}}, BOT, 100),
    ],
)
def test_levels(version: str, levels: dict[str, Any], user: str, level: int) -> None:
    assert rooms.level(Room(room_id="!r", version=version, creators=[BOT], levels=levels), user) == level
