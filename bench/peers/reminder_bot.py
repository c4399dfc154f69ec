"""matrix-reminder-bot as its documentation runs it, with its own command; says in addition when it is ready."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import matrix_reminder_bot.main as bot
import nio


class AnnouncingClient(nio.AsyncClient):  # type: ignore[misc]
    """The bot's client, which prints a line after its first answer."""

    async def receive_response(self, response: Any) -> None:
        """Handle an answer as always."""
        await super().receive_response(response)
        if isinstance(response, nio.SyncResponse) and not self.announced:
            self.announced = True
            print("ready", flush=True)

    announced = False


def main(account: dict[str, str]) -> None:
    """Run until killed."""
    folder = Path(account["folder"])
    config = folder / "config.yaml"
    matrix = {
        "user_id": account["user_id"],
        "user_password": account["password"],
        "homeserver_url": account["homeserver"],
        "device_id": account["device_id"],
    }
    everybody = {"enabled": False, "regexes": []}
    storage = {"database": f"sqlite://{folder / 'bot.db'}", "store_path": str(folder / "store")}
    # JSON is YAML.
    whole = {
        "matrix": matrix,
        "storage": storage,
        "allowlist": everybody,
        "blocklist": everybody,
        "reminders": {"timezone": "Europe/Berlin"},
        "logging": {
            "level": "WARNING",
            "console_logging": {"enabled": True},
            "file_logging": {"enabled": False, "filepath": "bot.log"},
        },
    }
    config.write_text(json.dumps(whole), encoding="utf-8")
    sys.argv[1:] = [str(config)]
    bot.AsyncClient = AnnouncingClient
    asyncio.run(bot.main())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
