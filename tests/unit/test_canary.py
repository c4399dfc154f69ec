"""The watch over the log sees what it is to see."""

import json
import logging

import canary
from playing import Player
from stage import COORDINATION, SECRET
from testbot import TestBot


def test_words_and_secrets_in_a_log_line_are_leaks(bot: TestBot) -> None:
    lines = canary.Lines()
    log = logging.Logger("ombot.probe")
    log.addHandler(lines)
    bot.send("!aufgabe Einseiter für den Kanarienvogel")
    secret = bot.settings.secrets.password
    assert secret is not None

    log.warning("inbox row %s failed", "$e7")
    log.warning("cannot handle !aufgabe Einseiter für den Kanarienvogel")
    log.warning("logged in with %s", secret.get_secret_value())
    log.warning("logged in with %s", secret)

    assert canary.leaks(lines.texts) == lines.texts[1:3]


def test_the_state_of_the_bot_repeats_nobody(player: Player) -> None:
    for room_id in (COORDINATION, "!dm-cora"):
        (card,) = player.say("!status", "cora", room_id).said
        assert SECRET not in json.dumps(card.content, ensure_ascii=False)
        assert canary.leaks([str(card.content["body"])]) == []
