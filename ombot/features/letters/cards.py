"""The German of letters, and of the pages behind their links."""

from collections.abc import Iterable

from ombot.chat.language import say_day, say_when
from ombot.chat.nodes import Attachment, Block, Bullets, Card, Inline, Link, Strong, bullets, card, heading, paragraph
from ombot.chat.registry import shows
from ombot.features.letters.results import (
    BeforeSession,
    InputAsked,
    Invitation,
    MinutesSent,
    TextHandedIn,
    ToDo,
    VoteAsked,
)
from ombot.features.meetings.results import MeetingView

STEP_BRIEFS = {
    "mail_inputs": "E-Mail an Einrichtungen ohne Konto: Bitte um ihren Beitrag",
    "mail_before": "E-Mail vor der Sitzung: was noch ansteht",
}

GREETING = "Guten Tag,"
ANSWERS = (("yes", "Wir nehmen teil"), ("no", "Wir sagen ab"), ("maybe", "Noch offen"))
SAID = {"yes": "Zusage", "no": "Absage", "maybe": "Vielleicht"}
ANSWER_OFFER = ("{title}: Kommen Sie?", "Antwort für {institution}")
ANSWER_DONE = ("Vielen Dank, Ihre Antwort ist gespeichert", "{answer} für {institution}: {title}, {when}.")
ANSWER_OVER = ("Dieser Termin ist vorbei oder abgesagt", "Es wurde nichts geändert.")
INPUT_OFFER = ("Beitrag einreichen", "Für: {title}", "Ihr Text (höchstens 4.000 Zeichen)", "Einreichen")
INPUT_EMPTY = (
    "Es fehlt der Text, oder er ist länger als 4.000 Zeichen. "
    "Längere Texte schicken Sie bitte als Antwort auf die E-Mail."
)
INPUT_DONE = (
    "Vielen Dank, Ihr Beitrag ist gespeichert",
    "Er trägt die Nummer {reference}. Die Geschäftsstelle ist informiert.",
)
INPUT_TITLE = "Beitrag von {institution}"

_INVITED = {
    "new": ("Einladung: {title}", "wir laden {institution} herzlich ein:"),
    "changed": ("Geändert: {title}", "ein Termin von {institution} hat sich geändert. Jetzt gilt:"),
    "cancelled": ("Abgesagt: {title}", "dieser Termin findet nicht statt:"),
}


def place(meeting: MeetingView) -> Block | None:
    """Where a meeting is, or how one joins it."""
    parts: list[Inline] = []
    if meeting.place:
        parts += ["Ort: ", meeting.place]
    if meeting.url:
        parts += [" · " if parts else "", "Online: ", Link(meeting.url, meeting.url)]
    return paragraph(*parts) if parts else None


def when(meeting: MeetingView) -> str:
    """When a meeting is."""
    return say_when(meeting.start, meeting.end) if meeting.start else "Datum noch offen"


@shows(Invitation)
def invitation(result: Invitation) -> Card:
    """What, when, where, and the link to answer."""
    meeting = result.meeting
    subject, opening = _INVITED[result.change]
    file = Attachment(
        f"{meeting.reference}.ics",
        "text/calendar",
        {"kind": "calendar", "format": "ics", "data": result.calendar},
    )
    return card(
        heading(f"{subject.format(title=meeting.title)} ({when(meeting)})"),
        paragraph(GREETING),
        paragraph(opening.format(institution=result.institution)),
        paragraph(Strong(meeting.title), f", {when(meeting)}"),
        place(meeting) if result.change != "cancelled" else None,
        paragraph(meeting.description) if meeting.description and result.change != "cancelled" else None,
        _answer("Bitte antworten Sie mit einem Klick: ", result.answer),
        paragraph("Die Datei im Anhang trägt den Termin in Ihren Kalender ein oder ändert ihn dort."),
        files=(file,),
    )


