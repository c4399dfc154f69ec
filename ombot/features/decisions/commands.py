"""Commands of decisions (Beschlüsse) and their handlers."""

from dataclasses import dataclass
from typing import Annotated, TypeVar

from ombot.chat.context import Context
from ombot.chat.nodes import Attachment
from ombot.chat.parameters import Due, InGroup, Party, People, Ref, Title, Words, choice
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Need, Place, command, handles, locates, revises
from ombot.chat.rights import Right
from ombot.features.decisions import export, queries, rules
from ombot.features.decisions.calling import confirm_letters
from ombot.features.decisions.parameters import (
    DecisionRef,
    InstitutionName,
    OtherRef,
    Reason,
    Secret,
    TakeBack,
    Text,
    VoteFor,
    VoteRef,
)
from ombot.features.decisions.register import close, schedule
from ombot.features.decisions.results import (
    DecisionClosed,
    DecisionList,
    DecisionReplaced,
    DecisionShown,
    DecisionWithdrawn,
    FileHandedOut,
    RegisterExported,
    ResultSheet,
    RightTransferred,
    SaidElsewhere,
    VoteOpened,
)
from ombot.features.decisions.tables import Decision, FollowUp
from ombot.features.decisions.views import lines, view
from ombot.features.decisions.voters import entitled_in
from ombot.features.decisions.voting import Voted, cast, refresh_card, require_open, transfer_right
from ombot.features.tasks.commands import EXPORT_TOPIC, AddTask
from ombot.features.tasks.commands import add as add_task
from ombot.features.tasks.results import TaskAdded

TOPIC = "Beschlüsse"
OCTETS = "application/octet-stream"

SheetFormat = Annotated[str, choice(docx=("docx", "word"), pdf=("pdf",))]
RegisterFormat = Annotated[
    str, choice(docx=("docx", "word"), pdf="pdf", xlsx=("xlsx", "excel"), csv="csv", md=("md", "markdown"))
]


@locates("B", "beschluss")
def locate(context: Context, number: int) -> str | None:
    """The group of a decision that may be seen here."""
    decision = queries.get(context.session, number)
    return decision.group_key if decision is not None and context.sees(decision.group_key) else None


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "beschluss",
    brief="schließt eine Abstimmung und gibt das Ergebnis bekannt (Leitung oder wer sie eröffnet hat)",
    usage="!beschluss B7 schließen",
    example="!beschluss B7 schließen",
    topic=TOPIC,
    verb=("schließen", "abschließen", "close"),
    alias=("decision",),
    undo=False,
)
@dataclass(frozen=True)
class CloseVote:
    """Count the votes and announce the result."""

    decision: DecisionRef


@command(
    "beschluss",
    brief="zieht eine laufende Abstimmung ohne Ergebnis zurück (Leitung oder wer sie eröffnet hat)",
    usage="!beschluss B7 zurückziehen",
    example="!beschluss B7 zurückziehen",
    topic=TOPIC,
    verb=("zurückziehen", "withdraw"),
    alias=("decision",),
    undo=False,
)
@dataclass(frozen=True)
class WithdrawVote:
    """End a vote without a result."""

    decision: DecisionRef


@command(
    "beschluss",
    brief="vermerkt, dass ein neuerer Beschluss diesen ersetzt (Leitung oder wer ihn eröffnet hat)",
    usage="!beschluss B7 ersetzt durch B9",
    example="!beschluss B7 ersetzt durch B9",
    topic=TOPIC,
    verb=("ersetzt durch", "ersetzen durch", "replaced by"),
    alias=("decision",),
    undo=False,
)
@dataclass(frozen=True)
class ReplaceDecision:
    """Note which decision takes the place of this one."""

    decision: DecisionRef
    other: OtherRef


@command(
    "beschluss",
    brief="überträgt das Stimmrecht Ihrer Einrichtung für diese eine Abstimmung; „niemanden“ nimmt das zurück",
    usage="!beschluss B7 übertragen an <Einrichtung>|niemanden",
    example="!beschluss B7 übertragen an itb",
    topic=TOPIC,
    verb=("übertragen an", "stimme übertragen an", "transfer to"),
    alias=("decision",),
)
@dataclass(frozen=True)
class TransferRight:
    """Give one's institution's right to vote to another one, for one vote."""

    decision: DecisionRef
    to: InstitutionName


@command(
    "beschluss",
    brief="legt eine Aufgabe an, die den Beschluss umsetzt",
    usage="!beschluss B7 aufgabe <Titel> [@Person … | an <Gremium/Einrichtung>] [bis <Datum>]",
    example="!beschluss B7 aufgabe Konzept entwerfen bis 30.09.",
    topic=TOPIC,
    verb=("aufgabe", "task"),
    alias=("decision",),
)
@dataclass(frozen=True)
class AddFollowUp:
    """Record a task that carries a decision out; without somebody named it goes to the mandated body."""

    decision: DecisionRef
    title: Title
    people: People = ()
    party: Party | None = None
    due: Due | None = None


