"""Many reminders due at once: settled in parts, so that commands come through, and one message for each room."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import NoReturn

import pytest
from sqlalchemy import event, insert, update
from sqlmodel import col, select
from testbot import TestBot

from ombot.clock import ticks
from ombot.clock.reminders import AFTER_A_FAULT, LONGEST, PART, SECTIONS
from ombot.clock.tables import Reminder
from ombot.features.tasks.tables import Assignee, Task
from ombot.store import meta
from ombot.store.tables import Outbox

DUE = datetime(2026, 11, 26, 8, tzinfo=UTC)


def store(bot: TestBot, numbers: dict[str, int]) -> None:
    """Tasks that are due, so many in each group."""
    keys = [key for key, number in numbers.items() for _ in range(number)]
    same = {"description": "", "status": "open", "due": DUE.date(), "created_by": "@eva:example.org", "event_id": "$"}
    same |= {"created_at": DUE, "assigned_in_room": True}
    tasks = [
        {"number": number, "group_key": key, "title": f"Thema {number}", **same}
        for number, key in enumerate(keys, start=1)
    ]
    due = {"step": f"due-0d@{DUE.date()}", "anchor": DUE.date(), "due_at": DUE, "state": "open", "paused": False}
    reminders = [{"object": f"A{task['number']}", "destination": f"group:{task['group_key']}", **due} for task in tasks]
    with bot.store.unit() as session:
        session.execute(insert(Task), tasks)
        session.execute(insert(Reminder), reminders)


def assign(bot: TestBot, *people: str) -> None:
    """Give every task to persons of its group."""
    with bot.store.unit() as session:
        for task in session.exec(select(Task)).all():
            for position, person in enumerate(people):
                session.add(Assignee(task=task.number, kind="person", name=person, position=position))


def statements(bot: TestBot) -> int:
    """How many statements one part takes."""
    seen: list[object] = []
    note = lambda *args: seen.append(args[2])  # noqa: E731 - must be the same object when it is removed
    event.listen(bot.store.engine, "before_cursor_execute", note)
    try:
        with bot.store.unit() as session:
            bot.clock.tick(session, bot.now)
    finally:
        event.remove(bot.store.engine, "before_cursor_execute", note)
    return len(seen)


def parts(bot: TestBot) -> list[int]:
    """How much each transaction settled, the last one excepted that finds nothing more."""
    found = []
    while True:
        with bot.store.unit() as session:
            before = len(session.exec(select(Reminder).where(Reminder.state == "sent")).all())
            if not bot.clock.tick(session, bot.now):
                return found
            settled = len(session.exec(select(Reminder).where(Reminder.state == "sent")).all()) - before
            found += [settled] if settled else []


def said(bot: TestBot) -> dict[str, list[int]]:
    """How many titles stand in each message, by destination; the pages of a long one are one message."""
    found: dict[str, Counter[str]] = {}
    for row in bot.table(Outbox):
        if row.cause.startswith("clock:A") and row.kind == "message":
            titles = sum("Thema" in line for line in row.content["body"].splitlines())
            found.setdefault(row.destination, Counter())[row.cause] += titles
    return {destination: list(messages.values()) for destination, messages in found.items()}


def test_a_part_ends_with_a_room_and_each_room_gets_one_message(bot: TestBot) -> None:
    numbers = {"beratung": PART + 20, "plenum": 1, "sk": PART - 2, "transfer": PART}
    store(bot, numbers)

    # In the order of their names; "plenum" and "sk" are less than a part together, and no room is cut.
    assert parts(bot) == [PART + 20, 1 + PART - 2 + PART]
    assert said(bot) == {f"group:{key}": [number] for key, number in numbers.items()}
    assert Counter(row.state for row in bot.table(Reminder)) == {"sent": sum(numbers.values())}


def test_a_room_that_does_not_fit_any_more_waits_for_the_next_part(bot: TestBot) -> None:
    store(bot, {"beratung": PART - 1, "transfer": LONGEST - 5})

    assert parts(bot) == [PART - 1, LONGEST - 5]
    assert said(bot) == {"group:beratung": [PART - 1], "group:transfer": [LONGEST - 5]}


def test_a_message_costs_the_same_whatever_it_holds(bot: TestBot) -> None:
    """The write lane is held meanwhile: 10,000 reminders at once are not to keep a command waiting for 250 ms."""
    bot.pass_time(bot.now)  # welcomes and boards are through
    store(bot, {"beratung": 1, "transfer": 10})
    assign(bot, "@eva:example.org", "@jan:example.org")

    with bot.store.unit() as session:
        session.execute(update(Reminder).where(col(Reminder.destination) == "group:transfer").values(paused=True))
    one = statements(bot)
    with bot.store.unit() as session:
        session.execute(update(Reminder).values(paused=False))
    many = statements(bot)

    assert said(bot) == {"group:beratung": [1], "group:transfer": [10]}
    assert one == many <= 20


def test_what_is_settled_and_what_comes_back_stand_in_one_message_in_their_order(bot: TestBot) -> None:
    store(bot, {"beratung": 4})
    with bot.store.unit() as session:
        done, parked = (session.get_one(Task, number) for number in (2, 3))
        done.status = "done"
        parked.status, parked.parked_until = "parked", DUE.date()
        session.execute(update(Reminder).where(col(Reminder.object) == "A3").values(step=f"reopen@{DUE.date()}"))

    parts(bot)

    [message] = [row.content["body"] for row in bot.table(Outbox) if row.cause.startswith("clock:A")]
    assert [line for line in message.splitlines() if "Thema" in line] == [
        "Erinnerung – A1: Thema 1",
        "Wiedervorlage – A3: Thema 3",
        "Erinnerung – A4: Thema 4",
    ]
    assert [task.status for task in bot.table(Task)] == ["open", "done", "open", "open"]
    assert {row.state for row in bot.table(Reminder)} == {"sent"}


def test_every_tick_writes_even_when_nothing_is_due(bot: TestBot) -> None:
    """So a full disk is noticed before a member does (S7)."""
    with bot.store.unit() as session:
        bot.clock.tick(session, bot.now)
    with bot.store.reading() as session:
        assert meta.get(session, meta.LAST_TICK) == bot.now.isoformat()


async def test_a_tick_may_be_cancelled_at_any_moment(bot: TestBot) -> None:
    """A stop does not wait for it: what it had begun is there whole or not at all (T3)."""
    store(bot, {"beratung": PART, "sk": PART, "transfer": PART})

    async def tick() -> None:
        while await bot.store.write(lambda session: bot.clock.tick(session, bot.now)):
            pass

    for turns in range(15):
        ticking = asyncio.create_task(tick())
        for _ in range(turns):
            await asyncio.sleep(0.002)
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
    await tick()

    assert said(bot) == {"group:beratung": [PART], "group:sk": [PART], "group:transfer": [PART]}
    assert Counter(row.state for row in bot.table(Reminder)) == {"sent": 3 * PART}


def test_a_fault_of_ours_holds_up_one_reminder_and_neither_the_clock_nor_its_chores(
    bot: TestBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setitem(SECTIONS.makers, "X", broken)
    monkeypatch.setattr(ticks, "CHORES", [ticks.Chore(broken, lambda _: None), *ticks.CHORES])
    store(bot, {"beratung": 2, "transfer": 1})
    with bot.store.unit() as session:
        session.execute(update(Reminder).where(col(Reminder.object) == "A1").values(object="X1"))
    bot.pass_time(bot.now)
    assert said(bot) == {"group:beratung": [1], "group:transfer": [1]}
    (open_one,) = [row for row in bot.table(Reminder) if row.state == "open"]
    assert (open_one.object, open_one.due_at) == ("X1", bot.now + AFTER_A_FAULT)
    faults = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert f"a reminder cannot be said, tried again in an hour, reference reminder-{open_one.id}" in faults
    assert "a chore of the clock failed; the next tick tries again" in faults
