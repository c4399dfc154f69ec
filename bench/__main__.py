"""All benchmarks, one after the other, or those that are named: ``python -m bench search``.

With ``--write`` those in ``DOCUMENTED`` also put their figures into ``docs/performance.md`` and ``docs/pictures``,
with ``--quick`` they measure less.
"""

import sys
from collections.abc import Callable, Iterable, Sequence

from bench import comparison, encrypted, exports, growth, minutes, people, reminders, search, soak
from bench.scale import FULL, QUICK, Options

WRITE, QUICKLY = "--write", "--quick"
DOCUMENTED: dict[str, Callable[[Options], Iterable[str]]] = {
    "peers": comparison.measure,
    "encrypted": encrypted.measure,
    "growth": lambda options: growth.measure(options.write),
}
BENCHES: dict[str, Callable[[], Iterable[str]]] = {
    "exports": exports.measure,
    "minutes": minutes.measure,
    "search": search.measure,
    "people": people.measure,
    "reminders": reminders.measure,
    "soak": soak.measure,
}


LONG = ("soak",)
"""Only when named: an hour."""


def main(words: Sequence[str]) -> None:
    """Print every figure as it is measured."""
    options = Options(write=WRITE in words, scale=QUICK if QUICKLY in words else FULL)
    wanted = [word for word in words if word not in (WRITE, QUICKLY)]
    for name in wanted or [name for name in (*DOCUMENTED, *BENCHES) if name not in LONG]:
        for line in DOCUMENTED[name](options) if name in DOCUMENTED else BENCHES[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
