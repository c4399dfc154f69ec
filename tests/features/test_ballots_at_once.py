"""Two secret ballots of every institution at the same moment, in several threads: one of each is counted (D4)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playing import make_room
from sqlmodel import Session, select
from testbot import TestBot, user

from ombot.features.decisions.tables import Ballot, Participation
from ombot.store import inbox, rooms
from ombot.store.engine import open_engine
from ombot.store.tables import Inbox

INSTITUTIONS = 12
LANES = 4


def test_of_two_ballots_of_every_institution_one_counts(tmp_path: Path, database: str) -> None:
    names = [f"person{number:02}" for number in range(INSTITUTIONS)]
    people = [{"id": user(name), "institution": f"Einrichtung {name}"} for name in names]
    engine = open_engine(database)
    bot = TestBot.create(tmp_path, engine, people=people)
    with bot.store.unit() as session:
        make_room(bot, session, "!beratung", dict.fromkeys((*names, "eva"), ("join", 50)))
        for name in names:
            make_room(bot, session, f"!dm-{name}", {name: ("join", 0)})
            rooms.set_direct(session, f"!dm-{name}", user(name))
    bot.send("!beschluss Alles neu geheim", as_="eva")
    rows = [_ballot(bot, name, choice) for name in names for choice in ("zustimmung", "enthaltung")]
    with bot.store.unit() as session:
        inbox.add(session, rows)
    together = threading.Barrier(LANES)

    def cast(lane: int) -> None:
        together.wait()
        for number in range(lane, 2 * INSTITUTIONS, LANES):
            with bot.store.unit() as session:
                _handle(bot, session, f"$ballot{number}")

    with ThreadPoolExecutor(LANES) as lanes:
        list(lanes.map(cast, range(LANES)))

    with bot.store.reading() as session:
        ballots, cast_by = session.exec(select(Ballot)).all(), session.exec(select(Participation)).all()
        left = [row.content for row in session.exec(select(Inbox).where(Inbox.event_id != "$e0"))]
    bot.store.close()
    engine.dispose()
    assert (len(ballots), len({one.institution_id for one in cast_by}), len(cast_by)) == (INSTITUTIONS,) * 3
    assert left == [{}] * (2 * INSTITUTIONS)


def _ballot(bot: TestBot, name: str, choice: str) -> Inbox:
    number = int(name.removeprefix("person")) * 2 + (choice == "enthaltung")
    content = {"body": f"{choice} B1", "msgtype": "m.text", "mentions": [], "links": []}
    return Inbox(
        event_id=f"$ballot{number}",
        room_id=f"!dm-{name}",
        sender=user(name),
        kind="message",
        content=content,
        sent_at=bot.now,
        received_at=bot.now,
    )


def _handle(bot: TestBot, session: Session, event_id: str) -> None:
    row = inbox.by_event(session, event_id)
    assert row is not None
    bot.bus.handle(session, row, bot.now)
