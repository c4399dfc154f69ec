"""The German of calendar feeds: results to cards, and the words in a calendar."""

from ombot.chat.language import SENTENCES
from ombot.chat.nodes import Card, Code, card, heading, hint, paragraph
from ombot.chat.registry import shows
from ombot.features.feeds.results import FeedShown

SENTENCES |= {
    "no_public_url": "Kalender zum Abonnieren gibt es hier noch nicht, weil ombot von außen nicht zu erreichen ist. "
    "Der Betrieb trägt dafür die Adresse unter „public_url“ im Abschnitt „[web]“ der Konfiguration ein. "
    "Bis dahin finden Sie an jeder Terminkarte eine Kalenderdatei: „!termin T3“.",
}

OWN_NAME = "{organisation}: meine Termine"
GROUP_NAME = "{organisation}: {group}"
TASK_SUMMARY = "Aufgabe {reference}: {title}"

CHANGES = {
    "": "Kalender",
    "renewed": "Neue Kalender-Adresse",
    "tasks_on": "Kalender jetzt mit Aufgaben",
    "tasks_off": "Kalender jetzt ohne Aufgaben",
}


@shows(FeedShown)
def shown(result: FeedShown) -> Card:
    """The address, what is in it, and who may know it."""
    whose = f"von „{result.group}“" if result.group else "mit den Terminen aller Ihrer Gruppen"
    tasks = "offene Aufgaben mit Frist" if result.group else "Ihre offenen Aufgaben mit Frist"
    also = f" Auch {tasks} stehen darin." if result.tasks else ""
    old = " Die alte Adresse gilt nicht mehr: bitte im Kalenderprogramm ersetzen." if result.change == "renewed" else ""
    switch = "!kalender aufgaben aus" if result.tasks else "!kalender aufgaben an"
    return card(
        heading(f"{CHANGES[result.change]} {whose}"),
        paragraph(f"Zum Abonnieren in Outlook, Thunderbird oder auf dem Handy, Sitzungen eingeschlossen:{old}"),
        paragraph(Code(result.address)),
        paragraph(
            "Wer die Adresse hat, sieht den Kalender, auch ohne Konto. Bitte geben Sie sie nicht weiter; ist sie in "
            f"falsche Hände geraten, gibt „!kalender neu“ eine andere.{also}"
        ),
        hint("Aufgaben mit Frist " + ("weglassen: " if result.tasks else "dazunehmen: "), Code(switch)),
    )
