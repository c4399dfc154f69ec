"""How an institution votes: openly, secretly, or through another institution."""

from ombot.chat.context import Context, Question
from ombot.chat.refusal import Forgotten, Refusal
from ombot.features.decisions import cards, queries
from ombot.features.decisions.results import (
    BallotCast,
    DecisionView,
    NothingTakenBack,
    VoteCast,
    VoteOpened,
    VoteView,
)
from ombot.features.decisions.tables import Decision, Transfer, Vote
from ombot.features.decisions.views import accepts_votes, view
from ombot.features.decisions.voters import speaker
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution

Voted = VoteCast | NothingTakenBack | BallotCast | None
NEED_REASON = ("concern", "objection")


def require_open(context: Context, decision: Decision) -> None:
    """Insist that votes still count.

    Raises:
        Refusal: the vote is closed, or its last day is over.
    """
    if not accepts_votes(decision, context.now):
        code = "vote_over" if decision.status == "open" else "vote_closed"
        raise Refusal(code, reference=f"B{decision.number}", day=decision.closes_on)


def cast(context: Context, decision: Decision, choice: str, reason: str = "", *, take_back: bool = False) -> Voted:
    """Vote for the sender's institution, or take its vote back."""
    if not decision.secret:
        return _cast_openly(context, decision, choice, reason, take_back)
    queries.forget_command(context.session, context.origin)
    try:
        return _cast_secretly(context, decision, choice, reason, take_back)
    except Question:
        raise Forgotten("institution_first", reference=f"B{decision.number}") from None
    except Refusal as refusal:
        raise Forgotten(refusal.code, **refusal.facts) from refusal


# --- open votes -------------------------------------------------------------------------------------------------


def _cast_openly(context: Context, decision: Decision, choice: str, reason: str, take_back: bool) -> Voted:
    require_open(context, decision)
    institution = speaker(context, decision)
    _require_own_right(context, decision, institution)
    row = queries.vote(context.session, decision.number or 0, institution.id or 0)
    if take_back:
        return _take_back(context, decision, institution, row, choice)
    reason = reason or context.answers.get("reason", "")
    if choice in NEED_REASON and not reason:
        raise Question("reason_missing", "reason", facts={"reference": f"B{decision.number}"})
    before = _shown(context, institution, row)
    if row is None:
        row = Vote(
            decision=decision.number or 0,
            institution_id=institution.id or 0,
            choice=choice,
            given_by=context.sender,
            at=context.now,
        )
    row.choice, row.text, row.given_by, row.at = choice, reason, context.sender, context.now
    return _changed(context, decision, institution, row, before)


def _take_back(
    context: Context, decision: Decision, institution: Institution, row: Vote | None, choice: str
) -> VoteCast | NothingTakenBack | None:
    """Only the vote that is named; a reaction that is removed takes nobody else's vote away."""
    stale = row is None or row.choice != choice or (context.pressed and row.given_by != context.sender)
    before = _shown(context, institution, row)
    if row is not None and not stale:
        context.session.delete(row)
        return _changed(context, decision, institution, None, before)
    if context.pressed:
        return None
    return NothingTakenBack(view(context.session, decision, context.now), institution.name, before)


def _changed(
    context: Context, decision: Decision, institution: Institution, row: Vote | None, before: VoteView | None
) -> VoteCast | None:
    """Show the new count on the card; after a button that is the answer, unless somebody else's vote was changed."""
    if row is not None:
        context.session.add(row)
    context.session.flush()
    shown = view(context.session, decision, context.now)
    edited = refresh_card(context, shown)
    others = before is not None and before.by is not None and before.by.id != context.sender
    if context.pressed and edited and not others:
        return None
    return VoteCast(shown, institution.name, _shown(context, institution, row), before)


def refresh_card(context: Context, shown: DecisionView) -> bool:
    """Edit the card that opened the vote to what is true now; False when it is gone or never had buttons."""
    row = queries.vote_card(context.session, shown.reference)
    if row is not None:
        context.voice.edit(row, cards.opened(VoteOpened(shown)), slot=f"vote:{shown.reference}")
    return row is not None


def _shown(context: Context, institution: Institution, row: Vote | None) -> VoteView | None:
    if row is None:
        return None
    return VoteView(institution.name, row.choice, row.text, context.person(row.given_by))


# --- secret ballots ---------------------------------------------------------------------------------------------


def _cast_secretly(context: Context, decision: Decision, choice: str, reason: str, take_back: bool) -> BallotCast:
    reference = f"B{decision.number}"
    if not context.direct:
        raise Refusal("secret_only_direct", reference=reference)
    require_open(context, decision)
    if take_back or (choice in NEED_REASON and not reason):
        # One sentence for both: what is said stays in the outbox and must not tell which choice was tried.
        raise Refusal("ballot_incomplete", reference=reference)
    institution = speaker(context, decision)
    _require_own_right(context, decision, institution)
    number, institution_id = decision.number or 0, institution.id or 0
    done = queries.participants(context.session, number)
    if institution_id in done:
        raise Refusal("ballot_cast", reference=reference, institution=institution.name)
    given = [one for one, to in queries.transfers(context.session, number).items() if to == institution_id]
    represented = [one for one in given if one not in done]
    queries.cast(context.session, number, [institution_id, *represented], choice, reason)
    shown = view(context.session, decision, context.now)
    names = tuple(one.name for one in queries.entitled(context.session, number) if one.id in represented)
    return BallotCast(shown, institution.name, names)


# --- rights -----------------------------------------------------------------------------------------------------


def _require_own_right(context: Context, decision: Decision, institution: Institution) -> None:
    given = queries.transfer(context.session, decision.number or 0, institution.id or 0)
    if given is not None:
        to = context.session.get(Institution, given.to_institution_id)
        raise Refusal(
            "right_given_away",
            reference=f"B{decision.number}",
            institution=institution.name,
            to=to.name if to is not None else "",
        )


def transfer_right(context: Context, decision: Decision, to: str) -> Institution:
    """Give the right of the sender's institution to another one, or with an empty name take it back.

    Returns the sender's institution.

    Raises:
        Refusal: it has voted already, or the right would go through several hands.
    """
    require_open(context, decision)
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
