"""Decisions in the JSON export, and the data of the result sheet."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.features.decisions import queries
from ombot.features.decisions.rules import end_of
from ombot.features.decisions.tables import Decision
from ombot.features.decisions.views import Count, view
from ombot.features.exporting import Frame, HeldFile, exports, holds_files


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
        "remarks": [
            {"institution": one.institution or None, "choice": one.choice, "text": one.text} for one in shown.remarks
        ],
        "votes": [
            {"institution": one.institution, "choice": one.choice, "through": one.through} for one in shown.votes
        ],
    }
