"""Words and secrets that must not come out where they do not belong: every test is watched for them (B1, D3)."""

import logging
from collections.abc import Iterable

from ombot.config import Secrets
from ombot.logs import Formatter

LEAST = 12
"""Characters: shorter words may well be in a log line by chance."""

SECRETS = {name: f"kanarienvogel-{name}" for name in Secrets.model_fields}
"""What the tests' configuration has as secrets."""

_spoken: set[str] = set()


def spoken(body: object) -> None:
    """Remember the words of a message."""
    _spoken.update(line for part in str(body).splitlines() if len(line := part.strip()) >= LEAST)


def leaks(texts: Iterable[str]) -> list[str]:
    """The texts that repeat a secret, or a line of any message so far."""
    words = (*SECRETS.values(), *_spoken)
    return [text for text in texts if any(word in text for word in words)]


class Lines(logging.Handler):
    """Keeps what the program would have written into its log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(Formatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, with its traceback."""
        self.texts.append(self.format(record))
