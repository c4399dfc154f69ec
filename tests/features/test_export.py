"""Exports: the JSON of the contract, documents in the room, the archive, and the operator's command."""

import hashlib
import io
import json
import time
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from testbot import BERLIN, NOW, Begin, TestBot

from ombot.documents import FORMATS as DOCUMENT_FORMATS
from ombot.exchange.archive import FOLDER, MANIFEST, MISSING, build, safe_name
from ombot.exchange.command import FORMATS, WHAT, ExportError, export_bytes, formats_of
from ombot.exchange.render import Renderer
from ombot.exchange.whole import KEYS, part, whole
from ombot.features.inputs.tables import Input, InputFile
from ombot.features.meetings.tables import Meeting
from ombot.store.files import FileStore

PARTS: dict[str, set[str]] = {
    "groups": {"key", "name", "kind", "room_id", "members", "leads", "roster", "archived"},
    "institutions": {"name", "kind", "profile"},
    "people": {"id", "name", "institution", "function", "competences", "visibility"},
    "tasks": {
        *("id", "group", "title", "description", "assignees", "due", "status", "created_by", "created_at"),
        *("closed_at", "note", "parked_until", "event_id"),
    },
    "meetings": {
        *("id", "group", "kind", "title", "start", "end", "place", "url", "status", "dates", "answers", "present"),
    },
    "agenda": {
        *("id", "meeting", "number", "title", "kind", "goals", "minutes", "start", "presenter", "status", "origin"),
    },
    "inputs": {"id", "group", "meeting", "title", "text", "author", "status", "late", "submitted_at", "files"},
    "decisions": {
        *("id", "group", "text", "mandate", "status", "opened_at", "closes_at", "closed_at", "secret"),
        *("votes", "ballots"),
    },
    "minutes": {"meeting", "status", "scribes", "lines", "attachments"},
    "earlier_minutes": {"number", "group", "date", "title", "text", "file"},
}
"""The keys that the contract names for each part; parts may have more."""

EXACT = ("groups", "institutions", "people", "inputs")
NOON = datetime(2026, 11, 26, 12, tzinfo=BERLIN)
PDF = b"%PDF-1.7 kein echtes"


def store_of(bot: TestBot) -> FileStore:
    return FileStore(bot.folder / "files")


def send_file(bot: TestBot, text: str, data: bytes, name: str, **more: Any) -> None:
    with bot.store.unit() as session:
        row = store_of(bot).keep(session, data, "application/pdf", bot.now)
        file = {"name": name, "mimetype": "application/pdf", "size": row.size, "sha256": row.sha256}
    replied = {"event_id": "$f", "sender": "@jan:example.org", "body": name, "file": file, "problem": None}
    bot.send(text, reply_to="$f", replied=replied, **more)


def _something_is_kept(bot: TestBot) -> None:
    bot.send("!sitzung 27.05.2027 11:00-16:00 Ort Berlin", as_="kai", room="office")
    bot.send("!input Bericht der AG\nDer Leitfaden liegt vor.")
    send_file(bot, "!input I1 ergänzen", PDF, "../Konzept.pdf")
    bot.send("!input Zurückgezogenes\nText")
    bot.send("!input I2 zurückziehen")
    bot.send("!input Transfer\nAus der anderen AG", as_="ida", room="transfer")
    bot.send("!aufgabe Einseiter entwerfen @jan und Flyer bis 30.09.2027")


@pytest.fixture
def filled(begin: Begin) -> TestBot:
    """A session, inputs of two groups, a file, a task."""
    bot = begin(_something_is_kept)
    with bot.store.unit() as session:  # the row is there, the bytes lie in a folder of each test
        store_of(bot).keep(session, PDF, "application/pdf", bot.now)
    return bot


def exported(bot: TestBot, what: str, fmt: str, ref: str | None = None, progress: Any = None) -> bytes:
    with bot.store.reading() as session:
        steps = progress or (lambda _done, _total: None)
        return export_bytes(session, bot.settings, store_of(bot), what, fmt, ref, NOON, steps).data


