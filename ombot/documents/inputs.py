"""Collected inputs of the working groups for a session."""

from collections.abc import Mapping
from typing import Any

from ombot.documents import german
from ombot.documents.sheet import Sheet, excel_time
from ombot.documents.text import blocks, one_line

# Enough to tell two versions of a file apart when read aloud; the export holds the whole sum.
CHECKSUM_DIGITS = 12


def view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the templates show, in display form."""
    session = data["session"]
    title = german.TITLES["inputs"]
    return {
        "title": title,
        "document_title": f"{title} – {one_line(session['title'])}" if session else title,
        "organisation": one_line(data["organisation"]),
        "board": one_line(data["board"]),
        "session": _session(session) if session else None,
        "deadline": german.day(data["deadline"]),
        "exported_at": german.moment(data["exported_at"]),
        "created": data["exported_at"],
        "groups": [_group(group) for group in data["groups"]],
    }


def sheets(data: Mapping[str, Any]) -> list[Sheet]:
    """Return the overview of the groups and one row per input."""
    overview = Sheet("Übersicht", ("AG", "Stand", "Anzahl Inputs"))
    details = Sheet(
        "Inputs",
        (
            "Nr.",
            "AG",
            "Titel",
            "Text",
            "Von",
            "Einrichtung",
            "Eingereicht am",
            "Verspätet",
            "Stand",
            "Dateien",
        ),
    )
    for group in data["groups"]:
        name = one_line(group["name"])
        overview.rows.append((name, german.GROUP_STATES[group["state"]], len(group["inputs"])))
        details.rows.extend(
            (
                item["id"],
                name,
                one_line(item["title"]),
                item["text"].strip(),
                one_line(item["author"]),
                one_line(item["institution"]),
                excel_time(item["submitted_at"]),
                "ja" if item["late"] else "nein",
                german.INPUT_STATES[item["status"]],
                "\n".join(one_line(file["name"]) for file in item["files"]),
            )
            for item in group["inputs"]
        )
    return [overview, details]


def _session(session: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": one_line(session["title"]),
        "when": german.span(session["start"], session["end"]),
        "place": one_line(session["place"]),
    }


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": one_line(group["name"]),
        "state": german.GROUP_STATES[group["state"]],
        "late": group["state"] == "late",
        "count": len(group["inputs"]),
        "inputs": [_input(item) for item in group["inputs"]],
    }


def _input(item: Mapping[str, Any]) -> dict[str, Any]:
    institution = one_line(item["institution"])
    author = one_line(item["author"])
    return {
        "id": item["id"],
        "title": one_line(item["title"]),
        "blocks": blocks(item["text"]),
        "author": f"{author} ({institution})" if institution and institution != author else author,
        "submitted_at": german.moment(item["submitted_at"]),
        "late": item["late"],
        "status": "" if item["status"] == "submitted" else german.INPUT_STATES[item["status"]],
        "files": [_file(file) for file in item["files"]],
    }


def _file(file: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": one_line(file["name"]),
        "size": german.size(file["size"]),
        "checksum": file["sha256"][:CHECKSUM_DIGITS],
    }
