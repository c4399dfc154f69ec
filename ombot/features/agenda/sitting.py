"""Where the minutes of a session under way hang themselves in: ``!top 4`` then means that session, and moves on."""

from collections.abc import Callable
from dataclasses import dataclass

from ombot.chat.context import Context
from ombot.features.agenda.tables import AgendaItem


def _no_meeting(_context: Context) -> int | None:
    return None


def _nothing(_context: Context, _item: AgendaItem) -> object | None:
    return None


@dataclass
class Sitting:
    """What is known of a session under way.

    Attributes:
        meeting: the number of the meeting that is being minuted where a command was given, or None.
        call_up: called for ``!top 4`` without anything behind it; what it gives is said instead of the item's card,
            and has a card of its own. None when nobody is minuting.
    """

    meeting: Callable[[Context], int | None] = _no_meeting
    call_up: Callable[[Context, AgendaItem], object | None] = _nothing


SITTING = Sitting()
