"""The generated documentation: ``python -m tools.docs`` writes it, ``--check`` fails when it is not fresh.

The permission matrix is played on the stage of the tests, which takes its time; that it is fresh is for
``tests/features/test_rights.py`` to check.
"""

import sys
import tempfile
from pathlib import Path

from ombot.features.overview import manual

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def main(arguments: list[str]) -> int:
    """Write the stale pages, or only say which they are."""
    if "--check" not in arguments:
        for page in manual.write(DOCS):
            print(f"{page.name} written")
        _write_permissions(DOCS / "permissions.md")
        return 0
    pages = manual.stale(DOCS)
    for page in pages:
        print(f"{page.name} is not fresh: run make docs", file=sys.stderr)
    return 1 if pages else 0


def _write_permissions(target: Path) -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    import rights
    from playing import Player
    from stage import set_stage

    with tempfile.TemporaryDirectory() as folder:
        bot = set_stage(Path(folder))
        text = rights.page(Player(bot))
        bot.store.close()
    if target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
        print(f"{target.name} written")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
