"""Databases for all tests: every one starts with the newest schema and no rows, on SQLite and on PostgreSQL."""

import gc
import logging
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import aloud
from canary import Lines, leaks
from pg import PostgresServer
from playing import Player
from sqlalchemy import Engine
from sqlmodel import SQLModel
from stage import set_stage
from testbot import Begin, Scene, TestBot, open_test_engine

from ombot import features
from ombot.store import schema
from ombot.store.engine import open_engine

LINES = Lines()
logging.getLogger("ombot").addHandler(LINES)
logging.getLogger("ombot").setLevel(logging.DEBUG)

# Tables refer to those of other subjects: a test that makes tables needs all of them, also when it runs alone.
features.load_tables()

BACKENDS = ("sqlite", "postgresql")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nothing that collecting makes is garbage before the end: to look for it took a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _make_tables(url: str) -> None:
    engine = open_engine(url)
    SQLModel.metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(autouse=True)
def _nothing_leaks_into_the_log() -> Iterator[None]:
    """No test may make the program log a secret of its configuration or the words of a message."""
    LINES.texts.clear()
    yield
    assert leaks(LINES.texts) == []


@pytest.fixture(autouse=True)
def everything_reads_well_aloud() -> Iterator[None]:
    """Whatever a bot says or writes in a test: members who cannot see hear the same messages as everybody."""
    aloud.HEARD.clear()
    yield
    assert [line for text in aloud.HEARD for line in aloud.unreadable(text)] == []


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """This process's PostgreSQL server."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres: PostgresServer) -> str:
    name = postgres.create()
    _make_tables(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def _postgres_shared(postgres: PostgresServer, _postgres_template: str) -> str:
    return postgres.create(_postgres_template)


def _fresh(template: Path) -> str:
    """A copy of a template, always at the same place: so one engine serves all tests, see :func:`_engines`."""
    path = template.with_name("ombot.sqlite3")
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest) -> str:
    """The address of a database with all tables and no rows. Runs the test on both engines."""
    if request.param == "sqlite":
        return _fresh(request.getfixturevalue("_sqlite_template"))
    server: PostgresServer = request.getfixturevalue("postgres")
    name = request.getfixturevalue("_postgres_shared")
    server.empty(name)
    return server.url(name)


@pytest.fixture(params=BACKENDS)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes the addresses of databases without any tables. Runs the test on both engines."""
    names: list[str] = []
    if request.param == "sqlite":
        numbers = iter(range(100))
        yield lambda: f"sqlite:///{tmp_path}/new{next(numbers)}.sqlite3"
        return
    server: PostgresServer = request.getfixturevalue("postgres")

    def create() -> str:
        names.append(server.create())
        return server.url(names[-1])

    yield create
    for name in names:
        server.drop(name)


@pytest.fixture(scope="session")
def _sqlite_stage(_sqlite_template: Path) -> Path:
    """The template with the groups and people of the test bot, so that they are made once."""
    path = _sqlite_template.with_name("stage.sqlite3")
    shutil.copyfile(_sqlite_template, path)
    TestBot.create(path.parent, open_test_engine(f"sqlite:///{path}")).store.close()
    return path


@pytest.fixture(scope="session")
def _engines() -> Iterator[Callable[[str], Engine]]:
    """The engine of an address, made once: it remembers how each statement is compiled, a fifth of a test's time."""
    made: dict[str, Engine] = {}

    def engine(url: str) -> Engine:
        if url not in made:
            made[url] = open_test_engine(url)
        return made[url]

    yield engine
    for one in made.values():
        one.dispose()


@pytest.fixture
def opened(database: str, _engines: Callable[[str], Engine]) -> Engine:
    """The engine of :func:`database` that serves all tests."""
    return _engines(database)


@pytest.fixture
def opened_sqlite(_sqlite_template: Path, _engines: Callable[[str], Engine]) -> Engine:
    """The same on SQLite only."""
    return _engines(_fresh(_sqlite_template))


@pytest.fixture(scope="session")
def _postgres_stage(postgres: PostgresServer, _postgres_template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that can be refilled with the groups and people of the test bot."""
    name = postgres.create(_postgres_template)
    TestBot.create(tmp_path_factory.mktemp("stage"), postgres.url(name)).store.close()
    postgres.keep(name)
    return name


@pytest.fixture(params=BACKENDS)
def stage(request: pytest.FixtureRequest) -> str:
    """The address of a database with the groups and people of the test bot. Runs the test on both engines."""
    if request.param == "sqlite":
        return _fresh(request.getfixturevalue("_sqlite_stage"))
    server: PostgresServer = request.getfixturevalue("postgres")
    name = request.getfixturevalue("_postgres_stage")
    server.refill(name)
    return server.url(name)


@pytest.fixture
def bot(tmp_path: Path, stage: str, _engines: Callable[[str], Engine]) -> Iterator[TestBot]:
    """A fresh bot at Thursday, 26 November 2026, 10:00; every test runs on SQLite and on PostgreSQL."""
    made = TestBot.create(tmp_path, _engines(stage))
    yield made
    if made.store.dialect == "sqlite":
        made.store.close()  # its file is replaced; a connection to PostgreSQL stays, with what it has prepared


@pytest.fixture
def installed(bot: TestBot) -> Iterator[str]:
    """The address of the bot's database, for commands of the operator: it says of which schema it is."""
    engine = bot.store.engine
    with engine.connect().execution_options(ombot_write=True) as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{schema.head()}')")
    yield engine.url.set(drivername=bot.store.dialect).render_as_string(hide_password=False)
    # The database of the tests is emptied between them, but keeps its tables.
    with engine.connect().execution_options(ombot_write=True) as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE alembic_version")


@pytest.fixture(scope="session")
def _scenes() -> dict[tuple[str, Scene], tuple[str, datetime, int]]:
    """Engine and scene → where its rows are kept, the time at its end, and how many events there were."""
    return {}


@pytest.fixture
def begin(bot: TestBot, request: pytest.FixtureRequest) -> Begin:
    """Plays a scene with which many tests begin; from the second test on, its rows are put back instead."""
    scenes = request.getfixturevalue("_scenes")
    server = request.getfixturevalue("postgres") if bot.store.dialect == "postgresql" else None
    database = str(bot.store.engine.url.database)

    def put_back(scene: Scene) -> TestBot:
        assert next(bot.ids) == 0, "a scene is what comes first"
        if (bot.store.dialect, scene) not in scenes:
            scene(bot)
            kept = f"scene{len(scenes)}"
            scenes[bot.store.dialect, scene] = kept, bot.now, next(bot.ids)
            if server is not None:
                server.keep(database, kept)
            else:
                bot.store.engine.dispose()
                shutil.copyfile(database, Path(database).with_name(f"{kept}.sqlite3"))
        kept, bot.now, number = scenes[bot.store.dialect, scene]
        bot.ids, bot.last_event = count(number), f"$e{number - 1}"
        if server is not None:
            server.refill(database, kept)
        else:
            bot.store.engine.dispose()
            _fresh(Path(database).with_name(f"{kept}.sqlite3"))
        return bot

    return put_back


@pytest.fixture(scope="session")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    """Plays events on the stage with everything that examples name, and keeps nothing of them."""
    bot = set_stage(tmp_path_factory.mktemp("stage"))
    yield Player(bot)
    bot.store.close()
