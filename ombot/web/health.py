"""Whether the bot is well, from what its loops last did; no secret and no message text ever stands here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

SYNC_SILENCE = timedelta(minutes=5)
TICK_SILENCE = timedelta(seconds=60)
OLDEST_UNSENT = timedelta(minutes=5)


@dataclass(frozen=True)
class Vitals:
    """What the loops last did."""

    ready: bool
    last_sync: datetime | None
    last_tick: datetime | None
    unsent: int
    oldest_unsent: datetime | None
    parked: int
    device_fault: str | None
    storage_fault: bool
    counters: Mapping[str, float]
    start_fault: str | None = None


def problems(vitals: Vitals, now: datetime) -> list[str]:
    """Everything that is wrong, one sentence each; empty when the bot is well (B3)."""
    return list(_problems(vitals, now))


def _problems(vitals: Vitals, now: datetime) -> Iterable[str]:
    if vitals.start_fault is not None:
        yield f"safe mode: {vitals.start_fault}"
        return
    if vitals.last_sync is None or now - vitals.last_sync > SYNC_SILENCE:
        yield "no answer from the homeserver for more than 5 minutes"
    if vitals.last_tick is None or now - vitals.last_tick > TICK_SILENCE:
        yield "the clock has not ticked for more than 60 seconds"
    if vitals.oldest_unsent is not None and now - vitals.oldest_unsent > OLDEST_UNSENT:
        yield f"{vitals.unsent} messages wait, the oldest for more than 5 minutes"
    if vitals.device_fault is not None:
        yield f"our device is not trusted ({vitals.device_fault}): run ombot init"
    if vitals.storage_fault:
        yield "the database cannot be written"


def metrics(vitals: Vitals, now: datetime) -> str:
    """The numbers in Prometheus' text format."""
    values = dict(vitals.counters) | {
        "ombot_unsent": float(vitals.unsent),
        "ombot_parked": float(vitals.parked),
        "ombot_oldest_unsent_seconds": _age(vitals.oldest_unsent, now),
        "ombot_last_sync_seconds": _age(vitals.last_sync, now),
        "ombot_healthy": 0.0 if problems(vitals, now) else 1.0,
    }
    lines = (f"# TYPE {name} {_type(name)}\n{name} {value:g}\n" for name, value in sorted(values.items()))
    return "".join(lines)


def _type(name: str) -> str:
    return "counter" if name.endswith("_total") else "gauge"


def _age(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else 0.0
