"""``ombot init``: from nothing to a bot with configuration, trusted device and rooms. Repeating it is harmless."""

import os
import secrets as random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp

from ombot.chat.line import fold
from ombot.config import Settings
from ombot.identity import (
    MASTER_KEY,
    account_of,
    check_device,
    device_of,
    keep_identity,
    kept_identity,
    replace_device,
    trust_of,
)
from ombot.installation import open_store
from ombot.matrix import household
from ombot.matrix.client import Client
from ombot.matrix.errors import InitError
from ombot.matrix.rooms import Ensured
from ombot.matrix.trust import Identity, Link, Trust, TrustCode, TrustError
from ombot.store import meta
from ombot.store.unit import Store

Say = Callable[[str], None]


@dataclass(frozen=True)
class Answers:
    """What ``init`` needs to write a configuration."""

    homeserver: str
    user: str
    coordinator: str | None
    working_groups: tuple[str, ...]


def write_config(path: Path, answers: Answers) -> None:
    """A configuration file with the groups that every federation has, and the named working groups."""
    leads = f'leads = ["{answers.coordinator}"]\n' if answers.coordinator else ""
    parts = [
        "# Alle Einstellungen mit ihren Vorgaben stehen in config.example.toml.\n\n"
        f'[matrix]\nhomeserver = "{answers.homeserver}"\nuser = "{answers.user}"\n',
        f'[[groups]]\nkey = "sk"\nname = "Strategiekreis"\nkind = "board"\n{leads}',
        f'[[groups]]\nkey = "koordination"\nname = "Koordination"\nkind = "coordination"\n{leads}',
    ]
    parts += [
        f'[[groups]]\nkey = "{key_of(name)}"\nname = "{name}"\nkind = "working_group"\n'
        for name in answers.working_groups
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def key_of(name: str) -> str:
    """A group's key from its name: "AG Modernes Beratungsverständnis" → "ag-modernes-beratungsverstaendnis"."""
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in fold(name)).split()
    return "-".join(words) or "gruppe"


