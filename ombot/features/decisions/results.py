"""What the handlers of decisions find out, for the cards to say."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ombot.chat.nodes import Attachment
from ombot.features.decisions.rules import Tally
from ombot.store.rooms import Person


@dataclass(frozen=True)
class VoteView:
    """What one institution voted. ``by`` is who gave it; ``through`` the institution that voted in its place;
    ``on_behalf`` says that a lead wrote it down for an institution not their own.
    """

    institution: str
    choice: str
    text: str = ""
    by: Person | None = None
    through: str | None = None
    on_behalf: bool = False


@dataclass(frozen=True)
class TaskLine:
    """A follow-up task in one line."""

    reference: str
    title: str
    status: str


@dataclass(frozen=True)
class DecisionLine:
    """A decision as one item of a list."""

    reference: str
    year_number: str | None
    title: str
    group: str
    status: str
    mandate: str | None
    closes_on: date | None
    closed_on: date | None
    replaced_by: str | None
    tasks: tuple[TaskLine, ...] = ()


@dataclass(frozen=True)
class DecisionView:
    """A decision as it is shown: names resolved, nothing left to look up.

    ``votes`` are empty in a secret vote; ``remarks`` are its concerns and objections without their institutions,
    once it is closed. ``tally`` holds only who took part as long as a secret vote is open.
    """

    line: DecisionLine
    text: str
    rule: str
    quorum: int
    secret: bool
    recorded: bool
    open: bool
    """Whether votes still count: not closed, and its last day is not over."""
    opened_by: Person
    opened_at: datetime
    tally: Tally
    votes: tuple[VoteView, ...] = ()
    remarks: tuple[VoteView, ...] = ()
    missing: tuple[str, ...] = ()
    meeting: str | None = None
    replaces: tuple[str, ...] = ()
    file: str | None = None
    file_sha256: str | None = None
    """Checksum of the text that is voted on, where that is a file."""

    @property
    def reference(self) -> str:
        """B7."""
        return self.line.reference


@dataclass(frozen=True)
class VoteOpened:
    """A new vote; ``time_said`` is a time of day that was written, echoed but not stored."""

    decision: DecisionView
    time_said: str | None = None


@dataclass(frozen=True)
class DecisionShown:
    """The card with its state."""

    decision: DecisionView


@dataclass(frozen=True)
class VoteCast:
    """An institution's open vote, and what it was before; ``vote`` None: it was taken back."""

    decision: DecisionView
    institution: str
    vote: VoteView | None
    before: VoteView | None


@dataclass(frozen=True)
class VoteEntered:
    """Told to the people of an institution whose vote a lead has written down."""

    decision: DecisionView
    vote: VoteView


@dataclass(frozen=True)
class NothingTakenBack:
    """There was no such vote of this person to take back; ``vote`` is what counts."""

    decision: DecisionView
    institution: str
    vote: VoteView | None


@dataclass(frozen=True)
class BallotCast:
    """A secret ballot was counted. Says nothing of what it was: answers stay in the outbox."""

    decision: DecisionView
    institution: str
    represented: tuple[str, ...]


@dataclass(frozen=True)
class DecisionClosed:
    """The result, as it is announced."""

    decision: DecisionView


@dataclass(frozen=True)
class SaidElsewhere:
    """The answer where a command was given outside the group's room, in which its card stands now."""

    decision: DecisionView


@dataclass(frozen=True)
class DecisionWithdrawn:
    """A vote that ended without a result."""

    decision: DecisionView


@dataclass(frozen=True)
class DecisionReplaced:
    """A decision that another one takes the place of."""

    decision: DecisionView


@dataclass(frozen=True)
class RightTransferred:
    """An institution gave its right to another one, or (``to`` None) took it back."""

    decision: DecisionView
    institution: str
    to: str | None


@dataclass(frozen=True)
class DecisionList:
    """The register, or what of it fits the words."""

    decisions: tuple[DecisionLine, ...]
    words: str
    by_group: bool


@dataclass(frozen=True)
class ResultSheet:
    """The result sheet as a file, its data frozen."""

    decision: DecisionView
    format: str
    data: dict[str, Any]


@dataclass(frozen=True)
class FileHandedOut:
    """The file that is or was voted on, as it was when the vote opened."""

    decision: DecisionView
    file: Attachment


@dataclass(frozen=True)
class RegisterExported:
    """The register as a file, its data frozen."""

    count: int
    format: str
    name: str
    data: dict[str, Any]


@dataclass(frozen=True)
class BoardVotes:
    """The part of a board about running votes: each with how many have voted of how many."""

    decisions: tuple[DecisionView, ...]


@dataclass(frozen=True)
class MyVotes:
    """Votes in which the sender's institution has not voted yet."""

    decisions: tuple[DecisionLine, ...]
