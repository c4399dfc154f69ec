import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical

from ombot import documents
from ombot.documents import ical

BERLIN = ZoneInfo("Europe/Berlin")

WHOLE = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//ombot//Termine//DE
METHOD:PUBLISH
X-WR-CALNAME:Termine
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Sitzung
DTSTART;TZID=Europe/Berlin:20271121T110000
DTEND;TZID=Europe/Berlin:20271121T160000
DTSTAMP:20270301T090000Z
UID:T1@ombot
SEQUENCE:2
DESCRIPTION:Tagesordnung folgt
LAST-MODIFIED:20270301T090000Z
LOCATION:Berlin
STATUS:CONFIRMED
URL:https://treffen.example.org/om
END:VEVENT
BEGIN:VEVENT
SUMMARY:Sitzung
DTSTART;TZID=Europe/Berlin:20270621T110000
DTSTAMP:20270301T090000Z
UID:T2@ombot
SEQUENCE:2
DESCRIPTION:Tagesordnung folgt
LAST-MODIFIED:20270301T090000Z
LOCATION:Berlin
STATUS:CANCELLED
URL:https://treffen.example.org/om
END:VEVENT
END:VCALENDAR"""


def _render(data: dict[str, Any]) -> str:
    return documents.render("calendar", "ics", data).decode()


def _lines(text: str) -> list[str]:
    return text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_whole_calendar(samples: dict[str, Any]) -> None:
    assert "\n".join(_lines(_render(samples["calendar"]))) == WHOLE


@pytest.mark.parametrize(
    "start",
    [
        "2027-03-27T12:00:00+01:00",
        "2027-03-28T01:59:00+01:00",
        "2027-03-28T03:00:00+02:00",
        "2027-07-01T11:00:00+02:00",
        "2027-10-31T01:30:00+02:00",
        "2027-10-31T12:00:00+01:00",
        "2027-12-31T23:30:00+01:00",
    ],
)
def test_an_independent_reader_finds_the_same_moment(start: str, samples: dict[str, Any]) -> None:
    data = samples["calendar"]
    data["events"] = [{**data["events"][0], "start": start, "end": None}]
    text = _render(data)
    zone = tzical(io.StringIO(text)).get("Europe/Berlin")
    local = re.search(r"DTSTART;TZID=Europe/Berlin:(\w+)", text)
    assert local is not None
    read = datetime.strptime(local.group(1), "%Y%m%dT%H%M%S").replace(tzinfo=zone)
    assert read.astimezone(UTC) == datetime.fromisoformat(start).astimezone(UTC)


@pytest.mark.parametrize(
    "name",
    ["Europe/Berlin", "Europe/London", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "UTC"],
)
def test_zones_follow_their_rules_all_year(name: str, samples: dict[str, Any]) -> None:
    text = _render({**samples["calendar"], "zone": name, "events": []})
    block = text[text.index("BEGIN:VTIMEZONE") : text.index("END:VCALENDAR")]
    zone = tzical(io.StringIO(block)).get(name)
    noon = datetime.fromisoformat("2027-01-01T12:00:00")
    days = [noon + timedelta(days=number) for number in range(365)]
    assert [day.replace(tzinfo=zone).utcoffset() for day in days] == [
        day.replace(tzinfo=ZoneInfo(name)).utcoffset() for day in days
    ]


def test_a_zone_that_cannot_be_expressed_is_refused(samples: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="calendar"):
        _render({**samples["calendar"], "zone": "America/Nuuk"})


HOSTILE = "x\r\nATTENDEE:mailto:eva@example.org\nBEGIN:VALARM\x00\u2028;,\\:\"'ü🙂"


def test_no_line_can_be_smuggled_in(samples: dict[str, Any], infected: Any) -> None:
    def names(text: str) -> list[str]:
        return [re.split("[:;]", line)[0] for line in _lines(text)]

    hostile = _render(infected("calendar", HOSTILE))
    assert names(hostile) == names(_render(samples["calendar"]))
    assert re.search("(?<!\r)\n|\r(?!\n)", hostile) is None


def test_text_comes_back_as_it_was(samples: dict[str, Any]) -> None:
    data = samples["calendar"]
    text = "Straße; A, B\\n und C: „Zitat“ 🙂 " * 10
    data["name"] = text
    data["events"] = [{**data["events"][0], "summary": text, "location": text, "description": f"{text}\nzweite Zeile"}]
    rendered = documents.render("calendar", "ics", data)
    assert max(len(line) for line in rendered.split(b"\r\n")) <= 75
    calendar = icalendar.Calendar.from_ical(rendered)
    (event,) = calendar.walk("VEVENT")
    assert [str(event[name]) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")] == [
        text.strip(),
        text.strip(),
        f"{text}\nzweite Zeile",
    ]
    assert event["DTSTART"].dt == datetime(2027, 11, 21, 11, tzinfo=BERLIN)


def test_the_rules_come_from_the_zone_file() -> None:
    assert ical._footer("Europe/Berlin") == "CET-1CEST,M3.5.0,M10.5.0/3"
