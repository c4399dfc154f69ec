"""What the office takes over: members, rosters, earlier decisions, from the command line on a real database."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook
from sqlalchemy import event
from testbot import TestBot, user

from ombot.cli import main
from ombot.exchange import importing
from ombot.features.decisions.tables import Decision
from ombot.features.groups.tables import RosterEntry
from ombot.features.minutes.tables import EarlierMinutes
from ombot.features.people import queries
from ombot.features.people.tables import Profile
from ombot.store.files import FileStore
from ombot.store.tables import Outbox

CONFIG = """
[matrix]
homeserver = "http://127.0.0.1:1"
user = "@ombot:example.org"
[storage]
database = "{database}"
directory = "{folder}"
"""
HEADER = "matrix_id;name;institution;function;groups;email;competences\n"
IDA = "@ida:example.org;Ida Probe;RKW;Referentin;beratung,AG Transfer;ida@example.org;Recht, Förderung\n"

Run = Callable[..., Result]


@pytest.fixture
def run(installed: str, tmp_path: Path) -> Run:
    """Runs ``ombot import`` on the test bot's database."""
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(database=installed, folder=tmp_path / "data"), encoding="utf-8")

    def call(*words: str, content: str | bytes, name: str = "list.csv") -> Result:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        what, *rest = words
        return CliRunner().invoke(main, ["--config", str(config), "import", what, *rest, str(file)])

    return call


def profiles(bot: TestBot) -> dict[str, Profile]:
    """All profiles by user id."""
    return {one.user_id: one for one in bot.table(Profile)}


# --- members ----------------------------------------------------------------------------------------------------


def test_differences_are_shown_and_nothing_is_changed(bot: TestBot, run: Run) -> None:
    before = (bot.table(Profile), bot.table(Outbox))
    result = run("members", content=HEADER + IDA + "@jan:example.org;;;Leiter;;;\n")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "@ida:example.org (neu): Einrichtung RKW (neu); Name Ida Probe; Funktion Referentin; "
            "Kompetenzen Recht, Förderung; Einladung: AG Modernes Beratungsverständnis",
            "@jan:example.org: Funktion Leiter",
            "2 in der Liste, 1 neu, 1 geändert, 0 unverändert. "
            "Es wurde nichts geändert; mit --apply wird es übernommen.",
        ],
    )
    assert (bot.table(Profile), bot.table(Outbox)) == before


def test_members_are_taken_over_once(bot: TestBot, run: Run) -> None:
    result = run("members", "--apply", content=HEADER + IDA)
    assert result.stdout.splitlines()[-1] == "1 in der Liste, 1 neu, 0 geändert, 0 unverändert. Übernommen."
    ida = profiles(bot)[user("ida")]
    assert (ida.name, ida.function, ida.competences, ida.institution_from_office) == (
        "Ida Probe",
        "Referentin",
        ["Recht", "Förderung"],
        True,
    )
    with bot.store.reading() as session:
        assert queries.institution_names(session)[user("ida")] == "RKW"
    invites = [(row.destination, row.content) for row in bot.table(Outbox) if row.kind == "invite"]
    assert invites == [("group:beratung", {"user": "@ida:example.org"})]
    again = run("members", "--apply", content=HEADER + IDA)
    assert again.stdout == "1 in der Liste, 0 neu, 0 geändert, 1 unverändert. Übernommen.\n"
    (found,) = bot.send("!wer Förderungen", as_="jan", room="transfer")
    assert found.text.splitlines()[1] == "• Ida Probe (RKW) – Förderung"


def test_empty_and_missing_columns_leave_what_is_known(bot: TestBot, run: Run) -> None:
    run("members", "--apply", content="matrix_id;competences\n@eva:example.org;Recht\n")
    eva = profiles(bot)[user("eva")]
    assert (eva.function, eva.competences) == ("Referentin", ["Recht"])
    with bot.store.reading() as session:
        assert queries.institution_names(session)[user("eva")] == "BG RCI"


