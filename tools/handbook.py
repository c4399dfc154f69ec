"""The handbook as a booklet: ``python -m tools.handbook`` makes ``build/handbook.pdf`` of ``docs/handbook.md``.

Only the Markdown that the handbook needs is known; anything else stops with the line it stands in, so that nothing is
left out of the booklet without a word. A rule (``---``) begins a new page.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from ombot.documents import pdf

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs" / "handbook.md"
TARGET = ROOT / "build" / "handbook.pdf"
TEMPLATE = Path(__file__).parent / "handbook.typ"

Block = dict[str, Any]


def main() -> int:
    """Write the booklet."""
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(booklet(SOURCE.read_text(encoding="utf-8"), datetime.now(UTC).replace(microsecond=0)))
    sys.stdout.write(f"{TARGET.relative_to(ROOT)} written\n")
    return 0


def booklet(markdown: str, created: datetime) -> bytes:
    """Return the PDF.

    Args:
        markdown: the handbook; pictures are named from the folder ``docs``.
        created: becomes its date.

    Raises:
        ValueError: for Markdown that the booklet does not know.
    """
    title, *content = blocks(markdown)
    heading = "".join(span["text"] for span in title["spans"])
    view = {"document_title": heading, "organisation": "ombot", "blocks": content}
    return pdf.compiled(TEMPLATE, ROOT, view, created)


def blocks(markdown: str) -> list[Block]:
    """Return what the template lays out, one after the other.

    Raises:
        ValueError: for Markdown that the booklet does not know.
    """
    # Line by line and before reading: afterwards a blank at the end of a piece of text would go with its emoji.
    shown = "\n".join(pdf.printable(line).replace("( ", "(") for line in markdown.split("\n"))
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(shown))
    return [_known(_BLOCKS, node)(node) for node in tree.children]


def _known(table: dict[str, Callable[[SyntaxTreeNode], Any]], node: SyntaxTreeNode) -> Callable[[SyntaxTreeNode], Any]:
    if node.type not in table:
        above = node
        while above.map is None and above.parent is not None:
            above = above.parent
        line = above.map[0] + 1 if above.map else 1
        raise ValueError(f"line {line}: the booklet does not know {node.type!r}")
    return table[node.type]


def _heading(node: SyntaxTreeNode) -> Block:
    return {"kind": "heading", "level": int(node.tag[1:]) - 1, "spans": _spans(node)}


def _paragraph(node: SyntaxTreeNode) -> Block:
    (inline,) = node.children
    if [child.type for child in inline.children] == ["image"]:
        (picture,) = inline.children
        return {"kind": "picture", "path": f"/docs/{picture.attrs['src']}", "alt": picture.content}
    return {"kind": "paragraph", "spans": _spans(node)}


def _list(node: SyntaxTreeNode) -> Block:
    return {"kind": "list", "items": [_item(item) for item in node.children]}


def _item(node: SyntaxTreeNode) -> list[dict[str, str]]:
    if [child.type for child in node.children] != ["paragraph"]:
        raise ValueError(f"line {node.map[0] + 1 if node.map else 1}: a point of a list is one paragraph")
    return _spans(node.children[0])


def _table(node: SyntaxTreeNode) -> Block:
    rows = [[_spans(cell) for cell in row.children] for part in node.children for row in part.children]
    return {"kind": "table", "head": rows[0], "rows": rows[1:]}


_BLOCKS: dict[str, Callable[[SyntaxTreeNode], Block]] = {
    "heading": _heading,
    "paragraph": _paragraph,
    "bullet_list": _list,
    "table": _table,
    "fence": lambda node: {"kind": "code", "text": node.content.rstrip("\n")},
    "hr": lambda _: {"kind": "page"},
}


def _spans(node: SyntaxTreeNode) -> list[dict[str, str]]:
    """The pieces of a line of text, each with its style."""
    return [
        {"style": style, "text": text}
        for inline in node.children
        for child in inline.children
        for style, text in [_known(_SPANS, child)(child)]
        if text
    ]


def _words(node: SyntaxTreeNode) -> str:
    return "".join(_known(_SPANS, child)(child)[1] for child in node.children)


_SPANS: dict[str, Callable[[SyntaxTreeNode], tuple[str, str]]] = {
    "text": lambda node: ("plain", node.content),
    "softbreak": lambda _: ("plain", " "),
    "code_inline": lambda node: ("code", node.content),
    "strong": lambda node: ("strong", _words(node)),
    # On paper nobody can follow it.
    "link": lambda node: ("plain", _words(node)),
}


if __name__ == "__main__":
    raise SystemExit(main())
