"""Why a command cannot be carried out, as data; the German sentence is made in :mod:`ombot.chat.language`."""

from collections.abc import Mapping
from types import MappingProxyType


class Refusal(Exception):
    """What a member asked for is not possible as written; nothing has been stored.

    ``code`` names the reason and is a key of :data:`ombot.chat.language.SENTENCES`; ``facts`` fill the
    placeholders of that sentence. A refusal is an answer to a member and never a fault of the program.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Mapping[str, object] = MappingProxyType(facts)

    def __repr__(self) -> str:
        return f"Refusal({self.code!r}, {dict(self.facts)!r})"


class Forgotten(Refusal):
    """A refusal after which the command's words are blanked: they hold what must not be kept, as a secret ballot."""
