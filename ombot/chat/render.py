"""Cards to Matrix content: text that reads well aloud, and HTML within the allow-list, with the same words."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import escape
from typing import Any
from urllib.parse import quote

from ombot.chat.nodes import (
    Block,
    Bullets,
    Card,
    Code,
    Heading,
    Hint,
    Inline,
    Link,
    Paragraph,
    PersonNode,
    Strong,
    Table,
)
from ombot.store.rooms import is_account

PAGE_BYTES = 20 * 1024
MAX_PAGES = 5


def content(card: Card) -> dict[str, Any]:
    """The content of one ``m.room.message``; a notice, unless somebody is to be notified."""
    mentioned = sorted({node.id for node in _persons(card) if node.notify and is_account(node.id)})
    return {
        "msgtype": "m.text" if mentioned else "m.notice",
        "body": plain(card),
        "format": "org.matrix.custom.html",
        "formatted_body": html(card),
        # Always explicit: without the key, clients fall back to ringing for display names in the text (A7).
        "m.mentions": {"user_ids": mentioned} if mentioned else {},
    }


def plain(card: Card) -> str:
    """The card as text."""
    return "\n".join(line for block in _with_buttons(card) for line in _plain_block(block))


def html(card: Card) -> str:
    """The card as HTML."""
    return "".join(_html_block(block) for block in _with_buttons(card))


def _with_buttons(card: Card) -> tuple[Block, ...]:
    if not card.buttons:
        return card.blocks
    words = " · ".join(f"{button.key} {button.word}" for button in card.buttons)
    return (*card.blocks, Hint((words,)))


def _persons(card: Card) -> Iterator[PersonNode]:
    for block in card.blocks:
        for part in _parts(block):
            if isinstance(part, PersonNode):
                yield part


def _parts(block: Block) -> Iterable[Inline]:
    if isinstance(block, Bullets):
        return (part for item in block.items for part in item)
    return () if isinstance(block, Table) else block.parts


def _plain_block(block: Block) -> list[str]:
    if isinstance(block, Bullets):
        return [_item(block, number) + _plain_line(item) for number, item in enumerate(block.items, 1)]
    if isinstance(block, Table):
        return ["• " + ", ".join(_cells(block.columns, row)) for row in block.rows]
    return [_plain_line(block.parts)]


def _item(block: Bullets, number: int) -> str:
    return f"{number}. " if block.ordered else "• "


def _cells(columns: tuple[str, ...], row: tuple[str, ...]) -> Iterator[str]:
    return (f"{column}: {value}" if column else value for column, value in zip(columns, row, strict=True) if value)


def _plain_line(parts: Iterable[Inline]) -> str:
    return "".join(_plain_part(part) for part in parts)


def _plain_part(part: Inline) -> str:
    match part:
        case str():
            return part
        case PersonNode(name=name):
            return name
        case Link(url=url, label=label):
            return url if url == label else f"{label} ({url})"
        case Strong(text=text) | Code(text=text):
            return text


def _html_block(block: Block) -> str:
    match block:
        case Heading(parts=parts):
            return f"<p><strong>{_html_line(parts)}</strong></p>"
        case Paragraph(parts=parts):
            return f"<p>{_html_line(parts)}</p>"
        case Hint(parts=parts):
            return f"<p><em>{_html_line(parts)}</em></p>"
        case Bullets(items=items, ordered=ordered):
            tag = "ol" if ordered else "ul"
            return f"<{tag}>{''.join(f'<li>{_html_line(item)}</li>' for item in items)}</{tag}>"
        case Table():
            return _html_table(block)


def _html_table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_line(parts: Iterable[Inline]) -> str:
    return "".join(_html_part(part) for part in parts)


def _html_part(part: Inline) -> str:
    match part:
        case str():
            return _text(part)
        case Strong(text=text):
            return f"<strong>{_text(text)}</strong>"
        case Code(text=text):
            return f"<code>{escape(text)}</code>"
        case Link(url=url, label=label):
            return f'<a href="{escape(url)}">{escape(label)}</a>' if _outside(url) else escape(f"{label} ({url})")
        case PersonNode(id=user, name=name) if not is_account(user):
            return escape(name)
        case PersonNode(id=user, name=name):
            return f'<a href="https://matrix.to/#/{quote(user, safe="@:")}">{escape(name)}</a>'


def _text(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _outside(url: str) -> bool:
    return url.startswith(("https://", "http://", "mailto:"))


def pages(card: Card) -> list[Card]:
    """The card split between blocks and list items into pages of at most 20 KiB (O5).

    The first page keeps what the card is about, the last one its buttons and files.
    More than :data:`MAX_PAGES` pages are for the caller to send as a file.
    """
    if _size(card.blocks) <= PAGE_BYTES:
        return [card]
    filled: list[list[Block]] = [[]]
    used = 0
    for piece in (piece for block in card.blocks for piece in _pieces(block)):
        size = _size((piece,)) + len("\n")
        if filled[-1] and used + size > PAGE_BYTES:
            filled.append([])
            used = 0
        filled[-1].append(piece)
        used += size
    split = [Card(tuple(blocks)) for blocks in filled]
    split[0] = replace(split[0], about=card.about)
    split[-1] = replace(split[-1], buttons=card.buttons, files=card.files)
    return split


def _size(blocks: tuple[Block, ...]) -> int:
    # Plain and HTML travel in the same event; the limit holds for both together.
    whole = Card(blocks)
    return len(plain(whole).encode()) + len(html(whole).encode())


def _pieces(block: Block, count: int = 20) -> Iterator[Block]:
    if isinstance(block, Bullets) and not block.ordered:
        for start in range(0, len(block.items), count):
            yield Bullets(block.items[start : start + count])
    elif isinstance(block, Table):
        for start in range(0, len(block.rows), count):
            yield Table(block.columns, block.rows[start : start + count])
    else:
        yield block
