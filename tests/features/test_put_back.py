"""The machine's clock was ahead and is put right: nothing waits for a moment that it showed before (T4)."""

from datetime import datetime, timedelta

import pytest
from testbot import NOW, TestBot

from ombot.features.overview.rules import BOARD_PAUSE, is_board_due
from ombot.store import inbox, outbox
from ombot.store.tables import Inbox, Outbox

AHEAD = timedelta(minutes=30)


def test_what_was_to_be_tried_again_in_half_an_hour_is_tried_at_once(bot: TestBot) -> None:
    bot.pass_time(NOW + AHEAD)
    bot.send("!aufgabe Einseiter")
    with bot.store.unit() as session:
        (command,) = (row for row in bot.table(Inbox) if row.content.get("body") == "!aufgabe Einseiter")
        command.state, command.retry_at = "ready", NOW + AHEAD
        session.add(command)
        answer = outbox.get(session, bot.table(Outbox)[-1].id or 0)
        assert answer is not None
        answer.state, answer.not_before = "waiting", NOW + AHEAD
    bot.now = NOW
    with bot.store.unit() as session:
        assert inbox.next_row(session, NOW, set()) is None
        assert bot.clock.tick(session, NOW) is not None
    with bot.store.unit() as session:
        row = inbox.next_row(session, NOW, set())
        assert row is not None and row.event_id == command.event_id
        assert outbox.next_time(session) is None


@pytest.mark.parametrize(
    ("last", "stale", "due"),
    [
        (None, False, True),
        (NOW - BOARD_PAUSE, True, True),
        (NOW - BOARD_PAUSE, False, False),
        (NOW - BOARD_PAUSE + timedelta(seconds=1), True, False),
        (NOW + AHEAD, True, True),
        (NOW + AHEAD, False, False),
    ],
)
def test_a_board_is_edited_again_at_once(last: datetime | None, stale: bool, due: bool) -> None:
    assert is_board_due(last, NOW, stale=stale) is due
