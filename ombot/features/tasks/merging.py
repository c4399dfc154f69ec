"""Tasks of an institution that turned out to be another one."""

from dataclasses import replace

from sqlmodel import Session

from ombot.features.people.merging import Merge, merges
from ombot.features.tasks import queries


@merges()
def move(session: Session, merge: Merge) -> None:
    """Give its tasks to the other one."""
    for number in queries.numbers_of_institution(session, merge.old_name):
        doers = [
            replace(doer, name=merge.new_name) if (doer.kind, doer.name) == ("institution", merge.old_name) else doer
            for doer in queries.doers(session, number)
        ]
        queries.assign(session, number, doers)
