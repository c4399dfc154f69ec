"""Nothing lost, nothing doubled: the real program against a real homeserver while things break (I1, O1, T1, B4, I5)."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from chaos import faults
from chaos.proxy import Proxy
from chaos.run import STOP_SECONDS, Stage, figures, play_with_kills, say, stage
from chaos.tally import Tally
from pg import PostgresServer

pytestmark = [pytest.mark.chaos, pytest.mark.xdist_group("chaos")]

BACK_SECONDS = 5.0
MOST_REQUESTS = 8


async def check(
    capsys: pytest.CaptureFixture[str], set_up: Stage, play: Callable[[], Awaitable[Tally]], name: str
) -> None:
    """Play, print the figures, and insist that nothing is lost, doubled, wrong or out of order."""
    began = time.monotonic()
    tally = await play()
    say(capsys, f"{name}: {figures(set_up, tally, time.monotonic() - began)}")
    assert tally.faults == {}
    assert max(set_up.stops) <= STOP_SECONDS


async def test_killed_again_and_again_loses_and_doubles_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage(tmp_path, seed=1) as set_up:
        await check(capsys, set_up, lambda: play_with_kills(set_up, 60, 3), "seed 1")
        assert set_up.bot.kills == 3


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
async def test_six_hundred_commands_and_twenty_kills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    async with stage(tmp_path, seed) as set_up:
        await check(capsys, set_up, lambda: play_with_kills(set_up, 600, 20), f"seed {seed}")
        assert len(set_up.ledger.kinds) >= 8
        assert set_up.bot.kills_in_start > 0


@pytest.mark.long
async def test_the_same_on_postgresql(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], postgres: PostgresServer
) -> None:
    async with stage(tmp_path, seed=4, database=postgres.url(postgres.create())) as set_up:
        await check(capsys, set_up, lambda: play_with_kills(set_up, 600, 20), "seed 4 on PostgreSQL")


@pytest.mark.long
async def test_stopped_again_and_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with stage(tmp_path, seed=5) as set_up:
        await check(capsys, set_up, lambda: faults.play_with_stops(set_up, 100, 6), "stops")


@pytest.mark.long
async def test_homeserver_killed_and_restarted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with stage(tmp_path, seed=6) as set_up:
        await check(capsys, set_up, lambda: faults.play_with_restarts(set_up, 150, 4), "homeserver restarts")


@pytest.mark.long
async def test_storms_of_errors_and_answers_that_are_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proxy = Proxy()
    async with stage(tmp_path, seed=7, proxy=proxy) as set_up:
        await check(capsys, set_up, lambda: faults.play_in_storms(set_up, proxy, 200, 8), "storms")
    assert [kind for kind in ("429", "500", "502", "cut", "swallow") if not proxy.done.get(kind)] == []


@pytest.mark.long
async def test_more_commands_during_downtime_than_one_sync_answer_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage(tmp_path, seed=8) as set_up:
        await check(capsys, set_up, lambda: faults.play_after_downtime(set_up, 320), "downtime")


@pytest.mark.long
@pytest.mark.parametrize(
    ("seconds", "refused", "most_seconds"),
    [
        (20.0, True, BACK_SECONDS),
        (60.0, True, BACK_SECONDS),
        (150.0, True, BACK_SECONDS),
        (20.0, False, BACK_SECONDS),
        # Behind a proxy that stays, only requests can tell, and those are counted.
        (60.0, False, 25.0),
    ],
)
async def test_outage_costs_few_requests_and_little_time_after_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seconds: float, refused: bool, most_seconds: float
) -> None:
    proxy = Proxy()
    async with stage(tmp_path, seed=9, proxy=proxy) as set_up:
        outage = await faults.measure_outage(set_up, proxy, seconds, refused=refused)
    kind = "nobody listens" if refused else "a proxy stays"
    say(
        capsys,
        f"outage of {seconds:.0f} s, {kind}: {outage.requests} requests in 60 s, "
        f"answer {outage.first_answer:.1f} s after it\n{outage.tally}",
    )
    assert outage.tally.faults == {}
    assert max(set_up.stops) <= STOP_SECONDS
    assert outage.requests <= MOST_REQUESTS
    assert outage.first_answer <= most_seconds
