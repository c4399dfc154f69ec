"""All SQL of meetings."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from ombot.chat.line import fold
from ombot.features.meetings.rules import DateCount, Tally
from ombot.features.meetings.tables import (
    Answer,
    Entitled,
    Meeting,
    PollDate,
    PollVote,
    Presence,
    Series,
    SeriesDate,
)
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution
from ombot.store import rooms
from ombot.store.rooms import Person
from ombot.store.tables import Outbox


def get(session: Session, number: int) -> Meeting | None:
    """The meeting T<number>."""
    return session.get(Meeting, number)


def sessions(session: Session) -> list[Meeting]:
    """All sessions of the board, cancelled ones included, in the order they were made."""
    return list(session.exec(select(Meeting).where(Meeting.kind == "session").order_by(col(Meeting.number))))


def next_session(session: Session, now: datetime) -> Meeting | None:
    """The next planned session of the board; one that has begun is the next until it ends."""
    query = _not_over(select(Meeting).where(Meeting.kind == "session", Meeting.status == "planned"), now)
    return session.exec(query.order_by(col(Meeting.start), col(Meeting.number))).first()


def next_session_day(session: Session, now: datetime) -> date | None:
    """The day of the next session, in the zone of ``now``."""
    meeting = next_session(session, now)
    return meeting.start.astimezone(now.tzinfo).date() if meeting is not None and meeting.start else None


def latest(session: Session, kind: str, now: datetime, group_key: str | None = None, title: str = "") -> Meeting | None:
    """The meeting that began last, else the next one to come; of a group, and with this title, where they are given."""
    query = select(Meeting).where(Meeting.kind == kind, col(Meeting.status).in_(("planned", "held")))
    if group_key is not None:
        query = query.where(Meeting.group_key == group_key)
    found = session.exec(query.order_by(col(Meeting.start), col(Meeting.number))).all()
    named = [one for one in found if not title or fold(one.title) == fold(title)] or list(found)
    begun = [one for one in named if one.start is not None and one.start <= now]
    return begun[-1] if begun else named[0] if named else None


def coming(session: Session, group_keys: Iterable[str], now: datetime) -> list[Meeting]:
    """Planned meetings of some groups that are not over, the next one first. Sessions count as the board's."""
    query = select(Meeting).where(col(Meeting.group_key).in_(list(group_keys)), Meeting.status == "planned")
    return list(session.exec(_not_over(query, now).order_by(col(Meeting.start), col(Meeting.number))))


def _not_over(query: SelectOfScalar[Meeting], now: datetime) -> SelectOfScalar[Meeting]:
    return query.where(func.coalesce(col(Meeting.end), col(Meeting.start)) >= now)


def everything(session: Session) -> list[Meeting]:
    """All meetings for the export, by number."""
    return list(session.exec(select(Meeting).order_by(col(Meeting.number))))


def people_by_institution(session: Session, group_key: str) -> dict[int, list[Person]]:
    """Everybody joined to a group's room whose institution is known, by the institution's key."""
    room = rooms.of_group(session, group_key)
    members = rooms.members(session, room.room_id) if room is not None else []
    of_whom = institutions.institution_ids(session, [person.id for person in members])
    found: dict[int, list[Person]] = {}
    for person in members:
        if person.id in of_whom:
            found.setdefault(of_whom[person.id], []).append(person)
    return found


# --- answers ----------------------------------------------------------------------------------------------------


def entitle(session: Session, number: int, institution_ids: Iterable[int]) -> None:
    """These institutions are asked too; those already asked stay so."""
    known = set(session.exec(select(Entitled.institution_id).where(Entitled.meeting == number)))
    session.add_all(Entitled(meeting=number, institution_id=new) for new in sorted(set(institution_ids) - known))
    session.flush()


def is_entitled(session: Session, number: int, institution_id: int) -> bool:
    """Whether an institution is asked to answer."""
    return session.get(Entitled, (number, institution_id)) is not None


def entitled(session: Session, number: int) -> list[Institution]:
    """The institutions that are asked to answer, by name."""
    query = select(Institution).join(Entitled).where(Entitled.meeting == number)
    return list(session.exec(query.order_by(Institution.name)))


def answer_of(session: Session, number: int, institution_id: int) -> Answer | None:
    """What an institution has answered."""
    query = select(Answer).where(Answer.meeting == number, Answer.institution_id == institution_id)
    return session.exec(query).first()


def answers(session: Session, number: int) -> list[tuple[Answer, str]]:
    """All answers with the institution's name, by name."""
    query = select(Answer, Institution.name).join(Institution).where(Answer.meeting == number)
    return [(answer, name) for answer, name in session.exec(query.order_by(Institution.name))]


def unanswered(session: Session, number: int) -> list[Institution]:
    """The institutions that were asked and have not answered, by name."""
    given = select(Answer.institution_id).where(Answer.meeting == number)
    query = select(Institution).join(Entitled).where(Entitled.meeting == number)
    return list(session.exec(query.where(col(Institution.id).not_in(given)).order_by(Institution.name)))


def tally(session: Session, numbers: Sequence[int]) -> dict[int, Tally]:
    """How meetings were answered so far, in two queries for all of them."""
    asked = dict(
        session.exec(
            select(Entitled.meeting, func.count())
            .where(col(Entitled.meeting).in_(numbers))
            .group_by(col(Entitled.meeting))
        ).all()
    )
    query = (
        select(Answer.meeting, Answer.answer, Answer.mode, func.count())
        .where(col(Answer.meeting).in_(numbers))
        .group_by(col(Answer.meeting), col(Answer.answer), col(Answer.mode))
    )
    given: dict[int, Counter[str]] = {}
    for number, answer, mode, count in session.exec(query):
        given.setdefault(number, Counter()).update({answer: count, f"{answer} {mode}": count})
    return {number: Tally.of(asked.get(number, 0), given.get(number, Counter())) for number in numbers}


