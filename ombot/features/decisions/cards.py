"""The German of decisions: results to cards."""

from ombot import documents
from ombot.chat.language import SENTENCES, count, say_day
from ombot.chat.nodes import (
    Attachment,
    Block,
    Bullets,
    Button,
    Card,
    Code,
    Hint,
    Inline,
    PersonNode,
    Strong,
    bullets,
    card,
    heading,
    hint,
    paragraph,
)
from ombot.chat.registry import shows
from ombot.features.decisions.results import (
    BallotCast,
    BoardVotes,
    DecisionClosed,
    DecisionLine,
    DecisionList,
    DecisionReplaced,
    DecisionShown,
    DecisionView,
    DecisionWithdrawn,
    FileHandedOut,
    MyVotes,
    NothingTakenBack,
    RegisterExported,
    ResultSheet,
    RightTransferred,
    SaidElsewhere,
    VoteCast,
    VoteEntered,
    VoteOpened,
    VoteView,
)

SENTENCES |= {
    "decision_text_missing": "Es fehlt der Text. Bitte antworten Sie mit dem, was beschlossen werden soll.",
    "vote_letters": "Soll ich die Abstimmung eröffnen? Dann geht die Bitte um eine Stimme auch per E-Mail an {people} "
    "Adressen, mit dem Wortlaut und einem Link zum Abstimmen.",
    "nobody_entitled": "In „{group}“ ist noch niemand stimmberechtigt. Bitte tragen Sie Einrichtungen in die Liste der "
    "Gruppe ein oder legen Sie mit „!steckbrief“ fest, für welche Einrichtung Sie sprechen.",
    "institution_of_sender": "Für welche Einrichtung stimmen Sie bei {reference} ab? Ich merke es mir für das nächste "
    "Mal.",
    "institution_first": "Ich weiß noch nicht, für welche Einrichtung Sie sprechen. Bitte sagen Sie mir das zuerst mit "
    "„!steckbrief“ und stimmen Sie dann noch einmal ab. Ihre Nachricht habe ich nicht behalten.",
    "not_entitled": "{institution} ist bei {reference} nicht stimmberechtigt. Wer abstimmen darf, stand mit dem Beginn "
    "der Abstimmung fest. Bitte wenden Sie sich an die Leitung der Gruppe.",
    "already_voted_on": "Über {reference} ist schon abgestimmt worden, der Text steht daher fest. "
    "Bitte ziehen Sie die Abstimmung mit „!beschluss {reference} zurückziehen“ zurück und eröffnen Sie sie neu.",
    "vote_closed": "Die Abstimmung über {reference} ist beendet und bleibt, wie sie ist. "
    "Mit „!beschluss {reference}“ sehen Sie das Ergebnis.",
    "vote_over": "Die Frist für {reference} ist abgelaufen ({day}). "
    "Das Ergebnis wird am nächsten Arbeitstag bekannt gegeben.",
    "which_decision": "Hier stehen mehrere Nummern: {references}. Bitte stimmen Sie noch einmal ab "
    "und nennen Sie nur eine davon.",
    "replaced_by_what": "Bitte nennen Sie den neuen Beschluss, zum Beispiel „!beschluss B7 ersetzt durch B9“.",
    "transfer_to_whom": "Bitte nennen Sie die Einrichtung, zum Beispiel „!beschluss B7 übertragen an itb“.",
    "reason_missing": "Bitte antworten Sie mit dem Grund, er wird zu {reference} festgehalten.",
    "ballot_incomplete": "So kann ich zu {reference} nichts zählen: Bedenken und Einwand brauchen ihren Grund in "
    "derselben Nachricht, und zurücknehmen lässt sich eine geheime Stimme nicht. Bitte stimmen Sie noch einmal ab.",
    "secret_not_for_others": "Über {reference} wird geheim abgestimmt; eine Stimme für {institution} lässt sich dabei "
    "nicht eintragen. Die Einrichtung stimmt selbst ab, im Direktchat oder mit dem Link in ihrer E-Mail.",
    "secret_only_direct": "Über {reference} wird geheim abgestimmt. Das geht nur im Direktchat mit mir. "
    "Bitte löschen Sie Ihre Nachricht hier und stimmen Sie dort ab.",
    "ballot_cast": "{institution} hat bei {reference} schon abgestimmt. Eine geheime Stimme ist endgültig. "
    "Den Stand zeigt „!beschluss {reference}“.",
    "right_given_away": "{institution} hat das Stimmrecht für {reference} an {to} übertragen. "
    "Zurücknehmen: „!beschluss {reference} übertragen an niemanden“.",
    "voted_already": "{institution} hat bei {reference} schon abgestimmt; das Stimmrecht lässt sich nur vorher "
    "übertragen oder zurücknehmen. Den Stand zeigt „!beschluss {reference}“.",
    "cannot_receive": "An {institution} lässt sich das Stimmrecht für {reference} nicht übertragen. "
    "Bitte nennen Sie eine andere Einrichtung, die dabei stimmberechtigt ist.",
    "right_through_hands": "Ein übertragenes Stimmrecht lässt sich nicht weitergeben, daher geht das mit {institution} "
    "bei {reference} nicht. Bitte nennen Sie eine andere Einrichtung.",
    "receiver_voted": "{institution} hat bei {reference} schon geheim abgestimmt und kann kein Stimmrecht mehr "
    "übernehmen. Bitte nennen Sie eine andere Einrichtung.",
    "not_in_force": "{reference} ist kein gültiger Beschluss. Mit „!beschluss {reference}“ sehen Sie den Stand.",
    "cannot_replace": "{reference} kann keinen Beschluss ersetzen. Bitte nennen Sie einen anderen, gültigen Beschluss.",
    "no_proposal_file": "{reference} hat keine Vorlage als Datei. Mit „!beschluss {reference}“ sehen Sie den Wortlaut.",
    "no_result_yet": "Zu {reference} gibt es kein Ergebnis. Ein Ergebnisblatt entsteht, sobald die Abstimmung mit "
    "„!beschluss {reference} schließen“ beendet ist.",
}

