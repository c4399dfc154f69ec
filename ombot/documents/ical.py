"""Calendar feeds and .ics files (RFC 5545)."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ombot.documents.text import one_line

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//ombot//Termine//DE"
# The last line of a zone file names the rules in force, e.g. "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536, 3.3).
_NAME = r"(<[^>]+>|[A-Za-z]+)"
_TIME = r"([+-]?\d+(?::\d+){0,2})"
_RULE = rf"M(\d+)\.(\d)\.(\d)(?:/{_TIME})?"
_FOOTER = re.compile(rf"{_NAME}{_TIME}(?:{_NAME}{_TIME}?,{_RULE},{_RULE})?")
_WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_LAST_WEEK = 5


def render(data: Mapping[str, Any]) -> bytes:
    """Return the calendar; its times are local times of the zone `data["zone"]`.

    Beside `events` there may be `days`, entries for whole days, and `refresh_seconds` in a calendar to be subscribed.
    """
    import icalendar

    zone = ZoneInfo(data["zone"])
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    # Unknown to the library, which would leave its commas and semicolons as they are.
    calendar.add("x-wr-calname", icalendar.vText(one_line(data["name"])))
    if refresh := data.get("refresh_seconds"):
        # The first is read by Outlook, the second is the standard's (RFC 7986).
        for name in ("x-published-ttl", "refresh-interval"):
            calendar.add(name, icalendar.vDuration(timedelta(seconds=refresh)), {"value": "duration"})
    # Calendar.add_missing_timezones() writes rules that move every summer event by an hour in two readers.
    calendar.add_component(_timezone(data["zone"]))
    for event in data["events"]:
        calendar.add_component(_event(event, zone))
    for day in data.get("days", ()):
        calendar.add_component(_day(day))
    content: bytes = calendar.to_ical()
    return content


def _event(data: Mapping[str, Any], zone: ZoneInfo) -> "icalendar.Event":
    event = _entry(data)
    event.add("dtstart", datetime.fromisoformat(data["start"]).astimezone(zone))
    if data["end"]:
        event.add("dtend", datetime.fromisoformat(data["end"]).astimezone(zone))
    if data["location"]:
        event.add("location", one_line(data["location"]))
    if data["url"]:
        # A URL is not escaped like text: a line end inside it would start a property of its own.
        event.add("url", "".join(data["url"].split()))
    event.add("status", data["status"])
    return event


def _day(data: Mapping[str, Any]) -> "icalendar.Event":
    """Return an entry for a whole day that leaves its owner free."""
    event = _entry(data)
    day = date.fromisoformat(data["day"])
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    return event


def _entry(data: Mapping[str, Any]) -> "icalendar.Event":
    import icalendar

    event = icalendar.Event()
    changed = datetime.fromisoformat(data["changed_at"]).astimezone(UTC)
    event.add("uid", one_line(data["uid"]))
    event.add("sequence", data["sequence"])
    # A feed is written anew at each request: with the time of writing every event would look changed.
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("summary", one_line(data["summary"]))
    if data["description"]:
        event.add("description", data["description"].strip())
    return event


def _timezone(name: str) -> "icalendar.Timezone":
    """Return the zone's current rules, which hold for every event to come."""
    import icalendar

    match = _FOOTER.fullmatch(_footer(name))
    if match is None:
        raise ValueError(f"The time zone {name} has rules a calendar cannot express")
    zone = icalendar.Timezone()
    zone.add("tzid", name)
    (standard_name, standard_offset, summer_name, summer_offset, *rules) = match.groups()
    standard = -_seconds(standard_offset)
    if summer_name is None:
        zone.add_component(_period(icalendar.TimezoneStandard(), standard_name, standard, standard, None))
        return zone
    summer = -_seconds(summer_offset) if summer_offset else standard + timedelta(hours=1)
    to_summer, to_standard = rules[:4], rules[4:]
    zone.add_component(_period(icalendar.TimezoneDaylight(), summer_name, standard, summer, to_summer))
    zone.add_component(_period(icalendar.TimezoneStandard(), standard_name, summer, standard, to_standard))
    return zone


def _period(component: Any, name: str, before: timedelta, after: timedelta, rule: list[str | None] | None) -> Any:
    component.add("tzname", name.strip("<>"))
    component.add("tzoffsetfrom", before)
    component.add("tzoffsetto", after)
    component.add("dtstart", datetime(1970, 1, 1))  # noqa: DTZ001 - a local time, as RFC 5545 wants it here
    if rule is None:
        return component
    month, week, weekday, time = int(rule[0] or 0), int(rule[1] or 0), int(rule[2] or 0), rule[3]
    seconds = _seconds(time or "2")
    if not timedelta() <= seconds < timedelta(days=1):
        raise ValueError("A change of clocks on another day than its rule cannot be expressed in a calendar")
    first = _nth_weekday(1970, month, week, weekday) + seconds
    component["dtstart"].dt = first
    position = "-1" if week == _LAST_WEEK else str(week)
    component.add("rrule", {"freq": "yearly", "bymonth": month, "byday": position + _WEEKDAYS[weekday]})
    return component


def _nth_weekday(year: int, month: int, week: int, weekday: int) -> datetime:
    """Return the midnight of the n-th weekday (0 = Sunday) of a month; week 5 is the last one."""
    first = datetime(year, month, 1)  # noqa: DTZ001 - local by definition
    day = first + timedelta(days=(weekday - first.isoweekday()) % 7)
    days = [day + timedelta(weeks=number) for number in range(5)]
    return [found for found in days if found.month == month][: week if week < _LAST_WEEK else None][-1]


def _seconds(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    hours, minutes, seconds = ([int(part) for part in text.lstrip("+-").split(":")] + [0, 0])[:3]
    return sign * timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _footer(name: str) -> str:
    # zoneinfo does not give its rules away; the tzdata package holds the same files.
    path = files("tzdata").joinpath("zoneinfo", *name.split("/"))
    return path.read_bytes().rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("ascii")
