"""Who may end a room: a homeserver should not let others, and we do not take its word for it (O7)."""

import pytest

from ombot.matrix.rooms import State, read_state

NEW = "!new"


def state(sender: str, version: str = "11", **levels: object) -> State:
    """A room of the bot's with a tombstone in it."""
    events = {
        "m.room.create": {"room_version": version, "predecessor": {"room_id": "!before"}},
        "m.room.power_levels": {"users": {"@lead:x": 50, "@admin:x": 100}, **levels},
        "m.room.tombstone": {"replacement_room": NEW},
    }
    return {(kind, ""): {"sender": "@bot:x", "content": content} for kind, content in events.items()} | {
        ("m.room.tombstone", ""): {"sender": sender, "content": events["m.room.tombstone"]}
    }


@pytest.mark.parametrize(
    ("sender", "version", "levels", "followed"),
    [
        ("@bot:x", "12", {"events": {"m.room.tombstone": 150}}, NEW),
        ("@admin:x", "12", {"events": {"m.room.tombstone": 150}}, None),
        ("@admin:x", "11", {"events": {"m.room.tombstone": 100}}, NEW),
        ("@lead:x", "11", {"events": {"m.room.tombstone": 100}}, None),
        ("@lead:x", "11", {}, NEW),
        ("@lead:x", "11", {"state_default": 60}, None),
        ("@eve:x", "11", {}, None),
        ("@admin:x", "11", {"events": {"m.room.tombstone": "100"}}, None),
        ("@lead:x", "11", {"events": "none"}, NEW),
    ],
)
def test_only_a_tombstone_of_somebody_with_the_right_counts(
    sender: str, version: str, levels: dict[str, object], followed: str | None
) -> None:
    assert read_state(state(sender, version, **levels)).replaced_by == followed


@pytest.mark.parametrize("value", [None, "", 7, ["!new"], {}])
def test_a_successor_that_is_no_room_is_none(value: object) -> None:
    buried = state("@admin:x")
    buried["m.room.tombstone", ""]["content"] = {"replacement_room": value}
    assert read_state(buried).replaced_by is None


def test_the_predecessor_is_read_and_checked() -> None:
    fresh = state("@admin:x")
    assert read_state(fresh).predecessor == "!before"
    for wrong in (None, "!before", {"room_id": 7}, []):
        fresh["m.room.create", ""]["content"]["predecessor"] = wrong
        assert read_state(fresh).predecessor is None