def posted(bot: TestBot, text: str, as_: str = "eva", room: str = "beratung") -> tuple[str, dict[str, Any], bytes]:
    """The file that follows an answer: its name, its frozen data, and its bytes."""
    said = bot.send(text, as_=as_, room=room)
    (row,) = [one.row for one in said if one.row.kind == "file"]
    frozen = json.loads(json.dumps(row.content["document"]))
    data = Renderer(store_of(bot))(frozen["kind"], frozen["format"], frozen["data"]).data
    return row.content["name"], frozen, data


def unpack(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def check_manifest(members: dict[str, bytes]) -> None:
    lines = members[MANIFEST].decode().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in members.items() if name != MANIFEST}


# --- the JSON of the contract -----------------------------------------------------------------------------------


def test_the_whole_export_has_the_keys_of_the_contract(filled: TestBot) -> None:
    with filled.store.reading() as session:
        data = whole(session, filled.settings, NOON)
    assert list(data) == ["schema", "organisation", "exported_at", *KEYS]
    assert (data["schema"], data["organisation"]) == (1, "Offensive Mittelstand")
    assert data["exported_at"] == "2026-11-26T12:00:00+01:00"
    for key in KEYS:
        for entry in data[key]:
            assert entry.keys() >= PARTS[key]
    for key in EXACT:
        assert [entry.keys() for entry in data[key]] == [PARTS[key]] * len(data[key])
    assert json.loads(json.dumps(data)) == data


def test_an_empty_house_exports_empty_lists(bot: TestBot) -> None:
    with bot.store.reading() as session:
        data = whole(session, bot.settings, NOON)
    assert {key: data[key] for key in ("tasks", "meetings", "agenda", "inputs", "decisions", "minutes")} == {
        "tasks": [],
        "meetings": [],
        "agenda": [],
        "inputs": [],
        "decisions": [],
        "minutes": [],
    }


def test_a_part_stands_alone(filled: TestBot) -> None:
    with filled.store.reading() as session:
        data = part(session, filled.settings, NOON, "tasks")
        assert list(data) == ["schema", "organisation", "exported_at", "tasks"]
        assert [task["id"] for task in data["tasks"]] == ["A1"]
        with pytest.raises(KeyError):
            part(session, filled.settings, NOON, "secrets")


def test_inputs_as_the_contract_has_them(filled: TestBot) -> None:
    with filled.store.reading() as session:
        first, second, third = part(session, filled.settings, NOON, "inputs")["inputs"]
    assert first == {
        "id": "I1",
        "group": "beratung",
        "meeting": "T1",
        "title": "Bericht der AG",
        "text": "Der Leitfaden liegt vor.",
        "author": "@eva:example.org",
        "status": "submitted",
        "late": False,
        "submitted_at": "2026-11-26T10:00:00+01:00",
        "files": [
            {
                "name": "../Konzept.pdf",
                "mimetype": "application/pdf",
                "size": len(PDF),
                "sha256": hashlib.sha256(PDF).hexdigest(),
            }
        ],
    }
    assert (second["status"], third["group"]) == ("withdrawn", "transfer")


def test_an_input_that_waits_for_a_session_has_none(bot: TestBot) -> None:
    bot.send("!input Früh\nText")
    with bot.store.reading() as session:
        assert [one["meeting"] for one in part(session, bot.settings, NOON, "inputs")["inputs"]] == [None]


