"""Whether the bot is well, from what its loops last did; no secret and no message text ever stands here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

SYNC_SILENCE = timedelta(minutes=5)
TICK_SILENCE = timedelta(seconds=60)
OLDEST_UNSENT = timedelta(minutes=5)

MEASURES: Mapping[str, str] = {
    "ombot_failures_total": "Failed attempts to handle a row, each with a reference in the log",
    "ombot_given_up_total": "Messages given up",
    "ombot_handled_total": "Rows handled",
    "ombot_handling_seconds_total": "Time all handled rows took together, from the wait for the database to the commit",
    "ombot_healthy": "1 when nothing is wrong, as /healthz says it",
    "ombot_invites_declined_total": "Invitations by strangers",
    "ombot_last_sync_seconds": "Time since the homeserver last answered",
    "ombot_mails_failed_total": "Failed attempts to send a letter",
    "ombot_mails_sent_total": "Letters sent",
    "ombot_oldest_unsent_seconds": "How long the oldest message has waited",
    "ombot_parked": "Commands, messages and letters that wait for ombot retry",
    "ombot_ready": "1 once the first sync is done and messages are sent",
    "ombot_received_total": "Rows taken in",
    "ombot_refused_total": "Commands answered with what to do instead",
    "ombot_reminders_due": "Reminders whose time has come and that are not sent",
    "ombot_reminders_late": "Of those, the ones due for more than 10 minutes",
    "ombot_repeated_total": "Encrypted messages that the homeserver showed again under another id",
    "ombot_retries_total": "Messages tried again",
    "ombot_sent_total": "Messages sent",
    "ombot_unsent": "Messages that wait",
    "ombot_unverified_total": "Encrypted messages not carried out because their sender was in doubt",
}
"""What is measured; the counters begin at 0 with each start."""


@dataclass(frozen=True)
class Stuck:
    """A row that was given up, with the reference for ``ombot retry``."""

    reference: str
    what: str


@dataclass(frozen=True)
class Vitals:
    """What the loops last did."""

    ready: bool
    last_sync: datetime | None
    last_tick: datetime | None
    unsent: int
    oldest_unsent: datetime | None
    stuck: tuple[Stuck, ...]
    device_fault: str | None
    storage_fault: bool
    counters: Mapping[str, float]
    start_fault: str | None = None
    online_since: datetime | None = None
    """Since when messages can be sent: what waited before that was not waiting for us."""
    reminders_due: int = 0
    reminders_late: int = 0
    """Of those, how many are so late that they will say it"""


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: its code, for the German of the coordination room, and a sentence for the operator."""

    code: str
    sentence: str


def problems(vitals: Vitals, now: datetime) -> list[Problem]:
    """Everything that is wrong; empty when the bot is well (B3)."""
    return list(_problems(vitals, now))


def _problems(vitals: Vitals, now: datetime) -> Iterable[Problem]:
    if vitals.start_fault is not None:
        yield Problem("start", f"safe mode: {vitals.start_fault}")
        return
    if vitals.last_sync is None or now - vitals.last_sync > SYNC_SILENCE:
        yield Problem("sync", "no answer from the homeserver for more than 5 minutes")
    if vitals.last_tick is None or now - vitals.last_tick > TICK_SILENCE:
        yield Problem("tick", "the clock has not ticked for more than 60 seconds")
    if vitals.oldest_unsent is not None and now - _waiting_since(vitals, vitals.oldest_unsent) > OLDEST_UNSENT:
        yield Problem("unsent", f"{vitals.unsent} messages wait, the oldest for more than 5 minutes")
    if vitals.device_fault is not None:
        yield Problem("device", f"our device is not trusted ({vitals.device_fault}): run ombot init")
    if vitals.storage_fault:
        yield Problem("storage", "the database cannot be read or written")


def _waiting_since(vitals: Vitals, oldest: datetime) -> datetime:
    return oldest if vitals.online_since is None else max(oldest, vitals.online_since)


def stands_still(wrong: list[Problem]) -> bool:
    """Whether a restart would help: the clock stands although the database works.

    A homeserver that is away, a full disk or a device that nobody trusts are not mended by starting again, and the
    logins of a bot that starts again and again would be one trouble more.
    """
    codes = {problem.code for problem in wrong}
    return "tick" in codes and not codes & {"start", "storage"}


def metrics(vitals: Vitals, now: datetime) -> str:
    """The numbers in Prometheus' text format."""
    values = dict(vitals.counters) | {
        "ombot_unsent": float(vitals.unsent),
        "ombot_parked": float(len(vitals.stuck)),
        "ombot_oldest_unsent_seconds": _age(vitals.oldest_unsent, now),
        "ombot_last_sync_seconds": _age(vitals.last_sync, now),
        "ombot_ready": float(vitals.ready),
        "ombot_reminders_due": float(vitals.reminders_due),
        "ombot_reminders_late": float(vitals.reminders_late),
        "ombot_healthy": 0.0 if problems(vitals, now) else 1.0,
    }
    return "".join(
        f"# HELP {name} {MEASURES[name]}\n# TYPE {name} {_type(name)}\n{name} {value:g}\n"
        for name, value in sorted(values.items())
    )


def _type(name: str) -> str:
    return "counter" if name.endswith("_total") else "gauge"


def _age(moment: datetime | None, now: datetime) -> float:
    return (now - moment).total_seconds() if moment else 0.0
