"""The minutes of the board's first session, entered through chat, come out complete in Word and PDF."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from seedminutes import AGENDA, ATTACHMENTS, MESSAGES, TASKS, check_pdf, check_word
from testbot import BERLIN, SETTINGS, TestBot, user

from ombot.documents import render
from ombot.exchange.whole import part
from ombot.features.agenda.tables import AgendaItem
from ombot.features.tasks.tables import Task


@pytest.fixture
def bot(tmp_path: Path, database: str) -> Iterator[TestBot]:
    """A bot that knows the institution a task goes to."""
    institutions = [*SETTINGS["institutions"], {"name": "ISF München", "kind": "research"}]
    made = TestBot.create(tmp_path, database, institutions=institutions)
    yield made
    made.store.close()


@pytest.fixture
def data(bot: TestBot) -> dict[str, Any]:
    """The session is prepared, held and minuted in the board's room; the data of the draft that is posted."""
    bot.send("!sitzung 20.05.2027 11–16 Uhr Ort Berlin - Haus des Deutschen Handwerks (ZDH)", "kai", "sk")
    bot.send("!termin T1 moderation BG RCI und itb", "kai", "sk")
    for item in bot.table(AgendaItem):
        bot.send(f"!top P{item.number} streichen", "kai", "sk")
    bot.send(AGENDA, "kai", "sk")
    bot.send("!zusage T1 vor Ort", "eva", "sk")
    bot.send("!absage T1", "jan", "sk")
    bot.now = datetime(2027, 5, 20, 11, 0, tzinfo=BERLIN)
    bot.send("!sitzung 18.11.2027 11–16 Uhr Ort Berlin", "kai", "sk")
    bot.send("!protokoll start @jan", "eva", "sk")
    bot.send("!anwesend T1 @eva, BMAS, ISF München", "kai", "sk")
    for number, message in enumerate(MESSAGES):
        bot.send(message.strip(), ("eva", "jan")[number % 2], "sk")
    for title in ATTACHMENTS:
        file = {"name": "Vortrag.pdf", "mimetype": "application/pdf", "size": 4, "sha256": "a" * 64}
        replied = {"event_id": "$file", "sender": user("kai"), "body": "Vortrag.pdf", "file": file}
        bot.send(f"!anlage Präsentation „{title}“", "eva", "sk", reply_to="$file", replied=replied)
    _, word, pdf = bot.send("!protokoll ende", "eva", "sk")
    documents = [said.row.content["document"] for said in (word, pdf)]
    assert [document["format"] for document in documents] == ["docx", "pdf"]
    assert documents[0]["data"] == documents[1]["data"]
    frozen: dict[str, Any] = json.loads(json.dumps(documents[0]["data"]))
    return frozen


def test_word_and_pdf_are_complete(data: dict[str, Any]) -> None:
    check_word(render("minutes", "docx", data), "20. Mai 2027", "18. November 2027")
    check_pdf(render("minutes", "pdf", data))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_libreoffice_opens_the_word_document_and_shows_all_of_it(data: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "minutes.docx").write_bytes(render("minutes", "docx", data))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    line = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*line, str(tmp_path / "minutes.docx")], check=True, capture_output=True, timeout=120)
    check_pdf((tmp_path / "minutes.pdf").read_bytes())


def test_what_was_typed_became_real(bot: TestBot, data: dict[str, Any]) -> None:
    with bot.store.reading() as session:
        decisions = part(session, bot.settings, bot.now, "decisions")["decisions"]
        (minutes,) = part(session, bot.settings, bot.now, "minutes")["minutes"]
    assert [(one["id"], one["status"], one["text"]) for one in decisions] == [
        (f"B{number}", "accepted", message.strip().removeprefix("Beschluss: "))
        for number, message in enumerate((m for m in MESSAGES if m.startswith("Beschluss: ")), 1)
    ]
    assert [task.title[:24] for task in sorted(bot.table(Task), key=lambda task: task.number)] == [
        text[:24] for text in TASKS
    ]
    assert (minutes["meeting"], minutes["status"]) == ("T1", "review")
    assert sorted({line["top"] for line in minutes["lines"]}) == [1, 2, 3, 4, 5, 6, 7]
    assert [entry["number"] for entry in minutes["attachments"]] == [1, 2, 3]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_person_is_named(data: dict[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False)
    assert [name for name in ("Eva", "Jan", "Kai", "@", "example.org") if name in text] == []
