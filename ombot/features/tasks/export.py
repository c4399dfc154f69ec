"""Tasks in the JSON export, and the data of their documents."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from ombot.config import Settings
from ombot.features.exporting import Frame, collects, exports
from ombot.features.groups import queries as groups
from ombot.features.tasks import queries
from ombot.features.tasks.rules import Doer
from ombot.features.tasks.tables import Task
from ombot.features.tasks.views import views


@exports("tasks")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All tasks, by number."""
    tasks = queries.everything(session)
    doers = queries.doers_of(session, [task.number for task in tasks if task.number is not None])
    return [_entry(task, doers.get(task.number or 0, []), frame) for task in tasks]


def _entry(task: Task, doers: list[Doer], frame: Frame) -> dict[str, Any]:
    return {
        "id": f"A{task.number}",
        "group": task.group_key,
        "title": task.title,
        "description": task.description,
        "assignees": [_assignee(doer) for doer in doers],
        "due": task.due.isoformat() if task.due else None,
        "status": task.status,
        "created_by": task.created_by,
        "created_at": frame.moment(task.created_at),
        "closed_at": frame.moment(task.closed_at),
        "note": task.note,
        "parked_until": task.parked_until.isoformat() if task.parked_until else task.parked_condition,
        "event_id": task.event_id,
    }


def _assignee(doer: Doer) -> str | dict[str, str]:
    return doer.name if doer.kind == "person" else {doer.kind: doer.name}


@collects("tasks", "tasks")
def collect(session: Session, settings: Settings, now: datetime, _meeting: int | None) -> dict[str, Any]:
    """The task list of all groups."""
    local = now.astimezone(settings.organisation.timezone).replace(microsecond=0)
    keys = [group.key for group in groups.every_group(session)]
    return document(session, settings.organisation.name, local, keys)


def document(session: Session, organisation: str, now: datetime, group_keys: list[str]) -> dict[str, Any]:
    """The data of the task list as a document."""
    titles = groups.names(session)
    tasks = [task for task in queries.everything(session) if task.group_key in group_keys]
    shown = dict(zip((task.number for task in tasks), views(session, tasks, now.date()), strict=True))
    return {
        "organisation": organisation,
        "exported_at": now.isoformat(),
        "groups": [
            {
                "name": titles[key],
                "tasks": [
                    {
                        "id": f"A{task.number}",
                        "title": task.title,
                        "description": task.description,
                        "assignees": [p.name for p in shown[task.number].people] + list(shown[task.number].parties),
                        "due": task.due.isoformat() if task.due else None,
                        "status": task.status,
                        "note": task.note,
                        "parked_until": task.parked_until.isoformat() if task.parked_until else task.parked_condition,
                    }
                    for task in tasks
                    if task.group_key == key
                ],
            }
            for key in group_keys
        ],
    }
