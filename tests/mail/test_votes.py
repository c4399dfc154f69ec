"""Votes by the link in a letter: the rules of the commands, one vote of one institution, and secret ballots."""

import json
import re
from datetime import datetime

import pytest
from postbox import Post, link, part
from sqlalchemy import text
from sqlmodel import SQLModel
from testbot import BERLIN, user

from ombot.features.decisions.tables import Ballot, Participation, Vote
from ombot.features.mailing.tables import MailLink
from ombot.store.files import FileStore
from ombot.store.tables import File, History, Member, Outbox

VOTE = "!beschluss Der Einseiter wird veröffentlicht bis 10.12.2026"
TEXT = "Die Finanzierung ist noch offen."


def votes(post: Post) -> list[tuple[str, str, str]]:
    return [(vote.choice, vote.text, vote.given_by) for vote in post.bot.table(Vote)]


async def asked(post: Post, command: str = VOTE) -> str:
    """A vote is opened in the board's room; gives the path of the link in the letter about it."""
    post.bot.send(command, as_="kai", room="sk")
    return link(await post.letter(), "Abstimmen")


@pytest.mark.asyncio
async def test_a_vote_by_its_link_counts_like_one_by_command(post_everywhere: Post) -> None:
    post, bot = post_everywhere, post_everywhere.bot
    await post.consent()
    path = await asked(post)
    for _ in range(2):  # programs that check mail for harm look at every link
        status, shown = await post.look(path)
        assert (status, "Stimme für BMAS" in shown, "Frist: bis einschließlich Do., 10.12.2026" in shown) == (
            *(200, True, True),
        )
    assert re.findall('type="radio" name="vote" value="(.*?)" required( checked)?>', shown) == [
        *(("yes", ""), ("abstain", ""), ("concern", ""), ("objection", "")),
    ]
    assert "<script" not in shown
    for form, fault in (
        ({}, "Bitte wählen Sie zu jeder Frage eine Antwort."),
        ({"vote": "hack"}, "Bitte wählen Sie zu jeder Frage eine Antwort."),
        ({"vote": "concern", "text": " \n "}, "Bedenken und Einwand brauchen ihren Grund."),
        ({"vote": "yes", "text": TEXT}, "Zu Zustimmung und Enthaltung wird kein Text gespeichert."),
        ({"vote": "objection", "text": "x" * 4001}, "Der Text ist länger als 4.000 Zeichen"),
    ):
        status, again = await post.press(path, **form)
        assert (status, re.findall('role="alert" id="fault">(.{20})', again)) == (200, [fault[:20]]), form
    assert "x" * 4001 in again and 'value="objection" required checked>' in again  # nothing has to be typed again
    assert votes(post) == []

    last = len(bot.table(Outbox))
    status, done = await post.press(path, vote="concern", text=f"{TEXT}\r\nUnd die Zeit. ")
    assert (status, "Für BMAS gilt bei B1: Bedenken – Die Finanzierung" in done) == (200, True)
    said = f"{TEXT}\nUnd die Zeit."
    assert votes(post) == [("concern", said, "BMAS (per E-Mail-Link)")]
    assert [row.actor for row in bot.table(History) if row.subject == "vote"] == ["BMAS (per E-Mail-Link)"]
    (edit,) = post.said_since(last)
    assert (edit.row.kind, f"BMAS: Bedenken – {TEXT}" in edit.text) == ("edit", True)

    # Somebody of the institution changes it in the room; the link says what counts by now, and changes nothing.
    bot.send("!zustimmung B1 für BMAS", as_="kai", room="sk")
    for answer in (await post.look(path), await post.press(path, vote="objection", text=TEXT)):
        assert (answer[0], "Das ist schon erledigt" in answer[1]) == (200, True)
        assert "Für BMAS gilt bei B1: Zustimmung" in answer[1]
    assert [choice for choice, _, _ in votes(post)] == ["yes"]
    assert "(eingetragen von Kai Büro)" in bot.send("!beschluss B1", as_="kai", room="sk")[0].text