def test_a_person_behind_an_institution_is_no_part_of_its_name(bot: TestBot, run: Run) -> None:
    rows = (
        "@p1:example.org;;bgrci (Person A)",
        "@p2:example.org;Person B;itb (Person A oder Person B)",
        "@p3:example.org;Person C;Unfallversicherung (DGUV)",
    )
    run("members", "--apply", content="matrix_id;name;institution\n" + "\n".join(rows) + "\n")
    found = [user(name) for name in ("p1", "p2", "p3")]
    assert [profiles(bot)[one].name for one in found] == ["Person A", "Person B", "Person C"]
    with bot.store.reading() as session:
        names = queries.institution_names(session, found)
    assert [names[one] for one in found] == ["BG RCI", "itb", "Unfallversicherung (DGUV)"]


def test_a_workbook_is_read_like_a_text_file(bot: TestBot, run: Run, tmp_path: Path) -> None:
    book = Workbook()
    for line in (HEADER + IDA).splitlines():
        book.worksheets[0].append(line.split(";"))
    book.save(tmp_path / "made.xlsx")
    result = run("members", "--apply", content=(tmp_path / "made.xlsx").read_bytes(), name="list.xlsx")
    assert result.exit_code == 0, result.output
    assert profiles(bot)[user("ida")].competences == ["Recht", "Förderung"]


def test_a_list_takes_a_constant_number_of_queries(bot: TestBot, tmp_path: Path) -> None:
    counts = []
    for people in (("a",), ("b", "c", "d")):
        path = tmp_path / f"{len(people)}.csv"
        path.write_text(
            HEADER + "".join(f"@{one}:example.org;{one};Haus {one};;beratung,transfer;;Recht\n" for one in people)
        )
        seen: list[str] = []
        steps: list[tuple[int, int]] = []

        def note(_connection: object, _cursor: object, text: str, *_rest: object, seen: list[str] = seen) -> None:
            # SQLite inserts row by row where the database gives out the numbers.
            if not text.startswith("INSERT"):
                seen.append(text)

        event.listen(bot.store.engine, "before_cursor_execute", note)
        with bot.store.unit() as session:
            found = importing.differences(session, bot.settings, importing.read_members(session, path))
            importing.apply_members(
                session, bot.settings, found, bot.now, lambda done, total, steps=steps: steps.append((done, total))
            )
        event.remove(bot.store.engine, "before_cursor_execute", note)
        assert steps == [(len(people), len(people))]
        counts.append(len(seen))
    assert counts[0] == counts[1]
    with bot.store.reading() as session:
        assert queries.institution_names(session, [user("c")]) == {user("c"): "Haus c"}
    assert [row.content["user"] for row in bot.table(Outbox) if row.destination == "group:transfer"] == [
        user(name) for name in "abcd"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "list.csv ist leer."),
        (
            "matrix_id;telefon\n@a:b.c;1\n",
            "Die Spalte „telefon“ ist unbekannt. Möglich sind: matrix_id, name, institution, function, groups, email, "
            "competences.",
        ),
        ("name\nIda\n", "Es fehlt die Spalte „matrix_id“."),
        (
            "matrix_id,name\n@a:b.c,Ida\n",
            "Bitte trennen Sie die Spalten mit Semikolon, nicht mit Komma oder Tabulator.",
        ),
        ("matrix_id;name\n;Ida\n", "Zeile 2: „“ ist keine Matrix-ID wie @name:example.org."),
        ("matrix_id;name;name\n", "Die Spalte „name“ gibt es zweimal."),
        ("matrix_id\nida\n", "Zeile 2: „ida“ ist keine Matrix-ID wie @name:example.org."),
        ("matrix_id\n@a:b.c\n@a:b.c\n", "@a:b.c steht zweimal in der Liste (Zeilen 2 und 3)."),
        ("matrix_id\n@a:b.c;zu viel\n", "Zeile 2 hat mehr Felder als die Kopfzeile."),
        ("matrix_id;groups\n@a:b.c;AG Nirgends\n", "Zeile 2: Die Gruppe „AG Nirgends“ gibt es nicht."),
        (
            "matrix_id;institution\n@a:b.c;itb (Person A oder Person B)\n",
            "Zeile 2: „itb (Person A oder Person B)“ nennt mehrere Personen, jede braucht eine eigene Zeile. Wer für "
            "eine Einrichtung kommen darf, nimmt „ombot import roster“.",
        ),
        ("matrix_id;email\n@a:b.c;keine\n", "Zeile 2: „keine“ ist keine E-Mail-Adresse."),
        (
            "matrix_id;name\n@a:b.c;\xfc".encode("latin-1"),
            "list.csv ist nicht in UTF-8 gespeichert. Bitte speichern Sie die Datei so.",
        ),
        ('matrix_id;name\n@a:b.c;"offen', "Zeile 2 ist keine gültige CSV-Zeile."),
        (
            f"matrix_id;name\n@a:b.c;{'x' * 201}\n",
            "Zeile 2: „name“ ist zu lang oder enthält Zeilenumbrüche oder Steuerzeichen.",
        ),
    ],
)
def test_a_faulty_list_is_refused_whole(bot: TestBot, run: Run, content: str | bytes, problem: str) -> None:
    before = bot.table(Profile)
    result = run("members", "--apply", content=content)
    assert (result.exit_code, result.stderr) == (1, f"{problem}\n")
    assert bot.table(Profile) == before


