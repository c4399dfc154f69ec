"""Databases as each release left them: made by playing its own commands, kept as text, loaded into its own schema.

``PYTHONPATH=tests python -m released`` on a release's commit writes ``tests/data/released/<version>.json``.
"""

import json
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Connection, Date, DateTime, Engine, MetaData, Table, insert, select, text
from sqlmodel import SQLModel
from testbot import BERLIN, TestBot

from ombot.store import schema
from ombot.store.files import FileStore

FOLDER = Path(__file__).parent / "data" / "released"

BEFORE_THE_SESSION = (
    ("kai", "office", "!sitzung 17.12.2026 11–16 Uhr Ort Berlin"),
    ("eva", "dm", "!steckbrief sichtbar kreis Kompetenzen Angebot"),
    ("eva", "beratung", "!aufgabe Leitfaden – „Übergabe“ an itb bis 10.12.2026\nMit Beispielen."),
    ("jan", "beratung", "!aufgabe Einseiter entwerfen an Leitungskreis"),
    ("jan", "beratung", "!aufgabe A2 notiz Erste Fassung liegt vor"),
    ("eva", "beratung", "!erledigt A2"),
    ("ida", "transfer", "!aufgabe Konzept zur Verknüpfung von Forschung und Transfer"),
    ("ida", "transfer", "!aufgabe A3 zurückgestellt bis 01.02.2027"),
    ("eva", "beratung", "!termin Arbeitstreffen am 12.1.2027 10–12 Uhr"),
    ("eva", "sk", "!zusage T1 online"),
    ("jan", "sk", "!absage T1 Dienstreise"),
    ("eva", "beratung", "!terminfindung Klausur bis 10.12.2026\n14.12.2026 10–12 Uhr\n15.12.2026 14 Uhr"),
    ("jan", "beratung", "!terminfindung T3 1 ja, 2 zur Not"),
    ("eva", "beratung", "!input Gemeinsames Beratungsverständnis\nVoraussetzung für die Kooperation."),
    ("kai", "sk", "!top Wie arbeiten wir? Art: Diskussion Ziel: Jeder profitiert Dauer: 45"),
    ("eva", "sk", "!top Schärfung der Darstellung Art: Impuls Dauer: 20"),
    ("eva", "beratung", "!beschluss Der Einseiter wird veröffentlicht an Leitungskreis bis 30.11."),
    ("eva", "beratung", "!zustimmung B1"),
    ("jan", "beratung", "!bedenken B1 Die Kriterien sind noch offen"),
    ("ida", "transfer", "!beschluss Die AG trifft sich monatlich"),
    ("jan", "transfer", "!zustimmung B2"),
    ("ida", "transfer", "!beschluss B2 schließen"),
    ("jan", "transfer", "!beschluss B2 aufgabe Termine festlegen bis 15.12.2026"),
    ("kai", "sk", "!beschluss Die Geschäftsordnung gilt geheim bis 20.12."),
    ("eva", "dm", "!zustimmung B3"),
    ("kai", "sk", "!beschluss Es gibt eine neue AG bis 20.12."),
    ("jan", "sk", "!beschluss B4 übertragen an BG RCI"),
)
"""Who wrote what, where."""
AT_THE_SESSION = (
    ("eva", "sk", "!protokoll start @ida @jan"),
    ("ida", "sk", "Info: Die Moderation begrüßt die Teilnehmer"),
    ("eva", "sk", "!anwesend BG RCI, itb"),
    ("eva", "sk", "Aufgabe: Vorlage für das Basisprofil an Leitungskreis"),
    ("ida", "sk", "Beschluss: Der Strategiekreis trifft sich zweimal pro Jahr"),
    ("eva", "sk", "!protokoll ende"),
    ("jan", "sk", "!protokoll einspruch Die Dauer der Pause fehlt"),
    ("eva", "beratung", "!aufgabe"),
)
SESSION = datetime(2026, 12, 17, 11, 5, tzinfo=BERLIN)
AFTERWARDS = datetime(2026, 12, 17, 16, 30, tzinfo=BERLIN)