@command(
    "beschluss",
    brief="gibt das Ergebnisblatt als Datei",
    usage="!beschluss B7 docx|pdf",
    example="!beschluss B7 pdf",
    topic=TOPIC,
    alias=("decision",),
)
@dataclass(frozen=True)
class PostSheet:
    """Post the result sheet."""

    decision: DecisionRef
    format: SheetFormat


@command(
    "beschluss",
    brief="gibt die Vorlage, über die abgestimmt wird, als Datei",
    usage="!beschluss B7 vorlage",
    example="!beschluss B7 vorlage",
    topic=TOPIC,
    verb=("vorlage", "file"),
    alias=("decision",),
)
@dataclass(frozen=True)
class HandOutFile:
    """Post the file that is voted on."""

    decision: DecisionRef


@command(
    "beschluss",
    brief="zeigt einen Beschluss mit seinem Stand",
    usage="!beschluss B7",
    example="!beschluss B7",
    topic=TOPIC,
    alias=("decision",),
)
@dataclass(frozen=True)
class ShowDecision:
    """Show a decision."""

    decision: DecisionRef


@command(
    "beschluss",
    brief="eröffnet eine Abstimmung; weitere Zeilen gehören zum Text, als Antwort auf eine Datei ist sie die Vorlage",
    usage="!beschluss <Text> [an <Gremium>] [bis <Datum>] [geheim]",
    example="!beschluss Der Einseiter wird veröffentlicht bis 30.09.",
    topic=TOPIC,
    place=Place.GROUP,
    alias=("decision",),
    needs=(Need.REPLIED,),
)
@dataclass(frozen=True)
class OpenVote:
    """Open a vote of this room's group."""

    text: Text
    secret: Secret = False
    group: InGroup | None = None
    party: Party | None = None
    due: Due | None = None


@command(
    "beschlüsse",
    brief="zeigt alle Beschlüsse aller Jahre, mit Suchtext nur die passenden",
    usage="!beschlüsse [Suchtext] [in <Gruppe>]",
    example="!beschlüsse Beratung",
    topic=TOPIC,
    alias=("decisions",),
)
@dataclass(frozen=True)
class ListDecisions:
    """Show the register."""

    group: InGroup | None = None
    words: Words = ""


@command(
    "export",
    brief="stellt das Beschlussregister dieser Gruppe als Datei hier ein, im Direktchat das aller eigenen Gruppen",
    usage="!export beschlüsse [docx|pdf|xlsx|csv|md] [in <Gruppe>]",
    example="!export beschlüsse pdf",
    topic=EXPORT_TOPIC,
    verb=("beschlüsse", "decisions"),
)
@dataclass(frozen=True)
class ExportDecisions:
    """Post the register as one file."""

    format: RegisterFormat = "docx"
    group: InGroup | None = None


@command(
    "zustimmung",
    brief="stimmt für Ihre Einrichtung zu; „für <Einrichtung>“ trägt die Leitung für andere ein",
    usage="!zustimmung B7 [für <Einrichtung>] [zurücknehmen]",
    example="!zustimmung B7",
    topic=TOPIC,
    alias=("agree",),
)
@dataclass(frozen=True, kw_only=True)
class Agree:
    """Vote yes, or take that back."""

    institution: VoteFor | None = None
    decision: VoteRef
    take_back: TakeBack = False


@command(
    "enthaltung",
    brief="enthält sich für Ihre Einrichtung",
    usage="!enthaltung B7 [für <Einrichtung>] [zurücknehmen]",
    example="!enthaltung B7",
    topic=TOPIC,
    alias=("abstain",),
)
@dataclass(frozen=True, kw_only=True)
class Abstain:
    """Abstain, or take that back."""

    institution: VoteFor | None = None
    decision: VoteRef
    take_back: TakeBack = False


@command(
    "bedenken",
    brief="geht für Ihre Einrichtung mit und hält Bedenken fest",
    usage="!bedenken [für <Einrichtung>:] <Text> B7",
    example="!bedenken Die Finanzierung ist noch offen B7",
    topic=TOPIC,
    alias=("concern",),
)
@dataclass(frozen=True, kw_only=True)
class RaiseConcern:
    """Go along with a recorded concern, or take it back."""

    institution: VoteFor | None = None
    decision: VoteRef
    take_back: TakeBack = False
    reason: Reason = ""


