"""Plays the conversations in tests/dialogues; their README tells how they are written."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from testbot import BERLIN, Said, TestBot

FOLDER = Path(__file__).parents[1] / "dialogues"
LINE = re.compile(
    r"^(?:(?P<room>[\w-]+)/(?P<who>\w+)(?P<reply>>>?)|ombot(?:@(?P<to>\S+))?>|(?P<still>still>)) ?(?P<text>.*)$"
)
TIME = re.compile(r"^bis (\d{4}-\d{2}-\d{2} \d{2}:\d{2})$")
ANYTHING = "…"


@dataclass
class Step:
    """One message of a member, one thing ombot says, or time that passes; ``number`` is its line in the file."""

    number: int
    room: str | None = None
    who: str | None = None
    reply: bool = False
    to: str | None = None
    still: bool = False
    until: datetime | None = None
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Dialogue:
    """What happens under one heading."""

    file: str
    title: str
    steps: tuple[Step, ...]


def read(path: Path) -> list[Dialogue]:
    """The dialogues of a file."""
    found: list[Dialogue] = []
    steps: list[Step] = []
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif inside:
            _take(line, number, steps)
        elif line.startswith("## "):
            steps = []
            found.append(Dialogue(path.name, line.removeprefix("## "), ()))
        if found:
            found[-1] = Dialogue(path.name, found[-1].title, tuple(steps))
    return found


def _take(line: str, number: int, steps: list[Step]) -> None:
    if line.startswith("| "):
        steps[-1].lines.append(line.removeprefix("| "))
        return
    if time := TIME.match(line):
        steps.append(Step(number, until=datetime.fromisoformat(time[1]).replace(tzinfo=BERLIN)))
        return
    match = LINE.match(line)
    assert match, f"line {number} is no line of a dialogue: {line}"
    lines = [match["text"]] if match["text"] else []
    steps.append(
        Step(
            number, match["room"], match["who"], match["reply"] == ">>", match["to"], bool(match["still"]), None, lines
        )
    )


DIALOGUES = [dialogue for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md" for dialogue in read(path)]


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda one: f"{one.file}: {one.title}")
def test_dialogue(bot: TestBot, dialogue: Dialogue) -> None:
    said: list[Said] = []
    last: Said | None = None
    for step in dialogue.steps:
        if step.who is not None or step.until is not None:
            assert [rest.text for rest in said] == [], f"before line {step.number} ombot said more than is written"
            said = _happen(bot, step, last)
        elif step.still:
            assert [rest.text for rest in said] == [], f"line {step.number}"
        else:
            last = _expected(step, said)
            said = [rest for rest in said if rest is not last]
    assert [rest.text for rest in said] == [], f"at the end of {dialogue.title} ombot said more than is written"


def _happen(bot: TestBot, step: Step, last: Said | None) -> list[Said]:
    if step.until is not None:
        return bot.pass_time(step.until)
    text = "\n".join(step.lines)
    if step.reply:
        assert last is not None, f"line {step.number} replies to nothing"
        return bot.reply(last, text, as_=str(step.who), room=str(step.room))
    return bot.send(text, as_=str(step.who), room=str(step.room))


def _expected(step: Step, said: list[Said]) -> Said:
    """The answer a step describes; without a destination, the first one."""
    wanted = [one for one in said if step.to in (None, one.to)]
    assert wanted, f"line {step.number}: ombot said nothing{f' to {step.to}' if step.to else ''}"
    _compare(step, wanted[0].text.splitlines())
    return wanted[0]


def _compare(step: Step, lines: list[str]) -> None:
    if step.lines[-1:] == [ANYTHING]:
        wanted = step.lines[:-1]
        assert lines[: len(wanted)] == wanted, f"line {step.number}"
    else:
        assert lines == step.lines, f"line {step.number}"
