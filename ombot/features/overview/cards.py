"""The German of the overview: results to cards."""

from ombot.chat.contributions import blocks_of
from ombot.chat.language import SENTENCES, count, say_moment, say_when
from ombot.chat.nodes import (
    Block,
    Bullets,
    Card,
    Code,
    Hint,
    Inline,
    Strong,
    bullets,
    card,
    heading,
    hint,
    joined,
    paragraph,
)
from ombot.chat.registry import shows
from ombot.features.overview.results import (
    AwaitedLine,
    AwaitedShown,
    BeforeSession,
    BoardShown,
    DirectWelcome,
    GivenUp,
    GroupWelcome,
    HelpForm,
    HelpShown,
    HelpTopic,
    MineShown,
    StatusDetails,
    StatusShown,
    UndoDone,
    WordHelp,
)

SENTENCES |= {
    "undo_nothing": "Es gibt hier nichts rückgängig zu machen: „!zurück“ nimmt Ihre letzte Änderung in diesem Raum "
    "zurück, zehn Minuten lang. Ändern können Sie weiterhin alles mit dem passenden Befehl, siehe „!hilfe“.",
    "undo_changed_since": "Das wurde inzwischen weiter geändert und lässt sich nicht mehr einfach zurücknehmen. "
    "Bitte ändern Sie es mit dem passenden Befehl, siehe „!hilfe“.",
    "undo_not_possible": "Ihr letzter Befehl lässt sich nicht rückgängig machen. "
    "Bitte wenden Sie sich an die Koordination, wenn etwas nicht stimmt.",
    "board_elsewhere": "Die Übersicht von „{group}“ zeige ich nur im Raum der Gruppe und im Direktchat. "
    "Bitte schreiben Sie dort „!übersicht“.",
}

PERSONAL_BRIEF = "Persönliche Nachricht: was vor der Sitzung noch ansteht"
AUDIENCES = {"concerned": "alle, bei denen etwas ansteht (Direktchat)"}

STARTERS = {
    "aufgabe": "Eine Aufgabe festhalten",
    "input": "Einen Input einreichen (erste Zeile Titel, darunter der Text)",
    "meine": "Sehen, was bei Ihnen ansteht",
}
MOST_GIVEN_UP = 10
TASK_EXAMPLE = "!aufgabe Einseiter entwerfen bis 30.09."
INPUT_EXAMPLE = "!input Unser Beitrag zur Sitzung"


# --- help -------------------------------------------------------------------------------------------------------


@shows(HelpShown)
def help_shown(result: HelpShown) -> Card:
    """How it works with examples to copy, then one line for each word."""
    return card(
        heading("So geht es"),
        paragraph(
            "Schreiben Sie einfach eine Nachricht, die mit „!“ beginnt. Zum Abschreiben:"
            if not result.direct
            else "Schreiben Sie mir einfach einen Befehl; das „!“ darf hier fehlen. Zum Abschreiben:"
        ),
        bullets((f"{STARTERS[word]}: ", *_lines(example)) for word, example in result.starters),
        paragraph(
            "Ich antworte mit einer Karte und einer Nummer wie A12. Ändern: auf die Karte antworten, zum Beispiel "
            "„erledigt“ oder „bis Freitag“. Vertippt? ",
            Code("!zurück"),
        ),
        *(block for topic in result.topics for block in _topic(topic)),
        hint("Alles zu einem Befehl mit Beispielen: ", Code("!hilfe aufgabe"), *_elsewhere(result.direct)),
    )


def _lines(example: str) -> tuple[Inline, ...]:
    """An example to copy, line by line."""
    return joined((Code(line) for line in example.splitlines()), "\n")


def _elsewhere(direct: bool) -> tuple[Inline, ...]:
    if direct:
        return (" · Für eine bestimmte Gruppe: am Ende „in <Gruppe>“ schreiben.",)
    return (" · Persönliches geht im Direktchat mit mir.",)


def _topic(topic: HelpTopic) -> tuple[Block, Block]:
    return heading(topic.name), bullets((Code(f"!{line.word}"), f" – {line.brief}") for line in topic.lines)


@shows(WordHelp)
def word_help(result: WordHelp) -> Card:
    """All forms of a word, each with its example."""
    aliases = ", ".join(f"!{alias}" for alias in result.aliases)
    return card(
        heading(f"Hilfe zu !{result.word}"),
        bullets(_form(form) for form in result.forms),
        paragraph(f"Geht auch als: {aliases}") if aliases else None,
        hint("„<…>“ setzen Sie ein, „[…]“ darf fehlen, „|“ trennt Möglichkeiten. Alle Befehle: ", Code("!hilfe")),
    )


