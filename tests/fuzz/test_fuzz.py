"""A few seconds of every fuzz target; ``make fuzz`` tries a million inputs."""

import fuzzing
import pytest
from playing import Player

INPUTS = {"events": 2000, "dates": 500, "lines": 500, "messages": 60}


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_nothing_comes_of_any_input_but_a_value_or_a_refusal(player: Player, target: str) -> None:
    refused = sum(fuzzing.run(player, target, seed) for seed in range(INPUTS[target]))
    # If nothing were understood, or nothing refused, the inputs would not reach what they are for.
    assert refused < INPUTS[target]
    assert (refused > 0) == (target in ("dates", "lines"))
