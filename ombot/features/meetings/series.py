"""Commands of series of meetings, and their handlers. How their dates come about stands in ``recurring``."""

from dataclasses import dataclass
from datetime import date

from ombot.chat.context import Context
from ombot.chat.parameters import Details, InGroup, Title
from ombot.chat.refusal import Refusal
from ombot.chat.registry import Place, command, handles, revises
from ombot.chat.rights import Right
from ombot.features.meetings import changes, queries, recurring
from ombot.features.meetings.export import calendar_data
from ombot.features.meetings.parameters import MeetingRef, Recurring, WhenAgain
from ombot.features.meetings.results import SeriesAdded, SeriesEnded, SeriesShown
from ombot.features.meetings.tables import Meeting, Series
from ombot.features.meetings.views import series_view, view, views
from ombot.store.rooms import Person

TOPIC = "Termine"


@command(
    "termin",
    brief="beendet eine Serie: sagt diesen Termin und alle späteren ab",
    usage="!termin T3 serie beenden",
    example="!termin T3 serie beenden",
    topic=TOPIC,
    verb=("serie beenden", "serie ende", "serie absagen", "end series"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class EndSeries:
    """Call this date of a series and all later ones off."""

    meeting: MeetingRef


@command(
    "termin",
    brief="zeigt die Serie, zu der ein Termin gehört, mit Datei für den Kalender",
    usage="!termin T3 serie",
    example="!termin T3 serie",
    topic=TOPIC,
    right=Right.PARTICIPANT,
    verb=("serie", "series"),
    alias=("meeting",),
)
@dataclass(frozen=True)
class ShowSeries:
    """Show the series of a meeting."""

    meeting: MeetingRef


@command(
    "termin",
    brief="legt eine Serie an: jede Woche, alle zwei Wochen, jeden ersten Dienstag im Monat …",
    usage="!termin <Titel> jeden <Tag> [im Monat] <Zeit[–Zeit]> [ab <Datum>] [bis <Datum>] [Ort …] [online <URL>]",
    example="!termin Jour fixe jeden ersten Dienstag im Monat 17 Uhr bis 31.12.2027",
    topic=TOPIC,
    place=Place.GROUP,
    alias=("meeting",),
)
@dataclass(frozen=True, kw_only=True)
class AddSeries:
    """Make meetings that come again."""

    title: Title
    group: InGroup | None = None
    when: WhenAgain
    description: Details = ""


# --- making -----------------------------------------------------------------------------------------------------


@handles(AddSeries)
def add_series(command: AddSeries, context: Context) -> SeriesAdded:
    """Store the rule and make its first dates.

    Raises:
        Refusal: there is no date before its end.
    """
    group = context.here()
    series = _series(command, context, group.key)
    context.session.add(series)
    context.session.flush()
    recurring.make_dates(context.session, context.settings, series, context.now, context.own_id)
    result = SeriesAdded(series_view(context.session, context.settings, series, context.now))
    if not result.series.dates:
        raise Refusal("series_empty")
    if context.room_group is None or context.room_group.key != group.key:
        context.voice.say(f"group:{group.key}", result)
    return result


def _series(command: AddSeries, context: Context, group_key: str) -> Series:
    recurrence = command.when.recurrence
    rule = recurrence.rule
    series = Series(
        group_key=group_key,
        title=command.title,
        description=command.description,
        unit=rule.unit,
        every=rule.every,
        weekday=rule.weekday,
        nth=rule.nth,
        day=rule.day,
        first=max(recurrence.since or context.today, context.today),
        until=recurrence.until,
        start_time="",
        extend_at=context.now,
        created_by=context.sender,
        created_at=context.now,
        event_id=context.origin,
        place=command.when.place,
        url=command.when.url,
    )
    _set_times(series, command.when)
    # The pauses count from the first date, not from the day on which it was asked for.
    series.first = next(recurring.days_to_come(context.settings, series, context.now), series.first)
    return series


def _set_times(series: Series, when: Recurring) -> None:
    start, end = when.recurrence.start, when.recurrence.end
    if start is None:
        raise ValueError("a recurrence without a time got through")
    series.start_time, series.end_time = f"{start:%H:%M}", f"{end:%H:%M}" if end else None


@revises(AddSeries)
def revise_series(command: AddSeries, context: Context) -> SeriesAdded:
    """The creating message was edited: the dates to come follow that still are where the rule had put them.

    Raises:
        Refusal: other days are wanted; those that exist would lose their answers.
    """
    series = queries.series_of(context.session, int((context.revising or "T0")[1:]))
    if series is None or series.status != "running":
        raise Refusal("unknown_reference", reference=context.revising)
    if command.when.recurrence.rule != recurring.rule_of(series):
        raise Refusal("series_rule_stays", reference=context.revising)
    dates = _in_place(series, context)
    _set_times(series, command.when)
    series.title, series.description, series.until = command.title, command.description, command.when.recurrence.until
    series.place, series.url = command.when.place, command.when.url
    context.session.add(series)
    for day, meeting in dates.items():
        _follow(series, day, meeting, context)
    recurring.make_dates(context.session, context.settings, series, context.now, context.own_id)
    return SeriesAdded(series_view(context.session, context.settings, series, context.now))


def _in_place(series: Series, context: Context) -> dict[date, Meeting]:
    """The dates to come that nobody has moved."""
    return {
        day: meeting
        for day, meeting in queries.dates_of_series(context.session, recurring.id_of(series)).items()
        if meeting.status == "planned"
        and meeting.start == recurring.starts_at(context.settings, series, day)
        and meeting.start > context.now
    }


def _follow(series: Series, day: date, meeting: Meeting, context: Context) -> None:
    if series.until is not None and day > series.until:
        meeting.status = "cancelled"
    wanted = {
        "start": recurring.starts_at(context.settings, series, day),
        "end": recurring.ends_at(context.settings, series, day),
        "title": series.title,
        "place": series.place,
        "url": series.url,
    }
    found = changes.apply_values(context, meeting, wanted)
    meeting.description = series.description
    if found:
        changes.changed(context, meeting)
        changes.tell(context, meeting, found, edited=True)


# --- ending and showing -----------------------------------------------------------------------------------------


@handles(EndSeries)
def end_series(command: EndSeries, context: Context) -> SeriesEnded:
    """No further dates: this one and all later ones are called off, who had answered any of them hears of it."""
    meeting = changes.changeable(command.meeting, context)
    series = _series_of(meeting, context)
    later = [
        one
        for one in queries.dates_of_series(context.session, recurring.id_of(series)).values()
        if one.status == "planned"
        and one.start is not None
        and meeting.start is not None
        and one.start >= meeting.start
    ]
    answered = [changes.answered(context, one) for one in later]
    elsewhere = sorted({user_id for _, direct in answered for user_id in direct})
    context.confirm_many({*elsewhere, *(address for one in later for address in changes.mailed(context, one))})
    series.status = "ended"
    context.session.add(series)
    for one in later:
        one.status = "cancelled"
        changes.changed(context, one)
    here: dict[str, Person] = {person.id: person for people, _ in answered for person in people}
    result = SeriesEnded(
        view(context.session, context.settings, meeting),
        views(context.session, context.settings, later),
        tuple(here.values()),
    )
    return changes.spread(context, meeting, result, elsewhere)


@handles(ShowSeries)
def show_series(command: ShowSeries, context: Context) -> SeriesShown:
    """The rule and its dates, with a file that holds them all."""
    series = _series_of(changes.the_meeting(command.meeting, context), context)
    meetings = list(queries.dates_of_series(context.session, recurring.id_of(series)).values())
    return SeriesShown(
        series_view(context.session, context.settings, series, context.now),
        str(command.meeting),
        calendar_data(context.settings, meetings, series.title),
    )


def _series_of(meeting: Meeting, context: Context) -> Series:
    series = queries.series_of(context.session, changes.number_of(meeting))
    if series is None:
        raise Refusal("no_series", reference=f"T{meeting.number}", title=meeting.title)
    return series
