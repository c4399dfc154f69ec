"""Access and erasure: what a person gets, and that nothing of them is left (D1, D2)."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from sqlalchemy import select as select_rows
from sqlmodel import SQLModel, select
from testbot import NAMES, SETTINGS, Begin, TestBot, user

from ombot import features
from ombot.chat import render
from ombot.chat.language import FORMER_PERSON
from ombot.chat.nodes import Card, PersonNode, paragraph
from ombot.chat.tables import Group
from ombot.cli import main
from ombot.features.decisions.tables import Vote
from ombot.features.inputs.tables import Input
from ombot.features.meetings.tables import Answer
from ombot.features.minutes.export import checksum
from ombot.features.minutes.tables import Minutes
from ombot.features.people.tables import Profile
from ombot.features.privacy import queries
from ombot.features.privacy.cards import COLUMNS, TABLES
from ombot.features.privacy.rules import Identity, own_names
from ombot.store import engine, remains
from ombot.store.files import FileStore
from ombot.store.retention import clean
from ombot.store.tables import File, History, Member, Outbox, Room

EVA = user("eva")


def dump(bot: TestBot) -> list[str]:
    """All rows of all tables as text, as a person looking for a name would read them."""
    with bot.store.reading() as session:
        return [
            f"{table.name}: {json.dumps(dict(row), ensure_ascii=False, default=str)}"
            for table in SQLModel.metadata.sorted_tables
            for row in session.execute(select_rows(table)).mappings()
        ]


def hits(bot: TestBot, *needles: str) -> list[str]:
    """The rows that hold one of these."""
    return [line for line in dump(bot) if any(needle in line for needle in needles)]


def play(bot: TestBot) -> None:
    """Eva leaves traces in every subject, and others write of her."""
    bot.send("!aufgabe Einseiter mit Eva Beispiel abstimmen @jan", as_="eva")
    bot.send("!aufgabe Zweiseiter @eva", as_="jan")
    bot.send("!aufgabe A2 bis 30.11.", as_="jan")
    bot.send("!input Beratung: Eckpunkte\nAnsprechpartnerin ist Eva Beispiel", as_="eva")
    bot.send("!termin Abstimmung der AG am 03.12.2026 10:00", as_="eva")
    bot.send("!zusage T1", as_="eva")
    bot.send("!beschluss Der Einseiter wird verschickt bis 30.11.", as_="eva")
    bot.send("!zustimmung B1", as_="eva")
    bot.send("!meine", as_="eva", room="dm")
    bot.send("!aufgabe", as_="eva")
    bot.pass_time(bot.now + timedelta(days=1))


def forget(bot: TestBot) -> str:
    bot.send("!vergiss mich", as_="eva", room="dm")
    return bot.send("ja", as_="eva", room="dm")[-1].text


# --- erasure ----------------------------------------------------------------------------------------------------


def test_nothing_of_the_person_is_left_in_a_full_dump(begin: Begin) -> None:
    bot = begin(play)
    found = hits(bot, EVA, NAMES["eva"])
    assert {line.split(":")[0] for line in found} >= {
        "history",
        "inbox",
        "input",
        "meeting",
        "meeting_answer",
        "member",
        "outbox",
        "profile",
        "room",
        "task",
        "task_assignee",
        "vote",
    }

    forget(bot)

    assert hits(bot, EVA, NAMES["eva"], quote(EVA, safe=""), quote(EVA, safe="@")) == []


async def test_nothing_is_left_in_the_files_of_the_database_either(tmp_path: Path) -> None:
    """With its log, as the program has it; PostgreSQL frees erased rows by itself."""
    opened = engine.open_engine(f"sqlite:///{tmp_path}/ombot.sqlite3")
    features.load_tables()
    SQLModel.metadata.create_all(opened)
    bot = TestBot.create(tmp_path, opened)
    # Long enough to need pages of its own, which are freed as a whole.
    bot.send(f"!aufgabe Brief an {NAMES['eva']}\n" + f"{EVA} schreibt. " * 100, as_="jan")
    play(bot)

    def holding() -> set[str]:
        names = [NAMES["eva"].encode(), EVA.encode()]
        return {path.name for path in tmp_path.glob("*.sqlite3*") if any(name in path.read_bytes() for name in names)}

    assert "ombot.sqlite3-wal" in holding()
    forget(bot)
    await remains.tidy_up(bot.store, FileStore(tmp_path / "files"), bot.now)

    assert holding() == set()
    assert await bot.store.read(remains.erasure) is None
    bot.store.close()
    opened.dispose()


def test_what_others_need_stays_without_the_person(begin: Begin) -> None:
    bot = begin(play)

    forget(bot)

    assert [(vote.choice, vote.given_by) for vote in bot.table(Vote)] == [("yes", FORMER_PERSON)]
    assert [(answer.answer, answer.person) for answer in bot.table(Answer)] == [("yes", FORMER_PERSON)]
    assert [row.author for row in bot.table(Input)] == [FORMER_PERSON]
    shown = bot.send("!aufgabe A1", as_="jan")[-1].text
    assert f"Einseiter mit {FORMER_PERSON} abstimmen" in shown
    assert "Jan Muster" in shown
    assert "A2" in bot.send("!aufgabe A2", as_="jan")[-1].text


def test_others_are_not_touched(begin: Begin) -> None:
    bot = begin(play)
    bot.send("!aufgabe „Post an eva@mail.example und @eva:example.organisation“ @jan", as_="jan")
    before = len(hits(bot, user("jan"), NAMES["jan"]))

    forget(bot)

    assert len([line for line in hits(bot, user("jan")) if line.startswith("member")]) == 4
    assert {profile.user_id for profile in bot.table(Profile)} == {user("jan")}
    assert before > len(hits(bot, user("jan"), NAMES["jan"])) > 10
    assert {line.split(":")[0] for line in hits(bot, "@eva:example.organisation")} == {
        "task",
        "history",
        "inbox",
        "outbox",
    }


def test_what_the_bot_said_about_the_person_is_withdrawn_before_it_leaves(bot: TestBot) -> None:
    card = bot.send("!aufgabe Zweiseiter @eva", as_="jan", links=[EVA], mentions=[EVA])[0]
    other = bot.send("!aufgabe Dreiseiter @jan", as_="jan")[0]

    forget(bot)

    rows = bot.table(Outbox)
    redacted = {row.target for row in rows if row.kind == "redact"}
    direct = {row.id for row in rows if row.destination == "room:!dm-eva" and row.kind == "message"}
    assert card.row.id in redacted
    assert other.row.id not in redacted
    assert [row.kind for row in rows][-2:] == ["message", "leave"]
    assert direct - redacted == {rows[-2].id}
    assert {room.direct_with for room in bot.table(Room)} == {None, *(user(name) for name in NAMES if name != "eva")}


def test_a_pinned_board_that_named_the_person_is_posted_anew(bot: TestBot) -> None:
    bot.send("!aufgabe Zweiseiter @eva", as_="jan")
    bot.pass_time(bot.now + timedelta(minutes=2))
    old = [row.id for row in bot.table(Outbox) if row.slot == "board:beratung" and row.kind == "message"]
    assert len(old) == 1

    forget(bot)
    bot.pass_time(bot.now + timedelta(minutes=2))

    boards = [row for row in bot.table(Outbox) if row.slot == "board:beratung" and row.kind == "message"]
    assert len(boards) == 1
    assert boards[0].id not in old
    assert "Zweiseiter" in boards[0].content["body"]
    assert hits(bot, EVA, NAMES["eva"]) == []


def test_words_that_were_forgotten_are_withdrawn_as_well(bot: TestBot) -> None:
    card = bot.send("!aufgabe Zweiseiter @eva", as_="jan")[0]
    bot.later(days=40)
    with bot.store.unit() as session:
        clean(session, bot.now, timedelta(days=7))
    stored = {row.id: row for row in bot.table(Outbox)}
    assert stored[card.row.id].content == {"forgotten": True, "persons": [EVA]}

    forget(bot)

    assert card.row.id in {row.target for row in bot.table(Outbox) if row.kind == "redact"}
    assert hits(bot, EVA, NAMES["eva"]) == []


def test_no_leaves_everything_as_it_is(bot: TestBot) -> None:
    bot.send("!vergiss mich", as_="eva", room="dm")
    before = hits(bot, NAMES["eva"])

    bot.send("nein", as_="eva", room="dm")

    assert hits(bot, NAMES["eva"])[: len(before)] == before
    assert {profile.user_id for profile in bot.table(Profile)} == {EVA, user("jan")}


def test_in_a_room_of_a_group_it_is_refused(bot: TestBot) -> None:
    said = bot.send("!vergiss mich", as_="eva")[-1].text

    assert "Direktchat" in said
    assert "Direktchat" in bot.send("!meinedaten", as_="eva")[-1].text


def test_erasing_cannot_be_undone(bot: TestBot) -> None:
    bot.send("!aufgabe Zweiseiter @eva", as_="eva")
    forget(bot)

    bot.send("!zurück", as_="eva")

    assert [row.actor for row in bot.table(History) if row.actor == EVA] == []


def test_what_is_left_to_do_is_said(bot: TestBot) -> None:
    said = forget(bot)

    assert "den Räumen von 3 Gruppen: Bitte verlassen Sie sie" in said
    assert "noch in der Konfiguration" in said
    assert "30 Tagen" in said


def test_an_erased_person_is_neither_rung_nor_written_to(bot: TestBot) -> None:
    bot.send("!top Bericht der AG", as_="eva", room="sk")
    bot.send("!sitzung 15.03.2027 11:00–16:00", as_="kai", room="sk")
    bot.send("!aufgabe Einseiter @jan", as_="eva")
    forget(bot)

    said = bot.send("!aufgabe A1 verlauf", as_="jan")[-1]

    assert said.mentions == []
    assert FORMER_PERSON not in said.html.split("<a ")[-1].split(">")[0]
    assert [row.destination for row in bot.table(Outbox) if row.state == "waiting"] == []


def test_final_minutes_carry_the_checksum_of_what_they_say(bot: TestBot) -> None:
    bot.send("!termin Abstimmung am 26.11.2026 10:30", as_="eva")
    bot.later(hours=1)
    bot.send("!protokoll start", as_="eva")
    bot.send(f"Info: Bericht von {NAMES['eva']}", as_="eva")
    bot.send("!protokoll ende", as_="eva")
    bot.send("!protokoll freigeben", as_="eva")
    (before,) = bot.table(Minutes)
    assert NAMES["eva"] in json.dumps(before.frozen)

    forget(bot)

    (after,) = bot.table(Minutes)
    assert f"Bericht von {FORMER_PERSON}" in json.dumps(after.frozen, ensure_ascii=False)
    assert after.checksum != before.checksum
    assert after.checksum == checksum({**after.frozen, "addenda": []})


def test_the_mirror_forgets_until_the_room_is_fetched_again(bot: TestBot) -> None:
    forget(bot)

    assert [member.room_id for member in bot.table(Member) if member.user_id == EVA] == []
    assert [room.room_id for room in bot.table(Room) if EVA in room.levels.get("users", {})] == []
    assert {group.key for group in bot.table(Group) if group.board_stale} == {group.key for group in bot.table(Group)}


# --- access -----------------------------------------------------------------------------------------------------


def exported(bot: TestBot, who: str = "eva") -> dict[str, Any]:
    said = bot.send("!meinedaten", as_=who, room="dm")
    files = {one.row.content["name"]: one.row.content["document"]["data"] for one in said if one.row.kind == "file"}
    assert list(files) == ["meine-daten.txt", "meine-daten.json"]
    data: dict[str, Any] = files["meine-daten.json"]
    assert files["meine-daten.txt"]["text"].startswith(f"Gespeicherte Daten zu {user(who)}\n")
    return data


def test_the_export_has_every_row_that_names_the_person(begin: Begin) -> None:
    bot = begin(play)

    data = exported(bot)

    tables = {table["table"]: table for table in data["tables"]}
    assert tables["task_assignee"]["entries"] == [{"Aufgabe (Nummer)": 2, "Art": "person", "Name": EVA, "position": 0}]
    assert [entry["Titel"] for entry in tables["input"]["entries"]] == ["Beratung: Eckpunkte"]
    assert {line.split(":")[0] for line in hits(bot, EVA, NAMES["eva"])} - {*tables} == set()


def test_the_export_leaves_out_what_is_about_others(begin: Begin) -> None:
    bot = begin(play)

    rooms = next(table for table in exported(bot)["tables"] if table["table"] == "room")

    assert user("jan") not in json.dumps(rooms)
    assert {"users": {EVA: 50}} in [entry.get("Rechte") for entry in rooms["entries"]]


def test_an_export_does_not_hold_earlier_exports(begin: Begin) -> None:
    bot = begin(play)
    first = len(json.dumps(exported(bot)))
    second = len(json.dumps(exported(bot)))

    assert second < first * 1.5


def test_files_handed_in_are_listed(bot: TestBot) -> None:
    file = {"event_id": "$f", "sender": EVA, "body": "skizze.pdf"}
    stored = {"name": "skizze.pdf", "mimetype": "application/pdf", "size": 3, "sha256": "ab" * 32}
    with bot.store.unit() as session:
        session.add(File(sha256="ab" * 32, size=3, mimetype="application/pdf", stored_at=bot.now))
    bot.send("!input Skizze", as_="eva", reply_to="$f", replied={**file, "file": stored, "problem": None})

    assert exported(bot)["files"] == [{"reference": "I1", "name": "skizze.pdf", "sha256": "ab" * 32}]


def test_who_is_in_no_group_gets_an_answer_too(bot: TestBot) -> None:
    with bot.store.unit() as session:
        for member in session.exec(select(Member).where(Member.user_id == user("ida"))):
            session.delete(member)

    assert exported(bot, "ida")["person"] == user("ida")


def test_every_table_and_column_of_the_register_has_its_words() -> None:
    features.load()
    tables = list(queries.register())

    assert {table.name for table, _ in tables} - {*TABLES} == set()
    assert {column.name for _, columns in tables for column in columns} - {*COLUMNS} == set()
    for table, _ in tables:
        words = [COLUMNS.get(column.name, column.name) for column in table.c]
        assert len(words) == len(set(words)), table.name


# --- who is meant -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EVA, FORMER_PERSON),
        (f"person:{EVA}", FORMER_PERSON),
        (f"Bitte {EVA} fragen.", f"Bitte {FORMER_PERSON} fragen."),
        ("@eva:example.org.uk", "@eva:example.org.uk"),
        ("@geva:example.org", "@geva:example.org"),
        ("Eva Beispielhaft", "Eva Beispielhaft"),
        ("der Evaluation", "der Evaluation"),
        ([EVA, "@jan:example.org"], ["@jan:example.org"]),
        ({"users": {EVA: 50, "@jan:example.org": 0}}, {"users": {"@jan:example.org": 0}}),
        ("x" * 190 + f" {NAMES['eva']}", "x" * 190 + " …"),
    ],
)
def test_what_takes_the_place_of_a_person(before: Any, after: Any) -> None:
    assert Identity(EVA, (NAMES["eva"], "Eva")).without(before) == after


def test_an_id_is_found_as_it_is_written_in_an_address() -> None:
    person = Identity("@e+va/amt:example.org")
    card = render.content(Card((paragraph(PersonNode(person.id, "Eva")),)))

    assert "%2B" in card["formatted_body"]
    assert person.is_in(card)
    assert not person.is_in(person.without(card))
    assert any(form in json.dumps(card) for form in person.forms)


def test_a_display_name_that_is_also_anothers_erases_nothing() -> None:
    assert own_names(["Jan Muster", "BMAS", "Eva Beispiel", "E"], ["jan muster", "BMAS"]) == ("Eva Beispiel",)


def test_nobody_erases_a_word_by_taking_it_as_a_name(bot: TestBot) -> None:
    with bot.store.unit() as session:
        for member in session.exec(select(Member).where(Member.user_id == EVA)):
            member.name = "Einseiter"
    bot.send("!aufgabe Einseiter entwerfen @jan", as_="jan")

    forget(bot)

    assert "Einseiter entwerfen" in bot.send("!aufgabe A1", as_="jan")[-1].text
    assert SETTINGS["people"][0]["id"] == EVA


# --- the operator's commands ------------------------------------------------------------------------------------


@pytest.fixture
def config(installed: str, tmp_path: Path) -> Path:
    """The configuration of an installation on the bot's database."""
    path = tmp_path / "config.toml"
    path.write_text(
        f'[matrix]\nhomeserver = "http://127.0.0.1:1"\nuser = "@ombot:example.org"\n'
        f'[storage]\ndatabase = "{installed}"\ndirectory = "{tmp_path}/data"\n'
        f'[[people]]\nid = "{EVA}"\ninstitution = "BG RCI"\n'
    )
    return path


