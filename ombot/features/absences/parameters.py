"""The parameter that only absences have."""

from dataclasses import dataclass
from typing import Annotated, Any

from ombot.chat import dates
from ombot.chat.context import Context, Question
from ombot.chat.line import Line, fold
from ombot.chat.parameters import ABSENT, Stage
from ombot.chat.refusal import Refusal
from ombot.features.absences.rules import Days


@dataclass(frozen=True)
class DaysParameter:
    """``bis <Datum>`` from today on, ``vom <Datum> bis <Datum>``, or any other phrase for a day or several."""

    stage: Stage = Stage.REST

    def read(self, line: Line, context: Context) -> Any:
        """The :class:`Days`, from today at the earliest.

        Raises:
            Question: the words are no days; the answer takes their place.
            Refusal: the days are past.
        """
        words = line.text.strip(" .,;")
        if not words:
            return ABSENT
        line.text = ""
        try:
            return _days(context.answers.get("days", words), context)
        except Refusal as refusal:
            if refusal.code not in ("not_a_date", "ambiguous", "absence_open"):
                raise
            raise Question(refusal.code, "days", facts=refusal.facts) from refusal


def _days(words: str, context: Context) -> Days:
    reading = dates.read(words, context.now, next_session=context.next_session_day())
    if fold(words).startswith("ab ") and reading.last is None:
        raise Refusal("absence_open", day=reading.first)
    # By the day alone: who writes "bis heute 12 Uhr" in the afternoon is away today all the same.
    dates.require_not_past(dates.Reading(reading.first, reading.last), context.now)
    first = context.today if fold(words).startswith("bis ") and reading.last is None else reading.first
    return Days(max(first, context.today), reading.day)


AwayDays = Annotated[Days, DaysParameter()]