def test_groups_and_people_without_the_bot(bot: TestBot) -> None:
    with bot.store.reading() as session:
        data = whole(session, bot.settings, NOON)
    by_key = {group["key"]: group for group in data["groups"]}
    assert by_key["beratung"] == {
        "key": "beratung",
        "name": "AG Modernes Beratungsverständnis",
        "kind": "working_group",
        "room_id": "!beratung",
        "members": ["@eva:example.org", "@jan:example.org", "@kai:example.org"],
        "leads": ["@eva:example.org"],
        "roster": [
            {"institution": "BG RCI", "persons": []},
            {"institution": "itb", "persons": []},
            {"institution": "Bundessteuerberaterkammer", "persons": ["Person B", "Person C"]},
        ],
        "archived": False,
    }
    assert [person["id"][1:4] for person in data["people"]] == ["eva", "ida", "jan", "kai", "ute"]
    assert data["people"][0] == {
        "id": "@eva:example.org",
        "name": "Eva Beispiel",
        "institution": "BG RCI",
        "function": "Referentin",
        "competences": [],
        "visibility": {},
    }
    assert {"name": "BMAS", "kind": "ministry", "profile": None} in data["institutions"]


# --- in the room ------------------------------------------------------------------------------------------------


def test_a_working_group_gets_its_own_inputs(filled: TestBot) -> None:
    said = filled.send("!export inputs docx", as_="jan")
    assert said[0].text.splitlines()[:2] == [
        "Inputs als Datei – 1. Sitzung des Strategiekreises, Do., 27.05.2027, 11:00 Uhr",
        "1 Input, Datei „inputs-T1-beratung.docx“ folgt.",
    ]
    name, frozen, _ = posted(filled, "!export inputs")
    assert (name, frozen["kind"], frozen["format"]) == ("inputs-T1-beratung.docx", "inputs", "docx")
    (group,) = frozen["data"]["groups"]
    assert (group["name"], group["state"]) == ("AG Modernes Beratungsverständnis", "submitted")
    assert [(one["id"], one["author"], one["institution"]) for one in group["inputs"]] == [
        ("I1", "Eva Beispiel", "BG RCI")
    ]
    assert frozen["data"]["session"] == {
        "id": "T1",
        "title": "1. Sitzung des Strategiekreises",
        "start": "2027-05-27T11:00:00+02:00",
        "end": "2027-05-27T16:00:00+02:00",
        "place": "Berlin",
    }
    assert (frozen["data"]["deadline"], frozen["data"]["exported_at"]) == ("2027-05-13", "2026-11-26T10:00:00+01:00")


@pytest.mark.parametrize("room", ["sk", "office", "dm"])
def test_a_coordinator_gets_all_inputs(filled: TestBot, room: str) -> None:
    name, frozen, _ = posted(filled, "!export inputs T1 md", as_="kai", room=room)
    assert name == "inputs-T1.md"
    assert [[one["id"] for one in group["inputs"]] for group in frozen["data"]["groups"]] == [["I1"], ["I3"]]


def test_others_get_only_their_own_in_the_direct_chat_and_none_elsewhere(filled: TestBot) -> None:
    name, frozen, _ = posted(filled, "export inputs", as_="ida", room="dm")
    assert name == "inputs-T1-transfer.docx"
    assert [group["name"] for group in frozen["data"]["groups"]] == ["AG Transfer"]
    for who, room in (("eva", "sk"), ("ute", "office")):
        (said,) = filled.send("!export inputs", as_=who, room=room)
        assert said.text.startswith("Das darf nur die Koordination.")
    (said,) = filled.send("export inputs", as_="ute", room="dm")
    assert said.text.startswith("Sie sind in keiner AG")


@pytest.mark.parametrize("fmt", ["docx", "pdf", "md", "xlsx", "json", "zip"])
def test_every_format_is_a_file_that_opens(filled: TestBot, fmt: str) -> None:
    name, _, data = posted(filled, f"!export inputs {fmt}", as_="kai", room="office")
    assert name == f"inputs-T1.{fmt}"
    if fmt == "pdf":
        assert "Bericht der AG" in PdfReader(io.BytesIO(data)).pages[0].extract_text()
    elif fmt == "xlsx":
        assert load_workbook(io.BytesIO(data)).sheetnames == ["Übersicht", "Inputs"]
    elif fmt == "json":
        assert [one["id"] for one in json.loads(data)["inputs"]] == ["I1", "I2", "I3"]
    elif fmt == "md":
        assert "Bericht der AG" in data.decode()
    else:
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


