"""What is played: agenda, tasks, questions and results of the board's first session, by institution and function."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Protocol

from ombot.demo.member import Member, Seen
from ombot.demo.stage import Stage
from ombot.documents import render

SESSION_IN = timedelta(days=40)
"""Within the 56 days of the call for inputs, so that it goes out at once."""
PAPER = "Transfer von Forschungsergebnissen.pdf"


class Narration(Protocol):
    """How a scene acts; see :class:`ombot.demo.play.Narrator`."""

    stage: Stage

    def member(self, who: str) -> Member:
        """A person of the cast."""

    def room(self, where: str) -> str:
        """The room of a group."""

    async def say(self, who: str, where: str, text: str, reply_to: str | None = None) -> Seen:
        """Write and wait for the answer."""

    async def tell(self, who: str, where: str, text: str) -> str:
        """Write without waiting for an answer."""

    async def press(self, who: str, where: str, card: Seen, key: str) -> None:
        """Press a button."""

    async def see(self, who: str, where: str, words: str) -> Seen:
        """See what the bot says by itself."""


Scene = Callable[[Narration], Awaitable[None]]


def session_day() -> date:
    """A Thursday in about six weeks, as the board likes it."""
    day = datetime.now().astimezone().date() + SESSION_IN
    return day + timedelta(days=(3 - day.weekday()) % 7)


async def first_steps(play: Narration) -> None:
    """Somebody who sees ombot for the first time."""
    await play.see("bgrci", "beratung", "Willkommen")
    await play.say("bgrci", "beratung", "!hilfe")


async def tasks(play: Narration) -> None:
    """Tasks of the working groups: given, moved, taken on, parked, finished."""
    card = await play.say(
        "isf",
        "darstellung",
        "!aufgabe Einseiter zur Darstellung der OM entwerfen @zdh bis Ende nächster Woche\n"
        "Wie wird die OM tätig: eher im Vordergrund oder im Hintergrund? Begriffe: Scharnier, Beschleuniger.",
    )
    await play.say("zdh", "darstellung", "auch an ich", card.event_id)
    await play.say("zdh", "darstellung", "bis Freitag in zwei Wochen", card.event_id)
    await play.say(
        "bgrci", "beratung", "!aufgabe Entwurf zum modernen Beratungsverständnis an Bundessteuerberaterkammer"
    )
    concept = await play.say("itb", "transfer", "!aufgabe Konzept zur Verknüpfung von Forschung und Transfer")
    await play.say("itb", "transfer", "zurückgestellt bis zur Bekanntmachung des BMBF", concept.event_id)
    region = await play.say("bgrci", "beratung", "!aufgabe Stakeholder in den Regionen sammeln bis morgen")
    await play.press("itb", "beratung", region, "✅")
    await play.see("itb", "beratung", "Erledigt – A4")
    await play.say("bgrci", "beratung", "!aufgabe Factsheets lesen bis 31.02.2027")
    await play.say("bgrci", "beratung", "!aufgaben")


async def session(play: Narration) -> None:
    """The coordinator calls the session; everything that hangs on it follows by itself."""
    day = session_day()
    text = f"!sitzung {day:%d.%m.%Y} 11-16 Uhr Ort Berlin, Haus des Deutschen Handwerks"
    answer = await play.say("buero", "koordination", text)
    if "„ja“" in answer.body:
        await play.say("buero", "koordination", "ja", answer.event_id)
    card = await play.see("bmas", "sk", "1. Sitzung des Strategiekreises")
    await play.see("bgrci", "beratung", "Input")
    await play.press("bmas", "sk", card, "👍")
    await play.say("zdh", "sk", "!zusage T1 vor Ort")
    await play.say("isf", "sk", "!zusage T1 online")
    await play.say("buero", "koordination", "!ablauf T1")


async def inputs(play: Narration) -> None:
    """Working groups hand in their inputs, one of them with a file."""
    await play.say(
        "bgrci",
        "beratung",
        "!input Gemeinsames modernes Beratungsverständnis\n"
        "Ein gemeinsames Verständnis ist Voraussetzung für die Kooperation der Beratergruppen.\n"
        "- Zu klären: Wie muss dieses Verständnis aussehen?\n"
        "- Grundlage für erfolgreiche Netzwerkarbeit in der Region",
    )
    itb = play.member("itb")
    event_id = await itb.send_file(play.room("transfer"), PAPER, paper(), "application/pdf")
    await play.say("itb", "transfer", "!input Transfer von Forschungsergebnissen zu KMU", event_id)
    await play.say("buero", "koordination", "!inputs T1")
    await play.say("buero", "koordination", "!export inputs T1 docx")


def paper() -> bytes:
    """A real PDF to hand in."""
    data = {
        "organisation": "AG Transfer",
        "exported_at": "2027-01-01T00:00:00+01:00",
        "groups": [],
    }
    return render("tasks", "pdf", data)


async def agenda(play: Narration) -> None:
    """The agenda of the first session, from proposals and from the office."""
    for text in AGENDA:
        await play.say("buero", "koordination", f"!top {text}")
    await play.say("isf", "darstellung", "!top Schärfung der Darstellung der OM Art: Impuls Dauer: 20 Wer: ISF München")
    await play.say("buero", "koordination", "!tagesordnung T1")


AGENDA = (
    "Begrüßung der Teilnehmer Art: Auftakt Dauer: 15 Wer: Moderation",
    "Wo stehen wir mit der Offensive Mittelstand? Art: Impuls Ziel: Einheitlicher Kenntnisstand zur OM Dauer: 15",
    "Wie können wir effizienter zusammenarbeiten? Art: Diskussion Ziel: Jeder Partner profitiert Dauer: 45",
    "Mittag Art: Pause Dauer: 60",
    "Welche Themen stehen prioritär an? Art: Auftrag Ziel: Meinungsbildung und Beschlussfassung Dauer: 75",
)


async def decision(play: Narration) -> None:
    """A consent vote, one voice for each institution."""
    card = await play.say(
        "buero",
        "sk",
        "!beschluss Der Strategiekreis soll das Entscheidungsgremium der OM sein "
        "an Leitungskreis bis Ende nächster Woche",
    )
    await play.press("bmas", "sk", card, "👍")
    await play.say("bgrci", "sk", "!zustimmung B1")
    await play.say("isf", "sk", "Bedenken: Die Kriterien der Teilnahme sind noch offen", card.event_id)
    await play.say("buero", "sk", "!beschluss B1 schließen")


async def minutes(play: Narration) -> None:
    """The scribe's typed lines become the minutes; tasks and decisions among them are real ones."""
    await play.say("buero", "sk", "!protokoll start")
    await play.tell("buero", "sk", "Info: Die Moderation begrüßt die Teilnehmer und kündigt ein Ergebnisprotokoll an")
    await play.say("buero", "sk", "!top 5")
    await play.tell("buero", "sk", "Frage: Wie soll der Strategiekreis weiter arbeiten?")
    await play.tell("buero", "sk", "Anregung: Zur nächsten Sitzung ein aktiveres Beteiligungsformat")
    await play.say("buero", "sk", "Aufgabe: Vorlage für das Basisprofil aller Einrichtungen an Leitungskreis")
    await play.say("buero", "sk", "Beschluss: Der Strategiekreis trifft sich zweimal pro Jahr")
    await play.tell("buero", "sk", "Zusammenfassung: Themen werden in thematischen AGs vorbereitet")
    await play.tell("buero", "sk", "!zugestimmt")
    await play.say("buero", "sk", "!protokoll ende")


async def one_person(play: Narration) -> None:
    """What a member sees who looks in once a month."""
    zdh = play.member("zdh")
    room = await zdh.open_direct_chat(play.stage.bot_id)
    await play.say("zdh", room, "meine")
    await play.say("bgrci", "beratung", "!übersicht")


async def restart(play: Narration) -> None:
    """The bot is stopped while members go on writing, and started again: nothing is lost."""
    await play.stage.stop_bot()
    event_id = await play.tell("bgrci", "beratung", "!aufgabe Angebote und Grenzen der Beratungsgruppen darstellen")
    await play.stage.start_bot()
    await play.member("bgrci").answer(play.room("beratung"), event_id)
    await play.see("bgrci", "beratung", "Aufgabe A6")


SCENES: tuple[tuple[str, Scene], ...] = (
    ("Zum ersten Mal da", first_steps),
    ("Aufgaben", tasks),
    ("Die Sitzung wird einberufen", session),
    ("Inputs der Arbeitsgruppen", inputs),
    ("Tagesordnung", agenda),
    ("Beschluss", decision),
    ("Protokoll", minutes),
    ("Im Direktchat", one_person),
    ("Neustart mittendrin", restart),
)
