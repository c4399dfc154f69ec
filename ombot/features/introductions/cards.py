"""The German of introductions: results to cards."""

from ombot.chat.language import SENTENCES, count, say_day, say_when
from ombot.chat.nodes import (
    Attachment,
    Block,
    Card,
    Code,
    Inline,
    PersonNode,
    bullets,
    card,
    heading,
    hint,
    joined,
    paragraph,
)
from ombot.chat.registry import shows
from ombot.documents import mimetype
from ombot.features.introductions.results import (
    Acquainted,
    Announced,
    NobodyFits,
    RoundMade,
    TablesDrawn,
    TogetherNow,
    WishShown,
)
from ombot.features.people.cards import fields_shown
from ombot.features.people.portraits import attachment
from ombot.features.people.results import ProfileView

SENTENCES |= {
    "introductions_off": "Sie sind beim Kennenlernen nicht dabei, es gibt also nichts auszulassen. Mitmachen: "
    "„!kennenlernen an“.",
    "introductions_institution": "Zu welcher Einrichtung gehören Sie? Ich stelle Sie dann Menschen aus anderen vor und "
    "merke es mir. Steht Ihre nicht in der Liste, tragen Sie sie bitte zuerst ein: „steckbrief ausfüllen“.",
    "introductions_no_session": "Es ist noch keine Sitzung geplant, vor der ich jemanden zusammenbringe. "
    "„!termine“ zeigt, was ansteht.",
    "tables_seats": "An einem Tisch sitzen {least} bis {most} Personen. Bitte schreiben Sie zum Beispiel "
    "„!kennenlernen tische 6“.",
    "tables_nobody": "Für {reference} hat noch niemand vor Ort zugesagt. Bitte losen Sie die Tische kurz vorher "
    "aus; „!termin {reference} antworten“ zeigt den Stand.",
}

BRIEF = "Kennenlernen: Ankündigung, mit der Möglichkeit, auszulassen"
AUDIENCES = {"willing": "alle, die beim Kennenlernen dabei sind (Direktchat)"}
ROUND_BRIEF = "Kennenlernen: Menschen aus verschiedenen Einrichtungen zusammenbringen"
PROFILE_BRIEF = "Bitte, den Steckbrief zu ergänzen"
PROFILE_AUDIENCES = {"incomplete": "alle ohne Kompetenzen im Steckbrief (Direktchat)"}
ROOM_NAME = "Kennenlernen"
SKIP = "!kennenlernen auslassen"
QUESTIONS = (
    "Was versprechen Sie sich von der nächsten Sitzung?",
    "Wobei könnten Sie jemanden aus einer anderen Einrichtung brauchen?",
)


@shows(WishShown)
def wish(result: WishShown) -> Card:
    """Whether one takes part, and when it comes."""
    if not result.willing:
        return card(
            paragraph("Sie sind beim Kennenlernen nicht dabei; ich stelle Sie niemandem vor."),
            hint("Mitmachen: ", Code("!kennenlernen an")),
        )
    if result.skipped:
        return card(
            paragraph("Das nächste Mal lasse ich Sie aus. Danach sind Sie wieder dabei."),
            hint("Doch mitmachen: ", Code("!kennenlernen an"), " · Ganz aufhören: ", Code("!kennenlernen aus")),
        )
    when = f"am {say_day(result.next_day)}" if result.next_day else "vor der Sitzung, die als Nächstes geplant wird,"
    return card(
        heading("Kennenlernen: Sie sind dabei"),
        paragraph(f"Ich bringe Sie {when} mit jemandem aus einer anderen Einrichtung zusammen und kündige es an."),
        hint("Steckbrief ansehen: ", Code("!steckbrief"), " · Aufhören: ", Code("!kennenlernen aus")),
    )


def announcement(result: Announced) -> tuple[Block, ...]:
    """It comes soon, and can be left out."""
    return (
        heading("Kennenlernen vor der Sitzung"),
        paragraph(
            f"Am {say_day(result.day)} stelle ich Sie jemandem aus einer anderen Einrichtung vor, vor: "
            f"{result.meeting.title}."
        ),
        hint("Passt es diesmal nicht? ", Code(SKIP), " · Ganz aufhören: ", Code("!kennenlernen aus")),
    )


