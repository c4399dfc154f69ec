"""Which letters an addressee should have by now; each is written once, when there is a reason for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

from ombot.chat.nodes import Attachment
from ombot.clock import offsets
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.features.decisions import queries as decisions
from ombot.features.decisions.calling import vote_begins, vote_key
from ombot.features.decisions.tables import Decision
from ombot.features.decisions.views import accepts_votes
from ombot.features.groups import queries as groups
from ombot.features.letters import ballots, queries
from ombot.features.letters.results import Invitation, MinutesSent, VoteAsked
from ombot.features.mailing import queries as mailing
from ombot.features.mailing.letters import Desk
from ombot.features.mailing.tables import MailAddress
from ombot.features.meetings import changes
from ombot.features.meetings.export import calendar_data
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import view
from ombot.features.minutes import export as minutes_export
from ombot.features.minutes.rules import letter_key
from ombot.features.minutes.tables import Minutes
from ombot.features.people.tables import Institution
from ombot.store.unit import Session

PROPOSAL_MOST = 7 * 2**20
"""Bytes of an attached file: a third more on the way, and many mail servers take no more than 10 MB."""
MOST = 50
"""How many letters one tick writes: the write lane is not to be held."""


@dataclass(frozen=True)
class Addressee:
    """Somebody with a consent, and the institution for which they are written to."""

    session: Session
    settings: Settings
    now: datetime
    address: MailAddress
    institution: Institution

    @cached_property
    def desk(self) -> Desk:
        """Where their letters are written."""
        return Desk(self.session, self.settings, self.now)

    @property
    def institution_id(self) -> int:
        """The key of the institution."""
        return self.institution.id or 0

    def write_once(self, key: str, make: Callable[[], object | None]) -> bool:
        """Write the letter of a key, unless there is one or there is nothing to say. Returns whether it was written."""
        if key in self.written:
            return False
        letter = make()
        if letter is not None:
            self.written[key] = self.desk.write(self.address, key, letter).created_at
        return letter is not None

    @cached_property
    def written(self) -> dict[str, datetime]:
        """The keys of the letters they have got, with when these were written: one query for all that is asked."""
        return mailing.written_to(self.session, self.address.id or 0)

    def begins(self, start: str) -> bool:
        """Whether they have got a letter whose key begins so."""
        return any(key.startswith(start) for key in self.written)

    def reads(self, group_key: str) -> bool:
        """Whether they may read what is a group's."""
        if group_key not in self._may_read:
            self._may_read[group_key] = mailing.reads(self.session, self.address, group_key)
        return self._may_read[group_key]

    @cached_property
    def _may_read(self) -> dict[str, bool]:
        return {}

    def answer_link(self, meeting: Meeting) -> str | None:
        """A link to answer with until the meeting begins; None once it was answered."""
        number = meeting.number or 0
        if meeting.start is None or queries.has_answered(self.session, number, self.institution_id):
            return None
        return self.desk.link(self.address, "answer", f"T{number}", meeting.start)


def addressees(session: Session, settings: Settings, now: datetime) -> Iterator[Addressee]:
    """Everybody who may be written to and stands for an institution."""
    if not mailing.enabled(settings):
        return
    for address in mailing.consenting(session):
        institution = mailing.institution_of(session, address)
        if institution is not None:
            yield Addressee(session, settings, now, address, institution)


def write_due(session: Session, settings: Settings, now: datetime) -> int:
    """Write what is to be written now; nothing in quiet hours. Returns how many letters."""
    if calendar_of(settings).next_open(now) > now:
        return 0
    count = 0
    for addressee in addressees(session, settings, now):
        for key, make in _wanted(addressee):
            if addressee.write_once(key, make):
                count += 1
            if count == MOST:
                return count
    return count


