import pytest

from ombot.documents import german


def test_days() -> None:
    assert german.day("2027-11-21") == german.day("2027-11-21T11:00:00+01:00") == "21. November 2027"
    assert german.short_day("2027-10-15") == "Fr., 15.10.2027"
    assert german.day(None) == german.short_day(None) == german.clock(None) == german.moment(None) == ""


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2027-11-21T11:00:00+01:00", "2027-11-21T16:00:00+01:00", "21. November 2027, 11:00–16:00 Uhr"),
        ("2027-03-01T11:00:00+01:00", None, "1. März 2027, 11:00 Uhr"),
        ("2027-03-01", None, "1. März 2027"),
        (
            "2027-11-21T11:00:00+01:00",
            "2027-11-22T12:30:00+01:00",
            "21. November 2027, 11:00 Uhr – 22. November 2027, 12:30 Uhr",
        ),
        (None, None, ""),
    ],
)
def test_spans(start: str | None, end: str | None, expected: str) -> None:
    assert german.span(start, end) == expected


def test_sizes() -> None:
    shown = [german.size(count) for count in (0, 999, 1000, 48_211, 999_499, 999_500, 1_234_567)]
    assert shown == ["0 Byte", "999 Byte", "1 KB", "48 KB", "999 KB", "1,0 MB", "1,2 MB"]
