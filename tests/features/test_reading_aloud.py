"""What reads badly aloud is found; every dialogue of this folder and every example of a command is watched for it."""

import pytest
from aloud import unreadable


@pytest.mark.parametrize(
    "line",
    [
        "---",
        "• –",
        "┌──────┐",
        "TOP   Thema",
        "| TOP | Thema |",
        "Name\tAntwort",
        "**Wichtig**: ***",
        "👍 · 👎",
        "Antworten Sie mit 👍.",
        "Dauer: leer → 45 Minuten",
        "fertig ✅",
    ],
)
def test_what_reads_badly_is_found(line: str) -> None:
    assert unreadable(f"Überschrift\n{line}\n") == [line]


@pytest.mark.parametrize(
    "line", ["👍 Zusage · 👎 Absage", "• ☐ A1 Einseiter – Jan Muster", "1. Do., 10.12.2026, 14 Uhr …"]
)
def test_what_reads_well_is_left_alone(line: str) -> None:
    assert unreadable(line) == []