# --- date polls -------------------------------------------------------------------------------------------------


def polls(session: Session, group_keys: Iterable[str]) -> list[Meeting]:
    """The running polls of some groups, in the order they were made."""
    query = select(Meeting).where(col(Meeting.group_key).in_(list(group_keys)), Meeting.status == "polling")
    return list(session.exec(query.order_by(col(Meeting.number))))


def poll_dates(session: Session, number: int) -> list[PollDate]:
    """The dates of a poll, by number."""
    return list(session.exec(select(PollDate).where(PollDate.meeting == number).order_by(col(PollDate.number))))


def set_poll_dates(session: Session, number: int, spans: Iterable[tuple[datetime, datetime | None]]) -> None:
    """Make these the dates of a poll that nobody has voted in."""
    for row in poll_dates(session, number):
        session.delete(row)
    session.flush()
    session.add_all(
        PollDate(meeting=number, number=position, start=start, end=end)
        for position, (start, end) in enumerate(spans, 1)
    )
    session.flush()


def with_poll(session: Session, numbers: Iterable[int]) -> set[int]:
    """Those of some meetings whose date is or was searched by a poll."""
    return set(session.exec(select(PollDate.meeting).where(col(PollDate.meeting).in_(list(numbers))).distinct()))


def poll_counts(session: Session, number: int) -> list[DateCount]:
    """How many institutions said what to each date."""
    query = (
        select(PollVote.number, PollVote.choice, func.count())
        .where(PollVote.meeting == number)
        .group_by(col(PollVote.number), col(PollVote.choice))
    )
    given: dict[int, dict[str, int]] = {}
    for position, choice, count in session.exec(query):
        given.setdefault(position, {})[choice] = count
    return [DateCount(row.number, **given.get(row.number, {})) for row in poll_dates(session, number)]


def poll_votes(session: Session, number: int) -> list[tuple[PollVote, str]]:
    """All votes with the institution's name, by name and date."""
    query = select(PollVote, Institution.name).join(Institution).where(PollVote.meeting == number)
    return [(vote, name) for vote, name in session.exec(query.order_by(Institution.name, col(PollVote.number)))]


def poll_votes_of(session: Session, number: int, institution_id: int) -> dict[int, PollVote]:
    """The votes of an institution, by the number of the date."""
    query = select(PollVote).where(PollVote.meeting == number, PollVote.institution_id == institution_id)
    return {vote.number: vote for vote in session.exec(query.order_by(col(PollVote.number)))}


def without_vote(session: Session, number: int) -> list[Institution]:
    """The institutions that were asked and have voted on no date, by name."""
    given = select(PollVote.institution_id).where(PollVote.meeting == number)
    query = select(Institution).join(Entitled).where(Entitled.meeting == number)
    return list(session.exec(query.where(col(Institution.id).not_in(given)).order_by(Institution.name)))


# --- series -----------------------------------------------------------------------------------------------------


def series_of(session: Session, number: int) -> Series | None:
    """The series a meeting belongs to."""
    query = select(Series).join(SeriesDate).where(SeriesDate.meeting == number)
    return session.exec(query).first()


def dates_of_series(session: Session, series_id: int) -> dict[date, Meeting]:
    """The meetings of a series by the day of the rule they were made for, in order."""
    query = select(SeriesDate, Meeting).join(Meeting).where(SeriesDate.series == series_id)
    return {date.day: meeting for date, meeting in session.exec(query.order_by(col(SeriesDate.day)))}


def dates_of_all_series(session: Session) -> dict[int, tuple[Series, date]]:
    """The meetings that belong to a series, by number: the series, and the day of its rule."""
    query = select(SeriesDate, Series).join(Series)
    return {date.meeting: (series, date.day) for date, series in session.exec(query)}


def series_to_extend(session: Session, now: datetime) -> list[Series]:
    """Running series of which a date has begun since its dates were made."""
    query = select(Series).where(Series.status == "running", col(Series.extend_at) <= now)
    return list(session.exec(query.order_by(col(Series.id))))


def next_extension(session: Session) -> datetime | None:
    """When the next dates of a series are to be made."""
    return session.exec(select(func.min(Series.extend_at)).where(Series.status == "running")).one()


def not_asked_yet(session: Session, numbers: Iterable[int | None]) -> set[int]:
    """Those of some meetings that are dates of a series nobody was invited to yet."""
    query = (
        select(SeriesDate.meeting)
        .join(Meeting)
        .where(
            col(SeriesDate.meeting).in_([number for number in numbers if number is not None]),
            col(Meeting.card).is_(None),
        )
    )
    return set(session.exec(query))


# --- who came ---------------------------------------------------------------------------------------------------


def present(session: Session, number: int) -> list[Presence]:
    """Who really came, in the order they were noted."""
    return list(session.exec(select(Presence).where(Presence.meeting == number).order_by(col(Presence.id))))


def started(session: Session, group_keys: Iterable[str], now: datetime) -> Meeting | None:
    """The meeting of some groups that began last, cancelled ones aside."""
    query = select(Meeting).where(
        col(Meeting.group_key).in_(list(group_keys)),
        col(Meeting.status).in_(("planned", "held")),
        col(Meeting.start) <= now,
    )
    return session.exec(query.order_by(col(Meeting.start).desc(), col(Meeting.number).desc())).first()


def last_edit(session: Session, slot: str) -> datetime | None:
    """When the card of a slot was last edited in its room."""
    return session.exec(select(func.max(Outbox.sent_at)).where(Outbox.slot == slot, Outbox.kind == "edit")).one()
