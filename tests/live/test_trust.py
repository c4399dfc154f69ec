"""Cross-signing against the real homeserver, with a nio client's device as the one that is signed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import nio
import pytest

from ombot.demo.homeserver import Homeserver
from ombot.matrix.trust import Account, ChainState, Fault, Identity, Link, Trust, TrustCode, TrustError
from ombot.matrix.trust_format import encode_recovery_key

pytestmark = pytest.mark.live
PASSWORD = "geheim"

NameFactory = Callable[[str], str]
# Registers an account on first use of the localpart, logs a nio client in on the device and uploads its keys.
DeviceFactory = Callable[..., Awaitable[Account]]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def device(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[DeviceFactory]:
    clients: list[nio.AsyncClient] = []
    registered: set[str] = set()

    async def make(localpart: str, device_id: str = "ERSTES", *, upload: bool = True) -> Account:
        if localpart not in registered:
            homeserver.register(localpart, PASSWORD)
            registered.add(localpart)
        token = homeserver.login(localpart, PASSWORD, device_id)
        user_id = f"@{localpart}:{homeserver.server_name}"
        # A folder per client: the same device with an empty store is how a lost crypto store looks.
        store = tmp_path / str(len(clients))
        store.mkdir()
        config = nio.AsyncClientConfig(store_sync_tokens=False, encryption_enabled=True)
        client = nio.AsyncClient(homeserver.url, user_id, device_id, str(store), config)
        clients.append(client)
        client.restore_login(user_id, device_id, token)
        if upload:
            assert isinstance(await client.keys_upload(), nio.KeysUploadResponse)
        account = client.olm.account
        return Account(homeserver.url, user_id, device_id, token, account.identity_keys["ed25519"], account.sign)

    yield make
    for client in clients:
        await client.close()
        client.store.database.close()


async def set_up(trust: Trust) -> tuple[Identity, str]:
    identity = Identity.create()
    recovery_key = await trust.store_secrets(identity)
    await trust.publish(identity, PASSWORD)
    await trust.sign_device(identity)
    return identity, recovery_key


async def call(
    session: aiohttp.ClientSession, account: Account, method: str, path: str, body: Any = None
) -> dict[str, Any]:
    url = f"{account.homeserver}/_matrix/client/v3{path}"
    headers = {"Authorization": f"Bearer {account.access_token}"}
    async with session.request(method, url, json=body, headers=headers) as response:
        return dict(await response.json())


async def query(session: aiohttp.ClientSession, account: Account) -> dict[str, Any]:
    return await call(session, account, "POST", "/keys/query", {"device_keys": {account.user_id: []}})


async def test_new_identity_makes_the_chain_good_step_by_step(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    trust = Trust(await device(user_name("bot")), session)
    identity = Identity.create()

    assert (await trust.exists(), await trust.check()) == (False, ChainState(Link.MASTER, Fault.MISSING))
    await trust.publish(identity, PASSWORD)
    assert (await trust.exists(), await trust.check()) == (True, ChainState(Link.DEVICE, Fault.UNSIGNED))
    await trust.sign_device(identity)
    assert await trust.check(identity.master_public) == ChainState()


async def test_every_step_may_be_repeated(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    trust = Trust(await device(user_name("bot")), session)
    identity, _ = await set_up(trust)

    second_key = await trust.store_secrets(identity)
    await trust.publish(identity, PASSWORD)
    await trust.sign_device(identity)

    assert await trust.check() == ChainState()
    assert await trust.open_secrets(second_key) == identity


async def test_keys_and_signatures_on_the_server_are_unpadded_and_the_device_vouches_for_the_master_key(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    account = await device(user_name("bot"))
    identity, _ = await set_up(Trust(account, session))
    answer = await query(session, account)
    user = account.user_id
    objects = [answer[f"{usage}_keys"][user] for usage in ("master", "self_signing", "user_signing")]
    objects.append(answer["device_keys"][user][account.device_id])

    texts = [text for value in objects for part in value["keys"].items() for text in part]
    texts += [text for value in objects for part in value["signatures"][user].items() for text in part]

    assert [text for text in texts if text.endswith("=")] == []
    assert len(texts) == 2 * (3 + 2 + 5)
    assert list(objects[0]["signatures"][user]) == [f"ed25519:{account.device_id}"]
    assert objects[0]["keys"] == {f"ed25519:{identity.master_public}": identity.master_public}


async def test_lost_crypto_store_is_recovered_on_a_new_device(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    name = user_name("bot")
    identity, recovery_key = await set_up(Trust(await device(name), session))
    trust = Trust(await device(name, "ZWEITES"), session)

    assert await trust.check() == ChainState(Link.DEVICE, Fault.UNSIGNED)
    opened = await trust.open_secrets(recovery_key)
    await trust.sign_device(opened)

    assert opened == identity
    assert await trust.check(identity.master_public) == ChainState()


async def test_private_keys_are_on_the_server_only_encrypted(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    account = await device(user_name("bot"))
    identity, recovery_key = await set_up(Trust(account, session))

    data = await call(session, account, "GET", "/sync?timeout=0")
    events = {event["type"]: event["content"] for event in data["account_data"]["events"]}

    storage_id = events["m.secret_storage.default_key"]["key"]
    assert sorted(events[f"m.secret_storage.key.{storage_id}"]) == ["algorithm", "iv", "mac"]
    for usage in ("master", "self_signing", "user_signing"):
        envelope = events[f"m.cross_signing.{usage}"]["encrypted"][storage_id]
        assert sorted(envelope) == ["ciphertext", "iv", "mac"]
    assert [seed for seed in identity.seeds().values() if seed in str(data)] == []
    assert recovery_key not in str(data)


async def test_wrong_recovery_keys_and_missing_storage_are_told_apart(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    account = await device(user_name("bot"))
    trust = Trust(account, session)
    stranger_key = encode_recovery_key(b"x" * 32)

    async def code(recovery_key: str) -> TrustCode:
        with pytest.raises(TrustError) as failure:
            await trust.open_secrets(recovery_key)
        assert recovery_key not in str(failure.value)
        return failure.value.code

    assert await code(stranger_key) is TrustCode.NO_SECRETS
    _, recovery_key = await set_up(trust)
    assert await code(stranger_key) is TrustCode.RECOVERY_KEY_WRONG
    assert await code(recovery_key[:-3]) is TrustCode.RECOVERY_KEY_MISTYPED

    path = f"/user/{account.user_id}/account_data/m.cross_signing.user_signing"
    await call(session, account, "PUT", path, {"encrypted": {"another": {}}})
    assert await code(recovery_key) is TrustCode.NO_SECRETS


async def test_storage_with_another_identity_than_the_published_one_is_refused(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    trust = Trust(await device(user_name("bot")), session)
    await set_up(trust)
    other_key = await trust.store_secrets(Identity.create())

    with pytest.raises(TrustError) as failure:
        await trust.open_secrets(other_key)

    assert failure.value.code is TrustCode.IDENTITY_DIFFERS


async def test_identity_is_replaced_only_when_asked_and_with_the_right_password(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    trust = Trust(await device(user_name("bot")), session)
    old, _ = await set_up(trust)
    new = Identity.create()

    with pytest.raises(TrustError) as failure:
        await trust.publish(new, PASSWORD)
    assert failure.value.code is TrustCode.IDENTITY_EXISTS
    with pytest.raises(TrustError) as failure:
        await trust.publish(new, "falsch", replace=True)
    assert failure.value.code is TrustCode.WRONG_PASSWORD
    assert "falsch" not in str(failure.value)
    assert await trust.check(old.master_public) == ChainState()

    await trust.publish(new, PASSWORD, replace=True)
    assert await trust.check(old.master_public) == ChainState(Link.MASTER, Fault.REPLACED)
    assert await trust.check(new.master_public) == ChainState(Link.DEVICE, Fault.UNSIGNED)
    with pytest.raises(TrustError) as failure:
        await trust.sign_device(old)
    assert failure.value.code is TrustCode.IDENTITY_DIFFERS


async def test_only_our_own_keys_are_signed(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    name = user_name("bot")
    trust = Trust(await device(name), session)
    identity, _ = await set_up(trust)
    never_uploaded = Trust(await device(name, "ZWEITES", upload=False), session)
    lost_store = Trust(await device(name, upload=False), session)

    assert await never_uploaded.check() == ChainState(Link.DEVICE, Fault.MISSING)
    assert await lost_store.check() == ChainState(Link.DEVICE, Fault.REPLACED)
    codes = []
    for other in (never_uploaded, lost_store):
        with pytest.raises(TrustError) as failure:
            await other.sign_device(identity)
        codes.append(failure.value.code)
    assert codes == [TrustCode.DEVICE_UNKNOWN, TrustCode.DEVICE_REPLACED]


async def test_tampered_signature_of_the_device_is_named(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    name = user_name("bot")
    first = await device(name)
    await set_up(Trust(first, session))
    second = await device(name, "ZWEITES")
    # The homeserver keeps what a device uploads as its own keys, with any signature in it.
    keys = await query(session, second)
    forged = keys["device_keys"][second.user_id]["ZWEITES"]
    good = keys["device_keys"][second.user_id]["ERSTES"]["signatures"][second.user_id]
    (signer,) = set(good) - {"ed25519:ERSTES"}
    forged.pop("unsigned", None)
    forged["signatures"][second.user_id][signer] = good[signer]
    await call(session, second, "POST", "/keys/upload", {"device_keys": forged})

    assert await Trust(second, session).check() == ChainState(Link.DEVICE, Fault.FORGED)


async def test_dead_token_and_unreachable_server_are_no_broken_chain(
    device: DeviceFactory, session: aiohttp.ClientSession, user_name: NameFactory
) -> None:
    account = await device(user_name("bot"))
    dead_token = Account(account.homeserver, account.user_id, account.device_id, "tot", account.fingerprint)
    no_server = Account("http://127.0.0.1:9", account.user_id, account.device_id, "t", account.fingerprint)

    codes = []
    for broken in (dead_token, no_server):
        with pytest.raises(TrustError) as failure:
            await Trust(broken, session).check()
        codes.append(failure.value.code)

    assert codes == [TrustCode.REFUSED, TrustCode.UNREACHABLE]
    assert account.access_token not in repr(account)
