"""Yearly numbers after a restored backup: above all that members may have seen (O2)."""

from testbot import TestBot

from ombot.store import numbers


def decided(bot: TestBot, number: int) -> str:
    """The yearly number of the next decision, the ``number``-th of all."""
    bot.send("!beschluss Der Einseiter wird veröffentlicht")
    bot.send(f"!zustimmung B{number}")
    said = bot.send(f"!beschluss B{number} schließen", as_="kai", room="office")
    return said[0].text.partition("Nr. ")[2].partition(")")[0]


def test_yearly_numbers_jump_ahead_of_what_was_seen(bot: TestBot) -> None:
    assert decided(bot, 1) == "2026-01"

    with bot.store.unit() as session:
        numbers.jump_years(session, [2026], {})

    assert [decided(bot, number) for number in (2, 3)] == ["2026-1001", "2026-1002"]
