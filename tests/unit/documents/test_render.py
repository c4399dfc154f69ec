import copy
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ombot import documents

EVERY = [(kind, fmt) for kind, formats in documents.FORMATS.items() for fmt in formats]
STARTS = {
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "pdf": b"%PDF-",
    "md": b"# ",
    "csv": b"\xef\xbb\xbf",
    "ics": b"BEGIN:VCALENDAR\r\n",
    "html": b"<!DOCTYPE html>\n",
}


@pytest.mark.parametrize(("kind", "fmt"), EVERY)
def test_every_document_is_the_same_bytes_each_time(kind: str, fmt: str, samples: dict[str, Any]) -> None:
    data = samples[kind]
    before = copy.deepcopy(data)
    first = documents.render(kind, fmt, data)
    assert first.startswith(STARTS[fmt])
    assert documents.render(kind, fmt, copy.deepcopy(data)) == first
    assert data == before


def test_bytes_do_not_depend_on_the_time_of_rendering(samples: dict[str, Any]) -> None:
    # Zip members have a resolution of two seconds: only another process at another time would notice.
    code = (
        "import json, sys, time, hashlib; time.time = lambda: 1e9; time.localtime = lambda *a: time.gmtime(1e9)\n"
        "from ombot import documents\n"
        "for kind, data in json.load(sys.stdin).items():\n"
        "    for fmt in documents.FORMATS[kind]:\n"
        "        print(hashlib.sha256(documents.render(kind, fmt, data)).hexdigest())"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(samples), capture_output=True, text=True, check=True
    ).stdout
    here = [hashlib.sha256(documents.render(kind, fmt, samples[kind])).hexdigest() for kind, fmt in EVERY]
    assert out.split() == here


@pytest.mark.parametrize(("kind", "fmt"), EVERY)
def test_empty_lists(kind: str, fmt: str, samples: dict[str, Any]) -> None:
    data = {key: [] if isinstance(value, list) else value for key, value in samples[kind].items()}
    if kind == "inputs":
        data |= {"session": None, "deadline": None}
    if kind in ("agenda", "minutes", "invitation", "attendance"):
        data["session"] |= {"end": None, "place": None, "url": None, "moderation": None}
    if kind == "minutes":
        data["next_session"] = None
    assert documents.render(kind, fmt, data).startswith(STARTS[fmt])


def test_workers_do_not_disturb_each_other(samples: dict[str, Any]) -> None:
    alone = [documents.render(kind, fmt, samples[kind]) for kind, fmt in EVERY]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: documents.render(one[0], one[1], samples[one[0]]), EVERY * 3))
    assert together == alone * 3


@pytest.mark.parametrize(("kind", "fmt"), [("inputs", "ics"), ("calendar", "pdf"), ("letter", "pdf")])
def test_unknown_documents_are_refused(kind: str, fmt: str) -> None:
    with pytest.raises(ValueError, match=f"no document '{kind}' as '{fmt}'"):
        documents.render(kind, fmt, {})


def test_every_format_has_a_media_type() -> None:
    assert {fmt: documents.mimetype(fmt).partition("/")[0] for fmt in STARTS} == {
        "docx": "application",
        "xlsx": "application",
        "pdf": "application",
        "md": "text",
        "csv": "text",
        "ics": "text",
        "html": "text",
    }


def loaded_after(*, statement: str) -> list[str]:
    """Which of the big libraries a fresh process has after a statement."""
    code = (
        f"import sys, ombot.documents\n{statement}\n"
        "print(*[name for name in ('docx', 'docxtpl', 'jinja2', 'lxml', 'typst', 'xlsxwriter', 'icalendar')"
        " if name in sys.modules])"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_nothing_big_is_imported_before_it_is_used() -> None:
    assert loaded_after(statement="") == []
