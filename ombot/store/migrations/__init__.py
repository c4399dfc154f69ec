"""The database's shape, revision by revision; run by :mod:`ombot.store.schema`."""
