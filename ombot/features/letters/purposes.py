"""What the links in letters do: answer for a meeting, hand in a text."""

from ombot.chat import queries as conversation
from ombot.chat.line import has_control_characters
from ombot.features.groups import queries as groups
from ombot.features.inputs.tables import Input
from ombot.features.letters.cards import (
    ANSWER_DONE,
    ANSWER_OFFER,
    ANSWER_OVER,
    ANSWERS,
    INPUT_DONE,
    INPUT_EMPTY,
    INPUT_OFFER,
    INPUT_TITLE,
    SAID,
    when,
)
from ombot.features.letters.results import TextHandedIn
from ombot.features.mailing import queries as mailing
from ombot.features.mailing.links import Errand, Given, Page, Purpose, serves
from ombot.features.meetings import changes
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.rules import is_over
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.meetings.views import view
from ombot.features.people import queries as people
from ombot.features.people.tables import Institution

TEXT_MAX = 4_000
"""Code points, as of a message."""


def is_text(words: str) -> bool:
    """Whether a text is not too long, and holds nothing that misleads readers."""
    return len(words) <= TEXT_MAX and not has_control_characters(words)


@serves("answer")
class AnswerMeeting(Purpose):
    """Yes, no or maybe, for an institution."""

    def offer(self, errand: Errand) -> Page:
        """The meeting and three buttons."""
        meeting, institution = _open_meeting(errand), mailing.institution_of(errand.session, errand.address)
        if meeting is None or institution is None:
            return Page(ANSWER_OVER[0], ANSWER_OVER[1:], whose=errand.name)
        shown = view(errand.session, errand.settings, meeting)
        title, line = (part.format(title=shown.title, institution=institution.name) for part in ANSWER_OFFER)
        return Page(title, (when(shown), shown.place, line), whose=errand.name, buttons=ANSWERS)

    def carry_out(self, errand: Errand, given: Given) -> Page:
        """Store the answer; the card with the count follows."""
        meeting, institution = _open_meeting(errand), mailing.institution_of(errand.session, errand.address)
        if meeting is None or institution is None:
            return self.offer(errand)
        _store_answer(errand, meeting, institution, given.button)
        changes.refresh(errand.session, errand.settings, errand.voice, meeting, errand.now)
        changes.mark_boards(errand.session, meeting)
        shown = view(errand.session, errand.settings, meeting)
        facts = {
            "answer": SAID[given.button],
            "institution": institution.name,
            "title": shown.title,
            "when": when(shown),
        }
        return Page(ANSWER_DONE[0], (ANSWER_DONE[1].format(**facts),), whose=errand.name)


def _open_meeting(errand: Errand) -> Meeting | None:
    meeting = meetings.get(errand.session, int(errand.link.about[1:]))
    if meeting is None or meeting.status != "planned" or is_over(meeting.start, meeting.end, errand.now):
        return None
    return meeting


def _store_answer(errand: Errand, meeting: Meeting, institution: Institution, choice: str) -> None:
    number, institution_id = changes.number_of(meeting), people.id_of(institution)
    row = meetings.answer_of(errand.session, number, institution_id) or Answer(
        meeting=number, institution_id=institution_id, answer=choice, given_by="", at=errand.now
    )
    row.answer, row.mode, row.deputy, row.note = choice, None, None, ""
    row.person, row.given_by, row.at = errand.address.user_id, errand.actor, errand.now
    errand.session.add(row)
    errand.session.flush()


@serves("input")
class HandIn(Purpose):
    """A text for a standing item of a session."""

    def offer(self, errand: Errand) -> Page:
        """The session and a field."""
        meeting = meetings.get(errand.session, int(errand.link.about[1:]))
        board = groups.board(errand.session)
        if meeting is None or meeting.status == "cancelled" or board is None:
            return Page(ANSWER_OVER[0], ANSWER_OVER[1:], whose=errand.name)
        title, line, field, button = INPUT_OFFER
        return Page(
            title, (line.format(title=meeting.title),), whose=errand.name, buttons=(("yes", button),), field=field
        )

    def carry_out(self, errand: Errand, given: Given) -> Page:
        """Store it as an input of the board, and show it to the office."""
        offered = self.offer(errand)
        words = given.words
        if not words or not is_text(words):
            return offered.once_more(given, INPUT_EMPTY)
        row = _store_input(errand, words)
        office = conversation.coordination(errand.session)
        if office is not None:
            handed = TextHandedIn(errand.name, f"I{row.number}", row.title, words)
            errand.voice.say(f"group:{office.key}", handed)
        done, line = INPUT_DONE
        return Page(done, (line.format(reference=f"I{row.number}"),), whose=errand.name)


def _store_input(errand: Errand, words: str) -> Input:
    board = groups.board(errand.session)
    if board is None:
        raise LookupError("offered without a board")
    row = Input(
        group_key=board.key,
        meeting=int(errand.link.about[1:]),
        title=INPUT_TITLE.format(institution=errand.name),
        text=words,
        author=errand.actor,
        status="submitted",
        created_at=errand.now,
        submitted_at=errand.now,
        event_id=f"link:{errand.link.id}",
    )
    errand.session.add(row)
    errand.session.flush()
    return row