def test_an_operator_exports_a_person(bot: TestBot, config: Path, tmp_path: Path) -> None:
    play(bot)
    target = tmp_path / "eva.json"

    done = CliRunner().invoke(main, ["person", "export", EVA, "-o", str(target), "--config", str(config)])

    assert (done.exit_code, done.output) == (0, "")
    data = json.loads(target.read_text(encoding="utf-8"))
    asked = exported(bot)["tables"]
    asking = "inbox"  # the question for it is in there as well
    assert [one for one in data["tables"] if one["table"] != asking] == [one for one in asked if one["table"] != asking]
    assert (tmp_path / "eva.txt").read_text(encoding="utf-8").startswith(f"Gespeicherte Daten zu {EVA}\n")


def test_an_operator_erases_a_person(bot: TestBot, config: Path, tmp_path: Path) -> None:
    play(bot)

    done = CliRunner().invoke(main, ["person", "erase", EVA, "--yes", "--config", str(config)])

    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"{EVA} erased: ")
    assert "The configuration still names the person" in done.output
    assert hits(bot, EVA, NAMES["eva"]) == []
    if bot.store.dialect == "sqlite":
        held = Path(str(bot.store.engine.url.database))
        assert NAMES["eva"].encode() not in b"".join(path.read_bytes() for path in held.parent.glob(f"{held.name}*"))


