"""The German of groups: results to cards."""

from ombot.chat.language import SENTENCES, count
from ombot.chat.nodes import (
    Attachment,
    Button,
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
from ombot.features.groups.results import (
    ArchiveKept,
    GroupArchived,
    GroupLine,
    GroupList,
    GroupMade,
    GroupReopened,
    Knocked,
    PeopleInvited,
)
from ombot.store.rooms import Person

SENTENCES |= {
    "invite_whom": "„{name}“ kenne ich nicht. Bitte schreiben Sie die vollständige Matrix-Adresse, "
    "zum Beispiel „!ag einladen @name:example.org“.",
    "invite_banned": "{name} ist aus diesem Raum ausgeschlossen. Bitte heben Sie das zuerst in den "
    "Raumeinstellungen auf.",
    "invite_many": "Ich lade {number} Personen in „{group}“ ein. Soll ich?",
    "group_exists": "Eine Gruppe „{name}“ gibt es schon. Bitte wählen Sie einen anderen Namen, "
    "„!ag“ zeigt alle Gruppen.",
    "group_needed": "„{name}“ wird für die Arbeit des Kreises gebraucht und lässt sich nicht archivieren. "
    "„!ag“ zeigt alle Gruppen.",
    "group_archived": "„{name}“ ist schon archiviert. „!ag“ zeigt alle Gruppen.",
    "archive_group": "„{name}“ archivieren? Alles, was die Gruppe bei mir hat, kommt als ZIP-Datei in ihren Raum "
    "und in den der Koordination. Der Raum bleibt lesbar, aber schreiben kann dort niemand mehr, und ich erinnere an "
    "nichts mehr. Mit „!zurück“ lässt sich das nicht rückgängig machen, mit „!ag öffnen“ wieder aufnehmen.",
    "group_unknown": "Eine Gruppe „{name}“ kenne ich nicht. Bitte schreiben Sie ihren ganzen Namen.",
    "group_open": "„{name}“ ist nicht archiviert. „!ag“ zeigt alle Gruppen.",
}

KNOCKS_SHOWN = 10
"""So many of those who ask to be let in are named."""

KINDS = {
    "board": "Gremium",
    "coordination": "Koordination",
    "working_group": "Arbeitsgruppe",
    "forum": "Forum",
}


@shows(GroupList)
def group_list(result: GroupList) -> Card:
    """The groups, each with who leads it."""
    if not result.groups:
        return card(paragraph("Es gibt noch keine Gruppen."), hint("Neue Gruppe: ", Code("!ag neu <Name>")))
    return card(
        heading(f"Gruppen ({len(result.groups)})"),
        bullets(_line(line) for line in result.groups),
        hint("Neue Gruppe: ", Code("!ag neu <Name>"), " · Einladen: ", Code("!ag einladen @name:example.org"))
        if result.coordinator
        else hint("Mitmachen? Schreiben Sie der Leitung der Gruppe."),
    )


def _line(line: GroupLine) -> tuple[Inline, ...]:
    leads = _people(line.leads) or ("noch offen",)
    mine = ", Sie sind dabei" if line.mine else ""
    members = count(line.size, "Person", "Personen")
    return (Strong(line.name), f" ({KINDS[line.kind]}, {members}{mine}) – Leitung: ", *leads)


def _people(people: tuple[Person, ...]) -> tuple[Inline, ...]:
    return joined(PersonNode(person.id, person.name) for person in people)


@shows(PeopleInvited)
def invited(result: PeopleInvited) -> Card:
    """Who gets an invitation."""
    return card(
        paragraph(f"In „{result.group}“ eingeladen: ", *_people(result.invited)) if result.invited else None,
        paragraph("Schon dabei: ", *_people(result.already)) if result.already else None,
        hint("Die Einladung erscheint im Matrix-Programm der Person und muss dort angenommen werden.")
        if result.invited
        else hint("Wer dabei ist, zeigt die Mitgliederliste des Raums."),
    )


@shows(GroupMade)
def made(result: GroupMade) -> Card:
    """The new group."""
    return card(
        heading("Neue Gruppe: ", result.name),
        paragraph("Der Raum wird gerade angelegt. Sie sind eingeladen und leiten die Gruppe."),
        hint("Nehmen Sie die Einladung an und laden Sie dort weitere ein: ", Code("!ag einladen @name:example.org")),
    )


@shows(GroupArchived)
def archived(result: GroupArchived) -> Card:
    """The end of a group."""
    return card(
        heading("Archiviert: ", result.name),
        paragraph("Der Raum bleibt lesbar und wird zum Schreiben geschlossen. Ich erinnere dort an nichts mehr."),
        hint("Wieder aufnehmen kann sie die Koordination: ", Code(f"!ag öffnen {result.name}")),
    )


@shows(ArchiveKept)
def archive_kept(result: ArchiveKept) -> Card:
    """The file with everything, in the group's room and for the office."""
    return card(
        heading("Alles aus „", result.group, "“"),
        paragraph(
            PersonNode(result.by.id, result.by.name),
            " beendet die Gruppe. In der ZIP-Datei liegt, was sie bei mir hat: Aufgaben, Termine, Inputs, Beschlüsse, "
            "Protokolle und Dateien.",
        ),
        hint("Bitte bei den Unterlagen der Gruppe aufheben. Die anderen Gruppen zeigt ", Code("!ag")),
        files=(Attachment(result.name, "application/zip", result.document),),
    )


@shows(GroupReopened)
def reopened(result: GroupReopened) -> Card:
    """A group that goes on."""
    return card(
        heading("Wieder geöffnet: ", result.name),
        paragraph(
            "Im Raum kann wieder geschrieben werden. An Aufgaben und Termine von vorher erinnere ich dort wieder, "
            "sobald sich an ihnen etwas ändert."
        ),
        hint("Was offen ist: ", Code(f"!aufgaben in {result.name}")),
    )


@shows(Knocked)
def knocked(result: Knocked) -> Card:
    """Who asks to be let in, by name and full address: names are anybody's choice."""
    shown, more = result.people[:KNOCKS_SHOWN], len(result.people) - KNOCKS_SHOWN
    admit = f"!ag einladen {' '.join(one.id for one in shown)} in {result.group}"
    return card(
        heading("Bitte um Aufnahme in „", result.group, "“"),
        bullets((Strong(one.name), f" ({one.id})") for one in shown),
        paragraph("und ", count(more, "weitere Person", "weitere Personen")) if more > 0 else None,
        paragraph(*joined((PersonNode(one.id, one.name, notify=True) for one in result.leads), " "))
        if result.leads
        else None,
        hint("Aufnehmen: ", Code(admit), ". Ablehnen können Sie in der Mitgliederliste des Raums."),
        buttons=(Button("👍", "aufnehmen", admit, ""),) if len(result.people) == 1 else (),
    )
