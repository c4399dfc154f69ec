"""Counting afterwards: what stands in the rooms and in the export, against the ledger of what was written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chaos.players import CAUSE, ExpectedMeeting, ExpectedTask, Ledger, Order

Event = dict[str, Any]

REMINDER = "Erinnerung – "
SHOWN = 5


@dataclass
class Tally:
    """What was found; every list but the counts must be empty."""

    commands: int = 0
    answers: int = 0
    effects: int = 0
    reminders: int = 0
    lost_commands: list[str] = field(default_factory=list)
    doubled_commands: list[str] = field(default_factory=list)
    wrong_effects: list[str] = field(default_factory=list)
    lost_answers: list[str] = field(default_factory=list)
    doubled_answers: list[str] = field(default_factory=list)
    lost_reminders: list[str] = field(default_factory=list)
    doubled_reminders: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        """What is not as it must be, by name; empty after a good run."""
        return {name: found for name, found in vars(self).items() if isinstance(found, list) and found}

    def __str__(self) -> str:
        counts = (
            f"{self.commands} commands, {self.effects} effects, {self.answers} answers, {self.reminders} reminders: "
            f"{_together(self.lost_commands, self.lost_answers, self.lost_reminders)} lost, "
            f"{_together(self.doubled_commands, self.doubled_answers, self.doubled_reminders)} doubled, "
            f"{len(self.wrong_effects)} wrong, {len(self.out_of_order)} out of order, "
            f"{len(self.unreadable)} unreadable"
        )
        details = [f"  {name}: {found[:SHOWN]}" for name, found in self.faults.items()]
        return "\n".join([counts, *details])


def _together(*lists: Sequence[str]) -> int:
    return sum(len(found) for found in lists)


@dataclass(frozen=True)
class Room:
    """One room as a member sees it: its events by going through its history, and their order as they came in."""

    key: str
    events: list[Event]
    order: list[str]


def count(ledger: Ledger, rooms: Mapping[str, Room], export: Mapping[str, Any], bot: str) -> Tally:
    """Compare what was written with what came of it."""
    tally = Tally(commands=len(ledger.orders))
    said = {room_id: [event for event in room.events if event["sender"] == bot] for room_id, room in rooms.items()}
    for room_id, room in rooms.items():
        tally.unreadable += [event["event_id"] for event in room.events if event["type"] == "m.room.encrypted"]
        orders = [order for order in ledger.orders if order.room == room_id]
        _count_answers(tally, orders, said[room_id])
        _check_order(tally, orders, said[room_id], room)
        _check_buttons(tally, [task for task in ledger.tasks if task.room == room_id], said[room_id])
        _count_reminders(tally, [one for one in ledger.meetings if one.room == room_id], said[room_id])
    _compare_tasks(tally, ledger.tasks, export["tasks"], {room_id: room.key for room_id, room in rooms.items()})
    _compare_meetings(tally, ledger.meetings, export["meetings"])
    return tally


# --- the rooms --------------------------------------------------------------------------------------------------


def _cause(event: Event) -> str:
    return str(event["content"].get(CAUSE, ""))


def _is_message(event: Event) -> bool:
    return event["type"] == "m.room.message" and not _is_edit(event)


def _is_edit(event: Event) -> bool:
    return bool(_relation(event).get("rel_type") == "m.replace")


def _relation(event: Event) -> dict[str, Any]:
    return dict(event["content"].get("m.relates_to") or {})


def _reply_to(event: Event) -> str | None:
    target = (_relation(event).get("m.in_reply_to") or {}).get("event_id")
    return None if target is None else str(target)


def _by_command(said: Iterable[Event]) -> dict[str, list[Event]]:
    found: defaultdict[str, list[Event]] = defaultdict(list)
    for event in said:
        found[_cause(event).rpartition("/")[0]].append(event)
    return found


def _count_answers(tally: Tally, orders: Sequence[Order], said: Sequence[Event]) -> None:
    """Each event of ombot's carries what caused it and its number within that: no two may be the same."""
    causes = Counter(_cause(event) for event in said if _cause(event))
    tally.doubled_answers += [cause for cause, number in causes.items() if number > 1]
    by_command = _by_command(said)
    for order in orders:
        if _answers(order, by_command[order.event_id]):
            tally.answers += 1
        else:
            tally.lost_answers.append(f"{order.kind} {order.event_id}")