@pytest.mark.asyncio
async def test_a_vote_that_takes_another_one_s_place_is_said_in_the_room(post: Post) -> None:
    bot = post.bot
    await post.consent()
    path = await asked(post)
    bot.send("!einwand für BMAS: Zu früh B1", as_="kai", room="sk")
    _, shown = await post.look(path)
    assert "Bisher gilt für BMAS: Einwand. Ihre Stimme tritt an ihre Stelle." in shown
    last = len(bot.table(Outbox))
    await post.press(path, vote="yes")
    (said,) = [one for one in post.said_since(last) if one.row.kind == "message"]
    assert (said.to, said.text.splitlines()[0]) == (
        "group:sk",
        "B1 – BMAS: Zustimmung (BMAS (per E-Mail-Link)). Vorher: Einwand (Kai Büro).",
    )


@pytest.mark.asyncio
async def test_a_vote_that_is_over_says_so(post: Post) -> None:
    bot = post.bot
    await post.consent()
    closed, late, given = [
        await asked(post, f"!beschluss {words} bis 10.12.2026") for words in ("Eins", "Zwei", "Drei")
    ]
    bot.send("!beschluss B1 schließen", as_="kai", room="sk")
    for path, sentence in ((closed, "Die Abstimmung über B1 ist beendet."),):
        for status, shown in (await post.look(path), await post.press(path, vote="yes")):
            assert (status, sentence in shown, "<form" in shown) == (200, True, False)
            assert "Für BMAS ist keine Stimme abgegeben (B1)." in shown
    assert "<form" in (await post.look(given))[1]
    bot.now = datetime(2026, 12, 10, 23, 59, tzinfo=BERLIN)
    assert "<form" in (await post.look(late))[1]
    bot.now = datetime(2026, 12, 11, 0, 0, tzinfo=BERLIN)
    for status, shown in (await post.look(late), await post.press(late, vote="yes")):
        assert (status, "Die Frist dieser Abstimmung ist abgelaufen" in shown, "<form" in shown) == (410, True, False)
    assert votes(post) == []


@pytest.mark.asyncio
async def test_only_who_may_see_a_vote_in_chat_gets_it_by_e_mail(post: Post) -> None:
    bot = post.bot
    bot.send("!email eva@example.org", room="dm")
    await post.press(link(await post.letter(), "Zustimmen"))
    bot.send("!beschluss Nur für die AG Transfer bis 10.12.2026", as_="ida", room="transfer")
    assert await post.letters() == []
    bot.send("!beschluss Der Leitfaden gilt bis 10.12.2026")
    letter = await post.letter()
    assert letter["Subject"].startswith("Bitte um Abstimmung bis Do., 10.12.2026: B2")
    path = link(letter, "Abstimmen")
    bot.edit(bot.last_event, "!beschluss Der Leitfaden gilt ab 2027 bis 10.12.2026")
    changed = await post.letter()
    assert changed["Subject"].startswith("Geändert: Bitte um Abstimmung")
    assert "Der Leitfaden gilt ab 2027" in (await post.look(path))[1]
    await post.press(link(changed, "Abstimmen"), vote="abstain")
    assert votes(post) == [("abstain", "", "Eva Beispiel (per E-Mail-Link)")]
    assert await post.letters() == []
    with bot.store.unit() as session:
        session.get_one(Member, ("!beratung", "@eva:example.org")).membership = "leave"
    assert "Diese Abstimmung ist für Sie nicht mehr offen" in (await post.look(path))[1]


@pytest.mark.asyncio
async def test_who_has_not_voted_is_reminded_by_letter_and_the_office_need_not(post: Post) -> None:
    bot = post.bot
    await post.consent()
    bot.send(VOTE, as_="kai", room="sk")  # until Thursday, 10 December; reminders 3 days before and on the day
    await post.letter()
    told = bot.pass_time(datetime(2026, 12, 7, 8, 59, tzinfo=BERLIN))
    assert await post.letters() == []
    told += bot.pass_time(datetime(2026, 12, 7, 9, 1, tzinfo=BERLIN))
    first = await post.letter()
    assert first["Subject"] == "Erinnerung: Bitte um Abstimmung bis Do., 10.12.2026: B1 (Strategiekreis)"
    assert [
        line for said in told if said.to == "group:office" for line in said.text.splitlines() if "BMAS" in line
    ] == []
    await post.press(link(first, "Abstimmen"), vote="yes")
    bot.pass_time(datetime(2026, 12, 10, 9, 1, tzinfo=BERLIN))
    assert await post.letters() == []
    bot.send("!zustimmung B1 für BMAS zurücknehmen", as_="kai", room="sk")
    assert (await post.letter())["Subject"].startswith("Erinnerung")
    bot.send("!beschluss Heute noch bis 10.12.2026", as_="kai", room="sk")
    assert [letter["Subject"][:19] for letter in await post.letters()] == ["Bitte um Abstimmung"]
    assert await post.letters() == []