STATUS = {
    "open": "Abstimmung läuft",
    "accepted": "angenommen",
    "rejected": "nicht angenommen",
    "withdrawn": "zurückgezogen",
}
SIGN = {"open": "🗳", "accepted": "✅", "rejected": "❌", "withdrawn": "✖"}
CHOICE = {"yes": "Zustimmung", "abstain": "Enthaltung", "concern": "Bedenken", "objection": "Einwand"}
RULE = {
    "consent": "Konsent – ein Einwand verhindert den Beschluss",
    "majority": "Mehrheit – mehr Zustimmungen (auch mit Bedenken) als Einwände",
}
TASK_SIGN = {"open": "☐", "done": "☑", "cancelled": "✖", "parked": "⏸"}


def buttons(decision: DecisionView) -> tuple[Button, ...]:
    """Agree or abstain by one touch; never in a secret vote, since reactions are readable for the server (E3)."""
    if decision.secret or not decision.open:
        return ()
    reference = decision.reference
    return (
        Button("👍", "Zustimmung", f"!zustimmung {reference}", f"!zustimmung {reference} zurücknehmen"),
        Button("🤷", "Enthaltung", f"!enthaltung {reference}", f"!enthaltung {reference} zurücknehmen"),
    )


def text(decision: DecisionView) -> Block:
    """What is to be decided, in full."""
    return paragraph(decision.text)


def number(line: DecisionLine) -> str:
    """The reference, with the yearly number once there is one: "B7 (Nr. 2027-03)"."""
    return f"{line.reference} (Nr. {line.year_number})" if line.year_number else line.reference


def terms(decision: DecisionView) -> Block:
    """How and until when is voted, and who is charged."""
    line = decision.line
    parts = [f"Verfahren: {RULE[decision.rule]}" + (", geheim" if decision.secret else "")]
    if decision.quorum:
        parts.append(f"mindestens {count(decision.quorum, 'Einrichtung muss', 'Einrichtungen müssen')} abstimmen")
    if line.closes_on:
        parts.append(f"Frist: bis einschließlich {say_day(line.closes_on)}")
    if line.mandate:
        parts.append(f"Auftrag an: {line.mandate}")
    if decision.file:
        parts.append(f"Vorlage: {decision.file}")
        parts.append(f"SHA-256 der Vorlage: {decision.file_sha256}")
    return paragraph(" · ".join(parts))


