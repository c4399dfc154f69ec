"""Whatever a bot says in a dialogue is watched: it must read well aloud."""

from collections.abc import Iterator

import aloud
import pytest


@pytest.fixture(autouse=True)
def _everything_reads_well_aloud() -> Iterator[None]:
    """Members who cannot see write and hear the same messages as everybody."""
    aloud.HEARD.clear()
    yield
    assert [line for text in aloud.HEARD for line in aloud.unreadable(text)] == []
