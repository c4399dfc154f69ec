"""Cross-signing of the bot's own device, over plain HTTP because nio has none.

Clients hide messages of a device that its owner has not signed, and keep their keys from it. A new identity is made in
this order, so that a crash in between never leaves a published identity without its secrets::

    identity = Identity.create()
    recovery_key = await trust.store_secrets(identity)   # show it once, now
    await trust.publish(identity, password)
    await trust.sign_device(identity)

After a lost crypto store: log in as a new device, ``open_secrets(recovery_key)``, ``sign_device``. ``check`` at start
and daily. Source: Matrix client-server API, "Cross-signing" and "Secrets".
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp

from ombot.matrix.trust_chain import (
    USAGES,
    ChainState,
    Fault,
    Identity,
    Link,
    key_id,
    own_device,
    published_master,
    verify_chain,
    verify_device,
    with_signature,
)
from ombot.matrix.trust_format import (
    KEY_BYTES,
    decode_recovery_key,
    decrypt_secret,
    describe_key,
    encode_recovery_key,
    encrypt_secret,
    fits_description,
    signable,
)

__all__ = ["Account", "ChainState", "Fault", "Identity", "Link", "Trust", "TrustCode", "TrustError"]

ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"
DEFAULT_KEY = "m.secret_storage.default_key"
PASSWORD_LOGIN = "m.login.password"  # noqa: S105  the name of a login type
TIMEOUT = aiohttp.ClientTimeout(total=30)


class TrustCode(StrEnum):
    """Why a step failed, for the operator's text."""

    UNREACHABLE = "unreachable"
    """No usable answer: connection, timeout, error page of a proxy, overload. Try again later."""
    REFUSED = "refused"
    """The homeserver said no; the error's text has its code."""
    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    PASSWORD_NOT_OFFERED = "password_not_offered"  # noqa: S105
    """The homeserver wants another way of confirming (single sign-on) than the account's password."""
    IDENTITY_EXISTS = "identity_exists"
    """The account has another identity already; replacing it must be asked for."""
    IDENTITY_DIFFERS = "identity_differs"
    """Secret storage or the caller holds another identity than the published one."""
    NO_SECRETS = "no_secrets"
    """The account has no (complete, readable) secret storage."""
    RECOVERY_KEY_MISTYPED = "recovery_key_mistyped"
    RECOVERY_KEY_WRONG = "recovery_key_wrong"
    """A well-formed recovery key, but of another account or an older storage."""
    DEVICE_UNKNOWN = "device_unknown"
    """The homeserver has no keys of this device: upload them first."""
    DEVICE_REPLACED = "device_replaced"
    """The homeserver shows other keys for this device than our crypto store holds."""


