"""People are introduced to each other before a session, and sit at mixed tables at it."""

import io
from datetime import timedelta
from pathlib import Path

import docx
from testbot import NOW, OWN, Begin, Said, TestBot, user

from ombot.exchange.render import Renderer
from ombot.features.introductions.tables import Acquaintance, Introduced, Introduction
from ombot.features.people.tables import Profile
from ombot.store import rooms
from ombot.store.files import FileStore
from ombot.store.rooms import StateCopy
from ombot.store.tables import Outbox

HOUSES = {"ida": "BMAS", "kai": "BMBF"}
"""Where those belong who have not said it yet."""
START = NOW + timedelta(days=60)


def plan(bot: TestBot) -> None:
    """A session in two months with two items to talk about."""
    bot.send(f"!sitzung {START:%d.%m.%Y} 11:00–16:00", as_="kai", room="office")
    bot.send("!top Gemeinsames Beratungsverständnis Art: Diskussion", as_="kai", room="office")


def wish(bot: TestBot, *names: str) -> None:
    """These want to be introduced."""
    for name in names:
        (said,) = bot.send("!kennenlernen an", as_=name, room="dm")
        if name in HOUSES:
            assert said.text.startswith("Zu welcher Einrichtung gehören Sie?")
            (said,) = bot.send(HOUSES[name], as_=name, room="dm")
        assert said.text.startswith("Kennenlernen: Sie sind dabei")


def about(said: list[Said], word: str) -> dict[str, str]:
    """What was said with this word in its first line, by destination."""
    return {one.to: one.text for one in said if word in one.text.partition("\n")[0]}


def test_people_are_announced_introduced_and_greeted(begin: Begin) -> None:
    bot = begin(plan)
    wish(bot, "eva", "jan", "ida", "kai")
    with bot.store.unit() as session:
        consent = {"competences": {"level": "kreis", "since": "2026-11-26"}}
        session.merge(Profile(user_id=user("ida"), competences=["Nachfolge"], offer="Geheim", visibility=consent))
    announced = about(bot.pass_time(START - timedelta(days=20)), "Kennenlernen vor der Sitzung")
    assert sorted(announced) == [f"person:{user(name)}" for name in ("eva", "ida", "jan", "kai")]
    assert "Passt es diesmal nicht? !kennenlernen auslassen" in announced[f"person:{user('eva')}"]
    (skipped,) = bot.send("kennenlernen auslassen", as_="kai", room="dm")
    assert skipped.text.startswith("Das nächste Mal lasse ich Sie aus.")

    said = bot.pass_time(START - timedelta(days=13))
    (introduction,) = bot.table(Introduction)
    assert [row.user_id for row in bot.table(Introduced)] == [user(name) for name in ("eva", "ida", "jan")]
    told = about(said, "Kennenlernen: ")
    assert sorted(told) == [f"person:{user(name)}" for name in ("eva", "ida", "jan")]
    text = told[f"person:{user('eva')}"]
    assert "Ida Probe" in text
    assert "• Kompetenzen: Nachfolge" in text
    assert "Geheim" not in text  # not released, and no common group
    assert "Geheim" in told[f"person:{user('jan')}"]
    assert "• Was bedeutet „Gemeinsames Beratungsverständnis“ für Ihre Einrichtung?" in text
    assert text.count("?") == 3  # two questions, and the way out
    office = about(said, "Kennenlernen vor T1")["group:office"]
    assert "1 Gespräch für 3 Personen vermittelt." in office
    (room,) = [row for row in bot.table(Outbox) if row.kind == "room"]
    assert sorted(room.content["invite"]) == [user(name) for name in ("eva", "ida", "jan")]

    def enter(*names: str) -> list[Said]:
        with bot.store.unit() as session:
            members = {user(name): ("join", None) for name in names} | {OWN: ("join", None)}
            rooms.save(session, "!together", StateCopy(True, "12", (OWN,), {}, None, members), bot.now)
            rooms.set_group(session, "!together", introduction.alias)
        return bot.pass_time(bot.now + timedelta(minutes=1))

    assert about(enter("eva", "ida"), "Schön") == {}
    greeted = about(enter("eva", "ida", "jan"), "Schön, dass Sie da sind")
    assert list(greeted) == [f"group:{introduction.alias}"]
    assert about(enter("eva", "ida", "jan"), "Schön") == {}


def test_who_fits_to_nobody_hears_it_and_who_stops_is_asked_no_more(begin: Begin) -> None:
    bot = begin(plan)
    wish(bot, "jan")
    said = bot.pass_time(START - timedelta(days=13))
    assert list(about(said, "habe ich leider niemanden gefunden")) == [f"person:{user('jan')}"]
    assert bot.table(Introduction) == []
    (stopped,) = bot.send("!kennenlernen aus", as_="jan", room="dm")
    assert stopped.text.startswith("Sie sind beim Kennenlernen nicht dabei")
    assert bot.table(Acquaintance) == []
    (refused,) = bot.send("!kennenlernen auslassen", as_="jan", room="dm")
    assert refused.text.startswith("Sie sind beim Kennenlernen nicht dabei, es gibt also nichts auszulassen.")


def test_whose_profile_is_empty_is_reminded_once_for_a_session(begin: Begin) -> None:
    bot = begin(plan)
    with bot.store.unit() as session:
        session.merge(Profile(user_id=user("ida"), competences=["Nachfolge"]))
    said = bot.pass_time(START - timedelta(days=35))
    asked = about(said, "Ihr Steckbrief")
    assert sorted(asked) == [f"person:{user(name)}" for name in ("eva", "jan", "kai", "ute")]
    assert "steckbrief ausfüllen" in asked[f"person:{user('eva')}"]
    bot.send(f"!termin T1 verschieben auf {START + timedelta(days=60):%d.%m.%Y} 11:00–16:00", as_="kai", room="office")
    said += bot.pass_time(START + timedelta(days=59))
    assert len([one for one in said if one.text.startswith("Ihr Steckbrief")]) == 4


def test_tables_are_drawn_for_who_comes(begin: Begin, tmp_path: Path) -> None:
    bot = begin(plan)
    (nobody,) = bot.send("!kennenlernen tische", as_="kai", room="office")
    assert nobody.text.startswith("Für T1 hat noch niemand vor Ort zugesagt.")
    bot.send("!zusage T1 vor Ort", as_="eva", room="sk")
    bot.send("!zusage T1 online", as_="jan", room="sk")
    bot.send("!zusage T1 für BMAS vertreten durch Frau <Muster>", as_="kai", room="office")
    card, *files = bot.send("!kennenlernen tische 2", as_="kai", room="office")
    assert card.text.splitlines()[1].startswith("2 Personen an 1 Tisch")
    assert [one.row.content["name"] for one in files] == ["Tische-T1.docx", "Tische-T1.pdf"]
    render = Renderer(FileStore(tmp_path))
    word, pdf = (
        render(one["kind"], one["format"], one["data"]).data for one in (f.row.content["document"] for f in files)
    )
    rows = [[cell.text for cell in row.cells] for row in docx.Document(io.BytesIO(word)).tables[0].rows]
    assert sorted(rows[1:]) == [
        ["Eva Beispiel", "BG RCI", "sonstige Einrichtung"],
        ["Frau <Muster>", "BMAS", "Ministerium"],
    ]
    assert pdf.startswith(b"%PDF")
    assert bot.send("!kennenlernen tische 1", as_="kai", room="office")[0].text.startswith("An einem Tisch sitzen")
    assert bot.send("!kennenlernen tische", as_="eva", room="dm")[0].text.startswith("Das darf nur die Koordination.")
