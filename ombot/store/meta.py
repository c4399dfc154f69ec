"""Single values of the installation."""

from sqlmodel import Session, col, delete

from ombot.store.tables import Meta

SYNC_TOKEN = "sync_token"  # noqa: S105 - the name of a position in the sync stream, not a secret
SYNCED_AT = "synced_at"
"""When the answer came that brought us to that position (ISO 8601): what comes later was sent later."""
SPACE = "space"
MADE_SURE = "made_sure"
"""Fingerprint of the space and the rooms as they were declared when they were last made sure of."""
REPLACED = "replaced:"
"""Before a room's id: the room that it was replaced by, and to which we have followed (O7)."""
LAST_TICK = "last_tick"
"""When the clock last wrote, whether anything was due or not (ISO 8601)."""
ERASED = "erased"
"""When somebody was erased last, until the program has tidied up after it (ISO 8601)."""
RESTORED_FROM = "restored_from"
"""When the backup was made that this database was restored from (ISO 8601): since then there may be events of ours in
the rooms that it does not know (O2). The program removes it once everything is reconciled."""


def get(session: Session, key: str) -> str | None:
    """The value stored under ``key``, or None."""
    row = session.get(Meta, key)
    return row.value if row else None


def put(session: Session, key: str, value: str) -> None:
    """Store ``value`` under ``key``, replacing an older one."""
    session.merge(Meta(key=key, value=value))


def remove(session: Session, *keys: str) -> None:
    """Forget the values under ``keys``, as far as there are any."""
    session.execute(delete(Meta).where(col(Meta.key).in_(keys)))
