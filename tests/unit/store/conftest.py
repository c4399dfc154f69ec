"""The store of each engine, without the rest of the program."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ombot import features
from ombot.store import schema
from ombot.store.backup import Place
from ombot.store.engine import open_engine
from ombot.store.unit import Store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = Store(open_engine(database))
    yield opened
    opened.close()


@pytest.fixture
def place(new_database: Callable[[], str], tmp_path: Path) -> Place:
    """An installation on the newest schema, with nothing in it."""
    features.load_tables()
    made = Place(new_database(), tmp_path / "data")
    made.directory.mkdir(mode=0o700)
    engine = open_engine(made.database)
    schema.migrate(engine)
    engine.dispose()
    return made
