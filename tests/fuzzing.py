"""Random inputs for what reads members' words and servers' events: nothing may come of them but a value or a refusal.

An input is made from its seed alone, so a find is repeated with ``python tests/fuzz/run.py --target T --seed N``.
Inputs are mixed from what the readers know (command words, markers, months, ids) and what they must survive (controls,
lone surrogates, other digits), because noise alone never comes past the first word.
"""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playing import Player, forms
from stage import GROUP, PERSONS
from testbot import BERLIN, NOW, OWN

from ombot import features
from ombot.chat import dates
from ombot.chat.language import explain
from ombot.chat.refusal import Refusal
from ombot.matrix.incoming import Echo, read_event
from ombot.store.tables import Inbox

features.load()

HOSTILE = (
    "",
    " ",
    "\n",
    "\t",
    "\x00",
    "\x1b[31m",
    "\u200b",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\u00ad",
    "\ud800",
    "\U0001f469\u200d\U0001f4bb",
    "e\u0301",
    "\u0130",
    "ß",
    "ﬁ",
    "٣",
    "²",
    "１２",
    "<b>",
    "&amp;",
    "{{ 7*7 }}",
    "{% raw %}",
    "#let x = 1",
    "=1+1",
    "../",
    "%s",
    "{title}",
    "'",
    '"',
    "„",
    "“",
    "\\",
    "|",
    "@",
    "@room",
    "@eva",
    "@eva:example.org",
    "[intern]",
    "9" * 30,
    "a" * 300,
)
_KNOWN = """
bis am zum ab vom zwischen in binnen innerhalb spätestens zur und oder nach vor an auch für durch heute morgen
übermorgen gestern Montag Dienstag Mittwoch nächsten kommenden diesen letzten Woche Monat Jahr Tag Tagen Januar Feb.
März Mai Juni Juli Dezember Ende Anfang Mitte Quartal KW Uhr halb viertel dreiviertel früh abends Mittag Mitternacht
Ostern Pfingsten Weihnachten Silvester Sitzung zwei drei dritten ersten jeden alle 1. 3. 31. 29.2. 30.02. 12.3.2027
2027-03-12 12.03.27 53 0 24 25:00 24:00 12:60 9 9-17 11–16 11:00–16:00 10h 1,5 1/2 - – . , : ; AG Beratung Transfer
Strategiekreis itb BMAS BG RCI A12 A1 a1 #1 1 T1 T3 T5 I5 B7 P8 P99 B0 A000001
"""
WORDS = tuple(_KNOWN.split())
PHRASES = tuple(word for form in forms() for word in (*form.example.split(), *form.usage.split(), f"!{form.word}"))
DATES = tuple(
    line.split("\t")[0]
    for line in (Path(__file__).parent / "data/german_dates.tsv").read_text("utf-8").splitlines()[1:]
)
_ATOMS: tuple[Any, ...] = (None, True, 0, -1, 2**63, 1.5, float("inf"), "", [], {}, "$e", "@eva:example.org", ["@x:y"])


def text(draw: random.Random, *sources: tuple[str, ...], most: int = 9) -> str:
    """Some words of these sources, with a hostile one in between now and then."""
    words = [
        draw.choice(HOSTILE) if draw.random() < 0.12 else draw.choice(draw.choice(sources))
        for _ in range(draw.randint(0, most))
    ]
    return draw.choice((" ", " ", " ", "", "\n", "  ")).join(words)


def phrase(draw: random.Random) -> str:
    """A date phrase that is right, or was before some of its words were changed."""
    words = draw.choice(DATES).split()
    for _ in range(draw.choice((0, 1, 1, 2, 3))):
        words.insert(draw.randint(0, len(words)), draw.choice(draw.choice((WORDS, WORDS, HOSTILE))))
        if draw.random() < 0.6:
            words.pop(draw.randrange(len(words)))
    return " ".join(words)


def moment(draw: random.Random) -> datetime:
    """Some moment of a few years where the organisation is."""
    return NOW + timedelta(minutes=draw.randint(-2_000_000, 2_000_000))


# --- events -----------------------------------------------------------------------------------------------------


def event(draw: random.Random) -> Any:
    """An event as a broken or hostile homeserver might send it."""
    whole = {
        "type": draw.choice(("m.room.message", "m.reaction", "m.room.redaction", "m.room.encrypted", "m.x", 7)),
        "event_id": draw.choice(("$e1", "$" + "x" * 300, "e", None)) if draw.random() < 0.1 else "$e1",
        "sender": draw.choice((OWN, "@eva", "@:", None)) if draw.random() < 0.1 else "@eva:example.org",
        "origin_server_ts": draw.choice((-1, 10**18, "1", True, None)) if draw.random() < 0.1 else 1_795_000_000_000,
        "content": _content(draw, 0),
        "unsigned": draw.choice((None, {}, {"transaction_id": "t"}, {"transaction_id": 7}, [])),
    }
    for _ in range(draw.randint(0, 2)):
        whole[draw.choice(tuple(whole))] = _anything(draw, 0)
    if draw.random() < 0.05:
        whole["state_key"] = ""
    return whole if draw.random() > 0.01 else _anything(draw, 0)


