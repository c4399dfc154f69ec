"""The command table. A command is declared once: parser, help, manual row, right, place and example come from it."""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from types import UnionType
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

from ombot.chat.context import Context
from ombot.chat.nodes import Card
from ombot.chat.rights import Right
from ombot.store.tables import Inbox
from ombot.store.unit import Session

C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])


class Place(Enum):
    """Where a command may be given."""

    ANYWHERE = "überall"
    GROUP = "im Raum einer Gruppe; im Direktchat mit „in <Gruppe>“"
    DIRECT = "nur im Direktchat"
    COORDINATION = "im Koordinationsraum oder Direktchat"


class Need(Enum):
    """What must be fetched before a command can run."""

    REPLIED = "the message replied to, with its file"
    FORM = "the rows of the form in the Word document replied to"
    PICTURE = "the picture that the message is, made small"
    RETURNED = "the rows of the form in the Word document that the message is"


@dataclass(frozen=True)
class Slot:
    """One field of a command: its name, the parameter that reads it, and whether it may be missing."""

    name: str
    parameter: Any
    optional: bool


@dataclass(frozen=True)
class Declaration:
    """One form of a command word."""

    cls: type
    word: str
    alias: tuple[str, ...]
    verb: tuple[str, ...]
    usage: str
    brief: str
    right: Right
    place: Place
    example: str
    topic: str
    needs: frozenset[Need]
    undo: bool
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Listener:
    """Plain lines that count without a ``!``, as long as somebody listens to them.

    Attributes:
        word: the command word they are read under.
        typed: the part of a message that is meant for us, None when nothing is. It sees every message, so it is cheap.
        hears: whether such a message of this sender counts in this room.
    """

    word: str
    typed: Callable[[str], str | None]
    hears: Callable[[Session, Inbox], bool]


