"""A standby on PostgreSQL takes over from a killed ombot: soon, and without losing or doubling anything (I9)."""

import time
from pathlib import Path

import pytest
from chaos.run import figures, say, stage
from chaos.standby import Pair, play_with_take_overs
from pg import PostgresServer

pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.xdist_group("chaos")]

TAKES_OVER_WITHIN = 15.0


async def test_a_standby_takes_over_again_and_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], postgres: PostgresServer
) -> None:
    began = time.monotonic()
    async with stage(tmp_path, seed=10, database=postgres.url(postgres.create())) as set_up:
        pair = Pair.of(set_up)
        try:
            tally = await play_with_take_overs(pair, 120, 4)
        finally:
            await pair.close()
    seconds = ", ".join(f"{one:.1f} s" for one in pair.take_overs)
    say(capsys, f"standby: {figures(set_up, tally, time.monotonic() - began)}; take-over after {seconds}")
    assert tally.faults == {}
    assert len(pair.take_overs) == 4
    assert max(pair.take_overs) <= TAKES_OVER_WITHIN
