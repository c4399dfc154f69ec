"""What was given up is shown to the operator with its reference, and runs again by it (issue 3, point 7)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ombot.app import given_up
from ombot.cli import main
from ombot.config import load
from ombot.features.mailing.tables import Mail
from ombot.installation import open_store
from ombot.store import inbox, outbox
from ombot.store.outbox import Draft, Poster
from ombot.store.tables import Inbox, Outbox
from ombot.web.health import Stuck, Vitals
from ombot.web.server import WebServer

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def invoke(config: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(config)])


def written(folder: Path, port: int = 1) -> Path:
    config = folder / "config.toml"
    config.write_text(
        '[matrix]\nhomeserver = "http://127.0.0.1:1"\nuser = "@ombot:example.org"\n'
        f'[storage]\ndatabase = "sqlite:///{folder}/ombot.sqlite3"\ndirectory = "{folder}/data"\n'
        f'[web]\nlisten = "127.0.0.1:{port}"\n',
        encoding="utf-8",
    )
    return config


def test_commands_and_messages_run_again_by_their_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMBOT_CONFIG", raising=False)
    config = written(tmp_path)
    store = open_store(load(config, {}))
    with store.unit() as session:
        message = Poster(session, "$1", NOW).put(Draft("room:!a:x", {"body": "Hallo"}))
        message.state, message.error = "failed", "403 M_FORBIDDEN"
        reference = outbox.reference(message)
        command = Inbox(event_id="$2", room_id="!a:x", sender="@eva:x", kind="message", sent_at=NOW, received_at=NOW)
        command.state, command.error = "parked", "f3a90b1c"
        inbox.add(session, [command])
        letter = Mail(message_id="<1@x>", key="k", address_id=1, recipient="eva@x", state="parked", created_at=NOW)
        letter.error = "550 5.1.1 <eva@x> unknown"
        session.add(letter)

    with store.reading() as session:
        assert given_up(session) == (
            Stuck("f3a90b1c", "a message could not be handled"),
            Stuck(reference, "a message could not be sent: 403 M_FORBIDDEN"),
            Stuck("mail-1", "a letter could not be sent: 550"),
        )
    for name in (reference, "f3a90b1c", "mail-1"):
        tried = invoke(config, "retry", name)
        assert (tried.exit_code, tried.output) == (0, f"{name} is tried again.\n")
        again = invoke(config, "retry", name)
        assert (again.exit_code, again.output) == (
            1,
            f"Nothing that was given up has the reference {name}; ombot status shows them.\n",
        )
    with store.reading() as session:
        assert session.get_one(Outbox, message.id).state == "waiting"
        assert session.get_one(Inbox, command.id).state == "ready"
        assert session.get_one(Mail, 1).state == "waiting"
        assert given_up(session) == ()
    store.close()


async def test_status_names_what_was_given_up_and_what_to_do(tmp_path: Path) -> None:
    stuck = (Stuck("f3a90b1c", "a message could not be handled"), Stuck("out-7", "a file could not be sent: 403"))
    now = datetime.now(UTC)

    async def vitals() -> Vitals:
        return Vitals(True, now, now, 0, None, stuck, None, False, {})

    server = WebServer("127.0.0.1", 0, vitals)
    await server.start()
    try:
        said = await asyncio.to_thread(invoke, written(tmp_path, server.port), "status")
    finally:
        await server.stop()
    assert (said.exit_code, said.output.splitlines()) == (
        0,
        [
            "f3a90b1c: a message could not be handled; to try again: ombot retry f3a90b1c",
            "out-7: a file could not be sent: 403; to try again: ombot retry out-7",
            "ombot is well.",
        ],
    )
