"""Requests to verify ombot, made in a room: declined with what to do instead, said once a day."""

from datetime import timedelta
from typing import Any

from testbot import TestBot, user

from ombot.chat.language import SENTENCES
from ombot.store.inbox import VERIFICATION
from ombot.store.outbox import TYPE
from ombot.store.tables import Inbox, Outbox

ASKED = "Eva is requesting to verify your key, but your client does not support in-chat key verification."


def asked(bot: TestBot, **where: Any) -> list[tuple[str, str, str]]:
    """Somebody asks; what is sent then: destination, type, and text or the event that is declined."""
    before = len(bot.table(Outbox))
    bot.send(ASKED, msgtype=VERIFICATION, **where)
    rows = bot.table(Outbox)[before:]
    types = [row.content.get(TYPE, "m.room.message") for row in rows]
    said = [row.content.get("body") or row.content["m.relates_to"]["event_id"] for row in rows]
    return list(zip([row.destination for row in rows], types, said, strict=True))


def test_a_request_is_declined_and_explained_once_a_day(bot: TestBot) -> None:
    cancel = "m.key.verification.cancel"
    explained = ("m.room.message", SENTENCES["verification"])

    assert asked(bot) == [("room:!beratung", cancel, bot.last_event), ("room:!beratung", *explained)]
    reply = bot.table(Outbox)[-1].content["m.relates_to"]
    assert reply == {"m.in_reply_to": {"event_id": bot.last_event}}
    cancellation = bot.table(Outbox)[-2].content
    assert (cancellation["code"], cancellation["m.relates_to"]["rel_type"]) == ("m.user", "m.reference")

    assert asked(bot, room="dm") == [("room:!dm-eva", cancel, bot.last_event)]
    assert asked(bot, as_="jan")[1:] == [("room:!beratung", *explained)]
    bot.now += timedelta(days=1)
    assert asked(bot, room="dm")[1:] == [("room:!dm-eva", *explained)]


def test_a_request_is_no_command_whatever_its_text_says(bot: TestBot) -> None:
    bot.send("!aufgabe Heimlich", msgtype=VERIFICATION)

    assert [row.content.get("outcome") for row in bot.table(Inbox) if row.sender == user("eva")] == [None]
    assert [row.about for row in bot.table(Outbox)] == [None, None]
