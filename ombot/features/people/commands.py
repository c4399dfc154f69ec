"""Commands of people and institutions (Steckbrief, Einrichtung, Wer kann helfen?) and their handlers."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from rapidfuzz import process

from ombot.chat.context import Context, Question
from ombot.chat.line import fold
from ombot.chat.parameters import People, Title, choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles
from ombot.chat.rights import Right
from ombot.features.groups import queries as groups
from ombot.features.people import queries, rules
from ombot.features.people.merging import Merge, conflicts, merge
from ombot.features.people.parameters import Fields, Lines, Pair, ProfileLines
from ombot.features.people.results import (
    AliasAdded,
    InstitutionShown,
    InstitutionsMerged,
    ProfileShown,
    ProfileStored,
    VisibilityChanged,
)
from ombot.features.people.searching import TOPIC
from ombot.features.people.tables import Institution, Profile
from ombot.features.people.views import Eyes, view, visible_people
from ombot.store import rooms
from ombot.store.rooms import Person

_NEAR = 70

Level = Annotated[str, choice(ag=("ag", "gruppe"), kreis=("kreis", "strategiekreis"), online=("online", "öffentlich"))]


@command(
    "steckbrief",
    brief="legt fest, wer Felder Ihres Steckbriefs sehen darf: Ihre AGs, der ganze Kreis oder alle; „ag“ nimmt eine "
    "Freigabe zurück",
    usage="!steckbrief sichtbar ag|kreis|online [Feld …]",
    example="!steckbrief sichtbar kreis Kompetenzen Angebot",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("profil", "profile"),
    verb=("sichtbar", "visible"),
)
@dataclass(frozen=True)
class ShareProfile:
    """Consent to showing fields of one's profile, or withdraw it."""

    level: Level
    fields: Fields = rules.FIELDS


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
    "steckbrief",
    brief="zeigt den Steckbrief einer Person, soweit sie ihn freigegeben hat",
    usage="!steckbrief @Person",
    example="!steckbrief @eva",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("profil", "profile"),
)
@dataclass(frozen=True)
class ShowProfile:
    """Show somebody's profile."""

    people: People


@command(
    "steckbrief",
    brief="zeigt Ihren eigenen Steckbrief und wie Sie ihn schreiben",
    usage="!steckbrief",
    example="!steckbrief",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("profil", "profile"),
)
@dataclass(frozen=True)
class ShowMyProfile:
    """Show one's own profile."""


@command(
    "einrichtung",
    brief="legt zwei Namen derselben Einrichtung zusammen; Personen, Listen, Antworten und Stimmen gehen mit",
    usage="!einrichtung <Name> ist <richtiger Name>",
    example="!einrichtung Bundesarbeitsministerium ist BMAS",
    topic=TOPIC,
    right=Right.COORDINATOR,
    alias=("institution",),
    undo=False,
)
@dataclass(frozen=True)
class MergeInstitutions:
    """Say that two names mean one institution."""

    names: Pair


@command(
    "einrichtung",
    brief="zeigt eine Einrichtung mit ihren Namen, Personen und Gruppen",
    usage="!einrichtung <Name>",
    example="!einrichtung BMAS",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("institution",),
)
@dataclass(frozen=True)
class ShowInstitution:
    """Show an institution."""

    name: Title


# --- profiles ---------------------------------------------------------------------------------------------------


@handles(ShowMyProfile)
def show_mine(command: ShowMyProfile, context: Context) -> ProfileShown:  # noqa: ARG001
    """The sender's profile; in a room only what is visible there."""
    return _shown(context.sender, context)


@handles(ShowProfile)
def show(command: ShowProfile, context: Context) -> ProfileShown:
    """Somebody's profile as far as it is visible here."""
    if len(command.people) > 1:
        raise Refusal("profile_one")
    return _shown(command.people[0], context)


def _shown(user_id: str, context: Context) -> ProfileShown:
    profile = context.session.get(Profile, user_id) or Profile(user_id=user_id)
    shown, withheld = view(context, profile, Eyes(context))
    return ProfileShown(shown, user_id == context.sender, withheld)


