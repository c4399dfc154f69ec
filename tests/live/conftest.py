"""One homeserver per test process: about three seconds once, cheaper than sharing one across workers."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from ombot.demo.homeserver import Homeserver

_numbers = count(1)


@pytest.fixture(scope="session")
def homeserver() -> Iterator[Homeserver]:
    with Homeserver() as server:
        yield server


@pytest.fixture(scope="session")
def user_name() -> Callable[[str], str]:
    """Localparts that no other test uses: ``user_name("eva")`` → ``eva-7``."""
    return lambda stem: f"{stem}-{next(_numbers)}"
