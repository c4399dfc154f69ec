"""What the clock and other subjects ask of the agenda."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlmodel import Session

from ombot.chat.context import Context
from ombot.chat.contributions import BoardOf, Undone, mine, on_board, undone
from ombot.chat.nodes import PersonNode
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.config import Settings
from ombot.features.agenda import carrying, rules, views
from ombot.features.agenda.cards import FOLLOW_UPS, PARKED_BRIEF, STEP_BRIEF, published_blocks
from ombot.features.agenda.export import attachment
from ombot.features.agenda.results import BoardAgenda, MyItems
from ombot.features.agenda.tables import AgendaItem
from ombot.features.meetings import queries as meetings
from ombot.features.meetings.steps import Cycle, Step, prepares, session_step
from ombot.features.meetings.tables import Meeting
from ombot.features.meetings.views import next_meetings
from ombot.features.tasks import queries as tasks
from ombot.features.tasks import views as task_views
from ombot.features.tasks.cards import condition_blocks
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


@session_step("parked", PARKED_BRIEF)
class AskConditions(Step):
    """With the agenda: is what tasks were parked for true by now? Asked in the room of the tasks' group."""

    def plan(self, cycle: Cycle) -> Iterator[Planned]:
        """One message a room."""
        rooms = (cycle.group_key, *cycle.working_groups, *filter(None, (cycle.coordination,)))
        for key in dict.fromkeys(rooms):
            yield cycle.before("parked", cycle.settings.sessions.agenda, f"group:{key}")

    def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:  # noqa: ARG002
        """Nothing when no task of the group waits for a condition."""
        waiting = tasks.waiting(occasion.session, reminder.destination.removeprefix("group:"))
        if not waiting:
            return None
        shown = task_views.views(occasion.session, waiting, occasion.now.date())
        people = {person.id: person for task in shown for person in task.people}
        rung = tuple(PersonNode(person.id, person.name, notify=True) for person in people.values())
        return Section(condition_blocks(shown), rung, shown[0].reference if len(shown) == 1 else None)


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
    meeting = next_meetings(asked).get(asked.group.key)
    if meeting is None:
        return None
    agenda = views.agenda(
        asked.session,
        asked.settings.organisation.timezone,
        meeting,
        asked.now.date(),
        sees=lambda key: key == asked.group.key,
    )
    return BoardAgenda(agenda) if agenda.items or agenda.proposals else None


@mine(30)
def my_items(context: Context) -> MyItems | None:
    """What stands on the agenda of the next session and concerns the sender."""
    meeting = context.once("next session", lambda: meetings.next_session(context.session, context.now))
    own = [group for group in context.own_groups if group.kind == "working_group" and context.sees(group.key)]
    if meeting is None or not context.own_groups:
        return None
    groups = {group.name for group in own}
    names = {context.person(context.sender).name, *groups}
    agenda = context.once(
        ("agenda", meeting.number),
        lambda: views.agenda(context.session, context.zone, meeting, context.today, sees=lambda _key: False),
    )
    found = tuple(item for item in agenda.items if item.group in groups or rules.names_any(item.presenter, names))
    return MyItems(agenda.reference, found) if found else None


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
