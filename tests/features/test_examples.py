"""Every example in a declaration is read as the form that it stands for, and every refusal has its sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from aloud import unreadable
from sqlmodel import Session
from testbot import TestBot, user

import ombot
from ombot import features
from ombot.chat.language import SENTENCES
from ombot.chat.registry import REGISTRY, Declaration, Place
from ombot.store import outbox
from ombot.store.tables import Inbox

features.load()

STAGE = (
    *(f"!aufgabe Aufgabe {number}" for number in range(1, 13)),
    "!sitzung 12.03.2027 11:00–16:00",
    "!termin Abstimmung am 10.12.2026 10:00–11:00",
    "!termin Klausur am 11.12.2026 10:00–11:00",
    "!terminfindung Wann passt es?\n14.12.2026 10:00\n15.12.2026 10:00",
    "!terminfindung Wann passt es sonst?\n16.12.2026 10:00\n17.12.2026 10:00",
    *(f"!input Beitrag {number}\nMit Text" for number in range(1, 6)),
    *(f"!top Punkt {number}" for number in range(1, 9)),
    *(f"!beschluss Wir machen es so, Fassung {number}" for number in range(1, 8)),
)
"""What the examples speak of: A1–A12, T1–T5, I1–I5, P1–P8, B1–B7."""

NOT_UNDERSTOOD = tuple(SENTENCES[code].partition("{")[0] for code in ("usage", "unknown_command"))
"""How the answers begin that an example must not get."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBot]:
    """A bot in whose working group everything exists that examples name; every example leaves it as it was."""
    bot = TestBot.create(tmp_path_factory.mktemp("examples"))
    for text in STAGE:
        bot.send(text, as_="kai")
    yield bot
    bot.store.close()


def where(form: Declaration) -> str:
    """A place in which a form may be given."""
    return {Place.DIRECT: "dm", Place.COORDINATION: "office"}.get(form.place, "beratung")


@pytest.mark.parametrize("form", REGISTRY.declarations, ids=lambda form: form.cls.__name__)
def test_the_example_is_understood(prepared: TestBot, form: Declaration) -> None:
    outcome, answers = play(prepared, form.example, where(form))
    assert outcome in (form.cls.__name__, "refused")
    assert [answer for answer in answers if answer.startswith(NOT_UNDERSTOOD)] == []
    assert [line for answer in answers for line in unreadable(answer)] == []


def play(bot: TestBot, text: str, room: str) -> tuple[str, list[str]]:
    """What a command became and what was said, without keeping any of it."""
    content = {"body": text, "mentions": [], "links": []}
    room_id = "!dm-kai" if room == "dm" else f"!{room}"
    row = Inbox(
        event_id="$example", room_id=room_id, sender=user("kai"), kind="message", content=content,
        sent_at=bot.now, received_at=bot.now,
    )  # fmt: skip
    with Session(bot.store.engine) as session:
        session.add(row)
        session.flush()
        bot.bus.handle(session, row, bot.now)
        said = [str(answer.content.get("body", "")) for answer in outbox.by_cause(session, "$example")]
        outcome = str(row.content.get("outcome"))
        session.rollback()
    return outcome, said


# --- the handbook -----------------------------------------------------------------------------------------------

HANDBOOK = Path(__file__).parents[2] / "docs" / "handbook.md"
MISREAD = ("usage", "unknown_command", "unknown_command_near", "due_not_understood", "date_missing", "time_missing")
"""Refusals that no command of the handbook may get, wherever it is written."""


def printed_commands() -> list[str]:
    """What stands in the handbook to be typed, each once: in blocks with the lines below it, and within the text."""
    text = HANDBOOK.read_text(encoding="utf-8")
    block = re.compile(r"^```\n(.+?)^```$", re.MULTILINE | re.DOTALL)
    parts = [part.strip() for found in block.findall(text) for part in re.split(r"^(?=!)", found, flags=re.MULTILINE)]
    return list(dict.fromkeys(part for part in [*parts, *re.findall(r"`([^`\n]+)`", text)] if part.startswith("!")))


def test_every_command_of_the_handbook_is_understood(prepared: TestBot) -> None:
    commands = printed_commands()
    assert len(commands) > 150
    known = {form.example for form in REGISTRY.declarations}
    assert [text for text in commands if text not in known and not is_understood(prepared, text)] == []


def is_understood(bot: TestBot, text: str) -> bool:
    """Whether a command is read in some room; what stands below it may be lines of minutes, and not belong to it."""
    sentences = [re.sub(r"\\{\w+\\}", ".+", re.escape(SENTENCES[code])) for code in MISREAD]
    for place in ("beratung", "office", "dm"):
        for part in dict.fromkeys((text, text.partition("\n")[0])):
            _, answers = play(bot, part, place)
            if not any(re.match(sentence, answer) for sentence in sentences for answer in answers):
                return True
    return False


# --- declarations -----------------------------------------------------------------------------------------------


def test_every_declaration_says_what_help_shows() -> None:
    for form in REGISTRY.declarations:
        assert form.usage.startswith(f"!{form.word}"), form
        assert form.example.startswith(f"!{form.word}"), form
        assert form.topic, form
        assert not form.brief.endswith("."), form


def test_all_forms_of_a_word_stand_under_one_topic() -> None:
    for word in {form.word for form in REGISTRY.declarations}:
        assert len({form.topic for form in REGISTRY.declarations if form.word == word}) == 1, word


# --- refusals ---------------------------------------------------------------------------------------------------


def codes_in(source: Path) -> Iterator[str]:
    """Patterns of all codes a file gives to ``Refusal``, ``Question`` or ``Told``."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _called(node) in ("Refusal", "Question", "Told") and node.args:
            yield from _patterns(node.args[0])


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def _patterns(code: ast.expr) -> Iterator[str]:
    match code:
        case ast.Constant(value=str(text)):
            yield re.escape(text)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _patterns(body)
            yield from _patterns(orelse)
        case ast.JoinedStr(values=values):
            yield "".join(re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"\w+" for v in values)


SOURCES = sorted(Path(next(iter(ombot.__path__))).rglob("*.py"))


def test_the_scan_finds_codes() -> None:
    found = {pattern for source in SOURCES for pattern in codes_in(source)}
    assert {"unknown_reference", "title_missing", r"needs_\w+"} <= found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: "/".join(source.parts[-3:]))
def test_every_code_that_is_raised_has_a_sentence(source: Path) -> None:
    missing = [pattern for pattern in codes_in(source) if not any(re.fullmatch(pattern, code) for code in SENTENCES)]
    assert missing == []
