"""The command reference and the permission matrix as Markdown, made from the command table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlmodel import SQLModel

from ombot.chat.bus import check_place, check_right
from ombot.chat.context import Context, Message, Question
from ombot.chat.language import MANUAL, RIGHTS, TOPICS
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Declaration, Place, Registry
from ombot.chat.rights import Right
from ombot.chat.tables import Group
from ombot.chat.voice import Voice
from ombot.config import Settings
from ombot.store import rooms
from ombot.store.engine import open_engine
from ombot.store.outbox import Poster
from ombot.store.unit import Session, Store

HEADER = "<!-- Generated from the command table by `make docs`. Do not edit: change the declarations and run it. -->"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
BOT = "@ombot:example.org"


# --- command reference ------------------------------------------------------------------------------------------


def commands_page(registry: Registry) -> str:
    """docs/commands.md: every form of every command, by topic."""
    sections = [section for topic in _topics(registry) for section in _topic(topic, registry)]
    lines = [
        HEADER,
        "",
        f"# {MANUAL['title']}",
        "",
        MANUAL["intro"],
        "",
        MANUAL["edit"],
        *sections,
        *_aliases(registry),
    ]
    return "\n".join(lines) + "\n"


def _topics(registry: Registry) -> list[str]:
    used = dict.fromkeys(declaration.topic for declaration in registry.declarations)
    return [topic for topic in TOPICS if topic in used] + sorted(topic for topic in used if topic not in TOPICS)


def _topic(topic: str, registry: Registry) -> Iterator[str]:
    yield from ("", f"## {topic}", "")
    yield from _table_head(MANUAL[key] for key in ("usage", "brief", "right", "place", "example"))
    for one in registry.declarations:
        if one.topic == topic:
            cells = (_code(one.usage), one.brief, RIGHTS[one.right.name], one.place.value, _code(one.example))
            yield _row(cells)


def _aliases(registry: Registry) -> Iterator[str]:
    found = {one.word: one.alias for one in registry.declarations if one.alias}
    yield from ("", f"## {MANUAL['aliases']}", "")
    yield from _table_head((MANUAL["usage"], MANUAL["words"]))
    for word, aliases in sorted(found.items()):
        yield _row((_code(f"!{word}"), ", ".join(_code(f"!{alias}") for alias in aliases)))


def _table_head(columns: Iterable[str]) -> tuple[str, str]:
    names = tuple(columns)
    return _row(names), _row(("---",) * len(names))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """Code in a table cell: a line break of a multi-line example is shown as ⏎."""
    return "`" + text.replace("\n", " ⏎ ").replace("|", "\\|") + "`"


# --- permission matrix ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Role:
    """Somebody who asks: a letter for the table, and room id → (membership, power level)."""

    letter: str
    meaning: str
    rooms: dict[str, tuple[str, int]]

    @property
    def user(self) -> str:
        """The Matrix id."""
        return f"@role-{self.letter.lower()}:example.org"


ROLES = (
    Role("S", "stranger: in no room", {}),
    Role("M", "member of the group (and of the forum)", {"own": ("join", 0), "forum": ("join", 0)}),
    Role(
        "L", "lead of the group, power level 50 (and member of the forum)", {"own": ("join", 50), "forum": ("join", 0)}
    ),
    Role("C", "coordinator: power level 50 in the coordination room", {"coordination": ("join", 50)}),
    Role("O", "lead of another group (and member of the forum)", {"other": ("join", 50), "forum": ("join", 0)}),
    Role("R", "removed member: was in the group, is no longer", {"own": ("leave", 0)}),
)
PLACES = {
    "own": "the group's room",
    "other": "another group's room",
    "forum": "forum",
    "coordination": "coordination room",
    "direct": "direct chat",
}
KINDS = {"own": "working_group", "other": "working_group", "forum": "forum", "coordination": "coordination"}

MATRIX_INTRO = """\
# Permission matrix

