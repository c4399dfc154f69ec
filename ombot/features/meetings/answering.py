"""Commands by which institutions answer for a meeting, and who really came."""

from dataclasses import dataclass
from typing import NoReturn

from ombot.chat.context import Context, Question
from ombot.chat.line import fold
from ombot.chat.parameters import Ref, Words
from ombot.chat.refusal import Refusal
from ombot.chat.registry import command, handles
from ombot.chat.rights import Right
from ombot.features.meetings import changes, queries
from ombot.features.meetings.parameters import Attendee, Attendees, Deputy, ForInstitution, MeetingRef, Mode
from ombot.features.meetings.results import (
    AnswerGiven,
    AnswerNoted,
    AnswersShown,
    AnswerTakenBack,
    AnswerView,
    DeputyNamed,
    PresenceShown,
)
from ombot.features.meetings.tables import Answer, Meeting, Presence
from ombot.features.meetings.views import answer_view, present_views, view
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution, Profile
from ombot.store.rooms import Person

TOPIC = "Termine"


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "zusage",
    brief="nimmt die Zusage der eigenen Einrichtung zurück",
    usage="!zusage T3 zurück",
    example="!zusage T3 zurück",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("zurücknehmen", "zurück"),
    alias=("accept",),
)
@dataclass(frozen=True)
class TakeBackYes:
    """Take an acceptance back."""

    meeting: MeetingRef


@command(
    "absage",
    brief="nimmt die Absage der eigenen Einrichtung zurück",
    usage="!absage T3 zurück",
    example="!absage T3 zurück",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("zurücknehmen", "zurück"),
    alias=("decline",),
)
@dataclass(frozen=True)
class TakeBackNo:
    """Take a refusal back."""

    meeting: MeetingRef


@command(
    "vielleicht",
    brief="nimmt das Vielleicht der eigenen Einrichtung zurück",
    usage="!vielleicht T3 zurück",
    example="!vielleicht T3 zurück",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("zurücknehmen", "zurück"),
    alias=("maybe",),
)
@dataclass(frozen=True)
class TakeBackMaybe:
    """Take a "maybe" back."""

    meeting: MeetingRef


@command(
    "zusage",
    brief="sagt für die eigene Einrichtung zu; „für <Einrichtung>“ trägt die Leitung für andere ein",
    usage="!zusage T3 [online|vor Ort] [Notiz] [vertreten durch @x] [für <Einrichtung>]",
    example="!zusage T3 online",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("accept",),
)
@dataclass(frozen=True)
class Accept:
    """Accept for one's institution."""

    meeting: MeetingRef | None = None
    mode: Mode | None = None
    institution: ForInstitution | None = None
    deputy: Deputy | None = None
    note: Words = ""


@command(
    "absage",
    brief="sagt für die eigene Einrichtung ab",
    usage="!absage T3 [Notiz] [vertreten durch @x] [für <Einrichtung>]",
    example="!absage T3 Urlaub",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("decline",),
)
@dataclass(frozen=True)
class Decline:
    """Decline for one's institution."""

    meeting: MeetingRef | None = None
    institution: ForInstitution | None = None
    deputy: Deputy | None = None
    note: Words = ""


@command(
    "vielleicht",
    brief="antwortet für die eigene Einrichtung mit Vielleicht",
    usage="!vielleicht T3 [online|vor Ort] [Notiz] [vertreten durch @x] [für <Einrichtung>]",
    example="!vielleicht T3 Dienstreise noch offen",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("maybe",),
)
@dataclass(frozen=True)
class MaybeComes:
    """Say that one's institution may come."""

    meeting: MeetingRef | None = None
    mode: Mode | None = None
    institution: ForInstitution | None = None
    deputy: Deputy | None = None
    note: Words = ""


