"""How long the export of 1,000 inputs takes, in every format."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ombot.config import Settings
from ombot.exchange.command import export_bytes, formats_of
from ombot.features.inputs.tables import Input
from ombot.features.meetings.tables import Meeting
from ombot.installation import files_of, open_store
from ombot.store.unit import Session

INPUTS = 1_000
TEXT = "Das gemeinsame Beratungsverständnis ist Voraussetzung für die Kooperation der Beratergruppen.\n" * 4


def measure() -> list[str]:
    """One line per format: seconds for 1,000 inputs of four lines each."""
    with tempfile.TemporaryDirectory(prefix="ombot-bench-") as name:
        settings = _settings(Path(name))
        store = open_store(settings)
        try:
            now = datetime.now(UTC)
            with store.unit() as session:
                start = now + timedelta(days=30)
                session.add(
                    Meeting(
                        number=1,
                        group_key="sk",
                        kind="session",
                        session_number=1,
                        title="1. Sitzung",
                        start=start,
                        end=start + timedelta(hours=5),
                        created_by="@a:b",
                        created_at=now,
                        changed_at=now,
                        event_id="$1",
                    )
                )
                session.flush()
                session.add_all(_input(number, now) for number in range(1, INPUTS + 1))
            with store.reading() as session:
                return [
                    f"export of {INPUTS} inputs as {fmt}: {_seconds(session, settings, fmt, now):.1f} s"
                    for fmt in formats_of("inputs")
                ]
        finally:
            store.close()


def _seconds(session: Session, settings: Settings, fmt: str, now: datetime) -> float:
    began = time.perf_counter()
    export_bytes(session, settings, files_of(settings), "inputs", fmt, "T1", now, lambda _done, _total: None)
    return time.perf_counter() - began


def _settings(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "matrix": {"homeserver": "http://127.0.0.1:1", "user": "@ombot:example.org"},
            "storage": {"database": f"sqlite:///{folder}/ombot.sqlite3", "directory": str(folder)},
            "groups": [
                {"key": "sk", "name": "Strategiekreis", "kind": "board"},
                {"key": "beratung", "name": "AG Beratung"},
            ],
        }
    )


def _input(number: int, now: datetime) -> Input:
    return Input(
        number=number,
        group_key="beratung",
        meeting=1,
        title=f"Input {number}",
        text=TEXT,
        author="@a:b",
        status="submitted",
        created_at=now,
        submitted_at=now,
        event_id=f"${number}",
    )
