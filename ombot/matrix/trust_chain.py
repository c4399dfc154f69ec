"""The bot's cross-signing identity and the check of its chain: master key → self-signing key → device.

Pure functions over what ``/keys/query`` answers. Source: Matrix client-server API, "Cross-signing".
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from ombot.matrix.trust_format import KEY_BYTES, decode_base64, encode_base64, is_signed, public_key, sign

USAGES = ("master", "self_signing", "user_signing")


class Link(StrEnum):
    """A part of the chain, from the root to the device."""

    MASTER = "master"
    SELF_SIGNING = "self_signing"
    DEVICE = "device"


class Fault(StrEnum):
    """What is wrong with a link."""

    MISSING = "missing"
    """The homeserver does not know it."""
    MALFORMED = "malformed"
    """Wrong shape, for example padded base64 or a device without its own signature."""
    REPLACED = "replaced"
    """A different key than the one we hold or expect."""
    UNSIGNED = "unsigned"
    """The link above has not signed it."""
    FORGED = "forged"
    """The signature of the link above does not fit."""


@dataclass(frozen=True)
class ChainState:
    """Result of a check: both fields are empty when the chain holds, else the first broken link and why."""

    link: Link | None = None
    fault: Fault | None = None

    @property
    def good(self) -> bool:
        return self.link is None

    def __str__(self) -> str:
        return "good" if self.good else f"{self.link} {self.fault}"


@dataclass(frozen=True)
class Identity:
    """The three private keys, each a 32-byte Ed25519 seed. Never logged: ``repr`` does not show them."""

    master: bytes = field(repr=False)
    self_signing: bytes = field(repr=False)
    user_signing: bytes = field(repr=False)

    @classmethod
    def create(cls) -> Self:
        """A new random identity."""
        return cls(*(secrets.token_bytes(KEY_BYTES) for _ in range(3)))

    @classmethod
    def from_seeds(cls, seeds: Mapping[str, str]) -> Self:
        """The identity behind ``seeds()``. Raises ValueError when a seed is missing or is no 32-byte key."""
        try:
            parts = [decode_base64(seeds[usage]) for usage in USAGES]
        except KeyError as error:
            raise ValueError(f"The seed of the {error.args[0]} key is missing.") from error
        if any(len(part) != KEY_BYTES for part in parts):
            raise ValueError(f"A seed has {KEY_BYTES} bytes.")
        return cls(*parts)

    def seeds(self) -> dict[str, str]:
        """The private keys by usage as unpadded base64, for secret storage and backup."""
        return {usage: encode_base64(getattr(self, usage)) for usage in USAGES}

    @property
    def master_public(self) -> str:
        """The public master key, unpadded base64: what identifies the bot to others."""
        return public_key(self.master)

    def public_keys(self, user_id: str) -> dict[str, dict[str, Any]]:
        """The three public key objects by usage, the lower two signed by the master key."""
        objects = {usage: _key_object(user_id, usage, public_key(getattr(self, usage))) for usage in USAGES}
        for usage in ("self_signing", "user_signing"):
            signature = sign(objects[usage], self.master)
            objects[usage]["signatures"] = {user_id: {key_id(self.master_public): signature}}
        return objects

    def sign_device(self, device: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of the device's key object with the signature of the self-signing key added."""
        user_id = str(device["user_id"])
        signer = key_id(public_key(self.self_signing))
        return with_signature(device, user_id, signer, sign(device, self.self_signing))


def key_id(name: str) -> str:
    """The id of an Ed25519 key: ``name`` is a device id, or the public key itself for cross-signing keys."""
    return f"ed25519:{name}"


def with_signature(value: Mapping[str, Any], user_id: str, signer: str, signature: str) -> dict[str, Any]:
    """A copy of a signed object without ``unsigned``, one signature of ``user_id`` added or replaced."""
    signatures = _nested(value, "signatures", user_id) | {signer: signature}
    bare = {name: part for name, part in value.items() if name not in ("signatures", "unsigned")}
    return bare | {"signatures": {user_id: signatures}}


def own_device(answer: Mapping[str, Any], user_id: str, device_id: str) -> dict[str, Any]:
    """The device's key object in an answer of ``/keys/query``; empty when it is not there."""
    return _nested(answer, "device_keys", user_id, device_id)


