"""maubot in its standalone mode, with a plugin as its documentation begins one: a command with one fixed answer."""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

from maubot import MessageEvent, Plugin
from maubot.handlers import command
from mautrix.client import InternalEventType


class EchoPlugin(Plugin):  # type: ignore[misc]
    """Answers ``!echo``."""

    async def start(self) -> None:
        """Say once when nothing that is written any more can be missed."""
        if await self.client.sync_store.get_next_batch():
            print("ready", flush=True)
        else:
            self.client.add_event_handler(InternalEventType.SYNC_SUCCESSFUL, self._ready)

    async def _ready(self, _data: Any) -> None:
        print("ready", flush=True)
        self.client.remove_event_handler(InternalEventType.SYNC_SUCCESSFUL, self._ready)

    @command.new("echo")  # type: ignore[untyped-decorator]
    async def echo(self, event: MessageEvent) -> None:
        """Answer as a reply."""
        await event.reply("ok")


def main(account: dict[str, str]) -> None:
    """Run until killed."""
    folder = Path(account["folder"])
    meta = {
        "maubot": "0.1.0",
        "id": "bench.echo",
        "version": "1.0.0",
        "license": "MIT",
        "modules": [Path(__file__).stem],
        "main_class": "EchoPlugin",
    }
    credentials = {"id": account["user_id"], "homeserver": account["homeserver"], "access_token": account["token"]}
    user = {"credentials": credentials, "displayname": "disable", "avatar_url": "disable", "ignore_first_sync": False}
    config = {
        "user": user,
        "database": f"sqlite:{folder / 'bot.db'}",
        "logging": {"version": 1, "root": {"level": "WARNING"}},
    }
    # JSON is YAML.
    (folder / "maubot.yaml").write_text(json.dumps(meta), encoding="utf-8")
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    sys.argv[1:] = ["-c", str(folder / "config.yaml"), "-m", str(folder / "maubot.yaml")]
    runpy.run_module("maubot.standalone", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