def _content(draw: random.Random, depth: int) -> dict[str, Any]:
    content = {
        "msgtype": draw.choice(("m.text", "m.text", "m.file", "m.image", "m.notice", 3)),
        "body": text(draw, PHRASES, WORDS),
        "m.relates_to": _relation(draw),
        "m.mentions": draw.choice(({}, {"user_ids": ["@eva:example.org", 7, None]}, {"user_ids": "x"}, [])),
        "format": draw.choice(("org.matrix.custom.html", 1)),
        "formatted_body": draw.choice(("<a href='https://matrix.to/#/@eva:example.org'>x</a>", "<a href=" * 9, "", 4)),
        "url": draw.choice(("mxc://x/y", None, 5)),
        "info": draw.choice(({}, {"size": 2**60, "mimetype": "\x00"}, {"size": -1}, [])),
        "file": draw.choice((None, {}, {"url": "mxc://x/y", "key": {"k": 1}, "iv": "", "hashes": []})),
        "redacts": draw.choice(("$e", 7, None)),
        "algorithm": draw.choice(("m.megolm.v1.aes-sha2", None)),
        "session_id": draw.choice(("s", 7)),
        "ciphertext": draw.choice(("AA", {}, 7)),
    }
    if depth < 2:
        content["m.new_content"] = _content(draw, depth + 1) if draw.random() < 0.7 else _anything(draw, 0)
    for _ in range(draw.randint(0, 3)):
        content[draw.choice(tuple(content))] = _anything(draw, 0)
    return content


def _relation(draw: random.Random) -> Any:
    if draw.random() < 0.2:
        return _anything(draw, 1)
    return {
        "rel_type": draw.choice(("m.replace", "m.annotation", "m.thread", "m.reference", [], None)),
        "event_id": draw.choice(("$e", "$" + "x" * 300, 7, None)),
        "key": draw.choice(("👍", "", "\ud800", 3)),
        "is_falling_back": draw.choice((True, False, "yes")),
        "m.in_reply_to": draw.choice((None, {}, {"event_id": "$e"}, {"event_id": 7}, "x")),
    }


def _anything(draw: random.Random, depth: int) -> Any:
    if depth < 3 and draw.random() < 0.3:
        return {draw.choice(WORDS): _anything(draw, depth + 1) for _ in range(draw.randint(0, 3))}
    if depth < 3 and draw.random() < 0.2:
        return [_anything(draw, depth + 1) for _ in range(draw.randint(0, 3))]
    return draw.choice(_ATOMS) if draw.random() < 0.7 else draw.choice(HOSTILE)


# --- targets ----------------------------------------------------------------------------------------------------


def read_an_event(player: Player, draw: random.Random) -> None:
    """An event becomes a row that can be stored, an echo, or nothing; and the door decides about it."""
    row = read_event(event(draw), "!r", OWN, NOW)
    assert row is None or isinstance(row, (Inbox, Echo)), row
    if isinstance(row, Inbox):
        json.dumps(row.content, ensure_ascii=False).encode()
        body = row.content.get("body", "")
        command = player.bot.bus.intake.command_text(body, row.content.get("mentions", []))
        assert command is None or command, body


def read_a_date(player: Player, draw: random.Random) -> None:
    """A phrase is a date or refused."""
    reading = dates.read(phrase(draw), moment(draw), next_session=draw.choice((None, NOW.date())))
    assert reading.first <= reading.day, reading


def split_a_line(player: Player, draw: random.Random) -> None:
    """A line is parted into a title and a date or refused."""
    split = draw.choice((dates.split_due, dates.split_when))
    title, _ = split(f"{text(draw, WORDS, most=3)} {phrase(draw)}", moment(draw).astimezone(BERLIN))
    assert isinstance(title, str)


def handle_a_message(player: Player, draw: random.Random) -> None:
    """A message to the bot is answered, or it is talk."""
    word = draw.choice(list(forms())).word
    body = draw.choice(("!", "!", "!", "", "ombot: ")) + f"{word} {text(draw, PHRASES, WORDS)}"
    person = draw.choice(PERSONS)
    message = {"msgtype": "m.text", "body": body, "m.relates_to": draw.choice(({}, _relation(draw)))}
    player.play({"type": "m.room.message", "content": message}, person, draw.choice((GROUP, f"!dm-{person}")))


TARGETS: dict[str, tuple[Callable[[Player, random.Random], None], float]] = {
    "events": (read_an_event, 0.60),
    "dates": (read_a_date, 0.20),
    "lines": (split_a_line, 0.17),
    "messages": (handle_a_message, 0.03),
}
"""Name → what is done with an input, and its share of a run: the last is a thousand times slower than the first."""


def run(player: Player, target: str, seed: int) -> bool:
    """One input; whether it was refused.

    Raises:
        Exception: a find.
    """
    try:
        TARGETS[target][0](player, random.Random(f"{target} {seed}"))
    except Refusal as refusal:
        assert explain(refusal)
        return True
    return False
