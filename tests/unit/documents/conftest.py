"""One sample of the data of each kind of document; institutions and topics only."""

from typing import Any

import pytest

SESSION = {
    "title": "17. Sitzung des Strategiekreises",
    "start": "2027-11-21T11:00:00+01:00",
    "end": "2027-11-21T16:00:00+01:00",
    "place": "Berlin, Haus des Deutschen Handwerks",
}


def _file(name: str, size: int, digit: str) -> dict[str, Any]:
    return {"name": name, "mimetype": "application/pdf", "size": size, "sha256": digit * 64}


def _input(number: str, title: str, text: str, *, late: bool = False, files: Any = ()) -> dict[str, Any]:
    return {
        "id": number,
        "title": title,
        "text": text,
        "author": "Leitung der AG",
        "institution": "BG RCI",
        "submitted_at": "2027-11-03T14:05:00+01:00",
        "late": late,
        "status": "submitted",
        "files": list(files),
    }


def inputs_data() -> dict[str, Any]:
    text = "Zu klären ist vieles.\nDas zuerst:\n\n- Einseiter\n• Abstimmung\n\nDie AG bittet um 30 Minuten."
    files = [_file("Einseiter.pdf", 1_234_567, "a"), _file("Übersicht.pdf", 48_211, "b")]
    return {
        "organisation": "Offensive Mittelstand",
        "board": "Strategiekreis",
        "session": {"id": "T1", **SESSION},
        "deadline": "2027-11-05",
        "exported_at": "2027-11-08T09:12:00+01:00",
        "groups": [
            {
                "name": "AG Modernes Beratungsverständnis",
                "state": "submitted",
                "inputs": [
                    _input("I1", "Gemeinsames Beratungsverständnis", text, files=files),
                    _input("I2", "Qualifizierung", "Kurzer Bericht.", late=True),
                ],
            },
            {"name": "AG Transfer", "state": "missing", "inputs": []},
        ],
    }


def _task(number: str, title: str, status: str, **more: Any) -> dict[str, Any]:
    fields = {"description": None, "assignees": [], "due": None, "note": None, "parked_until": None}
    return {"id": number, "title": title, "status": status, **fields, **more}


def tasks_data() -> dict[str, Any]:
    return {
        "organisation": "Offensive Mittelstand",
        "exported_at": "2027-11-08T09:12:00+01:00",
        "groups": [
            {
                "name": "Strategiekreis",
                "tasks": [
                    _task("A1", "Basisprofil", "open", description="Je Einrichtung", assignees=["BG RCI", "itb"]),
                    _task("A2", "Einseiter", "done", due="2027-10-15", note="Liegt der AG vor"),
                    _task("A3", "Finanzierung", "parked", parked_until="Bekanntmachung des BMBF"),
                    _task("A4", "Regionen", "parked", parked_until="2028-01-10"),
                    _task("A5", "Umfrage", "cancelled"),
                ],
            },
            {"name": "AG Transfer", "tasks": []},
        ],
    }


def _item(number: int | None, kind: str, title: str, time: str, *goals: str) -> dict[str, Any]:
    return {
        "number": number,
        "kind": kind,
        "title": title,
        "goals": list(goals),
        "points": ["A4 Einseiter entwerfen – itb"] if kind == "Verschiedenes" else [],
        "presenter": "BG RCI" if number else None,
        "start": f"2027-11-21T{time}:00+01:00",
        "minutes": 15,
    }


def agenda_data() -> dict[str, Any]:
    return {
        "organisation": "Offensive Mittelstand",
        "board_genitive": "Strategiekreises",
        "session": {**SESSION, "url": "https://treffen.example.org/om", "moderation": "BG RCI und itb"},
        "items": [
            _item(1, "Auftakt", "Begrüßung", "11:00"),
            _item(2, "Impuls", "Wo stehen wir?", "11:15", "Gemeinsamer Kenntnisstand"),
            _item(3, "Impuls", "Was sind notwendige Schritte?", "11:30"),
            _item(None, "Pause", "Mittagessen", "12:30"),
            _item(4, "Diskussion", "Wie arbeiten wir?", "13:30", "Struktur", "Funktion"),
            _item(5, "Verschiedenes", "Verschiedenes", "15:45"),
        ],
    }


def _line(kind: str, text: str, ref: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "text": text, "ref": ref}


