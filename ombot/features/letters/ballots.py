"""What the link in a request for a vote does: one vote of one institution, by the rules of the commands."""

from datetime import datetime, timedelta

from ombot.chat.contributions import board_changed
from ombot.chat.refusal import Refusal
from ombot.clock.workdays import calendar_of
from ombot.config import Settings
from ombot.features.decisions import queries as decisions
from ombot.features.decisions import voting
from ombot.features.decisions.results import VoteCast, VoteView
from ombot.features.decisions.tables import Decision, Vote
from ombot.features.decisions.views import view, vote_view
from ombot.features.letters import cards
from ombot.features.letters.purposes import is_text
from ombot.features.mailing import queries as mailing
from ombot.features.mailing.links import Ask, Errand, Given, Page, Purpose, serves
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution

UNDATED = timedelta(days=90)
"""How long a link works for a vote without a last day."""
ASK = "vote"


def ends_at(settings: Settings, decision: Decision, now: datetime) -> datetime:
    """When the link to a vote expires: with its last day."""
    if decision.closes_on is None:
        return now + UNDATED
    return calendar_of(settings).local(decision.closes_on + timedelta(days=1), datetime.min.time())


@serves("vote")
class CastVote(Purpose):
    """Agree, abstain, a concern or an objection, for an institution."""

    def offer(self, errand: Errand) -> Page:
        """The wording, what counts so far, and four answers; a sentence where no vote counts."""
        decision, institution = _asked(errand)
        if decision is None or institution is None:
            return Page(*cards.VOTE_GONE, whose=errand.name)
        try:
            voting.require_vote(errand.session, decision, institution, errand.now)
        except Refusal as refusal:
            return Page(*cards.vote_refused(refusal, _common(errand, decision, institution)), whose=errand.name)
        shown = view(errand.session, decision, errand.now)
        title, lines = cards.vote_offer(shown, institution.name, _vote(errand, decision, institution))
        ask = Ask(ASK, cards.VOTE_ASK, cards.vote_options(shown))
        field, button = cards.VOTE_FIELD, ("yes", cards.VOTE_BUTTON)
        return Page(title, lines, whose=errand.name, buttons=(button,), asks=(ask,), field=field, optional=True)

    def carry_out(self, errand: Errand, given: Given) -> Page:
        """Count it. Of a secret ballot nothing is said anywhere but on the page."""
        offered, choice = self.offer(errand), given.chosen[ASK]
        if fault := _fault(choice, given.words):
            return offered.once_more(given, fault)
        decision, institution = _asked(errand)
        if decision is None or institution is None:
            return offered
        if decision.secret:
            represented = voting.put_secretly(errand.session, decision, institution, choice, given.words)
            return Page(*cards.ballot_done(institution.name, represented), whose=errand.name)
        _put(errand, decision, institution, choice, given.words)
        return Page(*cards.vote_done(_common(errand, decision, institution)), whose=errand.name)

    def done_before(self, errand: Errand) -> Page:
        """What counts now for the institution, whoever has given it."""
        decision, institution = _asked(errand)
        if decision is None or institution is None:
            return super().done_before(errand)
        return Page(*cards.vote_again(_common(errand, decision, institution)), whose=errand.name)

    def too_late(self, errand: Errand) -> Page:
        """The vote is over, and what counted."""
        decision, institution = _asked(errand)
        if decision is None or institution is None:
            return super().too_late(errand)
        return Page(*cards.vote_late(_common(errand, decision, institution)), status=410, whose=errand.name)

    def keeps_moment(self, errand: Errand) -> bool:
        """A secret ballot has no time; that it was cast says the participation."""
        decision, _ = _asked(errand)
        return decision is None or not decision.secret


def _asked(errand: Errand) -> tuple[Decision | None, Institution | None]:
    """The decision, and the institution that the addressee stands for, as long as they may see it."""
    decision = decisions.get(errand.session, int(errand.link.about[1:]))
    if decision is None or not mailing.reads(errand.session, errand.address, decision.group_key):
        return None, None
    return decision, mailing.institution_of(errand.session, errand.address)


def _fault(choice: str, words: str) -> str | None:
    if not is_text(words):
        return cards.VOTE_TEXT_WRONG
    if choice in voting.NEED_REASON:
        return None if words else cards.VOTE_REASON_MISSING
    return cards.VOTE_REASON_TOO_MUCH if words else None


def _vote(errand: Errand, decision: Decision, institution: Institution) -> VoteView | None:
    row = decisions.vote(errand.session, decision.number or 0, people.id_of(institution))
    return vote_view(errand.session, row, institution.name)


def _common(errand: Errand, decision: Decision, institution: Institution) -> cards.CommonVote:
    taken = people.id_of(institution) in decisions.participants(errand.session, decision.number or 0)
    return cards.CommonVote(f"B{decision.number}", institution.name, _vote(errand, decision, institution), taken)


def _put(errand: Errand, decision: Decision, institution: Institution, choice: str, words: str) -> None:
    """The vote, the card in the room, and a message there when it takes the place of somebody else's."""
    vote = Vote(
        decision=decision.number or 0,
        institution_id=people.id_of(institution),
        choice=choice,
        text=words,
        given_by=errand.actor,
        at=errand.now,
    )
    before = voting.put(errand.session, institution, vote)
    shown, voice = view(errand.session, decision, errand.now), errand.voice
    voting.refresh_card(errand.session, voice, shown)
    board_changed(errand.session, decision.group_key)
    if before is not None and before.by is not None and before.by.id != errand.actor:
        now = _vote(errand, decision, institution)
        voice.say(f"group:{decision.group_key}", VoteCast(shown, institution.name, now, before))