def play(bot: TestBot) -> None:
    """A session cycle: something of every kind, some of it done and some still open."""
    for who, room, words in BEFORE_THE_SESSION:
        bot.send(words, as_=who, room=room)
    _with_file(bot, "transfer", "!input Transfer von Forschungsergebnissen")
    bot.pass_time(SESSION)
    for who, room, words in AT_THE_SESSION:
        bot.send(words, as_=who, room=room)
    _with_file(bot, "sk", "!anlage Präsentation der AG Transfer")
    bot.pass_time(AFTERWARDS)


def _with_file(bot: TestBot, room: str, words: str) -> None:
    with bot.store.unit() as session:
        row = FileStore(bot.folder / "files").keep(session, b"%PDF-1.7", "application/pdf", bot.now)
        file = {"name": "Transfer.pdf", "mimetype": row.mimetype, "size": row.size, "sha256": row.sha256}
    replied = {"event_id": "$before", "sender": "@jan:example.org", "body": "", "file": file, "problem": None}
    bot.send(words, "jan", room, reply_to="$before", replied=replied)


def dump(engine: Engine) -> dict[str, Any]:
    """All rows as plain data, with the revision they belong to."""
    with engine.connect() as connection:
        rows = {table.name: list(_rows(connection, table)) for table in _tables(connection)}
    return {"version": _version(), "revision": schema.head(), "tables": {k: v for k, v in rows.items() if v}}


def _version() -> str:
    project = Path(__file__).parents[1] / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def load(engine: Engine, data: dict[str, Any]) -> None:
    """Make an empty database as that release would have it, on SQLite or PostgreSQL."""
    schema.migrate(engine, data["revision"])
    with engine.begin() as connection:
        for table in _tables(connection):
            rows = [_values(table, row) for row in data["tables"].get(table.name, ())]
            if rows:
                connection.execute(insert(table), rows)
                _count_on(connection, table)


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    for row in connection.execute(select(table).order_by(*table.primary_key)).mappings():
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """As JSON has it, and the same from both databases."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.isoformat() if isinstance(value, date) else value


def _values(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.columns[name], value) for name, value in row.items()}


def _value(column: Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, JSON):
        return value
    if isinstance(column.type, DateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if column.type.timezone else moment
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's sequences do not notice rows that bring their number along."""
    for column in table.primary_key if connection.dialect.name == "postgresql" else ():
        sequence = {"table": connection.dialect.identifier_preparer.format_table(table), "column": column.name}
        query = text("SELECT pg_get_serial_sequence(:table, :column)").bindparams(**sequence)
        name = connection.execute(query).scalar()
        if name is not None:
            connection.execute(select(text(f"setval('{name}', max({column.name}))")).select_from(table))


def _written(data: dict[str, Any]) -> str:
    """One row a line, so that a difference between two makings can be read."""
    tables = ",\n".join(
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"
        for name, rows in data["tables"].items()
    )
    head = f'"version": {json.dumps(data["version"])},\n"revision": {json.dumps(data["revision"])}'
    return f'{{\n{head},\n"tables": {{\n{tables}\n}}\n}}\n'


def main() -> None:
    """Play and write the file of the version that is checked out."""
    with tempfile.TemporaryDirectory() as folder:
        bot = TestBot.create(Path(folder))
        play(bot)
        data = dump(bot.store.engine)
        bot.store.close()
    empty = sorted(set(SQLModel.metadata.tables) - set(data["tables"]))
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{data['version']}.json"
    path.write_text(_written(data), encoding="utf-8")
    print(f"{path.name}: {path.stat().st_size // 1024} KiB, without rows: {', '.join(empty) or 'none'}")


if __name__ == "__main__":
    main()
