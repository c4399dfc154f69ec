"""Write the next migration from the difference between the tables and the migrations so far.

    .venv/bin/python tools/revision.py "Remember who opened a vote"

makes ``ombot/store/migrations/versions/0002_remember_who_opened_a_vote.py``. Read it before you commit it: renamed
columns look like one dropped and one added, and changed CHECK constraints and enum values are not seen at all.
"""

import re
import subprocess
import sys
import tempfile

from ombot import features
from ombot.store import schema
from ombot.store.engine import open_engine

_TRUTH = re.compile(r"""(sa\.Boolean\(\), server_default=)sa\.text\(["']([01])["']\)""")


def main(message: str) -> None:
    """Upgrade an empty database to the newest revision, compare, write the file, format it."""
    features.load_tables()
    number = f"{len(schema.revisions()) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/revision.sqlite3")
        schema.migrate(engine)
        with engine.connect() as connection:
            schema.write_revision(connection, message, number)
        engine.dispose()
    for written in (schema.SCRIPTS / "versions").glob(f"{number}_*.py"):
        lines = written.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = "".join(line for line in lines if "# ###" not in line)
        # Compared on SQLite, where false is 0; PostgreSQL takes no number for a truth.
        kept = _TRUTH.sub(lambda match: f"{match[1]}sa.{'true' if match[2] == '1' else 'false'}()", kept)
        written.write_text(kept, encoding="utf-8")
        ruff = [sys.executable, "-m", "ruff"]
        for tidy in (["format"], ["check", "--fix", "--select", "E501,F401,I,RUF100"], ["format"]):
            subprocess.run([*ruff, *tidy, "--quiet", str(written)], check=True)  # noqa: S603


if __name__ == "__main__":
    main(sys.argv[1])
