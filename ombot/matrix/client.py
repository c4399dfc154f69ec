"""Our account on the homeserver: login with one fixed device, its keys, and plain authorised requests."""

import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nio
from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ServerDisconnectedError,
)
from nio.responses import KeysUploadResponse
from nio.store import SqliteStore
from vodozemac import LibolmPickleException, PickleException

from ombot.matrix.errors import Fate, KeysRefused, LoginError, MatrixError, StoreError, Unreachable, from_answer

log = logging.getLogger(__name__)

CLIENT = "/_matrix/client/v3"
SESSION_FILE = "session.json"
STORE_FILE = "crypto.db"
DEVICE_NAME = "ombot"
REQUEST_SECONDS = 30
OTHERS_MAY = 0o077
READ_EVENTS = """
CREATE TABLE IF NOT EXISTS ombot_read (
    session_id TEXT NOT NULL, message_index INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (session_id, message_index)
) WITHOUT ROWID
"""
"""Ours in the library's store: under which event (its fingerprint) each encrypted message has been read."""


@dataclass(frozen=True)
class Account:
    """Who we are. ``folder`` holds the encryption store and the session; ``store_key`` encrypts the store.

    ``signed_only``: no keys for devices of members that their owner has not signed (E2).
    """

    homeserver: str
    user: str
    device: str
    folder: Path
    store_key: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    signed_only: bool = False


