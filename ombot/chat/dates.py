"""German date phrases: wholly understood or refused with a reason, never searched for and never guessed.

The grammar is ``dates.lark``, what a phrase means at a given moment stands in :mod:`ombot.chat.date_reader`.
``now`` is always an aware datetime in the zone of the organisation.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

from lark import Lark, ParseTree, Tree, UnexpectedInput
from lark.exceptions import VisitError

from ombot.chat.date_reader import DateReader, Reading
from ombot.chat.language import DEADLINE_WORDS, DUE_MARKERS, QUOTED
from ombot.chat.refusal import Refusal

__all__ = ["MAX_PHRASE", "Reading", "read", "require_not_past", "split_due", "split_when"]

MAX_PHRASE: Final = 80
"""Code points. The longest sensible phrase has about 60; the cap bounds the time for any input."""

_SHOWN = 60
_SPELLING = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        # Invisible characters that come with pasted text: soft hyphen, zero width space, word joiner, BOM.
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
    }
)
_WORD = re.compile(r"(?<!\S)\S")
_HIDDEN = "\0"


def read(phrase: str, now: datetime, *, next_session: date | None = None) -> Reading:
    """What ``phrase`` means as a whole at ``now``.

    Raises :class:`Refusal` with one of the codes ``not_a_date``, ``no_such_day``, ``no_such_week``, ``wrong_weekday``,
    ``not_a_time``, ``midnight``, ``no_such_time`` (left out by a clock change), ``wrong_day_part``,
    ``end_before_start``, ``range_reversed``, ``ambiguous``, ``repeated_date`` and ``no_next_session``.
    A day in the past is read like any other: see :func:`require_not_past`.
    """
    return _understand(_parse(phrase), phrase, now, next_session)


def split_due(line: str, now: datetime, *, next_session: date | None = None) -> tuple[str, Reading | None]:
    """The title and the due phrase of ``line``: the longest ending that, its marker included, is wholly a date.

    Without a marker an ending is title ("Plakate drucken morgen"), and "vom" marks ranges only ("Protokoll vom 3. Mai"
    is title). A date with a marker that cannot be is refused for its own reason ("am 31.02."). When the last "bis" or
    "spätestens" does not belong to the due phrase, ``due_not_understood`` asks; so it does for "Freitag bis 18 Uhr",
    which would silently mean today. Quoted text is title.
    """
    line = unicodedata.normalize("NFC", line).strip()
    visible = _without_quotes(line)
    for start, tree in _endings(DUE_MARKERS, visible):
        reading = _understand_or_none(tree, line[start:], now, next_session)
        if reading is not None:
            if not DEADLINE_WORDS.search(visible, start):
                _require_no_deadline(line, visible[:start])
            if _is_time_only(tree):
                _require_no_day(line, visible, start)
            return _title(line[:start]), reading
    _require_no_deadline(line, visible)
    return line, None


def split_when(line: str, now: datetime, *, next_session: date | None = None) -> tuple[str, Reading]:
    """The title, which may be empty, and the date and time at the end of ``line``: the longest ending that is a date.

    A time without a day does not count here: in "nächste Woche 18 Uhr" it would silently mean today. Raises
    :class:`Refusal` ``date_missing``, ``time_missing`` or what :func:`read` raises for the ending.
    """
    line = unicodedata.normalize("NFC", line).strip()
    visible = _without_quotes(line)
    for start, tree in _endings(_WORD, visible):
        reading = None if _is_time_only(tree) else _understand_or_none(tree, line[start:], now, next_session)
        if reading is not None:
            if reading.start is None:
                raise Refusal("time_missing", reading=reading, day=reading.day)
            return _title(line[:start]), reading
    raise Refusal("date_missing")


def require_not_past(reading: Reading, now: datetime) -> None:
    """Refuse (``date_past``) what ended before today, and a time today that is over; this minute is not over."""
    today = now.date()
    if reading.day > today:
        return
    zone = now.tzinfo
    if zone is None:
        raise ValueError("now must be aware")
    moment = reading.ends_at(zone) if reading.last else reading.starts_at(zone) or reading.ends_at(zone)
    # In UTC: within one zone Python compares wall times and ignores the doubled hour in autumn.
    is_over = moment is not None and moment.astimezone(UTC) <= now.astimezone(UTC) - timedelta(minutes=1)
    if reading.day < today or is_over:
        raise Refusal("date_past", day=reading.day, when=moment or reading.day)


def normalised(text: str) -> str:
    """One spelling: lower case, umlauts as two letters, one dash, single blanks, no comma before a blank."""
    folded = unicodedata.normalize("NFC", text).casefold().translate(_SPELLING)
    words = " ".join(folded.split()).replace(", ", " ").rstrip("!")
    return re.sub(r"(?<=[a-z])\.$", "", words)


@cache
def _grammar() -> Lark:
    source = files("ombot.chat").joinpath("dates.lark").read_text(encoding="utf-8")
    return Lark(source, parser="lalr", lexer="contextual", maybe_placeholders=False)


def _parse(phrase: str) -> ParseTree:
    if len(phrase) > MAX_PHRASE:
        raise Refusal("not_a_date", phrase=_shown(phrase))
    try:
        return _grammar().parse(normalised(phrase))
    except UnexpectedInput:
        raise Refusal("not_a_date", phrase=_shown(phrase)) from None


def _understand(tree: ParseTree, phrase: str, now: datetime, next_session: date | None) -> Reading:
    try:
        return DateReader(now, _shown(phrase), next_session).transform(tree)
    except VisitError as error:
        if isinstance(error.orig_exc, Refusal):
            raise error.orig_exc from None
        raise


def _understand_or_none(tree: ParseTree, phrase: str, now: datetime, next_session: date | None) -> Reading | None:
    """None for what only looks like a date to the grammar; a date that cannot be is still refused."""
    try:
        return _understand(tree, phrase, now, next_session)
    except Refusal as refusal:
        if refusal.code == "not_a_date":
            return None
        raise


def _shown(phrase: str) -> str:
    phrase = phrase.strip()
    return phrase if len(phrase) <= _SHOWN else phrase[: _SHOWN - 1] + "…"


def _endings(opening: re.Pattern[str], visible: str) -> Iterator[tuple[int, ParseTree]]:
    """The endings that begin with ``opening`` and are dates by the grammar, the longest first."""
    for match in opening.finditer(visible, max(0, len(visible) - MAX_PHRASE)):
        try:
            yield match.start(), _parse(visible[match.start() :])
        except Refusal:
            continue


def _without_quotes(line: str) -> str:
    """The line with quoted text hidden behind characters that no date contains, at the same places."""
    return QUOTED.sub(lambda quoted: _HIDDEN * len(quoted[0]), line)


def _is_time_only(tree: ParseTree) -> bool:
    (phrase,) = tree.children
    return isinstance(phrase, Tree) and phrase.data == "today_at"


def _require_no_deadline(line: str, visible: str) -> None:
    *_, last = [None, *DEADLINE_WORDS.finditer(visible)]
    if last is not None:
        raise Refusal("due_not_understood", phrase=_shown(line[last.start() :]))


def _require_no_day(line: str, visible: str, end: int) -> None:
    for start, _tree in _endings(_WORD, visible[:end]):
        raise Refusal("due_not_understood", phrase=_shown(line[start:]))


def _title(before: str) -> str:
    return before.rstrip().rstrip(",;-–—").rstrip()
