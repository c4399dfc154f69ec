"""The German of e-mail: results to cards, letters and pages."""

from ombot.chat.language import FIELD_NAMES, SENTENCES, count, say_day
from ombot.chat.nodes import Block, Card, Code, Inline, Link, Strong, bullets, card, heading, hint, paragraph
from ombot.chat.registry import shows
from ombot.features.mailing.results import (
    AddressForgotten,
    ConsentAsked,
    ConsentGiven,
    ContactEntered,
    ContactLine,
    ContactList,
    MailReturned,
    OwnAddress,
    ReleaseAsked,
    ReleaseNoted,
    ReleasesSent,
)
from ombot.features.people.cards import READERS
from ombot.features.people.results import FieldView
from ombot.features.people.rules import LEVELS

SENTENCES |= {
    "mail_off": "E-Mails kann ich hier noch nicht verschicken. Der Betrieb trägt dafür den Mailserver unter „[mail]“ "
    "und die Adresse unter „public_url“ in der Konfiguration ein.",
    "mail_address_wrong": "„{address}“ ist keine E-Mail-Adresse. Bitte schreiben Sie zum Beispiel "
    "„!email eva@example.org“.",
    "mail_contact_wrong": "Bitte schreiben Sie die Einrichtung und dahinter die Adresse oder „aus“, zum Beispiel "
    "„!email BMAS referat@example.org“.",
    "mail_no_release": "Dafür finde ich niemanden: Nötig sind ein Steckbrief und die Zustimmung zu E-Mails. Die "
    "Adresse trägt jeder selbst ein, mit „!email“ im Direktchat, oder der Betrieb mit der Mitgliederliste.",
    "mail_release_which": "„{name}“ passt auf mehrere Personen. Bitte schreiben Sie den ganzen Namen oder die Kennung "
    "wie „@eva:example.org“.",
    "mail_no_address": "Dafür ist keine E-Mail-Adresse eingetragen. Mit „!email“ im Direktchat sehen Sie Ihre eigene, "
    "mit „!email liste“ sieht die Koordination die der Einrichtungen.",
}

VIA_LINK = "{name} (per E-Mail-Link)"
"""How the history names who acted by a link."""

PAGES = {
    "unknown": (
        "Dieser Link ist nicht gültig",
        ("Bitte prüfen Sie, ob die Adresse vollständig ist: Manche Programme schneiden lange Links ab.",),
    ),
    "expired": (
        "Dieser Link ist abgelaufen",
        ("Es wurde nichts geändert. Bitte antworten Sie auf die E-Mail, in der Sie ihn bekommen haben.",),
    ),
    "gone": (
        "Dieser Link gilt nicht mehr",
        ("Was er geregelt hat, gibt es nicht mehr.",
         "Bitte antworten Sie auf die E-Mail, in der Sie ihn bekommen haben."),
    ),
    "used": (
        "Das ist schon erledigt",
        ("Dieser Link wurde schon benutzt, und alles ist gespeichert.",
         "Möchten Sie etwas ändern? Bitte antworten Sie auf die E-Mail, in der Sie ihn bekommen haben."),
    ),
}  # fmt: skip
CHOOSE = "Bitte wählen Sie zu jeder Frage eine Antwort."
CONSENT_OFFER = (
    "E-Mails von {organisation} erhalten?",
    ("Mit Ihrer Zustimmung schreiben wir an diese Adresse: Einladungen zu Terminen, Erinnerungen, Protokolle und "
     "Bitten um Abstimmung. Gespeichert werden die Adresse und der Tag Ihrer Zustimmung.",
     "Sie können sie jederzeit zurücknehmen, mit dem Link am Ende jeder E-Mail."),
    "Ja, ich stimme zu",
)  # fmt: skip
CONSENT_DONE = ("Vielen Dank", ("Ihre Zustimmung ist gespeichert. Ab jetzt schreiben wir Ihnen per E-Mail.",))
WITHDRAW_OFFER = (
    "Keine E-Mails mehr?",
    ("Wir löschen dann Ihre Adresse und schreiben Ihnen nicht mehr.",),
    "Ja, Adresse löschen",
)
WITHDRAW_DONE = ("Ihre Adresse ist gelöscht", ("Sie bekommen von uns keine E-Mails mehr.",))


def footer(name: str, organisation: str, withdraw: str, recall: str | None) -> tuple[Block, ...]:
    """What stands under every letter: whom it is for, how letters are ended, and how consents to a profile are."""
    back: tuple[Inline, ...] = (" · ", Link(recall, "Freigaben meines Steckbriefs zurücknehmen")) if recall else ()
    return (
        hint(f"Diese E-Mail ist für {name}. Die Links darin gelten nur dafür, jeder für einen einzigen Zweck."),
        hint(f"{organisation} · ", Link(withdraw, "Keine E-Mails mehr"), *back),
    )


