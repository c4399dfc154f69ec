"""Whom the opening of a vote calls by e-mail: what the letters are called, and how many there will be."""

import hashlib

from ombot.chat.context import Context
from ombot.features.decisions import queries
from ombot.features.decisions.tables import Decision
from ombot.features.mailing import queries as mailing


def vote_key(decision: Decision) -> str:
    """The key of a letter, one for what is voted on: until somebody has voted, the opening message may be edited."""
    said = f"{decision.text}|{decision.closes_on}|{decision.secret}"
    return f"{vote_begins(decision)}{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def vote_begins(decision: Decision) -> str:
    """How the keys of all letters begin that ask for a vote on it."""
    return f"vote:B{decision.number}:"


def confirm_letters(context: Context, decision: Decision) -> None:
    """Ask before more than five addresses are asked for a vote.

    Raises:
        Question: the sender has not said yet that it shall be so.
        Refusal: the same, for an edit.
    """
    entitled = {one.id for one in queries.entitled(context.session, decision.number or 0)}
    called = mailing.addressees(context.session, context.settings, entitled, decision.group_key)
    context.confirm_many(mailing.unwritten(context.session, called, vote_key(decision)), "vote_letters")
