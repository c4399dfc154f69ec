"""Groups in the JSON export."""

from typing import Any

from sqlmodel import Session

from ombot.chat import rights
from ombot.chat.tables import Group
from ombot.features.exporting import Frame, exports
from ombot.features.groups import queries
from ombot.store import rooms


@exports("groups")
def export(session: Session, frame: Frame) -> list[dict[str, Any]]:
    """All groups, archived ones included, with the members their rooms have now."""
    own_id = frame.settings.matrix.user
    return [_entry(session, group, own_id) for group in queries.every_group(session)]


def _entry(session: Session, group: Group, own_id: str) -> dict[str, Any]:
    room = rooms.of_group(session, group.key)
    members = [person.id for person in rooms.members(session, room.room_id)] if room else []
    return {
        "key": group.key,
        "name": group.name,
        "kind": group.kind,
        "room_id": room.room_id if room else None,
        "members": [user_id for user_id in members if user_id != own_id],
        "leads": rights.leads(session, group.key, own_id),
        "roster": [
            {"institution": entry.institution, "persons": list(entry.persons)}
            for entry in queries.roster(session, group.key)
        ],
        "archived": group.archived,
    }
