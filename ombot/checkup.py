"""``ombot check``: one line for each thing that must be in order, with what to do about it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from ombot.config import Settings
from ombot.documents import office
from ombot.features.mailing import queries
from ombot.identity import account_of, check_device
from ombot.installation import open_store
from ombot.mail import smtp
from ombot.matrix.client import Client
from ombot.matrix.errors import KeysRefused, LoginError, MatrixError, StoreError
from ombot.matrix.trust import TrustError
from ombot.store import rooms
from ombot.store.engine import StorageError
from ombot.store.unit import Session, Store


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``advice`` is empty when it is in order."""

    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{'fehlt' if self.advice else 'gut  '}  {self.what}{': ' + self.advice if self.advice else ''}"


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Everything in order of dependence; what cannot be looked at any more is left out."""
    yield Finding("Konfiguration")
    for finding in _templates(settings.documents.templates):
        yield finding
    try:
        store = open_store(settings)
    except StorageError:
        yield Finding("Datenbank", "sie lässt sich nicht öffnen; bitte storage.database und den Speicherplatz prüfen")
        return
    yield Finding("Datenbank")
    if queries.enabled(settings):
        yield await _mail(settings)
    try:
        async for finding in _matrix(settings, store):
            yield finding
    finally:
        store.close()


def _templates(folder: Path | None) -> Iterator[Finding]:
    """Our own templates are tested; those of the office are filled once, so that faults show before they are needed."""
    found = list(office.faults(folder)) if folder is not None else []
    for fault in found:
        yield Finding("Vorlagen", fault)
    if not found:
        yield Finding(f"Vorlagen ({folder or 'mitgelieferte'})")


async def _matrix(settings: Settings, store: Store) -> AsyncIterator[Finding]:
    server = await _server(settings.matrix.homeserver)
    yield server
    if server.advice:
        return
    try:
        client = Client(account_of(settings))
    except LoginError as error:
        yield Finding("Anmeldung", f"{error} Bitte starten Sie „ombot init“.")
        return
    try:
        await client.open()
        yield Finding(f"Anmeldung als {client.user_id}")
        yield await _device(client, store)
        for group in settings.groups:
            yield await store.read(partial(_room, key=group.key, name=group.name))
    except (LoginError, StoreError, KeysRefused, MatrixError) as error:
        yield Finding("Anmeldung", f"{error} Bitte prüfen Sie Konto und Passwort.")
    finally:
        await client.close()


async def _mail(settings: Settings) -> Finding:
    what = f"Mailserver {settings.mail.host}:{settings.mail.port}"
    reason = await asyncio.to_thread(smtp.fault, settings)
    return Finding(what, f"er nimmt keine Briefe an ({reason}); bitte [mail] und das Passwort prüfen" if reason else "")


async def _server(address: str) -> Finding:
    what = f"Homeserver {address}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.get(f"{address.rstrip('/')}/_matrix/client/versions") as answer,
        ):
            return Finding(what) if answer.status == 200 else Finding(what, f"er antwortet mit {answer.status}")
    except (aiohttp.ClientError, TimeoutError):
        return Finding(what, "er antwortet nicht; bitte Adresse und Netz prüfen")


async def _device(client: Client, store: Store) -> Finding:
    try:
        fault = await check_device(client, store)
    except TrustError as error:
        fault = str(error.code)
    advice = f"nicht vertrauenswürdig ({fault}); bitte „ombot init“ starten" if fault else ""
    key = client.nio.olm.account.identity_keys["ed25519"]
    # In groups of four, as clients show it to those who want to compare.
    groups = " ".join(key[start : start + 4] for start in range(0, len(key), 4))
    return Finding(f"Signatur des Geräts {client.device_id}, Schlüssel {groups}", advice)


def _room(session: Session, key: str, name: str) -> Finding:
    room = rooms.of_group(session, key)
    missing = room is None or not room.joined
    return Finding(f"Raum „{name}“", "noch nicht angelegt; bitte „ombot init“ starten" if missing else "")