def write_secrets(path: Path, values: dict[str, str]) -> None:
    """Add secrets to the ``.env`` file, readable by its owner only; what is already there stays."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    known = {line.partition("=")[0].strip() for line in before.splitlines()}
    lines = [f"{name}='{value}'" for name, value in values.items() if name not in known]
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(before if before.endswith("\n") or not before else before + "\n")
        file.writelines(f"{line}\n" for line in lines)
    path.chmod(0o600)


def new_store_key() -> str:
    """A random key for the encryption store."""
    return random.token_urlsafe(32)


async def set_up(settings: Settings, say: Say, now: Callable[[], datetime], *, recover: bool) -> None:
    """Log in with the fixed device, make it trusted, create space and rooms.

    Raises:
        InitError: something an office can mend, as a sentence.
        LoginError, StoreError, KeysRefused, MatrixError: as in :meth:`Client.open`.
    """
    if recover:
        say(f"Neues Gerät {replace_device(settings)}; der alte Schlüsselspeicher liegt daneben.")
    store = open_store(settings)
    client = Client(account_of(settings))
    try:
        await client.open()
        say(f"Angemeldet als {client.user_id} mit Gerät {device_of(settings)}.")
        await establish_trust(settings, client, store, say, recover=recover)
        await household.ensure(client, store, settings, now(), lambda name, done: say(_said(name, done)))
    finally:
        await client.close()
        store.close()


def _said(name: str, done: Ensured) -> str:
    words = ["angelegt" if done.created else "vorhanden"]
    if done.invited:
        words.append(f"{len(done.invited)} Personen eingeladen")
    if done.refused:
        words.append(f"nicht eingeladen werden konnten: {', '.join(done.refused)}")
    return f"Raum „{name}“: {', '.join(words)}."


async def establish_trust(settings: Settings, client: Client, store: Store, say: Say, *, recover: bool = False) -> None:
    """Create or open the cross-signing identity and sign this device; nothing happens when it is trusted already.

    With ``recover``, an identity that somebody else has published for the account is replaced by a new one.
    """
    async with aiohttp.ClientSession() as session:
        trust = trust_of(client, session)
        try:
            if not await trust.exists():
                await _create_identity(settings, trust, say)
            elif (fault := await check_device(client, store)) is not None:
                if recover:
                    await _replace_foreign(settings, trust, say)
                await _sign(settings, trust, say, fault)
            else:
                say("Das Gerät ist signiert und vertrauenswürdig.")
                return
        except TrustError as error:
            raise InitError(_explain(error)) from error
    identity = kept_identity(settings)
    if identity is not None:
        await store.write(lambda session: meta.put(session, MASTER_KEY, identity.master_public))
    say("Das Gerät ist jetzt signiert und vertrauenswürdig.")


async def _create_identity(settings: Settings, trust: Trust, say: Say) -> None:
    password = settings.secrets.password
    if password is None:
        raise InitError("Für die Signatur des Geräts wird einmal OMBOT_PASSWORD gebraucht.")
    identity = kept_identity(settings) or Identity.create()
    keep_identity(settings, identity)
    await _show_recovery_key(trust, identity, say)
    await trust.publish(identity, password.get_secret_value())
    await trust.sign_device(identity)


async def _show_recovery_key(trust: Trust, identity: Identity, say: Say) -> None:
    recovery_key = await trust.store_secrets(identity)
    say("Wiederherstellungsschlüssel (wird nur jetzt gezeigt, bitte sicher aufbewahren):")
    say(f"    {recovery_key}")


async def _replace_foreign(settings: Settings, trust: Trust, say: Say) -> None:
    """Put a new identity in the place of somebody else's: whoever has the password can publish one.

    Not the kept one again: Synapse answers 500 to a master key that it has known before.
    """
    kept, password = kept_identity(settings), settings.secrets.password
    if kept is None or password is None or (await trust.check(kept.master_public)).link is not Link.MASTER:
        return
    identity = Identity.create()
    keep_identity(settings, identity)
    await _show_recovery_key(trust, identity, say)
    await trust.publish(identity, password.get_secret_value(), replace=True)
    say("Das Konto hatte eine fremde Identität; ombot hat jetzt eine neue.")


async def _sign(settings: Settings, trust: Trust, say: Say, fault: str) -> None:
    identity = kept_identity(settings)
    if identity is None:
        key = settings.secrets.recovery_key
        if key is None:
            raise InitError(
                f"Das Konto hat schon eine Identität, dieses Gerät gehört noch nicht dazu ({fault}). "
                "Bitte setzen Sie OMBOT_RECOVERY_KEY auf den Wiederherstellungsschlüssel."
            )
        identity = await trust.open_secrets(key.get_secret_value())
        keep_identity(settings, identity)
        say("Identität mit dem Wiederherstellungsschlüssel geöffnet.")
    await trust.sign_device(identity)


def _explain(error: TrustError) -> str:
    sentences = {
        TrustCode.UNREACHABLE: "Der Homeserver antwortet gerade nicht. Bitte versuchen Sie es später noch einmal.",
        TrustCode.WRONG_PASSWORD: "Das Passwort in OMBOT_PASSWORD stimmt nicht.",
        TrustCode.PASSWORD_NOT_OFFERED: "Der Homeserver nimmt für die Signatur kein Passwort an (Single Sign-on). "
        "Bitte fragen Sie dessen Betreiber.",
        TrustCode.RECOVERY_KEY_MISTYPED: "Der Wiederherstellungsschlüssel ist unvollständig oder vertippt.",
        TrustCode.RECOVERY_KEY_WRONG: "Der Wiederherstellungsschlüssel gehört nicht zu diesem Konto.",
        TrustCode.NO_SECRETS: "Das Konto hat keinen Geheimnisspeicher, aus dem die Identität geöffnet werden könnte.",
        TrustCode.IDENTITY_DIFFERS: "Das Konto hat inzwischen eine andere Identität veröffentlicht. "
        "War das niemand von Ihnen, ändern Sie bitte sofort das Passwort des Kontos; "
        "„ombot init --recover“ gibt ombot danach eine neue Identität.",
        TrustCode.DEVICE_REPLACED: "Der Homeserver kennt dieses Gerät mit anderen Schlüsseln. "
        "Bitte starten Sie „ombot init --recover“.",
    }
    return sentences.get(error.code, f"Die Signatur des Geräts ist nicht gelungen ({error.code}).")
