"""A bot on matrix-nio as its documentation begins one: a callback that answers with one fixed line."""

import asyncio
import json
import sys

from nio import AsyncClient, AsyncClientConfig, MatrixRoom, RoomMessageText


async def main(account: dict[str, str], encrypted: bool) -> None:
    """Sync until killed; only with ``encrypted`` there is a store of keys."""
    config = AsyncClientConfig(encryption_enabled=encrypted, store_sync_tokens=encrypted)
    client = AsyncClient(
        account["homeserver"], account["user_id"], account["device_id"], account["folder"] if encrypted else "", config
    )
    client.restore_login(account["user_id"], account["device_id"], account["token"])

    async def on_message(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.body.startswith("!"):
            reply = {"m.in_reply_to": {"event_id": event.event_id}}
            content = {"msgtype": "m.notice", "body": "ok", "m.relates_to": reply}
            await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

    if client.should_upload_keys:
        await client.keys_upload()
    # What was said before is not answered: the callback comes after the first answer.
    await client.sync(full_state=True)
    client.add_event_callback(on_message, RoomMessageText)
    print("ready", flush=True)
    await client.sync_forever(timeout=30_000)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), "encrypted" in sys.argv))
