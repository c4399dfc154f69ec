"""The personal message before a session: what still waits for somebody, and nothing for those who are done."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from testbot import BERLIN, NAMES, PEOPLE, Said, TestBot, user

from ombot.features.meetings.tables import Meeting

WEEK_BEFORE = datetime(2027, 5, 13, 9, tzinfo=BERLIN)


def session(bot: TestBot) -> None:
    bot.send("!sitzung 20.05.2027 11–16 Uhr", as_="kai", room="office")


def personal(said: list[Said]) -> dict[str, Said]:
    """The personal messages by the name of who gets them."""
    found = [one for one in said if one.text.startswith("Vor der Sitzung – T")]
    assert {one.to.partition(":")[0] for one in found} <= {"person"}
    return {one.to.removeprefix("person:@").partition(":")[0]: one for one in found}


def test_each_is_told_what_still_waits_for_them(bot: TestBot) -> None:
    session(bot)
    bot.send("!aufgabe Einseiter entwerfen @jan")
    bot.send("!beschluss Wir treffen uns öfter bis 1.6.2027")
    bot.send("!input Unser Beitrag\nMit Text", as_="ida", room="transfer")
    bot.send("!zusage T1", as_="eva", room="sk")
    bot.send("!zustimmung B1", as_="eva")
    bot.send("!top Stand des Transfers Wer: Ida Probe", as_="kai", room="sk")
    found = personal(bot.pass_time(WEEK_BEFORE))
    assert {name: one.text.splitlines() for name, one in found.items()} == {
        "jan": [
            "Vor der Sitzung – T1: 1. Sitzung des Strategiekreises",
            "Do., 20.05.2027, 11:00–16:00 Uhr",
            "Ihre offenen Aufgaben: 1",
            "• ☐ A1 Einseiter entwerfen – Jan Muster (AG Modernes Beratungsverständnis)",
            "Input für T1 fehlt noch",
            "Die Frist war am Do., 06.05.2027; der Input wird noch angenommen und als verspätet vermerkt.",
            "• AG Modernes Beratungsverständnis – im Raum der AG: !input <Titel>",
            "Ihre Antwort fehlt noch (itb)",
            "• T1 1. Sitzung des Strategiekreises, Do., 20.05.2027 – !zusage T1",
            "Abstimmungen ohne Ihre Stimme: 1",
            "• 🗳 B1 Wir treffen uns öfter – Abstimmung läuft bis Di., 01.06.2027 (AG Modernes Beratungsverständnis)",
            "Zu- oder absagen: hierauf „Zusage“ oder „Absage“ antworten. Was danach noch ansteht: !meine",
            "👍 Zusage · 👎 Absage · 🤔 Vielleicht",
        ],
        "eva": [
            "Vor der Sitzung – T1: 1. Sitzung des Strategiekreises",
            "Do., 20.05.2027, 11:00–16:00 Uhr",
            "Input für T1 fehlt noch",
            "Die Frist war am Do., 06.05.2027; der Input wird noch angenommen und als verspätet vermerkt.",
            "• AG Modernes Beratungsverständnis – im Raum der AG: !input <Titel>",
            "Was danach noch ansteht: !meine",
        ],
        "kai": [
            "Vor der Sitzung – T1: 1. Sitzung des Strategiekreises",
            "Do., 20.05.2027, 11:00–16:00 Uhr",
            "Input für T1 fehlt noch",
            "Die Frist war am Do., 06.05.2027; der Input wird noch angenommen und als verspätet vermerkt.",
            "• AG Modernes Beratungsverständnis – im Raum der AG: !input <Titel>",
            "Was danach noch ansteht: !meine",
        ],
        "ida": [
            "Vor der Sitzung – T1: 1. Sitzung des Strategiekreises",
            "Do., 20.05.2027, 11:00–16:00 Uhr",
            "Ihre Punkte auf der Tagesordnung von T1",
            "• TOP 3 DISKUSSION: Stand des Transfers (11:00 Uhr, Ida Probe)",
            "Was danach noch ansteht: !meine",
        ],
    }
    (answer,) = bot.react(found["jan"], "👍", as_="jan", room="dm")
    assert answer.text.startswith("itb: Zusage")
    assert bot.react(found["eva"], "👎", as_="eva", room="dm") == []
    # Each line can be answered by a reply, too; what is none stays talk.
    (done,) = bot.reply(found["jan"], "erledigt A1", as_="jan", room="dm")
    assert done.text.splitlines()[0].startswith("Erledigt")
    assert "itb" in bot.reply(found["jan"], "Zustimmung B1", as_="jan", room="dm")[0].text
    assert bot.reply(found["jan"], "danke, gern", as_="jan", room="dm") == []


def test_it_is_part_of_the_plan_and_can_be_left_out(bot: TestBot) -> None:
    session(bot)
    (said,) = bot.send("!ablauf T1", as_="kai", room="office")
    line = next(line for line in said.text.splitlines() if "Persönliche Nachricht" in line)
    assert line.partition(". ")[2] == (
        "Do., 13.05.2027, 09:00 Uhr: Persönliche Nachricht: was vor der Sitzung noch ansteht – "
        "an alle, bei denen etwas ansteht (Direktchat)"
    )
    bot.send(f"!ablauf T1 {line.partition('.')[0]} auslassen", as_="kai", room="office")
    assert personal(bot.pass_time(WEEK_BEFORE)) == {}


@pytest.fixture
def crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestBot]:
    """A board with more people than may be written to without asking."""
    for name in ("lea", "max"):
        monkeypatch.setitem(NAMES, name, name.title())
        monkeypatch.setitem(PEOPLE["sk"], name, 0)
    bot = TestBot.create(tmp_path)
    yield bot
    bot.store.close()


def test_more_than_five_people_are_previewed(crowd: TestBot) -> None:
    (asked,) = crowd.send("!sitzung 20.05.2027 11–16 Uhr", as_="kai", room="office")
    assert "an 7 Personen, im Direktchat oder per E-Mail" in asked.text
    lines = asked.text.splitlines()
    assert [line for line in lines if line.startswith("• 13.05.2027")] == [
        "• 13.05.2027: Tagesordnung veröffentlichen · Frage, ob Bedingungen zurückgestellter Aufgaben eingetreten sind "
        "· Persönliche Nachricht: was vor der Sitzung noch ansteht · Erinnerung an den Termin"
    ]
    assert crowd.table(Meeting) == []
    crowd.reply(asked, "ja", as_="kai", room="office")
    assert [row.kind for row in crowd.table(Meeting)] == ["session"]
    # Moved so close that the message to each is sent at once: that is asked about as well.
    (asked,) = crowd.send("!termin T1 verschieben auf 1.12.2026 11–16 Uhr", as_="kai", room="office")
    assert asked.text.startswith("Das schreibt 7 Personen persönlich an")
    crowd.reply(asked, "nein", as_="kai", room="office")
    assert user("lea") not in {
        one.to.removeprefix("person:") for one in personal(crowd.pass_time(WEEK_BEFORE)).values()
    }
