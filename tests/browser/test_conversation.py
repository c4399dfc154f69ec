"""What a member does with ombot in a real client, and what the page shows."""

import io
import re
from datetime import datetime, timedelta

import pytest
from holidays import country_holidays
from pypdf import PdfReader

from ombot.demo.stage import PASSWORD
from ombot.demo.webclient import web_client

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ROOM = "AG Modernes Beratungsverständnis"
BOARD = "Strategiekreis"
SUNDAY = 6


async def number(message, letter):
    """The number of what a card is about, as ``A12``."""
    found = re.search(rf"\b{letter}\d+\b", await message.inner_text())
    assert found is not None
    return found[0]


def ordinary_day():
    """A day on which nobody is asked whether it is meant."""
    day = datetime.now().astimezone().date() + timedelta(days=30)
    while day.weekday() == SUNDAY or day in country_holidays("DE", subdiv="BE"):
        day += timedelta(days=1)
    return day


async def test_a_task_is_recorded_and_moved_by_a_reply(scene, picture, expect):
    client = scene.client
    await client.open_room(ROOM)
    await client.write("!aufgabe Stakeholder in den Regionen sammeln @itb bis Ende nächster Woche")
    card = client.card("Stakeholder in den Regionen sammeln")
    await expect(card).to_contain_text(re.compile(r"Aufgabe A\d+: Stakeholder in den Regionen sammeln"))
    await expect(card.locator(".pill", has_text="Forschung itb")).to_be_visible()
    await expect(client.button(card, "✅")).to_be_visible()
    await expect(client.button(card, "🙋")).to_be_visible()
    await client.reply(card, "bis Freitag in zwei Wochen")
    task = await number(card, "A")
    await expect(client.message("Neue Frist")).to_contain_text(f"{task}: Stakeholder in den Regionen sammeln")
    await picture("gespraech.png", card)


async def test_a_task_is_finished_by_a_button(scene, expect):
    client = scene.client
    await client.open_room(ROOM)
    await client.write("!aufgabe Checkliste für Erstgespräche prüfen")
    card = client.card("Checkliste für Erstgespräche prüfen")
    await client.press(card, "✅")
    await expect(client.message("Erledigt – A", "Checkliste für Erstgespräche prüfen")).to_be_visible()


async def test_a_meeting_is_answered_by_a_button(scene, expect):
    client = scene.client
    await client.open_room(ROOM)
    await client.write(f"!termin Arbeitstreffen am {ordinary_day():%d.%m.%Y} 10–12 Uhr Ort Berlin")
    card = client.card("Arbeitstreffen")
    await client.press(card, "👍")
    await client.write(f"!termin {await number(card, 'T')} antworten")
    answers = client.message("Antworten zu T")
    await expect(answers).to_contain_text("Zugesagt: 1 von 12 Einrichtungen · noch offen: 11")
    await expect(answers.locator("ul").first.locator("li")).to_have_text(["BG RCI"])


async def test_a_vote_is_cast_by_a_button(scene, expect):
    client = scene.client
    await client.open_room(BOARD)
    await scene.others.say("buero", "sk", "!beschluss Der Einseiter wird veröffentlicht bis Ende nächster Woche")
    await client.press(client.card("Abstimmung B"), "👍")
    # The card is edited; Hydrogen shows the edit of a notice as one more message.
    counted = client.message("Abgestimmt: 1 von 6 Einrichtungen – Zustimmung: 1")
    await expect(counted.locator("ul > li")).to_have_text(["BG RCI: Zustimmung (BReferentin BG RCI)"])


async def test_the_board_is_read(scene, picture, expect):
    client = scene.client
    await client.open_room(ROOM)
    await client.write("!aufgabe Leitfaden zur Beratung entwerfen")
    await expect(client.card("Leitfaden zur Beratung entwerfen")).to_be_visible()
    await client.write("!übersicht")
    board = client.message("Übersicht – AG")
    await expect(board).to_contain_text("Leitfaden zur Beratung entwerfen")
    await picture("uebersicht.png", board)


async def test_minutes_are_taken_and_opened(scene, expect):
    client = scene.client
    await client.open_room(ROOM)
    await client.write(f"!termin Klausur am {ordinary_day():%d.%m.%Y} 14–16 Uhr Ort Berlin")
    meeting = await number(client.card("Klausur"), "T")
    await client.write(f"!protokoll start {meeting}")
    await expect(client.message("Mitschrift läuft", meeting)).to_be_visible()
    await client.write("Info: Die Betriebe wünschen sich einen Leitfaden")
    await client.write("Aufgabe: Gliederung vorlegen bis 30.09.")
    await expect(client.card("Gliederung vorlegen")).to_be_visible()
    await client.write("!protokoll ende")
    await expect(client.message("Entwurf des Ergebnisprotokolls", meeting)).to_contain_text("2 Zeilen")
    await client.write(f"!protokoll {meeting}")
    await expect(client.message("Ergebnisprotokoll (Entwurf)", meeting).locator("ul").first.locator("li")).to_have_text(
        [
            "1 · Info: Die Betriebe wünschen sich einen Leitfaden",
            re.compile(r"^2 · Aufgabe A\d+: Gliederung vorlegen \(bis .+\)$"),
        ]
    )
    minutes = PdfReader(io.BytesIO(await client.download(f"Ergebnisprotokoll-{meeting}.pdf")))
    assert "Die Betriebe wünschen sich einen Leitfaden" in " ".join(minutes.pages[0].extract_text().split())


async def test_the_page_of_the_demo_is_logged_in_already(scene, expect):
    page = await scene.client.page.context.browser.new_page()
    async with web_client(scene.others.stage.homeserver.url, "zdh", PASSWORD) as address:
        await page.goto(address)
        await expect(page.locator(".RoomList li", has_text="AG Transfer")).to_be_visible()
    await page.close()