def state(decision: DecisionView) -> Block:
    """Who has voted, and what where that is not secret."""
    tally = decision.tally
    said = f"Abgestimmt: {tally.counted} von {count(tally.entitled, 'Einrichtung', 'Einrichtungen')}"
    if tally.represented:
        said += f" (davon {tally.represented} vertreten)"
    if decision.secret and decision.line.status == "open":
        return paragraph(f"{said}. Wie, zeigt erst das Ergebnis.")
    return paragraph(f"{said} – {', '.join(counts(decision))}.")


def counts(decision: DecisionView) -> tuple[str, ...]:
    """The votes by choice: "Zustimmung: 3"."""
    return tuple(f"{CHOICE[choice]}: {votes}" for choice, votes in decision.tally.choices().items())


def vote_item(vote: VoteView) -> tuple[Inline, ...]:
    """One institution's vote with who gave it."""
    parts: list[Inline] = [Strong(vote.institution), f": {CHOICE[vote.choice]}"]
    if vote.through:
        return (*parts, f" (vertreten durch {vote.through})")
    if vote.text:
        parts.append(f" – {vote.text}")
    if vote.by:
        entered = "eingetragen von " if vote.on_behalf else ""
        parts += [f" ({entered}", PersonNode(vote.by.id, vote.by.name), ")"]
    return tuple(parts)


def vote_items(decision: DecisionView) -> Bullets | None:
    """All open votes."""
    return bullets(vote_item(vote) for vote in decision.votes) if decision.votes else None


def how_to_vote(decision: DecisionView) -> Hint:
    """The next step for who has a vote."""
    reference = decision.reference
    if decision.secret:
        return hint(
            "So stimmen Sie geheim ab: im Direktchat mit mir ",
            Code(f"zustimmung {reference}"),
            ", ",
            Code(f"enthaltung {reference}"),
            ", ",
            Code(f"bedenken <Text> {reference}"),
            " oder ",
            Code(f"einwand <Text> {reference}"),
            ". Eine Stimme je Einrichtung, endgültig. Der Server sieht, dass Sie mir schreiben; den Inhalt kann er nur "
            "in einem unverschlüsselten Chat lesen. Ich trenne Stimme und Einrichtung sofort und behalte Ihre "
            "Nachricht nicht; im Chat bleibt sie, bis Sie sie löschen.",
        )
    return hint(
        "Eine Stimme je Einrichtung, die letzte gilt. Antworten Sie auf diese Nachricht mit 👍 Zustimmung oder "
        "🤷 Enthaltung, mit „Bedenken: …“ oder mit „Einwand: …“."
    )


@shows(VoteOpened)
def opened(result: VoteOpened) -> Card:
    """The vote, echoed in full; this card is edited as votes come in."""
    decision = result.decision
    said = f"Die Uhrzeit {result.time_said} wird nicht gespeichert, es gilt der ganze Tag." if result.time_said else ""
    return card(
        heading(f"Abstimmung {decision.reference}"),
        text(decision),
        terms(decision),
        paragraph(said) if said else None,
        state(decision),
        vote_items(decision),
        _next_step(decision),
        about=decision.reference,
        buttons=buttons(decision),
    )


@shows(DecisionShown)
def shown(result: DecisionShown) -> Card:
    """A decision with everything that is known of it."""
    decision, line = result.decision, result.decision.line
    return card(
        heading(f"{number(line)}: {STATUS[line.status]}"),
        text(decision),
        terms(decision) if not decision.recorded else _mandate(line),
        paragraph(_origin(decision)),
        state(decision) if not decision.recorded else None,
        vote_items(decision),
        remarks(decision) if decision.secret else None,
        paragraph("Es fehlen noch: " + ", ".join(decision.missing)) if decision.open and decision.missing else None,
        _relations(decision),
        _tasks(line),
        _next_step(decision),
        about=decision.reference,
        buttons=buttons(decision),
    )


def _mandate(line: DecisionLine) -> Block | None:
    return paragraph(f"Auftrag an: {line.mandate}") if line.mandate else None


def _origin(decision: DecisionView) -> str:
    line = decision.line
    parts = [line.group]
    if decision.recorded:
        parts.append(f"gefasst in {decision.meeting}" if decision.meeting else "ohne Abstimmung hier festgehalten")
    else:
        parts.append(f"eröffnet am {say_day(decision.opened_at)} von {decision.opened_by.name}")
    if line.closed_on:
        parts.append(f"beendet am {say_day(line.closed_on)}")
    return " · ".join(parts)


