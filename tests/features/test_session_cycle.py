"""What is sent for a session by itself: when, to whom, and what stops it."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from testbot import BERLIN, NOW, Begin, Said, TestBot, user

from ombot.chat.language import SENTENCES
from ombot.clock.reminders import Occasion, Planned, Section
from ombot.clock.tables import Reminder
from ombot.clock.workdays import calendar_of
from ombot.features.groups.queries import add_to_roster
from ombot.features.groups.rules import RosterLine
from ombot.features.meetings.cards import STEP_BRIEFS
from ombot.features.meetings.steps import STEPS, Cycle, Step, plan, session_step
from ombot.features.meetings.tables import Meeting
from ombot.features.people.queries import ensure_institution

OURS = tuple(STEP_BRIEFS)
MADE = "!sitzung 20.05.2027 11–16 Uhr Ort Berlin"


def at(day: int, month: int, year: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


def is_ours(row: Reminder) -> bool:
    """Whether a reminder is of a step of this subject; other subjects hang theirs on the same session."""
    return row.step.partition("@")[0].partition("-")[0] in OURS


def planned(bot: TestBot, state: str = "open") -> list[tuple[str, str, datetime]]:
    """Step, destination and moment of the session's reminders in a state, by time."""
    rows = [row for row in bot.table(Reminder) if row.object == "T1" and row.state == state and is_ours(row)]
    rows.sort(key=lambda row: (row.due_at, row.step, row.destination))
    return [(row.step.partition("@")[0], row.destination, row.due_at.astimezone(BERLIN)) for row in rows]


def about(said: list[Said], *words: str) -> list[tuple[str, list[str]]]:
    """Destination and who was rung of the messages in which a line begins with one of these words."""
    return [(one.to, one.mentions) for one in said if any(line.startswith(words) for line in one.text.splitlines())]


def make(bot: TestBot, text: str = MADE) -> list[Said]:
    return bot.send(text, as_="kai", room="office")


# --- the plan ---------------------------------------------------------------------------------------------------


def test_the_plan_of_a_session(begin: Begin) -> None:
    bot = begin(make)
    assert planned(bot) == [
        ("rsvp", "group:sk", at(25, 3, 2027)),
        ("rsvp_office", "group:office", at(25, 3, 2027)),
        ("rsvp_nudge-28d", "group:sk", at(22, 4, 2027)),
        # 14 days before is Ascension Day: the working day before.
        ("rsvp_nudge-14d", "each:unanswered", at(5, 5, 2027)),
        ("rsvp_nudge-14d", "group:sk", at(5, 5, 2027)),
        ("rsvp_missing", "group:office", at(7, 5, 2027)),
        ("reminder-7d", "group:sk", at(13, 5, 2027)),
        ("reminder-1d", "group:sk", at(19, 5, 2027)),
        ("held", "group:sk", at(20, 5, 2027, 16)),
    ]


def test_a_meeting_of_a_group_has_reminders_only(bot: TestBot) -> None:
    bot.send("!termin Treffen am 12.1.2027 10–12 Uhr")
    assert planned(bot) == [
        ("soon-7d", "group:beratung", at(5, 1, 2027)),
        ("soon-1d", "group:beratung", at(11, 1, 2027)),
        ("held", "group:beratung", at(12, 1, 2027, 12)),
    ]


def test_offsets_come_from_the_configuration(tmp_path: Path) -> None:
    bot = TestBot.create(
        tmp_path, sessions={"call_for_inputs": "30d", "nudges": ["10d"], "reminders": ["2h"]}, quiet={"hours": ""}
    )
    make(bot)
    assert planned(bot) == [
        ("rsvp", "group:sk", at(20, 4, 2027)),
        ("rsvp_office", "group:office", at(20, 4, 2027)),
        ("rsvp_nudge-10d", "each:unanswered", at(10, 5, 2027)),
        ("rsvp_nudge-10d", "group:sk", at(10, 5, 2027)),
        ("rsvp_missing", "group:office", at(11, 5, 2027)),
        ("reminder-120m", "group:sk", at(20, 5, 2027, 9)),
        ("held", "group:sk", at(20, 5, 2027, 16)),
    ]
    bot.store.close()


# --- what is said -----------------------------------------------------------------------------------------------