@handles(WriteProfile)
def write(command: WriteProfile, context: Context) -> ProfileStored:
    """Store the sender's profile once the preview is confirmed."""
    session, lines = context.session, command.lines
    profile = session.get(Profile, context.sender) or Profile(user_id=context.sender)
    kept = _kept_institution(lines, profile, context)
    if context.answers.get("confirm_profile") != "ja":
        raise _preview(lines, kept, context)
    profile.name, profile.function, profile.offer = lines.name, lines.function, lines.offer
    profile.competences = list(lines.competences)
    if not profile.institution_from_office:
        institution = queries.ensure_institution(session, lines.institution) if lines.institution else None
        profile.institution_id = institution.id if institution else None
    session.add(profile)
    session.flush()
    shown, _ = view(context, profile, Eyes(context))
    return ProfileStored(shown, kept)


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
    near = _near(lines.institution or "", context)
    if not near:
        return Question("profile_preview_new", "confirm_profile", facts=facts)
    return Question("profile_preview_near", "confirm_profile", facts={**facts, "near": near[0]})


@handles(ShareProfile)
def share(command: ShareProfile, context: Context) -> VisibilityChanged:
    """Keep the consent with its day; what is already so keeps its older one."""
    profile = context.session.get(Profile, context.sender) or Profile(user_id=context.sender)
    consent = {"level": command.level, "since": context.today.isoformat()}
    changed = [field for field in command.fields if rules.level_of(profile.visibility, field) != command.level]
    profile.visibility = {**profile.visibility, **dict.fromkeys(changed, consent)}
    context.session.add(profile)
    context.session.flush()
    return VisibilityChanged(command.level, command.fields)


# --- institutions -----------------------------------------------------------------------------------------------


@handles(ShowInstitution)
def show_institution(command: ShowInstitution, context: Context) -> InstitutionShown:
    """An institution by any of its names; a near one is offered."""
    institution = _known(context.answers.get("institution", command.name), context)
    number = queries.id_of(institution)
    names = [alias.name for alias in queries.aliases_of(context.session, number)]
    people = visible_people(context, queries.people_of(context.session, number), Eyes(context))
    shown = rooms.names(context.session, people)
    return InstitutionShown(
        name=institution.name,
        kind=institution.kind,
        profile=institution.profile,
        aliases=tuple(name for name in names if name != institution.name),
        people=tuple(Person(user_id, shown.get(user_id, user_id)) for user_id in people),
        groups=tuple(groups.groups_of_institution(context.session, institution.name)),
        former=tuple(
            (one.name, one.merged_at.astimezone(context.zone).date() if one.merged_at else date.min)
            for one in queries.former_names(context.session, number)
        ),
    )


def _known(name: str, context: Context) -> Institution:
    institution = queries.find_institution(context.session, name)
    if institution is not None:
        return institution
    near = _near(name, context)
    if near:
        raise Question("institution_which", "institution", [(one, one) for one in near], {"name": name})
    raise Refusal("institution_unknown", name=name)


def _near(name: str, context: Context) -> list[str]:
    """Names of institutions that are written alike."""
    names = [one.name for one in queries.institutions(context.session)]
    found = process.extract(fold(name), names, processor=fold, score_cutoff=_NEAR, limit=5)
    return [one for one, _, _ in found]


@handles(MergeInstitutions)
def merge_institutions(command: MergeInstitutions, context: Context) -> InstitutionsMerged | AliasAdded:
    """Make two institutions one after a confirmation; a name nobody has becomes another name."""
    session = context.session
    old_name, name = command.names
    old, new = queries.find_institution(session, old_name), queries.find_institution(session, name)
    if new is None:
        raise Refusal("institution_unknown", name=name)
    if old is None:
        queries.add_alias(session, new, old_name)
        for profile in queries.profiles_of(session, queries.id_of(new)):
            queries.reindex(session, profile)
        return AliasAdded(old_name, new.name)
    if old.id == new.id:
        raise Refusal("institution_same", name=old_name, official=new.name)
    wanted = Merge(queries.id_of(old), old.name, queries.id_of(new), new.name)
    if against := conflicts(session, wanted):
        raise Refusal("merge_conflict", old=old.name, name=new.name, references=", ".join(against))
    if context.answers.get("confirm_merge") != "ja":
        raise Question("merge_institutions", "confirm_merge", facts={"old": old.name, "name": new.name})
    people = len(queries.people_of(session, wanted.old))
    merge(session, wanted, context.now)
    return InstitutionsMerged(old.name, new.name, people)
