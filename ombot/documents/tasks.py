"""Task lists by group."""

from collections.abc import Mapping, Sequence
from typing import Any

from ombot.documents import german, head
from ombot.documents.sheet import Sheet, excel_date
from ombot.documents.text import one_line


def view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates show, in display form."""
    return {
        **head.of_list(german.TITLES["tasks"], data, german.moment(data["exported_at"])),
        "groups": [
            {"name": one_line(group["name"]), "tasks": [_task(task) for task in group["tasks"]]}
            for group in data["groups"]
        ],
    }


def sheets(data: Mapping[str, Any]) -> list[Sheet]:
    """Return one sheet with a row per task."""
    sheet = Sheet(
        german.TITLES["tasks"],
        ("Nr.", "Gruppe", "Aufgabe", "Beschreibung", "Zuständig", "Frist", "Stand", "Wiedervorlage", "Notiz"),
    )
    for group in data["groups"]:
        sheet.rows.extend(
            (
                task["id"],
                one_line(group["name"]),
                one_line(task["title"]),
                (task["description"] or "").strip(),
                _names(task["assignees"]),
                excel_date(task["due"]),
                german.TASK_STATES[task["status"]],
                _resubmission(task["parked_until"]),
                (task["note"] or "").strip(),
            )
            for task in group["tasks"]
        )
    return [sheet]


def _task(task: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": task["id"],
        "title": one_line(task["title"]),
        "description": (task["description"] or "").strip(),
        "note": (task["note"] or "").strip(),
        "assignees": _names(task["assignees"]),
        "due": german.short_day(task["due"]),
        "status": german.TASK_STATES[task["status"]],
        "until": _resubmission(task["parked_until"]) if task["status"] == "parked" else "",
    }


def _names(assignees: Sequence[str]) -> str:
    return "\n".join(one_line(name) for name in assignees)


def _resubmission(until: str | None) -> str:
    """Return the date in German, or the condition in words as it was given."""
    try:
        return german.short_day(until)
    except ValueError:
        return one_line(until)
