"""What can go wrong between us and the homeserver, and what each refusal means for the request (O4)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

OUT_OF_REACH = (0, 502, 503, 504)
"""No answer at all, or a proxy's that nobody is behind it. With 500 or 429 other requests may well succeed."""
LONGEST_WAIT_MS = 60 * 60 * 1000
"""A server that asks for more patience than an hour is asked again after one."""


class Fate(StrEnum):
    """What becomes of a request the homeserver did not carry out."""

    RETRY = "retry"
    """The fault will pass: try again with growing pauses."""
    WAIT = "wait"
    """Too fast: try again after ``retry_after_ms``."""
    GIVE_UP = "give_up"
    """It is not allowed or its target is gone; nobody can do anything about it here."""
    PARK = "park"
    """The request itself is wrong: repeating it is useless, an operator should look at it."""
    DEAD_TOKEN = "dead_token"  # noqa: S105 - a word, not a secret
    """We are logged out."""


FATES: dict[str, Fate] = {
    "M_LIMIT_EXCEEDED": Fate.WAIT,
    "M_FORBIDDEN": Fate.GIVE_UP,
    "M_NOT_FOUND": Fate.GIVE_UP,
    "M_GONE": Fate.GIVE_UP,
    "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM": Fate.GIVE_UP,
    "M_GUEST_ACCESS_FORBIDDEN": Fate.GIVE_UP,
    "M_CONSENT_NOT_GIVEN": Fate.PARK,
    "M_RESOURCE_LIMIT_EXCEEDED": Fate.PARK,
    "M_TOO_LARGE": Fate.PARK,
    "M_BAD_JSON": Fate.PARK,
    "M_NOT_JSON": Fate.PARK,
    "M_BAD_STATE": Fate.PARK,
    "M_INVALID_PARAM": Fate.PARK,
    "M_MISSING_PARAM": Fate.PARK,
    "M_UNRECOGNIZED": Fate.PARK,
    "M_ROOM_IN_USE": Fate.PARK,
    "M_INCOMPATIBLE_ROOM_VERSION": Fate.PARK,
    "M_UNSUPPORTED_ROOM_VERSION": Fate.PARK,
    "M_UNKNOWN_TOKEN": Fate.DEAD_TOKEN,
    "M_MISSING_TOKEN": Fate.DEAD_TOKEN,
    "M_USER_DEACTIVATED": Fate.DEAD_TOKEN,
}
"""Error codes of the client-server specification whose meaning does not depend on the HTTP status."""


class MatrixError(Exception):
    """A request the homeserver did not carry out.

    ``status`` is the HTTP status, 0 when there was no answer at all; ``errcode`` is empty when the body was not
    Matrix's. ``retry_after_ms`` comes from the body or the ``Retry-After`` header. The server's own ``message``
    may quote what was sent and is therefore not part of ``str(error)``.
    """

    def __init__(self, status: int, errcode: str = "", message: str = "", retry_after_ms: int | None = None) -> None:
        super().__init__(f"{status} {errcode}".strip())
        self.status = status
        self.errcode = errcode
        self.message = message
        self.retry_after_ms = retry_after_ms

    @property
    def fate(self) -> Fate:
        """What to do with the request; a proxy's page (no Matrix error code) is judged by its status."""
        if self.status == 429:
            return Fate.WAIT
        # Before the table: a server that stumbles answers 500 with any code it likes.
        if self.status == 0 or self.status >= 500 or self.status == 408:
            return Fate.RETRY
        if self.errcode in FATES:
            return FATES[self.errcode]
        # A 404 or 403 without a Matrix body comes from a proxy in front of a homeserver that is restarting.
        return Fate.PARK if self.errcode else Fate.RETRY


class Unreachable(MatrixError):
    """No answer: connection refused or broken, name not found, time is up."""

    def __init__(self, reason: str) -> None:
        super().__init__(0, message=reason)


class LoginError(Exception):
    """We cannot be who we are to be; the sentence says what the operator can do."""


class DeadToken(Exception):
    """Logged out and unable to log in again: an operator must act (exit code 78)."""


class StoreError(Exception):
    """The encryption store cannot be used safely; the sentence says what the operator can do."""


class KeysRefused(Exception):
    """The homeserver refused our device keys, which never mends itself: another device id is needed."""


class TooLarge(Exception):
    """A file is larger than allowed; ``limit`` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"larger than {limit} bytes")
        self.limit = limit


class BadFile(Exception):
    """A file's address, key or checksum is wrong; it cannot be trusted."""


def from_answer(status: int, body: Any, headers: Mapping[str, str]) -> MatrixError:
    """Read an error answer; ``body`` is its parsed JSON, or None when it was something else."""
    fields = body if isinstance(body, dict) else {}
    errcode, message = fields.get("errcode"), fields.get("error")
    return MatrixError(
        status,
        errcode if isinstance(errcode, str) else "",
        message if isinstance(message, str) else "",
        _retry_after_ms(fields.get("retry_after_ms"), headers.get("Retry-After")),
    )


def _retry_after_ms(field: Any, header: str | None) -> int | None:
    if isinstance(field, int | float) and not isinstance(field, bool) and field >= 0:
        return min(int(field), LONGEST_WAIT_MS)
    if header is None:
        return None
    if header.strip().isdecimal():
        return min(int(header) * 1000, LONGEST_WAIT_MS)
    try:
        wait = parsedate_to_datetime(header) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return min(max(int(wait.total_seconds() * 1000), 0), LONGEST_WAIT_MS)


class RoomNotOurs(Exception):
    """The alias of a declared room leads to a room in which we are not in charge; it must not become the group's."""


class InitError(Exception):
    """What stands in the way of setting up, as one German sentence for the office."""
