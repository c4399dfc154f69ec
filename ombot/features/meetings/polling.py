"""Date polls: several dates are proposed, institutions vote on each, and the best one becomes the meeting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ombot.chat import dates
from ombot.chat.context import Context, Question
from ombot.chat.language import say_when
from ombot.chat.parameters import InGroup, Number, Ref, Title
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles, revises
from ombot.chat.rights import Right
from ombot.features.meetings import answering, changes, making, queries, steps
from ombot.features.meetings.parameters import Appointment, ForInstitution, MeetingRef, PollDates, PollVotes, Until
from ombot.features.meetings.results import MeetingAdded, PollCard, PollShown, PollVoted
from ombot.features.meetings.rules import ANSWER_OF_VOTE, EVERY_DATE, POLL_LEAST, best_dates
from ombot.features.meetings.tables import Answer, Meeting, PollDate, PollVote
from ombot.features.meetings.views import poll_view
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution
from ombot.store import outbox

TOPIC = "Termine"
Span = tuple[datetime, datetime | None]


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "terminfindung",
    brief="macht aus dem besten Datum die nächste Sitzung des Strategiekreises, mit ihrem ganzen Ablauf",
    usage="!terminfindung T5 schließen als Sitzung [Nummer]",
    example="!terminfindung T5 schließen als Sitzung",
    topic=TOPIC,
    right=Right.COORDINATOR,
    verb=("schließen als sitzung", "als sitzung schließen", "close as session"),
    alias=("poll",),
)
@dataclass(frozen=True)
class ClosePollAsSession:
    """End a poll of the board and make its next session."""

    meeting: MeetingRef
    number: Number | None = None


@command(
    "terminfindung",
    brief="macht aus dem besten Datum den Termin; mit einer Nummer aus diesem",
    usage="!terminfindung T5 schließen [Nummer]",
    example="!terminfindung T5 schließen",
    topic=TOPIC,
    verb=("schließen", "close"),
    alias=("poll",),
)
@dataclass(frozen=True)
class ClosePoll:
    """End a poll and make the meeting."""

    meeting: MeetingRef
    number: Number | None = None


@command(
    "terminfindung",
    brief="stimmt für die eigene Einrichtung ab; „für <Einrichtung>“ trägt die Leitung für andere ein",
    usage="!terminfindung T5 1 ja, 2 zur Not, 3 nein [für <Einrichtung>]",
    example="!terminfindung T5 1 ja, 2 zur Not",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    alias=("poll",),
)
@dataclass(frozen=True, kw_only=True)
class VoteDates:
    """Vote on the dates of a poll."""

    meeting: MeetingRef
    institution: ForInstitution | None = None
    votes: PollVotes


@command(
    "terminfindung",
    brief="zeigt den Stand und wer noch nicht abgestimmt hat",
    usage="!terminfindung T5",
    example="!terminfindung T5",
    topic=TOPIC,
    right=Right.ANYONE,
    alias=("poll",),
)
@dataclass(frozen=True)
class ShowPoll:
    """Show a poll."""

    meeting: MeetingRef


@command(
    "terminfindung",
    brief="fragt die Einrichtungen der Gruppe, welches Datum passt: eines je Zeile",
    usage="!terminfindung <Titel> [bis <Datum>], darunter je Zeile ein Datum mit Uhrzeit",
    example="!terminfindung Klausur bis 10.12.2026\n14.12.2026 10–12 Uhr\n15.12.2026 14–16 Uhr",
    topic=TOPIC,
    place=Place.GROUP,
    alias=("poll",),
)
@dataclass(frozen=True)
class AddPoll:
    """Ask for a date."""

    title: Title
    group: InGroup | None = None
    until: Until | None = None
    dates: PollDates = ()


# --- making -----------------------------------------------------------------------------------------------------


@handles(AddPoll)
def add_poll(command: AddPoll, context: Context) -> MeetingAdded | None:
    """Store the poll with its dates and show its card in the group's room; a single date can be the meeting at once."""
    if len(command.dates) == 1:
        return _without_choice(command, context)
    until = _until(command, context)
    poll = Meeting(
        group_key=context.here().key,
        title=command.title,
        status="polling",
        poll_until=until,
        created_by=context.sender,
        created_at=context.now,
        changed_at=context.now,
        event_id=context.origin,
    )
    context.session.add(poll)
    context.session.flush()
    queries.set_poll_dates(context.session, changes.number_of(poll), command.dates)
    changes.entitle(context.session, poll, context.own_id)
    steps.schedule(context.session, context.settings, poll, context.now)
    changes.mark_boards(context.session, poll)
    return changes.announce(context, poll)


def _without_choice(command: AddPoll, context: Context) -> MeetingAdded | None:
    """Where there is nothing to choose from, the meeting itself.

    Raises:
        Question: the sender has not said yet that it shall be made.
    """
    ((start, end),) = command.dates
    if context.answers.get("confirm_meeting") != "ja":
        raise Question("poll_one_date", "confirm_meeting", facts={"title": command.title, "when": start})
    changes.require_working_day(context, start)
    meeting = making.new_meeting(context, context.here().key, command.title, Appointment(start, end))
    return making.made(context, meeting)


