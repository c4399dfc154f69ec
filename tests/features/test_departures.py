"""Who leaves a group leaves a question behind; nothing changes until it is answered."""

from datetime import datetime

from testbot import BERLIN, Said, TestBot, user

from ombot.features.agenda.rules import presented_by
from ombot.features.agenda.tables import AgendaItem
from ombot.features.departures.tables import Departure
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.minutes.tables import Minutes
from ombot.features.tasks.tables import Assignee
from ombot.store import meta, rooms
from ombot.store.tables import Member


def set_membership(bot: TestBot, name: str, membership: str, room: str = "!beratung") -> list[Said]:
    with bot.store.unit() as session:
        session.get_one(Member, (room, user(name))).membership = membership
    bot.later(minutes=1)
    return bot.pass_time(bot.now)


def doers(bot: TestBot) -> list[tuple[int, str]]:
    return [(row.task, row.name[1:4]) for row in bot.table(Assignee)]


def test_everything_goes_to_whom_the_lead_names(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan bis 04.12.2026")
    bot.send("!aufgabe Leitfaden @jan @eva")
    bot.send("!aufgabe Erledigtes @jan")
    bot.send("!erledigt A3")
    bot.send("!aufgabe Nicht hier @jan", as_="ida", room="transfer")
    bot.send("!termin Treffen am 15.12.2026 10:00")
    bot.send("!termin T1 moderation Jan Muster")
    bot.send("!zusage T1 vertreten durch @jan")
    bot.send("!termin Heute am 26.11.2026 10:05–11:00")
    bot.send("!top Leitfaden für T1")
    bot.send("!top P1 wer Eva Beispiel und Jan Muster (itb)")
    bot.send("!top Ausblick für T1")
    bot.send("!top P2 wer Jan Muster")
    bot.send("!top Rückblick für T1")
    bot.send("!top P3 wer Vorschlag von Jan Muster")
    bot.later(minutes=10)
    bot.send("!protokoll start T2 @jan")
    (asked,) = set_membership(bot, "jan", "leave")
    assert asked.to == "group:beratung"
    assert asked.mentions == [user("eva")]
    assert asked.text.splitlines() == [
        "U1: Jan Muster ist nicht mehr in „AG Modernes Beratungsverständnis“",
        "Noch offen: 2 offene Aufgaben, 1 Vertretung (T1), Mitschrift (M2), Moderation (T1), Vortrag (P1, P2).",
        "• A1 Einseiter entwerfen",
        "• A2 Leitfaden",
        "Wer übernimmt? Bis zur Antwort ändert sich nichts.",
        "1. Eva Beispiel",
        "2. Kai Büro",
        "Eva Beispiel",
        "Die Leitung antwortet auf diese Nachricht mit einer Nummer, mit „@Name“ oder mit „niemand“. Einzelne Aufgaben "
        "lassen sich vorher anders vergeben: !aufgabe A12 an @eva",
    ]
    before = doers(bot)
    assert set_membership(bot, "jan", "leave") == []  # asked once
    assert bot.reply(asked, "Schade, alles Gute!") == []
    assert "7" in bot.reply(asked, "7")[0].text
    assert doers(bot) == before
    (done,) = bot.reply(asked, "2")
    assert done.text.splitlines()[:2] == [
        "U1: übergeben",
        "Kai Büro übernimmt in „AG Modernes Beratungsverständnis“ von Jan Muster: 2 offene Aufgaben, "
        "1 Vertretung (T1), Mitschrift (M2), Moderation (T1), Vortrag (P1, P2).",
    ]
    assert done.mentions == [user("kai")]
    assert doers(bot) == [(1, "kai"), (2, "eva"), (2, "kai"), (3, "jan"), (4, "jan")]
    assert [row.deputy for row in bot.table(Answer)] == [user("kai")]
    assert [row.moderation for row in bot.table(Meeting)] == ["Kai Büro", ""]
    assert [row.presenter for row in bot.table(AgendaItem)] == [
        *("Eva Beispiel, Kai Büro", "Kai Büro", "Vorschlag von Jan Muster"),
    ]
    assert [user("jan") in row.scribes for row in bot.table(Minutes)] == [False]
    assert "ist nichts mehr offen" in bot.reply(asked, "niemand")[0].text
    reminded = {one.to for one in bot.pass_time(datetime(2026, 12, 1, 9, tzinfo=BERLIN)) if "A1" in one.text}
    assert reminded == {"group:beratung", "person:@kai:example.org"}


def test_nobody_may_take_over_and_it_can_be_undone(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan")
    (asked,) = set_membership(bot, "jan", "ban")
    (done,) = bot.reply(asked, "niemand")
    assert "Die Aufgaben bleiben offen." in done.text
    assert doers(bot) == []
    assert bot.send("!zurück")[0].text.splitlines()[0] == "Rückgängig gemacht: A1"
    assert doers(bot) == [(1, "jan")]
    bot.reply(asked, "an @eva")
    assert doers(bot) == [(1, "eva")]


def test_only_the_lead_answers_and_names_people_of_the_group(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan")
    (asked,) = set_membership(bot, "jan", "leave")
    with bot.store.unit() as session:
        room = rooms.get(session, "!office")
        room.levels = {"users": {}}
    assert "Leitung" in bot.reply(asked, "niemand", as_="kai")[0].text
    assert bot.send("!übergabe U1", as_="ida", room="transfer")[0].text == (
        bot.send("!übergabe U9", as_="ida", room="transfer")[0].text.replace("U9", "U1")
    )
    bot.send("!übergabe U1 @ida")
    assert doers(bot) == [(1, "jan")]


def test_a_group_without_a_lead_is_asked_about_in_the_office(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @eva", as_="jan")
    (asked,) = set_membership(bot, "eva", "leave")
    assert asked.to == "group:office"
    told = bot.reply(asked, "@jan", as_="kai", room="office")
    assert doers(bot) == [(1, "jan")]
    assert {one.to for one in told} == {"person:@jan:example.org", "room:!office"}


def test_who_leaves_nothing_or_comes_back_is_not_asked_about(bot: TestBot) -> None:
    assert set_membership(bot, "jan", "leave") == []
    assert bot.table(Departure) == []
    set_membership(bot, "jan", "join")
    bot.send("!aufgabe Einseiter entwerfen @jan")
    assert len(set_membership(bot, "jan", "leave")) == 1
    set_membership(bot, "jan", "join")
    assert bot.table(Departure) == []
    assert len(set_membership(bot, "jan", "leave")) == 1


def test_the_office_hears_in_which_rooms_somebody_still_is_who_has_left_the_space(bot: TestBot) -> None:
    with bot.store.unit() as session:
        bot._make_room(session, "!space", {"jan": 0, "ida": 0})
        meta.put(session, meta.SPACE, "!space")
    (said,) = set_membership(bot, "jan", "leave", "!space")
    assert said.to == "group:office"
    assert said.text.splitlines()[:2] == [
        "Jan Muster hat den Space verlassen",
        "Noch dabei in: AG Modernes Beratungsverständnis, AG Transfer, Strategiekreis.",
    ]
    assert set_membership(bot, "jan", "leave", "!space") == []
    set_membership(bot, "jan", "join", "!space")
    assert bot.table(Departure) == []


def test_at_night_the_question_waits_for_the_morning(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan")
    bot.now = datetime(2026, 11, 27, 22, tzinfo=BERLIN)
    (asked,) = set_membership(bot, "jan", "leave")
    assert asked.row.not_before == datetime(2026, 11, 30, 9, tzinfo=BERLIN)


def test_who_presents_once_somebody_has_left() -> None:
    jan = {"@jan:example.org", "Jan Muster"}
    said = ("Jan Muster", "jan muster (itb), AG Transfer", "Eva / Kai; Jan Muster", "Jan Mustermann")
    assert [presented_by(one, jan, "Kai") for one in said] == ["Kai", "Kai, AG Transfer", "Eva, Kai", "Jan Mustermann"]
    assert [presented_by(one, jan, None) for one in said] == [None, "AG Transfer", "Eva, Kai", "Jan Mustermann"]
