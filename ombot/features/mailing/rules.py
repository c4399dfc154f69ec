"""What an address looks like, how links are signed, and how long a letter waits, without I/O."""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime, timedelta

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
"""What browsers take for an address of e-mail (HTML standard), with a dot behind the @."""
ADDRESS_MAX = 254

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
"""How long a letter waits after each failure; the last one repeats."""
GIVE_UP = timedelta(days=3)
"""How long a server may be unreachable or put us off before the office is told."""

KEPT = timedelta(days=30)
"""How long an address is kept whose owner does not answer, and a letter that cannot be delivered."""


def is_address(text: str) -> bool:
    """Whether something can be an address of e-mail."""
    return len(text) <= ADDRESS_MAX and ADDRESS.fullmatch(text) is not None


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failures."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def new_id() -> str:
    """A name for a link that nobody can guess and that no restored backup gives out again."""
    return secrets.token_urlsafe(12)


def sign(key: bytes, link_id: str, expires_at: datetime) -> str:
    """The token of a link: its name, when it ends, and a signature (HMAC-SHA-256, 128 bits) of both."""
    signed = f"{link_id}.{int(expires_at.timestamp())}"
    return f"{signed}.{_signature(key, signed)}"


def read(key: bytes, token: str) -> tuple[str, datetime] | None:
    """The name of a link and when it ends; None when we have not signed it."""
    signed, _, signature = token.rpartition(".")
    if not signed.isascii() or not hmac.compare_digest(_signature(key, signed).encode(), signature.encode()):
        return None
    link_id, _, ends = signed.rpartition(".")
    return link_id, datetime.fromtimestamp(int(ends), UTC)


def _signature(key: bytes, signed: str) -> str:
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()[:32]
