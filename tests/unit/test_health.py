"""When the bot is well, at the edges of what may take how long (B3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ombot.web.health import Vitals, metrics, problems

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
WELL = Vitals(True, NOW, NOW, 0, None, (), None, False, {})


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"last_sync": None}, ["sync"]),
        ({"last_sync": ago(300)}, []),
        ({"last_sync": ago(301)}, ["sync"]),
        ({"last_tick": ago(60)}, []),
        ({"last_tick": ago(61)}, ["tick"]),
        ({"unsent": 2, "oldest_unsent": ago(300)}, []),
        ({"unsent": 2, "oldest_unsent": ago(301)}, ["unsent"]),
        # Written before the last stop, or during an outage: it is being sent just now.
        ({"unsent": 2, "oldest_unsent": ago(9000), "online_since": ago(20)}, []),
        ({"unsent": 2, "oldest_unsent": ago(9000), "online_since": ago(301)}, ["unsent"]),
        ({"unsent": 2, "oldest_unsent": ago(301), "online_since": ago(9000)}, ["unsent"]),
        ({"device_fault": "not_signed", "storage_fault": True}, ["device", "storage"]),
        ({"start_fault": "the database cannot be opened or written", "last_tick": None}, ["start"]),
    ],
)
def test_what_is_wrong(changes: dict[str, Any], codes: list[str]) -> None:
    vitals = replace(WELL, **changes)
    assert [problem.code for problem in problems(vitals, NOW)] == codes
    assert (f"ombot_healthy {0 if codes else 1}\n" in metrics(vitals, NOW)) is True
