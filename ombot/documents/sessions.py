"""Agenda and minutes of a session, in the form the board has used since its first session."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ombot.documents import german
from ombot.documents.text import one_line

# Kinds whose neighbouring lines stand together under one heading.
_COLLECTED = {"Zusammenfassung": german.SUMMARY, "Offener Punkt": german.OPEN_POINTS}
_MARKED = ("Beschluss", "Aufgabe")
_TYPED_BULLET = re.compile(r"(?<=\n)[-*•]\s+")


def agenda_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the agenda's templates show, in display form."""
    session = data["session"]
    kind = german.TITLES["agenda"]
    title = one_line(session["title"])
    return {
        "title": title,
        "kind": kind,
        "document_title": f"{kind} – {title}",
        "organisation": one_line(data["organisation"]),
        "when": german.span(session["start"], session["end"]),
        "place": one_line(session["place"]),
        "url": one_line(session["url"]),
        "moderation": one_line(session["moderation"]),
        "created": session["start"],
        "items": _items(data["items"]),
    }


def minutes_view(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the minutes' templates show, in display form."""
    agenda = agenda_view(data)
    kind = german.TITLES["minutes"]
    return {
        **agenda,
        "kind": kind,
        "document_title": f"{kind} – {agenda['title']}",
        "state": german.MINUTES_STATES[data["status"]],
        "sections": [_section(section) for section in data["sections"]],
        "board_genitive": one_line(data["board_genitive"]),
        "next_session": _next_session(data["next_session"]),
        "scribes": ", ".join(one_line(name) for name in data["scribes"]),
        "attachments": _attachments(data["attachments"]),
        "participants": [_participant(entry) for entry in data["participants"]],
        "number": data.get("number") or "",
        "objections": [_objection(entry) for entry in data.get("objections", ())],
        "addenda": [_addendum(entry) for entry in data.get("addenda", ())],
    }


def _items(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    impulses = sum(item["kind"] == "Impuls" for item in items)
    shown: list[dict[str, Any]] = []
    seen = 0
    for item in items:
        seen += item["kind"] == "Impuls"
        counted = item["kind"] == "Impuls" and impulses > 1
        label = f"{item['kind']} {seen}" if counted else item["kind"]
        shown.append(
            {
                **_heading(item["number"], label, item["title"]),
                "goals": [one_line(goal) for goal in item["goals"] if one_line(goal)],
                "points": [one_line(point) for point in item.get("points", ())],
                "presenter": one_line(item["presenter"]),
                "time": german.clock(item["start"]) or _duration(item["minutes"]),
                "pause": item["kind"] == "Pause",
            }
        )
    return shown


def _heading(number: int | None, kind: str, title: str | None) -> dict[str, str]:
    """Return the parts of an item's heading; a title that only repeats its kind is left out."""
    text = one_line(title)
    return {
        "number": "" if number is None else f"TOP {number}",
        "label": kind.upper(),
        "title": "" if text.casefold() == kind.casefold() else text,
    }


def _duration(minutes: int | None) -> str:
    return f"{minutes} Min." if minutes else ""


def _section(section: Mapping[str, Any]) -> dict[str, Any]:
    parts = _heading(section["top"], section["kind"] or "", section["title"])
    named = [parts["number"], ": ".join(filter(None, (parts["label"], parts["title"])))]
    return {
        "heading": ": ".join(filter(None, named)) or german.UNNUMBERED,
        "lines": list(_lines(section["lines"])),
    }


def _lines(lines: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, str]]:
    """Yield the display lines; `style` is one of bullet, marked, lead, collected, plain."""
    for kind, group in groupby(lines, key=lambda line: str(line["kind"])):
        if kind in _COLLECTED:
            yield {"style": "lead", "label": _COLLECTED[kind], "text": ""}
        for line in group:
            yield _line(kind, _TYPED_BULLET.sub("– ", line["text"].strip()), line["ref"])


def _line(kind: str, text: str, ref: str | None) -> dict[str, str]:
    if kind in _COLLECTED:
        return {"style": "collected", "label": "", "text": text}
    if kind in _MARKED:
        return {"style": "marked", "label": f"{kind} {ref}:" if ref else f"{kind}:", "text": text}
    if kind == "Zustimmung":
        return {"style": "plain", "label": "", "text": text or german.AGREED}
    return {"style": "bullet", "label": "" if kind == "Info" else f"{kind}:", "text": text}


def _next_session(session: Mapping[str, Any] | None) -> dict[str, str] | None:
    if session is None:
        return None
    time = german.clock(session["start"])
    when = german.day(session["start"])
    return {
        "when": f"{when} um {time} Uhr" if time else when,
        "place": one_line(session["place"]),
        "group": one_line(session.get("group")),
    }


def _attachments(attachments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the attachments in order; number 1 is the list of participants in every minutes."""
    titles = {1: german.PARTICIPANTS} | {entry["number"]: one_line(entry["title"]) for entry in attachments}
    return [{"number": number, "title": titles[number]} for number in sorted(titles)]


def _objection(entry: Mapping[str, Any]) -> dict[str, str]:
    about = f" zu „{one_line(entry['line'])}“" if entry["line"] else ""
    by = one_line(entry["by"]) or german.OBJECTION
    return {"label": f"{by}{about} ({german.OBJECTION_STATES[entry['state']]}):", "text": entry["text"].strip()}


def _addendum(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"label": f"{german.day(entry['at'])}:", "text": entry["text"].strip()}


def _participant(entry: Mapping[str, Any]) -> dict[str, str]:
    deputy = one_line(entry["deputy"])
    return {
        "institution": one_line(entry["institution"]),
        "person": one_line(entry["person"]),
        "state": f"{entry['state']} durch {deputy}" if deputy else entry["state"],
    }
