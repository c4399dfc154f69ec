"""What the office sends and lays out for a meeting: the invitation with its agenda, and the sheet to sign in on."""

from collections.abc import Mapping
from typing import Any

from ombot.documents import german, sessions
from ombot.documents.text import one_line


def invitation_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the invitation's templates show, in display form."""
    agenda = sessions.agenda_view(data)
    kind = german.TITLES["invitation"]
    return {
        **agenda,
        "kind": kind,
        "document_title": f"{kind} – {agenda['title']}",
        "dated": german.day(data["dated"]),
        "created": data["dated"],
        "answer_by": german.day(data["answer_by"]) if data["answer_by"] else "",
        "reference": data["reference"],
    }


def attendance_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates of the sheet show, in display form; blank rows stand at its end."""
    head = {name: value for name, value in sessions.agenda_view({**data, "items": []}).items() if name != "items"}
    kind = german.TITLES["attendance"]
    return {
        **head,
        "kind": kind,
        "document_title": f"{kind} – {head['title']}",
        "rows": [
            {"institution": one_line(row["institution"]), "person": _person(row)}
            for row in (
                *data["rows"],
                *({"institution": "", "person": "", "online": False} for _ in range(data["blank"])),
            )
        ],
    }


def _person(row: Mapping[str, Any]) -> str:
    name = one_line(row["person"])
    return " ".join(filter(None, (name, german.ONLINE))) if row["online"] else name
