"""What the clock and other subjects ask of the agenda."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session

from ombot.chat.context import Context
from ombot.chat.contributions import BoardOf, Undone, on_board, undone
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.config import Settings
from ombot.features.agenda import carrying, views
from ombot.features.agenda.cards import FOLLOW_UPS, STEP_BRIEF, published_blocks
from ombot.features.agenda.export import attachment
from ombot.features.agenda.results import BoardAgenda
from ombot.features.agenda.tables import AgendaItem
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.steps import Cycle, Step, prepares, session_step
from ombot.features.meetings.tables import Meeting
from ombot.store.base import Table


@prepares
def prepare(session: Session, settings: Settings, meeting: Meeting, now: datetime) -> None:
    """What stands on an agenda by itself: the standing items, and what earlier meetings left over."""
    if meeting.kind == "session" and meeting.status == "planned":
        carrying.stand(session, settings, meeting, FOLLOW_UPS, now)
    carrying.hand_over(session, meeting.group_key, meeting.kind, now)


@session_step("agenda", STEP_BRIEF)
class PublishAgenda(Step):
    """A week before: the agenda with its documents, in the room of the board."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """One message."""
        yield cycle.before("agenda", cycle.settings.sessions.agenda, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """The agenda as it stands then. Proposals are still undecided and left out."""
        settings = occasion.settings
        zone = settings.organisation.timezone
        whole = views.agenda(occasion.session, zone, meeting, occasion.now.date())
        agenda = views.without_proposals(whole)
        files = tuple(attachment(settings, agenda, fmt) for fmt in ("docx", "pdf"))
        return Section(published_blocks(agenda), about=agenda.reference, files=files)


@session_step("agenda_end", STEP_BRIEF, kinds=("session", "meeting"), statuses=("planned", "held"), silent=True)
class HandOver(Step):
    """When a meeting is over, proposals nobody decided on go over to the next one."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """At the end; nothing is said."""
        yield cycle.at("agenda_end", cycle.end, f"group:{cycle.group_key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Moves what is left; says nothing."""
        carrying.hand_over(occasion.session, meeting.group_key, meeting.kind, occasion.now)
        return None


@on_board(15)
def board(asked: BoardOf) -> BoardAgenda | None:
    """The agenda of the group's next session, or of its own next meeting that has one."""
    coming = meetings.coming(asked.session, [asked.group.key], asked.now)
    if not coming:
        return None
    agenda = views.agenda(
        asked.session,
        asked.settings.organisation.timezone,
        coming[0],
        asked.now.date(),
        sees=lambda key: key == asked.group.key,
    )
    return BoardAgenda(agenda) if agenda.items or agenda.proposals else None


@undone("agenda_item")
def after_undo(context: Context, rows: Sequence[Table]) -> list[Undone]:
    """The items an undo put back."""
    found = []
    for item in rows:
        meeting = meetings.get(context.session, item.meeting_number) if isinstance(item, AgendaItem) else None
        if isinstance(item, AgendaItem) and meeting is not None:
            gone = item.status == "struck"
            found.append(Undone(f"P{item.number}", item.title, meeting.group_key, gone=gone))
    return found
