"""Tasks that are parked until a condition in words: asked about before every session until somebody says so."""

from datetime import datetime

from testbot import BERLIN, Said, TestBot, user

ASKED = "Vor der Sitzung – zurückgestellte Aufgaben"


def at(day: int, month: int, year: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


def asked(said: list[Said]) -> list[Said]:
    return [one for one in said if ASKED in one.text.splitlines()]


def session(bot: TestBot, day: str) -> None:
    bot.send(f"!sitzung {day} 11–16 Uhr", as_="kai", room="office")


def test_a_condition_is_asked_about_until_it_is_resolved(bot: TestBot) -> None:
    bot.send("!aufgabe Richtlinie lesen @jan")
    bot.send("!aufgabe A1 zurückgestellt bis zur Bekanntmachung des BMBF")
    session(bot, "20.05.2027")
    (question,) = asked(bot.pass_time(at(13, 5, 2027)))
    assert (question.to, question.mentions) == ("group:beratung", [user("jan")])
    assert question.text.splitlines()[1:3] == [
        "• A1 Richtlinie lesen – Jan Muster. Zurückgestellt bis: zur Bekanntmachung des BMBF – ist das eingetreten?",
        "Hierauf „offen“ oder „zurückgestellt bis <Datum oder Bedingung>“ antworten, als Befehl !aufgabe A1 offen",
    ]
    bot.reply(question, "zurückgestellt bis der Haushalt steht")
    bot.pass_time(at(21, 5, 2027))
    session(bot, "18.11.2027")
    (question,) = asked(bot.pass_time(at(11, 11, 2027)))
    assert "Zurückgestellt bis: der Haushalt steht" in question.text
    (said,) = bot.reply(question, "offen", as_="jan")
    assert said.text.startswith("Wieder offen – A1")
    bot.pass_time(at(19, 11, 2027))
    session(bot, "18.05.2028")
    assert asked(bot.pass_time(at(12, 5, 2028))) == []


def test_what_waits_for_words_stands_among_ones_own_tasks(bot: TestBot) -> None:
    for number in (1, 2, 3):
        bot.send(f"!aufgabe Aufgabe {number} @jan")
    bot.send("!aufgabe A1 zurückgestellt bis zur Bekanntmachung")
    bot.send("!aufgabe A2 zurückgestellt bis 1.6.2027")
    parked = [
        "Ihre zurückgestellten Aufgaben: 1",
        "• ⏸ A1 Aufgabe 1 – Jan Muster, zurückgestellt, bis: zur Bekanntmachung (AG Modernes Beratungsverständnis)",
    ]
    (mine,) = bot.send("!meine", as_="jan", room="dm")
    assert mine.text.splitlines()[:4] == [
        "Ihre offenen Aufgaben: 1",
        "• ☐ A3 Aufgabe 3 – Jan Muster (AG Modernes Beratungsverständnis)",
        *parked,
    ]
    bot.send("!erledigt A3")
    (mine,) = bot.send("!meine", as_="jan", room="dm")
    assert mine.text.splitlines()[:2] == parked


def test_one_message_a_room_and_no_task_of_another_group(bot: TestBot) -> None:
    for number, room in ((1, "beratung"), (2, "beratung"), (3, "transfer"), (4, "beratung")):
        bot.send(f"!aufgabe Aufgabe {number}", as_="jan", room=room)
        if number < 4:
            bot.send(f"!aufgabe A{number} zurückgestellt bis Bedingung {number}", as_="jan", room=room)
    bot.send("!aufgabe A4 zurückgestellt bis 1.6.2027", as_="jan")
    session(bot, "20.05.2027")
    found = asked(bot.pass_time(at(13, 5, 2027)))
    lines = {one.to: [line for line in one.text.splitlines() if line.startswith("• A")] for one in found}
    assert lines == {
        "group:beratung": [
            "• A1 Aufgabe 1 – noch niemand. Zurückgestellt bis: Bedingung 1 – ist das eingetreten?",
            "• A2 Aufgabe 2 – noch niemand. Zurückgestellt bis: Bedingung 2 – ist das eingetreten?",
        ],
        "group:transfer": [
            "• A3 Aufgabe 3 – noch niemand. Zurückgestellt bis: Bedingung 3 – ist das eingetreten?",
        ],
    }
    assert len(found) == 2
