"""The German of people and institutions: results to cards."""

from ombot.chat.language import FIELD_NAMES, SENTENCES, count, say_day
from ombot.chat.nodes import (
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
from ombot.features.people.results import (
    AliasAdded,
    ExpertsFound,
    FieldView,
    Hit,
    InstitutionShown,
    InstitutionsMerged,
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
    "field_unknown": "„{name}“ ist kein Feld des Steckbriefs. Möglich sind Name, Funktion, Einrichtung, Kompetenzen "
    "und Angebot.",
    "search_short": "Bitte geben Sie ein Stichwort an, zum Beispiel „!wer Arbeitsschutz“.",
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

HOW = "„!steckbrief“ und darunter fünf Zeilen: Name, Funktion, Einrichtung, Kompetenzen (mit Komma), Angebot"


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
        hint("Schreiben oder ändern: ", HOW, ". Freigeben: ", Code("!steckbrief sichtbar kreis")),
    )


def _of_another(result: ProfileShown) -> Card:
    person, fields = result.profile.person, result.profile.fields
    return card(
        heading("Steckbrief: ", _person(person)),
        _fields(fields, own=False) if fields else paragraph("Hier ist kein Steckbrief zu sehen."),
        hint("Wer zu einem Thema helfen kann: ", Code("!wer <Stichwort>")),
    )


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
        hint("Für alle Mitglieder freigeben: ", Code("!steckbrief sichtbar kreis"), " · Rückgängig: ", Code("!zurück")),
    )


@shows(VisibilityChanged)
def visibility(result: VisibilityChanged) -> Card:
    """The consent as it is now."""
    names = "alle Felder" if set(result.fields) == set(FIELDS) else ", ".join(FIELD_NAMES[one] for one in result.fields)
    return card(
        heading("Sichtbarkeit geändert"),
        paragraph(f"Ihr Steckbrief ({names}) ist jetzt sichtbar für: {READERS[result.level]}."),
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
    if not topic.people:
        return "niemand"
    people = count(topic.people, "Person", "Personen")
    return f"{people} aus {count(topic.institutions, 'Einrichtung', 'Einrichtungen')}"


# --- institutions -----------------------------------------------------------------------------------------------


@shows(InstitutionShown)
def institution(result: InstitutionShown) -> Card:
    """An institution with what hangs on it."""
    former = (f"{name} (seit {say_day(day)})" for name, day in result.former)
    people = joined(_person(person) for person in result.people)
    return card(
        heading(f"{result.name} ({KINDS[result.kind]})"),
        paragraph(result.profile) if result.profile else None,
        paragraph("Auch bekannt als: ", ", ".join(result.aliases)) if result.aliases else None,
        paragraph("Personen: ", *people) if people else paragraph("Personen: hier keine sichtbar"),
        paragraph("Gruppen: ", ", ".join(result.groups) or "keine"),
        paragraph("Zusammengelegt: ", ", ".join(former)) if result.former else None,
        hint("Wer zu einem Thema helfen kann: ", Code("!wer <Stichwort>")),
    )


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