def test_the_zip_of_a_group_holds_nothing_of_another(filled: TestBot) -> None:
    send_file(filled, "!input I3 ergänzen", b"fremd", "Fremd.pdf", as_="ida", room="transfer")
    _, _, data = posted(filled, "!export inputs zip")
    members = unpack(data)
    assert sorted(members) == sorted(
        [MANIFEST, "export.json", "inputs.docx", "inputs.pdf", "inputs.xlsx", f"{FOLDER}/I1-.._Konzept.pdf"]
    )
    assert [one["id"] for one in json.loads(members["export.json"])["inputs"]] == ["I1", "I2"]
    check_manifest(members)


def test_after_the_session_the_last_one_is_meant_and_before_the_next_what_waits(filled: TestBot) -> None:
    filled.pass_time(datetime(2027, 5, 28, 10, tzinfo=BERLIN))
    name, _, _ = posted(filled, "!export inputs md")
    assert name == "inputs-T1-beratung.md"
    filled.send("!input Für das nächste Mal\nText")
    name, frozen, _ = posted(filled, "!export inputs md")
    assert (name, frozen["data"]["session"]) == ("inputs-beratung.md", None)


def test_frozen_data_gives_the_same_bytes_again(filled: TestBot) -> None:
    _, frozen, data = posted(filled, "!export inputs zip", as_="kai", room="office")
    filled.send("!input I1 titel Danach geändert")
    assert Renderer(store_of(filled))(frozen["kind"], frozen["format"], frozen["data"]).data == data


@pytest.mark.parametrize("fmt", DOCUMENT_FORMATS["tasks"])
def test_tasks_of_a_group_as_a_file(filled: TestBot, fmt: str) -> None:
    filled.send("!aufgabe Anderswo", as_="ida", room="transfer")
    name, frozen, data = posted(filled, f"!export aufgaben {fmt}", as_="jan")
    assert name == f"tasks-beratung.{fmt}"
    assert [task["title"] for group in frozen["data"]["groups"] for task in group["tasks"]] == [
        "Einseiter entwerfen @jan und Flyer"
    ]
    assert data


def test_tasks_of_all_own_groups_in_the_direct_chat(filled: TestBot) -> None:
    filled.send("!aufgabe Anderswo", as_="ida", room="transfer")
    name, frozen, _ = posted(filled, "export aufgaben csv", as_="jan", room="dm")
    assert name == "tasks.csv"
    assert [len(group["tasks"]) for group in frozen["data"]["groups"]] == [1, 1, 0]
    name, _, _ = posted(filled, "export aufgaben csv in AG Transfer", as_="jan", room="dm")
    assert name == "tasks-transfer.csv"


def test_a_long_answer_as_text(tmp_path: Path) -> None:
    assert Renderer(FileStore(tmp_path))("text", "txt", {"text": "Grüße\n"}).data == "Grüße\n".encode()
    with pytest.raises(ValueError, match="no document"):
        Renderer(FileStore(tmp_path))("inputs", "exe", {})


# --- the archive ------------------------------------------------------------------------------------------------


def archive_of(files: list[dict[str, Any]]) -> dict[str, Any]:
    held = [{"reference": "I1", **file} for file in files]
    return {"export": {"exported_at": "2026-11-26T12:00:00+01:00"}, "documents": [], "files": held}


def no_document(_kind: str, _fmt: str, _data: Any) -> bytes:
    raise AssertionError("an archive without documents renders none")