def test_a_busy_database_is_said_and_the_person_is_gone_all_the_same(
    bot: TestBot, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bot.store.dialect != "sqlite":
        pytest.skip(reason="PostgreSQL frees erased rows by itself")
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    with bot.store.reading() as session:
        session.exec(select(Member)).first()  # an open reader holds the log
        done = CliRunner().invoke(main, ["person", "erase", EVA, "--yes", "--config", str(config)])

    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == (
        "The database file could not be rewritten just now: run the same command again."
    )
    assert hits(bot, EVA, NAMES["eva"]) == []


@pytest.mark.parametrize(
    ("arguments", "answer", "code", "said"),
    [
        (["erase", EVA], "n\n", 1, "Nothing was erased."),
        (["erase", "eva", "--yes"], "", 2, '"eva" is no Matrix id; it looks like @name:example.org.'),
        (["export", "eva"], "", 2, '"eva" is no Matrix id; it looks like @name:example.org.'),
    ],
)
def test_an_operator_is_told_in_one_line(
    bot: TestBot, config: Path, arguments: list[str], answer: str, code: int, said: str
) -> None:
    done = CliRunner().invoke(main, ["person", *arguments, "--config", str(config)], input=answer)

    assert (done.exit_code, done.output.splitlines()[-1]) == (code, said)
    assert {profile.user_id for profile in bot.table(Profile)} == {EVA, user("jan")}