def minutes_data() -> dict[str, Any]:
    discussion = [
        _line("Info", "Zwei Treffen im Jahr sind sinnvoll."),
        _line("Frage", "Wie ist das Verhältnis zu INQA?"),
        _line("Antwort", "Die OM ist unabhängig."),
        _line("Anregung", "Basisprofile erstellen."),
        _line("Herausforderung", "Vom Pilot- in den Regelbetrieb!"),
        _line("Aufgabe", "Kompetenzen sammeln.", "A3"),
        _line("Beschluss", "Der Strategiekreis entscheidet.", "B1"),
        _line("Zusammenfassung", "Die Ausrichtung wird unterstützt."),
        _line("Zusammenfassung", "Es werden AGs gebildet."),
        _line("Offener Punkt", "Konzept zur regionalen Arbeit."),
        _line("Zustimmung", ""),
    ]
    return {
        **agenda_data(),
        "status": "draft",
        "number": None,
        "scribes": ["itb", "IfM Bonn"],
        "sections": [
            {"top": 1, "title": "Begrüßung", "kind": "Auftakt", "lines": [_line("Info", "Willkommen.")]},
            {"top": 4, "title": "Wie arbeiten wir?", "kind": "Diskussion", "lines": discussion},
            {"top": 5, "title": "Verschiedenes", "kind": "Verschiedenes", "lines": []},
        ],
        "next_session": {"start": "2028-05-16T11:00:00+02:00", "place": "Bonn"},
        "attachments": [{"number": 2, "title": "Präsentation der AG Transfer"}],
        "participants": [
            {"institution": "BG RCI", "person": "Person A", "state": "anwesend", "deputy": None},
            {"institution": "BStBK", "person": "Person B", "state": "vertreten", "deputy": "Person C"},
            {"institution": "BMAS", "person": None, "state": "entschuldigt", "deputy": None},
        ],
        "objections": [
            {"by": "BMAS", "line": "Info: Willkommen.", "text": "Es fehlt der Bericht.", "state": "rejected"},
            {"by": None, "line": None, "text": "Das Datum stimmt nicht.", "state": "open"},
        ],
        "addenda": [{"at": "2027-12-20T09:00:00+01:00", "text": "Die Anlage 2 wurde nachgereicht."}],
    }


def _event(uid: str, start: str, end: str | None, status: str = "CONFIRMED") -> dict[str, Any]:
    return {
        "uid": uid,
        "sequence": 2,
        "summary": "Sitzung",
        "start": start,
        "end": end,
        "location": "Berlin",
        "description": "Tagesordnung folgt",
        "url": "https://treffen.example.org/om",
        "status": status,
        "changed_at": "2027-03-01T10:00:00+01:00",
    }


def calendar_data() -> dict[str, Any]:
    return {
        "name": "Termine",
        "zone": "Europe/Berlin",
        "events": [
            _event("T1@ombot", "2027-11-21T11:00:00+01:00", "2027-11-21T16:00:00+01:00"),
            _event("T2@ombot", "2027-06-21T11:00:00+02:00", None, "CANCELLED"),
        ],
    }


def form_data() -> dict[str, Any]:
    return {**agenda_data(), "reference": "T1", "kinds": ["Info", "Aufgabe", "Beschluss"]}


JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19i"
    "Z2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
    "Y2NjY2NjY2P/wAARCAAKAAgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
    "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
    "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
    "4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC"
    "AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm"
    "Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq"
    "8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDmqKKK7DnP/9k="
)
"""A picture of 8 × 10 points."""


def directory_data() -> dict[str, Any]:
    known = {"function": "Referentin", "institution": "BG RCI", "competences": ["Arbeitsschutz", "Förderung"]}
    return {
        "organisation": "Offensive Mittelstand",
        "exported_at": "2027-11-08T09:12:00+01:00",
        "people": [
            {"letter": "A", "name": "Person A", **known, "offer": "Begleitung\nauch vor Ort", "photo": {"jpeg": JPEG}},
            {"letter": "B", "name": "Person B", **known, "offer": None, "photo": None},
            {
                "letter": "#",
                "name": None,
                "function": None,
                "institution": None,
                "competences": ["Qualifizierung"],
                "offer": None,
                "photo": {"address": "directory/photos/0a.jpg"},
            },
        ],
    }


def decision_data() -> dict[str, Any]:
    return {
        "organisation": "Offensive Mittelstand",
        "exported_at": "2027-11-22T09:00:00+01:00",
        "id": "B7",
        "number": "2027-03",
        "group": "Strategiekreis",
        "text": "Der Einseiter wird veröffentlicht.\n- als PDF",
        "file": "Einseiter.pdf",
        "mandate": "Leitungskreis",
        "status": "rejected",
        "rule": "consent",
        "quorum": 2,
        "secret": False,
        "recorded": False,
        "meeting": None,
        "opened_at": "2027-11-08T09:12:00+01:00",
        "closed_at": "2027-11-21T23:59:59+01:00",
        "replaced_by": None,
        "entitled": 4,
        "voted": 2,
        "represented": 1,
        "counts": {"yes": 0, "abstain": 0, "concern": 1, "objection": 2},
        "remarks": [
            {"institution": "BG RCI", "choice": "concern", "text": "Die Finanzierung ist offen."},
            {"institution": None, "choice": "objection", "text": "Zu früh."},
        ],
        "votes": [
            {"institution": "BG RCI", "choice": "concern", "through": None},
            {"institution": "itb", "choice": "objection", "through": None},
            {"institution": "BMAS", "choice": "objection", "through": "itb"},
        ],
    }


