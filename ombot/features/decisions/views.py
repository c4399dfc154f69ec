"""Rows to what is shown: names resolved, votes counted."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sqlmodel import Session

from ombot.features.decisions import queries, rules
from ombot.features.decisions.results import DecisionLine, DecisionView, TaskLine, VoteView
from ombot.features.decisions.rules import Tally
from ombot.features.decisions.tables import Decision, Vote
from ombot.features.groups import queries as groups
from ombot.store import rooms
from ombot.store.rooms import Person

TITLE_LENGTH = 120
"""Characters of a decision's text that stand in a list."""


def lines(session: Session, decisions: Sequence[Decision], zone: tzinfo | None) -> tuple[DecisionLine, ...]:
    """Decisions as items of a list, with a constant number of queries; days as they are in ``zone``."""
    names = groups.names(session)
    tasks = queries.follow_ups(session, [decision.number or 0 for decision in decisions])
    return tuple(
        DecisionLine(
            reference=f"B{decision.number}",
            year_number=decision.year_number,
            title=title_of(decision),
            group=names.get(decision.group_key, decision.group_key),
            status=decision.status,
            mandate=next(iter(decision.mandate.values())) if decision.mandate else None,
            closes_on=decision.closes_on,
            closed_on=decision.closed_at.astimezone(zone).date() if decision.closed_at else None,
            replaced_by=f"B{decision.replaced_by}" if decision.replaced_by else None,
            tasks=tuple(
                TaskLine(f"A{task.number}", task.title, task.status) for task in tasks.get(decision.number or 0, [])
            ),
        )
        for decision in decisions
    )


def title_of(decision: Decision) -> str:
    """The first line of the text, shortened."""
    first = decision.text.split("\n", 1)[0]
    return first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1].rstrip()}…"


def view(session: Session, decision: Decision, now: datetime) -> DecisionView:
    """One decision with its votes. ``now`` is in the organisation's time zone."""
    number = decision.number or 0
    count = Count(session, decision)
    return DecisionView(
        line=lines(session, [decision], now.tzinfo)[0],
        text=decision.text,
        rule=decision.rule,
        quorum=decision.quorum,
        secret=decision.secret,
        recorded=decision.recorded,
        open=accepts_votes(decision, now),
        opened_by=Person(decision.opened_by, rooms.display_name(session, decision.opened_by)),
        opened_at=decision.opened_at.astimezone(now.tzinfo),
        tally=count.tally(),
        votes=count.votes(),
        remarks=count.remarks(),
        missing=tuple(count.names[one] for one in count.missing()),
        meeting=f"T{decision.meeting}" if decision.meeting else None,
        replaces=tuple(f"B{one}" for one in queries.replaced_by(session, number)),
        file=decision.file_name,
        file_sha256=decision.file_sha256,
    )


def accepts_votes(decision: Decision, now: datetime) -> bool:
    """Whether a vote sent now counts."""
    return decision.status == "open" and (decision.closes_on is None or now.date() <= decision.closes_on)


class Count:
    """The votes on one decision, read once: by institution where they are open, without names where they are secret."""

    def __init__(self, session: Session, decision: Decision, *, closing: bool = False) -> None:
        number = decision.number or 0
        self.decision = decision
        self._closed = closing or decision.status != "open"
        self.names = {one.id or 0: one.name for one in queries.entitled(session, number)}
        """The entitled institutions, by name."""
        self.transfers = queries.transfers(session, number)
        self._session = session
        self._open: dict[int, Vote] = {}
        self._participants: set[int] = set()
        if decision.secret:
            self._participants = queries.participants(session, number)
        else:
            self._open = {vote.institution_id: vote for vote in queries.votes(session, number)}

    def tally(self) -> Tally:
        """The count. While a secret vote is open it says only how many took part."""
        having = self._having()
        represented = sum(1 for one in having if one in self.transfers)
        return rules.tally(len(self.names), len(having) - represented, represented, self._choices())

    def votes(self) -> tuple[VoteView, ...]:
        """What each institution voted, by name; nothing of a secret vote."""
        persons = rooms.names(self._session, {vote.given_by for vote in self._open.values()})
        having = self._effective()
        return tuple(self._view(one, persons) for one in self.names if one in having)

    def remarks(self) -> tuple[VoteView, ...]:
        """Concerns and objections with their words: of an open vote by institution, of a secret one once closed."""
        if not self.decision.secret:
            return tuple(vote for vote in self.votes() if vote.choice in ("concern", "objection") and not vote.through)
        if not self._closed:
            return ()
        ballots = queries.ballots(self._session, self.decision.number or 0)
        return tuple(VoteView("", one.choice, one.text) for one in ballots if one.text)

    def missing(self) -> list[int]:
        """The institutions without a vote, by name."""
        having = self._having()
        return [one for one in self.names if one not in having]

    def ballots(self) -> list[tuple[str, str]] | None:
        """Institution and choice of every open vote; None for a secret one."""
        return None if self.decision.secret else [(vote.institution, vote.choice) for vote in self.votes()]

    def _effective(self) -> dict[int, str]:
        choices = {institution: vote.choice for institution, vote in self._open.items()}
        return rules.effective(self.names, self.transfers, choices)

    def _having(self) -> set[int]:
        return self._participants if self.decision.secret else set(self._effective())

    def _choices(self) -> list[str]:
        if not self.decision.secret:
            return list(self._effective().values())
        if not self._closed:
            return []
        return [ballot.choice for ballot in queries.ballots(self._session, self.decision.number or 0)]

    def _view(self, institution: int, persons: dict[str, str]) -> VoteView:
        voter = self.transfers.get(institution, institution)
        vote = self._open[voter]
        person = Person(vote.given_by, persons.get(vote.given_by, vote.given_by))
        through = self.names.get(voter) if voter != institution else None
        return VoteView(self.names[institution], vote.choice, vote.text, person, through, vote.on_behalf)


def vote_view(session: Session, vote: Vote | None, institution: str) -> VoteView | None:
    """One open vote as it is shown; None where there is none."""
    if vote is None:
        return None
    person = Person(vote.given_by, rooms.display_name(session, vote.given_by))
    return VoteView(institution, vote.choice, vote.text, person, on_behalf=vote.on_behalf)
