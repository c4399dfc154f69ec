"""Submitted inputs of all sessions, found by ``!wer`` where they may be shown."""

from collections.abc import Sequence

from ombot.chat.context import Context
from ombot.features.groups import queries as groups
from ombot.features.inputs import queries
from ombot.features.people.results import Reference
from ombot.features.people.searching import finds
from ombot.store.search import Hits

MOST = 5
"""How many inputs a search names, the newest first."""


@finds
def inputs_about(context: Context, words: Sequence[Hits]) -> list[Reference]:
    """The newest inputs with all words, of groups whose inputs may be shown here."""
    numbers = queries.with_words(words, context.sees)
    names = groups.names(context.session) if numbers else {}
    found = queries.by_numbers(context.session, sorted(numbers, reverse=True)[:MOST])
    return [Reference(f"I{one.number}", one.title, names[one.group_key]) for one in found]
