"""The Matrix side: the only code that knows the homeserver and nio."""

import sys

# nio keeps its keys by way of peewee, which loads every database driver it finds: 9 MiB for one that it never uses.
if "psycopg" not in sys.modules:
    sys.modules["psycopg"] = None  # type: ignore[assignment]  # how the import system is told: not there
    import peewee  # type: ignore[import-untyped]  # noqa: F401

    del sys.modules["psycopg"]
