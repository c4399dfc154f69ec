"""The Matrix side: the only code that knows the homeserver and nio."""