def _until(command: AddPoll, context: Context) -> date | None:
    """The last day of voting.

    Raises:
        Refusal: there is nothing to choose from, or the vote would go on after the first date.
    """
    if len(command.dates) < POLL_LEAST:
        raise Refusal("poll_no_dates", title=command.title)
    if command.until is None:
        return None
    first = min(start for start, _ in command.dates).astimezone(context.zone).date()
    if command.until.day > first:
        raise Refusal("poll_until_late", until=command.until.day, first=first)
    return command.until.day


@revises(AddPoll)
def revise_poll(command: AddPoll, context: Context) -> PollCard:
    """The creating message was edited: other words always, other dates only until somebody has voted."""
    poll = queries.get(context.session, int((context.revising or "T0")[1:]))
    if poll is None or poll.group_key not in changes.shown_groups(context):
        raise Refusal("unknown_reference", reference=context.revising)
    _require_running(poll)
    number = changes.number_of(poll)
    until = _until(command, context)
    known = [_span(row) for row in queries.poll_dates(context.session, number)]
    if [(start.astimezone(UTC), end and end.astimezone(UTC)) for start, end in command.dates] != known:
        if queries.poll_votes(context.session, number):
            raise Refusal("poll_has_votes", reference=f"T{number}")
        queries.set_poll_dates(context.session, number, command.dates)
    poll.title, poll.poll_until, poll.changed_at = command.title, until, context.now
    context.session.add(poll)
    context.session.flush()
    steps.schedule(context.session, context.settings, poll, context.now)
    return PollCard(poll_view(context.session, context.settings, poll))


def _span(row: PollDate) -> Span:
    return row.start, row.end


@handles(ShowPoll)
def show_poll(command: ShowPoll, context: Context) -> PollShown:
    """The counts and who is missing; of a poll that is closed too."""
    poll = changes.the_meeting(command.meeting, context)
    if not queries.poll_dates(context.session, command.meeting.number):
        raise Refusal("no_poll", reference=command.meeting, title=poll.title)
    return PollShown(poll_view(context.session, context.settings, poll))


# --- voting -----------------------------------------------------------------------------------------------------


@handles(VoteDates)
def vote(command: VoteDates, context: Context) -> PollVoted:
    """For the sender's institution or, by a lead, for another; what is not named stays as it was."""
    poll = _running(command.meeting, context)
    if poll.poll_until is not None and context.today > poll.poll_until:
        raise Refusal("poll_over", reference=command.meeting, day=poll.poll_until)
    wanted = _wanted(command, context)
    institution, for_other = answering.whose(command.institution, context, poll)
    institution_id = answering.id_of(institution)
    rows = queries.poll_votes_of(context.session, command.meeting.number, institution_id)
    before = _shown(rows)
    for number, choice in wanted.items():
        row = rows.setdefault(
            number,
            PollVote(
                meeting=command.meeting.number,
                number=number,
                institution_id=institution_id,
                choice=choice,
                given_by="",
                at=context.now,
            ),
        )
        row.choice, row.given_by, row.at = choice, context.sender, context.now
        context.session.add(row)
    context.session.flush()
    changes.recount(context, poll)
    voted = PollVoted(poll_view(context.session, context.settings, poll), institution.name, _shown(rows), before)
    if for_other:
        _tell_institution(context, poll, institution, voted)
    return voted


def _wanted(command: VoteDates, context: Context) -> dict[int, str]:
    """The votes by date, with ``alle`` spread over all of them; what is said of one date goes before that."""
    known = [row.number for row in queries.poll_dates(context.session, command.meeting.number)]
    for number in command.votes:
        if number not in (EVERY_DATE, *known):
            raise Refusal("poll_no_such_date", reference=command.meeting, number=number, most=len(known))
    every = dict.fromkeys(known, command.votes[EVERY_DATE]) if EVERY_DATE in command.votes else {}
    return every | {number: choice for number, choice in command.votes.items() if number != EVERY_DATE}


def _shown(rows: dict[int, PollVote]) -> tuple[tuple[int, str], ...]:
    return tuple((number, rows[number].choice) for number in sorted(rows))


def _tell_institution(context: Context, poll: Meeting, institution: Institution, voted: PollVoted) -> None:
    people = changes.people_of(context.session, institution.id, poll.group_key)
    told = [person.id for person in people if person.id != context.sender]
    context.confirm_many(told)
    result = PollVoted(voted.poll, voted.institution, voted.votes, voted.before, context.person(context.sender))
    for user_id in told:
        context.voice.say(f"person:{user_id}", result)


def _running(ref: Ref, context: Context) -> Meeting:
    poll = changes.the_meeting(ref, context)
    _require_running(poll)
    return poll