def published_master(answer: Mapping[str, Any], user_id: str) -> dict[str, Any]:
    """The master key object in an answer of ``/keys/query``; empty when there is none."""
    return _nested(answer, "master_keys", user_id)


def verify_device(device: Mapping[str, Any], user_id: str, device_id: str, fingerprint: str) -> Fault | None:
    """Whether a key object is this very device: shape, own key and own signature. None means yes."""
    if not device:
        return Fault.MISSING
    if (device.get("user_id"), device.get("device_id")) != (user_id, device_id):
        return Fault.MALFORMED
    if _nested(device, "keys").get(key_id(device_id)) != fingerprint:
        return Fault.REPLACED
    # The own signature also covers the Curve25519 key, which the fingerprint alone does not.
    return Fault.MALFORMED if _signature_fault(device, user_id, device_id, fingerprint) else None


def verify_chain(
    answer: Mapping[str, Any],
    user_id: str,
    device_id: str,
    fingerprint: str,
    expected_master: str | None = None,
) -> ChainState:
    """Verify every signature from the master key down to the device in an answer of ``/keys/query``.

    ``fingerprint`` is the device's public Ed25519 key in our crypto store. With ``expected_master`` another master
    key than this one is a broken chain too, even if all its signatures are right.
    """
    master_object = published_master(answer, user_id)
    master, fault = _public_part(master_object, user_id, "master")
    if fault is None and expected_master not in (None, master):
        fault = Fault.REPLACED
    if fault:
        return ChainState(Link.MASTER, fault)

    signing_object = _nested(answer, "self_signing_keys", user_id)
    signing, fault = _public_part(signing_object, user_id, "self_signing")
    fault = fault or _signature_fault(signing_object, user_id, master, master)
    if fault:
        return ChainState(Link.SELF_SIGNING, fault)

    device = own_device(answer, user_id, device_id)
    fault = verify_device(device, user_id, device_id, fingerprint)
    fault = fault or _signature_fault(device, user_id, signing, signing)
    return ChainState(Link.DEVICE, fault) if fault else ChainState()


def signed_devices(answer: Mapping[str, Any], user_id: str) -> set[str]:
    """Which devices of somebody their own identity vouches for, in an answer of ``/keys/query``.

    Nobody has compared the identity itself: this keeps out devices that only a password was needed for.
    """
    devices = {
        device_id: own_device(answer, user_id, device_id) for device_id in _nested(answer, "device_keys", user_id)
    }
    prints = {device_id: _nested(device, "keys").get(key_id(device_id)) for device_id, device in devices.items()}
    return {
        device_id
        for device_id, fingerprint in prints.items()
        if isinstance(fingerprint, str) and verify_chain(answer, user_id, device_id, fingerprint).good
    }


def _key_object(user_id: str, usage: str, public: str) -> dict[str, Any]:
    return {"user_id": user_id, "usage": [usage], "keys": {key_id(public): public}}


def _public_part(value: Mapping[str, Any], user_id: str, usage: str) -> tuple[str, Fault | None]:
    """The public key in a cross-signing key object, or what is wrong with the object."""
    if not value:
        return "", Fault.MISSING
    keys = _nested(value, "keys")
    usages = value.get("usage")
    if value.get("user_id") != user_id or not isinstance(usages, list) or usage not in usages or len(keys) != 1:
        return "", Fault.MALFORMED
    name, public = next(iter(keys.items()))
    if not isinstance(public, str) or name != key_id(public) or not _is_unpadded_key(public):
        return "", Fault.MALFORMED
    return public, None


def _is_unpadded_key(text: str) -> bool:
    try:
        raw = decode_base64(text)
    except ValueError:
        return False
    return len(raw) == KEY_BYTES and encode_base64(raw) == text


def _signature_fault(value: Mapping[str, Any], user_id: str, signer: str, public: str) -> Fault | None:
    signature = _nested(value, "signatures", user_id).get(key_id(signer))
    if not isinstance(signature, str):
        return Fault.UNSIGNED
    return None if is_signed(value, public, signature) else Fault.FORGED


def _nested(value: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """The object at a path; empty when any step is missing or, from a broken server, no object."""
    part: Any = value
    for name in path:
        part = part.get(name) if isinstance(part, Mapping) else None
    return dict(part) if isinstance(part, Mapping) else {}