def test_requests_nudges_and_list_go_only_to_those_who_have_not_answered(begin: Begin) -> None:
    bot = begin(make)
    said = bot.pass_time(at(25, 3, 2027))
    assert about(said, "Bitte um Antwort") == [("group:sk", [user("eva"), user("jan")])]
    bot.send("!zusage T1", as_="eva", room="sk")
    said = bot.pass_time(at(22, 4, 2027))
    assert about(said, "Noch ohne Antwort") == [("group:sk", [user("jan")])]
    said = bot.pass_time(at(5, 5, 2027))
    assert sorted(about(said, "Noch ohne Antwort")) == [
        ("group:sk", [user("jan")]),
        (f"person:{user('jan')}", [user("jan")]),
    ]
    said = bot.pass_time(at(7, 5, 2027))
    assert about(said, "Noch ohne Antwort") == [("group:office", [])]
    assert [line for line in said[0].text.splitlines() if line in ("• itb", "• BG RCI")] == ["• itb"]
    said = bot.pass_time(at(20, 5, 2027, 17))
    assert about(said, "Noch ohne Antwort", "Bitte um Antwort") == []


def test_nothing_is_asked_once_all_have_answered(begin: Begin) -> None:
    bot = begin(make)
    bot.send("!zusage T1", as_="eva", room="sk")
    bot.send("!absage T1", as_="jan", room="sk")
    said = bot.pass_time(at(12, 5, 2027))
    assert about(said, "Bitte um Antwort", "Noch ohne Antwort", "Einrichtungen ohne Konto") == []


def test_the_reminder_rings_those_who_come(begin: Begin) -> None:
    bot = begin(make)
    bot.send("!zusage T1", as_="eva", room="sk")
    bot.send("!absage T1", as_="jan", room="sk")
    said = bot.pass_time(at(19, 5, 2027, 10))
    assert about(said, "Erinnerung – T1") == [("group:sk", [user("eva")])] * 2


def test_institutions_without_an_account_are_listed_for_the_office(tmp_path: Path) -> None:
    groups = [
        {"key": "sk", "name": "Strategiekreis", "kind": "board", "roster": ["BG RCI", "ZDH (Person A)"]},
        {"key": "office", "name": "Koordination", "kind": "coordination"},
    ]
    bot = TestBot.create(tmp_path, groups=groups)
    make(bot)
    said = bot.pass_time(at(25, 3, 2027))
    (listed,) = [one for one in said if one.to == "group:office" and "ohne Konto" in one.text]
    names = {"• ZDH", "• BG RCI", "• itb"}
    assert [line for line in listed.text.splitlines() if line in names] == ["• ZDH"]
    bot.send("!zusage T1 für ZDH", as_="kai", room="office")
    assert about(bot.pass_time(at(22, 4, 2027)), "Es fehlt die Antwort von: BG RCI, itb") == [
        ("group:sk", [user("eva"), user("jan")])
    ]
    bot.store.close()


def test_a_request_carries_the_buttons(begin: Begin) -> None:
    bot = begin(make)
    said = bot.pass_time(at(25, 3, 2027))
    (asked,) = [one for one in said if one.text.startswith("Bitte um Antwort")]
    bot.react(asked, "👍", room="sk")
    assert "BG RCI" not in bot.pass_time(at(22, 4, 2027))[0].text


def test_among_other_reminders_a_request_is_answered_all_the_same(begin: Begin) -> None:
    bot = begin(make)
    bot.send("!aufgabe Einseiter bis 22.04.2027", room="sk")
    (asked,) = [one for one in bot.pass_time(at(22, 4, 2027)) if "Es fehlt die Antwort von" in one.text]
    assert "Erinnerung – A1: Einseiter" in asked.text.splitlines()
    assert asked.text.splitlines()[-1] == "👍 Zusage · 👎 Absage · 🤔 Vielleicht"
    bot.react(asked, "👎", as_="jan", room="sk")
    (said,) = bot.reply(asked, "Zusage online", room="sk")
    assert said.text.splitlines()[0] == "BG RCI: Zusage (online)"
    assert bot.reply(asked, "erledigt", room="sk") == []
    assert "zugesagt 1 von 2" in bot.send("!termine", room="sk")[0].text


# --- late, moved, cancelled -------------------------------------------------------------------------------------


def test_steps_already_past_are_sent_at_once_except_nudges(bot: TestBot) -> None:
    with bot.store.unit() as session:
        ensure_institution(session, "ZDH")
        add_to_roster(session, "sk", [RosterLine("ZDH")])
    make(bot, "!sitzung 03.12.2026 11–16 Uhr")
    said = bot.pass_time(NOW.replace(minute=1))
    assert [one.to for one in said].count("group:office") == 1
    assert about(said, "Einrichtungen ohne Konto") == [("group:office", [])]
    assert about(said, "Bitte um Antwort", "Noch ohne Antwort", "Erinnerung – T1") == []


