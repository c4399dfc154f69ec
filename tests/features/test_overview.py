"""Help, undo, status, one's own things, the pinned board and the welcome, played as dialogues."""

from datetime import timedelta

from sqlalchemy import event
from sqlmodel import Session, select
from testbot import NAMES, NOW, Begin, TestBot, user

from ombot.chat import contributions
from ombot.chat.registry import REGISTRY
from ombot.chat.tables import Group
from ombot.chat.voice import Voice
from ombot.clock.tables import Reminder
from ombot.features.mailing.tables import Mail, MailAddress
from ombot.features.overview import cycle
from ombot.features.people import queries as institutions
from ombot.features.people.tables import Institution
from ombot.features.tasks.tables import Task
from ombot.store import outbox, rooms
from ombot.store.outbox import Poster
from ombot.store.tables import Inbox, Member, Outbox, Room


def words_of(text: str) -> set[str]:
    """The command words a help lists."""
    return {line.split()[1] for line in text.splitlines() if line.startswith("• !")}


def slot(bot: TestBot, name: str) -> list[Outbox]:
    """Rows of a slot that were not replaced, oldest first."""
    found = (row for row in bot.table(Outbox) if row.slot == name and row.state != "replaced")
    return sorted(found, key=lambda row: row.id)


def open_tasks(text: str) -> list[str]:
    """What a board says about tasks: its heading and its lines."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Offene Aufgaben"))
    return lines[start:-1]


def tick(bot: TestBot, **later: float) -> None:
    """Let the clock look once, some time later."""
    bot.sleep(bot.now + timedelta(**later))


# --- help -------------------------------------------------------------------------------------------------------


def test_help_opens_with_examples_that_work_as_they_stand(bot: TestBot) -> None:
    (said,) = bot.send("!hilfe")
    lines = said.text.splitlines()
    assert lines[0] == "So geht es"
    example = next(line for line in lines if line.startswith("• Eine Aufgabe festhalten: "))
    (added,) = bot.send(example.partition(": ")[2])
    assert added.text.splitlines()[0] == "Aufgabe A1: Einseiter entwerfen"


def test_help_lists_every_word_once(bot: TestBot) -> None:
    (said,) = bot.send("!hilfe", as_="kai", room="office")
    listed = [line.split()[1] for line in said.text.splitlines() if line.startswith("• !")]
    assert sorted(listed) == sorted({f"!{form.word}" for form in REGISTRY.declarations if form.place.name != "DIRECT"})


def test_help_shows_only_forms_the_sender_may_use(bot: TestBot) -> None:
    lead_only = {form.word for form in REGISTRY.declarations if form.right.name in ("LEAD", "COORDINATOR")}
    for_all = {form.word for form in REGISTRY.declarations if form.right.name in ("ANYONE", "PARTICIPANT", "MEMBER")}
    (said,) = bot.send("!hilfe", as_="jan", room="transfer")
    assert words_of(said.text) & {f"!{word}" for word in lead_only - for_all} == set()


def test_help_is_given_to_who_belongs_to_no_group(bot: TestBot) -> None:
    with bot.store.unit() as session:
        for key in ("sk", "office", "plenum", "beratung", "transfer"):
            for member in rooms.members(session, f"!{key}"):
                if member.id == user("eva"):
                    session.delete(session.get(rooms.Member, (f"!{key}", member.id)))
    (said,) = bot.send("hilfe", room="dm")
    assert said.text.startswith("So geht es")
    assert words_of(said.text) == {f"!{form.word}" for form in REGISTRY.declarations if form.right.name == "ANYONE"}


def test_help_to_a_word_shows_all_its_forms_with_usage_and_example(bot: TestBot) -> None:
    (said,) = bot.send("!hilfe !AUFGABE bitte")
    forms = [form for form in REGISTRY.declarations if form.word == "aufgabe"]
    assert len([line for line in said.text.splitlines() if line.startswith("• ")]) == len(forms)
    assert all(form.usage in said.text and form.example in said.text for form in forms)
    assert bot.send("!hilfe todo")[0].text == said.text


def test_help_to_an_unknown_word_names_the_nearest(bot: TestBot) -> None:
    (said,) = bot.send("!hilfe afgabe")
    assert said.text == (
        "Den Befehl „afgabe“ kenne ich nicht. Meinten Sie „!aufgabe“? Mit „!hilfe“ sehen Sie alle Befehle."
    )


# --- undo -------------------------------------------------------------------------------------------------------


def test_undo_of_a_new_task_cancels_it_and_its_reminders(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan bis 30.11.")
    (said,) = bot.send("!zurück")
    assert said.text.splitlines()[:2] == [
        "Rückgängig gemacht: A1",
        "• A1 Einseiter entwerfen – ist jetzt verworfen",
    ]
    assert said.row.about == "A1"
    assert [task.status for task in bot.table(Task)] == ["cancelled"]
    assert {reminder.state for reminder in bot.table(Reminder)} == {"dropped"}
    assert bot.pass_time(NOW + timedelta(days=30)) == []


def test_undo_of_a_new_date_plans_the_old_reminders_again(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen bis 30.11.")
    before = {(row.step, row.due_at) for row in bot.table(Reminder) if row.state == "open"}
    bot.send("!aufgabe A1 bis 31.12.")
    (said,) = bot.send("!rueckgaengig")
    assert said.text.splitlines()[1] == "• A1 Einseiter entwerfen – ist wie vorher"
    assert {(row.step, row.due_at) for row in bot.table(Reminder) if row.state == "open"} == before


def test_undo_puts_assignees_back(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan an BG RCI")
    bot.send("!aufgabe A1 an niemanden")
    bot.send("!zurück")
    (said,) = bot.send("!aufgabe A1")
    assert "Wer: Jan Muster, BG RCI" in said.text.splitlines()


def test_undo_of_an_assignment_to_an_institution_with_a_stroke_in_its_name(bot: TestBot) -> None:
    with bot.store.unit() as session:
        institutions.ensure_institution(session, "Handel/Handwerk")
    bot.send("!aufgabe Einseiter entwerfen")
    bot.send("!aufgabe A1 an Handel/Handwerk")
    bot.send("!zurück")
    assert "Wer: noch niemand" in bot.send("!aufgabe A1")[0].text.splitlines()


def test_undo_is_one_step_and_not_undone_itself(bot: TestBot) -> None:
    bot.send("!aufgabe Eins")
    bot.send("!aufgabe Zwei")
    assert bot.send("!zurück")[0].text.startswith("Rückgängig gemacht: A2")
    assert bot.send("!zurück")[0].text.startswith("Rückgängig gemacht: A1")
    assert bot.send("!zurück")[0].text.startswith("Es gibt hier nichts rückgängig zu machen")


def test_undo_is_refused_once_somebody_else_changed_it(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen")
    bot.send("!aufgabe A1 bis 30.11.", as_="jan")
    (said,) = bot.send("!zurück")
    assert said.text.startswith("Das wurde inzwischen weiter geändert")
    assert [(task.status, str(task.due)) for task in bot.table(Task)] == [("open", "2026-11-30")]


def test_undo_takes_only_ones_own_change_in_this_room_within_ten_minutes(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen")
    nothing = "Es gibt hier nichts rückgängig zu machen"
    assert bot.send("!zurück", as_="jan")[0].text.startswith(nothing)
    assert bot.send("!zurück", room="sk")[0].text.startswith(nothing)
    bot.later(minutes=10, seconds=1)
    assert bot.send("!zurück")[0].text.startswith(nothing)
    assert [task.status for task in bot.table(Task)] == ["open"]


def test_undo_of_a_button(bot: TestBot) -> None:
    (card,) = bot.send("!aufgabe Einseiter entwerfen")
    bot.react(card, "✅", as_="jan")
    bot.send("!zurück", as_="jan")
    assert [task.status for task in bot.table(Task)] == ["open"]


def test_undo_of_an_edit(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen")
    bot.edit(bot.last_event, "!aufgabe Zweiseiter entwerfen")
    bot.send("!zurück")
    assert [task.title for task in bot.table(Task)] == ["Einseiter entwerfen"]


def test_what_stays_is_not_undone_and_neither_is_what_came_before_it(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen", as_="kai", room="office")
    bot.send("!ag neu AG Neue Wege", as_="kai", room="office")
    (said,) = bot.send("!zurück", as_="kai", room="office")
    assert said.text.startswith("Ihr letzter Befehl lässt sich nicht rückgängig machen.")
    assert [task.status for task in bot.table(Task)] == ["open"]


def test_undo_in_the_direct_chat_of_who_has_left_the_group_changes_nothing(bot: TestBot) -> None:
    bot.send("aufgabe Einseiter entwerfen in AG Transfer", as_="ida", room="dm")
    with bot.store.unit() as session:
        session.delete(session.get(rooms.Member, ("!transfer", user("ida"))))
    (said,) = bot.send("zurück", as_="ida", room="dm")
    assert said.text.startswith("Es gibt hier nichts rückgängig zu machen")
    assert [task.status for task in bot.table(Task)] == ["open"]


# --- status, one's own things -----------------------------------------------------------------------------------


def test_status_is_two_sentences_for_members(bot: TestBot) -> None:
    (said,) = bot.send("!status")
    assert said.text.splitlines() == [
        "Ich laufe und nehme Befehle an. Alles ist verschickt.",
        "Was Sie tun können, zeigt !hilfe",
    ]


def letter(session: Session) -> Mail:
    """One to an institution, which the mail server has refused."""
    bmas = session.exec(select(Institution).where(Institution.name == "BMAS")).one()
    address = MailAddress(
        institution_id=bmas.id, address="poststelle@bmas.example.org", asked_by="@kai:example.org", asked_at=NOW
    )
    session.add(address)
    session.flush()
    error = "550 5.1.1 <poststelle@bmas.example.org> unknown"
    return Mail(
        message_id="<1@x>", key="k", address_id=address.id, recipient=address.address, state="parked", error=error,
        created_at=NOW,
    )  # fmt: skip


def test_status_shows_details_to_coordinators_among_themselves_only(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen bis 30.11.")
    with bot.store.unit() as session:
        session.add(
            Inbox(
                event_id="$broken", room_id="!beratung", sender=user("jan"), kind="message", state="parked",
                error="F3A9", sent_at=NOW, received_at=NOW,
            )
        )  # fmt: skip
        Poster(session, "late", NOW).put(outbox.Draft("group:sk", {"body": "x"}))
        hopeless = [Poster(session, "gone", NOW).put(outbox.Draft("room:!dm-eva", {"body": "y"})) for _ in range(11)]
        for row in hopeless:
            row.state, row.error = "failed", "403 M_FORBIDDEN"
        session.add(letter(session))
    (said,) = bot.send("!status", as_="kai", room="office")
    lines = said.text.splitlines()
    assert lines[0].endswith("1 Nachricht wartet noch auf den Versand, die älteste seit 26.11.2026, 10:00.")
    assert lines[1:3] == [
        "Gescheiterte Befehle",
        "• F3A9 – AG Modernes Beratungsverständnis, 26.11.2026, 10:00",
    ]
    assert lines[3:5] == [
        "Nicht zustellbare Nachrichten",
        f"• out-{hopeless[1].id} – {NAMES['eva']}, 26.11.2026, 10:00",
    ]
    assert lines[14:18] == [
        "und 1 ältere",
        "Nicht zustellbare E-Mails",
        "• mail-1 – BMAS, 26.11.2026, 10:00",
        "Noch einmal versuchen kann es der Betrieb, mit der Kennung davor: ombot retry mail-1",
    ]
    assert "• 27.11.2026, 09:00: A1 an AG Modernes Beratungsverständnis" in lines
    assert len(bot.send("!status", as_="kai", room="beratung")[0].text.splitlines()) == 2
    assert len(bot.send("!status", as_="ute", room="office")[0].text.splitlines()) == 2


def test_mine_shows_what_may_be_shown_here(bot: TestBot) -> None:
    bot.send("!aufgabe Eins @ich")
    bot.send("!aufgabe Zwei @eva", as_="ida", room="plenum")
    bot.send("!aufgabe Drei @jan")
    here = bot.send("!meine")[0].text
    everywhere = bot.send("meine", room="dm")[0].text
    assert [title in here for title in ("A1 Eins", "A2 Zwei", "A3 Drei")] == [True, False, False]
    assert [title in everywhere for title in ("A1 Eins", "A2 Zwei", "A3 Drei")] == [True, True, False]
    assert bot.send("!meine", as_="ida", room="transfer")[0].text.startswith("Bei Ihnen steht nichts an.")


def test_mine_takes_as_many_queries_for_three_tasks_as_for_one(bot: TestBot) -> None:
    counts = []
    for titles in (("Eins",), ("Zwei", "Drei")):
        for title in titles:
            bot.send(f"!aufgabe {title} @ich")
        counts.append(count_queries(bot, "!meine"))
    assert counts[0] == counts[1]


def count_queries(bot: TestBot, text: str) -> int:
    """How many statements a command takes."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(bot.store.engine, "before_cursor_execute", note)
    try:
        bot.send(text)
    finally:
        event.remove(bot.store.engine, "before_cursor_execute", note)
    return len([statement for statement in seen if statement.startswith("SELECT")])


