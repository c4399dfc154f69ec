"""The generated documentation: ``python -m tools.docs`` writes it, ``--check`` fails when it is not fresh."""

import sys
from pathlib import Path

from ombot.features.overview import manual

DOCS = Path(__file__).parents[1] / "docs"


def main(arguments: list[str]) -> int:
    """Write the stale pages, or only say which they are."""
    if "--check" not in arguments:
        for page in manual.write(DOCS):
            print(f"{page.name} written")
        return 0
    pages = manual.stale(DOCS)
    for page in pages:
        print(f"{page.name} is not fresh: run make docs", file=sys.stderr)
    return 1 if pages else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