@dataclass
class Registry:
    """All declarations with their handlers and cards; one for the program, filled when the features are imported."""

    declarations: list[Declaration] = field(default_factory=list)
    handlers: dict[type, Callable[[Any, Context], Any]] = field(default_factory=dict)
    revisers: dict[type, Callable[[Any, Context], Any]] = field(default_factory=dict)
    cards: dict[type, Callable[[Any], Card]] = field(default_factory=dict)
    locators: dict[str, Callable[[Context, int], str | None]] = field(default_factory=dict)
    """Letter of a reference → the group key of that object, or None when it does not exist."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Letter of a reference → the command word that shows and changes it."""
    further_kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Letter of a reference → other words that read a reply to its card."""
    parties: list[Callable[[Context], dict[str, dict[str, str]]]] = field(default_factory=list)
    """Who can be given something without an account: name → ``{"institution": …}`` or ``{"body": …}``."""
    listeners: dict[str, Listener] = field(default_factory=dict)
    """Command word → who listens to plain lines in its name."""
    board: list[tuple[int, Callable[..., Any]]] = field(default_factory=list)
    """Parts of the pinned board with their positions, see :mod:`ombot.chat.contributions`; so are the next two."""
    mine: list[tuple[int, Callable[..., Any]]] = field(default_factory=list)
    undone: list[tuple[tuple[str, ...], Callable[..., Any]]] = field(default_factory=list)
    picture: str | None = None
    """The command that a picture in the direct chat stands for."""
    returned: dict[str, str] = field(default_factory=dict)
    """Kind of a document that is filled in → the words, around the reference of its card, that a file stands for
    which is sent as a reply to it."""

    def words(self) -> dict[str, list[Declaration]]:
        """Every word and alias with its forms, in the order of declaration."""
        table: dict[str, list[Declaration]] = {}
        for declaration in self.declarations:
            for word in (declaration.word, *declaration.alias):
                table.setdefault(word, []).append(declaration)
        return table

    def check(self) -> None:
        """Refuse a table with holes.

        Raises:
            LookupError: a command lacks a handler, a card, a usage or an example, or a handler lacks its command.
        """
        problems = list(self._holes())
        if problems:
            raise LookupError("; ".join(problems))

    def _holes(self) -> Iterator[str]:
        declared = {declaration.cls for declaration in self.declarations}
        for declaration in self.declarations:
            name = declaration.cls.__name__
            if declaration.cls not in self.handlers:
                yield f"{name} has no handler"
            if not declaration.example.startswith("!") or not declaration.brief:
                yield f"{name} has no example or no brief"
        for cls, handler in {**self.handlers, **self.revisers}.items():
            if cls not in declared:
                yield f"handler of {cls.__name__} has no command"
            yield from self._without_card(handler, cls.__name__)
        for _, function in (*self.board, *self.mine):
            yield from self._without_card(function, function.__name__)

    def _without_card(self, function: Callable[..., Any], name: str) -> Iterator[str]:
        for result in _results(function):
            if result is not type(None) and result not in self.cards:
                yield f"{result.__name__} (result of {name}) has no card"


def _results(handler: Callable[..., Any]) -> tuple[type, ...]:
    returned = get_type_hints(handler)["return"]
    return get_args(returned) if get_origin(returned) in (Union, UnionType) else (returned,)


REGISTRY = Registry()


@dataclass(frozen=True)
class command:  # noqa: N801 - a decorator, read as a word
    """Declare a command on a frozen dataclass; its annotated fields are the parameters, see :mod:`parameters`.

    ``verb`` are words one of which must follow the word and its reference (``!aufgabe A12 erledigt``).
    ``topic`` is the heading under which help and manual list it.
    """

    word: str
    brief: str
    example: str
    usage: str
    topic: str
    right: Right = Right.MEMBER
    place: Place = Place.ANYWHERE
    alias: tuple[str, ...] = ()
    verb: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    undo: bool = True
    registry: ClassVar[Registry] = REGISTRY

    def __call__(self, cls: C) -> C:
        """Add the class to the table."""
        self.registry.declarations.append(
            Declaration(
                cls=cls,
                word=self.word,
                alias=self.alias,
                verb=self.verb,
                usage=self.usage,
                brief=self.brief,
                right=self.right,
                place=self.place,
                example=self.example,
                topic=self.topic,
                needs=frozenset(self.needs),
                undo=self.undo,
                slots=tuple(_slots(cls)),
            )
        )
        return cls


def _slots(cls: type) -> Iterator[Slot]:
    hints = get_type_hints(cls, include_extras=True)
    for entry in fields(cls):
        annotation = hints[entry.name]
        optional = entry.default is not MISSING
        if get_origin(annotation) in (Union, UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        if get_origin(annotation) is not Annotated:
            raise TypeError(f"{cls.__name__}.{entry.name} is no parameter")
        yield Slot(entry.name, get_args(annotation)[1], optional)


def handles(cls: type, registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register the function that carries out a command."""

    def register(function: F) -> F:
        registry.handlers[cls] = function
        return function

    return register


def revises(cls: type, registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register what an edit of the creating message does to the object (``context.revising`` names it)."""

    def register(function: F) -> F:
        registry.revisers[cls] = function
        return function

    return register


def shows(cls: type, registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register the card of a result."""

    def register(function: F) -> F:
        registry.cards[cls] = function
        return function

    return register


def locates(letter: str, word: str, *further: str, registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register how an object of this letter is found, the word that shows it, and others that read replies to it."""

    def register(function: F) -> F:
        registry.locators[letter] = function
        registry.kinds[letter] = word
        registry.further_kinds[letter] = further
        return function

    return register


def listens(word: str, typed: Callable[[str], str | None], registry: Registry = REGISTRY) -> Callable[[F], F]:
    """Register when plain lines are read as a command; the arguments are those of :class:`Listener`."""

    def register(function: F) -> F:
        registry.listeners[word] = Listener(word, typed, function)
        return function

    return register


def names_parties(function: F) -> F:
    """Register a source of parties that can be given tasks and mandates without an account."""
    REGISTRY.parties.append(function)
    return function