def _answer(words: str, link: str | None) -> Block | None:
    return paragraph(words, Link(link, "Teilnahme beantworten")) if link else None


@shows(MinutesSent)
def minutes_sent(result: MinutesSent) -> Card:
    """The file, and until when objections count."""
    state = (
        f"Es ist ein Entwurf. Einwände nimmt die Geschäftsstelle bis {say_day(result.until)} entgegen: antworten Sie "
        "einfach auf diese E-Mail."
        if result.until
        else "Es ist die endgültige Fassung."
    )
    word = "Protokollentwurf" if result.until else "Protokoll"
    return card(
        heading(f"{word}: {result.title}"),
        paragraph(GREETING),
        paragraph(f"im Anhang finden Sie das Protokoll zu „{result.title}“. {state}"),
        files=(Attachment(f"protokoll-{result.reference}.pdf", "application/pdf", result.document),),
    )


@shows(VoteAsked)
def vote_asked(result: VoteAsked) -> Card:
    """The wording, and how to vote without an account."""
    until = f" bis {say_day(result.until)}" if result.until else ""
    how = (
        "Die Abstimmung ist geheim. Wie Sie geheim abstimmen können, sagt Ihnen die Geschäftsstelle."
        if result.secret
        else "Antworten Sie auf diese E-Mail mit „Zustimmung“, „Enthaltung“, „Bedenken: …“ oder „Einwand: …“; die "
        "Geschäftsstelle trägt Ihre Stimme ein."
    )
    return card(
        heading(f"Bitte um Abstimmung{until}: {result.reference} ({result.group})"),
        paragraph(GREETING),
        paragraph(f"{result.institution} wird um die Stimme gebeten{until}. Der Wortlaut:"),
        paragraph(result.text),
        paragraph(how),
    )


@shows(BeforeSession)
def before_session(result: BeforeSession) -> Card:
    """Everything that still waits."""
    session = result.session
    return card(
        heading(f"{session.title} am {when(session)}: was noch ansteht"),
        paragraph(GREETING),
        paragraph(f"vor der Sitzung wartet noch etwas auf {result.institution}."),
        _answer("Ihre Antwort fehlt noch: ", result.answer),
        *_todo("Aufgaben", result.tasks),
        *_todo("Offene Abstimmungen", result.votes),
        place(session),
    )


def _todo(title: str, entries: Iterable[ToDo]) -> tuple[Block, ...]:
    found: Bullets = bullets((f"{one.title}{f', bis {say_day(one.due)}' if one.due else ''}",) for one in entries)
    return (paragraph(Strong(title)), found) if found.items else ()


@shows(InputAsked)
def input_asked(result: InputAsked) -> Card:
    """What is asked for, until when, and the link to hand it in."""
    return card(
        heading(f"Bitte um Ihren Beitrag bis {say_day(result.deadline)}: {result.session.title}"),
        paragraph(GREETING),
        paragraph(
            f"für die Sitzung am {when(result.session)} bitten wir {result.institution} um einen Beitrag zu "
            f"„{'“ und „'.join(result.titles)}“, bis {say_day(result.deadline)}."
        ),
        paragraph("Ein kurzer Text genügt: ", Link(result.link, "Text einreichen")),
    )


@shows(TextHandedIn)
def handed_in(result: TextHandedIn) -> Card:
    """Told to the office."""
    return card(
        heading(f"Beitrag {result.reference} per E-Mail-Link: ", result.title),
        paragraph(Strong(result.institution), " hat eingereicht:"),
        paragraph(result.text),
        about=result.reference,
    )


def written_blocks(session: MeetingView, what: str, institutions: tuple[str, ...]) -> tuple[Block, ...]:
    """Told to the office: who has got a letter."""
    return (
        heading(f"{STEP_BRIEFS[what]} – {session.title}"),
        paragraph(f"Geschrieben habe ich an: {', '.join(institutions)}."),
    )
