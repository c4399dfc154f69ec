"""Two processes, one set of data: one runs (I9)."""

import asyncio
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pg import PostgresServer
from sqlalchemy import make_url

from ombot.store import lock as locks
from ombot.store.lock import AlreadyRunning, InstanceLock, LockLost

PROGRAM = Path(__file__).with_name("lock_process.py")
Start = Callable[[], subprocess.Popen[str]]


on_postgres = pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """A database of our own: a killed process may keep its lock for a moment."""
    return new_database()


@pytest.fixture
def start(database: str, tmp_path: Path) -> Iterator[Start]:
    """Starts another process on this test's data."""
    started: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        command = [sys.executable, str(PROGRAM), database, str(tmp_path / "data")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert says(process) == "waiting"
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def lock(database: str, tmp_path: Path) -> Iterator[InstanceLock]:
    made = InstanceLock(database, tmp_path / "data")
    yield made
    made.release()


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_who_only_wants_to_work_is_refused(lock: InstanceLock, start: Start) -> None:
    assert says(start()) == "running"

    with pytest.raises(AlreadyRunning):
        lock.take()


@on_sqlite
def test_the_second_one_gives_up_on_sqlite(start: Start) -> None:
    assert says(start()) == "running"

    assert says(start()) == "refused"


@on_postgres
def test_the_second_one_takes_over_on_postgresql(start: Start) -> None:
    first = start()
    assert says(first) == "running"
    second = start()
    killed = time.monotonic()
    first.kill()

    assert says(second) == "running"
    assert time.monotonic() - killed < 15


def test_the_lock_ends_with_the_process(lock: InstanceLock, start: Start) -> None:
    first = start()
    assert says(first) == "running"
    first.kill()
    first.wait()

    end = time.monotonic() + 5
    while True:  # the server takes a moment to see that its client is gone
        try:
            lock.take()
        except AlreadyRunning:
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            break


def test_the_lock_can_be_given_back(database: str, tmp_path: Path) -> None:
    for _ in range(3):
        with InstanceLock(database, tmp_path / "data"), pytest.raises(AlreadyRunning):
            InstanceLock(database, tmp_path / "data").take()


def test_other_data_may_be_used(lock: InstanceLock, new_database: Callable[[], str], tmp_path: Path) -> None:
    lock.take()

    with InstanceLock(new_database(), tmp_path / "elsewhere"):
        pass


@on_postgres
def test_who_loses_the_connection_is_told_at_once(database: str, start: Start, postgres: PostgresServer) -> None:
    running = start()
    assert says(running) == "running"
    cut = time.monotonic()
    postgres.end_connections(str(make_url(database).database))

    assert says(running) == "lost"
    assert time.monotonic() - cut < locks.PROBE_SECONDS


@on_postgres
async def test_the_standby_outlives_a_restart_of_the_server(
    database: str, tmp_path: Path, postgres: PostgresServer
) -> None:
    first, second = InstanceLock(database, tmp_path), InstanceLock(database, tmp_path)
    first.take()
    waiting = asyncio.create_task(second.wait())
    await asyncio.sleep(0.2)
    postgres.end_connections(str(make_url(database).database))
    with pytest.raises(LockLost):
        await first.watch()
    first.release()

    await asyncio.wait_for(waiting, 15)

    with pytest.raises(AlreadyRunning):
        InstanceLock(database, tmp_path).take()
    second.release()


@on_postgres
async def test_a_server_that_is_away_is_waited_for(database: str, tmp_path: Path, postgres: PostgresServer) -> None:
    """A machine that starts has its parts in any order, and nobody can say yet whether another ombot runs (B5)."""
    url = make_url(database)
    door = postgres.folder / f"door-{url.database}"
    lock = InstanceLock(str(url.update_query_dict({"host": str(door)})), tmp_path)
    told: list[str] = []
    waiting = asyncio.create_task(lock.wait(told.append))
    while not told:  # noqa: ASYNC110 - a thread tells
        await asyncio.sleep(0.02)
    try:
        door.symlink_to(postgres.folder)
        await asyncio.wait_for(waiting, 15)
    finally:
        door.unlink()

    assert told == [locks.UNREACHABLE]
    with pytest.raises(AlreadyRunning):
        InstanceLock(database, tmp_path).take()
    lock.release()


@on_postgres
async def test_a_machine_that_holds_us_up_takes_no_lock(lock: InstanceLock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop stood still for longer than the server may take to answer, and its answer is there all the same."""
    monkeypatch.setattr(locks, "PROBE_SECONDS", 0.0)
    monkeypatch.setattr(locks, "ANSWER_SECONDS", 0.3)
    await lock.wait()
    server = lock._lock
    probe = server.probe

    def answer_late() -> None:
        time.sleep(0.05)
        probe()

    monkeypatch.setattr(server, "probe", answer_late)
    watching = asyncio.create_task(lock.watch())
    for _ in range(3):
        await asyncio.sleep(0.02)
        time.sleep(0.5)  # noqa: ASYNC251
    await asyncio.sleep(0.02)
    assert not watching.done()
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def test_watching_can_be_stopped(lock: InstanceLock) -> None:
    lock.take()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(lock.watch(), 0.2)


@on_sqlite
def test_the_data_directory_is_ours_alone(lock: InstanceLock, tmp_path: Path) -> None:
    lock.take()

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data", tmp_path / "data" / locks.LOCK_FILE)]
    assert modes == [0o700, 0o600]
