"""Full-text search with the database's own index: FTS5 on SQLite, a GIN index over tsvectors on PostgreSQL.

Texts arrive here as words that are already reduced to their stems, since neither engine has the same German stemmer.
Infixes and typing errors are looked up in the vocabulary first, because neither engine can do that alike either.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, inspect, text
from sqlmodel import Session, col, select

from ombot.store.tables import Meta, SearchText

_VERSION = "search_version"
"""Changes with every change of an indexed text, so that a vocabulary read before is known to be out of date."""
_VOCABULARY = "ombot_vocabulary"

_SQLITE = (
    # unicode61 would take accents off and split at "_", which the stems still have.
    """CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5(
        stems, content='search_text', content_rowid='id', tokenize="unicode61 remove_diacritics 0 tokenchars '_'")""",
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_vocabulary USING fts5vocab(search_index, 'row')",
    """CREATE TRIGGER IF NOT EXISTS search_text_added AFTER INSERT ON search_text BEGIN
        INSERT INTO search_index(rowid, stems) VALUES (new.id, new.stems); END""",
    """CREATE TRIGGER IF NOT EXISTS search_text_gone AFTER DELETE ON search_text BEGIN
        INSERT INTO search_index(search_index, rowid, stems) VALUES ('delete', old.id, old.stems); END""",
    """CREATE TRIGGER IF NOT EXISTS search_text_changed AFTER UPDATE ON search_text BEGIN
        INSERT INTO search_index(search_index, rowid, stems) VALUES ('delete', old.id, old.stems);
        INSERT INTO search_index(rowid, stems) VALUES (new.id, new.stems); END""",
)
_VECTOR = "array_to_tsvector(string_to_array(stems, ' '))"
# Without fastupdate new rows would wait in a list that every search reads from end to end, until the next vacuum.
_POSTGRESQL = (
    f"CREATE INDEX IF NOT EXISTS ix_search_text_stems ON search_text USING gin ({_VECTOR}) WITH (fastupdate = off)",
)


class Found(NamedTuple):
    """A text in which a word occurs: whose it is, which part of it, and who may see it."""

    key: str
    field: str
    level: str


Hits = Mapping[str, Sequence[Found]]
"""Kind of object → its texts in which a word occurs."""
Parts = Mapping[str, tuple[Set[str], str]]
"""Field → its stems, and the level at which it may be seen (a word of the subject's own)."""
Filler = Callable[[Session], Iterable[tuple[str, Parts]]]
FILLERS: dict[str, Filler] = {}
"""Who knows all texts of a kind of object, by the kind."""


def fills(subject: str) -> Callable[[Filler], Filler]:
    """Register what gives all objects of a kind with their texts, for an index that has to be made anew."""

    def register(function: Filler) -> Filler:
        FILLERS[subject] = function
        return function

    return register


def prepare(session: Session) -> None:
    """Make the index and the texts where there are none. Not in the migrations: both can always be made again."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        if not inspect(connection).has_table("search_index"):
            for statement in _SQLITE:
                connection.exec_driver_sql(statement)
            _rebuild(connection)
    else:
        for statement in _POSTGRESQL:
            connection.exec_driver_sql(statement)
    for subject in FILLERS:
        if session.exec(select(SearchText.id).where(SearchText.subject == subject).limit(1)).first() is None:
            _fill(session, subject)


def refill(session: Session) -> None:
    """Write everything anew, so that nothing is left in it of what was erased past the session."""
    session.flush()
    session.connection().execute(delete(SearchText))
    for subject in FILLERS:
        _fill(session, subject)
    _rebuild(session.connection())


def _fill(session: Session, subject: str) -> None:
    connection = session.connection()
    rows = [row for key, parts in FILLERS[subject](session) for row in _rows(subject, key, parts)]
    if rows:
        connection.execute(insert(SearchText), rows)
        _change_version(connection)


def _rebuild(connection: Connection) -> None:
    # Deleted words stay in the segments of an FTS5 index until these are merged.
    if connection.dialect.name == "sqlite" and inspect(connection).has_table("search_index"):
        connection.exec_driver_sql("INSERT INTO search_index(search_index) VALUES ('rebuild')")


def write(connection: Connection, subject: str, key: str, parts: Parts) -> None:
    """Replace the texts of one object.

    Args:
        connection: of the unit of work that changes the object.
        subject: the kind of object, such as ``profile``.
        key: which one.
        parts: its texts.
    """
    write_all(connection, subject, {key: parts})


def write_all(connection: Connection, subject: str, texts: Mapping[str, Parts]) -> None:
    """Replace the texts of many objects, by their keys."""
    remove(connection, subject, *texts)
    rows = [row for key, parts in texts.items() for row in _rows(subject, key, parts)]
    if rows:
        connection.execute(insert(SearchText), rows)


def _rows(subject: str, key: str, parts: Parts) -> list[dict[str, str]]:
    return [
        {"subject": subject, "key": key, "field": field, "stems": " ".join(sorted(stems)), "level": level}
        for field, (stems, level) in parts.items()
        if stems
    ]


def remove(connection: Connection, subject: str, *keys: str) -> None:
    """Forget the texts of some objects."""
    connection.execute(delete(SearchText).where(col(SearchText.subject) == subject, col(SearchText.key).in_(keys)))
    _change_version(connection)


def matching(session: Session, stems: Iterable[str]) -> Hits:
    """The texts in which one of these words occurs, of all subjects at once: reading their rows is what takes time."""
    hits: dict[str, list[Found]] = {}
    wanted = sorted(set(stems))
    if not wanted:
        return hits
    connection = session.connection()
    _prefer_index(connection, on=True)
    query = text(_MATCHING[connection.dialect.name])
    found = connection.execute(query, {"words": _words(connection.dialect.name, wanted)}).all()
    _prefer_index(connection, on=False)
    for subject, key, field, level in found:
        hits.setdefault(subject, []).append(Found(key, field, level))
    return hits


def _prefer_index(connection: Connection, *, on: bool) -> None:
    # PostgreSQL takes building a vector for as cheap as an addition and rather does it for every row than look into
    # the index: 20 times slower with 5,000 profiles.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL enable_seqscan = {'off' if on else 'on'}")


# One lookup for each word: merging hundreds of words into one query takes either index longer, PostgreSQL's a second.
_MATCHING = {
    "sqlite": "SELECT subject, key, field, level FROM search_text WHERE id IN (SELECT search_index.rowid "
    "FROM json_each(:words) AS word CROSS JOIN search_index WHERE search_index MATCH word.value)",
    "postgresql": "SELECT DISTINCT subject, key, field, level FROM unnest(CAST(:words AS text[])) AS word "  # noqa: S608
    f"JOIN search_text ON {_VECTOR} @@ CAST(word AS tsquery)",
}


def _words(dialect: str, stems: Iterable[str]) -> str | list[str]:
    """The words for a query. Stems hold letters, digits and "_" only, so nothing has to be escaped."""
    if dialect == "sqlite":
        return json.dumps([f'"{stem}"' for stem in stems])
    return [f"'{stem}'" for stem in stems]


def vocabulary(session: Session) -> tuple[str, ...]:
    """Every word that occurs in any text. Kept with the connection until a text changes."""
    connection = session.connection()
    version = connection.execute(select(Meta.value).where(col(Meta.key) == _VERSION)).scalar()
    known = connection.info.get(_VOCABULARY)
    if known is None or known[0] != version:
        known = connection.info[_VOCABULARY] = (version, _read_vocabulary(connection))
    words: tuple[str, ...] = known[1]
    return words


def _read_vocabulary(connection: Connection) -> tuple[str, ...]:
    query = (
        "SELECT term FROM search_vocabulary"
        if connection.dialect.name == "sqlite"
        else "SELECT DISTINCT unnest(string_to_array(stems, ' ')) FROM search_text"
    )
    return tuple(connection.exec_driver_sql(query).scalars())


def _change_version(connection: Connection) -> None:
    # Random, not counted: a number that was rolled back with its texts would come again with others.
    connection.execute(delete(Meta).where(col(Meta.key) == _VERSION))
    connection.execute(insert(Meta), [{"key": _VERSION, "value": secrets.token_hex(8)}])
