"""One installation: its database and its files, as every command of the operator opens them."""

from ombot import features
from ombot.config import Settings
from ombot.store import schema
from ombot.store.backup import Place
from ombot.store.engine import open_engine
from ombot.store.files import FileStore
from ombot.store.unit import Store


def open_store(settings: Settings) -> Store:
    """The database of a configuration, brought up to date, with what the configuration declares taken over.

    Raises:
        StorageError: it cannot be opened or written.
    """
    features.load()
    settings.storage.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(open_engine(settings.storage.database))
    try:
        schema.upgrade(store.engine, settings.storage.directory / "backups")
        with store.unit() as session:
            features.declare(session, settings)
    except BaseException:
        store.close()
        raise
    return store


def files_of(settings: Settings) -> FileStore:
    """The collected files of a configuration."""
    return FileStore(settings.storage.directory / "files")


def place_of(settings: Settings) -> Place:
    """What a backup of this installation holds."""
    return Place(settings.storage.database, settings.storage.directory)