class Client:
    """A logged-in device. ``nio`` is for the encryption machine and its rooms; everything else uses :meth:`request`.

    ``repeated`` counts encrypted events that were shown again under another id.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.repeated = 0
        self._nio: nio.AsyncClient | None = None

    @property
    def nio(self) -> nio.AsyncClient:
        """The library's client.

        Raises:
            LoginError: :meth:`open` has not been called.
        """
        if self._nio is None:
            raise LoginError("The Matrix client has not been opened.")
        return self._nio

    @property
    def user_id(self) -> str:
        """Our own full Matrix id; known once opened."""
        return str(self.nio.user_id)

    @property
    def device_id(self) -> str:
        """Our own device."""
        return self.account.device

    async def open(self) -> None:
        """Log in, or come back with the stored session; safe to call again when the token has died.

        Raises:
            LoginError: no usable token and no password, or the account is not the configured one.
            StoreError: the encryption store is readable by others or has no key of its own.
            KeysRefused: the homeserver knows this device with other keys.
            MatrixError: the homeserver did not answer properly; try again later.
        """
        if self._nio is None:
            _prepare_folder(self.account)
            self._nio = _library_client(self.account)
        user_id = await self._resume() or await self._log_in()
        self._load_store(user_id)
        await self._compare_device_keys()
        await self.upload_keys()

    async def close(self) -> None:
        """Drop the connections. Never a logout: that would delete the device and with it all keys."""
        if self._nio is None:
            return
        await self._nio.close()
        if self._nio.store is not None:
            self._nio.store.database.close()
        self._nio = None

    async def request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        timeout: float = REQUEST_SECONDS,  # noqa: ASYNC109 - becomes the HTTP client's own
    ) -> dict[str, Any]:
        """One authorised call with a JSON answer; ``path`` starts at ``/_matrix`` and is already quoted.

        Raises:
            MatrixError: refused, or answered with something that is not a JSON object.
            Unreachable: no answer within ``timeout`` seconds.
        """
        payload = None if body is None else json.dumps(body)
        async with self.raw(method, path, payload, timeout=timeout) as response:
            try:
                answer = json.loads(await response.read())
            except ValueError:
                answer = None
            if not isinstance(answer, dict):
                raise MatrixError(502, message="not a JSON object")
            return answer

    @asynccontextmanager
    async def raw(
        self,
        method: str,
        path: str,
        data: str | bytes | None = None,
        content_type: str = "application/json",
        timeout: float = REQUEST_SECONDS,  # noqa: ASYNC109 - becomes the HTTP client's own
    ) -> AsyncIterator[ClientResponse]:
        """One authorised call whose answer is read by the caller, for example a file.

        Raises:
            MatrixError, Unreachable: as in :meth:`request`; also for failures while the caller reads.
        """
        headers = {"Authorization": f"Bearer {self.nio.access_token}"} if self.nio.access_token else {}
        if data is not None:
            headers["Content-Type"] = content_type
        try:
            response = await self.nio.send(method, path, data, headers, timeout=ClientTimeout(total=timeout))
            async with response:
                if response.status >= 400:
                    raise from_answer(response.status, await _json(response), response.headers)
                yield response
        except (ClientError, TimeoutError) as error:
            # The class only: its text holds addresses, which can carry ids of rooms and people.
            raise Unreachable(type(error).__name__) from error

    async def upload_keys(self) -> None:
        """Upload device keys and one-time keys when the homeserver needs them.

        Raises:
            KeysRefused: they contradict keys it already has.
            MatrixError: it did not answer properly; the same keys are offered again next time.
        """
        if not self.nio.should_upload_keys:
            return
        keys = self.nio.olm.share_keys()
        # Saved before they are public: killed in between, we would offer other keys under the same ids for ever.
        self.nio.olm.save_account()
        await self._publish(keys)

    async def upload_fallback_key(self) -> None:
        """Upload the key that others may use when our one-time keys have run out (nio never does).

        Raises:
            KeysRefused, MatrixError: as in :meth:`upload_keys`.
        """
        olm = self.nio.olm
        account = olm.account._account
        if not account.fallback_key:
            account.generate_fallback_key()
        olm.save_account()
        ((key_id, key),) = account.fallback_key.items()
        signed: dict[str, Any] = {"key": key.to_base64(), "fallback": True}
        signature = olm.sign_json(signed)
        signed["signatures"] = {self.user_id: {f"ed25519:{self.device_id}": signature}}
        await self._publish({"fallback_keys": {f"signed_curve25519:{key_id}": signed}})

    async def _publish(self, keys: dict[str, Any]) -> None:
        try:
            answer = await self.request("POST", f"{CLIENT}/keys/upload", keys)
        except MatrixError as error:
            if error.fate in (Fate.RETRY, Fate.WAIT, Fate.DEAD_TOKEN):
                raise
            raise KeysRefused(f"The homeserver refused our device keys ({error}).") from error
        response = KeysUploadResponse.from_dict(answer)
        if not isinstance(response, KeysUploadResponse):
            raise MatrixError(502, message="unreadable answer to a key upload")
        self.nio.olm.handle_response(response)

    async def _resume(self) -> str | None:
        """Our user id when a stored or configured token still lives."""
        for token in (_stored_token(self.account), self.account.access_token):
            if not token:
                continue
            self.nio.access_token = token
            try:
                return await self._whoami()
            except MatrixError as error:
                if error.fate is not Fate.DEAD_TOKEN:
                    raise
                self.nio.access_token = ""
        return None

    async def _whoami(self) -> str:
        answer = await self.request("GET", f"{CLIENT}/account/whoami")
        user_id = answer.get("user_id")
        if not isinstance(user_id, str) or not user_id.startswith("@"):
            raise LoginError("The homeserver does not say who we are.")
        if answer.get("device_id", self.device_id) != self.device_id:
            raise LoginError(
                f"The access token belongs to device {answer['device_id']}, configured is {self.device_id}: "
                "set that device id, or remove the token and set the password."
            )
        return user_id

    async def _log_in(self) -> str:
        if not self.account.password:
            raise LoginError("The access token is no longer valid and there is no password: set one of them anew.")
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.account.user},
            "password": self.account.password,
            "device_id": self.device_id,
            "initial_device_display_name": DEVICE_NAME,
        }
        try:
            answer = await self.request("POST", f"{CLIENT}/login", body)
        except MatrixError as error:
            if error.fate in (Fate.RETRY, Fate.WAIT):
                raise
            raise LoginError(f"The homeserver refused the login ({error}): check user and password.") from error
        self.nio.access_token = str(answer.get("access_token", ""))
        user_id = await self._whoami()
        _store_session(self.account, user_id, self.nio.access_token)
        log.info("logged in as %s with device %s", user_id, self.device_id)
        return user_id

    def _load_store(self, user_id: str) -> None:
        known = self.nio.user_id
        if known and known != user_id:
            raise LoginError(f"The token belongs to {user_id}, before it was {known}.")
        try:
            self.nio.restore_login(user_id, self.device_id, self.nio.access_token)
        except (LibolmPickleException, PickleException) as error:
            raise StoreError(f"The encryption store in {self.account.folder} does not open with this key.") from error
        self.nio.olm.store.database.execute_sql(READ_EVENTS)

    async def _compare_device_keys(self) -> None:
        """Does the homeserver know our device with our keys? Uploading blindly fails for ever when it does not fit."""
        answer = await self.request("POST", f"{CLIENT}/keys/query", {"device_keys": {self.user_id: [self.device_id]}})
        device = answer.get("device_keys", {}).get(self.user_id, {}).get(self.device_id)
        olm = self.nio.olm
        if device is None:
            # New, or deleted by a logout: everything must be uploaded (again).
            olm.account.shared = False
            return
        if device.get("keys", {}).get(f"ed25519:{self.device_id}") != olm.account.identity_keys["ed25519"]:
            raise KeysRefused(
                f"The homeserver knows device {self.device_id} with keys other than those in {self.account.folder}: "
                "restore that store from a backup or configure a new device id."
            )
        olm.account.shared = True


def _library_client(account: Account) -> nio.AsyncClient:
    # Its messages quote whole events when something in them surprises it; logs must not hold what people write.
    logging.getLogger("nio").setLevel(logging.CRITICAL)
    settings = nio.AsyncClientConfig(
        encryption_enabled=True,
        store=SqliteStore,
        store_name=STORE_FILE,
        pickle_key=account.store_key,
        # The token is ours to keep, in one transaction with the inbox (I1).
        store_sync_tokens=False,
        # The outbox and the sync loop decide about patience; the library would wait for ever (O3).
        max_limit_exceeded=0,
        max_timeouts=0,
        request_timeout=REQUEST_SECONDS,
        max_timeout_retry_wait_time=10,
    )
    client = nio.AsyncClient(
        account.homeserver.rstrip("/"), "", account.device, store_path=str(account.folder), config=settings
    )
    client.client_session = ClientSession(timeout=ClientTimeout(total=REQUEST_SECONDS), middlewares=(_only_once,))
    return client


async def _only_once(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """Say otherwise that a connection broke: aiohttp would repeat the request at once, twice the load of an outage."""
    try:
        return await send(request)
    except (ClientOSError, ServerDisconnectedError) as error:
        raise ClientConnectionError(type(error).__name__) from error


def _prepare_folder(account: Account) -> None:
    """Create the folder for our eyes only, or refuse one that others can read (E4)."""
    if not account.store_key:
        raise StoreError("The encryption store has no key: set one in the secrets.")
    folder = account.folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_mode & OTHERS_MAY:
        raise StoreError(f"{folder} is open to other users: chmod 700 it.")
    for path in (folder / SESSION_FILE, folder / STORE_FILE):
        if path.exists() and path.stat().st_mode & OTHERS_MAY:
            raise StoreError(f"{path} is open to other users: chmod 600 it.")
    # The library would create it with the umask's rights; its journal files inherit those of the database.
    os.close(os.open(folder / STORE_FILE, os.O_CREAT | os.O_RDONLY, 0o600))


def _stored_token(account: Account) -> str | None:
    try:
        session = json.loads((account.folder / SESSION_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(session, dict) or session.get("device_id") != account.device:
        return None
    token = session.get("access_token")
    return token if isinstance(token, str) else None


def _store_session(account: Account, user_id: str, token: str) -> None:
    session = {"user_id": user_id, "device_id": account.device, "access_token": token}
    path = account.folder / SESSION_FILE
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump(session, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


async def _json(response: ClientResponse) -> Any:
    try:
        return json.loads(await response.read())
    except ValueError:
        return None
