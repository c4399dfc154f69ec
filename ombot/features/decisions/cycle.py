"""What the clock, the board, "my things" and undo ask of decisions."""

from collections.abc import Mapping, Sequence

from ombot.chat.context import Context
from ombot.chat.contributions import BoardOf, Undone, board_changed, mine, on_board, undone
from ombot.chat.nodes import PersonNode
from ombot.clock.reminders import Occasion, Section, kind_of, says
from ombot.clock.tables import Reminder
from ombot.features.decisions import queries, rules
from ombot.features.decisions.cards import buttons, nudge_blocks, result_blocks, step_briefs, unreached_blocks
from ombot.features.decisions.register import close, schedule
from ombot.features.decisions.results import BoardVotes, MyVotes
from ombot.features.decisions.tables import Decision, FollowUp, Transfer, Vote
from ombot.features.decisions.views import Count, accepts_votes, lines, title_of, view
from ombot.features.decisions.voters import known_institution, voters
from ombot.features.decisions.voting import refresh_card
from ombot.features.mailing import queries as mailing
from ombot.features.meetings.steps import goes_along
from ombot.features.meetings.tables import Meeting
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution
from ombot.store import rooms
from ombot.store.base import Table
from ombot.store.unit import Session


@goes_along
def of_votes(session: Session, meeting: Meeting) -> Mapping[str, Mapping[str, str]]:
    """The running votes of a meeting's group, whose results it will hear of."""
    return {f"B{one.number}": step_briefs(f"B{one.number}") for one in queries.running(session, [meeting.group_key])}


@says("B", by_step=True)
def section(occasion: Occasion, reminder: Reminder) -> Section | None:
    """A vote that waits for somebody, or its result; None when there is nothing to say."""
    decision = queries.get(occasion.session, int(reminder.object[1:]))
    if decision is None:
        return None
    match kind_of(reminder):
        case "nudge":
            return _nudge(occasion, decision, reminder.destination.removeprefix("person:"))
        case "office":
            return _unreached(occasion, decision)
        case "close":
            _close_after_deadline(occasion, decision)
            return None
        case _:
            return _result(occasion, decision)


def _nudge(occasion: Occasion, decision: Decision, user_id: str) -> Section | None:
    institution = people.institution_of(occasion.session, user_id)
    if institution is None or institution.id not in _waited_for(occasion, decision):
        return None
    shown = view(occasion.session, decision, occasion.now)
    person = PersonNode(user_id, rooms.display_name(occasion.session, user_id), notify=True)
    return Section(nudge_blocks(shown, institution.name), (person,), shown.reference, buttons(shown), owed=True)


def _unreached(occasion: Occasion, decision: Decision) -> Section | None:
    waited_for = _waited_for(occasion, decision)
    reached = set(voters(occasion.session, decision, set(waited_for), occasion.own_id).values())
    reached |= mailing.reached(occasion.session, occasion.settings)
    unreached = tuple(name for one, name in waited_for.items() if one not in reached)
    if not unreached:
        return None
    return Section(
        unreached_blocks(view(occasion.session, decision, occasion.now), unreached), (), f"B{decision.number}"
    )


def _waited_for(occasion: Occasion, decision: Decision) -> dict[int, str]:
    """The institutions that have neither voted nor given their right away, while votes count."""
    if not accepts_votes(decision, occasion.now):
        return {}
    count = Count(occasion.session, decision)
    return {one: count.names[one] for one in count.missing() if one not in count.transfers}


def _close_after_deadline(occasion: Occasion, decision: Decision) -> None:
    """Count and close in one transaction; the result bears the last day, on which the votes were given."""
    if decision.status != "open" or decision.closes_on is None or accepts_votes(decision, occasion.now):
        return
    zone = occasion.settings.organisation.timezone
    close(occasion.session, decision, rules.end_of(decision.closes_on, zone))
    board_changed(occasion.session, decision.group_key)


def _result(occasion: Occasion, decision: Decision) -> Section | None:
    # After downtime this may be the first to look: closing is not left to the silent step alone.
    _close_after_deadline(occasion, decision)
    if decision.status not in ("accepted", "rejected"):
        return None
    shown = view(occasion.session, decision, occasion.now)
    return Section(result_blocks(shown), (), shown.reference)


@on_board(25)
def board(asked: BoardOf) -> BoardVotes | None:
    """The running votes of a group."""
    running = asked.once("running votes", lambda: queries.running(asked.session, asked.keys))
    own = [one for one in running if one.group_key == asked.group.key]
    return BoardVotes(tuple(view(asked.session, one, asked.now) for one in own)) if own else None


@mine(25)
def my_votes(context: Context) -> MyVotes | None:
    """Running votes in which the sender's institution has not voted."""
    keys = [group.key for group in context.visible_groups]
    running = context.once(("running votes", *keys), lambda: queries.running(context.session, keys))
    own = known_institution(context) if running else None
    waiting = [one for one in running if _waits_for(own, context, one)]
    return MyVotes(lines(context.session, waiting, context.zone)) if waiting else None


def _waits_for(institution: Institution | None, context: Context, decision: Decision) -> bool:
    if institution is None or not accepts_votes(decision, context.now):
        return False
    count = context.once(("count", decision.number), lambda: Count(context.session, decision))
    return institution.id in count.missing() and institution.id not in count.transfers


@undone("decision", "vote", "decision_transfer", "decision_follow_up")
def replan(context: Context, rows: Sequence[Table]) -> list[Undone]:
    """Plan the reminders of every decision again that an undo changed."""
    numbers = {row.number if isinstance(row, Decision) else row.decision for row in rows if isinstance(row, _TRACKED)}
    return [_replanned(context, number) for number in sorted(one for one in numbers if one is not None)]


_TRACKED = (Decision, Vote, Transfer, FollowUp)


def _replanned(context: Context, number: int) -> Undone:
    decision = queries.get(context.session, number)
    if decision is None:
        raise LookupError(f"B{number} vanished by an undo")
    schedule(context, decision)
    refresh_card(context.session, context.voice, view(context.session, decision, context.now))
    return Undone(f"B{number}", title_of(decision), decision.group_key, gone=decision.status == "withdrawn")