Who may carry out which command where, found out by asking the same functions that decide on a member's message.
A letter means allowed, a letter with `?` that ombot asks back which group is meant and then decides as in its room,
no letter that it refuses.
A command with a reference (`A12`) is asked about an object of *the group*. Questions about content (is it still
open, is the date past) come after this and are not shown. Default is refusal.
"""


def permissions_page(registry: Registry) -> str:
    """docs/permissions.md: every form × role × place."""
    store = Store(open_engine("sqlite:///:memory:"))
    try:
        SQLModel.metadata.create_all(store.engine)
        with store.unit() as session:
            _furnish(session)
            topics = _topics(registry)
            forms = sorted(registry.declarations, key=lambda one: topics.index(one.topic))
            cells: dict[Terms, list[str]] = {}
            for form in forms:
                terms = _terms(form)
                if terms not in cells:
                    cells[terms] = [" ".join(_answers(terms, place, session)) or "–" for place in PLACES]
            rows = [_row((_code(form.usage), *cells[_terms(form)])) for form in forms]
    finally:
        store.close()
    legend = [f"* **{role.letter}** {role.meaning}" for role in ROLES]
    head = _table_head(("command", *PLACES.values()))
    return "\n".join([HEADER, "", MATRIX_INTRO, *legend, "", *head, *rows]) + "\n"


def _furnish(session: Session) -> None:
    session.add_all(Group(key=key, name=key, kind=kind) for key, kind in KINDS.items())
    session.flush()
    for key in KINDS:
        members = {role.user: (role.rooms[key][0], None) for role in ROLES if key in role.rooms}
        levels = {role.user: role.rooms[key][1] for role in ROLES if key in role.rooms}
        _make_room(session, f"!{key}", members, levels)
        rooms.set_group(session, f"!{key}", key)
    for role in ROLES:
        _make_room(session, f"!dm-{role.letter}", {role.user: ("join", None)}, {})
        rooms.set_direct(session, f"!dm-{role.letter}", role.user)
    session.flush()


def _make_room(
    session: Session, room_id: str, members: Mapping[str, tuple[str, str | None]], levels: dict[str, int]
) -> None:
    state = rooms.StateCopy(True, "12", (BOT,), {"users": levels}, None, {**members, BOT: ("join", None)})
    rooms.save(session, room_id, state, NOW)


@dataclass(frozen=True)
class Terms:
    """What alone decides who may give a command where; many forms share them."""

    declaration: Declaration = field(compare=False)
    right: Right
    place: Place
    has_object: bool


def _terms(declaration: Declaration) -> Terms:
    has_object = any(hasattr(slot.parameter, "letter") and not slot.optional for slot in declaration.slots)
    return Terms(declaration, declaration.right, declaration.place, has_object)


def _answers(terms: Terms, place: str, session: Session) -> Iterator[str]:
    for role in ROLES:
        try:
            _admit(terms, _context(role, place, session))
        except Question:
            yield f"{role.letter}?"
        except Refusal:
            continue
        else:
            yield role.letter


def _admit(terms: Terms, context: Context) -> None:
    """The way of a command up to its handler: its object, its group, its place, its right."""
    if terms.has_object:
        if not context.sees("own"):
            raise Refusal("unknown_reference")
        context.group = context.session.get(Group, "own")
    if terms.place is Place.GROUP:
        context.here()
    check_place(terms.declaration, context)
    check_right(terms.declaration, context)


def _context(role: Role, place: str, session: Session) -> Context:
    room = rooms.get(session, f"!dm-{role.letter}" if place == "direct" else f"!{place}")
    if room is None:
        raise LookupError(f"{place} was not furnished")
    return Context(
        session=session,
        settings=Settings.model_validate({"matrix": {"homeserver": "http://127.0.0.1", "user": BOT}}),
        voice=Voice(Poster(session, "manual", NOW), {}),
        now=NOW,
        sender=role.user,
        room=room,
        own_id=BOT,
        message=Message(""),
        origin="manual",
    )
