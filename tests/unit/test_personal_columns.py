"""The register of personal columns is complete: no text column is left unjudged (D1)."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import JSON, Column
from sqlmodel import SQLModel

from ombot import features

REVIEWED = {
    "absence": "status",
    "agenda_item": "event_id group_key kind origin standing status",
    "ballot": "choice key",
    "calendar_feed": "digest group_key secret",
    "decision": "event_id file_sha256 group_key rule status year_number",
    "departure": "group_key state",
    "earlier_minutes": "group_key mimetype number sha256",
    "file": "mimetype sha256",
    "group": "key kind name",
    "history": "cause room_id subject",
    "inbox": "error event_id kind room_id state",
    "input": "event_id group_key status",
    "input_file": "mimetype sha256",
    "institution": "kind name",
    "institution_alias": "alias name",
    "introduction": "alias state",
    "mail": "key message_id state",
    "mail_link": "about id purpose",
    "meeting": "event_id group_key kind status",
    "meeting_answer": "answer mode",
    "meeting_poll_vote": "choice",
    "meeting_series": "end_time event_id group_key start_time status unit",
    "member": "membership room_id",
    "meta": "key",
    "minutes": "called_up checksum number status",
    "minutes_attachment": "event_id mimetype sha256",
    "minutes_line": "event_id kind ref",
    "minutes_note": "event_id kind state",
    "outbox": "about buttons cause event_id kind room_id state txn_id",
    "preference": "pace",
    "question": "origin room_id slot state",
    "reminder": "object state step",
    "roster_entry": "group_key institution",
    "room": "group_key room_id version",
    "search_text": "field level subject",
    "task": "event_id group_key status",
    "task_assignee": "kind",
    "vote": "choice",
}
"""Columns by table that hold nothing personal: keys, kinds and states from fixed lists, references, ids of events and
rooms, checksums, and the names of institutions and groups. A column that can hold a word of a member does not belong
here but to ``personal()``."""
IMPERSONAL = {f"{table}.{column}" for table, columns in REVIEWED.items() for column in columns.split()}


@pytest.fixture(scope="module", autouse=True)
def _tables() -> None:
    features.load_tables()


def _texts() -> Iterator[Column[object]]:
    for table in SQLModel.metadata.sorted_tables:
        yield from (column for column in table.c if _can_hold_text(column))


def _can_hold_text(column: Column[object]) -> bool:
    return isinstance(column.type, JSON) or column.type.python_type is str


def test_every_text_column_is_marked_or_reviewed() -> None:
    unmarked = {str(column) for column in _texts() if not column.info.get("personal")}

    assert unmarked - IMPERSONAL == set(), "mark these with personal(), or review them"


def test_what_was_reviewed_is_not_marked_as_well() -> None:
    marked = {str(column) for column in _texts() if column.info.get("personal")}

    assert marked & IMPERSONAL == set()


def test_the_reviewed_names_look_like_what_they_are_said_to_be() -> None:
    personal = re.compile(r"\.(title|text|note|description|by|person|sender|actor|author|email|name)$")

    assert {name for name in IMPERSONAL if personal.search(name)} == {
        "group.name",
        "institution.name",
        "institution_alias.name",
    }
