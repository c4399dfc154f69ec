"""Who speaks for which institution in a vote, and which institutions may vote at all."""

from sqlmodel import Session

from ombot.chat.context import Context, Question
from ombot.chat.refusal import Refusal
from ombot.chat.rights import Right
from ombot.features.decisions import queries
from ombot.features.decisions.tables import Decision
from ombot.features.groups import queries as groups
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution, Profile
from ombot.store import rooms


def entitled_in(context: Context, group_key: str) -> set[int]:
    """The institutions on a group's roster or with a joined member."""
    session = context.session
    roster = (people.find_institution(session, entry.institution) for entry in groups.roster(session, group_key))
    found = {one.id for one in roster if one is not None and one.id is not None}
    return found | set(people.institution_ids(session, _joined(session, group_key, context.own_id)).values())


def _joined(session: Session, group_key: str, own_id: str) -> list[str]:
    room = rooms.of_group(session, group_key)
    members = rooms.members(session, room.room_id) if room is not None else []
    return [person.id for person in members if person.id != own_id]


def voters(session: Session, decision: Decision, institutions: set[int], own_id: str) -> dict[str, int]:
    """The persons in the decision's room who are known to speak for one of these institutions."""
    known = people.institution_ids(session, _joined(session, decision.group_key, own_id))
    return {user_id: institution for user_id, institution in known.items() if institution in institutions}


def speaker(context: Context, decision: Decision) -> Institution:
    """The institution that the sender votes for.

    Raises:
        Question: it is not known; the institutions that may vote are offered.
        Refusal: it may not vote on this decision.
    """
    institution = known_institution(context) or _answered(context)
    if institution is None:
        options = [(one.name, one.name) for one in queries.entitled(context.session, decision.number or 0)]
        raise Question("institution_of_sender", "institution", options, {"reference": f"B{decision.number}"})
    require_entitled(context.session, decision, institution)
    return institution


def spoken_for(context: Context, decision: Decision, named: Institution | None) -> tuple[Institution, bool]:
    """The institution that is voted for, and whether it is another than the sender's: a lead writes down its vote.

    Raises:
        Question: nobody is named, and the sender's institution is not known.
        Refusal: it may not vote, or the sender may not write it down.
    """
    if named is None:
        return speaker(context, decision), False
    own = known_institution(context)
    for_other = own is None or own.id != named.id
    if for_other:
        context.require(Right.LEAD)
    require_entitled(context.session, decision, named)
    return named, for_other


def require_entitled(session: Session, decision: Decision, institution: Institution) -> None:
    """Insist that an institution may vote.

    Raises:
        Refusal: it was not asked when the vote opened.
    """
    if institution.id not in {one.id for one in queries.entitled(session, decision.number or 0)}:
        raise Refusal("not_entitled", institution=institution.name, reference=f"B{decision.number}")


def _answered(context: Context) -> Institution | None:
    """The institution that was just answered; it is kept for the next time, as a profile would have said it."""
    institution = people.find_institution(context.session, context.answers.get("institution", ""))
    if institution is not None:
        profile = context.session.get(Profile, context.sender) or Profile(user_id=context.sender)
        profile.institution_id = institution.id
        context.session.add(profile)
        context.session.flush()
    return institution


def known_institution(context: Context) -> Institution | None:
    """From the configuration, an import or the profile; else from a roster entry that names the person."""
    return people.institution_of(context.session, context.sender)
