"""The result sheet of a decision, and the register of all of them."""

from collections.abc import Mapping
from typing import Any

from ombot.documents import german, head
from ombot.documents.sheet import Sheet, excel_date
from ombot.documents.text import blocks, one_line


def view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates show, in display form."""
    title = f"{german.TITLES['decision']} {one_line(data['number'])}".strip()
    return {
        **head.of_organisation(title, data["organisation"], data["closed_at"]),
        "group": one_line(data["group"]),
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
        ("Vorlage", _file(data)),
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
        ("Ohne Stimme", ", ".join(one_line(name) for name in data.get("missing", ()))),
    ]


def _file(data: Mapping[str, Any]) -> str:
    """Return the file that was voted on, with the checksum by which everybody can tell that it is the same."""
    name, checksum = one_line(data["file"]), data.get("file_sha256")
    return f"{name}\nSHA-256: {checksum}" if name and checksum else name


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


# --- the register -----------------------------------------------------------------------------------------------


def register_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the register's templates show, in display form."""
    return {
        **head.of_list(german.TITLES["decisions"], data, german.moment(data["exported_at"])),
        "groups": [
            {"name": one_line(group["name"]), "decisions": [_entry(entry) for entry in group["decisions"]]}
            for group in data["groups"]
        ],
    }


def register_sheets(data: Mapping[str, Any]) -> list[Sheet]:
    """Return one sheet with a row per decision."""
    sheet = Sheet(
        german.TITLES["decisions"],
        ("Nr.", "Kennung", "Gremium", "Wortlaut", "Auftrag an", "Stand", "Datum", "Ersetzt durch", "Folgeaufgaben"),
    )
    for group in data["groups"]:
        sheet.rows.extend(
            (
                one_line(entry["number"]),
                entry["id"],
                one_line(group["name"]),
                entry["text"].strip(),
                one_line(entry["mandate"]),
                german.DECISION_STATES[entry["status"]],
                excel_date(entry["date"]),
                one_line(entry["replaced_by"]),
                "\n".join(_tasks(entry)),
            )
            for entry in group["decisions"]
        )
    return [sheet]


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    number = one_line(entry["number"])
    return {
        "number": f"{number} ({entry['id']})" if number else entry["id"],
        "text": entry["text"].strip(),
        "mandate": one_line(entry["mandate"]),
        "replaced_by": one_line(entry["replaced_by"]),
        "tasks": _tasks(entry),
        "date": german.short_day(entry["date"]),
        "status": german.DECISION_STATES[entry["status"]],
    }


def _tasks(entry: Mapping[str, Any]) -> list[str]:
    return [f"{task['id']} {one_line(task['title'])} ({german.TASK_STATES[task['status']]})" for task in entry["tasks"]]
