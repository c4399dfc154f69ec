"""Log lines say where and what, and repeat neither words of members nor secrets, whatever goes wrong (B1)."""

import json
import logging
from collections.abc import Callable

import pytest
from pydantic import BaseModel
from sqlmodel import Session

from ombot.logs import Formatter, JsonFormatter
from ombot.matrix.errors import DeadToken
from ombot.store.engine import open_engine
from ombot.store.tables import Meta

WORDS = "Kanarienvogel im Protokoll"


def logged(fault: Callable[[], object]) -> str:
    """What the log has of a fault."""
    try:
        fault()
    except Exception as error:
        info = (type(error), error, error.__traceback__)
        return Formatter().format(logging.LogRecord("ombot", logging.ERROR, "", 0, "row failed", (), info))
    raise AssertionError("nothing failed")


class Number(BaseModel):
    value: int


def in_a_value() -> None:
    raise ValueError(f"cannot read {WORDS}")


def in_a_cause() -> None:
    try:
        in_a_value()
    except ValueError as error:
        raise RuntimeError(WORDS) from error


def in_a_context() -> None:
    try:
        in_a_value()
    finally:
        {}[WORDS]


def in_a_group() -> None:
    raise ExceptionGroup(WORDS, [ValueError(WORDS)])


@pytest.mark.parametrize(
    "fault",
    [in_a_value, in_a_cause, in_a_context, in_a_group, lambda: Number(value=WORDS), lambda: int(WORDS)],  # type: ignore[arg-type]
)
def test_a_traceback_shows_lines_and_types_without_words(fault: Callable[[], object]) -> None:
    text = logged(fault)

    assert WORDS not in text
    assert "test_logs.py" in text
    assert "Error" in text or "ExceptionGroup" in text


def test_every_exception_of_a_chain_and_a_group_is_named() -> None:
    assert [logged(in_a_cause).count(kind) for kind in ("ValueError: ", "RuntimeError: ")] == [1, 1]
    assert [logged(in_a_context).count(kind) for kind in ("ValueError: ", "KeyError: ")] == [1, 1]
    assert [logged(in_a_group).count(kind) for kind in ("ExceptionGroup: ", "ValueError: ")] == [1, 1]


def test_what_the_machine_says_is_kept() -> None:
    assert "OSError: [Errno 28] No space left" in logged(lambda: _raise(OSError(28, "No space left")))
    assert "AttributeError: 'int' object has no attribute 'title'" in logged(lambda: (1).title)  # type: ignore[attr-defined]
    assert "DeadToken: log in anew" in logged(lambda: _raise(DeadToken("log in anew")))


def _raise(error: Exception) -> None:
    raise error


def test_a_database_error_is_named_by_its_code(database: str) -> None:
    engine = open_engine(database)

    def store_twice() -> None:
        with Session(engine) as session:
            session.add_all([Meta(key=WORDS, value=WORDS)])
            session.flush()
            session.connection().exec_driver_sql(f"INSERT INTO meta (key, value) VALUES ('{WORDS}', 'x')")

    text = logged(store_twice)
    engine.dispose()

    assert WORDS not in text
    assert "UniqueViolation 23505" in text or "IntegrityError SQLITE_CONSTRAINT_PRIMARYKEY" in text


def test_a_line_for_programs_is_one_object() -> None:
    try:
        in_a_value()
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("ombot.chat", logging.ERROR, "", 0, "row failed, reference %s", ("0a1b2c3d",), info)
    record.created = 1_795_000_000.5

    line = JsonFormatter().format(record)

    fields = json.loads(line)
    assert (line.count("\n"), WORDS in line, fields.pop("traceback").splitlines()[-1][:11]) == (0, False, "ValueError:")
    assert fields == {
        "time": "2026-11-18T11:06:40.500+00:00",
        "level": "ERROR",
        "logger": "ombot.chat",
        "message": "row failed, reference 0a1b2c3d",
        "reference": "0a1b2c3d",
    }
