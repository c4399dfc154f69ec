"""Groups in dialogues: the list, invitations, a new group, the end of one."""

import json
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import event
from sqlmodel import select
from testbot import BERLIN, NOW, TestBot, user

from ombot.chat.tables import Group
from ombot.exchange.render import Renderer
from ombot.features.groups.rules import key_of
from ombot.features.inputs.tables import InputFile
from ombot.store import meta, rooms
from ombot.store.files import FileStore
from ombot.store.tables import Outbox


def rows(bot: TestBot, kind: str) -> list[tuple[str, dict[str, Any]]]:
    """Destination and content of all outbox rows of a kind, oldest first."""
    found = sorted(bot.table(Outbox), key=lambda row: row.id)
    return [(row.destination, row.content) for row in found if row.kind == kind]


def test_the_list_names_every_group_with_its_leads(bot: TestBot) -> None:
    (said,) = bot.send("!ag", as_="jan", room="transfer")
    assert said.text.splitlines() == [
        "Gruppen (5)",
        "• AG Modernes Beratungsverständnis (Arbeitsgruppe, 3 Personen, Sie sind dabei) – Leitung: Eva Beispiel",
        "• AG Transfer (Arbeitsgruppe, 2 Personen, Sie sind dabei) – Leitung: Ida Probe",
        "• Koordination (Koordination, 2 Personen) – Leitung: Kai Büro",
        "• Plenum (Forum, 2 Personen) – Leitung: noch offen",
        "• Strategiekreis (Gremium, 4 Personen, Sie sind dabei) – Leitung: Kai Büro",
        "Mitmachen? Schreiben Sie der Leitung der Gruppe.",
    ]
    assert said.mentions == []


