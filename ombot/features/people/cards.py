"""The German of people and institutions: results to cards."""

from ombot.chat.language import FIELD_NAMES, SENTENCES, TEMPLATE_NAMES, count, say_day
from ombot.chat.nodes import (
    Attachment,
    Block,
    Bullets,
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
from ombot.features.people.portraits import attachment
from ombot.features.people.results import (
    AliasAdded,
    DraftDropped,
    DraftShown,
    ExpertsFound,
    FieldView,
    Hit,
    InstitutionShown,
    InstitutionsMerged,
    PhotoRemoved,
    PhotoStored,
    ProfileAgreed,
    ProfileShown,
    ProfileStored,
    Topic,
    TopicsShown,
    VisibilityChanged,
)
from ombot.features.people.rules import FIELDS
from ombot.store.rooms import Person

_PREVIEW = (
    "So würde ich Ihren Steckbrief speichern. Name: {name} · Funktion: {function} · Einrichtung: {institution} · "
    "Kompetenzen: {competences} · Angebot: {offer}. "
)

SENTENCES |= {
    "profile_lines": "Ein Steckbrief hat fünf Zeilen, hier sind es {number}. Bitte schreiben Sie „!steckbrief“ und "
    "darunter je eine Zeile für Name, Funktion, Einrichtung, Kompetenzen (mit Komma) und Angebot; „-“ heißt nichts.",
    "profile_too_long": "„{field}“ ist zu lang, erlaubt sind {most} Zeichen. Bitte kürzen Sie die Zeile.",
    "profile_competences": "Das sind {number} Kompetenzen, erlaubt sind {most}. Bitte nennen Sie die wichtigsten.",
    "profile_one": "Bitte nennen Sie eine Person, zum Beispiel „!steckbrief @name“.",
    "profile_preview": _PREVIEW + "Soll ich das speichern?",
    "profile_preview_new": _PREVIEW + "Die Einrichtung kenne ich noch nicht und lege sie neu an. "
    "Soll ich das speichern?",
    "profile_preview_near": _PREVIEW + "Die Einrichtung kenne ich noch nicht; meinten Sie „{near}“? Dann antworten "
    "Sie „nein“ und senden den Steckbrief mit diesem Namen noch einmal. Soll ich das hier so speichern?",
    "profile_ask_name": "Schritt {step} von {steps}: Wie heißen Sie? {before}",
    "profile_ask_function": "Schritt {step} von {steps}: Was ist Ihre Funktion, zum Beispiel „Referentin für "
    "Fachkräfte“? {before}",
    "profile_ask_institution": "Schritt {step} von {steps}: Zu welcher Einrichtung gehören Sie? {before}",
    "profile_ask_competences": "Schritt {step} von {steps}: Was können Sie gut? Bitte mit Komma getrennt, zum Beispiel "
    "„Arbeitsschutz, Förderung“. {before}",
    "profile_ask_offer": "Schritt {step} von {steps}: Was bieten Sie anderen an, zum Beispiel „Sprechstunde für "
    "Kleinbetriebe“? {before}",
    "draft_none": "Es ist nichts angefangen. Ihren Steckbrief beginnen Sie mit „!steckbrief ausfüllen“.",
    "photo_preview": "So sieht Ihr Foto bei mir aus: verkleinert und ohne Angaben der Kamera wie Ort und Zeit. Das "
    "Original behalte ich nicht. Soll ich es in Ihrem Steckbrief speichern?",
    "photo_missing": "Bitte senden Sie mir Ihr Foto hier im Direktchat als Bild. Ich zeige es Ihnen, bevor ich es "
    "speichere.",
    "photo_none": "Von Ihnen ist kein Foto gespeichert. Möchten Sie eines, senden Sie es mir im Direktchat als Bild.",
    "photo_too_large": "Das Bild ist zu groß, erlaubt sind 15 MB. Bitte senden Sie eine kleinere Fassung.",
    "photo_too_small": "Das Bild ist zu klein, um Sie darauf zu erkennen. Bitte senden Sie eines mit mindestens "
    "100 Pixeln Seitenlänge.",
    "photo_unreadable": "Das lässt sich nicht als Bild öffnen. Bitte senden Sie Ihr Foto als JPEG oder PNG.",
    "template_missing": "Für das Profil von {name} fehlen die Zeilen. Bitte schreiben Sie „!einrichtung profil“ und "
    "darunter in derselben Nachricht, was sich ändert: „Funktion: …“, „Leistungen: …“, „Angebote: …“, „Grenzen: …“, "
    "„Kontakt: …“.",
    "template_line": "„{line}“ gehört zu keinem Feld. Bitte beginnen Sie die Zeile mit „Funktion:“, „Leistungen:“, "
    "„Angebote:“, „Grenzen:“ oder „Kontakt:“.",
    "institution_own_unknown": "Ich weiß noch nicht, zu welcher Einrichtung Sie gehören. Bitte tragen Sie sie in Ihren "
    "Steckbrief ein: „!steckbrief ausfüllen“.",
    "institution_not_own": "Das Profil von {name} schreiben nur deren eigene Leute. Gehören Sie dazu, wenden Sie "
    "sich bitte an Ihre Geschäftsstelle.",
    "draft_preview": "So würde ich den Entwurf für {name} speichern. {texts}. Ich bitte dann die anderen aus Ihrer "
    "Einrichtung ({others}) im Direktchat um Zustimmung. Soll ich?",
    "draft_preview_alone": "So würde ich das Profil von {name} speichern. {texts}. Aus Ihrer Einrichtung ist sonst "
    "niemand dabei; es gilt damit als abgestimmt. Soll ich?",
    "draft_missing": "Für {name} gibt es keinen Entwurf, der auf Zustimmung wartet. Einen neuen beginnen Sie mit "
    "„!einrichtung profil“ und Zeilen wie „Funktion: …“.",
    "field_unknown": "„{name}“ ist kein Feld des Steckbriefs. Möglich sind Name, Funktion, Einrichtung, Kompetenzen, "
    "Angebot und Foto.",
    "search_missing": "Wozu suchen Sie jemanden? Bitte antworten Sie mit einem Stichwort, zum Beispiel "
    "„Arbeitsschutz“.",
    "search_short": "Damit kann ich nicht suchen. Bitte geben Sie ein Stichwort an, zum Beispiel „!wer Arbeitsschutz“.",
    "search_long": "Das ist zu lang, erlaubt sind {most} Zeichen. Bitte suchen Sie mit einem oder zwei Stichwörtern.",
    "institution_unknown": "Die Einrichtung „{name}“ kenne ich nicht. Bitte prüfen Sie den Namen.",
    "institution_which": "Die Einrichtung „{name}“ kenne ich nicht. Welche meinen Sie?",
    "institution_same": "„{name}“ ist schon ein Name von {official}. „!einrichtung {official}“ zeigt alle Namen.",
    "merge_institutions": "{old} und {name} zusammenlegen? Personen, Listen, laufende Antworten und Stimmen gehen zu "
    "{name}; das lässt sich nicht mit „!zurück“ rückgängig machen.",
    "merge_conflict": "{old} und {name} haben beide schon unterschiedlich oder geheim abgestimmt oder geantwortet: "
    "{references}. Bitte klären Sie das zuerst oder warten Sie, bis es abgeschlossen ist.",
}

KINDS = {
    "chamber": "Kammer",
    "social_partner": "Sozialpartner",
    "insurer": "Unfallversicherung oder Krankenkasse",
    "association": "Verband",
    "research": "Forschung",
    "ministry": "Ministerium",
    "network": "Netzwerk",
    "other": "sonstige Einrichtung",
}

READERS = {
    "ag": "nur Ihre AGs",
    "kreis": "alle Mitglieder des Kreises",
    "online": "alle, auch im öffentlichen Verzeichnis",
}

HOW = (
    "auf einmal mit „!steckbrief“ und darunter fünf Zeilen: Name, Funktion, Einrichtung, Kompetenzen (mit Komma), "
    "Angebot"
)
STEPS = "Schritt für Schritt mit „steckbrief ausfüllen“ im Direktchat mit mir, oder "
TEMPLATE = (
    "„!einrichtung profil“ und darunter Zeilen: „Funktion: …“, „Leistungen: …“, „Angebote: …“, „Grenzen: …“, "
    "„Kontakt: …“"
)


def _person(person: Person) -> PersonNode:
    return PersonNode(person.id, person.name)


# --- profiles ---------------------------------------------------------------------------------------------------


@shows(ProfileShown)
def shown(result: ProfileShown) -> Card:
    """A profile; the owner sees who else sees it, and how to write it."""
    return _own(result) if result.own else _of_another(result)


def _own(result: ProfileShown) -> Card:
    fields = result.profile.fields
    empty = "Hier ist davon nichts zu sehen." if result.withheld else "Sie haben noch keinen Steckbrief."
    return card(
        heading("Ihr Steckbrief"),
        _fields(fields, own=True) if fields else paragraph(empty),
        paragraph("Ganz sehen Sie ihn im Direktchat mit mir.") if result.withheld else None,
        hint("Schreiben oder ändern: ", STEPS, HOW, ". Freigeben: ", Code("!steckbrief sichtbar kreis")),
        files=_photo(result),
    )


def _photo(result: ProfileShown) -> tuple[Attachment, ...]:
    return (attachment(result.profile.photo),) if result.profile.photo else ()


def _of_another(result: ProfileShown) -> Card:
    person, fields = result.profile.person, result.profile.fields
    return card(
        heading("Steckbrief: ", _person(person)),
        _fields(fields, own=False) if fields else paragraph("Hier ist kein Steckbrief zu sehen."),
        hint("Wer zu einem Thema helfen kann: ", Code("!wer <Stichwort>")),
        files=_photo(result),
    )


def fields_shown(fields: tuple[FieldView, ...]) -> Bullets:
    """Somebody's profile as others see it."""
    return _fields(fields, own=False)


def _fields(fields: tuple[FieldView, ...], *, own: bool) -> Bullets:
    return bullets(_field(field, own=own) for field in fields)


def _field(field: FieldView, *, own: bool) -> tuple[Inline, ...]:
    since = f" seit {say_day(field.since)}" if field.since else ""
    readers = f" (sichtbar: {READERS[field.level]}{since})" if own else ""
    return (Strong(f"{FIELD_NAMES[field.field]}:"), f" {field.text}{readers}")


@shows(ProfileStored)
def stored(result: ProfileStored) -> Card:
    """The stored profile."""
    kept = result.kept_institution
    return card(
        heading("Gespeichert: Ihr Steckbrief"),
        _fields(result.profile.fields, own=True) if result.profile.fields else None,
        paragraph(f"Ihre Einrichtung hat die Geschäftsstelle eingetragen: {kept}. Stimmt das nicht, schreiben Sie ihr.")
        if kept
        else None,
        None if result.photo else paragraph("Ein Foto dazu? Senden Sie es mir einfach hier als Bild."),
        hint("Für alle Mitglieder freigeben: ", Code("!steckbrief sichtbar kreis"), " · Rückgängig: ", Code("!zurück")),
    )


@shows(DraftDropped)
def draft_dropped(result: DraftDropped) -> Card:  # noqa: ARG001
    """Nothing is left of what was begun."""
    return card(
        paragraph("Abgebrochen. Was Sie eben eingegeben haben, ist verworfen; Ihr gespeicherter Steckbrief bleibt."),
        hint("Neu beginnen: ", Code("!steckbrief ausfüllen")),
    )


@shows(PhotoStored)
def photo_stored(result: PhotoStored) -> Card:
    """The portrait is kept, and who may see it."""
    return card(
        heading("Gespeichert: Ihr Foto"),
        paragraph(f"Sichtbar für: {READERS[result.level]}."),
        hint(
            "Weiter freigeben: ",
            Code("!steckbrief sichtbar online Foto"),
            " · Löschen: ",
            Code("!steckbrief foto löschen"),
        ),
    )


@shows(PhotoRemoved)
def photo_removed(result: PhotoRemoved) -> Card:  # noqa: ARG001
    """The portrait is gone."""
    return card(
        heading("Gelöscht: Ihr Foto"),
        paragraph("Es ist nirgends mehr zu sehen. Was Sie und ich hier im Chat gezeigt haben, löschen Sie dort."),
        hint("Ein neues senden Sie mir im Direktchat als Bild."),
    )


@shows(VisibilityChanged)
def visibility(result: VisibilityChanged) -> Card:
    """The consent as it is now."""
    names = "alle Felder" if set(result.fields) >= set(FIELDS) else ", ".join(FIELD_NAMES[one] for one in result.fields)
    return card(
        heading("Sichtbarkeit geändert"),
        paragraph(f"Ihr Steckbrief ({names}) ist jetzt sichtbar für: {READERS[result.level]}."),
        paragraph("Ihr Foto geben Sie eigens frei: ", Code(f"!steckbrief sichtbar {result.level} Foto"))
        if result.photo_apart
        else None,
        hint("Zurücknehmen: ", Code("!steckbrief sichtbar ag"))
        if result.level != "ag"
        else hint("Wieder freigeben: ", Code("!steckbrief sichtbar kreis")),
    )


# --- who can help -----------------------------------------------------------------------------------------------


@shows(ExpertsFound)
def experts(result: ExpertsFound) -> Card:
    """Who can help, with what fits."""
    if not (result.hits or result.institutions or result.further):
        return card(
            paragraph(f"Zu „{result.words}“ finde ich niemanden, dessen Steckbrief hier sichtbar ist."),
            hint("Versuchen Sie ein anderes Wort, oder ergänzen Sie Ihren eigenen: ", Code("!steckbrief")),
        )
    return card(
        heading(f"Wer kann helfen: {result.words}"),
        bullets(_hit(hit) for hit in result.hits) if result.hits else None,
        paragraph("… und ", count(result.more, "weitere Person", "weitere Personen"), ". Ein zweites Wort grenzt ein.")
        if result.more
        else None,
        paragraph("Einrichtungen: ", ", ".join(result.institutions)) if result.institutions else None,
        paragraph("Inputs: ", *joined(f"{one.reference} {one.title} ({one.group})" for one in result.further))
        if result.further
        else None,
        hint(
            "Mehr über eine Person: ", Code("!steckbrief @Name"), " · eine Einrichtung: ", Code("!einrichtung <Name>")
        ),
    )


def _hit(hit: Hit) -> tuple[Inline, ...]:
    institution = f" ({hit.institution})" if hit.institution else ""
    said = f" – {'; '.join(hit.fitting)}" if hit.fitting else ""
    return (_person(hit.person), institution, said)


@shows(TopicsShown)
def topics(result: TopicsShown) -> Card:
    """Overlap and gaps; numbers, no names."""
    return card(
        heading("Themen: Überschneidungen und Lücken"),
        *_topics("Gefragt", result.asked),
        *_topics("Können viele (ab fünf Personen)", result.many),
        *_topics("Kann nur eine Person", result.single),
        *_topics("Gesucht, kann noch niemand", result.nobody),
        None if result.asked else paragraph(f"Insgesamt {count(result.total, 'Thema', 'Themen')} in den Steckbriefen."),
        hint("Wer dahintersteht, soweit freigegeben: ", Code("!wer <Stichwort>")),
    )


def _topics(title: str, found: tuple[Topic, ...]) -> tuple[Block, ...]:
    if not found:
        return ()
    return paragraph(Strong(title)), bullets((f"{one.name} – {_bearers(one)}",) for one in found)


def _bearers(topic: Topic) -> str:
    inputs = ", ".join(one.reference for one in topic.further)
    behind = f"; Inputs: {inputs}" if inputs else ""
    if not topic.people:
        return f"niemand{behind}"
    people = count(topic.people, "Person", "Personen")
    return f"{people} aus {count(topic.institutions, 'Einrichtung', 'Einrichtungen')}{behind}"


# --- institutions -----------------------------------------------------------------------------------------------


@shows(InstitutionShown)
def institution(result: InstitutionShown) -> Card:
    """An institution with what hangs on it."""
    former = (f"{name} (seit {say_day(day)})" for name, day in result.former)
    people = joined(_person(person) for person in result.people)
    return card(
        heading(f"{result.name} ({KINDS[result.kind]})"),
        paragraph(result.profile) if result.profile and not result.texts else None,
        _template(result.texts) if result.texts else None,
        paragraph(f"Abgestimmt am {say_day(result.agreed_on)}.") if result.agreed_on else None,
        paragraph("Auch bekannt als: ", ", ".join(result.aliases)) if result.aliases else None,
        paragraph("Personen: ", *people) if people else paragraph("Personen: hier keine sichtbar"),
        paragraph("Gruppen: ", ", ".join(result.groups) or "keine"),
        paragraph("Zusammengelegt: ", ", ".join(former)) if result.former else None,
        hint("Ihr Profil schreiben: ", TEMPLATE)
        if result.own
        else hint("Wer zu einem Thema helfen kann: ", Code("!wer <Stichwort>")),
    )


def _template(texts: tuple[tuple[str, str], ...]) -> Bullets:
    return bullets((Strong(f"{TEMPLATE_NAMES[field]}:"), f" {text}") for field, text in texts)


@shows(DraftShown)
def draft_shown(result: DraftShown) -> Card:
    """A draft, who wrote it, and for whom it waits."""
    waits = joined(_person(person) for person in result.missing)
    return card(
        heading(f"Entwurf: Profil von {result.institution}"),
        _template(result.texts),
        paragraph("Entworfen von ", _person(result.drafted_by), ". Es fehlt die Zustimmung von: ", *waits),
        hint("Ändern: ", TEMPLATE)
        if result.own
        else hint("Einverstanden? ", Code("!einrichtung zustimmen"), " · Ändern: ", TEMPLATE),
    )


@shows(ProfileAgreed)
def profile_agreed(result: ProfileAgreed) -> Card:
    """The profile holds."""
    return card(
        heading(f"Abgestimmt: Profil von {result.institution}"),
        _template(result.texts),
        paragraph(f"Abgestimmt am {say_day(result.agreed_on)}", *_recorded(result), "."),
        hint("Ansehen: ", Code(f"!einrichtung {result.institution}"), " · Ändern: ", Code("!einrichtung profil")),
    )


def _recorded(result: ProfileAgreed) -> tuple[Inline, ...]:
    return (", festgehalten von ", _person(result.recorded_by)) if result.recorded_by else ()


@shows(InstitutionsMerged)
def merged(result: InstitutionsMerged) -> Card:
    """Two names, one institution."""
    return card(
        heading(f"Zusammengelegt: {result.old} ist jetzt {result.name}"),
        paragraph(f"Mitgekommen: {count(result.people, 'Person', 'Personen')}. Was abgeschlossen ist, bleibt gezählt."),
        hint("Ansehen: ", Code(f"!einrichtung {result.name}")),
    )


@shows(AliasAdded)
def alias_added(result: AliasAdded) -> Card:
    """One name more."""
    return card(
        heading(f"{result.name} heißt auch {result.alias}"),
        hint("Ansehen: ", Code(f"!einrichtung {result.name}")),
    )
