"""The first words in a fresh direct chat were dropped when they came while the room's state was being fetched."""

from datetime import UTC, datetime

from testbot import NOW, OWN, TestBot

from ombot.chat.intake import Intake
from ombot.store import rooms
from ombot.store.tables import Inbox


def _words(room_id: str) -> Inbox:
    content = {"body": "meine", "mentions": [], "reply_to": None, "file": None}
    moment = datetime.now(UTC)
    return Inbox(
        event_id="$first",
        room_id=room_id,
        sender="@eva:example.org",
        kind="message",
        content=content,
        sent_at=moment,
        received_at=moment,
    )


def test_words_in_a_room_whose_state_is_being_fetched_are_kept(bot: TestBot) -> None:
    with bot.store.unit() as session:
        rooms.mark_stale(session, ["!new"])
        rooms.begin_fetch(session, ["!new"])
        assert Intake(OWN).wanted(session, _words("!new"))


def test_words_in_a_fetched_room_of_two_are_kept_before_it_is_marked_as_direct(bot: TestBot) -> None:
    members = {"@eva:example.org": ("join", "Eva Beispiel"), OWN: ("join", "ombot")}
    with bot.store.unit() as session:
        rooms.save(session, "!new", rooms.StateCopy(True, "12", (OWN,), {}, None, members), NOW)
        assert Intake(OWN).wanted(session, _words("!new"))


def test_talk_in_a_group_and_in_an_odd_room_of_three_is_not_kept(bot: TestBot) -> None:
    members = dict.fromkeys(("@eva:example.org", "@jan:example.org", OWN), ("join", None))
    with bot.store.unit() as session:
        rooms.save(session, "!odd", rooms.StateCopy(True, "12", (OWN,), {}, None, members), NOW)
        assert not Intake(OWN).wanted(session, _words("!odd"))
        assert not Intake(OWN).wanted(session, _words("!beratung"))
