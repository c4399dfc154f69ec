"""All benchmarks, one after the other, or those that are named: ``python -m bench search``."""

import sys
from collections.abc import Callable, Iterable, Sequence

from bench import comparison, exports, minutes, people, reminders, search, soak

BENCHES: dict[str, Callable[[], Iterable[str]]] = {
    "peers": comparison.measure,
    "exports": exports.measure,
    "minutes": minutes.measure,
    "search": search.measure,
    "people": people.measure,
    "reminders": reminders.measure,
    "soak": soak.measure,
}


LONG = ("soak",)
"""Only when named: an hour."""


def main(wanted: Sequence[str]) -> None:
    """Print every figure as it is measured."""
    for name in wanted or [name for name in BENCHES if name not in LONG]:
        for line in BENCHES[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
