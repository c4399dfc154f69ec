"""A bot on nio-bot as its documentation begins one: a command that answers with one fixed line."""

import json
import sys
from typing import Any

import niobot


def main(account: dict[str, str]) -> None:
    """Run until killed."""
    bot = niobot.NioBot(
        account["homeserver"], account["user_id"], account["device_id"], account["folder"], command_prefix="!"
    )

    @bot.command(name="echo")
    async def echo(context: niobot.Context) -> None:
        await context.respond("ok")

    @bot.on_event("ready")
    async def ready(_result: Any) -> None:
        print("ready", flush=True)

    bot.run(access_token=account["token"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
