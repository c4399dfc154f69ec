"""The German of departures: results to cards."""

from ombot.chat.language import SENTENCES, count
from ombot.chat.nodes import (
    Block,
    Card,
    Code,
    Inline,
    PersonNode,
    Strong,
    bullets,
    card,
    heading,
    hint,
    joined,
    paragraph,
)
from ombot.chat.registry import shows
from ombot.features.departures.results import DepartureShown, Duties, HandedOver, SpaceLeft
from ombot.store.rooms import Person

MOST = 10
"""So many tasks are listed with their titles."""

SENTENCES |= {
    "departure_settled": "Zu {reference} ist nichts mehr offen. Die Aufgaben der Gruppe zeigt „!aufgaben“.",
    "departure_no_such": "Eine Nummer {number} gibt es in der Liste nicht. Bitte antworten Sie mit einer Nummer bis "
    "{most}, mit „@Name“ oder mit „niemand“.",
    "departure_not_here": "{name} ist nicht in dieser Gruppe. Bitte nennen Sie jemanden aus dem Raum der Gruppe, "
    "oder antworten Sie mit „niemand“.",
}


def _counted(duties: Duties) -> str:
    parts = [
        count(len(duties.tasks), "offene Aufgabe", "offene Aufgaben") if duties.tasks else "",
        f"{count(len(duties.deputies), 'Vertretung', 'Vertretungen')} ({', '.join(duties.deputies)})"
        if duties.deputies
        else "",
        f"Mitschrift ({', '.join(duties.scribes)})" if duties.scribes else "",
        f"Moderation ({', '.join(duties.moderations)})" if duties.moderations else "",
        f"Vortrag ({', '.join(duties.presentations)})" if duties.presentations else "",
    ]
    return ", ".join(part for part in parts if part)


def _tasks(duties: Duties) -> tuple[Block, ...]:
    shown = [(Strong(reference), f" {title}") for reference, title in duties.tasks[:MOST]]
    more = len(duties.tasks) - MOST
    return (bullets(shown),) + ((paragraph(f"und {more} weitere"),) if more > 0 else ()) if shown else ()


def _people(people: tuple[Person, ...], *, notify: bool = False) -> tuple[Inline, ...]:
    return joined((PersonNode(one.id, one.name, notify=notify) for one in people), " ")


@shows(DepartureShown)
def asked(result: DepartureShown) -> Card:
    """What is left behind, and the question who takes over."""
    gone = f"{result.person.name} ist nicht mehr in „{result.group}“"
    if not result.duties:
        return card(
            paragraph(f"{gone}. Offen ist nichts mehr."),
            hint("Aufgaben der Gruppe: ", Code("!aufgaben")),
            about=result.reference,
        )
    return card(
        heading(f"{result.reference}: {gone}"),
        paragraph(f"Noch offen: {_counted(result.duties)}."),
        *_tasks(result.duties),
        paragraph(Strong("Wer übernimmt?"), " Bis zur Antwort ändert sich nichts."),
        bullets(((one.name,) for one in result.offered), ordered=True) if result.offered else None,
        paragraph(*_people(result.leads, notify=True)) if result.leads else None,
        hint(
            "Die Leitung antwortet auf diese Nachricht mit einer Nummer, mit „@Name“ oder mit „niemand“. Einzelne "
            "Aufgaben lassen sich vorher anders vergeben: ",
            Code("!aufgabe A12 an @eva"),
        ),
        about=result.reference,
    )


@shows(HandedOver)
def handed_over(result: HandedOver) -> Card:
    """Who has it now."""
    taker = result.taker
    return card(
        heading(f"{result.reference}: übergeben"),
        paragraph(
            PersonNode(taker.id, taker.name, notify=result.rung),
            f" übernimmt in „{result.group}“ von {result.person.name}: {_counted(result.duties)}.",
        )
        if taker is not None
        else paragraph(
            f"Niemand übernimmt von {result.person.name}: {_counted(result.duties)}. Die Aufgaben bleiben offen."
        ),
        *_tasks(result.duties),
        hint("Rückgängig machen: ", Code("!zurück"), " · Einzeln weitergeben: ", Code("!aufgabe A12 an @eva")),
        about=result.reference,
    )


@shows(SpaceLeft)
def space_left(result: SpaceLeft) -> Card:
    """In which rooms somebody still is."""
    return card(
        heading(f"{result.person.name} hat den Space verlassen"),
        paragraph(f"Noch dabei in: {', '.join(result.groups)}."),
        hint(
            "Ich ändere nichts. Wer gehen soll, wird in den Raumeinstellungen entfernt; dann frage ich, wer die "
            "offenen Aufgaben übernimmt. Alle Gruppen: ",
            Code("!ag"),
        ),
    )
