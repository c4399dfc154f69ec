"""Forgetting old words leaves what was made with them as it is."""

from datetime import timedelta

from testbot import TestBot, user

from ombot.features.absences.tables import Absence
from ombot.features.departures.tables import Departure
from ombot.features.tasks.tables import Task
from ombot.store.retention import clean
from ombot.store.tables import History


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


def test_the_history_forgets_an_absence_with_its_days(bot: TestBot) -> None:
    def kept() -> dict[str, int]:
        with bot.store.unit() as session:
            clean(session, bot.now, timedelta(days=7))
        rows = bot.table(History)
        return {name: sum(row.subject == name for row in rows) for name in ("absence", "departure", "task")}

    bot.send("!abwesend 30.11.2026 bis 04.12.2026", room="dm")
    bot.send("!abwesend 30.11.2026 bis 05.12.2026", as_="jan", room="dm")
    bot.send("!zurück", as_="jan", room="dm")
    bot.send("!abwesend 11.03.2027 bis 12.03.2027", room="dm")
    bot.send("!aufgabe Einseiter @eva")
    with bot.store.unit() as session:  # asked about, and back again: the row was deleted, and may not stay in here
        row = Departure(group_key="beratung", person=user("jan"), at=bot.now)
        session.add(row)
        for before, after in ((None, {"person": user("jan")}), ({"person": user("jan")}, None)):
            session.add(
                History(cause="$x", at=bot.now, actor=user("jan"), subject="departure", row_key="7",
                        before=before, after=after)
            )  # fmt: skip
    first = kept()
    bot.later(days=101)  # 90 days after 5 December it is 5 March
    assert (first, kept()) == ({"absence": 4, "departure": 2, "task": 1}, {"absence": 1, "departure": 0, "task": 1})
    assert [row.first.isoformat() for row in bot.table(Absence)] == ["2027-03-11"]
