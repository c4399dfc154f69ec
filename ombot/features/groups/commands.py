"""Commands of groups (Gruppen, AGs) and their handlers."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from ombot.chat import people
from ombot.chat.context import Context, Question
from ombot.chat.line import TITLE_MAX, Line, fold
from ombot.chat.parameters import ABSENT, InGroup, Stage, Title
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.features.groups import queries
from ombot.features.groups.export import archive_of
from ombot.features.groups.results import (
    ArchiveKept,
    GroupArchived,
    GroupLine,
    GroupList,
    GroupMade,
    GroupReopened,
    PeopleInvited,
)
from ombot.features.groups.rules import key_of
from ombot.store import meta, rooms
from ombot.store.outbox import Draft
from ombot.store.rooms import Person

TOPIC = "Räume"
LEAD_LEVEL = 50
ASK_ABOVE = 5
"""More people than this are written to only after a preview."""

_USER_ID = re.compile(r"@[!-9;-~]{1,200}:[A-Za-z0-9.\-]+(:\d{1,5})?")


@dataclass(frozen=True)
class InvitedParameter:
    """``@neu:example.org @eva``: pills and full Matrix ids of anybody, names of people in the sender's rooms."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """User ids in the order they were written.

        Raises:
            Refusal: a word is nobody's name or id.
        """
        found: list[str] = []
        while line.text.strip(" ,;"):
            line.text = line.text.lstrip(" ,;")
            if not line.take_phrase("und"):
                found.append(_pill(line, context) or _named(line.take_word().rstrip(",;"), context))
        return tuple(dict.fromkeys(found)) or ABSENT


Invited = Annotated[tuple[str, ...], InvitedParameter()]


def _pill(line: Line, context: Context) -> str | None:
    """The person of a pill at the front; unlike elsewhere they need not be in the room yet."""
    for user_id in context.message.pills:
        name = context.person(user_id).name
        for written in (user_id, f"@{name}", name):
            if line.text.casefold().startswith(written.casefold()):
                line.text = line.text[len(written) :]
                return user_id
    return None


def _named(word: str, context: Context) -> str:
    if _USER_ID.fullmatch(word):
        return word
    known = queries.people_of(context.session, [group.key for group in context.own_groups])
    candidates = people.fitting(word.removeprefix("@"), known) if word.startswith("@") else []
    if len(candidates) != 1:
        raise Refusal("invite_whom", name=word)
    return candidates[0].id


# --- declarations -----------------------------------------------------------------------------------------------


@command(
    "ag",
    brief="lädt Personen in den Raum der Gruppe ein, auch solche, die noch nirgends dabei sind",
    usage="!ag einladen @Person … [in <Gruppe>]",
    example="!ag einladen @neu:example.org",
    topic=TOPIC,
    right=Right.LEAD,
    place=Place.GROUP,
    verb=("einladen", "invite"),
    alias=("group", "gruppe", "ags"),
    undo=False,
)
@dataclass(frozen=True)
class InvitePeople:
    """Invite people to a group's room."""

    people: Invited
    group: InGroup | None = None


@command(
    "ag",
    brief="legt eine neue Gruppe mit eigenem Raum an",
    usage="!ag neu <Name>",
    example="!ag neu AG Digitalisierung",
    topic=TOPIC,
    right=Right.COORDINATOR,
    verb=("neu", "new"),
    alias=("group", "gruppe", "ags"),
    undo=False,
)
@dataclass(frozen=True)
class MakeGroup:
    """Make a working group with a room of its own."""

    name: Title


@command(
    "ag",
    brief="beendet eine Gruppe: alles als ZIP in den Raum und an die Koordination; der Raum bleibt lesbar und wird zum "
    "Schreiben geschlossen",
    usage="!ag archivieren [in <Gruppe>]",
    example="!ag archivieren",
    topic=TOPIC,
    right=Right.COORDINATOR,
    place=Place.GROUP,
    verb=("archivieren", "archive"),
    alias=("group", "gruppe", "ags"),
    undo=False,
)
@dataclass(frozen=True)
class ArchiveGroup:
    """End a group."""

    group: InGroup | None = None


@command(
    "ag",
    brief="öffnet eine archivierte Gruppe und ihren Raum wieder",
    usage="!ag öffnen <Gruppe>",
    example="!ag öffnen AG Leitfaden",
    topic=TOPIC,
    right=Right.COORDINATOR,
    place=Place.COORDINATION,
    verb=("öffnen", "wieder öffnen", "reopen"),
    alias=("group", "gruppe", "ags"),
    undo=False,
)
@dataclass(frozen=True)
class ReopenGroup:
    """Take an ended group up again."""

    name: Title


@command(
    "ag",
    brief="zeigt alle Gruppen mit ihrer Leitung",
    usage="!ag",
    example="!ag",
    topic=TOPIC,
    alias=("group", "gruppe", "ags"),
)
@dataclass(frozen=True)
class ListGroups:
    """List the groups."""


# --- handlers ---------------------------------------------------------------------------------------------------