# --- fields of a profile ----------------------------------------------------------------------------------------

PHOTO = "Ihr Bild"
LEVEL_OPTIONS = tuple((level, READERS[level]) for level in LEVELS)
RELEASE_OFFER = (
    "Wer darf was von Ihrem Steckbrief sehen?",
    ("Wählen Sie für jedes Feld. Gespeichert wird Ihre Zustimmung mit dem heutigen Tag; Sie können sie jederzeit "
     "zurücknehmen.",),
    "Speichern",
)  # fmt: skip
RELEASE_EMPTY = (
    "Zu Ihnen ist kein Steckbrief gespeichert",
    ("Es gibt nichts freizugeben. Möchten Sie einen, antworten Sie bitte auf die E-Mail mit dem Link.",),
)
RECALL_OFFER = (
    "Alle Freigaben zurücknehmen?",
    ("Danach sehen nur noch Ihre eigenen Arbeitsgruppen Ihren Steckbrief. Freigegeben ist:",),
    "Ja, alle zurücknehmen",
)
RECALL_DONE = (
    "Ihre Freigaben sind zurückgenommen",
    ("Ihren Steckbrief sehen nur noch Ihre eigenen Arbeitsgruppen. Was andere schon kopiert haben, lässt sich nicht "
     "zurückholen.",),
)  # fmt: skip
RECALL_NOTHING = ("Es ist nichts freigegeben", ("Ihren Steckbrief sehen nur Ihre eigenen Arbeitsgruppen.",))


def field_line(field: FieldView) -> str:
    """A field with who sees it, and since when they may."""
    since = f", seit {say_day(field.since)}" if field.since else ""
    return f"{FIELD_NAMES[field.field]}: {field.text} (bisher: {READERS[field.level]}{since})"


def release_done(fields: tuple[FieldView, ...]) -> tuple[str, tuple[str, ...]]:
    """Who sees what from now on."""
    return "Vielen Dank, das ist gespeichert", (*map(_now, fields), "Eine E-Mail an Sie bestätigt es.")


def release_again(fields: tuple[FieldView, ...]) -> tuple[str, tuple[str, ...]]:
    """The link was used; who sees what by now."""
    change = "Möchten Sie etwas ändern? Bitte antworten Sie auf die E-Mail, in der Sie den Link bekommen haben."
    return "Das ist schon erledigt", ("Dieser Link wurde schon benutzt.", *map(_now, fields), change)


def _now(field: FieldView) -> str:
    since = f", seit {say_day(field.since)}" if field.since else ""
    return f"{FIELD_NAMES[field.field]}: {READERS[field.level]}{since}"


@shows(ReleaseAsked)
def release_asked(result: ReleaseAsked) -> Card:
    """What can be released, and by which link."""
    return card(
        heading(f"Wer darf Ihren Steckbrief sehen? – {result.organisation}"),
        paragraph("Guten Tag,"),
        paragraph(
            "zu Ihnen ist ein Steckbrief gespeichert, zum Beispiel mit Funktion und Kompetenzen. Ohne Ihre Zustimmung "
            "sehen ihn nur Ihre eigenen Arbeitsgruppen. Sie entscheiden Feld für Feld, ob ihn auch alle Mitglieder "
            "oder alle im Internet sehen."
        ),
        paragraph("Hier legen Sie es fest: ", Link(result.link, "Felder freigeben oder zurücknehmen")),
        paragraph("Der Link gilt 14 Tage und nur für Sie. Bitte reichen Sie ihn nicht weiter."),
        paragraph("Wenn Sie nichts tun, ändert sich nichts."),
    )


@shows(ReleaseNoted)
def release_noted(result: ReleaseNoted) -> Card:
    """What counts, so that nobody can release for somebody else unnoticed."""
    return card(
        heading("Ihr Steckbrief: wer ihn ab jetzt sieht"),
        paragraph("Guten Tag,"),
        paragraph("mit dem Link aus unserer E-Mail wurde gespeichert:"),
        bullets((_now(one),) for one in result.fields),
        paragraph("Waren Sie das nicht? Bitte antworten Sie auf diese E-Mail."),
    )


@shows(ReleasesSent)
def releases_sent(result: ReleasesSent) -> Card:
    """To whom was written."""
    return card(
        paragraph(f"Die Frage, wer den Steckbrief sehen darf, geht per E-Mail an: {', '.join(result.names)}."),
        hint("Was freigegeben ist, zeigt zum Beispiel ", Code("!steckbrief @eva"), " im Raum der Gruppe."),
    )