@command(
    "termin",
    brief="zeigt, welche Einrichtung was geantwortet hat und wer noch fehlt",
    usage="!termin T3 antworten",
    example="!termin T3 antworten",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("antworten", "answers"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class ShowAnswers:
    """List the answers of a meeting by institution."""

    meeting: MeetingRef


@command(
    "anwesend",
    brief="streicht jemanden aus der Liste der Anwesenden",
    usage="!anwesend [T3] nicht <Person oder Einrichtung, …>",
    example="!anwesend T3 nicht BG RCI",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("nicht", "doch nicht", "not"),
    alias=("present",),
)
@dataclass(frozen=True)
class NotPresent:
    """Take somebody off the list of those who came."""

    attendees: Attendees
    meeting: MeetingRef | None = None


@command(
    "anwesend",
    brief="trägt alle ein, die zugesagt haben",
    usage="!anwesend [T3] alle",
    example="!anwesend T3 alle",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("alle", "all"),
    alias=("present",),
)
@dataclass(frozen=True)
class AllPresent:
    """Everybody who had accepted came."""

    meeting: MeetingRef | None = None


@command(
    "anwesend",
    brief="trägt ein, wer wirklich da ist oder war; ohne Namen zeigt es die Liste",
    usage="!anwesend [T3] [@Person, Einrichtung, Name (Einrichtung), …]",
    example="!anwesend T3 BG RCI",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("present",),
)
@dataclass(frozen=True)
class NotePresent:
    """Note who really came."""

    meeting: MeetingRef | None = None
    attendees: Attendees = ()


# --- answers ----------------------------------------------------------------------------------------------------


@handles(Accept)
def accept(command: Accept, context: Context) -> AnswerNoted | None:
    """Yes, for the sender's institution or, by a lead, for another."""
    return _answer(command, context, "yes", command.mode)


@handles(Decline)
def decline(command: Decline, context: Context) -> AnswerNoted | None:
    """No."""
    return _answer(command, context, "no", None)


@handles(MaybeComes)
def maybe(command: MaybeComes, context: Context) -> AnswerNoted | None:
    """Maybe."""
    return _answer(command, context, "maybe", command.mode)


def _answer(
    command: Accept | Decline | MaybeComes, context: Context, answer: str, mode: str | None
) -> AnswerNoted | None:
    meeting = changes.chosen(command.meeting, context)
    changes.require_open(meeting, context.now)
    institution, for_other = whose(command.institution, context, meeting)
    row = queries.answer_of(context.session, changes.number_of(meeting), id_of(institution))
    if context.pressed and row is not None and row.answer == answer and not row.from_absence:
        return None  # a second press must not wipe out what was written with the first answer
    before = answer_view(context.session, row, institution.name) if row else None
    before_by = context.person(row.given_by) if row and row.given_by != context.sender else None
    row = row or Answer(
        meeting=changes.number_of(meeting),
        institution_id=id_of(institution),
        answer=answer,
        given_by="",
        at=context.now,
    )
    row.answer, row.mode, row.deputy, row.note = answer, mode, command.deputy, command.note
    row.person, row.given_by, row.at = None if for_other else context.sender, context.sender, context.now
    row.from_absence = False
    context.session.add(row)
    context.session.flush()
    changes.recount(context, meeting)
    shown = answer_view(context.session, row, institution.name)
    if for_other:
        _tell_institution(context, meeting, institution, shown)
    # In a room the card with its new count is the answer to a button: sixty notices would bury the conversation.
    if context.pressed and not context.direct and before_by is None:
        return None
    rung = _tell_deputy(context, meeting, row, shown)
    return AnswerNoted(view(context.session, context.settings, meeting), shown, before, before_by, rung)


def whose(named: Institution | None, context: Context, meeting: Meeting) -> tuple[Institution, bool]:
    """The institution that answers, and whether it is another than the sender's.

    Raises:
        Question: it is not known for whom the sender speaks.
        Refusal: it is not asked, or only a lead may answer for it.
    """
    own = own_institution(context)
    institution = named or own or _asked_institution(context)
    for_other = own is None or institution.id != own.id
    if for_other:
        context.group = changes.group_of(context, meeting)
        context.require(Right.LEAD)
    _require_entitled(meeting, institution, context)
    return institution, for_other


def own_institution(context: Context) -> Institution | None:
    """The sender's institution, as it is known or was just answered."""
    known = institutions.institution_of(context.session, context.sender)
    named = context.answers.get("institution")
    if known is not None or named is None:
        return known
    institution = institutions.ensure_institution(context.session, named)
    profile = context.session.get(Profile, context.sender) or Profile(user_id=context.sender)
    profile.institution_id = institution.id
    context.session.add(profile)
    context.session.flush()
    return institution


def _asked_institution(context: Context) -> NoReturn:
    every = institutions.institutions(context.session)
    raise Question("institution_of_yours", "institution", [(one.name, one.name) for one in every])


def _require_entitled(meeting: Meeting, institution: Institution, context: Context) -> None:
    """Who joined the group after the institutions were fixed is welcome too, and counted from then on."""
    number = changes.number_of(meeting)
    if queries.is_entitled(context.session, number, id_of(institution)):
        return
    context.group = changes.group_of(context, meeting)
    if not context.holds(Right.MEMBER):
        raise Refusal("institution_not_asked", institution=institution.name, reference=f"T{number}")
    queries.entitle(context.session, number, [id_of(institution)])


def _tell_institution(context: Context, meeting: Meeting, institution: Institution, answer: AnswerView) -> None:
    people = changes.people_of(context.session, institution.id, meeting.group_key)
    told = [person for person in people if person.id != context.sender]
    context.confirm_many(person.id for person in told)
    given = AnswerGiven(view(context.session, context.settings, meeting), answer, context.person(context.sender))
    for person in told:
        context.voice.say(f"person:{person.id}", given)


def _tell_deputy(context: Context, meeting: Meeting, row: Answer, answer: AnswerView) -> Person | None:
    """A deputy with an account is rung in this room, or told in person where it is the sender's direct chat."""
    if row.deputy is None or not row.deputy.startswith("@") or row.deputy == context.sender:
        return None
    deputy = context.person(row.deputy)
    if not context.direct:
        return deputy
    named = DeputyNamed(view(context.session, context.settings, meeting), answer, context.person(context.sender))
    context.voice.say(f"person:{deputy.id}", named)
    return None


def id_of(institution: Institution) -> int:
    """The key of a stored institution."""
    if institution.id is None:
        raise ValueError("the institution was not flushed")
    return institution.id


@handles(TakeBackYes)
def take_back_yes(command: TakeBackYes, context: Context) -> AnswerTakenBack | None:
    """The acceptance is gone."""
    return _take_back(context, command.meeting.number, "yes")


@handles(TakeBackNo)
def take_back_no(command: TakeBackNo, context: Context) -> AnswerTakenBack | None:
    """The refusal is gone."""
    return _take_back(context, command.meeting.number, "no")


@handles(TakeBackMaybe)
def take_back_maybe(command: TakeBackMaybe, context: Context) -> AnswerTakenBack | None:
    """The "maybe" is gone."""
    return _take_back(context, command.meeting.number, "maybe")


def _take_back(context: Context, number: int, answer: str) -> AnswerTakenBack | None:
    """Only one's own answer, and only if it is still the one that counts: it may be the second of two reactions."""
    institution = institutions.institution_of(context.session, context.sender)
    row = queries.answer_of(context.session, number, id_of(institution)) if institution else None
    meeting = queries.get(context.session, number)
    if meeting is None or institution is None or row is None or row.answer != answer or row.given_by != context.sender:
        if context.pressed:
            return None
        raise Refusal("no_such_answer", reference=f"T{number}")
    changes.require_open(meeting, context.now)
    context.session.delete(row)
    context.session.flush()
    changes.recount(context, meeting)
    if context.pressed and not context.direct:
        return None
    return AnswerTakenBack(view(context.session, context.settings, meeting), institution.name)


@handles(ShowAnswers)
def show_answers(command: ShowAnswers, context: Context) -> AnswersShown:
    """All answers, and the institutions that are still open."""
    session, number = context.session, command.meeting.number
    meeting = changes.the_meeting(command.meeting, context)
    return AnswersShown(
        view(session, context.settings, meeting),
        tuple(answer_view(session, answer, name) for answer, name in queries.answers(session, number)),
        tuple(institution.name for institution in queries.unanswered(session, number)),
    )


# --- who came ---------------------------------------------------------------------------------------------------


@handles(NotePresent)
def note_present(command: NotePresent, context: Context) -> PresenceShown:
    """These came."""
    meeting = _sitting(command.meeting, context)
    for attendee in command.attendees:
        _note(meeting, _with_institution(attendee, context), context)
    return _presence(meeting, context)


def _with_institution(attendee: Attendee, context: Context) -> Attendee:
    """A guest may come from an institution that nobody has named before; then it is made.

    Raises:
        Question: the sender has not said yet that it is none that is only spelt differently.
    """
    if attendee.unknown is None:
        return attendee
    slot = f"confirm_institution {fold(attendee.unknown)}"
    if context.answers.get(slot) != "ja":
        raise Question("attendee_from_elsewhere", slot, facts={"name": attendee.unknown})
    return Attendee(attendee.person, institutions.ensure_institution(context.session, attendee.unknown))


@handles(AllPresent)
def all_present(command: AllPresent, context: Context) -> PresenceShown:
    """Everybody who had accepted came: the deputy where there is one."""
    meeting = _sitting(command.meeting, context)
    for answer, name in queries.answers(context.session, changes.number_of(meeting)):
        if answer.answer == "yes":
            institution = institutions.find_institution(context.session, name)
            _note(meeting, Attendee(answer.deputy or answer.person, institution), context)
    return _presence(meeting, context)


@handles(NotPresent)
def not_present(command: NotPresent, context: Context) -> PresenceShown:
    """These did not come after all."""
    meeting = _sitting(command.meeting, context)
    for attendee in command.attendees:
        for row in queries.present(context.session, changes.number_of(meeting)):
            if _is_same(row, attendee):
                context.session.delete(row)
    context.session.flush()
    return _presence(meeting, context)


def _sitting(ref: Ref | None, context: Context) -> Meeting:
    """The meeting that was named; else the one that began last here, else the one coming up."""
    own = [context.room_group.key] if context.room_group else changes.shown_groups(context)
    meeting = changes.the_meeting(ref, context) if ref else None
    meeting = meeting or queries.started(context.session, own, context.now) or changes.chosen(None, context)
    if meeting.status in ("cancelled", "polling"):
        raise Refusal(f"meeting_{meeting.status}", reference=f"T{meeting.number}", title=meeting.title)
    context.group = changes.group_of(context, meeting)
    context.require(Right.MEMBER)
    return meeting


def _note(meeting: Meeting, attendee: Attendee, context: Context) -> None:
    number = changes.number_of(meeting)
    institution_id = attendee.institution.id if attendee.institution else None
    known = queries.present(context.session, number)
    if any(row.person == attendee.person and row.institution_id == institution_id for row in known):
        return
    context.session.add(
        Presence(
            meeting=number,
            institution_id=institution_id,
            person=attendee.person,
            noted_by=context.sender,
            at=context.now,
        )
    )
    context.session.flush()


def _is_same(row: Presence, attendee: Attendee) -> bool:
    if attendee.person is not None:
        return row.person == attendee.person
    return attendee.institution is not None and row.institution_id == attendee.institution.id


def _presence(meeting: Meeting, context: Context) -> PresenceShown:
    session, number = context.session, changes.number_of(meeting)
    rows = queries.present(session, number)
    came = {row.institution_id for row in rows}
    answers = [entry for entry in queries.answers(session, number) if entry[0].institution_id not in came]
    return PresenceShown(
        view(session, context.settings, meeting),
        present_views(session, rows),
        missing=tuple(name for answer, name in answers if answer.answer == "yes"),
        excused=tuple(name for answer, name in answers if answer.answer == "no"),
    )