def _relations(decision: DecisionView) -> Block | None:
    parts = [f"Ersetzt durch {decision.line.replaced_by}"] if decision.line.replaced_by else []
    if decision.replaces:
        parts.append(f"Ersetzt {', '.join(decision.replaces)}")
    return paragraph(" · ".join(parts)) if parts else None


def _tasks(line: DecisionLine) -> Block | None:
    if not line.tasks:
        return None
    return paragraph(
        "Folgeaufgaben: ", ", ".join(f"{TASK_SIGN[one.status]} {one.reference} {one.title}" for one in line.tasks)
    )


def _next_step(decision: DecisionView) -> Hint:
    reference = decision.reference
    if decision.open:
        return how_to_vote(decision)
    if decision.line.status == "open":
        return hint("Die Frist ist abgelaufen, das Ergebnis wird am nächsten Arbeitstag bekannt gegeben.")
    if decision.line.status == "withdrawn":
        return hint("Neue Abstimmung: ", Code("!beschluss <Text> bis <Datum>"))
    if decision.line.status == "accepted":
        return hint(
            "Folgeaufgabe: ", Code(f"!beschluss {reference} aufgabe <Titel> bis <Datum>"),
            " · Ergebnisblatt: ", Code(f"!beschluss {reference} pdf"),
        )  # fmt: skip
    return hint("Ergebnisblatt: ", Code(f"!beschluss {reference} pdf"))


def remarks(decision: DecisionView) -> Bullets | None:
    """Concerns and objections with their words; those of a secret vote have no institution."""
    if not decision.remarks:
        return None
    return bullets(
        vote_item(one) if one.institution else (Strong(CHOICE[one.choice]), f": {one.text}") for one in decision.remarks
    )


@shows(VoteCast)
def cast(result: VoteCast) -> Card:
    """An institution's vote; its other members see who gave it and what it was before."""
    decision, vote, before = result.decision, result.vote, result.before
    reference = decision.reference
    earlier: tuple[Inline, ...] = ()
    if before is not None and before.by is not None:
        earlier = (f" Vorher: {CHOICE[before.choice]} (", PersonNode(before.by.id, before.by.name), ").")
    if vote is None:
        return card(
            paragraph(f"{reference}: Die Stimme von ", Strong(result.institution), " ist zurückgenommen.", *earlier),
            state(decision),
            how_to_vote(decision),
            about=reference,
        )
    return card(
        paragraph(f"{reference} – ", *vote_item(vote), ".", *earlier),
        state(decision),
        hint("Die letzte Stimme Ihrer Einrichtung gilt. Ändern: auf diese Nachricht antworten."),
        about=reference,
    )


@shows(VoteEntered)
def entered(result: VoteEntered) -> Card:
    """Told to an institution whose vote somebody else has written down."""
    decision, vote = result.decision, result.vote
    return card(
        heading(f"Für {vote.institution} eingetragen: {CHOICE[vote.choice]} zu {decision.reference}"),
        text(decision),
        paragraph(*vote_item(vote)),
        hint(
            "Stimmt das nicht? Ihre eigene Stimme gilt; antworten Sie hier zum Beispiel mit ",
            Code("zustimmung"),
            " oder ",
            Code("einwand: …"),
            ".",
        ),
        about=decision.reference,
        buttons=buttons(decision),
    )


@shows(NothingTakenBack)
def nothing_taken_back(result: NothingTakenBack) -> Card:
    """What counts instead of what was to be taken back."""
    reference = result.decision.reference
    if result.vote is None:
        return card(
            paragraph(f"{result.institution} hat bei {reference} nicht abgestimmt."),
            hint("Abstimmen: ", Code(f"!zustimmung {reference}")),
            about=reference,
        )
    return card(
        paragraph(f"Bei {reference} gilt weiter: ", *vote_item(result.vote), "."),
        hint("Stand: ", Code(f"!beschluss {reference}")),
        about=reference,
    )


@shows(BallotCast)
def ballot(result: BallotCast) -> Card:
    """That a secret ballot was counted, and nothing of what it was."""
    reference = result.decision.reference
    also = f", auch für {', '.join(result.represented)}" if result.represented else ""
    return card(
        paragraph(f"Ihre Stimme für {result.institution} zu {reference} ist gezählt{also}. Sie ist endgültig."),
        state(result.decision),
        hint(
            "Löschen Sie Ihre Nachricht in diesem Chat, wenn niemand sie dort mehr lesen soll. Ich habe sie vergessen."
        ),
        about=reference,
    )


