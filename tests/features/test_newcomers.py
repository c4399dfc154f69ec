"""From the office's list to the first words in the direct chat."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from testbot import OWN, TestBot, user

from ombot.exchange import importing, welcoming
from ombot.exchange.sheets import ImportProblem
from ombot.features.people.tables import Newcomer
from ombot.store import rooms
from ombot.store.rooms import StateCopy
from ombot.store.tables import Outbox

HEADER = "matrix_id;name;institution;groups;token\n"
NEW = "@neu:example.org;Nora Neu;RKW;beratung,AG Transfer;tok-1\n@eva:example.org;;;beratung;\n"


@pytest.fixture
def listed(tmp_path: Path) -> Callable[[str], Path]:
    """A list of the office as a file."""

    def write(text: str) -> Path:
        path = tmp_path / "list.csv"
        path.write_text(HEADER + text, encoding="utf-8")
        return path

    return write


def test_letters_are_for_those_who_are_not_there_yet(bot: TestBot, listed: Callable[[str], Path]) -> None:
    with bot.store.reading() as session:
        made = dict(welcoming.letters(session, bot.settings, listed(NEW), "pdf", bot.now))
        assert list(made) == ["neu_example.org.pdf"]
        pages = pypdf.PdfReader(io.BytesIO(made["neu_example.org.pdf"])).pages
        assert len(pages) == 1
        text = " ".join(pages[0].extract_text().split())
        for word in ("Nora Neu", "@neu:example.org", "tok-1", "AG Transfer", "In drei Schritten dabei"):
            assert word in text
        for wrong, sentence in (
            ("@neu:example.org;Nora;;;zwei Worte\n", "Zeile 2: „zwei Worte“ ist kein Anmeldeschlüssel."),
            (NEW + NEW, "@neu:example.org steht zweimal in der Liste (Zeilen 2 und 4)."),
        ):
            with pytest.raises(ImportProblem) as problem:
                list(welcoming.letters(session, bot.settings, listed(wrong), "docx", bot.now))
            assert str(problem.value) == sentence


def test_who_does_not_come_is_listed_once_and_who_comes_is_welcomed(
    bot: TestBot, listed: Callable[[str], Path]
) -> None:
    path = listed(NEW)
    with bot.store.unit() as session:
        entries = importing.read_members(session, path, (welcoming.TOKEN,))
        found = importing.differences(session, bot.settings, entries)
        importing.apply_members(session, bot.settings, found, bot.now)
    assert [row.user_id for row in bot.table(Newcomer)] == ["@neu:example.org"]
    (asked,) = bot.send("!ag eingeladene", as_="kai", room="office")
    assert asked.text.splitlines()[:2] == [
        "Eingeladen und noch nicht dabei (1)",
        "• Nora Neu, RKW, @neu:example.org – seit 0 Tagen",
    ]
    said = bot.pass_time(bot.now + timedelta(days=20))
    lists = [one for one in said if one.text.startswith("Eingeladen und noch nicht dabei")]
    assert [one.to for one in lists] == ["group:office"]
    assert "seit 7 Tagen" in lists[0].text

    with bot.store.unit() as session:
        members = {"@neu:example.org": ("join", "Nora"), user("ida"): ("join", None), OWN: ("join", None)}
        rooms.save(session, "!transfer", StateCopy(False, "12", (OWN,), {}, None, members), bot.now)
    before = len(bot.table(Newcomer))
    bot.pass_time(bot.now + timedelta(minutes=1))
    (newcomer,) = bot.table(Newcomer)
    assert (before, newcomer.joined_at) == (1, bot.now - timedelta(minutes=1))
    welcomes = [row for row in bot.table(Outbox) if row.destination == "person:@neu:example.org"]
    assert [row.content["body"].splitlines()[0] for row in welcomes] == ["Guten Tag, Nora"]
    bot.pass_time(bot.now + timedelta(days=1))
    assert len([row for row in bot.table(Outbox) if row.destination == "person:@neu:example.org"]) == 1
    (nobody,) = bot.send("!ag eingeladene", as_="kai", room="office")
    assert nobody.text.startswith("Alle, die eingeladen wurden, sind da.")
