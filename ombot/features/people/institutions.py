"""Institutions: what they are called, who belongs to them, and how they present themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rapidfuzz import process

from ombot.chat.context import Context, Question
from ombot.chat.language import TEMPLATE_NAMES
from ombot.chat.line import fold
from ombot.chat.parameters import Title, Words
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles
from ombot.chat.rights import Right
from ombot.features.groups import queries as groups
from ombot.features.people import queries, rules
from ombot.features.people.merging import Merge, conflicts, merge
from ombot.features.people.parameters import Pair, Template
from ombot.features.people.results import (
    AliasAdded,
    DraftShown,
    InstitutionShown,
    InstitutionsMerged,
    ProfileAgreed,
)
from ombot.features.people.searching import TOPIC
from ombot.features.people.tables import Institution, InstitutionProfile
from ombot.features.people.views import Eyes, visible_people
from ombot.store import rooms
from ombot.store.rooms import Person

_NEAR = 70


@command(
    "einrichtung",
    brief="entwirft das Profil Ihrer Einrichtung nach einer Vorlage: Funktion, Leistungen, Angebote, Grenzen, Kontakt; "
    "es gilt, wenn alle aus Ihrer Einrichtung zugestimmt haben",
    usage="!einrichtung profil [<Name>] + Zeilen „Funktion: …“, „Leistungen: …“, „Angebote: …“, „Grenzen: …“, "
    "„Kontakt: …“",
    example="!einrichtung profil\nFunktion: Gesetzliche Unfallversicherung\nAngebote: Beratung im Betrieb",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("institution",),
    verb=("profil", "profile"),
)
@dataclass(frozen=True)
class DraftInstitution:
    """Draft how an institution presents itself."""

    texts: Template | None = None
    name: Words = ""


@command(
    "einrichtung",
    brief="zeigt den Entwurf des Profils Ihrer Einrichtung und wer noch nicht zugestimmt hat",
    usage="!einrichtung entwurf [<Name>]",
    example="!einrichtung entwurf",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("institution",),
    verb=("entwurf", "draft"),
)
@dataclass(frozen=True)
class ShowDraft:
    """Show the draft of an institution's profile."""

    name: Words = ""


@command(
    "einrichtung",
    brief="stimmt dem Entwurf des Profils Ihrer Einrichtung zu",
    usage="!einrichtung zustimmen [<Name>]",
    example="!einrichtung zustimmen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("institution",),
    verb=("zustimmen", "agree"),
)
@dataclass(frozen=True)
class AgreeToDraft:
    """Agree to the draft of one's institution's profile."""

    name: Words = ""


@command(
    "einrichtung",
    brief="hält fest, dass eine Einrichtung ihr Profil außerhalb des Chats abgestimmt hat",
    usage="!einrichtung abgestimmt <Name>",
    example="!einrichtung abgestimmt BG RCI",
    topic=TOPIC,
    right=Right.COORDINATOR,
    alias=("institution",),
    verb=("abgestimmt", "agreed"),
)
@dataclass(frozen=True)
class RecordAgreement:
    """Record that an institution has agreed on its profile elsewhere."""

    name: Title


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
    brief="zeigt Ihre eigene Einrichtung und wie Sie deren Profil schreiben",
    usage="!einrichtung",
    example="!einrichtung",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("institution",),
)
@dataclass(frozen=True)
class ShowOwnInstitution:
    """Show the sender's institution."""


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


# --- institutions -----------------------------------------------------------------------------------------------


@handles(ShowOwnInstitution)
def show_own(command: ShowOwnInstitution, context: Context) -> InstitutionShown:  # noqa: ARG001
    """The institution that the sender speaks for."""
    return _shown(_own("", context), context)


@handles(ShowInstitution)
def show_institution(command: ShowInstitution, context: Context) -> InstitutionShown:
    """An institution by any of its names; a near one is offered."""
    return _shown(known(context.answers.get("institution", command.name), context), context)


def _shown(institution: Institution, context: Context) -> InstitutionShown:
    number = queries.id_of(institution)
    stored = context.session.get(InstitutionProfile, number)
    names = [alias.name for alias in queries.aliases_of(context.session, number)]
    people = visible_people(context, queries.people_of(context.session, number), Eyes(context))
    shown = rooms.names(context.session, people)
    return InstitutionShown(
        name=institution.name,
        kind=institution.kind,
        profile=institution.profile,
        texts=_in_order(stored.texts) if stored else (),
        agreed_on=stored.agreed_on if stored else None,
        own=number == _own_number(context),
        aliases=tuple(name for name in names if name != institution.name),
        people=tuple(Person(user_id, shown.get(user_id, user_id)) for user_id in people),
        groups=tuple(groups.groups_of_institution(context.session, institution.name)),
        former=tuple(
            (one.name, one.merged_at.astimezone(context.zone).date() if one.merged_at else date.min)
            for one in queries.former_names(context.session, number)
        ),
    )


def known(name: str, context: Context) -> Institution:
    """An institution by any of its names.

    Raises:
        Refusal: there is none; a question where a name is near.
    """
    institution = queries.find_institution(context.session, name)
    if institution is not None:
        return institution
    similar = near(name, context)
    if similar:
        raise Question("institution_which", "institution", [(one, one) for one in similar], {"name": name})
    raise Refusal("institution_unknown", name=name)


