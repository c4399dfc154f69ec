"""The tables of a session as data of documents."""

from collections.abc import Sequence
from typing import Any

from ombot.chat.context import Context
from ombot.chat.language import say_when
from ombot.features.introductions.matching import Guest
from ombot.features.meetings.results import MeetingView
from ombot.features.people.cards import KINDS


def seating(context: Context, meeting: MeetingView, seated: Sequence[Sequence[Guest]]) -> tuple[dict[str, Any], ...]:
    """The list of tables, to be rendered as Word and as PDF."""
    data = {
        "organisation": context.settings.organisation.name,
        "session": meeting.title,
        "when": say_when(meeting.start, meeting.end) if meeting.start else "",
        "drawn_at": context.now.isoformat(),
        "tables": [
            [{"name": one.name, "institution": one.institution, "kind": KINDS[one.kind]} for one in table]
            for table in seated
        ],
    }
    return tuple({"kind": "seating", "format": fmt, "data": data} for fmt in ("docx", "pdf"))
