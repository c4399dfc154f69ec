"""The German of absences: results to cards."""

from ombot.chat.contributions import blocks_of
from ombot.chat.language import SENTENCES, say_span
from ombot.chat.nodes import Card, Code, bullets, card, heading, hint, joined, paragraph
from ombot.chat.registry import shows
from ombot.features.absences.results import AbsenceEnded, AbsenceEntered, AbsencesListed, OwnAbsences
from ombot.features.absences.rules import Days

SENTENCES |= {
    "absence_open": "Es fehlt, bis wann Sie ab {day} nicht da sind. "
    "Bitte antworten Sie mit dem ganzen Zeitraum, zum Beispiel „vom 21.12.2026 bis 06.01.2027“.",
    "absence_long": "{days} – das ist mehr als ein Jahr. Sind Sie wirklich so lange nicht da?",
    "absence_edited_long": "{days} – das ist mehr als ein Jahr. Es bleibt, wie es war; ist es so gemeint, "
    "senden Sie den Befehl bitte als neue Nachricht.",
    "absence_gone": "Diese Abwesenheit gilt nicht mehr. Bitte senden Sie den Befehl als neue Nachricht.",
    "absence_none": "Sie sind nicht als abwesend eingetragen. "
    "Mit „!abwesend bis <Datum>“ tragen Sie eine Abwesenheit ein.",
    "absence_which": "Welche Abwesenheit meinen Sie?",
    "absence_no_such": "Eine Abwesenheit {number} gibt es nicht. "
    "Bitte nennen Sie eine Nummer bis {most} aus der Liste von „!abwesend“.",
}


def _said(days: Days) -> str:
    return say_span(days.first, days.last)


@shows(AbsenceEntered)
def entered(result: AbsenceEntered) -> Card:
    """The days, what they replace, and what follows from them."""
    return card(
        heading(f"Abwesend: {_said(result.days)}"),
        paragraph("Bisher: ", *joined(_said(days) for days in result.before)) if result.before else None,
        *blocks_of(result.parts),
        paragraph("Persönliche Erinnerungen warten, bis Sie zurück sind."),
        hint("Früher zurück oder doch da? ", Code("!abwesend ende"), " · Rückgängig machen: ", Code("!zurück")),
    )


@shows(AbsenceEnded)
def ended(result: AbsenceEnded) -> Card:
    """What does not count any more."""
    return card(
        heading("Abwesenheit beendet" if result.until else f"Abwesenheit gestrichen: {_said(result.days)}"),
        paragraph(f"Bisher {_said(result.days)}, jetzt {_said(result.until)}.") if result.until else None,
        *blocks_of(result.parts),
        hint("Was auf Sie wartet: ", Code("!meine")),
    )


@shows(AbsencesListed)
def listed(result: AbsencesListed) -> Card:
    """The numbered list, or one sentence."""
    if not result.days:
        return card(
            paragraph("Sie sind nicht als abwesend eingetragen."),
            hint("Eintragen: ", Code("!abwesend vom 21.12.2026 bis 06.01.2027")),
        )
    return card(
        heading("Ihre Abwesenheiten"),
        bullets(((_said(days),) for days in result.days), ordered=True),
        hint("Beenden oder streichen: ", Code("!abwesend ende 1")),
    )


@shows(OwnAbsences)
def own(result: OwnAbsences) -> Card:
    """The part about absences of "my things"."""
    return card(paragraph("Abwesend: ", *joined(_said(days) for days in result.days), " – ", Code("!abwesend ende")))
