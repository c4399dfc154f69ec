"""Every way in which the chain of signatures can be broken, and that the check names it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from ombot.matrix.trust_chain import (
    ChainState,
    Fault,
    Identity,
    Link,
    key_id,
    signed_devices,
    verify_chain,
    with_signature,
)
from ombot.matrix.trust_format import public_key, sign

USER = "@ombot:example.org"
DEVICE = "OMBOT"
DEVICE_SEED = b"d" * 32
FINGERPRINT = public_key(DEVICE_SEED)
IDENTITY = Identity(b"m" * 32, b"s" * 32, b"u" * 32)
OTHER = Identity(b"1" * 32, b"2" * 32, b"3" * 32)

Answer = dict[str, Any]


def device_keys(curve25519: str = "Y3VydmU") -> Answer:
    bare: Answer = {
        "user_id": USER,
        "device_id": DEVICE,
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "keys": {key_id(DEVICE): FINGERPRINT, f"curve25519:{DEVICE}": curve25519},
    }
    return with_signature(bare, USER, key_id(DEVICE), sign(bare, DEVICE_SEED))


def good_answer() -> Answer:
    public = IDENTITY.public_keys(USER)
    return {
        "device_keys": {USER: {DEVICE: IDENTITY.sign_device(device_keys()) | {"unsigned": {"x": 1}}}},
        "master_keys": {USER: public["master"]},
        "self_signing_keys": {USER: public["self_signing"]},
        "user_signing_keys": {USER: public["user_signing"]},
    }


def check(answer: Answer, expected_master: str | None = None) -> ChainState:
    return verify_chain(answer, USER, DEVICE, FINGERPRINT, expected_master)


def test_whole_chain_is_good() -> None:
    assert check(good_answer()) == check(good_answer(), IDENTITY.master_public) == ChainState()
    assert (ChainState().good, str(ChainState())) == (True, "good")


def lose(kind: str) -> Callable[[Answer], None]:
    return lambda answer: answer[kind][USER].clear()


def malform_key(kind: str, change: dict[str, Any]) -> Callable[[Answer], None]:
    return lambda answer: answer[kind][USER].update(change)


def pad_key(kind: str) -> Callable[[Answer], None]:
    def pad(answer: Answer) -> None:
        key = answer[kind][USER]
        (public,) = key["keys"].values()
        key["keys"] = {key_id(public + "="): public + "="}

    return pad


def take_from_other(kind: str, usage: str) -> Callable[[Answer], None]:
    return lambda answer: answer[kind].update({USER: OTHER.public_keys(USER)[usage]})


def change_device(change: dict[str, Any]) -> Callable[[Answer], None]:
    return lambda answer: answer["device_keys"][USER][DEVICE].update(change)


def drop_signature(kind: str, *path: str) -> Callable[[Answer], None]:
    def drop(answer: Answer) -> None:
        value = answer[kind][USER]
        for name in path[:-1]:
            value = value[name]
        del value["signatures"][USER][path[-1]]

    return drop


def sign_device_by_other(answer: Answer) -> None:
    """Signature of a stranger's key under the name of the right one."""
    device = answer["device_keys"][USER][DEVICE]
    device["signatures"][USER][key_id(public_key(IDENTITY.self_signing))] = sign(device, OTHER.self_signing)


def sign_self_signing_by_other(answer: Answer) -> None:
    key = answer["self_signing_keys"][USER]
    key["signatures"][USER][key_id(IDENTITY.master_public)] = sign(key, OTHER.master)


def swap_curve_key(answer: Answer) -> None:
    """The fingerprint stays, the key that messages are encrypted to does not."""
    answer["device_keys"][USER][DEVICE]["keys"][f"curve25519:{DEVICE}"] = "b3RoZXI"


MASTER_ID, SIGNING_ID = key_id(IDENTITY.master_public), key_id(public_key(IDENTITY.self_signing))


