"""E-mail from the consent to the answer: letters are read as they arrive, links are used as a browser does."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import icalendar
import pytest
from postbox import SENDER, Post, attached, link, part
from sqlalchemy import Engine
from sqlmodel import select
from testbot import BERLIN, NOW, TestBot, user

from ombot.exchange import importing
from ombot.features.decisions.tables import Decision
from ombot.features.mailing.tables import Mail, MailAddress, MailLink
from ombot.features.meetings.tables import Answer, Meeting
from ombot.features.minutes.tables import Minutes
from ombot.store.tables import History, Outbox

BMAS = "referat@bmas.example.org"


@pytest.mark.asyncio
async def test_nothing_is_sent_before_the_consent(post: Post) -> None:
    bot = post.bot
    (said,) = bot.send(f"!email BMAS {BMAS}", as_="kai", room="office")
    assert said.text.startswith(f"E-Mail-Adresse von BMAS\nIch habe eine Nachfrage an {BMAS} geschickt.")
    post.plan("!sitzung 12.03.2027 11:00–16:00")
    question = await post.letter()
    assert (question["From"], question["To"]) == (f"Offensive Mittelstand <{SENDER}>", BMAS)
    assert question["Subject"] == "Dürfen wir Ihnen per E-Mail schreiben? – Offensive Mittelstand"
    assert re.fullmatch(r"<[^@<>\s]+@example\.org>", question["Message-ID"])
    assert (question["Auto-Submitted"], question["Content-Language"]) == ("auto-generated", "de")
    text, page = part(question, "text/plain"), part(question, "text/html")
    assert "Das geschieht nur, wenn Sie zustimmen." in text
    assert text.count("https://ombot.example.org/link/") == page.count("https://ombot.example.org/link/") == 2

    path = link(question, "Zustimmen")
    for _ in range(2):
        status, shown = await post.look(path)
        assert (status, "Ja, ich stimme zu" in shown, "Dieser Link ist für BMAS bestimmt" in shown) == (200, True, True)
    (address,) = bot.table(MailAddress)
    assert address.consented_at is None
    assert await post.letters() == []

    status, done = await post.press(path)
    assert (status, "Vielen Dank" in done) == (200, True)
    assert bot.send("!email liste", as_="kai", room="office")[0].text.splitlines()[1] == (
        f"• BMAS: {BMAS}, Zustimmung vom Do., 26.11.2026"
    )
    (address,) = bot.table(MailAddress)
    assert address.consented_at is not None
    status, again = await post.press(path)
    assert (status, "Das ist schon erledigt" in again) == (200, True)
    invitation = await post.letter()
    assert invitation["Subject"].startswith("Einladung: 1. Sitzung des Strategiekreises")


@pytest.mark.asyncio
async def test_an_invitation_is_answered_by_its_link(post: Post) -> None:
    bot = post.bot
    await post.consent()
    post.plan("!sitzung 12.03.2027 11:00–16:00 Ort Berlin")
    invitation = await post.letter()
    assert invitation["Subject"] == "Einladung: 1. Sitzung des Strategiekreises (Fr., 12.03.2027, 11:00–16:00 Uhr)"
    assert "Ort: Berlin" in part(invitation, "text/plain")
    ((name, calendar),) = attached(invitation).items()
    (event,) = icalendar.Calendar.from_ical(calendar).walk("VEVENT")
    assert (name, str(event["UID"]), str(event["LOCATION"])) == ("T1.ics", "T1.ombot@example.org", "Berlin")

    path = link(invitation, "Teilnahme beantworten")
    status, shown = await post.look(path)
    assert re.findall('<button name="choice" value="(.*?)">', shown) == ["yes", "no", "maybe"]
    assert "Antwort für BMAS" in shown
    assert await post.press(path, choice="hack") == (status, shown)
    assert bot.table(Answer) == []
    status, done = await post.press(path, choice="no")
    assert "Absage für BMAS: 1. Sitzung des Strategiekreises, Fr., 12.03.2027, 11:00–16:00 Uhr." in done
    (answer,) = bot.table(Answer)
    assert (answer.answer, answer.person, answer.given_by) == ("no", None, "BMAS (per E-Mail-Link)")
    assert [row.actor for row in bot.table(History) if row.subject == "meeting_answer"] == ["BMAS (per E-Mail-Link)"]
    status, again = await post.press(path, choice="yes")
    assert (status, "Das ist schon erledigt" in again) == (200, True)
    assert [row.answer for row in bot.table(Answer)] == ["no"]
    (card,) = bot.send("!termin T1 antworten", as_="kai", room="office")
    assert "BMAS" in card.text


@pytest.fixture
def many(tmp_path: Path, opened_sqlite: Engine) -> Iterator[TestBot]:
    """A bot with six addresses that get what goes to BG RCI."""
    bot = TestBot.create(
        tmp_path,
        opened_sqlite,
        mail={"host": "127.0.0.1", "sender": SENDER},
        web={"public_url": "https://ombot.example.org"},
        people=[{"id": user(f"gast{number}"), "institution": "BG RCI"} for number in range(6)],
    )
    with bot.store.unit() as session:
        for number in range(6):
            who = user(f"gast{number}")
            session.add(MailAddress(address=who[1:], user_id=who, asked_by=who, asked_at=NOW, consented_at=NOW))
    yield bot
    bot.store.close()


def consented(bot: TestBot, at: datetime | None) -> None:
    """All addresses have, or have not, agreed to letters."""
    with bot.store.unit() as session:
        for address in session.exec(select(MailAddress)):
            address.consented_at = at


def letters_about(bot: TestBot) -> Counter[str]:
    """How many letters there are, by what they are about."""
    bot.sleep(bot.now)
    return Counter(":".join(row.key.split(":")[:2]) for row in bot.table(Mail))


def test_a_vote_is_opened_for_many_addresses_only_on_yes(many: TestBot) -> None:
    (asked,) = many.send("!beschluss Der Leitfaden gilt bis 10.12.2026")
    assert asked.text.startswith("Soll ich die Abstimmung eröffnen? Dann geht die Bitte um eine Stimme auch per E-Mail "
                                 "an 6 Adressen")  # fmt: skip
    many.reply(asked, "nein")
    assert (many.table(Decision), letters_about(many)) == ([], {})
    (asked,) = many.send("!beschluss Der Leitfaden gilt bis 10.12.2026")
    (opened,) = many.reply(asked, "ja")
    assert (opened.text.splitlines()[0], letters_about(many)) == ("Abstimmung B1", {"vote:B1": 6})
    consented(many, None)
    many.send("!beschluss Das Konzept gilt bis 10.12.2026")
    opening = many.last_event
    consented(many, NOW)
    (refused,) = many.edit(opening, "!beschluss Das Konzept gilt ab 2027 bis 10.12.2026")
    assert refused.text.startswith("Das würde 6 Personen persönlich anschreiben")
    assert [row.text for row in many.table(Decision)] == ["Der Leitfaden gilt", "Das Konzept gilt"]


def test_minutes_go_to_many_addresses_only_on_yes(many: TestBot) -> None:
    (asked,) = many.send("!termin Treffen am 26.11.2026 10:05–11:00")
    many.reply(asked, "ja")
    many.later(minutes=10)
    many.send("!protokoll start T1")
    many.send("Info: Zwei Treffen im Jahr sind sinnvoll.")
    for command, question, about in (
        ("!protokoll ende", "Soll ich die Mitschrift beenden?", "review"),
        ("!protokoll freigeben", "Soll ich das Protokoll freigeben?", "final"),
    ):
        before = letters_about(many)
        (asked,) = many.send(command)
        assert asked.text.startswith(question)
        assert "an 6 Adressen" in asked.text
        many.reply(asked, "nein")
        assert letters_about(many) == before
        (asked,) = many.send(command)
        many.reply(asked, "ja")
        assert [row.status for row in many.table(Minutes)] == [about]
        assert letters_about(many) - before == {"minutes:T1": 6}


def test_letters_to_many_are_written_only_on_yes_and_dates_of_a_series_in_their_time(many: TestBot) -> None:
    bot = many
    (asked,) = bot.send("!termin Treffen am 17.12.2026 10–12 Uhr")
    assert "an 6 Personen, im Direktchat oder per E-Mail" in asked.text
    assert bot.table(Meeting) == []
    bot.reply(asked, "ja")
    (asked,) = bot.send("!termin T1 ort Köln")
    assert asked.text.startswith("Das schreibt 6 Personen persönlich an")
    bot.reply(asked, "nein")
    bot.sleep(bot.now)
    assert [row.key.partition("/")[0] for row in bot.table(Mail)] == ["invitation:T1:0"] * 6
    bot.send("!termin Jour fixe jeden ersten Dienstag im Monat 17 Uhr ab 1.1.2027")
    bot.sleep(bot.now)
    assert len(bot.table(Mail)) == 6
    bot.pass_time(datetime(2026, 12, 22, 9, tzinfo=BERLIN))
    assert [row.key.partition("/")[0] for row in bot.table(Mail)][6:] == ["invitation:T2:0"] * 6


@pytest.mark.asyncio
async def test_a_change_is_written_once_and_under_the_same_uid(post_everywhere: Post) -> None:
    post = post_everywhere
    bot = post.bot
    await post.consent()
    ref = post.plan("!sitzung 12.03.2027 11:00–16:00")
    first = await post.letter()
    assert await post.letters() == []
    bot.send(f"!termin {ref} verschieben auf 15.03.2027 11:00–16:00", as_="kai", room="office")
    moved = await post.letter()
    bot.send(f"!termin {ref} absagen", as_="kai", room="office")
    bot.send("ja", as_="kai", room="office")
    cancelled = await post.letter()
    assert [letter["Subject"].split(":")[0] for letter in (first, moved, cancelled)] == [
        "Einladung",
        "Geändert",
        "Abgesagt",
    ]
    events = [
        icalendar.Calendar.from_ical(attached(letter)[f"{ref}.ics"]).walk("VEVENT")[0]
        for letter in (first, moved, cancelled)
    ]
    assert {str(event["UID"]) for event in events} == {f"{ref}.ombot@example.org"}
    assert [int(event["SEQUENCE"]) for event in events] == [0, 1, 2]
    status, over = await post.press(link(moved, "Teilnahme beantworten"))
    assert (status, "vorbei oder abgesagt" in over, bot.table(Answer)) == (200, True, [])


@pytest.mark.asyncio
async def test_before_a_session_the_office_writes_to_nobody_who_gets_letters(post: Post) -> None:
    bot = post.bot
    bot.send("!aufgabe Bericht vorlegen an BMAS bis 01.03.2027", as_="kai", room="sk")
    await post.consent()
    post.plan("!sitzung 12.03.2027 11:00–16:00")
    await post.letters()
    told = bot.pass_time(bot.now.replace(year=2027, month=1, day=18))
    asked = await post.letter()
    assert asked["Subject"].startswith("Bitte um Ihren Beitrag bis Fr., 26.02.2027")
    office = [line for said in told if said.to == "group:office" for line in said.text.splitlines()]
    assert [line for line in office if "BMAS" in line or "BMBF" in line] == [
        "• Berichte der Ministerien: BMBF",
        "Geschrieben habe ich an: BMAS.",
    ]

    path = link(asked, "Text einreichen")
    _, shown = await post.press(path, text="   ")
    assert "Es fehlt der Text" in shown
    last = len(bot.table(Outbox))
    _, done = await post.press(path, text="Wir berichten über die neue Förderung.\nKurz.")
    assert "Er trägt die Nummer I1." in done
    (told_office,) = [said for said in post.said_since(last) if said.to == "group:office"]
    assert "Wir berichten über die neue Förderung." in told_office.text
    (card,) = bot.send("!input I1", as_="kai", room="office")
    assert "Beitrag von BMAS" in card.text
    exported = bot.send("!export inputs md", as_="kai", room="office")
    (document,) = [said.row.content["document"] for said in exported if "document" in said.row.content]
    collected = [(group["name"], [item["id"] for item in group["inputs"]]) for group in document["data"]["groups"]]
    assert collected == [("AG Modernes Beratungsverständnis", []), ("AG Transfer", []), ("Strategiekreis", ["I1"])]

    bot.pass_time(bot.now.replace(year=2027, month=3, day=5, hour=10))
    before = await post.letter()
    text = part(before, "text/plain")
    assert before["Subject"].endswith("was noch ansteht")
    assert "A1 Bericht vorlegen, bis Mo., 01.03.2027" in text
    assert "Teilnahme beantworten" in text


@pytest.mark.asyncio
async def test_votes_and_minutes_are_written_to_who_may_vote_and_was_invited(post_everywhere: Post) -> None:
    post = post_everywhere
    bot = post.bot
    await post.consent()
    bot.send("!beschluss Der Einseiter wird veröffentlicht bis 10.12.2026", as_="kai", room="sk")
    asked = await post.letter()
    assert asked["Subject"] == "Bitte um Abstimmung bis Do., 10.12.2026: B1 (Strategiekreis)"
    assert "Der Einseiter wird veröffentlicht" in part(asked, "text/plain")
    ref = post.plan("!sitzung 01.12.2026 11:00–16:00")
    await post.letters()
    bot.now = bot.now.replace(month=12, day=1, hour=12)
    bot.send(f"!protokoll start {ref}", as_="kai", room="sk")
    bot.send("Info: Zwei Treffen im Jahr sind sinnvoll.", as_="kai", room="sk")
    bot.send("!protokoll ende", as_="kai", room="sk")
    draft = await post.letter()
    assert draft["Subject"] == "Protokollentwurf: 1. Sitzung des Strategiekreises"
    ((name, content),) = attached(draft).items()
    assert (name, bytes(content)[:5]) == (f"protokoll-{ref}.pdf", b"%PDF-")
    assert await post.letters() == []


@pytest.mark.asyncio
async def test_letters_end_when_the_consent_does(post_everywhere: Post) -> None:
    post = post_everywhere
    bot = post.bot
    question = await post.consent()
    post.plan("!sitzung 12.03.2027 11:00–16:00")
    invitation = await post.letter()
    assert invitation["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = invitation["List-Unsubscribe"].strip().removeprefix("<https://ombot.example.org").removesuffix(">")
    assert (await post.look(path))[0] == 200
    assert len(bot.table(MailAddress)) == 1
    last = len(bot.table(Outbox))
    status, done = await post.site.post(path, {"List-Unsubscribe": "One-Click"})
    assert (status, "Ihre Adresse ist gelöscht" in done) == (200, True)
    assert (bot.table(MailAddress), bot.table(MailLink)) == ([], [])
    assert [said.text.splitlines()[0] for said in post.said_since(last) if said.to == "group:office"] == [
        "BMAS möchte keine E-Mails mehr; die Adresse ist gelöscht."
    ]
    bot.send("!termin T1 ort Bonn", as_="kai", room="office")
    assert await post.letters() == []
    for old in (link(question, "Zustimmen"), link(invitation, "Teilnahme beantworten"), path):
        status, shown = await post.press(old)
        assert (status, "Dieser Link gilt nicht mehr" in shown) == (410, True)


@pytest.mark.asyncio
async def test_a_forged_or_expired_link_is_a_friendly_page(post: Post) -> None:
    bot = post.bot
    assert (await post.look("/link/irgendwas"))[0] == 404
    bot.send(f"!email BMAS {BMAS}", as_="kai", room="office")
    path = link(await post.letter(), "Zustimmen")
    name, ends, signature = path.removeprefix("/link/").split(".")
    forged = (
        f"{name}.{int(ends) + 1}.{signature}",
        f"{name}.{ends}.{'0' * 32}",
        f"{name}x.{ends}.{signature}",
        f"{name}.{ends}",
        "a.b.c",
        "ü.1.ß",
        "...",
    )
    for token in forged:
        status, page = await post.press(f"/link/{token}")
        assert (status, "Dieser Link ist nicht gültig" in page) == (404, True), token
    bot.now = bot.now.replace(month=12, day=20)
    for answer in (await post.look(path), await post.press(path)):
        assert (answer[0], "Dieser Link ist abgelaufen" in answer[1]) == (410, True)
    (address,) = bot.table(MailAddress)
    assert address.consented_at is None
    _, _, headers = await post.site.get(path)
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.asyncio
async def test_a_member_enters_and_deletes_their_own_address(post: Post) -> None:
    bot = post.bot
    assert bot.send("!email", room="dm")[0].text.startswith("Sie bekommen von mir keine E-Mails.")
    assert bot.send("!email eva", room="dm")[0].text.startswith("„eva“ ist keine E-Mail-Adresse.")
    bot.send("!email eva@example.org", room="dm")
    question = await post.letter()
    assert "für „Eva Beispiel“" in part(question, "text/plain")
    await post.press(link(question, "Zustimmen"))
    assert "Sie haben am Do., 26.11.2026 zugestimmt" in bot.send("!email", room="dm")[0].text
    bot.send("!termin Klausur am 11.12.2026 10:00–11:00", room="beratung")
    invitation = await post.letter()
    assert invitation["Subject"].startswith("Einladung: Klausur")
    await post.press(link(invitation, "Teilnahme beantworten"), choice="yes")
    (answer,) = bot.table(Answer)
    assert (answer.person, answer.given_by) == ("@eva:example.org", "Eva Beispiel (per E-Mail-Link)")

    assert bot.send("!email aus", room="dm")[0].text.startswith("Die E-Mail-Adresse von Ihnen ist gelöscht.")
    assert bot.table(MailAddress) == []
    assert bot.send("!email aus", room="dm")[0].text.startswith("Dafür ist keine E-Mail-Adresse eingetragen.")
    kept = [mail for mail in post.mails() if mail.recipient or mail.content]
    assert kept == []


@pytest.mark.asyncio
async def test_an_erased_member_is_written_to_no_more(post_everywhere: Post) -> None:
    post, bot = post_everywhere, post_everywhere.bot
    bot.send("!email eva@example.net", room="dm")
    await post.press(link(await post.letter(), "Zustimmen"))
    bot.send("!termin Klausur am 11.12.2026 10:00–11:00", room="beratung")
    bot.pass_time(bot.now)
    assert [mail.recipient for mail in post.mails() if mail.state == "waiting"] == ["eva@example.net"]
    bot.send("!vergiss mich", room="dm")
    bot.send("ja", room="dm")
    assert bot.table(MailAddress) == bot.table(MailLink) == []
    assert [row for row in (*post.mails(), *bot.table(History)) if "eva@example.net" in str(row)] == []
    assert await post.letters() == []


@pytest.mark.asyncio
async def test_an_import_asks_who_is_new(post: Post, tmp_path: Path) -> None:
    members = tmp_path / "members.csv"
    members.write_text(
        "matrix_id;name;email\n"
        "@neu:example.org;Nele Neu;nele@example.net\n"
        "@eva:example.org;Eva Beispiel;eva@example.net\n",
        encoding="utf-8",
    )
    for _ in range(2):
        with post.bot.store.unit() as session:
            found = importing.differences(session, post.bot.settings, importing.read_members(session, members))
            importing.apply_members(session, post.bot.settings, found, post.bot.now)
    question = await post.letter()
    assert (question["To"], "für „Nele Neu“" in part(question, "text/plain")) == ("nele@example.net", True)


@pytest.mark.asyncio
async def test_only_the_coordination_enters_institutions(post: Post) -> None:
    for as_, room, text, answer in (
        ("eva", "beratung", f"!email BMAS {BMAS}", "„!email“ geht nur im Koordinationsraum"),
        ("ute", "office", f"!email BMAS {BMAS}", "Das darf nur die Koordination."),
        ("kai", "office", "!email BMAS quatsch", "Bitte schreiben Sie die Einrichtung und dahinter die Adresse"),
        ("kai", "office", f"!email Nirgendwo {BMAS}", "„Nirgendwo“"),
        ("kai", "office", "!email BMAS aus", "Dafür ist keine E-Mail-Adresse eingetragen."),
        ("kai", "office", "!email liste", "Keine Einrichtung hat eine E-Mail-Adresse."),
    ):
        (said,) = post.bot.send(text, as_=as_, room=room)
        assert answer in said.text, text
    assert await post.letters() == []