def broken(part: str, content: Callable[[bytes], bytes | None]) -> bytes:
    """A workbook with one file in it changed, or left out."""
    whole, out = io.BytesIO(), io.BytesIO()
    book = Workbook()
    book.worksheets[0].append(["matrix_id"])
    book.save(whole)
    with ZipFile(whole) as before, ZipFile(out, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            written = content(data) if name.endswith(part) else data
            if written is not None:
                after.writestr(name, written)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"PK",
        broken("sheet1.xml", lambda data: data[: len(data) // 2]),
        broken("sheet1.xml", lambda _: None),
        broken("workbook.xml", lambda _: b"<broken"),
        broken("workbook.xml", lambda _: b"<x/>"),
    ],
    ids=["no archive", "half a sheet", "no sheet", "broken book", "no book"],
)
def test_what_is_no_workbook_is_refused(run: Run, content: bytes) -> None:
    result = run("members", content=content, name="list.xlsx")
    assert (result.exit_code, result.stderr) == (1, "list.xlsx ist keine lesbare XLSX-Datei.\n")


def test_what_is_no_file_or_of_another_program_is_refused(run: Run) -> None:
    assert run("members", content="PK", name="list.ods").stderr == (
        "list.ods: Bitte speichern Sie die Liste als XLSX oder als CSV mit Semikolon in UTF-8.\n"
    )
    missing = CliRunner().invoke(main, ["import", "members", "--config", "/nowhere/config.toml", "list.csv"])
    assert missing.exit_code == 78


# --- rosters ----------------------------------------------------------------------------------------------------


def roster(bot: TestBot, group: str) -> list[tuple[str, list[str]]]:
    """A group's roster."""
    return [(one.institution, one.persons) for one in bot.table(RosterEntry) if one.group_key == group]


def test_a_roster_is_added_to(bot: TestBot, run: Run) -> None:
    result = run(
        "roster", "AG Modernes Beratungsverständnis", content="BGRCI (Person A)\n\nZDH (Person D oder Person E)\n"
    )
    assert result.stdout.splitlines() == [
        "geändert: BG RCI (Person A)",
        "neu: ZDH (Person D oder Person E)",
        "AG Modernes Beratungsverständnis: 2 in der Liste, 2 neu oder geändert. Übernommen.",
    ]
    assert roster(bot, "beratung") == [
        ("BG RCI", ["Person A"]),
        ("itb", []),
        ("Bundessteuerberaterkammer", ["Person B", "Person C"]),
        ("ZDH", ["Person D", "Person E"]),
    ]


def test_a_roster_can_be_tried(bot: TestBot, run: Run) -> None:
    result = run("roster", "transfer", "--dry-run", content="ZDH\n")
    assert result.stdout.splitlines() == [
        "neu: ZDH",
        "AG Transfer: 1 in der Liste, 1 neu oder geändert. Es wurde nichts geändert; mit --apply wird es übernommen.",
    ]
    assert roster(bot, "transfer") == []


@pytest.mark.parametrize(
    ("group", "content", "problem"),
    [
        ("nirgends", "ZDH\n", "Die Gruppe „nirgends“ gibt es nicht."),
        (
            "transfer",
            "ZDH\nZDH (Person",
            "Zeile 2: Bitte schreiben Sie „Einrichtung (Person)“ oder „Einrichtung (A oder B)“.",
        ),
    ],
)
def test_a_faulty_roster_is_refused_whole(bot: TestBot, run: Run, group: str, content: str, problem: str) -> None:
    result = run("roster", group, content=content)
    assert (result.exit_code, result.stderr) == (1, f"{problem}\n")
    assert roster(bot, "transfer") == []


# --- decisions --------------------------------------------------------------------------------------------------

DECISIONS = (
    "number;date;text;mandate;status\n"
    "2019-02;16.05.2019;Der Praxisvergleich wird überarbeitet;itb;angenommen\n"
    ";2019-05-16;Ein Einseiter entsteht;Leitungskreis;\n"
    "1;17.05.2019;Kein Newsletter;;abgelehnt\n"
)


def test_earlier_decisions_come_into_the_register(bot: TestBot, run: Run) -> None:
    tried = run("decisions", "--dry-run", content=DECISIONS)
    assert tried.stdout.splitlines()[-1] == (
        "3 in der Liste, 3 neu im Beschlussregister. Es wurde nichts geändert; mit --apply wird es übernommen."
    )
    assert bot.table(Decision) == []
    result = run("decisions", content=DECISIONS)
    assert result.stdout.splitlines()[-1] == "3 in der Liste, 3 neu im Beschlussregister. Übernommen."
    assert [(one.year_number, one.text, one.mandate, one.status, one.recorded) for one in bot.table(Decision)] == [
        ("2019-02", "Der Praxisvergleich wird überarbeitet", {"institution": "itb"}, "accepted", True),
        ("2019-01", "Kein Newsletter", None, "rejected", True),
        ("2019-03", "Ein Einseiter entsteht", {"body": "Leitungskreis"}, "accepted", True),
    ]
    again = run("decisions", "--apply", content=DECISIONS)
    assert again.stdout == "3 in der Liste, 0 neu im Beschlussregister. Übernommen.\n"
    (said,) = bot.send("!beschlüsse Praxisvergleich", as_="eva", room="sk")
    first = bot.table(Decision)[0]
    assert f"B{first.number} (Nr. 2019-02)" in said.text


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1;gestern;Text", "Zeile 2: „gestern“ ist kein Datum bis heute, zum Beispiel 16.05.2019."),
        ("1;1.1.2999;Text", "Zeile 2: „1.1.2999“ ist kein Datum bis heute, zum Beispiel 16.05.2019."),
        ("1;1.1.2019;", "Zeile 2: Der Text fehlt, ist zu lang oder enthält Steuerzeichen."),
        ("eins;1.1.2019;Text", "Zeile 2: „eins“ ist keine Nummer wie 2019-03."),
        ("1;1.1.2019;Text;offen", "Zeile 2: Der Status ist „angenommen“, „abgelehnt“ oder „zurückgezogen“."),
        ("1;1.1.2019;Text\n1;2.1.2019;Anderer", "Zeile 3: Die Nummer 2019-01 hat schon ein anderer Beschluss."),
    ],
)
def test_faulty_decisions_are_refused_whole(bot: TestBot, run: Run, row: str, problem: str) -> None:
    result = run("decisions", content=f"number;date;text;status\n{row}\n")
    assert (result.exit_code, result.stderr) == (1, f"{problem}\n")
    assert bot.table(Decision) == []


