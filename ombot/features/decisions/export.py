"""Decisions in the JSON export, and the data of the result sheet and of the register as documents."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.config import Settings
from ombot.features.decisions import queries
from ombot.features.decisions.results import DecisionLine
from ombot.features.decisions.rules import end_of
from ombot.features.decisions.tables import Decision
from ombot.features.decisions.views import Count, lines, view
from ombot.features.exporting import Frame, HeldFile, collects, exports, holds_files
from ombot.features.groups import queries as groups


@exports("decisions")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All decisions by number. The votes of a secret one are counted only once it is closed."""
    return [_entry(session, decision, frame) for decision in queries.everything(session)]


def _entry(session: Session, decision: Decision, frame: Frame) -> dict[str, Any]:
    count = Count(session, decision)
    ballots = count.ballots()
    zone = frame.settings.organisation.timezone
    return {
        "id": f"B{decision.number}",
        "number": decision.year_number,
        "group": decision.group_key,
        "text": decision.text,
        "mandate": decision.mandate,
        "status": decision.status,
        "opened_by": decision.opened_by,
        "opened_at": frame.moment(decision.opened_at),
        "closes_at": frame.moment(end_of(decision.closes_on, zone)) if decision.closes_on else None,
        "closed_at": frame.moment(decision.closed_at),
        "secret": decision.secret,
        "rule": decision.rule,
        "votes": count.tally().choices(),
        "ballots": None
        if ballots is None
        else [{"institution": institution, "choice": choice} for institution, choice in ballots],
        "meeting": f"T{decision.meeting}" if decision.meeting else None,
        "replaced_by": f"B{decision.replaced_by}" if decision.replaced_by else None,
        "tasks": [
            f"A{task.number}"
            for task in queries.follow_ups(session, [decision.number or 0]).get(decision.number or 0, [])
        ],
        "event_id": decision.event_id,
    }


@holds_files("decisions")
def held_files(session: Session) -> list[HeldFile]:
    """The files that texts put to a vote stand in."""
    return [
        HeldFile(f"B{decision.number}", decision.file_name or "", decision.file_sha256)
        for decision in queries.everything(session)
        if decision.file_sha256
    ]


@collects("decisions", "decisions")
def collect(session: Session, settings: Settings, now: datetime, _meeting: int | None) -> dict[str, Any]:
    """The register of all groups."""
    local = now.astimezone(settings.organisation.timezone).replace(microsecond=0)
    return document(session, settings.organisation.name, local, [group.key for group in groups.every_group(session)])


def document(session: Session, organisation: str, now: datetime, group_keys: list[str]) -> dict[str, Any]:
    """The data of the register of some groups as a document, the newest in front; groups without decisions are left
    out. ``now`` is in the organisation's time zone.
    """
    titles = groups.names(session)
    found = queries.register(session, group_keys)
    entries = [
        (decision.group_key, _line(decision, line))
        for decision, line in zip(found, lines(session, found, now.tzinfo), strict=True)
    ]
    return {
        "organisation": organisation,
        "exported_at": now.isoformat(),
        "groups": [
            {"name": titles[key], "decisions": [entry for group_key, entry in entries if group_key == key]}
            for key in group_keys
            if any(group_key == key for group_key, _ in entries)
        ],
    }


def _line(decision: Decision, line: DecisionLine) -> dict[str, Any]:
    return {
        "id": line.reference,
        "number": line.year_number,
        "text": decision.text,
        "mandate": line.mandate,
        "status": line.status,
        "date": line.closed_on.isoformat() if line.closed_on else None,
        "replaced_by": line.replaced_by,
        "tasks": [{"id": task.reference, "title": task.title, "status": task.status} for task in line.tasks],
    }


def sheet(session: Session, organisation: str, decision: Decision, now: datetime) -> dict[str, Any]:
    """The data of the result sheet (document kind ``decision``). ``now`` is in the organisation's time zone."""
    shown = view(session, decision, now)
    closed = decision.closed_at.astimezone(now.tzinfo) if decision.closed_at else now
    return {
        "organisation": organisation,
        "exported_at": now.replace(microsecond=0).isoformat(),
        "id": shown.reference,
        "number": decision.year_number,
        "group": shown.line.group,
        "text": decision.text,
        "file": decision.file_name,
        "file_sha256": decision.file_sha256,
        "mandate": shown.line.mandate,
        "status": decision.status,
        "rule": decision.rule,
        "quorum": decision.quorum,
        "secret": decision.secret,
        "recorded": decision.recorded,
        "meeting": shown.meeting,
        "opened_at": shown.opened_at.isoformat(),
        "closed_at": closed.isoformat(),
        "replaced_by": shown.line.replaced_by,
        "entitled": shown.tally.entitled,
        "voted": shown.tally.voted,
        "represented": shown.tally.represented,
        "counts": shown.tally.choices(),
        "missing": list(shown.missing),
        "remarks": [
            {"institution": one.institution or None, "choice": one.choice, "text": one.text} for one in shown.remarks
        ],
        "votes": [
            {"institution": one.institution, "choice": one.choice, "through": one.through} for one in shown.votes
        ],
    }
