"""What the handlers of meetings find out, for the cards to say. All times are in the organisation's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from ombot.chat.recurrences import Rule
from ombot.features.meetings.rules import DateCount, Tally
from ombot.store.rooms import Person


@dataclass(frozen=True)
class MeetingView:
    """A meeting as it is shown: names resolved, nothing left to look up."""

    reference: str
    kind: str
    title: str
    description: str
    group: str
    start: datetime | None
    end: datetime | None
    place: str
    url: str
    moderation: str
    status: str
    tally: Tally
    from_poll: bool = False
    """Whether its date was found by a poll, whose votes are answers."""


@dataclass(frozen=True)
class MeetingCard:
    """The meeting with its buttons: the announcement, edited in place as answers come in."""

    meeting: MeetingView


@dataclass(frozen=True)
class MeetingAdded:
    """Told where the command was given when the announcement stands in another room."""

    meeting: MeetingView


@dataclass(frozen=True)
class MeetingShown:
    """The card on request, with its entry for calendars."""

    meeting: MeetingView
    calendar: dict[str, Any]


@dataclass(frozen=True)
class PollDateView:
    """One date of a poll with its count, and its gaps.

    ``holiday`` is the name of the public holiday on that day; ``away`` are institutions without a vote for it all of
    whose people are away then.
    """

    start: datetime
    end: datetime | None
    count: DateCount
    holiday: str | None
    sunday: bool
    away: tuple[str, ...] = ()


@dataclass(frozen=True)
class PollView:
    """A date poll as it is shown.

    ``until`` is the last day on which votes are asked for; with ``open_end`` those that come later count as well.
    ``best`` are the numbers of the dates that fit best as things stand, none before the first vote; ``against`` are
    the institutions that said no to one of these; ``missing`` those that have not voted at all.
    """

    meeting: MeetingView
    until: date | None
    dates: tuple[PollDateView, ...]
    asked: int
    best: tuple[int, ...]
    against: tuple[str, ...]
    missing: tuple[str, ...]
    open_end: bool = False


@dataclass(frozen=True)
class PollCard:
    """The poll as it stands in its group's room, edited in place as votes come in."""

    poll: PollView


@dataclass(frozen=True)
class PollShown:
    """The poll on request, with the institutions that have not voted."""

    poll: PollView


@dataclass(frozen=True)
class PollVoted:
    """The votes of an institution by the number of the date, after somebody voted for it.

    ``by`` is set where somebody of another institution did.
    """

    poll: PollView
    institution: str
    votes: tuple[tuple[int, str], ...]
    before: tuple[tuple[int, str], ...] = ()
    by: Person | None = None


@dataclass(frozen=True)
class PollsOwed:
    """Running polls in which the sender's institution has not voted."""

    polls: tuple[PollView, ...]
    institution: str


@dataclass(frozen=True)
class MeetingList:
    """Coming meetings, the next one first, and behind them those whose date is still searched."""

    meetings: tuple[MeetingView, ...]


@dataclass(frozen=True)
class FieldChange:
    """One value before and after, as it is shown: a time span, a text, or nothing."""

    field: str
    before: tuple[datetime | None, datetime | None] | str
    after: tuple[datetime | None, datetime | None] | str


@dataclass(frozen=True)
class MeetingChanged:
    """What has changed, and who is told because they had answered."""

    meeting: MeetingView
    changes: tuple[FieldChange, ...]
    notify: tuple[Person, ...] = ()


@dataclass(frozen=True)
class MeetingCancelled:
    """It will not take place."""

    meeting: MeetingView
    notify: tuple[Person, ...] = ()


@dataclass(frozen=True)
class SeriesView:
    """A series: its rule and times, the dates that exist, and the days left out as public holidays, with their names.

    ``until`` is the last day on which the rule holds; ``ended`` is set once no more dates are made.
    """

    title: str
    group: str
    rule: Rule
    start: time
    end: time | None
    until: date | None
    ended: bool
    place: str
    url: str
    dates: tuple[MeetingView, ...]
    holidays: tuple[tuple[date, str], ...]