def _wanted(one: Addressee) -> Iterator[tuple[str, Callable[[], object]]]:
    """Keys of letters with what makes them."""
    # A date of a series is written about when it is announced, not all of them at once.
    for meeting in changes.invited(one.session, queries.invited(one.session, one.institution_id, one.now)):
        # Sessions of the board concern everybody, as in chat.
        if meeting.kind != "session" and not one.reads(meeting.group_key):
            continue
        key = f"invitation:T{meeting.number}:{meeting.sequence}"
        first = f"invitation:T{meeting.number}:"
        # Who was never invited need not be told that it was cancelled.
        if meeting.status == "planned" or one.begins(first):
            yield key, partial(invitation, one, meeting)
    for decision in votes_waiting(one):
        yield vote_key(decision), partial(vote_asked, one, decision)
        if (step := _vote_reminder(one, decision)) is not None:
            yield f"{vote_key(decision)}:{step}", partial(vote_asked, one, decision, reminder=True)
    since = one.address.consented_at or datetime.now(UTC)
    for minutes, meeting in queries.minutes_since(one.session, one.institution_id, since - timedelta(days=1)):
        if not one.reads(meeting.group_key):
            continue
        key = letter_key(minutes.meeting, minutes.status)
        yield key, partial(minutes_sent, one, minutes, meeting)


def invitation(one: Addressee, meeting: Meeting) -> Invitation:
    """The invitation, with a file for the calendar under the same UID as everywhere."""
    shown = view(one.session, one.settings, meeting)
    known = one.begins(f"invitation:T{meeting.number}:")
    change = "cancelled" if meeting.status == "cancelled" else "changed" if known else "new"
    answer = one.answer_link(meeting) if change != "cancelled" else None
    calendar = calendar_data(one.settings, [meeting], one.settings.organisation.name)
    return Invitation(shown, one.institution.name, change, answer, calendar)


def votes_waiting(one: Addressee) -> Iterator[Decision]:
    """Votes that still count and wait for the institution."""
    today = one.now.astimezone(one.settings.organisation.timezone)
    for decision in queries.votes_open(one.session, one.institution_id):
        if accepts_votes(decision, today) and one.reads(decision.group_key):
            yield decision


def _vote_reminder(one: Addressee, decision: Decision) -> str | None:
    """The newest reminder whose time has come, as in chat; None before, and for who was asked only after that."""
    if decision.closes_on is None:
        return None
    calendar, offsets_ = calendar_of(one.settings), one.settings.decisions.reminders
    steps = offsets.steps(calendar, "reminder", decision.closes_on, offsets_, "")
    passed = max((step for step in steps if step.due_at <= one.now), key=lambda step: step.due_at, default=None)
    if passed is None:
        return None
    asked = one.written.get(vote_key(decision))
    return passed.step if asked is not None and asked < passed.due_at else None


def vote_asked(one: Addressee, decision: Decision, *, reminder: bool = False) -> VoteAsked:
    """The wording, until when, and the link to vote with."""
    proposal, small = _proposal(one, decision)
    known = one.begins(vote_begins(decision))
    return VoteAsked(
        reference=f"B{decision.number}",
        text=decision.text,
        group=groups.names(one.session).get(decision.group_key, decision.group_key),
        institution=one.institution.name,
        until=decision.closes_on,
        secret=decision.secret,
        proposal=proposal if small else None,
        proposal_apart=proposal.name if proposal and not small else None,
        link=vote_link(one, decision),
        change="reminder" if reminder else "changed" if known else "new",
    )


def _proposal(one: Addressee, decision: Decision) -> tuple[Attachment | None, bool]:
    """The file that is voted on, and whether it may go into a letter."""
    kept = decisions.file(one.session, decision.file_sha256) if decision.file_sha256 else None
    if kept is None:
        return None, False
    return Attachment(decision.file_name or "", kept.mimetype, sha256=kept.sha256), kept.size <= PROPOSAL_MOST


def vote_link(one: Addressee, decision: Decision) -> str:
    """A link to vote with until the vote ends."""
    ends = ballots.ends_at(one.settings, decision, one.now)
    return one.desk.link(one.address, "vote", f"B{decision.number}", ends)


def minutes_sent(one: Addressee, minutes: Minutes, meeting: Meeting) -> MinutesSent:
    """The minutes as a file."""
    data = minutes_export.document(one.session, one.settings, meeting, minutes)
    until = minutes.review_until if minutes.status == "review" else None
    return MinutesSent(meeting.title, f"T{meeting.number}", until, {"kind": "minutes", "format": "pdf", "data": data})
