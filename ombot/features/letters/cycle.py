"""When letters are written: in every tick what is new, and at the steps of a session what is due before it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from ombot.chat.voice import Voice
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.clock.ticks import CHORES, Chore
from ombot.features.decisions.views import title_of
from ombot.features.inputs.rules import deadline_of
from ombot.features.letters import ballots, purposes, queries
from ombot.features.letters.cards import STEP_BRIEFS, written_blocks
from ombot.features.letters.results import BeforeSession, InputAsked, ToDo
from ombot.features.letters.writing import Addressee, addressees, vote_link, votes_waiting, write_due
from ombot.features.mailing import queries as mailing
from ombot.features.meetings.steps import Cycle, Step, session_step
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import view
from ombot.features.people import queries as people
from ombot.store.unit import Session

__all__ = ["AskForTexts", "TellWhatWaits", "ballots", "purposes"]


def _write(occasion: Occasion, _voice_for: Callable[[str], Voice]) -> int:
    if not mailing.enabled(occasion.settings):
        return 0
    mailing.tidy(occasion.session, occasion.now)
    return write_due(occasion.session, occasion.settings, occasion.now)


def _never(_session: Session) -> datetime | None:
    # What is to be written follows from rows, and the tick looks every 15 s anyway.
    return None


CHORES.append(Chore(_write, _never))


@session_step("mail_inputs", STEP_BRIEFS["mail_inputs"])
class AskForTexts(Step):
    """Institutions without an account are asked for their part of the standing items, and hand it in by a link."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """With the call for inputs; the office is told."""
        if cycle.settings.mail.host and cycle.coordination is not None:
            offset = cycle.settings.sessions.call_for_inputs
            yield cycle.before("mail_inputs", offset, f"group:{cycle.coordination}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Write to those with a consent, and say to whom."""
        wanted = _standing(occasion)
        found = []
        for one in _contacts(occasion):
            titles = tuple(wanted.get(one.institution_id, ()))
            make = partial(_input_asked, one, meeting, titles)
            if titles and one.write_once(_key("mail_inputs", meeting), make):
                found.append(one.institution.name)
        return _told(occasion, meeting, "mail_inputs", found)


@session_step("mail_before", STEP_BRIEFS["mail_before"], catches_up=False)
class TellWhatWaits(Step):
    """A week before the session, what still waits for an institution."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """With the agenda; the office is told."""
        if cycle.settings.mail.host and cycle.coordination is not None:
            yield cycle.before("mail_before", cycle.settings.sessions.agenda, f"group:{cycle.coordination}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Nothing to those for whom nothing waits."""
        found = [
            one.institution.name
            for one in addressees(occasion.session, occasion.settings, occasion.now)
            if one.write_once(_key("mail_before", meeting), partial(_before_session, one, meeting))
        ]
        return _told(occasion, meeting, "mail_before", found)


def _contacts(occasion: Occasion) -> Iterator[Addressee]:
    """The contacts of institutions: persons with an account are asked in their chats."""
    found = addressees(occasion.session, occasion.settings, occasion.now)
    return (one for one in found if one.address.institution_id is not None)


def _standing(occasion: Occasion) -> dict[int, list[str]]:
    """Key of an institution → the standing items that it is asked for."""
    wanted: dict[int, list[str]] = {}
    for item in occasion.settings.sessions.standing_items:
        for institution in people.asked(occasion.session, item.ask):
            wanted.setdefault(people.id_of(institution), []).append(item.title)
    return wanted


def _input_asked(one: Addressee, meeting: Meeting, titles: tuple[str, ...]) -> InputAsked:
    start = (meeting.start or one.now).astimezone(one.settings.organisation.timezone)
    deadline = deadline_of(start.date(), one.settings.sessions.input_deadline)
    # Late is late, not impossible, as for everybody.
    link = one.desk.link(one.address, "input", f"T{meeting.number}", start + timedelta(days=1))
    return InputAsked(view(one.session, one.settings, meeting), one.institution.name, titles, deadline, link)


def _before_session(one: Addressee, meeting: Meeting) -> BeforeSession | None:
    tasks = queries.tasks_of(one.session, one.institution.name, one.address.user_id)
    votes = list(votes_waiting(one))
    invited = any(other.number == meeting.number for other in queries.invited(one.session, one.institution_id, one.now))
    answer = one.answer_link(meeting) if invited else None
    if not (tasks or votes or answer):
        return None
    return BeforeSession(
        view(one.session, one.settings, meeting),
        one.institution.name,
        answer,
        tuple(ToDo(f"A{task.number} {task.title}", task.due) for task in tasks),
        tuple(ToDo(f"B{vote.number} {title_of(vote)}", vote.closes_on, vote_link(one, vote)) for vote in votes),
    )


def _key(what: str, meeting: Meeting) -> str:
    """One letter for each date of a session: a session that is moved begins its course again."""
    return f"{what}:T{meeting.number}:{meeting.start:%Y-%m-%d}"


def _told(occasion: Occasion, meeting: Meeting, what: str, found: Iterable[str]) -> Section | None:
    names = tuple(dict.fromkeys(found))
    shown = view(occasion.session, occasion.settings, meeting)
    return Section(written_blocks(shown, what, names), about=shown.reference) if names else None
