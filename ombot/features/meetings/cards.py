"""The German of meetings: results to cards."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from ombot.chat.language import SENTENCES, count, say_day, say_rule, say_time, say_when
from ombot.chat.nodes import (
    Attachment,
    Block,
    Bullets,
    Button,
    Card,
    Code,
    Inline,
    Link,
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
from ombot.features.meetings.results import (
    AbsenceFollowed,
    AnswerGiven,
    AnswerNoted,
    AnswersOwed,
    AnswersShown,
    AnswerTakenBack,
    AnswerView,
    BoardMeetings,
    Course,
    DeputyNamed,
    FieldChange,
    MeetingAdded,
    MeetingCancelled,
    MeetingCard,
    MeetingChanged,
    MeetingList,
    MeetingShown,
    MeetingView,
    PollCard,
    PollDateView,
    PollShown,
    PollsOwed,
    PollView,
    PollVoted,
    PresenceShown,
    PresentView,
    SeriesAdded,
    SeriesEnded,
    SeriesShown,
    SeriesView,
    ToCome,
)
from ombot.features.meetings.rules import INVITED_BEFORE, Tally
from ombot.store.rooms import Person

SENTENCES |= {
    "end_missing": "Es fehlt, wann die Sitzung endet (Beginn {start}). Bitte antworten Sie mit dem Ende, "
    "zum Beispiel „16 Uhr“.",
    "no_board": "In der Konfiguration gibt es kein Gremium, das Sitzungen hält. "
    "Bitte wenden Sie sich an die Betreuung dieses Bots.",
    "day_is_holiday": "{day} ist ein Feiertag ({holiday}). Soll der Termin wirklich an diesem Tag stattfinden?",
    "day_is_sunday": "{day} ist ein Sonntag. Soll der Termin wirklich an diesem Tag stattfinden?",
    "text_too_long": "Der Text hat {length} Zeichen, erlaubt sind {most}. Bitte kürzen Sie ihn.",
    "not_a_web_address": "„{text}“ ist keine Internetadresse. "
    "Bitte schreiben Sie sie vollständig, zum Beispiel „https://treffen.example.org/om“.",
    "meeting_cancelled": "{reference} („{title}“) ist abgesagt. Einen neuen Termin legen Sie mit „!termin“ an.",
    "meeting_polling": "Für {reference} („{title}“) steht das Datum noch nicht fest. "
    "Mit „!termin {reference}“ sehen Sie den Stand.",
    "meeting_over": "{reference} („{title}“) ist schon vorbei. Wer da war, tragen Sie mit „!anwesend {reference}“ ein.",
    "meeting_unchanged": "{reference} ist schon so eingetragen. Mit „!termin {reference}“ sehen Sie den Termin.",
    "poll_no_dates": "Bitte schreiben Sie unter „{title}“ je Zeile ein Datum mit Uhrzeit, zum Beispiel "
    "„14.12.2026 10–12 Uhr“, und zwar mindestens zwei.",
    "poll_one_date": "Bei einem einzigen Datum gibt es nichts auszuwählen. "
    "Soll ich „{title}“ gleich als Termin anlegen ({when})?",
    "poll_not_boards": "{reference} ist keine Terminfindung des Strategiekreises, nur dort gibt es Sitzungen. "
    "Den Termin legen Sie mit „!terminfindung {reference} schließen“ fest.",
    "poll_too_many": "Das sind {number} Daten, möglich sind {most}. Bitte wählen Sie vorher aus.",
    "poll_not_one_day": "„{text}“ sind mehrere Tage. Bitte schreiben Sie jeden in eine eigene Zeile, mit Uhrzeit.",
    "poll_time_missing": "Für {day} fehlt die Uhrzeit. Bitte antworten Sie mit der Zeit, zum Beispiel "
    "„10–12 Uhr“; sie gilt dann für alle Tage ohne Uhrzeit.",
    "poll_until_late": "Abgestimmt würde bis {until}, das erste Datum ist aber schon {first}. "
    "Bitte nennen Sie ein früheres Ende der Abstimmung.",
    "poll_has_votes": "Zu {reference} wurde schon abgestimmt, die Daten bleiben deshalb, wie sie sind. "
    "Andere Daten schlagen Sie mit einer neuen „!terminfindung“ vor.",
    "poll_over": "Die Abstimmung über {reference} endete am {day}. "
    "Die Leitung legt den Termin mit „!terminfindung {reference} schließen“ fest.",
    "poll_no_such_date": "Ein Datum {number} gibt es in {reference} nicht. Bitte nennen Sie Nummern von 1 bis {most}, "
    "zum Beispiel „1 ja, 2 nein“.",
    "poll_no_votes": "Zu {reference} hat noch niemand abgestimmt. "
    "Ein bestimmtes Datum nehmen Sie mit „!terminfindung {reference} schließen 1“.",
    "poll_all_past": "Alle Daten von {reference} sind schon vorbei. "
    "Bitte fragen Sie mit einer neuen „!terminfindung“ nach anderen.",
    "poll_tie": "Mehrere Daten passen gleich gut. Welches soll es sein?",
    "no_poll": "Zu {reference} („{title}“) läuft keine Terminfindung. Mit „!termin {reference}“ sehen Sie den Termin.",
    "no_series": "{reference} („{title}“) gehört zu keiner Serie. Einen einzelnen Termin sagen Sie mit "
    "„!termin {reference} absagen“ ab.",
    "series_empty": "In diesem Zeitraum gibt es keinen solchen Tag. Bitte prüfen Sie „ab“ und „bis“.",
    "series_time_missing": "Es fehlt die Uhrzeit. Bitte antworten Sie mit der Zeit, zum Beispiel „17 Uhr“ oder "
    "„17–18 Uhr“.",
    "series_rule_stays": "Die Tage einer Serie bleiben, wie sie sind, damit keine Antwort verloren geht. Beenden Sie "
    "sie mit „!termin {reference} serie beenden“ und legen Sie eine neue an.",
    "no_last_meeting": "Es gibt noch keinen Termin, der als Vorlage dienen könnte. "
    "Bitte schreiben Sie den ganzen Termin: „!termin <Titel> am <Datum> <Uhrzeit>“.",
    "no_meeting": "Hier steht kein Termin an. Mit „!termin <Titel> am <Datum> <Uhrzeit>“ legen Sie einen an.",
    "which_meeting": "Welchen Termin meinen Sie?",
    "institution_of_yours": "Für welche Einrichtung antworten Sie? Ich merke es mir für das nächste Mal.",
    "institution_unknown_name": "Die Einrichtung „{name}“ kenne ich nicht. Bitte schreiben Sie ihren Namen genau, "
    "als letzte Wörter des Befehls; „!termin T… antworten“ zeigt die Einrichtungen.",
    "institution_not_asked": "{institution} ist für {reference} nicht angefragt. "
    "Bitte wenden Sie sich an die Leitung der Gruppe.",
    "deputy_not_understood": "Ich verstehe nicht, wer vertritt. "
    "Bitte nennen Sie eine Person am Ende: „vertreten durch @name“.",
    "attendee_unknown": "„{name}“ kenne ich nicht. Bitte schreiben Sie @Person, den genauen Namen einer Einrichtung "
    "oder bei Gästen „Name (Einrichtung)“.",
    "attendee_from_elsewhere": "Die Einrichtung „{name}“ kenne ich noch nicht. Soll ich sie aufnehmen?",
    "no_such_answer": "Diese Antwort haben Sie zu {reference} nicht gegeben. "
    "Mit „!termin {reference} antworten“ sehen Sie, was eingetragen ist.",
    "no_more_steps": "Zu {reference} wird nichts mehr automatisch gesendet.",
    "no_such_step": "Eine Nachricht {number} gibt es nicht. Bitte nennen Sie eine Nummer bis {most} "
    "aus „!ablauf {reference}“.",
    "meeting_preview": "Soll ich „{title}“ ({when}) anlegen? Dann gehen nach und nach diese Nachrichten in die Räume "
    "und an {people} Personen, im Direktchat oder per E-Mail. Auslassen können Sie jede davon mit „!ablauf“.",
}

STEP_BRIEFS = {
    "rsvp": "Bitte um Zu- oder Absage",
    "rsvp_office": "Liste der Einrichtungen ohne Konto",
    "rsvp_nudge": "Nachfrage bei Einrichtungen ohne Antwort",
    "rsvp_missing": "Liste der Einrichtungen ohne Antwort",
    "reminder": "Erinnerung an den Termin",
    "soon": "Erinnerung an den Termin",
    "invite": "Ankündigung mit der Bitte um Zu- oder Absage",
    "poll_nudge": "Nachfrage bei Einrichtungen, die noch nicht abgestimmt haben",
    "poll_result": "Ergebnis der Terminfindung",
    "held": "Ende des Termins",
}
UNANSWERED = "Personen der Einrichtungen ohne Antwort (Direktchat)"

STATUS = {"polling": "Datum wird gesucht", "planned": "geplant", "cancelled": "abgesagt", "held": "hat stattgefunden"}
FIELDS = {
    "status": "Stand",
    "when": "Zeit",
    "title": "Titel",
    "place": "Ort",
    "url": "Online",
    "moderation": "Moderation",
}
ANSWERS = {"yes": "Zusage", "no": "Absage", "maybe": "Vielleicht"}
VOTES = {"yes": "ja", "if_need_be": "zur Not", "no": "nein"}
MODES = {"online": "online", "onsite": "vor Ort"}
COURSE_CHANGES = {
    "skip": "Wird ausgelassen",
    "send": "Wird doch gesendet",
    "pause": "Alle Nachrichten sind angehalten",
    "resume": "Die Nachrichten gehen weiter",
}
BUTTON_WORDS = (("👍", "zusage"), ("👎", "absage"), ("🤔", "vielleicht"))


def buttons(meeting: MeetingView) -> tuple[Button, ...]:
    """What one touch answers; nothing once there is nothing to answer."""
    if meeting.status != "planned":
        return ()
    return tuple(
        Button(key, word.capitalize(), f"!{word} {meeting.reference}", f"!{word} {meeting.reference} zurück")
        for key, word in BUTTON_WORDS
    )


# --- parts ------------------------------------------------------------------------------------------------------


def name(meeting: MeetingView) -> tuple[Inline, ...]:
    """Reference and title."""
    return (f"{meeting.reference}: ", meeting.title)


def when(start: datetime | None, end: datetime | None) -> str:
    """The time, or that there is none yet."""
    return say_when(start, end) if start else "noch offen"


def facts(meeting: MeetingView) -> tuple[Block | None, ...]:
    """When, where and by whom."""
    return (
        paragraph("Wann: ", when(meeting.start, meeting.end)),
        paragraph("Ort: ", meeting.place) if meeting.place else None,
        paragraph("Online: ", Link(meeting.url, meeting.url)) if meeting.url else None,
        paragraph("Moderation: ", meeting.moderation) if meeting.moderation else None,
        paragraph(meeting.description) if meeting.description else None,
    )


def tally(counted: Tally) -> str:
    """The answers in numbers: "Zugesagt: 42 von 60 Einrichtungen, davon 11 online"."""
    parts = [f"Zugesagt: {counted.yes} von {count(counted.asked, 'Einrichtung', 'Einrichtungen')}"]
    if counted.online:
        parts[0] += f", davon {counted.online} online"
    parts += [f"abgesagt: {counted.no}"] if counted.no else []
    parts += [f"vielleicht: {counted.maybe}"] if counted.maybe else []
    return " · ".join([*parts, f"noch offen: {counted.open}"])


def how_to_answer(meeting: MeetingView) -> Block:
    """How an institution answers, in one line."""
    return hint(
        "Bitte für Ihre Einrichtung antworten: mit einem Knopf, oder hierauf zum Beispiel „Zusage online“ oder "
        "„Absage vertreten durch @name“. Als Befehl: ",
        Code(f"!zusage {meeting.reference}"),
    )


def line(meeting: MeetingView) -> tuple[Inline, ...]:
    """A meeting as one item of a list."""
    if meeting.status == "polling":
        return (Strong(meeting.reference), f" {meeting.title} ({meeting.group}) – {STATUS[meeting.status]}")
    asked = f" – zugesagt {meeting.tally.yes} von {meeting.tally.asked}" if meeting.tally.asked else ""
    return (
        Strong(meeting.reference),
        f" {when(meeting.start, meeting.end)} – {meeting.title} ({meeting.group}){asked}",
    )


# --- meetings ---------------------------------------------------------------------------------------------------


@shows(MeetingCard)
def meeting_card(result: MeetingCard) -> Card:
    """The announcement, with the count of answers."""
    meeting = result.meeting
    status = f" ({STATUS[meeting.status]})" if meeting.status != "planned" else ""
    return card(
        heading(*name(meeting), status),
        *facts(meeting),
        paragraph(tally(meeting.tally)),
        _from_poll(meeting),
        how_to_answer(meeting) if meeting.status == "planned" else hint("Alle Termine: ", Code("!termine")),
        about=meeting.reference,
        buttons=buttons(meeting),
    )


def _from_poll(meeting: MeetingView) -> Block | None:
    if not meeting.from_poll or meeting.status != "planned":
        return None
    return paragraph(
        "Aus der Terminfindung übernommen: „ja“ gilt als Zusage, „zur Not“ als Vielleicht, „nein“ als Absage."
    )


@shows(MeetingAdded)
def added(result: MeetingAdded) -> Card:
    """Where the announcement stands and what comes next."""
    meeting = result.meeting
    return card(
        heading("Angelegt – ", *name(meeting)),
        *facts(meeting),
        paragraph(f"Angekündigt in: {meeting.group}. {tally(meeting.tally) if meeting.start else ''}".rstrip()),
        hint("Was dazu noch gesendet wird: ", Code(f"!ablauf {meeting.reference}")),
        about=meeting.reference,
    )


@shows(MeetingShown)
def shown(result: MeetingShown) -> Card:
    """The whole meeting, with its file for the calendar."""
    meeting = result.meeting
    document = {"kind": "calendar", "format": "ics", "data": result.calendar}
    files = [Attachment(f"{meeting.reference}.ics", "text/calendar", document)] if result.calendar["events"] else []
    return card(
        heading(*name(meeting)),
        *facts(meeting),
        paragraph(f"Gruppe: {meeting.group} · Stand: {STATUS[meeting.status]}"),
        paragraph(tally(meeting.tally)),
        hint("Wer was geantwortet hat: ", Code(f"!termin {meeting.reference} antworten")),
        about=meeting.reference,
        buttons=buttons(meeting),
        files=files,
    )


@shows(MeetingList)
def meeting_list(result: MeetingList) -> Card:
    """Coming meetings, or one sentence."""
    if not result.meetings:
        return card(
            paragraph("Es steht kein Termin an."),
            hint("Neuer Termin: ", Code("!termin <Titel> am <Datum> <Uhrzeit>")),
        )
    return card(
        heading(f"Kommende Termine ({len(result.meetings)})"),
        bullets(line(meeting) for meeting in result.meetings),
        hint("Einzelner Termin mit Kalenderdatei: ", Code(f"!termin {result.meetings[0].reference}")),
    )


@shows(MeetingChanged)
def changed(result: MeetingChanged) -> Card:
    """Old and new value of everything that changed."""
    meeting = result.meeting
    return card(
        heading("Geändert – ", *name(meeting)),
        bullets(change(entry) for entry in result.changes),
        *_told(result.notify),
        hint(
            "Passt es noch? Ihre Antwort bleibt bestehen; ändern können Sie sie mit ",
            Code(f"!zusage {meeting.reference}"),
            " oder ",
            Code(f"!absage {meeting.reference}"),
        ),
        about=meeting.reference,
    )


def change(entry: FieldChange) -> tuple[Inline, ...]:
    """One field: before and after."""
    before, after = (_value(entry.field, value) for value in (entry.before, entry.after))
    return (f"{FIELDS[entry.field]}: bisher {before}, jetzt ", Strong(after))


def _value(field: str, value: tuple[datetime | None, datetime | None] | str) -> str:
    if isinstance(value, tuple):
        return when(*value)
    return STATUS[value] if field == "status" else value or "offen"


@shows(MeetingCancelled)
def cancelled(result: MeetingCancelled) -> Card:
    """It will not take place."""
    meeting = result.meeting
    return card(
        heading("Abgesagt – ", *name(meeting)),
        paragraph("Der Termin ", Strong(when(meeting.start, meeting.end)), " findet nicht statt (bisher: geplant).")
        if meeting.start
        else paragraph("Es wird kein Datum mehr gesucht; Stimmen dazu sind nicht mehr nötig."),
        *_told(result.notify),
        hint("Bitte streichen Sie ihn aus Ihrem Kalender. Weitere Termine: ", Code("!termine")),
        about=meeting.reference,
    )


def _told(people: tuple[Person, ...]) -> tuple[Block, ...]:
    """Those who had answered, rung."""
    if not people:
        return ()
    return (paragraph("Sie hatten geantwortet: ", *joined(PersonNode(p.id, p.name, notify=True) for p in people)),)


# --- series -----------------------------------------------------------------------------------------------------


def rule(series: SeriesView) -> str:
    """When a series takes place: "jeden ersten Dienstag im Monat, 17:00–18:00 Uhr, bis Fr., 31.12.2027"."""
    days = say_rule(**vars(series.rule))
    times = f"{series.start:%H:%M}–{series.end:%H:%M} Uhr" if series.end else say_time(series.start)
    until = f", bis {say_day(series.until)}" if series.until else ""
    return f"{days}, {times}{until}"


@shows(SeriesAdded)
def series_added(result: SeriesAdded) -> Card:
    """The rule, the first dates, and how one of them is changed."""
    series = result.series
    first = series.dates[0].reference if series.dates else None
    return card(
        heading("Terminserie – ", series.title),
        *_series(series),
        paragraph(
            f"Jeder Termin wird {INVITED_BEFORE.days} Tage vorher hier angekündigt; dann antworten die Einrichtungen. "
            "Weitere Termine kommen von selbst dazu."
        ),
        hint(
            "Einen ändern: ",
            Code(f"!termin {first} verschieben auf <Datum> <Zeit>"),
            " · Alle beenden: ",
            Code(f"!termin {first} serie beenden"),
        ),
        about=first,
    )


@shows(SeriesShown)
def series_shown(result: SeriesShown) -> Card:
    """The same on request, with a file for calendars."""
    document = {"kind": "calendar", "format": "ics", "data": result.calendar}
    files = [Attachment(f"{result.reference}-serie.ics", "text/calendar", document)]
    return card(
        heading("Terminserie – ", result.series.title, " (beendet)" if result.series.ended else ""),
        *_series(result.series),
        hint("Diesen und alle späteren absagen: ", Code(f"!termin {result.reference} serie beenden")),
        about=result.reference,
        files=files if result.calendar["events"] else [],
    )


def _series(series: SeriesView) -> tuple[Block, ...]:
    blocks = (
        paragraph("Wann: ", Strong(rule(series))),
        paragraph("Ort: ", series.place) if series.place else None,
        paragraph("Online: ", Link(series.url, series.url)) if series.url else None,
        bullets((Strong(one.reference), f" {when(one.start, one.end)}") for one in series.dates)
        if series.dates
        else paragraph("Es steht kein Termin dieser Serie mehr an."),
        _left_out(series.holidays),
    )
    return tuple(block for block in blocks if block is not None)


def _left_out(holidays: Sequence[tuple[date, str]]) -> Block | None:
    """Public holidays are not asked about one by one: they are left out and named."""
    if not holidays:
        return None
    named = ", ".join(f"{say_day(day)} ({name})" for day, name in holidays)
    return paragraph(f"Ausgelassen, weil Feiertag ist: {named}. Soll es doch sein, legen Sie den Termin einzeln an.")


@shows(SeriesEnded)
def series_ended(result: SeriesEnded) -> Card:
    """Which dates do not take place."""
    meeting = result.meeting
    return card(
        heading("Serie beendet – ", meeting.title),
        paragraph("Diese Termine finden nicht statt (bisher: geplant):"),
        bullets((Strong(one.reference), f" {when(one.start, one.end)}") for one in result.cancelled),
        *_told(result.notify),
        hint("Bitte streichen Sie sie aus Ihrem Kalender. Weitere Termine: ", Code("!termine")),
        about=meeting.reference,
    )


# --- date polls -------------------------------------------------------------------------------------------------


@shows(PollCard)
def poll_card(result: PollCard) -> Card:
    """The dates with their counts; once it is closed, the date it came to."""
    poll = result.poll
    return card(
        heading(*name(poll.meeting), " (Terminfindung)" if poll.meeting.status == "polling" else ""),
        *poll_blocks(poll),
        how_to_vote(poll),
        about=poll.meeting.reference,
    )


@shows(PollShown)
def poll_shown(result: PollShown) -> Card:
    """The same with the names of those who are missing."""
    poll = result.poll
    running = poll.meeting.status == "polling"
    return card(
        heading(*name(poll.meeting), " (Terminfindung)"),
        *poll_blocks(poll),
        paragraph("Noch ohne Stimme: ", ", ".join(poll.missing)) if running and poll.missing else None,
        how_to_vote(poll),
        about=poll.meeting.reference,
    )


def poll_blocks(poll: PollView) -> tuple[Block, ...]:
    """The numbered dates, how many have voted, and what fits best."""
    voted = poll.asked - len(poll.missing)
    return (
        Bullets(tuple(_poll_date(one) for one in poll.dates), ordered=True),
        paragraph(f"Abgestimmt: {voted} von {count(poll.asked, 'Einrichtung', 'Einrichtungen')}{_until(poll)}"),
        _outcome(poll),
    )


def _until(poll: PollView) -> str:
    if poll.until is None or poll.meeting.status != "polling":
        return ""
    return f", {'erbeten' if poll.open_end else 'möglich'} bis {say_day(poll.until)}"


def _poll_date(one: PollDateView) -> tuple[Inline, ...]:
    counted = one.count
    numbers = ((counted.yes, "ja"), (counted.if_need_be, "zur Not"), (counted.no, "nein"))
    said = ", ".join(f"{number} {word}" for number, word in numbers if number) or "noch keine Stimme"
    return (Strong(say_when(one.start, one.end)), f" – {said}", f" ({gap})" if (gap := _gap(one)) else "")


def _gap(one: PollDateView) -> str:
    gaps = [f"Feiertag: {one.holiday}" if one.holiday else "Sonntag" if one.sunday else ""]
    gaps += [f"abwesend: {', '.join(one.away)}" if one.away else ""]
    return "; ".join(gap for gap in gaps if gap)


def _outcome(poll: PollView) -> Block:
    meeting = poll.meeting
    if meeting.status == "cancelled":
        return paragraph("Die Terminfindung ist abgesagt.")
    if meeting.start is not None:
        return paragraph("Termin: ", Strong(when(meeting.start, meeting.end)))
    if not poll.best:
        return paragraph("Am besten passt: noch offen")
    against = f" (nein: {', '.join(poll.against)})" if poll.against else ""
    found = [poll.dates[number - 1] for number in poll.best]
    named = [f"{say_when(one.start, one.end)}{f', {_gap(one)}' if _gap(one) else ''}" for one in found]
    return paragraph(f"Am besten {'passt' if len(found) == 1 else 'passen gleich gut'}: {'; '.join(named)}{against}")


def how_to_vote(poll: PollView) -> Block:
    """How an institution votes, in one line; afterwards, where the meeting is."""
    reference = poll.meeting.reference
    if poll.meeting.status != "polling":
        return hint("Alle Termine: ", Code("!termine"))
    return hint(
        "Bitte für Ihre Einrichtung antworten, hierauf zum Beispiel mit „1 ja, 2 zur Not“. Als Befehl: ",
        Code(f"!terminfindung {reference} 1 ja, 2 zur Not"),
    )


@shows(PollVoted)
def poll_voted(result: PollVoted) -> Card:
    """What is stored now, what it replaces, and which dates are still open."""
    poll = result.poll
    named = {number for number, _ in result.votes}
    missing = [str(number) for number in range(1, len(poll.dates) + 1) if number not in named]
    return card(
        heading(f"{result.institution}: {_votes(result.votes)}"),
        paragraph(*name(poll.meeting)),
        paragraph("Eingetragen von ", PersonNode(result.by.id, result.by.name)) if result.by else None,
        paragraph(f"Bisher: {_votes(result.before)}") if result.before else None,
        paragraph(f"Ohne Stimme: Datum {', '.join(missing)}") if missing else None,
        hint("Ändern: einfach noch einmal abstimmen, es gilt die letzte Stimme der Einrichtung."),
        about=poll.meeting.reference,
    )


def _votes(votes: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{number} {VOTES[choice]}" for number, choice in votes)


def poll_nudge_blocks(poll: PollView, until: date) -> tuple[Block, ...]:
    """Those who have not voted are asked."""
    return (
        heading("Noch nicht abgestimmt – ", *name(poll.meeting)),
        *poll_blocks(poll)[:1],
        paragraph(f"Es fehlt bis {say_day(until)} die Stimme von: ", ", ".join(poll.missing)),
        how_to_vote(poll),
    )


def poll_result_blocks(poll: PollView) -> tuple[Block, ...]:
    """Who was to vote has done so: what fits best, what speaks against it, and how it becomes the meeting."""
    return (
        heading("Stand der Terminfindung – " if poll.open_end else "Abstimmung beendet – ", *name(poll.meeting)),
        *poll_blocks(poll),
        paragraph("Ohne Stimme: ", ", ".join(poll.missing)) if poll.missing else paragraph("Alle haben abgestimmt."),
        hint("Leitung: den Termin festlegen mit ", Code(f"!terminfindung {poll.meeting.reference} schließen")),
    )


# --- answers ----------------------------------------------------------------------------------------------------


def answer(given: AnswerView) -> str:
    """An answer in words: "Zusage (online, vertreten durch Jan Muster)"."""
    details = [MODES[given.mode]] if given.mode else []
    details += [f"vertreten durch {given.deputy}"] if given.deputy else []
    details += ["abwesend"] if given.from_absence else []
    return ANSWERS[given.answer] + (f" ({', '.join(details)})" if details else "")


@shows(AnswerNoted)
def noted(result: AnswerNoted) -> Card:
    """The stored answer, what it replaces, and how to change it."""
    meeting, given = result.meeting, result.answer
    return card(
        heading(f"{given.institution}: {answer(given)}"),
        paragraph(*name(meeting), f" · {when(meeting.start, meeting.end)}"),
        paragraph("Notiz: ", given.note) if given.note else None,
        _before(result),
        paragraph("Vertretung: ", PersonNode(result.deputy.id, result.deputy.name, notify=True))
        if result.deputy
        else None,
        paragraph(tally(meeting.tally)),
        hint("Ändern: einfach noch einmal antworten, es gilt die letzte Antwort der Einrichtung."),
        about=meeting.reference,
    )


def _before(result: AnswerNoted) -> Block | None:
    if result.before is None:
        return None
    by: tuple[Inline, ...] = (
        (", von ", PersonNode(result.before_by.id, result.before_by.name)) if result.before_by else ()
    )
    return paragraph(f"Bisher: {answer(result.before)}", *by)


@shows(AnswerGiven)
def given_for(result: AnswerGiven) -> Card:
    """Told to an institution whose answer somebody else entered."""
    meeting = result.meeting
    return card(
        heading(f"Für {result.answer.institution} eingetragen: {answer(result.answer)}"),
        paragraph("Von ", PersonNode(result.by.id, result.by.name), " zu ", *name(meeting)),
        paragraph(f"Wann: {when(meeting.start, meeting.end)}"),
        paragraph("Notiz: ", result.answer.note) if result.answer.note else None,
        hint("Stimmt das nicht? Antworten Sie hier mit „Zusage“, „Absage“ oder „Vielleicht“."),
        about=meeting.reference,
        buttons=buttons(meeting),
    )


@shows(DeputyNamed)
def deputy_named(result: DeputyNamed) -> Card:
    """Told to a deputy."""
    meeting = result.meeting
    return card(
        heading(f"Sie vertreten {result.answer.institution} – ", *name(meeting)),
        *facts(meeting),
        paragraph("Eingetragen von ", PersonNode(result.by.id, result.by.name)),
        hint("Kalenderdatei und Einzelheiten: ", Code(f"!termin {meeting.reference}")),
        about=meeting.reference,
    )


@shows(AnswerTakenBack)
def taken_back(result: AnswerTakenBack) -> Card:
    """An institution is open again."""
    meeting = result.meeting
    return card(
        heading(f"Zurückgenommen: {result.institution} ist wieder offen"),
        paragraph(*name(meeting), f" · {when(meeting.start, meeting.end)}"),
        hint("Neu antworten: ", Code(f"!zusage {meeting.reference}"), " oder ", Code(f"!absage {meeting.reference}")),
        about=meeting.reference,
    )


@shows(AbsenceFollowed)
def absence_followed(result: AbsenceFollowed) -> Card:
    """What an absence came to, meeting by meeting."""
    declined, opened = f"Abgesagt für {result.institution}", f"Wieder offen für {result.institution}"
    return card(
        *_meetings(declined, ((meeting, "") for meeting in result.declined)),
        *_meetings(opened, ((meeting, f" – !zusage {meeting.reference}") for meeting in result.opened)),
        *_meetings(
            f"Weiter gefragt für {result.institution}",
            ((meeting, f" – {', '.join(names) or 'noch niemand'}") for meeting, names in result.asked),
        ),
        *_meetings(
            f"Hier ist für {result.institution} schon geantwortet, das bleibt so",
            ((meeting, f" – !absage {meeting.reference}") for meeting in result.kept),
        ),
        _elsewhere(result.elsewhere),
    )


def _meetings(title: str, entries: Iterable[tuple[MeetingView, str]]) -> tuple[Block, ...]:
    """Meetings under a title, each with what is still to be said of it; nothing when there are none."""
    lines = [
        (Strong(meeting.reference), f" {meeting.title}, {when(meeting.start, meeting.end)}{more}")
        for meeting, more in entries
    ]
    return (paragraph(f"{title}:"), bullets(lines)) if lines else ()


def _elsewhere(number: int) -> Block | None:
    return paragraph(f"Dazu {count(number, 'Termin', 'Termine')} anderer Gruppen.") if number else None


@shows(AnswersShown)
def answers_shown(result: AnswersShown) -> Card:
    """All institutions by their answer."""
    meeting = result.meeting
    blocks: list[Block] = []
    for code, word in ANSWERS.items():
        given = [entry for entry in result.answers if entry.answer == code]
        if given:
            blocks += [heading(f"{word} ({len(given)})"), bullets(answer_line(entry) for entry in given)]
    if result.unanswered:
        blocks += [
            heading(f"Noch offen ({len(result.unanswered)})"),
            bullets((institution,) for institution in result.unanswered),
        ]
    return card(
        heading("Antworten zu ", *name(meeting)),
        paragraph(tally(meeting.tally)),
        *blocks,
        hint("Für jemanden eintragen (Leitung): ", Code(f"!zusage {meeting.reference} für <Einrichtung>")),
        about=meeting.reference,
    )


def answer_line(given: AnswerView) -> tuple[Inline, ...]:
    """One institution with the details of its answer."""
    details = [MODES[given.mode]] if given.mode else []
    details += [f"vertreten durch {given.deputy}"] if given.deputy else []
    details += ["von der Leitung eingetragen"] if given.given_for else []
    details += ["abwesend"] if given.from_absence else []
    details += [given.note] if given.note else []
    return (given.institution, f" ({'; '.join(details)})" if details else "")


@shows(PresenceShown)
def presence(result: PresenceShown) -> Card:
    """Who came, against the answers."""
    meeting = result.meeting
    return card(
        heading("Anwesend bei ", *name(meeting)),
        bullets((_present(entry),) for entry in result.present)
        if result.present
        else paragraph("Noch niemand eingetragen."),
        paragraph("Zugesagt, aber nicht eingetragen: ", ", ".join(result.missing)) if result.missing else None,
        paragraph("Entschuldigt: ", ", ".join(result.excused)) if result.excused else None,
        hint(
            "Ergänzen: ",
            Code(f"!anwesend {meeting.reference} @Person, Einrichtung"),
            " · Streichen: ",
            Code(f"!anwesend {meeting.reference} nicht @Person"),
        ),
        about=meeting.reference,
    )


def _present(entry: PresentView) -> str:
    if entry.name is None:
        return entry.institution or ""
    return f"{entry.name} ({entry.institution})" if entry.institution else entry.name


# --- what will still be sent ------------------------------------------------------------------------------------


@shows(Course)
def course(result: Course) -> Card:
    """The numbered list, and how to leave something out."""
    meeting = result.meeting
    told: list[Inline] = [COURSE_CHANGES[result.change]] if result.change else []
    if result.changed is not None:
        told += [": ", *_entry(result.changed)]
    return card(
        paragraph(*told) if told else None,
        heading("Ablauf – ", *name(meeting), " (angehalten)" if result.paused else ""),
        paragraph("Termin: ", when(meeting.start, meeting.end)),
        Bullets(tuple(_entry(entry) for entry in result.entries), ordered=True)
        if result.entries
        else paragraph(
            "Es wird nichts mehr automatisch gesendet." if not result.along else "Keine eigenen Schritte mehr."
        ),
        *_along(result.along),
        hint(
            "Koordination: ",
            Code(f"!ablauf {meeting.reference} 1 auslassen"),
            " · ",
            Code(f"!ablauf {meeting.reference} {'weiter' if result.paused else 'pausieren'}"),
        ),
        about=meeting.reference,
    )


def _along(entries: Sequence[ToCome]) -> tuple[Block, ...]:
    if not entries:
        return ()
    return (paragraph("Dazu kommt von selbst:"), bullets(_entry(entry) for entry in entries))


def _entry(entry: ToCome) -> tuple[Inline, ...]:
    skipped = " – ausgelassen" if entry.skipped else ""
    persons = (f"{count(entry.persons, 'Person', 'Personen')} (Direktchat)",) if entry.persons else ()
    return (f"{say_when(entry.at, None)}: ", Strong(entry.brief), f" – an {', '.join((*entry.to, *persons))}{skipped}")


# --- sections of the clock --------------------------------------------------------------------------------------


def request_blocks(meeting: MeetingView) -> tuple[Block, ...]:
    """Every institution is asked."""
    return (
        heading("Bitte um Antwort – ", *name(meeting)),
        paragraph("Wann: ", when(meeting.start, meeting.end), f" · {tally(meeting.tally)}"),
        how_to_answer(meeting),
    )


def nudge_blocks(meeting: MeetingView, open_institutions: tuple[str, ...]) -> tuple[Block, ...]:
    """Those who have not answered are asked again."""
    return (
        heading("Noch ohne Antwort – ", *name(meeting)),
        paragraph("Wann: ", when(meeting.start, meeting.end)),
        paragraph("Es fehlt die Antwort von: ", ", ".join(open_institutions)),
        how_to_answer(meeting),
    )


def office_blocks(meeting: MeetingView, open_institutions: tuple[str, ...], *, accounts: bool) -> tuple[Block, ...]:
    """For the office: whom it has to ask by other means."""
    title = "Noch ohne Antwort" if accounts else "Einrichtungen ohne Konto, bitte auf anderem Weg einladen"
    return (
        heading(f"{title} – ", *name(meeting)),
        paragraph("Wann: ", when(meeting.start, meeting.end)),
        bullets((institution,) for institution in open_institutions),
        hint("Antwort eintragen: ", Code(f"!zusage {meeting.reference} für <Einrichtung>")),
    )


def reminder_blocks(meeting: MeetingView) -> tuple[Block, ...]:
    """The meeting is near."""
    return (
        heading("Erinnerung – ", *name(meeting)),
        *(block for block in facts(meeting)[:4] if block is not None),
        paragraph(tally(meeting.tally)),
        hint("Kalenderdatei und Einzelheiten: ", Code(f"!termin {meeting.reference}")),
    )


# --- board and "my things" --------------------------------------------------------------------------------------


@shows(BoardMeetings)
def board(result: BoardMeetings) -> Card:
    """The next meetings on the pinned board."""
    if not result.meetings:
        return card(heading("Nächster Termin: keiner"))
    return card(heading("Nächste Termine"), bullets(line(meeting) for meeting in result.meetings))


@shows(PollsOwed)
def polls_owed(result: PollsOwed) -> Card:
    """Polls that wait for the vote of the sender's institution."""
    return card(
        heading(f"Welches Datum passt Ihnen? ({result.institution})"),
        bullets(
            (
                Strong(poll.meeting.reference),
                f" {poll.meeting.title}{f', bis {say_day(poll.until)}' if poll.until else ''} – ",
                Code(f"!terminfindung {poll.meeting.reference}"),
            )
            for poll in result.polls
        ),
    )


@shows(AnswersOwed)
def owed(result: AnswersOwed) -> Card:
    """Meetings that wait for the answer of the sender's institution."""
    return card(
        heading(f"Ihre Antwort fehlt noch ({result.institution})"),
        bullets(
            (
                Strong(m.reference),
                f" {m.title}, {say_day(m.start) if m.start else ''} – ",
                Code(f"!zusage {m.reference}"),
            )
            for m in result.meetings
        ),
    )