def test_a_file_that_is_gone_or_damaged_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    good, damaged = hashlib.sha256(b"gut").hexdigest(), hashlib.sha256(b"heil").hexdigest()
    for digest, data in ((good, b"gut"), (damaged, b"kaputt")):
        files.path(digest).parent.mkdir(parents=True, exist_ok=True)
        files.path(digest).write_bytes(data)
    wanted = [
        {"name": f"{name}.pdf", "sha256": digest} for name, digest in (("a", "0" * 64), ("b", damaged), ("c", good))
    ]
    members = unpack(build(archive_of(wanted), files, no_document))
    assert sorted(members) == [MANIFEST, MISSING, "export.json", f"{FOLDER}/I1-c.pdf"]
    assert members[MISSING].decode() == f"{'0' * 64}  {FOLDER}/I1-a.pdf\n{damaged}  {FOLDER}/I1-b.pdf\n"
    check_manifest(members)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Konzept.pdf", "Konzept.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Windows\\x.exe", "C_Windows_x.exe"),
        ("a\x00b\r\nc\u202egpj.exe", "ab_cgpj.exe"),
        (" .. ", "file"),
        ("", "file"),
        ("ä" * 200 + ".docx", "ä" * 57 + ".docx"),
        ("x" * 10 + "." + "y" * 200, "x" * 10 + "." + "y" * 109),
        ("🌱 Grün?.pdf", "🌱 Grün_.pdf"),
    ],
)
def test_names_in_an_archive_are_safe(name: str, safe: str) -> None:
    assert safe_name(name, set()) == safe
    assert len(safe.encode()) <= 120


def test_names_in_an_archive_are_unique_even_without_case() -> None:
    taken: set[str] = set()
    found = [safe_name(name, taken) for name in ("A.pdf", "a.pdf", "a (2).pdf", "A.PDF")]
    assert found == ["A.pdf", "a (2).pdf", "a (2) (2).pdf", "A (3).PDF"]


# --- the operator's command -------------------------------------------------------------------------------------


def test_formats_that_make_sense() -> None:
    assert formats_of("inputs") == ("json", "md", "docx", "pdf", "xlsx", "zip")
    assert formats_of("tasks") == ("json", "md", "docx", "pdf", "xlsx", "csv")
    assert formats_of("decisions") == ("json", "md", "docx", "pdf", "xlsx", "csv")
    assert formats_of("all") == ("json", "zip")
    assert formats_of("directory")[0] == "json"


@pytest.mark.parametrize("what", WHAT)
def test_whatever_makes_sense_can_be_exported_and_nothing_else(filled: TestBot, what: str) -> None:
    for fmt in FORMATS:
        if what == "minutes" and fmt in formats_of(what) and fmt != "json":
            with pytest.raises(ExportError, match=r"^there is nothing to export as minutes$"):
                exported(filled, what, fmt)
        elif fmt in formats_of(what):
            assert exported(filled, what, fmt)
        else:
            with pytest.raises(ExportError, match=f"^{what} cannot be exported as {fmt}; possible are .*json"):
                exported(filled, what, fmt)


def test_clear_errors(filled: TestBot) -> None:
    for arguments, message in (
        (("secrets", "json", None), 'there is no "secrets" to export; possible are inputs, tasks, meetings, agenda, '),
        (("tasks", "json", "T1"), "tasks do not belong to a session; leave --session out"),
        (("inputs", "docx", "T9"), 'there is no session "T9"; references look like T3'),
        (("inputs", "docx", "../1"), 'there is no session "../1"; references look like T3'),
    ):
        with pytest.raises(ExportError) as error:
            exported(filled, *arguments)
        assert str(error.value).startswith(message)


def test_json_of_one_session_only(filled: TestBot) -> None:
    filled.send("!termin T1 absagen", as_="kai", room="office")
    filled.later(hours=1)
    filled.send("!sitzung 03.06.2027 11:00-16:00", as_="kai", room="office")
    assert [one["id"] for one in json.loads(exported(filled, "meetings", "json"))["meetings"]] == ["T1", "T2"]
    assert [one["id"] for one in json.loads(exported(filled, "meetings", "json", "t2"))["meetings"]] == ["T2"]
    assert json.loads(exported(filled, "inputs", "json", "T1"))["inputs"] == []