def test_late_steps_wait_for_the_morning_when_the_night_is_quiet(bot: TestBot) -> None:
    bot.now = at(27, 11, 2026, 21)
    make(bot, "!sitzung 08.12.2026 11–16 Uhr")
    late = [one for one in planned(bot) if one[0] == "rsvp_office"]
    assert late == [("rsvp_office", "group:office", at(30, 11, 2026))]


def test_moving_the_date_moves_everything(begin: Begin) -> None:
    bot = begin(make)
    bot.send("!termin T1 verschieben auf 27.05.2027 11–16 Uhr", as_="kai", room="sk")
    assert [(step, moment) for step, _, moment in planned(bot)] == [
        ("rsvp", at(1, 4, 2027)),
        ("rsvp_office", at(1, 4, 2027)),
        ("rsvp_nudge-28d", at(29, 4, 2027)),
        ("rsvp_nudge-14d", at(13, 5, 2027)),
        ("rsvp_nudge-14d", at(13, 5, 2027)),
        ("rsvp_missing", at(14, 5, 2027)),
        ("reminder-7d", at(20, 5, 2027)),
        ("reminder-1d", at(26, 5, 2027)),
        ("held", at(27, 5, 2027, 16)),
    ]
    assert about(bot.pass_time(at(25, 3, 2027, 12)), "Bitte um Antwort") == []


def test_what_was_sent_for_the_old_date_is_not_repeated_when_it_comes_closer(begin: Begin) -> None:
    bot = begin(make)
    bot.pass_time(at(26, 3, 2027))
    bot.send("!termin T1 verschieben auf 06.05.2027 11–16 Uhr", as_="kai", room="sk")
    (asked,) = bot.send("!termin T1 verschieben auf 04.05.2027 11–16 Uhr", as_="kai", room="sk")
    assert asked.text.startswith("Geändert")
    assert [step for step, _, _ in planned(bot)] == [
        "rsvp_nudge-28d",
        "rsvp_nudge-14d",
        "rsvp_nudge-14d",
        "rsvp_missing",
        "reminder-7d",
        "reminder-1d",
        "held",
    ]


def test_a_cancelled_session_says_nothing_more(begin: Begin) -> None:
    bot = begin(make)
    bot.send("!termin T1 absagen", as_="kai", room="sk")
    assert [row for row in bot.table(Reminder) if row.state == "open"] == []
    bot.send("!zurück", as_="kai", room="sk")
    assert len(planned(bot)) == 9


# --- downtime ---------------------------------------------------------------------------------------------------


def test_after_downtime_each_kind_of_step_is_said_once_in_one_message_a_room(begin: Begin) -> None:
    bot = begin(make)
    bot.send("!zusage T1", as_="eva", room="sk")
    said = bot.sleep(at(5, 5, 2027, 12))
    board = [one for one in said if one.to == "group:sk"]
    assert len(board) == 1
    firsts = [line for line in board[0].text.splitlines() if line.endswith("T1: 1. Sitzung des Strategiekreises")]
    assert firsts == [
        "Bitte um Antwort – T1: 1. Sitzung des Strategiekreises",
        "Noch ohne Antwort – T1: 1. Sitzung des Strategiekreises",
    ]
    assert board[0].text.splitlines()[0] == "Gesammelt nachgeholt"
    assert about(bot.pass_time(at(6, 5, 2027)), "Noch ohne Antwort") == []


def test_after_downtime_a_meeting_that_is_on_is_reminded_of_and_one_that_is_over_is_not(bot: TestBot) -> None:
    for day in ("20.05.2027", "27.05.2027"):
        bot.send(f"!termin Treffen am {day} 17–18 Uhr", as_="eva")
    (said,) = [one for one in bot.sleep(at(20, 5, 2027, 17, 59)) if "T1" in one.text]
    assert (said.to, said.text.splitlines()[-1]) == ("group:beratung", SENTENCES["late"])
    assert [one for one in bot.sleep(at(27, 5, 2027, 18)) if "T2" in one.text] == []


def test_after_downtime_over_the_session_nothing_is_asked(begin: Begin) -> None:
    bot = begin(make)
    said = bot.sleep(at(21, 5, 2027))
    assert about(said, "Bitte um Antwort", "Noch ohne Antwort", "Erinnerung – T1") == []
    (meeting,) = bot.table(Meeting)
    assert meeting.status == "held"


