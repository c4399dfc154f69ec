"""A clock that jumps ahead and back loses and doubles nothing (T4)."""

import time
from pathlib import Path

import pytest
from chaos.jumps import LIBRARIES, Clock, play_with_jumps
from chaos.run import figures, say, stage

pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.xdist_group("chaos")]


@pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed (Debian: apt-get install libfaketime)")
async def test_a_clock_that_jumps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    async with stage(tmp_path, seed=14) as set_up:
        tally = await play_with_jumps(set_up, Clock(tmp_path / "clock"), 200)
    say(capsys, f"clock jumps: {figures(set_up, tally, time.monotonic() - began)}")
    assert tally.faults == {}
    assert tally.reminders > 0