@handles(ListGroups)
def list_groups(command: ListGroups, context: Context) -> GroupList:  # noqa: ARG001
    """All groups with who leads them."""
    groups = queries.all_groups(context.session)
    joined = queries.joined(context.session, [group.key for group in groups], context.own_id)
    mine = {group.key for group in context.own_groups}
    lines = tuple(_line(group, joined.get(group.key, []), group.key in mine) for group in groups)
    return GroupList(tuple(sorted(lines, key=lambda line: fold(line.name))), context.coordinator)


def _line(group: Group, joined: list[tuple[Person, int]], mine: bool) -> GroupLine:
    leads = tuple(person for person, level in joined if level >= LEAD_LEVEL)
    return GroupLine(group.name, group.kind, leads, len(joined), mine)


@handles(InvitePeople)
def invite(command: InvitePeople, context: Context) -> PeopleInvited:
    """Invite those who are not there yet, the new ones to the space as well."""
    group = context.here()
    room = rooms.of_group(context.session, group.key)
    there = {user: rooms.membership(context.session, room.room_id, user) for user in command.people} if room else {}
    banned = [user for user, membership in there.items() if membership == "ban"]
    if banned:
        raise Refusal("invite_banned", name=banned[0])
    new = [user for user in command.people if there.get(user) != "join" and user != context.own_id]
    if len(new) > ASK_ABOVE and context.answers.get("confirm_invite") != "ja":
        raise Question("invite_many", "confirm_invite", facts={"number": len(new), "group": group.name})
    for user in new:
        _invite(user, f"group:{group.key}", context)
    already = [user for user in command.people if user not in new]
    return PeopleInvited(group.name, _persons(new, context), _persons(already, context))


def _invite(user: str, destination: str, context: Context) -> None:
    space = meta.get(context.session, meta.SPACE)
    if space is not None and not rooms.joined_rooms(context.session, user):
        context.voice.poster.put(Draft(f"room:{space}", {"user": user}, kind="invite"))
    context.voice.poster.put(Draft(destination, {"user": user}, kind="invite"))


def _persons(users: list[str], context: Context) -> tuple[Person, ...]:
    return tuple(context.person(user) for user in users)


@handles(MakeGroup)
def make(command: MakeGroup, context: Context) -> GroupMade:
    """Store the group and have its room made; its welcome and board follow by themselves."""
    taken = queries.names(context.session)
    if fold(command.name) in (fold(name) for name in taken.values()):
        raise Refusal("group_exists", name=command.name)
    key = key_of(command.name, {*taken, context.settings.space.alias})
    context.session.add(Group(key=key, name=command.name, kind="working_group"))
    context.session.flush()
    content = {
        "alias": key,
        "name": command.name,
        "topic": command.name[:TITLE_MAX],
        "encrypted": context.settings.space.encrypted,
        "join": context.settings.space.join,
        "parent": meta.get(context.session, meta.SPACE),
        "invite": [context.sender],
        "levels": {context.sender: LEAD_LEVEL},
        "group_key": key,
    }
    context.voice.poster.put(Draft(f"group:{key}", content, kind="room"))
    return GroupMade(command.name)


@handles(ArchiveGroup)
def archive(command: ArchiveGroup, context: Context) -> GroupArchived:  # noqa: ARG001
    """End a group after a confirmation: everything as one file to its room and the office, then nobody writes there."""
    group = context.here()
    if group.kind in ("board", "coordination"):
        raise Refusal("group_needed", name=group.name)
    if group.archived:
        raise Refusal("group_archived", name=group.name)
    if context.answers.get("confirm_archive") != "ja":
        raise Question("archive_group", "confirm_archive", facts={"name": group.name})
    _post_archive(group, context)
    group.archived, group.board_stale = True, False
    context.session.add(group)
    queries.silence(context.session, group.key)
    _set_closed(group, context, closed=True)
    return GroupArchived(group.name)


def _post_archive(group: Group, context: Context) -> None:
    moment = context.now.replace(microsecond=0)
    data = archive_of(context.session, context.settings, moment, group)
    document = {"kind": "export", "format": "zip", "data": data}
    kept = ArchiveKept(group.name, context.person(context.sender), f"{group.key}-{moment:%Y-%m-%d}.zip", document)
    office = queries.coordination(context.session)
    for key in dict.fromkeys([group.key, *([office.key] if office is not None else [])]):
        context.voice.say(f"group:{key}", kept)


def _set_closed(group: Group, context: Context, *, closed: bool) -> None:
    """The last thing in its room's queue, so that the homeserver lets everything before it in."""
    room = rooms.of_group(context.session, group.key)
    if room is not None:
        content = {"room_id": room.room_id, "closed": closed}
        context.voice.poster.put(Draft(f"group:{group.key}", content, kind="room"))


@handles(ReopenGroup)
def reopen(command: ReopenGroup, context: Context) -> GroupReopened:
    """Members may write again, and the board is written anew. Reminders come back as their objects change."""
    wanted = {fold(command.name), fold(command.name.removeprefix("in "))}
    found = [one for one in queries.every_group(context.session) if {fold(one.name), fold(one.key)} & wanted]
    if not found:
        raise Refusal("group_unknown", name=command.name)
    group = found[0]
    if not group.archived:
        raise Refusal("group_open", name=group.name)
    group.archived, group.board_stale = False, True
    context.session.add(group)
    _set_closed(group, context, closed=False)
    return GroupReopened(group.name)