@shows(DecisionClosed)
def closed(result: DecisionClosed) -> Card:
    """The result, announced in the group's room."""
    decision = result.decision
    return card(*result_blocks(decision), about=decision.reference)


def result_blocks(decision: DecisionView) -> tuple[Block, ...]:
    """The result: number, outcome, counts, concerns and objections by name, and what follows."""
    line = decision.line
    blocks = (
        heading(f"{SIGN[line.status]} Beschluss {number(line)}: {STATUS[line.status]}"),
        text(decision),
        state(decision),
        _why_not(decision),
        remarks(decision),
        _mandate(line),
        _next_step(decision),
    )
    return tuple(block for block in blocks if block is not None)


def _why_not(decision: DecisionView) -> Block | None:
    """The reason why a vote did not succeed."""
    tally = decision.tally
    if decision.line.status != "rejected":
        return None
    if tally.counted < decision.quorum:
        return paragraph(f"Nötig waren {count(decision.quorum, 'Stimme', 'Stimmen')}.")
    if decision.rule == "consent" and tally.objection:
        return paragraph("Der Beschluss ist durch Einwand verhindert.")
    if not tally.yes + tally.concern:
        return paragraph("Es gab keine Zustimmung.")
    return paragraph("Es gab nicht mehr Zustimmungen als Einwände.")


@shows(SaidElsewhere)
def said_elsewhere(result: SaidElsewhere) -> Card:
    """Where the card stands."""
    line = result.decision.line
    return card(
        paragraph(f"{number(line)} – {STATUS[line.status]}. Die Karte steht im Raum „{line.group}“."),
        hint("Stand: ", Code(f"!beschluss {line.reference}")),
        about=line.reference,
    )


@shows(DecisionWithdrawn)
def withdrawn(result: DecisionWithdrawn) -> Card:
    """A vote that ended without a result."""
    return card(
        heading(f"Abstimmung {result.decision.reference} zurückgezogen"),
        text(result.decision),
        hint("Neue Abstimmung: ", Code("!beschluss <Text> bis <Datum>")),
        about=result.decision.reference,
    )


@shows(DecisionReplaced)
def replaced(result: DecisionReplaced) -> Card:
    """Which decision takes the place of this one."""
    line = result.decision.line
    return card(
        paragraph(f"{number(line)} ist ersetzt durch {line.replaced_by}. Beide bleiben im Verzeichnis."),
        hint("Nachlesen: ", Code(f"!beschluss {line.replaced_by}")),
        about=line.reference,
    )


@shows(RightTransferred)
def transferred(result: RightTransferred) -> Card:
    """Who votes for whom."""
    reference = result.decision.reference
    if result.to is None:
        said = f"{result.institution} stimmt bei {reference} wieder selbst ab."
        step = hint("Abstimmen: ", Code(f"!zustimmung {reference}"))
    else:
        said = f"{result.institution} überträgt das Stimmrecht für {reference} an {result.to}. Das gilt nur hier."
        step = hint("Zurücknehmen: ", Code(f"!beschluss {reference} übertragen an niemanden"))
    return card(paragraph(said), step, about=reference)


@shows(DecisionList)
def decision_list(result: DecisionList) -> Card:
    """The register, or one sentence when there is nothing."""
    about = f" zu „{result.words}“" if result.words else ""
    if not result.decisions:
        return card(paragraph(f"Beschlüsse{about}: keine."), hint("Abstimmen: ", Code("!beschluss <Text> bis <Datum>")))
    return card(
        heading(f"Beschlüsse{about} ({len(result.decisions)})"),
        bullets(list_item(line, with_group=result.by_group) for line in result.decisions),
        hint("Einzelner Beschluss: ", Code(f"!beschluss {result.decisions[0].reference}")),
    )


