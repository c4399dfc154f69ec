"""What a card is made of. Cards are trees of these nodes; renderers walk them, so user text is always a leaf."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Strong:
    """Text that stands out."""

    text: str


@dataclass(frozen=True)
class PersonNode:
    """A person: a pill in HTML, the name in plain text. ``notify`` alone decides whether their client rings."""

    id: str
    name: str
    notify: bool = False


@dataclass(frozen=True)
class Link:
    """An outside address, shown with a label."""

    url: str
    label: str


@dataclass(frozen=True)
class Code:
    """Something to type, for example a command."""

    text: str


Inline = str | Strong | PersonNode | Link | Code


@dataclass(frozen=True)
class Heading:
    """The first line of a card or of a section."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True)
class Hint:
    """The next step, in one line."""

    parts: tuple[Inline, ...]


@dataclass(frozen=True)
class Bullets:
    """A list; ``ordered`` numbers it from 1, so that an answer can name a number."""

    items: tuple[tuple[Inline, ...], ...]
    ordered: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under column names. Read aloud as ``column: value`` pairs, never drawn with characters."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Hint | Bullets | Table


@dataclass(frozen=True)
class Button:
    """A reaction the bot sets under its card: an emoji with its word, and the text command each stands for.

    ``back`` is run when the person takes the reaction away again.
    """

    key: str
    word: str
    run: str
    back: str

    def as_json(self) -> dict[str, str]:
        """The form kept in the outbox row."""
        return {"key": self.key, "word": self.word, "run": self.run, "back": self.back}


@dataclass(frozen=True)
class Attachment:
    """A file that follows the card: a document to be rendered from frozen data, or a stored file."""

    name: str
    mimetype: str
    document: dict[str, Any] | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Card:
    """One message. ``about`` is the reference of the object it shows; replying to the card then names it."""

    blocks: tuple[Block, ...]
    about: str | None = None
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] = field(default=())


def heading(*parts: Inline) -> Heading:
    """A heading of these parts."""
    return Heading(parts)


def paragraph(*parts: Inline) -> Paragraph:
    """A paragraph of these parts."""
    return Paragraph(parts)


def hint(*parts: Inline) -> Hint:
    """A next step of these parts."""
    return Hint(parts)


def bullets(items: Iterable[Iterable[Inline]], *, ordered: bool = False) -> Bullets:
    """A list whose items are sequences of parts (not bare strings)."""
    return Bullets(tuple(tuple(item) for item in items), ordered)


def joined(parts: Iterable[Inline], separator: str = ", ") -> tuple[Inline, ...]:
    """Parts with a separator between them."""
    result: list[Inline] = []
    for part in parts:
        if result:
            result.append(separator)
        result.append(part)
    return tuple(result)


def card(
    *blocks: Block | None, about: str | None = None, buttons: Iterable[Button] = (), files: Iterable[Attachment] = ()
) -> Card:
    """A card of these blocks, leaving out what is None."""
    return Card(tuple(b for b in blocks if b is not None), about, tuple(buttons), tuple(files))
