"""Forgetting old words leaves what was made with them as it is."""

from datetime import timedelta

from testbot import TestBot

from ombot.features.tasks.tables import Task
from ombot.store.retention import clean


def forget(bot: TestBot) -> None:
    with bot.store.unit() as session:
        assert clean(session, bot.now, timedelta(days=7)).commands == 1


def test_an_edit_of_a_forgotten_command_is_still_understood(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter @eva")
    command = bot.last_event
    bot.later(days=8)
    forget(bot)

    bot.edit(command, "!aufgabe Zweiseiter @eva")

    assert [task.title for task in bot.table(Task)] == ["Zweiseiter"]


def test_an_old_card_still_takes_a_reply(bot: TestBot) -> None:
    card = bot.send("!aufgabe Einseiter @eva")[0]
    bot.later(days=40)
    forget(bot)

    bot.reply(card, "erledigt")

    assert [task.status for task in bot.table(Task)] == ["done"]
