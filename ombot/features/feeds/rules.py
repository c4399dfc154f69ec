"""The secret of an address, without I/O."""

import hashlib
import secrets

SECRET_BYTES = 32


def new_secret() -> str:
    """A secret nobody can guess: 256 random bits, in 43 characters that need no escaping in an address."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(secret: str) -> str:
    """What a secret is looked up by."""
    return hashlib.sha256(secret.encode()).hexdigest()
