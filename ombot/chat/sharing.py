"""What is found out once for several who are told something in the same transaction."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Shares:
    """Mixed into what is handed to those who speak; ``shared`` may be one dictionary for several of them."""

    shared: dict[Hashable, Any]

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What is the same for everybody, found out once.

        Only for what is read to be shown: a handler that changes something would be told the state before.
        """
        if key not in self.shared:
            self.shared[key] = find()
        found: T = self.shared[key]
        return found