def list_item(line: DecisionLine, *, with_group: bool = False) -> tuple[Inline, ...]:
    """A decision as one item of a list."""
    parts: list[Inline] = [f"{SIGN[line.status]} ", Strong(number(line)), f" {line.title} – {STATUS[line.status]}"]
    if line.status == "open" and line.closes_on:
        parts.append(f" bis {say_day(line.closes_on)}")
    if line.closed_on:
        parts.append(f" am {say_day(line.closed_on)}")
    if line.mandate:
        parts.append(f", an {line.mandate}")
    if line.replaced_by:
        parts.append(f", ersetzt durch {line.replaced_by}")
    if line.tasks:
        parts.append(f", Folgeaufgaben: {', '.join(f'{TASK_SIGN[one.status]} {one.reference}' for one in line.tasks)}")
    if with_group:
        parts.append(f" ({line.group})")
    return tuple(parts)


@shows(ResultSheet)
def result_sheet(result: ResultSheet) -> Card:
    """The result sheet as a file."""
    line, fmt = result.decision.line, result.format
    name = f"Beschluss-{line.year_number}.{fmt}"
    document = {"kind": "decision", "format": fmt, "data": result.data}
    return card(
        paragraph(f"Ergebnisblatt zu {number(line)}: {name}"),
        hint("Die Datei folgt. Stand: ", Code(f"!beschluss {line.reference}")),
        about=line.reference,
        files=[Attachment(name, documents.mimetype(fmt), document)],
    )


def step_briefs(reference: str) -> dict[str, str]:
    """What is still sent about a vote, as "!ablauf" of a meeting lists it."""
    return {
        "nudge": f"Nachfrage zur Abstimmung {reference} bei Einrichtungen ohne Stimme",
        "office": f"Liste der Einrichtungen ohne Konto zur Abstimmung {reference}",
        "result": f"Ende der Abstimmung {reference} mit Ergebnis",
    }


@shows(FileHandedOut)
def file_handed_out(result: FileHandedOut) -> Card:
    """The file follows."""
    decision = result.decision
    return card(
        heading(f"Vorlage zu {number(decision.line)}: ", decision.file or ""),
        paragraph("Prüfsumme (SHA-256): ", Code(decision.file_sha256 or "")),
        hint(
            "Die Datei folgt, so wie sie beim Beginn der Abstimmung war. Stand: ",
            Code(f"!beschluss {decision.reference}"),
        ),
        about=decision.reference,
        files=(result.file,),
    )


@shows(RegisterExported)
def register_exported(result: RegisterExported) -> Card:
    """The register as a file."""
    document = {"kind": "decisions", "format": result.format, "data": result.data}
    return card(
        heading("Beschlussregister"),
        paragraph(f"{count(result.count, 'Beschluss', 'Beschlüsse')}: {result.name}"),
        hint("Andere Formate: ", Code("!export beschlüsse pdf"), ", docx, xlsx, csv oder md."),
        files=[Attachment(result.name, documents.mimetype(result.format), document)],
    )


def nudge_blocks(decision: DecisionView, institution: str) -> tuple[Block, ...]:
    """Asked in the direct chat of who speaks for an institution that has not voted."""
    return (
        heading(f"Ihre Stimme fehlt noch – {decision.reference}"),
        text(decision),
        paragraph(f"Für {institution} · {decision.line.group}"),
        terms(decision),
        how_to_vote(decision),
    )


def unreached_blocks(decision: DecisionView, institutions: tuple[str, ...]) -> tuple[Block, ...]:
    """Told to the office: institutions that nobody in the room speaks for."""
    return (
        heading(f"Abstimmung {decision.reference}: Einrichtungen ohne Zugang"),
        text(decision),
        terms(decision),
        bullets((one,) for one in institutions),
        hint("Diese Einrichtungen haben nicht abgestimmt und sind im Raum nicht vertreten. Bitte sprechen Sie sie an."),
    )


@shows(BoardVotes)
def board(result: BoardVotes) -> Card:
    """The running votes of a group."""
    return card(
        heading(f"Laufende Abstimmungen: {len(result.decisions)}"),
        bullets(
            (*list_item(one.line), f" – {one.tally.counted} von {one.tally.entitled} haben abgestimmt")
            for one in result.decisions
        ),
    )


@shows(MyVotes)
def my_votes(result: MyVotes) -> Card:
    """Votes that wait for the sender's institution."""
    return card(
        heading(f"Abstimmungen ohne Ihre Stimme: {len(result.decisions)}"),
        bullets(list_item(line, with_group=True) for line in result.decisions),
    )