def test_the_list_takes_a_constant_number_of_queries(bot: TestBot) -> None:
    counts = []
    for archived in (("sk", "office", "plenum", "beratung"), ()):
        with bot.store.unit() as session:
            for key in ("sk", "office", "plenum", "beratung"):
                session.get(Group, key).archived = key in archived
        seen: list[str] = []

        def note(_connection: object, _cursor: object, text: str, *_rest: object, seen: list[str] = seen) -> None:
            seen.append(text)

        event.listen(bot.store.engine, "before_cursor_execute", note)
        bot.send("!ag", as_="ida", room="transfer")
        event.remove(bot.store.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_lead_invites_somebody_who_is_nowhere_yet(bot: TestBot) -> None:
    with bot.store.unit() as session:
        meta.put(session, meta.SPACE, "!space")
    (said,) = bot.send("!ag einladen @neu:example.org")
    assert said.text.startswith("In „AG Modernes Beratungsverständnis“ eingeladen: @neu:example.org")
    assert rows(bot, "invite") == [
        ("room:!space", {"user": "@neu:example.org"}),
        ("group:beratung", {"user": "@neu:example.org"}),
    ]


def test_names_mean_people_of_the_leads_rooms(bot: TestBot) -> None:
    bot.send("!ag einladen @ida, @neu:example.org und @jan")
    assert rows(bot, "invite") == [
        ("group:beratung", {"user": user("ida")}),
        ("group:beratung", {"user": "@neu:example.org"}),
    ]


def test_who_is_there_already_is_not_invited(bot: TestBot) -> None:
    (said,) = bot.send("!ag einladen @jan")
    assert said.text.startswith("Schon dabei: Jan Muster")
    assert rows(bot, "invite") == []


def test_a_pill_needs_link_and_mention(bot: TestBot) -> None:
    bot.send("!ag einladen Uwe Neu", links=["@uwe:example.org"], mentions=[])
    assert rows(bot, "invite") == []
    bot.send("!ag einladen @uwe:example.org", links=["@uwe:example.org"], mentions=["@uwe:example.org"])
    assert rows(bot, "invite") == [("group:beratung", {"user": "@uwe:example.org"})]


@pytest.mark.parametrize(
    "written",
    ["@niemand", "Ida", "@neu:", "@neu:example.org@evil", "neu@example.org", "@a:b:c:d", "<b>@x:example.org</b>"],
)
def test_what_is_nobody_is_refused_and_nobody_else_invited(bot: TestBot, written: str) -> None:
    (said,) = bot.send(f"!ag einladen @gut:example.org {written}")
    assert said.text.startswith(f"„{written}“ kenne ich nicht.")
    assert rows(bot, "invite") == []


def test_only_leads_invite(bot: TestBot) -> None:
    (said,) = bot.send("!ag einladen @neu:example.org", as_="jan")
    assert said.text.startswith("Das darf nur die Leitung dieser Gruppe")
    (said,) = bot.send("!ag einladen @neu:example.org in AG Transfer", as_="eva", room="dm")
    assert rows(bot, "invite") == []
    bot.send("ag einladen @neu:example.org in AG Transfer", as_="kai", room="dm")
    assert rows(bot, "invite") == [("group:transfer", {"user": "@neu:example.org"})]


def test_the_banned_are_not_invited(bot: TestBot) -> None:
    with bot.store.unit() as session:
        session.get(rooms.Member, ("!beratung", user("jan"))).membership = "ban"
    (said,) = bot.send("!ag einladen @jan:example.org")
    assert said.text.startswith("@jan:example.org ist aus diesem Raum ausgeschlossen")
    assert rows(bot, "invite") == []


def test_more_than_five_are_previewed(bot: TestBot) -> None:
    many = " ".join(f"@p{number}:example.org" for number in range(6))
    (asked,) = bot.send(f"!ag einladen {many}")
    assert asked.text.startswith("Ich lade 6 Personen in „AG Modernes Beratungsverständnis“ ein. Soll ich?")
    assert rows(bot, "invite") == []
    bot.reply(asked, "ja")
    assert len(rows(bot, "invite")) == 6


def test_a_coordinator_makes_a_group_with_a_room(bot: TestBot) -> None:
    with bot.store.unit() as session:
        meta.put(session, meta.SPACE, "!space")
    (said,) = bot.send("!ag neu AG Neue Wege", as_="kai", room="office")
    assert said.text.startswith("Neue Gruppe: AG Neue Wege")
    assert rows(bot, "room") == [
        (
            "group:neue-wege",
            {
                "alias": "neue-wege",
                "name": "AG Neue Wege",
                "topic": "AG Neue Wege",
                "encrypted": True,
                "join": "invite",
                "parent": "!space",
                "invite": [user("kai")],
                "levels": {user("kai"): 50},
                "group_key": "neue-wege",
            },
        )
    ]


def test_a_group_of_the_same_name_is_refused(bot: TestBot) -> None:
    (said,) = bot.send("!ag neu ag transfer", as_="kai", room="office")
    assert said.text.startswith("Eine Gruppe „ag transfer“ gibt es schon.")
    assert len(bot.table(Group)) == 5


def test_members_make_no_groups(bot: TestBot) -> None:
    (said,) = bot.send("!ag neu AG Neue Wege")
    assert said.text.startswith("Das darf nur die Koordination.")
    assert len(bot.table(Group)) == 5


def test_a_group_ends_after_a_confirmation(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen @jan bis 30.11.", as_="ida", room="transfer")
    bot.send("!aufgabe Vorher", as_="kai", room="transfer")
    (asked,) = bot.send("!ag archivieren", as_="kai", room="transfer")
    assert asked.text.startswith("„AG Transfer“ archivieren?")
    assert bot.reply(asked, "nein", as_="kai", room="transfer")[0].text == "In Ordnung, es wurde nichts geändert."
    (asked,) = bot.send("!ag archivieren", as_="kai", room="transfer")
    *kept, said = bot.reply(asked, "ja", as_="kai", room="transfer")
    assert said.text.startswith("Archiviert: AG Transfer")
    assert [(one.to, one.row.kind) for one in kept] == [
        ("group:transfer", "message"),
        ("group:transfer", "file"),
        ("group:office", "message"),
        ("group:office", "file"),
    ]
    assert "lässt sich nicht rückgängig machen" in bot.send("!zurück", as_="kai", room="transfer")[0].text
    closing = [row for row in bot.table(Outbox) if row.kind == "room"]
    assert [(row.destination, row.content) for row in closing] == [
        ("group:transfer", {"room_id": "!transfer", "closed": True})
    ]
    assert closing[0].id > kept[1].row.id  # behind the file, in the same queue
    assert [group.key for group in bot.table(Group) if group.archived] == ["transfer"]
    assert bot.pass_time(NOW + timedelta(days=30)) == []


def test_the_archive_holds_everything_of_the_group_and_nothing_else(bot: TestBot) -> None:
    files = FileStore(bot.folder / "files")
    with bot.store.unit() as session:
        sha256 = files.keep(session, b"%PDF-1.7", "application/pdf", bot.now).sha256
    bot.send("!sitzung 12.03.2027 11:00–16:00", as_="kai", room="sk")
    for room, name, word in (("transfer", "ida", "Eigenes"), ("beratung", "eva", "Fremdes")):
        bot.send(f"!aufgabe {word} A", as_=name, room=room)
        bot.send(f"!termin {word} T am 26.11.2026 10:05–10:20", as_=name, room=room)
        bot.send(f"!top {word} P für T{2 if room == 'transfer' else 3}", as_=name, room=room)
        bot.send(f"!input {word} I\nText", as_=name, room=room)
        bot.send(f"!beschluss {word} B", as_=name, room=room)
    bot.later(minutes=10)
    bot.send("!protokoll start T2", as_="ida", room="transfer")
    bot.send("Info: Eigenes M", as_="ida", room="transfer")
    bot.send("!protokoll ende", as_="ida", room="transfer")
    with bot.store.unit() as session:
        for number in (1, 2):
            session.add(
                InputFile(
                    input=number, sha256=sha256, name=f"I{number}.pdf", mimetype="application/pdf", size=8, position=0
                )
            )
    (asked,) = bot.send("!ag archivieren", as_="kai", room="transfer")
    kept = next(one for one in bot.reply(asked, "ja", as_="kai", room="transfer") if one.row.kind == "file")
    assert kept.row.content["name"] == "transfer-2026-11-26.zip"
    document = kept.row.content["document"]
    with ZipFile(BytesIO(Renderer(files)(document["kind"], document["format"], document["data"]).data)) as archive:
        names = sorted(archive.namelist())
        export = json.loads(archive.read("export.json"))
        assert archive.testzip() is None
    assert names == [
        "MANIFEST",
        "agenda-T2.docx",
        "agenda-T2.pdf",
        "decisions.docx",
        "decisions.pdf",
        "decisions.xlsx",
        "export.json",
        "files/I1-I1.pdf",
        "inputs-T1.docx",
        "inputs-T1.pdf",
        "inputs-T1.xlsx",
        "minutes-T2.docx",
        "minutes-T2.pdf",
        "tasks.docx",
        "tasks.pdf",
        "tasks.xlsx",
    ]
    assert {key: len(export[key]) for key in list(export)[3:]} == {
        "groups": 1,
        "tasks": 1,
        "meetings": 1,
        "agenda": 1,
        "inputs": 1,
        "decisions": 1,
        "minutes": 1,
    }
    assert "Fremdes" not in json.dumps(document, ensure_ascii=False)


def test_the_coordination_opens_an_archived_group_again(bot: TestBot) -> None:
    (asked,) = bot.send("!ag archivieren", as_="kai", room="transfer")
    bot.reply(asked, "ja", as_="kai", room="transfer")
    refused = [bot.send(f"!ag öffnen {name}", as_="kai", room="office")[0].text for name in ("AG Nirgends", "Plenum")]
    assert [text.split(".")[0] for text in refused] == [
        "Eine Gruppe „AG Nirgends“ kenne ich nicht",
        "„Plenum“ ist nicht archiviert",
    ]
    (said,) = bot.send("!ag öffnen ag transfer", as_="kai", room="office")
    assert said.text.startswith("Wieder geöffnet: AG Transfer")
    assert [group.key for group in bot.table(Group) if group.archived] == []
    closing = [row.content["closed"] for row in bot.table(Outbox) if row.kind == "room"]
    assert closing == [True, False]


def test_the_board_itself_is_not_archived(bot: TestBot) -> None:
    (said,) = bot.send("!ag archivieren", as_="kai", room="sk")
    assert said.text.startswith("„Strategiekreis“ wird für die Arbeit des Kreises gebraucht")


def knock(bot: TestBot, *names: str, room: str = "!transfer") -> None:
    """These ask to be let in; nobody else does any more."""
    with bot.store.unit() as session:
        for member in session.exec(select(rooms.Member).where(rooms.Member.membership == "knock")):
            session.delete(member)
        session.flush()
        for name in names:
            session.add(rooms.Member(room_id=room, user_id=user(name), membership="knock", name=name.title()))


def test_leads_hear_once_who_knocks_and_let_them_in(bot: TestBot) -> None:
    knock(bot, "nora")
    (said,) = bot.pass_time(bot.now + timedelta(minutes=1))
    assert said.to == "group:transfer"
    assert said.text.splitlines() == [
        "Bitte um Aufnahme in „AG Transfer“",
        "• Nora (@nora:example.org)",
        "Ida Probe",
        "Aufnehmen: !ag einladen @nora:example.org in AG Transfer. Ablehnen können Sie in der Mitgliederliste des "
        "Raums.",
        "👍 aufnehmen",
    ]
    assert said.mentions == [user("ida")]
    assert bot.pass_time(bot.now + timedelta(minutes=5)) == []
    refused = bot.react(said, "👍", as_="jan", room="transfer")
    assert [one.text[:35] for one in refused] == ["Das darf nur die Leitung dieser Gru"]
    assert rows(bot, "invite") == []
    (invited,) = bot.react(said, "👍", as_="ida", room="transfer")
    assert invited.text.startswith("In „AG Transfer“ eingeladen")
    assert rows(bot, "invite") == [("group:transfer", {"user": user("nora")})]

    # Whoever knocks is a stranger: many of them are one message in an hour, and none at night.
    knock(bot, "nora", *(f"x{number:02}" for number in range(12)))
    assert bot.pass_time(bot.now + timedelta(minutes=50)) == []
    (many,) = bot.pass_time(bot.now + timedelta(minutes=10))
    assert many.text.count("•") == 10
    assert "und 2 weitere Personen" in many.text
    assert "👍" not in many.text
    knock(bot)
    assert bot.pass_time(bot.now + timedelta(hours=12)) == []
    knock(bot, "nora")
    (again,) = bot.pass_time(bot.now + timedelta(minutes=1))
    assert "• Nora (@nora:example.org)" in again.text
    assert again.row.not_before == datetime(2026, 11, 27, 9, tzinfo=BERLIN)


def test_where_nobody_leads_the_office_hears_who_knocks(bot: TestBot) -> None:
    knock(bot, "nora", room="!plenum")
    (said,) = bot.pass_time(bot.now + timedelta(minutes=1))
    assert said.to == "group:office"
    bot.react(said, "👍", as_="kai", room="office")
    assert rows(bot, "invite") == [("group:plenum", {"user": user("nora")})]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("AG Neue Wege", "neue-wege"),
        ("Überblick & Ausblick", "ueberblick-ausblick"),
        ("AG", "ag"),
        ("✨", "gruppe"),
        ("transfer", "transfer-2"),
        ("../../etc", "etc"),
        ("x" * 200, "x" * 40),
    ],
)
def test_keys_are_plain_and_unique(name: str, key: str) -> None:
    assert key_of(name, {"transfer"}) == key


def test_who_was_removed_a_moment_ago_gets_the_answer_of_what_does_not_exist(bot: TestBot) -> None:
    bot.send("!aufgabe Einseiter entwerfen")
    with bot.store.unit() as session:
        session.get(rooms.Member, ("!beratung", user("jan"))).membership = "leave"
    (existing,) = bot.send("!aufgabe A1", as_="jan")
    (missing,) = bot.send("!aufgabe A2", as_="jan")
    assert existing.text == missing.text.replace("A2", "A1")
    assert existing.text.startswith("A1 gibt es hier nicht.")
