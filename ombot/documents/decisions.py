"""The result sheet of a decision."""

from collections.abc import Mapping
from typing import Any

from ombot.documents import german
from ombot.documents.text import blocks, one_line


def view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates show, in display form."""
    title = f"{german.TITLES['decision']} {one_line(data['number'])}".strip()
    organisation = one_line(data["organisation"])
    return {
        "title": title,
        "document_title": f"{title} – {organisation}",
        "organisation": organisation,
        "group": one_line(data["group"]),
        "created": data["closed_at"],
        "date": german.day(data["closed_at"]),
        "exported_at": german.moment(data["exported_at"]),
        "result": german.DECISION_STATES[data["status"]],
        "blocks": blocks(data["text"]),
        "facts": [{"label": label, "text": text} for label, text in _facts(data) if text],
        "recorded": data["recorded"],
        "counts": [{"label": label, "votes": votes} for label, votes in _counts(data)],
        "remarks": [_remark(entry) for entry in data["remarks"]],
        "secret": data["secret"],
        "votes": [
            {
                "institution": one_line(vote["institution"]),
                "choice": german.CHOICES[vote["choice"]],
                "through": one_line(vote["through"]),
            }
            for vote in data["votes"]
        ],
    }


def _facts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    taken = [
        ("Nummer", f"{one_line(data['number'])} ({data['id']})"),
        ("Gremium", one_line(data["group"])),
        ("Datum", german.day(data["closed_at"])),
        ("Auftrag an", one_line(data["mandate"])),
        ("Vorlage", one_line(data["file"])),
        ("Ersetzt durch", one_line(data["replaced_by"])),
    ]
    if data["recorded"]:
        return [*taken, ("Gefasst in", one_line(data["meeting"]))]
    votes = "Stimme" if data["quorum"] == 1 else "Stimmen"
    quorum = f", mindestens {data['quorum']} {votes}" if data["quorum"] else ""
    secret = ", geheim" if data["secret"] else ""
    return [
        *taken,
        ("Eröffnet am", german.day(data["opened_at"])),
        ("Verfahren", f"{german.RULES[data['rule']]}{secret}{quorum}"),
    ]


def _counts(data: Mapping[str, Any]) -> list[tuple[str, int]]:
    turnout = [
        ("Stimmberechtigte Einrichtungen", data["entitled"]),
        ("Selbst abgestimmt", data["voted"]),
        ("Vertreten", data["represented"]),
    ]
    return turnout + [(german.CHOICES[choice], data["counts"][choice]) for choice in german.CHOICES]


def _remark(entry: Mapping[str, Any]) -> dict[str, str]:
    institution = one_line(entry["institution"])
    label = german.CHOICES[entry["choice"]]
    return {"label": f"{label} ({institution})" if institution else label, "text": entry["text"].strip()}
