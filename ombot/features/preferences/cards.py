"""The German of preferences: results to cards."""

from ombot.chat.nodes import Card, Code, Inline, card, heading, hint, paragraph
from ombot.chat.registry import shows
from ombot.features.preferences.results import OwnReminders, RemindersShown

PACES = {
    "all": "an",
    "morning": "gesammelt am Morgen",
    "none": "aus",
}


@shows(RemindersShown)
def reminders_shown(result: RemindersShown) -> Card:
    """What comes, what does not, and what comes all the same."""
    said = {
        "all": "Ich erinnere Sie im Direktchat an Aufgaben, Termine und Inputs, wenn es so weit ist.",
        "morning": "Was Sie im Direktchat betrifft, sammle ich und schicke es in einer Nachricht um "
        f"{result.morning:%H:%M} Uhr. Nur was bis dahin zu spät käme, kommt gleich.",
        "none": "Ich erinnere Sie im Direktchat an nichts mehr und schicke keinen Wochenrückblick.",
    }[result.pace]
    return card(
        heading(f"Erinnerungen: {PACES[result.pace]}"),
        paragraph(said),
        paragraph(
            "Weiterhin kommt: die Bitte um eine Stimme, auf die andere warten, und was gerade jemand für Sie "
            "ändert, etwa eine neue Aufgabe oder ein verlegter Termin."
        )
        if result.pace == "none"
        else paragraph(f"Wochenrückblick: {'an' if result.weekly else 'aus'}."),
        hint(*_next(result), " · Was ansteht: ", Code("!meine")),
    )


def _next(result: RemindersShown) -> tuple[Inline, ...]:
    if result.pace == "none":
        return ("Wieder anschalten: ", Code("!erinnerungen an"))
    pace = ("Nur morgens: ", Code("!erinnerungen morgens")) if result.pace == "all" else ()
    usual = ("Sofort: ", Code("!erinnerungen an")) if result.pace == "morning" else ()
    return (*pace, *usual, " · Abschalten: ", Code("!erinnerungen aus"))


@shows(OwnReminders)
def own(result: OwnReminders) -> Card:
    """The part about reminders of "my things"."""
    week = "" if result.weekly or result.pace == "none" else ", Wochenrückblick: aus"
    return card(paragraph(f"Erinnerungen: {PACES[result.pace]}{week} – ", Code("!erinnerungen")))
