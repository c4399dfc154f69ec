"""Single values of the installation."""

from sqlmodel import Session

from ombot.store.tables import Meta

SYNC_TOKEN = "sync_token"  # noqa: S105 - the name of a position in the sync stream, not a secret
SPACE = "space"


def get(session: Session, key: str) -> str | None:
    """The value stored under ``key``, or None."""
    row = session.get(Meta, key)
    return row.value if row else None


def put(session: Session, key: str, value: str) -> None:
    """Store ``value`` under ``key``, replacing an older one."""
    session.merge(Meta(key=key, value=value))