def test_the_directory_is_institutions_and_people(filled: TestBot) -> None:
    data = json.loads(exported(filled, "directory", "json"))
    assert list(data) == ["schema", "organisation", "exported_at", "institutions", "people"]


def test_the_zip_of_everything(filled: TestBot) -> None:
    told: list[tuple[int, int]] = []
    data = exported(filled, "all", "zip", progress=lambda done, total: told.append((done, total)))
    members = unpack(data)
    check_manifest(members)
    assert {"export.json", "inputs-T1.docx", "inputs-T1.pdf", "tasks.xlsx", f"{FOLDER}/I1-.._Konzept.pdf"} <= set(
        members
    )
    assert list(json.loads(members["export.json"])) == ["schema", "organisation", "exported_at", *KEYS]
    assert {name for name in members if name.startswith("inputs")} == {
        f"inputs-T1.{fmt}" for fmt in ("docx", "pdf", "xlsx")
    }
    assert exported(filled, "all", "zip") == data
    assert [done for done, _ in told] == list(range(len(told)))
    assert {total for _, total in told} == {len(members) - 1}


def test_the_zip_of_everything_has_each_session_and_what_waits(bot: TestBot) -> None:
    bot.send("!sitzung 27.05.2027 11:00-16:00", as_="kai", room="office")
    bot.send("!input Zur ersten\nText")
    bot.pass_time(datetime(2027, 5, 28, 10, tzinfo=BERLIN))
    bot.send("!input Wartet\nText")
    members = unpack(exported(bot, "all", "zip"))
    assert sorted(name for name in members if name.endswith(".docx") and name.startswith("inputs")) == [
        "inputs-T1.docx",
        "inputs.docx",
    ]


def test_the_zip_of_one_session_holds_its_files_only(filled: TestBot) -> None:
    filled.pass_time(datetime(2027, 5, 28, 10, tzinfo=BERLIN))
    filled.send("!sitzung 18.11.2027 11:00-16:00", as_="kai", room="office")
    send_file(filled, "!input Zur zweiten", b"zwei", "Zwei.pdf")
    (second,) = [row.number for row in filled.table(Meeting) if row.number != 1]
    for number, file in ((1, "I1-.._Konzept.pdf"), (second, "I4-Zwei.pdf")):
        members = unpack(exported(filled, "inputs", "zip", f"T{number}"))
        assert [name for name in members if name.startswith(FOLDER)] == [f"{FOLDER}/{file}"]
        check_manifest(members)


@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_a_thousand_inputs_in_ten_seconds(bot: TestBot) -> None:
    bot.send("!sitzung 27.05.2027 11:00-16:00", as_="kai", room="office")
    digest = hashlib.sha256(PDF).hexdigest()
    with bot.store.unit() as session:
        store_of(bot).keep(session, PDF, "application/pdf", NOW)
        for number in range(1, 1001):
            session.add(
                Input(
                    number=number,
                    group_key=("beratung", "transfer")[number % 2],
                    meeting=1,
                    title=f"Input {number}",
                    text="Der Leitfaden liegt vor.\n\n- Punkt eins\n- Punkt zwei\n" * 5,
                    author="@eva:example.org",
                    status="submitted",
                    created_at=NOW,
                    submitted_at=NOW,
                    event_id="$x",
                )
            )
        session.flush()
        for number in range(1, 1001):
            session.add(
                InputFile(
                    input=number, sha256=digest, name="k.pdf", mimetype="application/pdf", size=len(PDF), position=1
                )
            )
    for fmt in DOCUMENT_FORMATS["inputs"]:
        began = time.process_time()  # not wall time: other tests run beside this one
        exported(bot, "inputs", fmt)
        assert time.process_time() - began < 10