def _answers(order: Order, caused: Sequence[Event]) -> list[Event]:
    match order.answer:
        case "edit":
            return [event for event in caused if _is_edit(event)]
        case "reaction":
            return [event for event in caused if _is_message(event)]
        case _:
            return [event for event in caused if _is_message(event) and _reply_to(event) == order.event_id]


def _check_order(tally: Tally, orders: Sequence[Order], said: Sequence[Event], room: Room) -> None:
    """Answers stand in the order of the commands they answer."""
    place = {event_id: index for index, event_id in enumerate(room.order)}
    missing = [order.event_id for order in orders if order.event_id not in place]
    if missing:
        raise RuntimeError(f"the reading member has not seen {missing[:SHOWN]}")
    by_command = _by_command(said)
    latest = -1
    for order in sorted(orders, key=lambda order: place[order.event_id]):
        answers = [place[event["event_id"]] for event in _answers(order, by_command[order.event_id])]
        if answers and min(answers) < latest:
            tally.out_of_order.append(f"{order.kind} {order.event_id}")
        latest = max([latest, *answers])


def _check_buttons(tally: Tally, tasks: Sequence[ExpectedTask], said: Sequence[Event]) -> None:
    """The card of a new task has each of its buttons once."""
    pressed = Counter(
        (_relation(event).get("event_id"), _relation(event).get("key"))
        for event in said
        if event["type"] == "m.reaction"
    )
    cards = {_reply_to(event): event["event_id"] for event in reversed(said) if _is_message(event)}
    for task in tasks:
        for key in ("✅", "🙋"):
            number = pressed[(cards.get(task.event_id), key)]
            if number == 0:
                tally.lost_answers.append(f"button {key} of {task.title}")
            elif number > 1:
                tally.doubled_answers.append(f"button {key} of {task.title}")


def _count_reminders(tally: Tally, meetings: Sequence[ExpectedMeeting], said: Sequence[Event]) -> None:
    """One message may hold several reminders, but each meeting is in exactly one."""
    bodies = [str(event["content"].get("body")) for event in said if _is_message(event) and _reply_to(event) is None]
    for meeting in meetings:
        number = sum(REMINDER in body and meeting.title in body for body in bodies)
        if number == 0:
            tally.lost_reminders.append(meeting.title)
        elif number > 1:
            tally.doubled_reminders.append(meeting.title)
        tally.reminders += number


# --- the export -------------------------------------------------------------------------------------------------


def _compare_tasks(
    tally: Tally, tasks: Sequence[ExpectedTask], found: Sequence[Mapping[str, Any]], keys: Mapping[str, str]
) -> None:
    by_origin: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in found:
        by_origin[str(entry["event_id"])].append(entry)
    for task in tasks:
        entries = by_origin.pop(task.event_id, [])
        _note_number(tally, task.title, len(entries))
        wanted = (keys[task.room], task.title, task.due and task.due.isoformat(), task.status, task.note)
        for entry in entries:
            got = (entry["group"], entry["title"], entry["due"], entry["status"], entry["note"] or "")
            if got != wanted:
                tally.wrong_effects.append(f"{entry['id']} {got} instead of {wanted}")
    tally.doubled_commands += [f"foreign {entry['id']}" for entries in by_origin.values() for entry in entries]


def _compare_meetings(tally: Tally, meetings: Sequence[ExpectedMeeting], found: Sequence[Mapping[str, Any]]) -> None:
    by_title: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in found:
        by_title[str(entry["title"])].append(entry)
    for meeting in meetings:
        entries = by_title.pop(meeting.title, [])
        _note_number(tally, meeting.title, len(entries))
        for entry in entries:
            got = {answer["institution"]: answer["answer"] for answer in entry["answers"]}
            if got != meeting.answers or datetime.fromisoformat(entry["start"]) != meeting.start:
                tally.wrong_effects.append(f"{entry['id']} {got} instead of {meeting.answers}")
    tally.doubled_commands += [f"foreign {title}" for title in by_title]


def _note_number(tally: Tally, title: str, number: int) -> None:
    tally.effects += number
    if number == 0:
        tally.lost_commands.append(title)
    elif number > 1:
        tally.doubled_commands.append(title)