class TrustError(Exception):
    """A step of cross-signing that did not succeed. The text is for the log and holds no secrets."""

    def __init__(self, code: TrustCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


@dataclass(frozen=True)
class Account:
    """Whom we act for. ``fingerprint`` is the device's public Ed25519 key in the crypto store, unpadded base64.

    ``sign`` signs a text with the device's key (nio: ``client.olm.account.sign``). With it, ``sign_device`` also lets
    the device vouch for the master key, which carries the trust of those who had verified the device by hand.
    """

    homeserver: str
    user_id: str
    device_id: str
    access_token: str = field(repr=False)
    fingerprint: str
    sign: Callable[[str], str] | None = field(default=None, repr=False)


class Trust:
    """The cross-signing identity of one account as the homeserver holds it. All methods raise TrustError."""

    def __init__(self, account: Account, session: aiohttp.ClientSession) -> None:
        self._account = account
        self._session = session

    async def exists(self) -> bool:
        """Whether the account has published an identity, ours or not."""
        return bool(published_master(await self._query_keys(), self._account.user_id))

    async def check(self, expected_master: str | None = None) -> ChainState:
        """Fetch and verify the whole chain; see ``verify_chain``. UNREACHABLE says nothing about the chain."""
        account = self._account
        answer = await self._query_keys()
        return verify_chain(answer, account.user_id, account.device_id, account.fingerprint, expected_master)

    async def publish(self, identity: Identity, password: str, *, replace: bool = False) -> None:
        """Publish the public keys; the account's password confirms it. Doing it again changes nothing.

        Raises IDENTITY_EXISTS when the account has another identity and ``replace`` is not set: everybody who had
        verified the bot must do so again after a replacement.
        """
        published = published_master(await self._query_keys(), self._account.user_id)
        if published:
            if _has_key(published, identity.master_public):
                return
            if not replace:
                raise TrustError(TrustCode.IDENTITY_EXISTS, "the account has published another identity")
        objects = identity.public_keys(self._account.user_id)
        body = {f"{usage}_key": objects[usage] for usage in USAGES}
        await self._post_confirmed("/keys/device_signing/upload", body, password)

    async def sign_device(self, identity: Identity) -> None:
        """Sign this account's device with the self-signing key.

        Only keys that our own crypto store holds are signed; whatever else the homeserver may show is
        DEVICE_UNKNOWN or DEVICE_REPLACED.
        """
        account = self._account
        answer = await self._query_keys()
        device = own_device(answer, account.user_id, account.device_id)
        fault = verify_device(device, account.user_id, account.device_id, account.fingerprint)
        if fault is Fault.MISSING:
            raise TrustError(TrustCode.DEVICE_UNKNOWN, f"no keys of device {account.device_id}")
        if fault:
            raise TrustError(TrustCode.DEVICE_REPLACED, f"keys of device {account.device_id}: {fault}")
        master = published_master(answer, account.user_id)
        if not _has_key(master, identity.master_public):
            raise TrustError(TrustCode.IDENTITY_DIFFERS, "this identity is not the published one")
        signed = {account.device_id: identity.sign_device(device)}
        if account.sign:
            signature = account.sign(signable(master).decode("utf-8"))
            signed[identity.master_public] = with_signature(
                master, account.user_id, key_id(account.device_id), signature
            )
        await self._upload_signatures(signed)

    async def store_secrets(self, identity: Identity) -> str:
        """Keep the private keys in new encrypted secret storage and return its recovery key, to be shown once.

        An older storage of the account stays readable but is no longer the default one.
        """
        key = secrets.token_bytes(KEY_BYTES)
        storage_id = secrets.token_hex(16)
        await self._put_data(_description_type(storage_id), {"algorithm": ALGORITHM, **describe_key(key)})
        for usage, seed in identity.seeds().items():
            name = _secret_type(usage)
            await self._put_data(name, {"encrypted": {storage_id: encrypt_secret(key, name, seed)}})
        # Last, so that a crash in between never makes a half-filled storage the default.
        await self._put_data(DEFAULT_KEY, {"key": storage_id})
        return encode_recovery_key(key)

    async def open_secrets(self, recovery_key: str) -> Identity:
        """Read the private keys back.

        Raises RECOVERY_KEY_MISTYPED, RECOVERY_KEY_WRONG, NO_SECRETS, or IDENTITY_DIFFERS when the account has
        published other keys than the stored ones.
        """
        try:
            key = decode_recovery_key(recovery_key)
        except ValueError as error:
            raise TrustError(TrustCode.RECOVERY_KEY_MISTYPED, str(error)) from error
        identity = await self._read_identity(key)
        published = published_master(await self._query_keys(), self._account.user_id)
        if published and not _has_key(published, identity.master_public):
            raise TrustError(TrustCode.IDENTITY_DIFFERS, "secret storage holds another identity")
        return identity

    async def _read_identity(self, key: bytes) -> Identity:
        storage_id = (await self._get_data(DEFAULT_KEY)).get("key")
        if not isinstance(storage_id, str):
            raise TrustError(TrustCode.NO_SECRETS, "no default secret storage key")
        description = await self._get_data(_description_type(storage_id))
        if description.get("algorithm") != ALGORITHM:
            raise TrustError(TrustCode.NO_SECRETS, f"unknown algorithm {description.get('algorithm')}")
        contents = {usage: await self._get_data(_secret_type(usage)) for usage in USAGES}
        try:
            if not fits_description(key, description):
                raise TrustError(TrustCode.RECOVERY_KEY_WRONG, "the key check does not fit")
            seeds = {
                usage: decrypt_secret(key, _secret_type(usage), content["encrypted"][storage_id])
                for usage, content in contents.items()
            }
            return Identity.from_seeds(seeds)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise TrustError(TrustCode.NO_SECRETS, "secret storage is incomplete or damaged") from error

    async def _query_keys(self) -> dict[str, Any]:
        account = self._account
        return await self._expect("POST", "/keys/query", {"device_keys": {account.user_id: [account.device_id]}})

    async def _upload_signatures(self, signed: Mapping[str, Any]) -> None:
        answer = await self._expect("POST", "/keys/signatures/upload", {self._account.user_id: signed})
        # The homeserver answers 200 even when it threw a signature away.
        if answer.get("failures"):
            raise TrustError(TrustCode.REFUSED, f"signatures rejected: {answer['failures']}")

    async def _post_confirmed(self, path: str, body: dict[str, Any], password: str) -> None:
        """POST with user-interactive authentication by password, if the homeserver asks for it."""
        status, answer = await self._send("POST", path, body)
        if status == HTTPStatus.UNAUTHORIZED and "flows" in answer:
            if {"stages": [PASSWORD_LOGIN]} not in answer["flows"]:
                raise TrustError(TrustCode.PASSWORD_NOT_OFFERED, f"{path}: no confirmation by password")
            confirmation = {
                "type": PASSWORD_LOGIN,
                "identifier": {"type": "m.id.user", "user": self._account.user_id},
                "password": password,
                "session": answer.get("session"),
            }
            status, answer = await self._send("POST", path, {**body, "auth": confirmation})
            if status == HTTPStatus.UNAUTHORIZED and "flows" in answer:
                raise TrustError(TrustCode.WRONG_PASSWORD, f"{path}: password not accepted")
        _require_ok("POST", path, status, answer)

    async def _get_data(self, kind: str) -> dict[str, Any]:
        """Account data of a type; empty when there is none."""
        path = self._data_path(kind)
        status, answer = await self._send("GET", path)
        if status == HTTPStatus.NOT_FOUND:
            return {}
        _require_ok("GET", path, status, answer)
        return answer

    async def _put_data(self, kind: str, content: dict[str, Any]) -> None:
        await self._expect("PUT", self._data_path(kind), content)

    def _data_path(self, kind: str) -> str:
        return f"/user/{quote(self._account.user_id, safe='')}/account_data/{quote(kind, safe='')}"

    async def _expect(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = await self._send(method, path, body)
        _require_ok(method, path, status, answer)
        return answer

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        url = f"{self._account.homeserver.rstrip('/')}/_matrix/client/v3{path}"
        headers = {"Authorization": f"Bearer {self._account.access_token}"}
        try:
            async with self._session.request(method, url, json=body, headers=headers, timeout=TIMEOUT) as response:
                answer = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise TrustError(TrustCode.UNREACHABLE, f"{method} {path}: {type(error).__name__}") from error
        if not isinstance(answer, dict):
            raise TrustError(TrustCode.UNREACHABLE, f"{method} {path}: no Matrix answer")
        return response.status, answer


def _require_ok(method: str, path: str, status: int, answer: Mapping[str, Any]) -> None:
    if status == HTTPStatus.OK:
        return
    passing = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    code = TrustCode.UNREACHABLE if passing else TrustCode.REFUSED
    raise TrustError(code, f"{method} {path}: {status} {answer.get('errcode')}")


def _has_key(value: Mapping[str, Any], public: str) -> bool:
    return value.get("keys") == {key_id(public): public}


def _description_type(storage_id: str) -> str:
    return f"m.secret_storage.key.{storage_id}"


def _secret_type(usage: str) -> str:
    return f"m.cross_signing.{usage}"