def _form(form: HelpForm) -> tuple[Inline, ...]:
    limits = ", ".join(limit for limit in (form.right and f"nur {form.right}", form.place) if limit)
    example: tuple[Inline, ...] = () if form.example == form.usage else (" Beispiel: ", *_lines(form.example))
    return (Strong(form.usage), f" – {form.brief}", f" ({limits})." if limits else ".", *example)


# --- board, one's own things, undo ------------------------------------------------------------------------------


@shows(BoardShown)
def board(result: BoardShown) -> Card:
    """What stands at the top of a group's room."""
    parts = blocks_of(result.parts)
    return card(
        heading("Übersicht – ", result.group),
        *(parts or (paragraph("Hier steht gerade nichts an."),)),
        hint("Diese Übersicht ist oben im Raum angeheftet und wird dort laufend aktualisiert.")
        if result.asked
        else hint("Neue Aufgabe: ", Code(TASK_EXAMPLE), " · Alle Befehle: ", Code("!hilfe")),
    )


@shows(MineShown)
def mine(result: MineShown) -> Card:
    """What concerns the sender, by subject."""
    parts = blocks_of(result.parts)
    everywhere = () if result.direct else (" · Über alle Gruppen: „meine“ im Direktchat mit mir.",)
    if not parts:
        return card(
            paragraph("Bei Ihnen steht nichts an."),
            hint("Aufgaben der Gruppe: ", Code("!aufgaben"), *everywhere),
        )
    return card(*_without_hints(parts), hint("Eine Aufgabe abschließen: ", Code("!erledigt A12"), *everywhere))


def before_session_blocks(result: BeforeSession) -> tuple[Block, ...]:
    """The same before a session, said without being asked."""
    session = result.session
    when = (paragraph(say_when(session.start, session.end)),) if session.start else ()
    return (
        heading(f"Vor der Sitzung – {session.reference}: ", session.title),
        *when,
        *_without_hints(blocks_of(result.parts)),
        hint("Zu- oder absagen: hierauf „Zusage“ oder „Absage“ antworten. Was danach noch ansteht: ", Code("!meine"))
        if result.owed
        else hint("Was danach noch ansteht: ", Code("!meine")),
    )


def _without_hints(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if not isinstance(block, Hint))


@shows(UndoDone)
def undo_done(result: UndoDone) -> Card:
    """What is as it was before."""
    if not result.objects:
        return card(
            heading("Rückgängig gemacht"),
            hint("Ihre letzte Änderung in diesem Raum gilt nicht mehr. Noch etwas? ", Code("!hilfe")),
        )
    first = result.objects[0]
    return card(
        heading("Rückgängig gemacht: ", *joined(one.reference for one in result.objects)),
        bullets(
            (Strong(one.reference), f" {one.title} – ", "ist jetzt verworfen" if one.gone else "ist wie vorher")
            for one in result.objects
        ),
        hint("Ihre Änderung steht weiter im Verlauf. Neu anlegen oder wieder öffnen geht jederzeit.")
        if first.gone
        else hint("Ihre Änderung steht weiter im Verlauf. Noch einmal ändern geht jederzeit."),
        about=first.reference if len(result.objects) == 1 else None,
    )


# --- status -----------------------------------------------------------------------------------------------------


@shows(StatusShown)
def status(result: StatusShown) -> Card:
    """Two sentences, and the details for coordinators."""
    unsent = (
        f"{count(result.unsent, 'Nachricht wartet', 'Nachrichten warten')} noch auf den Versand, die älteste seit "
        f"{say_moment(result.oldest)}."
        if result.oldest is not None
        else "Alles ist verschickt."
    )
    details = _details(result.details) if result.details is not None else ()
    return card(
        paragraph(f"Ich laufe und nehme Befehle an. {unsent}"),
        *details,
        hint("Was Sie tun können, zeigt ", Code("!hilfe")),
    )


def _details(details: StatusDetails) -> tuple[Block, ...]:
    return (
        *_given_up("Gescheiterte Befehle", details.failed),
        *_given_up("Nicht zustellbare Nachrichten", details.unsent),
        *(_given_up("Nicht zustellbare E-Mails", details.letters) if details.letters else ()),
        *_retry(details),
        *_upcoming(details),
        paragraph(f"Version: {details.version}"),
    )