@shows(ConsentAsked)
def consent_asked(result: ConsentAsked) -> Card:
    """The first letter: nothing else is sent before the answer."""
    return card(
        heading(f"Dürfen wir Ihnen per E-Mail schreiben? – {result.organisation}"),
        paragraph("Guten Tag,"),
        paragraph(
            f"{result.organisation} möchte Einladungen, Erinnerungen, Protokolle und Bitten um Abstimmung für "
            f"„{result.name}“ an diese Adresse schicken. Das geschieht nur, wenn Sie zustimmen."
        ),
        paragraph(Link(result.link, "Zustimmen")),
        paragraph("Wenn Sie nichts tun, schreiben wir Ihnen nicht wieder."),
    )


@shows(OwnAddress)
def own_address(result: OwnAddress) -> Card:
    """Where the sender is written to, and since when."""
    if result.address is None:
        return card(
            paragraph("Sie bekommen von mir keine E-Mails."),
            hint("E-Mails erhalten: ", Code("!email eva@example.org")),
        )
    if result.since is None:
        sent = "Ich habe gerade eine Nachfrage dorthin geschickt." if result.asked else "Die Nachfrage ist unterwegs."
        return card(
            heading("E-Mail an ", result.address),
            paragraph(f"{sent} Erst wenn Sie den Link darin bestätigen, schreibe ich Ihnen auch per E-Mail."),
            hint("Doch nicht: ", Code("!email aus")),
        )
    return card(
        heading("E-Mail an ", result.address),
        paragraph(f"Sie haben am {say_day(result.since)} zugestimmt: Einladungen, Erinnerungen, Protokolle und Bitten "
                  "um Abstimmung kommen auch per E-Mail."),
        hint("Zustimmung zurücknehmen und Adresse löschen: ", Code("!email aus")),
    )  # fmt: skip


@shows(AddressForgotten)
def forgotten(result: AddressForgotten) -> Card:
    """No letters any more."""
    whose = f"von „{result.institution}“" if result.institution else "von Ihnen"
    again = f"!email {result.institution} referat@example.org" if result.institution else "!email eva@example.org"
    return card(paragraph(f"Die E-Mail-Adresse {whose} ist gelöscht."), hint("Wieder eintragen: ", Code(again)))


@shows(ContactEntered)
def entered(result: ContactEntered) -> Card:
    """The contact was asked."""
    return card(
        heading("E-Mail-Adresse von ", result.institution),
        paragraph(f"Ich habe eine Nachfrage an {result.address} geschickt. Sobald dort zugestimmt wird, bekommt die "
                  "Einrichtung Einladungen, Erinnerungen, Protokolle und Bitten um Abstimmung per E-Mail."),
        hint("Alle Adressen: ", Code("!email liste")),
    )  # fmt: skip


@shows(ContactList)
def contact_list(result: ContactList) -> Card:
    """Every contact with its state."""
    if not result.contacts:
        return card(
            paragraph("Keine Einrichtung hat eine E-Mail-Adresse."),
            hint("Eintragen: ", Code("!email BMAS referat@example.org")),
        )
    number = count(len(result.contacts), "Einrichtung", "Einrichtungen")
    return card(
        heading(f"E-Mail-Adressen ({number})"),
        bullets((Strong(one.institution), f": {one.address}, {_since(one)}") for one in result.contacts),
        hint("Löschen: ", Code(f"!email {result.contacts[0].institution} aus")),
    )


def _since(contact: ContactLine) -> str:
    return f"Zustimmung vom {say_day(contact.since)}" if contact.since else "noch keine Zustimmung"


@shows(MailReturned)
def returned(result: MailReturned) -> Card:
    """A letter that cannot be delivered."""
    return card(
        heading("E-Mail nicht zustellbar: ", result.name),
        paragraph(f"Betreff „{result.subject}“. Der Mailserver sagt: {result.reason}"),
        hint("Bitte auf anderem Weg Bescheid geben und die Adresse prüfen: ", Code("!email liste")),
        hint("Stimmt die Adresse, schickt der Betrieb sie noch einmal: ", Code(f"ombot retry {result.reference}")),
    )


@shows(ConsentGiven)
def consent_given(result: ConsentGiven) -> Card:
    """What a contact has decided."""
    if result.given:
        return card(
            paragraph(Strong(result.institution), " hat zugestimmt und bekommt E-Mails."),
            hint("Alle Adressen: ", Code("!email liste")),
        )
    return card(
        paragraph(Strong(result.institution), " möchte keine E-Mails mehr; die Adresse ist gelöscht."),
        hint("Bitte wieder auf anderem Weg einladen."),
    )
