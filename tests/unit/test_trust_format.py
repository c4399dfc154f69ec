"""Formats of cross-signing against known vectors.

Vectors: canonical JSON and signatures from the specification's appendices; the recovery key of the Curve25519 test
key of RFC 7748, as other Matrix clients print it; secret storage computed with the openssl command line.
"""

import base64

import pytest

from ombot.matrix import trust_format as fmt

KEY = bytes(range(32))
SPEC_SEED = fmt.decode_base64("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1")
RFC_7748_KEY = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
RFC_7748_RECOVERY = "EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d"
MASTER = "m.cross_signing.master"
OPENSSL_IV = "oKGio6SlpqcoqaqrrK2urw"
OPENSSL_CHECK = {"iv": OPENSSL_IV, "mac": "mR17ke0NX9DYg2vVAWmVosSM2ZRW0moI2UCgc/3mlfo"}
OPENSSL_SECRET = {
    "iv": OPENSSL_IV,
    "ciphertext": "xclBTM4hA8Uup0JgwbIODcsoF/NM",
    "mac": "1+QLunmsC5MsyMZtjaLRVIXJH+C5Yosl7VmbRGK4De8",
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "{}"),
        ({"one": 1, "two": "Two"}, '{"one":1,"two":"Two"}'),
        ({"b": "2", "a": "1"}, '{"a":"1","b":"2"}'),
        ({"a": "日本語"}, '{"a":"日本語"}'),
        ({"本": 2, "日": 1}, '{"日":1,"本":2}'),
        ({"a": None, "c": [True, {"z": -1, "y": "\n\x7f"}]}, '{"a":null,"c":[true,{"y":"\\n\x7f","z":-1}]}'),
    ],
)
def test_canonical_json(value: object, expected: str) -> None:
    assert fmt.canonical_json(value) == expected.encode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"),
        (
            {"one": 1, "two": "Two", "unsigned": {"age": 5}, "signatures": {"x": {}}},
            "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw",
        ),
    ],
)
def test_signature_of_the_specification(value: dict[str, object], expected: str) -> None:
    public = fmt.public_key(SPEC_SEED)

    assert fmt.sign(value, SPEC_SEED) == expected
    assert fmt.is_signed(value, public, expected)


@pytest.mark.parametrize(
    ("value", "public", "signature"),
    [
        ({"one": 2}, fmt.public_key(SPEC_SEED), fmt.sign({"one": 1}, SPEC_SEED)),
        ({"one": 1}, fmt.public_key(KEY), fmt.sign({"one": 1}, SPEC_SEED)),
        ({"one": 1}, fmt.public_key(SPEC_SEED), "no base64!"),
        ({"one": 1}, fmt.public_key(SPEC_SEED), ""),
        ({"one": 1}, "short", fmt.sign({"one": 1}, SPEC_SEED)),
    ],
    ids=["other object", "other key", "no signature", "empty signature", "no key"],
)
def test_wrong_signatures(value: dict[str, object], public: str, signature: str) -> None:
    assert not fmt.is_signed(value, public, signature)


@pytest.mark.parametrize("length", range(5))
def test_base64_is_written_without_and_read_with_padding(length: int) -> None:
    data = b"\xff" * length
    padded = base64.b64encode(data).decode()

    assert fmt.encode_base64(data) == padded.rstrip("=")
    assert [fmt.decode_base64(text) for text in (padded, padded.rstrip("="))] == [data, data]


def test_recovery_key_vector_is_read_with_and_without_spaces() -> None:
    assert fmt.encode_recovery_key(RFC_7748_KEY) == RFC_7748_RECOVERY
    for text in (RFC_7748_RECOVERY, RFC_7748_RECOVERY.replace(" ", ""), f"\n {RFC_7748_RECOVERY}\t"):
        assert fmt.decode_recovery_key(text) == RFC_7748_KEY


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, KEY])
def test_recovery_key_round_trip_in_twelve_groups(key: bytes) -> None:
    text = fmt.encode_recovery_key(key)

    assert [len(group) for group in text.split(" ")] == [4] * 12
    assert fmt.decode_recovery_key(text) == key


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "wrong length"),
        (RFC_7748_RECOVERY[:-2], "wrong length"),
        (RFC_7748_RECOVERY + "2", "wrong length"),
        (RFC_7748_RECOVERY[:-1] + "e", "typing error"),
        (RFC_7748_RECOVERY.replace("LW2K", "LW2L"), "typing error"),
        ("1" * 48, "wrong length"),
        (RFC_7748_RECOVERY.replace("E", "5", 1), "not a recovery key"),
        (RFC_7748_RECOVERY.replace("W", "0", 1), "contains no '0'"),
        ("ärger", "contains no 'ä'"),
    ],
)
def test_mistyped_recovery_keys_say_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        fmt.decode_recovery_key(text)


def test_recovery_key_of_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        fmt.encode_recovery_key(bytes(31))


def test_secret_and_key_check_made_by_another_implementation() -> None:
    assert fmt.decrypt_secret(KEY, MASTER, OPENSSL_SECRET) == "Geheimnis der Sitzung"
    assert fmt.fits_description(KEY, OPENSSL_CHECK)
    assert not fmt.fits_description(bytes(32), OPENSSL_CHECK)


def test_description_without_check_fits_every_key() -> None:
    assert fmt.fits_description(KEY, {"algorithm": "m.secret_storage.v1.aes-hmac-sha2"})


def test_secret_round_trip_uses_a_new_iv_with_bit_63_clear() -> None:
    envelopes = [fmt.encrypt_secret(KEY, MASTER, "Übung") for _ in range(64)]
    ivs = [fmt.decode_base64(envelope["iv"]) for envelope in envelopes]

    assert {fmt.decrypt_secret(KEY, MASTER, envelope) for envelope in envelopes} == {"Übung"}
    assert (len(set(ivs)), {len(iv) for iv in ivs}, {iv[8] >> 7 for iv in ivs}) == (64, {16}, {0})
    assert [part for envelope in envelopes for part in envelope.values() if part.endswith("=")] == []


def test_own_key_check_fits_its_own_key_only() -> None:
    description = fmt.describe_key(KEY)

    assert fmt.fits_description(KEY, description)
    assert not fmt.fits_description(bytes(32), description)


@pytest.mark.parametrize(
    ("key", "name", "envelope"),
    [
        (bytes(32), MASTER, OPENSSL_SECRET),
        (KEY, "m.cross_signing.self_signing", OPENSSL_SECRET),
        (KEY, MASTER, OPENSSL_SECRET | {"ciphertext": "xclBTM4hA8Uup0JgwbIODcsoF/NN"}),
        (KEY, MASTER, OPENSSL_SECRET | {"mac": ""}),
    ],
    ids=["other key", "other secret's place", "changed", "no mac"],
)
def test_foreign_or_changed_secret_is_refused(key: bytes, name: str, envelope: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not made with this key"):
        fmt.decrypt_secret(key, name, envelope)


@pytest.mark.parametrize("missing", ["iv", "ciphertext", "mac"])
def test_incomplete_secret_is_refused(missing: str) -> None:
    envelope = {name: part for name, part in OPENSSL_SECRET.items() if name != missing}

    with pytest.raises(ValueError, match="incomplete"):
        fmt.decrypt_secret(KEY, MASTER, envelope)
