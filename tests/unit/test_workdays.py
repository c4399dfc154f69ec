"""Working days, public holidays, quiet hours and clock changes."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombot.clock.workdays import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = (time(19), time(8))
CALENDAR = Calendar(BERLIN, "DE-BE", hours=NIGHT, morning=time(9))
ALWAYS = Calendar(BERLIN, "", hours=None, morning=time(9), quiet_weekends=False, quiet_holidays=False)


def berlin(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


def written(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2027-01-01", "Neujahr"),
        ("2027-03-08", "Frauentag"),
        ("2027-03-26", "Karfreitag"),
        ("2027-03-29", "Ostermontag"),
        ("2027-05-06", "Christi Himmelfahrt"),
        ("2027-10-03", "Tag der Deutschen Einheit"),
        ("2027-12-24", None),
        ("2027-12-25", "Erster Weihnachtstag"),
        ("2027-10-31", None),
    ],
)
def test_holidays_of_berlin_have_german_names(day: str, name: str | None) -> None:
    assert CALENDAR.holiday_name(date.fromisoformat(day)) == name


def test_holidays_depend_on_the_state() -> None:
    reformation_day = date(2028, 10, 31)
    assert CALENDAR.is_open_day(reformation_day)
    assert not replace(CALENDAR, holidays="DE-SN").is_open_day(reformation_day)


def test_one_country_does_not_bring_all_others() -> None:
    script = (
        "import sys; from ombot.public_holidays import public_holidays; public_holidays('DE-BE', 2027);"
        "print(sorted(name for name in sys.modules if name.startswith('holidays.countries.')))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert found == "['holidays.countries.germany']\n"


def test_without_a_code_there_are_no_holidays() -> None:
    calendar = replace(CALENDAR, holidays="")
    assert calendar.holiday_name(date(2027, 1, 1)) is None
    assert calendar.is_open_day(date(2027, 1, 1))


def test_holidays_and_weekends_can_be_opened() -> None:
    new_year, saturday = date(2027, 1, 1), date(2027, 1, 2)
    opened = replace(CALENDAR, quiet_holidays=False)
    assert (opened.is_open_day(new_year), opened.is_open_day(saturday)) == (True, False)
    assert opened.holiday_name(new_year) == "Neujahr"
    opened = replace(CALENDAR, quiet_weekends=False)
    assert (opened.is_open_day(new_year), opened.is_open_day(saturday)) == (False, True)


def test_working_days_around_easter() -> None:
    maundy_thursday, good_friday, tuesday = date(2027, 3, 25), date(2027, 3, 26), date(2027, 3, 30)
    assert CALENDAR.next_working_day(maundy_thursday) == tuesday
    assert CALENDAR.previous_working_day(tuesday) == maundy_thursday
    assert CALENDAR.next_working_day(good_friday) == tuesday
    assert CALENDAR.previous_working_day(good_friday) == maundy_thursday


@pytest.mark.parametrize(
    ("planned", "sent"),
    [
        ("2027-03-25", "2027-03-25T09:00+01:00"),
        ("2027-03-26", "2027-03-25T09:00+01:00"),
        ("2027-03-28", "2027-03-25T09:00+01:00"),
        ("2027-03-29", "2027-03-25T09:00+01:00"),
        ("2027-03-30", "2027-03-30T09:00+02:00"),
        # Christmas 2025: Thursday and Friday are holidays, then the weekend.
        ("2025-12-24", "2025-12-24T09:00+01:00"),
        ("2025-12-25", "2025-12-24T09:00+01:00"),
        ("2025-12-28", "2025-12-24T09:00+01:00"),
        ("2025-12-29", "2025-12-29T09:00+01:00"),
        # New Year 2028 is a Saturday: the step moves into the year before.
        ("2028-01-01", "2027-12-31T09:00+01:00"),
        ("2027-10-31", "2027-10-29T09:00+02:00"),
        ("2027-11-01", "2027-11-01T09:00+01:00"),
    ],
)
def test_day_steps_move_to_the_working_day_before(planned: str, sent: str) -> None:
    assert written(CALENDAR.step_time(date.fromisoformat(planned))) == sent


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("2027-06-08T07:59", "2027-06-08T09:00+02:00"),
        ("2027-06-08T08:00", "2027-06-08T08:00+02:00"),
        ("2027-06-08T18:59", "2027-06-08T18:59+02:00"),
        ("2027-06-08T19:00", "2027-06-09T09:00+02:00"),
        ("2027-06-09T00:00", "2027-06-09T09:00+02:00"),
        ("2027-06-11T19:00", "2027-06-14T09:00+02:00"),
        ("2027-06-12T12:00", "2027-06-14T09:00+02:00"),
        ("2027-03-25T20:00", "2027-03-30T09:00+02:00"),
        ("2027-03-29T12:00", "2027-03-30T09:00+02:00"),
        ("2025-12-24T19:00", "2025-12-29T09:00+01:00"),
        ("2027-10-31T12:00", "2027-11-01T09:00+01:00"),
    ],
)
def test_everything_else_waits_for_the_next_morning(asked: str, answer: str) -> None:
    assert written(CALENDAR.next_open(berlin(asked))) == answer


def test_an_allowed_moment_is_returned_in_its_own_zone() -> None:
    moment = datetime(2027, 6, 8, 10, tzinfo=UTC)
    assert CALENDAR.next_open(moment) is moment


def test_quiet_hours_are_meant_on_site() -> None:
    # 18:30 UTC is 20:30 in Berlin.
    assert written(CALENDAR.next_open(datetime(2027, 6, 8, 18, 30, tzinfo=UTC))) == "2027-06-09T09:00+02:00"


def test_quiet_hours_within_one_day_also_wait_for_the_morning() -> None:
    calendar = replace(CALENDAR, hours=(time(12), time(14)))
    assert written(calendar.next_open(berlin("2027-06-08T11:59"))) == "2027-06-08T11:59+02:00"
    assert written(calendar.next_open(berlin("2027-06-08T12:00"))) == "2027-06-09T09:00+02:00"
    assert written(calendar.next_open(berlin("2027-06-08T14:00"))) == "2027-06-08T14:00+02:00"


def test_with_quiet_hours_off_only_closed_days_wait() -> None:
    calendar = replace(CALENDAR, hours=None)
    assert written(calendar.next_open(berlin("2027-06-08T03:00"))) == "2027-06-08T03:00+02:00"
    assert written(calendar.next_open(berlin("2027-06-12T03:00"))) == "2027-06-14T09:00+02:00"


def test_with_everything_off_every_moment_is_allowed() -> None:
    moment = berlin("2027-01-01T03:00")
    assert ALWAYS.next_open(moment) is moment
    assert written(ALWAYS.step_time(date(2027, 1, 2))) == "2027-01-02T09:00+01:00"
    assert ALWAYS.next_working_day(date(2027, 1, 1)) == date(2027, 1, 2)


def test_a_morning_inside_the_quiet_hours_becomes_their_end() -> None:
    calendar = replace(CALENDAR, morning=time(7))
    assert written(calendar.next_open(berlin("2027-06-08T05:00"))) == "2027-06-08T08:00+02:00"
    assert written(calendar.step_time(date(2027, 6, 8))) == "2027-06-08T08:00+02:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.next_open(datetime(2027, 6, 8, 10))  # noqa: DTZ001 - the point of this test


@pytest.mark.parametrize(
    ("day", "clock_time", "instant"),
    [
        ("2027-03-28", "01:59", "2027-03-28T00:59+00:00"),
        ("2027-03-28", "02:00", "2027-03-28T01:00+00:00"),
        ("2027-03-28", "02:30", "2027-03-28T01:00+00:00"),
        ("2027-03-28", "02:59:59", "2027-03-28T01:00+00:00"),
        ("2027-03-28", "03:00", "2027-03-28T01:00+00:00"),
        ("2027-10-31", "01:59", "2027-10-30T23:59+00:00"),
        ("2027-10-31", "02:00", "2027-10-31T00:00+00:00"),
        ("2027-10-31", "02:30", "2027-10-31T00:30+00:00"),
        ("2027-10-31", "03:00", "2027-10-31T02:00+00:00"),
    ],
)
def test_skipped_and_doubled_hours(day: str, clock_time: str, instant: str) -> None:
    moment = CALENDAR.local(date.fromisoformat(day), time.fromisoformat(clock_time))
    assert moment.tzinfo is BERLIN
    assert written(moment.astimezone(UTC)) == instant


def test_a_weekly_time_stays_the_same_on_the_clock() -> None:
    thursdays = [date(2027, 3, 25) + timedelta(weeks=week) for week in range(40)]
    shown = {CALENDAR.local(day, time(18)).astimezone(UTC).astimezone(BERLIN).time() for day in thursdays}
    assert shown == {time(18)}


def test_the_second_of_two_doubled_hours_is_after_a_morning_in_the_first() -> None:
    calendar = replace(ALWAYS, hours=(time(19), time(2, 30)), morning=time(2, 30))
    doubled = berlin("2027-10-31T02:10", fold=1)
    assert written(calendar.next_open(doubled)) == "2027-11-01T02:30+01:00"


_minutes = st.times().map(lambda value: value.replace(second=0, microsecond=0))
_hours = st.none() | st.tuples(_minutes, _minutes).filter(lambda pair: pair[0] != pair[1])
_calendars = st.builds(
    Calendar, st.just(BERLIN), st.sampled_from(["", "DE-BE"]), _hours, _minutes, st.booleans(), st.booleans()
)
_moments = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(_calendars, _moments)
def test_waiting_ends_within_a_week_and_is_not_repeated(calendar: Calendar, moment: datetime) -> None:
    allowed = calendar.next_open(moment).astimezone(UTC)
    assert moment <= allowed <= moment + timedelta(days=7)
    assert calendar.is_open_day(allowed.astimezone(BERLIN).date())
    assert calendar.next_open(allowed) is allowed
