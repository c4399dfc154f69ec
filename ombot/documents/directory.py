"""The directory of members."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from ombot.documents import german, head
from ombot.documents.text import one_line


def view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates show, in display form: the people in the given order, under their letters."""
    people = [_person(person) for person in data["people"]]
    return {
        **head.of_list(german.TITLES["directory"], data, german.day(data["exported_at"])),
        "count": len(people),
        "letters": [
            {"letter": letter, "people": list(found)}
            for letter, found in groupby(people, key=lambda one: one["letter"])
        ],
    }


def _person(person: Mapping[str, Any]) -> dict[str, Any]:
    name = one_line(person["name"])
    photo = person["photo"] or {}
    return {
        "letter": person["letter"],
        "name": name or german.NO_NAME,
        "function": one_line(person["function"]),
        "institution": one_line(person["institution"]),
        "competences": [one_line(competence) for competence in person["competences"]],
        "offer": _lines(person["offer"]),
        "photo": photo.get("address", ""),
        "jpeg": photo.get("jpeg", ""),
    }


def _lines(text: str | None) -> str:
    lines = [one_line(line) for line in (text or "").split("\n")]
    return "\n".join(line for line in lines if line)
