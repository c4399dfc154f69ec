"""What a handler gets: the session, the people and places of this command, the given now. No network, no wall clock."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from ombot.chat import queries, rights
from ombot.chat.nodes import Attachment
from ombot.chat.refusal import Refusal
from ombot.chat.rights import Right
from ombot.chat.sharing import Shares
from ombot.chat.tables import Group
from ombot.chat.voice import Voice
from ombot.config import Settings
from ombot.store import rooms
from ombot.store.rooms import Person
from ombot.store.tables import Outbox, Room
from ombot.store.unit import Session

MANY = 5
"""What would write to more people than this is shown to the one who asked for it first."""


@dataclass(frozen=True)
class Message:
    """The words a person sent, as the homeserver gave them (only ``body``: nobody sees the rest)."""

    body: str
    mentions: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def pills(self) -> tuple[str, ...]:
        """Persons named by link and mention alike; either alone does not count (A5)."""
        return tuple(link for link in self.links if link in self.mentions)


@dataclass(frozen=True)
class Replied:
    """The message a command replies to, fetched beforehand: its sender, text and file."""

    event_id: str
    sender: str
    body: str
    file: dict[str, Any] | None = None
    """``name``, ``mimetype``, ``size``, ``sha256`` of the stored bytes."""
    problem: str | None = None
    """Refusal code when the file could not be taken (too large, gone)."""
    form: dict[str, Any] | None = None
    """For who needs it: ``lines`` (``top``, ``kind``, ``text``) of the filled form that the file is, or ``problem``."""
    picture: dict[str, Any] | None = None
    """For a picture sent in the direct chat: ``jpeg`` (base64), ``width``, ``height``. ``event_id`` is its own."""


@dataclass
class Context(Shares):
    """One command in its surroundings.

    ``now`` is the moment of the message in the organisation's time zone. ``group`` is the group whose room this is,
    or the one a reference or ``in <Gruppe>`` led to.
    """

    session: Session
    settings: Settings
    voice: Voice
    now: datetime
    sender: str
    room: Room
    own_id: str
    message: Message
    origin: str
    """Event id of the message that asked for this (the original one when a question was answered in between)."""
    group: Group | None = None
    about: str | None = None
    """Reference of the object whose card this replies to."""
    replied: Replied | None = None
    answers: dict[str, str] = field(default_factory=dict)
    """What was answered to questions about this command, by slot."""
    revising: str | None = None
    """Reference of the object whose creating message was edited; where it has none, the event id of that message."""
    pressed: bool = False
    """Whether a button asked for this: where its card is edited in place, that is the answer."""
    next_session: Callable[[Session, datetime], date | None] = lambda _session, _now: None
    answer: Callable[[object], Outbox] | None = None
    """Says a result as the answer, for the few handlers that must know its row; they return None."""
    acknowledge: Callable[[str, str], Outbox] | None = None
    """Confirms a message (its event id) about an object (its reference) with a reaction instead of an answer."""
    shared: dict[Hashable, Any] = field(default_factory=dict)
    """What ``once`` found out; one dictionary where many persons are told something in the same transaction."""

    @property
    def today(self) -> date:
        """The day of the command where the organisation is."""
        return self.now.date()

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return self.settings.organisation.timezone

    @property
    def direct(self) -> bool:
        """Whether this is the direct chat with the bot."""
        return self.room.direct_with is not None

    @cached_property
    def room_group(self) -> Group | None:
        """The group this room belongs to."""
        return self.session.get(Group, self.room.group_key) if self.room.group_key else None

    @cached_property
    def coordinator(self) -> bool:
        """Whether the sender coordinates and so may act everywhere."""
        return rights.is_coordinator(self.session, self.sender)

    @cached_property
    def own_groups(self) -> list[Group]:
        """Groups whose room the sender is joined to, by name."""
        return queries.groups(self.session, queries.group_keys_of(self.session, self.sender))

    @cached_property
    def namable_groups(self) -> list[Group]:
        """Groups that ``in <Gruppe>`` can mean: the sender's own, and every one for who coordinates."""
        return queries.groups(self.session) if self.coordinator else self.own_groups

    @cached_property
    def visible_groups(self) -> list[Group]:
        """Groups whose objects may be shown here: this room's; all of the sender's in the direct chat; and all
        groups in the coordination room. A card never carries an object out of its group (A3)."""
        if self.room_group is not None and self.room_group.kind != "coordination":
            return [self.room_group] if self.coordinator or self._joined_here() else []
        if self.coordinator:
            return queries.every_group(self.session)
        return self.own_groups

    def _joined_here(self) -> bool:
        # Who was just removed may still have written; the mirror knows it before the message is handled (A11).
        return rooms.membership(self.session, self.room.room_id, self.sender) == "join"

    def sees(self, group_key: str) -> bool:
        """Whether objects of this group may be shown here."""
        return any(group.key == group_key for group in self.visible_groups)

    def here(self) -> Group:
        """The group this command means.

        Raises:
            Refusal: there is none; a question with the list where there are several.
        """
        if self.group is None:
            self.group = self.room_group or self._chosen_group()
        return self.group

    def _chosen_group(self) -> Group:
        groups = self.own_groups
        if chosen := self.answers.get("group"):
            return next(group for group in groups if group.key == chosen)
        if not groups:
            raise Refusal("no_group")
        if len(groups) > 1:
            raise Question("which_group", "group", [(group.name, group.key) for group in groups])
        return groups[0]

    def holds(self, right: Right) -> bool:
        """Whether the sender has a right in the group of this command."""
        return rights.holds_by_membership(self.session, self.sender, right, self.group) or self.coordinator

    def require(self, right: Right) -> None:
        """Insist on a right.

        Raises:
            Refusal: the sender does not have it.
        """
        if not self.holds(right):
            raise Refusal(f"needs_{right.name.lower()}")

    def confirm_many(
        self, people: Iterable[str], code: str = "many_people", lines: Iterable[str] = (), **facts: object
    ) -> None:
        """Ask before more than five people are written to in person, with ``lines`` of what will be sent.

        An edit cannot be asked about.

        Raises:
            Question: they are more, and the sender has not yet said ``ja``.
            Refusal: the same, for an edit.
        """
        count = len(set(people))
        if count <= MANY or self.answers.get("confirm_send") == "ja":
            return
        if self.revising:
            raise Refusal("edit_many_people", people=count)
        raise Question(code, "confirm_send", facts={"people": count, **facts}, lines=lines)

    def members(self) -> list[Person]:
        """Persons that ``@name`` can mean here: this room's, or those of the sender's groups in the direct chat."""
        if not self.direct:
            found = rooms.members(self.session, self._people_room())
        else:
            found = [
                person
                for group in self.visible_groups
                if (room := rooms.of_group(self.session, group.key))
                for person in rooms.members(self.session, room.room_id)
            ]
        unique = {person.id: person for person in found if person.id != self.own_id}
        return list(unique.values())

    def _people_room(self) -> str:
        if self.group is not None and (room := rooms.of_group(self.session, self.group.key)):
            return room.room_id
        return self.room.room_id

    def person(self, user_id: str) -> Person:
        """A person with the name to show."""
        return Person(user_id, rooms.display_name(self.session, user_id))

    def next_session_day(self) -> date | None:
        """The day of the next session, for "zur nächsten Sitzung"."""
        return self.next_session(self.session, self.now)


class Question(Refusal):
    """A refusal that can be mended by an answer: the command is kept for an hour and runs with it.

    ``slot`` names what is missing; ``options`` are (label, value) pairs offered by number. Without options the
    answer's own words are the value, or ``ja``/``nein`` for slots that start with ``confirm``.

    ``lines`` and ``files`` are shown with the question. ``keeps`` is called with the session when it is asked: what
    is stored although the command has not run.
    """

    def __init__(
        self,
        code: str,
        slot: str,
        options: Iterable[tuple[str, str]] = (),
        facts: Mapping[str, object] = MappingProxyType({}),
        *,
        lines: Iterable[str] = (),
        files: Iterable[Attachment] = (),
        keeps: Callable[[Session], None] | None = None,
    ) -> None:
        super().__init__(code, **facts)
        self.slot = slot
        self.options = tuple(options)
        self.lines = tuple(lines)
        self.files = tuple(files)
        self.keeps = keeps