# --- !ablauf ----------------------------------------------------------------------------------------------------


def entries(said: Said) -> list[str]:
    """The numbered lines of this subject's steps, without their numbers."""
    lines = [line.partition(". ") for line in said.text.splitlines() if line[:1].isdigit()]
    return [text for number, _, text in lines if any(brief in text for brief in STEP_BRIEFS.values())]


def number_of(said: Said, words: str) -> int:
    return next(int(line.partition(".")[0]) for line in said.text.splitlines() if line[:1].isdigit() and words in line)


def test_everything_to_come_is_listed_with_recipients(begin: Begin) -> None:
    bot = begin(make)
    (said,) = bot.send("!ablauf", as_="jan", room="transfer")
    assert entries(said) == [
        "Do., 25.03.2027, 09:00 Uhr: Bitte um Zu- oder Absage – an Strategiekreis",
        "Do., 25.03.2027, 09:00 Uhr: Liste der Einrichtungen ohne Konto – an Koordination",
        "Do., 22.04.2027, 09:00 Uhr: Nachfrage bei Einrichtungen ohne Antwort – an Strategiekreis",
        "Mi., 05.05.2027, 09:00 Uhr: Nachfrage bei Einrichtungen ohne Antwort – an Strategiekreis, "
        "Personen der Einrichtungen ohne Antwort (Direktchat)",
        "Fr., 07.05.2027, 09:00 Uhr: Liste der Einrichtungen ohne Antwort – an Koordination",
        "Do., 13.05.2027, 09:00 Uhr: Erinnerung an den Termin – an Strategiekreis",
        "Mi., 19.05.2027, 09:00 Uhr: Erinnerung an den Termin – an Strategiekreis",
    ]


def test_a_step_left_out_is_not_sent_on_another_date_either(begin: Begin) -> None:
    bot = begin(make)
    (listed,) = bot.send("!ablauf T1", as_="kai", room="sk")
    number = number_of(listed, "Bitte um Zu- oder Absage")
    (said,) = bot.send(f"!ablauf T1 {number} auslassen", as_="kai", room="sk")
    assert said.text.splitlines()[0] == (
        "Wird ausgelassen: Do., 25.03.2027, 09:00 Uhr: Bitte um Zu- oder Absage – an Strategiekreis"
    )
    assert "Bitte um Zu- oder Absage – an Strategiekreis – ausgelassen" in "\n".join(entries(said))
    bot.send("!termin T1 verschieben auf 27.05.2027 11–16 Uhr", as_="kai", room="sk")
    assert about(bot.pass_time(at(2, 4, 2027)), "Bitte um Antwort") == []


def test_a_step_left_out_can_be_sent_after_all(begin: Begin) -> None:
    bot = begin(make)
    number = number_of(bot.send("!ablauf T1", as_="kai", room="sk")[0], "Bitte um Zu- oder Absage")
    bot.send(f"!ablauf T1 {number} auslassen", as_="kai", room="sk")
    again = number_of(bot.send("!ablauf T1", as_="kai", room="sk")[0], "Bitte um Zu- oder Absage")
    bot.send(f"!ablauf T1 {again} doch senden", as_="kai", room="sk")
    assert about(bot.pass_time(at(25, 3, 2027)), "Bitte um Antwort") == [("group:sk", [user("eva"), user("jan")])]


def test_everything_can_be_held_back_and_nudges_are_not_made_up_for(begin: Begin) -> None:
    bot = begin(make)
    (said,) = bot.send("!ablauf T1 pausieren", as_="kai", room="sk")
    assert said.text.splitlines()[0] == "Alle Nachrichten sind angehalten"
    assert about(bot.pass_time(at(23, 4, 2027)), "Bitte um Antwort", "Noch ohne Antwort") == []
    bot.send("!ablauf T1 weiter", as_="kai", room="sk")
    said = bot.pass_time(at(23, 4, 2027, 12))
    assert about(said, "Bitte um Antwort", "Noch ohne Antwort") == []
    assert len(about(bot.pass_time(at(5, 5, 2027)), "Noch ohne Antwort")) == 3


def test_a_held_back_meeting_still_ends(begin: Begin) -> None:
    bot = begin(make)
    bot.send("!ablauf T1 pausieren", as_="kai", room="sk")
    bot.pass_time(at(20, 5, 2027, 16))
    assert bot.table(Meeting)[0].status == "held"


