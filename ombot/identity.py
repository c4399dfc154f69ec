"""Who we are on the homeserver: account, device in use, and the cross-signing identity that vouches for it."""

import base64
import hashlib
import json
import os
import secrets
from pathlib import Path

import aiohttp
from cryptography.fernet import Fernet, InvalidToken

from ombot.config import Settings
from ombot.matrix import trust
from ombot.matrix.client import Account, Client
from ombot.matrix.errors import LoginError, StoreError
from ombot.matrix.trust import Identity, Trust
from ombot.store import meta
from ombot.store.unit import Store

DEVICE_FILE = "device"
"""In the data directory: the device that took the place of the configured one after a recovery."""
IDENTITY_FILE = "identity"
"""In the data directory: our cross-signing seeds, encrypted with the store key, so that a new device can be signed."""
MASTER_KEY = "master_key"
"""In ``meta``: the public master key of our identity. Another one on the homeserver is an alarm."""


def account_of(settings: Settings) -> Account:
    """The Matrix account of a configuration, with the device in use.

    Raises:
        LoginError: there is neither a password nor a token, or the encryption store has no key yet.
    """
    given = settings.secrets
    if given.password is None and given.access_token is None:
        raise LoginError("Neither OMBOT_PASSWORD nor OMBOT_ACCESS_TOKEN is set.")
    if given.store_key is None:
        raise LoginError("OMBOT_STORE_KEY is not set; ombot init creates it.")
    return Account(
        homeserver=settings.matrix.homeserver,
        user=settings.matrix.user,
        device=device_of(settings),
        folder=crypto_folder(settings),
        store_key=given.store_key.get_secret_value(),
        password=given.password.get_secret_value() if given.password else None,
        access_token=given.access_token.get_secret_value() if given.access_token else None,
        signed_only=settings.matrix.devices == "signed",
    )


def crypto_folder(settings: Settings) -> Path:
    """Where the encryption store and the session lie."""
    return settings.storage.directory / "crypto"


def device_of(settings: Settings) -> str:
    """The device in use: the configured one, or its successor after a recovery."""
    path = settings.storage.directory / DEVICE_FILE
    return path.read_text(encoding="utf-8").strip() if path.exists() else settings.matrix.device


def replace_device(settings: Settings) -> str:
    """Use a new device from now on and say which; the old encryption store is kept beside the new one."""
    device = f"{settings.matrix.device}-{secrets.token_hex(4).upper()}"
    folder = crypto_folder(settings)
    if folder.exists():
        folder.rename(folder.with_name(f"crypto.{device_of(settings)}"))
    settings.storage.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.storage.directory / DEVICE_FILE).write_text(device, encoding="utf-8")
    return device


# --- our identity -----------------------------------------------------------------------------------------------


def keep_identity(settings: Settings, identity: Identity) -> None:
    """Store the cross-signing seeds, encrypted, readable by us only."""
    path = settings.storage.directory / IDENTITY_FILE
    sealed = _sealing(settings).encrypt(json.dumps(identity.seeds()).encode())
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(sealed)


def kept_identity(settings: Settings) -> Identity | None:
    """The stored cross-signing seeds, if there are any.

    Raises:
        StoreError: they do not open with the store key.
    """
    path = settings.storage.directory / IDENTITY_FILE
    if not path.exists():
        return None
    try:
        return Identity.from_seeds(json.loads(_sealing(settings).decrypt(path.read_bytes())))
    except InvalidToken as error:
        raise StoreError(f"{path} does not open with OMBOT_STORE_KEY.") from error


def _sealing(settings: Settings) -> Fernet:
    key = settings.secrets.store_key
    if key is None:
        raise LoginError("OMBOT_STORE_KEY is not set; ombot init creates it.")
    # The store key is random already; hashing only gives it the length that is wanted.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.get_secret_value().encode()).digest()))


def trust_of(client: Client, session: aiohttp.ClientSession) -> Trust:
    """Cross-signing for our device."""
    olm = client.nio.olm
    account = trust.Account(
        homeserver=client.account.homeserver.rstrip("/"),
        user_id=client.user_id,
        device_id=client.device_id,
        access_token=str(client.nio.access_token),
        fingerprint=olm.account.identity_keys["ed25519"],
        sign=olm.account.sign,
    )
    return Trust(account, session)


async def check_device(client: Client, store: Store) -> str | None:
    """What is wrong with the chain master → self-signing → our device, or None (E1).

    Raises:
        TrustError: the homeserver did not answer.
    """
    expected = await store.read(lambda session: meta.get(session, MASTER_KEY))
    async with aiohttp.ClientSession() as session:
        state = await trust_of(client, session).check(expected)
    return None if state.good else str(state)


async def sign_if_needed(settings: Settings, client: Client, store: Store) -> bool:
    """Sign our device with the kept seeds when its chain is broken. Returns whether it was signed now.

    Raises:
        TrustError: the homeserver did not answer, or has another identity.
    """
    identity = kept_identity(settings)
    if identity is None or await check_device(client, store) is None:
        return False
    async with aiohttp.ClientSession() as session:
        await trust_of(client, session).sign_device(identity)
    return True