def profile_reminder() -> tuple[Block, ...]:
    """A profile helps others to find one."""
    return (
        heading("Ihr Steckbrief"),
        paragraph(
            "Vor der Sitzung suchen andere, wer zu einem Thema helfen kann. In Ihrem Steckbrief steht dazu noch nichts."
        ),
        hint(
            "In zwei Minuten, Schritt für Schritt: ",
            Code("steckbrief ausfüllen"),
            " · Das frage ich nur einmal je Sitzung.",
        ),
    )


@shows(Acquainted)
def acquainted(result: Acquainted) -> Card:
    """Who it is, and how to begin."""
    people = joined((PersonNode(one.person.id, one.person.name, notify=False) for one in result.others), " und ")
    return card(
        heading("Kennenlernen: ", *people),
        paragraph(
            "Bitte nehmen Sie die Einladung in den gemeinsamen Raum „Kennenlernen“ an und verabreden Sie eine halbe "
            f"Stunde vor: {result.meeting.title}",
            f" ({say_when(result.meeting.start, None)})." if result.meeting.start else ".",
        ),
        *(block for one in result.others for block in _profile(one)),
        paragraph("Zwei Fragen für den Anfang:"),
        bullets((question,) for question in _questions(result.topics)),
        hint("Das nächste Mal nicht? ", Code(SKIP), " · Ganz aufhören: ", Code("!kennenlernen aus")),
        files=tuple(attachment(one.photo) for one in result.others if one.photo),
    )


def _profile(profile: ProfileView) -> tuple[Block, ...]:
    if not profile.fields:
        return ()
    return paragraph("Aus dem Steckbrief von ", PersonNode(profile.person.id, profile.person.name), ":"), fields_shown(
        profile.fields
    )


def _questions(topics: tuple[str, ...]) -> tuple[str, ...]:
    """Two questions, from the agenda as far as it stands."""
    from_agenda = (
        "Was bedeutet „{}“ für Ihre Einrichtung?",
        "Was könnten Ihre Einrichtungen bei „{}“ gemeinsam tun?",
    )
    asked = [question.format(topic) for question, topic in zip(from_agenda, topics, strict=False)]
    return tuple((*asked, *QUESTIONS)[:2])


@shows(NobodyFits)
def nobody_fits(result: NobodyFits) -> Card:
    """Not this time."""
    return card(
        paragraph(f"Vor „{result.meeting.title}“ habe ich leider niemanden gefunden, dem ich Sie vorstellen kann."),
        hint("Das nächste Mal versuche ich es wieder. Aufhören: ", Code("!kennenlernen aus")),
    )


@shows(TogetherNow)
def together(result: TogetherNow) -> Card:
    """All are here."""
    people: tuple[Inline, ...] = joined((PersonNode(one.id, one.name) for one in result.people), " und ")
    return card(
        heading("Schön, dass Sie da sind"),
        paragraph(*people, ", dieser Raum gehört Ihnen. Ich halte mich heraus."),
        bullets((question,) for question in _questions(result.topics)),
        hint("Schlagen Sie einander einen Termin vor. Den Raum verlassen Sie, wann Sie möchten."),
    )


def round_made(result: RoundMade) -> tuple[Block, ...]:
    """What a round came to."""
    alone = f", {count(result.alone, 'Person', 'Personen')} ohne passendes Gegenüber" if result.alone else ""
    return (
        heading(f"Kennenlernen vor {result.meeting.reference}"),
        paragraph(
            f"{count(result.groups, 'Gespräch', 'Gespräche')} für {count(result.people, 'Person', 'Personen')} "
            f"vermittelt{alone}."
        ),
        hint("Für die Sitzung selbst: ", Code("!kennenlernen tische")),
    )


@shows(TablesDrawn)
def tables(result: TablesDrawn) -> Card:
    """The lists follow."""
    files = (
        Attachment(f"Tische-{result.meeting.reference}.{one['format']}", mimetype(one["format"]), one)
        for one in result.documents
    )
    return card(
        heading(f"Tische – {result.meeting.reference}: ", result.meeting.title),
        paragraph(
            f"{count(result.guests, 'Person', 'Personen')} an {count(result.tables, 'Tisch', 'Tischen')}, gemischt "
            "nach Art der Einrichtung. Die Listen folgen als Word- und als PDF-Datei."
        ),
        hint("Nach neuen Zusagen einfach noch einmal auslosen."),
        about=result.meeting.reference,
        files=files,
    )
