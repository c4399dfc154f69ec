"""The parameter that only departures have."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from ombot.chat import people
from ombot.chat.context import Context
from ombot.chat.line import Line, fold
from ombot.chat.parameters import ABSENT, Stage

NOBODY = "niemand"
_NOBODY = ("niemand", "niemanden", "keiner", "nobody")
_ME = ("ich", "ich uebernehme", "uebernehme ich")


@dataclass(frozen=True)
class TakerParameter:
    """``@Person``, a number of the question's list, ``ich``, or ``niemand``; ``an`` may stand before it."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """A user id, the number as text, or :data:`NOBODY`.

        Raises:
            Question: a name fits nobody or several.
        """
        line.take_phrase("an")
        word = fold(line.text.strip(" .!,"))
        if word in (*_NOBODY, *_ME) or re.fullmatch(r"\d{1,2}", word):
            line.text = ""
            return NOBODY if word in _NOBODY else context.sender if word in _ME else word
        found = people.take_leading(line, context)
        return found[0] if len(found) == 1 else ABSENT


Taker = Annotated[str, TakerParameter()]
