"""The formats that cross-signing and secret storage are made of. Pure functions, no network.

Source: Matrix specification, appendices ("Unpadded Base64", "Canonical JSON", "Signing JSON", "Cryptographic key
representation") and client-server API ("Secrets", algorithm ``m.secret_storage.v1.aes-hmac-sha2``).
"""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
IV_BYTES = 16

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RECOVERY_PREFIX = b"\x8b\x01"
_RECOVERY_GROUP = 4


def encode_base64(data: bytes) -> str:
    """Base64 without padding: other clients silently drop keys and signatures that end in ``=``."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def decode_base64(text: str) -> bytes:
    """Decode base64 with or without padding. Raises ValueError."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)


def canonical_json(value: object) -> bytes:
    """The one byte form of a JSON value that is signed: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def signable(value: Mapping[str, Any]) -> bytes:
    """What a signature of an object covers: all of it except ``signatures`` and ``unsigned``."""
    return canonical_json({key: part for key, part in value.items() if key not in ("signatures", "unsigned")})


def public_key(seed: bytes) -> str:
    """The public Ed25519 key of a 32-byte seed, as unpadded base64."""
    return encode_base64(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


def sign(value: Mapping[str, Any], seed: bytes) -> str:
    """The Ed25519 signature of a JSON object, as unpadded base64."""
    return encode_base64(Ed25519PrivateKey.from_private_bytes(seed).sign(signable(value)))


def is_signed(value: Mapping[str, Any], public: str, signature: str) -> bool:
    """Whether the signature belongs to this object and this public key; malformed ones do not."""
    try:
        key = Ed25519PublicKey.from_public_bytes(decode_base64(public))
        key.verify(decode_base64(signature), signable(value))
    except (ValueError, InvalidSignature):
        return False
    return True


def encode_recovery_key(key: bytes) -> str:
    """A 32-byte secret storage key as people keep it: twelve groups of four characters."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"A recovery key has {KEY_BYTES} bytes, not {len(key)}.")
    payload = _RECOVERY_PREFIX + key
    text = _to_base58(payload + bytes([_parity(payload)]))
    return " ".join(text[i : i + _RECOVERY_GROUP] for i in range(0, len(text), _RECOVERY_GROUP))


def decode_recovery_key(text: str) -> bytes:
    """The 32 bytes behind a recovery key; spaces do not matter. Raises ValueError for a mistyped one."""
    payload = _from_base58("".join(text.split()))
    if len(payload) != len(_RECOVERY_PREFIX) + KEY_BYTES + 1:
        raise ValueError("The recovery key has the wrong length.")
    if not payload.startswith(_RECOVERY_PREFIX):
        raise ValueError("This is not a recovery key.")
    if _parity(payload) != 0:
        raise ValueError("The recovery key has a typing error.")
    return payload[len(_RECOVERY_PREFIX) : -1]


def encrypt_secret(key: bytes, name: str, secret: str) -> dict[str, str]:
    """Encrypt a secret for the account data event ``name`` (``iv``, ``ciphertext``, ``mac``)."""
    iv = _new_iv()
    ciphertext, mac = _encrypt(key, name, iv, secret.encode("utf-8"))
    return {"iv": encode_base64(iv), "ciphertext": encode_base64(ciphertext), "mac": encode_base64(mac)}


def decrypt_secret(key: bytes, name: str, envelope: Mapping[str, str]) -> str:
    """The secret in an envelope of ``encrypt_secret``. Raises ValueError when key, name or envelope do not fit."""
    try:
        iv, ciphertext, mac = (decode_base64(envelope[part]) for part in ("iv", "ciphertext", "mac"))
    except (KeyError, AttributeError) as error:
        raise ValueError("The encrypted secret is incomplete.") from error
    aes_key, mac_key = _derive(key, name)
    if not hmac.compare_digest(hmac.digest(mac_key, ciphertext, sha256), mac):
        raise ValueError("The encrypted secret was not made with this key.")
    return _aes_ctr(aes_key, iv, ciphertext).decode("utf-8")


def describe_key(key: bytes) -> dict[str, str]:
    """The ``iv`` and ``mac`` of a key description, by which a wrong key is recognised before it is used."""
    iv = _new_iv()
    return {"iv": encode_base64(iv), "mac": encode_base64(_check_mac(key, iv))}


def fits_description(key: bytes, description: Mapping[str, str]) -> bool:
    """Whether the key is the one described; a description without ``iv`` and ``mac`` fits every key."""
    if "iv" not in description or "mac" not in description:
        return True
    expected = decode_base64(description["mac"])
    return hmac.compare_digest(_check_mac(key, decode_base64(description["iv"])), expected)


def _check_mac(key: bytes, iv: bytes) -> bytes:
    return _encrypt(key, "", iv, bytes(KEY_BYTES))[1]


def _encrypt(key: bytes, name: str, iv: bytes, plain: bytes) -> tuple[bytes, bytes]:
    aes_key, mac_key = _derive(key, name)
    ciphertext = _aes_ctr(aes_key, iv, plain)
    return ciphertext, hmac.digest(mac_key, ciphertext, sha256)


def _derive(key: bytes, name: str) -> tuple[bytes, bytes]:
    material = HKDF(SHA256(), 2 * KEY_BYTES, salt=bytes(KEY_BYTES), info=name.encode("utf-8")).derive(key)
    return material[:KEY_BYTES], material[KEY_BYTES:]


def _aes_ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    # Counter mode is its own inverse: the same call encrypts and decrypts.
    stream = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
    return stream.update(data) + stream.finalize()


def _new_iv() -> bytes:
    iv = bytearray(secrets.token_bytes(IV_BYTES))
    # Bit 63 is zero, so that implementations with a 64-bit counter never carry into the upper half.
    iv[8] &= 0x7F
    return bytes(iv)


def _parity(data: bytes) -> int:
    parity = 0
    for byte in data:
        parity ^= byte
    return parity


def _to_base58(data: bytes) -> str:
    # The payload never starts with a zero byte, so the leading "1" of general base58 cannot occur.
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, rest = divmod(number, len(_BASE58))
        digits.append(_BASE58[rest])
    return "".join(reversed(digits))


def _from_base58(text: str) -> bytes:
    number = 0
    for character in text:
        digit = _BASE58.find(character)
        if digit < 0:
            raise ValueError(f"A recovery key contains no {character!r}.")
        number = number * len(_BASE58) + digit
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