@pytest.mark.parametrize(
    ("tamper", "link", "fault"),
    [
        (lose("master_keys"), Link.MASTER, Fault.MISSING),
        (malform_key("master_keys", {"usage": ["self_signing"]}), Link.MASTER, Fault.MALFORMED),
        (malform_key("master_keys", {"usage": "master"}), Link.MASTER, Fault.MALFORMED),
        (malform_key("master_keys", {"user_id": "@eve:example.org"}), Link.MASTER, Fault.MALFORMED),
        (malform_key("master_keys", {"keys": []}), Link.MASTER, Fault.MALFORMED),
        (malform_key("master_keys", {"keys": {"ed25519:x": "no base64!"}}), Link.MASTER, Fault.MALFORMED),
        (malform_key("master_keys", {"keys": {"ed25519:no!": "no!"}}), Link.MASTER, Fault.MALFORMED),
        (pad_key("master_keys"), Link.MASTER, Fault.MALFORMED),
        (take_from_other("master_keys", "master"), Link.MASTER, Fault.REPLACED),
        (lose("self_signing_keys"), Link.SELF_SIGNING, Fault.MISSING),
        (pad_key("self_signing_keys"), Link.SELF_SIGNING, Fault.MALFORMED),
        (take_from_other("self_signing_keys", "self_signing"), Link.SELF_SIGNING, Fault.UNSIGNED),
        (drop_signature("self_signing_keys", MASTER_ID), Link.SELF_SIGNING, Fault.UNSIGNED),
        (malform_key("self_signing_keys", {"signatures": "x"}), Link.SELF_SIGNING, Fault.UNSIGNED),
        (sign_self_signing_by_other, Link.SELF_SIGNING, Fault.FORGED),
        (lose("device_keys"), Link.DEVICE, Fault.MISSING),
        (change_device({"device_id": "OTHER"}), Link.DEVICE, Fault.MALFORMED),
        (change_device({"keys": {key_id(DEVICE): public_key(OTHER.master)}}), Link.DEVICE, Fault.REPLACED),
        (drop_signature("device_keys", DEVICE, key_id(DEVICE)), Link.DEVICE, Fault.MALFORMED),
        (swap_curve_key, Link.DEVICE, Fault.MALFORMED),
        (drop_signature("device_keys", DEVICE, SIGNING_ID), Link.DEVICE, Fault.UNSIGNED),
        (sign_device_by_other, Link.DEVICE, Fault.FORGED),
    ],
)
def test_broken_link_is_named(tamper: Callable[[Answer], None], link: Link, fault: Fault) -> None:
    answer = deepcopy(good_answer())
    tamper(answer)

    state = check(answer, IDENTITY.master_public)

    assert (state, state.good, str(state)) == (ChainState(link, fault), False, f"{link} {fault}")


@pytest.mark.parametrize("answer", [{}, {"master_keys": None}, {"master_keys": {USER: "text"}}])
def test_nonsense_of_a_server_is_a_missing_master_key(answer: Answer) -> None:
    assert check(answer) == ChainState(Link.MASTER, Fault.MISSING)


def test_identity_is_random_and_never_shown() -> None:
    first, second = Identity.create(), Identity.create()

    assert first != second
    assert len({first.master, first.self_signing, first.user_signing}) == 3
    assert repr(first) == str(first) == "Identity()"


def test_seeds_round_trip() -> None:
    assert Identity.from_seeds(IDENTITY.seeds()) == IDENTITY


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"master": "c2hvcnQ"}, "32 bytes"), ({"master": "no base64!"}, "base64"), ({"master": None}, "missing")],
)
def test_damaged_seeds_are_refused(change: dict[str, str | None], reason: str) -> None:
    seeds = {name: seed for name, seed in (IDENTITY.seeds() | change).items() if seed is not None}

    with pytest.raises(ValueError, match=reason):
        Identity.from_seeds(seeds)


def test_devices_that_their_owner_has_signed_are_told_from_others() -> None:
    answer = good_answer()
    seed = b"e" * 32
    bare = {**device_keys(), "device_id": "FREMD", "keys": {key_id("FREMD"): public_key(seed)}, "signatures": {}}
    stranger = with_signature(bare, USER, key_id("FREMD"), sign(bare, seed))
    answer["device_keys"][USER]["FREMD"] = stranger
    answer["device_keys"][USER]["KAPUTT"] = {"keys": []}

    assert signed_devices(answer, USER) == {DEVICE}
    answer["device_keys"][USER]["FREMD"] = OTHER.sign_device(stranger)
    assert signed_devices(answer, USER) == {DEVICE}
    answer["device_keys"][USER]["FREMD"] = IDENTITY.sign_device(stranger)
    assert signed_devices(answer, USER) == {DEVICE, "FREMD"}
    assert signed_devices(answer, "@eva:example.org") == set()
    lose("master_keys")(answer)
    assert signed_devices(answer, USER) == set()
