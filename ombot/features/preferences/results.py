"""What the handlers of preferences find out, for the cards to say."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True)
class RemindersShown:
    """What the sender hears from the clock in the direct chat.

    Attributes:
        pace: ``all``, ``morning`` or ``none``.
        weekly: whether the weekly digest comes.
        morning: when the messages of a day are sent.
        changed: whether this is the answer to a change.
    """

    pace: str
    weekly: bool
    morning: time
    changed: bool


@dataclass(frozen=True)
class OwnReminders:
    """The same among "my things", where it is not as for everybody."""

    pace: str
    weekly: bool
