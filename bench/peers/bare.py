"""The bare loop that all are compared with: syncs and answers every command with one fixed line, stores nothing."""

import asyncio
import json
import secrets
import sys
from urllib.parse import quote, urlencode

import aiohttp

FILTER = json.dumps({"room": {"timeline": {"limit": 500}}})


async def answer(session: aiohttp.ClientSession, base: str, room_id: str, event_id: str) -> None:
    """Send the fixed line as a reply."""
    path = f"{base}/rooms/{quote(room_id, safe='')}/send/m.room.message/{secrets.token_hex(8)}"
    content = {"msgtype": "m.notice", "body": "ok", "m.relates_to": {"m.in_reply_to": {"event_id": event_id}}}
    async with session.put(path, json=content) as response:
        response.raise_for_status()


async def main(homeserver: str, token: str) -> None:
    """Sync until killed."""
    base = f"{homeserver}/_matrix/client/v3"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        query = {"timeout": "0", "filter": FILTER}
        while True:
            async with session.get(f"{base}/sync?{urlencode(query)}") as response:
                answer_body = await response.json()
            first = "since" not in query
            query |= {"since": answer_body["next_batch"], "timeout": "30000"}
            if first:
                print("ready", flush=True)
                continue
            for room_id, joined in answer_body.get("rooms", {}).get("join", {}).items():
                for event in joined["timeline"]["events"]:
                    if str(event["content"].get("body", "")).startswith("!"):
                        await answer(session, base, room_id, event["event_id"])


if __name__ == "__main__":
    account = json.loads(sys.argv[1])
    asyncio.run(main(account["homeserver"], account["token"]))
