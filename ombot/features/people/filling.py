"""Writing one's profile: five lines at once, or question by question in the direct chat."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ombot.chat.context import Context, Question
from ombot.chat.language import how_to_skip
from ombot.chat.line import fold
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles
from ombot.chat.rights import Right
from ombot.features.people import queries, rules
from ombot.features.people.institutions import near
from ombot.features.people.parameters import Lines, ProfileLines, checked
from ombot.features.people.results import DraftDropped, ProfileStored
from ombot.features.people.searching import TOPIC
from ombot.features.people.tables import Institution, Profile, ProfileDraft
from ombot.features.people.views import Eyes, texts, view
from ombot.store.unit import Session

KEEP = ("weiter", "ueberspringen", "skip")
STOP = ("abbrechen", "abbruch", "stopp", "stop")


@command(
    "steckbrief",
    brief="fragt Ihren Steckbrief Schritt für Schritt ab; unterbrechen geht jederzeit, „weiter“ setzt fort",
    usage="!steckbrief ausfüllen",
    example="!steckbrief ausfüllen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    place=Place.DIRECT,
    alias=("profil", "profile"),
    verb=("ausfüllen", "schritt für schritt", "anfangen", "fill"),
)
@dataclass(frozen=True)
class FillProfile:
    """Write one's profile question by question."""


@command(
    "steckbrief",
    brief="speichert Ihren Steckbrief nach einer Vorschau; je eine Zeile, Kompetenzen mit Komma, „-“ für nichts",
    usage="!steckbrief + fünf Zeilen: Name, Funktion, Einrichtung, Kompetenzen, Angebot",
    example="!steckbrief\nKim Beispiel\nReferat Beratung\nBG RCI\nArbeitsschutz, Förderung\nBegleitung kleiner Firmen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("profil", "profile"),
)
@dataclass(frozen=True)
class WriteProfile:
    """Write one's profile."""

    lines: ProfileLines


@command(
    "weiter",
    brief="setzt den angefangenen Steckbrief fort",
    usage="!weiter",
    example="!weiter",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    place=Place.DIRECT,
    alias=("continue",),
)
@dataclass(frozen=True)
class ContinueProfile:
    """Go on with a profile that was begun."""


@command(
    "abbrechen",
    brief="verwirft den angefangenen Steckbrief; was gespeichert ist, bleibt",
    usage="!abbrechen",
    example="!abbrechen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    place=Place.DIRECT,
    alias=("cancel",),
)
@dataclass(frozen=True)
class DropDraft:
    """Throw away a profile that was begun."""


# --- at once ----------------------------------------------------------------------------------------------------


@handles(WriteProfile)
def write(command: WriteProfile, context: Context) -> ProfileStored:
    """Store the sender's profile once the preview is confirmed."""
    lines = command.lines
    profile = context.session.get(Profile, context.sender) or Profile(user_id=context.sender)
    kept = _kept_institution(lines, profile, context)
    if context.answers.get("confirm_profile") != "ja":
        raise _preview(lines, kept, context)
    return _store(lines, profile, kept, context)


def _store(lines: Lines, profile: Profile, kept: str | None, context: Context) -> ProfileStored:
    session = context.session
    profile.name, profile.function, profile.offer = lines.name, lines.function, lines.offer
    profile.competences = list(lines.competences)
    if not profile.institution_from_office:
        institution = queries.ensure_institution(session, lines.institution) if lines.institution else None
        profile.institution_id = institution.id if institution else None
    session.add(profile)
    if draft := session.get(ProfileDraft, context.sender):
        session.delete(draft)
    session.flush()
    shown, _ = view(context, profile, Eyes(context))
    return ProfileStored(shown, kept, queries.has_photo(session, context.sender))


def _kept_institution(lines: Lines, profile: Profile, context: Context) -> str | None:
    """The name of the institution that the office has entered and that a profile does not change."""
    if not profile.institution_from_office or profile.institution_id is None:
        return None
    written = queries.find_institution(context.session, lines.institution or "")
    entered = context.session.get(Institution, profile.institution_id)
    return entered.name if entered and (written is None or written.id != entered.id) else None