def near(name: str, context: Context) -> list[str]:
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
        queries.reindex(session, queries.profiles_of(session, queries.id_of(new)))
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


# --- how they present themselves --------------------------------------------------------------------------------


@handles(DraftInstitution)
def draft(command: DraftInstitution, context: Context) -> DraftShown | ProfileAgreed:
    """Keep the draft after a preview and ask the other people of the institution; alone it holds at once."""
    institution = _own(command.name, context)
    if not command.texts:
        raise Refusal("template_missing", name=institution.name)
    number = queries.id_of(institution)
    profile = context.session.get(InstitutionProfile, number) or InstitutionProfile(institution_id=number)
    texts = {field: text for field, text in {**(profile.draft or profile.texts), **command.texts}.items() if text}
    others = [user for user in _voices(number, context) if user != context.sender]
    if context.answers.get("confirm_draft") != "ja":
        shown = " · ".join(f"{label}: {text}" for label, text in _labelled(texts))
        facts = {"name": institution.name, "texts": shown, "others": len(others)}
        raise Question("draft_preview" if others else "draft_preview_alone", "confirm_draft", facts=facts)
    profile.draft, profile.drafted_by, profile.drafted_at = texts, context.sender, context.now
    profile.agreed_by = [context.sender]
    context.session.add(profile)
    if not others:
        return _agreed(institution, profile, context)
    context.session.flush()
    for user in others:
        context.voice.say(f"person:{user}", _draft_shown(institution, profile, context, reader=user))
    return _draft_shown(institution, profile, context, reader=context.sender)


@handles(ShowDraft)
def show_draft(command: ShowDraft, context: Context) -> DraftShown:
    """The draft and whose agreement is missing."""
    institution = _own(command.name, context)
    return _draft_shown(institution, _drafted(institution, context), context, reader=context.sender)


@handles(AgreeToDraft)
def agree(command: AgreeToDraft, context: Context) -> DraftShown | ProfileAgreed:
    """Note the sender's agreement; the last one makes the profile hold."""
    institution = _own(command.name, context, by_office=False)
    profile = _drafted(institution, context)
    profile.agreed_by = [*(user for user in profile.agreed_by if user != context.sender), context.sender]
    context.session.add(profile)
    if set(_voices(queries.id_of(institution), context)) <= set(profile.agreed_by):
        return _agreed(institution, profile, context)
    context.session.flush()
    return _draft_shown(institution, profile, context, reader=context.sender)


@handles(RecordAgreement)
def record(command: RecordAgreement, context: Context) -> ProfileAgreed:
    """Make the draft hold on a coordinator's word, which is shown."""
    institution = known(context.answers.get("institution", command.name), context)
    profile = _drafted(institution, context)
    return _agreed(institution, profile, context, recorded=True)


def _own(name: str, context: Context, *, by_office: bool = True) -> Institution:
    """The sender's institution, or another one by name for who coordinates.

    Raises:
        Refusal: it is neither, or nobody knows which one the sender belongs to.
    """
    own = queries.institution_of(context.session, context.sender)
    wanted = known(context.answers.get("institution", name), context) if name else own
    if wanted is None:
        raise Refusal("institution_own_unknown")
    if (own is None or own.id != wanted.id) and not (by_office and context.coordinator):
        raise Refusal("institution_not_own", name=wanted.name)
    return wanted


def _own_number(context: Context) -> int | None:
    own = queries.institution_of(context.session, context.sender)
    return own.id if own else None


def _voices(number: int, context: Context) -> list[str]:
    """The people of an institution whose agreement counts: those who are in a room."""
    return [user for user in queries.people_of(context.session, number) if rooms.joined_rooms(context.session, user)]


def _drafted(institution: Institution, context: Context) -> InstitutionProfile:
    profile = context.session.get(InstitutionProfile, queries.id_of(institution))
    if profile is None or not profile.draft:
        raise Refusal("draft_missing", name=institution.name)
    return profile


def _agreed(
    institution: Institution, profile: InstitutionProfile, context: Context, *, recorded: bool = False
) -> ProfileAgreed:
    profile.texts, profile.agreed_on = profile.draft, context.today
    profile.draft, profile.drafted_by, profile.drafted_at, profile.agreed_by = {}, None, None, []
    context.session.add(profile)
    context.session.flush()
    by = context.person(context.sender) if recorded else None
    return ProfileAgreed(institution.name, _in_order(profile.texts), context.today, by)


def _draft_shown(institution: Institution, profile: InstitutionProfile, context: Context, *, reader: str) -> DraftShown:
    missing = [user for user in _voices(profile.institution_id, context) if user not in profile.agreed_by]
    return DraftShown(
        institution.name,
        _in_order(profile.draft),
        context.person(profile.drafted_by or ""),
        tuple(context.person(user) for user in missing),
        own=reader not in missing,
    )


def _in_order(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Field and text in the order of the template."""
    return tuple((field, texts[field]) for field in rules.TEMPLATE if texts.get(field))


def _labelled(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(TEMPLATE_NAMES[field], text) for field, text in _in_order(texts)]
