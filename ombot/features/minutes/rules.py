"""What minutes are made of, without I/O: typed lines in a message, what was not reached, when they become final."""

import hashlib
import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ombot.chat.line import fold
from ombot.clock.reminders import Planned
from ombot.clock.workdays import Calendar

TASK, DECISION, SUMMARY, OPEN_POINT, AGREED = "Aufgabe", "Beschluss", "Zusammenfassung", "Offener Punkt", "Zustimmung"
TYPED_KINDS = ("Info", "Frage", "Antwort", "Anregung", TASK, DECISION, "Herausforderung", SUMMARY, OPEN_POINT)
"""The German labels that start a line, as the minutes of the board have had them since its first session."""

LINE_KINDS = (*TYPED_KINDS, AGREED)

ALWAYS_REACHED = ("Auftakt", "Verschiedenes", "Pause")
"""Kinds of agenda items that are not carried over when nothing was noted under them."""

FINAL = "final"
CLOSING = "closing"
EACH = "draft"
"""Steps of minutes that the clock takes: they become final, scribes who forgot to end them are helped, and the draft
goes to everybody in person."""

_LABELS = {"offene punkte": OPEN_POINT} | {kind.casefold(): kind for kind in TYPED_KINDS}
_SPELLINGS = {**_LABELS, "zustimmung": AGREED, "zugestimmt": AGREED}
_WORDS = "|".join(re.escape(word).replace(r"\ ", r"[ \t]+") for word in _LABELS)
_LABEL = re.compile(
    rf"^[ \t]*(?:[-•*–][ \t]+)?(?P<label>{_WORDS})[ \t]*:[ \t]*(?P<text>.*)$", re.IGNORECASE | re.MULTILINE
)
_INTERN = re.compile(r"[ \t]*\[intern\]", re.IGNORECASE)
_TOP = re.compile(r"[ \t]*TOP[ \t]*(\d{1,3})[ \t]*:?[ \t]*$", re.IGNORECASE)
_BULLET = re.compile(r"^[ \t]*[-•*–][ \t]+")
_COLLECTED = (SUMMARY, OPEN_POINT)


@dataclass(frozen=True)
class Typed:
    """One line of the minutes as it was typed. ``top`` is the agenda item named above it in the same message."""

    kind: str
    text: str
    top: int | None = None


def meant(body: str) -> str | None:
    """The part of a message that its writer typed for the minutes; None when there is none."""
    if _LABEL.search(body) is None:
        return None
    kept = "\n".join(line for line, _ in _walk(body))
    return kept if read(kept) else None


def read(body: str) -> tuple[Typed, ...]:
    """The lines of a message in their order.

    A label starts a line of the minutes; what follows without one continues it, up to an empty line. Bullets behind
    a summary or open points are lines of their own. ``[intern]`` at the start keeps out what stands behind it.
    """
    top: int | None = None
    found: list[Typed] = []
    for line, label in _walk(body, with_tops=True):
        named = _TOP.match(line) if label is None else None
        if named is not None:
            top = int(named[1])
        elif label is not None:
            found.append(Typed(label[0], label[1], top))
        elif found[-1].kind in _COLLECTED and _BULLET.match(line):
            found.append(Typed(found[-1].kind, _BULLET.sub("", line).strip(), top))
        else:
            text = f"{found[-1].text}\n{line.strip()}".strip()
            found[-1] = Typed(found[-1].kind, text, top)
    return tuple(line for line in found if line.text)


