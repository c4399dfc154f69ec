"""Messages whose sender is in doubt: what is said about them, and how often."""

from datetime import UTC, datetime, timedelta

from testbot import TestBot, user

from ombot.chat import doubt
from ombot.chat.language import SENTENCES
from ombot.chat.registry import REGISTRY
from ombot.chat.voice import Voice
from ombot.store.outbox import Poster
from ombot.store.tables import Inbox, Outbox
from ombot.store.unit import Session

START = datetime(2027, 3, 1, 9, tzinfo=UTC)


def told(bot: TestBot, sender: str, why: str, after: timedelta) -> list[tuple[str, str]]:
    """What is said about a message, in reply to it: destination and text."""
    now, event = START + after, f"$zweifel-{sender}-{why}-{after}"
    row = Inbox(
        event_id=event,
        room_id="!beratung",
        sender=user(sender),
        kind="undecryptable",
        content={},
        sent_at=now,
        received_at=now,
    )

    def tell(session: Session) -> None:
        doubt.tell(session, Voice(Poster(session, event, now), REGISTRY.cards), row, why, now)

    before = len(bot.table(Outbox))
    with bot.store.unit() as session:
        tell(session)
    new = bot.table(Outbox)[before:]
    assert {said.content["m.relates_to"]["m.in_reply_to"]["event_id"] for said in new} <= {event}
    return [(said.destination, said.content["body"]) for said in new]


def test_whoever_could_not_be_verified_is_told_at_most_once_an_hour(bot: TestBot) -> None:
    unverified = [("room:!beratung", SENTENCES["sender_unverified"])]
    unsigned = [("room:!beratung", SENTENCES["sender_unsigned"])]

    assert told(bot, "eva", "unverified", timedelta(0)) == unverified
    assert told(bot, "eva", "unverified", timedelta(minutes=59)) == []
    assert told(bot, "jan", "unverified", timedelta(minutes=59)) == unverified
    assert told(bot, "eva", "unsigned", timedelta(minutes=59)) == unsigned
    assert told(bot, "eva", "unverified", timedelta(hours=1)) == unverified
    assert told(bot, "eva", "unsigned", timedelta(hours=24)) == []
    assert told(bot, "eva", "unsigned", timedelta(hours=25)) == unsigned