@pytest.mark.asyncio
async def test_the_file_that_is_voted_on_hangs_on_the_letter(post: Post) -> None:
    bot = post.bot
    await post.consent()
    content = "Größe, in einer alten Kodierung".encode("cp1252")
    with bot.store.unit() as session:
        kept = FileStore(bot.folder).keep(session, content, "text/plain", bot.now)
        file = {"name": "Konzept Größe.txt", "mimetype": kept.mimetype, "size": kept.size, "sha256": kept.sha256}
    letters = []
    for number, size in ((1, len(content)), (2, 8 * 2**20)):
        with bot.store.unit() as session:
            session.get_one(File, file["sha256"]).size = size
        replied = {"event_id": "$file", "sender": user("kai"), "body": file["name"], "file": file, "problem": None}
        bot.send(f"!beschluss Fassung {number}", as_="kai", room="sk", reply_to="$file", replied=replied)
        letters.append(await post.letter())
    first, second = letters
    (attachment,) = first.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content_type()) == ("Konzept Größe.txt", "text/plain")
    assert attachment.get_payload(decode=True) == content
    assert "Die Vorlage hängt an: Konzept Größe.txt" in part(first, "text/plain")
    assert list(second.iter_attachments()) == []
    assert "Die Vorlage „Konzept Größe.txt“ ist zu groß für eine E-Mail." in part(second, "text/plain")
    assert "Vorlage: Konzept Größe.txt" in (await post.look(link(second, "Abstimmen")))[1]
    FileStore(bot.folder).path(str(file["sha256"])).unlink()
    bot.send("!beschluss Fassung 3", as_="kai", room="sk", reply_to="$file", replied=replied | {"event_id": "$again"})
    with bot.store.unit() as session:
        session.get_one(File, file["sha256"]).size = 1
    assert await post.letters() == []
    assert [(mail.state, mail.error) for mail in post.mails()][-1] == ("parked", "ValueError")


def dump(post: Post) -> dict[str, list[dict[str, object]]]:
    with post.bot.store.reading() as session:
        return {
            table.name: [dict(row._mapping) for row in session.execute(text(f'SELECT * FROM "{table.name}"'))]
            for table in SQLModel.metadata.sorted_tables
        }


@pytest.mark.asyncio
async def test_a_secret_ballot_by_link_cannot_be_joined_to_anybody(post_everywhere: Post) -> None:
    post, bot = post_everywhere, post_everywhere.bot
    await post.consent()
    bot.send(f"{VOTE} geheim", as_="kai", room="sk")
    letter = await post.letter()
    assert "Wer diesen Link hat, kann sie abgeben" in part(letter, "text/plain")
    path = link(letter, "Abstimmen")
    _, shown = await post.look(path)
    assert "Diese Abstimmung ist geheim" in shown
    before = dump(post)
    status, done = await post.press(path, vote="objection", text="Wir sind empört.")
    assert (status, "Für BMAS ist abgestimmt. Das ist endgültig." in done, "empört" in done) == (200, True, False)
    after = dump(post)
    changed = sorted(name for name in after if after[name] != before[name])
    assert changed == ["ballot", "participation"]
    assert [(row.choice, row.text) for row in bot.table(Ballot)] == [("objection", "Wir sind empört.")]
    assert [sorted(row) for row in after["participation"]] == [["decision", "institution_id"]]
    rest = json.dumps({**after, "ballot": []}, default=str, ensure_ascii=False)
    assert [word for word in ("objection", "empört") if word in rest] == []
    assert [row.used_at for row in bot.table(MailLink) if row.purpose == "vote"] == [None]

    for answer in (await post.look(path), await post.press(path, vote="yes")):
        assert (answer[0], "BMAS hat bei B1 schon abgestimmt. Eine geheime Stimme ist endgültig." in answer[1]) == (
            *(200, True),
        )
    assert (len(bot.table(Ballot)), len(bot.table(Participation))) == (1, 1)
    assert await post.letters() == []