def of_form(kind: str, text: str, top: int | None) -> tuple[Typed, ...]:
    """The lines of one row of a form filled in offline. A kind that there is not stays as it was written.

    Where paragraphs are what bullets are in chat, each of them is a line. A cell may hold several typed lines.
    """
    if _INTERN.match(kind) or _INTERN.match(text):
        return ()
    text = re.sub(r"\n\s*\n", "\n", text)
    found = _SPELLINGS.get(" ".join(kind.casefold().removesuffix(":").split()), kind)
    if found == AGREED:
        return (Typed(AGREED, "", top),)
    if found in _COLLECTED:
        points = (_BULLET.sub("", point).strip() for point in text.split("\n"))
        return tuple(Typed(found, point, top) for point in points if point)
    lines = read(f"{found}: {text}" if found in TYPED_KINDS else text) or (Typed(found, text, top),)
    return tuple(Typed(line.kind, line.text, top) for line in lines if line.text)


def _walk(body: str, *, with_tops: bool = False) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """Every line that counts, with its label and text where it has one."""
    inside = False
    for line in body.splitlines():
        match = _LABEL.match(line)
        if match is not None and not _INTERN.match(match["text"]):
            inside = True
            kind = _SPELLINGS[" ".join(match["label"].casefold().split())]
            yield line, (kind, match["text"].strip())
        elif with_tops and _TOP.match(line):
            inside = False
            yield line, None
        elif match is not None or not line.strip() or _INTERN.match(line):
            inside = False
        elif inside:
            yield line, None


def split_title(text: str, most: int) -> tuple[str, str]:
    """A title and the rest of a line: as many of its sentences, else of its words, as a title can hold."""
    if len(text) <= most:
        return text, ""
    ends = [match.start() for match in re.finditer(r"(?<=[.!?:;])\s", text[: most + 1])]
    cut = ends[-1] if ends else text[: most + 1].rfind(" ")
    cut = cut if cut > 0 else most
    return text[:cut].strip(), text[cut:].strip()


def may_agree(kinds: Iterable[str]) -> bool:
    """Whether a summary among the lines of an item still waits for consent."""
    waiting = False
    for kind in kinds:
        waiting = (waiting or kind == SUMMARY) and kind != AGREED
    return waiting


def is_reached(number: int, kind: str, called_up: Container[int], noted: Container[int | None]) -> bool:
    """Whether an agenda item was treated: moved on to, written about, or of a kind that is never carried over."""
    return kind in ALWAYS_REACHED or number in called_up or number in noted


def letter_key(meeting: int, status: str) -> str:
    """The key of the letters with the minutes of a meeting: one with the draft, one with the final version."""
    return f"minutes:T{meeting}:{status}"


def passage(words: str, texts: Sequence[str]) -> str | None:
    """The text with most of the words, the first of several, if all of them occur somewhere; "" without words.

    Case and the spelling of umlauts do not matter.
    """
    wanted = fold(words).split()
    if not wanted:
        return ""
    folded = [fold(text) for text in texts]
    if not all(any(word in text for text in folded) for word in wanted):
        return None
    return max(zip(folded, texts, strict=True), key=lambda pair: sum(word in pair[0] for word in wanted))[1]


def next_number(year: int, taken: Iterable[str]) -> str:
    """The number of the next final minutes of a year: "2027-01"."""
    used = [int(number.partition("-")[2]) for number in taken]
    return f"{year}-{max(used, default=0) + 1:02}"


def checksum(document: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(document).hexdigest()


def frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document's data as it comes back from the database."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    return copy


def plan(
    *,
    status: str,
    running: bool,
    end: datetime,
    drafted_on: date | None,
    review_until: date | None,
    destination: str,
    people: Iterable[str],
    calendar: Calendar,
) -> Iterator[Planned]:
    """What the clock will still do: close minutes that run on; send a draft to each on the next working day, and make
    it final behind its last day.
    """
    if running:
        yield Planned(CLOSING, end.date(), destination, calendar.step_time(calendar.next_working_day(end.date())))
    if status == "review" and review_until is not None:
        morning = calendar.step_time(calendar.next_working_day(drafted_on or end.date()))
        for user_id in people:
            yield Planned(EACH, review_until, f"person:{user_id}", morning)
        moment = calendar.step_time(calendar.next_working_day(review_until))
        yield Planned(FINAL, review_until, destination, moment)