@command(
    "einwand",
    brief="erhebt für Ihre Einrichtung Einwand; im Konsent verhindert er den Beschluss",
    usage="!einwand [für <Einrichtung>:] <Text> B7",
    example="!einwand Die Zuständigkeit ist nicht geklärt B7",
    topic=TOPIC,
    alias=("object",),
)
@dataclass(frozen=True, kw_only=True)
class Object:
    """Object with a reason, or take the objection back."""

    institution: VoteFor | None = None
    decision: VoteRef
    take_back: TakeBack = False
    reason: Reason = ""


# --- handlers ---------------------------------------------------------------------------------------------------


@handles(OpenVote)
def open_vote(command: OpenVote, context: Context) -> VoteOpened | SaidElsewhere:
    """Store a new vote, freeze who may vote, plan its reminders."""
    group = context.here()
    entitled = entitled_in(context, group.key)
    if not entitled:
        raise Refusal("nobody_entitled", group=group.name)
    settings = context.settings.decisions
    decision = Decision(
        group_key=group.key,
        text=command.text,
        mandate=command.party,
        rule=settings.rule,
        quorum=settings.quorum.of(len(entitled)),
        secret=command.secret,
        opened_by=context.sender,
        opened_at=context.now,
        closes_on=command.due.day if command.due else None,
        event_id=context.origin,
    )
    _take_file(decision, context)
    context.session.add(decision)
    context.session.flush()
    queries.entitle(context.session, decision.number or 0, entitled)
    confirm_letters(context, decision)
    schedule(context, decision)
    return _in_its_room(context, decision, _opened(command, context, decision))


def _take_file(decision: Decision, context: Context) -> None:
    replied = context.replied
    if replied is None:
        return
    if replied.problem:
        raise Refusal(replied.problem)
    if replied.file:
        decision.file_sha256, decision.file_name = replied.file["sha256"], replied.file["name"]


def _opened(command: OpenVote, context: Context, decision: Decision) -> VoteOpened:
    said = command.due.start.strftime("%H:%M") if command.due and command.due.start else None
    return VoteOpened(view(context.session, decision, context.now), said)


@revises(OpenVote)
def revise(command: OpenVote, context: Context) -> VoteOpened:
    """The opening message was edited: the same vote with the new words, as long as nobody has voted on the old ones."""
    decision = queries.get(context.session, int((context.revising or "B0")[1:]))
    if decision is None or not context.sees(decision.group_key):
        raise Refusal("unknown_reference", reference=context.revising)
    require_open(decision, context.now)
    shown = view(context.session, decision, context.now)
    if shown.tally.counted:
        raise Refusal("already_voted_on", reference=shown.reference)
    decision.text, decision.mandate, decision.secret = command.text, command.party, command.secret
    decision.closes_on = command.due.day if command.due else None
    context.session.add(decision)
    context.session.flush()
    confirm_letters(context, decision)
    schedule(context, decision)
    return _opened(command, context, decision)


@handles(ShowDecision)
def show(command: ShowDecision, context: Context) -> DecisionShown:
    """The card with its state."""
    return DecisionShown(view(context.session, _decision(command.decision, context), context.now))


@handles(CloseVote)
def close_vote(command: CloseVote, context: Context) -> DecisionClosed | SaidElsewhere:
    """Count, number and announce."""
    decision = _to_be_ended(command.decision, context)
    close(context.session, decision, context.now)
    schedule(context, decision)
    shown = view(context.session, decision, context.now)
    refresh_card(context.session, context.voice, shown)
    return _in_its_room(context, decision, DecisionClosed(shown))


@handles(WithdrawVote)
def withdraw(command: WithdrawVote, context: Context) -> DecisionWithdrawn | SaidElsewhere:
    """End the vote; it keeps its place in the register."""
    decision = _to_be_ended(command.decision, context)
    decision.status, decision.closed_at = "withdrawn", context.now
    context.session.add(decision)
    context.session.flush()
    schedule(context, decision)
    shown = view(context.session, decision, context.now)
    refresh_card(context.session, context.voice, shown)
    return _in_its_room(context, decision, DecisionWithdrawn(shown))


@handles(ReplaceDecision)
def replace(command: ReplaceDecision, context: Context) -> DecisionReplaced:
    """Both stay in the register and point to each other."""
    decision, other = _decision(command.decision, context), _decision(command.other, context)
    _require_charge(decision, context)
    if decision.status != "accepted" or decision.replaced_by is not None:
        raise Refusal("not_in_force", reference=command.decision)
    if other.status != "accepted" or other.replaced_by is not None or other is decision:
        raise Refusal("cannot_replace", reference=command.other)
    decision.replaced_by = other.number
    context.session.add(decision)
    context.session.flush()
    return DecisionReplaced(view(context.session, decision, context.now))


@handles(TransferRight)
def transfer(command: TransferRight, context: Context) -> RightTransferred:
    """The other institution's vote then counts for this one too."""
    decision = _decision(command.decision, context)
    own = transfer_right(context, decision, command.to)
    return RightTransferred(view(context.session, decision, context.now), own.name, command.to or None)


