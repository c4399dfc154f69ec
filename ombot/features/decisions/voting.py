"""How an institution votes: openly, secretly, or through another institution."""

from datetime import datetime

from ombot.chat.context import Context, Question
from ombot.chat.refusal import Forgotten, Refusal
from ombot.chat.voice import Voice
from ombot.features.decisions import cards, queries
from ombot.features.decisions.results import (
    BallotCast,
    DecisionView,
    NothingTakenBack,
    VoteCast,
    VoteEntered,
    VoteOpened,
    VoteView,
)
from ombot.features.decisions.tables import Decision, Transfer, Vote
from ombot.features.decisions.views import accepts_votes, view, vote_view
from ombot.features.decisions.voters import known_institution, require_entitled, speaker, spoken_for
from ombot.features.meetings import changes
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution
from ombot.store.unit import Session

Voted = VoteCast | NothingTakenBack | BallotCast | None
NEED_REASON = ("concern", "objection")


def require_open(decision: Decision, now: datetime) -> None:
    """Insist that votes still count. ``now`` is in the organisation's time zone.

    Raises:
        Refusal: the vote is closed, or its last day is over.
    """
    if not accepts_votes(decision, now):
        code = "vote_over" if decision.status == "open" else "vote_closed"
        raise Refusal(code, reference=f"B{decision.number}", day=decision.closes_on)


def require_vote(session: Session, decision: Decision, institution: Institution, now: datetime) -> None:
    """Insist that an institution may vote now, itself. ``now`` is in the organisation's time zone.

    Raises:
        Refusal: the vote is over, it is not entitled, its right is with another one, or its secret ballot is cast.
    """
    require_open(decision, now)
    require_entitled(session, decision, institution)
    given = queries.transfer(session, decision.number or 0, institution.id or 0)
    if given is not None:
        to = session.get(Institution, given.to_institution_id)
        raise Refusal(
            "right_given_away",
            reference=f"B{decision.number}",
            institution=institution.name,
            to=to.name if to is not None else "",
        )
    if institution.id in queries.participants(session, decision.number or 0):
        raise Refusal("ballot_cast", reference=f"B{decision.number}", institution=institution.name)


def cast(
    context: Context,
    decision: Decision,
    choice: str,
    reason: str = "",
    *,
    take_back: bool = False,
    institution: Institution | None = None,
) -> Voted:
    """Vote for the sender's institution or, as lead, for one that is named; or take its vote back."""
    if not decision.secret:
        return _cast_openly(context, decision, choice, reason, take_back, institution)
    queries.forget_command(context.session, context.origin)
    try:
        return _cast_secretly(context, decision, choice, reason, take_back, institution)
    except Question:
        raise Forgotten("institution_first", reference=f"B{decision.number}") from None
    except Refusal as refusal:
        raise Forgotten(refusal.code, **refusal.facts) from refusal


# --- open votes -------------------------------------------------------------------------------------------------


def _cast_openly(
    context: Context, decision: Decision, choice: str, reason: str, take_back: bool, named: Institution | None
) -> Voted:
    require_open(decision, context.now)
    institution, for_other = spoken_for(context, decision, named)
    require_vote(context.session, decision, institution, context.now)
    if take_back:
        return _take_back(context, decision, institution, choice)
    reason = reason or context.answers.get("reason", "")
    if choice in NEED_REASON and not reason:
        raise Question("reason_missing", "reason", facts={"reference": f"B{decision.number}"})
    row = Vote(
        decision=decision.number or 0,
        institution_id=institution.id or 0,
        choice=choice,
        text=reason,
        given_by=context.sender,
        on_behalf=for_other,
        at=context.now,
    )
    before = put(context.session, institution, row)
    if for_other:
        _tell_institution(context, decision, institution)
    return _changed(context, decision, institution, before)


def put(session: Session, institution: Institution, vote: Vote) -> VoteView | None:
    """Store an open vote in place of the one the institution has given before, and return that one as it was shown."""
    row = queries.vote(session, vote.decision, vote.institution_id)
    before = vote_view(session, row, institution.name)
    if row is None:
        row = vote
    row.choice, row.text, row.given_by, row.at = vote.choice, vote.text, vote.given_by, vote.at
    row.on_behalf = vote.on_behalf
    session.add(row)
    session.flush()
    return before


def _take_back(
    context: Context, decision: Decision, institution: Institution, choice: str
) -> VoteCast | NothingTakenBack | None:
    """Only the vote that is named; a reaction that is removed takes nobody else's vote away."""
    row = queries.vote(context.session, decision.number or 0, institution.id or 0)
    stale = row is None or row.choice != choice or (context.pressed and row.given_by != context.sender)
    before = vote_view(context.session, row, institution.name)
    if row is not None and not stale:
        context.session.delete(row)
        context.session.flush()
        return _changed(context, decision, institution, before)
    if context.pressed:
        return None
    return NothingTakenBack(view(context.session, decision, context.now), institution.name, before)


