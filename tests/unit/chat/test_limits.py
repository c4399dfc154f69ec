"""The bucket against flooding."""

from datetime import UTC, datetime, timedelta

from ombot.chat.limits import Bucket, Verdict

START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_one_notice_then_silence_then_as_before() -> None:
    bucket = Bucket(2, MINUTE)
    seconds = (0, 1, 2, 3, 59, 60, 61, 62)
    verdicts = [bucket.take("@eva:x", START + timedelta(seconds=second)) for second in seconds]
    allowed, notice, silent = Verdict.ALLOWED, Verdict.NOTICE, Verdict.SILENT
    assert verdicts == [allowed, allowed, notice, silent, silent, allowed, allowed, notice]


def test_people_do_not_share_a_bucket() -> None:
    bucket = Bucket(1, MINUTE)
    assert bucket.take("@eva:x", START) is Verdict.ALLOWED
    assert bucket.take("@jan:x", START) is Verdict.ALLOWED
    assert bucket.take("@eva:x", START) is Verdict.NOTICE


def test_no_limit() -> None:
    bucket = Bucket(None, timedelta())
    assert {bucket.take("@eva:x", START) for _ in range(1000)} == {Verdict.ALLOWED}