@dataclass(frozen=True)
class SeriesAdded:
    """A new series with its first dates."""

    series: SeriesView


@dataclass(frozen=True)
class SeriesShown:
    """A series on request, by the reference of one of its dates, with its entries for calendars."""

    series: SeriesView
    reference: str
    calendar: dict[str, Any]


@dataclass(frozen=True)
class SeriesEnded:
    """A series ends before ``meeting``: these dates are called off, and who is told because they had answered."""

    meeting: MeetingView
    cancelled: tuple[MeetingView, ...]
    notify: tuple[Person, ...] = ()


@dataclass(frozen=True)
class AnswerView:
    """The answer of one institution."""

    institution: str
    answer: str
    mode: str | None
    deputy: str | None
    note: str
    given_for: bool = False
    """Whether somebody of another institution answered for it."""
    from_absence: bool = False
    """Whether nobody answered, but everybody of the institution is away."""


@dataclass(frozen=True)
class AnswerNoted:
    """An answer is stored.

    ``before`` is what the institution had answered, ``before_by`` who had, if it was another person; ``deputy`` is
    rung, since they come instead.
    """

    meeting: MeetingView
    answer: AnswerView
    before: AnswerView | None = None
    before_by: Person | None = None
    deputy: Person | None = None


@dataclass(frozen=True)
class DeputyNamed:
    """Told to somebody who was named as deputy elsewhere."""

    meeting: MeetingView
    answer: AnswerView
    by: Person


@dataclass(frozen=True)
class AnswerGiven:
    """Told to the people of an institution for which somebody else has answered."""

    meeting: MeetingView
    answer: AnswerView
    by: Person


@dataclass(frozen=True)
class AnswerTakenBack:
    """An institution is open again."""

    meeting: MeetingView
    institution: str


@dataclass(frozen=True)
class AbsenceFollowed:
    """What an absence came to: an institution has declined or is open again, has answered otherwise, or is asked on.

    ``kept`` are meetings for which the person had accepted, ``asked`` those for which others of the institution, by
    name, are still asked, ``elsewhere`` is the number of meetings that may not be named here.
    """

    institution: str
    declined: tuple[MeetingView, ...]
    opened: tuple[MeetingView, ...]
    kept: tuple[MeetingView, ...]
    asked: tuple[tuple[MeetingView, tuple[str, ...]], ...]
    elsewhere: int


@dataclass(frozen=True)
class AnswersShown:
    """Who has answered what, by institution, and who has not."""

    meeting: MeetingView
    answers: tuple[AnswerView, ...]
    unanswered: tuple[str, ...]


@dataclass(frozen=True)
class PresentView:
    """Somebody who came: a name, an institution, or both."""

    name: str | None
    institution: str | None


@dataclass(frozen=True)
class PresenceShown:
    """Who came, against the answers: institutions that had accepted and are missing, and the excused."""

    meeting: MeetingView
    present: tuple[PresentView, ...]
    missing: tuple[str, ...]
    excused: tuple[str, ...]


@dataclass(frozen=True)
class ToCome:
    """One automatic message still to come: to these places, and to so many persons in their direct chats."""

    brief: str
    to: tuple[str, ...]
    persons: int
    at: datetime
    skipped: bool


@dataclass(frozen=True)
class Course:
    """Everything that will still be sent for a meeting; ``change`` is what was done: skip, send, pause or resume.

    ``along`` is what goes with it without being a step of its own, such as votes that end.
    """

    meeting: MeetingView
    entries: tuple[ToCome, ...]
    along: tuple[ToCome, ...]
    paused: bool
    change: str = ""
    changed: ToCome | None = None


@dataclass(frozen=True)
class BoardMeetings:
    """The part of a board about meetings: the next one of the group, and the next session."""

    meetings: tuple[MeetingView, ...]


@dataclass(frozen=True)
class AnswersOwed:
    """Meetings the sender's institution has not answered."""

    meetings: tuple[MeetingView, ...]
    institution: str