# --- minutes ----------------------------------------------------------------------------------------------------

MINUTES = """
1. Sitzung des Strategiekreises

16. Mai 2019, 11:00 - 16:00

**Beschluss:** Das Plenum wird zum Forum.

Frage: Wie arbeiten wir zusammen?
"""


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_final_minutes_from_before_are_kept_found_and_handed_out(bot: TestBot, run: Run, tmp_path: Path) -> None:
    (tmp_path / "Protokoll 2019-11-21.docx").write_bytes(word("2. Sitzung", "Beschluss: Eine AG Transfer entsteht"))
    files = (str(tmp_path / "Protokoll 2019-11-21.docx"),)
    tried = run("minutes", "--dry-run", *files, content=MINUTES, name="alt.txt")
    assert tried.stdout.splitlines() == [
        "Protokoll 2019-01 vom 16.05.2019: 1. Sitzung des Strategiekreises (21 Wörter durchsuchbar)",
        "  Beschluss B1 (Nr. 2019-01): Das Plenum wird zum Forum.",
        "Protokoll 2019-02 vom 21.11.2019: 2. Sitzung (7 Wörter durchsuchbar)",
        "  Beschluss B2 (Nr. 2019-02): Eine AG Transfer entsteht",
        "2 Dateien, 2 neue Protokolle. Es wurde nichts geändert; mit --apply wird es übernommen.",
    ]
    assert (bot.table(EarlierMinutes), bot.table(Decision), (tmp_path / "data" / "files").exists()) == ([], [], False)
    done = run("minutes", *files, content=MINUTES, name="alt.txt")
    assert done.stdout.splitlines()[-1] == "2 Dateien, 2 neue Protokolle. Übernommen."
    again = run("minutes", "--apply", *files, content=MINUTES, name="alt.txt")
    assert again.stdout == "2 Dateien, 0 neue Protokolle. Übernommen.\n"
    assert [one.text for one in bot.table(Decision)] == ["Das Plenum wird zum Forum.", "Eine AG Transfer entsteht"]

    (said,) = bot.send("!protokolle", as_="eva", room="sk")
    assert said.text.splitlines() == [
        "Protokolle (2)",
        "• Nr. 2019-02 · Do., 21.11.2019 · 2. Sitzung",
        "• Nr. 2019-01 · Do., 16.05.2019 · 1. Sitzung des Strategiekreises",
        "Einzelnes Protokoll: !protokoll 2019-02",
    ]
    (said,) = bot.send("!protokolle zusammen ARBEITEN", as_="eva", room="sk")
    assert said.text.splitlines()[1] == (
        "• Nr. 2019-01 · Do., 16.05.2019 · 1. Sitzung des Strategiekreises – „Frage: Wie arbeiten wir zusammen?“"
    )
    said, file = bot.send("!protokoll 2019-01", as_="eva", room="sk")
    checksum = hashlib.sha256(MINUTES.encode()).hexdigest()
    assert said.text.splitlines()[:3] == [
        "Ergebnisprotokoll 2019-01: 1. Sitzung des Strategiekreises",
        "Do., 16.05.2019 · aus der Zeit vor ombot übernommen",
        f"Prüfsumme der Datei (SHA-256): {checksum}",
    ]
    assert (file.row.content["name"], file.row.content["sha256"]) == ("alt.txt", checksum)
    assert FileStore(tmp_path / "data" / "files").read(checksum) == MINUTES.encode()

    # What belongs to the board is not shown elsewhere, and a number that there is not is answered alike.
    for room, number in (("beratung", "2019-01"), ("sk", "2018-07")):
        (said,) = bot.send(f"!protokoll {number}", as_="eva", room=room)
        assert said.text == f"Ein Protokoll {number} gibt es hier nicht. Mit „!protokolle“ sehen Sie alle."
    (said,) = bot.send("!protokolle", as_="eva", room="beratung")
    assert said.text.splitlines()[0] == "Protokolle: keine."
    (said,) = bot.send("!protokolle Raumfahrt", as_="eva", room="sk")
    assert said.text.splitlines()[0] == "Protokolle zu „Raumfahrt“: keine."


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "alt.doc",
            b"",
            "alt.doc: gelesen werden Dateien mit .docx, .pdf, .txt, .md am Ende.",
        ),
        ("alt 2019-05-16.docx", b"PK", "alt 2019-05-16.docx ist beschädigt oder kein lesbares Dokument."),
        ("alt 2019-05-16.pdf", b"%PDF", "alt 2019-05-16.pdf ist beschädigt oder kein lesbares Dokument."),
        (
            "alt.txt",
            b"Ohne Tag am 31.02.2019",
            "alt.txt: Der Tag der Sitzung ist nicht zu finden. Bitte schreiben Sie ihn in den Dateinamen, "
            "zum Beispiel „Protokoll 2019-05-16.docx“.",
        ),
    ],
)
def test_minutes_that_cannot_be_read_are_refused_whole(
    bot: TestBot, run: Run, name: str, content: bytes, problem: str
) -> None:
    result = run("minutes", "--apply", content=content, name=name)
    assert (result.exit_code, result.stderr) == (1, f"{problem}\n")
    assert bot.table(EarlierMinutes) == []
