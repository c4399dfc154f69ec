"""What a released ombot left behind goes on with this one: on both databases, with a copy before (S5)."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import released
from sqlalchemy import Engine
from testbot import BERLIN, SETTINGS, TestBot

from ombot.config import Settings
from ombot.installation import open_store
from ombot.store import schema
from ombot.store.dump import is_sqlite, load_postgres
from ombot.store.engine import open_engine
from ombot.store.unit import Store

CHANGELOG = Path(__file__).parents[3] / "CHANGELOG.md"
FILES = sorted(released.FOLDER.glob("*.json"))

REBUILT = {"profile_stem"}
"""Tables that were derived from others, and are gone."""

Rows = dict[str, list[dict[str, Any]]]


def test_every_release_has_left_its_database_here() -> None:
    """A release without: see "A release" in docs/architecture.md."""
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)
    assert [path.stem for path in FILES] == sorted(versions)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def left(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The data of one release."""
    return dict(json.loads(request.param.read_text(encoding="utf-8")))


@pytest.fixture
def url(new_database: Callable[[], str], left: dict[str, Any]) -> str:
    """The database as that release left it."""
    made = new_database()
    engine = open_engine(made)
    released.load(engine, left)
    engine.dispose()
    return made


@pytest.fixture
def started(url: str, tmp_path: Path) -> Iterator[Store]:
    """The store as ``ombot run`` opens it."""
    storage = {"database": url, "directory": str(tmp_path / "data")}
    store = open_store(Settings.model_validate({**SETTINGS, "storage": storage}))
    yield store
    store.close()


def rows(engine: Engine, like: Rows) -> Rows:
    """The rows of these tables with these columns; what the start has noted in ``meta`` besides is left out."""
    found = released.dump(engine)["tables"]
    noted = {row["key"] for row in like["meta"]}
    found["meta"] = [row for row in found["meta"] if row["key"] in noted]
    return {
        name: [{column: row.get(column, ...) for column in old[0]} for row in found.get(name, ())]
        for name, old in like.items()
    }


def test_a_released_database_is_upgraded_with_everything_in_it(
    left: dict[str, Any], started: Store, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    assert schema.is_current(started.engine)
    with started.engine.connect() as connection:
        assert schema.differences(connection) == []
    kept = {name: old for name, old in left["tables"].items() if name not in REBUILT}
    assert rows(started.engine, kept) == kept

    copies = list((tmp_path / "data" / "backups").glob("*"))
    assert len(copies) == (left["revision"] != schema.head())
    for copy in copies:
        before = restored(copy, new_database, tmp_path)
        with before.connect() as connection:
            assert schema.revision(connection) == left["revision"]
        assert released.dump(before)["tables"] == left["tables"]
        before.dispose()


def restored(copy: Path, new_database: Callable[[], str], folder: Path) -> Engine:
    """The database in the copy that was made before the upgrade."""
    if is_sqlite(copy):
        return open_engine(f"sqlite:///{copy}")
    url = new_database()
    load_postgres(url, copy, folder / "script.sql")
    return open_engine(url)


def test_members_go_on_with_what_a_release_left(started: Store, tmp_path: Path) -> None:
    bot = TestBot.create(tmp_path, str(started.engine.url.render_as_string(hide_password=False)))
    bot.ids, bot.now = itertools.count(10_000), datetime(2026, 12, 18, 9, tzinfo=BERLIN)

    (done,) = bot.send("!erledigt A1")
    (new,) = bot.send("!aufgabe Die nächste")
    assert done.text.splitlines()[0] == "Erledigt – A1: Leitfaden – „Übergabe“"
    assert new.text.splitlines()[0] == "Aufgabe A6: Die nächste"
    (voted,) = bot.send("!zustimmung B4", room="sk")
    assert voted.text.splitlines()[0] == "B4 – BG RCI: Zustimmung (Eva Beispiel)."

    said = {one.text.partition("\n")[0] for one in bot.pass_time(datetime(2027, 1, 12, 13, tzinfo=BERLIN))}
    assert said - {""} == {
        "Ihre Stimme fehlt noch – B3",
        "✅ Beschluss B3 (Nr. 2026-04): angenommen",
        "Überfällig – A4: Termine festlegen",
        "Ergebnisprotokoll 2026-01 ist endgültig – T1: 1. Sitzung des Strategiekreises",
        "Erinnerung – T2: Arbeitstreffen",
    }
    bot.store.close()
