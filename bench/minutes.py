"""How long minutes of 300 lines and 60 participants take as Word and as PDF, in a fresh process and after that."""

import time
from collections.abc import Iterator
from typing import Any

from ombot.documents import FORMATS, render

KINDS = ("Info", "Frage", "Aufgabe", "Beschluss", "Zusammenfassung")
TOPS = 10
LINES = 300
PARTICIPANTS = 60
TEXT = "Zwei Treffen im Jahr sind sinnvoll, weil die Arbeitsgruppen dazwischen arbeiten und berichten. " * 2


def measure() -> Iterator[str]:
    """One line per format."""
    data = _data()
    for fmt in FORMATS["minutes"]:
        first, second = _seconds(fmt, data), _seconds(fmt, data)
        yield f"minutes of {LINES} lines and {PARTICIPANTS} participants as {fmt}: {first:.2f} s, again {second:.2f} s"


def _seconds(fmt: str, data: dict[str, Any]) -> float:
    began = time.perf_counter()
    render("minutes", fmt, data)
    return time.perf_counter() - began


def _data() -> dict[str, Any]:
    start, end = "2027-05-20T11:00:00+02:00", "2027-05-20T16:00:00+02:00"
    titles = [f"Wie arbeiten wir zusammen, Teil {top}?" for top in range(1, TOPS + 1)]
    per_top = LINES // TOPS
    return {
        "organisation": "Offensive Mittelstand",
        "board_genitive": "Strategiekreises",
        "session": {
            "title": "17. Sitzung des Strategiekreises",
            "start": start,
            "end": end,
            "place": "Berlin",
            "url": None,
            "moderation": "BG RCI",
        },
        "items": [
            {
                "number": top,
                "kind": "Diskussion",
                "title": title,
                "goals": ["Gemeinsamer Kenntnisstand"],
                "presenter": "itb",
                "start": start,
                "minutes": 30,
            }
            for top, title in enumerate(titles, 1)
        ],
        "status": "review",
        "number": None,
        "scribes": ["BG RCI", "itb"],
        "sections": [
            {"top": top, "kind": "Diskussion", "title": title, "lines": [_line(number) for number in range(per_top)]}
            for top, title in enumerate(titles, 1)
        ],
        "next_session": None,
        "attachments": [],
        "participants": [
            {"institution": f"Einrichtung {number}", "person": "Referentin", "state": "anwesend", "deputy": None}
            for number in range(PARTICIPANTS)
        ],
    }


def _line(number: int) -> dict[str, Any]:
    return {"kind": KINDS[number % len(KINDS)], "text": TEXT, "ref": None}
