"""Writes the generated documentation: ``python -m ombot.features.overview.manual [folder]``."""

import sys
from pathlib import Path

from ombot import features
from ombot.chat import manual
from ombot.chat.registry import REGISTRY


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    features.load()
    return {"commands.md": manual.commands_page(REGISTRY)}


def stale(folder: Path) -> list[Path]:
    """The pages in a folder that are not what the command table says now."""
    return [
        path
        for name, text in pages().items()
        if not (path := folder / name).exists() or path.read_text(encoding="utf-8") != text
    ]


def write(folder: Path) -> list[Path]:
    """Write the stale pages into a folder and say which."""
    texts = pages()
    written = stale(folder)
    for path in written:
        path.write_text(texts[path.name], encoding="utf-8")
    return written


if __name__ == "__main__":
    for page in write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")):
        sys.stdout.write(f"{page}\n")
