"""A mail server that refuses, puts off, or is away: each letter arrives once, or the office is told."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from postbox import Post, Postbox, post_with, settings
from testbot import TestBot

from ombot import checkup
from ombot.features.mailing import queries, rules
from ombot.features.mailing.tables import MailAddress, MailLink

BMAS = "referat@bmas.example.org"
COMMAND = f"!email BMAS {BMAS}"


@pytest.mark.asyncio
async def test_a_refused_letter_is_parked_and_the_office_told(post: Post) -> None:
    post.postbox.answers[BMAS] = "550 5.1.1 No such user here"
    post.bot.send(COMMAND, as_="kai", room="office")
    assert await post.letters() == []
    (mail,) = post.mails()
    assert (mail.state, mail.error, mail.attempts) == ("parked", "550 5.1.1 No such user here", 1)
    (told,) = [said for said in post.said_since(1) if "nicht zustellbar" in said.text]
    assert (told.to, told.text.splitlines()[0]) == ("group:office", "E-Mail nicht zustellbar: BMAS")
    assert "550 5.1.1 No such user here" in told.text
    assert "ombot retry mail-1" in told.text
    post.bot.now += timedelta(days=4)
    assert await post.letters() == []

    with post.bot.store.unit() as session:
        assert [queries.retry(session, name) for name in ("mail-2", "mail-x", "out-1", "mail-1", "mail-1")] == [
            *(False, False, False, True, False)
        ]
    assert await post.letters() == []
    assert [(mail.state, mail.attempts) for mail in post.mails()] == [("parked", 1)]

    post.postbox.answers.clear()
    post.bot.send("!email BMAS poststelle@bmas.example.org", as_="kai", room="office")
    assert [letter["To"] for letter in await post.letters()] == ["poststelle@bmas.example.org"]
    assert sorted(mail.state for mail in post.mails()) == ["sent", "withdrawn"]


@pytest.mark.asyncio
@pytest.mark.parametrize("away", ["closed", "busy recipient", "busy"])
async def test_a_letter_waits_for_a_server_and_arrives_once(post: Post, away: str) -> None:
    if away == "closed":
        post.postbox.close()
    elif away == "busy":
        post.postbox.after_data = "451 4.3.0 Try again later"
    else:
        post.postbox.answers[BMAS] = "450 4.2.1 Mailbox busy"
    post.bot.send(COMMAND, as_="kai", room="office")
    for attempt in (1, 2):
        assert await post.letters() == []
        (mail,) = post.mails()
        assert (mail.state, mail.attempts) == ("waiting", attempt)
        assert mail.not_before == post.bot.now + rules.PAUSES[attempt - 1]
        post.bot.now += rules.PAUSES[attempt - 1]
    post.postbox.answers.clear()
    post.postbox.after_data = ""
    if away == "closed":
        post.postbox.open()
    arrived = await post.letter()
    assert arrived["Message-ID"] == mail.message_id
    (mail,) = post.mails()
    assert (mail.state, mail.content, mail.recipient, mail.error) == ("sent", {}, "", None)
    assert await post.letters() == []


@pytest.mark.asyncio
async def test_after_three_days_without_a_server_the_office_is_told(post: Post) -> None:
    post.postbox.close()
    post.bot.send(COMMAND, as_="kai", room="office")
    while post.mails()[0].state == "waiting":
        assert await post.letters() == []
        post.bot.now += timedelta(hours=12)
    assert post.mails()[0].attempts == 7
    assert [said.to for said in post.said_since(1) if "nicht zustellbar" in said.text] == ["group:office"]


@pytest.mark.asyncio
async def test_one_refused_letter_holds_up_no_other(post: Post) -> None:
    post.postbox.answers[BMAS] = "550 5.1.1 No such user here"
    post.bot.send(COMMAND, as_="kai", room="office")
    post.bot.send("!email BMBF referat@bmbf.example.org", as_="kai", room="office")
    assert [letter["To"] for letter in await post.letters()] == ["referat@bmbf.example.org"]


@pytest.mark.asyncio
async def test_what_is_withdrawn_before_it_is_sent_is_not_sent(post: Post) -> None:
    post.bot.send(COMMAND, as_="kai", room="office")
    post.bot.send("!email BMAS aus", as_="kai", room="office")
    assert await post.letters() == []
    assert [(mail.state, mail.content, mail.recipient) for mail in post.mails()] == [("withdrawn", {}, "")]


@pytest.mark.asyncio
@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_nothing_goes_over_a_line_that_is_not_the_server_s(tmp_path: Path, postbox: Postbox, tls: str) -> None:
    async with post_with(tmp_path, postbox, tls=tls) as post:
        post.bot.send(COMMAND, as_="kai", room="office")
        assert await post.letters() == []
        (mail,) = post.mails()
        assert (mail.state, bool(mail.error)) == ("waiting", True)


@pytest.mark.asyncio
@pytest.mark.parametrize(("password", "arrives"), [("richtig", 1), ("falsch", 0)])
async def test_the_account_of_the_mail_server(tmp_path: Path, password: str, arrives: int) -> None:
    box = Postbox(password="richtig")
    box.open()
    async with post_with(tmp_path, box, secret=password, user="ombot") as post:
        post.bot.send(COMMAND, as_="kai", room="office")
        assert len(await post.letters()) == arrives
        (mail,) = post.mails()
        assert mail.state == ("sent" if arrives else "waiting")
        assert set(box.logins) == {password}
        assert "richtig" not in str(mail.error) and "falsch" not in str(mail.error)
    box.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("richtig", "gut    Mailserver 127.0.0.1:{port}"),
        (
            "falsch",
            "fehlt  Mailserver 127.0.0.1:{port}: er nimmt keine Briefe an "
            "(535 5.7.8 Authentication credentials invalid); bitte [mail] und das Passwort prüfen",
        ),
    ],
)
async def test_ombot_check_says_hello_to_the_mail_server(tmp_path: Path, password: str, said: str) -> None:
    box = Postbox(password="richtig")
    box.open()
    async with post_with(tmp_path, box, secret=password, user="ombot") as post:
        storage = {"database": f"sqlite:///{tmp_path}/other.sqlite3", "directory": str(tmp_path)}
        checked = post.bot.settings.model_copy(update={"storage": post.bot.settings.storage.model_validate(storage)})
        assert [str(finding) async for finding in checkup.findings(checked)][3] == said.format(port=box.port)
        box.close()
        assert "nimmt keine Briefe an" in [str(finding) async for finding in checkup.findings(checked)][3]
    assert box.taken == []


@pytest.mark.asyncio
async def test_the_loop_sends_what_is_written_while_it_runs(post: Post) -> None:
    running = asyncio.create_task(post.sender.run())
    await asyncio.sleep(0)
    post.bot.send(COMMAND, as_="kai", room="office")
    post.sender.wake()
    assert await asyncio.to_thread(post.postbox.arrived.wait, 20)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [letter["To"] for letter in post.postbox.taken] == [BMAS]


@pytest.mark.asyncio
async def test_who_does_not_answer_is_forgotten(post: Post) -> None:
    post.postbox.answers["weg@bmbf.example.org"] = "550 5.1.1 No such user here"
    post.bot.send(COMMAND, as_="kai", room="office")
    post.bot.send("!email BMBF weg@bmbf.example.org", as_="kai", room="office")
    await post.letters()
    assert [mail.state for mail in post.mails()] == ["sent", "parked"]
    post.bot.pass_time(post.bot.now + rules.KEPT + timedelta(days=1))
    assert post.bot.table(MailAddress) == post.bot.table(MailLink) == []
    assert [(mail.state, mail.recipient, mail.content) for mail in post.mails()] == [
        ("sent", "", {}),
        ("withdrawn", "", {}),
    ]


def test_without_a_server_commands_say_so(tmp_path: Path, postbox: Postbox) -> None:
    bot = TestBot.create(tmp_path, **settings(postbox.port, mail={}))
    (said,) = bot.send("!email eva@example.org", room="dm")
    assert said.text.startswith("E-Mails kann ich hier noch nicht verschicken.")
    (said,) = bot.send(COMMAND, as_="kai", room="office")
    assert said.text.startswith("E-Mails kann ich hier noch nicht verschicken.")
    bot.store.close()