def _preview(lines: Lines, kept: str | None, context: Context) -> Question:
    facts: dict[str, object] = {
        "name": lines.name or "–",
        "function": lines.function or "–",
        "institution": kept or lines.institution or "–",
        "competences": ", ".join(lines.competences) or "–",
        "offer": lines.offer or "–",
    }
    known = kept or not lines.institution or queries.find_institution(context.session, lines.institution)
    if known:
        return Question("profile_preview", "confirm_profile", facts=facts)
    similar = near(lines.institution or "", context)
    if not similar:
        return Question("profile_preview_new", "confirm_profile", facts=facts)
    return Question("profile_preview_near", "confirm_profile", facts={**facts, "near": similar[0]})


# --- question by question ---------------------------------------------------------------------------------------


@handles(FillProfile)
def fill(command: FillProfile, context: Context) -> ProfileStored | DraftDropped:  # noqa: ARG001
    """Ask for the next field that nobody has asked for yet; after the last one show the whole and store it."""
    return _next_step(context)


@handles(ContinueProfile)
def go_on(command: ContinueProfile, context: Context) -> ProfileStored | DraftDropped:  # noqa: ARG001
    """Go on where it was left."""
    if not context.answers and context.session.get(ProfileDraft, context.sender) is None:
        raise Refusal("draft_none")
    return _next_step(context)


@handles(DropDraft)
def drop(command: DropDraft, context: Context) -> DraftDropped:  # noqa: ARG001
    """Throw away what was said so far."""
    if context.session.get(ProfileDraft, context.sender) is None:
        raise Refusal("draft_none")
    return _dropped(context)


def _dropped(context: Context) -> DraftDropped:
    draft = context.session.get(ProfileDraft, context.sender)
    if draft is not None:
        context.session.delete(draft)
    return DraftDropped()


def _next_step(context: Context) -> ProfileStored | DraftDropped:
    session = context.session
    profile = session.get(Profile, context.sender) or Profile(user_id=context.sender)
    fields = [field for field in rules.FIELDS if field != "institution" or not profile.institution_from_office]
    said = _said_before(context)
    now = texts(profile, _institution_name(profile, context))
    for number, field in enumerate(fields, 1):
        answer = context.answers.get(_slot(field))
        if answer is not None and fold(answer) in STOP:
            return _dropped(context)
        if answer is not None:
            said[field] = _understood(field, answer, now, said, context)
        if field not in said:
            facts = {"step": number, "steps": len(fields), "before": how_to_skip(now.get(field))}
            raise Question(f"profile_ask_{field}", _slot(field), facts=facts, keeps=_keeping(said, context))
    lines = _lines(said)
    kept = _kept_institution(lines, profile, context)
    if context.answers.get("confirm_profile") != "ja":
        preview = _preview(lines, kept, context)
        preview.keeps = _keeping(said, context)
        raise preview
    return _store(lines, profile, kept, context)


def _slot(field: str) -> str:
    return f"profile_{field}"


def _said_before(context: Context) -> dict[str, str]:
    draft = context.session.get(ProfileDraft, context.sender)
    return dict(draft.answers) if draft is not None else {}


def _institution_name(profile: Profile, context: Context) -> str | None:
    institution = context.session.get(Institution, profile.institution_id) if profile.institution_id else None
    return institution.name if institution else None


def _understood(field: str, answer: str, now: Mapping[str, str], said: dict[str, str], context: Context) -> str:
    """An answer as it is kept; one that is too long is asked for again.

    Raises:
        Question: it cannot be kept so.
    """
    text = " ".join(answer.split())
    if fold(text) in KEEP:
        return now.get(field, "")
    try:
        checked({field: text})
    except Refusal as refusal:
        raise Question(refusal.code, _slot(field), facts=refusal.facts, keeps=_keeping(said, context)) from refusal
    return rules.said(text) or ""


def _keeping(said: Mapping[str, str], context: Context) -> Callable[[Session], None]:
    """What is stored while the next question is open: the answers so far."""

    def keep(session: Session) -> None:
        draft = session.get(ProfileDraft, context.sender) or ProfileDraft(user_id=context.sender, asked_at=context.now)
        draft.answers, draft.asked_at = dict(said), context.now
        session.add(draft)

    return keep


def _lines(said: Mapping[str, str]) -> Lines:
    def text(field: str) -> str | None:
        return said.get(field) or None

    competences = tuple(rules.list_of(said.get("competences", "")))
    return Lines(text("name"), text("function"), text("institution"), competences, text("offer"))
