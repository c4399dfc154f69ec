"""A bot on simplematrixbotlib as its documentation begins one: a listener that answers with one fixed line."""

import json
import os
import sys
from typing import Any

import simplematrixbotlib as botlib


def main(account: dict[str, str]) -> None:
    """Run until killed."""
    # Its session and its store lie where it was started.
    os.chdir(account["folder"])
    bot = botlib.Bot(botlib.Creds(account["homeserver"], account["user_id"], account["password"]))

    @bot.listener.on_message_event
    async def echo(room: Any, message: Any) -> None:
        match = botlib.MessageMatch(room, message, bot, "!")
        if match.is_not_from_this_bot() and match.prefix():
            await bot.api.send_text_message(room.room_id, "ok")

    # Called for every room after the first answer, before it listens.
    @bot.listener.on_startup
    async def ready(_room_id: str) -> None:
        print("ready", flush=True)

    bot.run()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