def decisions_data() -> dict[str, Any]:
    taken = {
        "id": "B7",
        "number": "2027-03",
        "text": "Der Einseiter wird veröffentlicht.\n- als PDF",
        "mandate": "Leitungskreis",
        "status": "accepted",
        "date": "2027-11-21",
        "replaced_by": "B9",
        "tasks": [{"id": "A3", "title": "Einseiter setzen", "status": "open"}],
    }
    running = {**taken, "id": "B8", "number": None, "mandate": None, "status": "open", "date": None, "tasks": []}
    return {
        "organisation": "Offensive Mittelstand",
        "exported_at": "2027-11-22T09:00:00+01:00",
        "groups": [
            {"name": "Strategiekreis", "decisions": [taken, {**running, "replaced_by": None}]},
            {"name": "AG Transfer", "decisions": []},
        ],
    }


def invitation_data() -> dict[str, Any]:
    dates = {"dated": "2027-10-11T09:00:00+02:00", "answer_by": "2027-11-05T00:00:00+01:00", "reference": "T3"}
    return {**agenda_data(), **dates}


def attendance_data() -> dict[str, Any]:
    head = {name: value for name, value in agenda_data().items() if name != "items"}
    rows = [
        {"institution": "BG RCI", "person": "Eva Beispiel", "online": False},
        {"institution": "Bundesministerium für Arbeit und Soziales", "person": "", "online": False},
        {"institution": "itb", "person": "Jan Muster", "online": True},
    ]
    return {**head, "rows": rows, "blank": 5}


def welcome_data() -> dict[str, Any]:
    return {
        "organisation": "Offensive Mittelstand",
        "dated": "2027-10-11T09:00:00+02:00",
        "name": "Eva Beispiel",
        "institution": "BG RCI",
        "address": "https://matrix.example.org",
        "user": "@eva:example.org",
        "token": "abc123",
        "groups": ["Strategiekreis", "AG Transfer"],
        "bot": "ombot",
    }


def seating_data() -> dict[str, Any]:
    guests = [
        {"name": "Eva Beispiel", "institution": "BG RCI", "kind": "Unfallversicherung"},
        {"name": "Jan Muster", "institution": "itb", "kind": "Forschung"},
    ]
    return {
        "organisation": "Offensive Mittelstand",
        "session": "5. Sitzung des Strategiekreises",
        "when": "So., 21.11.2027, 11:00–16:00 Uhr",
        "drawn_at": "2027-11-20T09:00:00+01:00",
        "tables": [guests, guests[:1]],
    }


def table_data() -> dict[str, Any]:
    return {
        "title": "Einrichtungen",
        "columns": ["Name", "Anzahl", "Anteil"],
        "rows": [["BG RCI", 3, 0.5], ["itb", None, True]],
    }


SAMPLES = {
    "inputs": inputs_data,
    "tasks": tasks_data,
    "agenda": agenda_data,
    "minutes": minutes_data,
    "decision": decision_data,
    "decisions": decisions_data,
    "form": form_data,
    "invitation": invitation_data,
    "attendance": attendance_data,
    "welcome": welcome_data,
    "seating": seating_data,
    "directory": directory_data,
    "calendar": calendar_data,
    "table": table_data,
}

# Values the program itself writes; everything else in a sample stands for what somebody typed.
_OURS = {
    "rule",
    "choice",
    "opened_at",
    "closed_at",
    "status",
    "state",
    "kind",
    "start",
    "end",
    "submitted_at",
    "exported_at",
    "deadline",
    "date",
    "due",
    "parked_until",
    "changed_at",
    "at",
    "zone",
    "sha256",
    "jpeg",
    "letter",
}


def infect(value: Any, payload: str, key: str = "") -> Any:
    """Return data in which every text that somebody could have typed is the payload."""
    if isinstance(value, dict):
        return {name: infect(item, payload, name) for name, item in value.items()}
    if isinstance(value, list):
        return [infect(item, payload, key) for item in value]
    return payload if isinstance(value, str) and key not in _OURS else value


@pytest.fixture
def samples() -> dict[str, Any]:
    """The data of one document of each kind."""
    return {kind: make() for kind, make in SAMPLES.items()}


@pytest.fixture(scope="session")
def infected() -> Any:
    """A function (kind, payload) → data of that kind, full of the payload."""
    return lambda kind, payload: infect(SAMPLES[kind](), payload)
