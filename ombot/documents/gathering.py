"""What helps people to come together: the letter to a new member, and the tables of a session."""

from collections.abc import Mapping
from typing import Any

from ombot.documents import german, head
from ombot.documents.text import one_line


def welcome_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates of the letter show, in display form."""
    return {
        **head.of_organisation(german.TITLES["welcome"], data["organisation"], data["dated"]),
        "dated": german.day(data["dated"]),
        "name": one_line(data["name"]),
        "institution": one_line(data["institution"]),
        "address": one_line(data["address"]),
        "user": one_line(data["user"]),
        "token": one_line(data["token"]),
        "groups": [one_line(group) for group in data["groups"]],
        "bot": one_line(data["bot"]),
    }


def seating_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates of the table list show, in display form."""
    organisation, session = one_line(data["organisation"]), one_line(data["session"])
    title = german.TITLES["seating"]
    return {
        "title": title,
        "document_title": f"{title} – {session}",
        "organisation": organisation,
        "session": session,
        "when": one_line(data["when"]),
        "created": data["drawn_at"],
        "tables": [
            {
                "name": f"{german.TABLE} {number}",
                "guests": [
                    {name: one_line(guest[name]) for name in ("name", "institution", "kind")} for guest in guests
                ],
            }
            for number, guests in enumerate(data["tables"], 1)
        ],
    }
