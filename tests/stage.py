"""A stage on which the example of every command can be carried out, and the persons who try.

Everything that examples name exists in one working group, *the group*, and was made by the coordination, so that
nobody is allowed something for having made it. A command whose example does not fit has another text in ``INSTEAD``.
"""

from pathlib import Path

from playing import make_room
from testbot import TestBot, user

from ombot.chat.tables import Group
from ombot.features.departures.tables import Departure
from ombot.features.mailing.tables import MailAddress
from ombot.features.tasks.tables import Assignee
from ombot.store import rooms
from ombot.store.tables import File

GROUP, OTHER, FORUM, COORDINATION = "!beratung", "!transfer", "!plenum", "!office"

PERSONS = ("sven", "mia", "lea", "cora", "oda", "rolf")
"""A stranger; a member and a lead of the group; a coordinator; a lead of another group; a person who was removed from
the group. Everybody has a direct chat."""

SECRET = "Zaunkönig"
"""A word in all that the group has written, and nowhere else."""

INSTITUTIONS = {
    "mia": "BG RCI",
    "lea": "itb",
    "eva": "BG RCI",
    "jan": "itb",
    "oda": "itb",
    "rolf": "itb",
    "cora": "BMAS",
}

ROOMS = {
    GROUP: {"mia": ("join", 0), "lea": ("join", 50), "rolf": ("leave", 50), "eva": ("join", 0), "jan": ("join", 0)},
    OTHER: {"oda": ("join", 50)},
    FORUM: {"mia": ("join", 0), "lea": ("join", 0), "oda": ("join", 0)},
    COORDINATION: {"cora": ("join", 50), "kai": ("join", 50)},
}

INSTEAD = {
    "decisions.AddFollowUp": "!beschluss B1 aufgabe Konzept entwerfen bis 30.09.",
    "decisions.PostSheet": "!beschluss B1 pdf",
    "decisions.ReplaceDecision": "!beschluss B1 ersetzt durch B2",
    "meetings.EndSeries": "!termin T7 serie beenden",
    "meetings.ShowSeries": "!termin T7 serie",
    "minutes.AddAddendum": "!protokoll T4 nachtrag Die Anlage 2 wurde nachgereicht",
    "minutes.ObjectToMinutes": "!protokoll T2 einspruch Das Datum der nächsten Sitzung fehlt",
    "minutes.ReleaseMinutes": "!protokoll T2 freigeben",
    "minutes.SendMinutes": "!protokoll T2 docx",
    "minutes.ShowByNumber": "!protokoll 2026-01",
    "minutes.SettleObjection": "!protokoll T2 einspruch 1 annehmen",
    "tasks.ReopenTask": "!aufgabe A11 offen",
}
"""Form → what is played in place of its example, because two examples want the same object in two states."""


def set_stage(folder: Path) -> TestBot:
    """The bot with everything on it."""
    people = [{"id": user(name), "institution": one} for name, one in INSTITUTIONS.items()]
    mail = {"host": "127.0.0.1", "sender": "geschaeftsstelle@example.org"}
    bot = TestBot.create(folder, people=people, web={"public_url": "https://ombot.example.org"}, mail=mail)
    with bot.store.unit() as session:
        for room_id, there in ROOMS.items():
            make_room(bot, session, room_id, there)
        for name in PERSONS:
            make_room(bot, session, f"!dm-{name}", {name: ("join", 0)})
            rooms.set_direct(session, f"!dm-{name}", user(name))
        session.add(Group(key="leitfaden", name="AG Leitfaden", kind="working_group", archived=True))
        session.add(File(sha256="ab" * 32, size=3, mimetype="application/pdf", stored_at=bot.now))
        eva, now = user("eva"), bot.now
        session.add(MailAddress(address=eva[1:], user_id=eva, asked_by=eva, asked_at=now, consented_at=now))
    _add_tasks_and_inputs(bot)
    _add_meetings(bot)
    _add_agenda(bot)
    _add_decisions(bot)
    _add_departure(bot)
    tell(bot, "!abwesend bis 03.12.2026", as_="lea")
    tell(bot, "!aufgabe Das wird zurückgenommen", as_="mia")
    return bot


def tell(bot: TestBot, *texts: str, as_: str = "kai", room: str = "beratung") -> None:
    """Send these, and answer what is asked back with yes."""
    for text in texts:
        said = bot.send(text, as_=as_, room=room)
        if said and "ja“" in said[-1].text and "nein" in said[-1].text:
            bot.reply(said[-1], "ja", as_=as_, room=room)


def _add_tasks_and_inputs(bot: TestBot) -> None:
    tell(bot, *(f"!aufgabe {SECRET} {number}" for number in range(1, 13)), "!aufgabe A11 erledigt")


def _add_departure(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.add(Assignee(task=10, kind="person", name=user("rolf")))
        session.add(Departure(group_key="beratung", person=user("rolf"), offered=[user("jan")], at=bot.now))


def _add_meetings(bot: TestBot) -> None:
    tell(bot, "!sitzung 12.03.2027 11:00–16:00", f"!termin {SECRET} am 26.11.2026 10:10–10:20")
    tell(bot, f"!termin {SECRET} am 10.12.2026 10:00–11:00", f"!termin {SECRET} am 26.11.2026 10:11–10:21")
    tell(bot, f"!terminfindung {SECRET}\n14.12.2026 10:00\n15.12.2026 10:00")
    tell(bot, f"!termin {SECRET} am 26.11.2026 10:12–12:00")
    tell(bot, "!terminfindung T5 1 ja", as_="eva")
    tell(bot, f"!termin {SECRET} jeden ersten Dienstag im Monat 17 Uhr bis 31.03.2027")
    bot.later(minutes=15)
    for meeting in ("T2", "T4"):
        tell(bot, f"!protokoll start {meeting}", f"Info: {SECRET}", "!protokoll ende")
    tell(bot, f"!protokoll T2 einspruch {SECRET}", "!protokoll T4 freigeben")
    tell(bot, "!protokoll start T6", *(f"Info: {SECRET} {number}" for number in range(12)))
    tell(bot, f"Zusammenfassung: {SECRET}")
    tell(bot, "!zusage T3", as_="mia")
    tell(bot, "!absage T3", as_="lea")
    tell(bot, "!vielleicht T3", as_="cora", room="office")
    tell(bot, *(f"!input {SECRET} {number}\nMit {SECRET}" for number in range(1, 6)))


def _add_agenda(bot: TestBot) -> None:
    tell(bot, *(f"!top Punkt {number} für T1" for number in range(1, 6)))
    tell(bot, f"!top {SECRET} für T1", as_="eva")  # P8, since a session begins with P1 and P2
    tell(bot, *(f"!top {SECRET} {number} für T6" for number in range(1, 5)))


def _add_decisions(bot: TestBot) -> None:
    tell(bot, *(f"!beschluss {SECRET}, Fassung {number}" for number in range(1, 10)))
    for vote in ("B1", "B2"):
        tell(bot, f"!zustimmung {vote}", as_="eva")
        tell(bot, f"!zustimmung {vote}", as_="jan")
        tell(bot, f"!beschluss {vote} schließen")
