"""The German of letters, and of the pages behind their links."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ombot.chat.language import say_day, say_when
from ombot.chat.nodes import Attachment, Block, Bullets, Card, Inline, Link, Strong, bullets, card, heading, paragraph
from ombot.chat.refusal import Refusal
from ombot.chat.registry import shows
from ombot.features.decisions.cards import CHOICE, RULE
from ombot.features.decisions.results import DecisionView, VoteView
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


_VOTE_AGAIN = {"new": "", "changed": "Geändert: ", "reminder": "Erinnerung: "}


@shows(VoteAsked)
def vote_asked(result: VoteAsked) -> Card:
    """The wording, and the link to vote with."""
    until = f" bis {say_day(result.until)}" if result.until else ""
    how = (
        "Die Abstimmung ist geheim: Gespeichert wird, dass Ihre Einrichtung abgestimmt hat, und davon getrennt die "
        "Stimme. Sie ist endgültig. Wer diesen Link hat, kann sie abgeben; reichen Sie ihn nur weiter, wenn das so "
        "sein soll."
        if result.secret
        else "Eine Stimme je Einrichtung, die letzte gilt. Der Link stimmt einmal ab."
    )
    return card(
        heading(f"{_VOTE_AGAIN[result.change]}Bitte um Abstimmung{until}: {result.reference} ({result.group})"),
        paragraph(GREETING),
        paragraph(f"{result.institution} wird um die Stimme gebeten{until}. Der Wortlaut:"),
        paragraph(result.text),
        paragraph(f"Die Vorlage hängt an: {result.proposal.name}") if result.proposal else None,
        paragraph(f"Die Vorlage „{result.proposal_apart}“ ist zu groß für eine E-Mail. Bitte fragen Sie danach.")
        if result.proposal_apart
        else None,
        paragraph("Ihre Stimme: ", Link(result.link, "Abstimmen")),
        paragraph(how),
        files=(result.proposal,) if result.proposal else (),
    )


# --- the pages of a vote ----------------------------------------------------------------------------------------

VOTE_GONE = (
    "Diese Abstimmung ist für Sie nicht mehr offen",
    ("Es wurde nichts geändert. Bitte antworten Sie auf die E-Mail, in der Sie den Link bekommen haben.",),
)
VOTE_ASK = "Ihre Stimme"
VOTE_FIELD = "Begründung: nötig bei Bedenken und Einwand (höchstens 4.000 Zeichen)"
VOTE_BUTTON = "Stimme abgeben"
VOTE_REASON_MISSING = "Bedenken und Einwand brauchen ihren Grund. Bitte schreiben Sie ihn in das Feld „Begründung“."
VOTE_REASON_TOO_MUCH = (
    "Zu Zustimmung und Enthaltung wird kein Text gespeichert. Bitte leeren Sie das Feld, oder wählen Sie Bedenken "
    "oder Einwand."
)
VOTE_TEXT_WRONG = (
    "Der Text ist länger als 4.000 Zeichen oder enthält Zeichen, die niemand lesen kann. Bitte kürzen Sie ihn."
)
_VOTE_CLOSED_BALLOT = (
    "Diese Abstimmung ist geheim: Gespeichert wird, dass die Einrichtung abgestimmt hat, und davon getrennt, ohne Zeit "
    "und Namen, die Stimme. Sie ist endgültig."
)
_VOTE_REFUSED = {
    "vote_over": "Die Frist für {reference} ist abgelaufen ({day}).",
    "vote_closed": "Die Abstimmung über {reference} ist beendet.",
    "not_entitled": "{institution} ist bei {reference} nicht stimmberechtigt.",
    "right_given_away": "{institution} hat das Stimmrecht für {reference} an {to} übertragen.",
    "ballot_cast": "{institution} hat bei {reference} schon abgestimmt. Eine geheime Stimme ist endgültig.",
}


@dataclass(frozen=True)
class CommonVote:
    """What counts for an institution: its open vote, or that its secret ballot was cast."""

    reference: str
    institution: str
    vote: VoteView | None
    cast: bool

    def __str__(self) -> str:
        if self.vote is None:
            what = "ist die geheime Stimme abgegeben" if self.cast else "ist keine Stimme abgegeben"
            return f"Für {self.institution} {what} ({self.reference})."
        reason = f" – {self.vote.text}" if self.vote.text else ""
        return f"Für {self.institution} gilt bei {self.reference}: {CHOICE[self.vote.choice]}{reason}"


PageText = tuple[str, tuple[str, ...]]


def vote_offer(decision: DecisionView, institution: str, vote: VoteView | None) -> PageText:
    """What one votes on, and for whom."""
    line = decision.line
    until = f"Frist: bis einschließlich {say_day(line.closes_on)}" if line.closes_on else ""
    before = f"Bisher gilt für {institution}: {CHOICE[vote.choice]}. Ihre Stimme tritt an ihre Stelle." if vote else ""
    return (
        f"Abstimmung {decision.reference} ({line.group})",
        (
            *decision.text.split("\n"),
            f"Vorlage: {decision.file}" if decision.file else "",
            f"Verfahren: {RULE[decision.rule]}",
            until,
            f"Stimme für {institution}",
            before,
            _VOTE_CLOSED_BALLOT if decision.secret else "",
        ),
    )


def vote_options(decision: DecisionView) -> tuple[tuple[str, str], ...]:
    """The four answers, each with what it means."""
    stops = "; verhindert den Beschluss" if decision.rule == "consent" else ""
    return (
        ("yes", CHOICE["yes"]),
        ("abstain", CHOICE["abstain"]),
        ("concern", f"{CHOICE['concern']} – wir gehen mit und halten sie fest"),
        ("objection", f"{CHOICE['objection']} – wir gehen nicht mit{stops}"),
    )


def vote_done(common: CommonVote) -> PageText:
    """It is stored."""
    return "Vielen Dank, Ihre Stimme ist gespeichert", (str(common), "Die letzte Stimme einer Einrichtung gilt.")


def ballot_done(institution: str, represented: tuple[str, ...]) -> PageText:
    """It is counted; what it was stands nowhere any more."""
    also = f" und {', '.join(represented)}" if represented else ""
    return "Vielen Dank, Ihre Stimme ist gezählt", (f"Für {institution}{also} ist abgestimmt. Das ist endgültig.",)


def vote_again(common: CommonVote) -> PageText:
    """The link was used; what counts by now."""
    change = "Möchten Sie etwas ändern? Bitte antworten Sie auf die E-Mail, in der Sie den Link bekommen haben."
    return "Das ist schon erledigt", ("Dieser Link wurde schon benutzt.", str(common), change)


def vote_late(common: CommonVote) -> PageText:
    """The link has expired with the vote."""
    return "Die Frist dieser Abstimmung ist abgelaufen", ("Es wurde nichts geändert.", str(common))


def vote_refused(refusal: Refusal, common: CommonVote) -> PageText:
    """Why no vote counts, and what does."""
    facts = {**refusal.facts, "day": say_day(day) if isinstance(day := refusal.facts.get("day"), date) else ""}
    counts = str(common) if refusal.code in ("vote_over", "vote_closed") else ""
    return "Hier können Sie nicht mehr abstimmen", (_VOTE_REFUSED[refusal.code].format(**facts), counts)


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
    found: Bullets = bullets(_entry(one) for one in entries)
    return (paragraph(Strong(title)), found) if found.items else ()


def _entry(one: ToDo) -> tuple[Inline, ...]:
    said = f"{one.title}{f', bis {say_day(one.due)}' if one.due else ''}"
    return (said, ": ", Link(one.link, "Abstimmen")) if one.link else (said,)


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
