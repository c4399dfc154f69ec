"""Feature tests play dialogues with the real store and bus."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from testbot import TestBot


@pytest.fixture
def bot(tmp_path: Path, database: str) -> Iterator[TestBot]:
    """A fresh bot at Thursday, 26 November 2026, 10:00; every test runs on SQLite and on PostgreSQL."""
    made = TestBot.create(tmp_path, database)
    yield made
    made.store.close()
