"""All benchmarks, one after the other."""

import asyncio

from bench import exports, latency


def main() -> None:
    """Print every figure as it is measured."""
    for line in asyncio.run(latency.measure()):
        print(line, flush=True)
    for line in exports.measure():
        print(line, flush=True)


if __name__ == "__main__":
    main()