def _given_up(title: str, rows: tuple[GivenUp, ...]) -> tuple[Block, ...]:
    if not rows:
        return (paragraph(f"{title}: keine"),)
    lines: Bullets = bullets(
        (Strong(row.reference), f" – {row.place}, {say_moment(row.since)}") for row in rows[-MOST_GIVEN_UP:]
    )
    older = len(rows) - MOST_GIVEN_UP
    more = (paragraph(f"und {older} ältere"),) if older > 0 else ()
    return paragraph(Strong(title)), lines, *more


def _retry(details: StatusDetails) -> tuple[Block, ...]:
    given_up = (*details.failed, *details.unsent, *details.letters)
    if not given_up:
        return ()
    line = Code(f"ombot retry {given_up[-1].reference}")
    return (paragraph("Noch einmal versuchen kann es der Betrieb, mit der Kennung davor: ", line),)


def _upcoming(details: StatusDetails) -> tuple[Block, ...]:
    if not details.upcoming:
        return (paragraph("Nächste Erinnerungen: keine geplant"),)
    lines: Bullets = bullets(
        (f"{say_moment(one.at)}: ", Strong(one.object), f" an {one.destination}") for one in details.upcoming
    )
    return paragraph(Strong("Nächste Erinnerungen")), lines


# --- welcome ----------------------------------------------------------------------------------------------------

GROUP_WELCOMES = {
    "board": (
        "Hier kündige ich die Sitzungen an, sammle Rückmeldungen und zeige die Tagesordnung.",
        "!aufgabe Rückmeldung der Verbände einholen bis 30.09.",
    ),
    "coordination": (
        "Hier melde ich, was Ihre Aufmerksamkeit braucht: fehlende Inputs, unzustellbare Nachrichten, Störungen.",
        "!status",
    ),
    "working_group": (
        "Ich halte Aufgaben fest, erinnere daran und sammle Ihre Inputs für die nächste Sitzung.",
        TASK_EXAMPLE,
    ),
    "forum": (
        "Hier ist Platz für Neuigkeiten und Austausch. Ich halte mich zurück und antworte, wenn Sie mich rufen.",
        "!meine",
    ),
}
SECOND_EXAMPLES = {
    "board": ("Stand der Gruppen auf einen Blick: ", "!übersicht"),
    "coordination": ("Gruppen und ihre Leitung: ", "!ag"),
    "working_group": ("Input einreichen: ", INPUT_EXAMPLE),
    "forum": ("Gruppen und ihre Leitung: ", "!ag"),
}


@shows(GroupWelcome)
def group_welcome(result: GroupWelcome) -> Card:
    """What ombot does in this room, in three lines."""
    purpose, example = GROUP_WELCOMES[result.kind]
    lead, second = SECOND_EXAMPLES[result.kind]
    return card(
        heading("Willkommen – ", result.name),
        paragraph(f"Ich bin ombot. {purpose}"),
        paragraph("Zum Beispiel: ", Code(example)),
        paragraph(lead, Code(second)),
        hint(
            "Was Sie hier tun können, zeigt ",
            Code("!hilfe"),
            " · Was nicht an mich gerichtet ist, speichere ich nicht.",
        ),
    )


@shows(DirectWelcome)
def direct_welcome(result: DirectWelcome) -> Card:
    """Three things to try."""
    return card(
        heading("Guten Tag, ", result.person.name),
        paragraph("Ich bin ombot. Hier im Direktchat sprechen wir zu zweit; das „!“ darf fehlen. Probieren Sie:"),
        bullets(
            (
                (Code("meine"), " – was bei Ihnen ansteht"),
                (Code("aufgabe Einseiter entwerfen @ich bis 30.09."), " – eine Aufgabe festhalten"),
                (Code("aufgaben"), " – Ihre Aufgaben aus allen Gruppen"),
            )
        ),
        hint("Alles Weitere zeigt ", Code("hilfe")),
    )


@shows(AwaitedShown)
def awaited(result: AwaitedShown) -> Card:
    """Who has not come yet, by address: they have no name in any room."""
    if not result.people:
        return card(
            paragraph("Alle, die eingeladen wurden, sind da."),
            hint("Weitere einladen: ", Code("!ag einladen @name:example.org")),
        )
    return card(
        heading(f"Eingeladen und noch nicht dabei ({len(result.people)})"),
        bullets((_awaited(one),) for one in result.people),
        hint("Bitte fragen Sie nach. Den Brief mit den drei Schritten druckt der Betrieb: ", Code("ombot letters")),
    )


def _awaited(line: AwaitedLine) -> str:
    name = "" if line.person.name == line.person.id else f"{line.person.name}, "
    institution = f"{line.institution}, " if line.institution else ""
    return f"{name}{institution}{line.person.id} – seit {count(line.days, 'Tag', 'Tagen')}"