def _require_running(poll: Meeting) -> None:
    if poll.status == "polling":
        return
    reference = f"T{poll.number}"
    if poll.status == "cancelled":
        raise Refusal("meeting_cancelled", reference=reference, title=poll.title)
    raise Refusal("no_poll", reference=reference, title=poll.title)


# --- closing ----------------------------------------------------------------------------------------------------


@handles(ClosePoll)
def close_poll(command: ClosePoll, context: Context) -> MeetingAdded | None:
    """The best date, or the one that was named, becomes the meeting."""
    poll = _running(command.meeting, context)
    changes.require_maker(poll, context)
    chosen = _chosen(command, context)
    return _closed(context, poll, chosen, chosen.end)


@handles(ClosePollAsSession)
def close_poll_as_session(command: ClosePollAsSession, context: Context) -> MeetingAdded | None:
    """The date becomes the next session of the board, and its whole cycle begins.

    Raises:
        Refusal: it is the poll of another group.
    """
    poll = _running(command.meeting, context)
    group = changes.group_of(context, poll)
    if group is None or group.kind != "board":
        raise Refusal("poll_not_boards", reference=command.meeting)
    chosen = _chosen(command, context)
    end = chosen.end or _asked_end(chosen.start.astimezone(context.zone), context)
    making.become_session(context, poll)
    return _closed(context, poll, chosen, end)


def _asked_end(start: datetime, context: Context) -> datetime:
    """When a session ends for which the poll had only a beginning.

    Raises:
        Question: that was not answered yet, or not in words for a time.
    """
    answer = context.answers.get("end")
    if answer is None:
        raise Question("end_missing", "end", facts={"start": start.time()})
    try:
        reading = dates.read(f"{start:%d.%m.%Y, %H:%M} bis {answer.removeprefix('bis ')}", context.now)
    except Refusal as refusal:
        raise Question(refusal.code, "end", facts=refusal.facts) from refusal
    end = reading.ends_at(context.zone)
    if end is None:
        raise Question("end_missing", "end", facts={"start": start.time()})
    return end


def _closed(context: Context, poll: Meeting, chosen: PollDate, end: datetime | None) -> MeetingAdded | None:
    """The poll is a meeting now; its card is a new message that asks those to answer who have not voted on the date."""
    changes.require_working_day(context, chosen.start.astimezone(context.zone))
    old = outbox.get(context.session, poll.card) if poll.card else None
    poll.start, poll.end, poll.status, poll.card = chosen.start, end, "planned", None
    _take_over(context, poll, chosen)
    changes.changed(context, poll)
    making.preview(context, poll)
    if old is not None:
        result = PollCard(poll_view(context.session, context.settings, poll))
        context.voice.edit(old, context.voice.cards[PollCard](result), slot=f"poll:T{poll.number}")
    return changes.announce(context, poll)


def _take_over(context: Context, poll: Meeting, chosen: PollDate) -> None:
    """What an institution has said to the date is its answer to the meeting, until it gives another."""
    votes = [vote for vote, _ in queries.poll_votes(context.session, changes.number_of(poll))]
    of_whom = institutions.institution_ids(context.session, [vote.given_by for vote in votes])
    for vote in votes:
        if vote.number != chosen.number:
            continue
        own = of_whom.get(vote.given_by) == vote.institution_id
        context.session.add(
            Answer(
                meeting=changes.number_of(poll),
                institution_id=vote.institution_id,
                person=vote.given_by if own else None,
                answer=ANSWER_OF_VOTE[vote.choice],
                given_by=vote.given_by,
                at=vote.at,
            )
        )
    context.session.flush()


def _chosen(command: ClosePoll | ClosePollAsSession, context: Context) -> PollDate:
    rows = {row.number: row for row in queries.poll_dates(context.session, command.meeting.number)}
    if command.number is not None:
        if command.number not in rows:
            raise Refusal("poll_no_such_date", reference=command.meeting, number=command.number, most=len(rows))
        if rows[command.number].start <= context.now:
            raise Refusal("date_past", when=rows[command.number].start.astimezone(context.zone))
        return rows[command.number]
    if not queries.poll_votes(context.session, command.meeting.number):
        raise Refusal("poll_no_votes", reference=command.meeting)
    counts = [
        one
        for one in queries.poll_counts(context.session, command.meeting.number)
        if rows[one.number].start > context.now
    ]
    if not counts:
        raise Refusal("poll_all_past", reference=command.meeting)
    return _best([rows[number] for number in best_dates(counts)], context)


def _best(tied: Sequence[PollDate], context: Context) -> PollDate:
    if len(tied) == 1:
        return tied[0]
    answer = context.answers.get("date")
    chosen = next((row for row in tied if str(row.number) == answer), None)
    if chosen is None:
        zone = context.zone
        labels = [say_when(row.start.astimezone(zone), row.end.astimezone(zone) if row.end else None) for row in tied]
        options = [(label, str(row.number)) for label, row in zip(labels, tied, strict=True)]
        raise Question("poll_tie", "date", options)
    return chosen