def _changed(
    context: Context, decision: Decision, institution: Institution, before: VoteView | None
) -> VoteCast | None:
    """Show the new count on the card; after a button that is the answer, unless somebody else's vote was changed."""
    shown = view(context.session, decision, context.now)
    edited = refresh_card(context.session, context.voice, shown)
    others = before is not None and before.by is not None and before.by.id != context.sender
    if context.pressed and edited and not others:
        return None
    row = queries.vote(context.session, decision.number or 0, institution.id or 0)
    return VoteCast(shown, institution.name, vote_view(context.session, row, institution.name), before)


def refresh_card(session: Session, voice: Voice, shown: DecisionView) -> bool:
    """Edit the card that opened the vote to what is true now; False when it is gone or never had buttons."""
    row = queries.vote_card(session, shown.reference)
    if row is not None:
        voice.edit(row, cards.opened(VoteOpened(shown)), slot=f"vote:{shown.reference}")
    return row is not None


def _tell_institution(context: Context, decision: Decision, institution: Institution) -> None:
    """Its own people hear at once what was written down for it, and may change it."""
    people_there = changes.people_of(context.session, institution.id, decision.group_key)
    told = [person.id for person in people_there if person.id != context.sender]
    context.confirm_many(told)
    row = queries.vote(context.session, decision.number or 0, institution.id or 0)
    vote = vote_view(context.session, row, institution.name)
    if vote is not None:
        for user_id in told:
            context.voice.say(f"person:{user_id}", VoteEntered(view(context.session, decision, context.now), vote))


# --- secret ballots ---------------------------------------------------------------------------------------------


def _cast_secretly(
    context: Context, decision: Decision, choice: str, reason: str, take_back: bool, named: Institution | None
) -> BallotCast:
    reference = f"B{decision.number}"
    if not context.direct:
        raise Refusal("secret_only_direct", reference=reference)
    require_open(decision, context.now)
    if take_back or (choice in NEED_REASON and not reason):
        # One sentence for both: what is said stays in the outbox and must not tell which choice was tried.
        raise Refusal("ballot_incomplete", reference=reference)
    own = known_institution(context)
    if named is not None and (own is None or own.id != named.id):
        raise Refusal("secret_not_for_others", reference=reference, institution=named.name)
    institution = speaker(context, decision)
    require_vote(context.session, decision, institution, context.now)
    represented = put_secretly(context.session, decision, institution, choice, reason)
    return BallotCast(view(context.session, decision, context.now), institution.name, represented)


def put_secretly(
    session: Session, decision: Decision, institution: Institution, choice: str, reason: str
) -> tuple[str, ...]:
    """Store a secret ballot, and return the names of the institutions that have given their right to this one.

    Nothing else may be written in the same transaction that tells the choice, or the moment, of this institution.
    """
    number, institution_id = decision.number or 0, institution.id or 0
    done = queries.participants(session, number)
    given = [one for one, to in queries.transfers(session, number).items() if to == institution_id]
    represented = [one for one in given if one not in done]
    queries.cast(session, number, [institution_id, *represented], choice, reason)
    return tuple(one.name for one in queries.entitled(session, number) if one.id in represented)


# --- rights -----------------------------------------------------------------------------------------------------


def transfer_right(context: Context, decision: Decision, to: str) -> Institution:
    """Give the right of the sender's institution to another one, or with an empty name take it back.

    Returns the sender's institution.

    Raises:
        Refusal: it has voted already, or the right would go through several hands.
    """
    require_open(decision, context.now)
    own = speaker(context, decision)
    number, own_id = decision.number or 0, own.id or 0
    _require_no_vote(context, decision, own)
    row = queries.transfer(context.session, number, own_id)
    if not to:
        if row is not None:
            context.session.delete(row)
            context.session.flush()
        return own
    receiver = _receiver(context, decision, own, to)
    if row is None:
        row = Transfer(
            decision=number, institution_id=own_id, to_institution_id=receiver.id or 0, given_by=context.sender
        )
    row.to_institution_id, row.given_by = receiver.id or 0, context.sender
    context.session.add(row)
    context.session.flush()
    return own


def _require_no_vote(context: Context, decision: Decision, own: Institution) -> None:
    number, own_id = decision.number or 0, own.id or 0
    voted = queries.vote(context.session, number, own_id) is not None
    if voted or own_id in queries.participants(context.session, number):
        raise Refusal("voted_already", reference=f"B{number}", institution=own.name)


def _receiver(context: Context, decision: Decision, own: Institution, name: str) -> Institution:
    number = decision.number or 0
    receiver = people.find_institution(context.session, name)
    entitled = {one.id for one in queries.entitled(context.session, number)}
    if receiver is None or receiver.id not in entitled or receiver.id == own.id:
        raise Refusal("cannot_receive", institution=name, reference=f"B{number}")
    transfers = queries.transfers(context.session, number)
    if receiver.id in transfers or own.id in transfers.values():
        raise Refusal("right_through_hands", institution=name, reference=f"B{number}")
    if receiver.id in queries.participants(context.session, number):
        raise Refusal("receiver_voted", institution=name, reference=f"B{number}")
    return receiver