# --- board ------------------------------------------------------------------------------------------------------


def test_every_group_is_welcomed_once_and_gets_one_pinned_board(begin: Begin) -> None:
    bot = begin(tick)
    tick(bot, hours=1)
    for group in bot.table(Group):
        (welcome,) = slot(bot, f"welcome:{group.key}")
        (board,) = slot(bot, f"board:{group.key}")
        assert welcome.destination == board.destination == f"group:{group.key}"
        assert welcome.id < board.id
        assert [
            row.target for row in bot.table(Outbox) if row.kind == "pin" and row.destination == f"group:{group.key}"
        ] == [board.id]


def test_a_group_without_a_room_waits(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.add(Group(key="neu", name="AG Neu", kind="working_group", board_stale=True))
    tick(bot)
    assert slot(bot, "welcome:neu") == slot(bot, "board:neu") == []
    with bot.store.reading() as session:
        assert cycle.next_board(session) is None


def test_the_board_is_edited_in_place_when_something_changed(begin: Begin) -> None:
    bot = begin(tick)
    bot.later(minutes=1)
    bot.send("!aufgabe Einseiter entwerfen bis 30.11.")
    tick(bot, seconds=1)
    first, edit = slot(bot, "board:beratung")
    assert (edit.kind, edit.target) == ("edit", first.id)
    assert edit.content["body"].splitlines()[0] == "Übersicht – AG Modernes Beratungsverständnis"
    assert open_tasks(edit.content["body"]) == [
        "Offene Aufgaben: 1",
        "• ☐ A1 Einseiter entwerfen – noch niemand, bis Mo., 30.11.2026",
    ]
    assert edit.content["m.mentions"] == {}
    assert len(slot(bot, "board:transfer")) == 1


def test_who_comes_later_to_an_encrypted_room_gets_a_board_they_can_read(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.get(Room, "!beratung").encrypted = True
    tick(bot)
    with bot.store.unit() as session:
        session.add(Member(room_id="!beratung", user_id=user("ida"), membership="join", name="Ida Probe"))
        contributions.board_changed(session, "beratung")
    tick(bot, minutes=1)
    first, second = slot(bot, "board:beratung")
    assert (first.kind, second.kind) == ("message", "message")
    withdrawn = [row.content["event_id"] for row in bot.table(Outbox) if row.kind == "redact"]
    assert withdrawn == [first.event_id]
    bot.send("aufgabe Einseiter entwerfen in beratung", room="dm")
    tick(bot, minutes=1)
    assert [row.kind for row in slot(bot, "board:beratung")] == ["message", "message", "edit"]


def test_an_empty_room_is_welcomed_when_the_first_member_comes(bot: TestBot) -> None:
    with bot.store.unit() as session:
        for member in rooms.members(session, "!beratung"):
            session.delete(session.get(Member, ("!beratung", member.id)))
    tick(bot)
    assert slot(bot, "welcome:beratung") == []
    with bot.store.unit() as session:
        session.add(Member(room_id="!beratung", user_id=user("eva"), membership="join", name="Eva Beispiel"))
    tick(bot, minutes=1)
    assert len(slot(bot, "welcome:beratung")) == 1


def test_the_board_is_edited_at_most_every_thirty_seconds(begin: Begin) -> None:
    bot = begin(tick)
    for number in range(6):
        bot.send(f"!aufgabe Nummer {number}")
        tick(bot, seconds=9)
    # Written at 0 s and, with everything up to then, at 36 s.
    assert len(slot(bot, "board:beratung")) == 2
    tick(bot, minutes=1)
    assert open_tasks(slot(bot, "board:beratung")[-1].content["body"])[0] == "Offene Aufgaben: 6"
    with bot.store.reading() as session:
        assert cycle.next_board(session) is None


def test_nothing_is_edited_when_the_board_says_the_same(begin: Begin) -> None:
    bot = begin(tick)
    bot.later(minutes=1)
    bot.send("!aufgabe Einseiter entwerfen")
    bot.send("!zurück")
    tick(bot, minutes=1)
    assert len(slot(bot, "board:beratung")) == 1


def test_a_board_that_is_not_sent_yet_is_changed_before_it_is(bot: TestBot) -> None:
    with bot.store.unit() as session:
        bot.clock.tick(session, bot.now)
    bot.later(minutes=1)
    with bot.store.unit() as session:
        session.add(
            Task(group_key="beratung", title="Später", created_by=user("eva"), created_at=bot.now, event_id="$x")
        )
        session.get(Group, "beratung").board_stale = True
        session.flush()
        bot.clock.tick(session, bot.now)
    (board,) = slot(bot, "board:beratung")
    assert open_tasks(board.content["body"])[0] == "Offene Aufgaben: 1"
    assert board.content[outbox.CAUSE].startswith("board:beratung:")


def test_a_replaced_room_gets_its_own_board_but_no_second_welcome(begin: Begin) -> None:
    bot = begin(tick)
    with bot.store.unit() as session:
        rooms.get(session, "!beratung").group_key = None
        session.flush()
        rooms.set_group(session, "!dm-ute", "beratung")
        session.get(Group, "beratung").board_stale = True
    tick(bot, minutes=1)
    assert [row.kind for row in slot(bot, "board:beratung")] == ["message", "message"]
    assert len(slot(bot, "welcome:beratung")) == 1


def test_what_becomes_overdue_shows_on_the_next_day(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen bis morgen")
    tick(bot)
    tick(bot, days=2)
    assert open_tasks(slot(bot, "board:beratung")[-1].content["body"])[0] == "Offene Aufgaben: 1, davon 1 überfällig"


def test_an_archived_group_has_no_board(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.get(Group, "transfer").archived = True
    tick(bot)
    assert slot(bot, "board:transfer") == []


def test_a_board_shows_the_five_tasks_that_are_due_first(bot: TestBot) -> None:
    for day in range(8, 1, -1):
        bot.send(f"!aufgabe Fällig am Tag {day} bis {day}.12.2026")
    (said,) = bot.send("!übersicht")
    lines = open_tasks(said.text)
    assert lines[0] == "Offene Aufgaben: 7"
    assert [line.split("Tag ")[1][0] for line in lines[1:6]] == ["2", "3", "4", "5", "6"]
    assert lines[6] == "und 2 weitere – alle zeigt !aufgaben"
    assert (
        said.text.splitlines()[-1] == "Diese Übersicht ist oben im Raum angeheftet und wird dort laufend aktualisiert."
    )


def test_a_board_is_not_shown_in_the_room_of_another_group(bot: TestBot) -> None:
    (said,) = bot.send("!übersicht in AG Transfer", as_="jan", room="beratung")
    assert said.text.startswith("Die Übersicht von „AG Transfer“ zeige ich nur im Raum der Gruppe")
    (said,) = bot.send("übersicht in AG Transfer", as_="jan", room="dm")
    assert said.text.startswith("Übersicht – AG Transfer")


# --- welcome ----------------------------------------------------------------------------------------------------


def test_each_kind_of_group_is_welcomed_in_its_own_words(begin: Begin) -> None:
    bot = begin(tick)
    texts = [slot(bot, f"welcome:{key}")[0].content["body"] for key in ("sk", "office", "plenum", "beratung")]
    assert len({text.splitlines()[1] for text in texts}) == 4
    assert all(len(text.splitlines()) == 5 for text in texts)


def test_a_direct_chat_is_greeted_once(bot: TestBot) -> None:
    for _ in range(2):
        with bot.store.unit() as session:
            voice = Voice(Poster(session, "direct", bot.now), REGISTRY.cards)
            cycle.welcome_direct(session, voice, user("eva"))
    (row,) = [row for row in bot.table(Outbox) if row.slot == f"welcome:{user('eva')}"]
    assert row.destination == f"person:{user('eva')}"
    assert row.content["body"].startswith("Guten Tag, Eva Beispiel\n")
