"""Calendar feeds as calendar programs get them: over HTTP, read by independent readers."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import ics
import pytest
import vobject
from testbot import NOW, TestBot
from website import PUBLIC, Site

from ombot.features.meetings.tables import Meeting
from ombot.store import rooms


@pytest.mark.asyncio
async def test_a_meeting_is_made_moved_and_cancelled_under_one_uid(site: Site) -> None:
    bot = site.bot
    (card, *_) = bot.send("!termin Klausur am 11.12.2026 10:00–11:00 Ort Berlin", room="beratung")
    _, file = bot.send("!termin T1", room="beratung")
    path = site.calendar()
    attached = file.row.content["document"]["data"]["events"]

    def event(text: str) -> tuple[str, ...]:
        (found,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
        names = ("UID", "SEQUENCE", "STATUS", "SUMMARY", "LOCATION")
        return (*(str(found[name]) for name in names), found["DTSTART"].dt.isoformat())

    assert card.row.about == "T1"
    uid = "T1.ombot@example.org"
    assert [one["uid"] for one in attached] == [uid]
    first = (uid, "0", "CONFIRMED", "Klausur", "Berlin", "2026-12-11T10:00:00+01:00")
    assert event(await site.text(path)) == first
    bot.send("!termin T1 verschieben auf 14.12.2026 12:00–13:00", room="beratung")
    assert event(await site.text(path)) == (uid, "1", *first[2:5], "2026-12-14T12:00:00+01:00")
    bot.send("!termin T1 absagen", room="beratung")
    assert event(await site.text(path)) == (uid, "2", "CANCELLED", *first[3:5], "2026-12-14T12:00:00+01:00")


@pytest.mark.asyncio
async def test_a_calendar_shows_what_its_reader_may_see(site_everywhere: Site) -> None:
    site = site_everywhere
    bot = site.bot
    bot.send("!termin AG Beratung trifft sich am 11.12.2026 10:00", room="beratung")
    bot.send("!termin AG Transfer trifft sich am 12.12.2026 10:00", as_="ida", room="transfer")
    bot.send("!sitzung 12.03.2027 11:00–16:00", as_="kai", room="office")
    bot.send("!terminfindung Wann?\n14.12.2026 10:00\n15.12.2026 10:00", room="beratung")

    async def titles(path: str) -> list[str]:
        calendar = icalendar.Calendar.from_ical(await site.text(path))
        return [str(event["SUMMARY"]) for event in calendar.walk("VEVENT")]

    session = "1. Sitzung des Strategiekreises"
    own = site.calendar()
    assert await titles(own) == ["AG Beratung trifft sich", session]
    assert await titles(site.calendar(as_="jan")) == ["AG Beratung trifft sich", "AG Transfer trifft sich", session]
    assert await titles(site.calendar(room="beratung")) == ["AG Beratung trifft sich", session]
    assert await titles(site.calendar(as_="ida", room="transfer")) == ["AG Transfer trifft sich", session]
    with bot.store.unit() as session_:
        for key in ("sk", "plenum", "beratung"):
            room = rooms.get(session_, f"!{key}")
            assert room is not None
            state = rooms.StateCopy(False, "12", (), room.levels, None, {"@eva:example.org": ("leave", None)})
            rooms.save(session_, f"!{key}", state, bot.now)
    assert await titles(own) == []


@pytest.mark.asyncio
async def test_tasks_stand_in_it_on_request(site_everywhere: Site) -> None:
    site = site_everywhere
    bot = site.bot
    bot.send("!aufgabe Einseiter entwerfen @jan bis 30.11.2026\nEine Seite genügt", room="beratung")
    bot.send("!aufgabe Umfrage vorbereiten @eva bis 02.12.2026", room="beratung")
    bot.send("!aufgabe Ohne Frist @eva", room="beratung")
    path = site.calendar()
    assert "VEVENT" not in await site.text(path)

    assert site.calendar("!kalender aufgaben an") == path
    bot.send("!aufgabe A2 bis 03.12.2026", room="beratung")
    (task,) = icalendar.Calendar.from_ical(await site.text(path)).walk("VEVENT")
    assert [str(task[name]) for name in ("UID", "SEQUENCE", "SUMMARY", "TRANSP")] == [
        "A2.ombot@example.org",
        "1",
        "Aufgabe A2: Umfrage vorbereiten",
        "TRANSPARENT",
    ]
    assert (task["DTSTART"].dt, task["DTEND"].dt) == (date(2026, 12, 3), date(2026, 12, 4))
    group = await site.text(site.calendar("!kalender aufgaben an", room="beratung"))
    assert [str(one["SUMMARY"]) for one in icalendar.Calendar.from_ical(group).walk("VEVENT")] == [
        "Aufgabe A1: Einseiter entwerfen",
        "Aufgabe A2: Umfrage vorbereiten",
    ]
    bot.send("!erledigt A2", room="beratung")
    assert "VEVENT" not in await site.text(path)
    bot.send("!kalender aufgaben aus", room="beratung")
    assert "A1" not in await site.text(site.calendar(room="beratung"))


@pytest.mark.asyncio
async def test_an_unchanged_calendar_is_not_sent_again(site: Site) -> None:
    site.bot.send("!termin Klausur am 11.12.2026 10:00–11:00", room="beratung")
    path = site.calendar()
    status, text, headers = await site.get(path)
    assert (status, headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("private, no-cache", "noindex")
    etag = headers["ETag"]
    assert await site.text(path) == text
    for known in (etag, f'"other", W/{etag}', "*"):
        status, body, headers = await site.get(path, **{"If-None-Match": known})
        assert (status, body, headers["ETag"]) == (304, "", etag)
    site.bot.send("!termin T1 ort Köln", room="beratung")
    status, text, headers = await site.get(path, **{"If-None-Match": etag})
    assert (status, headers["ETag"] == etag, "LOCATION:Köln" in text) == (200, False, True)


@pytest.mark.asyncio
async def test_an_unknown_address_says_nothing(site: Site) -> None:
    before = site.calendar()
    renewed = site.calendar("!kalender neu")
    assert renewed != before
    assert site.calendar() == renewed
    answers = [
        (status, text, headers["Content-Type"], sorted(headers))
        for status, text, headers in [
            await site.get(path)
            for path in (before, "/calendar/x.ics", f"/calendar/{'ü' * 500}.ics", "/calendar/", "/nothing")
        ]
    ]
    assert answers == [answers[0]] * 5
    assert answers[0][:2] == (404, "404: Not Found")
    assert (await site.get(renewed))[0] == 200


def test_a_group_s_calendar_is_changed_by_its_lead(tmp_path: Path) -> None:
    bot = TestBot.create(tmp_path, web={"public_url": PUBLIC})
    refused = "Das darf nur die Leitung dieser Gruppe"
    for text in ("!kalender neu", "!kalender aufgaben an"):
        (said,) = bot.send(text, as_="jan", room="beratung")
        assert said.text.startswith(refused)
    assert [bot.send("!kalender", as_=name, room="beratung")[0].text for name in ("jan", "eva")] == [
        bot.send("!kalender", as_="kai", room="beratung")[0].text
    ] * 2
    bot.store.close()


def test_without_a_public_address_it_says_why(bot: TestBot) -> None:
    (said,) = bot.send("!kalender", room="dm")
    assert said.text.startswith("Kalender zum Abonnieren gibt es hier noch nicht")
    assert "!termin T3" in said.text


# --- independent readers ----------------------------------------------------------------------------------------

STARTS = (
    "2027-03-27T12:00:00+01:00",
    "2027-03-28T01:59:00+01:00",
    "2027-03-28T03:00:00+02:00",
    "2027-07-01T11:00:00+02:00",
    "2027-10-31T01:30:00+02:00",
    "2027-10-31T12:00:00+01:00",
    "2027-12-31T23:30:00+01:00",
)
"""Around both changes of the clocks, and far from them."""

Read = dict[str, tuple[datetime, date]]


def _with_icalendar(text: str) -> Read:
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return {str(event["UID"]): (event["DTSTART"].dt, event["DTEND"].dt) for event in events}


def _with_vobject(text: str) -> Read:
    events = vobject.readOne(text).vevent_list
    return {event.uid.value: (event.dtstart.value, event.dtend.value) for event in events}


def _with_ics(text: str) -> Read:
    found: Read = {}
    for event in ics.Calendar(text).events:
        both = (event.begin, event.end)
        begin, end = (one.date() if event.all_day else one.datetime for one in both)
        found[event.uid] = (begin, end)
    return found


def _as_outlook(text: str) -> Read:
    """As Outlook does: the offsets of the calendar's own rules, whatever the zone is called."""
    calendar = icalendar.Calendar.from_ical(text)
    (zone,) = calendar.walk("VTIMEZONE")
    (summer,), (winter,) = zone.walk("DAYLIGHT"), zone.walk("STANDARD")

    def change(period: Any, year: int) -> datetime:
        """The only form of rule it knows: yearly, the n-th weekday of a month, at the time of the first change."""
        rule = dict(period["RRULE"])
        assert {name: value for name, value in rule.items() if name != "BYMONTH"} == {
            "FREQ": ["YEARLY"],
            "BYDAY": ["-1SU"],
        }
        days = (date(year, rule["BYMONTH"][0], 31) - timedelta(days=back) for back in range(7))
        sunday = next(day for day in days if day.weekday() == 6)
        return datetime.combine(sunday, period["DTSTART"].dt.time())

    def moment(value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        local = value.replace(tzinfo=None)
        in_summer = change(summer, local.year) <= local < change(winter, local.year)
        return (local - (summer if in_summer else winter)["TZOFFSETTO"].td).replace(tzinfo=UTC)

    events = calendar.walk("VEVENT")
    return {str(event["UID"]): (moment(event["DTSTART"].dt), moment(event["DTEND"].dt)) for event in events}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Read]:
    """A feed with a meeting at each of these moments and a task, and what stands in it."""
    bot = TestBot.create(tmp_path_factory.mktemp("readers"), web={"public_url": PUBLIC})
    moments = [datetime.fromisoformat(start).astimezone(UTC) for start in STARTS]
    with bot.store.unit() as session:
        session.add_all(_meeting(number, start) for number, start in enumerate(moments, 1))
    bot.send("!aufgabe Einseiter; knapp, @eva bis 30.11.2026", room="beratung")
    text = asyncio.run(_text(bot))
    bot.store.close()
    meetings = {
        f"T{number}.ombot@example.org": (start, start + timedelta(minutes=45))
        for number, start in enumerate(moments, 1)
    }
    return text, {**meetings, "A1.ombot@example.org": (date(2026, 11, 30), date(2026, 12, 1))}


def _meeting(number: int, start: datetime) -> Meeting:
    return Meeting(
        number=number,
        group_key="beratung",
        title="Treffen; kurz, knapp",
        start=start,
        end=start + timedelta(minutes=45),
        created_by="@eva:example.org",
        created_at=NOW,
        changed_at=NOW,
        event_id=f"${number}",
    )


async def _text(bot: TestBot) -> str:
    site = Site(bot)
    await site.start()
    text = await site.text(site.calendar("!kalender aufgaben an"))
    await site.stop()
    return text


@pytest.mark.parametrize("read", [_with_icalendar, _with_vobject, _with_ics, _as_outlook])
def test_independent_readers_find_the_same_moments(read: Callable[[str], Read], written: tuple[str, Read]) -> None:
    text, expected = written
    assert {uid: tuple(map(_in_utc, span)) for uid, span in read(text).items()} == expected


def _in_utc(value: date) -> date:
    """Python finds a moment of the doubled hour unequal to itself in another zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value