@pytest.mark.parametrize(
    ("text", "who", "answer"),
    [
        ("!ablauf T1 99 auslassen", "kai", "Eine Nachricht 99 gibt es nicht."),
        ("!ablauf T1 0 auslassen", "kai", "Eine Nachricht 0 gibt es nicht."),
        ("!ablauf T1 1 auslassen", "eva", "Das darf nur die Koordination."),
        ("!ablauf T1 pausieren", "eva", "Das darf nur die Koordination."),
        ("!ablauf T9", "eva", "T9 gibt es hier nicht."),
        ("!ablauf T1 etwas", "kai", "So verstehe ich den Befehl nicht."),
    ],
)
def test_what_cannot_be_changes_no_plan(begin: Begin, text: str, who: str, answer: str) -> None:
    bot = begin(make)
    before = planned(bot)
    (said,) = bot.send(text, as_=who, room="sk")
    assert said.text.startswith(answer)
    assert planned(bot) == before


def test_without_a_meeting_there_is_no_course(bot: TestBot) -> None:
    (said,) = bot.send("!ablauf")
    assert said.text.startswith("Hier steht kein Termin an.")


# --- the registry -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["reminder", "two-parts", "a@b", ""])
def test_names_of_steps_are_single_words_and_taken_once(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a step"):
        session_step(name, "x")


@pytest.fixture
def early() -> Iterator[str]:
    """A step of another subject, three months before."""

    @session_step("early", "Früh")
    class Early(Step):
        def plan(self, cycle: Cycle) -> Iterator[Planned]:
            yield cycle.on("early", date(2027, 2, 14), f"group:{cycle.coordination}")

        def say(self, occasion: Occasion, meeting: Meeting, reminder: Reminder) -> Section | None:
            return None

    yield "early"
    del STEPS["early"]


def test_a_registered_step_is_planned_and_keeps_closed_days(bot: TestBot, early: str) -> None:
    settings = bot.settings
    cycle = Cycle(settings, calendar_of(settings), "sk", at(20, 5, 2027, 11), at(20, 5, 2027, 16), (), "office")
    # 14 February 2027 is a Sunday.
    found = [one for one in plan("session", cycle, set(), NOW) if one.step == early]
    assert found == [Planned("early", date(2027, 5, 20), "group:office", at(12, 2, 2027))]
    assert [one for one in plan("meeting", cycle, set(), NOW) if one.step == early] == []
    late = at(1, 3, 2027, 20)
    assert [one.due_at for one in plan("session", cycle, set(), late) if one.step == early] == [at(2, 3, 2027)]
    said = {("early", "group:office")}
    assert [one.due_at for one in plan("session", cycle, said, late) if one.step == early] == [at(12, 2, 2027)]


def test_the_course_names_votes_that_end_and_minutes_that_become_final(bot: TestBot) -> None:
    bot.send("!sitzung 20.05.2027 11–16 Uhr", as_="kai", room="sk")
    bot.send("!beschluss Wir tagen öfter bis 1.6.2027", as_="kai", room="sk")
    bot.pass_time(datetime(2027, 5, 20, 12, tzinfo=BERLIN))
    bot.send("!protokoll start", as_="kai", room="sk")
    bot.send("!protokoll ende", as_="kai", room="sk")
    bot.pass_time(datetime(2027, 5, 20, 18, tzinfo=BERLIN))
    (said,) = bot.send("!ablauf T1", as_="kai", room="office")
    assert said.text.splitlines()[2:-1] == [
        "Keine eigenen Schritte mehr.",
        "Dazu kommt von selbst:",
        "• Fr., 21.05.2027, 09:00 Uhr: Hinweis auf den Entwurf des Protokolls – an 4 Personen (Direktchat)",
        "• Fr., 28.05.2027, 09:00 Uhr: Nachfrage zur Abstimmung B1 bei Einrichtungen ohne Stimme – "
        "an 2 Personen (Direktchat)",
        "• Fr., 28.05.2027, 09:00 Uhr: Liste der Einrichtungen ohne Konto zur Abstimmung B1 – an Koordination",
        "• Di., 01.06.2027, 09:00 Uhr: Nachfrage zur Abstimmung B1 bei Einrichtungen ohne Stimme – "
        "an 2 Personen (Direktchat)",
        "• Mi., 02.06.2027, 09:00 Uhr: Ende der Abstimmung B1 mit Ergebnis – an Strategiekreis",
        "• Fr., 04.06.2027, 09:00 Uhr: Protokoll wird endgültig – an Strategiekreis",
    ]