@handles(AddFollowUp)
def add_follow_up(command: AddFollowUp, context: Context) -> TaskAdded:
    """A task like any other, linked to the decision."""
    decision = _decision(command.decision, context)
    if decision.status != "accepted":
        raise Refusal("not_in_force", reference=command.decision)
    party = command.party or (None if command.people else decision.mandate)
    added = add_task(AddTask(command.title, people=command.people, party=party, due=command.due), context)
    context.session.add(FollowUp(decision=command.decision.number, task=int(added.task.reference[1:])))
    context.session.flush()
    return added


@handles(PostSheet)
def post_sheet(command: PostSheet, context: Context) -> ResultSheet:
    """The result as a document, once there is one."""
    decision = _decision(command.decision, context)
    if decision.year_number is None:
        raise Refusal("no_result_yet", reference=command.decision)
    data = export.sheet(context.session, context.settings.organisation.name, decision, context.now)
    return ResultSheet(view(context.session, decision, context.now), command.format, data)


@handles(HandOutFile)
def hand_out_file(command: HandOutFile, context: Context) -> FileHandedOut:
    """The bytes as they were when the vote opened."""
    decision = _decision(command.decision, context)
    if decision.file_sha256 is None or decision.file_name is None:
        raise Refusal("no_proposal_file", reference=command.decision)
    kept = queries.file(context.session, decision.file_sha256)
    file = Attachment(decision.file_name, kept.mimetype if kept else OCTETS, sha256=decision.file_sha256)
    return FileHandedOut(view(context.session, decision, context.now), file)


@handles(ListDecisions)
def list_decisions(command: ListDecisions, context: Context) -> DecisionList:
    """The register of this group; in the direct chat of all of the sender's groups."""
    scope = [command.group] if command.group else context.visible_groups
    found = [
        decision
        for decision in queries.register(context.session, [group.key for group in scope])
        if rules.matches(command.words, decision.text, decision.year_number, *(decision.mandate or {}).values())
    ]
    return DecisionList(lines(context.session, found, context.zone), command.words, len(scope) > 1)


@handles(ExportDecisions)
def export_decisions(command: ExportDecisions, context: Context) -> RegisterExported:
    """The register of the groups that may be seen here."""
    if command.group is not None and not context.sees(command.group.key):
        raise Refusal("group_elsewhere", group=command.group.name)
    scope = [command.group] if command.group else context.visible_groups
    keys = [group.key for group in scope]
    now = context.now.replace(microsecond=0)
    data = export.document(context.session, context.settings.organisation.name, now, keys)
    name = "-".join(["decisions", *(keys if len(keys) == 1 else [])])
    found = sum(len(group["decisions"]) for group in data["groups"])
    return RegisterExported(found, command.format, f"{name}.{command.format}", data)


@handles(Agree)
def agree(command: Agree, context: Context) -> Voted:
    """Zustimmung."""
    return _cast(context, command, "yes")


@handles(Abstain)
def abstain(command: Abstain, context: Context) -> Voted:
    """Enthaltung."""
    return _cast(context, command, "abstain")


@handles(RaiseConcern)
def raise_concern(command: RaiseConcern, context: Context) -> Voted:
    """Bedenken."""
    return _cast(context, command, "concern", command.reason)


@handles(Object)
def object_to(command: Object, context: Context) -> Voted:
    """Einwand."""
    return _cast(context, command, "objection", command.reason)


def _cast(context: Context, command: Agree | Abstain | RaiseConcern | Object, choice: str, reason: str = "") -> Voted:
    decision = _decision(command.decision, context)
    return cast(context, decision, choice, reason, take_back=command.take_back, institution=command.institution)


# --- what they share --------------------------------------------------------------------------------------------


def _decision(ref: Ref, context: Context) -> Decision:
    decision = queries.get(context.session, ref.number)
    if decision is None:
        raise Refusal("unknown_reference", reference=ref)
    return decision


def _require_charge(decision: Decision, context: Context) -> None:
    """Who opened it, the group's lead, or a coordinator."""
    if decision.opened_by != context.sender:
        context.require(Right.LEAD)


def _to_be_ended(ref: Ref, context: Context) -> Decision:
    decision = _decision(ref, context)
    _require_charge(decision, context)
    if decision.status != "open":
        raise Refusal("vote_closed", reference=ref)
    return decision


R = TypeVar("R")


def _in_its_room(context: Context, decision: Decision, result: R) -> R | SaidElsewhere:
    """What concerns the whole group is said in its room; elsewhere one line says so."""
    if context.room.group_key == decision.group_key:
        return result
    context.voice.say(f"group:{decision.group_key}", result)
    return SaidElsewhere(view(context.session, decision, context.now))
